/**
 * @file spool_look.h
 * Looking at a journal from outside, beside whatever process has it.
 */
#ifndef LEADD_SPOOL_LOOK_H
#define LEADD_SPOOL_LOOK_H

#include "base/err.h"

/** What one segment holds. */
struct spool_look {
    uint64_t seq;
    int64_t created_ms;
    uint64_t bytes;
    uint64_t records; /**< whole ones */
    uint64_t waiting; /**< of them, not done yet */
    uint64_t bad_bytes;
    bool readable; /**< false: no head is whole, or the file is not read */
    int not_read;  /**< errno: why the file is not read; 0 when it is */
};

/**
 * @param each called for each segment, oldest first
 * @param out_aside number of records in quarantine
 * @return ERR_OK; ERR_IO with errno: there is no such directory
 */
enum err spool_look(const char *dir,
                    void (*each)(void *ctx, const struct spool_look *look),
                    void *ctx, uint64_t *out_aside) MUST_CHECK;

#endif
