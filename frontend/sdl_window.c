/* sdl_window.c - the SDL window: pictures, title, resizing, events.
 *
 * The guest runs on the runner's thread; this one only copies pictures and never waits for it
 * longer than a copy or a short call takes. A picture is drawn when it changed, at most 60 times a second.
 */
#include "frontend/sdl_window.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "frontend/screenshot.h"

#define FRAME_MS 16
#define TITLE_MS 1000
#define NOTICE_MS 4000

/* ---- pictures ------------------------------------------------------------------------------------------------- */

static SDL_Texture *new_texture(struct window *w, SDL_Texture *old, int access, int width, int height)
{
	if (old)
		SDL_DestroyTexture(old);
	return SDL_CreateTexture(w->renderer, SDL_PIXELFORMAT_RGB888, access, width, height);
}

/* A mode with more pixels than the window has: it grows, as far as the desktop allows. It never shrinks by itself. */
static void grow_for(struct window *w, const struct frame *f)
{
	SDL_Rect desk;
	int width, height, border = 0, index = SDL_GetWindowDisplayIndex(w->window);
	SDL_GetWindowSize(w->window, &width, &height);
	SDL_GetWindowBordersSize(w->window, &border, NULL, NULL, NULL);
	bool fixed = w->full_screen || SDL_GetWindowFlags(w->window) & SDL_WINDOW_MAXIMIZED;
	if (fixed || (f->width <= width && f->height <= height) || SDL_GetDisplayUsableBounds(index < 0 ? 0 : index, &desk))
		return;
	desk.h -= border;
	int want_w = f->width > width ? f->width : width, want_h = f->height > height ? f->height : height;
	SDL_SetWindowSize(w->window, want_w < desk.w ? want_w : desk.w, want_h < desk.h ? want_h : desk.h);
}

static bool upload(struct window *w)
{
	const struct frame *f = &w->frame;
	if (!f->on || f->width < 1 || f->height < 1)
		return false;
	if (!w->picture || w->picture_w != f->width || w->picture_h != f->height) {
		w->picture = new_texture(w, w->picture, SDL_TEXTUREACCESS_STREAMING, f->width, f->height);
		w->picture_w = f->width;
		w->picture_h = f->height;
		grow_for(w, f);
	}
	return w->picture && !SDL_UpdateTexture(w->picture, NULL, f->pixels, f->stride_pixels * 4);
}

/* Pixels keep hard edges at any size: first enlarged by whole numbers, then smoothly made smaller. */
static SDL_Texture *sharpen(struct window *w, const SDL_Rect *to)
{
	int kx = (to->w + w->picture_w - 1) / w->picture_w, ky = (to->h + w->picture_h - 1) / w->picture_h;
	int width = w->picture_w * kx, height = w->picture_h * ky;
	SDL_SetTextureScaleMode(w->picture, SDL_ScaleModeNearest);
	if ((width == to->w && height == to->h) || !SDL_RenderTargetSupported(w->renderer))
		return w->picture;
	if (!w->sharp || w->sharp_w != width || w->sharp_h != height) {
		w->sharp = new_texture(w, w->sharp, SDL_TEXTUREACCESS_TARGET, width, height);
		w->sharp_w = width;
		w->sharp_h = height;
	}
	if (!w->sharp || SDL_SetRenderTarget(w->renderer, w->sharp))
		return w->picture;
	SDL_RenderCopy(w->renderer, w->picture, NULL, NULL);
	SDL_SetRenderTarget(w->renderer, NULL);
	SDL_SetTextureScaleMode(w->sharp, SDL_ScaleModeLinear);
	return w->sharp;
}

static void present(struct window *w)
{
	int width, height;
	bool visible = upload(w);
	SDL_GetRendererOutputSize(w->renderer, &width, &height);
	struct fit_rect r = fit_picture(&w->frame, width, height, w->fit);
	SDL_Rect to = {r.x, r.y, r.w, r.h};
	SDL_Texture *t = visible ? sharpen(w, &to) : NULL;
	SDL_SetRenderDrawColor(w->renderer, 0, 0, 0, 255);
	SDL_RenderClear(w->renderer);
	if (t)
		SDL_RenderCopy(w->renderer, t, NULL, &to);
	SDL_RenderPresent(w->renderer);
	w->dirty = false;
}

