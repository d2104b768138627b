/* block.c - the block cache: finding, building and dropping decoded code.
 *
 * Blocks lie in an arena that is flushed as a whole when it is full. Dropping a
 * block only unhooks it and replaces its first handler: whoever still leads to it
 * falls back into the loop (h_stale).
 */
#include "cpu/block.h"

#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "cpu/cpuid.h"
#include "cpu/lower.h"
#include "cpu/trail.h"
#include "cpu/translate/translate.h"

#define ARENA_SIZE (16u << 20)
#define BLOCK_BYTES(nuops) (sizeof(struct code_block) + (size_t)(nuops) * sizeof(struct uop))
#define MAX_UOPS (BLOCK_MAX * UOPS_PER_INSN + 1)
#define GRANULE_SHIFT 7

int code_init(struct cpu *c)
{
	struct code *code = calloc(1, sizeof *code);
	if (!code)
		return -1;
	c->code = code;
	code->pages = PHYSMEM_PAGES;
	code->page = calloc(code->pages, sizeof *code->page);
	code->granules = calloc(code->pages, sizeof *code->granules);
	code->translator = translator_new(ARENA_SIZE, &code->arena);
	if (!code->translator)
		code->arena = malloc(ARENA_SIZE);
	code->scratch = malloc(BLOCK_BYTES(MAX_UOPS));
	code->arena_size = ARENA_SIZE;
	code->block_max = BLOCK_MAX;
	jump_init(code);
	if (!code->page || !code->granules || !code->arena || !code->scratch) {
		code_free(c);
		return -1;
	}
	return 0;
}

void code_free(struct cpu *c)
{
	struct code *code = c->code;
	if (!code)
		return;
	free(code->page);
	free(code->granules);
	if (code->translator)
		translator_free(code->translator); /* with the arena */
	else
		free(code->arena);
	free(code->scratch);
	free(code);
	c->code = NULL;
}

static void set_code_attr(struct cpu *c, u64 page, bool on)
{
	u8 *attr = &c->mmu->pm->attr[page];
	bool was = *attr & PG_CODE;
	if (on == was)
		return;
	*attr ^= PG_CODE;
	mmu_page_attr_changed(c->mmu, page * PAGE_SIZE);
}

void code_flush(struct cpu *c)
{
	struct code *code = c->code;
	const u8 *attr = c->mmu->pm->attr;
	for (u64 p = 0; p < code->pages; p++) {
		if (p % 8 == 0 && !(load64(attr + p) & PG_CODE * 0x0101010101010101ull)) {
			p += 7;
			continue;
		}
		if (attr[p] & PG_CODE) {
			code->page[p] = NULL;
			code->granules[p] = 0;
			set_code_attr(c, p, false);
		}
	}
	memset(code->hash, 0, sizeof code->hash);
	trail_clear(c);
	code->arena_used = 0;
	translator_flush(code->translator);
	code->stats.flushes++;
	code_remapped(c, MAPPING_ALL, 0);
}

void code_remapped(struct cpu *c, enum mapping_change what, lin_t lin)
{
	jump_forget(c->code, what, lin);
	c->attention |= ATT_LEAVE;
}

/* ---- dropping --------------------------------------------------------------------------------- */

static struct code_block **hash_slot(struct code *code, u64 key)
{
	u64 h = key * 0x9e3779b97f4a7c15ull;
	return &code->hash[h >> (64 - HASH_BITS)];
}

static u32 granule_mask(u32 off, u32 len)
{
	u32 first = off >> GRANULE_SHIFT, last = (off + len - 1) >> GRANULE_SHIFT;
	return (~0u << first) & (~0u >> (31 - last));
}

static void drop(struct cpu *c, struct code_block *b)
{
	struct code_block **p = hash_slot(c->code, b->key);
	while (*p != b)
		p = &(*p)->hash;
	*p = b->hash;
	b->key = BLOCK_STALE;
	b->uops[0].fn = h_stale;
	translator_drop(c->code->translator, b);
	c->code->stats.dropped++;
}

void code_written(void *cpu, gpa_t gpa, u32 len)
{
	struct cpu *c = cpu;
	struct code *code = c->code;
	u64 page = gpa / PAGE_SIZE;
	u32 hit = granule_mask(gpa & 0xfff, len), left = 0;
	if (page >= code->pages)
		return;
	if (!code->granules[page]) { /* nothing decoded here any more: let writes run free again */
		set_code_attr(c, page, false);
		return;
	}
	if (!(code->granules[page] & hit))
		return;
	u32 first = gpa & 0xfff, end = first + len;
	bool dropped = false;
	for (struct code_block **p = &code->page[page]; *p;) {
		struct code_block *b = *p;
		if (b->off < end && first < (u32)b->off + b->bytes) { /* exactly: data often lies beside code */
			*p = b->page;
			drop(c, b);
			dropped = true;
		} else {
			left |= granule_mask(b->off, b->bytes);
			p = &b->page;
		}
	}
	if (!dropped)
		return;
	code->granules[page] = left;
	c->attention |= ATT_LEAVE; /* the running block may be among them */
}

