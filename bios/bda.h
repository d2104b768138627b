/*
 * The BIOS data area at 0040:0000 and the extended one whose segment is at 0040:000E, as programs expect them (IBM
 * Personal System/2 and Personal Computer BIOS Interface Technical Reference, section 3).
 */
#ifndef BIOS_BDA_H
#define BIOS_BDA_H

#include "farmem.h"
#include "types.h"

struct bda {
	u16 com[4];             /* 00 serial ports */
	u16 lpt[3];             /* 08 parallel ports */
	u16 ebda;               /* 0E segment of the extended data area */
	u16 equipment;          /* 10 answer of INT 11h */
	u8 init_flag;           /* 12 */
	u16 base_kb;            /* 13 answer of INT 12h */
	u16 reserved15;         /* 15 */
	u8 shift;               /* 17 shift states and locks */
	u8 shift_down;          /* 18 keys held down; bit 3: pause */
	u8 alt_number;          /* 19 number typed on the keypad with Alt held */
	u16 key_head;           /* 1A next key to take, offset in this segment */
	u16 key_tail;           /* 1C next free place */
	u16 key_buffer[16];     /* 1E */
	u8 floppy_recal;        /* 3E bits 0-3: drive knows where its head is; bit 7: interrupt has come */
	u8 floppy_motor;        /* 3F bits 0-3: motor on; 4-5: drive selected; 7: writing */
	u8 floppy_count;        /* 40 ticks until the motors stop */
	u8 floppy_status;       /* 41 */
	u8 fdc_result[7];       /* 42 result bytes of the last command */
	u8 video_mode;          /* 49 */
	u16 video_columns;      /* 4A */
	u16 video_page_size;    /* 4C */
	u16 video_start;        /* 4E */
	u16 cursor[8];          /* 50 */
	u16 cursor_shape;       /* 60 */
	u8 video_page;          /* 62 */
	u16 crtc;               /* 63 */
	u8 crt_mode;            /* 65 */
	u8 crt_palette;         /* 66 */
	u16 resume_off;         /* 67 where the shutdown codes 05h, 0Ah (and 09h: its stack) go on */
	u16 resume_seg;         /* 69 */
	u8 last_irq;            /* 6B in-service bits of the last interrupt nobody waited for */
	u32 ticks;              /* 6C */
	u8 midnight;            /* 70 */
	u8 ctrl_break;          /* 71 bit 7 */
	u16 reset_flag;         /* 72 1234h: warm start */
	u8 disk_status;         /* 74 */
	u8 disk_count;          /* 75 */
	u8 disk_control;        /* 76 */
	u8 disk_port;           /* 77 */
	u8 lpt_timeout[4];      /* 78 */
	u8 com_timeout[4];      /* 7C */
	u16 key_start;          /* 80 bounds of the keyboard buffer */
	u16 key_end;            /* 82 */
	u8 video_rows;          /* 84 rows less one */
	u16 char_height;        /* 85 */
	u8 video_info[4];       /* 87 */
	u8 floppy_rate;         /* 8B last data rate in bits 7-6, last step rate in 5-4 */
	u8 ata_status;          /* 8C */
	u8 ata_error;           /* 8D */
	u8 ata_irq;             /* 8E FFh: the interrupt has come */
	u8 floppy_info;         /* 8F */
	u8 floppy_media[2];     /* 90 */
	u8 floppy_start[2];     /* 92 media byte when the operation began */
	u8 floppy_cylinder[2];  /* 94 */
	u8 key_mode;            /* 96 bits 0-1: last code was E1h, E0h; 2-3: right Ctrl, Alt; 4: 101 keys */
	u8 key_leds;            /* 97 bits 0-2: LEDs; 4: ACK has come; 6: LEDs on their way */
	u16 wait_off;           /* 98 flag byte of INT 15h AH=83h */
	u16 wait_seg;           /* 9A */
	u32 wait_us;            /* 9C microseconds left */
	u8 wait_active;         /* A0 bit 0: waiting; bit 7: done */
	u8 network[7];          /* A1 */
	u32 video_save;         /* A8 */
} PACKED;

