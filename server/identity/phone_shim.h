/**
 * @file phone_shim.h
 * The one door to libphonenumber, which is C++.  Thread: any.
 */
#ifndef LEADD_PHONE_SHIM_H
#define LEADD_PHONE_SHIM_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

enum phone_shim {
    PHONE_SHIM_BAD,      /**< not parseable */
    PHONE_SHIM_DOUBTFUL, /**< parsed; the plan does not know it */
    PHONE_SHIM_VALID,
};

/**
 * Parse and format as E.164.  About 17 us; the first call 5 ms.
 *
 * @param text digits, with a leading '+' when international
 * @param region ISO 3166 alpha-2 for national numbers, "VN"
 * @param out room for at least 20 bytes; set unless BAD
 */
enum phone_shim phone_shim_parse(const char *text, const char *region,
                                 char *out, size_t out_bytes);

#ifdef __cplusplus
}
#endif

#endif
