/* check_hostile_ports.c - the whole machine under a guest that means harm: ports, configuration space, moved BARs, memory-mapped
 * registers, wild bus-master tables, packets and display modes, all at random, with time passing between. Nothing may crash, hang,
 * assert, or touch memory that is not the guest's (the sanitizers see that: ./check --sanitize). A guest cannot escape.
 *
 * The seeds are fixed, so a finding repeats. HOSTILE_ROUNDS multiplies the work, HOSTILE_SEED starts elsewhere. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "machine/pc.h"
#include "tests/devices/hostile_rig.h"

/* ---- what a guest may try ------------------------------------------------------------------------------------------ */

static void any_port(struct hostile *h)
{
	u16 port = h_rnd(h, 4) ? h_hot_port(h) : (u16)h_random(h);
	int size = 1 << h_rnd(h, 3);
	if (h_rnd(h, 3))
		bus_out(&h->m->bus, port, size, h_value(h));
	else
		bus_in(&h->m->bus, port, size);
}

static u32 config_address(struct hostile *h)
{
	u32 slot = h_rnd(h, 8) ? h_rnd(h, 3) : h_rnd(h, 32);
	return 0x80000000u | slot << 11 | h_rnd(h, 4) << 8 | (h_random(h) & 0xfc);
}

static void any_configuration(struct hostile *h)
{
	bus_out(&h->m->bus, 0xcf8, 4, h_rnd(h, 16) ? config_address(h) : h_random(h));
	for (u32 i = h_rnd(h, 4); i--;) {
		u16 port = (u16)(0xcfc + h_rnd(h, 4));
		int size = 1 << h_rnd(h, 3);
		if (h_rnd(h, 4))
			bus_out(&h->m->bus, port, size, h_value(h));
		else
			bus_in(&h->m->bus, port, size);
	}
}

static void configure(struct hostile *h, u32 slot, u32 function, u32 reg, int size, u32 value)
{
	bus_out(&h->m->bus, 0xcf8, 4, 0x80000000u | slot << 11 | function << 8 | (reg & 0xfc));
	bus_out(&h->m->bus, (u16)(0xcfc + (reg & 3)), size, value);
}

/* All functions keep answering most of the time, at places where they hurt. */
static void move_bars(struct hostile *h)
{
	u32 slot = h_rnd(h, 3), function = h_rnd(h, 4);
	configure(h, slot, function, 0x10 + 4 * h_rnd(h, 6), 4, h_rnd(h, 2) ? h_address(h) : h_hot_port(h));
	configure(h, slot, function, 0x04, 2, h_rnd(h, 8) ? 7 : h_random(h));
}

static void any_memory(struct hostile *h)
{
	u32 gpa = h_address(h) + h_rnd(h, 0x1000);
	int size = 1 << h_rnd(h, 3);
	u32 value = h_value(h);
	switch (h_rnd(h, 4)) {
	case 0:
		bus_read(&h->m->bus, gpa, size);
		break;
	case 1:
		phys_write(&h->m->ram, gpa, &value, (u64)size);
		break;
	default:
		bus_write(&h->m->bus, gpa, size, value);
	}
}

/* One of the register pages, aligned as a driver would. */
static void any_apic(struct hostile *h)
{
	struct bus *bus = &h->m->bus;
	switch (h_rnd(h, 4)) {
	case 0:
		bus_write(bus, 0xfec00000, 4, h_rnd(h, 0x42));
		bus_write(bus, 0xfec00010, 4, h_value(h));
		break;
	case 1:
		bus_write(bus, 0xfed00000 + 4 * h_rnd(h, 0x60), 4, h_value(h));
		bus_read(bus, 0xfed00000 + 4 * h_rnd(h, 0x60), 4);
		break;
	case 2:
		bus_write(bus, 0xfee00000 + 16 * h_rnd(h, 64), 4, h_value(h));
		bus_read(bus, 0xfee00000 + 16 * h_rnd(h, 64), 4);
		break;
	default:
		h->m->vmm.apic.set_deadline(h->m->vmm.apic.opaque, h_rnd(h, 2) ? h_random(h) : h_wide(h));
		if (!h_rnd(h, 8))
			h->m->vmm.apic.set_base(h->m->vmm.apic.opaque, 0x900 | (h_rnd(h, 2) ? 0xfee00000u : h_address(h) & ~0xfffu));
	}
}

