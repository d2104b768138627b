/* exec_string.c - MOVS STOS LODS CMPS SCAS, alone and with REP. SDM 2A/2B.
 *
 * A REP element counts as one instruction and commits before the next. Where both
 * pages are plain memory and DF is 0, a run of elements up to the page's end goes
 * through host pointers at once, clipped to the countdown; everything else goes
 * element by element. u->src holds PFX_REP / PFX_REPNE.
 */
#include "cpu/exec.h"

/* One instruction in the making. */
struct run {
	u32 mask;    /* of the address size */
	u32 si, di;
	u32 count;   /* elements still to do */
	s64 budget;  /* elements that may be done now, this one included */
	u32 step;    /* +size or -size */
};

INLINE u32 masked(const struct cpu *c, int reg, u32 mask)
{
	return (u32)c->r[reg] & mask;
}

INLINE void put(struct cpu *c, int reg, u32 mask, u32 v)
{
	wr_n(c, (u8)(8 * reg), mask == 0xffff ? 16 : 32, v);
}

INLINE struct run begin(const struct cpu *c, const struct uop *u, s64 left, int n)
{
	struct run r = {.mask = u->seg_scale & UOP_ADDR16 ? 0xffff : 0xffffffff};
	r.si = masked(c, RSI, r.mask);
	r.di = masked(c, RDI, r.mask);
	r.count = u->src ? masked(c, RCX, r.mask) : 1;
	r.budget = left + 1;
	r.step = c->df ? 0 - (u32)n / 8 : (u32)n / 8;
	return r;
}

/* Writes back what `done` elements have changed. */
INLINE void commit(struct cpu *c, const struct uop *u, struct run *r, u32 done, bool uses_si, bool uses_di)
{
	if (uses_si)
		put(c, RSI, r->mask, r->si = (r->si + done * r->step) & r->mask);
	if (uses_di)
		put(c, RDI, r->mask, r->di = (r->di + done * r->step) & r->mask);
	r->count -= done;
	r->budget -= done;
	if (u->src)
		put(c, RCX, r->mask, r->count);
}

/* How the instruction ends after at least one element, or with none to do. left as it was on entry. */
INLINE void end(HANDLER_ARGS, const struct run *r, bool more)
{
	s64 used = left + 1 - r->budget; /* elements done */
	left -= used ? used - 1 : 0;
	if (more && r->count)
		return leave_repeat(c, u, left);
	if (c->attention)
		return leave_after(c, u, left);
	return next(c, u, left);
}

INLINE void fault(HANDLER_ARGS, const struct run *r)
{
	return h_fault(c, u, left - (left + 1 - r->budget));
}

/* Elements that may run through host pointers from `ea` in a segment: fills *p. 0: not the short way. */
INLINE u32 run_length(struct cpu *c, u32 seg, u32 ea, u32 size, u32 mask, bool write, u8 **p)
{
	if (!hot_ptr(c, seg << 5, ea, size, write, p))
		return 0;
	const struct xseg *x = &c->xseg[seg];
	u32 lin = (u32)(x->base + ea);
	u64 bytes = PAGE_SIZE - (lin & 0xfff), in_seg = (write ? x->wlimit : x->rlimit) - ea;
	u64 to_wrap = (u64)mask + 1 - ea;
	bytes = bytes < in_seg ? bytes : in_seg;
	bytes = bytes < to_wrap ? bytes : to_wrap;
	return (u32)bytes / size;
}

INLINE u32 min3(u32 a, u32 b, s64 c)
{
	u32 m = a < b ? a : b;
	return (s64)m < c ? m : (u32)c;
}

INLINE int load_slow(struct cpu *c, int seg, u32 ea, int size, u32 *v)
{
	u64 w;
	if (mem_load(c, seg, ea, size, &w))
		return -1;
	*v = (u32)w;
	return 0;
}

/* The exact state for a slow element: what earlier elements took is counted. */
INLINE void sync_element(HANDLER_ARGS, const struct run *r)
{
	sync_state(c, u, left - (left + 1 - r->budget));
}

/* ---- MOVS ------------------------------------------------------------------------------------------ */

static void copy_forward(u8 *d, const u8 *s, u32 k, int size)
{
	size_t len = (size_t)k * (size_t)size;
	if (d <= s || d >= s + len) {
		memmove(d, s, len);
		return;
	}
	for (u32 i = 0; i < k; i++) /* overlapping upwards repeats a pattern */
		store_n(d + i * (u32)size, size, load_n(s + i * (u32)size, size));
}

