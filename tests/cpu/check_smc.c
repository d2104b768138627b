/* Code that changes itself: what is stored is what runs next, at every distance, from before, from behind, over a page's border, and
 * through another linear address (SDM 3A 11.6, 8.1.3: processors since the P6 notice a store to what they have fetched, by
 * its physical address; after a write through another linear address a jump is needed on real ones, and is done here).
 * In blocks as long as they get, and of one, two and seven instructions.
 */
#include "tests/cpu/system_rig.h"

#include "cpu/block.h"

enum { PAGE_TABLES = 0x100000, ALIAS = 0x400000, AT = 0x20000, STACK = 0x18000 };

/* Identical pages for the first 4 MB, and once more at 4 MB. */
static struct rig *runner(u32 block_max)
{
	struct rig *r = rig_new_protected(0);
	rig_run_programs(r);
	r->c.code->block_max = block_max;
	store32(r->ram + PAGE_TABLES, 0x101007);
	store32(r->ram + PAGE_TABLES + 4, 0x101007);
	for (u32 i = 0; i < 512; i++)
		store32(r->ram + 0x101000 + 4 * i, i << 12 | 7);
	r->s.cr3 = PAGE_TABLES;
	mmu_set_cr3(&r->m, r->s.cr3);
	ck_assert_int_eq(sys_set_cr0(&r->c, &r->s, r->s.cr0 | CR0_PG), STEP_NEXT);
	ctx_update(&r->c);
	return r;
}

static void start(struct rig *r, u32 at)
{
	memset(r->c.r, 0, sizeof r->c.r);
	r->c.r[RSP] = STACK;
	r->c.ip = at;
	r->c.attention = 0;
	r->c.df = 0;
	r->s.activity = ACT_ACTIVE;
	r->last_port = 0;
}

/* Until HLT: how many instructions that took. */
static u64 run(struct rig *r)
{
	u64 from = r->c.count;
	cpu_run(&r->c, from + 100000);
	ck_assert_int_eq(r->last_port, 0);
	ck_assert_int_eq(r->s.activity, ACT_HALTED);
	return r->c.count - from;
}

/* ---- assembling ------------------------------------------------------------------------------------------------- */

struct asm_at {
	struct rig *r;
	u32 at;
};

static void emit(struct asm_at *o, const char *bytes, u32 n)
{
	phys_write(&o->r->pm, o->at, bytes, n); /* tells the block cache, as DMA does */
	o->at += n;
}

static void emit32(struct asm_at *o, u32 v)
{
	char b[4];
	store32((u8 *)b, v);
	emit(o, b, 4);
}

static void nops(struct asm_at *o, u32 n)
{
	while (n--)
		emit(o, "\x90", 1);
}

/* Every way to write one byte 43h (INC EBX) at EAX. AH = ..., all leave EBX alone. */
static const struct {
	const char *bytes;
	u32 n;
} stores[] = {
	{"\xc6\x00\x43", 3},                         /* MOV byte [EAX],43h */
	{"\xb2\x43\x86\x10", 4},                     /* MOV DL,43h; XCHG [EAX],DL */
	{"\x80\x08\x43\x80\x20\x43", 6},             /* OR, AND: 40h becomes 43h */
	{"\x80\x00\x03", 3},                         /* ADD byte [EAX],3 */
	{"\x89\xc7\xb0\x43\xaa", 5},                 /* MOV EDI,EAX; MOV AL,43h; STOSB */
	{"\x89\xc7\xb0\x43\xb9\x01\0\0\0\xf3\xaa", 11}, /* with REP */
	{"\xba\x43\x90\x90\x90\x89\x10", 7},         /* MOV EDX,90909043h; MOV [EAX],EDX */
	{"\x8d\x60\x04\x68\x43\x90\x90\x90", 8},     /* LEA ESP,[EAX+4]; PUSH 90909043h */
	{"\x66\xc7\x40\xff\x90\x43", 6},             /* MOV word [EAX-1],4390h */
	{"\xba\x03\0\0\0\x0f\xc1\x10", 8},           /* XADD [EAX],EDX */
	{"\xf0\x0f\xba\x28\0\xf0\x0f\xba\x28\x01", 10}, /* LOCK BTS [EAX],0; 1 */
};

