/* mem.c - memory access the complete way: segment rules (SDM 3A 5.3), alignment
 * (6.15, #AC), data breakpoints (3B 17.2), then paging in mmu/.
 *
 * Handlers come here only when the one compare of their fast path fails; system
 * functions always do, so the short way is tried here once more.
 */
#include "cpu/mem_short.h"

/* ---- segment rules ------------------------------------------------------------------- */

static int raise_limit(struct cpu *c, int vec, u32 error)
{
	cpu_raise(c, vec, error, "offset outside the segment's limit", "SDM 3A 5.3");
	return -1;
}

static int check_limit(struct cpu *c, const struct segment *s, u64 ea, int size, int vec, u32 error)
{
	u64 last = ea + (u64)size - 1;
	bool expand_down = (s->attr & SEG_EC) && !(s->attr & SEG_CODE) && (s->attr & SEG_S);
	if (expand_down) {
		u64 top = s->attr & SEG_DB ? 0xffffffff : 0xffff;
		if (ea <= s->limit || last > top)
			return raise_limit(c, vec, error);
		return 0;
	}
	/* With a limit of 4G an access may run over the end: it wraps around. */
	if (last > s->limit && !(s->limit == 0xffffffff && ea <= 0xffffffff))
		return raise_limit(c, vec, error);
	return 0;
}

static int check_rights(struct cpu *c, const struct segment *s, enum access acc, int vec, u32 error)
{
	bool is_code = s->attr & SEG_CODE;
	if (!(s->attr & SEG_P)) {
		cpu_raise(c, vec, error, "segment register holds a null selector", "SDM 3A 5.4.1");
		return -1;
	}
	if ((acc & ACC_WRITE) && (is_code || !(s->attr & SEG_RW))) {
		cpu_raise(c, vec, error, is_code ? "write through a code segment" : "write through a read-only segment",
			  "SDM 3A 5.5");
		return -1;
	}
	if (!(acc & ACC_WRITE) && is_code && !(s->attr & SEG_RW)) {
		cpu_raise(c, vec, error, "read through an execute-only segment", "SDM 3A 5.5");
		return -1;
	}
	return 0;
}

int seg_linear(struct cpu *c, const struct segment *s, u64 ea, int size, enum access acc, int vec, u32 error, lin_t *lin)
{
	if (sys_protected(c->hw) && check_rights(c, s, acc, vec, error))
		return -1;
	if (check_limit(c, s, ea, size, vec, error))
		return -1;
	*lin = (s->base + ea) & c->lin_mask;
	return 0;
}

int mem_linear(struct cpu *c, int seg, u64 ea, int size, enum access acc, lin_t *lin)
{
	int vec = seg == SEG_SS ? VEC_SS : VEC_GP;
	if (seg == SEG_NONE) {
		*lin = ea & c->lin_mask;
		return 0;
	}
	const struct xseg *x = &c->xseg[seg];
	if (ea + (u64)size <= (acc & ACC_WRITE ? x->wlimit : x->rlimit)) {
		*lin = (x->base + ea) & c->lin_mask;
		return 0;
	}
	return seg_linear(c, &c->hw->seg[seg], ea, size, acc, vec, 0, lin);
}

/* DR7 data breakpoints: collected for the trap after the instruction. LEN 0, 1, 3, 2 = 1, 2, 4, 8 bytes. */
void mem_breakpoints(struct cpu *c, lin_t lin, int size, bool is_write)
{
	static const u8 len_of[4] = {1, 2, 8, 4};
	const struct sysregs *s = c->guest;
	for (int i = 0; i < 4; i++) {
		u32 rw = (u32)(s->dr[7] >> (16 + 4 * i)) & 3;
		u64 len = len_of[s->dr[7] >> (18 + 4 * i) & 3];
		u64 at = s->dr[i] & ~(len - 1);
		if (!(s->dr[7] >> (2 * i) & 3) || rw == 0 || rw == 2 || (rw == 1 && !is_write))
			continue;
		if (lin < at + len && at < lin + (u64)size)
			c->dr6_pending |= 1u << i;
	}
}

