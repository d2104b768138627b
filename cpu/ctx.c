/* ctx.c - the execution context: what innocuous handlers need of M and R.
 *
 * Computed from hw and the guest's CPL on each change of the world, so that the
 * hot path reads neither of the two system states (docs/virtualization.md 2).
 */
#include "cpu/block.h"

/* The part of a segment's rules that one compare decides; the rest is mem.c's. */
static inline struct xseg make_xseg(const struct segment *s, bool rights_ignored)
{
	struct xseg x = {.base = s->base, .sel = s->sel};
	bool is_code = s->attr & SEG_CODE;
	if (rights_ignored) { /* real and v86 mode look at the limit only */
		x.rlimit = x.wlimit = (s->attr & SEG_EC) && !is_code ? 0 : (u64)s->limit + 1;
		return x;
	}
	if (!(s->attr & SEG_P) || (!is_code && (s->attr & SEG_EC)))
		return x;
	if (!is_code || (s->attr & SEG_RW))
		x.rlimit = (u64)s->limit + 1;
	if (!is_code && (s->attr & SEG_RW))
		x.wlimit = (u64)s->limit + 1;
	return x;
}

/* The x87 unit's pointers: where the VMM emulates everything that stores them, it keeps CS and SS in the guest's terms. */
static u16 pointer_selector(const struct cpu *c, int seg)
{
	u16 sel = c->hw->seg[seg].sel;
	bool compressed = sys_protected(c->hw) && c->hw->cpl == 1 && (seg == SEG_CS || seg == SEG_SS);
	return c->guest_pointers && compressed ? (u16)((sel & ~3) | (c->guest->cpl & 3)) : sel;
}

static bool is_flat(const struct xseg *x)
{
	return x->base == 0 && x->rlimit > 0xffffffff && x->wlimit > 0xffffffff;
}

/* What translated code need not check (BM_FLAT). */
static bool is_world_flat(const struct cpu *c)
{
	const struct segment *cs = &c->hw->seg[SEG_CS];
	return (cs->attr & SEG_DB) && cs->base == 0 && cs->limit == 0xffffffff && (c->hw->seg[SEG_SS].attr & SEG_DB) &&
	       is_flat(&c->xseg[SEG_DS]) && is_flat(&c->xseg[SEG_ES]) && is_flat(&c->xseg[SEG_SS]);
}

void ctx_segment(struct cpu *c, int seg)
{
	c->xseg[seg] = make_xseg(&c->hw->seg[seg], !sys_protected(c->hw));
	c->xseg[seg].sel = pointer_selector(c, seg);
	if (is_world_flat(c) != ((c->mode & BM_FLAT) != 0))
		ctx_changed(c);
}

/* xseg is up to date */
static u16 block_mode(const struct cpu *c)
{
	const struct sysregs *s = c->hw;
	u16 m = is_world_flat(c) ? BM_FLAT : 0;
	m |= s->seg[SEG_CS].attr & SEG_DB ? BM_CS32 : 0;
	m |= s->seg[SEG_SS].attr & SEG_DB ? BM_SS32 : 0;
	m |= s->cr0 & CR0_PE ? BM_PE : 0;
	m |= s->eflags & EF_VM ? BM_VM : 0;
	m |= sys_real(s) ? 0 : (u16)(s->cpl << BM_CPL_SHIFT); /* real mode is supervisor, deprivileged or not */
	return m;
}

enum cpu_mode_index cpu_mode_index(u32 mode)
{
	if (!(mode & BM_PE))
		return CPU_MODE_REAL;
	return mode & BM_VM ? CPU_MODE_V86 : CPU_MODE_RING0 + ((mode & BM_CPL) >> BM_CPL_SHIFT);
}

void cpu_mode_counts(const struct cpu *c, u64 out[CPU_MODES])
{
	for (int i = 0; i < CPU_MODES; i++)
		out[i] = c->mode_counts[i];
	out[c->mode_index] += c->count - c->mode_since;
}

static void set_mode(struct cpu *c, u16 mode)
{
	if (mode == c->mode)
		return;
	u64 done = c->limit - (u64)c->left; /* with the instruction that changes the mode, without the next */
	c->mode_counts[c->mode_index] += done - c->mode_since;
	c->mode_since = done;
	c->mode = mode;
	c->mode_index = (u8)cpu_mode_index(mode);
}

void ctx_update(struct cpu *c)
{
	const struct sysregs *s = c->hw;
	bool rights_ignored = !sys_protected(s);
	for (int i = 0; i < 6; i++)
		c->xseg[i] = make_xseg(&s->seg[i], rights_ignored);
	c->xseg[SEG_NONE] = (struct xseg){.rlimit = 1ull << 32, .wlimit = 1ull << 32};
	c->user = s->cpl == 3 && !sys_real(s);
	c->acc = c->user ? ACC_USER : s->eflags & EF_AC ? ACC_AC : 0;
	c->align = c->user && (s->cr0 & CR0_AM) && (s->eflags & EF_AC);
	c->lin_mask = c->mmu->lin_mask;
	set_mode(c, block_mode(c));
	simd_gate_update(c);
	if (c->cs_limit > s->seg[SEG_CS].limit) /* a page may be cut now */
		jump_forget(c->code, MAPPING_ALL, 0);
	c->cs_limit = s->seg[SEG_CS].limit;
	bool watched = (s->eflags & (EF_TF | EF_RF)) || (c->guest->dr[7] & 0xff);
	c->observed = watched || c->hooks.before;
	c->tlb = c->align || watched ? &c->mmu->none : mmu_tlb(c->mmu, c->user);
	fpu_update(c);
	c->ctx_dirty = 0;
}
