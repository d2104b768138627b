/* rig.h - what the tests of vmm/ share: a processor with its monitor, in 32-bit flat protected mode, and handlers that stop.
 *
 * On top of tests/cpu/system_rig.h: the program is at 6000, the handler of vector n at 7000 + 16 n: HLT, IRET. So a test runs to
 * the next event, looks at the frame, changes it perhaps, and goes on.
 */
#ifndef TESTS_VMM_RIG_H
#define TESTS_VMM_RIG_H

#include "tests/cpu/system_rig.h"

#include "cpu/block.h"
#include "vmm/vmm.h"

enum { AT_HANDLERS = 0x7000, AT_VARS = 0x40000, PROGRAM_END = -1, NOTHING = -2, SHUTDOWN = -3 };

struct vm {
	struct rig *r;
	struct vmm v;
	struct bus bus;
	struct clock clock;
	int vector; /* of the next external interrupt */
	int steps;  /* instructions that a run may take */
};

static inline int vm_ack(void *opaque)
{
	struct vm *t = opaque;
	vmm_set_intr(&t->v, 0, 0);
	return t->vector;
}

static inline struct sysregs *vm_regs(struct vm *t)
{
	return &t->v.guest;
}

static inline void vm_poke(struct vm *t, u32 at, const void *bytes, size_t n)
{
	memcpy(t->r->ram + at, bytes, n);
}

static inline void vm_handlers(struct vm *t)
{
	for (int n = 0; n < 256; n++) {
		bool has_error = n == 8 || (n >= 10 && n <= 14) || n == 17;
		u8 code[] = {0xf4, 0xcf};                         /* HLT, IRET */
		u8 code_error[] = {0xf4, 0x83, 0xc4, 0x04, 0xcf}; /* HLT, ADD ESP,4, IRET */
		u32 at = AT_HANDLERS + 16u * (u32)n;
		if (has_error)
			vm_poke(t, at, code_error, sizeof code_error);
		else
			vm_poke(t, at, code, sizeof code);
		set_idt(t->r, n, make_gate(SEL(K_CODE, 0), at, 14, 3, 0));
	}
}

/* At CPL 0, interrupts off, running `program` (which ends in its own HLT at the end). */
static inline struct vm *vm_new(enum technique technique, const char *program, size_t n)
{
	struct vm *t = calloc(1, sizeof *t);
	ck_assert_ptr_nonnull(t);
	t->r = rig_new_protected(0);
	t->v.guest = t->r->s;
	struct sysregs before = t->r->s;
	bus_init(&t->bus);
	clock_init(&t->clock, 100);
	vmm_init(&t->v, &t->r->c, &t->bus, &t->clock, technique);
	t->v.guest = before;
	t->r->c.guest = t->r->c.hw = &t->v.guest;
	t->v.ack = vm_ack;
	t->v.ack_opaque = t;
	t->r->pm.hooks = (struct physmem_hooks){.opaque = &t->r->c, .code_written = code_written};
	vm_handlers(t);
	vm_poke(t, AT_CODE, program, n);
	t->r->ram[AT_CODE + n] = 0xf4;
	t->r->c.ip = AT_CODE;
	t->r->c.count = 0;
	t->r->c.r[RSP] = STACK_TOP(0) - 0x100;
	ctx_update(&t->r->c);
	t->steps = 1000;
	return t;
}
#define VM(technique, program) vm_new(technique, program, sizeof(program) - 1)

static inline void vm_free(struct vm *t)
{
	rig_free(t->r);
	free(t);
}

/* Goes on to the next handler: its vector; PROGRAM_END, NOTHING (the steps are used up) or SHUTDOWN. */
static inline int vm_next(struct vm *t)
{
	struct cpu *c = &t->r->c;
	vm_regs(t)->activity = ACT_ACTIVE;
	switch (vmm_run(&t->v, c->count + (u64)t->steps)) {
	case VMM_SHUTDOWN: return SHUTDOWN;
	case VMM_IDLE: break;
	default: return NOTHING;
	}
	if (c->ip < AT_HANDLERS || c->ip >= AT_HANDLERS + 16 * 256)
		return PROGRAM_END;
	return (int)(c->ip - AT_HANDLERS) / 16;
}

/* The frame that the handler found: 0 is its top (the error code where there is one). */
static inline u32 vm_stack(struct vm *t, int n)
{
	return load32(t->r->ram + t->v.guest.seg[SEG_SS].base + (u32)t->r->c.r[RSP] + 4 * n);
}

static inline void vm_set_stack(struct vm *t, int n, u32 value)
{
	store32(t->r->ram + t->v.guest.seg[SEG_SS].base + (u32)t->r->c.r[RSP] + 4 * n, value);
}

#define expect_event(t, vec) ck_assert_int_eq(vm_next(t), vec)
/* Return address relative to the program, and RF in the image. */
#define expect_frame(t, at, rf)                                                                                          \
	do {                                                                                                             \
		ck_assert_uint_eq(vm_stack(t, 0), AT_CODE + (u32)(at));                                                  \
		ck_assert_uint_eq(vm_stack(t, 2) >> 16 & 1, rf);                                                         \
	} while (0)

#endif
