/**
 * @file default_model.h
 * config/default-v1.json, compiled in.  Any thread.
 */
#ifndef LEADD_DEFAULT_MODEL_H
#define LEADD_DEFAULT_MODEL_H

/** The version inside the document. */
#define DEFAULT_MODEL_VERSION "default-v1"

extern const char DEFAULT_MODEL_JSON[];

#endif
