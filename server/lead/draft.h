/**
 * @file draft.h
 * What one request wants to tell about one person, after its bytes were
 * understood and before the database was asked.  Plain values; all text is
 * valid UTF-8 in NFC, owned by the arena the draft was made in.  NULL text
 * means "not given".
 */
#ifndef LEADD_DRAFT_H
#define LEADD_DRAFT_H

#include "lead/facts.h"

/** Kinds of identifier; the number is stored: append, never reorder. */
enum id_kind {
    ID_PHONE = 1,    /**< E.164, "+84395678945" */
    ID_EMAIL = 2,    /**< comparable form: lower case, ASCII domain */
    ID_EXTERNAL = 3, /**< "<source>:<external id>" */
    ID_VISITOR = 4,
    ID_ZALO = 5,
    ID_PSID = 6,
};

#define IDS_MAX 8

struct identifier {
    enum id_kind kind;
    const char *value; /**< canonical; equal values are one person's */
    const char *raw;   /**< as typed */
    const char *rule;  /**< how raw became value: "vn_prefix_2018", ... */
    bool doubtful;     /**< parsed, but the numbering plan doubts it */
    bool role;         /**< info@, sales@: reaches a post, not a person */
};

struct contact {
    const char *name, *email, *phone, *company, *job_title, *message;
    const char *other_email, *other_phone; /**< of a form that asks for two */
};

/** How they got here this time. */
struct touch {
    const char *channel, *campaign, *medium, *term, *content;
#define CLICK(id, name) const char *name;
#include "lead/clicks.def"
#undef CLICK
    const char *page_url, *referrer;
};

struct consent {
    const char *purpose, *channel, *status, *wording, *method, *evidence;
};

/** Who stated a fact; stronger classes win over weaker ones (see
 *  store/writer): the number orders them. */
enum fact_source {
    FACT_SELF_DECLARED = 1,
    FACT_PLATFORM = 2,
    FACT_SYSTEM = 3,
    FACT_SALES = 4,
};

#define DRAFT_EVENTS_MAX  200
#define DRAFT_CONSENT_MAX 32

struct draft {
    struct contact contact;
    struct identifier ids[IDS_MAX];
    size_t n_ids;
    enum origin origin;
    bool has_origin;
    const char *source_name; /**< POST /v1/leads "source"; else the source's */
    const char *external_id;
    const char *id_space; /**< in front of external_id; NULL: source_name */
    const char *referrer_kind, *referrer_ref;
    struct facts facts;
    enum fact_source fact_source;
    struct event *events;
    size_t n_events;
    struct touch touch;
    bool has_touch;
    struct consent *consent;
    size_t n_consent;
    const char *work_domain;   /**< domain of a work e-mail, makes an account */
    const char *account_key;   /**< "domain:..." or "name:..."; else NULL */
    const char *account_alias; /**< "name:..." beside "domain:..." */
    const char *account_name;  /**< to show */
    const char *name_search;   /**< folded words as tsvector text */
    const char *quarantine;    /**< reason code, e.g. "honeypot"; else NULL */
    const char *form_token;    /**< of a public form, as posted */
    const char *captcha_token; /**< likewise */
    bool test;                 /**< a platform's test lead: kept, not counted */
};

#endif
