/* vectors.c - runs recorded "silicon truth vectors" (stv.h) through the core and counts what agrees.
 *
 *   vectors [-m MNEMONIC] [-k STRIDE] [-v SHOWN] [-i INDEX] [-q] [-r PERCENT] [-x] [-c] [-o] DIR|FILE...
 *
 * The vectors are single instructions in user mode, recorded on an Intel processor. The regions of a file are mapped
 * one to one by PAE tables (NX: a fetch fault's error code has bit 4); GDT, LDT, IDT, TSS and a ring 0 stack share one
 * supervisor page where no vector looks. Software interrupts really go through a gate to ring 0: what they push is the
 * state compared. All other exceptions stop the core before delivery. Not run, and counted as skipped: what has no
 * handler, 64-bit mode.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define STV_IMPLEMENTATION
#include "tests/vectors/stv.h"

#include "base/bits.h"
#include "cpu/block.h"
#include "cpu/translate/translate.h"
#include "cpu/lower.h"
#include "cpu/system.h"
#include "tests/vectors/core.h"
#include "tests/vectors/files.h"

#define SUFFIX ".stv.gz"

/* Physical places */
enum { AT_PDPT = 0x2000, AT_PD = 0x3000 /* one for each gigabyte */, AT_PT = 0x8000, AT_SYSTEM = 0x200000 };
#define SYSTEM_LIN 0xe57a3000u /* the supervisor page, and what lies in it: */
enum { IN_GDT = 0, IN_LDT = 0x100, IN_TSS = 0x200, IN_IDT = 0x400, IN_STACK_TOP = 0x1000 };
#define HANDLER_IP(vec) (0x100u * (u32)(vec))
#define PTE_NX (1ull << 63)

struct options {
	const char *only;
	long stride, index;
	int shown;
	int compare; /* 0 or STV_STRICT */
	bool quiet, cold, observed, translated;
};

static const char *const mode_names[] = {"?", "p16", "p32", "s32", "p64"};

/* ---- memory and tables, once a file ----------------------------------------------------------------- */

struct bench {
	struct core k;
	struct options *opt;
	stv_file f;
	stv_mem mem;
	stv_vec v;
	u32 next_table; /* free page for a page table */
};

static void map_page(struct bench *b, u32 lin, gpa_t gpa, u64 flags)
{
	u8 *ram = b->k.pm.ram;
	u8 *pde = ram + AT_PD + 0x1000 * (lin >> 30) + 8 * (lin >> 21 & 511);
	if (!(load64(pde) & 1)) {
		store64(pde, b->next_table | 7);
		b->next_table += 0x1000;
	}
	store64(ram + (load64(pde) & 0xfffff000) + 8 * (lin >> 12 & 511), gpa | flags);
}

static void map_regions(struct bench *b)
{
	for (unsigned i = 0; i < b->f.n_region; i++) {
		const stv_region *r = &b->f.region[i];
		u64 flags = 0x65 | (r->prot & 2 ? 2 : 0) | (r->prot & 4 ? 0 : PTE_NX);
		for (u32 off = 0; off < r->size; off += PAGE_SIZE)
			map_page(b, (u32)r->base + off, r->base + off, flags);
		u8 *at = b->k.pm.ram + r->base;
		memcpy(at, b->mem.cur[i], r->size);
		free(b->mem.cur[i]);
		b->mem.cur[i] = at; /* the core works in the reader's image */
	}
	map_page(b, SYSTEM_LIN, AT_SYSTEM, 0x63);
}

static void build_system_page(struct bench *b)
{
	u8 *page = b->k.pm.ram + AT_SYSTEM;
	for (unsigned i = 0; i < b->f.n_desc; i++) {
		u16 sel = b->f.desc[i].sel;
		store64(page + (sel & 4 ? IN_LDT : IN_GDT) + (sel & 0xfff8), b->f.desc[i].raw);
	}
	for (u32 vec = 0; vec < 32; vec++) { /* 32-bit interrupt gates to kernel code; 3 and 4 with DPL 3 */
		u64 dpl = vec == VEC_BP || vec == VEC_OF ? 3 : 0;
		store64(page + IN_IDT + 8 * vec, HANDLER_IP(vec) | 0x08 << 16 | (0x8e00 | dpl << 13) << 32);
	}
	store32(page + IN_TSS + 4, SYSTEM_LIN + IN_STACK_TOP);
	store16(page + IN_TSS + 8, 0x18);
	store16(page + IN_TSS + 0x66, 0xffff); /* no I/O permission bitmap */
}

