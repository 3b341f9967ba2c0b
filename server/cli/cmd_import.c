/*
 * leadd import: a list from a file or standard input, through the HTTP
 * interface of a running server.  Not past it: the server's writers stay the
 * only ones, its key says who may, and it works from any machine.
 */
#include <curl/curl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/str.h"
#include "cli/cli.h"
#include "cli/commands.h"

#define TRIES     5
#define BAR_CELLS 30

/* Options whose value is an argument of POST /v1/imports. */
enum {
    OPT_KEY = 1000,
    OPT_KEY_FILE,
    OPT_URL,
    OPT_NDJSON,
    OPT_CHARSET,
    OPT_ARG
};

static const char *const ARGS[] = {"id",         "source",  "source_id",
                                   "provenance", "note",    "consent",
                                   "origin",     "mapping", "delimiter"};

struct input {
    struct cli cli;
    const char *file, *key, *key_file, *url, *charset;
    const char *args[ARRAY_LEN(ARGS)];
    bool ndjson;
};

/* One list on its way. */
struct sending {
    const struct input *in;
    FILE *f;
    int64_t total, started_ms, shown_ms; /**< total 0: not known */
    bool bar;
    struct buf answer;
    long status;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct input *in = state->input;

    if (key >= OPT_ARG && key < OPT_ARG + (int)ARRAY_LEN(ARGS)) {
        in->args[key - OPT_ARG] = arg;
        return 0;
    }
    switch (key) {
    case OPT_KEY:
        in->key = arg;
        return 0;
    case OPT_KEY_FILE:
        in->key_file = arg;
        return 0;
    case OPT_URL:
        in->url = arg;
        return 0;
    case OPT_CHARSET:
        in->charset = arg;
        return 0;
    case OPT_NDJSON:
        in->ndjson = true;
        return 0;
    case ARGP_KEY_ARG:
        one_word(arg, &in->file, state);
        return 0;
    case ARGP_KEY_END:
        if (!in->file || !in->key == !in->key_file)
            argp_error(state, "FILE and one of --key and --key-file");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option OPTIONS[] = {
    {"key", OPT_KEY, "KEY", 0, "A marketing or admin key", 0},
    {"key-file", OPT_KEY_FILE, "FILE", 0, "File whose first line is the key",
     0},
    {"url", OPT_URL, "URL", 0, "The server; default: as the settings say", 0},
    {"id", OPT_ARG, "UUID", 0, "Go on with this import", 0},
    {"source", OPT_ARG + 1, "NAME", 0, "Name of the list's source", 0},
    {"source-id", OPT_ARG + 2, "UUID", 0, "A configured source instead", 0},
    {"provenance", OPT_ARG + 3, "WORD", 0,
     "own, event, partner, platform, purchased or other", 0},
    {"note", OPT_ARG + 4, "TEXT", 0, "Whose list, where and when", 0},
    {"consent", OPT_ARG + 5, "TEXT", 0, "How these people agreed", 0},
    {"origin", OPT_ARG + 6, "WORD", 0, "marketing, sales or referral", 0},
    {"mapping", OPT_ARG + 7, "JSON", 0, "What unknown columns are", 0},
    {"delimiter", OPT_ARG + 8, "CHAR", 0, "Default: as the heading shows", 0},
    {"charset", OPT_CHARSET, "NAME", 0, "Default: by the bytes", 0},
    {"ndjson", OPT_NDJSON, NULL, 0,
     "One JSON object a line; known by the name .ndjson or .jsonl", 0},
    {0}};

/* ---- the bar ---- */

static void show(const struct sending *s, int64_t sent)
{
    int64_t ms = MAX(clock_mono_ms() - s->started_ms, (int64_t)1);
    int64_t rate = sent * 1000 / ms;
    int cells = s->total ? (int)(sent * BAR_CELLS / s->total) : 0;

    fprintf(stderr, "\r%*s\r", 78, "");
    if (s->total)
        fprintf(stderr, "[%.*s%*s] %3d%%  %.1f of %.1f MB  %.1f MB/s  %llds",
                MIN(cells, BAR_CELLS), "##############################",
                BAR_CELLS - MIN(cells, BAR_CELLS), "",
                (int)(sent * 100 / s->total), (double)sent / 1e6,
                (double)s->total / 1e6, (double)rate / 1e6,
                (long long)(rate ? (s->total - sent) / rate : 0));
    else
        fprintf(stderr, "%.1f MB  %.1f MB/s", (double)sent / 1e6,
                (double)rate / 1e6);
    fflush(stderr);
}

static int on_progress(void *ctx, curl_off_t dl_total, curl_off_t dl,
                       curl_off_t total, curl_off_t sent)
{
    struct sending *s = ctx;
    int64_t now = clock_mono_ms();

    (void)dl_total, (void)dl, (void)total;
    if (s->bar && now - s->shown_ms >= 200) {
        s->shown_ms = now;
        show(s, sent);
    }
    return 0;
}

/* ---- one try ---- */

static size_t on_read(char *p, size_t size, size_t n, void *ctx)
{
    return fread(p, size, n, ((struct sending *)ctx)->f);
}

static size_t on_answer(char *p, size_t size, size_t n, void *ctx)
{
    return buf_add(&((struct sending *)ctx)->answer, p, size * n) == ERR_OK
               ? size * n
               : 0;
}

static const char *query(CURL *c, const struct input *in, struct arena *mem)
{
    const char *q = "";

    for (size_t i = 0; i < ARRAY_LEN(ARGS); i++) {
        char *value = in->args[i] ? curl_easy_escape(c, in->args[i], 0) : NULL;

        if (value)
            q = arena_printf(mem, "%s%c%s=%s", q, *q ? '&' : '?', ARGS[i],
                             value);
        curl_free(value);
    }
    return q;
}

static struct curl_slist *headers(const struct input *in, struct arena *mem)
{
    const char *type = arena_printf(
        mem, "Content-Type: %s%s%s",
        in->ndjson ? "application/x-ndjson" : "text/csv",
        in->charset ? "; charset=" : "", in->charset ? in->charset : "");
    struct curl_slist *list = curl_slist_append(NULL, type);

    return curl_slist_append(
        list, arena_printf(mem, "Authorization: Bearer %s", in->key));
}

static CURLcode send_once(struct sending *s, struct arena *mem)
{
    CURL *c = curl_easy_init();
    struct curl_slist *list = headers(s->in, mem);
    CURLcode rc;

    buf_clear(&s->answer);
    s->status = 0;
    s->started_ms = clock_mono_ms();
    curl_easy_setopt(
        c, CURLOPT_URL,
        arena_printf(mem, "%s/v1/imports%s", s->in->url, query(c, s->in, mem)));
    curl_easy_setopt(c, CURLOPT_HTTPHEADER, list);
    curl_easy_setopt(c, CURLOPT_POST, 1L);
    if (s->total)
        curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)s->total);
    else
        list = curl_slist_append(list, "Transfer-Encoding: chunked");
    curl_easy_setopt(c, CURLOPT_READFUNCTION, on_read);
    curl_easy_setopt(c, CURLOPT_READDATA, s);
    curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_answer);
    curl_easy_setopt(c, CURLOPT_WRITEDATA, s);
    curl_easy_setopt(c, CURLOPT_XFERINFOFUNCTION, on_progress);
    curl_easy_setopt(c, CURLOPT_XFERINFODATA, s);
    curl_easy_setopt(c, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT, 10L);
    rc = curl_easy_perform(c);
    curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &s->status);
    curl_slist_free_all(list);
    curl_easy_cleanup(c);
    if (s->bar)
        fprintf(stderr, "\r%*s\r", 78, "");
    return rc;
}

