/* Rows about disks: the database's or the journal's is full, fails to sync,
 * or gives back other bytes than it was given. */
#include <fcntl.h>
#include <stdio.h>

#include "base/base.h"
#include "fault/matrix.h"
#include "fault/small_disk.h"

#define STORED     "SELECT count(*) FROM receipt JOIN lead USING (lead_id)"
#define HEAD_BYTES 1024 /* of a segment; see server/spool/segment.c */
#define MARK_BYTES 16   /* of a record, before its data */

static void database_disk_full(void)
{
    const char *journal = stand_journal();
    const char *small = keep("%s/pg", stand_dir);
    long long began;

    stand_begin(NULL, journal, NULL);
    disk_take_leads(small, "64m");
    load_like(32, &(struct storm_plan){.pause_ms = 20});
    for (int i = 0; i < scaled(6); i++) {
        long spooled = storm->spooled;

        ck_assert(storm_more(storm, 300, 20000));
        began = talk_ms();
        disk_fill(small);
        ck_assert(UNTIL(storm->spooled >= spooled + 500, 30000));
        ck_assert_int_eq(look("/readyz", 5000), 503);
        disk_clear(small);
        ck_assert(drained(30000));
        worst(talk_ms() - began);
        tally->rounds++;
    }
    note("worst is the outage with its drain; %ld spooled, %ld refused",
         (long)storm->spooled, (long)storm->refused);
    ck_assert_int_eq(storm->refused + storm->cut, 0);
    load_judge();
    ck_assert_int_eq(server_stop(&stand), 0);
    stand.pid = 0;
    disk_return_leads();
    stand_end();
}

static void journal_disk_full(void)
{
    const char *journal = stand_journal();
    const char *small = keep("%s/spool", stand_dir);

    disk_mount(small, "1m", geteuid());
    stand_begin(NULL, journal, "LEADD_SPOOL_SEGMENT=65536", NULL);
    load_begin(32);
    for (int i = 0; i < scaled(12); i++) {
        long refused = storm->refused;
        long long began;

        ck_assert(storm_more(storm, 300, 20000));
        pg_fixture_down();
        ck_assert(UNTIL(storm->refused > refused + 300, 40000));
        began = talk_ms();
        pg_fixture_up();
        ck_assert(drained(40000));
        worst(talk_ms() - began);
        tally->rounds++;
    }
    note("worst is the recovery; %ld spooled, %ld told 503",
         (long)storm->spooled, (long)storm->refused);
    ck_assert_int_eq(storm->cut, 0);
    load_judge();
    ck_assert_int_eq(server_stop(&stand), 0);
    stand.pid = 0;
    disk_unmount(small);
    stand_end();
}

static void fsync_fails(void)
{
    const char *journal = stand_journal();
    const char *lib = getenv("TEST_BAD_FSYNC");
    const char *bad = keep("%s/bad", stand_dir);
    long after = 0;

    stand_begin(
        NULL, journal,
        keep("LD_PRELOAD=%s", lib ? lib : "build/tests/fault/bad_fsync.so"),
        keep("BAD_FSYNC_FILE=%s", bad), "ASAN_OPTIONS=verify_asan_link_order=0",
        NULL);
    load_begin(32);
    for (int i = 0; i < scaled(10); i++) {
        ck_assert(storm_more(storm, 100, 20000));
        pg_fixture_down();
        for (int k = 0; k < 5; k++) {
            long spooled, refused;

            ck_assert(storm_more(storm, 200, 20000));
            close(open(bad, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
            refused = storm->refused;
            /* by then every answer in flight has come */
            ck_assert(UNTIL(storm->refused > refused + 64, 20000));
            spooled = storm->spooled;
            ck_assert(UNTIL(storm->refused > refused + 200, 20000));
            after += storm->spooled - spooled;
            unlink(bad);
            tally->rounds++;
        }
        pg_fixture_up();
        ck_assert(drained(40000));
    }
    worst(storm->worst_ms);
    note("acks after a failed fsync: %ld; %ld spooled, %ld told 503", after,
         (long)storm->spooled, (long)storm->refused);
    ck_assert_int_eq(after, 0);
    load_judge();
    stand_end();
}

/* ---- damage ---- */

struct segment {
    unsigned char *bytes;
    long n;
    long at[4096]; /* where records begin; then the end */
    int records;
};

static void read_segment(const char *path, struct segment *g)
{
    FILE *f = fopen(path, "re");
    long at = HEAD_BYTES;

    ck_assert_ptr_nonnull(f);
    g->bytes = malloc(1 << 23);
    g->n = (long)fread(g->bytes, 1, 1 << 23, f);
    fclose(f);
    for (g->records = 0; g->records < 4095; g->records++) {
        uint32_t bytes = 0;

        g->at[g->records] = at;
        if (at + MARK_BYTES > g->n || memcmp(g->bytes + at, g->bytes + 24, 8))
            return; /* the file is longer than what is written in it */
        memcpy(&bytes, g->bytes + at + 8, 4);
        at += MARK_BYTES + (long)bytes;
    }
}

/* Flip one byte of a record, or cut the file off.
   @return how many records are whole still */
static int damage(const char *path, int round)
{
    struct segment g;
    int whole, record;
    long at;
    FILE *f;

    read_segment(path, &g);
    ck_assert_int_gt(g.records, 1);
    at = chance((int)g.at[0], (int)g.at[g.records] - 1);
    for (record = 0; g.at[record + 1] <= at; record++)
        ;
    if (round % 2) {
        ck_assert_int_eq(truncate(path, at), 0);
        whole = record;
    } else {
        f = fopen(path, "r+e");
        ck_assert_ptr_nonnull(f);
        fseek(f, at, SEEK_SET);
        fputc(g.bytes[at] ^ (1 << chance(0, 7)), f);
        fclose(f);
        whole = g.records - 1;
    }
    free(g.bytes);
    return whole;
}

/* What a whole record holds is never lost to the damage of another one. */
static void journal_damaged(void)
{
    const char *journal = stand_journal();
    const char *segment = keep("%s/spool/0000000000000001.seg", stand_dir);
    long kept = 0, written = 0;

    for (int i = 0; i < scaled(60); i++) {
        long stored;
        int whole;

        journal = stand_journal();
        segment = keep("%s/spool/0000000000000001.seg", stand_dir);
        stand_begin(NULL, journal, NULL);
        pg_fixture_down();
        load_begin(16);
        ck_assert(storm_more(storm, chance(20, 200), 20000));
        storm_stop(storm);
        server_kill(&stand);
        whole = damage(segment, i);
        pg_fixture_up();
        server_again(&stand);
        ck_assert(drained(30000));
        /* behind damage the server may say "empty" before all is read */
        (void)UNTIL(sql_int(STORED) == whole, 10000);
        stored = sql_int(STORED);
        ck_assert_msg(stored == whole, "%ld stored of %d whole records", stored,
                      whole);
        tally->acks += stored;
        kept += stored;
        written += storm->acked;
        tally->rounds++;
        stand_end();
    }
    note("one byte flipped, or the file cut anywhere; every record left whole"
         " was stored: %ld of %ld written",
         kept, written);
}

const struct row ROWS_DISK[] = {
    {16, "database disk full", 200, database_disk_full},
    {17, "journal disk full", 300, journal_disk_full},
    {18, "journal torn or flipped", 300, journal_damaged},
    {19, "fsync fails", 200, fsync_fails},
    {0},
};
