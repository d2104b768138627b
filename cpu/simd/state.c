/* state.c - FXSAVE FXRSTOR, LDMXCSR STMXCSR, EMMS, MASKMOVQ MASKMOVDQU.
 *
 * SDM 1 10.5 (the 512-byte image), 10.2.3.1; SDM 2. With CR4.OSFXSR clear FXSAVE and
 * FXRSTOR leave MXCSR and the XMM registers out. Not here: the fast form of EFER.FFXSR.
 */
#include "cpu/exec.h"
#include "cpu/simd/simd.h"

#include <string.h>

enum { IMAGE_SIZE = 512, IMAGE_ST = 32, IMAGE_XMM = 160 };

/* ---- memory: blocks ------------------------------------------------------------------------ */

/* A 512-byte operand: aligned, in its segment, all of it mapped; *lin is its address. */
static int locate_image(struct cpu *c, const struct uop *u, enum access acc, lin_t *lin)
{
	enum access how = acc | c->acc;
	u64 ea = ea_any(c, u);
	if ((c->xseg[uop_seg(u)].base + ea) & 15) { /* before the segment's limit, as recorded */
		cpu_raise(c, VEC_GP, 0, "FXSAVE image not aligned to 16 bytes", "SDM 2A FXSAVE");
		return -1;
	}
	if (mem_linear(c, uop_seg(u), ea, IMAGE_SIZE, acc, lin))
		return -1;
	simd_host_off(c);
	if (mmu_probe(c->mmu, *lin, IMAGE_SIZE, how)) {
		cpu_raise_pf(c);
		return -1;
	}
	if (c->guest->dr[7] & 0xff)
		mem_breakpoints(c, *lin, IMAGE_SIZE, acc & ACC_WRITE);
	return 0;
}

/* Host memory of a block that was probed and lies in one page of plain memory, else NULL. */
static u8 *whole_block(struct cpu *c, lin_t lin, u32 n, enum access acc)
{
	bool faulted;
	return (lin & 0xfff) + n <= PAGE_SIZE ? mmu_run_ptr(c->mmu, lin, acc | c->acc, &faulted) : NULL;
}

/* Both were probed: they cannot fail. */
static void get_block(struct cpu *c, lin_t lin, u8 *to, u32 n)
{
	const u8 *from = whole_block(c, lin, n, ACC_READ);
	if (from) {
		memcpy(to, from, n);
		return;
	}
	for (u32 i = 0; i < n; i += 8) {
		u64 v = 0;
		mmu_load(c->mmu, (lin + i) & c->lin_mask, 8, c->acc, &v);
		store64(to + i, v);
	}
}

static void put_block(struct cpu *c, lin_t lin, const u8 *from, u32 n)
{
	u8 *to = whole_block(c, lin, n, ACC_WRITE);
	if (to) {
		memcpy(to, from, n);
		return;
	}
	for (u32 i = 0; i < n; i += 8)
		mmu_store(c->mmu, (lin + i) & c->lin_mask, 8, ACC_WRITE | c->acc, load64(from + i));
}

/* ---- FXSAVE, FXRSTOR ----------------------------------------------------------------------------- */

static enum step check_x87(struct cpu *c)
{
	if (c->hw->cr0 & (CR0_EM | CR0_TS))
		return cpu_raise_plain(c, VEC_NM, "FXSAVE or FXRSTOR with CR0.EM or TS set", "SDM 2A FXSAVE");
	return STEP_NEXT;
}

static void pack_x87(const struct fpu *f, u8 *p)
{
	store16(p, f->cw);
	store16(p + 2, f->sw);
	p[4] = f->valid;
	store16(p + 6, f->fop);
	store32(p + 8, (u32)f->fip);
	store16(p + 12, f->fcs);
	store32(p + 16, (u32)f->fdp);
	store16(p + 20, f->fds);
	for (u32 i = 0; i < 8; i++) {
		const struct x87_reg *r = &f->r[(i + (f->sw >> 11)) & 7];
		store64(p + IMAGE_ST + 16 * i, r->mant);
		store16(p + IMAGE_ST + 16 * i + 8, r->se);
	}
}

static void unpack_x87(struct fpu *f, const u8 *p)
{
	f->cw = (u16)((load16(p) & 0x1f7f) | 0x40);
	f->sw = load16(p + 2);
	f->valid = p[4];
	f->fop = load16(p + 6) & 0x7ff;
	f->fip = load32(p + 8);
	f->fcs = load16(p + 12);
	f->fdp = load32(p + 16);
	f->fds = load16(p + 20);
	for (u32 i = 0; i < 8; i++) {
		struct x87_reg *r = &f->r[(i + (f->sw >> 11)) & 7];
		r->mant = load64(p + IMAGE_ST + 16 * i);
		r->se = load16(p + IMAGE_ST + 16 * i + 8);
	}
}

static enum step fxsave(struct cpu *c, const struct uop *u)
{
	u8 image[IMAGE_XMM + 8 * 16] = {0}; /* what lies above is left as it is */
	bool has_xmm = c->hw->cr4 & CR4_OSFXSR;
	lin_t lin;
	if (check_x87(c) != STEP_NEXT || locate_image(c, u, ACC_WRITE, &lin))
		return STEP_FAULT;
	pack_x87(&c->fpu, image);
	if (has_xmm) {
		store32(image + 24, c->simd.mxcsr);
		store32(image + 28, MXCSR_VALID);
		memcpy(image + IMAGE_XMM, c->simd.xmm, 8 * 16);
	}
	if (!has_xmm) { /* not even the eight bytes of MXCSR */
		put_block(c, lin, image, 24);
		put_block(c, lin + IMAGE_ST, image + IMAGE_ST, IMAGE_XMM - IMAGE_ST);
	} else {
		put_block(c, lin, image, sizeof image);
	}
	return STEP_NEXT;
}

