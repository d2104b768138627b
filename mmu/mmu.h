/* mmu.h - linear addresses to memory: TLB, shadow page tables, guest page walks.
 *
 *   mmu_load/store ─ hit ──> host memory            (the processor's handlers look
 *        │ miss                                      into the TLB themselves)
 *        v
 *   shadow page table ─ hit ──> fill TLB            a hidden fault when it misses
 *        │ miss
 *        v
 *   walk of the guest's tables ──> #PF (a true fault), or set A/D, fill shadow and TLB
 *
 * A guest write to a table that the shadow watches is a trace fault. See SDM 3A
 * chapter 4 for paging and docs/architecture.md for the rules of the shadow.
 *
 * Privilege comes with each access (ACC_USER); what the processor does on its own
 * behalf (descriptors, TSS, stack switches) is a supervisor access.
 */
#ifndef MMU_MMU_H
#define MMU_MMU_H

#include "base/types.h"
#include "mmu/physmem.h"

enum access {
	ACC_READ = 0,
	ACC_WRITE = 1,
	ACC_EXEC = 2, /* instruction fetch */
	ACC_USER = 4, /* CPL 3, and not an implicit supervisor access */
	ACC_AC = 8,   /* explicit supervisor access with EFLAGS.AC = 1: what CR4.SMAP forbids is allowed */
};

/* ---- TLB ---------------------------------------------------------------------- */

#define TLB_BITS 10
#define TLB_SIZE (1u << TLB_BITS)
#define TLB_NEVER 1ull /* a tag that no page has: bits 11..0 of a page address are 0 */
#define TLB_SLOW 2ull  /* in a write tag: writable, but decoded code or a watched table lies there */

/* One compare per access: ((lin + size - 1) & ~0xfff) == tag says page, permission, no crossing, plain memory. */
struct tlb_entry {
	u64 read, write, exec; /* linear page, TLB_NEVER, or (write) linear page + TLB_SLOW */
	u64 addend;            /* host address - linear address */
};

struct tlb {
	struct tlb_entry e[TLB_SIZE];
};

static inline struct tlb_entry *tlb_at(struct tlb *t, lin_t lin)
{
	return &t->e[lin >> 12 & (TLB_SIZE - 1)];
}

/* Which entries are filled, so that a flush costs what is filled: one bit an entry. */
struct tlb_use {
	struct {
		u64 filled, global, large; /* large: a splinter of a large page */
		u64 spare;
	} w[TLB_SIZE / 64];
};

/* ---- the MMU -------------------------------------------------------------------- */

enum paging_format { PAGING_NONE, PAGING_32, PAGING_PAE, PAGING_4LEVEL };

/* What a walk of the guest's tables starts from. */
struct paging {
	u8 format; /* enum paging_format */
	u8 levels; /* tables in memory that a walk reads: 2, PAE 2 (the PDPTEs are latched), 4 */
	u8 key;    /* format and the bits that change the meaning of an entry: nodes of the shadow are keyed with it */
	bool pse, pse36, nxe;
	u64 cr3;
	u64 pdpte[4]; /* PAE: latched by MOV CR3, and by CR0/CR4 changes (SDM 3A 4.4.1) */
};

struct mmu_fault {
	lin_t cr2;
	u32 error; /* SDM 3A 4.7: P W U RSVD I */
};

struct mmu_stats {
	u64 walks;         /* walks of the guest's tables */
	u64 true_faults;   /* #PF for the guest */
	u64 hidden_faults; /* shadow entries filled */
	u64 trace_faults;  /* guest writes to watched tables */
	u64 tlb_fills;     /* TLB misses served from the shadow, hidden faults included */
	u64 flushes;       /* whole-TLB flushes */
};

/* What may lead elsewhere now: every linear page, all but the global ones, one of whatever size, those that lie in the
 * same place of their 2 MB, or the 4 MB around. */
enum mapping_change { MAPPING_ALL, MAPPING_NOT_GLOBAL, MAPPING_PAGE, MAPPING_ALIKE, MAPPING_REGION };

struct mmu_hooks {
	void *opaque;
	/* no RAM or ROM behind: the access exit. size 1, 2, 4 or 8 */
	u64 (*io_read)(void *opaque, gpa_t gpa, int size);
	void (*io_write)(void *opaque, gpa_t gpa, int size, u64 value);
	/* leave the running block at the next boundary; `lin` is for the last three */
	void (*mapping_changed)(void *opaque, enum mapping_change what, lin_t lin);
};