/* Will the same perhaps go well a little later?  A name that was known when
 * the list began may be lost for a while; one that never was is a mistake. */
static bool may_pass(CURLcode rc)
{
    static const CURLcode PASSING[] = {CURLE_OK,
                                       CURLE_COULDNT_CONNECT,
                                       CURLE_COULDNT_RESOLVE_HOST,
                                       CURLE_OPERATION_TIMEDOUT,
                                       CURLE_SEND_ERROR,
                                       CURLE_RECV_ERROR,
                                       CURLE_GOT_NOTHING,
                                       CURLE_PARTIAL_FILE,
                                       CURLE_SSL_CONNECT_ERROR};

    for (size_t i = 0; i < ARRAY_LEN(PASSING); i++)
        if (PASSING[i] == rc)
            return true;
    return false;
}

/* A list that broke off is sent again under its id, as long as it can be. */
static int send_list(struct sending *s, struct arena *mem)
{
    for (int i = 1;; i++) {
        CURLcode rc = send_once(s, mem);

        if (rc == CURLE_OK && (s->status == 200 || s->status == 201))
            return 0;
        if (rc == CURLE_OK && s->status != 503) {
            fprintf(stderr, "leadd: refused with %ld: %s\n", s->status,
                    s->answer.ptr ? s->answer.ptr : "");
            return 1;
        }
        if (!may_pass(rc) || (rc == CURLE_COULDNT_RESOLVE_HOST && i == 1)) {
            fprintf(stderr, "leadd: %s: %s\n", s->in->url,
                    curl_easy_strerror(rc));
            return 1;
        }
        fprintf(stderr, "leadd: broke off: %s\n",
                rc == CURLE_OK ? "the server is busy or stopping"
                               : curl_easy_strerror(rc));
        if (i == TRIES || fseeko(s->f, 0, SEEK_SET) != 0) {
            fprintf(stderr, "leadd: go on with --id %s\n", s->in->args[0]);
            return 1;
        }
        sleep((unsigned)i);
    }
}

