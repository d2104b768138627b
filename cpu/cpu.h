/* cpu.h - the processor: registers, execution context, and the way in and out.
 *
 *   vmm ── cpu_run ──> loop of blocks ──> handlers (cpu/exec_*.c)
 *    ^                                      │ sensitive: cpu/system/, on hw
 *    └──────── struct cpu_hooks ────────────┘ or an exit to the VMM, on guest
 *
 * cpu/ does not know that devices or interrupts exist. What is sensitive lives in
 * struct sysregs; innocuous handlers read neither of the two, only the execution
 * context in struct cpu, which ctx_update computes from them.
 */
#ifndef CPU_CPU_H
#define CPU_CPU_H

#include "base/bits.h"
#include "cpu/fpu.h"
#include "cpu/insn.h"
#include "cpu/sysregs.h"
#include "cpu/uop.h"
#include "mmu/mmu.h"

enum { RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI };
#define CPU_ZERO (16 * 8) /* byte offset of the always-zero register */

enum vector {
	VEC_DE = 0, VEC_DB = 1, VEC_NMI = 2, VEC_BP = 3, VEC_OF = 4, VEC_BR = 5, VEC_UD = 6, VEC_NM = 7, VEC_DF = 8,
	VEC_TS = 10, VEC_NP = 11, VEC_SS = 12, VEC_GP = 13, VEC_PF = 14, VEC_MF = 16, VEC_AC = 17, VEC_MC = 18, VEC_XM = 19,
};

/* What a system function or a VMM routine returns. */
enum step {
	STEP_NEXT,   /* done: go on behind the instruction */
	STEP_IP,     /* done: go on at cpu.next_ip */
	STEP_FAULT,  /* cpu.fault holds an exception to deliver; nothing has changed */
	STEP_REPEAT, /* one element done: the same instruction again (REP) */
};

/* An exception on its way. `why` is a short reason in words, `ref` its place in the manual; both static strings. */
struct fault {
	u8 vec;
	bool has_error;
	bool is_trap;    /* a trap: IP is behind the instruction (#DB single step, INT3, INTO) */
	bool new_context; /* past a task switch's commit point: cpu.ip and next_ip already are the new task's */
	u32 error;
	lin_t cr2;       /* with VEC_PF */
	u64 dr6;         /* with VEC_DB: bits to set in DR6 */
	const char *why; /* "SS.RPL 3 != CPL 0" */
	const char *ref; /* "SDM 3A 6.12" */
};

/* The exec context's view of a segment: one compare per access. */
struct xseg {
	u64 base;
	u64 rlimit; /* an access [ea, ea + size) may read without a closer look if ea + size <= rlimit */
	u64 wlimit; /* likewise for writing; 0: never */
	u64 sel;    /* the selector, for the x87 unit's pointers */
};

/* Parts of the block key (with the post-A20 address). */
enum block_mode {
	BM_CS32 = 1, BM_SS32 = 2, BM_PE = 4, BM_VM = 8, BM_LONG = 16, BM_CPL = 3 << 5,
	BM_ONE = 1 << 7,     /* blocks of one instruction: clipped, observed */
	BM_CAREFUL = 1 << 8, /* CS limit cuts this page: never chained */
	BM_FLAT = 1 << 9,    /* 32-bit CS and SS; CS SS DS ES begin at 0 and end at 4 GB; SS DS ES are writable */
};
#define BM_CPL_SHIFT 5

/* A block that was entered when `left` instructions could still run. */
struct trail_entry {
	const struct code_block *block;
	s64 left;
	u64 ip_base;
};
#define TRAIL_SLOTS 32

enum attention {
	ATT_STOP = 1,  /* return from cpu_run */
	ATT_LEAVE = 2, /* look the next block up afresh: code or mappings changed */
};