struct shadow; /* mmu/shadow.h */

struct mmu {
	struct tlb sup, user; /* by privilege: a ring switch flushes nothing */
	struct tlb none;      /* never hits: forces every access through the slow path */
	u64 generation;       /* changes whenever a linear page may lead elsewhere */
	/* paging state, as last told by mmu_set_mode */
	u64 cr0, cr3, cr4, efer;
	u64 lin_mask; /* 0xffffffff outside long mode */
	struct paging paging;
	bool no_pse36; /* the processor has no PSE-36: bits 21:13 of a large page's entry are reserved */
	bool verify;  /* -verify mmu: each fill is compared with a fresh guest walk; a difference is an assert */
	struct mmu_fault fault; /* of the last call that returned -1 */
	struct mmu_stats stats;
	struct mmu_hooks hooks;
	struct physmem *pm;
	struct shadow *shadow;
	struct tlb_use sup_use, user_use;
	bool large_filled; /* a splinter of a large page has ever been in a TLB */
};

int mmu_init(struct mmu *m, struct physmem *pm); /* -1: no memory */
void mmu_free(struct mmu *m);
void mmu_reset(struct mmu *m); /* paging off, everything flushed, statistics kept */

/* Tells the values of CR0, CR4, EFER after a change, and does the flushes that the change implies. */
void mmu_set_mode(struct mmu *m, u64 cr0, u64 cr4, u64 efer);
/* MOV CR3 / task switch: also a flush of non-global entries. */
void mmu_set_cr3(struct mmu *m, u64 cr3);
/* PAE: would loading the PDPTEs at `cr3` raise #GP (reserved bits)? To be asked before mmu_set_cr3 and mmu_set_mode. */
bool mmu_pdptes_ok(const struct mmu *m, u64 cr3);
void mmu_invlpg(struct mmu *m, lin_t lin);
void mmu_set_a20(struct mmu *m, bool enabled);
/* The physical map changed (PAM, ROM, a window): drop every host pointer. */
void mmu_flush_all(struct mmu *m);
/* Only what lies behind addresses below 1 MB that hold no page tables changed (a bank): the TLB is enough. */
void mmu_flush_pages(struct mmu *m);
/* From now on the first write to each page of a window is told to physmem's window_written, through a bank too. */
void mmu_watch_window(struct mmu *m, int n);
/* A page got or lost an attribute in physmem.attr: its write tags must go (or may come back). */
void mmu_page_attr_changed(struct mmu *m, gpa_t gpa);

/* `lin` is masked to 32 bits outside long mode; an access may cross pages (and wrap at 4 GB): both parts are checked
 * before either is touched. size 1..8, also odd. Return 0, or -1 with m->fault set (nothing was written). */
int mmu_load(struct mmu *m, lin_t lin, int size, enum access acc, u64 *value);
int mmu_store(struct mmu *m, lin_t lin, int size, enum access acc, u64 value);

/* Would an access to [lin, lin + len) succeed? Sets A (and D for writes) as the access itself would. len <= 4096 */
int mmu_probe(struct mmu *m, lin_t lin, u32 len, enum access acc);

/* Host address of plain memory at `lin`, good until the end of its page and until the next call into the MMU:
 * for REP runs. Fills the TLB. NULL with *faulted = true on #PF (m->fault), NULL with *faulted = false when the page is
 * a hole, ROM (for writing) or watched. */
u8 *mmu_run_ptr(struct mmu *m, lin_t lin, enum access acc, bool *faulted);

/* Where do the instructions of the page at `lin` lie? acc: ACC_EXEC, with ACC_USER or not. host = NULL: a hole.
 * Pointers are to the byte at `lin`. */
struct fetch {
	gpa_t gpa; /* after A20 */
	const u8 *host;
	bool global, large; /* as the TLB has the page: kept over MOV CR3; a part of a large one */
};
int mmu_fetch(struct mmu *m, lin_t lin, enum access acc, struct fetch *out);

/* Translation without any side effect, for debuggers: 0 and *gpa (after A20), or -1. */
int mmu_peek_gpa(const struct mmu *m, lin_t lin, gpa_t *gpa);
/* The walk in words, one line a level, for the post-mortem. */
void mmu_describe_walk(const struct mmu *m, lin_t lin, char *text, size_t size);

static inline struct tlb *mmu_tlb(struct mmu *m, bool is_user)
{
	return is_user ? &m->user : &m->sup;
}

#endif
