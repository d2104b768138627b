/*
 * Option ROMs at C0000h-DFFFFh: 55h AAh, length in 512 bytes, sum of all bytes 0; the far call goes to offset 3 (AT
 * Technical Reference, "ROM modules"). Each starts at a multiple of 2 KB.
 */
#include "bda.h"
#include "bios.h"
#include "debug.h"
#include "io.h"

#define FIRST 0xc000
#define END 0xe000
#define STEP 0x80

/* Length in paragraphs of the ROM at a segment, or 0. */
static u16 rom_length(u16 seg)
{
	u32 bytes, sum = 0;

	if (far_read16(seg, 0) != 0xaa55)
		return 0;
	bytes = far_read8(seg, 2) * 512u;
	for (u32 n = 0; n < bytes; n += 4) {
		u32 four = far_read32((u16)(seg + (n >> 4)), n & 15);
		sum += four + (four >> 8) + (four >> 16) + (four >> 24);
	}
	if ((sum & 0xff) != 0 || bytes == 0) {
		DEBUG("ROM at %x000: bad checksum\n", seg >> 8);
		return 0;
	}
	return (u16)(bytes >> 4);
}

void option_roms_scan(void)
{
	u32 seg = FIRST;

	while (seg < END) {
		u32 length = rom_length((u16)seg);
		if (length == 0) {
			seg += STEP;
			continue;
		}
		DEBUG("ROM at %x, %u bytes\n", seg << 4, length << 4);
		post_code(0x30);
		far_call(seg, 3, 0);
		cli();
		seg += (length + STEP - 1) / STEP * STEP;
	}
}
