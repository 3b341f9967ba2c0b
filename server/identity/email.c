#include "identity/email.h"

#include <idn2.h>
#include <libpsl.h>
#include <unicase.h>
#include <stdlib.h>

#include "base/str.h"
#include "base/text.h"
#include "identity/mail_data.h"

#define LABEL_MAX  63
#define DOMAIN_MAX 253

static bool is_atext(unsigned char c)
{
    return is_digit((char)c) ||
           (ascii_lower((char)c) >= 'a' && ascii_lower((char)c) <= 'z') ||
           (c && strchr("!#$%&'*+-/=?^_`{|}~", c));
}

static bool local_ok(const char *s, size_t n)
{
    if (!n || n > EMAIL_LOCAL_MAX || s[0] == '.' || s[n - 1] == '.')
        return false;
    for (size_t i = 0, len; i < n; i += len) {
        len = utf8_len(s + i, n - i);
        if (!len)
            return false;
        if (len == 1 && s[i] == '.' && s[i + 1] == '.')
            return false;
        if (len == 1 ? s[i] != '.' && !is_atext((unsigned char)s[i])
                     : text_is_space(utf8_decode(s + i, len)) ||
                           text_is_unwanted(utf8_decode(s + i, len)))
            return false;
    }
    return true;
}

static bool label_ok(const char *s, size_t n)
{
    if (!n || n > LABEL_MAX || s[0] == '-' || s[n - 1] == '-')
        return false;
    for (size_t i = 0; i < n; i++)
        if (!is_digit(s[i]) && s[i] != '-' && !(s[i] >= 'a' && s[i] <= 'z'))
            return false;
    return true;
}

/* A host name of at least two labels whose last one is no number. */
static bool domain_ok(const char *s)
{
    size_t labels = 0, n = strlen(s);
    const char *last = s;

    if (!n || n > DOMAIN_MAX)
        return false;
    for (const char *p = s; p; labels++) {
        const char *dot = strchr(p, '.');

        last = p;
        if (!label_ok(p, dot ? (size_t)(dot - p) : strlen(p)))
            return false;
        p = dot ? dot + 1 : NULL;
    }
    return labels >= 2 && strlen(last) >= 2 && !is_digit(last[0]);
}

/* @return the domain in ASCII lower case, NULL when there is no such form */
static const char *domain_ascii(const char *s, size_t n, const char **rule,
                                struct arena *mem)
{
    char *text = arena_strndup(mem, s, n);
    uint8_t *ascii = NULL;

    *rule = "email";
    if (text_is_ascii(s, n)) {
        str_lower(text);
        return text;
    }
    *rule = "email_idn";
    if (idn2_lookup_u8((const uint8_t *)text, &ascii,
                       IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL) != IDN2_OK)
        return NULL;
    text = arena_strdup(mem, (char *)ascii);
    idn2_free(ascii);
    return text;
}

/* @return lower case in NFC, so that one mailbox has one form */
static const char *local_lower(const char *s, size_t n, struct arena *mem)
{
    uint8_t buf[EMAIL_LOCAL_MAX * 4], *got;
    size_t len = sizeof(buf);
    char *out;

    if (text_is_ascii(s, n)) {
        out = arena_strndup(mem, s, n);
        str_lower(out);
        return out;
    }
    got = u8_tolower((const uint8_t *)s, n, NULL, UNINORM_NFC, buf, &len);
    if (!got)
        return arena_strndup(mem, s, n);
    out = arena_strndup(mem, (char *)got, len);
    if (got != buf)
        free(got);
    return out;
}

static const char *join(const char *local, size_t n, const char *domain,
                        struct arena *mem)
{
    size_t domain_n = strlen(domain);
    char *out = arena_alloc(mem, n + domain_n + 2);

    memcpy(out, local, n);
    out[n] = '@';
    memcpy(out + n + 1, domain, domain_n);
    return out;
}

static void classify(struct email *e, const char *local)
{
    char bare[EMAIL_LOCAL_MAX * 4 + 1];
    size_t n = strcspn(local, "+"); /* info+tet@ is still info@ */

    n = MIN(n, sizeof(bare) - 1);
    memcpy(bare, local, n);
    bare[n] = '\0';
    e->is_free = mail_domain_is_free(e->domain);
    e->is_disposable = !e->is_free && mail_domain_is_disposable(e->domain);
    e->is_role = mail_local_is_role(bare);
}

enum err email_canonical(const char *raw, struct arena *mem,
                         struct email *out_email)
{
    size_t n = raw ? strlen(raw) : 0;
    const char *at, *local, *domain;

    while (n && is_blank(*raw)) {
        raw++;
        n--;
    }
    while (n && is_blank(raw[n - 1]))
        n--;
    at = n ? memrchr(raw, '@', n) : NULL;
    if (!at || n > EMAIL_MAX * 2 || !local_ok(raw, (size_t)(at - raw)))
        return ERR_EMAIL_INVALID;
    n -= (size_t)(at + 1 - raw);
    domain = domain_ascii(at + 1, n, &out_email->rule, mem);
    if (!domain || !domain_ok(domain))
        return ERR_EMAIL_INVALID;
    local = local_lower(raw, (size_t)(at - raw), mem);
    if (strlen(local) + 1 + strlen(domain) > EMAIL_MAX)
        return ERR_EMAIL_INVALID;
    out_email->value = join(local, strlen(local), domain, mem);
    out_email->domain = out_email->value + strlen(local) + 1;
    out_email->display = join(raw, (size_t)(at - raw), domain, mem);
    classify(out_email, local);
    return ERR_OK;
}

const char *email_work_domain(const struct email *email)
{
    const psl_ctx_t *psl = psl_builtin();
    const char *base = email->domain;

    if (email->is_free || email->is_disposable)
        return NULL;
    if (psl) /* built without its list: the whole domain is the best guess */
        base = psl_registrable_domain(psl, email->domain);
    if (!base || str_eq(base, email->domain)) /* already classed */
        return base;
    if (mail_domain_is_free(base) || mail_domain_is_disposable(base))
        return NULL;
    return base;
}