static void take_interrupt(struct hostile *h)
{
	struct machine *m = h->m;
	if (m->vmm.intr && m->vmm.ack)
		m->vmm.ack(m->vmm.ack_opaque);
	if (h_rnd(h, 2))
		bus_write(&m->bus, 0xfee000b0, 4, 0);
	bus_out(&m->bus, 0x20, 1, 0x20);
	bus_out(&m->bus, 0xa0, 1, 0x20);
}

/* ---- drives ----------------------------------------------------------------------------------------------------------- */

/* The table itself may lie at the end of memory, or nowhere. */
static void start_bus_master(struct hostile *h, u16 channel)
{
	u32 table = h_rnd(h, 4) ? h_rnd(h, h->m->ram.ram_size) : h_address(h);
	for (u32 i = 0; i < 6; i++) {
		u32 prd[2] = {h_rnd(h, 2) ? h_rnd(h, h->m->ram.ram_size) : h_address(h), h_random(h) & (h_rnd(h, 4) ? 0x8000ffff : 0xffffffff)};
		phys_write(&h->m->ram, table + 8 * i, prd, sizeof prd);
	}
	bus_out(&h->m->bus, (u16)(HOSTILE_BMIBA + channel * 8 + 4), 4, table);
	bus_out(&h->m->bus, (u16)(HOSTILE_BMIBA + channel * 8 + 2), 1, h_random(h));
	bus_out(&h->m->bus, (u16)(HOSTILE_BMIBA + channel * 8), 1, h_random(h) & 9);
}

static void transfer_some(struct hostile *h, u16 base)
{
	u32 n = h_rnd(h, 4) ? h_rnd(h, 20) : h_rnd(h, 1200);
	for (u32 i = 0; i < n; i++) {
		if (h_rnd(h, 2))
			bus_in(&h->m->bus, base, 1 << h_rnd(h, 3));
		else
			bus_out(&h->m->bus, base, 1 << h_rnd(h, 3), h_random(h));
	}
}

static void packet(struct hostile *h, u16 base)
{
	static const u8 known[] = {0x00, 0x03, 0x12, 0x15, 0x1a, 0x1b, 0x1e, 0x25, 0x28, 0x2b, 0x35, 0x42, 0x43, 0x44, 0x46, 0x4a,
		0x51, 0x55, 0x5a, 0xa8, 0xad, 0xb6, 0xb9, 0xbb, 0xbd, 0xbe};
	u8 bytes[12];
	u32 tidy = h_rnd(h, 3);
	for (size_t i = 0; i < sizeof bytes; i++)
		bytes[i] = (u8)(tidy && i != 2 && i != 8 ? h_rnd(h, 3) * (tidy - 1) : h_random(h));
	bytes[0] = h_rnd(h, 8) ? known[h_rnd(h, ARRAY_LEN(known))] : bytes[0];
	if (h_rnd(h, 3) == 0) { /* READ(12), READ CD: a few sectors that are there, or nearly */
		memset(bytes, 0, sizeof bytes);
		bytes[0] = h_rnd(h, 3) ? 0xbe : 0xa8;
		bytes[1] = (u8)(h_random(h) & 0x1e);
		bytes[4] = (u8)h_rnd(h, 3);
		bytes[5] = (u8)h_random(h);
		bytes[bytes[0] == 0xbe ? 8 : 9] = (u8)h_rnd(h, 4);
		if (bytes[0] == 0xbe)
			bytes[9] = (u8)h_random(h), bytes[10] = (u8)h_rnd(h, 6);
	}
	h_pass(h, 2000000);
	for (u32 i = 0; i < 12; i += 2)
		bus_out(&h->m->bus, base, 2, (u32)(bytes[i] | bytes[i + 1] << 8));
	h_pass(h, 400000000);
	transfer_some(h, base);
}

