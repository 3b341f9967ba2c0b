/**
 * @file hubspot_fields.h
 * Which properties of a contact are asked for: HubSpot gives no others.
 * Pure; any thread.
 */
#ifndef LEADD_HUBSPOT_FIELDS_H
#define LEADD_HUBSPOT_FIELDS_H

#include "base/arena.h"

/** What is asked for beside the usual ones, at most. */
#define HUBSPOT_FIELDS_MAX 100
#define HUBSPOT_FIELD_MAX  100  /**< bytes of a name */
#define HUBSPOT_BYTES_MAX  4000 /**< of all as they stand in the address */

/**
 * The usual ones and @a names, fit for an address: "email,firstname,...".
 *
 * @param names fields of a mapping as written: names, or pointers into
 *        "/properties"; what can be no property is passed over
 */
const char *hubspot_fields(const char *const names[], size_t n,
                           struct arena *mem);

#endif
