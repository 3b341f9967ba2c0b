/**
 * @file www_data.h
 * The files we serve, inside the program, so that it needs none beside it.
 */
#ifndef LEADD_WWW_DATA_H
#define LEADD_WWW_DATA_H

#include <stddef.h>

struct www_file {
    const char *bytes, *end;
};

extern const struct www_file WWW_OPENAPI, WWW_DOCS, WWW_DEMO, WWW_SNIPPET,
    WWW_EMBED;

#endif