static void set_system_registers(struct bench *b)
{
	struct sysregs *s = &b->k.s;
	s->cr0 = CR0_PE | CR0_MP | CR0_ET | CR0_NE | CR0_WP | CR0_AM | CR0_PG;
	s->cr4 = CR4_PAE | CR4_PSE | CR4_DE | CR4_OSFXSR | CR4_OSXMMEXCPT;
	s->efer = EFER_NXE;
	s->cr3 = AT_PDPT;
	s->gdtr = (struct dtr){SYSTEM_LIN + IN_GDT, b->f.gdt_limit};
	s->idtr = (struct dtr){SYSTEM_LIN + IN_IDT, 0x7ff};
	s->ldtr = (struct segment){SYSTEM_LIN + IN_LDT, b->f.ldt_limit, 0x58, SEG_P | 2};
	s->tr = (struct segment){SYSTEM_LIN + IN_TSS, 0x67, 0x40, SEG_P | 11};
	mmu_set_cr3(&b->k.m, s->cr3);
	mmu_set_mode(&b->k.m, s->cr0, s->cr4, s->efer);
}

static bool go_on_observed(void *opaque, const struct insn *in)
{
	(void)opaque;
	(void)in;
	return true;
}

static int bench_open(struct bench *b)
{
	if (stv_mem_init(&b->mem, &b->f) || core_init(&b->k))
		return -1;
	b->next_table = AT_PT;
	for (u32 i = 0; i < 4; i++)
		store64(b->k.pm.ram + AT_PDPT + 8 * i, (AT_PD + 0x1000 * i) | 1);
	if (b->opt->translated)
		translator_set_hot(b->k.c.code->translator, 0);
	if (b->opt->observed)
		b->k.c.hooks.before = go_on_observed;
	map_regions(b);
	build_system_page(b);
	set_system_registers(b);
	return 0;
}

static void bench_close(struct bench *b)
{
	memset(b->mem.cur, 0, sizeof b->mem.cur);
	stv_mem_free(&b->mem);
	core_free(&b->k);
}

static void tell_core(struct bench *b, unsigned region, u32 off, u32 len)
{
	core_wrote(&b->k, b->f.region[region].base + off, len);
}

/* The image is about to get, or to lose, the bytes of a vector. */
static void tell_changes(struct bench *b)
{
	tell_core(b, b->v.code_region, b->v.code_off, b->v.code_len);
	for (unsigned i = 0; i < b->v.n_imem; i++)
		tell_core(b, b->v.imem[i].region, b->v.imem[i].off, b->v.imem[i].len);
}

/* ---- one vector --------------------------------------------------------------------------------------- */

static u64 raw_descriptor(const stv_file *f, u16 sel)
{
	for (unsigned i = 0; i < f->n_desc; i++)
		if ((f->desc[i].sel & ~3) == (sel & ~3) && (sel & ~3))
			return f->desc[i].raw;
	return 0;
}

/* x87, MMX, SSE: zeros where the vector does not use them. */
static void load_vector_state(struct cpu *c, const stv_state *st)
{
	c->fpu = (struct fpu){.cw = st->fcw, .sw = st->fsw, .valid = st->ftw, .fop = st->fop, .fip = st->fip, .fdp = st->fdp};
	for (int i = 0; i < 8; i++) {
		c->fpu.r[i].mant = st->st[i].m;
		c->fpu.r[i].se = st->st[i].se;
	}
	memcpy(c->simd.xmm, st->xmm, sizeof c->simd.xmm);
	c->simd.mxcsr = st->mxcsr;
}

static void store_vector_state(const struct cpu *c, stv_state *st)
{
	const struct fpu *f = &c->fpu;
	st->fcw = f->cw;
	st->fsw = f->sw;
	st->ftw = f->valid;
	st->fop = f->fop;
	st->fip = f->fip;
	st->fdp = f->fdp;
	for (int i = 0; i < 8; i++) {
		st->st[i].m = f->r[i].mant;
		st->st[i].se = f->r[i].se;
	}
	memcpy(st->xmm, c->simd.xmm, sizeof c->simd.xmm);
	st->mxcsr = c->simd.mxcsr;
}

