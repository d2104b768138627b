/* report.h - watching one run, as the front ends see it.
 *
 *   machine's hooks ──> collector: places (sites.c), vectors, three flows (flows.c)
 *   collector + counters of vmm, cpu, mmu ──> collector_report ──> struct report (build.c)
 */
#ifndef REPORT_REPORT_H
#define REPORT_REPORT_H

#include "machine/machine.h"
#include "report/model.h"
#include "report/symbols.h"

struct collector;

/* Attaches to the machine, before it runs. NULL: no memory. */
struct collector *collector_new(struct machine *m, const struct symbols *symbols);
void collector_free(struct collector *c);

/* Everything known about the run so far. The machine must stand still. */
void collector_report(struct collector *c, double host_seconds, struct report *r);

/* The machine's own counters, without a collector: what `tandem compare` sets side by side. */
struct report_counts {
	u64 instructions, exits, exits_by_reason[5];
	u64 classes[4]; /* innocuous, visibility, critical, privileged */
	u64 exceptions, true_faults, hidden_faults, trace_faults;
	double virtual_seconds;
};
void report_count(const struct machine *m, struct report_counts *k);

#endif
