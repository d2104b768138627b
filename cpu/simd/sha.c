/* sha.c - SHA1xxx and SHA256xxx (FIPS 180-4; SDM 2 by mnemonic).
 *
 * Words of a schedule or state lie with the first one on top: w[3] is the earliest.
 */
#include "cpu/simd/simd.h"

#define UNUSED (void)imm, (void)c

static inline u32 rol(u32 v, u32 n)
{
	return v << n | v >> (32 - n);
}

static inline u32 ror(u32 v, u32 n)
{
	return v >> n | v << (32 - n);
}

/* ---- SHA-1 ------------------------------------------------------------------------------- */

static vec sha1nexte(vec a, vec b, u32 imm, struct cpu *c)
{
	v4u32 r = (v4u32)b;
	UNUSED;
	r[3] += rol(((v4u32)a)[3], 30);
	return (vec)r;
}

static vec sha1msg1(vec va, vec vb, u32 imm, struct cpu *c)
{
	v4u32 a = (v4u32)va, b = (v4u32)vb;
	UNUSED;
	return (vec)(v4u32){a[0] ^ b[2], a[1] ^ b[3], a[2] ^ a[0], a[3] ^ a[1]};
}

static vec sha1msg2(vec va, vec vb, u32 imm, struct cpu *c)
{
	v4u32 a = (v4u32)va, b = (v4u32)vb, r = {0};
	UNUSED;
	r[3] = rol(a[3] ^ b[2], 1);
	r[2] = rol(a[2] ^ b[1], 1);
	r[1] = rol(a[1] ^ b[0], 1);
	r[0] = rol(a[0] ^ r[3], 1);
	return (vec)r;
}

static u32 mix1(u32 b, u32 c, u32 d, u32 stage)
{
	switch (stage) {
	case 0: return (b & c) ^ (~b & d);
	case 2: return (b & c) ^ (b & d) ^ (c & d);
	default: return b ^ c ^ d;
	}
}

static vec sha1rnds4(vec va, vec vb, u32 imm, struct cpu *cpu)
{
	static const u32 k[4] = {0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xca62c1d6};
	v4u32 s = (v4u32)va, w = (v4u32)vb;
	u32 a = s[3], b = s[2], c = s[1], d = s[0], e = 0, stage = imm & 3;
	(void)cpu;
	for (int i = 3; i >= 0; i--) { /* E is already in the first word: SHA1NEXTE */
		u32 t = mix1(b, c, d, stage) + rol(a, 5) + w[i] + e + k[stage];
		e = d, d = c, c = rol(b, 30), b = a, a = t;
	}
	return (vec)(v4u32){d, c, b, a};
}

/* ---- SHA-256 ------------------------------------------------------------------------------- */

static u32 small0(u32 v)
{
	return ror(v, 7) ^ ror(v, 18) ^ v >> 3;
}

static u32 small1(u32 v)
{
	return ror(v, 17) ^ ror(v, 19) ^ v >> 10;
}

static vec sha256msg1(vec va, vec vb, u32 imm, struct cpu *c)
{
	v4u32 a = (v4u32)va, b = (v4u32)vb;
	UNUSED;
	return (vec)(v4u32){a[0] + small0(a[1]), a[1] + small0(a[2]), a[2] + small0(a[3]), a[3] + small0(b[0])};
}

static vec sha256msg2(vec va, vec vb, u32 imm, struct cpu *c)
{
	v4u32 a = (v4u32)va, b = (v4u32)vb, r = {0};
	UNUSED;
	r[0] = a[0] + small1(b[2]);
	r[1] = a[1] + small1(b[3]);
	r[2] = a[2] + small1(r[0]);
	r[3] = a[3] + small1(r[1]);
	return (vec)r;
}

/* Two rounds: a is CDGH, b is ABEF, XMM0 the words with their constants added. */
static vec sha256rnds2(vec va, vec vb, u32 imm, struct cpu *cpu)
{
	v4u32 cdgh = (v4u32)va, abef = (v4u32)vb, wk = (v4u32)simd_get(cpu, 0);
	u32 a = abef[3], b = abef[2], e = abef[1], f = abef[0], c = cdgh[3], d = cdgh[2], g = cdgh[1], h = cdgh[0];
	(void)imm;
	for (int i = 0; i < 2; i++) {
		u32 t1 = h + ((e & f) ^ (~e & g)) + (ror(e, 6) ^ ror(e, 11) ^ ror(e, 25)) + wk[i];
		u32 t2 = ((a & b) ^ (a & c) ^ (b & c)) + (ror(a, 2) ^ ror(a, 13) ^ ror(a, 22));
		h = g, g = f, f = e, e = d + t1, d = c, c = b, b = a, a = t1 + t2;
	}
	return (vec)(v4u32){f, e, b, a};
}

const struct simd_op *simd_sha(u16 op)
{
	static const struct simd_op table[SIMD_COUNT] = {
		[OP_SHA1NEXTE - SIMD_FIRST] = {sha1nexte, 0, 0, 0}, [OP_SHA1MSG1 - SIMD_FIRST] = {sha1msg1, 0, 0, 0},
		[OP_SHA1MSG2 - SIMD_FIRST] = {sha1msg2, 0, 0, 0}, [OP_SHA1RNDS4 - SIMD_FIRST] = {sha1rnds4, 0, 0, 0},
		[OP_SHA256RNDS2 - SIMD_FIRST] = {sha256rnds2, 0, 0, 0}, [OP_SHA256MSG1 - SIMD_FIRST] = {sha256msg1, 0, 0, 0},
		[OP_SHA256MSG2 - SIMD_FIRST] = {sha256msg2, 0, 0, 0},
	};
	const struct simd_op *o = &table[op - SIMD_FIRST];
	return o->fn ? o : NULL;
}
