/**
 * @file decode_platform.h
 * Leads as platforms answer them when asked by id.  Pure; any thread.
 */
#ifndef LEADD_DECODE_PLATFORM_H
#define LEADD_DECODE_PLATFORM_H

#include "intake/hook.h"

/** A Graph lead: fields id, field_data, custom_disclaimer_responses, ...
 *  @return as struct hook's read; ERR_BAD_REQUEST without an id */
enum err meta_lead_read(struct hook_reader *r) MUST_CHECK;

/** A leadFormResponse, with its form as the member leadForm: answers carry
 *  numbers of questions, which the form names.  Without the form, answers are
 *  called by those numbers. */
enum err linkedin_lead_read(struct hook_reader *r) MUST_CHECK;

/** A CRM contact, with the account it is of as the member portalId.
 *  @return as struct hook's read; ERR_BAD_REQUEST without either id */
enum err hubspot_lead_read(struct hook_reader *r) MUST_CHECK;

#endif