/* To the CD-ROM drive, with any limit for a block and perhaps by the bus master. A REQUEST SENSE, as drivers do, makes the drive listen
 * to the next one. */
static void send_packet(struct hostile *h)
{
	struct bus *bus = &h->m->bus;
	for (int sense = 0; sense < 2; sense++) {
		u32 limit = h_rnd(h, 2) ? h_random(h) : 0x800u << h_rnd(h, 5), dma = sense ? 0 : h_rnd(h, 3) == 0;
		bus_out(bus, 0x176, 1, 0xa0);
		bus_out(bus, 0x171, 1, dma);
		bus_out(bus, 0x174, 1, limit);
		bus_out(bus, 0x175, 1, limit >> 8);
		if (dma)
			start_bus_master(h, 1);
		bus_out(bus, 0x177, 1, 0xa0);
		if (sense) {
			h_pass(h, 2000000);
			for (u32 i = 0; i < 6; i++)
				bus_out(bus, 0x170, 2, i == 0 ? 0x03 : i == 2 ? 18 : 0);
			h_pass(h, 2000000);
			transfer_some(h, 0x170);
		} else {
			packet(h, 0x170);
		}
	}
}

static void any_disk_command(struct hostile *h)
{
	static const u8 known[] = {0xa0, 0xa0, 0xa0, 0xa1, 0xec, 0x20, 0x21, 0x24, 0x29, 0x30, 0x34, 0x39, 0x40, 0x70, 0x90, 0x91, 0x10,
		0xc4, 0xc5, 0xc6, 0xc8, 0x25, 0xca, 0x35, 0xe7, 0xea, 0xef, 0xe5, 0xe1, 0xf8, 0xf9, 0xb0, 0x08};
	u16 channel = (u16)h_rnd(h, 2), base = channel ? 0x170 : 0x1f0;
	if (h_rnd(h, 3) == 0) {
		send_packet(h);
		return;
	}
	for (u16 i = 1; i < 7; i++)
		for (u32 k = 0; k < 2; k++)
			bus_out(&h->m->bus, (u16)(base + i), 1, h_rnd(h, 3) ? h_rnd(h, 4) : h_random(h));
	bus_out(&h->m->bus, (u16)(base + 6), 1, 0xa0 | (h_random(h) & 0x5f));
	if (h_rnd(h, 2))
		start_bus_master(h, channel);
	u8 command = (u8)(h_rnd(h, 8) ? known[h_rnd(h, ARRAY_LEN(known))] : h_random(h));
	bus_out(&h->m->bus, (u16)(base + 7), 1, command);
	if (command == 0xa0)
		packet(h, base);
	else
		h_pass(h, 20000000);
	if (h_rnd(h, 2))
		start_bus_master(h, channel);
	transfer_some(h, base);
	bus_in(&h->m->bus, (u16)(base + 7), 1);
}

/* A transfer from or to sectors that are there, so that the rest of the way is tried too: then TC never comes, or too soon. */
static void floppy_transfer(struct hostile *h)
{
	static const u8 known[] = {0xe6, 0xc5, 0x4d, 0x66, 0xd1, 0xf1, 0x56, 0x42};
	struct bus *bus = &h->m->bus;
	u8 head = (u8)h_rnd(h, 2);
	u8 bytes[] = {0x07, 0x00, known[h_rnd(h, ARRAY_LEN(known))], (u8)(head << 2), 0, head, 1, 2, 18, 0x1b, 0xff};
	bus_out(bus, 0x3f7, 1, 0);
	for (size_t i = 0; i < ARRAY_LEN(bytes); i++) {
		bus_out(bus, 0x3f5, 1, bytes[i]);
		if (i == 1) {
			h_pass(h, CLOCK_SECOND);
			bus_out(bus, 0x3f5, 1, 0x08);
			bus_in(bus, 0x3f5, 1);
			bus_in(bus, 0x3f5, 1);
		}
	}
	for (u32 i = h_rnd(h, 1500); i--;) {
		h_pass(h, 20000);
		if (h_rnd(h, 2))
			bus_in(bus, 0x3f5, 1);
		else
			bus_out(bus, 0x3f5, 1, h_random(h));
	}
	h_pass(h, CLOCK_SECOND / 2);
}

