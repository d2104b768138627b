/* dispatch.c - the processor's hooks: instruction exits, ports, memory-mapped I/O, time.
 *
 * An instruction exit is counted and leads to its routine, on guest; the routines
 * are the semantics that direct execution uses too (cpu/system/). Whatever a device may look at,
 * the clock first, is brought up to date before it is called.
 */
#include "vmm/vmm.h"

#include "cpu/block.h"

static void sync_clock(struct vmm *v)
{
	v->clock->count = v->cpu->count;
}

static bool policy(void *opaque, const struct insn *in, u32 mode)
{
	const struct vmm *v = opaque;
	return vmm_policy_exits(v->technique, v->cpu->model, in, mode);
}

static void on_exit(void *opaque, const struct uop *u)
{
	struct vmm *v = opaque;
	if (v->verify)
		vmm_verify_exit(v, u);
	if (v->on_exit)
		v->on_exit(v->observer, u);
}

/* The cycle's time passes with the instruction. */
static void wait_for_bus(struct vmm *v)
{
	v->cpu->wait += clock_wait(v->clock, v->bus->waited_ns, TRAIL_SLOTS);
}

static u32 port_in(void *opaque, u16 port, int size)
{
	struct vmm *v = opaque;
	sync_clock(v);
	u32 value = bus_in(v->bus, port, size);
	wait_for_bus(v);
	return value;
}

static void port_out(void *opaque, u16 port, int size, u32 value)
{
	struct vmm *v = opaque;
	sync_clock(v);
	bus_out(v->bus, port, size, value);
	wait_for_bus(v);
}

static u64 tsc(void *opaque)
{
	struct vmm *v = opaque;
	sync_clock(v);
	return clock_now(v->clock); /* the time-stamp counter runs at 1 GHz */
}

static void apic_base(void *opaque, u64 value)
{
	struct vmm *v = opaque;
	sync_clock(v);
	if (v->apic.set_base)
		v->apic.set_base(v->apic.opaque, value);
}

static u64 tsc_deadline(void *opaque)
{
	struct vmm *v = opaque;
	sync_clock(v);
	return v->apic.deadline ? v->apic.deadline(v->apic.opaque) : 0;
}

static void set_tsc_deadline(void *opaque, u64 value)
{
	struct vmm *v = opaque;
	sync_clock(v);
	if (v->apic.set_deadline)
		v->apic.set_deadline(v->apic.opaque, value);
}

static void tsc_moved(void *opaque, u64 offset)
{
	struct vmm *v = opaque;
	sync_clock(v);
	if (v->apic.set_tsc_offset)
		v->apic.set_tsc_offset(v->apic.opaque, offset);
}

static void access_exit(struct vmm *v, bool is_write)
{
	v->stats.exits[EXIT_MMIO][v->cpu->mode_index]++;
	if (v->on_mmio)
		v->on_mmio(v->observer, is_write);
	sync_clock(v);
}

/* Access exits; an 8-byte access is two of 4. */
static u64 io_read(void *opaque, gpa_t gpa, int size)
{
	struct vmm *v = opaque;
	access_exit(v, false);
	if (size == 8)
		return bus_read(v->bus, gpa, 4) | (u64)bus_read(v->bus, gpa + 4, 4) << 32;
	return bus_read(v->bus, gpa, size);
}

static void io_write(void *opaque, gpa_t gpa, int size, u64 value)
{
	struct vmm *v = opaque;
	access_exit(v, true);
	if (size == 8) {
		bus_write(v->bus, gpa, 4, (u32)value);
		bus_write(v->bus, gpa + 4, 4, (u32)(value >> 32));
		return;
	}
	bus_write(v->bus, gpa, size, (u32)value);
}

static void mapping_changed(void *opaque, enum mapping_change what, lin_t lin)
{
	struct vmm *v = opaque;
	code_remapped(v->cpu, what, lin);
}

static void timer_earlier(void *opaque)
{
	struct vmm *v = opaque;
	cpu_stop(v->cpu); /* the loop's limit must be computed anew */
}

void vmm_observe(struct vmm *v, void *observer, void (*event)(void *, const struct event *, const struct fault *),
		 void (*exit)(void *, const struct uop *))
{
	v->observer = observer;
	v->on_event = event;
	v->on_exit = exit;
	v->cpu->hooks.on_exit = exit || v->verify ? on_exit : NULL;
}

static bool tells(void *opaque, const struct insn *in, u32 mode)
{
	return vmm_class(opaque, (enum op)in->op, cpu_mode_index(mode)) != CLASS_INNOCUOUS;
}

static void on_direct(void *opaque, const struct uop *u)
{
	struct vmm *v = opaque;
	if (v->on_direct)
		v->on_direct(v->observer, u);
}

void vmm_observe_direct(struct vmm *v, void (*direct)(void *, const struct uop *))
{
	v->on_direct = direct;
	v->cpu->hooks.on_direct = on_direct;
	v->cpu->hooks.tells = direct ? tells : NULL;
}

void vmm_observe_mmio(struct vmm *v, void (*mmio)(void *, bool))
{
	v->on_mmio = mmio;
}

void vmm_set_verify(struct vmm *v, bool on)
{
	v->verify = on;
	vmm_observe(v, v->observer, v->on_event, v->on_exit);
}

static void ferr(void *opaque, int level)
{
	struct vmm *v = opaque;
	line_set(&v->ferr, level);
}

void vmm_install_hooks(struct vmm *v)
{
	struct cpu *c = v->cpu;
	c->hooks.opaque = v;
	c->hooks.policy = policy;
	c->hooks.routine = sys_table;
	c->hooks.exits = v->stats.instruction;
	vmm_observe(v, NULL, NULL, NULL);
	c->hooks.direct = v->stats.direct;
	if (v->technique == TECH_CLASSIC)
		vmm_classic_install(v);
	c->hooks.exception = vmm_exception;
	c->hooks.port_in = port_in;
	c->hooks.port_out = port_out;
	c->hooks.tsc = tsc;
	c->hooks.apic_base = apic_base;
	c->hooks.tsc_deadline = tsc_deadline;
	c->hooks.set_tsc_deadline = set_tsc_deadline;
	c->hooks.tsc_moved = tsc_moved;
	c->hooks.ferr = ferr;
	c->mmu->hooks.opaque = v;
	c->mmu->hooks.io_read = io_read;
	c->mmu->hooks.io_write = io_write;
	c->mmu->hooks.mapping_changed = mapping_changed;
	v->clock->earlier = timer_earlier;
	v->clock->earlier_opaque = v;
}
