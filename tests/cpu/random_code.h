/* random_code.h - random programs for tests/cpu/check_translate.c: instructions, values and places that meet.
 *
 * A program is 5 to 40 instructions somewhere in a world of 64 KB (check_translate.c draws it). Most are of forms that
 * cpu/translate/ has code for, the others stand between them to make it leave and come back. Branches lead to
 * instructions of the program, or now and then anywhere. Opcodes: SDM 2D appendix A.
 */
#ifndef TESTS_CPU_RANDOM_CODE_H
#define TESTS_CPU_RANDOM_CODE_H

#include "base/bits.h"

enum { CODE_MAX = 40, CODE_BYTES = 1024, WORLD = 0x10000, WORLD_PAGES = 16, PAGE_ALIAS = 2 };
enum { PORT_WRITE_CODE = 0x10, PORT_MAP, PORT_WAIT, PORTS }; /* what OUT does here: see check_translate.c */

struct random_code {
	u64 seed;
	bool is16;        /* 16-bit code segment */
	u32 org;          /* offset in the world of the first byte */
	u32 base;         /* what to add to an offset in the world for a pointer to it */
	const u16 *selectors;
	u32 nselectors;
	u8 bytes[CODE_BYTES];
	u32 n;            /* bytes */
	u32 start[CODE_MAX + 1]; /* offsets of the instructions in `bytes` */
	int count;
	struct { u32 at; u8 size, target; } fix[CODE_MAX]; /* branches: displacement at, its size, to which instruction */
	int nfix;
};

static inline u32 random32(u64 *seed)
{
	*seed = *seed * 6364136223846793005ull + 1442695040888963407ull;
	u64 x = *seed ^ *seed >> 29;
	return (u32)(x * 0x9e3779b97f4a7c15ull >> 32);
}

static inline u32 pick(struct random_code *p, u32 n)
{
	return random32(&p->seed) % n;
}

static inline bool one_in(struct random_code *p, u32 n)
{
	return pick(p, n) == 0;
}

static inline void put(struct random_code *p, u32 byte)
{
	p->bytes[p->n++] = (u8)byte;
}

static inline void put_n(struct random_code *p, u32 v, int n)
{
	while (n--) {
		put(p, v);
		v >>= 8;
	}
}

/* ---- values ------------------------------------------------------------------------------------------------ */

/* Of data: mostly plain pages, also read-only, absent, device and code pages; often across a page's end. */
static inline u32 random_pointer(struct random_code *p)
{
	static const u8 pages[] = {4, 4, 5, 5, 7, 7, 0xa, 0xb, 0xe, 0xf, 4, 5, 7, 0xb, 3, 6, 8, 9, 0, PAGE_ALIAS};
	u32 page = pages[pick(p, sizeof pages)] * 0x1000u, off;
	switch (pick(p, 4)) {
	case 0: off = 0xff0 + pick(p, 16); break;
	case 1: off = pick(p, 32); break;
	default: off = pick(p, 0x1000) & ~(pick(p, 2) * 3); break;
	}
	return p->base + page + off;
}

/* An instruction's address, so far as they are known; the program's start else. */
static inline u32 random_code_pointer(struct random_code *p)
{
	u32 at = p->org + (p->count ? p->start[pick(p, (u32)p->count)] : 0);
	return p->base + at + (one_in(p, 8) ? PAGE_ALIAS * 0x1000 : 0);
}

static inline u32 random_value(struct random_code *p)
{
	static const u32 corners[] = {0, 1, 2, 7, 8, 15, 16, 31, 32, 33, 0x7f, 0x80, 0xff, 0x100, 0x7fff, 0x8000, 0xffff, 0x10000,
				      0x7fffffff, 0x80000000, 0xffffffff, 0xfffffffe, 0xffff8000, 0xff00, 0xaaaaaaaa};
	switch (pick(p, 8)) {
	case 0: case 1: return random_pointer(p);
	case 2: return pick(p, 3) ? random_pointer(p) : random_code_pointer(p) + pick(p, 2);
	case 3: case 4: return corners[pick(p, ARRAY_LEN(corners))];
	case 5: return pick(p, 64);
	case 6: return random32(&p->seed) >> pick(p, 32);
	default: return random32(&p->seed);
	}
}

