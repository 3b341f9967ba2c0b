/**
 * @file door_hook.h
 * Receipts of platforms: the source's kind says who reads them.  Needs no
 * database; any thread.
 */
#ifndef LEADD_DOOR_HOOK_H
#define LEADD_DOOR_HOOK_H

#include "flow/settings.h"
#include "store/work.h"

/** Member of a receipt's headers that names the platform, for receipts whose
 *  source is gone. */
#define DOOR_HOOK_PLATFORM ":platform"

/**
 * Read w->receipt into w->parts and w->fetches.  Nobody is lost over a bad
 * field: who cannot be reached is held in quarantine.
 *
 * @param source NULL: gone; the receipt's headers name the platform
 * @return ERR_OK; ERR_NOT_FOUND for an unknown platform; what it cannot read
 */
enum err door_hook(const struct workspace *ws, const struct source *source,
                   struct work *w, struct field_errs *errs) MUST_CHECK;

/** The same of a lead that was read back from its platform; @a read knows
 *  the platform's answer. */
enum err door_fetched(const struct workspace *ws, const struct source *source,
                      const struct hook *hook,
                      enum err (*read)(struct hook_reader *r), struct work *w,
                      struct field_errs *errs) MUST_CHECK;

#endif
