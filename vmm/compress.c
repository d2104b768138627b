/* compress.c - ring compression: what hw is, given what the guest believes.
 *
 * Guest rings 0 and 1 share hw ring 1, real mode and v86 mode run at CPL 3 with
 * IOPL 0; IF is always 1 on hw; the tables, the task register and CR3 are the
 * VMM's own. docs/virtualization.md sections 2 and 3.
 */
#include "vmm/vmm.h"

/* Where the VMM's own tables lie, as SGDT, SIDT, SLDT and STR on hw show them: nothing a guest could have set. */
#define VMM_GDT_BASE 0xffc00000u
#define VMM_IDT_BASE 0xffc10000u
#define VMM_LDT_SEL 0x0018
#define VMM_TSS_SEL 0x0010

static void compress_segment(struct segment *s)
{
	if ((s->sel & 3) == 0 && s->attr)
		s->sel |= 1;
	if (s->attr && seg_dpl(s) == 0)
		s->attr |= 1u << SEG_DPL_SHIFT;
}

static void compress_segments(struct sysregs *hw)
{
	for (int i = 0; i < 6; i++) {
		struct segment *s = &hw->seg[i];
		if (i == SEG_CS || i == SEG_SS)
			compress_segment(s);
		else if (s->attr && seg_dpl(s) == 0)
			s->attr |= 1u << SEG_DPL_SHIFT; /* the selector stays as it was loaded */
	}
}

void vmm_compress(const struct sysregs *guest, struct sysregs *hw)
{
	*hw = *guest;
	hw->cpl = 3;
	if (sys_protected(guest)) {
		hw->cpl = guest->cpl ? guest->cpl : 1;
		if (guest->cpl == 0)
			compress_segments(hw);
	}
	hw->eflags = (guest->eflags & ~(u32)(EF_IOPL | EF_VIF | EF_VIP)) | EF_IF;
	hw->cr0 = guest->cr0 | CR0_ET | CR0_NE | CR0_WP;
	hw->cr4 = guest->cr4 & ~(u64)(CR4_VME | CR4_PVI | CR4_TSD | CR4_UMIP | CR4_PCE);
	hw->cr3 = 0;
	hw->shadow_tables = (struct shadow_tables){
		.on = 1,
		.gdt_base = guest->gdtr.base,
		.gdt_limit = guest->gdtr.limit,
		.has_ldt = guest->ldtr.attr != 0,
		.ldt_base = guest->ldtr.base,
		.ldt_limit = guest->ldtr.limit,
	};
	hw->gdtr = (struct dtr){VMM_GDT_BASE, 0xffff};
	hw->idtr = (struct dtr){VMM_IDT_BASE, 0x7ff};
	hw->ldtr = (struct segment){.base = VMM_GDT_BASE, .limit = 0xffff, .sel = VMM_LDT_SEL, .attr = SEG_P | 2};
	hw->tr = (struct segment){.base = VMM_IDT_BASE, .limit = 101, .sel = VMM_TSS_SEL, .attr = SEG_P | 11};
	/* too short for an I/O bitmap: every port faults at CPL > IOPL */
	hw->sysenter_cs = 0; /* SYSENTER on hw faults: an exit, not silent */
}
