/* raise.c - putting an exception together; delivering it is the VMM's work. */
#include "cpu/cpu.h"

enum step cpu_raise(struct cpu *c, int vec, u32 error, const char *why, const char *ref)
{
	c->fault = (struct fault){.vec = (u8)vec, .has_error = true, .error = error, .why = why, .ref = ref};
	return STEP_FAULT;
}

enum step cpu_raise_plain(struct cpu *c, int vec, const char *why, const char *ref)
{
	c->fault = (struct fault){.vec = (u8)vec, .why = why, .ref = ref};
	return STEP_FAULT;
}

enum step cpu_raise_critical(struct cpu *c)
{
	return cpu_raise(c, VEC_GP, 0, "a critical instruction above ring 0 on this processor", "-cpu critical=trap");
}

enum step cpu_raise_pf(struct cpu *c)
{
	const struct mmu_fault *f = &c->mmu->fault;
	c->fault = (struct fault){.vec = VEC_PF, .has_error = true, .error = f->error, .cr2 = f->cr2, .ref = "SDM 3A 4.7"};
	c->fault.why = f->error & 8   ? "reserved bit set in a paging entry"
		       : f->error & 1 ? (f->error & 2 ? "page not writable at this privilege" : "page not accessible at this privilege")
				      : "page not present";
	return STEP_FAULT;
}
