/**
 * @file mhd.h
 * libmicrohttpd, and all that differs between 0.9.75 and 1.0.x.
 * Private to http/.
 */
#ifndef LEADD_MHD_H
#define LEADD_MHD_H

#include <microhttpd.h>

#include "base/base.h"

#if MHD_VERSION < 0x00097300
#error "libmicrohttpd 0.9.73 or newer is needed"
#endif

/** Milliseconds the loop may wait as far as MHD is concerned, or @a cap. */
static inline int mhd_wait_ms(struct MHD_Daemon *d, int cap)
{
#if MHD_VERSION >= 0x01000000
    int64_t ms = MHD_get_timeout64s(d);

    return ms < 0 || ms > cap ? cap : (int)ms;
#else
    MHD_UNSIGNED_LONG_LONG ms;

    if (MHD_get_timeout(d, &ms) != MHD_YES || ms > (unsigned)cap)
        return cap;
    return (int)ms;
#endif
}

/** An answer that lies in @a p until @a drop(ctx) is called. */
static inline struct MHD_Response *mhd_response(size_t n, const void *p,
                                                void (*drop)(void *), void *ctx)
{
    union {
        const void *in;
        void *out; /* 0.9.75 forgot the const; it only reads */
    } u = {.in = p};

    return MHD_create_response_from_buffer_with_free_callback_cls(n, u.out,
                                                                  drop, ctx);
}

#endif
