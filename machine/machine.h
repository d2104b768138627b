/* machine.h - one virtual PC, as the front ends see it.
 *
 * All functions but machine_new must be called on one thread at a time: the
 * machine's. machine/runner.h puts a machine on a thread of its own and carries
 * keys, pictures and requests across.
 */
#ifndef MACHINE_MACHINE_H
#define MACHINE_MACHINE_H

#include "base/types.h"
#include "devices/frame.h"

#define MACHINE_FLOPPIES 2
#define MACHINE_DISKS 4 /* hda hdb on the first channel, hdc hdd on the second */
#define MACHINE_CDROM MACHINE_FLOPPIES /* machine_insert's number of the CD-ROM drive */
#define MACHINE_SERIALS 2
#define MACHINE_ERROR 512

enum machine_technique { MACHINE_TRAP, MACHINE_BARE, MACHINE_CLASSIC };

struct machine_config {
	u32 ram_mb; /* 1..3072; 0 = 64 */
	const char *cpu_model; /* "NAME,+FEATURE,-FEATURE" (cpu/cpu_models.c), NULL: the default */
	const char *bios, *vgabios; /* ROM image files; NULL: built in */
	const char *floppy[MACHINE_FLOPPIES], *disk[MACHINE_DISKS]; /* raw image files; NULL: none */
	const char *cdrom; /* disc in the CD-ROM drive, which takes the place of disk[2]; NULL: empty */
	const char *kernel, *initrd, *append; /* a kernel to start instead of a boot drive; NULL: none */
	bool builtin_tour; /* floppy A holds the embedded tour */
	bool snapshot;     /* writes go to a throw-away overlay */
	bool boot_menu;
	char boot_order[4]; /* of a c d; empty = "acd" */
	enum machine_technique technique;
	bool icount;       /* fixed ratio of instructions to virtual time; else the runner keeps pace with the host */
	u32 mips;          /* instructions per virtual microsecond, 1..10000; 0: 100, and as many as the host can when paced */
	s64 rtc_base;      /* the date at power-on, seconds since 1970, local */
	int debug_exit_port; /* isa-debug-exit, -1: none */
	int debugcon_port;
	bool verify_mmu;
	bool verify_hw;    /* try every exiting instruction on hw first (technique trap) */
	int translate;     /* runs of a block before it is translated, plus 1; 0: the default; -1: never */
	u32 block_max;     /* instructions per block, 0: unlimited (the event rule's test) */
	int log_level;     /* enum log_level */
};

/* Where bytes that leave the machine go; called on the machine's thread. Unset ones are dropped. */
struct machine_sinks {
	void *opaque;
	void (*serial)(void *opaque, int port, u8 byte);
	void (*serial_room)(void *opaque, int port); /* machine_serial_put will take a byte again */
	void (*debugcon)(void *opaque, u8 byte);
	void (*log)(void *opaque, int level, const char *text);
	void (*tick)(void *opaque); /* every 10 ms of virtual time, at an exact instruction */
	void (*trace)(void *opaque, const char *line); /* a line of the -d log */
};

struct machine;

void machine_config_init(struct machine_config *config);

/* NULL, with one line in `error` (MACHINE_ERROR bytes) that names the thing and the reason. */
struct machine *machine_new(const struct machine_config *config, const struct machine_sinks *sinks, char *error);
void machine_free(struct machine *m); /* flushes and closes the images */

/* ---- running -------------------------------------------------------------------------------------- */

enum machine_state {
	MACHINE_RUNNING,  /* more to do */
	MACHINE_IDLE,     /* HLT: nothing to do before machine_next_event_ns */
	MACHINE_STOPPED,  /* triple fault; machine_postmortem tells */
	MACHINE_EXITED,   /* isa-debug-exit or power off; see machine_exit_status */
	MACHINE_RESET,    /* the guest reset itself, and the machine has started anew */
};

/* Runs up to `insns` more instructions, or until the state changes. */
enum machine_state machine_run(struct machine *m, u64 insns);
void machine_reset(struct machine *m);
void machine_leave(struct machine *m); /* from a sink: machine_run returns at the next boundary */
int machine_exit_status(const struct machine *m);

u64 machine_count(const struct machine *m);         /* instructions since power-on */
u64 machine_now_ns(const struct machine *m);        /* virtual time since power-on */
u64 machine_next_event_ns(const struct machine *m); /* ~0: none */
void machine_skip_to(struct machine *m, u64 ns);    /* while idle */
/* Virtual speed, in 1/65536 ns per instruction: the governor's knob. */
void machine_set_rate(struct machine *m, u32 ns_per_insn);

/* ---- input, at the present instruction ------------------------------------------------------------- */

void machine_key(struct machine *m, u8 hid_usage, bool down); /* USB HID usage of the keyboard page */
void machine_power_button(struct machine *m); /* what an operating system with ACPI is told; others do not see it */
/* The mouse moves to the right, downwards (towards the user), its wheel downwards; `buttons` are down now. */
enum machine_button { MACHINE_LEFT = 1, MACHINE_RIGHT = 2, MACHINE_MIDDLE = 4, MACHINE_BUTTON_4 = 8, MACHINE_BUTTON_5 = 16 };
void machine_mouse(struct machine *m, int dx, int dy, int dz, u8 buttons);
bool machine_serial_put(struct machine *m, int port, u8 byte); /* false: not now */

/* Images of floppies and CDs, while running. 0, or -1 with `error`: there is no such drive, or the guest has locked it. */
int machine_insert(struct machine *m, int drive, const char *path, char *error);
int machine_eject(struct machine *m, int drive, char *error);

/* ---- output --------------------------------------------------------------------------------------------- */

bool machine_render(struct machine *m, struct frame *f); /* false: the screen is off (black) */
u64 machine_picture_id(struct machine *m);               /* equal: the same picture; to be asked before machine_render */

#define MACHINE_TEXT_CELLS 16384
struct machine_text {
	int cols, rows;
	int cursor_row, cursor_col; /* -1: not on the screen */
	bool cursor_visible;
	u16 cells[MACHINE_TEXT_CELLS]; /* CP437 code, attribute in the high byte */
};
bool machine_text_cells(const struct machine *m, struct machine_text *t); /* false: graphics, or off */
int machine_text_utf8(const struct machine *m, char *out, size_t size);   /* -1: no text */
u16 machine_cp437(u8 code);                                               /* Unicode of a text cell */

/* n mono samples at `rate` Hz at most; returns how many there are */
int machine_audio(struct machine *m, s16 *samples, int n, int rate);
void machine_audio_catch_up(struct machine *m);

/* ---- inspection ------------------------------------------------------------------------------------------- */

u64 machine_hash(struct machine *m); /* of everything a guest could see, registers to RAM */
void machine_print_regs(const struct machine *m, void *file /* FILE * */);
void machine_print_stats(const struct machine *m, double host_seconds, void *file);
void machine_print_postmortem(struct machine *m, void *file);
u64 machine_exits(const struct machine *m); /* VM exits since power-on */
const char *machine_title(const struct machine *m); /* what is being run: image names */

/* The observed loop's log: bits of enum machine_log; 0 turns it off. lo..hi filters by linear IP. */
enum machine_log {
	MLOG_IN_ASM = 1, MLOG_EXEC = 2, MLOG_INT = 4, MLOG_CPU = 8, MLOG_EXITS = 16, MLOG_IO = 32,
};
void machine_set_log(struct machine *m, u32 items, u64 lo, u64 hi);

#endif
