/**
 * @file form_php.h
 * Builders in PHP send fields[ID][title], [type], [value] one after the
 * other, and meta[ID][value]: which name such a value goes by.  Pure.
 */
#ifndef LEADD_FORM_PHP_H
#define LEADD_FORM_PHP_H

#include "intake/form_fields.h"

/** What was said about an ID before its value comes; start with zeroes. */
struct php_field {
    const char *id;
    size_t id_n;
    const char *title, *type;
};

/** @return the name a value goes by, its own when it is no such field; NULL
 *  when the field only tells about another */
const char *form_php_name(struct php_field *p, const struct form_field *f,
                          struct arena *mem);

#endif
