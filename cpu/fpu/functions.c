/* functions.c - 2^x - 1, logarithms and arc tangent with 128-bit significands.
 *
 * Power series in fractions of one after a reduction that keeps the relative
 * precision: far below half a unit of the 64 bits that count.
 */
#include "cpu/fpu/wide.h"

/* 1/2!, 1/3! ... */
static const u128 exp_terms[] = {
	W(0x8000000000000000, 0x0000000000000000),
	W(0x2aaaaaaaaaaaaaaa, 0xaaaaaaaaaaaaaaab),
	W(0x0aaaaaaaaaaaaaaa, 0xaaaaaaaaaaaaaaab),
	W(0x0222222222222222, 0x2222222222222222),
	W(0x005b05b05b05b05b, 0x05b05b05b05b05b0),
	W(0x000d00d00d00d00d, 0x00d00d00d00d00d0),
	W(0x0001a01a01a01a01, 0xa01a01a01a01a01a),
	W(0x00002e3bc74aad8e, 0x671f5583911ca003),
	W(0x0000049f93edde27, 0xd71cbbc05b4fa99a),
	W(0x0000006b99159fd5, 0x138e3f9d1f92e0df),
	W(0x00000008f76c77fc, 0x6c4bdaa26d4c3d68),
	W(0x00000000b092309d, 0x43684be51c198e92),
	W(0x000000000c9cba54, 0x603e4e905d6f8a2f),
	W(0x0000000000d73f9f, 0x399dc0f88ec32b58),
	W(0x00000000000d73f9, 0xf399dc0f88ec32b6),
	W(0x000000000000ca96, 0x3b81856a53593029),
	W(0x0000000000000b41, 0x3c31dcbecbbdd802),
	W(0x0000000000000097, 0xa4da340a0ab92651),
	W(0x0000000000000007, 0x950ae900808941ea),
	W(0x0000000000000000, 0x5c6e3bdb73d5c630),
	W(0x0000000000000000, 0x04338e5b6dfe14a5),
	W(0x0000000000000000, 0x002ec368262c7034),
	W(0x0000000000000000, 0x0001f2cf01972f57),
	W(0x0000000000000000, 0x000013f3ccdd1660),
};

/* 1/3, 1/5, 1/7 ... */
static const u128 odd_terms[] = {
	W(0x5555555555555555, 0x5555555555555555),
	W(0x3333333333333333, 0x3333333333333333),
	W(0x2492492492492492, 0x4924924924924925),
	W(0x1c71c71c71c71c71, 0xc71c71c71c71c71c),
	W(0x1745d1745d1745d1, 0x745d1745d1745d17),
	W(0x13b13b13b13b13b1, 0x3b13b13b13b13b14),
	W(0x1111111111111111, 0x1111111111111111),
	W(0x0f0f0f0f0f0f0f0f, 0x0f0f0f0f0f0f0f0f),
	W(0x0d79435e50d79435, 0xe50d79435e50d794),
	W(0x0c30c30c30c30c30, 0xc30c30c30c30c30c),
	W(0x0b21642c8590b216, 0x42c8590b21642c86),
	W(0x0a3d70a3d70a3d70, 0xa3d70a3d70a3d70a),
	W(0x097b425ed097b425, 0xed097b425ed097b4),
	W(0x08d3dcb08d3dcb08, 0xd3dcb08d3dcb08d4),
	W(0x0842108421084210, 0x8421084210842108),
	W(0x07c1f07c1f07c1f0, 0x7c1f07c1f07c1f08),
	W(0x0750750750750750, 0x7507507507507507),
	W(0x06eb3e45306eb3e4, 0x5306eb3e45306eb4),
};

/* atan(i / 32) */
static const u128 atan_table[] = {
	W(0x0000000000000000, 0x0000000000000000),
	W(0x07ff556eea5d892a, 0x13bcebbb6ed46311),
	W(0x0ffaaddb967ef4e3, 0x6cb2792dc0e2e0d5),
	W(0x17ee182602f10e8c, 0x126acfcf099f06cf),
	W(0x1fd5ba9aac2f6dc6, 0x5912f313e7d111df),
	W(0x27adddd18cc4d8b0, 0xd1d8674940d83fa1),
	W(0x2f72f6979cb6044d, 0x1ec2d3e207271d22),
	W(0x3721aea524c14408, 0xbd88697072d54bc1),
	W(0x3eb6ebf25901bac5, 0x5b71e7bd7de885f9),
	W(0x462fd68c2fc5e098, 0x6523a458dfc414c7),
	W(0x4d89dcdc1faf2f34, 0xe2d5da4c693d7994),
	W(0x54c2b6654735276d, 0x4cdbfbbdfbecf461),
	W(0x5bd86507937bc239, 0xc55190916e7f2242),
	W(0x62c934e5286c95b6, 0xd0ba3748fa85146f),
	W(0x6993bb0f308ff2db, 0x213e4af4800f389b),
	W(0x7036d3253b27be33, 0xe318f6cb3cc65c02),
	W(0x76b19c1586ed3da2, 0xb7f222f65e1d4682),
	W(0x7d03742d50505f2e, 0x33691e3eaee47661),
	W(0x832bf4a6d9867e2a, 0x4b6a09cb61a515c1),
	W(0x892aecdfde9547b5, 0x094478fc472b4afc),
	W(0x8f005d5ef7f59f9b, 0x5c835e1665c43748),
	W(0x94ac72c9847186f6, 0x18c4f393f78a32f9),
	W(0x9a2f80e671bdda20, 0x4226f8e2204ff3bd),
	W(0x9f89fdc4f4b7a1ec, 0xf8b492644f0701e0),
	W(0xa4bc7d1934f70924, 0x19a87f2a457dac9f),
	W(0xa9c7abdc4830f5c8, 0x916a84b5be7933f6),
	W(0xaeac4c38b4d8c080, 0x14725e2f3e52070a),
	W(0xb36b31c91f043691, 0x590141744462f93a),
	W(0xb8053e2bc2319e73, 0xcb2da55210a4443d),
	W(0xbc7b5deae98af280, 0xd4113006e80fb290),
	W(0xc0ce85b8ac526640, 0x89dd62c46e92fa25),
	W(0xc4ffaffabf8fbd54, 0x8cb43d10bc9e0221),
	W(0xc90fdaa22168c234, 0xc4c6628b80dc1cd1),
};

