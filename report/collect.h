/* collect.h - the collector from inside: places, vectors, and the flow that is being followed. */
#ifndef REPORT_COLLECT_H
#define REPORT_COLLECT_H

#include "machine/pc.h"
#include "report/report.h"
#include "report/sites.h"

/* flows.c: at most one occurrence is being followed. */
struct capture {
	bool active, entered;
	enum flow_kind kind;
	struct flow work;
	int failures[FLOW_KINDS];
	u8 vec;
	bool was_real;   /* it went through the interrupt vector table */
	u16 ret_cs;      /* where it must come back to */
	u64 ret_ip, ret_sp;
	u8 ret_cpl;
	u64 began;       /* instruction count */
	u64 entry_count, last_exit;
	struct {
		u16 op, cs;
		u64 ip, count;
		lin_t lin;
		s8 ring, hw;
	} last;          /* instruction of the handler */
	struct {
		u16 op;
		u32 n;
	} tally[6];
	int ntally;
	u32 nexits, interrupted;
	struct sysregs before;
	u64 before_rax;
	u16 port;
};

struct collector {
	struct machine *m;
	const struct symbols *symbols;
	struct sites sites;
	u64 interrupts[256];
	struct capture capture;
	struct flow best[FLOW_KINDS];
};

/* flows.c */
void flows_instruction(struct collector *c, const struct uop *u, bool exits); /* before it runs */
void flows_event(struct collector *c, const struct event *ev, const struct fault *f);
void flows_step(struct collector *c, const struct insn *in);

#endif
