/* build.h - what the files share that make a report's tables from a collector. */
#ifndef REPORT_BUILD_H
#define REPORT_BUILD_H

#include "report/collect.h"

/* Of an instruction: the name of its operation in the opcode table. */
extern const struct report_column operation_column;
/* Appends one column a mode, and the total, to n columns; returns how many there are then. */
int mode_columns(const struct vmm *v, struct report_column *col, int n, u32 flags);
u64 put_modes(struct report_cell *row, const u64 n[CPU_MODES]); /* the cells of those columns; returns the total */
enum insn_class site_class(const struct collector *c, const struct site *s);

/* hw_view.c: under classic, the critical instructions that ran directly */
void hw_view_add(struct collector *c, struct report *r, const struct site *sorted, int n);
void hw_view_summary(const struct collector *c, char *text, size_t size);

#endif
