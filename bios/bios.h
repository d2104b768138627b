/* What the files of the BIOS have of each other. */
#ifndef BIOS_BIOS_H
#define BIOS_BIOS_H

#include "types.h"

/* Time: wait.c */
struct short_wait {
	u32 periods;    /* of 15 us, so far */
	u16 loops;      /* since the last one */
	u8 last;        /* refresh bit */
};

struct timeout {
	u32 start;      /* tick count when the wait began */
	u32 limit;      /* ticks */
	struct short_wait periods;      /* bounds the wait where nobody counts ticks */
};

#define TICKS_PER_SECOND 18

void short_wait_start(struct short_wait *w);
int short_wait_over(struct short_wait *w, u32 periods);
void timeout_start(struct timeout *t, u32 ticks);
int timeout_over(struct timeout *t);
void timeout_nap(void);
void delay_15us(u32 periods);

/* Keyboard: kbd_controller.c, kbd_translate.c, int09.c, int16.c */
void kbd_controller_init(void);
int kbd_send(u8 byte);
int kbd_command(u8 command);
void kbd_update_leds(void);
int mouse_present(void);
u16 kbd_translate(u8 scan, u8 shift, int e0);
int key_put(u16 key);
void key_buffer_clear(void);
int key_peek(u16 *key);
void key_take(void);

/* Diskettes: fdc.c, floppy_media.c, int13_floppy.c */
u8 floppy_type(u8 drive);
u8 floppy_count(void);
void fdc_init(void);

/* Fixed disks: ata.c, disk_probe.c, int13_disk.c, int13_edd.c */
void disks_probe(void);
struct drive;
void handle_edd(struct regs *r, const struct drive *d);

/* Memory and A20: a20.c */
int a20_get(void);
void a20_set(int on);
u16 memory_ext_kb(void);
u32 memory_above_16m_64k(void);
u32 memory_end(void);
u32 memory_above_4g_64k(void);

/* BCD of the RTC: int1a.c */
u8 bcd_to_binary(u8 bcd);

/* Boot: boot.c; what entry.S calls */
void post_main(void) NORETURN;
void boot_from_start(void) NORETURN;
void boot_from_next(void) NORETURN;
void boot_menu(void);
void boot_order_init(void);
void boot_jump(u32 drive, u32 address) NORETURN;
void boot_cd(void);
void far_call(u32 segment, u32 offset, u32 ax);

/* POST's parts */
void vectors_init(void);
void hardware_init(void);
void local_apic_init(void);
void ports_init(void);
void option_roms_scan(void);

/* Offsets of tables and entries in entry.S, and a handler for each vector */
extern const u16 ROM vector_table[];
extern const u16 ROM baud_table[];
extern const u8 ROM floppy_table[];
extern const u8 ROM system_table[];
extern const u8 ROM dummy_iret[];
extern const u8 ROM int_irq[], int02[], int05[], int13_entry[], int13_emulation[], int40[], int70[], int71[], int74[], int75[], int76[];
extern const u8 ROM font8x8[];

#define BIOS_SEG 0xf000
#define ENTRY_OFFSET(symbol) ((u16)(u32)(symbol))

typedef void int_handler(struct regs *r);

int_handler handle_02, handle_05, handle_08, handle_09, handle_0e, handle_11, handle_12, handle_13, handle_13_emulation, handle_14, handle_15,
	handle_16, handle_17, handle_1a, handle_40, handle_70, handle_71, handle_74, handle_75, handle_76, handle_irq,
	handle_1ab1;

#endif
