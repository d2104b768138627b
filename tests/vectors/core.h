/* core.h - Tandem's processor as a runner of recorded vectors sees it: a state goes in, one instruction runs, a state
 * comes out. The processor is alone: no machine, no monitor; exceptions stop it instead of being delivered.
 */
#ifndef TESTS_VECTORS_CORE_H
#define TESTS_VECTORS_CORE_H

#include "cpu/cpu.h"
#include "cpu/cpuid.h"

#define CORE_RAM (4u << 20)

struct core {
	struct cpu c;
	struct sysregs s;
	struct mmu m;
	struct physmem pm;
	struct cpu_model model; /* every instruction set: what has a handler, runs */
	u64 direct[OP_COUNT][CPU_MODES]; /* being counted, sensitive instructions go by their short ways */
	struct fault fault;     /* what stopped it */
	bool faulted;
	u64 fault_ip;           /* what its handler would find pushed */
	struct core_ports {     /* port accesses, in order */
		int n;
		struct { u16 port; u8 size, write; u32 value; } at[16];
	} ports;
};

int core_init(struct core *k); /* -1: no memory */
void core_free(struct core *k);
/* Bytes of RAM changed behind the processor's back: drop what was decoded there. */
void core_wrote(struct core *k, gpa_t gpa, u32 len);
/* Runs up to n instructions or REP elements, until an exception. */
void core_run(struct core *k, u64 n);

#endif
