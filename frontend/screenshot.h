/* screenshot.h - a picture of the guest's screen as a PNG file; see screenshot.c. */
#ifndef FRONTEND_SCREENSHOT_H
#define FRONTEND_SCREENSHOT_H

#include "devices/frame.h"
#include "machine/machine.h"

/* Writes f to `path`, or nothing. 0, or -1 with the reason in `why` (OPTIONS_ERROR bytes). */
int screenshot_write(const struct frame *f, const char *path, char *why);

/* The machine's present screen; on its thread. */
int screenshot_machine(struct machine *m, const char *path, char *why);

/* tandem-001.png, the first name that is free; `path` has 32 bytes. */
int screenshot_numbered(const struct frame *f, char *path, char *why);

#endif
