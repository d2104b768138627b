/* vmm.h - the virtual machine monitor: between the processor and everything else.
 *
 *            policy ── asked once per decoded instruction: direct or exit?
 *   cpu ──>  exit ──── dispatch ──> routine on guest ──> back
 *            exception ── inject ──> the guest's IVT / IDT
 *            attention <── interrupt lines, timers, shadows, HLT
 *
 * Technique `bare`: the guest runs on the processor itself, hw is guest. Technique
 * `trap`: ring compression; every sensitive instruction, critical ones included,
 * exits. Technique `classic`: what a VMM gets that traps only what a Pentium traps:
 * critical instructions run on hw, which is not what the guest believes. See
 * docs/virtualization.md.
 */
#ifndef VMM_VMM_H
#define VMM_VMM_H

#include "bus/bus.h"
#include "bus/clock.h"
#include "bus/irq.h"
#include "cpu/cpu.h"
#include "cpu/cpuid.h"
#include "cpu/system.h"

enum technique { TECH_BARE, TECH_TRAP, TECH_CLASSIC };

const char *vmm_technique_name(enum technique t);

enum exit_reason { EXIT_INSTRUCTION, EXIT_EXCEPTION, EXIT_INTERRUPT, EXIT_NMI, EXIT_MMIO, EXIT_REASONS };

#define VMM_HISTORY 8

/* docs/virtualization.md section 1, from the traits: privileged: traps when deprivileged; critical: sensitive and does not; visibility:
 * touches neither M nor R but reveals the host. */
enum insn_class { CLASS_INNOCUOUS, CLASS_VISIBILITY, CLASS_CRITICAL, CLASS_PRIVILEGED, CLASSES };

struct vmm_stats {
	u64 exits[EXIT_REASONS][CPU_MODES]; /* instruction exits are in `instruction` */
	u64 instruction[OP_COUNT][CPU_MODES]; /* exits, by operation and the mode it was met in */
	u64 direct[OP_COUNT][CPU_MODES];      /* instructions with traits of M or R that ran directly */
	u64 exceptions[32], interrupts, nmis, soft_interrupts;
	u64 triple_faults;
	u64 verified, artefacts; /* -verify hw: exits tried on hw; faults that only compression causes */
};

/* The last exceptions, for the post-mortem. */
struct vmm_fault_note {
	struct fault fault;
	u64 ip, count;
	u16 cs;
	u8 cpl;
	bool nested; /* arose while the one before it was being delivered */
};

/* The local APIC's registers that the processor's instructions reach, with the clock brought up to date; each may be NULL. */
struct vmm_apic {
	void *opaque;
	void (*set_base)(void *opaque, u64 value); /* IA32_APIC_BASE */
	u64 (*deadline)(void *opaque);             /* IA32_TSC_DEADLINE */
	void (*set_deadline)(void *opaque, u64 value);
	void (*set_tsc_offset)(void *opaque, u64 offset);
};

struct vmm {
	enum technique technique;
	struct sysregs guest;
	struct sysregs hw; /* technique classic only; elsewhere hw is guest, or derived by vmm_compress */
	struct cpu *cpu;
	struct bus *bus;
	struct clock *clock;
	/* the interrupt controller's end */
	int (*ack)(void *opaque); /* INTA cycle: the vector */
	void *ack_opaque;
	struct vmm_apic apic;
	struct line ferr; /* the processor's FERR# */
	u8 intr;        /* level of INTR */
	u8 nmi_pending; /* edge seen, not yet taken */
	u8 stop;        /* leave vmm_run at the next boundary */
	u8 shutdown;    /* triple fault */
	u8 verify;      /* -verify hw: try every exit on hw first */
	u32 op_traits[OP_COUNT]; /* enum trait of every row of an operation */
	sys_fn classic_routine[OP_COUNT];
	struct vmm_stats stats;
	struct vmm_fault_note history[VMM_HISTORY];
	u64 nhistory;
	/* observers, set by vmm_observe; may be NULL */
	void (*on_event)(void *opaque, const struct event *ev, const struct fault *f);
	void (*on_exit)(void *opaque, const struct uop *u);
	void (*on_direct)(void *opaque, const struct uop *u);
	void (*on_mmio)(void *opaque, bool is_write);
	void *observer;
};

void vmm_init(struct vmm *v, struct cpu *cpu, struct bus *bus, struct clock *clock, enum technique technique);
void vmm_reset(struct vmm *v);
void vmm_soft_reset(struct vmm *v); /* INIT */

enum vmm_result {
	VMM_BUDGET,   /* the count was reached */
	VMM_STOPPED,  /* vmm_stop */
	VMM_IDLE,     /* HLT, and nothing to wake it before clock.next_due_ns */
	VMM_SHUTDOWN, /* triple fault */
};

/* Runs until `count` instructions since power-on. Timers that come due on the way fire. */
enum vmm_result vmm_run(struct vmm *v, u64 count);
void vmm_stop(struct vmm *v); /* from inside a device or hook, or between runs */

/* Lines; fit struct line.set. */
void vmm_set_intr(void *vmm, int n, int level);
void vmm_set_nmi(void *vmm, int n, int level);
void vmm_set_ignne(void *vmm, int n, int level);

/* What hw is under compression, given guest: docs/virtualization.md 2. */
void vmm_compress(const struct sysregs *guest, struct sysregs *hw);

/* The policy as a function, for tests and reports. mode: enum block_mode */
bool vmm_policy_exits(enum technique t, const struct cpu_model *model, const struct insn *in, u32 mode);
enum insn_class vmm_class(const struct vmm *v, enum op op, enum cpu_mode_index mode);

/* classic.c */
void vmm_classic_install(struct vmm *v);
/* Brings guest up to date with what direct execution changed on hw, and back. No-ops under other techniques. */
void vmm_pull(struct vmm *v);
void vmm_push(struct vmm *v);
/* The selector that an event's frame shows for CS: under classic hw's, with its RPL. */
void vmm_frame_view(struct vmm *v);

/* verify.c: before an exit's routine runs */
void vmm_set_verify(struct vmm *v, bool on);
void vmm_verify_exit(struct vmm *v, const struct uop *u);

/* stats.c */
u64 vmm_exits_in(const struct vmm *v, enum exit_reason reason, enum cpu_mode_index mode);
u64 vmm_exits(const struct vmm *v, enum exit_reason reason);
u64 vmm_exits_total(const struct vmm *v);
/* Instructions executed, by class and mode; innocuous is what the others leave. */
void vmm_class_counts(const struct vmm *v, u64 out[CLASSES][CPU_MODES]);

/* inject.c */
void vmm_inject(struct vmm *v, const struct event *ev);
void vmm_exception(void *vmm);

/* dispatch.c: the processor's hooks */
void vmm_install_hooks(struct vmm *v);
/* Told before each event is delivered (f: the exception's fault, or NULL) and each instruction exit; NULL: not. */
void vmm_observe(struct vmm *v, void *observer, void (*event)(void *, const struct event *, const struct fault *),
		 void (*exit)(void *, const struct uop *));
/* Told before each instruction that is not innocuous and runs directly. Holds for what is decoded from now on. */
void vmm_observe_direct(struct vmm *v, void (*direct)(void *observer, const struct uop *u));
/* Told before each memory-mapped access; cpu.ip is exact. */
void vmm_observe_mmio(struct vmm *v, void (*mmio)(void *observer, bool is_write));

#endif
