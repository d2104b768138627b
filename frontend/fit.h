/* fit.h - where in a window a picture goes. */
#ifndef FRONTEND_FIT_H
#define FRONTEND_FIT_H

#include "devices/frame.h"

enum fit_mode {
	FIT_ASPECT, /* as large as possible, pixels of their true shape: a VGA picture is 4:3 */
	FIT_INTEGER /* every pixel the same whole number of the host's */
};

struct fit_rect {
	int x, y, w, h;
};

/* A picture that is larger than the window is made smaller in FIT_INTEGER too. */
struct fit_rect fit_picture(const struct frame *f, int window_w, int window_h, enum fit_mode mode);

#endif
