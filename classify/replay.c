/* replay.c - one witness again, in words: both initial states, both runs, the difference, and what it proves. */
#include <stdlib.h>
#include <string.h>

#include "classify/words.h"
#include "cpu/disasm.h"

#define STORES 12

struct side {
	struct setup t;
	struct outcome o;
	struct stored stored[STORES];
	int nstored;
};

static const char *const register_names[] = {"EAX", "ECX", "EDX", "EBX", "ESP", "EBP", "ESI", "EDI"};

/* ---- states ------------------------------------------------------------------------------ */

static void describe_mode(const struct sysregs *s, char *out, size_t size)
{
	if (sys_real(s))
		snprintf(out, size, "real mode");
	else if (sys_v86(s))
		snprintf(out, size, "virtual-8086 mode, CPL 3");
	else
		snprintf(out, size, "protected mode, CPL %d", s->cpl);
}

static void print_before(const struct side *d, const char *name, FILE *out)
{
	const struct sysregs *s = &d->o.before;
	const struct scenario *sc = d->t.sc;
	char mode[64], value[96];
	describe_mode(s, mode, sizeof mode);
	fprintf(out, "%s: %s (%s)%s", name, d->t.who == USER ? "user" : "supervisor", mode,
		d->t.moved ? ", everything moved" : "");
	if (d->t.change >= 0)
		fprintf(out, ", %s changed", changes[d->t.change].name);
	else if (d->t.change == CHANGE_ALL)
		fprintf(out, ", all resource registers changed");
	fprintf(out, "\n    CS %04X:%04X  SS %04X:%04X  EAX %X  EBX %X  ECX %X  EDX %X\n", s->seg[SEG_CS].sel, AT_CODE,
		s->seg[SEG_SS].sel, AT_STACK, sc->a, sc->b, sc->c, sc->d);
	for (int i = 0; i < F_COUNT; i++) {
		bool is_segment = i >= F_ES_SEL && i <= F_GS_HIDDEN;
		if (!fields_have(d->o.read, i) || field_kind(i) == FK_DERIVED || (is_segment && i >= F_ES_HIDDEN))
			continue;
		field_value(s, i, value, sizeof value);
		fprintf(out, "    %-18s %s\n", field_name(i), value);
	}
}

/* ---- results ------------------------------------------------------------------------------- */

static void print_stores(const struct side *d, FILE *out)
{
	for (int i = 0; i < d->nstored && i < STORES; i++) {
		const struct stored *m = &d->stored[i];
		fprintf(out, "    stores %u byte%s at %04X (%s): ", m->len, m->len == 1 ? "" : "s", m->at, world_place(m->at));
		for (u32 j = 0; j < m->len && j < 8; j++)
			fprintf(out, "%02X ", m->now[j]);
		fprintf(out, "(was ");
		for (u32 j = 0; j < m->len && j < 8; j++)
			fprintf(out, "%s%02X", j ? " " : "", m->old[j]);
		fprintf(out, ")\n");
	}
	if (d->nstored > STORES)
		fprintf(out, "    and %d more stores\n", d->nstored - STORES);
}

static u64 register_before(const struct scenario *sc, int i)
{
	const u64 before[] = {sc->a, sc->c, sc->d, sc->b, AT_STACK, AT_FRAME, AT_SOURCE, AT_DESTINATION};
	return before[i];
}

static void print_system(const struct side *d, FILE *out)
{
	char old[96], now[96];
	field_set changed = fields_differ(&d->o.before, &d->o.after);
	for (int i = 0; i < F_COUNT; i++) {
		bool twice = i >= F_ES_HIDDEN && i <= F_GS_HIDDEN && fields_have(changed, i - F_ES_HIDDEN + F_ES_SEL);
		if (!fields_have(changed, i) || twice)
			continue;
		field_value(&d->o.before, i, old, sizeof old);
		field_value(&d->o.after, i, now, sizeof now);
		fprintf(out, "    %s: %s -> %s\n", field_name(i), old, now);
	}
}

