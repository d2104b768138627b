/*
 * stop_memory.c - stops 4 and 9: page faults and their repair; self-modifying code.
 *
 * SDM volume 3: 4.7 and 6.15 (#PF, error code, CR2), 4.6 (access rights, CR0.WP), 4.8 (accessed and dirty), 11.6 (self-modifying
 * code: an alias needs a serializing instruction before the new code runs), 8.3 (MOV to CR2 serializes).
 */
#include "tour.h"

extern const u8 touch_write[], touch_read[], kernel_write[];
extern u32 touch_value;
u32 patch_ahead(u32 value);
u32 patch_page(void);
extern u8 patch_ahead_insn[];

static u8 data_page[4096] __attribute__((aligned(4096)));

/* What the last access met, and the page table entry that repairs it. */
static u32 faults, fault_cr2, fault_error, fault_eip, repair;

static int page_fault(struct frame *f)
{
	if (f->vector != VEC_PF)
		user_leave();
	READ_CR(2, fault_cr2);
	faults++;
	fault_error = f->error;
	fault_eip = f->eip;
	page_map(fault_cr2, repair);
	return 1;
}

/* Sets the entry, makes the access, says what came of it. */
static void say_access(const char *name, const u8 *code, u32 ring, u32 entry)
{
	u32 page = (u32)data_page;

	faults = 0;
	touch_value = 0;
	page_map(WINDOW, entry);
	repair = page | PTE_P | PTE_W | PTE_U;
	if (ring == 3)
		user_run(code, 0x202);
	else
		((void (*)(void))code)();
	say("  ^w%s%25t%d%31t", name, ring);
	if (faults)
		say("^w%x%41t%x%51t%s, %s, %s", fault_cr2, fault_error, fault_error & 1 ? "rights" : "absent",
		    fault_error & 2 ? "write" : "read", fault_error & 4 ? "user" : "supervisor");
	else
		say("^cno fault");
	say("\n");
}

void stop_page_fault(void)
{
	u32 page = (u32)data_page, cr0;
	volatile u32 *data = (volatile u32 *)data_page;

	*data = 0;
	trap_set(page_fault);
	paging_on();
	say("Paging is on; linear address 00400000 has no page yet. Ring 3 writes there.\n");
	say("The handler enters a page into the table and returns: the same instruction\n");
	say("runs again and never knows.\n\n");
	page_map(WINDOW, 0);
	repair = page | PTE_P | PTE_W | PTE_U;
	faults = 0;
	user_run(touch_write, 0x202);
	say("  CR2%24t^w%x^n%36tthe address that failed\n", fault_cr2);
	say("  error code%24t^w%x^n%36t%s, %s, from ring %d\n", fault_error, fault_error & 1 ? "protection" : "page not present",
	    fault_error & 2 ? "write" : "read", fault_error & 4 ? 3 : 0);
	say("  EIP%24t^w%x^n%36t%s\n", fault_eip, fault_eip == (u32)touch_write ? "the writing instruction" : "^relsewhere");
	say("  table entry%24t^w%x^n%36tthen entered ^w%x^n\n", 0, repair);
	say("  after the retry%24t^w%x^n%36taccessed ^w%d^n, dirty ^w%d^n\n", page_entry(WINDOW), page_entry(WINDOW) >> 5 & 1, page_entry(WINDOW) >> 6 & 1);
	say("  in memory%24t^w%x^n%36tfaults: ^w%d^n\n\n", *data, faults);

	say("^y  access%25tring%31tCR2%41terror%51tmeans\n");
	say_access("write, read-only page", touch_write, 3, page | PTE_P | PTE_U);
	say_access("read, supervisor page", touch_read, 3, page | PTE_P | PTE_W);
	say_access("write, WP = 0", kernel_write, 0, page | PTE_P | PTE_U);
	READ_CR(0, cr0);
	WRITE_CR(0, cr0 | CR0_WP);
	say_access("write, WP = 1", kernel_write, 0, page | PTE_P | PTE_U);
	paging_off();
	say("\nEvery operating system grows memory in this way; a shadowing monitor does it\n");
	say("once more, below the guest, with faults that the guest never sees.\n");
}

/* ---- stop 9 --------------------------------------------------------------------------------------------------------- */
static u32 immediate(const void *insn)
{
	return *(const volatile u32 *)((const u8 *)insn + 1);
}

static void patch(void *insn, u32 value)
{
	*(volatile u32 *)((u8 *)insn + 1) = value;
}

/* MOV to CR2 is serializing and leaves translations alone. */
static void serialize(void)
{
	WRITE_CR(2, 0);
}

static void say_patch(const char *how, u32 before, u32 written, u32 result)
{
	say("  %s%42t^w%x%52t%x%62t%x^n %s\n", how, before, written, result, result == written ? "^gnew" : "^rold");
}

void stop_self_modify(void)
{
	u32 i, sum, before, result, alias = WINDOW + 0x5000;
	u8 *page = (u8 *)patch_page;

	say("Code is data: MOV EAX,imm32 is rewritten while it stands in the way. The\n");
	say("processor (and every cache of decoded or translated code) has to notice.\n\n");
	say("^y  how the immediate was written%42tbefore%52twritten%62tEAX\n");

	before = immediate(patch_ahead_insn);
	result = patch_ahead(0x22222222);
	say_patch("by the instruction just before it", before, 0x22222222, result);

	before = patch_page();
	patch(page, 0x44444444);
	result = patch_page();
	say_patch("from another page, after it had run", before, 0x44444444, result);

	trap_set(page_fault);
	paging_on();
	page_map(alias, (u32)page | PTE_P | PTE_W | PTE_U);
	before = patch_page();
	patch((void *)alias, 0x55555555);
	serialize();
	result = patch_page();
	say_patch("through an alias, run in its place", before, 0x55555555, result);

	before = ((u32 (*)(void))alias)();
	patch(page, 0x66666666);
	serialize();
	result = ((u32 (*)(void))alias)();
	say_patch("in its place, run through the alias", before, 0x66666666, result);
	paging_off();

	for (i = 1, sum = 0; i <= 100; i++)
		sum += patch_ahead(i);
	say("\n  patched with 1, 2, ... 100 and run each time; sum of EAX: ^w%d^n  %s\n", sum, sum == 5050 ? "^gall new" : "^rsome old");
	patch(page, 0x33333333);
	patch(patch_ahead_insn, 0x11111111);

	say("\nThe first works on any Pentium or later; a 486 may still hold the old bytes\n");
	say("in its queue. An alias needs a serializing instruction in between, here MOV\n");
	say("to CR2 (SDM volume 3, 11.6). A translator must find the old translation by\n");
	say("physical address: the alias shows whether it does.\n");
}
