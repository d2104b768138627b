/* forms.c - encodings for the rows of the opcode table, found with the decoder alone.
 *
 * For each row candidate encodings are tried (mandatory prefix, ModRM, operand-size
 * prefix) and kept when decode() says that they belong to the row: the decoder
 * decides what exists, and the table's traits are never looked at.
 *
 * Not here: LOCK and REP prefixes (one element of a repeated instruction is the
 * instruction), address-size prefixes, REX (64-bit mode).
 */
#include "classify/forms.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "cpu/sdm.h"

static const u8 map_vex[] = {[4] = 2, [5] = 3};

struct draft {
	const struct opcode *row;
	enum decode_mode mode;
	u8 mandatory; /* prefix, or 0 */
	bool opsize;  /* 66 in front */
	int modrm;    /* -1: none */
	u8 vvvv;      /* of a VEX prefix */
	const struct form_addresses *a;
};

/* Prefixes and opcode at `out`; returns the length. */
static int put_opcode(const struct draft *d, u8 *out)
{
	int n = 0;
	if (d->row->map >= 4) { /* three-byte VEX: SDM 2A 2.3.5.1; R X B inverted, L = 0, W = 0 */
		static const u8 pp_of[256] = {[0x66] = 1, [0xf3] = 2, [0xf2] = 3};
		out[n++] = 0xc4;
		out[n++] = 0xe0 | map_vex[d->row->map];
		out[n++] = (u8)(d->vvvv << 3 | pp_of[d->mandatory]);
		out[n++] = d->row->byte;
		return n;
	}
	if (d->opsize)
		out[n++] = 0x66;
	if (d->mandatory)
		out[n++] = d->mandatory;
	if (d->row->map)
		out[n++] = 0x0f;
	if (d->row->map >= 2)
		out[n++] = d->row->map == 2 ? 0x38 : 0x3a;
	out[n++] = d->row->byte;
	return n;
}

/* The encoding up to the displacement; returns the length. */
static int put_head(const struct draft *d, u8 *out)
{
	int n = put_opcode(d, out);
	if (d->modrm < 0)
		return n;
	out[n++] = (u8)d->modrm;
	if (d->modrm < 0xc0) { /* an address without registers */
		int size = d->mode == DEC_16 ? 2 : 4;
		store_n(out + n, size, d->a->data);
		n += size;
	}
	return n;
}

static bool belongs(const struct draft *d, struct insn *in, int *head_len)
{
	u8 bytes[16];
	memset(bytes, 0x11, sizeof bytes);
	*head_len = put_head(d, bytes);
	return decode(bytes, sizeof bytes, d->mode, in) == DEC_OK && in->row == d->row && in->has_modrm == (d->modrm >= 0);
}

static enum tail tail_of(const struct insn *in, int tail_len)
{
	if (tail_len <= 0)
		return TAIL_NONE;
	for (int i = 0; i < in->noperands; i++)
		if (in->o[i].kind == OPND_FAR)
			return TAIL_FAR;
	return in->has_mem && !in->has_modrm ? TAIL_ADDRESS : TAIL_IMM;
}

/* ---- names ------------------------------------------------------------------------------ */

static int register_number(const struct insn *in) /* of forms that are told apart by it: debug registers */
{
	for (int i = 0; i < in->noperands; i++)
		if (in->o[i].kind == OPND_DR)
			return in->o[i].reg;
	return -1;
}

/* Does the row ask for this very ModRM byte? Then it names the form. */
static bool asks_whole_modrm(const struct draft *d)
{
	struct draft other = *d;
	struct insn in;
	int len;
	other.modrm ^= 1;
	return d->modrm >= 0xc0 && !belongs(&other, &in, &len);
}

