/* options.def against config/leadd.conf, and the promises of options.h. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/str.h"
#include "options/options.h"

#define CONF      "config/leadd.conf"
#define CONF_MAX  65536
#define LINES_MAX 1024

static char text[CONF_MAX];
static char *lines[LINES_MAX];
static size_t n_lines;

static void read_conf(void)
{
    FILE *f = fopen(CONF, "re");
    char *rest = NULL;

    ck_assert_msg(f, "run from the top of the tree: no %s", CONF);
    text[fread(text, 1, sizeof(text) - 1, f)] = '\0';
    fclose(f);
    n_lines = 0;
    for (char *s = strtok_r(text, "\n", &rest); s && n_lines < LINES_MAX;
         s = strtok_r(NULL, "\n", &rest))
        lines[n_lines++] = s;
}

/* "#name = value" is a setting, "# words" is prose. */
static bool is_setting(const char *line)
{
    return line[0] == '#' && line[1] >= 'a' && line[1] <= 'z';
}

START_TEST(leadd_conf_shows_every_setting_in_order_with_its_default)
{
    const struct option_info *rows;
    size_t n = options_all(&rows), k = 0;

    read_conf();
    for (size_t i = 0; i < n_lines; i++) {
        char want[512];

        if (!is_setting(lines[i]))
            continue;
        ck_assert_msg(k < n, "%s has one too many: %s", CONF, lines[i]);
        snprintf(want, sizeof(want), "#%s =%s%s", rows[k].name,
                 *rows[k].preset ? " " : "", rows[k].preset);
        ck_assert_str_eq(lines[i], want);
        k++;
    }
    ck_assert_msg(k == n, "%s lacks %s", CONF, k < n ? rows[k].name : "");
}
END_TEST

/* The comment block above a setting as one line of words. */
static void block_above(size_t i, char *out, size_t out_bytes)
{
    size_t from = i;

    *out = '\0';
    while (from > 0 && lines[from - 1][0] == '#' &&
           !is_setting(lines[from - 1]))
        from--;
    for (; from < i; from++) {
        size_t n = strlen(out);

        snprintf(out + n, out_bytes - n, "%s%s", n ? " " : "",
                 lines[from] + strspn(lines[from], "# "));
    }
}

START_TEST(leadd_conf_gives_the_sentence_and_the_range)
{
    const struct option_info *rows;
    size_t n = options_all(&rows), k = 0;

    read_conf();
    for (size_t i = 0; i < n_lines && k < n; i++) {
        char above[4096], range[128];

        if (!is_setting(lines[i]))
            continue;
        block_above(i, above, sizeof(above));
        ck_assert_msg(strstr(above, rows[k].help), "%s: %s", rows[k].name,
                      above);
        snprintf(range, sizeof(range), "(%lld to %lld%s%s",
                 (long long)rows[k].least, (long long)rows[k].most,
                 *rows[k].unit ? " " : "", rows[k].unit);
        ck_assert_msg(rows[k].kind != OPTION_INT || strstr(above, range),
                      "%s: %s", rows[k].name, range);
        ck_assert_int_eq(strstr(above, "SIGHUP") != NULL,
                         (rows[k].flags & OPTION_RELOADABLE) != 0);
        k++;
    }
    ck_assert_uint_eq(k, n);
}
END_TEST

static void write_file(char path[64], const char *content)
{
    int fd;

    strcpy(path, "/tmp/leadd-options-XXXXXX");
    fd = mkstemp(path);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, content, strlen(content)),
                     (ssize_t)strlen(content));
    close(fd);
}

START_TEST(leadd_conf_with_everything_on_is_the_defaults)
{
    AUTO(buf_release) struct buf file = BUF_INIT;
    AUTO(buf_release) struct buf a = BUF_INIT;
    AUTO(buf_release) struct buf b = BUF_INIT;
    struct options *all = NULL, *none = NULL;
    char why[OPTIONS_WHY_BYTES] = "", path[64];

    read_conf();
    for (size_t i = 0; i < n_lines; i++)
        (void)buf_printf(&file, "%s\n", lines[i] + is_setting(lines[i]));
    write_file(path, file.ptr);
    ck_assert_msg(options_load(path, NULL, NULL, 0, why, &all) == ERR_OK, "%s",
                  why);
    ck_assert_int_eq(options_load(CONF, NULL, NULL, 0, why, &none), ERR_OK);
    ck_assert_int_eq(options_print(all, &a), ERR_OK);
    ck_assert_int_eq(options_print(none, &b), ERR_OK);
    ck_assert_str_eq(a.ptr, b.ptr);
    options_free(all);
    options_free(none);
    unlink(path);
}
END_TEST

