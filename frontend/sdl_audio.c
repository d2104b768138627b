/* sdl_audio.c - the speaker through SDL: the device's thread fetches what the runner has put by. */
#include "frontend/sdl_window.h"

#define RATE 48000
#define BUFFER 512 /* samples: 11 ms */

static void fetch(void *opaque, Uint8 *stream, int bytes)
{
	struct window *w = opaque;
	runner_audio(w->s->r, (s16 *)(void *)stream, bytes / (int)sizeof(s16), RATE);
}

void window_open_audio(struct window *w)
{
	SDL_AudioSpec want = {.freq = RATE, .format = AUDIO_S16SYS, .channels = 1, .samples = BUFFER, .callback = fetch, .userdata = w};
	bool any = !SDL_InitSubSystem(SDL_INIT_AUDIO) && SDL_GetNumAudioDevices(0) != 0; /* -1: the driver cannot tell */
	if (any)
		w->audio = SDL_OpenAudioDevice(NULL, 0, &want, NULL, 0);
	if (!w->audio) {
		session_tell(w->s, "no sound: %s", any ? SDL_GetError() : "the host has no sound device");
		return;
	}
	SDL_PauseAudioDevice(w->audio, 0);
}

void window_close_audio(struct window *w)
{
	if (w->audio)
		SDL_CloseAudioDevice(w->audio);
	w->audio = 0;
}
