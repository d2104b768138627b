/* bits.h - unaligned little-endian loads and stores, and small bit helpers.
 *
 * The host is assumed little-endian (checked at compile time): a guest value in
 * host memory is then just a memcpy away.
 */
#ifndef BASE_BITS_H
#define BASE_BITS_H

#include <string.h>

#include "base/types.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the host must be little-endian");

#define BIT(n) (1u << (n))

static inline u16 load16(const void *p)
{
	u16 v;
	memcpy(&v, p, sizeof v);
	return v;
}

static inline u32 load32(const void *p)
{
	u32 v;
	memcpy(&v, p, sizeof v);
	return v;
}

static inline u64 load64(const void *p)
{
	u64 v;
	memcpy(&v, p, sizeof v);
	return v;
}

static inline void store16(void *p, u16 v)
{
	memcpy(p, &v, sizeof v);
}

static inline void store32(void *p, u32 v)
{
	memcpy(p, &v, sizeof v);
}

static inline void store64(void *p, u64 v)
{
	memcpy(p, &v, sizeof v);
}

/* size is 1..8 bytes; the usual ones are a single move */
static inline u64 load_n(const void *p, int size)
{
	u64 v = 0;
	switch (size) {
	case 1: return *(const u8 *)p;
	case 2: return load16(p);
	case 4: return load32(p);
	case 8: return load64(p);
	default: memcpy(&v, p, (size_t)size); return v;
	}
}

static inline void store_n(void *p, int size, u64 v)
{
	switch (size) {
	case 1: *(u8 *)p = (u8)v; break;
	case 2: store16(p, (u16)v); break;
	case 4: store32(p, (u32)v); break;
	case 8: store64(p, v); break;
	default: memcpy(p, &v, (size_t)size); break;
	}
}

/* all ones in the low `size` bytes */
static inline u64 size_mask(int size)
{
	return ~0ull >> (64 - 8 * size);
}

#endif
