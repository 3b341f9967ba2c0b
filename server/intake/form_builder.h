/**
 * @file form_builder.h
 * What form builders and page services expect beyond the values themselves:
 * the status they take for success, and the id by which they repeat a post.
 * Told apart by the shape of the body, so that nothing has to be set up.
 * Pure; any thread.
 */
#ifndef LEADD_FORM_BUILDER_H
#define LEADD_FORM_BUILDER_H

#include "intake/form_spec.h"
#include "intake/form_fields.h"

/**
 * The status a stored post is answered with.
 *
 * Elementor shows its visitors an error for anything but exactly 200, and
 * LadiPage waits for a JSON answer with 200; everybody else gets 201.
 *
 * @param content_type header value; NULL: by content
 * @param spec its success_status decides when it is given; NULL: none
 */
int form_success_status(const char *content_type, const void *body, size_t n,
                        const struct form_spec *spec);

/** The id under which the sender would send the same post again, "form:entry";
 *  NULL when it has none. */
const char *form_entry_id(const struct form_fields *fields, struct arena *mem);

#endif
