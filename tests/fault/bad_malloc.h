/**
 * @file bad_malloc.h
 * What bad_malloc.so and the test that arms it share: one page of a file.
 */
#ifndef LEADD_TESTS_BAD_MALLOC_H
#define LEADD_TESTS_BAD_MALLOC_H

#include <stdatomic.h>

struct bad_malloc {
    atomic_long from;    /**< the allocation that fails, from 1; 0: none */
    atomic_long burst;   /**< how many fail in a row from there on */
    atomic_long seen;    /**< allocations since it was armed */
    atomic_long refused; /**< of these */
    atomic_long live;    /**< given and not freed */
};

#endif
