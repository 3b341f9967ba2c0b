/**
 * @file hook_plain.h
 * What the senders without a platform share: a shared key, and a body whose
 * members are the answers.  Pure; any thread.
 */
#ifndef LEADD_HOOK_PLAIN_H
#define LEADD_HOOK_PLAIN_H

#include "intake/hook_lead.h"

/** Is the value of "key" or "secret" in Authorization: Bearer, X-Api-Key, or
 *  the arguments access_token or key? */
bool hook_key_fits(const struct hook_request *rq, const char *name);

/** Every scalar member is an answer; objects keep their name in front, but
 *  contact, data, answers and fields are opened. */
void hook_plain_answers(struct hook_lead *l, const json_t *object);

/** Standard Webhooks 1.0: webhook-id, -timestamp, -signature. */
enum err hook_standard_check(const struct hook_request *rq);

#endif
