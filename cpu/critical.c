/* critical.c - "critical=trap": the imaginary x86 on which critical instructions fault.
 *
 * docs/virtualization.md 3. In protected mode above ring 0 the named instructions raise
 * #GP(0), whatever IOPL and CR4 say and before any operand is looked at; in virtual-8086
 * mode those of them that are critical there. Ring 0 and real mode know nothing of it.
 * Which they are `tandem classify` derives; a test holds this list against it. By
 * operation: LDS LES LSS LFS LGS are one, and so are all forms of MOV with a segment
 * register.
 */
#include "cpu/cpuid.h"

#include <stdio.h>
#include <string.h>

/* Critical in some configuration of protected mode (IOPL 3 and PVI add CLI and STI). */
static const u16 critical[] = {
	OP_PUSHF, OP_POPF, OP_CLI, OP_STI, OP_INT, OP_INT3, OP_INT1, OP_INTO, OP_IRET, OP_SYSENTER, OP_JMP_FAR, OP_CALL_FAR,
	OP_RETF, OP_MOV_FROM_SREG, OP_MOV_TO_SREG, OP_PUSH_SREG, OP_POP_SREG, OP_LXS, OP_LAR, OP_LSL, OP_VERR, OP_VERW,
	OP_SGDT, OP_SIDT, OP_SLDT, OP_STR, OP_SMSW, OP_FNSTENV, OP_FNSAVE, OP_FXSAVE,
};
/* Not critical in the strict sense, but can be named: what only reveals time and processor. */
static const u16 visible[] = {OP_CPUID, OP_RDTSC, OP_RDTSCP, OP_RDPMC};

/* Innocuous, or not there, in virtual-8086 mode: segments are the program's own, and there is no ring to see. */
static bool protected_only(u16 op)
{
	switch (op) {
	case OP_JMP_FAR: case OP_CALL_FAR: case OP_RETF: case OP_MOV_FROM_SREG: case OP_MOV_TO_SREG: case OP_PUSH_SREG: case OP_POP_SREG:
	case OP_LXS: case OP_LAR: case OP_LSL: case OP_VERR: case OP_VERW: case OP_SLDT: case OP_STR: case OP_FNSTENV:
	case OP_FNSAVE: case OP_FXSAVE:
		return true;
	default: return false;
	}
}

bool cpu_traps_critical(const struct cpu_model *m, u16 op, bool is_protected)
{
	return (m->critical[op / 64] >> (op & 63) & 1) && (is_protected || !protected_only(op));
}

void cpu_trap_operation(struct cpu_model *m, u16 op)
{
	m->critical[op / 64] |= 1ull << (op & 63);
}

void cpu_trap_all_critical(struct cpu_model *m)
{
	for (size_t i = 0; i < ARRAY_LEN(critical); i++)
		cpu_trap_operation(m, critical[i]);
}

/* ---- names -------------------------------------------------------------------------------- */

static char upper(char c)
{
	return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

static bool same_name(const char *mnemonic, const char *name, size_t n)
{
	size_t i = 0;
	while (i < n && mnemonic[i] && mnemonic[i] == upper(name[i]))
		i++;
	return i == n && !mnemonic[i];
}

/* Other spellings of a row's mnemonic. */
static bool names(const char *mnemonic, const char *name, size_t n)
{
	static const char *const others[][2] = {{"PUSHF", "PUSHFD"}, {"POPF", "POPFD"}, {"IRET", "IRETD"}, {"RETF", "RET"}};
	if (same_name(mnemonic, name, n))
		return true;
	for (size_t i = 0; i < ARRAY_LEN(others); i++)
		if (!strcmp(mnemonic, others[i][0]) && same_name(others[i][1], name, n))
			return true;
	return false;
}

static bool is_one_of(const u16 *list, size_t n, u16 op)
{
	for (size_t i = 0; i < n; i++)
		if (list[i] == op)
			return true;
	return false;
}

static bool can_trap(u16 op)
{
	return is_one_of(critical, ARRAY_LEN(critical), op) || is_one_of(visible, ARRAY_LEN(visible), op);
}

/* Every mnemonic that can be named, once each. */
static void list_names(char *out, size_t size)
{
	const char *seen[64];
	size_t nseen = 0, used = 0;
	out[0] = '\0';
	for (int i = 0; i < opcode_count; i++) {
		size_t k = 0;
		while (k < nseen && strcmp(seen[k], opcode_table[i].mnemonic) != 0)
			k++;
		if (!can_trap(opcode_table[i].op) || k < nseen || nseen == ARRAY_LEN(seen) || used >= size)
			continue;
		seen[nseen++] = opcode_table[i].mnemonic;
		used += (size_t)snprintf(out + used, size - used, " %s", opcode_table[i].mnemonic);
	}
}

static int trap_mnemonic(struct cpu_model *m, const char *name, size_t n, char *error, size_t size)
{
	char all[320];
	bool found = false;
	for (int i = 0; i < opcode_count; i++)
		if (can_trap(opcode_table[i].op) && names(opcode_table[i].mnemonic, name, n)) {
			cpu_trap_operation(m, opcode_table[i].op);
			found = true;
		}
	if (found)
		return 0;
	list_names(all, sizeof all);
	snprintf(error, size, "critical=trap: '%.*s' is not a critical instruction; there are%s", (int)(n < 24 ? n : 24), name, all);
	return -1;
}

bool cpu_critical_item(const char *item, size_t n)
{
	return n >= 8 && !memcmp(item, "critical", 8);
}

size_t cpu_critical_parse(struct cpu_model *m, const char *text, char *error, size_t size)
{
	static const char key[] = "critical=trap";
	const char *p = text + sizeof key - 1;
	size_t n = strcspn(text, ",");
	if (strncmp(text, key, sizeof key - 1) != 0 || (n > sizeof key - 1 && *p != ':')) {
		snprintf(error, size, "'%.*s' is not critical=trap or critical=trap:MNEMONIC[,MNEMONIC]..", (int)(n < 60 ? n : 60), text);
		return 0;
	}
	if (n == sizeof key - 1) {
		cpu_trap_all_critical(m);
		return n;
	}
	for (p++;; p++) {
		n = strcspn(p, ",");
		if (trap_mnemonic(m, p, n, error, size))
			return 0;
		p += n;
		if (!*p || p[1] == '+' || p[1] == '-' || cpu_critical_item(p + 1, strcspn(p + 1, ",")))
			return (size_t)(p - text);
	}
}
