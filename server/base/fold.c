#include "base/fold.h"

#include <stdlib.h>
#include <string.h>
#include <unicase.h>
#include <unictype.h>
#include <uninorm.h>

#include "base/str.h"

/* The base letter of each Latin letter, '.' where there is none or where it
 * takes more than one letter.  U+00C0..U+024F and U+1E00..U+1EFF. */
static const char LATIN_C0[] =
    "aaaaaa.ceeeeiiiidnooooo.ouuuuy..aaaaaa.ceeeeiiiidnooooo.ouuuuy.y"
    "aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiii..jjkk.llllll."
    ".llnnnnnn...oooooo..rrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzz."
    "b...............................oo.............uu..............."
    ".............aaiioouuuuuuuuuu.aaaa....ggkkoooo..j...gg..nnaa...."
    "aaaaeeeeiiiioooorrrruuuusstt..hh......aaeeooooooooyy............"
    "................";
static const char LATIN_1E00[] =
    "aabbbbbbccddddddddddeeeeeeeeeeffgghhhhhhhhhhiiiikkkkkkllllllllmm"
    "mmmmnnnnnnnnoooooooopppprrrrrrrrssssssssssttttttttuuuuuuuuuuvvvv"
    "wwwwwwwwwwxxxxyyzzzzzzhtwy......aaaaaaaaaaaaaaaaaaaaaaaaeeeeeeee"
    "eeeeeeeeiiiioooooooooooooooooooooooouuuuuuuuuuuuuuyyyyyyyy......";

static char latin_base(uint32_t cp)
{
    if (cp >= 0xc0 && cp < 0xc0 + sizeof(LATIN_C0) - 1)
        return LATIN_C0[cp - 0xc0];
    if (cp >= 0x1e00 && cp < 0x1e00 + sizeof(LATIN_1E00) - 1)
        return LATIN_1E00[cp - 0x1e00];
    return '.';
}

static const char *two_letters(uint32_t cp)
{
    switch (cp) {
    case 0xdf:
    case 0x1e9e:
        return "ss";
    case 0xc6:
    case 0xe6:
        return "ae";
    case 0x152:
    case 0x153:
        return "oe";
    case 0xde:
    case 0xfe:
        return "th";
    default:
        return NULL;
    }
}

/* Any other script: the base of the canonical decomposition, lower case;
 * a mark of its own gives nothing. */
static size_t fold_other(uint32_t cp, char out[4])
{
    ucs4_t parts[UC_DECOMPOSITION_MAX_LENGTH];

    while (uc_canonical_decomposition(cp, parts) > 0)
        cp = parts[0];
    if (uc_is_general_category(cp, UC_NON_SPACING_MARK))
        return 0;
    if (cp >= 0xff01 && cp <= 0xff5e) /* full width */
        cp = cp - 0xff01 + '!';
    return utf8_encode(uc_tolower(cp), out);
}

static size_t fold_one(const char *s, size_t len, char out[4])
{
    uint32_t cp = utf8_decode(s, len);
    const char *two;
    char base;

    if (cp < 0x80) {
        out[0] = ascii_lower((char)cp);
        return 1;
    }
    base = latin_base(cp);
    if (base != '.') {
        out[0] = base;
        return 1;
    }
    if (cp >= 0x300 && cp <= 0x36f)
        return 0;
    two = two_letters(cp);
    if (two) {
        memcpy(out, two, 2);
        return 2;
    }
    return fold_other(cp, out);
}

size_t fold_into(const char *s, size_t n, char *out, size_t cap)
{
    size_t w = 0;

    for (size_t i = 0, len; i < n; i += len) {
        char one[4];
        size_t got;

        len = utf8_len(s + i, n - i);
        if (!len) {
            len = 1;
            continue;
        }
        got = fold_one(s + i, len, one);
        if (w + got >= cap)
            break;
        memcpy(out + w, one, got);
        w += got;
    }
    out[w] = '\0';
    return w;
}

char *fold_text(const char *s, struct arena *mem)
{
    size_t n = strlen(s), cap = n * 2 + 1;
    char *out = arena_alloc(mem, cap);

    fold_into(s, n, out, cap);
    return out;
}

typedef uint8_t *casing(const uint8_t *, size_t, const char *, uninorm_t,
                        uint8_t *, size_t *);

static const char *cased(casing *to, const char *s, struct arena *mem)
{
    size_t n = strlen(s), room = n * 3 + 1;
    uint8_t *buf = arena_alloc(mem, room + 1);
    uint8_t *out = to((const uint8_t *)s, n, NULL, UNINORM_NFC, buf, &room);
    const char *text = s;

    if (out == buf) { /* else it had to take more, or failed */
        buf[room] = '\0';
        text = (const char *)buf;
    } else {
        free(out);
    }
    return text;
}

void fold_spellings(const char *s, struct arena *mem,
                    const char *out[SPELLINGS])
{
    out[0] = s;
    out[1] = cased(u8_tolower, s, mem);
    out[2] = cased(u8_toupper, s, mem);
    out[3] = cased(u8_totitle, s, mem);
}
