/* The company a person belongs to: found by its name and by the domain of a
 * work e-mail, and by either the same one. */
#include "api/imports_fixture.h"
#include "api/leads_fixture.h"

#define NAMES   3
#define DOMAINS 3
#define ROUNDS  12
#define PEOPLE  24

struct firm {
    const char *name, *domain;
};

static struct firm new_firm(void)
{
    const char *s = fresh("firm");

    return (struct firm){keep("Công ty %s", s), keep("%s.com.vn", s)};
}

static const char *account_of(const char *lead)
{
    const struct reply *r = get(srv.sales, lead_path(lead));

    EXPECT(r, 200);
    return json_is_null(reply_at(r, "/account"))
               ? "none"
               : keep("%s", reply_text(r, "/account/id"));
}

/* A new person of a company. @return the lead */
static const char *person_at(int port, const char *key, const char *domain,
                             const char *company, const char *more)
{
    const struct reply *r = call(
        port, "POST", "/v1/leads", key, NULL,
        text("{\"contact\": {\"email\": \"%s@%s\"%s%s%s}%s}", fresh("p"),
             domain ? domain : "gmail.com", company ? ", \"company\": \"" : "",
             company ? company : "", company ? "\"" : "", more));

    EXPECT(r, 201);
    return keep("%s", reply_text(r, "/lead/id"));
}

static const char *person(const char *domain, const char *company)
{
    return person_at(srv.port, srv.intake, domain, company, "");
}

START_TEST(who_has_no_company_has_no_colleagues)
{
    static const char *const NONE[] = {"không có", "Không", "n/a", "N.A.",
                                       "-",        "...",   "x",   "Tự do",
                                       "cá nhân",  "none",  "KO"};

    for (size_t i = 0; i < ARRAY_LEN(NONE); i++)
        ck_assert_msg(!strcmp(account_of(person(NULL, NONE[i])), "none"), "%s",
                      NONE[i]);
    ck_assert_str_ne(account_of(person(NULL, "3M")), "none");
    ck_assert_str_ne(account_of(person(NULL, "B")), "none");
    ck_assert_str_eq(
        reply_text(get(srv.sales, lead_path(person(NULL, "Freelancer"))),
                   "/contact/company"),
        "Freelancer");
    ck_assert_str_ne(account_of(person(NULL, "Không Gian Xanh")), "none");
    ck_assert_str_ne(account_of(person(NULL, "株式会社")), "none");
}
END_TEST

static const struct {
    const char *member, *good, *filler;
} FILLERS[] = {
    {"company", "Echt GmbH", "không có"},
    {"company", "Echt GmbH", "n/a"},
    {"company", "3M", "-"},
    {"name", "Lê An", "-"},
    {"name", "Lê An", "."},
    {"name", "Na", "N/A"},
    {"name", "李", "0912 345 678"},
};

/* Nor is it written over what is known, or shown where nothing is. */
START_TEST(a_filler_takes_nobodys_place)
{
    const char *mail = keep("%s@gmail.com", fresh("filler"));
    const char *member = FILLERS[_i].member, *at = keep("/contact/%s", member);
    const char *said[] = {FILLERS[_i].filler, FILLERS[_i].good,
                          FILLERS[_i].filler};
    const char *shown[] = {NULL, FILLERS[_i].good, FILLERS[_i].good};

    for (size_t i = 0; i < ARRAY_LEN(said); i++) {
        const struct reply *r =
            call(srv.port, "POST", "/v1/leads", srv.intake, NULL,
                 text("{\"contact\": {\"email\": \"%s\", \"%s\": \"%s\"}}",
                      mail, member, said[i]));

        EXPECT(r, i ? 200 : 201);
        r = get(srv.sales, lead_path(the_lead(mail)));
        if (shown[i])
            ck_assert_str_eq(reply_text(r, at), shown[i]);
        else
            ck_assert(json_is_null(reply_at(r, at)));
    }
}
END_TEST