static enum step fxrstor(struct cpu *c, const struct uop *u)
{
	u8 image[IMAGE_XMM + 8 * 16];
	lin_t lin;
	if (check_x87(c) != STEP_NEXT || locate_image(c, u, ACC_READ, &lin))
		return STEP_FAULT;
	get_block(c, lin, image, sizeof image);
	if (c->hw->cr4 & CR4_OSFXSR) {
		if (load32(image + 24) & ~(u32)MXCSR_VALID)
			return cpu_raise(c, VEC_GP, 0, "reserved bit of MXCSR set by FXRSTOR", "SDM 2A FXRSTOR");
		simd_set_mxcsr(c, load32(image + 24));
		memcpy(c->simd.xmm, image + IMAGE_XMM, 8 * 16);
	}
	unpack_x87(&c->fpu, image);
	fpu_update(c); /* ES and B follow from the rest */
	return STEP_NEXT;
}

/* ---- MXCSR ------------------------------------------------------------------------------------------- */

static enum step ldmxcsr(struct cpu *c, const struct uop *u)
{
	u64 v;
	enum step step = simd_usable(c, true, false);
	if (step != STEP_NEXT)
		return step;
	if (mem_load(c, uop_seg(u), ea_any(c, u), 4, &v))
		return STEP_FAULT;
	if (v & ~(u64)MXCSR_VALID)
		return cpu_raise(c, VEC_GP, 0, "reserved bit of MXCSR set", "SDM 2A LDMXCSR");
	simd_set_mxcsr(c, (u32)v);
	return STEP_NEXT;
}

static enum step stmxcsr(struct cpu *c, const struct uop *u)
{
	enum step step = simd_usable(c, true, false);
	if (step != STEP_NEXT)
		return step;
	simd_host_off(c);
	return mem_store(c, uop_seg(u), ea_any(c, u), 4, c->simd.mxcsr) ? STEP_FAULT : STEP_NEXT;
}

/* ---- EMMS, masked stores -------------------------------------------------------------------------------- */

static enum step emms(struct cpu *c, const struct uop *u)
{
	(void)u;
	enum step step = simd_usable(c, false, true);
	if (step != STEP_NEXT)
		return step;
	simd_mmx_state(c);
	c->fpu.valid = 0;
	return STEP_NEXT;
}

/* Stores the bytes whose mask byte is negative at DS:[DI]. All are checked before the first is written. */
static int store_masked(struct cpu *c, const struct uop *u, int n, vec data, vec mask)
{
	u64 ea = u->seg_scale & UOP_ADDR16 ? rd16(c, 8 * RDI) : rd32(c, 8 * RDI);
	u64 limit = 0xffffffff;
	for (int pass = 0; pass < 2; pass++)
		for (int i = 0; i < n; i++) {
			u64 at = (ea + (u64)i) & limit;
			if (!(((v16u8)mask)[i] & 0x80))
				continue;
			if (pass ? mem_store(c, uop_seg(u), at, 1, ((v16u8)data)[i]) : mem_probe_store(c, uop_seg(u), at, 1))
				return -1;
		}
	return 0;
}

static enum step maskmovq(struct cpu *c, const struct uop *u)
{
	enum step step = simd_usable(c, false, true);
	if (step != STEP_NEXT)
		return step;
	simd_mmx_state(c); /* even when the store faults: as recorded */
	return store_masked(c, u, 8, mmx_get(c, u->dst >> 4), mmx_get(c, u->src >> 4)) ? STEP_FAULT : STEP_NEXT;
}

static enum step maskmovdqu(struct cpu *c, const struct uop *u)
{
	enum step step = simd_usable(c, true, false);
	if (step != STEP_NEXT)
		return step;
	return store_masked(c, u, 16, simd_get(c, u->dst), simd_get(c, u->src)) ? STEP_FAULT : STEP_NEXT;
}

/* ---- handlers ---------------------------------------------------------------------------------------------- */

#define STATE_HANDLER(name) \
	static __attribute__((noinline)) enum step name##_step(struct cpu *c, const struct uop *u) { return name(c, u); } \
	static void h_##name(HANDLER_ARGS) \
	{ \
		sync_state(c, u, left); \
		return simd_finish(c, u, left, name##_step(c, u)); \
	}
STATE_HANDLER(fxsave) STATE_HANDLER(fxrstor) STATE_HANDLER(ldmxcsr) STATE_HANDLER(stmxcsr) STATE_HANDLER(emms)
STATE_HANDLER(maskmovq) STATE_HANDLER(maskmovdqu)

void simd_fxsave(HANDLER_ARGS)
{
	return h_fxsave(c, u, left);
}

uop_fn simd_state_handler(const struct insn *in, struct uop *u)
{
	u->dst = (u8)(in->o[0].reg * 16);
	u->src = (u8)(in->o[1].reg * 16);
	switch (in->op) {
	case OP_FXSAVE: return h_fxsave;
	case OP_FXRSTOR: return h_fxrstor;
	case OP_LDMXCSR: return h_ldmxcsr;
	case OP_STMXCSR: return h_stmxcsr;
	case OP_EMMS: return h_emms;
	case OP_MASKMOVQ: return h_maskmovq;
	case OP_MASKMOVDQU: return h_maskmovdqu;
	default: return NULL;
	}
}
