/**
 * @file import_faults.h
 * What was wrong with the fields of a row, in the words of the report.  Needs
 * no database; one thread at a time.
 */
#ifndef LEADD_IMPORT_FAULTS_H
#define LEADD_IMPORT_FAULTS_H

#include "flow/import_rows.h"

/**
 * A row has one entry in the report: the first fault, and what else is wrong
 * in its detail.
 *
 * @param errs faults of its fields; owns what is added
 * @param p the row, @a n bytes: where it stops being JSON
 * @param fault what was found before, or zeros
 */
void import_faults(const struct import_reader *rd,
                   const struct field_errs *errs, const char *p, size_t n,
                   struct import_fault *fault);

#endif
