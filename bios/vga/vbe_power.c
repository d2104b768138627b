/*
 * vbe_power.c - 4F10h: the monitor's power, by the sync signals.
 *
 * VBE/PM Standard 1.0; VESA DPMS 1.0: standby is no horizontal sync, suspend no vertical sync, off neither. A VGA can only
 * stop both (CRTC 17h bit 7), so that there is nothing between on and off. Off, the screen is blanked as well (sequencer 1
 * bit 5), as the VBE adapter's timing is not the CRTC's. Setting a mode switches on.
 */
#include "vbe.h"

#define CRTC_MODE 0x17
#define CRTC_SYNC 0x80
#define SEQ_CLOCKING 1
#define SEQ_SCREEN_OFF 0x20

#define POWER_ON 0
#define POWER_OFF 4

static u8 set_power(u8 state)
{
	u16 crtc = bda16(BDA_CRTC);
	u8 mode = reg_read(crtc, CRTC_MODE), clocking = reg_read(P_SEQ, SEQ_CLOCKING);

	if (state != POWER_ON && state != POWER_OFF)
		return VBE_FAILED;
	reg_write(crtc, CRTC_MODE, (u8)(state == POWER_ON ? mode | CRTC_SYNC : mode & ~CRTC_SYNC));
	reg_write(P_SEQ, SEQ_CLOCKING, (u8)(state == POWER_ON ? clocking & ~SEQ_SCREEN_OFF : clocking | SEQ_SCREEN_OFF));
	return VBE_DONE;
}

u8 vbe_power(struct regs *r)
{
	switch (r->bl) {
	case 0:
		r->bl = 0x10;				/* version 1.0 */
		r->bh = POWER_OFF;			/* the states that there are */
		return VBE_DONE;
	case 1:
		return set_power(r->bh);
	case 2:
		r->bh = reg_read(bda16(BDA_CRTC), CRTC_MODE) & CRTC_SYNC ? POWER_ON : POWER_OFF;
		return VBE_DONE;
	default:
		return VBE_FAILED;
	}
}
