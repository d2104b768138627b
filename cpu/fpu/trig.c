/* trig.c - sine and cosine with 128-bit significands.
 *
 * The argument is reduced by the processor's pi: 66 bits, 4 * 0.C90FDAA2 2168C234 C
 * (SDM 1 8.3.8). Its remainder is exact, so everything but that pi is precise.
 */
#include "cpu/fpu/wide.h"

/* 1/3!, 1/5! ... */
static const u128 sin_terms[] = {
	W(0x2aaaaaaaaaaaaaaa, 0xaaaaaaaaaaaaaaab),
	W(0x0222222222222222, 0x2222222222222222),
	W(0x000d00d00d00d00d, 0x00d00d00d00d00d0),
	W(0x00002e3bc74aad8e, 0x671f5583911ca003),
	W(0x0000006b99159fd5, 0x138e3f9d1f92e0df),
	W(0x00000000b092309d, 0x43684be51c198e92),
	W(0x0000000000d73f9f, 0x399dc0f88ec32b58),
	W(0x000000000000ca96, 0x3b81856a53593029),
	W(0x0000000000000097, 0xa4da340a0ab92651),
	W(0x0000000000000000, 0x5c6e3bdb73d5c630),
	W(0x0000000000000000, 0x002ec368262c7034),
	W(0x0000000000000000, 0x000013f3ccdd1660),
};

/* 1/2!, 1/4! ... */
static const u128 cos_terms[] = {
	W(0x8000000000000000, 0x0000000000000000),
	W(0x0aaaaaaaaaaaaaaa, 0xaaaaaaaaaaaaaaab),
	W(0x005b05b05b05b05b, 0x05b05b05b05b05b0),
	W(0x0001a01a01a01a01, 0xa01a01a01a01a01a),
	W(0x0000049f93edde27, 0xd71cbbc05b4fa99a),
	W(0x00000008f76c77fc, 0x6c4bdaa26d4c3d68),
	W(0x000000000c9cba54, 0x603e4e905d6f8a2f),
	W(0x00000000000d73f9, 0xf399dc0f88ec32b6),
	W(0x0000000000000b41, 0x3c31dcbecbbdd802),
	W(0x0000000000000007, 0x950ae900808941ea),
	W(0x0000000000000000, 0x04338e5b6dfe14a5),
	W(0x0000000000000000, 0x0001f2cf01972f57),
};

/* pi / 2 in units of 2^-67 */
#define HALF_PI W(0xc, 0x90fdaa22168c234c)

/* 1 - z t0 + z^2 t1 - ... */
static u128 alternating(u128 z, const u128 *terms, size_t n)
{
	u128 sum = 0;
	while (n-- > 0)
		sum = mul_high(z, terms[n] - sum);
	return ~sum;
}

/* |r| <= pi/4 */
static struct sincos small(struct wide r)
{
	u128 z = wide_fraction(wide_mul(r, r));
	struct wide cosine = wide_make(0, -1, alternating(z, cos_terms, ARRAY_LEN(cos_terms)));
	struct wide factor = wide_make(0, -1, alternating(z, sin_terms, ARRAY_LEN(sin_terms)));
	return (struct sincos){wide_mul(r, factor), cosine};
}

/* |x| = q * pi/2 + r: returns q's low bits */
static u32 reduce(struct wide x, struct wide *r)
{
	u128 rem = x.mant >> 64; /* an 80-bit number: the rest is zero. Its unit is 2^(exp - 63) */
	u32 q = 0;
	for (s32 n = x.exp + 4; n > 0; n--) { /* to units of 2^-67 */
		rem <<= 1;
		q <<= 1;
		if (rem >= HALF_PI) {
			rem -= HALF_PI;
			q |= 1;
		}
	}
	bool beyond = rem > HALF_PI / 2;
	if (beyond) {
		rem = HALF_PI - rem;
		q++;
	}
	*r = wide_make(beyond, 60, rem); /* 127 - 67 */
	return q;
}

struct sincos wide_sincos(struct wide x)
{
	struct wide r = x;
	u32 q = 0, sign = x.sign;
	r.sign = 0;
	if (x.exp >= -1)
		q = reduce(x, &r);
	struct sincos s = small(r), t = s;
	if (q & 1) {
		t.sin = s.cos;
		t.cos = s.sin;
	}
	t.sin.sign ^= q >> 1 & 1;
	t.cos.sign ^= (q ^ q >> 1) & 1;
	t.sin.sign ^= sign;
	return t;
}