/* MOV EAX,target; a store; `distance` NOPs; the target, INC EAX (40h) before the store; NOPs; HLT */
static void forward(struct rig *r, u32 begin, size_t store, u32 distance, u32 alias)
{
	struct asm_at o = {r, begin};
	u32 target = begin + 5 + stores[store].n + distance;
	emit(&o, "\xb8", 1);
	emit32(&o, target + alias);
	emit(&o, stores[store].bytes, stores[store].n);
	nops(&o, distance);
	emit(&o, "\x40\x90\x90\x90\x90\xf4", 6);
	start(r, begin);
	run(r);
	ck_assert_msg(r->c.r[RBX] == 1, "store %zu, distance %u, at %x", store, distance, begin);
}

static const u32 block_sizes[] = {BLOCK_MAX, 1, 2, 7};

START_TEST(a_store_ahead_is_seen_at_every_distance)
{
	for (size_t b = 0; b < ARRAY_LEN(block_sizes); b++) {
		struct rig *r = runner(block_sizes[b]);
		for (size_t s = 0; s < ARRAY_LEN(stores); s++)
			for (u32 distance = 1; distance < 300; distance += distance < 40 ? 1 : 37)
				forward(r, AT + 0x40, s, distance, 0);
		rig_free(r);
	}
}
END_TEST

/* The target runs over the border of a page from 40 bytes below to 40 behind, with the storing instruction below. */
START_TEST(a_store_is_seen_across_a_page_border)
{
	for (size_t b = 0; b < ARRAY_LEN(block_sizes); b++) {
		struct rig *r = runner(block_sizes[b]);
		for (size_t s = 0; s < ARRAY_LEN(stores); s++)
			for (u32 begin = AT + 0xfa0; begin < AT + 0x1008; begin++)
				forward(r, begin, s, 30, 0);
		rig_free(r);
	}
}
END_TEST

/* Through a second linear address the processor sees it too. */
START_TEST(a_store_through_another_linear_address_is_seen)
{
	for (size_t b = 0; b < ARRAY_LEN(block_sizes); b++) {
		struct rig *r = runner(block_sizes[b]);
		for (size_t s = 0; s < ARRAY_LEN(stores); s++)
			for (u32 begin = AT + 0xfc0; begin < AT + 0x1008; begin += 3)
				forward(r, begin, s, 1 + begin % 32, ALIAS);
		rig_free(r);
	}
}
END_TEST

/* A loop whose body adds an immediate that the loop itself counts up: 1 + 2 + ... + 100. */
START_TEST(a_loop_changes_an_immediate_behind_it)
{
	for (size_t b = 0; b < ARRAY_LEN(block_sizes); b++)
		for (u32 begin = AT + 0xfe0; begin < AT + 0x1010; begin++)
			for (u32 alias = 0; alias <= ALIAS; alias += ALIAS) {
				struct rig *r = runner(block_sizes[b]);
				struct asm_at o = {r, begin};
				emit(&o, "\xb9\x64\0\0\0", 5);   /* MOV ECX,100 */
				emit(&o, "\x81\xc3\x01\0\0\0", 6); /* again: ADD EBX,1 */
				emit(&o, "\xff\x05", 2);         /* INC dword [the immediate] */
				emit32(&o, begin + 7 + alias);
				emit(&o, "\xe2\xf2\xf4", 3);     /* LOOP again; HLT */
				start(r, begin);
				ck_assert_uint_eq(run(r), 1 + 3 * 100 + 1);
				ck_assert_uint_eq(r->c.r[RBX], 5050);
				rig_free(r);
			}
}
END_TEST

