/**
 * @file base.h
 * What every room may rely on: attributes and small macros.
 */
#ifndef LEADD_BASE_H
#define LEADD_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** The caller must look at the result. */
#define MUST_CHECK __attribute__((warn_unused_result))
/** printf-like: format is argument @a f, values start at @a a. */
#define PRINTF_LIKE(f, a) __attribute__((format(printf, f, a)))
/** Release a local when it leaves its scope: AUTO(buf_release) struct buf b. */
#define AUTO(fn) __attribute__((cleanup(fn)))

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
#define MIN(a, b)    ((a) < (b) ? (a) : (b))
#define MAX(a, b)    ((a) > (b) ? (a) : (b))

#endif