static int report(const struct sending *s)
{
    json_t *j = json_loads(s->answer.ptr ? s->answer.ptr : "", 0, NULL);
    json_int_t bad = json_integer_value(json_object_get(j, "bad"));

    (void)json_dumpf(j, stdout, JSON_INDENT(2));
    puts("");
    if (bad)
        fprintf(stderr, "leadd: %lld bad rows: %s/v1/imports/%s/errors\n",
                (long long)bad, s->in->url, s->in->args[0]);
    json_decref(j);
    return 0;
}

/* ---- the command ---- */

static const char *key_of_file(const char *path, struct arena *mem)
{
    FILE *f = fopen(path, "re");
    char line[512];
    bool got = f && fgets(line, sizeof(line), f);

    if (f)
        fclose(f);
    return got ? str_trim(arena_strdup(mem, line)) : NULL;
}

static bool has_end(const char *s, const char *end)
{
    size_t n = strlen(s), m = strlen(end);

    return n > m && str_eq(s + n - m, end);
}

static void complete(struct input *in, struct arena *mem)
{
    char id[UUID_TEXT_BYTES];
    struct uuid fresh = uuid_new(clock_now_ms());

    if (!in->url) {
        struct options *o = cli_options(&in->cli);

        in->url = cli_base_url(o, (uint16_t)o->port, mem);
        options_free(o);
    }
    if (!in->args[0])
        in->args[0] = arena_strdup(mem, uuid_format(&fresh, id));
    in->ndjson |= has_end(in->file, ".ndjson") || has_end(in->file, ".jsonl");
}

static int run(struct input *in, struct arena *mem)
{
    struct sending s = {.in = in, .bar = isatty(STDERR_FILENO) != 0};
    struct stat st;
    int rc;

    if (in->key_file)
        in->key = key_of_file(in->key_file, mem);
    s.f = str_eq(in->file, "-") ? stdin : fopen(in->file, "re");
    if (!s.f || !in->key) {
        fprintf(stderr, "leadd: cannot read %s\n",
                s.f ? in->key_file : in->file);
        return 1;
    }
    if (fstat(fileno(s.f), &st) == 0 && S_ISDIR(st.st_mode)) {
        fprintf(stderr, "leadd: %s is a directory\n", in->file);
        fclose(s.f);
        return 1;
    }
    if (fstat(fileno(s.f), &st) == 0 && S_ISREG(st.st_mode))
        s.total = st.st_size;
    complete(in, mem);
    rc = send_list(&s, mem);
    if (rc == 0)
        rc = report(&s);
    if (s.f != stdin)
        fclose(s.f);
    buf_release(&s.answer);
    return rc;
}

int cmd_import(int argc, char **argv)
{
    static const struct cli_spec SPEC = {
        OPTIONS, parse, "FILE",
        "Send a list to a running server, with a bar, and show its report.\v"
        "FILE is CSV or NDJSON; - is standard input.  A connection that breaks"
        " is made again and the list goes on where it broke off; the same"
        " list again adds nothing.",
        false};
    struct input in = {.file = NULL};
    struct arena *mem = arena_new(CLI_MEM_MAX);
    int rc = 1;

    cli_parse(&SPEC, argc, argv, &in);
    if (mem && curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK)
        rc = run(&in, mem);
    curl_global_cleanup();
    cli_release(&in.cli);
    arena_free(mem);
    return rc;
}