static void any_floppy_command(struct hostile *h)
{
	static const u8 known[] = {0x03, 0x04, 0x07, 0x08, 0x0f, 0x4a, 0xe6, 0xc5, 0x4d, 0x46, 0x66, 0x02, 0x13, 0x10, 0x14, 0x12, 0x0e};
	struct bus *bus = &h->m->bus;
	if (!h_rnd(h, 8))
		bus_out(bus, 0x3f2, 1, h_random(h) & 0x3f);
	bus_out(bus, 0x3f2, 1, 0x1c);
	u16 dma[] = {0x0c, 0x04, 0x04, 0x05, 0x05, 0x0b, 0x81, 0x0a}; /* channel 2: anywhere, any length, any mode */
	for (size_t i = 0; i < ARRAY_LEN(dma); i++)
		bus_out(bus, dma[i], 1, i == 7 ? 2 : i == 5 ? 2 | (h_random(h) & 0xfc) : h_random(h));
	h_pass(h, 3000000);
	if (h_rnd(h, 2)) {
		bus_out(bus, 0x0b, 1, 0x42 | h_rnd(h, 3) << 2);
		bus_out(bus, 0x3f5, 1, 0x03);
		bus_out(bus, 0x3f5, 1, 0xdf);
		bus_out(bus, 0x3f5, 1, 2 | h_rnd(h, 2)); /* with DMA, or by the processor */
		floppy_transfer(h);
		return;
	}
	bus_out(bus, 0x3f5, 1, h_rnd(h, 8) ? known[h_rnd(h, ARRAY_LEN(known))] : h_random(h));
	for (u32 i = 0; i < 10; i++) {
		if (h_rnd(h, 20))
			bus_out(bus, 0x3f5, 1, h_rnd(h, 3) ? h_rnd(h, 20) : h_random(h));
		else
			bus_in(bus, 0x3f5, 1);
	}
	h_pass(h, 300000000);
	for (u32 i = 0; i < 10; i++)
		bus_in(bus, 0x3f5, 1);
}

/* ---- keyboard and mouse, by way of the 8042 ---------------------------------------------------------------------------------- */

static void any_8042(struct hostile *h)
{
	static const u8 commands[] = {0x20, 0x60, 0xa7, 0xa8, 0xa9, 0xaa, 0xab, 0xad, 0xae, 0xc0, 0xd0, 0xd1, 0xd2, 0xd3, 0xd4, 0xd4, 0xd4, 0xd4};
	static const u8 bytes[] = {0xe6, 0xe7, 0xe8, 0xe9, 0xea, 0xeb, 0xec, 0xee, 0xf0, 0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0xff, 0xed, 0xf8, 0xfa,
		0xfb, 0xfc, 0xfd, 0xfe, 0xc8, 0x64, 0x50, 0x00, 0x03};
	for (u32 i = h_rnd(h, 12); i--;) {
		if (h_rnd(h, 2))
			bus_out(&h->m->bus, 0x64, 1, h_rnd(h, 10) ? commands[h_rnd(h, ARRAY_LEN(commands))] : h_random(h));
		bus_out(&h->m->bus, 0x60, 1, h_rnd(h, 6) ? bytes[h_rnd(h, ARRAY_LEN(bytes))] : h_random(h));
		h_pass(h, 3000000);
		if (h_rnd(h, 3))
			bus_in(&h->m->bus, 0x60, 1);
		machine_mouse(h->m, (int)h_rnd(h, 2000) - 1000, (int)h_rnd(h, 2000) - 1000, 1, (u8)h_random(h));
		machine_key(h->m, (u8)h_random(h), h_rnd(h, 2));
	}
}

/* ---- the screen ---------------------------------------------------------------------------------------------------------- */

