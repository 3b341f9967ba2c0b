/**
 * @file options.h
 * The settings of the program (options.def): defaults, then the file, then
 * the environment (LEADD_NAME), then the command line (--name=value); the
 * later one stands.  A set is immutable once loaded.  Thread: main.
 */
#ifndef LEADD_OPTIONS_H
#define LEADD_OPTIONS_H

#include "base/buf.h"
#include "base/err.h"
#include "base/log.h"

/** Exit code for a bad setting (EX_CONFIG of sysexits.h). */
#define OPTIONS_EXIT 78
/** Room for the one line that says what is wrong. */
#define OPTIONS_WHY_BYTES 512

enum option_kind {
    OPTION_INT,
    OPTION_BOOL,
    OPTION_TEXT,
    OPTION_ADDR,
    OPTION_NETS,
    OPTION_URL,
    OPTION_LEVEL,
};

enum option_flag { OPTION_RELOADABLE = 1, OPTION_SECRET = 2 };

/** One row of the table. */
struct option_info {
    const char *name;
    enum option_kind kind;
    const char *unit; /**< "" when it has none */
    const char *preset;
    int64_t least, most;
    unsigned flags; /**< enum option_flag */
    const char *help;
};

#define OPTION_FIELD_INT   int64_t
#define OPTION_FIELD_BOOL  bool
#define OPTION_FIELD_TEXT  const char *
#define OPTION_FIELD_ADDR  const char *
#define OPTION_FIELD_NETS  const char *
#define OPTION_FIELD_URL   const char *
#define OPTION_FIELD_LEVEL enum log_level

/** A loaded set: one member per row, by its name. */
struct options {
#define X(name, kind, unit, preset, least, most, flags, help)                  \
    OPTION_FIELD_##kind name;
#include "options/options.def"
#undef X
    const char **places; /**< of each row: where it was set, or NULL */
    struct arena *mem;   /**< owns the texts and this */
};

/** A setting given on the command line. */
struct option_arg {
    const char *name, *value;
};

/** @return number of rows */
size_t options_all(const struct option_info **out_rows);

/**
 * Load a whole set.
 *
 * @param file path to read, borrowed; NULL: none
 * @param env "NAME=value" list, as environ; NULL: none.  An unknown LEADD_
 *        variable is an error, so that a mistyped one is noticed
 * @param err_why gets one line: where (file:line, variable or option), which
 *        key, and what is wrong with it; never the value of a secret
 * @param out given to the caller (options_free)
 * @return ERR_OK, ERR_CONFIG
 */
enum err options_load(const char *file, char *const *env,
                      const struct option_arg *args, size_t n_args,
                      char err_why[OPTIONS_WHY_BYTES],
                      struct options **out) MUST_CHECK;

/** One line about a setting that cannot be used after all, as options_load
 *  tells it: where it was set, which it is, @a what is wrong.
 *  @return ERR_CONFIG */
enum err options_refuse(const struct options *o, const char *name,
                        const char *what, char err_why[OPTIONS_WHY_BYTES]);

/** NULL is fine. */
void options_free(struct options *o);

/** All settings as a file that could be read again; secrets are "***". */
enum err options_print(const struct options *o, struct buf *out) MUST_CHECK;

/** @return the first row from @a from on in which both differ, or the number
 *          of rows */
size_t options_differ(const struct options *a, const struct options *b,
                      size_t from);

/** Take over what may change while running (RELOADABLE rows; no texts). */
void options_reload(struct options *o, const struct options *fresh);

#endif
