/**
 * @file form_secret.h
 * The shared key of a form, which a server behind it gives in a header or in
 * a field.  Pure; any thread.
 */
#ifndef LEADD_FORM_SECRET_H
#define LEADD_FORM_SECRET_H

#include "intake/hook.h"

/**
 * Does the post carry a value of the source's "key": as hook_key_fits takes
 * it, or in a field (of JSON: a member of the top) api_key or key?
 *
 * @param rq of it secrets, header, arg, content_type and mem
 * @param body to be kept; a key that fits is blotted out of its field, in
 *        place
 * @return ERR_OK, also when the source has no key; ERR_BAD_SIGNATURE;
 *         ERR_BAD_FORM when the key is written so that it cannot be found
 */
enum err form_secret_take(const struct hook_request *rq, char *body,
                          size_t n) MUST_CHECK;

#endif