static void print_after(const struct side *d, const char *name, FILE *out)
{
	const struct outcome *o = &d->o;
	char touched[600];
	fprintf(out, "%s ", name);
	if (o->ending != END_DONE) {
		fprintf(out, "raises %s", vector_name(o->fault.vec));
		if (o->fault.has_error)
			fprintf(out, "(%X)", o->fault.error);
		fprintf(out, ": %s (%s)\n", o->fault.why ? o->fault.why : "?", o->fault.ref ? o->fault.ref : "?");
	} else {
		fprintf(out, "completes, IP %llX, flags %03X%s%s\n", (unsigned long long)o->ip, o->flags,
			o->halted ? ", the processor stops" : "", o->caches ? ", cached translations are dropped" : "");
		for (int i = 0; i < 8; i++)
			if (o->r[i] != register_before(d->t.sc, i))
				fprintf(out, "    %s: %llX -> %llX\n", register_names[i],
					(unsigned long long)register_before(d->t.sc, i), (unsigned long long)o->r[i]);
		print_stores(d, out);
		print_system(d, out);
		if (o->ports.n)
			fprintf(out, "    reaches a port\n");
	}
	words_touched(o->read, o->written, touched, sizeof touched);
	fprintf(out, "    fields of M and R on the path: %s\n", touched);
}

/* ---- the difference --------------------------------------------------------------------------- */

static void print_differences(const struct side *a, const struct side *b, FILE *out)
{
	static const char *const names[] = {"registers", "flags", "IP", "storage", "x87 or vector registers", "segment registers"};
	if (a->o.ending != END_DONE || b->o.ending != END_DONE) {
		if (a->o.ending == b->o.ending)
			fprintf(out, "Difference: none, both trap.\n");
		else
			fprintf(out, "Difference: %s traps, %s completes.\n", a->o.ending == END_DONE ? "S2" : "S1",
				a->o.ending == END_DONE ? "S1" : "S2");
		return;
	}
	u32 d = outcome_differs(&a->o, &b->o);
	fprintf(out, "Difference in the results:");
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (d >> i & 1)
			fprintf(out, " %s;", names[i]);
	fprintf(out, "%s\n", d ? "" : " none.");
	for (int i = 0; i < 8; i++)
		if (a->o.r[i] != b->o.r[i])
			fprintf(out, "    %s: %llX in S1, %llX in S2\n", register_names[i], (unsigned long long)a->o.r[i],
				(unsigned long long)b->o.r[i]);
	if (a->o.flags != b->o.flags)
		fprintf(out, "    flags: %03X in S1, %03X in S2\n", a->o.flags, b->o.flags);
	if (a->o.ip != b->o.ip)
		fprintf(out, "    IP: %llX in S1, %llX in S2\n", (unsigned long long)a->o.ip, (unsigned long long)b->o.ip);
}

static void print_proof(const struct verdict *v, enum kind kind, const struct side *a, FILE *out)
{
	char text[512];
	switch (kind) {
	case KIND_PRIVILEGED:
		fprintf(out, "So: it traps in the user state where the supervisor state's completes. It did so in every such pair%s.\n",
			v->privileged ? ": privileged" : " but some: not privileged");
		break;
	case KIND_CONTROL:
		fields_text(outcome_changed(&a->o), text, sizeof text);
		fprintf(out, "So: without a trap it changes %s. Control sensitive.\n", text);
		break;
	case KIND_LOCATION:
		fprintf(out, "So: the same program, elsewhere, comes to another result. Location sensitive.\n");
		break;
	case KIND_RESOURCE:
		fprintf(out, "So: the result depends on a resource register and nothing traps. Behaviour sensitive.\n");
		break;
	case KIND_MODE:
		fprintf(out, "So: the user state completes, but not as the supervisor state does, and nothing traps. Mode sensitive.\n");
		break;
	case KIND_EFFECT:
		fprintf(out, "So: it acts on ports, interrupt state or the processor. Sensitive in the extended sense.\n");
		break;
	case KIND_DEPENDS:
		fprintf(out, "So: its result depends on ports or interrupt state. Sensitive in the extended sense.\n");
		break;
	case KIND_VISIBLE:
		fprintf(out, "So: it reveals time or the processor, and touches nothing.\n");
		break;
	default:
		words_excuses(v->read, v->written, text, sizeof text);
		fprintf(out, "So: one of %u pairs that agree.%s%s\n", v->pairs, *text ? " What it touched does not count: " : "", text);
	}
}