static const struct wide one = {W(0x8000000000000000, 0), 0, 0};
static const struct wide two = {W(0x8000000000000000, 0), 1, 0};
static const struct wide pi = {W(0xc90fdaa22168c234, 0xc4c6628b80dc1cd1), 1, 0};
static const struct wide ln2 = {W(0xb17217f7d1cf79ab, 0xc9e3b39803f2f6af), -1, 0};
static const struct wide two_by_ln2 = {W(0xb8aa3b295c17f0bb, 0xbe87fed0691d3e89), 1, 0};

static struct wide halved(struct wide a)
{
	a.exp--;
	return a;
}

/* 1 + f as a number, f a fraction */
static struct wide one_plus(u128 f)
{
	return (struct wide){(u128)1 << 127 | f >> 1, 0, 0};
}

/* 1 - f */
static struct wide one_minus(u128 f)
{
	return wide_make(0, -1, ~f);
}

/* e^t - 1 = t (1 + t/2! + t^2/3! ...) */
struct wide wide_exp2m1(struct wide x)
{
	struct wide t = wide_mul(x, ln2);
	u128 z = wide_fraction(t), sum = 0;
	for (size_t i = ARRAY_LEN(exp_terms); i-- > 0;)
		sum = mul_high(z, t.sign ? exp_terms[i] - sum : exp_terms[i] + sum);
	return wide_mul(t, t.sign ? one_minus(sum) : one_plus(sum));
}

/* log2((1 + s) / (1 - s)) = 2/ln2 * s (1 + s^2/3 + s^4/5 ...), |s| < 0.2 */
static struct wide log2_of_ratio(struct wide s)
{
	u128 z = wide_fraction(wide_mul(s, s)), sum = 0;
	for (size_t i = ARRAY_LEN(odd_terms); i-- > 0;)
		sum = mul_high(z, odd_terms[i] + sum);
	return wide_mul(wide_mul(s, one_plus(sum)), two_by_ln2);
}

static struct wide from_int(s32 v)
{
	u32 mag = v < 0 ? 0 - (u32)v : (u32)v;
	return wide_make(v < 0, 127, mag);
}

struct wide wide_log2(struct wide x, bool *exact)
{
	struct wide m = {x.mant, 0, 0}, e = from_int(x.exp);
	*exact = x.mant == one.mant;
	if (*exact)
		return e;
	if (x.mant > W(0xb504f333f9de6484, 0)) { /* sqrt(2): keep the logarithm small */
		m.exp = -1;
		e = from_int(x.exp + 1);
	}
	struct wide minus_one = {one.mant, 0, 1};
	return wide_add(e, log2_of_ratio(wide_div(wide_add(m, minus_one), wide_add(m, one))));
}

struct wide wide_log2p1(struct wide x)
{
	bool exact;
	if (x.exp >= -1 || (x.exp == -2 && x.sign)) { /* 1/2 and more, -1/4 and less */
		struct wide sum = wide_add(one, x);
		return wide_log2(sum, &exact);
	}
	return log2_of_ratio(wide_div(x, wide_add(two, x)));
}

/* t in [0, 1]. atan(t) = atan(c) + atan((t - c) / (1 + tc)), c = i/32 */
static struct wide atan_of(struct wide t)
{
	u32 i = t.exp >= 0 ? 32 : t.exp < -7 ? 0 : (u32)(((u64)(t.mant >> 121) >> (-1 - t.exp)) + 2) >> 2;
	if (i) {
		struct wide c = wide_make(0, 127 - 5, i), minus = c;
		minus.sign = 1;
		t = wide_div(wide_add(t, minus), wide_add(one, wide_mul(t, c)));
	}
	if (!t.mant)
		return wide_make(0, -1, atan_table[i]);
	u128 z = wide_fraction(wide_mul(t, t)), sum = 0;
	for (size_t k = 8; k-- > 0;) /* |t| <= 1/64 */
		sum = mul_high(z, odd_terms[k] - sum);
	t = wide_mul(t, one_minus(sum));
	return i ? wide_add(wide_make(0, -1, atan_table[i]), t) : t;
}

struct wide wide_atan2(struct wide y, struct wide x)
{
	u32 sign = y.sign, left = x.sign;
	y.sign = x.sign = 0;
	bool steep = y.exp > x.exp || (y.exp == x.exp && y.mant > x.mant);
	struct wide a = atan_of(steep ? wide_div(x, y) : wide_div(y, x));
	if (steep) {
		a.sign = 1;
		a = wide_add(halved(pi), a);
	}
	if (left) {
		a.sign ^= 1;
		a = wide_add(pi, a);
	}
	a.sign = sign;
	return a;
}
