/* opcodes_doc.c - writes docs/opcodes.md from the opcode table.
 *
 *   opcodes_doc          prints it (target `docs` puts it in its place)
 *   opcodes_doc FILE     compares it with FILE: status 0 when they are equal, 1 when FILE is out of date
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cpu/decode_row.h"

struct name {
	u32 bit;
	const char *text, *meaning;
};

static const struct name flags[] = {
	{FL_OF, "O", ""}, {FL_SF, "S", ""}, {FL_ZF, "Z", ""}, {FL_AF, "A", ""}, {FL_PF, "P", ""}, {FL_CF, "C", ""},
};

static const struct name traits[] = {
	{T_CPL0, "cpl0", "#GP unless CPL = 0"},
	{T_IOPL, "iopl", "gated by IOPL in protected mode"},
	{T_IOPL_V86, "iopl-v86", "gated by IOPL in virtual-8086 mode"},
	{T_IO, "io", "gated by IOPL or the I/O permission bitmap"},
	{T_UMIP, "umip", "gated by CR4.UMIP"},
	{T_TSD, "tsd", "gated by CR4.TSD"},
	{T_PCE, "pce", "gated by CR4.PCE"},
	{T_READS_R, "reads-R", "the result depends on the resource state"},
	{T_WRITES_R, "writes-R", "changes the resource state"},
	{T_READS_M, "reads-M", "the result depends on the privilege level"},
	{T_WRITES_M, "writes-M", "changes the privilege level or the mode"},
	{T_SEGLOAD, "segload", "loads a segment register"},
	{T_VISIBLE, "visible", "reveals the processor or the time"},
	{T_NOT_V86, "not-v86", "#UD in real and virtual-8086 mode"},
	{T_PROT_ONLY_READS, "prot-reads", "reads-R and reads-M hold in protected mode only"},
	{T_FPU, "fpu", "x87: CR0.EM and CR0.TS give #NM"},
	{T_LOCKABLE, "lock", "LOCK is allowed with a memory destination"},
	{T_BRANCH, "branch", "may set IP"},
	{T_REP, "rep", "REP repeats it"},
	{T_REPZ, "repz", "REPE and REPNE test ZF"},
	{T_MMX, "mmx", ""},
	{T_SSE, "sse", "CR0.EM and CR4.OSFXSR give #UD, CR0.TS #NM"},
};

static const char *const isa_names[ISA_COUNT] = {
	[ISA_86] = "8086", [ISA_186] = "80186", [ISA_286] = "80286", [ISA_386] = "386", [ISA_486] = "486",
	[ISA_P5] = "P5", [ISA_P6] = "P6", [ISA_FPU] = "x87", [ISA_MMX] = "MMX", [ISA_SSE] = "SSE", [ISA_SSE2] = "SSE2",
	[ISA_SSE3] = "SSE3", [ISA_SSSE3] = "SSSE3", [ISA_SSE41] = "SSE4.1", [ISA_SSE42] = "SSE4.2",
	[ISA_POPCNT] = "POPCNT", [ISA_LZCNT] = "LZCNT", [ISA_MOVBE] = "MOVBE", [ISA_BMI1] = "BMI1", [ISA_BMI2] = "BMI2",
	[ISA_ADX] = "ADX", [ISA_AES] = "AES", [ISA_PCLMUL] = "PCLMUL", [ISA_SHA] = "SHA", [ISA_SEP] = "SEP",
	[ISA_FXSR] = "FXSR", [ISA_TSC] = "TSC", [ISA_MSR] = "MSR", [ISA_CX8] = "CX8", [ISA_CX16] = "CX16",
	[ISA_RDTSCP] = "RDTSCP", [ISA_FSGSBASE] = "FSGSBASE", [ISA_SMAP] = "SMAP", [ISA_XSAVE] = "XSAVE",
	[ISA_LM] = "long mode", [ISA_VMX] = "VMX", [ISA_PREFETCHW] = "PREFETCHW", [ISA_UNDEF] = "reserved",
};

static void print_names(FILE *f, const struct name *names, size_t n, u32 bits, const char *between)
{
	const char *before = "";
	for (size_t i = 0; i < n; i++)
		if (bits & names[i].bit) {
			fprintf(f, "%s%s", before, names[i].text);
			before = between;
		}
}

static void print_flags(FILE *f, u32 bits)
{
	print_names(f, flags, ARRAY_LEN(flags), bits, "");
	fputs(" | ", f);
}

/* "66 0F 38 00 /r", as the SDM writes encodings; "mem" and "reg" where only one of the two is meant. */
static void print_encoding(FILE *f, int row)
{
	static const char *const prefixes[] = {"NP ", "66 ", "F3 ", "F2 "};
	static const char *const maps[] = {"", "0F ", "0F 38 ", "0F 3A ", "VEX 0F 38 ", "VEX 0F 3A "};
	const struct opcode *o = &opcode_table[row];
	const struct decode_row *d = &decode_rows[row];
	if (d->mask & KEY_PFX)
		fputs(prefixes[(d->value & KEY_PFX) >> KEY_PFX_SHIFT], f);
	if (d->mask & KEY_REX_W)
		fputs(d->value & KEY_REX_W ? "REX.W " : "W0 ", f);
	if (d->mask & KEY_REX_B)
		fputs("REX.B ", f);
	fprintf(f, "%s%02X", maps[o->map], o->byte);
	if (d->first && (o->byte & 7) == 0 && decode_index[o->map][o->byte + 1] == row)
		fputs("+r", f);
	if ((d->mask & 0xff) == 0xff)
		fprintf(f, " %02X", d->value & 0xff);
	else if (o->digit >= 0)
		fprintf(f, " /%d", o->digit);
	else if (d->shape & SHAPE_MODRM)
		fputs(" /r", f);
	if ((d->mask & KEY_REG) && (d->mask & 0xff) != 0xff)
		fputs(d->value & KEY_REG ? " reg" : " mem", f);
}