START_TEST(every_name_is_there_once_with_a_sentence)
{
    const struct option_info *rows;
    size_t n = options_all(&rows);

    for (size_t i = 0; i < n; i++) {
        ck_assert_uint_gt(strlen(rows[i].help), 10);
        ck_assert_int_ne(rows[i].help[strlen(rows[i].help) - 1], '.');
        for (size_t k = 0; k < i; k++)
            ck_assert_str_ne(rows[i].name, rows[k].name);
    }
}
END_TEST

static const struct {
    const char *content, *why;
} BAD[] = {
    {"prot = 1\n", ":1: prot: there is no such setting"},
    {"\n# x\nport = 65536\n", ":3: port: must be a whole number from 0"},
    {"port = 80x\n", ":1: port: must be a whole number"},
    {"port =\n", ":1: port: must be a whole number"},
    {"port = -1\n", ":1: port: must be a whole number"},
    {"port = 99999999999999999999\n", ":1: port: must be a whole number"},
    {"port = 80 ; the old one\n", ":1: port: must be a whole number"},
    {"port = 80\nport = 81\n", ":2: port: is given twice"},
    {"Port = 80\n", ":1: Port: there is no such setting"},
    {"port 80\n", ":1: must be: name = value"},
    {"[http]\nport = 80\n", ":2: port: sections are not used"},
    {"listen = localhost\n", ":1: listen: must be a numeric"},
    {"listen =\n", ":1: listen: must have 1 to 45 characters"},
    {"migrate = maybe\n", ":1: migrate: must be on or off"},
    {"log_level = loud\n", ":1: log_level: must be debug"},
    {"trusted_proxies = 10.0.0.0/33\n", ":1: trusted_proxies: must be addr"},
    {"trusted_proxies = 10.0.0.1, proxy\n", ":1: trusted_proxies: must be"},
    {"trusted_proxies = ::1/129\n", ":1: trusted_proxies: must be addr"},
    {"base_url = \xff\n", ":1: base_url: must be UTF-8"},
    {"base_url = leads.example.com\n", ":1: base_url: must be an address"},
    {"base_url = https://\n", ":1: base_url: must be an address"},
    {"turnstile_url = ftp://x\n", ":1: turnstile_url: must be an address"},
    {"connect_ms = 99\n", ":1: connect_ms: must be a whole number from 100"},
    {"connect_ms = 60001\n", "from 100 to 60000 ms"},
    {"writers = 0\n", ":1: writers: must be"},
    {"batch_max = 0\n", ":1: batch_max: must be"},
    {"database =\n", ":1: database: must have 1 to 4096 characters"},
    {"port = 1.5\n", ":1: port: must be"},
    {"port = 0x50\n", ":1: port: must be"},
    {"= 5\n", ": there is no such setting"},
};

START_TEST(a_bad_file_is_named_with_line_and_key)
{
    struct options *o = NULL;
    char why[OPTIONS_WHY_BYTES] = "", path[64];

    write_file(path, BAD[_i].content);
    ck_assert_int_eq(options_load(path, NULL, NULL, 0, why, &o), ERR_CONFIG);
    ck_assert_ptr_null(o);
    ck_assert_msg(str_starts(why, path), "%s", why);
    ck_assert_msg(strstr(why, BAD[_i].why), "%s", why);
    ck_assert_ptr_null(strchr(why, '\n'));
    unlink(path);
}
END_TEST

