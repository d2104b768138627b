/* sysregs.h - the resource state: everything in M and R (docs/virtualization.md).
 *
 * A machine has two of these, `guest` (what the guest believes) and `hw` (what the
 * emulated processor is really in); in technique `bare` they are one. The
 * semantics of every sensitive instruction are functions over a struct sysregs *
 * in cpu/system/.
 */
#ifndef CPU_SYSREGS_H
#define CPU_SYSREGS_H

#include "base/types.h"

/* EFLAGS bits that live in sysregs.eflags. CF PF AF ZF SF OF and DF do not: they are in struct cpu. */
enum {
	EF_FIXED = 1u << 1, EF_TF = 1u << 8, EF_IF = 1u << 9, EF_DF = 1u << 10, EF_IOPL = 3u << 12, EF_NT = 1u << 14,
	EF_RF = 1u << 16, EF_VM = 1u << 17, EF_AC = 1u << 18, EF_VIF = 1u << 19, EF_VIP = 1u << 20, EF_ID = 1u << 21,
};
#define EF_IOPL_SHIFT 12

enum {
	CR0_PE = 1u << 0, CR0_MP = 1u << 1, CR0_EM = 1u << 2, CR0_TS = 1u << 3, CR0_ET = 1u << 4, CR0_NE = 1u << 5,
	CR0_WP = 1u << 16, CR0_AM = 1u << 18, CR0_NW = 1u << 29, CR0_CD = 1u << 30, CR0_PG = 1u << 31,
};
enum {
	CR4_VME = 1u << 0, CR4_PVI = 1u << 1, CR4_TSD = 1u << 2, CR4_DE = 1u << 3, CR4_PSE = 1u << 4, CR4_PAE = 1u << 5,
	CR4_MCE = 1u << 6, CR4_PGE = 1u << 7, CR4_PCE = 1u << 8, CR4_OSFXSR = 1u << 9, CR4_OSXMMEXCPT = 1u << 10,
	CR4_UMIP = 1u << 11, CR4_FSGSBASE = 1u << 16, CR4_SMEP = 1u << 20, CR4_SMAP = 1u << 21,
};
enum { APIC_BASE_BSP = 1u << 8, APIC_BASE_ENABLE = 1u << 11 }; /* IA32_APIC_BASE */
enum { EFER_SCE = 1u << 0, EFER_LME = 1u << 8, EFER_LMA = 1u << 10, EFER_NXE = 1u << 11 };

/* Segment attributes: bits 8..23 of a descriptor's second dword. 0 = unusable (a null selector was loaded). */
enum {
	SEG_TYPE = 15, SEG_A = 1, SEG_RW = 2 /* data: writable, code: readable */, SEG_EC = 4 /* expand-down, conforming */,
	SEG_CODE = 8, SEG_S = 1 << 4, SEG_DPL = 3 << 5, SEG_P = 1 << 7, SEG_AVL = 1 << 12, SEG_L = 1 << 13,
	SEG_DB = 1 << 14, SEG_G = 1 << 15,
};
#define SEG_DPL_SHIFT 5

struct segment {
	u64 base;
	u32 limit; /* the last valid offset, in bytes (granularity applied); expand-down: the last invalid one */
	u16 sel;
	u16 attr;
};

static inline int seg_dpl(const struct segment *s)
{
	return s->attr >> SEG_DPL_SHIFT & 3;
}

struct dtr {
	u64 base;
	u16 limit;
};

/* Shadow descriptor tables (docs/virtualization.md 3): under compression hw's GDTR and LDTR are the VMM's, and the tables
 * there are the guest's with DPL 0 shown as 1 and without gates and TSS. The VMM keeps them equal at every moment; here
 * that is expressed by reading through to the guest's tables. */
struct shadow_tables {
	u64 gdt_base, ldt_base;
	u32 gdt_limit, ldt_limit;
	u8 on, has_ldt;
};

enum activity { ACT_ACTIVE, ACT_HALTED, ACT_SHUTDOWN };
enum { SHADOW_NONE, SHADOW_STI, SHADOW_MOV_SS };

struct sysregs {
	u64 cr0, cr2, cr3, cr4, efer;
	u64 dr[8]; /* DR4, DR5 unused */
	struct segment seg[6]; /* by enum seg_reg: ES CS SS DS FS GS */
	struct segment ldtr, tr;
	struct dtr gdtr, idtr;
	u64 sysenter_cs, sysenter_esp, sysenter_eip;
	u64 tsc_offset;   /* added to the clock's TSC */
	u64 apic_base, pat, misc_enable, star, lstar, cstar, fmask, kernel_gs_base;
	u64 tsc_aux, debugctl, perf_counter[2], perf_select[2];
	u64 mtrr_def, mtrr_fix[11], mtrr_var[16];
	u64 shadow_end;   /* the interrupt shadow covers instructions that begin before this count */
	struct shadow_tables shadow_tables; /* of hw only */
	u32 eflags;       /* see EF_*; bit 1 is always set */
	u8 cpl;           /* 0 in real mode, 3 in virtual-8086 mode */
	u8 shadow;        /* SHADOW_*: what began it; MOV SS also holds off #DB and NMI */
	u8 nmi_blocked;   /* until IRET */
	u8 activity;      /* enum activity */
};

static inline bool sys_protected(const struct sysregs *s) /* protected and not v86 */
{
	return (s->cr0 & CR0_PE) && !(s->eflags & EF_VM);
}

static inline bool sys_real(const struct sysregs *s)
{
	return !(s->cr0 & CR0_PE);
}

static inline bool sys_v86(const struct sysregs *s)
{
	return s->eflags & EF_VM;
}

static inline int sys_iopl(const struct sysregs *s)
{
	return (s->eflags & EF_IOPL) >> EF_IOPL_SHIFT;
}

#endif
