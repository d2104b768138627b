/* exec.h - what every handler is made of. Included by cpu/exec_*.c only.
 *
 * A handler reads operands, computes, writes memory, registers, flags, in this
 * order, and ends in `return next(c, u, left)`. Memory goes through the TLB in
 * line; when that misses, the handler tail-calls its cold twin, the same text
 * with the complete access functions: no call and no prologue in the hot text.
 *
 * A variable whose address is taken must not live in a handler (use a noinline
 * helper): the compiler then makes calls of the tail calls, and the stack grows.
 */
#ifndef CPU_EXEC_H
#define CPU_EXEC_H

#include "base/bits.h"
#include "cpu/block.h"
#include "cpu/cpu.h"
#include "cpu/lower.h"
#include "cpu/trail.h"

#define HANDLER_ARGS struct cpu *c, const struct uop *u, s64 left
#define INLINE static inline __attribute__((always_inline))
#define HANDLER(name, body, ...) \
	static void name(HANDLER_ARGS) { return body(c, u, left, __VA_ARGS__); }
#define ROW_AV(name) {name##_AV_BD, name##_AV_FULL, name##_AV_16} /* a table row by enum addr_variant */
#define COLD __attribute__((cold, noinline))
#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)

INLINE int size_index(int bytes) /* of tables by width: 8, 16, 32 bits */
{
	return bytes == 1 ? 0 : bytes == 2 ? 1 : 2;
}

/* ---- going on ------------------------------------------------------------------------- */

/* Runs uop `u` next. Without tail calls (sanitisers, -O0) the loop in run.c does it. */
INLINE void go_on(HANDLER_ARGS)
{
#ifdef TANDEM_TRAMPOLINE
	c->resume = u;
	c->left = left;
#else
	u->fn(c, u, left);
#endif
}

INLINE void next(HANDLER_ARGS)
{
	go_on(c, u + 1, left);
}

/* The running uop's instruction pointer. */
INLINE u64 uop_ip(const struct cpu *c, const struct uop *u)
{
	return (u32)(c->ip_base + uop_off(u));
}

/* Out-of-line ends of a handler, in run.c: they return to the loop or enter another block. */
void h_fault(HANDLER_ARGS);                              /* cpu.fault is set: deliver it, at this instruction */
void leave_after(HANDLER_ARGS);                          /* done: leave the block behind this instruction */
void leave_to(struct cpu *c, const struct uop *u, s64 left, u64 ip); /* done: leave the block, go on at ip */
void leave_repeat(HANDLER_ARGS);                         /* one element done: leave, IP stays */
void jump_to(struct cpu *c, const struct uop *u, s64 left, u64 ip);  /* done: enter the block at ip, <= cs_limit */
void branch_fault(HANDLER_ARGS);                         /* the target lies outside the CS limit: #GP(0) */
void link_to(struct cpu *c, const struct uop *u, s64 left, const struct uop *slot); /* follow, the long way */
void sync_state(HANDLER_ARGS);                           /* make ip, next_ip and count exact for this instruction */

/* Where a link slot leads; the operand size masks it. */
INLINE u32 link_ip(const struct cpu *c, const struct uop *slot)
{
	u32 ip = (u32)c->ip_base + slot->imm;
	return slot->src == 2 ? (u16)ip : ip;
}

/* The last instruction, u, is done: enters the block that a link slot leads to. */
INLINE void follow(HANDLER_ARGS, const struct uop *slot)
{
	struct code_block *b = slot->x.next;
	if (unlikely(!b) || unlikely(left < b->n))
		return link_to(c, u, left, slot);
	trail_note(c, b, left);
	return go_on(c, b->uops, left - b->n);
}

/* ---- registers ---------------------------------------------------------------------------- */

INLINE u32 rd8(const struct cpu *c, u8 o)
{
	return *((const u8 *)c + o);
}

INLINE u32 rd16(const struct cpu *c, u8 o)
{
	return load16((const u8 *)c + o);
}

