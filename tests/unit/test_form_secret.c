/* The shared key of a form: where it may stand, and what is kept of it. */
#include "hook_fixture.h"

#include "intake/form_secret.h"

#define FORM    "application/x-www-form-urlencoded"
#define JSON    "application/json"
#define PARTS   "multipart/form-data; boundary=B"
#define KEYS    "{'key': ['new/1', 'old 2'], 'token_secret': 't'}"
#define PART(n) "--B\r\nContent-Disposition: form-data; name=\"" n "\"\r\n\r\n"

static const struct {
    const char *secrets, *headers, *type, *body;
    enum err err;
    const char *kept; /* NULL: as it came */
} POSTS[] = {
    /* no key, no question */
    {"{'token_secret': 't'}", NULL, FORM, "key=x", ERR_OK, NULL},
    {"{}", NULL, NULL, "", ERR_OK, NULL},
    /* headers */
    {KEYS, "X-Api-Key: new/1", FORM, "a=1&key=x", ERR_OK, NULL},
    {KEYS, "X-Api-Key: old 2", JSON, "{\"key\": \"x\"}", ERR_OK, NULL},
    {KEYS, "Authorization: Bearer new/1", PARTS, "", ERR_OK, NULL},
    {KEYS, "X-Api-Key: new/", FORM, "a=1", ERR_BAD_SIGNATURE, NULL},
    {KEYS, "X-Api-Key: t", FORM, "a=1", ERR_BAD_SIGNATURE, NULL},
    {KEYS, "X-Api-Key: new/1", FORM, "key=new%2F1", ERR_OK, "key=*******"},
    /* pairs */
    {KEYS, NULL, FORM, "a=1&api_key=new/1&b=new/1", ERR_OK,
     "a=1&api_key=*****&b=new/1"},
    {KEYS, NULL, FORM, "%6bey=old+2&key=new/1", ERR_OK,
     "%6bey=*****&key=*****"},
    {KEYS, NULL, FORM, "api_key=&key=new/2", ERR_BAD_SIGNATURE, NULL},
    {KEYS, NULL, FORM, "Key=new/1&other=new/1", ERR_BAD_SIGNATURE, NULL},
    {KEYS, NULL, FORM, "", ERR_BAD_SIGNATURE, NULL},
    /* parts */
    {KEYS, NULL, PARTS,
     PART("a") "new/1 x\r\n" PART("key") "new/1\r\n" PART("api_key") //
     "old 2\r\n--B--\r\n",
     ERR_OK,
     PART("a") "new/1 x\r\n" PART("key") "*****\r\n" PART("api_key") //
     "*****\r\n--B--\r\n"},
    {KEYS, NULL, PARTS, PART("a") "new/1\r\n--B--\r\n", ERR_BAD_SIGNATURE,
     NULL},
    {KEYS, NULL, PARTS, PART("key") "new/1\r\n", ERR_BAD_SIGNATURE, NULL},
    {"{'key': '***'}", NULL, PARTS, PART("key") "***\r\n--B--\r\n",
     ERR_BAD_FORM, NULL},
    /* JSON, whatever its type is called */
    {KEYS, NULL, JSON,
     "{\"a\": \"new/1\", \"key\" : \"new\\/1\", \"b\": [{\"key\": \"c\"}]}",
     ERR_OK,
     "{\"a\": \"new/1\", \"key\" : \"******\", \"b\": [{\"key\": \"c\"}]}"},
    {KEYS, NULL, "text/plain", "{\"api_key\": \"old 2\", \"key\": \"new/1\"}",
     ERR_OK, "{\"api_key\": \"*****\", \"key\": \"*****\"}"},
    {KEYS, NULL, JSON, "{\"\\u006bey\": \"new/1\"}", ERR_OK,
     "{\"\\u006bey\": \"*****\"}"},
    {KEYS, NULL, JSON, "{\"a\": {\"key\": \"new/1\"}}", ERR_BAD_SIGNATURE,
     NULL},
    {KEYS, NULL, JSON, "{\"key\": \"new/1\"", ERR_BAD_SIGNATURE, NULL},
    {KEYS, NULL, NULL, "key=new/1", ERR_BAD_SIGNATURE, NULL},
};

START_TEST(the_key_is_found_and_not_kept)
{
    size_t n = strlen(POSTS[_i].body);
    struct asked a;
    char *body;

    ask(&a, POSTS[_i].secrets, POSTS[_i].headers, NULL, 0);
    a.rq.content_type = POSTS[_i].type;
    body = arena_strndup(a.mem, POSTS[_i].body, n);
    ck_assert_int_eq(form_secret_take(&a.rq, body, n), POSTS[_i].err);
    ck_assert_str_eq(body, POSTS[_i].kept ? POSTS[_i].kept : POSTS[_i].body);
    arena_free(a.mem);
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("form_secret");

    tcase_add_loop_test(tc, the_key_is_found_and_not_kept, 0,
                        (int)ARRAY_LEN(POSTS));
    return unit_run(tc, "form_secret");
}
