/* What the commands say when they are told something wrong: one line that
 * names it, and nothing done. */
#include <sys/stat.h>

#include "real_server.h"

#define NOBODY "00000000-0000-7000-8000-00000000dead"

static char out[65536];

/* Run a command. @return how often it said @a what on stderr */
static int said(const char *const args[], int code, const char *what)
{
    int before = server_logged(&srv, what);
    int got = server_command(&srv, args, out, sizeof(out));

    ck_assert_msg(got == code, "%s %s: exit %d, not %d: %s", args[0], args[1],
                  got, code, out);
    return server_logged(&srv, what) - before;
}

START_TEST(a_wrong_word_is_named)
{
    static const struct {
        const char *args[6];
        int code;
        const char *what;
    } CASES[] = {
        {{"rep", "create", "Lan", "--workspace=99"},
         1,
         "there is no workspace 99"},
        {{"rep", "list", "--workspace=99"}, 1, "there is no workspace 99"},
        {{"key", "list", "--workspace=99"}, 1, "there is no workspace 99"},
        {{"source", "list", "--workspace=99"}, 1, "there is no workspace 99"},
        {{"key", "create", "admin", "--workspace=99"},
         1,
         "there is no workspace 99"},
        {{"key", "revoke", NOBODY, "--workspace=99"},
         1,
         "there is no workspace 99"},
        {{"source", "create", "form", "x", "--workspace=99"},
         1,
         "there is no workspace 99"},
        {{"key", "create", "sales", "--rep=" NOBODY},
         1,
         "there is no rep " NOBODY " in workspace 1"},
        {{"key", "revoke", NOBODY}, 1, "There is no such thing"},
        {{"replay", "--workspace=99"}, 1, "there is no workspace 99"},
        {{"replay", "--from=2026-11-22T00:00:00Z", "--to=2026-11-21T00:00:00Z"},
         64,
         "--from must be before --to"},
        {{"key", "create", "bogus"}, 64, "there is no role bogus"},
        {{"key", "create", "admin", "sales"}, 64, "sales is one word too many"},
        {{"key", "create"}, 64, "say which role"},
        {{"key", "revoke", "abc"}, 64, "abc is no id of a key"},
        {{"key", "revoke"}, 64, "say which key"},
        {{"source", "create", "bogus", "x"},
         64,
         "there is no kind of source bogus"},
        {{"source", "create", "form"}, 64, "say its kind and its name"},
        {{"source", "create", "form", "x", "y"}, 64, "y is one word too many"},
        {{"rep", "create"}, 64, "say its name"},
        {{"rep", "create", "Lan", "Hoa"}, 64, "Hoa is one word too many"},
        {{"workspace", "create"}, 64, "say its name"},
        {{"workspace", "create", "a", "b"}, 64, "b is one word too many"},
        {{"version", "x"}, 64, "Too many arguments"},
        {{"version", "--bogus"}, 64, "unrecognized option"},
        {{"import"}, 64, "FILE and one of --key and --key-file"},
        {{"import", "a", "b", "--key=x"}, 64, "b is one word too many"},
    };

    ck_assert_msg(said(CASES[_i].args, CASES[_i].code, CASES[_i].what) == 1,
                  "%s %s: not said: %s", CASES[_i].args[0], CASES[_i].args[1],
                  CASES[_i].what);
    ck_assert_ptr_null(strstr(out, "\"key\""));
}
END_TEST
#define N_WRONG 27

START_TEST(check_config_finds_what_serve_could_not_use)
{
    static const struct {
        const char *arg, *what;
    } CASES[] = {
        {"--database=host=", NULL},
        {"--database=dbname=x connect_timeout", "--database: is no connection"},
        {"--database=bogus=1", "--database: is no connection string"},
        {"--database=postgres://[::1", "--database: is no connection string"},
        {"--dns_servers=bogus", "--dns_servers: must be addresses"},
        {"--dns_servers=192.0.2.1,", "--dns_servers: must be addresses"},
        {"--dns_servers=192.0.2.1:99999", "--dns_servers: must be addresses"},
        {"--dns_servers=192.0.2.1:0", "--dns_servers: must be addresses"},
        {"--dns_servers=192.0.2.1, 192.0.2.2",
         "--dns_servers: must be addresses"},
        {"--dns_servers=192.0.2.1,192.0.2.2:5353", NULL},
        {"--dns_servers=[2001:db8::1]:53,2001:db8::2", NULL},
        {"--key_pepper=short", "--key_pepper: must be empty or have at least"},
        {"--key_pepper=0123456789abcdef0123456789abcdef", NULL},
    };
    const char *args[] = {"check-config", CASES[_i].arg, NULL};
    const char *what = CASES[_i].what ? CASES[_i].what : "leadd: ";

    ck_assert_msg(said(args, CASES[_i].what ? 78 : 0, what) ==
                      (CASES[_i].what != NULL),
                  "%s", CASES[_i].arg);
}
END_TEST
#define N_CONFIGS 13

