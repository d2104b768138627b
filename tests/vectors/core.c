/* core.c - a processor, its MMU and its memory, without a machine around them. See core.h. */
#include "tests/vectors/core.h"

#include "cpu/block.h"

static u64 hole_read(void *opaque, gpa_t gpa, int size)
{
	(void)opaque;
	(void)gpa;
	(void)size;
	return ~0ull;
}

static void hole_write(void *opaque, gpa_t gpa, int size, u64 value)
{
	(void)opaque;
	(void)gpa;
	(void)size;
	(void)value;
}

static void mapping_changed(void *opaque, enum mapping_change what, lin_t lin)
{
	struct core *k = opaque;
	code_remapped(&k->c, what, lin);
}

static void note_port(struct core *k, u16 port, int size, bool write, u32 value)
{
	struct core_ports *p = &k->ports;
	if (p->n < (int)ARRAY_LEN(p->at)) {
		p->at[p->n].port = port;
		p->at[p->n].size = (u8)size;
		p->at[p->n].write = write;
		p->at[p->n].value = value;
	}
	p->n++;
}

static u32 port_in(void *opaque, u16 port, int size)
{
	u32 value = ~0u >> (32 - 8 * size);
	note_port(opaque, port, size, false, value);
	return value;
}

static void port_out(void *opaque, u16 port, int size, u32 value)
{
	note_port(opaque, port, size, true, value);
}

static u64 no_time(void *opaque)
{
	(void)opaque;
	return 0;
}

static void exception(void *opaque)
{
	struct core *k = opaque;
	k->fault = k->c.fault;
	k->faulted = true;
	k->fault_ip = k->c.fault.is_trap ? k->c.next_ip : k->c.ip;
	cpu_stop(&k->c);
}

int core_init(struct core *k)
{
	*k = (struct core){0};
	if (physmem_init(&k->pm, CORE_RAM) || mmu_init(&k->m, &k->pm))
		return -1;
	k->m.hooks = (struct mmu_hooks){k, hole_read, hole_write, mapping_changed};
	if (cpu_init(&k->c, &k->m, &k->s, &k->s))
		return -1;
	k->pm.hooks.opaque = &k->c;
	k->pm.hooks.code_written = code_written;
	k->model = cpu_model_default;
	k->model.isa = ~(1ull << ISA_UNDEF);
	k->c.model = &k->model;
	k->c.hooks = (struct cpu_hooks){
		.opaque = k, .exception = exception, .port_in = port_in, .port_out = port_out, .tsc = no_time, .direct = k->direct,
	};
	cpu_reset(&k->c);
	return 0;
}

void core_free(struct core *k)
{
	cpu_free(&k->c);
	mmu_free(&k->m);
	physmem_free(&k->pm);
}

void core_wrote(struct core *k, gpa_t gpa, u32 len)
{
	while (len) {
		u32 room = PAGE_SIZE - (u32)(gpa & 0xfff), n = len < room ? len : room;
		if (k->pm.attr[gpa / PAGE_SIZE] & PG_CODE)
			code_written(&k->c, gpa, n);
		gpa += n;
		len -= n;
	}
}

void core_run(struct core *k, u64 n)
{
	k->faulted = false;
	k->ports.n = 0;
	k->c.attention = 0;
	k->c.count = 1000;
	cpu_run(&k->c, k->c.count + n);
}