static void load_state(struct bench *b, const stv_state *st)
{
	struct cpu *c = &b->k.c;
	struct sysregs *s = &b->k.s;
	for (int i = 0; i < 8; i++)
		c->r[i] = st->gpr[i];
	for (int i = 0; i < 6; i++) {
		u64 raw = raw_descriptor(&b->f, st->seg[i]);
		s->seg[i] = (struct segment){.sel = st->seg[i]};
		if (raw)
			desc_unpack(st->seg[i], raw, &s->seg[i]);
	}
	flags_set_arith(c, st->rflags);
	c->df = st->rflags >> 10 & 1;
	s->eflags = (st->rflags & ~(u32)(FL_ARITH | EF_DF)) | EF_FIXED;
	s->cpl = 3;
	s->shadow = SHADOW_NONE;
	s->activity = ACT_ACTIVE;
	c->ip = st->rip;
	load_vector_state(c, st);
	ctx_update(c);
	if (b->opt->cold)
		c->tlb = &b->k.m.none;
}

/* A software interrupt went to ring 0: back to what its frame says. */
static void undo_delivery(struct bench *b, stv_state *st, stv_exc *exc)
{
	const u8 *frame = b->k.pm.ram + AT_SYSTEM + IN_STACK_TOP - 20;
	if (b->k.faulted) /* an exception on top of it */
		return;
	exc->vec = (u8)(b->k.c.ip / HANDLER_IP(1));
	st->rip = load32(frame);
	st->seg[SEG_CS] = load16(frame + 4);
	st->rflags = load32(frame + 8);
	st->gpr[RSP] = load32(frame + 12);
	st->seg[SEG_SS] = load16(frame + 16);
}

static void store_state(struct bench *b, stv_state *st, stv_exc *exc)
{
	const struct cpu *c = &b->k.c;
	const struct fault *fault = &b->k.fault;
	for (int i = 0; i < 8; i++)
		st->gpr[i] = c->r[i];
	for (int i = 0; i < 6; i++)
		st->seg[i] = b->k.s.seg[i].sel;
	st->rflags = flags_get(c, &b->k.s);
	st->rip = b->k.faulted ? b->k.fault_ip : c->ip;
	store_vector_state(c, st);
	if (b->k.faulted) {
		exc->vec = fault->vec;
		exc->err = fault->has_error ? fault->error : 0;
		exc->cr2 = fault->cr2;
	}
	if (b->k.s.cpl == 0)
		undo_delivery(b, st, exc);
}

/* Has the core no handler for this instruction? */
static bool is_unsupported(struct bench *b, const struct insn *in)
{
	struct uop u[UOPS_PER_INSN];
	if (!(b->k.model.isa >> in->row->isa & 1) || in->op == OP_UD)
		return false; /* undefined everywhere */
	lower(&b->k.c, in, 0, BM_PE | BM_CPL | BM_ONE, FL_ARITH, u);
	return u[0].fn == h_ud;
}

/* Later sets that the decoder does not know: undefined to it. */
static bool is_beyond_decoder(const struct bench *b)
{
	static const char *const sets[] = {"INVPCID"};
	for (size_t i = 0; i < ARRAY_LEN(sets); i++)
		if (!strcmp(b->f.mnem[b->v.mnem].isa, sets[i]))
			return true;
	return false;
}

/* REP: so many elements as the recorded processor did, and the one that faulted. */
static u64 instructions_to_run(const stv_vec *v, const struct insn *in)
{
	u32 mask = in->addrsize == 2 ? 0xffff : 0xffffffff;
	if (!(in->row->traits & T_REP) || !(in->prefixes & (PFX_REP | PFX_REPNE)))
		return 1;
	u64 n = ((v->init.gpr[RCX] - v->fin.gpr[RCX]) & mask) + (v->exc.vec != STV_NOEXC && v->exc.vec != VEC_DB);
	return n ? n : 1;
}

/* 1: not supported */
static int run_vector(struct bench *b, stv_state *st, stv_exc *exc)
{
	stv_segdesc cs = {0};
	struct insn in;
	u64 n = 1;
	stv_getdesc(&b->f, st->seg[STV_CS], &cs);
	if (decode(b->v.code, b->v.code_len, cs.flags & 4 ? DEC_32 : DEC_16, &in) == DEC_OK) {
		if (is_unsupported(b, &in))
			return 1;
		n = instructions_to_run(&b->v, &in);
	} else if (is_beyond_decoder(b)) { /* anything else is undefined, and touches no state */
		return 1;
	}
	load_state(b, st);
	if (!b->opt->cold)
		simd_enter(&b->k.c); /* handlers in line, and the host's unit */
	core_run(&b->k, n);
	store_state(b, st, exc);
	return 0;
}

/* ---- one file ------------------------------------------------------------------------------------------- */

struct result {
	const char *path;
	char group[64];
	stv_count total;
	char *text;
	size_t text_size;
	int error;
};