static void any_display(struct hostile *h)
{
	static const u16 sizes[] = {0, 1, 7, 8, 9, 320, 640, 641, 1024, 2560, 2561, 8192, 32767, 65535};
	static const u8 depths[] = {0, 1, 4, 8, 15, 16, 24, 32, 255};
	struct bus *bus = &h->m->bus;
	for (u32 i = h_rnd(h, 5); i--;) {
		u32 index = h_rnd(h, 12), value = h_rnd(h, 3) ? sizes[h_rnd(h, ARRAY_LEN(sizes))] : h_random(h);
		bus_out(bus, 0x1ce, 2, index);
		bus_out(bus, 0x1cf, 2, index == 3 ? depths[h_rnd(h, ARRAY_LEN(depths))] : index == 4 ? h_random(h) & 0xff : value);
	}
	for (u32 i = h_rnd(h, 8); i--;) {
		static const u16 pairs[] = {0x3c4, 0x3ce, 0x3d4, 0x3d4, 0x3b4};
		u16 port = pairs[h_rnd(h, ARRAY_LEN(pairs))];
		bus_out(bus, port, 2, h_rnd(h, 0x20) | h_random(h) << 8);
	}
	bus_out(bus, 0x3c0, 1, h_random(h) & 0x3f);
	bus_out(bus, (u16)(0x3c0 + h_rnd(h, 16)), 1, h_value(h));
	for (u32 i = 0; i < 20; i++) {
		u32 gpa = 0xa0000 + h_rnd(h, 0x20000);
		if (h_rnd(h, 2))
			bus_write(bus, gpa, 1 << h_rnd(h, 3), h_random(h));
		else
			bus_read(bus, gpa, 1 << h_rnd(h, 3));
	}
}

static void look(struct hostile *h)
{
	struct machine *m = h->m;
	s16 samples[480];
	machine_picture_id(m);
	machine_render(m, &h->frame);
	machine_text_cells(m, &h->text);
	machine_text_utf8(m, h->utf8, h_rnd(h, 2) ? sizeof h->utf8 : h_rnd(h, 50));
	machine_audio_catch_up(m);
	machine_audio(m, samples, ARRAY_LEN(samples), 48000);
	if (!h_rnd(h, 8))
		machine_hash(m);
}

/* From outside. */
static void user(struct hostile *h)
{
	struct machine *m = h->m;
	char error[MACHINE_ERROR];
	switch (h_rnd(h, 8)) {
	case 0:
		machine_insert(m, MACHINE_CDROM, h->cd, error);
		break;
	case 1:
		machine_eject(m, MACHINE_CDROM, error);
		break;
	case 2:
		machine_eject(m, 0, error);
		break;
	case 3:
		machine_insert(m, 0, h->floppy, error);
		break;
	case 4:
		machine_mouse(m, (int)h_random(h), (int)h_random(h), (int)h_rnd(h, 100) - 50, (u8)h_random(h));
		break;
	case 5:
		machine_serial_put(m, (int)h_rnd(h, 2), (u8)h_random(h));
		break;
	case 6:
		machine_power_button(m);
		break;
	default:
		machine_key(m, (u8)h_random(h), h_rnd(h, 2));
	}
}

/* ---- the tests ------------------------------------------------------------------------------------------------------------ */

static void step(struct hostile *h)
{
	static void (*const tries[])(struct hostile *) = {
		any_port, any_port, any_port, any_port, any_port, any_port, any_configuration, move_bars, any_memory, any_memory, any_apic,
		any_apic, take_interrupt, take_interrupt, any_disk_command, any_floppy_command, any_8042, any_display, user,
	};
	tries[h_rnd(h, ARRAY_LEN(tries))](h);
	if (!h_rnd(h, 3))
		h_pass(h, h_rnd(h, 50) ? h_rnd(h, 1000000) : h_random(h));
	if (!h_rnd(h, 100))
		look(h);
	h_survive(h);
}

