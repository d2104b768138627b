/* fields.h - the fields of M and R by name, and the ways in which an experiment changes one of them.
 *
 * The core's own structs are the source: a field is a range of bytes of struct
 * sysregs, or of what ctx_update derives from it in struct cpu. Nothing here knows
 * any instruction.
 */
#ifndef CLASSIFY_FIELDS_H
#define CLASSIFY_FIELDS_H

#include "cpu/cpu.h"

enum field {
	F_CR0, F_CR2, F_CR3, F_CR4, F_EFER, F_DR0_3, F_DR6, F_DR7,
	F_ES_SEL, F_CS_SEL, F_SS_SEL, F_DS_SEL, F_FS_SEL, F_GS_SEL,
	F_ES_HIDDEN, F_CS_HIDDEN, F_SS_HIDDEN, F_DS_HIDDEN, F_FS_HIDDEN, F_GS_HIDDEN,
	F_LDTR_SEL, F_LDTR_HIDDEN, F_TR_SEL, F_TR_HIDDEN, F_GDTR, F_IDTR,
	F_SYSENTER_CS, F_SYSENTER_ESP, F_SYSENTER_EIP, F_TSC_OFFSET, F_APIC_BASE, F_PAT, F_MISC_ENABLE, F_SYSCALL,
	F_DEBUGCTL, F_PERF, F_MTRR, F_EFLAGS, F_CPL, F_SHADOW, F_NMI, F_ACTIVITY,
	F_IDENTITY, /* of the processor: struct cpu_model */
	/* derived: the execution context */
	F_WIN_ES, F_WIN_CS, F_WIN_SS, F_WIN_DS, F_WIN_FS, F_WIN_GS, F_PAGE_CPL, F_ALIGN, F_GATE,
	F_COUNT
};

typedef u64 field_set; /* bit i: enum field i */
_Static_assert(F_COUNT <= 64, "a set of fields is a word");

/* What a field is to Popek and Goldberg. */
enum field_kind { FK_M, FK_R, FK_TIME, FK_INTERRUPT, FK_PROCESSOR, FK_DERIVED };

const char *field_name(int field);
enum field_kind field_kind(int field);
/* Why a field that was touched without effect does not make an instruction sensitive. */
const char *field_excuse(int field);

/* Where the fields lie: for each byte of the two structs, field number + 1, or 0. */
struct field_map {
	u8 sys[sizeof(struct sysregs)];
	u8 cpu[sizeof(struct cpu)];
};
void field_map_make(struct field_map *map);

/* ---- changing one --------------------------------------------------------------------- */

/* To which column a result that depends on the change belongs. */
enum domain { DOM_STRICT, DOM_TIME, DOM_PROCESSOR, DOM_IO, DOM_INTERRUPT, DOM_COUNT };

struct change {
	const char *name; /* for people and witness IDs: "IF", "CR0.TS" */
	u8 field;         /* enum field: tried when the base run has touched it; F_COUNT: when it has reached a port */
	u8 domain;        /* enum domain */
	bool bundled;     /* part of the pair in which everything is changed at once */
};

enum { CHANGE_NONE = -1, CHANGE_ALL = -2 };

extern const struct change changes[];
extern const int changes_count;
int change_find(const char *name); /* index, or CHANGE_NONE */

/* What lies outside of struct sysregs. */
struct surroundings {
	u64 tsc;
	u32 port_value; /* what an input port answers */
	u32 signature;  /* CPUID.1:EAX */
};
/* index, or CHANGE_ALL */
void change_apply(int index, struct sysregs *s, struct surroundings *w);

/* ---- what has changed ----------------------------------------------------------------- */

/* Fields of M and R whose values differ. EFLAGS counts with IF, IOPL, VM, NT, VIF and VIP only. */
field_set fields_differ(const struct sysregs *a, const struct sysregs *b);
#define EF_RESOURCE (EF_IF | EF_IOPL | EF_VM | EF_NT | EF_VIF | EF_VIP)
#define FIELDS_SEGMENTS (0xfffull << F_ES_SEL)
/* The same by name, without a segment register's hidden part beside its selector. Writes at most `size` bytes. */
void fields_text(field_set set, char *out, size_t size);
/* A field's value in words: "0010 base 20000 limit FFFFFFFF rights C093". */
void field_value(const struct sysregs *s, int field, char *out, size_t size);

static inline bool fields_have(field_set set, int field)
{
	return set >> field & 1;
}

field_set fields_of_kind(enum field_kind kind);

#endif
