/* decode.c - bytes to struct insn (SDM 2A chapter 2): prefixes, opcode, the search
 * in the table; the operands are read in decode_operand.c and decode_memory.c.
 *
 *   prefixes* [REX] [0F [38|3A]] opcode [ModRM [SIB] [disp]] [imm] [imm]
 *   prefixes* VEX                opcode  ModRM [SIB] [disp]  [imm]
 *
 * A pure function of at most 15 bytes and the mode: it knows no processor model
 * (the caller looks at row->isa) and no privilege. Of what VEX can encode only the
 * integer instructions have rows; EVEX and XOP are not decoded: 62 with mod = 3 is
 * undefined, as on processors without them.
 */
#include "cpu/decode_row.h"

#include <string.h>

#define MAP_NONE DECODE_MAPS

/* Reads `size` little-endian bytes; false when the bytes run out */
bool decode_fetch(struct decoder *d, u32 size, u64 *value)
{
	u64 v = 0;
	if (d->limit - d->pos < size) {
		d->pos = d->limit;
		return false;
	}
	for (u32 i = 0; i < size; i++)
		v |= (u64)d->bytes[d->pos + i] << (8 * i);
	d->pos += size;
	*value = v;
	return true;
}

static bool fetch_byte(struct decoder *d, u32 *value)
{
	if (d->pos == d->limit)
		return false;
	*value = d->bytes[d->pos++];
	return true;
}

/* The bytes ran out: at the limit of 15, or of what the caller had? */
static enum decode_result ran_out(const struct decoder *d, struct insn *insn)
{
	insn->len = (u8)d->pos;
	return d->limit == INSN_MAX ? DEC_TOO_LONG : DEC_MORE;
}

static enum decode_result undefined(const struct decoder *d, struct insn *insn)
{
	insn->len = (u8)d->pos;
	return DEC_UD;
}

static void segment_prefix(struct decoder *d, struct insn *insn, enum seg_reg seg)
{
	if (d->mode == DEC_64 && seg < SEG_FS)
		return; /* ignored in 64-bit mode; an earlier FS or GS stays (SDM 2A 2.1.1) */
	d->override = seg;
	insn->prefixes |= PFX_SEG;
}

/* One legacy prefix; false if `byte` is none. Of several in a group the last counts, as all processors do it. */
static bool legacy_prefix(struct decoder *d, struct insn *insn, u32 byte)
{
	switch (byte) {
	case 0x26: segment_prefix(d, insn, SEG_ES); return true;
	case 0x2e: segment_prefix(d, insn, SEG_CS); return true;
	case 0x36: segment_prefix(d, insn, SEG_SS); return true;
	case 0x3e: segment_prefix(d, insn, SEG_DS); return true;
	case 0x64: segment_prefix(d, insn, SEG_FS); return true;
	case 0x65: segment_prefix(d, insn, SEG_GS); return true;
	case 0x66: insn->prefixes |= PFX_OPSIZE; return true;
	case 0x67: insn->prefixes |= PFX_ADDRSIZE; return true;
	case 0xf0: insn->prefixes |= PFX_LOCK; return true;
	case 0xf2: insn->prefixes = (u8)((insn->prefixes & ~PFX_REP) | PFX_REPNE); return true;
	case 0xf3: insn->prefixes = (u8)((insn->prefixes & ~PFX_REPNE) | PFX_REP); return true;
	default: return false;
	}
}

/* C4 and C5 are LES and LDS unless what follows has the look of mod = 3 (SDM 2A 2.3.5) */
static bool is_vex(const struct decoder *d, u32 byte)
{
	return (byte & 0xfe) == 0xc4 && (d->mode == DEC_64 || (d->pos < d->limit && d->bytes[d->pos] >= 0xc0));
}

/* Behind C4 or C5, SDM 2A figure 2-9; returns the opcode map, -1 when the bytes ran out, MAP_NONE: undefined */
static int decode_vex(struct decoder *d, const struct insn *insn, u32 escape)
{
	u32 first, last;
	if (d->rex || (insn->prefixes & (PFX_OPSIZE | PFX_REP | PFX_REPNE | PFX_LOCK)))
		return MAP_NONE;
	if (!fetch_byte(d, &first))
		return -1;
	u32 map = escape == 0xc4 ? first & 31 : 1;
	if (map < 2 || map > 3)
		return MAP_NONE;
	if (!fetch_byte(d, &last) || !fetch_byte(d, &d->byte))
		return -1;
	d->vex = (last & 0xff) | VEX_SEEN;
	if (d->mode == DEC_64) /* R X B are inverted */
		d->rex = 0x40 | (last & VEX_W) >> 4 | (~first >> 5 & 7);
	return map == 2 ? MAP_VEX_0F38 : MAP_VEX_0F3A;
}

/* Prefixes and the opcode byte, into d->byte; returns the opcode map, or -1 when the bytes ran out, MAP_NONE: undefined */
static int decode_opcode(struct decoder *d, struct insn *insn)
{
	u32 byte;
	for (;;) {
		if (!fetch_byte(d, &byte))
			return -1;
		if (legacy_prefix(d, insn, byte)) {
			d->rex = 0; /* REX counts only right before the opcode */
		} else if (d->mode == DEC_64 && (byte & 0xf0) == 0x40) {
			d->rex = byte;
		} else {
			break;
		}
	}
	d->byte = byte;
	if (is_vex(d, byte))
		return decode_vex(d, insn, byte);
	if (byte != 0x0f)
		return 0;
	if (!fetch_byte(d, &d->byte))
		return -1;
	if (d->byte != 0x38 && d->byte != 0x3a)
		return 1;
	int map = d->byte == 0x38 ? 2 : 3;
	return fetch_byte(d, &d->byte) ? map : -1;
}

