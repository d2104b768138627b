/* operand.c - memory operands of x87 instructions, the complete way. SDM 1 4.2, 8.1. */
#include "cpu/fpu/internal.h"

static u64 ea_of_unit(const struct cpu *c, const struct uop *u, int at)
{
	u64 ea = uop_ea(c, u) + (u64)at;
	return ea & (u->seg_scale & UOP_ADDR16 ? 0xffff : 0xffffffff); /* also inside an operand */
}

int fpu_load_bytes(struct cpu *c, const struct uop *u, void *to, int n, int unit)
{
	u8 *p = to;
	for (int at = 0; at < n; at += unit) {
		int size = n - at < unit ? n - at : unit;
		u64 v;
		if (mem_load(c, uop_seg(u), ea_of_unit(c, u, at), size, &v))
			return -1;
		store_n(p + at, size, v);
	}
	return 0;
}

int fpu_store_bytes(struct cpu *c, const struct uop *u, const void *from, int n, int unit)
{
	const u8 *p = from;
	if (n > unit)
		for (int at = 0; at < n; at += unit)
			if (mem_probe_store(c, uop_seg(u), ea_of_unit(c, u, at), n - at < unit ? n - at : unit))
				return -1;
	for (int at = 0; at < n; at += unit) {
		int size = n - at < unit ? n - at : unit;
		if (mem_store(c, uop_seg(u), ea_of_unit(c, u, at), size, load_n(p + at, size)))
			return -1;
	}
	return 0;
}

/* Bytes in memory, and the unit of alignment (SDM 3A table 6-7: 80-bit formats are aligned to eight). */
static int load_raw(struct cpu *c, const struct uop *u, u64 *low, u16 *high)
{
	u8 b[10] = {0};
	static const u8 size_of[] = {0, 4, 8, 10, 2, 4, 8, 10};
	int size = size_of[u->x.sys.digit & 7];
	if (fpu_load_bytes(c, u, b, size, size < 8 ? size : 8))
		return -1;
	*low = load64(b);
	*high = load16(b + 8);
	return 0;
}

int fpu_load(struct cpu *c, const struct uop *u, struct f80 *v)
{
	u64 low;
	u16 high;
	if (load_raw(c, u, &low, &high))
		return -1;
	switch ((enum fpu_format)u->x.sys.digit) {
	case FMT_F32: *v = soft80_from_f32((u32)low); break;
	case FMT_F64: *v = soft80_from_f64(low); break;
	case FMT_I16: *v = soft80_from_int((s16)low); break;
	case FMT_I32: *v = soft80_from_int((s32)(u32)low); break;
	case FMT_I64: *v = soft80_from_int((s64)low); break;
	case FMT_BCD: *v = soft80_from_bcd(low, high); break;
	case FMT_F80:
	case FMT_NONE: *v = (struct f80){low, high, 0}; break;
	}
	return 0;
}
