/*
 * Every route: method, path, handler, who may call it, largest body.  Deny by
 * default: what is not here is a 404, a role that is not named a 403.
 */
#include "api/app.h"
#include "api/claims_post.h"
#include "api/embed_get.h"
#include "api/events_post.h"
#include "api/fetches.h"
#include "api/forms_post.h"
#include "api/hooks.h"
#include "api/imports_get.h"
#include "api/imports_post.h"
#include "api/leads_post.h"
#include "api/ops_get.h"
#include "api/routes_read.h"
#include "api/score_post.h"
#include "api/source_try.h"
#include "api/sources.h"
#include "api/sources_get.h"
#include "api/stage_post.h"
#include "api/www_get.h"

#define IN        ROLE_INTAKE
#define SALES     ROLE_SALES
#define MARKETING ROLE_MARKETING
#define ADMIN     ROLE_ADMIN
#define ANY       KEY_ROLE_ANY
#define SMALL     ((size_t)64 << 10)
#define BODY      ((size_t)256 << 10)
#define BATCH     ((size_t)2 << 20)
#define FED_MAX   ((size_t)1 << 50)

#define ROUTE(method, path, handler, flags, max_body)                          \
    {HTTP_##method, path, handler, max_body, flags, NULL, NULL},
/* its body goes through on_body piece by piece */
#define ROUTE_FED(method, path, handler, flags, on_body)                       \
    {HTTP_##method, path, handler, FED_MAX, flags, NULL, on_body},

const struct http_route API_ROUTES[] = {
#include "api/routes.def"
#include "api/routes_read.def"
};
const size_t API_ROUTES_N = ARRAY_LEN(API_ROUTES);
