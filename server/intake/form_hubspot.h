/**
 * @file form_hubspot.h
 * What a page built against HubSpot's Forms API says of consent beside its
 * fields.  Pure; any thread.
 */
#ifndef LEADD_FORM_HUBSPOT_H
#define LEADD_FORM_HUBSPOT_H

#include <jansson.h>

#include "intake/form_fields.h"

/**
 * Add fields that mappings know as any other: consent_processing, and
 * consent_subscription_999 for each kind of message, with the words that were
 * agreed to.
 *
 * @param j the body; without legalConsentOptions nothing is added
 * @return as form_fields_add
 */
enum err form_hubspot_consent(const json_t *j,
                              struct form_fields *out) MUST_CHECK;

#endif
