/* option_values.c - the values of command-line options: sizes, dates, channels, lists.
 *
 * Each function answers 0, or -1 with the reason in `why`; options.c puts the option's
 * name before it.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "frontend/options.h"

#define RAM_MAX_MB 3072
#define ITEM_MAX 128

static int bad(char *why, const char *text, const char *reason)
{
	snprintf(why, OPTIONS_ERROR, "'%.200s' %s", text, reason);
	return -1;
}

/* Cuts the next item off a list at *text. Returns false at its end. */
static bool next_item(const char **text, char item[ITEM_MAX])
{
	if (!*text)
		return false;
	size_t n = strcspn(*text, ",");
	snprintf(item, ITEM_MAX, "%.*s", (int)n, *text);
	*text = (*text)[n] ? *text + n + 1 : NULL;
	return true;
}

static const char *after(const char *item, const char *prefix)
{
	size_t n = strlen(prefix);
	return strncmp(item, prefix, n) ? NULL : item + n;
}

int value_number(const char *text, u64 max, u64 *out, char *why)
{
	char *end;
	int base = text[0] == '0' && (text[1] == 'x' || text[1] == 'X') ? 16 : 10;
	const char *digits = base == 16 ? text + 2 : text;
	errno = 0;
	unsigned long long v = strtoull(digits, &end, base);
	if (!digits[0] || !strchr(base == 16 ? "0123456789abcdefABCDEF" : "0123456789", digits[0]) || *end)
		return bad(why, text, "is not a number");
	if (errno == ERANGE || v > max)
		return bad(why, text, "is too large");
	*out = v;
	return 0;
}

int value_memory(const char *text, u32 *mb, char *why)
{
	char digits[32];
	u64 n, unit = 1;
	const char *size = after(text, "size=");
	snprintf(digits, sizeof digits, "%s", size ? size : text);
	size_t len = strlen(digits);
	char last = len ? digits[len - 1] : '\0';
	if (last == 'M' || last == 'm' || last == 'G' || last == 'g') {
		unit = last == 'G' || last == 'g' ? 1024 : 1;
		digits[len - 1] = '\0';
	}
	if (value_number(digits, 1u << 30, &n, why))
		return bad(why, text, "is not a size in megabytes (as 64, 64M or 1G)");
	n *= unit;
	if (n < 1 || n > RAM_MAX_MB)
		return bad(why, text, "is out of range, 1 to 3072 MB");
	*mb = (u32)n;
	return 0;
}

/* ---- -boot -------------------------------------------------------------------------------------------- */

static int boot_order(const char *letters, struct machine_config *c, char *why)
{
	size_t n = strlen(letters);
	if (n == 0 || n > 3 || strspn(letters, "acd") != n)
		return bad(why, letters, "is not a boot order (letters a, c, d)");
	for (size_t i = 0; i < n; i++)
		if (strchr(letters + i + 1, letters[i]))
			return bad(why, letters, "names a drive twice");
	memset(c->boot_order, 0, sizeof c->boot_order);
	memcpy(c->boot_order, letters, n);
	return 0;
}

static int on_off(const char *text, bool *out, char *why)
{
	if (strcmp(text, "on") && strcmp(text, "off"))
		return bad(why, text, "is neither on nor off");
	*out = !strcmp(text, "on");
	return 0;
}

int value_boot(const char *text, struct machine_config *c, char *why)
{
	char item[ITEM_MAX];
	if (!text[0])
		return bad(why, text, "is not a boot order (letters a, c, d)");
	while (next_item(&text, item)) {
		const char *order = after(item, "order="), *menu = after(item, "menu=");
		int r = menu                              ? on_off(menu, &c->boot_menu, why)
		        : !order && strchr(item, '=') ? bad(why, item, "is not known (order=, menu=)")
		                                          : boot_order(order ? order : item, c, why);
		if (r)
			return -1;
	}
	return 0;
}

/* ---- -serial, -debugcon ---------------------------------------------------------------------------------- */

static int tcp_flag(const char *flag, struct channel_spec *c, char *why)
{
	if (!strcmp(flag, "server") || !strcmp(flag, "server=on"))
		c->kind = CHANNEL_TCP_SERVER;
	else if (strcmp(flag, "nowait") && strcmp(flag, "wait=off") && strcmp(flag, "server=off"))
		return bad(why, flag, "is not known (server)");
	return 0;
}

static int tcp_channel(const char *text, struct channel_spec *c, char *why)
{
	char item[ITEM_MAX];
	u64 port;
	const char *rest = text;
	next_item(&rest, item);
	char *colon = strrchr(item, ':');
	if (!colon || value_number(colon + 1, 65535, &port, why) || port == 0)
		return bad(why, text, "is not HOST:PORT");
	snprintf(c->port, sizeof c->port, "%u", (unsigned)port);
	*colon = '\0';
	snprintf(c->host, sizeof c->host, "%s", item);
	c->kind = CHANNEL_TCP;
	while (next_item(&rest, item))
		if (tcp_flag(item, c, why))
			return -1;
	if (c->kind == CHANNEL_TCP && !c->host[0])
		snprintf(c->host, sizeof c->host, "localhost");
	return 0;
}