/* ---- operands ------------------------------------------------------------------------------------------------- */

/* Prefixes of the instruction that is being put. */
struct prefixes {
	bool has_66, addr16;
};

static inline int operand_size(const struct random_code *p, struct prefixes x)
{
	return p->is16 != x.has_66 ? 2 : 4;
}

static inline u32 random_displacement(struct random_code *p)
{
	return pick(p, 3) ? (u32)(s32)(s8)(pick(p, 24) - 12) : random_value(p);
}

static inline void memory16(struct random_code *p, u32 g)
{
	u32 mod = pick(p, 3), rm = pick(p, 8);
	if (one_in(p, 3)) {
		put(p, g << 3 | 6);
		put_n(p, random_pointer(p), 2);
		return;
	}
	put(p, mod << 6 | g << 3 | rm);
	if (mod == 0 && rm == 6)
		put_n(p, random_pointer(p), 2);
	else
		put_n(p, random_displacement(p), (int)mod);
}

static inline void memory32(struct random_code *p, u32 g)
{
	u32 mod = pick(p, 3), rm = pick(p, 8), base = pick(p, 8);
	if (one_in(p, 3)) {
		put(p, g << 3 | 5);
		put_n(p, random_pointer(p), 4);
		return;
	}
	put(p, mod << 6 | g << 3 | rm);
	if (rm == 4)
		put(p, pick(p, 4) << 6 | (one_in(p, 4) ? 4u : pick(p, 8)) << 3 | base);
	if (mod == 0 && (rm == 5 || (rm == 4 && base == 5)))
		put_n(p, random_pointer(p), 4);
	else
		put_n(p, random_displacement(p), mod == 2 ? 4 : (int)mod);
}

static inline void memory(struct random_code *p, struct prefixes x, u32 g)
{
	if (x.addr16)
		memory16(p, g);
	else
		memory32(p, g);
}

/* ModRM with /g */
static inline void modrm(struct random_code *p, struct prefixes x, u32 g)
{
	if (pick(p, 9) < 5)
		put(p, 0xc0 | g << 3 | pick(p, 8));
	else
		memory(p, x, g);
}

static inline void immediate(struct random_code *p, int size)
{
	put_n(p, random_value(p), size);
}

/* ---- families: what cpu/translate/ has code for ------------------------------------------------------------------ */

static inline void arithmetic(struct random_code *p, struct prefixes x)
{
	u32 form = pick(p, 9), op = (one_in(p, 3) ? 2 + pick(p, 2) : pick(p, 8)) << 3;
	if (form < 4) {
		put(p, op | form);
		modrm(p, x, pick(p, 8));
	} else if (form < 6) {
		put(p, op | form);
		immediate(p, form == 4 ? 1 : operand_size(p, x));
	} else {
		u32 code = form == 6 ? 0x80 : form == 7 ? 0x81 : 0x83;
		put(p, code);
		modrm(p, x, op >> 3);
		immediate(p, code == 0x81 ? operand_size(p, x) : 1);
	}
}

/* TEST, INC, DEC, NEG, NOT */
static inline void test_or_unary(struct random_code *p, struct prefixes x)
{
	u32 wide = pick(p, 2), code = pick(p, 6);
	if (code == 0) {
		put(p, 0x84 | wide);
		modrm(p, x, pick(p, 8));
	} else if (code == 1) {
		put(p, 0xa8 | wide);
		immediate(p, wide ? operand_size(p, x) : 1);
	} else if (code == 2) {
		put(p, 0xfe | wide);
		modrm(p, x, pick(p, 2));
	} else if (code == 3) {
		put(p, 0x40 + pick(p, 16));
	} else {
		u32 digit = pick(p, 4);
		put(p, 0xf6 | wide);
		modrm(p, x, digit);
		if (digit < 2)
			immediate(p, wide ? operand_size(p, x) : 1);
	}
}

