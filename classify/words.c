/* words.c - the reports' sentences. */
#include "classify/words.h"

#include <stdarg.h>
#include <string.h>

void words_add(char *out, size_t size, const char *format, ...)
{
	size_t n = strlen(out);
	va_list args;
	va_start(args, format);
	if (n + 1 < size)
		vsnprintf(out + n, size - n, format, args);
	va_end(args);
}

static const char *who_text(const bool in[2])
{
	return in[SUPER] && in[USER] ? "both modes" : in[USER] ? "user" : "supervisor";
}

static void add_kind(char *out, size_t size, const char *kind, const char *detail)
{
	words_add(out, size, "%s%s (%s)", *out ? "; " : "", kind, detail);
}

void words_sensitivity(const struct verdict *v, char *out, size_t size)
{
	char text[256], detail[320];
	out[0] = 0;
	if (v->control[0] || v->control[1]) {
		fields_text(v->changed, text, sizeof text);
		snprintf(detail, sizeof detail, "%s: changes %s", who_text(v->control), text);
		add_kind(out, size, "control", detail);
	}
	if (v->location[0] || v->location[1])
		add_kind(out, size, "location", who_text(v->location));
	if (v->resource[0] || v->resource[1]) {
		words_matters(v->matters, text, sizeof text);
		snprintf(detail, sizeof detail, "%s: depends on %s", who_text(v->resource), text);
		add_kind(out, size, "resource", detail);
	}
	if (v->mode)
		add_kind(out, size, "mode", "the two modes' results differ");
	if (v->effect[0] || v->effect[1])
		add_kind(out, size, "extended", "acts on ports, interrupt state or the processor");
	if (v->depends[0] || v->depends[1])
		add_kind(out, size, "extended", "depends on ports or interrupt state");
	if (verdict_visible(v)) {
		words_matters(v->matters, text, sizeof text);
		add_kind(out, size, "visibility", text);
	}
}

void words_touched(field_set read, field_set written, char *out, size_t size)
{
	char text[512];
	out[0] = 0;
	if (read) {
		fields_text(read, text, sizeof text);
		words_add(out, size, "read: %s", text);
	}
	if (written) {
		fields_text(written, text, sizeof text);
		words_add(out, size, "%swritten: %s", read ? "; " : "", text);
	}
	if (!read && !written)
		words_add(out, size, "none");
}

void words_excuses(field_set read, field_set written, char *out, size_t size)
{
	const char *last = NULL;
	out[0] = 0;
	for (int pass = 0; pass < F_COUNT; pass++) { /* one sentence for all fields that share it */
		field_set same = 0;
		char names[256];
		const char *excuse = fields_have(read, pass) ? field_excuse(pass) : NULL;
		if (!excuse)
			continue;
		bool is_first = true;
		for (int i = 0; i < F_COUNT; i++)
			if (fields_have(read, i) && field_excuse(i) && !strcmp(field_excuse(i), excuse)) {
				same |= 1ull << i;
				is_first &= i >= pass;
			}
		if (!is_first)
			continue;
		fields_text(same, names, sizeof names);
		words_add(out, size, "%s%s: %s", last ? ". " : "", names, excuse);
		last = excuse;
	}
	if (written & ~read)
		words_add(out, size, "%swritten without a change of value", last ? ". " : "");
}

void words_vectors(u32 set, char *out, size_t size)
{
	out[0] = 0;
	for (int i = 0; i < 32; i++)
		if (set >> i & 1)
			words_add(out, size, "%s%s", *out ? ", " : "", vector_name(i));
}

void words_matters(u64 matters, char *out, size_t size)
{
	out[0] = 0;
	for (int i = 0; i < changes_count; i++)
		if (matters >> i & 1)
			words_add(out, size, "%s%s", *out ? ", " : "", changes[i].name);
	if (!*out)
		words_add(out, size, "resource registers");
}

void words_knobs(const struct knobs *k, char *out, size_t size)
{
	static const char *const modes[] = {"real mode", "real mode, deprivileged", "virtual-8086 mode", "protected mode"};
	const struct {
		bool on;
		const char *name;
	} bits[] = {{k->vme, "VME"}, {k->pvi, "PVI"}, {k->tsd, "TSD"}, {k->pce, "PCE"}, {k->umip, "UMIP"}};
	out[0] = 0;
	words_add(out, size, "%s", modes[k->mode]);
	if (knobs_has_user(k))
		words_add(out, size, ", CPL %d and %d, IOPL %d, I/O bitmap %s", k->s, k->u, k->iopl,
			  k->io_map == IO_DENY ? "denies all" : "allows even ports");
	else
		words_add(out, size, ", no user mode");
	words_add(out, size, ", CR4:");
	bool any = false;
	for (size_t i = 0; i < ARRAY_LEN(bits); i++)
		if (bits[i].on) {
			words_add(out, size, " %s", bits[i].name);
			any = true;
		}
	words_add(out, size, "%s%s%s", any ? "" : " none of VME PVI TSD PCE UMIP", k->cpuid_fault ? ", CPUID faulting" : "",
		  k->critical_trap ? ", critical=trap" : "");
}
