/* stack.c - pushes and pops of several items that must not stop half-way.
 *
 * A frame checks limit, rights and paging of every item as it is pushed and writes
 * them all at the end, so that a fault leaves memory and registers untouched
 * (SDM 3A 6.5: faults are restartable). SDM 1 6.2: SS.B selects SP or ESP.
 */
#include <assert.h>

#include "cpu/system/internal.h"

void frame_begin(struct frame *f, const struct cpu *c, const struct sysregs *s, int size)
{
	f->ss = &s->seg[SEG_SS];
	f->sp = c->r[RSP];
	f->mask = stack_mask(f->ss);
	f->size = size;
	f->present_stack = true;
	f->user = 0;
	f->vec = VEC_SS;
	f->error = 0;
	f->n = 0;
}

void frame_begin_on(struct frame *f, const struct segment *ss, u64 sp, int size, int cpl, int vec, u32 error)
{
	f->ss = ss;
	f->sp = sp;
	f->mask = stack_mask(ss);
	f->size = size;
	f->present_stack = false;
	f->user = cpl == 3 ? ACC_USER : 0;
	f->vec = vec;
	f->error = error;
	f->n = 0;
}

int frame_push(struct cpu *c, struct frame *f, u64 value)
{
	assert(f->n < FRAME_MAX);
	u64 ea = (f->sp - (u64)f->size) & f->mask;
	if (f->present_stack) {
		if (mem_probe_store(c, SEG_SS, ea, f->size))
			return -1;
		f->at[f->n] = ea;
	} else {
		if (seg_linear(c, f->ss, ea, f->size, ACC_WRITE, f->vec, f->error, &f->at[f->n]))
			return -1;
		if (mmu_probe(c->mmu, f->at[f->n], (u32)f->size, ACC_WRITE | f->user)) {
			cpu_raise_pf(c);
			return -1;
		}
	}
	f->sp = (f->sp & ~f->mask) | ea;
	f->value[f->n++] = value & (f->size == 2 ? 0xffff : 0xffffffff);
	return 0;
}

int frame_commit(struct cpu *c, const struct frame *f)
{
	simd_host_off(c);
	for (int i = 0; i < f->n; i++) {
		if (f->present_stack) {
			if (mem_store(c, SEG_SS, f->at[i], f->size, f->value[i]))
				return -1;
		} else if (mmu_store(c->mmu, f->at[i], f->size, ACC_WRITE | f->user, f->value[i])) {
			cpu_raise_pf(c);
			return -1;
		}
	}
	return 0;
}

int inner_stack_read(struct cpu *c, const struct sysregs *s, int cpl, u32 ext, struct inner_stack *in)
{
	bool is32 = s->tr.attr & SYS_32;
	u32 offset = is32 ? 4 + 8 * (u32)cpl : 2 + 4 * (u32)cpl; /* SDM 3A figures 7-2 and 7-10 */
	u32 size = is32 ? 4 : 2;
	u64 sel;
	if (!(s->tr.attr & SEG_P) || offset + size + 1 > s->tr.limit)
		return fail(c, VEC_TS, sel_error(s->tr.sel, ext), "TSS too short for the inner stack", "SDM 3A 5.8.5");
	if (sup_load(c, s->tr.base + offset, (int)size, &in->sp) || sup_load(c, s->tr.base + offset + size, 2, &sel))
		return -1;
	if (stack_segment_read(c, s, (u16)sel, cpl, VEC_TS, ext, &in->raw))
		return -1;
	desc_unpack((u16)sel, in->raw, &in->ss);
	return 0;
}
