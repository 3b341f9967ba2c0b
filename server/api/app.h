/**
 * @file app.h
 * What every endpoint reaches: the flow, who is asking, reading, writing.
 */
#ifndef LEADD_APP_H
#define LEADD_APP_H

#include "api/api.h"
#include "auth/limits.h"
#include "http/args.h"
#include "http/park.h"
#include "http/reply.h"
#include "store/answers.h"

struct hot_cache;

struct app {
    struct flow *flow;
    struct api_config config;
    struct limits *key_limits, *addr_limits, *form_limits, *hook_limits;
    struct hot_cache *hot;
};

/** Flags of a route: who may call it (KEY_ROLE bits), or nobody special. */
#define ROUTE_PUBLIC  (1u << 8)  /**< no key; limited per address */
#define ROUTE_OPS     (1u << 9)  /**< no key, no limit: health, metrics */
#define ROUTE_BATCH   (1u << 10) /**< bigger body */
#define ROUTE_LIST    (1u << 14) /**< a list of any size: imports_open first */
#define ROUTE_ANY     (1u << 15) /**< any Content-Type */
#define ROUTE_ARGS    (1u << 16) /**< takes query arguments; else none pass */
#define ROUTE_LEAD_IN (1u << 11) /**< a lead comes in: never refuse lightly */
/** Public, and limited by the handler: per source, once the sender is known */
#define ROUTE_HOOK (ROUTE_PUBLIC | ROUTE_BATCH | 1u << 12)

/** Who asks; lives in the request's arena. */
struct caller {
    struct snapshot *snap;
    const struct auth_key *key; /**< NULL on public routes */
    const struct workspace *ws; /**< of the key */
};

/** @return the caller of an authorised request */
static inline const struct caller *api_caller(const struct http_req *rq)
{
    return rq->caller;
}

/* ---- reading: one query on a reader thread, then the answer ---- */

/** One read on its way; owns its arena, so a request that left is no harm. */
struct read {
    struct arena *mem;
    struct arena *part; /**< of one page of many, or NULL */
    struct settings *settings;
    struct snapshot *snap; /**< held */
    const struct workspace *ws;
    const struct auth_key *key; /**< in snap; NULL on public routes */
    int64_t now_ms;
    struct buf out;   /**< the answer's body, JSON */
    int status;       /**< 200 unless set */
    const char *etag; /**< in mem, with quotes, or NULL */
    const char *why;  /**< detail of the problem that run returned, or NULL */
    struct field_errs errs;
    enum err (*run)(struct pg *pg, struct read *r);
    void *args;              /**< the endpoint's own, in mem */
    struct kept_answer kept; /**< key NULL: no Idempotency-Key was given */
    bool tried;              /**< run has failed once */
    bool replayed;           /**< out is the first answer, given again */
    struct json_t *json;     /**< a document that args point into, or NULL */
    const char *base_url;    /**< public address, may be "" */
};

/** @return given; NULL when out of memory (answer ERR_NO_MEMORY) */
struct read *api_read_new(struct http_req *rq);
void api_read_free(struct read *r);
/**
 * Park and run.  Takes @a r; when r->errs has entries nothing runs and they
 * are answered.  @a run fills r->out (and status, etag), or returns
 * ERR_NOT_FOUND and the like.
 */
enum http_next api_read_start(struct http_req *rq, struct read *r,
                              enum err (*run)(struct pg *pg, struct read *r));
/** For a run that goes in parts: memory of the part that begins now; that of
 *  the one before goes.  @return borrowed; NULL when out of memory */
struct arena *api_read_part(struct read *r);
/** The part is over: its memory goes. */
void api_read_part_end(struct read *r);
/** Park and run once more, from an empty r->out. */
enum http_next api_read_again(struct http_req *rq, struct read *r);
/** Second visit: answer with what was read; 304 when If-None-Match fits. */
enum http_next api_read_reply(struct http_req *rq);

/* ---- writing: one work through the writer, then the answer ---- */

/** A work of this caller; receipt holds the raw body. NULL: out of memory */
struct work *api_work(struct http_req *rq, const char *door);
/** The lead of path parameter 0 into its receipt. @return false: 404 */
bool api_work_lead(struct http_req *rq, struct work *w);
/** Park and submit.  Takes @a w; w->render makes the answer. */
enum http_next api_write_start(struct http_req *rq, struct work *w);
/** The two halves of it: park; and from any thread, later, submit. */
void api_write_park(struct http_req *rq, struct work *w, int64_t park_ms);
void api_write_submit(struct flow *f, struct work *w);
/** Answer a request whose work will not be submitted: every bad field, or
 *  @a e.  Frees @a w (NULL is fine); @a errs lives elsewhere. */
enum http_next api_refuse(struct http_req *rq, struct work *w, enum err e,
                          const struct field_errs *errs);
/** Second visit: answer with what render made, or the problem. */
enum http_next api_write_reply(struct http_req *rq);
/** Both visits of an endpoint whose body is a receipt for @a door, under an
 *  Idempotency-Key, into the journal if need be.
 *  @param of_lead its path parameter 0 is a lead */
enum http_next api_take(struct http_req *rq, const char *door, bool of_lead,
                        void (*render)(struct work *w));

/** Text of a given Idempotency-Key and its scope, in @a mem. @return ERR_OK
 *  (*out_key NULL when none was given), ERR_BAD_REQUEST when it is no key */
enum err api_idem_key(struct http_req *rq, struct arena *mem,
                      const char **out_key, const char **out_scope) MUST_CHECK;
/** Idempotency-Key, if given, into the work.  @return ERR_OK, ERR_INVALID
 *  when the key is longer than 255 characters */
enum err api_idempotency(struct http_req *rq, struct work *w) MUST_CHECK;
/** If-Match "v<version>..." into w->if_version. @return false: answer 412 */
bool api_if_match(struct http_req *rq, int32_t *out_version);
/** ETag of a lead: version and live claim. */
const char *api_lead_etag(const struct lead *l, struct arena *mem);

/** Path parameter @a i as an id. @return false: answer 404 */
bool api_param_id(const struct http_req *rq, size_t i, struct uuid *out);
/** Body as a JSON object, faults into @a errs; NULL on failure. */
struct json_t *api_json(struct http_req *rq, struct field_errs *errs,
                        enum err *out_err);

/* ---- cursors: opaque, signed by nobody, checked for form ---- */
const char *api_cursor_make(struct arena *mem, const char *text);
/** @return the text inside, or NULL when it is not one of ours */
const char *api_cursor_read(struct arena *mem, const char *cursor);

extern const struct http_route API_ROUTES[];
extern const size_t API_ROUTES_N;

#endif