enum simd_gate {
	GATE_SSE = 1,   /* CR0.EM, CR0.TS or CR4.OSFXSR forbid XMM state */
	GATE_MMX = 2,   /* CR0.EM or CR0.TS forbid MMX state (pending x87 exceptions: fpu.sw) */
	GATE_MXCSR = 4, /* the host's unit has not the guest's MXCSR */
};

/* Instructions are counted by these modes. */
enum cpu_mode_index { CPU_MODE_REAL, CPU_MODE_V86, CPU_MODE_RING0, CPU_MODES = CPU_MODE_RING0 + 4 };

struct cpu_hooks {
	void *opaque;
	/* The policy, asked once per decoded instruction with traits: false = execute directly, true = VM exit. */
	bool (*policy)(void *opaque, const struct insn *in, u32 mode /* enum block_mode */);
	/* Instruction exits: the VMM's routines by enum op, called on guest with cpu.ip, next_ip and count exact ... */
	enum step (*const *routine)(struct cpu *c, struct sysregs *guest, const struct uop *u);
	u64 (*exits)[CPU_MODES]; /* ... counted by enum op and cpu.mode_index ... */
	void (*on_exit)(void *opaque, const struct uop *u); /* ... and told before; may be NULL */
	u64 (*direct)[CPU_MODES]; /* instructions with traits of M or R that ran directly, counted likewise; may be NULL */
	/* Asked once per decoded instruction that `direct` counts: shall on_direct be told before it runs? NULL: never. */
	bool (*tells)(void *opaque, const struct insn *in, u32 mode);
	void (*on_direct)(void *opaque, const struct uop *u);
	/* hw refused a sensitive instruction that guest may be allowed (only where the two differ): emulate it or fault */
	enum step (*refused)(void *opaque, const struct uop *u);
	/* cpu.fault arose at cpu.ip (hw's exception): deliver it. Changes IP, and the world as needed. */
	void (*exception)(void *opaque);
	/* ports, reached only after the permission checks */
	u32 (*port_in)(void *opaque, u16 port, int size);
	void (*port_out)(void *opaque, u16 port, int size, u32 value);
	u64 (*tsc)(void *opaque); /* time-stamp counter at cpu.count, before tsc_offset */
	/* the local APIC's registers that are not in its page; each may be NULL */
	void (*apic_base)(void *opaque, u64 value); /* IA32_APIC_BASE was written */
	u64 (*tsc_deadline)(void *opaque);
	void (*set_tsc_deadline)(void *opaque, u64 value);
	void (*tsc_moved)(void *opaque, u64 offset); /* sysregs.tsc_offset was written */
	/* FERR#, a level: an unmasked x87 exception waits while CR0.NE is clear (may be NULL) */
	void (*ferr)(void *opaque, int level);
	/* The observed loop: before each instruction (return false to stop before it) and after it. */
	bool (*before)(void *opaque, const struct insn *in);
	void (*after)(void *opaque, const struct insn *in);
};

struct cpu_model; /* cpu/cpuid.h */
struct code;      /* cpu/block.h: the block cache */

