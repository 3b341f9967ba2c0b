/**
 * @file secrets.h
 * Reading the secrets of a source: a value, or a list with the newest first
 * while they are rotated.  Pure; any thread.
 */
#ifndef LEADD_SECRETS_H
#define LEADD_SECRETS_H

#include <jansson.h>

#include "base/base.h"

/**
 * The newest value.
 *
 * @param secrets_json of a source
 * @param key NULL: the secret is a text; else it is an object, and its member
 * @return false when there is none that fits
 */
bool secret_newest(const char *secrets_json, const char *name, const char *key,
                   char *out, size_t out_bytes);

/** Each text under @a name, in lists of lists as well. */
void secret_each(const char *secrets_json, const char *name,
                 void (*each)(void *ctx, const char *value), void *ctx);

/** Each key of the newest object under @a name that has a text. */
void secret_each_key(const char *secrets_json, const char *name,
                     void (*each)(void *ctx, const char *key), void *ctx);

#endif