/* Everything where a driver would want it, until the next disturbance: what never decodes is never tried. */
static void put_right(struct hostile *h)
{
	static const struct { u16 port; u16 value; } picture[] = {
		{0x3c2, 0x67}, {0x3c4, 0x0300}, {0x3c4, 0x0101}, {0x3c4, 0x0e04}, {0x3ce, 0x0506}, {0x3d4, 0x0011},
	};
	char error[MACHINE_ERROR];
	configure(h, 1, 1, 0x20, 4, HOSTILE_BMIBA);
	configure(h, 1, 1, 0x40, 4, 0x80008000);
	configure(h, 1, 1, 0x04, 2, 5);
	configure(h, 1, 3, 0x40, 4, HOSTILE_PMBA | 1);
	configure(h, 1, 3, 0x80, 1, 1);
	configure(h, 1, 3, 0x90, 4, HOSTILE_SMBBA | 1);
	configure(h, 1, 3, 0xd2, 1, 1);
	configure(h, 1, 3, 0x04, 2, 1);
	configure(h, 2, 0, 0x10, 4, 0xe0000000);
	configure(h, 2, 0, 0x04, 2, 3);
	bus_out(&h->m->bus, 0x3f6, 1, 0);
	bus_out(&h->m->bus, 0x376, 1, 0);
	for (size_t i = 0; i < ARRAY_LEN(picture); i++)
		bus_out(&h->m->bus, picture[i].port, picture[i].port == 0x3c2 ? 1 : 2, picture[i].value);
	bus_in(&h->m->bus, 0x3da, 1);
	bus_out(&h->m->bus, 0x3c0, 1, 0x30);
	bus_out(&h->m->bus, 0x3c0, 1, h_random(h) & 0x41);
	if (h_rnd(h, 2)) {
		bus_out(&h->m->bus, 0x1ce, 2, 4);
		bus_out(&h->m->bus, 0x1cf, 2, 0);
	}
	if (!h_rnd(h, 4))
		machine_insert(h->m, MACHINE_CDROM, h->cd, error);
	h_pass(h, CLOCK_SECOND);
}

static void hammer(void (*what)(struct hostile *), u64 seed, int rounds)
{
	struct hostile *h = hostile_new(seed, NULL, MACHINE_BARE);
	for (int i = 0; i < rounds * hostile_rounds(); i++) {
		if (i % 40 == 0)
			put_right(h);
		what(h);
	}
	hostile_free(h);
}

START_TEST(a_machine_survives_a_guest_that_tries_everything)
{
	hammer(step, 1 + (u64)_i, 30000);
}
END_TEST

static void drive(struct hostile *h)
{
	if (h_rnd(h, 4))
		any_disk_command(h);
	else
		any_floppy_command(h);
	if (!h_rnd(h, 30))
		user(h);
	h_survive(h);
}

START_TEST(drives_survive_wild_commands_tables_and_packets)
{
	hammer(drive, 100 + (u64)_i, 6000);
}
END_TEST

static void show(struct hostile *h)
{
	any_display(h);
	if (!h_rnd(h, 20))
		move_bars(h);
	if (!h_rnd(h, 6))
		look(h);
	h_survive(h);
}

START_TEST(pictures_of_wild_modes_stay_inside_their_memory)
{
	hammer(show, 200 + (u64)_i, 3000);
}
END_TEST

static void interrupt(struct hostile *h)
{
	any_apic(h);
	take_interrupt(h);
	h_pass(h, h_rnd(h, 100000));
	h_survive(h);
}

START_TEST(timers_of_wild_periods_do_not_stop_time)
{
	hammer(interrupt, 300 + (u64)_i, 20000);
}
END_TEST

static void add(TCase *tc)
{
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, a_machine_survives_a_guest_that_tries_everything, 0, 4);
	tcase_add_loop_test(tc, drives_survive_wild_commands_tables_and_packets, 0, 2);
	tcase_add_loop_test(tc, pictures_of_wild_modes_stay_inside_their_memory, 0, 2);
	tcase_add_loop_test(tc, timers_of_wild_periods_do_not_stop_time, 0, 2);
}

int main(void)
{
	return bench_main("hostile ports", add);
}
