/* sdl_input.c - the window's keyboard: SDL scancodes are HID usages already, so every host layout works.
 *
 * Ctrl+Alt and a letter (of the host's layout) is a command of the window; `-h` lists them. The guest's mouse follows the
 * host's while it is grabbed, from the first click on.
 */
#include "frontend/sdl_window.h"

#define LAST_USAGE 0xe7

static void send(struct window *w, u8 usage, bool down)
{
	if (w->down[usage] == down)
		return;
	w->down[usage] = down;
	runner_key(w->s->r, usage, down);
}

void window_release_keys(struct window *w)
{
	for (int usage = 0; usage <= LAST_USAGE; usage++)
		send(w, (u8)usage, false);
	window_release_buttons(w);
}

void window_release_buttons(struct window *w)
{
	if (w->buttons)
		runner_mouse(w->s->r, 0, 0, 0, w->buttons = 0);
}

/* The same in the typist's queue, so that what is typed next comes after it. */
static void release_before_typing(struct window *w)
{
	for (int usage = 0; usage <= LAST_USAGE; usage++)
		if (w->down[usage]) {
			w->down[usage] = 0;
			typist_release(&w->s->typist, (u8)usage);
		}
}

static void paste(struct window *w)
{
	char *text = SDL_GetClipboardText();
	release_before_typing(w);
	int lost = text ? typist_text(&w->s->typist, text) : 0;
	if (lost)
		session_tell(w->s, "paste: %d characters could not be typed", lost);
	SDL_free(text);
}

/* The letter that the host's layout has on the key, else the one a US keyboard has. */
static int letter(const SDL_Keysym *k)
{
	if (k->sym >= 'a' && k->sym <= 'z')
		return k->sym;
	return k->scancode >= SDL_SCANCODE_A && k->scancode <= SDL_SCANCODE_Z ? 'a' + (int)(k->scancode - SDL_SCANCODE_A) : 0;
}

/* Returns false when it is no command. */
static bool command(struct window *w, int c)
{
	switch (c) {
	case 'f':
		window_full_screen(w, !w->full_screen);
		return true;
	case 'i':
		w->fit = w->fit == FIT_INTEGER ? FIT_ASPECT : FIT_INTEGER;
		w->dirty = true;
		return true;
	case 'g':
		window_grab(w, !w->grabbed);
		return true;
	case 's':
		window_screenshot(w);
		return true;
	case 'v':
		paste(w);
		return true;
	case 'p':
		session_toggle_pause(w->s);
		w->title_due = 0;
		return true;
	case 'r':
		release_before_typing(w);
		session_reset(w->s);
		return true;
	case 'd':
		release_before_typing(w);
		session_ctrl_alt_del(w->s);
		return true;
	case 'b':
		session_power_button(w->s);
		return true;
	case 'q':
		session_quit(w->s, 0);
		return true;
	default:
		return false;
	}
}

void window_key(struct window *w, const SDL_KeyboardEvent *e)
{
	SDL_Scancode code = e->keysym.scancode;
	bool down = e->state == SDL_PRESSED;
	if (code == SDL_SCANCODE_UNKNOWN || code > LAST_USAGE)
		return;
	if (e->repeat) /* the guest's keyboard repeats by itself */
		return;
	if (down && (e->keysym.mod & KMOD_CTRL) && (e->keysym.mod & KMOD_LALT) && command(w, letter(&e->keysym)))
		return;
	send(w, (u8)code, down);
}

void window_mouse_button(struct window *w, const SDL_MouseButtonEvent *e)
{
	static const u8 buttons[] = {0, MACHINE_LEFT, MACHINE_MIDDLE, MACHINE_RIGHT, MACHINE_BUTTON_4, MACHINE_BUTTON_5}; /* by SDL */
	u8 bit = e->button < ARRAY_LEN(buttons) ? buttons[e->button] : 0;
	if (!w->grabbed) {
		if (e->state == SDL_PRESSED && e->button == SDL_BUTTON_LEFT)
			window_grab(w, true); /* this click is the window's */
		return;
	}
	w->buttons = e->state == SDL_PRESSED ? w->buttons | bit : w->buttons & (u8)~bit;
	runner_mouse(w->s->r, 0, 0, 0, w->buttons);
}

void window_mouse_motion(struct window *w, const SDL_MouseMotionEvent *e)
{
	if (w->grabbed)
		runner_mouse(w->s->r, e->xrel, e->yrel, 0, w->buttons);
}

void window_mouse_wheel(struct window *w, const SDL_MouseWheelEvent *e)
{
	if (w->grabbed)
		runner_mouse(w->s->r, 0, 0, e->direction == SDL_MOUSEWHEEL_FLIPPED ? e->y : -e->y, w->buttons);
}
