/**
 * @file limits.h
 * How long the texts of a draft may be, in bytes of UTF-8.  The API refuses
 * what is longer (ERR_TOO_LONG); public forms cut it, since the receipt keeps
 * the whole and a lead must not be lost over it.
 */
#ifndef LEADD_INTAKE_LIMITS_H
#define LEADD_INTAKE_LIMITS_H

#define LIMIT_NAME    400 /* names, companies, titles */
#define LIMIT_EMAIL   320
#define LIMIT_PHONE   64
#define LIMIT_MESSAGE 16384
#define LIMIT_WORD    200  /* channel, campaign, ids, purposes */
#define LIMIT_CLICK   1024 /* click ids */
#define LIMIT_URL     2048

#endif
