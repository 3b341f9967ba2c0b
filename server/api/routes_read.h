/**
 * @file routes_read.h
 * The handlers of routes_read.def.
 */
#ifndef LEADD_ROUTES_READ_H
#define LEADD_ROUTES_READ_H

#include "api/claims_get.h"
#include "api/exports_get.h"
#include "api/funnel_get.h"
#include "api/hot_get.h"
#include "api/kpis_get.h"
#include "api/leads_get.h"
#include "api/merge_undo_post.h"
#include "api/models_get.h"
#include "api/models_post.h"
#include "api/quarantine.h"
#include "api/receipts.h"
#include "api/review_dismiss_post.h"
#include "api/review_merge_post.h"
#include "api/reviews_get.h"
#include "api/score_get.h"
#include "api/spend_post.h"
#include "api/timeline_get.h"

#endif