static const char *const kind_names[13] = {
	"exc", "err", "cr2", "gpr", "rip", "flags", "seg", "mem", "x87", "fsw", "xmm", "mxcsr", "fptr",
};

static void count_difference(struct bench *b, stv_count *n, unsigned kinds, const char *why, FILE *out)
{
	if (!kinds) {
		n->pass++;
		return;
	}
	bool is_soft = (b->v.flags & STV_CPUDEP) && !b->opt->compare; /* processors are known to differ */
	if ((int)(is_soft ? n->soft : n->fail) < b->opt->shown) {
		stv_print(&b->f, &b->v, out);
		fprintf(out, "  %s:%s%s%s\n", is_soft ? "SOFT" : "DIFFERS", why, b->k.faulted && b->k.fault.why ? " reason: " : "",
			b->k.faulted && b->k.fault.why ? b->k.fault.why : "");
	}
	if (is_soft) {
		n->soft++;
		return;
	}
	n->fail++;
	for (int i = 0; i < 13; i++)
		n->kinds[i] += kinds >> i & 1;
}

static void one_vector(struct bench *b, stv_count *n, FILE *out)
{
	stv_state st = b->v.init;
	stv_exc exc = {STV_NOEXC, 0, 0};
	char why[1024];
	stv_mem_setup(&b->mem, &b->v);
	tell_changes(b);
	if (run_vector(b, &st, &exc))
		n->skip++;
	else
		count_difference(b, n, stv_compare(&b->f, &b->v, &st, &exc, &b->mem, b->opt->compare, why, sizeof why), why, out);
	stv_mem_restore(&b->mem, &b->v);
	tell_changes(b);
}

static bool is_wanted(const struct bench *b)
{
	const struct options *o = b->opt;
	if (o->only && strcmp(o->only, b->f.mnem[b->v.mnem].name))
		return false;
	return o->index >= 0 ? b->v.index == o->index : o->stride <= 1 || b->v.index % o->stride == 0;
}

static void print_count(FILE *out, const char *name, const char *isa, const stv_count *n)
{
	fprintf(out, "%-18s %-10s pass %7u fail %6u soft %4u skip %6u", name, isa, n->pass, n->fail, n->soft, n->skip);
	for (int i = 0; i < 13; i++)
		if (n->kinds[i])
			fprintf(out, " %s:%u", kind_names[i], n->kinds[i]);
	fprintf(out, "\n");
}

static void add_count(stv_count *to, const stv_count *n)
{
	to->pass += n->pass;
	to->fail += n->fail;
	to->soft += n->soft;
	to->skip += n->skip;
	for (int i = 0; i < 13; i++)
		to->kinds[i] += n->kinds[i];
}

static void run_records(struct bench *b, struct result *r, FILE *out)
{
	stv_count *n = calloc(b->f.n_mnem + 1, sizeof *n);
	int more = 0;
	while (n && (more = stv_next(&b->f, &b->v)) == 1) {
		if (!is_wanted(b))
			continue;
		if (b->f.mode == STV_P64)
			n[b->v.mnem].skip++;
		else
			one_vector(b, &n[b->v.mnem], out);
	}
	for (unsigned i = 0; n && i < b->f.n_mnem; i++) {
		if (!b->opt->quiet && n[i].pass + n[i].fail + n[i].soft + n[i].skip)
			print_count(out, b->f.mnem[i].name, b->f.mnem[i].isa, &n[i]);
		add_count(&r->total, &n[i]);
	}
	free(n);
	if (more < 0) {
		fprintf(out, "%s: %s\n", r->path, b->f.err);
		r->error = 1;
	}
}

static void run_file(struct options *opt, struct result *r)
{
	FILE *out = open_memstream(&r->text, &r->text_size);
	struct bench *b = calloc(1, sizeof *b);
	b->opt = opt;
	if (stv_open(&b->f, r->path)) {
		fprintf(out, "%s: %s\n", r->path, b->f.err);
		r->error = 1;
	} else {
		snprintf(r->group, sizeof r->group, "%s/%s", mode_names[b->f.mode & 7], b->f.group);
		bool runs = b->f.mode != STV_P64;
		if (runs && bench_open(b)) {
			fprintf(out, "%s: no memory\n", r->path);
			r->error = 1;
		} else {
			run_records(b, r, out);
		}
		if (runs)
			bench_close(b);
	}
	stv_close(&b->f);
	free(b);
	fclose(out);
}

/* ---- all files ------------------------------------------------------------------------------------------ */

