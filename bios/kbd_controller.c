/*
 * The keyboard controller (8042) at 60h/64h and the keyboard behind it: self tests and settings at POST, bytes to the
 * keyboard, LEDs. IBM PS/2 Technical Reference, Keyboard and Auxiliary Device Controller.
 */
#include "bda.h"
#include "bios.h"
#include "debug.h"
#include "io.h"

#define STATUS_OBF 0x01
#define STATUS_IBF 0x02
#define STATUS_AUX 0x20

/* System flag, translation, IRQ 1; the pointing device stays off. */
#define COMMAND_BYTE 0x65

#define SHORT_WAIT 1700         /* periods of 15 us, 25 ms: the keyboard answers within 20 */
#define BAT_TICKS 20            /* 1.1 s: its own test takes up to 0.75 */

static int wait_ibf(void)
{
	struct short_wait w;

	short_wait_start(&w);
	do {
		if (!(inb(0x64) & STATUS_IBF))
			return 1;
	} while (!short_wait_over(&w, SHORT_WAIT));
	return 0;
}

/* A byte of the keyboard's, or -1; what the pointing device says is thrown away. */
static int take_data(void)
{
	u8 status = inb(0x64), value;

	if (!(status & STATUS_OBF))
		return -1;
	value = inb(0x60);
	return status & STATUS_AUX ? -1 : value;
}

static int read_data(u32 wait)
{
	struct short_wait w;
	int value;

	short_wait_start(&w);
	do {
		value = take_data();
		if (value >= 0)
			return value;
	} while (!short_wait_over(&w, wait));
	return -1;
}

/* The same for long waits: asleep from tick to tick. */
static int read_data_asleep(u32 ticks)
{
	struct timeout t;
	int value;

	timeout_start(&t, ticks);
	do {
		value = take_data();
		if (value >= 0)
			return value;
		timeout_nap();
	} while (!timeout_over(&t));
	return -1;
}

int kbd_command(u8 command)
{
	if (!wait_ibf())
		return 0;
	outb(0x64, command);
	return wait_ibf();
}

int kbd_send(u8 byte)
{
	if (!wait_ibf())
		return 0;
	outb(0x60, byte);
	return 1;
}

static void flush(void)
{
	for (u32 n = 0; n < 64 && (inb(0x64) & STATUS_OBF); n++)
		(void)inb(0x60);
}

/* Keyboard: reset, its answers ACK and test passed; scanning is on after that. */
static int keyboard_reset(void)
{
	int answer;

	if (!kbd_send(0xff))
		return 0;
	answer = read_data(SHORT_WAIT * 4);
	if (answer == 0xfa)
		answer = read_data_asleep(BAT_TICKS);
	return answer == 0xaa;
}

void kbd_controller_init(void)
{
	flush();
	kbd_command(0xad);
	kbd_command(0xa7);
	flush();
	kbd_command(0xaa);
	if (read_data(SHORT_WAIT * 4) != 0x55)
		DEBUG("8042: self test failed\n");
	kbd_command(0xab);
	if (read_data(SHORT_WAIT) != 0x00)
		DEBUG("8042: keyboard interface test failed\n");
	kbd_command(0x60);
	kbd_send(COMMAND_BYTE & ~1);    /* no interrupts yet: the keyboard's answers are read here */
	kbd_command(0xae);
	if (!keyboard_reset())
		DEBUG("keyboard does not answer\n");
	kbd_command(0x60);
	kbd_send(COMMAND_BYTE);
	wait_ibf();
	BDA->key_mode = KEY_MODE_101;
	irq_unmask(1);
}

/*
 * The locks in 40:17 are the truth, the LEDs follow. Only the command goes out here; INT 09h sends the LEDs when the
 * ACK comes in, and clears the busy bit at the second one.
 */
void kbd_update_leds(void)
{
	u8 leds = BDA->shift >> 4 & 7;

	if ((BDA->key_leds & (LEDS_BUSY | 7)) == leds || (BDA->key_leds & LEDS_BUSY))
		return;
	if (inb(0x64) & STATUS_IBF)
		return;
	BDA->key_leds = LEDS_BUSY | leds;
	outb(0x60, 0xed);
}