void replay_witness(struct experiment *e, const struct verdict *v, enum kind kind, FILE *out)
{
	struct side *a = calloc(2, sizeof *a), *b = a + 1;
	char id[128], knobs[200], text[96];
	u8 code[16];
	const struct form_addresses addresses = {AT_DATA, AT_FAR};
	if (!a)
		return;
	witness_setups(e, v->f, kind, &v->witness[kind], &a->t, &b->t);
	trial_prepare(e->w, v->f, a->t.sc);
	trial_run(e->w, &a->t, &a->o, a->stored, STORES, &a->nstored);
	trial_run(e->w, &b->t, &b->o, b->stored, STORES, &b->nstored);
	int len = form_encode(v->f, &addresses, a->t.sc->value, code);
	witness_id(e, v, kind, id, sizeof id);
	words_knobs(e->k, knobs, sizeof knobs);
	disasm_text(code, (size_t)len, (enum decode_mode)v->f->mode, AT_CODE, text, sizeof text);
	fprintf(out, "Witness %s\n%s: bytes", id, v->f->text);
	for (int i = 0; i < len; i++)
		fprintf(out, " %02X", code[i]);
	fprintf(out, ": %s\nK: %s\nOperands \"%s\": %s on the stack, %X in memory and immediates\n", text, knobs, a->t.sc->name,
		a->t.sc->frame ? "a frame {IP, CS, flags, SP, SS}" : "the value", a->t.sc->value);
	print_before(a, "S1", out);
	print_before(b, "S2", out);
	print_after(a, "S1", out);
	print_after(b, "S2", out);
	if (kind != KIND_CONTROL && kind != KIND_EFFECT)
		print_differences(a, b, out);
	print_proof(v, kind, a, out);
	free(a);
}

/* ---- by ID --------------------------------------------------------------------------------------- */

static const struct verdict *find_verdict(const struct survey *s, const char *key)
{
	for (int i = 0; i < s->n; i++)
		if (!strcmp(s->v[i].f->key, key))
			return &s->v[i];
	return NULL;
}

static int find_scenario(const struct experiment *e, const char *name)
{
	for (int i = 0; i < e->nscenarios; i++)
		if (!strcmp(e->scenarios[i].name, name))
			return i;
	return -1;
}

static int find_kind(const char *name)
{
	for (int i = 0; i < KIND_COUNT; i++)
		if (!strcmp(kind_name((enum kind)i), name))
			return i;
	return -1;
}

/* The parts of configuration:form:kind:scenario:state[:change] */
static int split(char *id, char *part[6])
{
	int n = 0;
	for (char *p = id; p && n < 6; n++) {
		part[n] = p;
		p = n < 5 ? strchr(p, ':') : NULL;
		if (p)
			*p++ = 0;
	}
	return n;
}

int replay_id(const struct classification *c, const char *id, FILE *out)
{
	char copy[160], *part[6];
	snprintf(copy, sizeof copy, "%s", id);
	int n = split(copy, part);
	const struct survey *s = n >= 5 ? classification_find(c, part[0]) : NULL;
	const struct verdict *v = s ? find_verdict(s, part[1]) : NULL;
	int kind = v ? find_kind(part[2]) : -1, scenario = v ? find_scenario(&s->names, part[3]) : -1;
	if (kind < 0 || scenario < 0)
		return -1;
	struct world *w = malloc(sizeof *w);
	struct experiment *e = malloc(sizeof *e);
	if (!w || !e || world_init(w)) {
		free(w);
		free(e);
		return -1;
	}
	struct verdict again = *v;
	int change = n < 6 ? CHANGE_NONE : !strcmp(part[5], "all") ? CHANGE_ALL : change_find(part[5]);
	again.witness[kind] = (struct witness){true, !strcmp(part[4], "user") ? USER : SUPER, (u8)scenario, (s16)change};
	survey_reopen(s, w, e);
	replay_witness(e, &again, (enum kind)kind, out);
	world_free(w);
	free(w);
	free(e);
	return 0;
}