struct job {
	struct options opt;
	struct files files;
	struct result *result;
};

static void run_one(void *opaque, size_t i)
{
	struct job *j = opaque;
	j->result[i].path = j->files.path[i];
	run_file(&j->opt, &j->result[i]);
}

/* Prints everything; returns the exit status. `least`: percentage of the vectors run that must agree. */
static int report(struct job *j, double least)
{
	stv_count all = {0};
	int error = j->files.n == 0;
	for (size_t i = 0; i < j->files.n; i++) {
		struct result *r = &j->result[i];
		if (r->text_size)
			printf("%s%s%s", j->opt.quiet ? "" : r->group, j->opt.quiet ? "" : "\n", r->text);
		add_count(&all, &r->total);
		error |= r->error;
		free(r->text);
	}
	for (size_t i = 0; i < j->files.n; i++)
		print_count(stdout, j->result[i].group, "", &j->result[i].total);
	printf("pass %u fail %u soft %u skip %u\n", all.pass, all.fail, all.soft, all.skip);
	double run = (double)all.pass + all.fail;
	return error || (run > 0 && all.pass / run * 100 < least);
}

/* All groups, in the three modes that are not 64-bit ones. */
static int add_groups(struct job *j, const char *shared)
{
	static const char *const groups[] = {
		"ac", "alu", "atomic", "bcd", "bit", "far", "fetch", "flagctl", "flow", "mov", "muldiv", "nop", "priv",
		"seg", "setcc_cmov", "shift", "stack", "string", "tf", "ud",
		"x87_arith", "x87_cmp", "x87_ctrl", "x87_mov", "x87_trans",
		"fxsr", "mmx", "mmx_sse", "sse", "sse2_fp", "sse2_int", "sse3", "ssse3", "sse41", "sse42",
		"opt_adx", "opt_aes", "opt_bmi1", "opt_bmi2", "opt_lzcnt", "opt_movbe", "opt_pclmul", "opt_popcnt", "opt_sha", "opt_tzcnt",
	};
	char path[4096];
	for (int mode = STV_P16; mode <= STV_S32; mode++)
		for (size_t i = 0; i < ARRAY_LEN(groups); i++) {
			snprintf(path, sizeof path, "%s/vectors/%s/%s.stv.gz", shared, mode_names[mode], groups[i]);
			if (access(path, R_OK))
				return -1;
			files_add(&j->files, path, SUFFIX);
		}
	return 0;
}

static int usage(void)
{
	fprintf(stderr, "usage: vectors [-m MNEMONIC] [-k STRIDE] [-v SHOWN] [-i INDEX] [-q] [-r PERCENT] [-x] [-c] [-o] DIR|FILE...\n"
			"       vectors -s ...    all groups under $TANDEM_SHARED\n"
			"  -v  differences to show for each mnemonic   -i  only the vector of this number\n"
			"  -q  groups only   -r  least percentage that must agree (100)\n"
			"  -x  compare what is undefined, too: exactly the recorded processor\n"
			"  -c  all memory through the slow way   -o  in the observed loop\n"
			"  -t  as host code\n");
	return 2;
}

int main(int argc, char **argv)
{
	struct job j = {.opt = {.index = -1}};
	double least = 100;
	bool sample = false;
	for (int o; (o = getopt(argc, argv, "m:k:v:i:r:qsxcot")) != -1;) {
		switch (o) {
		case 'm': j.opt.only = optarg; break;
		case 'k': j.opt.stride = atol(optarg); break;
		case 'v': j.opt.shown = atoi(optarg); break;
		case 'i': j.opt.index = atol(optarg); break;
		case 'r': least = atof(optarg); break;
		case 'q': j.opt.quiet = true; break;
		case 's': sample = true; break;
		case 'c': j.opt.cold = true; break;
		case 'o': j.opt.observed = true; break;
		case 't': j.opt.translated = true; break;
		case 'x': j.opt.compare = STV_STRICT; break;
		default: return usage();
		}
	}
	if (!sample && optind == argc)
		return usage();
	if (sample) {
		const char *shared = getenv("TANDEM_SHARED");
		if (!shared || add_groups(&j, shared))
			return 77;
	}
	for (; optind < argc; optind++)
		files_add(&j.files, argv[optind], SUFFIX);
	j.result = calloc(j.files.n + 1, sizeof *j.result);
	if (!j.result)
		return 1;
	files_run(j.files.n, run_one, &j);
	int status = report(&j, least);
	free(j.result);
	files_free(&j.files);
	return status;
}