INLINE u32 rd32(const struct cpu *c, u8 o)
{
	return load32((const u8 *)c + o);
}

INLINE u32 rd_n(const struct cpu *c, u8 o, int bits)
{
	return bits == 8 ? rd8(c, o) : bits == 16 ? rd16(c, o) : rd32(c, o);
}

INLINE void wr8(struct cpu *c, u8 o, u32 v)
{
	*((u8 *)c + o) = (u8)v;
}

INLINE void wr16(struct cpu *c, u8 o, u32 v)
{
	store16((u8 *)c + o, (u16)v);
}

INLINE void wr32(struct cpu *c, u8 o, u32 v)
{
	store64((u8 *)c + o, v);
}

INLINE void wr_n(struct cpu *c, u8 o, int bits, u32 v)
{
	if (bits == 8)
		wr8(c, o, v);
	else if (bits == 16)
		wr16(c, o, v);
	else
		wr32(c, o, v);
}

/* ---- the stack pointer, by the width of the stack ----------------------------------------------------- */

INLINE u32 stack_ea(u32 sp, bool ss32)
{
	return ss32 ? sp : (u16)sp;
}

INLINE void set_sp(struct cpu *c, bool ss32, u32 sp)
{
	if (ss32)
		wr32(c, 8 * RSP, sp);
	else
		wr16(c, 8 * RSP, sp);
}

/* ---- flags --------------------------------------------------------------------------------- */

INLINE u64 sext(u32 v, int bits)
{
	return bits == 8 ? (u64)(s64)(s8)v : bits == 16 ? (u64)(s64)(s16)v : (u64)(s64)(s32)v;
}

/* A carry vector of `bits` moved up so that its top bit is bit 31; bit 3 stays. */
INLINE u32 cc_align(u32 v, int bits)
{
	return bits == 8 ? v << 24 | v : bits == 16 ? v << 16 | v : v;
}

INLINE u32 cf_get(const struct cpu *c)
{
	return (u32)c->fl_cc >> 31;
}

/* Makes a carry word with CF, OF and AF = 0. */
INLINE u32 cc_make(u32 cf, u32 of)
{
	return cf << 31 | (cf ^ of) << 30;
}

/* Flags of a - b and of a + b, both zero-extended to 32 bits. */
INLINE void cmp_flags(struct cpu *c, int n, u32 a, u32 b)
{
	u32 r = (a - b) & ~0u >> (32 - n);
	c->fl_res = sext(r, n);
	c->fl_cc = cc_align((~a & b) | ((~a | b) & r), n);
}

INLINE void add_flags(struct cpu *c, int n, u32 a, u32 b)
{
	u32 r = (a + b) & ~0u >> (32 - n);
	c->fl_res = sext(r, n);
	c->fl_cc = cc_align((a & b) | ((a | b) & ~r), n);
}

/* ---- effective addresses ---------------------------------------------------------------------- */

INLINE u64 rd64(const struct cpu *c, u8 o)
{
	return load64((const u8 *)c + o);
}

INLINE u32 ea_of(const struct cpu *c, const struct uop *u, int av)
{
	if (av == AV_BD)
		return rd32(c, u->base) + (u32)u->disp;
	if (av == AV_FULL)
		return rd32(c, u->base) + (rd32(c, u->index) << (u->seg_scale & 3)) + (u32)u->disp;
	return (u16)(rd32(c, u->base) + rd32(c, u->index) + (u32)u->disp);
}

/* Any variant, decided at run time: for cold and rare handlers. */
INLINE u32 ea_any(const struct cpu *c, const struct uop *u)
{
	return u->seg_scale & UOP_ADDR16 ? ea_of(c, u, AV_16) : ea_of(c, u, AV_FULL);
}

/* ---- memory: hot --------------------------------------------------------------------------------- */