struct cpu {
	u64 r[16];
	u64 zero;     /* CPU_ZERO; never written */
	/* Lazy flags (docs/engine.md section 4): res is the sign-extended result: ZF = (res == 0), SF = bit 63 of
	 * res ^ cc, PF = even parity of the low byte of res, flipped by bit 32 of cc. cc: CF = bit 31, OF = bit 31 ^ 30, AF = bit 3. */
	u64 fl_res, fl_cc;
	u32 fl_kind, fl_a, fl_b; /* only within translated code: cpu/translate/flags.h */
	u64 ip_base;  /* IP of the first byte of the page that is running */
	struct tlb *tlb; /* of the present privilege; `none` forces the slow path */
	u64 lin_mask;
	s64 left;     /* between blocks: instructions that may still run before `limit` */
	u64 limit;    /* instruction count at which the loop must stop */
	u8 df;        /* EFLAGS.DF: 0 or 1 */
	u8 user;      /* guest.CPL == 3: user for paging */
	u8 align;     /* #AC is armed: CPL 3, AM, AC */
	u8 ctx_dirty; /* a system function changed the world: ctx_update is due */
	u32 wait;     /* instructions' time that the present one spent waiting for the bus: a multiple of TRAIL_SLOTS */
	u8 attention; /* enum attention: leave the running block at the next instruction boundary */
	u8 window;    /* an interrupt waits for IF: leave the loop when it may have opened */
	u8 observed;  /* run the observed loop */
	u8 mid_rep;   /* the loop stopped between two elements of a REP instruction */
	u8 dry_run;   /* stores check, but change nothing (with tlb = none) */
	u8 acc;       /* what data accesses add to enum access: ACC_USER, or ACC_AC for the supervisor with EFLAGS.AC */
	u8 guest_pointers; /* x87 pointers hold the guest's CS and SS, not hw's (only where the two differ) */
	u8 faulted;   /* the instruction that ran last raised an exception or an interrupt */
	u8 simd_gate; /* enum simd_gate: 0, all vector instructions may run in line */
	u16 mode;     /* enum block_mode of the present world, without BM_ONE and BM_CAREFUL */
	u8 mode_index; /* enum cpu_mode_index of `mode` */
	u32 cs_limit; /* the last valid IP */
	struct xseg xseg[7]; /* by enum seg_reg; the last is flat */

	/* The exact state between instructions and inside exits. */
	u64 ip;       /* of the present instruction, or of the next one between instructions */
	u64 next_ip;
	u64 count;    /* instructions executed before the present one */
	struct fault fault;
	u32 dr6_pending; /* data breakpoints met by the present instruction */

	struct fpu fpu;
	struct simd simd;
	u8 fpu_gate;  /* FPU_GATE_*: computed by fpu_update */
	u8 fpu_ferr;  /* the level of FERR# */
	u8 fpu_ignne; /* IGNNE# is active: pending exceptions are ignored while CR0.NE is clear */
	u32 simd_raised; /* MXCSR flags that the present vector instruction raised */
	u32 host_mxcsr;  /* the host's own, while its unit works with the guest's */

	struct sysregs *guest; /* what the guest believes */
	struct sysregs *hw;    /* what the processor is in; == guest in technique bare */
	struct mmu *mmu;
	struct code *code;
	const struct cpu_model *model;
	struct cpu_hooks hooks;
	struct trail_entry trail[TRAIL_SLOTS]; /* cpu/trail.h */
	u64 mode_since;             /* count at which the present mode began */
	u64 mode_counts[CPU_MODES]; /* up to then */
	const struct uop *resume; /* the trampoline's next uop (cpu/exec.h) */
};

/* ---- life -------------------------------------------------------------------------- */

int cpu_init(struct cpu *c, struct mmu *mmu, struct sysregs *guest, struct sysregs *hw); /* -1: no memory */
void cpu_free(struct cpu *c);
/* RESET: SDM 3A table 9-1. Sets *guest, general registers and the context. */
void cpu_reset(struct cpu *c);
/* INIT: as a reset, but floating point, SIMD, the cache's control and most MSRs stay. */
void cpu_soft_reset(struct cpu *c);

/* Runs until `limit` instructions have been executed since power-on, or attention is raised; returns between
 * instructions, with ip and count exact. */
void cpu_run(struct cpu *c, u64 limit);
enum cpu_mode_index cpu_mode_index(u32 mode /* enum block_mode */);
/* Instructions executed so far in each mode: each counts where it began. */
void cpu_mode_counts(const struct cpu *c, u64 out[CPU_MODES]);
/* #MF when an unmasked x87 exception waits: for instructions outside of cpu/fpu/ (MMX). STEP_REPEAT: CR0.NE is clear, the
 * processor stands still until an interrupt. */
enum step fpu_check_pending(struct cpu *c);
/* Ask the loop to return at the next instruction boundary (from inside an exit or hook). */
void cpu_stop(struct cpu *c);

/* ---- execution context ---------------------------------------------------------------- */

