/* options.h - the command line, in QEMU's words; see options.c. */
#ifndef FRONTEND_OPTIONS_H
#define FRONTEND_OPTIONS_H

#include "machine/machine.h"

#define OPTIONS_ERROR 512
#define OPTIONS_IMAGES (MACHINE_FLOPPIES + MACHINE_DISKS)

/* With -icount a run must not depend on the host's date: 2000-01-01 00:00. */
#define RTC_ICOUNT 946684800

enum display { DISPLAY_SDL, DISPLAY_TERM, DISPLAY_NONE };

enum channel_kind { CHANNEL_NONE, CHANNEL_STDIO, CHANNEL_FILE, CHANNEL_PTY, CHANNEL_TCP, CHANNEL_TCP_SERVER };

/* The host's end of a serial port or of the debug console. */
struct channel_spec {
	enum channel_kind kind;
	char path[256]; /* file */
	char host[128], port[16];
};

struct options {
	struct machine_config machine;
	enum display display;
	struct channel_spec serial[MACHINE_SERIALS], debugcon;
	int nserials; /* -serial given so many times */
	const char *script;
	const char *log_file; /* -D */
	const char *report, *symbols;
	u32 log_items;        /* -d, enum machine_log */
	u64 log_lo, log_hi;
	bool paused, no_reboot, no_shutdown, stats;
	bool rtc_given;
};

enum options_result { OPTIONS_RUN, OPTIONS_DONE, OPTIONS_BAD };

/* OPTIONS_DONE: help or version was asked for and printed. OPTIONS_BAD: `error` (OPTIONS_ERROR bytes) is
 * "thing: reason". Pointers in `o` point into argv. */
enum options_result options_parse(struct options *o, int argc, char **argv, char *error);

bool is_cd_name(const char *path); /* ends in .iso */

/* help.c; both print to stdout */
void help_print(void);
void help_print_version(void);

/* option_values.c: what the values look like. 0, or -1 with the reason (OPTIONS_ERROR bytes). */
int value_memory(const char *text, u32 *mb, char *why);
int value_number(const char *text, u64 max, u64 *out, char *why); /* decimal or 0x hexadecimal */
int value_boot(const char *text, struct machine_config *c, char *why);
int value_channel(const char *text, struct channel_spec *c, char *why);
int value_rtc(const char *text, s64 *seconds, char *why);
int value_log_items(const char *text, u32 *items, char *why);
int value_range(const char *text, u64 *lo, u64 *hi, char *why);
int value_device(const char *text, struct machine_config *c, char *why);

s64 rtc_localtime(void);

#endif
