/* exec_stack.c - PUSH POP PUSHA POPA ENTER LEAVE. SDM 2A/2B.
 *
 * The stack's size (SS.B) is in the block key, so every handler knows it: with 16
 * bits only SP moves and the upper half of ESP stays.
 */
#include "cpu/exec.h"

INLINE bool stack_store(HANDLER_ARGS, u32 ea, int n, enum twin twin, u32 v)
{
	if (twin == HOT) {
		u8 *p;
		if (!hot_ptr(c, SEG_SS << 5, ea, (u32)n / 8, true, &p))
			return false;
		host_set(p, n, v);
		return true;
	}
	sync_state(c, u, left);
	return mem_store(c, SEG_SS, ea, n / 8, v) == 0;
}

INLINE bool stack_load(HANDLER_ARGS, u32 ea, int n, enum twin twin, u32 *v)
{
	u64 w;
	if (twin == HOT) {
		u8 *p;
		if (!hot_ptr(c, SEG_SS << 5, ea, (u32)n / 8, false, &p))
			return false;
		*v = host_get(p, n);
		return true;
	}
	sync_state(c, u, left);
	if (mem_load(c, SEG_SS, ea, n / 8, &w))
		return false;
	*v = (u32)w;
	return true;
}

INLINE void push(HANDLER_ARGS, int n, bool ss32, enum twin twin, uop_fn miss, u32 v)
{
	u32 sp = rd32(c, 8 * RSP) - (u32)n / 8;
	if (!stack_store(c, u, left, stack_ea(sp, ss32), n, twin, v))
		return miss(c, u, left);
	set_sp(c, ss32, sp);
	return finish(c, u, left, twin);
}

INLINE void push_r(HANDLER_ARGS, int n, bool ss32, enum twin twin, uop_fn miss)
{
	return push(c, u, left, n, ss32, twin, miss, rd_n(c, u->dst, n));
}

INLINE void push_i(HANDLER_ARGS, int n, bool ss32, enum twin twin, uop_fn miss)
{
	return push(c, u, left, n, ss32, twin, miss, u->imm);
}

INLINE void push_m(HANDLER_ARGS, int n, bool ss32, enum twin twin, uop_fn miss)
{
	u32 v;
	if (!load_at(c, u, left, ea_any(c, u), n, twin, &v))
		return miss(c, u, left);
	return push(c, u, left, n, ss32, twin, miss, v);
}

INLINE void pop_r(HANDLER_ARGS, int n, bool ss32, enum twin twin, uop_fn miss)
{
	u32 v, sp = rd32(c, 8 * RSP);
	if (!stack_load(c, u, left, stack_ea(sp, ss32), n, twin, &v))
		return miss(c, u, left);
	set_sp(c, ss32, sp + (u32)n / 8);
	wr_n(c, u->dst, n, v); /* after SP: POP SP keeps what was popped */
	return finish(c, u, left, twin);
}

/* The address is computed with the incremented ESP; SP goes back when the store faults. */
INLINE void pop_m(HANDLER_ARGS, int n, bool ss32, enum twin twin, uop_fn miss)
{
	u32 v, old_sp = rd32(c, 8 * RSP);
	u64 old = c->r[RSP];
	if (!stack_load(c, u, left, stack_ea(old_sp, ss32), n, twin, &v))
		return miss(c, u, left);
	set_sp(c, ss32, old_sp + (u32)n / 8);
	if (!store_at(c, u, left, ea_any(c, u), n, twin, v)) {
		c->r[RSP] = old;
		return miss(c, u, left);
	}
	return finish(c, u, left, twin);
}

/* ---- PUSHA, POPA, ENTER, LEAVE: rare enough for the complete way -------------------------------- */

/* [SP - bytes, SP) can be written: 0, or -1. */
static int probe_down(struct cpu *c, u32 sp, int size, int count, bool ss32)
{
	for (int i = 1; i <= count; i++)
		if (mem_probe_store(c, SEG_SS, stack_ea(sp - (u32)(i * size), ss32), size))
			return -1;
	return 0;
}

