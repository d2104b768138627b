/* machine.c - a PC's life: construction, running, reset, input and output. */
#include "machine/machine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cpu/block.h"
#include "cpu/translate/translate.h"
#include "machine/boot.h"
#include "machine/pc.h"

#define TICK_NS 10000000u
#define DEFAULT_RAM_MB 64
#define DEFAULT_MIPS 100

void machine_config_init(struct machine_config *c)
{
	*c = (struct machine_config){.ram_mb = DEFAULT_RAM_MB, .debug_exit_port = -1, .debugcon_port = DEBUGCON_PORT, .log_level = LOG_WARN};
}

static void emit_log(void *opaque, enum log_level level, const char *text)
{
	struct machine *m = opaque;
	m->sinks.log(m->sinks.opaque, level, text);
}

static void tick(void *opaque)
{
	struct machine *m = opaque;
	timer_set(&m->clock, &m->tick, clock_now(&m->clock) + TICK_NS);
	m->sinks.tick(m->sinks.opaque);
}

static int check_config(struct machine_config *c, char *error)
{
	c->ram_mb = c->ram_mb ? c->ram_mb : DEFAULT_RAM_MB;
	c->mips = c->mips ? c->mips : DEFAULT_MIPS;
	if (c->ram_mb > 3072 || c->mips > 10000) {
		snprintf(error, MACHINE_ERROR, c->ram_mb > 3072 ? "memory size must be 1 to 3072 MB" : "speed must be 1 to 10000 MIPS");
		return -1;
	}
	return 0;
}

static int choose_cpu(struct machine *m, char *error)
{
	m->cpu_model = cpu_model_default;
	return m->config.cpu_model ? cpu_model_parse(m->config.cpu_model, &m->cpu_model, error, MACHINE_ERROR) : 0;
}

static int no_memory(char *error)
{
	snprintf(error, MACHINE_ERROR, "not enough memory on the host for this guest");
	return -1;
}

static int build_core(struct machine *m, char *error)
{
	if (physmem_init(&m->ram, (u64)m->config.ram_mb << 20))
		return no_memory(error);
	m->vram = physmem_add_window(&m->ram, VGA_VRAM_SIZE);
	if (m->vram < 0)
		return no_memory(error);
	if (mmu_init(&m->mmu, &m->ram))
		return no_memory(error);
	m->mmu.verify = m->config.verify_mmu;
	if (cpu_init(&m->cpu, &m->mmu, &m->vmm.guest, &m->vmm.guest))
		return no_memory(error);
	m->cpu.model = &m->cpu_model;
	if (m->config.block_max)
		m->cpu.code->block_max = m->config.block_max < BLOCK_MAX ? m->config.block_max : BLOCK_MAX;
	if (m->config.translate)
		translator_set_hot(m->cpu.code->translator,
				   m->config.translate < 0 ? TRANSLATE_NEVER : (u32)m->config.translate - 1);
	m->ram.hooks.opaque = &m->cpu;
	m->ram.hooks.code_written = code_written;
	static const enum technique techniques[] = {TECH_TRAP, TECH_BARE, TECH_CLASSIC}; /* by enum machine_technique */
	vmm_init(&m->vmm, &m->cpu, &m->bus, &m->clock, techniques[m->config.technique]);
	return 0;
}

struct machine *machine_new(const struct machine_config *config, const struct machine_sinks *sinks, char *error)
{
	struct machine *m = calloc(1, sizeof *m);
	if (!m) {
		no_memory(error);
		return NULL;
	}
	m->config = *config;
	m->sinks = *sinks;
	log_init(&m->log, (enum log_level)config->log_level);
	if (sinks->log) {
		m->log.emit = emit_log;
		m->log.opaque = m;
	}
	bus_init(&m->bus);
	if (check_config(&m->config, error) || choose_cpu(m, error) || pc_open_drives(m, error) || pc_load_kernel(m, error) || build_core(m, error) || pc_load_roms(m, error)) {
		machine_free(m);
		return NULL;
	}
	clock_init(&m->clock, m->config.mips);
	m->clock.earlier = NULL;
	vmm_install_hooks(&m->vmm);
	vmm_set_verify(&m->vmm, m->config.verify_hw);
	pc_build(m);
	pc_wire(m);
	pc_set_cmos(m);
	machine_reset(m);
	timer_init(&m->tick, tick, m);
	if (sinks->tick)
		timer_set(&m->clock, &m->tick, TICK_NS);
	return m;
}