/* ---- building ----------------------------------------------------------------------------------- */

/* What is decoded: instructions of one block with their places. */
struct draft {
	struct insn in[BLOCK_MAX];
	enum decode_result result[BLOCK_MAX];
	u16 off[BLOCK_MAX];
	int n;
	u32 end; /* page offset behind the last */
	bool open; /* goes on without a branch */
};

static enum decode_mode decode_mode_of(u32 mode)
{
	return mode & BM_CS32 ? DEC_32 : DEC_16;
}

static void draft_page(struct draft *d, const u8 *host, u32 off, u32 end, u32 mode, u32 max)
{
	d->n = 0;
	d->open = true;
	d->end = off;
	while (d->n < (int)max && off < end) {
		struct insn *in = &d->in[d->n];
		enum decode_result r = decode(host, end - off, decode_mode_of(mode), in);
		if (r == DEC_MORE)
			break;
		d->result[d->n] = r;
		d->off[d->n++] = (u16)off;
		if (r != DEC_OK)
			in->len = in->len ? in->len : 1;
		off += in->len;
		host += in->len;
		d->end = off;
		d->open = r == DEC_OK && !is_near_branch(in);
		if (r != DEC_OK || ends_block(in))
			break;
	}
}

/* An instruction that runs on into the next page, or lies where no RAM is: byte by byte, only as far as needed. */
static int draft_bytes(struct cpu *c, struct draft *d, u32 mode)
{
	u8 bytes[16];
	struct insn *in = &d->in[0];
	enum decode_result r = DEC_MORE;
	lin_t lin = c->xseg[SEG_CS].base + c->ip;
	for (u32 i = 0; r == DEC_MORE && i < sizeof bytes; i++) {
		u64 v;
		if (c->ip + i > c->cs_limit) {
			cpu_raise(c, VEC_GP, 0, "instruction runs over the CS limit", "SDM 3A 5.3");
			return -1;
		}
		simd_host_off(c);
		if (mmu_load(c->mmu, (lin + i) & c->lin_mask, 1, ACC_EXEC | (c->user ? ACC_USER : 0), &v)) {
			cpu_raise_pf(c);
			return -1;
		}
		bytes[i] = (u8)v;
		r = decode(bytes, i + 1, decode_mode_of(mode), in);
	}
	d->n = 1;
	d->result[0] = r == DEC_MORE ? DEC_TOO_LONG : r;
	if (r != DEC_OK && !in->len)
		in->len = 1;
	d->off[0] = lin & 0xfff;
	d->end = d->off[0] + (u32)in->len;
	d->open = r == DEC_OK && !is_near_branch(in);
	return 0;
}

/* A comparison and the branch that ends the block become one handler. */
static void fuse_last(const struct draft *d, struct uop *uops)
{
	int last = d->n - 1;
	if (d->result[last] != DEC_OK || d->result[last - 1] != DEC_OK)
		return;
	uop_fn fn = exec_fused(&d->in[last - 1], &d->in[last]);
	if (fn)
		uops[last - 1].fn = fn; /* every instruction before a branch has one uop */
}

/* The FL_* that are live behind each instruction; returns those in front of the first. */
static u32 find_live_flags(const struct draft *d, u32 *live_after)
{
	u32 live = FL_ARITH;
	for (int i = d->n - 1; i >= 0; i--) {
		live_after[i] = live;
		live = d->result[i] == DEC_OK ? flags_live(&d->in[i], live) : FL_ARITH;
	}
	return live;
}

/* Turns a draft into uops at b. */
static void assemble(struct cpu *c, struct code_block *b, const struct draft *d, u32 mode)
{
	u32 live_after[BLOCK_MAX];
	struct uop *u = b->uops;
	b->kills_flags = find_live_flags(d, live_after) == 0;
	for (int i = 0; i < d->n; i++) {
		int k = 1;
		if (d->result[i] == DEC_OK)
			k = lower(c, &d->in[i], d->off[i], mode, live_after[i], u);
		else
			lower_invalid(d->result[i], d->off[i], d->in[i].len, u);
		for (int j = 0; j < k; j++)
			u[j].rem = (u8)(d->n - i);
		u += k;
	}
	if (d->n > 1)
		fuse_last(d, b->uops);
	if (d->open)
		lower_fall_through(d->end, mode, u++);
	b->n = (u16)d->n;
	b->off = d->off[0];
	b->bytes = (u16)(d->end - d->off[0]);
	b->nuops = (u16)(u - b->uops);
	c->code->stats.built++;
	c->code->stats.uops += b->nuops;
}

