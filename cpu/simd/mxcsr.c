/* mxcsr.c - MXCSR and its exceptions; may vector instructions run; the loan of the
 * host's unit. SDM 1 10.2.3, 11.5; SDM 3A 2.5, 13.1.
 *
 * While the guest masks all exceptions, its arithmetic runs on the host's unit with
 * the guest's rounding mode, DAZ and FTZ loaded once; the sticky flags gather there.
 * Whoever wants to see MXCSR, or to compute something of his own, takes the unit
 * back first (simd_host_off). A guest that unmasks one gets the portable functions.
 */
#include "cpu/simd/simd.h"

/* ---- the host's unit ----------------------------------------------------------------------- */

static inline u32 host_get_mxcsr(void)
{
	u32 v = 0;
#if SIMD_HOST_FPU
	__asm__ volatile("stmxcsr %0" : "=m"(v)::"memory");
#endif
	return v;
}

static inline void host_set_mxcsr(u32 v)
{
#if SIMD_HOST_FPU
	__asm__ volatile("ldmxcsr %0" ::"m"(v) : "memory");
#else
	(void)v;
#endif
}

bool simd_enter(struct cpu *c)
{
	if (!SIMD_HOST_FPU || (~c->simd.mxcsr & MXCSR_MASKS))
		return false;
	if (c->simd_gate & GATE_MXCSR) {
		c->host_mxcsr = host_get_mxcsr();
		host_set_mxcsr(c->simd.mxcsr);
		c->simd_gate &= (u8)~GATE_MXCSR;
	}
	return true;
}

void simd_leave(struct cpu *c)
{
	c->simd.mxcsr |= host_get_mxcsr() & MXCSR_FLAGS;
	host_set_mxcsr(c->host_mxcsr);
	c->simd_gate |= GATE_MXCSR;
}

void simd_set_mxcsr(struct cpu *c, u32 value)
{
	simd_host_off(c);
	c->simd.mxcsr = value;
}

/* ---- exceptions -------------------------------------------------------------------------------- */

int simd_exceptions(struct cpu *c)
{
	u32 raised = c->simd_raised, unmasked = ~c->simd.mxcsr >> MXCSR_MASKS_SHIFT & MXCSR_FLAGS;
	c->simd_raised = 0;
	if (raised & unmasked & MXCSR_PRE) /* found before computing: what comes of computing is not seen */
		raised &= MXCSR_PRE;
	c->simd.mxcsr |= raised;
	if (!(raised & unmasked))
		return 0;
	if (c->hw->cr4 & CR4_OSXMMEXCPT)
		cpu_raise_plain(c, VEC_XM, "unmasked SIMD floating-point exception", "SDM 3A 6.15 #XM");
	else
		cpu_raise_plain(c, VEC_UD, "unmasked SIMD exception with CR4.OSXMMEXCPT clear", "SDM 3A 13.1.3");
	return -1;
}

/* ---- may they run? ------------------------------------------------------------------------------- */

void simd_gate_update(struct cpu *c)
{
	u64 cr0 = c->hw->cr0;
	bool off = cr0 & (CR0_EM | CR0_TS);
	c->simd_gate = (u8)((c->simd_gate & GATE_MXCSR) | (off ? GATE_MMX : 0) |
			    (off || !(c->hw->cr4 & CR4_OSFXSR) ? GATE_SSE : 0));
}

enum step simd_usable(struct cpu *c, bool uses_xmm, bool uses_mmx)
{
	u64 cr0 = c->hw->cr0;
	if (cr0 & CR0_EM)
		return cpu_raise_plain(c, VEC_UD, "vector instruction with CR0.EM set", "SDM 3A 13.1.1");
	if (uses_xmm && !(c->hw->cr4 & CR4_OSFXSR))
		return cpu_raise_plain(c, VEC_UD, "SSE instruction with CR4.OSFXSR clear", "SDM 3A 13.1.1");
	if (cr0 & CR0_TS)
		return cpu_raise_plain(c, VEC_NM, "vector instruction with CR0.TS set", "SDM 3A 2.5");
	return uses_mmx ? fpu_check_pending(c) : STEP_NEXT;
}
