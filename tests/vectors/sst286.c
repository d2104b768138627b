/* sst286.c - runs real-mode instructions recorded on an 80C286 through the core.
 *
 *   sst286 [-v SHOWN] [-n NUMBER] [-q] DIR|FILE...
 *
 * The files are a sample of SingleStepTests/80286, in the format "SST1": a state, an instruction and the HLT behind it,
 * the state after the HLT. Only tests that hold on later processors, too, are in the sample: undefined flags are masked
 * in the records, where the 286 alone differs they were recoded or left out. Beyond that, nothing is tolerated. Exceptions
 * and interrupts are really delivered, through the IVT.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "base/bits.h"
#include "cpu/system.h"
#include "tests/vectors/core.h"
#include "tests/vectors/files.h"

#define STEP_LIMIT 400
#define MAX_FILE (16u << 20)

/* Registers in the files' order */
enum { SST_AX, SST_BX, SST_CX, SST_DX, SST_CS, SST_SS, SST_DS, SST_ES, SST_SP, SST_BP, SST_SI, SST_DI, SST_IP, SST_FLAGS,
       SST_REGS };
static const char *const reg_names[SST_REGS] = {
	"ax", "bx", "cx", "dx", "cs", "ss", "ds", "es", "sp", "bp", "si", "di", "ip", "flags",
};
/* struct cpu's register, or 16 + segment */
static const u8 reg_places[SST_FLAGS] = {
	RAX, RBX, RCX, RDX, 16 + SEG_CS, 16 + SEG_SS, 16 + SEG_DS, 16 + SEG_ES, RSP, RBP, RSI, RDI,
};
enum { TEST_EVENT = 1, TEST_RECODED = 2, TEST_PORTS = 4 };

struct run {
	u32 addr;
	u8 len;
	const u8 *bytes;
};

struct test {
	u16 number, flag_mask;
	u8 flags, vec;
	u16 before[SST_REGS], after[SST_REGS];
	int n_before, n_after, n_ports;
	struct run mem_before[256], mem_after[256];
	u32 flags_at; /* of the pushed FLAGS word */
	const u8 *ports;
};

struct options {
	int shown, number;
	bool quiet;
	const struct files *files;
	struct result *result;
};

struct result {
	char form[9];
	u32 pass, fail;
	bool error;
	char *text;
	size_t text_size;
};

/* ---- the format ------------------------------------------------------------------------- */

static const u8 *parse_runs(const u8 *p, struct run *r, int *n)
{
	*n = *p++;
	for (int i = 0; i < *n; i++) {
		u32 head = load32(p);
		r[i] = (struct run){head & 0xffffff, (u8)(head >> 24), p + 4};
		p += 4 + r[i].len;
	}
	return p;
}

/* Returns the next record, or NULL when the lengths do not agree. */
static const u8 *parse_test(const u8 *p, struct test *t)
{
	const u8 *end = p + 2 + load16(p);
	t->number = load16(p + 2);
	t->flags = p[4];
	t->vec = p[5];
	t->flag_mask = load16(p + 8);
	p += 10;
	for (int i = 0; i < SST_REGS; i++, p += 2)
		t->before[i] = t->after[i] = load16(p);
	u16 changed = load16(p);
	p += 2;
	for (int i = 0; i < SST_REGS; i++)
		if (changed >> i & 1) {
			t->after[i] = load16(p);
			p += 2;
		}
	p = parse_runs(p, t->mem_before, &t->n_before);
	p = parse_runs(p, t->mem_after, &t->n_after);
	t->flags_at = ~0u;
	t->n_ports = 0;
	if (t->flags & TEST_EVENT) {
		t->flags_at = load32(p);
		p += 4;
	}
	if (t->flags & TEST_PORTS) {
		t->n_ports = *p;
		t->ports = p + 1;
		p += 1 + 6 * t->n_ports;
	}
	return p == end ? p : NULL;
}

/* ---- one test ------------------------------------------------------------------------------ */

/* Delivers cpu.fault, as a monitor would. */
static void deliver(void *opaque)
{
	struct core *k = opaque;
	struct cpu *c = &k->c;
	struct event ev = {.kind = EV_EXCEPTION, .vec = c->fault.vec, .return_ip = c->fault.is_trap ? c->next_ip : c->ip};
	k->fault = c->fault;
	if (sys_deliver(c, &k->s, &ev) == STEP_IP) {
		c->ip = c->next_ip;
		return;
	}
	k->faulted = true; /* an exception on top of it: in no test */
	cpu_stop(c);
}

