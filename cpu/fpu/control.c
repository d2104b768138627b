/* control.c - FNINIT FNCLEX FNSTSW FNSTCW FLDCW, and what does nothing: FNOP, WAIT and the
 * 8087's and 287's FENI FDISI FSETPM. SDM 2A; SDM 1 8.1.
 */
#include "cpu/fpu/internal.h"

int fpu_nothing(struct cpu *c, const struct uop *u)
{
	(void)c, (void)u;
	return 0;
}

int fpu_fninit(struct cpu *c, const struct uop *u)
{
	struct fpu *f = &c->fpu;
	(void)u;
	f->cw = 0x37f;
	f->sw = 0;
	f->valid = 0;
	f->fop = 0;
	f->fip = f->fdp = 0;
	f->fcs = f->fds = 0;
	fpu_update(c);
	return 0;
}

int fpu_fnclex(struct cpu *c, const struct uop *u)
{
	(void)u;
	c->fpu.sw &= (u16)~(FSW_EXCEPTIONS | FSW_SF | FSW_ES | FSW_B);
	fpu_update(c);
	return 0;
}

static int store_word(struct cpu *c, const struct uop *u, u16 v)
{
	return mem_store(c, uop_seg(u), uop_ea(c, u), 2, v);
}

int fpu_fnstsw(struct cpu *c, const struct uop *u)
{
	if (u->x.sys.flags & UF_MEM)
		return store_word(c, u, c->fpu.sw);
	reg_set(c, 8 * RAX, 2, c->fpu.sw);
	return 0;
}

int fpu_fnstcw(struct cpu *c, const struct uop *u)
{
	return store_word(c, u, c->fpu.cw);
}

int fpu_fldcw(struct cpu *c, const struct uop *u)
{
	u64 v;
	if (mem_load(c, uop_seg(u), uop_ea(c, u), 2, &v))
		return -1;
	c->fpu.cw = (u16)((v & FCW_WRITABLE) | FCW_FIXED);
	fpu_update(c);
	return 0;
}
