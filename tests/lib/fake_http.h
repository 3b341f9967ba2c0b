/**
 * @file fake_http.h
 * Somebody else's HTTP server, as a test wants it to behave: answers by rule,
 * late, huge or not at all, and remembers what it was asked.  Its rules are
 * in memory shared with forked tests, so any test may change them.
 */
#ifndef LEADD_TESTS_FAKE_HTTP_H
#define LEADD_TESTS_FAKE_HTTP_H

#include <stdbool.h>
#include <stddef.h>

/** How to answer requests whose "METHOD target" contains @a part. */
struct fake_rule {
    char part[200];
    int status;
    char fields[512]; /**< more header fields, CRLF behind each */
    char body[8192];
    size_t huge_bytes; /**< body of so many blanks instead */
    int delay_ms;
    int times; /**< used up after so many; 0: never */
};

/** Serve on a free port of 127.0.0.1 until the program ends.  Call before
 *  check forks.  @return the port */
int fake_start(void);

/** Add a rule; the newest that fits answers.  Without one: 404, {}. */
void fake_rule(const struct fake_rule *rule);
/** The usual one: @a body literally, or "@path" of a file. */
void fake_answer(const char *part, int status, const char *body);
/** The same, only @a times times. */
void fake_answer_times(const char *part, int status, const char *body,
                       int times);

/** How many requests had @a part in their head (start line and fields). */
int fake_asked(const char *part);

#endif
