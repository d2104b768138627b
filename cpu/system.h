/* system.h - the sensitive instructions, each written once (cpu/system/).
 *
 * Every function works on the resource state it is given: direct execution calls
 * it on hw, the VMM on guest. All the processor's own checks (CPL, IOPL, mode, ...)
 * are inside, against that state. They never touch the arithmetic flags' lazy form
 * but through flags_*, and never look at which technique runs.
 *
 * Contract: on entry cpu.ip and cpu.next_ip (behind the instruction) are set. On
 * STEP_FAULT nothing architectural has changed, except where the SDM says so (a
 * task switch past its commit point). A function that changes CS, SS, CPL, the
 * mode, paging, AC, TF, DR7 or a segment calls ctx_changed() (or ctx_segment for a
 * mere data segment).
 */
#ifndef CPU_SYSTEM_H
#define CPU_SYSTEM_H

#include "cpu/cpu.h"

typedef enum step (*sys_fn)(struct cpu *c, struct sysregs *s, const struct uop *u);

/* By enum op; NULL where the operation is innocuous and has a handler instead. */
extern const sys_fn sys_table[OP_COUNT];

/* ---- events (system/interrupt.c): SDM 3A chapter 6 ----------------------------------------- */

enum event_kind { EV_EXTERNAL, EV_NMI, EV_EXCEPTION, EV_INT_N, EV_INT3, EV_INTO, EV_INT1 };

struct event {
	u8 kind;
	u8 vec;
	bool has_error;
	u32 error;
	u64 return_ip; /* pushed IP */
	bool rf;       /* push RF as 1: REP interrupted between elements, #DB of DR7.GD (SDM 3B 17.3.1.1); faults do it anyway */
};

/* Delivers one event through the IVT or IDT of `s`: real mode, protected mode (interrupt, trap, task gates, all
 * privilege changes), v86 (VME interrupt redirection for INT n included). On STEP_IP the handler's first instruction is
 * at cpu.next_ip. On STEP_FAULT cpu.fault is the nested exception, with the EXT bit as the SDM asks (6.13). Sets RF in
 * the pushed image for faults, clears TF, RF, NT, VM (IF for interrupt gates). */
enum step sys_deliver(struct cpu *c, struct sysregs *s, const struct event *ev);

/* Hardware task switch, SDM 3A 7.3. Reasons decide back link, NT and busy bits. */
enum task_reason { TASK_JMP, TASK_CALL, TASK_INT, TASK_IRET };
enum step sys_task_switch(struct cpu *c, struct sysregs *s, u16 selector, enum task_reason why, u64 return_ip,
			  bool has_error, u32 error);

/* ---- descriptors (system/descriptor.c) ------------------------------------------------------ */

/* Fields of a raw descriptor, SDM 3A figure 3-8; the limit in bytes. */
static inline u64 raw_base(u64 raw)
{
	return (raw >> 16 & 0xffffff) | (raw >> 32 & 0xff000000);
}

static inline u32 raw_limit(u64 raw)
{
	u32 limit = (u32)(raw & 0xffff) | (u32)(raw >> 32 & 0xf0000);
	return raw >> 55 & 1 ? limit << 12 | 0xfff : limit;
}

static inline u16 raw_attr(u64 raw)
{
	return raw >> 40 & 0xf0ff;
}

/* Reads the raw 8 bytes: 0, or -1 with #GP(sel)-style faults raised by the caller's choice of vector. `ext` is ORed into
 * error codes. */
int desc_read(struct cpu *c, const struct sysregs *s, u16 sel, int vec, u32 ext, u64 *raw);
void desc_unpack(u16 sel, u64 raw, struct segment *out);
/* Loads a data segment register (ES SS DS FS GS) with all checks, in the mode of `s`. 0 or -1. */
int seg_load(struct cpu *c, struct sysregs *s, int seg, u16 sel);
/* As real and virtual-8086 mode do: base = sel * 16, in real mode limit and rights stay. */
void seg_load_real(struct sysregs *s, int seg, u16 sel);

/* Writes CR0, CR4, EFER, CR3 with the checks of MOV CRn; used by LMSW, MSR writes, RSM too. */
enum step sys_set_cr0(struct cpu *c, struct sysregs *s, u64 value);

/* Is a port access allowed at this CPL, IOPL and I/O bitmap? 0, or -1 with #GP(0) (or #PF) raised. */
int io_allowed(struct cpu *c, const struct sysregs *s, u16 port, int size);

/* Writes EFLAGS.{IF,IOPL,TF,NT,AC,ID,RF,VM,...} and the arithmetic flags under `mask`, and begins/ends windows. */
void flags_write(struct cpu *c, struct sysregs *s, u32 value, u32 mask);

#endif