INLINE void movs(HANDLER_ARGS, int n)
{
	struct run r = begin(c, u, left, n);
	const int size = n / 8, seg = uop_seg(u);
	while (r.count && r.budget > 0) {
		u8 *s, *d;
		u32 v, ks = run_length(c, (u32)seg, r.si, (u32)size, r.mask, false, &s);
		u32 kd = ks ? run_length(c, SEG_ES, r.di, (u32)size, r.mask, true, &d) : 0;
		if (ks && kd) {
			u32 k = c->df ? 1 : min3(min3(ks, kd, r.count), r.count, r.budget);
			if (k == 1)
				host_set(d, n, host_get(s, n));
			else
				copy_forward(d, s, k, size);
			commit(c, u, &r, k, true, true);
			continue;
		}
		sync_element(c, u, left, &r);
		if (load_slow(c, seg, r.si, size, &v) || mem_store(c, SEG_ES, r.di, size, v))
			return fault(c, u, left, &r);
		commit(c, u, &r, 1, true, true);
		if (c->attention)
			break;
	}
	return end(c, u, left, &r, true);
}

/* ---- STOS, LODS -------------------------------------------------------------------------------------- */

static void fill_run(u8 *d, u32 k, int n, u32 v)
{
	if (n == 8) {
		memset(d, (int)v, k);
		return;
	}
	u64 wide = n == 16 ? (u64)(v & 0xffff) * 0x0001000100010001ull : (u64)v << 32 | v;
	u32 bytes = k * (u32)n / 8, i = 0;
	for (; i + 8 <= bytes; i += 8)
		store64(d + i, wide);
	for (; i < bytes; i += (u32)n / 8)
		store_n(d + i, n / 8, v);
}

INLINE void stos(HANDLER_ARGS, int n)
{
	struct run r = begin(c, u, left, n);
	const int size = n / 8;
	u32 v = rd_n(c, 8 * RAX, n);
	while (r.count && r.budget > 0) {
		u8 *d;
		u32 kd = run_length(c, SEG_ES, r.di, (u32)size, r.mask, true, &d);
		if (kd) {
			u32 k = c->df ? 1 : min3(kd, r.count, r.budget);
			if (k == 1)
				host_set(d, n, v);
			else
				fill_run(d, k, n, v);
			commit(c, u, &r, k, false, true);
			continue;
		}
		sync_element(c, u, left, &r);
		if (mem_store(c, SEG_ES, r.di, size, v))
			return fault(c, u, left, &r);
		commit(c, u, &r, 1, false, true);
		if (c->attention)
			break;
	}
	return end(c, u, left, &r, true);
}

INLINE void lods(HANDLER_ARGS, int n)
{
	struct run r = begin(c, u, left, n);
	const int size = n / 8, seg = uop_seg(u);
	while (r.count && r.budget > 0) {
		u8 *s;
		u32 v;
		if (hot_ptr(c, (u32)seg << 5, r.si, (u32)size, false, &s)) {
			v = host_get(s, n);
		} else {
			sync_element(c, u, left, &r);
			if (load_slow(c, seg, r.si, size, &v))
				return fault(c, u, left, &r);
		}
		wr_n(c, 8 * RAX, n, v);
		commit(c, u, &r, 1, true, false);
		if (c->attention)
			break;
	}
	return end(c, u, left, &r, true);
}

/* ---- CMPS, SCAS: REPE goes on while equal, REPNE while not ---------------------------------------------- */

INLINE bool goes_on(const struct uop *u, u32 a, u32 b)
{
	return (a == b) == (u->src != PFX_REPNE);
}

/* Suspended by a fault, a trap or an event in the middle, the flags are those before the instruction: SDM 2B REP. */
INLINE bool is_complete(const struct run *r, bool more)
{
	return !more || !r->count;
}

INLINE void cmps(HANDLER_ARGS, int n)
{
	struct run r = begin(c, u, left, n);
	const int size = n / 8, seg = uop_seg(u);
	u32 a = 0, b = 0;
	bool more = true, any = r.count;
	while (more && r.count && r.budget > 0) {
		u8 *s, *d;
		u32 ks = run_length(c, (u32)seg, r.si, (u32)size, r.mask, false, &s);
		u32 kd = ks ? run_length(c, SEG_ES, r.di, (u32)size, r.mask, false, &d) : 0;
		if (ks && kd) {
			u32 k = c->df ? 1 : min3(min3(ks, kd, r.count), r.count, r.budget), i = 0;
			do {
				a = host_get(s + i * (u32)size, n);
				b = host_get(d + i * (u32)size, n);
				more = goes_on(u, a, b);
			} while (++i < k && more);
			commit(c, u, &r, i, true, true);
			continue;
		}
		u32 va, vb;
		sync_element(c, u, left, &r);
		if (load_slow(c, SEG_ES, r.di, size, &vb) || load_slow(c, seg, r.si, size, &va))
			return fault(c, u, left, &r);
		a = va;
		b = vb;
		more = goes_on(u, a, b);
		commit(c, u, &r, 1, true, true);
		if (c->attention)
			break;
	}
	if (any && is_complete(&r, more))
		cmp_flags(c, n, a, b);
	return end(c, u, left, &r, more && u->src);
}