void window_screenshot(struct window *w)
{
	char path[32], why[OPTIONS_ERROR];
	if (screenshot_numbered(&w->frame, path, why))
		session_tell(w->s, "screenshot: %.200s", why);
	else
		session_tell(w->s, "screenshot: %s", path);
}

/* ---- the window itself ------------------------------------------------------------------------------------------ */

void window_full_screen(struct window *w, bool on)
{
	if (!SDL_SetWindowFullscreen(w->window, on ? SDL_WINDOW_FULLSCREEN_DESKTOP : 0))
		w->full_screen = on;
	SDL_ShowCursor(w->full_screen ? SDL_DISABLE : SDL_ENABLE);
	w->dirty = true;
}

void window_grab(struct window *w, bool on)
{
	SDL_SetWindowKeyboardGrab(w->window, on ? SDL_TRUE : SDL_FALSE);
	SDL_SetRelativeMouseMode(on ? SDL_TRUE : SDL_FALSE);
	w->grabbed = on;
	if (!on)
		window_release_buttons(w);
	session_tell(w->s, on ? "keyboard and mouse grabbed; Ctrl+Alt+G lets go" : "keyboard and mouse let go");
}

/* Where the locale is not UTF-8, SDL's titles are no more than ASCII. */
static const char *dash(void)
{
	return utf8_locale() ? "\xe2\x80\x93" : "-";
}

static void update_title(struct window *w)
{
	char name[128], title[512];
	u32 now = SDL_GetTicks();
	if (session_notice(w->s, &w->notice_id, w->notice)) {
		w->notice_until = now + NOTICE_MS;
		w->title_due = now;
	}
	if ((s32)(now - w->title_due) < 0)
		return;
	w->title_due = now + TITLE_MS;
	session_title(w->s, name, sizeof name);
	struct runner_speed speed = runner_speed(w->s->r);
	if ((s32)(w->notice_until - now) > 0)
		snprintf(title, sizeof title, "%s %s %s", name, dash(), w->notice);
	else if (runner_paused(w->s->r))
		snprintf(title, sizeof title, "%s %s paused (Ctrl+Alt+P goes on)", name, dash());
	else
		snprintf(title, sizeof title, "%s %s %.1f MIPS %s %.0f exits/s%s", name, dash(), speed.mips, dash(),
		         speed.exits_per_s, w->grabbed ? " (Ctrl+Alt+G frees the mouse)" : "");
	SDL_SetWindowTitle(w->window, title);
}

static void window_lost_focus(struct window *w)
{
	window_release_keys(w);
	if (w->grabbed)
		window_grab(w, false);
}

static void handle_window(struct window *w, const SDL_WindowEvent *e)
{
	if (e->event == SDL_WINDOWEVENT_FOCUS_LOST)
		window_lost_focus(w);
	w->dirty = true;
}

static void handle(struct window *w, const SDL_Event *e)
{
	switch (e->type) {
	case SDL_QUIT:
		session_quit(w->s, 0);
		break;
	case SDL_WINDOWEVENT:
		handle_window(w, &e->window);
		break;
	case SDL_KEYDOWN:
	case SDL_KEYUP:
		window_key(w, &e->key);
		break;
	case SDL_MOUSEBUTTONDOWN:
	case SDL_MOUSEBUTTONUP:
		window_mouse_button(w, &e->button);
		break;
	case SDL_MOUSEMOTION:
		window_mouse_motion(w, &e->motion);
		break;
	case SDL_MOUSEWHEEL:
		window_mouse_wheel(w, &e->wheel);
		break;
	case SDL_DROPFILE:
		session_drop(w->s, e->drop.file);
		SDL_free(e->drop.file);
		break;
	case SDL_RENDER_TARGETS_RESET:
	case SDL_RENDER_DEVICE_RESET:
		w->dirty = true;
		break;
	default:
		break;
	}
}

static void loop(struct window *w)
{
	SDL_Event e;
	u32 next_frame = 0;
	while (!(session_wait(w->s, -1, 0) & SESSION_ENDED)) {
		for (int more = SDL_WaitEventTimeout(&e, FRAME_MS / 2); more; more = SDL_PollEvent(&e))
			handle(w, &e);
		u32 now = SDL_GetTicks();
		if ((s32)(now - next_frame) >= 0) {
			next_frame = now + FRAME_MS;
			if (runner_picture(w->s->r, &w->frame, &w->frame_id) || w->dirty)
				present(w);
		}
		update_title(w);
	}
}