static void write_file(const char *path, const char *content)
{
    FILE *f = fopen(path, "we");

    ck_assert_ptr_nonnull(f);
    fputs(content, f);
    fclose(f);
}

START_TEST(check_config_names_file_and_line_and_no_secret)
{
    const char *path = keep("%s/bad.conf", srv.dir);
    const char *config = keep("--config=%s", path);
    const char *args[] = {"check-config", config, NULL};

    write_file(path, "# one\nkey_pepper = hush-hush\nport = 1\n");
    ck_assert_int_eq(
        said(args, 78, text("%s:2: key_pepper: must be empty", path)), 1);
    ck_assert_int_eq(server_logged(&srv, "hush-hush"), 0);
    unlink(path);
}
END_TEST

START_TEST(an_import_to_no_host_gives_up_at_once)
{
    static const char *const URLS[] = {"--url=http://no-such-host.invalid",
                                       "--url=bogus://127.0.0.1",
                                       "--url=http://127.0.0.1:99999"};
    const char *path = keep("%s/list.csv", srv.dir);
    const char *args[] = {"import", path, URLS[_i], "--key=x", NULL};
    long long began = talk_ms();

    write_file(path, "email\na@gmail.com\n");
    ck_assert_int_ge(said(args, 1, "leadd: "), 1);
    ck_assert_int_lt(talk_ms() - began, 5000);
    ck_assert_int_eq(server_logged(&srv, "broke off"), 0);
    unlink(path);
}
END_TEST

/* A file that is there and cannot be read (root reads all: a directory). */
START_TEST(a_journal_that_cannot_be_read_is_not_called_whole)
{
    const char *dir = keep("%s/journal", srv.dir);
    const char *segment = keep("%s/0000000000000001.seg", dir);
    const char *option = keep("--spool_dir=%s", dir);
    const char *verify[] = {"spool", "verify", option, NULL};
    const char *ls[] = {"spool", "ls", option, NULL};

    ck_assert_int_eq(mkdir(dir, 0700), 0);
    ck_assert_int_eq(mkdir(segment, 0700), 0);
    ck_assert_int_eq(server_command(&srv, verify, out, sizeof(out)), 1);
    ck_assert_ptr_nonnull(strstr(out, "segment 1 cannot be read"));
    ck_assert_int_eq(server_command(&srv, ls, out, sizeof(out)), 0);
    ck_assert_ptr_nonnull(strstr(out, "\"readable\": false"));
    ck_assert_ptr_nonnull(strstr(out, "\"created_at\": null"));
    rmdir(segment);
    write_file(segment, ""); /* begun and never written to: nothing is lost */
    ck_assert_int_eq(server_command(&srv, verify, out, sizeof(out)), 0);
    ck_assert_ptr_null(strstr(out, "damaged\n"));
    unlink(segment);
    rmdir(dir);
}
END_TEST

START_TEST(a_replay_leaves_erased_receipts_alone)
{
    const char *source = fresh("erased");
    const char *replay[] = {"replay", NULL};

    EXPECT(post(srv.intake, "/v1/leads",
                text("{\"source\": \"%s\", \"contact\": {\"email\":"
                     " \"%s@mail.example\"}}",
                     source, source)),
           201);
    (void)sql_int("WITH gone AS (UPDATE receipt SET body = NULL, headers ="
                  " NULL RETURNING 1) SELECT count(*) FROM gone");
    ck_assert_int_eq(server_command(&srv, replay, out, sizeof(out)), 0);
    ck_assert_ptr_nonnull(strstr(out, "\"refused\": 0"));
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("cli");

    tcase_set_timeout(tc, 60);
    tcase_add_loop_test(tc, a_wrong_word_is_named, 0, N_WRONG);
    tcase_add_loop_test(tc, check_config_finds_what_serve_could_not_use, 0,
                        N_CONFIGS);
    tcase_add_test(tc, check_config_names_file_and_line_and_no_secret);
    tcase_add_loop_test(tc, an_import_to_no_host_gives_up_at_once, 0, 3);
    tcase_add_test(tc, a_journal_that_cannot_be_read_is_not_called_whole);
    tcase_add_test(tc, a_replay_leaves_erased_receipts_alone);
    return real_server_main(tc, "cli", NULL);
}
