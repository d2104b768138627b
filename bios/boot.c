/*
 * Boot: the order from CMOS, the menu, INT 19h and INT 18h. What is tried is kept in the EBDA, so that a boot sector that
 * gives up with INT 18h gets the next device its turn. Not here: network.
 */
#include "atapi.h"
#include "bda.h"
#include "bios.h"
#include "debug.h"
#include "emulation.h"
#include "io.h"

#define MENU_WAIT_TICKS 45
#define KEY_ESC 0x01
#define KEY_F12_84 0x86

static void order_put(u8 drive)
{
	u8 count = EBDA_READ8(boot_count);

	far_write8(BDA->ebda, (u16)(OFFSET(struct ebda, boot_order) + count), drive);
	EBDA_WRITE8(boot_count, count + 1);
}

static u8 order_get(u8 n) { return far_read8(BDA->ebda, (u16)(OFFSET(struct ebda, boot_order) + n)); }

static int has_cd(void)
{
	struct drive d;

	return cd_get(&d);
}

/* A code of CMOS 38h and 3Dh: 1 diskette, 2 disk, 3 CD-ROM. */
static void order_put_code(u8 code)
{
	if (code == 1 && floppy_count())
		order_put(0x00);
	else if (code == 2 && BDA->disk_count)
		order_put(0x80);
	else if (code == 3 && has_cd())
		order_put(CD_DRIVE);
}

void boot_order_init(void)
{
	u8 order = cmos_read(CMOS_BOOT_ORDER), third = cmos_read(CMOS_BOOT_THIRD);

	EBDA_WRITE8(boot_count, 0);
	if (!order) {
		order = 0x21;
		third = 0x30;
	}
	order_put_code(order & 0x0f);
	order_put_code(order >> 4);
	order_put_code(third >> 4);
}

static void print_device(u8 drive)
{
	if (drive < 0x80)
		SCREEN("diskette %c", 'A' + drive);
	else if (drive == CD_DRIVE)
		SCREEN("CD-ROM");
	else
		SCREEN("disk %x", (u32)drive);
}

static int is_menu_key(u16 key)
{
	u8 scan = (u8)(key >> 8);

	return scan == KEY_ESC || scan == KEY_F12_84;
}

/* Esc or F12 pressed so far? Other keys are left for the program that boots. */
static int menu_key_pressed(void)
{
	u16 key;

	cli();
	if (key_peek(&key) && is_menu_key(key)) {
		key_take();
		sti();
		return 1;
	}
	sti();
	return 0;
}

static int menu_prompt(void)
{
	struct timeout t;

	SCREEN("Esc or F12: boot menu\n");
	timeout_start(&t, MENU_WAIT_TICKS);
	do {
		if (menu_key_pressed())
			return 1;
		sti_hlt();
	} while (!timeout_over(&t));
	return 0;
}

static u8 all_devices(u8 *list)
{
	u8 n = 0;

	if (floppy_type(0))
		list[n++] = 0x00;
	if (floppy_type(1))
		list[n++] = 0x01;
	for (u8 disk = 0; disk < BDA->disk_count; disk++)
		list[n++] = 0x80 + disk;
	if (has_cd())
		list[n++] = CD_DRIVE;
	return n;
}

/* The device chosen is tried first, then the others in their order. */
static void order_put_first(u8 drive)
{
	u8 old[8], count = EBDA_READ8(boot_count);

	for (u8 n = 0; n < count; n++)
		old[n] = order_get(n);
	EBDA_WRITE8(boot_count, 0);
	order_put(drive);
	for (u8 n = 0; n < count; n++) {
		if (old[n] != drive)
			order_put(old[n]);
	}
}

static u16 read_key(void)
{
	struct regs r = { .eax = 0x1000 };

	call_int(0x16, &r);
	return r.ax;
}

void boot_menu(void)
{
	u8 list[8], count;

	if (!menu_key_pressed() && (!(cmos_read(CMOS_MENU) & 1) || !menu_prompt()))
		return;
	count = all_devices(list);
	SCREEN("\nBoot from\n");
	for (u8 n = 0; n < count; n++) {
		SCREEN("  %u  ", n + 1u);
		print_device(list[n]);
		SCREEN("\n");
	}
	SCREEN("Number, or Esc for the usual order: ");
	for (;;) {
		u16 key = read_key();
		u8 c = (u8)key;
		if (is_menu_key(key))
			break;
		if (c >= '1' && c < '1' + count) {
			SCREEN("%c", c);
			order_put_first(list[c - '1']);
			break;
		}
	}
	SCREEN("\n");
}

/* First sector to 0000:7C00. A drive just filled says "changed" once, so there are several tries. */
static int read_boot_sector(u8 drive)
{
	for (int tries = 0; tries < 4; tries++) {
		struct regs r = { .eax = 0x0201, .ebx = 0x7c00, .ecx = 0x0001, .edx = drive };
		call_int(0x13, &r);
		sti();
		if (!(r.flags & FLAG_CF))
			return 1;
		DEBUG("\nboot: drive %x status %x", (u32)drive, (u32)r.ah);
		if (r.ah == 0x80)
			return 0;
		r.eax = 0;
		r.edx = drive;
		call_int(0x13, &r);
	}
	return 0;
}

static int is_bootable(u8 drive)
{
	if (drive < 0x80 && (cmos_read(CMOS_BOOT_THIRD) & 1))
		return 1;
	return far_read16(0, 0x7dfe) == 0xaa55;
}

static void try_device(u8 drive)
{
	SCREEN("Booting from ");
	print_device(drive);
	if (drive == CD_DRIVE)
		boot_cd();
	else if (!read_boot_sector(drive))
		SCREEN(": cannot be read\n");
	else if (!is_bootable(drive))
		SCREEN(": no boot sector\n");
	else {
		SCREEN("\n");
		post_code(0x0b);
		boot_jump(drive, 0x7c00);
	}
}

void boot_from_next(void)
{
	u8 next;

	sti();
	emulation_end();
	while ((next = EBDA_READ8(boot_next)) < EBDA_READ8(boot_count)) {
		EBDA_WRITE8(boot_next, next + 1);
		try_device(order_get(next));
	}
	SCREEN("No bootable device. Press a key to try again.\n");
	post_code(0xff);
	read_key();
	boot_from_start();
}

void boot_from_start(void)
{
	EBDA_WRITE8(boot_next, 0);
	boot_from_next();
}
