/*
 * main.c - the tour's menu.
 */
#include "tour.h"

struct stop {
	const char *name, *about;
	void (*run)(void);
};

static const struct stop stops[9] = {
	{ "A privileged instruction in ring 3", "caught: general protection", stop_privileged },
	{ "SGDT, SMSW, PUSHF, POPF in ring 3", "not caught, and what they reveal", stop_sensitive },
	{ "A system call", "from ring 3 to ring 0 and back", stop_syscall },
	{ "A page fault and its repair", "CR2, error code, retry", stop_page_fault },
	{ "A call gate", "parameters copied between stacks", stop_call_gate },
	{ "A hardware task switch", "TSS, back link, NT, busy bits", stop_task_switch },
	{ "Virtual-8086 mode", "real-mode code under a monitor", stop_v86 },
	{ "A timer interrupt", "who was interrupted in which ring", stop_timer },
	{ "Self-modifying code", "ahead, far away, by an alias", stop_self_modify },
};

void tour_main(void);

static void stop_show(u32 n)
{
	char title[48] = "1  ";
	u32 i;

	title[0] = (char)('1' + n);
	for (i = 0; stops[n].name[i]; i++)
		title[3 + i] = stops[n].name[i];
	title[3 + i] = '\0';
	screen_begin(title, "<Press a key> to go on");
	stops[n].run();
	trap_set(0);
	screen_end();
	key_wait();
}

static void menu_show(void)
{
	u32 i;

	screen_begin("Menu", "<1>-<9> one stop   <A> all stops   <Esc> or <Q> restart the machine");
	say("\n^wNine things that a processor does for an operating system, and what a\n");
	say("^wvirtual machine monitor must do again for its guests.^n\n");
	say("Each stop does the thing here and now; the values it shows have been\n");
	say("read from this machine.\n\n");
	for (i = 0; i < 9; i++)
		say("  ^y%d^w  %s%41t^c%s\n", i + 1, stops[i].name, stops[i].about);
	say("\n  ^yA^w  All of them, one after the other\n");
	say("  ^yQ^w  Restart the machine\n");
	screen_end();
}

void tour_main(void)
{
	u32 i;
	u8 key;

	system_init();
	for (;;) {
		menu_show();
		key = key_wait();
		if (key >= 0x02 && key <= 0x0A)		/* scan codes of 1..9 */
			stop_show(key - 2u);
		else if (key == 0x1E)			/* A */
			for (i = 0; i < 9; i++)
				stop_show(i);
		else if (key == 0x01 || key == 0x10)	/* Esc, Q */
			reboot();
	}
}
