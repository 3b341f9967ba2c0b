/**
 * @file crc32c.h
 * CRC-32C (Castagnoli), as in iSCSI and ext4: reflected, polynomial
 * 0x1EDC6F41, first and last XOR 0xFFFFFFFF.  Pure; any thread.
 */
#ifndef LEADD_CRC32C_H
#define LEADD_CRC32C_H

#include "base/base.h"

/** @param crc 0 at first, then what the bytes before gave */
uint32_t crc32c(uint32_t crc, const void *p, size_t n);

#endif