/* Who comes with the name, the domain or both, in every order in which the
   second or the first has both. */
START_TEST(a_name_and_a_domain_lead_to_one_account)
{
    static const struct {
        bool name[3], domain[3];
    } ORDERS[] = {
        {{true, true, false}, {false, true, true}},
        {{false, true, true}, {true, true, false}},
        {{true, true, false}, {true, false, true}},
        {{true, false, true}, {true, true, false}},
    };
    struct firm f = new_firm();
    const char *first = NULL;

    for (size_t i = 0; i < 3; i++) {
        const char *a =
            account_of(person(ORDERS[_i].domain[i] ? f.domain : NULL,
                              ORDERS[_i].name[i] ? f.name : NULL));

        if (!first)
            first = a;
        ck_assert_uint_eq(strlen(a), 36);
        ck_assert_str_eq(a, first);
    }
    ck_assert_int_eq(sql_int(text("SELECT count(*) FROM account_key WHERE"
                                  " account_id = '%s'",
                                  first)),
                     2);
}
END_TEST

/* In any writing of the name. */
START_TEST(a_name_is_known_without_its_marks)
{
    struct firm f = new_firm();
    const char *a = account_of(person(f.domain, f.name));
    const char *bare = keep("CONG TY  %s", f.name + strlen("Công ty "));

    ck_assert_str_eq(account_of(person(NULL, bare)), a);
}
END_TEST

START_TEST(companies_stay_apart)
{
    struct firm f = new_firm(), g = new_firm();
    const char *a = account_of(person(f.domain, f.name));
    const char *b = account_of(person(NULL, g.name));

    ck_assert_str_ne(a, b);
    /* the domain is known, the name too: the domain's, and none moves */
    ck_assert_str_eq(account_of(person(f.domain, g.name)), a);
    ck_assert_str_eq(account_of(person(NULL, g.name)), b);
    ck_assert_str_eq(account_of(person(f.domain, NULL)), a);
    ck_assert_str_eq(account_of(person(NULL, f.name)), a);
    /* and a new domain with that name is the name's */
    ck_assert_str_eq(account_of(person(g.domain, g.name)), b);
    ck_assert_str_eq(account_of(person(g.domain, NULL)), b);
    ck_assert_str_eq(account_of(person(NULL, NULL)), "none");
}
END_TEST

/* Who had no company gets one; who has one keeps it. */
START_TEST(a_company_that_is_told_later_is_taken_once)
{
    struct firm f = new_firm(), g = new_firm();
    const char *a = account_of(person(f.domain, f.name));
    const char *lead = person(NULL, NULL);

    EXPECT(patch(srv.sales, lead_path(lead),
                 text("{\"contact\": {\"company\": \"%s\"}}", f.name)),
           200);
    ck_assert_str_eq(account_of(lead), a);
    EXPECT(patch(srv.sales, lead_path(lead),
                 text("{\"contact\": {\"company\": \"%s\", \"email\":"
                      " \"%s@%s\"}}",
                      g.name, fresh("p"), g.domain)),
           200);
    ck_assert_str_eq(account_of(lead), a);
    ck_assert_str_ne(account_of(person(NULL, g.name)), a);
}
END_TEST

/* ---- in one batch ---- */

struct draft {
    int name, domain; /* -1: not told */
    const char *phone;
    int account; /* the rule's own number */
};

static void import_people(const struct firm *f, const struct draft *d, size_t n)
{
    AUTO(buf_release) struct buf list = BUF_INIT;

    (void)buf_puts(&list, "phone,email,company\n");
    for (size_t i = 0; i < n; i++) {
        (void)buf_printf(&list, "%s,", d[i].phone);
        if (d[i].domain >= 0)
            (void)buf_printf(&list, "%s@%s", fresh("p"), f[d[i].domain].domain);
        (void)buf_printf(&list, ",%s\n",
                         d[i].name >= 0 ? f[d[i].name].name : "");
    }
    ck_assert(!list.failed);
    EXPECT(import_bytes("source=firms", CSV, list.ptr, list.len), 201);
}