static void load_test(struct core *k, const struct test *t)
{
	struct cpu *c = &k->c;
	for (int i = 0; i < t->n_before; i++) {
		const struct run *r = &t->mem_before[i];
		core_wrote(k, r->addr, r->len);
		memcpy(k->pm.ram + r->addr, r->bytes, r->len);
	}
	for (int i = 0; i < SST_IP; i++) {
		u8 place = reg_places[i];
		if (place < 16)
			c->r[place] = t->before[i];
		else
			seg_load_real(&k->s, place - 16, t->before[i]);
	}
	flags_set_arith(c, t->before[SST_FLAGS]);
	c->df = t->before[SST_FLAGS] >> 10 & 1;
	k->s.eflags = (t->before[SST_FLAGS] & (EF_IF | EF_TF)) | EF_FIXED;
	k->s.shadow = SHADOW_NONE;
	k->s.activity = ACT_ACTIVE;
	k->fault = (struct fault){0};
	c->ip = t->before[SST_IP];
	ctx_update(c);
}

static u16 reg_after(const struct core *k, int i)
{
	if (i == SST_IP)
		return (u16)k->c.ip;
	if (i == SST_FLAGS)
		return (u16)flags_get(&k->c, &k->s);
	return reg_places[i] < 16 ? (u16)k->c.r[reg_places[i]] : k->s.seg[reg_places[i] - 16].sel;
}

static bool regs_agree(const struct core *k, const struct test *t, FILE *why)
{
	bool ok = true;
	for (int i = 0; i < SST_REGS; i++) {
		u16 mask = i == SST_FLAGS ? t->flag_mask : 0xffff, got = reg_after(k, i);
		if (!((got ^ t->after[i]) & mask))
			continue;
		ok = false;
		if (why)
			fprintf(why, " %s %04x, want %04x;", reg_names[i], got, t->after[i]);
	}
	return ok;
}

static bool memory_agrees(const struct core *k, const struct test *t, FILE *why)
{
	bool ok = true;
	for (int i = 0; i < t->n_after; i++) {
		const struct run *r = &t->mem_after[i];
		for (u32 j = 0; j < r->len; j++) {
			u32 at = r->addr + j;
			u8 mask = at == t->flags_at ? (u8)t->flag_mask : at == t->flags_at + 1 ? (u8)(t->flag_mask >> 8) : 0xff;
			if (!((k->pm.ram[at] ^ r->bytes[j]) & mask))
				continue;
			ok = false;
			if (why)
				fprintf(why, " [%06x] %02x, want %02x;", at, k->pm.ram[at], r->bytes[j]);
		}
	}
	return ok;
}

static bool ports_agree(const struct core *k, const struct test *t, FILE *why)
{
	bool ok = k->ports.n == t->n_ports;
	for (int i = 0; ok && i < t->n_ports && i < (int)ARRAY_LEN(k->ports.at); i++) {
		const u8 *p = t->ports + 6 * i;
		ok = k->ports.at[i].port == load16(p) && k->ports.at[i].size == p[2] && k->ports.at[i].write == p[3] &&
		     (u16)k->ports.at[i].value == load16(p + 4);
	}
	if (!ok && why)
		fprintf(why, " port accesses (%d, want %d);", k->ports.n, t->n_ports);
	return ok;
}

static bool agrees(const struct core *k, const struct test *t, FILE *why)
{
	bool halted = k->s.activity == ACT_HALTED && !k->faulted;
	if (!halted && why)
		fprintf(why, " did not reach the HLT;");
	bool regs = regs_agree(k, t, why), memory = memory_agrees(k, t, why), ports = ports_agree(k, t, why);
	return halted && regs && memory && ports;
}

static void print_test(const struct core *k, const struct test *t, FILE *out)
{
	fprintf(out, "test %u", t->number);
	if (t->flags & TEST_EVENT)
		fprintf(out, ", vector %u", t->vec);
	fprintf(out, "%s\n  before:", t->flags & TEST_RECODED ? ", recoded" : "");
	for (int i = 0; i < SST_REGS; i++)
		fprintf(out, " %s=%04x", reg_names[i], t->before[i]);
	for (int i = 0; i < t->n_before; i++) {
		fprintf(out, "\n  [%06x] =", t->mem_before[i].addr);
		for (int j = 0; j < t->mem_before[i].len; j++)
			fprintf(out, " %02x", t->mem_before[i].bytes[j]);
	}
	fprintf(out, "\n  after: ");
	for (int i = 0; i < SST_REGS; i++)
		if (t->before[i] != t->after[i])
			fprintf(out, " %s=%04x", reg_names[i], t->after[i]);
	fprintf(out, "\n  DIFFERS:");
	agrees(k, t, out);
	fprintf(out, "%s%s\n", k->fault.why ? " reason: " : "", k->fault.why ? k->fault.why : "");
}