/* Host address of [ea, ea + size) in a segment; false: not by the short way. */
INLINE bool hot_ptr(struct cpu *c, u32 seg_byte_off, u32 ea, u32 size, bool write, u8 **p)
{
	const struct xseg *x = (const struct xseg *)((const u8 *)c->xseg + seg_byte_off);
	if (unlikely((u64)ea + size > (write ? x->wlimit : x->rlimit)))
		return false;
	u32 lin = (u32)(x->base + ea);
	const struct tlb_entry *e = tlb_at(c->tlb, lin);
	if (unlikely(((lin + (u64)size - 1) & PAGE_MASK) != (write ? e->write : e->read)))
		return false;
	*p = (u8 *)(e->addend + lin);
	return true;
}

INLINE bool hot_read(struct cpu *c, const struct uop *u, u32 ea, u32 size, u8 **p)
{
	return hot_ptr(c, u->seg_scale & 0xe0, ea, size, false, p);
}

INLINE bool hot_write(struct cpu *c, const struct uop *u, u32 ea, u32 size, u8 **p)
{
	return hot_ptr(c, u->seg_scale & 0xe0, ea, size, true, p);
}

INLINE u32 host_get(const u8 *p, int bits)
{
	return bits == 8 ? *p : bits == 16 ? load16(p) : load32(p);
}

INLINE void host_set(u8 *p, int bits, u32 v)
{
	if (bits == 8)
		*p = (u8)v;
	else if (bits == 16)
		store16(p, (u16)v);
	else
		store32(p, v);
}

/* ---- memory: the same text hot and cold ------------------------------------------------------------ */

enum twin { HOT, TWIN_COLD };
#define AV_ANY AV_COUNT /* decide at run time */

INLINE u32 ea_select(const struct cpu *c, const struct uop *u, int av)
{
	return av == AV_ANY ? ea_any(c, u) : ea_of(c, u, av);
}

/* All of these return false when the handler must end in `return miss(c, u, left)`: its cold twin, or h_fault. */

INLINE bool load_at(HANDLER_ARGS, u32 ea, int bits, enum twin twin, u32 *v)
{
	if (twin == HOT) {
		u8 *p;
		if (!hot_read(c, u, ea, (u32)bits / 8, &p))
			return false;
		*v = host_get(p, bits);
		return true;
	}
	u64 w;
	sync_state(c, u, left);
	if (mem_load(c, uop_seg(u), ea, bits / 8, &w))
		return false;
	*v = (u32)w;
	return true;
}

INLINE bool store_at(HANDLER_ARGS, u32 ea, int bits, enum twin twin, u32 v)
{
	if (twin == HOT) {
		u8 *p;
		if (!hot_write(c, u, ea, (u32)bits / 8, &p))
			return false;
		host_set(p, bits, v);
		return true;
	}
	sync_state(c, u, left);
	return mem_store(c, uop_seg(u), ea, bits / 8, v) == 0;
}

/* A read-modify-write operand: one look-up with the write tag, then the pointer. */
struct place {
	u8 *p;
	u32 ea;
};

INLINE bool rmw_open(HANDLER_ARGS, u32 ea, int bits, enum twin twin, struct place *at, u32 *v)
{
	at->ea = ea;
	if (twin == HOT) {
		if (!hot_write(c, u, ea, (u32)bits / 8, &at->p))
			return false;
		*v = host_get(at->p, bits);
		return true;
	}
	u64 w;
	sync_state(c, u, left);
	if (mem_probe_store(c, uop_seg(u), ea, bits / 8) || mem_load(c, uop_seg(u), ea, bits / 8, &w))
		return false;
	*v = (u32)w;
	return true;
}

INLINE void rmw_close(struct cpu *c, const struct uop *u, const struct place *at, int bits, enum twin twin, u32 v)
{
	if (twin == HOT)
		host_set(at->p, bits, v);
	else
		mem_store(c, uop_seg(u), at->ea, bits / 8, v); /* was probed: cannot fail */
}

/* The end of a handler that may have stored: a cold store may ask to leave the block. */
INLINE void finish(HANDLER_ARGS, enum twin twin)
{
	if (twin == TWIN_COLD && c->attention)
		return leave_after(c, u, left);
	return next(c, u, left);
}

#endif
