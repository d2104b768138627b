/* text.c - PCMPESTRM PCMPESTRI PCMPISTRM PCMPISTRI. SDM 2B 4.1, "imm8 control byte".
 *
 *   bits 1..0  unsigned bytes, unsigned words, signed bytes, signed words
 *   bits 3..2  equal any, ranges, equal each, equal ordered
 *   bit 4      negate; bit 5: only where b is valid
 *   bit 6      index of the most significant bit; mask expanded to lanes
 */
#include "cpu/simd/simd.h"

enum { WORDS = 1, SIGNED = 2, AGGREGATION = 3 << 2, NEGATE = 1 << 4, MASKED = 1 << 5, TOP = 1 << 6 };
enum { EQUAL_ANY = 0, RANGES = 1 << 2, EQUAL_EACH = 2 << 2, EQUAL_ORDERED = 3 << 2 };

struct text {
	s32 at[16];
	u32 length; /* valid lanes */
};

/* Lanes as numbers; the length that a zero lane ends. */
static struct text text_of(vec v, u32 imm)
{
	struct text t = {.length = 0};
	u32 n = imm & WORDS ? 8 : 16;
	for (u32 i = 0; i < n; i++) {
		if (imm & WORDS)
			t.at[i] = imm & SIGNED ? ((v8s16)v)[i] : ((v8u16)v)[i];
		else
			t.at[i] = imm & SIGNED ? ((v16s8)v)[i] : ((v16u8)v)[i];
	}
	while (t.length < n && t.at[t.length] != 0)
		t.length++;
	return t;
}

/* An explicit length: the absolute value of a register, at most all lanes. */
static u32 length_of(u64 reg, u32 imm)
{
	u32 n = imm & WORDS ? 8 : 16;
	u32 v = (u32)reg & 0x80000000 ? 0u - (u32)reg : (u32)reg;
	return v > n ? n : v;
}

static bool equal_any(const struct text *a, const struct text *b, u32 j)
{
	for (u32 i = 0; i < a->length && j < b->length; i++)
		if (a->at[i] == b->at[j])
			return true;
	return false;
}

static bool in_ranges(const struct text *a, const struct text *b, u32 j)
{
	for (u32 i = 0; i + 1 < a->length && j < b->length; i += 2)
		if (a->at[i] <= b->at[j] && b->at[j] <= a->at[i + 1])
			return true;
	return false;
}

/* Behind both ends texts are equal. */
static bool equal_each(const struct text *a, const struct text *b, u32 j)
{
	if (j >= a->length || j >= b->length)
		return j >= a->length && j >= b->length;
	return a->at[j] == b->at[j];
}

/* Does a stand in b at j, as far as the register goes? */
static bool equal_ordered(const struct text *a, const struct text *b, u32 j, u32 n)
{
	for (u32 i = 0; i < a->length && i + j < n; i++)
		if (i + j >= b->length || a->at[i] != b->at[i + j])
			return false;
	return true;
}

static u32 compare(const struct text *a, const struct text *b, u32 imm)
{
	u32 n = imm & WORDS ? 8 : 16, r = 0;
	for (u32 j = 0; j < n; j++) {
		bool hit;
		switch (imm & AGGREGATION) {
		case EQUAL_ANY: hit = equal_any(a, b, j); break;
		case RANGES: hit = in_ranges(a, b, j); break;
		case EQUAL_EACH: hit = equal_each(a, b, j); break;
		default: hit = equal_ordered(a, b, j, n); break;
		}
		if ((imm & NEGATE) && (!(imm & MASKED) || j < b->length))
			hit = !hit;
		r |= (u32)hit << j;
	}
	return r;
}

static u32 compare_and_flags(struct cpu *c, const struct text *a, const struct text *b, u32 imm)
{
	u32 n = imm & WORDS ? 8 : 16, r = compare(a, b, imm);
	flags_set_arith(c, (r ? FL_CF : 0) | (b->length < n ? FL_ZF : 0) | (a->length < n ? FL_SF : 0) | (r & 1 ? FL_OF : 0));
	return r;
}

static void put_index(struct cpu *c, u32 r, u32 imm)
{
	u32 index = imm & WORDS ? 8 : 16;
	if (r)
		index = imm & TOP ? 31 - (u32)__builtin_clz(r) : (u32)__builtin_ctz(r);
	c->r[RCX] = index;
}

static void put_mask(struct cpu *c, u32 r, u32 imm)
{
	vec mask = simd_low(r);
	if (imm & TOP) {
		v16u8 bytes = {0};
		for (u32 i = 0; i < 16; i++)
			bytes[i] = r >> (imm & WORDS ? i / 2 : i) & 1 ? 0xff : 0;
		mask = (vec)bytes;
	}
	simd_set(c, 0, mask);
}

static u32 explicit_lengths(struct cpu *c, vec va, vec vb, u32 imm)
{
	struct text a = text_of(va, imm), b = text_of(vb, imm);
	a.length = length_of(c->r[RAX], imm);
	b.length = length_of(c->r[RDX], imm);
	return compare_and_flags(c, &a, &b, imm);
}

static u32 implicit_lengths(struct cpu *c, vec va, vec vb, u32 imm)
{
	struct text a = text_of(va, imm), b = text_of(vb, imm);
	return compare_and_flags(c, &a, &b, imm);
}

static vec pcmpestri(vec a, vec b, u32 imm, struct cpu *c)
{
	put_index(c, explicit_lengths(c, a, b, imm), imm);
	return a;
}

static vec pcmpestrm(vec a, vec b, u32 imm, struct cpu *c)
{
	put_mask(c, explicit_lengths(c, a, b, imm), imm);
	return a;
}

static vec pcmpistri(vec a, vec b, u32 imm, struct cpu *c)
{
	put_index(c, implicit_lengths(c, a, b, imm), imm);
	return a;
}

static vec pcmpistrm(vec a, vec b, u32 imm, struct cpu *c)
{
	put_mask(c, implicit_lengths(c, a, b, imm), imm);
	return a;
}

const struct simd_op *simd_text(u16 op)
{
	static const struct simd_op table[] = {{pcmpestrm, 0, 0, 0}, {pcmpestri, 0, 0, 0}, {pcmpistrm, 0, 0, 0}, {pcmpistri, 0, 0, 0}};
	switch (op) {
	case OP_PCMPESTRM: return &table[0];
	case OP_PCMPESTRI: return &table[1];
	case OP_PCMPISTRM: return &table[2];
	case OP_PCMPISTRI: return &table[3];
	default: return NULL;
	}
}