static __attribute__((noinline)) int pusha_slow(struct cpu *c, int size, bool ss32)
{
	u32 sp = rd32(c, 8 * RSP);
	if (probe_down(c, sp, size, 8, ss32))
		return -1;
	for (int i = 0; i < 8; i++)
		mem_store(c, SEG_SS, stack_ea(sp - (u32)((i + 1) * size), ss32), size, reg_get(c, (u8)(8 * i), size));
	return 0;
}

static __attribute__((noinline)) int popa_slow(struct cpu *c, int size, bool ss32)
{
	u32 sp = rd32(c, 8 * RSP);
	u64 v[8];
	for (int i = 0; i < 8; i++) /* EDI first; the stacked ESP is read and ignored */
		if (mem_load(c, SEG_SS, stack_ea(sp + (u32)(i * size), ss32), size, &v[7 - i]))
			return -1;
	for (int i = 0; i < 8; i++)
		if (i != RSP)
			reg_set(c, (u8)(8 * i), size, v[i]);
	return 0;
}

INLINE void pusha(HANDLER_ARGS, int n, bool ss32, enum twin twin, uop_fn miss)
{
	u32 size = (u32)n / 8, sp = rd32(c, 8 * RSP) - 8 * size;
	if (twin == HOT) {
		u8 *p;
		if (!hot_ptr(c, SEG_SS << 5, stack_ea(sp, ss32), 8 * size, true, &p))
			return miss(c, u, left);
		for (int i = 0; i < 8; i++)
			host_set(p + (7 - i) * (int)size, n, rd_n(c, (u8)(8 * i), n));
	} else {
		sync_state(c, u, left);
		if (pusha_slow(c, (int)size, ss32))
			return miss(c, u, left);
	}
	set_sp(c, ss32, sp);
	return finish(c, u, left, twin);
}

INLINE void popa(HANDLER_ARGS, int n, bool ss32, enum twin twin, uop_fn miss)
{
	u32 size = (u32)n / 8, sp = rd32(c, 8 * RSP);
	if (twin == HOT) {
		u8 *p;
		if (!hot_ptr(c, SEG_SS << 5, stack_ea(sp, ss32), 8 * size, false, &p))
			return miss(c, u, left);
		for (int i = 0; i < 8; i++)
			if (i != RSP)
				wr_n(c, (u8)(8 * i), n, host_get(p + (7 - i) * (int)size, n));
	} else {
		sync_state(c, u, left);
		if (popa_slow(c, (int)size, ss32))
			return miss(c, u, left);
	}
	set_sp(c, ss32, sp + 8 * size);
	return finish(c, u, left, twin);
}

/* All of ENTER's accesses in their order, without storing: 0, or -1 with the first fault. */
static int enter_probe(struct cpu *c, u32 frame, u32 new_sp, int size, u32 level, bool ss32)
{
	u32 bp = rd32(c, 8 * RBP);
	u64 v;
	if (mem_probe_store(c, SEG_SS, stack_ea(frame, ss32), size))
		return -1;
	for (u32 i = 1; i <= level; i++) {
		u32 down = i * (u32)size;
		if (i < level && mem_load(c, SEG_SS, stack_ea(bp - down, ss32), size, &v))
			return -1;
		if (mem_probe_store(c, SEG_SS, stack_ea(frame - down, ss32), size))
			return -1;
	}
	/* The last word of the new frame must be writable, or the next push would fault with BP changed. */
	return mem_probe_store(c, SEG_SS, stack_ea(new_sp, ss32), size);
}

/* The frame's display: level - 1 pointers copied from the old frame, then the frame pointer itself. */
static int enter_display(struct cpu *c, u32 sp, u32 frame, int size, u32 level, bool ss32)
{
	u32 bp = rd32(c, 8 * RBP);
	for (u32 i = 1; i < level; i++) {
		u64 v;
		bp -= (u32)size;
		sp -= (u32)size;
		if (mem_load(c, SEG_SS, stack_ea(bp, ss32), size, &v) || mem_store(c, SEG_SS, stack_ea(sp, ss32), size, v))
			return -1;
	}
	return level ? mem_store(c, SEG_SS, stack_ea(sp - (u32)size, ss32), size, frame) : 0;
}

