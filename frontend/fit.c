/* fit.c - scaling a picture into a window; see fit.h. */
#include "frontend/fit.h"

static struct fit_rect centred(int w, int h, int window_w, int window_h)
{
	return (struct fit_rect){(window_w - w) / 2, (window_h - h) / 2, w > 0 ? w : 1, h > 0 ? h : 1};
}

static struct fit_rect fit_aspect(const struct frame *f, int window_w, int window_h)
{
	s64 wide = (s64)f->width * (f->par_num > 0 ? f->par_num : 1), high = (s64)f->height * (f->par_den > 0 ? f->par_den : 1);
	if (wide * window_h > high * window_w)
		return centred(window_w, (int)((window_w * high + wide / 2) / wide), window_w, window_h);
	return centred((int)((window_h * wide + high / 2) / high), window_h, window_w, window_h);
}

struct fit_rect fit_picture(const struct frame *f, int window_w, int window_h, enum fit_mode mode)
{
	if (f->width < 1 || f->height < 1)
		return (struct fit_rect){0, 0, window_w, window_h};
	int kx = window_w / f->width, ky = window_h / f->height, k = kx < ky ? kx : ky;
	if (mode == FIT_ASPECT || k < 1)
		return fit_aspect(f, window_w, window_h);
	return centred(f->width * k, f->height * k, window_w, window_h);
}
