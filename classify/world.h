/* world.h - a processor, its MMU and two megabytes around it, in which one instruction is run.
 *
 * Everything an instruction can reach lies in one block of five pages, which exists
 * twice: at its place and moved (other linear addresses, other physical memory, other
 * page tables, descriptors with other bases). All offsets are relative to the block, in
 * every mode: real mode's segments are 2000h, protected mode's bases are 20000h.
 *
 *   block   0000 IVT  0400 IDT  0C00 GDT, LDT  1000 TSSs, bitmaps  1400 inner stacks  2000 code  3000 data  4000 stack
 *   moved   tables' linear bases and, with paging, all physical memory; protected mode's segment bases, too
 */
#ifndef CLASSIFY_WORLD_H
#define CLASSIFY_WORLD_H

#include "classify/fields.h"
#include "classify/forms.h"
#include "classify/knobs.h"
#include "cpu/cpuid.h"
#include "mmu/physmem.h"

#define BLOCK_SIZE 0x5000u
enum {
	AT_IVT = 0, AT_IDT = 0x400, AT_GDT = 0xc00, AT_LDT = 0xd00, AT_TSS = 0x1000, AT_TSS2 = 0x1200, AT_TSS3 = 0x1280,
	AT_INNER = 0x1400, AT_CODE = 0x2000, AT_FAR = 0x2040 /* where far pointers lead */, AT_DATA = 0x3100,
	AT_SOURCE = 0x3800, AT_DESTINATION = 0x3a00, AT_STACK = 0x4800, AT_FRAME = 0x4880 /* EBP */,
};
#define BLOCK_BASE 0x20000u /* linear and physical, in place */
#define MOVED_BASE 0x40000u
#define REAL_SEGMENT (BLOCK_BASE >> 4)
#define PAGE_DIRECTORY 0x80000u /* and 0x81000 its table; moved: 0x82000, 0x83000 */

/* The GDT */
enum {
	SEL_CODE0 = 0x08, SEL_DATA0 = 0x10, SEL_CODE1 = 0x18, SEL_DATA1 = 0x20, SEL_CODE3 = 0x38, SEL_DATA3 = 0x40,
	SEL_ALIAS0 = 0x48, SEL_ALIAS1 = 0x50, SEL_ALIAS3 = 0x58, SEL_CONFORMING = 0x60, SEL_OTHER3 = 0x68, SEL_OTHER0 = 0x70,
	SEL_TSS = 0x78, SEL_TSS2 = 0x80, SEL_LDT = 0x88, SEL_GATE3 = 0x90, SEL_GATE0 = 0x98, SEL_TASK_GATE = 0xa0,
	SEL_LAST = 0xb8, SEL_TSS3 = 0xc0, GDT_LIMIT = 0xc7,
	SEL_IN_LDT = 0x0c, LDT_LIMIT = 0x0f,
};

/* The machine's modes in an experiment. */
enum machine_mode { MM_REAL, MM_V86, MM_PROTECTED };

struct port_log {
	u32 n, hash;
};

struct world {
	struct cpu c;
	struct sysregs s;
	struct mmu m;
	struct physmem pm;
	struct cpu_model model;
	struct field_map map;
	struct surroundings around;
	struct port_log ports;
	bool faulted;
	u8 base[2][BLOCK_SIZE]; /* what the block holds before a run: in place, moved */
	struct fpu fpu;         /* likewise */
	struct simd simd;
	u64 code_key;           /* of the encoding that lies in the code page */
};

int world_init(struct world *w); /* -1: no memory */
void world_free(struct world *w);

/* A processor with every instruction of the table. */
struct cpu_model world_everything(void);
/* Builds tables and page tables for a configuration; the processor becomes `model`. */
void world_configure(struct world *w, const struct knobs *k, const struct cpu_model *model);
/* Changes what both blocks hold before each run. Forgets decoded code where it lies. */
void world_poke(struct world *w, u32 at, const void *bytes, u32 len);

/* The system registers of a state. */
struct sysregs world_sysregs(const struct knobs *k, enum machine_mode mode, int cpl, bool moved);

/* Puts back whatever a run has changed in a block; returns a hash of the changes, 0: none. */
u64 world_restore(struct world *w, bool moved);

/* One byte range of a block that differs from what it held before. */
struct stored {
	u32 at, len;
	u8 old[16], now[16]; /* the first bytes */
};
/* The changes before world_restore takes them back; returns how many there are. */
int world_changes(const struct world *w, bool moved, struct stored *out, int max);

static inline u32 world_physical(bool moved)
{
	return moved ? MOVED_BASE : BLOCK_BASE;
}

const char *world_place(u32 at); /* "stack", "GDT" ... */

#endif
