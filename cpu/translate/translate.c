/* translate.c - from a hot block to host code; see translate.h. */
#include "cpu/translate/internal.h"

#include "cpu/cpuid.h"
#include "cpu/system.h"

#define ROOM_PER_BLOCK (64u << 10) /* more than any block needs */

/* ---- ways out ---------------------------------------------------------------------------------- */

void leave_if_to(struct tr *t, u8 *from, const void *fn, const struct uop *slot)
{
	if (t->ncold == (int)ARRAY_LEN(t->cold)) {
		t->too_many = true;
		return;
	}
	t->cold[t->ncold++] = (struct cold){
		.from = from, .u = t->u, .handler = fn, .slot = slot, .dirty = t->dirty, .flags = t->flags,
	};
}

void leave_by_guard(struct tr *t, u8 *from, const void *fn, const struct guard_site *site)
{
	leave_if_to(t, from, fn, NULL);
	if (!t->too_many)
		t->cold[t->ncold - 1].site = *site;
}

void leave_if(struct tr *t, u8 *from)
{
	leave_if_to(t, from, (const void *)t->handler, NULL);
}

static int count_bits(u32 v)
{
	return __builtin_popcount(v);
}

/* Ends straight-line code: to a function of a handler's form, with `u` and all state in struct cpu. */
static void leave_for(struct tr *t, const struct uop *u, const void *fn)
{
	bool few = count_bits(t->dirty) <= 3;
	flags_store(t);
	for (int i = 0; few && i < 8; i++)
		if (t->dirty >> i & 1)
			e_store(&t->e, 8, rm_at(H_CPU, 8 * i), guest_reg(i));
	e_lea(&t->e, 8, H_SI, rm_abs(u));
	e_mov_imm64(&t->e, H_AX, (u64)(uintptr_t)fn);
	e_jmp(&t->e, few ? t->x->stubs.leave_clean : t->x->stubs.leave);
}

static const void *put_site(struct emit *e, const struct guard_site *s)
{
	while ((uintptr_t)e->p % _Alignof(struct guard_site))
		e8(e, 0);
	const void *at = emit_here(e);
	memcpy(e->p, s, sizeof *s);
	e->p += sizeof *s;
	return at;
}

static void write_cold(struct tr *t)
{
	for (int i = 0; i < t->ncold; i++) {
		const struct cold *k = &t->cold[i];
		const void *site = k->site.block ? put_site(&t->e, &k->site) : NULL;
		e_patch(&t->e, k->from);
		t->dirty = k->dirty;
		t->flags = k->flags;
		if (site || k->slot)
			e_lea(&t->e, 8, H_CX, rm_abs(site ? site : k->slot));
		leave_for(t, k->u, k->handler);
	}
}

void before_write(struct tr *t, int reg)
{
	const struct flag_state *f = &t->flags;
	bool depends = (f->a.kind == REF_REG && f->a.reg == reg) || (f->b.kind == REF_REG && f->b.reg == reg);
	if (f->place != FLAGS_PENDING || !depends)
		return;
	if (t->live_before)
		flags_store(t);
	else
		t->flags.place = FLAGS_DEAD;
}

/* A handler's entry from C: loads what lives in host registers, goes on at `target`. */
static const void *write_entry(struct tr *t, const void *target)
{
	const void *entry = emit_here(&t->e);
	e_load(&t->e, 8, H_TLB, CPU_FIELD(tlb));
	for (int i = 0; i < 8; i++)
		e_load(&t->e, 8, guest_reg(i), rm_at(H_CPU, 8 * i));
	e_jmp(&t->e, target);
	return entry;
}

/* ---- one block ------------------------------------------------------------------------------------- */

static bool has_code_for(const struct tr *t)
{
	const struct insn *in = t->in;
	return (t->c->model->isa >> in->row->isa & 1) && !sys_table[in->op] && in->addrsize <= 4;
}

static bool translate_insn(struct tr *t)
{
	static bool (*const families[])(struct tr *) = {
		translate_alu, translate_mov, translate_stack, translate_shift, translate_muldiv, translate_branch,
	};
	if (!has_code_for(t))
		return false;
	for (size_t i = 0; i < ARRAY_LEN(families); i++)
		if (families[i](t))
			return true;
	return false;
}

/* Instructions of a block, and where handlers come back into its code. */
struct plan {
	struct insn in[BLOCK_MAX];
	u32 live[BLOCK_MAX + 1]; /* flags live behind; [n]: in front of the first */
	const void *back[BLOCK_MAX]; /* NULL: not here */
	int n, handlers, runs;   /* instructions, those left to handlers, uninterrupted runs of these */
	bool starts;             /* the first one has code */
};

/* Behind a handler everything is in struct cpu. */
static void state_from_handler(struct tr *t)
{
	t->dirty = 0;
	t->flags = (struct flag_state){.place = FLAGS_STORED, .kind = FK_SETTLED};
	t->e.host = 0;
	guard_end(t);
}

