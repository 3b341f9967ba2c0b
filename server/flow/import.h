/**
 * @file import.h
 * A list of any size on its way in.  Bytes are fed by the thread that has
 * them; one thread of the import's own takes them apart into chunks of rows,
 * several of which are with the writer at any time; what is fed but not yet
 * read is bounded, and whoever feeds waits for room.
 *
 * A chunk is one receipt and one work: its rows, their faults and its count
 * are committed together.  So an import that broke off is resumed by feeding
 * the list again under its id: chunks that are stored are passed over.
 */
#ifndef LEADD_IMPORT_H
#define LEADD_IMPORT_H

#include "base/done.h"
#include "flow/import_rows.h"
#include "store/read_imports.h"

struct flow;
struct import;
struct imports;

/** What somebody wants imported; text is copied. */
struct import_order {
    int64_t workspace_id;
    struct uuid import_id; /**< one that is known goes on */
    struct uuid source_id; /**< nil: none is configured */
    struct uuid key_id;
    const char *role;
    enum import_format format;
    char delimiter;      /**< 0: as the heading shows */
    const char *charset; /**< as charset_known; NULL: by the bytes */
    struct import_terms terms;
};

/** How it ended; what `done` of import_close is given. */
struct import_view {
    struct arena *mem; /**< owns everything */
    bool is_new;       /**< not one that went on */
    struct import_row row;
    struct field_errs errs; /**< why the list cannot be read at all */
};

void import_view_free(void *view);

/** All imports of the process.  @return given; NULL when out of memory */
struct imports *imports_new(struct flow *f);
/** Tell all to stop after what is in hand, wait for them, free. */
void imports_stop(struct imports *all);

/**
 * Thread: any.
 * @return ERR_OK; ERR_BUSY: enough are running; ERR_DRAINING; ERR_NO_MEMORY
 */
enum err import_start(struct imports *all, const struct import_order *order,
                      struct import **out) MUST_CHECK;

/** Take a copy of these bytes.  @return ERR_OK, or why no more are wanted */
enum err import_feed(struct import *im, const char *p, size_t n) MUST_CHECK;
/** Has it more than it should hold? */
bool import_is_full(struct import *im);
/** Call @a done with ERR_OK once there is room, or with why there never will
 *  be; perhaps at once. */
void import_room(struct import *im, struct done done);
/** That was all.  @a done gets the struct import_view. */
void import_close(struct import *im, struct done done);
/** The feeder is done with it.  Without import_close before, it broke off. */
void import_leave(struct import *im);

#endif
