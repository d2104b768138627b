/*
 * The pointing device: INT 15h AX=C200h-C207h and INT 74h (IRQ 12), which collects a packet and calls the user's function
 * with it. PS/2 BIOS Interface Technical Reference, INT 15h; PS/2 Technical Reference, auxiliary device commands.
 * State is in the EBDA from 22h on, as on the PS/2.
 */
#include "bda.h"
#include "bios.h"
#include "int15.h"
#include "io.h"

#define STATUS_OBF 0x01
#define STATUS_AUX 0x20

/* 8042 command byte: translation, system flag, IRQ 1; with the device also IRQ 12, without it bit 5. */
#define COMMAND_BYTE_ON 0x47
#define COMMAND_BYTE_QUIET 0x44

#define DEVICE_ACK 0xfa
#define DEVICE_RESET 0xff
#define DEVICE_DISABLE 0xf5
#define DEVICE_ENABLE 0xf4
#define DEVICE_SET_RATE 0xf3
#define DEVICE_GET_ID 0xf2
#define DEVICE_STATUS 0xe9
#define DEVICE_RESOLUTION 0xe8
#define DEVICE_SCALING_2 0xe7
#define DEVICE_SCALING_1 0xe6

/* In periods of 15 us: 25 ms and 1 s. */
#define SHORT_WAIT 1700
#define RESET_WAIT 66000

#define ERROR_FUNCTION 0x01
#define ERROR_INPUT 0x02
#define ERROR_INTERFACE 0x03
#define ERROR_NO_HANDLER 0x05

struct mouse {
	u16 off, seg;           /* 22 user's function */
	u8 index;               /* 26 bits 2-0: byte of the packet that comes next */
	u8 flags;               /* 27 bit 7: there is a function; bits 2-0: bytes of a packet less one */
	u8 data[8];             /* 28 */
} PACKED;

#define HAS_HANDLER 0x80
#define MOUSE_OFF OFFSET(struct ebda, mouse)

void mouse_call(u32 function, const u16 *words);

static void mouse_load(struct mouse *m) { copy_from_far(m, BDA->ebda, MOUSE_OFF, sizeof(*m)); }
static void mouse_save(const struct mouse *m) { copy_to_far(BDA->ebda, MOUSE_OFF, m, sizeof(*m)); }

/* The keyboard is held back while the device and we talk; interrupts are off. */
static void talk_begin(void)
{
	sti_nop();
	cli();
	kbd_command(0xad);
	kbd_command(0xa8);
	kbd_command(0x60);
	kbd_send(COMMAND_BYTE_QUIET | 0x10);
	kbd_command(0xff);
	for (int n = 0; n < 64 && (inb(0x64) & STATUS_OBF); n++)
		(void)inb(0x60);
}

static void talk_end(int on)
{
	if (!on)
		kbd_command(0xa7);
	kbd_command(0x60);
	kbd_send(on ? COMMAND_BYTE_ON : COMMAND_BYTE_QUIET | 0x21);
	kbd_command(0xae);
}

/* A byte from the device, -1 for none. */
static int receive(u32 wait)
{
	struct short_wait w;

	short_wait_start(&w);
	do {
		u8 status = inb(0x64);
		if (status & STATUS_OBF) {
			u8 value = inb(0x60);
			if (status & STATUS_AUX)
				return value;
		}
	} while (!short_wait_over(&w, wait));
	return -1;
}

/* True if the device took it. */
static int send(u8 byte)
{
	return kbd_command(0xd4) && kbd_send(byte) && receive(SHORT_WAIT) == DEVICE_ACK;
}

/* POST: is there one? It stays silent. */
int mouse_present(void)
{
	int present;

	talk_begin();
	present = send(DEVICE_DISABLE);
	talk_end(0);
	return present;
}

static u8 command(u8 byte)
{
	u8 status;

	talk_begin();
	status = send(byte) ? 0 : ERROR_INTERFACE;
	talk_end(1);
	return status;
}

static u8 command_value(u8 byte, u8 value)
{
	u8 status;

	talk_begin();
	status = send(byte) && send(value) ? 0 : ERROR_INTERFACE;
	talk_end(1);
	return status;
}

/* AL=00h: BH=0 off, 1 on. */
static u8 handle_15c200(struct regs *r)
{
	struct mouse m;

	if (r->bh > 1)
		return ERROR_INPUT;
	if (r->bh == 0)
		return command(DEVICE_DISABLE);
	mouse_load(&m);
	if (!(m.flags & HAS_HANDLER))
		return ERROR_NO_HANDLER;
	m.index = 0;
	mouse_save(&m);
	irq_unmask(12);
	return command(DEVICE_ENABLE);
}

/* AL=01h: reset; BL=AAh: its test passed, BH: its id. */
static u8 handle_15c201(struct regs *r)
{
	int test = -1, id = -1;

	talk_begin();
	if (send(DEVICE_RESET)) {
		test = receive(RESET_WAIT);
		id = receive(SHORT_WAIT);
	}
	talk_end(1);
	if (test < 0)
		return ERROR_INTERFACE;
	r->bl = (u8)test;
	r->bh = (u8)id;
	return 0;
}