static struct code_block *build_scratch(struct cpu *c, u32 mode)
{
	struct draft d;
	if (draft_bytes(c, &d, mode | BM_ONE))
		return NULL;
	struct code_block *b = c->code->scratch;
	assemble(c, b, &d, mode | BM_ONE);
	b->key = BLOCK_STALE;
	return b;
}

static void note_page(struct cpu *c, struct code_block *b, gpa_t gpa)
{
	struct code *code = c->code;
	u64 page = gpa / PAGE_SIZE;
	if (page >= code->pages)
		return;
	b->page = code->page[page];
	code->page[page] = b;
	code->granules[page] |= granule_mask(b->off, b->bytes);
	set_code_attr(c, page, true);
}

static struct code_block *build(struct cpu *c, const struct fetch *f, u32 mode)
{
	struct code *code = c->code;
	struct draft d;
	u32 off = f->gpa & 0xfff, end = PAGE_SIZE;
	if ((mode & BM_CAREFUL) && c->cs_limit - c->ip < end - off - 1)
		end = off + (u32)(c->cs_limit - c->ip) + 1;
	draft_page(&d, f->host, off, end, mode, mode & BM_ONE ? 1 : code->block_max);
	peephole(d.in, d.n && d.result[d.n - 1] != DEC_OK ? d.n - 1 : d.n);
	if (d.n == 0)
		return build_scratch(c, mode);
	if (code->arena_used + BLOCK_BYTES(MAX_UOPS) > code->arena_size || translator_is_full(code->translator))
		code_flush(c);
	struct code_block *b = (struct code_block *)(code->arena + code->arena_used);
	assemble(c, b, &d, mode);
	code->arena_used += (BLOCK_BYTES(b->nuops) + 63) & ~(size_t)63;
	b->key = block_key(f->gpa, mode);
	struct code_block **slot = hash_slot(code, b->key);
	b->hash = *slot;
	*slot = b;
	note_page(c, b, f->gpa);
	translator_watch(c, b);
	return b;
}

int block_insns(struct cpu *c, const struct code_block *b, struct insn *in, u32 *live)
{
	struct draft d;
	u32 mode = (u32)b->key & ((1u << BLOCK_MODE_BITS) - 1);
	const u8 *page = physmem_read_ptr(c->mmu->pm, b->key >> BLOCK_MODE_BITS & PAGE_MASK);
	if (!page)
		return 0;
	draft_page(&d, page + b->off, b->off, b->off + b->bytes, mode, b->n);
	peephole(d.in, d.n);
	find_live_flags(&d, live);
	if (d.n != b->n || d.end != (u32)b->off + b->bytes)
		return 0;
	for (int i = 0; i < d.n; i++) {
		if (d.result[i] != DEC_OK)
			return 0;
		in[i] = d.in[i];
	}
	return d.n;
}

/* ---- finding --------------------------------------------------------------------------------------- */

static struct code_block *look_up(struct code *code, u64 key)
{
	struct code_block *b = *hash_slot(code, key);
	while (b && b->key != key)
		b = b->hash;
	return b;
}

static int fetch(struct cpu *c, lin_t lin, struct fetch *f)
{
	if (mmu_fetch(c->mmu, lin, ACC_EXEC | (c->user ? ACC_USER : 0), f) == 0)
		return 0;
	cpu_raise_pf(c);
	return -1;
}

struct code_block *code_find(struct cpu *c, u32 extra)
{
	lin_t lin = (c->xseg[SEG_CS].base + c->ip) & c->lin_mask;
	const struct jump *j = jump_at(c->code, lin);
	struct fetch f;
	if (c->ip > c->cs_limit) {
		cpu_raise(c, VEC_GP, 0, "IP outside the CS limit", "SDM 3A 5.3");
		return NULL;
	}
	c->ip_base = c->ip - (lin & 0xfff);
	if (!extra && j->key == jump_key(lin, c->mode) && j->block->key != BLOCK_STALE)
		return j->block;
	if (c->ip + (0xfff - (lin & 0xfff)) > c->cs_limit)
		extra |= BM_CAREFUL | BM_ONE;
	if (fetch(c, lin, &f))
		return NULL;
	u32 mode = c->mode | extra;
	if (!f.host)
		return build_scratch(c, mode);
	struct code_block *b = look_up(c->code, block_key(f.gpa, mode));
	if (b && (extra & BM_CAREFUL) && c->ip + b->bytes - 1 > c->cs_limit)
		b = NULL, f.host = NULL;
	if (!f.host)
		return build_scratch(c, mode); /* raises the limit fault at the right byte */
	if (!b)
		b = build(c, &f, mode);
	if (b && !extra && b != c->code->scratch)
		jump_enter(c->code, lin, c->mode, b, &f);
	return b;
}

void insn_at(struct cpu *c, struct insn *in)
{
	struct draft d;
	struct fault saved = c->fault;
	if (draft_bytes(c, &d, c->mode))
		*in = (struct insn){.len = 1};
	else
		*in = d.in[0];
	c->fault = saved;
}
