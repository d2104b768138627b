/* scenario.c - the operand values of the experiments.
 *
 * They know no instruction: each value stands in EAX, EBX, ECX and EDX, in the memory
 * operand, in immediates and on the stack. Among them are selectors of every kind of
 * descriptor, flag images, and values that registers of R can take.
 */
#include "classify/trial.h"

#include <string.h>

#define ALL_ARITH FL_ARITH

struct list {
	struct scenario *out;
	int n;
};

static struct scenario *add(struct list *l, const char *name, u32 value)
{
	struct scenario *s = &l->out[l->n];
	*s = (struct scenario){.name = name, .a = value, .b = value, .c = value, .d = value, .value = value};
	s->if_clear = l->n & 1;
	s->arith = l->n & 2 ? ALL_ARITH : 0;
	s->image = EF_FIXED | EF_IOPL | (l->n & 1 ? EF_IF : 0) | FL_CF;
	s->ss = SEL_DATA0;
	l->n++;
	return s;
}

static void selectors(struct list *l, const struct knobs *k)
{
	u16 rpl = k->u;
	u16 alias = (u16)((k->u == 1 ? SEL_ALIAS1 : SEL_ALIAS3) | rpl), data = (u16)((k->u == 1 ? SEL_DATA1 : SEL_DATA3) | rpl);
	const struct {
		const char *name, *frame;
		u16 sel, ss;
	} rows[] = {
		{"null", "frame-null", 0, SEL_DATA0},
		{"code0", "frame-code0", SEL_ALIAS0, SEL_DATA0},
		{"code-user", "frame-user", alias, data},
		{"conforming", "frame-conforming", (u16)(SEL_CONFORMING | rpl), data},
		{"data0", "frame-data0", SEL_OTHER0, SEL_DATA0},
		{"data-user", "frame-data-user", data, data},
		{"data3", NULL, SEL_OTHER3 | 3, SEL_DATA0},
		{"ldt-data", NULL, SEL_IN_LDT | 3, SEL_DATA0},
		{"last", NULL, SEL_LAST | 3, SEL_DATA0},
		{"gate3", NULL, SEL_GATE3 | 3, SEL_DATA0},
		{"gate0", NULL, SEL_GATE0, SEL_DATA0},
		{"task-gate", NULL, SEL_TASK_GATE | 3, SEL_DATA0},
		{"tss", NULL, SEL_TSS2, SEL_DATA0},
		{"ldt", NULL, SEL_LDT, SEL_DATA0},
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		add(l, rows[i].name, rows[i].sel)->ss = rows[i].ss;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (rows[i].frame) {
			struct scenario *s = add(l, rows[i].frame, rows[i].sel);
			s->ss = rows[i].ss;
			s->frame = true;
		}
}

static void frames(struct list *l)
{
	struct scenario *s = add(l, "frame-v86", REAL_SEGMENT); /* real mode's return, and IRET to virtual-8086 mode */
	s->frame = true;
	s->ss = REAL_SEGMENT;
	s->image = EF_FIXED | EF_VM | EF_IOPL | EF_IF;
}

static void numbers(struct list *l)
{
	struct scenario *s;
	add(l, "flags-set", 0x00207ed7 & ~EF_TF);
	add(l, "flags-clear", EF_FIXED);
	add(l, "one", 1)->arith = ALL_ARITH;
	add(l, "ones", 0xffffffff);
	add(l, "sign", 0x80008000);
	add(l, "cr0", CR0_PG | CR0_PE | CR0_ET | CR0_NE | CR0_MP | CR0_TS | CR0_CD | CR0_WP);
	add(l, "cr0-real", CR0_ET | CR0_NE | CR0_TS | CR0_CD);
	add(l, "cr3", PAGE_DIRECTORY | 0x18);
	add(l, "cr4", CR4_OSFXSR | CR4_OSXMMEXCPT | CR4_PGE | CR4_DE);
	s = add(l, "msr-sysenter", 0x1230);
	s->c = 0x174;
	s = add(l, "msr-efer", EFER_SCE);
	s->c = 0xc0000080, s->d = 0;
	s = add(l, "msr-tsc", 0x1230);
	s->c = 0x10;
	add(l, "port", 0x60)->a = 0x5a;
	s = add(l, "vector", 0x71); /* a trap gate, not redirected by VME */
	s->c = 2;
	s = add(l, "vector-task", 0x62);
	s->c = 0;
}

int scenarios_make(const struct knobs *k, struct scenario out[SCENARIOS_MAX])
{
	struct list l = {out, 0};
	selectors(&l, k);
	frames(&l);
	numbers(&l);
	return l.n;
}
