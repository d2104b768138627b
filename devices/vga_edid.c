/* vga_edid.c - what the monitor says about itself: VESA E-EDID Standard, release A (EDID 1.3).
 *
 * A digital monitor of 40 x 30 cm that likes 1024 x 768 at 60 Hz (VESA DMT) best, a size that fits into a window, and
 * shows up to 1920 x 1200.
 */
#include "devices/vga_internal.h"

const u8 vga_edid[128] = {
#include "devices/vga_edid.def"
};