int value_channel(const char *text, struct channel_spec *c, char *why)
{
	const char *path = after(text, "file:"), *tcp = after(text, "tcp:");
	*c = (struct channel_spec){.kind = CHANNEL_NONE};
	if (tcp)
		return tcp_channel(tcp, c, why);
	if (path) {
		if (!path[0] || strlen(path) >= sizeof c->path)
			return bad(why, text, path[0] ? "is too long" : "names no file");
		c->kind = CHANNEL_FILE;
		snprintf(c->path, sizeof c->path, "%s", path);
		return 0;
	}
	if (!strcmp(text, "stdio"))
		c->kind = CHANNEL_STDIO;
	else if (!strcmp(text, "pty"))
		c->kind = CHANNEL_PTY;
	else if (strcmp(text, "none") && strcmp(text, "null"))
		return bad(why, text, "is not known (none, stdio, file:NAME, pty, tcp:HOST:PORT[,server])");
	return 0;
}

/* ---- -rtc -------------------------------------------------------------------------------------------------- */

s64 rtc_localtime(void)
{
	struct tm tm;
	time_t now = time(NULL);
	localtime_r(&now, &tm);
	return (s64)now + tm.tm_gmtoff;
}

/* 2006-06-17 or 2006-06-17T16:01:21 */
static int rtc_date(const char *text, s64 *seconds, char *why)
{
	struct tm tm = {0};
	char tail;
	int n = sscanf(text, "%4d-%2d-%2dT%2d:%2d:%2d%c", &tm.tm_year, &tm.tm_mon, &tm.tm_mday, &tm.tm_hour, &tm.tm_min,
	               &tm.tm_sec, &tail);
	if (n == 3 && (strlen(text) > 10 || strchr(text, 'T')))
		n = 0;
	if (n != 3 && n != 6)
		return bad(why, text, "is not a date (utc, localtime, 1996-12-31 or 1996-12-31T23:59:58)");
	struct tm want = tm;
	want.tm_year -= 1900;
	want.tm_mon -= 1;
	struct tm is = want;
	time_t t = timegm(&is);
	if (is.tm_mday != want.tm_mday || is.tm_mon != want.tm_mon || is.tm_hour != want.tm_hour ||
	    is.tm_min != want.tm_min || is.tm_sec != want.tm_sec || tm.tm_year < 1980 || tm.tm_year > 2099)
		return bad(why, text, "is not a date of the years 1980 to 2099");
	*seconds = (s64)t;
	return 0;
}

int value_rtc(const char *text, s64 *seconds, char *why)
{
	const char *base = after(text, "base=");
	if (!base)
		return bad(why, text, "is not known (base=utc, base=localtime, base=DATE)");
	if (!strcmp(base, "utc"))
		*seconds = (s64)time(NULL);
	else if (!strcmp(base, "localtime"))
		*seconds = rtc_localtime();
	else
		return rtc_date(base, seconds, why);
	return 0;
}

/* ---- -d, -dfilter, -device ------------------------------------------------------------------------------- */

int value_log_items(const char *text, u32 *items, char *why)
{
	static const struct {
		const char *name;
		u32 bit;
	} known[] = {{"in_asm", MLOG_IN_ASM}, {"exec", MLOG_EXEC},   {"int", MLOG_INT},
	             {"cpu", MLOG_CPU},       {"exits", MLOG_EXITS}, {"io", MLOG_IO}};
	char item[ITEM_MAX];
	while (next_item(&text, item)) {
		u32 bit = 0;
		for (size_t i = 0; i < ARRAY_LEN(known); i++)
			if (!strcmp(item, known[i].name))
				bit = known[i].bit;
		if (!bit)
			return bad(why, item, "is not known (in_asm, exec, int, cpu, exits, io)");
		*items |= bit;
	}
	return 0;
}

/* lo..hi, lo+size or lo-size; hexadecimal with 0x */
int value_range(const char *text, u64 *lo, u64 *hi, char *why)
{
	char first[64];
	size_t n = strcspn(text, ".+-");
	const char *rest = text + n;
	u64 a, b;
	snprintf(first, sizeof first, "%.*s", (int)(n < 63 ? n : 63), text);
	bool dots = rest[0] == '.' && rest[1] == '.';
	if (!rest[0] || (rest[0] == '.' && !dots) || value_number(first, ~0ull, &a, why) ||
	    value_number(rest + (dots ? 2 : 1), ~0ull, &b, why))
		return bad(why, text, "is not a range (LO..HI, as 0x7c00..0x7dff)");
	*lo = rest[0] == '-' ? a - (b < a ? b : a) : a;
	*hi = dots ? b : rest[0] == '-' ? a : b <= ~0ull - a ? a + (b ? b - 1 : 0) : ~0ull;
	return *lo <= *hi ? 0 : bad(why, text, "ends before it begins");
}

/* isa-debug-exit or isa-debugcon, with QEMU's ports */
int value_device(const char *text, struct machine_config *c, char *why)
{
	char item[ITEM_MAX];
	next_item(&text, item);
	bool con = !strcmp(item, "isa-debugcon");
	if (!con && strcmp(item, "isa-debug-exit"))
		return bad(why, item, "is not a known device (isa-debug-exit, isa-debugcon)");
	u64 port = con ? 0xe9 : 0x501;
	while (next_item(&text, item)) {
		const char *iobase = after(item, "iobase=");
		if (iobase ? value_number(iobase, 0xffff, &port, why) : con || !after(item, "iosize="))
			return bad(why, item, iobase ? "is not a port number" : "is not known (iobase=)");
	}
	*(con ? &c->debugcon_port : &c->debug_exit_port) = (int)port;
	return 0;
}
