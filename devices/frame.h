/* frame.h - one picture on its way from a display chip to whoever shows it. */
#ifndef DEVICES_FRAME_H
#define DEVICES_FRAME_H

#include "base/types.h"

/* The caller provides `pixels` and says how large it is; the chip fills in the rest. A picture
 * larger than the maximum is cut off at the right and at the bottom. */
struct frame {
	u32 *pixels;       /* 0x00RRGGBB, rows of `stride_pixels` */
	int stride_pixels; /* >= max_width */
	int max_width, max_height;
	int width, height;    /* out: the size of the picture */
	int par_num, par_den; /* out: width : height of one pixel on a 4:3 screen, in lowest terms */
	bool on;              /* out: false: the screen is dark (the pixels are black) */
};

#endif