START_TEST(later_places_stand_above_earlier_ones)
{
    static char var[] = "LEADD_PORT=81", other[] = "LEADD_WRITERS=3";
    static char home[] = "LEADD_HOME=/x", path_var[] = "PATH=/bin";
    char *env[] = {home, path_var, var, other, NULL};
    struct option_arg args[] = {{"port", "82"}, {"port", "83"}};
    struct options *o = NULL;
    char why[OPTIONS_WHY_BYTES] = "", path[64];

    write_file(path, "port = 80\nwriters = 2\nreaders = 5\n");
    ck_assert_msg(options_load(path, env, args, 2, why, &o) == ERR_OK, "%s",
                  why);
    ck_assert_int_eq(o->port, 83);
    ck_assert_int_eq(o->writers, 3);
    ck_assert_int_eq(o->readers, 5);
    ck_assert_int_eq(o->batch_max, 256);
    options_free(o);
    unlink(path);
}
END_TEST

START_TEST(a_bad_variable_or_argument_is_named)
{
    static char bad[] = "LEADD_PORT=tcp://10.0.0.1", odd[] = "LEADD_PROT=1";
    char *env_bad[] = {bad, NULL}, *env_odd[] = {odd, NULL};
    struct option_arg arg = {"idle_ms", "soon"};
    struct options *o = NULL;
    char why[OPTIONS_WHY_BYTES] = "";

    ck_assert_int_eq(options_load(NULL, env_bad, NULL, 0, why, &o), ERR_CONFIG);
    ck_assert_msg(str_starts(why, "LEADD_PORT: must be"), "%s", why);
    ck_assert_int_eq(options_load(NULL, env_odd, NULL, 0, why, &o), ERR_CONFIG);
    ck_assert_str_eq(why, "LEADD_PROT: there is no such setting");
    ck_assert_int_eq(options_load(NULL, NULL, &arg, 1, why, &o), ERR_CONFIG);
    ck_assert_msg(str_starts(why, "--idle_ms: must be"), "%s", why);
    ck_assert_int_eq(options_load("/no/such", NULL, NULL, 0, why, &o),
                     ERR_CONFIG);
    ck_assert_msg(str_starts(why, "/no/such: "), "%s", why);
}
END_TEST

START_TEST(a_long_connection_string_is_kept_whole)
{
    AUTO(buf_release) struct buf file = BUF_INIT;
    struct options *o = NULL;
    char why[OPTIONS_WHY_BYTES] = "", path[64];

    (void)buf_puts(&file, "database = host=a password='x ;#y' options='");
    for (int i = 0; i < 1000; i++)
        (void)buf_puts(&file, "-c");
    (void)buf_puts(&file, "'\nport = 1\n");
    write_file(path, file.ptr);
    ck_assert_msg(options_load(path, NULL, NULL, 0, why, &o) == ERR_OK, "%s",
                  why);
    ck_assert_uint_gt(strlen(o->database), 2000);
    ck_assert(strstr(o->database, "x ;#y"));
    ck_assert_int_eq(o->port, 1);
    options_free(o);
    unlink(path);
}
END_TEST

START_TEST(secrets_are_not_shown)
{
    struct option_arg args[] = {{"key_pepper", "hush"},
                                {"database", "password=hush"}};
    AUTO(buf_release) struct buf out = BUF_INIT;
    struct options *o = NULL;
    char why[OPTIONS_WHY_BYTES] = "";

    ck_assert_int_eq(options_load(NULL, NULL, args, 2, why, &o), ERR_OK);
    ck_assert_int_eq(options_print(o, &out), ERR_OK);
    ck_assert_ptr_null(strstr(out.ptr, "hush"));
    ck_assert(strstr(out.ptr, "key_pepper = ***\n"));
    options_free(o);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("options");
    TCase *t = tcase_create("options");
    SRunner *r = srunner_create(s);
    int failed;

    suite_add_tcase(s, t);
    tcase_add_test(t, leadd_conf_shows_every_setting_in_order_with_its_default);
    tcase_add_test(t, leadd_conf_gives_the_sentence_and_the_range);
    tcase_add_test(t, leadd_conf_with_everything_on_is_the_defaults);
    tcase_add_test(t, every_name_is_there_once_with_a_sentence);
    tcase_add_loop_test(t, a_bad_file_is_named_with_line_and_key, 0,
                        (int)ARRAY_LEN(BAD));
    tcase_add_test(t, later_places_stand_above_earlier_ones);
    tcase_add_test(t, a_bad_variable_or_argument_is_named);
    tcase_add_test(t, a_long_connection_string_is_kept_whole);
    tcase_add_test(t, secrets_are_not_shown);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