INLINE void enter(HANDLER_ARGS, int n, bool ss32)
{
	int size = n / 8;
	u32 level = u->src & 31, sp = rd32(c, 8 * RSP), frame = sp - (u32)size;
	u32 new_sp = frame - level * (u32)size - (u16)u->imm;
	sync_state(c, u, left);
	if (enter_probe(c, frame, new_sp, size, level, ss32))
		return h_fault(c, u, left);
	if (mem_store(c, SEG_SS, stack_ea(frame, ss32), size, rd_n(c, 8 * RBP, n)) ||
	    enter_display(c, frame, frame, size, level, ss32))
		return h_fault(c, u, left);
	wr_n(c, 8 * RBP, n, frame);
	set_sp(c, ss32, new_sp);
	return finish(c, u, left, TWIN_COLD);
}

INLINE void leave(HANDLER_ARGS, int n, bool ss32, enum twin twin, uop_fn miss)
{
	u32 v, sp = rd32(c, 8 * RBP);
	if (!stack_load(c, u, left, stack_ea(sp, ss32), n, twin, &v))
		return miss(c, u, left);
	set_sp(c, ss32, sp + (u32)n / 8);
	wr_n(c, 8 * RBP, n, v);
	return finish(c, u, left, twin);
}

#define STACK_TWINS(name, n, ss) \
	COLD HANDLER(name##_##n##_##ss##_cold, name, n, ss == 32, TWIN_COLD, h_fault) \
	HANDLER(name##_##n##_##ss, name, n, ss == 32, HOT, name##_##n##_##ss##_cold)
#define STACK_SIZES(name) STACK_TWINS(name, 16, 16) STACK_TWINS(name, 16, 32) STACK_TWINS(name, 32, 16) STACK_TWINS(name, 32, 32)
STACK_SIZES(push_r) STACK_SIZES(push_i) STACK_SIZES(push_m) STACK_SIZES(pop_r) STACK_SIZES(pop_m) STACK_SIZES(leave)
STACK_SIZES(pusha) STACK_SIZES(popa)

#define STACK_PLAIN(name) \
	HANDLER(name##_16_16, name, 16, false) HANDLER(name##_16_32, name, 16, true) \
	HANDLER(name##_32_16, name, 32, false) HANDLER(name##_32_32, name, 32, true)
STACK_PLAIN(enter)

#define STACK_ROWS(name) {{name##_16_16, name##_16_32}, {name##_32_16, name##_32_32}} /* [operand size][SS.B] */

uop_fn exec_stack(const struct form *f)
{
	static const uop_fn push_rows[3][2][2] = {STACK_ROWS(push_r), STACK_ROWS(push_i), STACK_ROWS(push_m)};
	static const uop_fn pop_rows[2][2][2] = {STACK_ROWS(pop_r), STACK_ROWS(pop_m)};
	static const uop_fn others[4][2][2] = {STACK_ROWS(pusha), STACK_ROWS(popa), STACK_ROWS(enter), STACK_ROWS(leave)};
	const struct insn *in = f->in;
	int wide = in->opsize == 4, kind = in->o[0].kind;
	switch (in->op) {
	case OP_PUSH: return push_rows[kind == OPND_MEM ? 2 : kind == OPND_IMM][wide][f->ss32];
	case OP_POP: return pop_rows[kind == OPND_MEM][wide][f->ss32];
	case OP_PUSHA: return others[0][wide][f->ss32];
	case OP_POPA: return others[1][wide][f->ss32];
	case OP_ENTER: return others[2][wide][f->ss32];
	case OP_LEAVE: return others[3][wide][f->ss32];
	default: return NULL;
	}
}