static int pick(unsigned *seed, int n)
{
    return (int)(rand_r(seed) >> 8) % n;
}

/* @return how many accounts there are then */
static int rule(struct draft *d, int *of_name, int *of_domain, int made)
{
    int *name = d->name >= 0 ? &of_name[d->name] : NULL;
    int *domain = d->domain >= 0 ? &of_domain[d->domain] : NULL;
    int known = domain && *domain ? *domain : name ? *name : 0;

    d->account = known ? known : made + 1;
    if (name && !*name)
        *name = d->account;
    if (domain && !*domain)
        *domain = d->account;
    return known ? made : made + 1;
}

static void check_accounts(const struct draft *d)
{
    char *ids[PEOPLE];

    for (size_t i = 0; i < PEOPLE; i++) {
        ids[i] = sql_text(
            text("SELECT account_id FROM lead WHERE workspace_id = 1 AND"
                 " phone = '+84%s'",
                 d[i].phone + 1));
        for (size_t k = 0; k < i; k++)
            ck_assert_msg(
                (d[i].account == d[k].account) == !strcmp(ids[i], ids[k]),
                "%zu (%d %d) is in %s, %zu (%d %d) in %s", i, d[i].name,
                d[i].domain, ids[i], k, d[k].name, d[k].domain, ids[k]);
    }
    for (size_t i = 0; i < PEOPLE; i++)
        free(ids[i]);
}

/* However people who share names and domains are cut into batches, each has
   the account that he would have had alone. */
START_TEST(a_batch_of_any_size_makes_the_same_accounts)
{
    struct firm f[MAX(NAMES, DOMAINS)];
    struct draft d[PEOPLE];
    int of_name[NAMES] = {0}, of_domain[DOMAINS] = {0}, made = 0;
    unsigned seed = 4711 + (unsigned)_i;

    for (size_t i = 0; i < ARRAY_LEN(f); i++)
        f[i] = new_firm();
    for (size_t i = 0; i < PEOPLE; i++) {
        int told = pick(&seed, 4);

        d[i].name = told == 0 ? -1 : pick(&seed, NAMES);
        d[i].domain = told == 1 ? -1 : pick(&seed, DOMAINS);
        d[i].phone = keep("0395%03d%03zu", _i, i);
        made = rule(&d[i], of_name, of_domain, made);
    }
    for (size_t i = 0, n; i < PEOPLE; i += n) {
        n = _i ? 1 + (size_t)pick(&seed, 12) : PEOPLE;
        n = MIN(n, PEOPLE - i);
        import_people(f, &d[i], n);
    }
    check_accounts(d);
}
END_TEST

/* ---- at once ---- */

struct crowd {
    int port[2];
    const char *body[40];
    int status[40];
};

static void crowd_one(void *ctx, int i)
{
    struct crowd *x = ctx;
    struct reply r = http_call(x->port[i % 4 / 2], "POST", "/v1/leads",
                               srv.intake, NULL, x->body[i]);

    x->status[i] = r.status;
    reply_free(&r);
}

/* Two processes, and everybody has both or the same one of the two. */
START_TEST(all_who_come_at_once_are_in_one_account)
{
    struct server other = srv;
    struct crowd x = {.port = {srv.port}};

    server_again(&other);
    x.port[1] = other.port;
    for (int round = 0; round < 10; round++) {
        struct firm f = new_firm();
        const char *domain[2] = {f.domain, round % 2 ? f.domain : "gmail.com"};
        const char *name[2] = {f.name, round % 2 ? "" : f.name};

        for (int i = 0; i < 40; i++)
            x.body[i] = keep("{\"contact\": {\"email\": \"%s@%s\","
                             " \"company\": \"%s\"}}",
                             fresh("p"), domain[i % 2], name[i % 2]);
        together(40, crowd_one, &x);
        for (int i = 0; i < 40; i++)
            ck_assert_int_eq(x.status[i], 201);
        ck_assert_int_eq(
            sql_int(text("SELECT count(*) FROM account_key k JOIN lead"
                         " USING (workspace_id, account_id) WHERE key ="
                         " 'domain:%s'",
                         f.domain)),
            40);
    }
    ck_assert_int_eq(server_stop(&other), 0);
}
END_TEST

