/**
 * @file form_nested.h
 * Answers that page services put inside one field of a form that is no JSON
 * itself: data.json and form_data as JSON texts, and form_data as PHP spells
 * lists.  Pure.
 */
#ifndef LEADD_FORM_NESTED_H
#define LEADD_FORM_NESTED_H

#include "intake/form_fields.h"

/**
 * Put such answers where the field stood, under their own names.  What is no
 * JSON after all stays a text like any other.
 *
 * @return ERR_OK; ERR_TOO_MANY past FORM_FIELDS_MAX; ERR_TOO_LONG
 */
enum err form_nested_open(struct form_fields *fields) MUST_CHECK;

#endif
