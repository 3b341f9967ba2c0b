/**
 * @file settings_file.h
 * What settings were last read from the database, kept in a file beside the
 * journal, so that a start while the database is away still knows keys and
 * sources.  It holds secrets: readable by its owner only.  Any thread, one at
 * a time.
 */
#ifndef LEADD_SETTINGS_FILE_H
#define LEADD_SETTINGS_FILE_H

#include "store/read_settings.h"

/** Replace the file, whole or not at all. @return ERR_IO, ERR_NO_MEMORY */
enum err settings_file_write(const char *dir,
                             const struct settings_rows *rows) MUST_CHECK;
/** @param mem owns everything in @a out
 *  @return ERR_NOT_FOUND when there is no such file, or none of ours */
enum err settings_file_read(const char *dir, struct arena *mem,
                            struct settings_rows *out) MUST_CHECK;

#endif