INLINE void scas(HANDLER_ARGS, int n)
{
	struct run r = begin(c, u, left, n);
	const int size = n / 8;
	u32 a = rd_n(c, 8 * RAX, n), b = 0;
	bool more = true, any = r.count;
	while (more && r.count && r.budget > 0) {
		u8 *d;
		u32 kd = run_length(c, SEG_ES, r.di, (u32)size, r.mask, false, &d);
		if (kd) {
			u32 k = c->df ? 1 : min3(kd, r.count, r.budget), i = 0;
			do {
				b = host_get(d + i * (u32)size, n);
				more = goes_on(u, a, b);
			} while (++i < k && more);
			commit(c, u, &r, i, false, true);
			continue;
		}
		u32 v;
		sync_element(c, u, left, &r);
		if (load_slow(c, SEG_ES, r.di, size, &v))
			return fault(c, u, left, &r);
		b = v;
		more = goes_on(u, a, b);
		commit(c, u, &r, 1, false, true);
		if (c->attention)
			break;
	}
	if (any && is_complete(&r, more))
		cmp_flags(c, n, a, b);
	return end(c, u, left, &r, more && u->src);
}

#define STRING_SIZE(name) \
	static void name##8(HANDLER_ARGS) { return name(c, u, left, 8); } \
	static void name##16(HANDLER_ARGS) { return name(c, u, left, 16); } \
	static void name##32(HANDLER_ARGS) { return name(c, u, left, 32); }
STRING_SIZE(movs) STRING_SIZE(stos) STRING_SIZE(lods) STRING_SIZE(cmps) STRING_SIZE(scas)

/* ---- without REP: one look-up each, else the general form ------------------------------------------------- */

INLINE u32 address_mask(const struct uop *u)
{
	return u->seg_scale & UOP_ADDR16 ? 0xffff : 0xffffffff;
}

INLINE void advance(struct cpu *c, int reg, u32 mask, int n)
{
	put(c, reg, mask, (u32)c->r[reg] + (c->df ? 0 - (u32)n / 8 : (u32)n / 8));
}

INLINE void movs_one(HANDLER_ARGS, int n, uop_fn general)
{
	u32 mask = address_mask(u);
	u8 *s, *d;
	if (!hot_read(c, u, masked(c, RSI, mask), (u32)n / 8, &s) ||
	    !hot_ptr(c, SEG_ES << 5, masked(c, RDI, mask), (u32)n / 8, true, &d))
		return general(c, u, left);
	host_set(d, n, host_get(s, n));
	advance(c, RSI, mask, n);
	advance(c, RDI, mask, n);
	return next(c, u, left);
}

INLINE void stos_one(HANDLER_ARGS, int n, uop_fn general)
{
	u32 mask = address_mask(u);
	u8 *d;
	if (!hot_ptr(c, SEG_ES << 5, masked(c, RDI, mask), (u32)n / 8, true, &d))
		return general(c, u, left);
	host_set(d, n, rd_n(c, 8 * RAX, n));
	advance(c, RDI, mask, n);
	return next(c, u, left);
}

INLINE void lods_one(HANDLER_ARGS, int n, uop_fn general)
{
	u32 mask = address_mask(u);
	u8 *s;
	if (!hot_read(c, u, masked(c, RSI, mask), (u32)n / 8, &s))
		return general(c, u, left);
	wr_n(c, 8 * RAX, n, host_get(s, n));
	advance(c, RSI, mask, n);
	return next(c, u, left);
}

#define ONE_SIZE(name) \
	HANDLER(name##_one8, name##_one, 8, name##8) HANDLER(name##_one16, name##_one, 16, name##16) \
	HANDLER(name##_one32, name##_one, 32, name##32)
ONE_SIZE(movs) ONE_SIZE(stos) ONE_SIZE(lods)

#define STRING_ROW(name) {name##8, name##16, name##32}

uop_fn exec_string(const struct form *f)
{
	static const uop_fn rows[][3] = {
		STRING_ROW(movs), STRING_ROW(cmps), STRING_ROW(stos), STRING_ROW(lods), STRING_ROW(scas),
	};
	static const uop_fn one[][3] = {STRING_ROW(movs_one), {NULL}, STRING_ROW(stos_one), STRING_ROW(lods_one), {NULL}};
	if (f->in->op < OP_MOVS || f->in->op > OP_SCAS)
		return NULL;
	if (!(f->in->prefixes & (PFX_REP | PFX_REPNE)) && one[f->in->op - OP_MOVS][0])
		return one[f->in->op - OP_MOVS][size_index(f->in->opsize)];
	return rows[f->in->op - OP_MOVS][size_index(f->in->opsize)];
}
