/* fake_machine.h - a machine that only remembers, to test what is above it without a PC.
 *
 * It defines the functions of machine/machine.h that scripts, displays and the runner call; include it
 * once, in a test program. Its processor runs `insns_per_us` instructions per microsecond of virtual time.
 */
#ifndef TESTS_FRONTEND_FAKE_MACHINE_H
#define TESTS_FRONTEND_FAKE_MACHINE_H

#include <stdio.h>
#include <string.h>

#include "machine/machine.h"

#define FAKE_KEYS 4096

struct fake_key {
	u8 usage;
	bool down;
	u64 ns;
};

struct machine {
	u64 count, ns, next_event_ns;
	u32 rate;                      /* machine_set_rate; 0: never called */
	enum machine_state state;      /* what machine_run returns */
	u64 host_ns_per_run;           /* a slow processor: what a run costs */
	int exit_status, resets, power_button;
	struct fake_key keys[FAKE_KEYS];
	int nkeys;
	bool is_text;
	struct machine_text text;
	u64 picture_id;
	int renders;
	char inserted[256], ejected;
	int mouse_x, mouse_y, mouse_z, mouse_calls;
	u8 mouse_buttons;
};

static inline void fake_init(struct machine *m)
{
	memset(m, 0, sizeof *m);
	m->next_event_ns = ~0ull;
	m->is_text = true;
	m->text.cols = 80;
	m->text.rows = 25;
	m->text.cursor_row = m->text.cursor_col = -1;
	for (int i = 0; i < 80 * 25; i++)
		m->text.cells[i] = 0x0720;
}

static inline void fake_print(struct machine *m, int row, int col, const char *text)
{
	for (; *text; text++, col++)
		m->text.cells[row * m->text.cols + col] = (u16)(0x0700 | (u8)*text);
}

/* The keys as text: "+04 -04 ". */
static inline void fake_keys(const struct machine *m, char *out, size_t size)
{
	size_t n = 0;
	out[0] = '\0';
	for (int i = 0; i < m->nkeys && n + 5 < size; i++)
		n += (size_t)snprintf(out + n, size - n, "%c%02x ", m->keys[i].down ? '+' : '-', m->keys[i].usage);
}

static inline void fake_sleep(u64 ns)
{
	struct timespec t = {.tv_sec = 0, .tv_nsec = (long)ns};
	nanosleep(&t, NULL);
}

enum machine_state machine_run(struct machine *m, u64 insns)
{
	if (m->host_ns_per_run)
		fake_sleep(m->host_ns_per_run);
	if (m->state == MACHINE_RUNNING) {
		m->count += insns;
		m->ns += m->rate ? insns * m->rate / 65536 : insns * 10;
	}
	return m->state;
}

void machine_reset(struct machine *m)
{
	m->resets++;
	m->state = MACHINE_RUNNING;
}

int machine_exit_status(const struct machine *m)
{
	return m->exit_status;
}

u64 machine_count(const struct machine *m)
{
	return m->count;
}

u64 machine_now_ns(const struct machine *m)
{
	return m->ns;
}

u64 machine_next_event_ns(const struct machine *m)
{
	return m->next_event_ns;
}

void machine_skip_to(struct machine *m, u64 ns)
{
	m->ns = ns > m->ns ? ns : m->ns;
	if (m->next_event_ns <= m->ns)
		m->next_event_ns = m->ns + 10000000;
}

void machine_set_rate(struct machine *m, u32 ns_per_insn)
{
	m->rate = ns_per_insn;
}

void machine_power_button(struct machine *m)
{
	m->power_button++;
}

void machine_key(struct machine *m, u8 hid_usage, bool down)
{
	if (m->nkeys < FAKE_KEYS)
		m->keys[m->nkeys++] = (struct fake_key){hid_usage, down, m->ns};
}

void machine_mouse(struct machine *m, int dx, int dy, int dz, u8 buttons)
{
	m->mouse_x += dx;
	m->mouse_y += dy;
	m->mouse_z += dz;
	m->mouse_buttons = buttons;
	m->mouse_calls++;
}

int machine_insert(struct machine *m, int drive, const char *path, char *error)
{
	if (!strcmp(path, "missing.img")) {
		snprintf(error, MACHINE_ERROR, "missing.img: not there");
		return -1;
	}
	snprintf(m->inserted, sizeof m->inserted, "%d:%s", drive, path);
	return 0;
}

int machine_eject(struct machine *m, int drive, char *error)
{
	error[0] = '\0';
	m->ejected = (char)('a' + drive);
	return 0;
}

bool machine_render(struct machine *m, struct frame *f)
{
	m->renders++;
	f->width = 4;
	f->height = 2;
	f->par_num = 5;
	f->par_den = 6;
	for (int y = 0; y < 2; y++)
		for (int x = 0; x < 4; x++)
			f->pixels[y * f->stride_pixels + x] = (u32)(0x100000 * y + 0x11 * x);
	return true;
}

u64 machine_picture_id(struct machine *m)
{
	return m->picture_id;
}

bool machine_text_cells(const struct machine *m, struct machine_text *t)
{
	*t = m->text;
	return m->is_text;
}

/* Enough of CP437: ASCII, a-umlaut, a line. */
u16 machine_cp437(u8 code)
{
	return code == 0 ? ' ' : code == 0x84 ? 0xe4 : code == 0xc4 ? 0x2500 : code < 0x80 ? code : (u16)(0xf700 + code);
}

int machine_audio(struct machine *m, s16 *samples, int n, int rate)
{
	(void)m, (void)rate;
	for (int i = 0; i < n; i++)
		samples[i] = 1000;
	return n;
}

void machine_audio_catch_up(struct machine *m)
{
	(void)m;
}

u64 machine_hash(struct machine *m)
{
	return 0x123456789abcull + m->ns;
}

void machine_print_regs(const struct machine *m, void *file)
{
	(void)m;
	fprintf(file, "EAX=00000000\n");
}

u64 machine_exits(const struct machine *m)
{
	return m->count / 10;
}

#endif