static int before_access(struct cpu *c, int seg, u64 ea, int size, enum access acc, lin_t *lin)
{
	if (mem_linear(c, seg, ea, size, acc, lin))
		return -1;
	if (c->align && (*lin & (u64)(size - 1)) && !(size & (size - 1))) {
		cpu_raise(c, VEC_AC, 0, "misaligned access with AC set", "SDM 3A 6.15");
		return -1;
	}
	return 0;
}

int mem_load(struct cpu *c, int seg, u64 ea, int size, u64 *value)
{
	lin_t lin;
	const u8 *p = seg_short_way(c, seg, ea, size, false);
	if (p) {
		*value = load_n(p, size);
		return 0;
	}
	if (before_access(c, seg, ea, size, ACC_READ, &lin))
		return -1;
	simd_host_off(c);
	if (mmu_load(c->mmu, lin, size, c->acc, value)) {
		cpu_raise_pf(c);
		return -1;
	}
	if (c->guest->dr[7] & 0xff)
		mem_breakpoints(c, lin, size, false);
	return 0;
}

int mem_store(struct cpu *c, int seg, u64 ea, int size, u64 value)
{
	lin_t lin;
	u8 *p = seg_short_way(c, seg, ea, size, true);
	if (p) {
		store_n(p, size, value);
		return 0;
	}
	if (before_access(c, seg, ea, size, ACC_WRITE, &lin))
		return -1;
	simd_host_off(c);
	enum access acc = ACC_WRITE | c->acc;
	if (c->dry_run ? mmu_probe(c->mmu, lin, (u32)size, acc) : mmu_store(c->mmu, lin, size, acc, value)) {
		cpu_raise_pf(c);
		return -1;
	}
	if (c->guest->dr[7] & 0xff)
		mem_breakpoints(c, lin, size, true);
	return 0;
}

int mem_probe_store(struct cpu *c, int seg, u64 ea, int size)
{
	lin_t lin;
	if (seg_short_way(c, seg, ea, size, true))
		return 0;
	if (before_access(c, seg, ea, size, ACC_WRITE, &lin))
		return -1;
	if (mmu_probe(c->mmu, lin, (u32)size, ACC_WRITE | c->acc)) {
		cpu_raise_pf(c);
		return -1;
	}
	return 0;
}

int sup_load(struct cpu *c, lin_t lin, int size, u64 *value)
{
	const u8 *p = tlb_short_way(&c->mmu->sup, lin & c->lin_mask, size, false);
	if (p) {
		*value = load_n(p, size);
		return 0;
	}
	simd_host_off(c);
	if (mmu_load(c->mmu, lin & c->lin_mask, size, ACC_READ, value) == 0)
		return 0;
	cpu_raise_pf(c);
	return -1;
}

int sup_store(struct cpu *c, lin_t lin, int size, u64 value)
{
	if (c->dry_run)
		return 0;
	u8 *p = tlb_short_way(&c->mmu->sup, lin & c->lin_mask, size, true);
	if (p) {
		store_n(p, size, value);
		return 0;
	}
	simd_host_off(c);
	if (mmu_store(c->mmu, lin & c->lin_mask, size, ACC_WRITE, value) == 0)
		return 0;
	cpu_raise_pf(c);
	return -1;
}

u64 uop_ea(const struct cpu *c, const struct uop *u)
{
	u64 ea = reg_get(c, u->base, 8) + (reg_get(c, u->index, 8) << (u->seg_scale & 3)) + (u64)(s64)u->disp;
	return ea & (u->seg_scale & UOP_ADDR16 ? 0xffff : 0xffffffff);
}

int uop_load_e(struct cpu *c, const struct uop *u, int size, u64 *value)
{
	if (u->x.sys.flags & UF_MEM)
		return mem_load(c, uop_seg(u), uop_ea(c, u), size, value);
	*value = reg_get(c, u->dst, size);
	return 0;
}

int uop_store_e(struct cpu *c, const struct uop *u, int size, u64 value)
{
	if (u->x.sys.flags & UF_MEM)
		return mem_store(c, uop_seg(u), uop_ea(c, u), size, value);
	reg_set(c, u->dst, size, value);
	return 0;
}
