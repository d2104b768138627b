/*
 * The A20 gate and the size of memory. A20 has two masters on an AT with a PS/2 port: port 92h bit 1 and bit 1 of the
 * keyboard controller's output port; which of them count is found out by looking at memory.
 */
#include "bda.h"
#include "bios.h"
#include "io.h"

#define PROBE_OFF 0x00f0        /* 0040:00F0, the intra-application area */

/* Is 0040:00F0 the same memory as FFFF:0500? */
int a20_get(void)
{
	u32 low, high, seen;

	cli();
	low = far_read32(BDA_SEG, PROBE_OFF);
	high = far_read32(0xffff, 0x0500);
	if (low != high)
		return 1;
	far_write32(BDA_SEG, PROBE_OFF, ~low);
	seen = far_read32(0xffff, 0x0500);
	far_write32(BDA_SEG, PROBE_OFF, low);
	return seen == high;
}

void a20_set(int on)
{
	u8 port92;

	if (a20_get() == on)
		return;
	port92 = inb(0x92) & 0xfe;      /* bit 0 resets the processor */
	if (port92 != 0xfe)
		outb(0x92, (u8)(on ? port92 | 2 : port92 & ~2));
	if (a20_get() == on)
		return;
	kbd_command(0xd1);
	kbd_send(on ? 0xdf : 0xdd);
	kbd_command(0xff);              /* no pulse: over when the controller has taken the byte before */
	for (u32 n = 0; n < 1000 && a20_get() != on; n++)
		delay_15us(1);
}

/* Extended memory from 1 MB in KB, as far as CMOS can say it. */
u16 memory_ext_kb(void) { return cmos_read16(CMOS_EXT_KB_FOUND); }

/* Memory above 16 MB in 64 KB. */
u32 memory_above_16m_64k(void) { return cmos_read16(CMOS_EXT_64K); }

/* Where memory that starts at 1 MB ends. */
u32 memory_end(void)
{
	u32 above = memory_above_16m_64k();

	return above ? 0x1000000 + (above << 16) : 0x100000 + ((u32)memory_ext_kb() << 10);
}

u32 memory_above_4g_64k(void) { return cmos_read16(CMOS_HIGH_64K) | (u32)cmos_read(CMOS_HIGH_64K + 2) << 16; }