/* AL=02h: BH: 10, 20, 40, 60, 80, 100, 200 reports a second. */
static u8 handle_15c202(struct regs *r)
{
	static const u8 ROM rates[] = { 10, 20, 40, 60, 80, 100, 200 };

	return r->bh < COUNT(rates) ? command_value(DEVICE_SET_RATE, rates[r->bh]) : ERROR_INPUT;
}

/* AL=03h: BH: 1, 2, 4, 8 counts a millimetre. */
static u8 handle_15c203(struct regs *r) { return r->bh < 4 ? command_value(DEVICE_RESOLUTION, r->bh) : ERROR_INPUT; }

/* AL=04h: BH: id. */
static u8 handle_15c204(struct regs *r)
{
	int id = -1;

	talk_begin();
	if (send(DEVICE_GET_ID))
		id = receive(SHORT_WAIT);
	talk_end(1);
	if (id < 0)
		return ERROR_INTERFACE;
	r->bh = (u8)id;
	return 0;
}

/* AL=05h: BH: bytes of a packet, 1-8; then as 01h. */
static u8 handle_15c205(struct regs *r)
{
	struct mouse m;

	if (r->bh < 1 || r->bh > 8)
		return ERROR_INPUT;
	mouse_load(&m);
	m.index = 0;
	m.flags = (u8)((m.flags & HAS_HANDLER) | (r->bh - 1));
	mouse_save(&m);
	return handle_15c201(r);
}

/* AL=06h: BH=0: BL, CL, DL status, resolution, rate; 1, 2: scaling 1:1, 2:1. */
static u8 handle_15c206(struct regs *r)
{
	int status = -1, resolution = -1, rate = -1;

	if (r->bh == 1 || r->bh == 2)
		return command(r->bh == 1 ? DEVICE_SCALING_1 : DEVICE_SCALING_2);
	if (r->bh != 0)
		return ERROR_FUNCTION;
	talk_begin();
	if (send(DEVICE_STATUS)) {
		status = receive(SHORT_WAIT);
		resolution = receive(SHORT_WAIT);
		rate = receive(SHORT_WAIT);
	}
	talk_end(1);
	if (rate < 0)
		return ERROR_INTERFACE;
	r->bl = (u8)status;
	r->cl = (u8)resolution;
	r->dl = (u8)rate;
	return 0;
}

/* AL=07h: ES:BX is the function; 0:0: none. */
static u8 handle_15c207(struct regs *r)
{
	struct mouse m;

	mouse_load(&m);
	m.off = r->bx;
	m.seg = r->es;
	m.index = 0;
	m.flags = (u8)((m.flags & 7) | (r->bx || r->es ? HAS_HANDLER : 0));
	mouse_save(&m);
	return 0;
}

void handle_15c2(struct regs *r)
{
	u8 status = ERROR_FUNCTION;

	if (!(BDA->equipment & EQUIP_MOUSE)) {
		r->ah = INT15_UNSUPPORTED;
		set_cf(r);
		return;
	}
	switch (r->al) {
	case 0x00: status = handle_15c200(r); break;
	case 0x01: status = handle_15c201(r); break;
	case 0x02: status = handle_15c202(r); break;
	case 0x03: status = handle_15c203(r); break;
	case 0x04: status = handle_15c204(r); break;
	case 0x05: status = handle_15c205(r); break;
	case 0x06: status = handle_15c206(r); break;
	case 0x07: status = handle_15c207(r); break;
	}
	r->ah = status;
	if (status)
		set_cf(r);
	else
		clear_cf(r);
}

/* Bit 3 of a packet's first byte is always 1: a byte without it belongs to a packet whose beginning was lost. */
static int take_byte(struct mouse *m, u8 byte)
{
	u8 last = m->flags & 7;

	if (m->index == 0 && last >= 2 && !(byte & 0x08))
		return 0;
	m->data[m->index & 7] = byte;
	if (m->index < last) {
		m->index++;
		return 0;
	}
	m->index = 0;
	return 1;
}

/* IRQ 12: the user's function gets status, X, Y and a zero on the stack. */
void handle_74(struct regs *r)
{
	struct mouse m;

	(void)r;
	if ((inb(0x64) & (STATUS_OBF | STATUS_AUX)) == (STATUS_OBF | STATUS_AUX)) {
		u8 byte = inb(0x60);
		int whole;
		mouse_load(&m);
		whole = (m.flags & HAS_HANDLER) && take_byte(&m, byte);
		mouse_save(&m);
		if (whole) {
			u16 words[4] = { m.data[0], m.data[1], m.data[2], 0 };
			mouse_call((u32)m.seg << 16 | m.off, words);
		}
	}
	cli();
	eoi_both();
}
