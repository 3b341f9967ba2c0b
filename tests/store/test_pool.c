/* Jobs of the readers: what one leaves behind is no trouble to the next. */
#include <pthread.h>

#include "../unit/unit.h"
#include "lib/talk.h"
#include "pg_fixture.h"
#include "store/pool.h"

#define ROOM ((size_t)1 << 20)

/* One job and what became of it. */
struct asked {
    struct arena *mem;
    enum err (*run)(struct pg *pg, struct asked *a);
    enum err err;
    int64_t seen;
    pthread_mutex_t lock;
    bool over; /* the lock guards it */
};

static void over(void *ctx, enum err e, void *result)
{
    struct asked *a = ctx;

    ck_assert_ptr_eq(a, result);
    a->err = e;
    pthread_mutex_lock(&a->lock);
    a->over = true;
    pthread_mutex_unlock(&a->lock);
}

static enum err run(struct pg *pg, void *ctx)
{
    struct asked *a = ctx;

    return a->run(pg, a);
}

static bool is_over(struct asked *a)
{
    bool yes;

    pthread_mutex_lock(&a->lock);
    yes = a->over;
    pthread_mutex_unlock(&a->lock);
    return yes;
}

static struct asked ask(struct pool *p,
                        enum err (*fn)(struct pg *pg, struct asked *a))
{
    struct asked a = {
        .mem = arena_new(ROOM), .run = fn, .lock = PTHREAD_MUTEX_INITIALIZER};
    struct job job = {run, &a, {over, &a}, a.mem};

    ck_assert_ptr_nonnull(a.mem);
    ck_assert_int_eq(pool_submit(p, &job), ERR_OK);
    ck_assert(UNTIL(is_over(&a), 10000));
    pthread_mutex_destroy(&a.lock);
    arena_free(a.mem);
    a.mem = NULL;
    return a;
}

STORE_STMT(ROWS, .name = "pool_rows", .nparams = 0, .flags = STMT_GLOBAL,
           .sql = "SELECT repeat('x', 1000) AS word"
                  " FROM generate_series(1, 4000)");

STORE_STMT(LEFT_OVER, .name = "pool_left_over", .nparams = 0,
           .flags = STMT_GLOBAL,
           .sql = "SELECT (to_regclass('left_over') IS NOT NULL)::integer"
                  " AS n");

/* Holds two results, within a transaction, when its memory is full. */
static enum err too_much(struct pg *pg, struct asked *a)
{
    PGresult *kept = NULL, *res = NULL;
    enum err e = pg_simple(pg, "BEGIN; CREATE TEMP TABLE left_over ()");

    if (e == ERR_OK)
        e = pg_run(pg, &LEFT_OVER, NULL, &kept);
    if (e == ERR_OK)
        e = pg_run(pg, &ROWS, NULL, &res);
    for (int i = 0; e == ERR_OK && i < PQntuples(res); i++)
        (void)pg_get_text(res, i, 0, a->mem);
    PQclear(kept);
    PQclear(res);
    return e;
}

static enum err look(struct pg *pg, struct asked *a)
{
    PGresult *res = NULL;
    enum err e = pg_run(pg, &LEFT_OVER, NULL, &res);

    if (e == ERR_OK)
        a->seen = pg_get_i64(res, 0, pg_col(res, "n"));
    PQclear(res);
    return e;
}

static struct pool *start(void)
{
    struct pg_config config = {.conninfo = pg_fixture(),
                               .connect_ms = 5000,
                               .statement_ms = 5000,
                               .prepare = true};
    struct pool *p = pool_start(&config, 1, 4);

    ck_assert_ptr_nonnull(p);
    return p;
}

START_TEST(a_job_whose_memory_is_full_ends_and_the_next_one_runs)
{
    struct pool *p = start();
    struct asked a;

    for (int i = 0; i < 3; i++) {
        a = ask(p, too_much);
        ck_assert_int_eq(a.err, ERR_NO_MEMORY);
        a = ask(p, look);
        ck_assert_int_eq(a.err, ERR_OK);
        ck_assert_int_eq(a.seen, 0); /* the transaction went with it */
    }
    pool_stop(p);
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("pool");

    pg_fixture();
    tcase_set_timeout(tc, 60);
    tcase_add_test(tc, a_job_whose_memory_is_full_ends_and_the_next_one_runs);
    return unit_run(tc, "pool");
}