static const char *only_in(const struct decode_row *d)
{
	if (!(d->mask & KEY_LONG))
		return "";
	return d->value & KEY_LONG ? "64" : "16, 32";
}

static void print_row(FILE *f, int row)
{
	const struct opcode *o = &opcode_table[row];
	fputs("| ", f);
	print_encoding(f, row);
	fprintf(f, " | %s", o->mnemonic);
	for (const char *s = o->operands, *before = " "; *s; s += strcspn(s, ","), s += *s == ',', before = ", ")
		fprintf(f, "%s%.*s", before, (int)strcspn(s, ","), s);
	fprintf(f, " | %s | %s | ", only_in(&decode_rows[row]), isa_names[o->isa]);
	print_flags(f, o->flags_read);
	print_flags(f, o->flags_written);
	print_flags(f, o->flags_undefined);
	print_names(f, traits, ARRAY_LEN(traits), o->traits, " ");
	fputs(" |\n", f);
}

static void print_head(FILE *f)
{
	fprintf(f, "# The opcode table\n\n"
		"Made from cpu/opcodes.def by the target `docs`; a test compares. %d rows, in the table's order: of the rows of\n"
		"one byte the first that fits is the instruction. What is not here is #UD. How to read and extend it: decoder.md.\n\n"
		"*Encoding* as in the SDM (NP: no mandatory prefix; reg, mem: what ModRM must name), operand codes as in SDM 2D\n"
		"appendix A. *Modes*: decoded in these operand-size modes only. Flags: *read*, *written* (may change, undefined ones\n"
		"included), *undefined*.\n\n"
		"A row says what the decoder knows. Whether a processor has it is the model's matter (cpu/cpu_models.c).\n\n"
		"| trait | meaning |\n|---|---|\n", opcode_count - 1);
	for (size_t i = 0; i < ARRAY_LEN(traits); i++)
		if (traits[i].meaning[0])
			fprintf(f, "| %s | %s |\n", traits[i].text, traits[i].meaning);
}

static int section_of(const struct opcode *o)
{
	bool is_x87 = o->map == 0 && o->byte >= 0xd8 && o->byte <= 0xdf;
	return is_x87 ? 1 : o->map ? o->map + 1 : 0;
}

static void print_all(FILE *f)
{
	static const char *const titles[] = {"One byte", "x87: D8 to DF", "0F", "0F 38", "0F 3A", "VEX 0F 38", "VEX 0F 3A"};
	int printed = 0;
	print_head(f);
	for (int section = 0; section < (int)ARRAY_LEN(titles); section++) {
		fprintf(f, "\n## %s\n\n| encoding | instruction | modes | since | read | written | undefined | traits |\n"
			"|---|---|---|---|---|---|---|---|\n", titles[section]);
		for (int row = 1; row < opcode_count; row++)
			if (section_of(&opcode_table[row]) == section) {
				print_row(f, row);
				printed++;
			}
	}
	assert(printed == opcode_count - 1); /* every row has a section */
}

static int compare(const char *text, size_t size, const char *path)
{
	FILE *f = fopen(path, "r");
	char *old = malloc(size + 1);
	size_t n = f && old ? fread(old, 1, size + 1, f) : 0;
	bool is_same = n == size && !memcmp(old, text, size);
	if (f)
		fclose(f);
	free(old);
	puts(is_same ? "docs/opcodes.md is up to date" : "docs/opcodes.md is out of date: build the target `docs`");
	return !is_same;
}

int main(int argc, char **argv)
{
	char *text = NULL;
	size_t size = 0;
	if (argc < 2) {
		print_all(stdout);
		return 0;
	}
	FILE *f = open_memstream(&text, &size);
	if (!f)
		return 1;
	print_all(f);
	fclose(f);
	int status = compare(text, size, argv[1]);
	free(text);
	return status;
}
