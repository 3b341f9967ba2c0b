#include "spool/crc32c.h"

#include <pthread.h>
#include <string.h>

#define POLY  0x82F63B78u /* 0x1EDC6F41, bits reversed */
#define SLICE 8

static uint32_t table[SLICE][256];

static void make_table(void)
{
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t c = i;

        for (int bit = 0; bit < 8; bit++)
            c = c & 1 ? c >> 1 ^ POLY : c >> 1;
        table[0][i] = c;
    }
    for (int s = 1; s < SLICE; s++)
        for (int i = 0; i < 256; i++) {
            uint32_t c = table[s - 1][i];

            table[s][i] = c >> 8 ^ table[0][c & 0xff];
        }
}

/* Eight bytes a step: what each does to the rest is looked up at once. */
uint32_t crc32c(uint32_t crc, const void *p, size_t n)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    const uint8_t *b = p;

    pthread_once(&once, make_table);
    crc = ~crc;
    for (; n >= SLICE; n -= SLICE, b += SLICE) {
        uint32_t low = crc ^ ((uint32_t)b[0] | (uint32_t)b[1] << 8 |
                              (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24);

        crc = table[7][low & 0xff] ^ table[6][low >> 8 & 0xff] ^
              table[5][low >> 16 & 0xff] ^ table[4][low >> 24] ^
              table[3][b[4]] ^ table[2][b[5]] ^ table[1][b[6]] ^ table[0][b[7]];
    }
    while (n--)
        crc = crc >> 8 ^ table[0][(crc ^ *b++) & 0xff];
    return ~crc;
}