static inline void shifts(struct random_code *p, struct prefixes x)
{
	static const u8 doubles[] = {0xa4, 0xa5, 0xac, 0xad};
	u32 code = pick(p, 8), count = one_in(p, 4) ? pick(p, 256) : pick(p, 34);
	if (code < 6) {
		put(p, (code < 2 ? 0xc0 : 0xce) + code); /* C0 C1 D0 D1 D2 D3 */
		modrm(p, x, one_in(p, 3) ? pick(p, 8) : 4 + pick(p, 4));
		if (code < 2)
			put(p, count);
		return;
	}
	code = doubles[pick(p, 4)];
	put(p, 0x0f);
	put(p, code);
	modrm(p, x, pick(p, 8));
	if (!(code & 1))
		put(p, count);
}

static inline void products(struct random_code *p, struct prefixes x)
{
	switch (pick(p, 4)) {
	case 0:
		put(p, 0x0f), put(p, 0xaf);
		modrm(p, x, pick(p, 8));
		break;
	case 1:
		put(p, 0x69);
		modrm(p, x, pick(p, 8));
		immediate(p, operand_size(p, x));
		break;
	case 2:
		put(p, 0x6b);
		modrm(p, x, pick(p, 8));
		immediate(p, 1);
		break;
	default:
		if (one_in(p, 2))
			put(p, 0x99), put(p, 0xf7); /* CDQ before a division, so that not all of them fault */
		else
			put(p, 0xf6 | pick(p, 2));
		modrm(p, x, 4 + pick(p, 4));
	}
}

static inline void moves(struct random_code *p, struct prefixes x)
{
	static const u8 extends[] = {0xb6, 0xb7, 0xbe, 0xbf};
	u32 code = pick(p, 14);
	if (code < 4) {
		put(p, 0x88 + code);
		modrm(p, x, pick(p, 8));
	} else if (code == 4) {
		put(p, 0xb0 + pick(p, 8));
		immediate(p, 1);
	} else if (code < 7) {
		put(p, 0xb8 + pick(p, 8));
		immediate(p, operand_size(p, x));
	} else if (code == 7) {
		u32 wide = pick(p, 2);
		put(p, 0xc6 | wide);
		modrm(p, x, 0);
		immediate(p, wide ? operand_size(p, x) : 1);
	} else if (code == 8) {
		put(p, 0xa0 + pick(p, 4));
		put_n(p, random_pointer(p), x.addr16 ? 2 : 4);
	} else if (code < 11) {
		put(p, 0x0f);
		put(p, extends[pick(p, 4)]);
		modrm(p, x, pick(p, 8));
	} else if (code == 11) {
		put(p, 0x8d);
		memory(p, x, pick(p, 8));
	} else if (code == 12) {
		put(p, 0x86 + pick(p, 2));
		modrm(p, x, pick(p, 8));
	} else {
		put(p, pick(p, 3) ? 0x90 + pick(p, 10) : 0x0f); /* NOP, XCHG, CBW, CWD; BSWAP */
		if (p->bytes[p->n - 1] == 0x0f)
			put(p, 0xc8 + pick(p, 8));
	}
}

static inline void conditions(struct random_code *p, struct prefixes x)
{
	put(p, 0x0f);
	put(p, (pick(p, 2) ? 0x40 : 0x90) + pick(p, 16));
	modrm(p, x, pick(p, 8));
}

static inline void stack(struct random_code *p, struct prefixes x)
{
	u32 code = pick(p, 12);
	if (code < 7) {
		put(p, 0x50 + pick(p, 16));
	} else if (code == 7) {
		put(p, 0x68);
		immediate(p, operand_size(p, x));
	} else if (code == 8) {
		put(p, 0x6a);
		immediate(p, 1);
	} else if (code == 9) {
		put(p, 0xff);
		modrm(p, x, 6);
	} else if (code == 10) {
		put(p, 0x8f);
		modrm(p, x, 0);
	} else {
		put(p, 0xc9);
	}
}

/* ---- branches: within the program, or out of it ---------------------------------------------------------------------- */

static inline void displacement(struct random_code *p, int size)
{
	if (one_in(p, 24)) {
		put_n(p, size == 1 ? pick(p, 256) : pick(p, 0x4000) - 0x2000, size);
		return;
	}
	p->fix[p->nfix].at = p->n;
	p->fix[p->nfix].size = (u8)size;
	p->fix[p->nfix++].target = (u8)pick(p, CODE_MAX);
	put_n(p, 0, size);
}