/* ---- opening and closing ------------------------------------------------------------------------------------------ */

/* 4:3, as large as leaves some of the desktop. */
static void first_size(int *width, int *height)
{
	SDL_Rect desk;
	*width = 640;
	*height = 480;
	if (!SDL_GetDisplayUsableBounds(0, &desk) && desk.w >= 1280 && desk.h >= 900) {
		*width = 960;
		*height = 720;
	}
}

static int refuse(char *error)
{
	snprintf(error, OPTIONS_ERROR, "-display sdl: no window on this host (%.200s); -display term or none need none", SDL_GetError());
	return -1;
}

/* Without a display SDL takes a driver that draws into nothing: only right when it was asked for. */
static bool nobody_sees(void)
{
	const char *driver = SDL_GetCurrentVideoDriver(), *asked = SDL_getenv("SDL_VIDEODRIVER");
	bool blind = !driver || !strcmp(driver, "offscreen") || !strcmp(driver, "dummy") || !strcmp(driver, "evdev");
	if (!blind || (asked && *asked))
		return false;
	return true;
}

static int open_window(struct window *w, char *error)
{
	int width, height;
	SDL_SetHint(SDL_HINT_NO_SIGNAL_HANDLERS, "1");
	SDL_SetHint(SDL_HINT_VIDEO_ALLOW_SCREENSAVER, "1");
	SDL_SetHint(SDL_HINT_VIDEO_X11_NET_WM_BYPASS_COMPOSITOR, "0");
	SDL_SetHint(SDL_HINT_APP_NAME, "tandem");
	if (!SDL_getenv("WAYLAND_DISPLAY")) /* its library would complain on stderr */
		SDL_SetHint(SDL_HINT_VIDEODRIVER, "x11,KMSDRM");
	if (SDL_Init(SDL_INIT_VIDEO) || nobody_sees()) {
		if (!SDL_getenv("DISPLAY") && !SDL_getenv("WAYLAND_DISPLAY") && !SDL_getenv("SDL_VIDEODRIVER"))
			SDL_SetError("there is no display");
		return refuse(error);
	}
	first_size(&width, &height);
	w->window = SDL_CreateWindow("tandem", SDL_WINDOWPOS_UNDEFINED, SDL_WINDOWPOS_UNDEFINED, width, height,
	                             SDL_WINDOW_RESIZABLE | SDL_WINDOW_ALLOW_HIGHDPI);
	if (!w->window)
		return refuse(error);
	w->renderer = SDL_CreateRenderer(w->window, -1, SDL_RENDERER_TARGETTEXTURE);
	if (!w->renderer)
		w->renderer = SDL_CreateRenderer(w->window, -1, SDL_RENDERER_SOFTWARE);
	if (!w->renderer)
		return refuse(error);
	SDL_SetWindowMinimumSize(w->window, 160, 120);
	SDL_StopTextInput(); /* keys are wanted, not what an input method makes of them */
	SDL_EventState(SDL_DROPFILE, SDL_ENABLE);
	return 0;
}

static void close_window(struct window *w)
{
	window_close_audio(w);
	if (w->sharp)
		SDL_DestroyTexture(w->sharp);
	if (w->picture)
		SDL_DestroyTexture(w->picture);
	if (w->renderer)
		SDL_DestroyRenderer(w->renderer);
	if (w->window)
		SDL_DestroyWindow(w->window);
	SDL_Quit();
	free(w->frame.pixels);
	free(w);
}

int sdl_run(struct session *s, char *error)
{
	struct window *w = calloc(1, sizeof *w);
	int result = -1;
	if (w)
		w->frame.pixels = calloc((size_t)RUNNER_MAX_WIDTH * RUNNER_MAX_HEIGHT, sizeof *w->frame.pixels);
	if (!w || !w->frame.pixels) {
		free(w);
		snprintf(error, OPTIONS_ERROR, "-display sdl: not enough memory");
		return -1;
	}
	w->s = s;
	w->frame.stride_pixels = w->frame.max_width = RUNNER_MAX_WIDTH;
	w->frame.max_height = RUNNER_MAX_HEIGHT;
	if (!open_window(w, error) && !session_start(s, error)) {
		window_open_audio(w);
		loop(w);
		result = 0;
	}
	close_window(w);
	return result;
}
