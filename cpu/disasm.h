/* disasm.h - instructions as text, for the monitor, traces and reports. */
#ifndef CPU_DISASM_H
#define CPU_DISASM_H

#include "cpu/insn.h"

/* Intel syntax of the instruction at `bytes` (`n` of them, at address `ip`) into out, always terminated; returns its
 * length in bytes, or 0 where there is no instruction (out then says "(bad)"). */
int disasm_text(const u8 *bytes, size_t n, enum decode_mode mode, u64 ip, char *out, size_t size);

#endif
