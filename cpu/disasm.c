/* disasm.c - instructions as text, by the Zydis library: an independent opinion next
 * to our own decoder (tests/cpu/decode_zydis.c compares the two).
 */
#include "cpu/disasm.h"

#include <Zydis/Zydis.h>
#include <stdio.h>

int disasm_text(const u8 *bytes, size_t n, enum decode_mode mode, u64 ip, char *out, size_t size)
{
	static const struct {
		ZydisMachineMode machine;
		ZydisStackWidth stack;
	} modes[] = {
		[DEC_16] = { ZYDIS_MACHINE_MODE_LEGACY_16, ZYDIS_STACK_WIDTH_16 },
		[DEC_32] = { ZYDIS_MACHINE_MODE_LEGACY_32, ZYDIS_STACK_WIDTH_32 },
		[DEC_64] = { ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64 },
	};
	ZydisDecoder decoder;
	ZydisFormatter formatter;
	ZydisDecodedInstruction insn;
	ZydisDecodedOperand operands[ZYDIS_MAX_OPERAND_COUNT];

	if (size != 0)
		snprintf(out, size, "(bad)");
	if (!ZYAN_SUCCESS(ZydisDecoderInit(&decoder, modes[mode].machine, modes[mode].stack)) ||
		!ZYAN_SUCCESS(ZydisFormatterInit(&formatter, ZYDIS_FORMATTER_STYLE_INTEL)) ||
		!ZYAN_SUCCESS(ZydisDecoderDecodeFull(&decoder, bytes, n, &insn, operands)))
		return 0;
	if (size != 0 && !ZYAN_SUCCESS(ZydisFormatterFormatInstruction(&formatter, &insn, operands,
				     insn.operand_count_visible, out, size, ip, NULL)))
		snprintf(out, size, "(no text)");
	return insn.length;
}
