/**
 * @file lead_csv.h
 * Leads as rows of a sheet that people open.  Pure; any thread.
 */
#ifndef LEADD_LEAD_CSV_H
#define LEADD_LEAD_CSV_H

#include "lead/lead.h"

/** The headings, behind the mark that tells spreadsheets of UTF-8. */
void lead_csv_head(struct buf *out);

/** One row (RFC 4180).  Texts that a spreadsheet would run as a formula,
 *  phone numbers among them, get an apostrophe in front. */
void lead_to_csv(const struct lead *l, struct buf *out);

#endif