static inline void branches(struct random_code *p, struct prefixes x)
{
	int size = operand_size(p, x);
	u32 code = pick(p, 16);
	if (code < 5) {
		put(p, 0x70 + pick(p, 16));
		displacement(p, 1);
	} else if (code < 8) {
		put(p, 0x0f);
		put(p, 0x80 + pick(p, 16));
		displacement(p, size);
	} else if (code < 10) {
		put(p, 0xe0 + pick(p, 4));
		displacement(p, 1);
	} else if (code == 10) {
		put(p, 0xeb);
		displacement(p, 1);
	} else if (code < 13) {
		put(p, 0xe7 + code - 10); /* E8 CALL, E9 JMP */
		displacement(p, size);
	} else if (code == 13) {
		put(p, 0xff);
		modrm(p, x, 2 + 2 * pick(p, 2));
	} else {
		put(p, one_in(p, 3) ? 0xc2 : 0xc3);
		if (p->bytes[p->n - 1] == 0xc2)
			put_n(p, pick(p, 4) * 4, 2);
	}
}

/* ---- what handlers do ---------------------------------------------------------------------------------------------------- */

static inline void strings(struct random_code *p)
{
	static const u8 codes[] = {0xa4, 0xa5, 0xa6, 0xa7, 0xaa, 0xab, 0xac, 0xad, 0xae, 0xaf};
	if (one_in(p, 2))
		put(p, 0xf2 + pick(p, 2));
	put(p, codes[pick(p, sizeof codes)]);
}

static inline void bits(struct random_code *p, struct prefixes x)
{
	static const u8 codes[] = {0xa3, 0xab, 0xb3, 0xbb, 0xbc, 0xbd, 0xb0, 0xb1, 0xc0, 0xc1};
	put(p, 0x0f);
	if (one_in(p, 4)) {
		put(p, 0xba);
		modrm(p, x, 4 + pick(p, 4));
		put(p, pick(p, 40));
	} else {
		put(p, codes[pick(p, sizeof codes)]);
		modrm(p, x, pick(p, 8));
	}
}

/* Loads and stores of all sizes, arithmetic between registers. */
static inline void x87(struct random_code *p, struct prefixes x)
{
	static const u8 with_memory[][2] = {{0xd9, 0}, {0xd9, 2}, {0xd9, 3}, {0xdd, 0}, {0xdd, 3}, {0xdb, 0}, {0xdb, 3}, {0xd8, 0},
					    {0xd9, 5}, {0xd9, 7}, {0xdf, 5}, {0xdf, 7}, {0xdb, 5}, {0xdb, 7}};
	static const u8 plain[][2] = {{0xd9, 0xe8}, {0xd9, 0xee}, {0xd9, 0xc9}, {0xde, 0xc1}, {0xdf, 0xe0}, {0xdb, 0xf1}, {0xdb, 0xe3}};
	if (one_in(p, 3)) {
		u32 i = pick(p, ARRAY_LEN(plain));
		put(p, plain[i][0]), put(p, plain[i][1]);
	} else {
		u32 i = pick(p, ARRAY_LEN(with_memory));
		put(p, with_memory[i][0]);
		memory(p, x, with_memory[i][1]);
	}
}

/* A segment register is loaded: from a register, or from the stack. */
static inline void segments(struct random_code *p)
{
	static const u8 pops[] = {0x07, 0x1f, 0x17};
	u32 sel = p->selectors[pick(p, p->nselectors)];
	u32 reg = pick(p, 8), seg = pick(p, 6);
	if (one_in(p, 4)) {
		put(p, 0x0e + 8 * pick(p, 3)); /* PUSH CS, SS, DS */
	} else if (one_in(p, 3)) {
		put(p, 0x6a), put(p, 0); /* the selector does not fit into a byte: written behind */
		p->bytes[p->n - 2] = 0x68;
		p->n--;
		put_n(p, sel, p->is16 ? 2 : 4);
		put(p, pops[pick(p, 3)]);
	} else {
		put(p, 0xb8 + reg);
		put_n(p, sel, p->is16 ? 2 : 4);
		put(p, 0x8e);
		put(p, 0xc0 | seg << 3 | reg);
	}
}

