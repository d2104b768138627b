/* environment.c - FNSTENV FLDENV FNSAVE FRSTOR: the memory images of SDM 1 8.1.10.
 *
 * Four layouts, by operand size and by protected or real/virtual-8086 mode. The tag
 * word is computed from the registers when stored; loaded, only "empty" counts.
 */
#include "cpu/fpu/internal.h"

struct image {
	u8 b[108];
	int n; /* of the environment: 14 or 28 */
};

static bool is_real(const struct cpu *c)
{
	return !sys_protected(c->hw);
}

static u32 tag_of(const struct x87_reg *r)
{
	switch (f80_classify((struct f80){r->mant, r->se, 0})) {
	case F80_NORMAL: return 0;
	case F80_ZERO: return 1;
	default: return 2;
	}
}

static u16 tag_word(const struct fpu *f)
{
	u32 t = 0;
	for (int i = 0; i < 8; i++)
		t |= (f->valid >> i & 1 ? tag_of(&f->r[i]) : 3u) << (2 * i);
	return (u16)t;
}

static void set_tags(struct fpu *f, u16 tags)
{
	f->valid = 0;
	for (int i = 0; i < 8; i++)
		if ((tags >> (2 * i) & 3) != 3)
			f->valid |= (u8)(1 << i);
}

/* ---- storing ------------------------------------------------------------------------------ */

static void environment16(const struct cpu *c, u8 *b)
{
	const struct fpu *f = &c->fpu;
	u32 ip = (u32)f->fip, dp = (u32)f->fdp;
	if (is_real(c)) {
		ip += (u32)f->fcs << 4;
		dp += (u32)f->fds << 4;
	}
	store16(b + 0, f->cw);
	store16(b + 2, f->sw);
	store16(b + 4, tag_word(f));
	store16(b + 6, (u16)ip);
	store16(b + 8, is_real(c) ? (u16)(ip >> 4 & 0xf000) | f->fop : f->fcs);
	store16(b + 10, (u16)dp);
	store16(b + 12, is_real(c) ? (u16)(dp >> 4 & 0xf000) : f->fds);
}

static void environment32(const struct cpu *c, u8 *b)
{
	const struct fpu *f = &c->fpu;
	const u32 high = 0xffff0000; /* reserved: stored as ones */
	u32 ip = (u32)f->fip, dp = (u32)f->fdp;
	store32(b + 0, high | f->cw);
	store32(b + 4, high | f->sw);
	store32(b + 8, high | tag_word(f));
	if (is_real(c)) {
		ip += (u32)f->fcs << 4;
		dp += (u32)f->fds << 4;
		store32(b + 12, high | ip);
		store32(b + 16, (ip >> 4 & 0x0ffff000) | f->fop);
		store32(b + 20, high | dp);
		store32(b + 24, dp >> 4 & 0x0ffff000);
		return;
	}
	store32(b + 12, ip);
	store32(b + 16, (u32)f->fop << 16 | f->fcs);
	store32(b + 20, dp);
	store32(b + 24, high | f->fds);
}

static void make_environment(const struct cpu *c, const struct uop *u, struct image *m)
{
	m->n = u->x.sys.opsize == 2 ? 14 : 28;
	if (m->n == 14)
		environment16(c, m->b);
	else
		environment32(c, m->b);
}

int fpu_fnstenv(struct cpu *c, const struct uop *u)
{
	struct image m;
	make_environment(c, u, &m);
	if (fpu_store_bytes(c, u, m.b, m.n, m.n / 7))
		return -1;
	c->fpu.cw |= FSW_EXCEPTIONS; /* all masked: SDM 2A FSTENV */
	fpu_update(c);
	return 0;
}

int fpu_fnsave(struct cpu *c, const struct uop *u)
{
	struct image m;
	make_environment(c, u, &m);
	for (u32 i = 0; i < 8; i++) {
		struct f80 v = fpu_get(c, i);
		store64(m.b + m.n + 10 * i, v.mant);
		store16(m.b + m.n + 10 * i + 8, (u16)v.se);
	}
	if (fpu_store_bytes(c, u, m.b, m.n + 80, m.n / 7))
		return -1;
	return fpu_fninit(c, u);
}

/* ---- loading -------------------------------------------------------------------------------- */

static void take_environment16(struct cpu *c, const u8 *b)
{
	struct fpu *f = &c->fpu;
	f->fip = load16(b + 6);
	f->fdp = load16(b + 10);
	f->fcs = load16(b + 8);
	f->fds = load16(b + 12);
	if (!is_real(c))
		return;
	f->fop = f->fcs & 0x7ff;
	f->fip |= (u32)(f->fcs & 0xf000) << 4;
	f->fdp |= (u32)(f->fds & 0xf000) << 4;
	f->fcs = f->fds = 0;
}

static void take_environment32(struct cpu *c, const u8 *b)
{
	struct fpu *f = &c->fpu;
	if (is_real(c)) {
		f->fip = load16(b + 12) | (load32(b + 16) & 0x0ffff000) << 4;
		f->fdp = load16(b + 20) | (load32(b + 24) & 0x0ffff000) << 4;
		f->fop = load16(b + 16) & 0x7ff;
		f->fcs = f->fds = 0;
		return;
	}
	f->fip = load32(b + 12);
	f->fcs = load16(b + 16);
	f->fop = load16(b + 18) & 0x7ff;
	f->fdp = load32(b + 20);
	f->fds = load16(b + 24);
}

static void take_environment(struct cpu *c, const struct image *m)
{
	int unit = m->n / 7;
	c->fpu.cw = (u16)((load16(m->b) & FCW_WRITABLE) | FCW_FIXED);
	c->fpu.sw = load16(m->b + unit);
	set_tags(&c->fpu, load16(m->b + 2 * unit));
	if (m->n == 14)
		take_environment16(c, m->b);
	else
		take_environment32(c, m->b);
	fpu_update(c);
}

int fpu_fldenv(struct cpu *c, const struct uop *u)
{
	struct image m = {.n = u->x.sys.opsize == 2 ? 14 : 28};
	if (fpu_load_bytes(c, u, m.b, m.n, m.n / 7))
		return -1;
	take_environment(c, &m);
	return 0;
}

int fpu_frstor(struct cpu *c, const struct uop *u)
{
	struct image m = {.n = u->x.sys.opsize == 2 ? 14 : 28};
	if (fpu_load_bytes(c, u, m.b, m.n + 80, m.n / 7))
		return -1;
	take_environment(c, &m);
	for (u32 i = 0; i < 8; i++) {
		struct x87_reg *r = &c->fpu.r[fpu_number(c, i)];
		r->mant = load64(m.b + m.n + 10 * i);
		r->se = load16(m.b + m.n + 10 * i + 8);
	}
	return 0;
}