/* ---- one file -------------------------------------------------------------------------------- */

static int core_open(struct core *k)
{
	if (core_init(k))
		return -1;
	physmem_map_low(&k->pm, 0, 1 << 20, LOW_RAM, LOW_RAM, NULL);
	mmu_flush_all(&k->m);
	k->c.hooks.exception = deliver;
	k->s.seg[SEG_CS].base = 0;
	k->s.cr0 = CR0_ET;
	k->s.idtr = (struct dtr){0, 0x3ff};
	mmu_set_mode(&k->m, k->s.cr0, 0, 0);
	return 0;
}

static void run_tests(const struct options *o, struct core *k, struct result *r, const u8 *p, const u8 *end, u32 count,
		      FILE *out)
{
	struct test *t = malloc(sizeof *t);
	for (u32 i = 0; i < count; i++) {
		if (!p || p + 2 > end || p + 2 + load16(p) > end || !(p = parse_test(p, t))) {
			fprintf(out, "bad record\n");
			r->error = true;
			break;
		}
		if (o->number >= 0 && t->number != o->number)
			continue;
		load_test(k, t);
		core_run(k, STEP_LIMIT);
		if (agrees(k, t, NULL)) {
			r->pass++;
			continue;
		}
		if ((int)r->fail++ < o->shown)
			print_test(k, t, out);
	}
	free(t);
}

static void run_file(void *opaque, size_t i)
{
	const struct options *o = opaque;
	struct result *r = &o->result[i];
	FILE *out = open_memstream(&r->text, &r->text_size);
	u8 *data = malloc(MAX_FILE);
	struct core *k = malloc(sizeof *k);
	gzFile g = gzopen(o->files->path[i], "rb");
	int len = g && data ? gzread(g, data, MAX_FILE) : -1;
	if (g)
		gzclose(g);
	if (!k || len < 24 || memcmp(data, "SST1", 4) || load16(data + 4) != 1 || core_open(k)) {
		fprintf(out, "%s: cannot read\n", o->files->path[i]);
		r->error = true;
	} else {
		memcpy(r->form, data + 16, 8);
		run_tests(o, k, r, data + load16(data + 6), data + len, load32(data + 8), out);
		core_free(k);
	}
	free(k);
	free(data);
	fclose(out);
}

static int report(const struct options *o)
{
	u32 pass = 0, fail = 0;
	bool error = o->files->n == 0;
	for (size_t i = 0; i < o->files->n; i++) {
		struct result *r = &o->result[i];
		if (r->fail || r->error || !o->quiet)
			printf("%s%-8s pass %6u fail %6u\n", r->text, r->form, r->pass, r->fail);
		pass += r->pass;
		fail += r->fail;
		error |= r->error;
		free(r->text);
	}
	printf("pass %u fail %u\n", pass, fail);
	return error || fail;
}

static int usage(void)
{
	fprintf(stderr, "usage: sst286 [-v SHOWN] [-n NUMBER] [-q] DIR|FILE...\n"
			"       sst286 -s    the sample under $TANDEM_SHARED\n");
	return 2;
}

int main(int argc, char **argv)
{
	struct files files = {0};
	struct options o = {.number = -1, .files = &files};
	for (int c; (c = getopt(argc, argv, "v:n:qs")) != -1;) {
		switch (c) {
		case 'v': o.shown = atoi(optarg); break;
		case 'n': o.number = atoi(optarg); break;
		case 'q': o.quiet = true; break;
		case 's': {
			char path[4096];
			const char *shared = getenv("TANDEM_SHARED");
			snprintf(path, sizeof path, "%s/vectors/sst-80286", shared ? shared : "");
			if (!shared || access(path, R_OK))
				return 77;
			files_add(&files, path, ".sst.gz");
			break;
		}
		default: return usage();
		}
	}
	for (; optind < argc; optind++)
		files_add(&files, argv[optind], ".sst.gz");
	if (!files.n)
		return usage();
	o.result = calloc(files.n, sizeof *o.result);
	if (!o.result)
		return 1;
	files_run(files.n, run_file, &o);
	int status = report(&o);
	free(o.result);
	files_free(&files);
	return status;
}
