/**
 * @file token_book.h
 * Which form tokens were used, and for whom.  A table of fixed size in the
 * memory of this process: under a flood of tokens the oldest are forgotten,
 * and another process does not know ours.  Any thread.
 */
#ifndef LEADD_TOKEN_BOOK_H
#define LEADD_TOKEN_BOOK_H

#include "base/base.h"

struct token_book;

/** @return given; NULL when out of memory */
struct token_book *token_book_new(void);
void token_book_free(struct token_book *b);

/** Note that a token was used for a person (a hash).
 *  @return false: it was, for another */
bool token_book_use(struct token_book *b, const char *token, uint64_t person,
                    int64_t mono_ms);

#endif