/* The table's operand codes, with the register where a form stands for just one. */
static void name_operands(const struct draft *d, char *out, size_t size)
{
	static const char *const segments[] = {"ES", "CS", "SS", "DS", "FS", "GS", "?", "?"};
	int reg = d->modrm >> 3 & 7;
	size_t n = 0;
	for (const char *p = d->row->operands; *p && n + 4 < size;) {
		if (!strncmp(p, "Sw", 2))
			n += (size_t)snprintf(out + n, size - n, "%s", segments[reg]), p += 2;
		else if (!strncmp(p, "Cd", 2) || !strncmp(p, "Dd", 2))
			n += (size_t)snprintf(out + n, size - n, "%cR%d", *p, reg), p += 2;
		else
			out[n++] = *p++;
	}
	out[n] = 0;
}

static void name_form(struct form *f, const struct draft *d, const struct insn *in)
{
	static const char *const maps[] = {"", "0F", "0F38", "0F3A", "V.0F38", "V.0F3A"};
	char prefix[8] = "", digit[8] = "", size[8] = "", operands[32];
	const char *shape = "";
	int reg = d->row->digit >= 0 ? d->row->digit : register_number(in);
	bool whole = d->modrm >= 0 && asks_whole_modrm(d);
	if (d->mandatory || (d->opsize && !f->op_differs))
		snprintf(prefix, sizeof prefix, "%02X.", d->mandatory ? d->mandatory : 0x66);
	if (whole)
		snprintf(digit, sizeof digit, "%02X", (u8)d->modrm);
	else if (reg >= 0)
		snprintf(digit, sizeof digit, "/%d", reg & 7);
	if (d->modrm >= 0 && !whole)
		shape = in->has_mem ? "m" : "r";
	if (f->op_differs)
		snprintf(size, sizeof size, "%d", f->opsize * 8 & 0xff);
	snprintf(f->key, sizeof f->key, "%s%s%02X%s%s%s%s", prefix, maps[d->row->map], d->row->byte, digit,
		 *shape || *size ? "." : "", shape, size);
	name_operands(d, operands, sizeof operands);
	snprintf(f->operands, sizeof f->operands, "%s%s%s%s%s", operands, *operands && (*shape || *size) ? " " : "",
		 !*shape ? "" : in->has_mem ? "mem" : "reg", *shape && *size ? " " : "", size);
	sdm_form(in, f->name, sizeof f->name);
	snprintf(f->text, sizeof f->text, "%s", f->name);
}

/* ---- enumeration ------------------------------------------------------------------------------ */

static struct form *grow(struct forms *f)
{
	if (f->n % 256 == 0) {
		struct form *more = realloc(f->at, (size_t)(f->n + 256) * sizeof *more);
		if (!more)
			return NULL;
		f->at = more;
	}
	return &f->at[f->n++];
}

static int add(struct forms *f, const struct draft *d, const struct insn *in, int head_len, bool op_differs)
{
	struct form *form = grow(f);
	if (!form)
		return -1;
	*form = (struct form){.row = d->row, .mode = (u8)d->mode, .opsize = in->opsize, .has_mem = in->has_mem,
			      .has_modrm = in->has_modrm, .op = in->op, .op_differs = op_differs};
	form->head_len = (u8)put_head(d, form->head);
	form->tail_len = (u8)(in->len - head_len);
	form->tail = (u8)tail_of(in, form->tail_len);
	name_form(form, d, in);
	return 0;
}

/* Two forms of different operand sizes: where the name does not say which, the text does. */
static void tell_sizes(struct form *pair)
{
	if (strcmp(pair[0].name, pair[1].name) != 0)
		return;
	for (int i = 0; i < 2; i++)
		snprintf(pair[i].text, sizeof pair[i].text, "%s (%d-bit)", pair[i].name, pair[i].opsize * 8);
}

/* Both operand sizes of an encoding that fits. */
static int add_sizes(struct forms *f, struct draft d)
{
	struct insn in, other;
	int len, other_len;
	struct draft wide = d;
	wide.opsize = !d.opsize;
	if (!belongs(&d, &in, &len))
		return 0;
	bool differs = d.row->map < 4 && d.mandatory != 0x66 && !d.opsize && belongs(&wide, &other, &other_len) &&
		       other.opsize != in.opsize;
	/* The size matters only where an operand has it, or none is named (PUSHF, IRET, RETF) */
	if (add(f, &d, &in, len, differs) < 0)
		return -1;
	if (!differs)
		return 0;
	if (add(f, &wide, &other, other_len, true) < 0)
		return -1;
	tell_sizes(&f->at[f->n - 2]);
	return 0;
}