/* Cross-modifying: what a device or another processor writes between two runs of the same code. */
START_TEST(code_written_from_outside_is_run_as_written)
{
	struct rig *r = runner(BLOCK_MAX);
	for (u32 i = 0; i < 200; i++) {
		u8 at = (u8)(i % 20);
		struct asm_at o = {r, AT};
		if (i == 0) {
			nops(&o, 20);
			emit(&o, "\xf4", 1);
		}
		o.at = AT + at;
		emit(&o, i % 40 < 20 ? "\x43" : "\x90", 1);
		start(r, i & 1 ? AT + ALIAS : AT);
		run(r);
		ck_assert_uint_eq(r->c.r[RBX], i % 40 < 20 ? i % 40 + 1 : 39 - i % 40);
	}
	rig_free(r);
}
END_TEST

/* The page under the program is exchanged by its page-table entry and INVLPG, then by CR3: never the old code after that (4.10.4). */
START_TEST(a_remapped_page_brings_its_code)
{
	struct rig *r = runner(BLOCK_MAX);
	struct asm_at one = {r, AT}, two = {r, AT + 0x1000};
	emit(&one, "\x43\xf4", 2);         /* INC EBX; HLT */
	emit(&two, "\x83\xc3\x05\xf4", 4); /* ADD EBX,5; HLT */
	for (u32 i = 0; i < 50; i++) {
		u32 frame = i & 1 ? AT + 0x1000 : AT;
		phys_write(&r->pm, 0x101000 + 4 * (AT >> 12), &(u32){frame | 7}, 4);
		if (i & 2)
			mmu_invlpg(&r->m, AT + ALIAS);
		else
			mmu_set_cr3(&r->m, r->s.cr3);
		start(r, AT + ALIAS);
		run(r);
		ck_assert_uint_eq(r->c.r[RBX], i & 1 ? 5 : 1);
	}
	rig_free(r);
}
END_TEST

/* An instruction lies on two pages; the second is exchanged, or its first byte on the second page is overwritten. */
START_TEST(an_instruction_across_two_pages_follows_both)
{
	for (u32 split = 1; split < 6; split++) {
		struct rig *r = runner(BLOCK_MAX);
		struct asm_at o = {r, AT + 0x1000 - split};
		u8 other[8];
		emit(&o, "\x81\xc3\x11\x22\x33\x44\xf4", 7); /* ADD EBX,44332211h; HLT */
		start(r, AT + 0x1000 - split);
		run(r);
		ck_assert_uint_eq(r->c.r[RBX], 0x44332211);
		o.at = AT + 0x1000 - split + 5;              /* the last byte of the immediate, from outside */
		emit(&o, "\x55", 1);
		start(r, AT + 0x1000 - split);
		run(r);
		ck_assert_uint_eq(r->c.r[RBX], 0x55332211);
		phys_read(&r->pm, AT + 0x1000, other, sizeof other); /* another frame for the second page */
		other[6 - split - 1] = 0x66;
		phys_write(&r->pm, AT + 0x5000, other, sizeof other);
		phys_write(&r->pm, 0x101000 + 4 * ((AT >> 12) + 1), &(u32){(AT + 0x5000) | 7}, 4);
		mmu_invlpg(&r->m, AT + 0x1000);
		start(r, AT + 0x1000 - split);
		run(r);
		ck_assert_uint_eq(r->c.r[RBX], 0x66332211);
		rig_free(r);
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("self-modifying code");
	TCase *t = tcase_create("smc");
	tcase_set_timeout(t, 60);
	suite_add_tcase(s, t);
	tcase_add_test(t, a_store_ahead_is_seen_at_every_distance);
	tcase_add_test(t, a_store_is_seen_across_a_page_border);
	tcase_add_test(t, a_store_through_another_linear_address_is_seen);
	tcase_add_test(t, a_loop_changes_an_immediate_behind_it);
	tcase_add_test(t, code_written_from_outside_is_run_as_written);
	tcase_add_test(t, a_remapped_page_brings_its_code);
	tcase_add_test(t, an_instruction_across_two_pages_follows_both);
	return rig_main(s);
}