#define BDA ((volatile struct bda __seg_fs *)0)
#define BDA_SEG 0x0040

_Static_assert(OFFSET(struct bda, floppy_recal) == 0x3e, "40:3E");
_Static_assert(OFFSET(struct bda, resume_off) == 0x67, "40:67");
_Static_assert(OFFSET(struct bda, key_start) == 0x80, "40:80");
_Static_assert(OFFSET(struct bda, floppy_rate) == 0x8b, "40:8B");
_Static_assert(OFFSET(struct bda, video_save) == 0xa8, "40:A8");

/* The equipment word. */
#define EQUIP_FLOPPY 0x0001
#define EQUIP_FPU 0x0002
#define EQUIP_MOUSE 0x0004
#define EQUIP_VIDEO_80X25 0x0020

/* 40:17 */
#define SHIFT_RIGHT 0x01
#define SHIFT_LEFT 0x02
#define SHIFT_CTRL 0x04
#define SHIFT_ALT 0x08
#define SHIFT_SCROLL 0x10
#define SHIFT_NUM 0x20
#define SHIFT_CAPS 0x40
#define SHIFT_INSERT 0x80
/* 40:18 */
#define DOWN_LEFT_CTRL 0x01
#define DOWN_LEFT_ALT 0x02
#define DOWN_SYSRQ 0x04
#define DOWN_PAUSE 0x08
/* 40:96 */
#define KEY_MODE_E1 0x01
#define KEY_MODE_E0 0x02
#define KEY_MODE_RIGHT_CTRL 0x04
#define KEY_MODE_RIGHT_ALT 0x08
#define KEY_MODE_101 0x10
/* 40:97 */
#define LEDS_ACK 0x10
#define LEDS_BUSY 0x40

/*
 * The extended data area. DOS may move it, so it is always found through 40:0E and nothing in it points into it. The
 * fixed disk tables are where the PS/2 has them; the last kilobyte is the stack that INT 13h runs on (entry.S).
 */
#define EBDA_KB 2
#define MAX_DRIVES 4

struct drive {
	u16 io;                 /* command block */
	u16 control;            /* control block */
	u8 select;              /* device/head register without a head: A0h or B0h, with bit 6 for LBA */
	u8 flags;
	u16 cylinders, heads, sectors;                  /* as the drive says */
	u16 log_cylinders, log_heads, log_sectors;      /* as INT 13h AH=08h says */
	u32 total_lo, total_hi;                         /* sectors */
	u8 irq;
	u8 channel;             /* bit 0: device, bit 1: channel */
} PACKED;

#define DRIVE_LBA 0x01
#define DRIVE_LBA48 0x02

struct ebda {
	u8 size_kb;                     /* 000 */
	u8 reserved01[0x21];
	u8 mouse[0x1b];                 /* 022 pointing device */
	u8 disk_table[2][16];           /* 03D INT 41h and INT 46h */
	u8 stack_busy;                  /* 05D the stack below is in use */
	u8 boot_next;                   /* 05E boot order entry to try next */
	u8 boot_count;                  /* 05F */
	u8 boot_order[8];               /* 060 boot.c */
	u8 edd_table[16];               /* 068 device parameter table extension, filled by AH=48h */
	u8 reserved78[8];               /* 078 */
	struct drive drive[MAX_DRIVES]; /* 080 */
	struct drive cd;                /* the first CD-ROM drive; io is 0 if there is none */
	u8 emulation[48];               /* El Torito: emulation.h */
} PACKED;

_Static_assert(OFFSET(struct ebda, disk_table) == 0x3d, "fixed disk tables");
_Static_assert(OFFSET(struct ebda, stack_busy) == 0x5d, "entry.S knows this place");
_Static_assert(sizeof(struct ebda) <= 0x400, "the stack begins here");

#define EBDA_READ8(member) far_read8(BDA->ebda, OFFSET(struct ebda, member))
#define EBDA_WRITE8(member, value) far_write8(BDA->ebda, OFFSET(struct ebda, member), (value))

#endif