/* The first ModRM byte of a form (register or memory), from `reg` on, that belongs to the row; -1: none. */
static int find_modrm(struct draft *d, bool mem, int reg_first)
{
	static const u8 order[] = {1, 2, 3, 0, 5, 6, 7, 4};
	struct insn in;
	int len;
	for (int i = 0; i < 8; i++)
		for (int j = 0; j < (mem ? 1 : 8); j++) {
			int reg = reg_first >= 0 ? reg_first : order[i];
			int rm = mem ? (d->mode == DEC_16 ? 6 : 5) : order[(j + 2) & 7];
			d->modrm = (mem ? 0 : 0xc0) | reg << 3 | rm;
			if (belongs(d, &in, &len) && (!mem || in.has_mem))
				return d->modrm;
		}
	return -1;
}

static bool names_debug_register(const struct opcode *row)
{
	return strstr(row->operands, "Dd") != NULL;
}

static int add_shapes(struct forms *f, struct draft d)
{
	if (names_debug_register(d.row)) {
		for (int reg = 0; reg < 8; reg++)
			if (find_modrm(&d, false, reg) >= 0 && add_sizes(f, d) < 0)
				return -1;
		return 0;
	}
	d.modrm = -1;
	if (add_sizes(f, d) < 0)
		return -1;
	if (find_modrm(&d, false, -1) >= 0 && add_sizes(f, d) < 0)
		return -1;
	return find_modrm(&d, true, -1) >= 0 ? add_sizes(f, d) : 0;
}

/* A row with its mandatory prefix, found by trying; the first that fits is the row's. */
static int add_row(struct forms *f, const struct opcode *row, enum decode_mode mode, const struct form_addresses *a)
{
	static const u8 prefixes[] = {0, 0x66, 0xf3, 0xf2};
	int before = f->n;
	for (size_t i = 0; i < ARRAY_LEN(prefixes) && f->n == before; i++)
		for (int v = 15; v >= 0 && f->n == before; v -= 14) { /* vvvv: none, or register 1 (inverted) */
			struct draft d = {.row = row, .mode = mode, .mandatory = prefixes[i], .vvvv = (u8)v, .a = a};
			if (row->map < 4 && prefixes[i] == 0x66)
				d.mandatory = 0, d.opsize = true;
			if (add_shapes(f, d) < 0)
				return -1;
			if (row->map < 4)
				break;
		}
	return f->n > before;
}

int forms_make(struct forms *f, enum decode_mode mode, const struct form_addresses *a)
{
	*f = (struct forms){0};
	for (int i = 1; i < opcode_count; i++) {
		int found = add_row(f, &opcode_table[i], mode, a);
		if (found < 0) {
			forms_free(f);
			return -1;
		}
		f->skipped_long += !found;
	}
	return 0;
}

void forms_free(struct forms *f)
{
	free(f->at);
	*f = (struct forms){0};
}

const struct form *forms_find(const struct forms *f, const char *key)
{
	for (int i = 0; i < f->n; i++)
		if (!strcmp(f->at[i].key, key))
			return &f->at[i];
	return NULL;
}

int form_encode(const struct form *f, const struct form_addresses *a, u32 value, u8 out[16])
{
	u8 *tail = out + f->head_len;
	memcpy(out, f->head, f->head_len);
	switch (f->tail) {
	case TAIL_ADDRESS:
		store_n(tail, f->tail_len, a->data);
		break;
	case TAIL_FAR:
		store_n(tail, f->tail_len - 2, a->code);
		store16(tail + f->tail_len - 2, (u16)value);
		break;
	case TAIL_IMM:
		for (int i = 0; i < f->tail_len; i++)
			tail[i] = (u8)(value >> (i & 1) * 8);
		break;
	default: break;
	}
	return f->head_len + f->tail_len;
}