void machine_free(struct machine *m)
{
	if (!m)
		return;
	pc_close_drives(m);
	cpu_free(&m->cpu);
	mmu_free(&m->mmu);
	physmem_free(&m->ram);
	free(m->bios);
	free(m->vgabios);
	pc_free_kernel(m);
	free(m);
}

/* ---- running ------------------------------------------------------------------------------------ */

void machine_reset(struct machine *m)
{
	m->want_reset = RESET_NONE;
	m->stopped = 0;
	m->a20_kbc = 1;
	m->a20_port92 = 0;
	mmu_set_a20(&m->mmu, true);
	vmm_reset(&m->vmm);
	pc_reset_chips(m);
	code_flush(&m->cpu);
	pc_update_observers(m);
}

/* What the INIT pin does: the chips, and with them PAM, stay. The gate A20 opens, so that the first fetch finds the ROM. */
static void soft_reset(struct machine *m)
{
	m->want_reset = RESET_NONE;
	m->a20_kbc = 1;
	mmu_set_a20(&m->mmu, true);
	vmm_soft_reset(&m->vmm);
	lapic_soft_reset(&m->lapic);
}

enum machine_state machine_run(struct machine *m, u64 insns)
{
	if (m->exited)
		return MACHINE_EXITED;
	if (m->stopped)
		return MACHINE_STOPPED;
	enum vmm_result r = vmm_run(&m->vmm, m->cpu.count + insns);
	m->clock.count = m->cpu.count;
	if (m->exited)
		return MACHINE_EXITED;
	if (r == VMM_SHUTDOWN) {
		m->stopped = 1;
		return MACHINE_STOPPED;
	}
	if (m->want_reset) {
		if (m->want_reset == RESET_HARD)
			machine_reset(m);
		else
			soft_reset(m);
		return MACHINE_RESET;
	}
	return r == VMM_IDLE ? MACHINE_IDLE : MACHINE_RUNNING;
}

void machine_leave(struct machine *m)
{
	vmm_stop(&m->vmm);
}

int machine_exit_status(const struct machine *m)
{
	return m->exit_status;
}

u64 machine_count(const struct machine *m)
{
	return m->cpu.count;
}

u64 machine_now_ns(const struct machine *m)
{
	return clock_now(&m->clock);
}

u64 machine_next_event_ns(const struct machine *m)
{
	return m->clock.next_due_ns;
}

void machine_skip_to(struct machine *m, u64 ns)
{
	clock_skip_to(&m->clock, ns);
}

void machine_set_rate(struct machine *m, u32 ns_per_insn)
{
	clock_set_rate(&m->clock, ns_per_insn);
}

/* ---- input and output ------------------------------------------------------------------------------ */

void machine_key(struct machine *m, u8 hid_usage, bool down)
{
	ps2_keyboard_key(&m->keyboard, hid_usage, down);
}

void machine_power_button(struct machine *m)
{
	piix4_pm_power_button(&m->power);
}

void machine_mouse(struct machine *m, int dx, int dy, int dz, u8 buttons)
{
	ps2_mouse_move(&m->mouse, dx, -dy, dz, buttons);
}

bool machine_serial_put(struct machine *m, int port, u8 byte)
{
	return uart_receive(&m->uart[port], byte);
}

bool machine_text_cells(const struct machine *m, struct machine_text *t)
{
	struct vga_text_info info;
	if (!vga_text_cells(&m->vga, &info))
		return false;
	t->cols = info.cols;
	t->rows = info.rows;
	t->cursor_row = info.cursor_row;
	t->cursor_col = info.cursor_col;
	t->cursor_visible = info.cursor_visible;
	memcpy(t->cells, info.cells, sizeof t->cells);
	return true;
}

int machine_text_utf8(const struct machine *m, char *out, size_t size)
{
	return vga_text_screen(&m->vga, out, size);
}

u16 machine_cp437(u8 code)
{
	return cp437_codepoint(code);
}

int machine_audio(struct machine *m, s16 *samples, int n, int rate)
{
	return pcspk_render(&m->speaker, samples, n, rate);
}

void machine_audio_catch_up(struct machine *m)
{
	pcspk_catch_up(&m->speaker);
}

u64 machine_exits(const struct machine *m)
{
	return vmm_exits_total(&m->vmm);
}

const char *machine_title(const struct machine *m)
{
	return m->title;
}
