/* The journal over a restart: what waits is never called nothing. */
#include "unit.h"

#include <dirent.h>
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

#include "spool/spool.h"

#define RECS 5

static char dir[64];
static struct spool *sp;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static int durable;

static void open_again(void)
{
    struct spool_config config = {dir, 1 << 20, 1 << 16};

    ck_assert_int_eq(spool_open(&config, &sp), ERR_OK);
}

static void setup(void)
{
    snprintf(dir, sizeof(dir), "/tmp/leadd-spool-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(dir));
    durable = 0;
    open_again();
}

static void empty_dir(const char *path)
{
    DIR *d = opendir(path);
    struct dirent *e;

    while (d && (e = readdir(d)))
        if (e->d_type == DT_REG)
            unlinkat(dirfd(d), e->d_name, 0);
    if (d)
        closedir(d);
}

static void teardown(void)
{
    char aside[96];

    spool_close(sp);
    snprintf(aside, sizeof(aside), "%s/quarantine", dir);
    empty_dir(aside);
    rmdir(aside);
    empty_dir(dir);
    rmdir(dir);
}

static void written(void *ctx, enum err e, void *result)
{
    (void)ctx;
    (void)result;
    pthread_mutex_lock(&lock);
    durable += e == ERR_OK;
    pthread_cond_signal(&cond);
    pthread_mutex_unlock(&lock);
}

static void append_all(void)
{
    for (int i = 0; i < RECS; i++)
        ck_assert_int_eq(
            spool_append(sp, "record", 6, (struct done){written, NULL}),
            ERR_OK);
    pthread_mutex_lock(&lock);
    while (durable < RECS)
        pthread_cond_wait(&cond, &lock);
    pthread_mutex_unlock(&lock);
}

START_TEST(a_new_journal_is_empty_at_once)
{
    struct spool_stat s;

    spool_stat(sp, &s);
    ck_assert(!s.counting);
    ck_assert_uint_eq(s.records, 0);
}
END_TEST

START_TEST(what_an_earlier_run_left_is_not_called_nothing)
{
    struct spool_stat s;

    append_all();
    spool_close(sp);
    open_again();
    spool_stat(sp, &s);
    ck_assert(s.counting || s.records == RECS);
    spool_count(sp);
    spool_stat(sp, &s);
    ck_assert(!s.counting);
    ck_assert_uint_eq(s.records, RECS);
}
END_TEST

START_TEST(what_is_done_does_not_come_again)
{
    struct spool_rec rec;
    struct spool_stat s;

    append_all();
    for (int i = 0; i < RECS; i++)
        ck_assert_int_eq(spool_next(sp, &rec), ERR_OK);
    ck_assert_int_eq(spool_next(sp, &rec), ERR_NOT_FOUND);
    ck_assert_int_eq(spool_done(sp, &rec.end, RECS), ERR_OK);
    spool_close(sp);
    open_again();
    spool_count(sp);
    spool_stat(sp, &s);
    ck_assert_uint_eq(s.records, 0);
    ck_assert_int_eq(spool_next(sp, &rec), ERR_NOT_FOUND);
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("spool");

    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, a_new_journal_is_empty_at_once);
    tcase_add_test(tc, what_an_earlier_run_left_is_not_called_nothing);
    tcase_add_test(tc, what_is_done_does_not_come_again);
    return unit_run(tc, "spool");
}