static void write_body(struct tr *t, struct plan *p)
{
	bool in_handlers = false;
	for (int i = 0; i < p->n; i++) {
		t->in = &p->in[i];
		t->u = &t->b->uops[i];
		t->handler = i ? t->u->fn : t->b->first;
		t->live = p->live[i];
		t->live_before = flags_live(t->in, t->live);
		t->rest = p->n - i;
		t->bx_taken = false;
		const void *here = emit_here(&t->e);
		if (in_handlers)
			state_from_handler(t);
		if (translate_insn(t)) {
			guard_after(t);
			p->back[i] = in_handlers ? here : NULL;
			p->starts |= i == 0;
			in_handlers = false;
			continue;
		}
		p->handlers++;
		if (!in_handlers) {
			p->runs++;
			leave_for(t, t->u, (const void *)t->handler);
		}
		in_handlers = true;
	}
	if (t->b->nuops == p->n + 1 && !is_near_branch(&p->in[p->n - 1]) && !in_handlers) {
		t->u = &t->b->uops[p->n];
		translate_fall_through(t);
	}
}

/* Coming and going costs about as much as four instructions' handlers. */
static bool pays(const struct plan *p)
{
	return p->n - p->handlers > 3 * p->runs;
}

static uop_fn handler_at(const void *code)
{
	uop_fn fn;
	memcpy(&fn, &code, sizeof fn);
	return fn;
}

static void install(struct tr *t, const struct plan *p, const void *body)
{
	struct code_block *b = t->b;
	for (int i = 1; i < p->n; i++)
		if (p->back[i]) {
			b->uops[i].x.handler = b->uops[i].fn;
			b->uops[i].fn = handler_at(write_entry(t, p->back[i]));
		}
	if (p->starts)
		b->uops[0].fn = handler_at(write_entry(t, body));
	b->body = body;
}

static void h_again(HANDLER_ARGS);

/* ---- blocks without guards ---------------------------------------------------------------------- */

#define GUARD_FAILURES 64 /* of one block, before it does without */

static unsigned place_hash(const struct code_block *b)
{
	u64 gpa = b->key >> BLOCK_MODE_BITS;
	return (gpa ^ gpa >> 12) & 4095;
}

static bool is_unguarded(const struct translator *x, const struct code_block *b)
{
	unsigned h = place_hash(b);
	return x->unguarded[h / 64] >> h % 64 & 1;
}

static bool is_code(const struct translator *x, uop_fn fn)
{
	u64 at;
	memcpy(&at, &fn, sizeof at);
	return at - (u64)(uintptr_t)x->run < x->size;
}

uop_fn translator_handler(const struct translator *x, const struct code_block *b, const struct uop *u)
{
	if (u == b->uops)
		return b->first;
	return is_code(x, u->fn) ? u->x.handler : u->fn;
}

/* `runs` counts failures now. */
void translator_unguard(struct translator *x, struct code_block *b)
{
	unsigned h = place_hash(b);
	if (++b->runs < GUARD_FAILURES)
		return;
	x->unguarded[h / 64] |= 1ull << h % 64;
	for (int i = 0; i < b->nuops; i++)
		b->uops[i].fn = translator_handler(x, b, &b->uops[i]);
	b->uops[0].fn = h_again;
	b->body = x->stubs.block;
}

static bool translate_block(struct cpu *c, struct code_block *b)
{
	struct translator *x = c->code->translator;
	struct plan p = {0};
	struct tr t = {
		.e = {.p = x->write + x->used, .end = x->write + x->size, .to_exec = x->run - x->write},
		.c = c, .x = x, .b = b, .mode = (u32)b->key & ((1u << BLOCK_MODE_BITS) - 1), .flat = b->key & BM_FLAT, .dirty = 0xff,
	};
	if (x->size - x->used < ROOM_PER_BLOCK) {
		x->full = true;
		return false;
	}
	p.n = block_insns(c, b, p.in, p.live);
	if (!p.n)
		return false;
	t.may_guard = !is_unguarded(x, b);
	const void *body = emit_here(&t.e);
	write_body(&t, &p);
	if (t.too_many || (!pays(&p) && x->hot)) {
		x->stats.declined++;
		return false;
	}
	b->runs = 0;
	write_cold(&t);
	install(&t, &p, body);
	size_t end = (size_t)(t.e.p - x->write);
	x->stats.bytes += end - x->used;
	x->used = (end + 15) & ~(size_t)15;
	x->stats.blocks++;
	x->stats.insns += (u64)p.n;
	x->stats.handlers += (u64)p.handlers;
	return true;
}

/* ---- counting ---------------------------------------------------------------------------------------- */

static struct code_block *block_of(const struct uop *first)
{
	return (struct code_block *)((char *)first - offsetof(struct code_block, uops));
}

static void try_block(struct cpu *c, struct code_block *b)
{
	b->uops[0].fn = b->first;
	translate_block(c, b);
}

/* The first uop's handler while the block's runs are counted. */
static void h_warm(HANDLER_ARGS)
{
	struct code_block *b = block_of(u);
	if (++b->runs < c->code->translator->hot)
		return b->first(c, u, left);
	try_block(c, b);
	return go_on(c, u, left);
}

/* The same of a block that is to be translated anew. */
static void h_again(HANDLER_ARGS)
{
	try_block(c, block_of(u));
	return go_on(c, u, left);
}

void translator_watch(struct cpu *c, struct code_block *b)
{
	struct translator *x = c->code->translator;
	if (!x)
		return;
	b->first = b->uops[0].fn;
	b->runs = 0;
	b->body = x->stubs.block;
	if ((b->key & (BM_CAREFUL | BM_LONG)) || x->hot == TRANSLATE_NEVER)
		return;
	if (x->hot == 0)
		try_block(c, b);
	else if (!(b->key & BM_ONE))
		b->uops[0].fn = h_warm;
}

void translator_drop(struct translator *x, struct code_block *b)
{
	if (x)
		b->body = x->stubs.block;
}