/* The part of the key that the prefixes determine */
static u32 prefix_key(const struct decoder *d, const struct insn *insn)
{
	u32 key = 0;
	if (d->vex)
		key = (d->vex & VEX_PP) << KEY_PFX_SHIFT;
	else if (insn->prefixes & (PFX_REP | PFX_REPNE))
		key = (insn->prefixes & PFX_REP ? 2u : 3u) << KEY_PFX_SHIFT;
	else if (insn->prefixes & PFX_OPSIZE)
		key = 1u << KEY_PFX_SHIFT;
	if (d->mode == DEC_64)
		key |= KEY_LONG | (d->rex & 1 ? KEY_REX_B : 0) | (d->rex & 8 ? KEY_REX_W : 0);
	return key;
}

static u8 operand_size(const struct decoder *d, const struct insn *insn, const struct decode_row *row)
{
	bool other = insn->prefixes & PFX_OPSIZE;
	if (row->shape & SHAPE_BYTE)
		return 1;
	if (row->attr & ATTR_CR)
		return d->mode == DEC_64 ? 8 : 4;
	if (d->vex)
		return d->mode == DEC_64 && (d->vex & VEX_W) ? 8 : 4;
	if (d->mode != DEC_64)
		return (d->mode == DEC_16) == other ? 4 : 2;
	if (row->attr & ATTR_F64)
		return 8;
	if (d->rex & 8)
		return row->attr & ATTR_Z64 ? 4 : 8;
	if (other)
		return 2;
	return row->attr & ATTR_D64 ? 8 : 4;
}

static u8 address_size(const struct decoder *d, const struct insn *insn)
{
	bool other = insn->prefixes & PFX_ADDRSIZE;
	if (d->mode == DEC_64)
		return other ? 4 : 8;
	return (d->mode == DEC_16) == other ? 4 : 2;
}

/* The first row of the byte that fits, or NULL */
static const struct decode_row *match(const struct decode_row *row, u32 key)
{
	do {
		if ((key & row->mask) == row->value)
			return row;
		row++;
	} while (!row->first);
	return NULL;
}

/* Segment of what no ModRM byte describes: the source of a string instruction, XLAT, moffs: DS or the override; the
 * destination of STOS, SCAS, INS: always ES */
static void implied_segment(const struct decoder *d, const struct decode_row *row, struct insn *insn)
{
	if ((row->shape & (SHAPE_SOURCE | SHAPE_DESTINATION)) == SHAPE_DESTINATION)
		insn->seg = SEG_ES;
	else
		insn->seg = (u8)(d->override == SEG_NONE ? SEG_DS : d->override);
}

/* All rows want L = 0, and vvvv all ones when no operand lies there: SDM 2A 2.3.5.6, 2.6.1.2 */
static bool vex_allowed(const struct decoder *d, const struct decode_row *row)
{
	if (d->vex & VEX_L)
		return false;
	for (u32 i = 0; i < ARRAY_LEN(row->operand); i++)
		if (CODE_METHOD(row->operand[i]) == METH_B)
			return true;
	return (d->vex & VEX_VVVV) == VEX_VVVV;
}

static bool lock_allowed(const struct insn *insn)
{
	return (insn->row->traits & T_LOCKABLE) && insn->o[0].kind == OPND_MEM;
}

enum decode_result decode(const u8 *bytes, size_t avail, enum decode_mode mode, struct insn *insn)
{
	struct decoder d = { .bytes = bytes, .limit = avail < INSN_MAX ? (u32)avail : INSN_MAX, .mode = mode,
		.override = SEG_NONE };
	memset(insn, 0, sizeof *insn);
	insn->base = insn->index = REG_NONE;

	int map = decode_opcode(&d, insn);
	if (map < 0)
		return ran_out(&d, insn);
	if (map == MAP_NONE || decode_index[map][d.byte] == 0)
		return undefined(&d, insn);

	const struct decode_row *row = &decode_rows[decode_index[map][d.byte]];
	u32 key = prefix_key(&d, insn);
	if ((row->shape & SHAPE_MODRM) || (row->attr & ATTR_MODRM)) {
		u32 modrm;
		if (!fetch_byte(&d, &modrm))
			return ran_out(&d, insn);
		insn->has_modrm = 1;
		insn->modrm = (u8)modrm;
		key |= modrm | (modrm >= 0xc0 ? KEY_REG : 0);
	}
	row = match(row, key);
	if (row == NULL || (d.vex && !vex_allowed(&d, row)))
		return undefined(&d, insn);

	insn->row = &opcode_table[row - decode_rows];
	insn->op = insn->row->op;
	insn->cond = d.byte & 15;
	insn->rex = (u8)d.rex;
	insn->prefixes |= (d.rex ? PFX_REX : 0) | (d.rex & 8 ? PFX_REX_W : 0);
	insn->opsize = operand_size(&d, insn, row);
	insn->addrsize = address_size(&d, insn);
	implied_segment(&d, row, insn);
	if (insn->has_modrm && insn->modrm < 0xc0 && !(row->attr & ATTR_CR) && !decode_memory(&d, insn))
		return ran_out(&d, insn);
	enum decode_result result = decode_operands(&d, row, insn);
	if (result == DEC_MORE)
		return ran_out(&d, insn);
	if (result != DEC_OK || ((insn->prefixes & PFX_LOCK) && !lock_allowed(insn)))
		return undefined(&d, insn);
	insn->len = (u8)d.pos;
	return DEC_OK;
}
