/* sdl_window.h - the window, as its three files share it. */
#ifndef FRONTEND_SDL_WINDOW_H
#define FRONTEND_SDL_WINDOW_H

#include <SDL.h>

#include "frontend/fit.h"
#include "frontend/session.h"

struct window {
	struct session *s;
	SDL_Window *window;
	SDL_Renderer *renderer;
	SDL_Texture *picture, *sharp; /* as it is; enlarged by whole numbers */
	int picture_w, picture_h, sharp_w, sharp_h;
	SDL_AudioDeviceID audio;
	struct frame frame;
	u64 frame_id;
	enum fit_mode fit;
	bool full_screen, grabbed, dirty;
	u8 buttons;   /* of the mouse, as the guest believes: enum machine_button */
	u8 down[256]; /* keys that the guest believes are pressed */
	u32 notice_id;
	u32 notice_until, title_due; /* SDL ticks */
	char notice[SESSION_NOTICE];
};

/* sdl_input.c */
void window_key(struct window *w, const SDL_KeyboardEvent *e);
void window_release_keys(struct window *w); /* and the mouse's buttons */
void window_release_buttons(struct window *w);
void window_mouse_button(struct window *w, const SDL_MouseButtonEvent *e);
void window_mouse_motion(struct window *w, const SDL_MouseMotionEvent *e);
void window_mouse_wheel(struct window *w, const SDL_MouseWheelEvent *e);

/* sdl_audio.c: sound is left out, with a notice, when the host has none */
void window_open_audio(struct window *w);
void window_close_audio(struct window *w);

/* sdl_window.c, for the hot keys */
void window_full_screen(struct window *w, bool on);
void window_grab(struct window *w, bool on);
void window_screenshot(struct window *w);

#endif