static inline void handlers(struct random_code *p, struct prefixes x)
{
	static const u8 codes[] = {0x9c, 0x9d, 0xf5, 0xf8, 0xf9, 0xfc, 0xfd, 0x9e, 0x9f, 0x27, 0x2f, 0x37, 0x3f, 0x60, 0x61,
				   0xd6, 0xd7, 0x06, 0x1e, 0xce, 0x9c, 0xf5, 0xf8, 0xf9};
	switch (pick(p, 12)) {
	case 0: case 1: case 2: case 3: put(p, codes[pick(p, sizeof codes)]); break;
	case 4: case 5: strings(p); break;
	case 6: case 7: bits(p, x); break;
	case 8: x87(p, x); break;
	case 9:
		put(p, 0xe6 + pick(p, 2));
		put(p, PORT_WRITE_CODE + pick(p, PORTS - PORT_WRITE_CODE));
		break;
	case 10:
		if (p->nselectors && one_in(p, 3))
			segments(p);
		else
			put(p, 0x8c), modrm(p, x, pick(p, 6));
		break;
	default:
		put(p, one_in(p, 2) ? 0xd4 + pick(p, 2) : 0xc8); /* AAM AAD; ENTER */
		if (p->bytes[p->n - 1] == 0xc8)
			put_n(p, pick(p, 16), 2), put(p, pick(p, 3));
		else
			put(p, pick(p, 16));
	}
}

/* ---- programs --------------------------------------------------------------------------------------------------------------- */

static inline struct prefixes random_prefixes(struct random_code *p)
{
	static const u8 overrides[] = {0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65};
	struct prefixes x = {.has_66 = one_in(p, 5), .addr16 = p->is16};
	if (x.has_66)
		put(p, 0x66);
	if (one_in(p, 14)) {
		put(p, 0x67);
		x.addr16 = !x.addr16;
	}
	if (one_in(p, 12))
		put(p, overrides[pick(p, sizeof overrides)]);
	if (one_in(p, 100))
		put(p, 0xf0);
	return x;
}

/* MOV reg,pointer: so that what follows often reaches memory. */
static inline void random_base(struct random_code *p)
{
	static const u8 bases[] = {0, 3, 3, 5, 6, 6, 7, 7, 1, 2};
	put(p, 0xb8 + bases[pick(p, sizeof bases)]);
	put_n(p, random_pointer(p), p->is16 ? 2 : 4);
}

static inline void random_instruction(struct random_code *p)
{
	u32 kind = pick(p, 40);
	if (kind < 4) {
		random_base(p);
		return;
	}
	struct prefixes x = random_prefixes(p);
	if (kind < 14)
		arithmetic(p, x);
	else if (kind < 18)
		test_or_unary(p, x);
	else if (kind < 21)
		shifts(p, x);
	else if (kind < 23)
		products(p, x);
	else if (kind < 28)
		moves(p, x);
	else if (kind < 30)
		conditions(p, x);
	else if (kind < 33)
		stack(p, x);
	else if (kind < 37)
		branches(p, x);
	else
		handlers(p, x);
}

static inline void link_branches(struct random_code *p)
{
	for (int i = 0; i < p->nfix; i++) {
		int size = p->fix[i].size;
		u32 at = p->fix[i].at, next = at + (u32)size;
		s32 d = (s32)(p->start[p->fix[i].target % (u32)p->count] - next);
		if (size == 1 && d != (s8)d)
			d = 0;
		store_n(p->bytes + at, size, (u64)(u32)d);
	}
}

/* Everything but `seed`, bytes and what describes them must be set. */
static inline void random_program(struct random_code *p)
{
	int count = 5 + (int)pick(p, CODE_MAX - 4);
	p->n = 0;
	p->count = p->nfix = 0;
	while (p->count < count) {
		p->start[p->count] = p->n;
		random_instruction(p);
		p->count++;
	}
	p->start[p->count] = p->n;
	put(p, 0x0f), put(p, 0x0b); /* UD2 */
	link_branches(p);
}

#endif
