/**
 * @file json_blot.h
 * Secrets in a JSON body, blotted out before it is kept.  Pure.
 */
#ifndef LEADD_JSON_BLOT_H
#define LEADD_JSON_BLOT_H

#include <stddef.h>

/**
 * Put stars, in place, wherever a member of that name has a text.  Escapes
 * are seen through; whether all was found, a second look at the body tells.
 *
 * @param name of the member, in any letter case
 * @param value only texts that are this one; NULL: any
 */
void json_blot(char *body, size_t n, const char *name, const char *value);

#endif
