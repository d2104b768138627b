/* log.c - formatting and filtering of messages; see log.h. */
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>

static void emit_stderr(void *opaque, enum log_level level, const char *text)
{
	static const char *const names[] = {"error", "warning", "info", "debug"};
	(void)opaque;
	fprintf(stderr, "tandem: %s: %s\n", names[level], text);
}

void log_init(struct log *log, enum log_level level)
{
	*log = (struct log){.emit = emit_stderr, .level = level};
}

static void log_va(struct log *log, enum log_level level, const char *part, const char *fmt, va_list ap)
{
	char text[512];
	int n = snprintf(text, sizeof text, "%s: ", part);
	vsnprintf(text + n, sizeof text - (size_t)n, fmt, ap);
	log->emit(log->opaque, level, text);
}

void log_msg(struct log *log, enum log_level level, const char *part, const char *fmt, ...)
{
	va_list ap;
	if (level > log->level)
		return;
	va_start(ap, fmt);
	log_va(log, level, part, fmt, ap);
	va_end(ap);
}

void log_once(struct log *log, const char *part, const char *fmt, ...)
{
	va_list ap;
	for (int i = 0; i < log->nseen; i++)
		if (log->seen[i] == fmt)
			return;
	if (log->nseen == LOG_ONCE_SLOTS)
		return;
	log->seen[log->nseen++] = fmt;
	if (LOG_WARN > log->level)
		return;
	va_start(ap, fmt);
	log_va(log, LOG_WARN, part, fmt, ap);
	va_end(ap);
}
