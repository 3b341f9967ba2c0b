/**
 * @file hook_sender.h
 * Sources of platforms, and the captured requests of hook_fixtures.h as their
 * platforms send them.  For the test's own thread.
 */
#ifndef LEADD_TESTS_HOOK_SENDER_H
#define LEADD_TESTS_HOOK_SENDER_H

#include "lib/hook_fixtures.h"
#include "lib/server.h"
#include "lib/talk.h"

struct hook_source {
    const char *kind, *key, *name, *id;
};

/**
 * A new source; fails the test when it cannot be made.
 *
 * @param params "app_id=1;timestamp=2": more secrets, as the tables name them
 * @param window_s replay window; 0: signatures of any age are good
 */
struct hook_source hook_source_make(const struct server *s, const char *kind,
                                    const char *secret, const char *params,
                                    int window_s);

/** Where its platform posts to. */
const char *hook_path(const struct hook_source *h);

/** Row @a row of signatures.tsv as header lines, with @a value in the place of
 *  the signature; NULL: as captured. */
const char *hook_headers(const struct table *t, size_t row, const char *value);

/** Post the file of that row; its first @a most bytes. */
struct reply hook_send(const struct server *s, const struct hook_source *h,
                       const struct table *t, size_t row, const char *headers,
                       size_t most);
/** The whole file, signed as captured. */
struct reply hook_send_file(const struct server *s, const struct hook_source *h,
                            const struct table *t, size_t row);

/** What lead_deleted.json of LinkedIn withdraws. */
#define HOOK_WITHDRAWN "4f0d1c2b-7a6e-4c3d-9b1a-0c9d8e7f6a5b-5"
/** A LinkedIn source that file is signed for. */
struct hook_source hook_linkedin_make(const struct server *s);
/** LinkedIn says so. */
void hook_withdraw(const struct server *s, const struct hook_source *linkedin);

/** HMAC-SHA256 of a text, as platforms write it. */
const char *hook_hmac(const void *key, size_t key_bytes, const char *message,
                      bool base64);

/** Dedupe keys of that file by cases.tsv, "1,2"; "" when it holds none. */
const char *hook_keys(const char *platform, const char *file);
/** SQL: how often an id became a lead's identifier or an order to read it. */
const char *hook_told(const struct hook_source *h, const char *id);

#endif