/* Recomputes everything derived from *hw and guest.cpl. */
void ctx_update(struct cpu *c);
/* The same for one data segment (not CS or SS). */
void ctx_segment(struct cpu *c, int seg);
static inline void ctx_changed(struct cpu *c)
{
	c->ctx_dirty = 1;
}

/* ---- the host's vector unit (cpu/simd/mxcsr.c) --------------------------------------------- */

void simd_gate_update(struct cpu *c);
void simd_leave(struct cpu *c);
/* The host's unit begins to work with the guest's MXCSR. False: the guest unmasks an exception, or there is none. */
bool simd_enter(struct cpu *c);
/* Before anything outside the handlers may compute with floating point, or look at MXCSR: gives the unit back. */
static inline void simd_host_off(struct cpu *c)
{
	if (!(c->simd_gate & GATE_MXCSR))
		simd_leave(c);
}

/* ---- registers and flags ------------------------------------------------------------------ */

/* Flags: cpu/flags.h */

static inline u64 reg_get(const struct cpu *c, u8 offset, int size)
{
	return load_n((const u8 *)c + offset, size);
}

/* 32-bit writes clear the upper half; 8- and 16-bit ones keep the rest. */
static inline void reg_set(struct cpu *c, u8 offset, int size, u64 v)
{
	if (size == 4)
		store64((u8 *)c + offset, (u32)v);
	else
		store_n((u8 *)c + offset, size, v);
}

/* ---- exceptions --------------------------------------------------------------------------- */

/* Fill cpu.fault and return STEP_FAULT (-1 where int is asked), so that callers can `return cpu_raise(...)`. */
enum step cpu_raise(struct cpu *c, int vec, u32 error, const char *why, const char *ref); /* vectors with an error code */
enum step cpu_raise_plain(struct cpu *c, int vec, const char *why, const char *ref);       /* without */
enum step cpu_raise_pf(struct cpu *c); /* from c->mmu->fault */
enum step cpu_raise_critical(struct cpu *c); /* what critical=trap raises: cpu/critical.c */

/* ---- memory, the slow and complete way (handlers have their own fast path) ------------------ */

/* An access through segment register `seg` of the context at the current privilege: limit, rights, alignment, data
 * breakpoints, paging. Return 0, or -1 with cpu.fault set (SS gives #SS, others #GP). ea is already masked to the address size. */
int mem_load(struct cpu *c, int seg, u64 ea, int size, u64 *value);
int mem_store(struct cpu *c, int seg, u64 ea, int size, u64 value);
/* Would mem_store succeed? For instructions that must not fault half-way. */
int mem_probe_store(struct cpu *c, int seg, u64 ea, int size);
/* DR7 data breakpoints: collects those that an access meets. */
void mem_breakpoints(struct cpu *c, lin_t lin, int size, bool is_write);
/* Checks only the segment: gives the linear address. acc: ACC_READ or ACC_WRITE */
int mem_linear(struct cpu *c, int seg, u64 ea, int size, enum access acc, lin_t *lin);
/* The same against a segment that is not loaded yet (stack switches). vec: VEC_SS, VEC_TS ..., error code `error` */
int seg_linear(struct cpu *c, const struct segment *s, u64 ea, int size, enum access acc, int vec, u32 error, lin_t *lin);
/* Implicit supervisor accesses by linear address: descriptor tables, TSS, stacks of inner rings. */
int sup_load(struct cpu *c, lin_t lin, int size, u64 *value);
int sup_store(struct cpu *c, lin_t lin, int size, u64 value);

/* Effective address of a system uop's memory operand, masked to its address size. */
u64 uop_ea(const struct cpu *c, const struct uop *u);
/* The E operand, register or memory, by UF_MEM. */
int uop_load_e(struct cpu *c, const struct uop *u, int size, u64 *value);
int uop_store_e(struct cpu *c, const struct uop *u, int size, u64 value);

#include "cpu/flags.h"

#endif
