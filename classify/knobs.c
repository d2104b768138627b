/* knobs.c - the configurations that `classify --all` goes through.
 *
 * The first of each family is its base; the others turn one knob each, so that the
 * flips table can say which knob moves which instruction. SDM 3A 2.5 (CR4), 20.2 and
 * 20.3 (virtual-8086 mode, VME), 20.4 (PVI), SDM 1 18.5 (IOPL and the I/O bitmap).
 * Not here: long mode, whose instructions the core does not execute yet.
 */
#include "classify/knobs.h"

#include <string.h>

#define PROTECTED .mode = KM_PROTECTED, .s = 0, .u = 3

const struct knobs knobs_all[] = {
	{"protected", "protected mode, rings 0 and 3, IOPL 0, all CR4 knobs off", PROTECTED},
	{"protected-ring1", "protected mode, rings 0 and 1 (ring compression), IOPL 0, all CR4 knobs off",
		.mode = KM_PROTECTED, .s = 0, .u = 1, .base = "protected", .knob = "user ring 1 instead of 3"},
	{"protected-iopl3", "as protected, IOPL 3", PROTECTED, .iopl = 3, .base = "protected", .knob = "IOPL 3"},
	{"protected-iomap", "as protected, the I/O bitmap allows even ports", PROTECTED, .io_map = IO_EVEN,
		.base = "protected", .knob = "I/O bitmap open"},
	{"protected-umip", "as protected, CR4.UMIP", PROTECTED, .umip = true, .base = "protected", .knob = "CR4.UMIP"},
	{"protected-tsd", "as protected, CR4.TSD", PROTECTED, .tsd = true, .base = "protected", .knob = "CR4.TSD"},
	{"protected-pce", "as protected, CR4.PCE", PROTECTED, .pce = true, .base = "protected", .knob = "CR4.PCE"},
	{"protected-pvi", "as protected, CR4.PVI", PROTECTED, .pvi = true, .base = "protected", .knob = "CR4.PVI"},
	{"protected-cpuid-fault", "as protected, CPUID faults above ring 0", PROTECTED, .cpuid_fault = true,
		.base = "protected", .knob = "CPUID faulting"},
	{"protected-strictest", "as protected, everything that can be made to trap traps: UMIP, TSD, CPUID faulting", PROTECTED,
		.umip = true, .tsd = true, .cpuid_fault = true, .base = "protected", .knob = "UMIP, TSD and CPUID faulting"},
	{"protected-critical-trap", "an imaginary processor: as protected, critical instructions fault above ring 0", PROTECTED,
		.critical_trap = true, .base = "protected", .knob = "critical=trap"},
	{"ring1-critical-trap", "the same with rings 0 and 1", .mode = KM_PROTECTED, .s = 0, .u = 1, .critical_trap = true,
		.base = "protected-ring1", .knob = "critical=trap"},
	{"v86-iopl0", "virtual-8086 mode with IOPL 0 as user mode of real mode", .mode = KM_V86, .s = 0, .u = 3},
	{"v86-iopl3", "the same with IOPL 3", .mode = KM_V86, .s = 0, .u = 3, .iopl = 3, .base = "v86-iopl0", .knob = "IOPL 3"},
	{"v86-iopl0-vme", "virtual-8086 mode, IOPL 0, CR4.VME", .mode = KM_V86, .s = 0, .u = 3, .vme = true,
		.base = "v86-iopl0", .knob = "CR4.VME"},
	{"v86-iopl3-vme", "virtual-8086 mode, IOPL 3, CR4.VME", .mode = KM_V86, .s = 0, .u = 3, .iopl = 3, .vme = true,
		.base = "v86-iopl3", .knob = "CR4.VME"},
	{"v86-umip", "virtual-8086 mode, IOPL 0, CR4.UMIP", .mode = KM_V86, .s = 0, .u = 3, .umip = true,
		.base = "v86-iopl0", .knob = "CR4.UMIP"},
	{"v86-critical-trap", "an imaginary processor: virtual-8086 mode, IOPL 0, critical instructions fault", .mode = KM_V86,
		.s = 0, .u = 3, .critical_trap = true, .base = "v86-iopl0", .knob = "critical=trap"},
	{"real-deprivileged", "real mode's semantics with virtual-8086 mode's privilege (IOPL 0)", .mode = KM_DEPRIVED, .s = 0, .u = 3},
	{"real", "real mode: no user mode at all", .mode = KM_REAL, .s = 0, .u = 0},
};
const int knobs_count = ARRAY_LEN(knobs_all);

const struct knobs *knobs_find(const char *name)
{
	for (int i = 0; i < knobs_count; i++)
		if (!strcmp(knobs_all[i].name, name))
			return &knobs_all[i];
	return NULL;
}