/* ---- who else is there ---- */

START_TEST(a_company_by_name_and_by_domain_is_two_people)
{
    static const char EVENT[] =
        ", \"events\": [{\"type\": \"consult_request\"}]";
    struct firm f = new_firm();
    const char *a = person_at(srv.port, srv.intake, NULL, f.name, EVENT), *b;
    long long before =
        reply_int(get(srv.sales, lead_path(a)), "/consideration");

    b = person_at(srv.port, srv.intake, f.domain, f.name, EVENT);
    ck_assert_int_eq(reply_int(get(srv.sales, lead_path(b)), "/consideration"),
                     before + 8);
    ck_assert_msg(UNTIL(reply_int(get(srv.sales, lead_path(a)),
                                  "/consideration") == before + 8,
                        8000),
                  "the first of them was not judged again");
}
END_TEST

/* @return a member of what a command of the program prints */
static const char *command(const char *const args[], const char *member)
{
    char out[1024];
    const char *got = NULL;
    json_t *j;

    ck_assert_int_eq(server_command(&srv, args, out, sizeof(out)), 0);
    j = json_loads(out, 0, NULL);
    ck_assert_int_eq(json_unpack(j, "{s:s}", member, &got), 0);
    got = keep("%s", got);
    json_decref(j);
    return got;
}

START_TEST(workspaces_stay_apart)
{
    const char *const make[] = {"workspace", "create", "other", "--id=7", NULL};
    const char *const key[] = {"key", "create", "intake", "--workspace=7",
                               NULL};
    struct firm f = new_firm();
    const char *mine = account_of(person(f.domain, f.name)), *theirs;
    char out[256];

    ck_assert_int_eq(server_command(&srv, make, out, sizeof(out)), 0);
    theirs = command(key, "key");
    ck_assert(UNTIL(post(theirs, "/v1/leads", "{}")->status != 401, 8000));
    (void)person_at(srv.port, theirs, f.domain, NULL, "");
    (void)person_at(srv.port, theirs, f.domain, f.name, "");
    (void)person_at(srv.port, theirs, NULL, f.name, "");
    ck_assert_int_eq(
        sql_int(text("SELECT count(DISTINCT account_id) FROM lead WHERE"
                     " workspace_id = 7 AND account_id <> '%s'",
                     mine)),
        1);
    ck_assert_int_eq(sql_int(text("SELECT count(*) FROM lead WHERE account_id ="
                                  " '%s'",
                                  mine)),
                     1);
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("accounts");

    tcase_set_timeout(tc, 60);
    tcase_add_test(tc, who_has_no_company_has_no_colleagues);
    tcase_add_loop_test(tc, a_filler_takes_nobodys_place, 0,
                        (int)ARRAY_LEN(FILLERS));
    tcase_add_loop_test(tc, a_name_and_a_domain_lead_to_one_account, 0, 4);
    tcase_add_test(tc, a_name_is_known_without_its_marks);
    tcase_add_test(tc, companies_stay_apart);
    tcase_add_test(tc, a_company_that_is_told_later_is_taken_once);
    tcase_add_loop_test(tc, a_batch_of_any_size_makes_the_same_accounts, 0,
                        ROUNDS);
    tcase_add_test(tc, all_who_come_at_once_are_in_one_account);
    tcase_add_test(tc, a_company_by_name_and_by_domain_is_two_people);
    tcase_add_test(tc, workspaces_stay_apart);
    return real_server_main(tc, "accounts", NULL);
}
