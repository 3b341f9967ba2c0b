/*
 * The fault matrix: each row breaks something under load and counts what was
 * acknowledged, lost and doubled.
 *
 *   matrix [--rows 1,6,8] [--seed N] [--scale PERCENT]
 *
 * FAULT_ROWS, FAULT_SEED and FAULT_SCALE say the same.  Without rows: all.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>

#include "base/base.h"
#include "fault/matrix.h"

#define ROWS_MAX 64

struct tally *tally;
const struct row *row;
unsigned seed;

static int scale = 100;
static const char *wanted;
static const struct row *const LISTS[] = {
    ROWS_PROCESS, ROWS_DATABASE, ROWS_DISK,  ROWS_HTTP,
    ROWS_SCHEMA,  ROWS_HOOKS,    ROWS_FETCH,
};
static const struct row *rows[ROWS_MAX];
static struct tally *tallies;
static int n_rows;

/* ---- what rows ask for ---- */

int scaled(int n)
{
    return MAX(n * scale / 100, 1);
}

int chance(int low, int high)
{
    static unsigned state;

    if (!state)
        state = seed * 2654435761U + (unsigned)row->number;
    return low + (int)((unsigned)rand_r(&state) % (unsigned)(high - low + 1));
}

void note(const char *fmt, ...)
{
    size_t n = strlen(tally->note);
    va_list ap;

    va_start(ap, fmt);
    if (n)
        n += (size_t)snprintf(tally->note + n, NOTE_BYTES - n, ", ");
    if (n < NOTE_BYTES)
        vsnprintf(tally->note + n, NOTE_BYTES - n, fmt, ap);
    va_end(ap);
}

void worst(long long ms)
{
    tally->worst_ms = MAX(tally->worst_ms, ms);
}

static void in_program(const char *const argv[], int out)
{
    int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (dup2(null, 0) < 0 || dup2(out, 1) < 0 || dup2(out, 2) < 0)
        _exit(126);
    execvp(argv[0], (char *const *)(uintptr_t)argv);
    _exit(127);
}

int run_program(const char *const argv[], int seconds, char *out,
                size_t out_size)
{
    long long end = talk_ms() + seconds * 1000LL;
    char rest[4096];
    size_t n = 0;
    int fds[2], status = 0;
    ssize_t got = 1;
    pid_t pid;

    ck_assert_int_eq(pipe2(fds, O_CLOEXEC), 0);
    pid = fork();
    if (pid == 0) /* before any ck_: these lock, and the holder is not here */
        in_program(argv, fds[1]);
    ck_assert_int_gt(pid, 0);
    close(fds[1]);
    while (got > 0) {
        struct pollfd p = {fds[0], POLLIN, 0};
        long long left = end - talk_ms();
        bool room = n + 1 < out_size;

        if (left <= 0 || poll(&p, 1, (int)left) <= 0) {
            kill(pid, SIGKILL);
            break;
        }
        got = read(fds[0], room ? out + n : rest,
                   room ? out_size - 1 - n : sizeof(rest));
        n += room && got > 0 ? (size_t)got : 0;
    }
    out[n] = '\0';
    close(fds[0]);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/* ---- the table ---- */

static void print_row(FILE *f, int i)
{
    const struct tally *t = &tallies[i];

    fprintf(f,
            "row %d: %s: %d rounds, %ld acks, %ld lost, %ld doubled, worst"
            " %.2f s, seed %u, took %lld s%s%s%s\n",
            rows[i]->number, rows[i]->name, t->rounds, t->acks, t->lost,
            t->doubled, (double)t->worst_ms / 1000, seed, t->took_ms / 1000,
            *t->note ? " (" : "", t->note, *t->note ? ")" : "");
}

static void print_table(void)
{
    long acks = 0, lost = 0, doubled = 0;

    printf("\n| row | fault | rounds | acks | lost | doubled | worst s | seen"
           " |\n|--:|---|--:|--:|--:|--:|--:|---|\n");
    for (int i = 0; i < n_rows; i++) {
        const struct tally *t = &tallies[i];

        printf("| %d | %s | %d | %ld | %ld | %ld | %.2f | %s%s |\n",
               rows[i]->number, rows[i]->name, t->rounds, t->acks, t->lost,
               t->doubled, (double)t->worst_ms / 1000, t->done ? "" : "FAILED ",
               t->note);
        acks += t->acks;
        lost += t->lost;
        doubled += t->doubled;
    }
    printf("\nall rows: %d rows, %ld acks, %ld lost, %ld doubled, seed %u\n",
           n_rows, acks, lost, doubled, seed);
}

/* ---- running ---- */

START_TEST(a_row_holds)
{
    row = rows[_i];
    tally = &tallies[_i];
    tally->took_ms = -talk_ms();
    row->run();
    tally->took_ms += talk_ms();
    tally->done = true;
    print_row(stdout, _i);
    fflush(stdout);
}
END_TEST

static bool is_wanted(int number)
{
    char list[256], *at = NULL;

    if (!wanted)
        return true;
    snprintf(list, sizeof(list), "%s", wanted);
    for (char *p = strtok_r(list, ", ", &at); p; p = strtok_r(NULL, ", ", &at))
        if (atoi(p) == number)
            return true;
    return false;
}

static int by_number(const void *a, const void *b)
{
    const struct row *const *x = a, *const *y = b;

    return (*x)->number - (*y)->number;
}

static void read_arguments(int argc, char **argv)
{
    static const struct option OPTIONS[] = {{"rows", 1, NULL, 'r'},
                                            {"seed", 1, NULL, 's'},
                                            {"scale", 1, NULL, 'c'},
                                            {0}};
    int c;

    wanted = getenv("FAULT_ROWS");
    seed = (unsigned)strtoul(getenv("FAULT_SEED") ?: "0", NULL, 10);
    scale = atoi(getenv("FAULT_SCALE") ?: "100");
    while ((c = getopt_long(argc, argv, "", OPTIONS, NULL)) != -1)
        switch (c) {
        case 'r':
            wanted = optarg;
            break;
        case 's':
            seed = (unsigned)strtoul(optarg, NULL, 10);
            break;
        case 'c':
            scale = atoi(optarg);
            break;
        default:
            exit(2);
        }
    if (!seed)
        seed = (unsigned)time(NULL) % 1000000 + 1;
    for (size_t l = 0; l < ARRAY_LEN(LISTS); l++)
        for (const struct row *r = LISTS[l]; r->name; r++)
            if (is_wanted(r->number) && n_rows < ROWS_MAX)
                rows[n_rows++] = r;
    qsort(rows, (size_t)n_rows, sizeof(*rows), by_number);
}

int main(int argc, char **argv)
{
    Suite *s = suite_create("matrix");
    SRunner *r;
    int failed;

    read_arguments(argc, argv);
    tallies = mmap(NULL, sizeof(*tallies) * ROWS_MAX, PROT_READ | PROT_WRITE,
                   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (tallies == MAP_FAILED)
        return EXIT_FAILURE;
    pg_fixture();
    for (int i = 0; i < n_rows; i++) {
        TCase *t = tcase_create(rows[i]->name);

        tcase_set_timeout(t, rows[i]->seconds);
        tcase_add_loop_test(t, a_row_holds, i, i + 1);
        suite_add_tcase(s, t);
    }
    r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    print_table();
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
