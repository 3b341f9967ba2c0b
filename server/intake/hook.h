/**
 * @file hook.h
 * What a platform's webhook is made of.  Each platform is one file
 * (hook_<platform>.c) that defines one struct hook, and one row of hooks.def.
 * Pure: secrets, headers, query and clock come in as arguments; any thread.
 */
#ifndef LEADD_HOOK_H
#define LEADD_HOOK_H

#include "base/arena.h"
#include "base/err.h"
#include "intake/form_spec.h"
#include "lead/draft.h"

/** Replay window of a source that sets none. */
#define HOOK_WINDOW_S 300
/** Widest window a source may set. */
#define HOOK_WINDOW_MAX_S 86400
/** Most leads and ids of one request: Meta and TikTok send up to 1000. */
#define HOOK_ITEMS_MAX 1000

/** What a source is checked with.  Several values of one name are all good:
 *  secrets are rotated with an overlap. */
struct hook_secrets {
    const struct hook_secret {
        const char *name, *value;
    } * items;
    size_t n;
    bool open;        /**< "secret" is null: what is not signed is good, too */
    int64_t window_s; /**< of signed timestamps; 0: any age is good */
};

/** One request, or one receipt that is read again (secrets are NULL then). */
struct hook_request {
    bool is_get;
    const char *content_type; /**< or NULL */
    const void *body;
    size_t body_bytes;
    const char *url;   /**< public address and path, without the query */
    const char *query; /**< raw, "" when there is none */
    /** Value of a header or a query argument; NULL when absent. */
    const char *(*header)(const void *ctx, const char *name);
    const char *(*arg)(const void *ctx, const char *name);
    const void *ctx;
    const struct hook_secrets *secrets;
    int64_t now_ms;     /**< of a receipt: when it came */
    int64_t *signed_ms; /**< set to the time that was signed; or NULL */
    struct arena *mem;
};

/** What a handshake is answered with; status 0: it was none. */
struct hook_answer {
    int status;
    const char *type; /**< media type */
    const char *body; /**< NULL: the problem document of @a err */
    enum err err;
    const char *why; /**< its detail, a literal; NULL: the title */
};

enum hook_item_kind {
    HOOK_LEAD,   /**< a person, made when not known */
    HOOK_NEWS,   /**< of a person only if known already */
    HOOK_ERASE,  /**< the person withdrew: forget, if known */
    HOOK_FETCH,  /**< only an id came: the lead is to be read */
    HOOK_FORGET, /**< an id that must not be read any more */
};

struct hook_item {
    enum hook_item_kind kind;
    struct draft draft; /**< HOOK_LEAD, HOOK_NEWS, HOOK_ERASE */
    /* HOOK_FETCH, HOOK_FORGET */
    const char *external_id, *page_id, *form_id;
    /** HOOK_NEWS: its phone number and address are new ones of the person */
    bool gives_ids;
    /** HOOK_FETCH: only if nobody was known by the item before it; one that
     *  was read and was nobody to reach is read again */
    bool if_unknown;
};

/** Where the items of one body go. */
struct hook_reader {
    const struct hook_request *rq;
    const struct form_spec *spec; /**< the source's mapping */
    struct arena *mem;
    struct field_errs *errs;
    struct hook_item *items;
    size_t n, cap;
    /** How much it met that the platform also sends and that is no lead. */
    size_t passed_over;
    /** Something was neither made an item nor passed over: the body is kept
     *  for people to see. */
    bool unread;
};

#define HOOK_WORDS_MAX 6

struct hook {
    const char *kind;  /**< of the source, and in the path */
    const char *fetch; /**< platform name of its fetch orders; NULL: none */
    const char *made[HOOK_WORDS_MAX]; /**< secrets made up when not given */
    const char *kept[HOOK_WORDS_MAX]; /**< headers that reading needs */
    bool plain_errors; /**< errors as {"message": ...}, not as problems */
    bool asks_first;   /**< OPTIONS with WebHook-Request-Origin is consented */
    bool may_be_open;  /**< sends unsigned too: a source's secret may be null */
    /** Answer a handshake or a probe, before any signature.  NULL: a GET is
     *  answered 200. */
    void (*hello)(const struct hook_request *rq, struct hook_answer *out);
    /** Is it from the platform? @return ERR_OK, ERR_BAD_SIGNATURE, or what
     *  is wrong with a body that must be read to know. */
    enum err (*check)(const struct hook_request *rq);
    /** Blot out the secrets a body holds, in place.  NULL: it holds none.
     *  @return ERR_OK, or why they cannot all be found */
    enum err (*redact)(char *body, size_t n, struct arena *mem);
    /** From a body to items.  Unknown members and events are passed over;
     *  events are counted in r->passed_over.
     *  @return ERR_OK; what json_guard gives; ERR_BAD_REQUEST; ERR_TOO_MANY */
    enum err (*read)(struct hook_reader *r);
};

/** @return the platform of that kind, NULL when there is none */
const struct hook *hook_find(const char *kind);
/** The i-th row of the table; NULL past its end. */
const struct hook *hook_at(size_t i);

/**
 * Read the secrets of a source.
 * @param json object of texts, numbers and lists of them; NULL: none
 * @param window_s from the source's defaults; negative: HOOK_WINDOW_S
 */
void hook_secrets_read(const json_t *json, int64_t window_s, struct arena *mem,
                       struct hook_secrets *out);
/** The i-th value of that name, NULL past the last. */
const char *hook_secret(const struct hook_secrets *s, const char *name,
                        size_t i);

/** A new item. @return ERR_OK, or ERR_TOO_MANY past HOOK_ITEMS_MAX */
enum err hook_add(struct hook_reader *r, enum hook_item_kind kind,
                  struct hook_item **out) MUST_CHECK;

#endif
