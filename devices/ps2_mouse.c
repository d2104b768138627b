/* ps2_mouse.c - the mouse: counters, packets, commands; see ps2_mouse.h. */
#include "devices/ps2_mouse.h"

#include <string.h>

#include "base/bits.h"

#define ACK 0xfa
#define RESEND 0xfe
#define ERROR 0xfc
#define BAT_OK 0xaa
#define FIRST_COMMAND 0xe6
#define COUNTER_MAX 255
#define ANSWERS_MAX 8
#define PACKET_MAX 4
#define DEFAULT_RATE 100
#define DEFAULT_RESOLUTION 2 /* 4 counts a millimetre */

static bool in_bat(const struct ps2_mouse *mo)
{
	return mo->r.bat_ns != CLOCK_NEVER;
}

static bool streams(const struct ps2_mouse *mo)
{
	return mo->r.enabled && !mo->r.remote && !mo->r.wrap && !in_bat(mo);
}

static bool has_data(void *opaque)
{
	const struct ps2_mouse *mo = opaque;
	return mo->r.answers.count || (mo->r.packet.count && !mo->r.command);
}

/* A change of the buttons that packets show. */
static bool has_button_news(const struct ps2_mouse *mo)
{
	return (mo->r.buttons ^ mo->r.reported) & (mo->r.id == 4 ? 31 : 7);
}

static bool has_news(const struct ps2_mouse *mo)
{
	const struct ps2_mouse_regs *r = &mo->r;
	return r->x || r->y || (r->id && r->z) || r->x_over || r->y_over || has_button_news(mo);
}

static u64 period_ns(const struct ps2_mouse *mo)
{
	return CLOCK_SECOND / mo->r.rate;
}

static void set_timer(struct ps2_mouse *mo, struct timer *t, u64 due)
{
	if (t->due_ns != due)
		timer_set(mo->clock, t, due);
}

/* The next sample is one period after the last, or now when that is past. */
static void ps2_mouse_update(struct ps2_mouse *mo)
{
	u64 now = clock_now(mo->clock);
	if (!streams(mo) || !has_news(mo)) {
		mo->r.sample_ns = CLOCK_NEVER;
	} else if (mo->r.sample_ns == CLOCK_NEVER) {
		u64 due = mo->r.sampled_ns + period_ns(mo);
		mo->r.sample_ns = due > now ? due : now + 1;
	}
	set_timer(mo, &mo->sample_timer, mo->r.sample_ns);
	set_timer(mo, &mo->bat_timer, mo->r.bat_ns);
	line_set(&mo->ready, has_data(mo));
}

/* ---- counters ----------------------------------------------------------------------------- */

/* A counter stays at its end, with the overflow bit, until it was reported. */
static void count(s32 *counter, u8 *over, s32 by)
{
	s64 v = (s64)*counter + by;
	if (v > COUNTER_MAX || v < -COUNTER_MAX) {
		v = v > 0 ? COUNTER_MAX : -COUNTER_MAX;
		*over = 1;
	}
	*counter = (s32)v;
}

/* Quarter counts: 1, 2, 4 or 8 counts a millimetre, of movements given in the third of these. */
static s32 whole_counts(const struct ps2_mouse *mo, int by, s32 *rest)
{
	s64 quarters = (s64)by * (1 << mo->r.resolution) + *rest;
	*rest = (s32)(quarters % 4);
	quarters /= 4;
	return quarters > 1000 ? 1000 : quarters < -1000 ? -1000 : (s32)quarters;
}

static void set_buttons(struct ps2_mouse *mo, u8 buttons)
{
	struct ps2_mouse_regs *r = &mo->r;
	r->has_later = streams(mo) && has_button_news(mo) && buttons != r->buttons;
	if (r->has_later)
		r->later = buttons;
	else
		r->buttons = buttons;
}

void ps2_mouse_move(struct ps2_mouse *mo, int dx, int dy, int dz, u8 buttons)
{
	struct ps2_mouse_regs *r = &mo->r;
	set_buttons(mo, buttons & 31);
	if (!in_bat(mo)) {
		count(&r->x, &r->x_over, whole_counts(mo, dx, &r->x_rest));
		count(&r->y, &r->y_over, whole_counts(mo, dy, &r->y_rest));
		s64 z = (s64)r->z + dz;
		r->z = z > 7 ? 7 : z < -8 ? -8 : (s32)z;
	}
	ps2_mouse_update(mo);
}

static void clear_counters(struct ps2_mouse *mo)
{
	mo->r.x = mo->r.y = mo->r.z = 0;
	mo->r.x_over = mo->r.y_over = 0;
}

/* ---- packets ------------------------------------------------------------------------------- */

/* "Scaling 2:1": only for packets that the device sends by itself. */
static s32 scaled(s32 v)
{
	static const s32 curve[6] = {0, 1, 1, 3, 6, 9};
	s32 size = v < 0 ? -v : v;
	size = size < 6 ? curve[size] : 2 * size;
	return v < 0 ? -size : size; /* may be too large: then the packet says so */
}

static void remember(struct ps2_mouse *mo, const u8 *bytes, int n)
{
	memcpy(mo->r.last, bytes, (size_t)n);
	mo->r.last_len = (u8)n;
}

static s32 clamp(s32 v)
{
	return v > COUNTER_MAX ? COUNTER_MAX : v < -COUNTER_MAX ? -COUNTER_MAX : v;
}

/* Makes a packet of the counters and clears them. Returns its length. */
static int make_packet(struct ps2_mouse *mo, bool scale, u8 out[PACKET_MAX])
{
	struct ps2_mouse_regs *r = &mo->r;
	s32 x = scale ? scaled(r->x) : r->x, y = scale ? scaled(r->y) : r->y;
	bool x_over = r->x_over || x != clamp(x), y_over = r->y_over || y != clamp(y);
	out[0] = (u8)((r->buttons & 7) | 8 | (x < 0) << 4 | (y < 0) << 5 | x_over << 6 | y_over << 7);
	out[1] = (u8)clamp(x);
	out[2] = (u8)clamp(y);
	out[3] = r->id == 4 ? (u8)((r->z & 15) | (r->buttons & (PS2_BUTTON_4 | PS2_BUTTON_5)) << 1) : (u8)r->z;
	r->reported = r->buttons;
	if (r->has_later)
		r->buttons = r->later;
	r->has_later = 0;
	clear_counters(mo);
	return r->id ? 4 : 3;
}

static void sample(void *opaque)
{
	struct ps2_mouse *mo = opaque;
	u8 bytes[PACKET_MAX];
	mo->r.sample_ns = CLOCK_NEVER;
	mo->r.sampled_ns = clock_now(mo->clock);
	if (streams(mo) && has_news(mo) && !mo->r.packet.count && !mo->r.answers.count) {
		int n = make_packet(mo, mo->r.scale_2, bytes);
		for (int i = 0; i < n; i++)
			fifo_put(&mo->r.packet, bytes[i]);
		remember(mo, bytes, n);
	}
	ps2_mouse_update(mo);
}

/* ---- commands -------------------------------------------------------------------------------- */

static void answer(struct ps2_mouse *mo, u8 byte)
{
	fifo_put(&mo->r.answers, byte);
}

/* What follows the ACK; an FE will ask for it again. */
static void answer_data(struct ps2_mouse *mo, const u8 *bytes, int n)
{
	for (int i = 0; i < n; i++)
		answer(mo, bytes[i]);
	remember(mo, bytes, n);
}

static void ack(struct ps2_mouse *mo)
{
	const u8 byte = ACK;
	answer_data(mo, &byte, 1);
}

static void defaults(struct ps2_mouse *mo)
{
	struct ps2_mouse_regs *r = &mo->r;
	r->rate = DEFAULT_RATE;
	r->resolution = DEFAULT_RESOLUTION;
	r->scale_2 = r->remote = r->enabled = 0;
}

static void start_bat(struct ps2_mouse *mo)
{
	mo->r.wrap = 0;
	mo->r.bat_ns = clock_now(mo->clock) + PS2_MOUSE_BAT_NS;
}

static void bat_done(void *opaque)
{
	static const u8 passed[2] = {BAT_OK, 0x00};
	struct ps2_mouse *mo = opaque;
	mo->r.bat_ns = CLOCK_NEVER;
	defaults(mo);
	clear_counters(mo);
	mo->r.id = 0;
	memset(mo->r.knock, 0, sizeof mo->r.knock);
	answer_data(mo, passed, 2);
	ps2_mouse_update(mo);
}

/* Bit 6 remote, 5 enabled, 4 scaling 2:1; here the left button is bit 2 and the right one bit 0. */
static void tell_status(struct ps2_mouse *mo)
{
	const struct ps2_mouse_regs *r = &mo->r;
	u8 buttons = (u8)((r->buttons & PS2_LEFT ? 4 : 0) | (r->buttons & PS2_MIDDLE ? 2 : 0) | (r->buttons & PS2_RIGHT ? 1 : 0));
	const u8 bytes[3] = {(u8)(r->remote << 6 | r->enabled << 5 | r->scale_2 << 4 | buttons), r->resolution, r->rate};
	answer_data(mo, bytes, 3);
}

/* The first bad byte is asked for again, the second is an error. */
static void reject(struct ps2_mouse *mo)
{
	answer(mo, mo->r.bad ? ERROR : RESEND);
	mo->r.bad = !mo->r.bad;
}

static bool is_rate(u8 v)
{
	static const u8 rates[] = {10, 20, 40, 60, 80, 100, 200};
	return memchr(rates, v, sizeof rates) != NULL;
}

static void set_rate(struct ps2_mouse *mo, u8 v)
{
	struct ps2_mouse_regs *r = &mo->r;
	if (v == 80 && r->knock[0] == 200 && r->knock[1] == 100)
		r->id = r->id == 4 ? 4 : 3;
	else if (v == 80 && r->knock[0] == 200 && r->knock[1] == 200)
		r->id = 4;
	r->knock[0] = r->knock[1];
	r->knock[1] = v;
	r->rate = v;
}

static void argument(struct ps2_mouse *mo, u8 v)
{
	bool is_rate_command = mo->r.command == 0xf3;
	if (is_rate_command ? !is_rate(v) : v > 3) {
		if (mo->r.bad)
			mo->r.command = 0;
		reject(mo); /* after FE the argument may come again */
		return;
	}
	mo->r.command = mo->r.bad = 0;
	if (is_rate_command)
		set_rate(mo, v);
	else
		mo->r.resolution = v;
	ack(mo);
}

static void read_data(struct ps2_mouse *mo, u8 bytes[PACKET_MAX])
{
	int n = make_packet(mo, false, bytes);
	answer_data(mo, bytes, n);
}

/* The ACK went out before. */
static void act(struct ps2_mouse *mo, u8 v)
{
	u8 bytes[PACKET_MAX];
	switch (v) {
	case 0xe6:
	case 0xe7:
		mo->r.scale_2 = v & 1;
		break;
	case 0xe8: /* resolution */
	case 0xf3: /* sample rate */
		mo->r.command = v;
		break;
	case 0xe9:
		tell_status(mo);
		break;
	case 0xea: /* stream mode */
	case 0xf0: /* remote mode */
		mo->r.remote = v == 0xf0;
		break;
	case 0xeb:
		read_data(mo, bytes);
		break;
	case 0xee:
		mo->r.wrap = 1;
		break;
	case 0xf2:
		answer_data(mo, &mo->r.id, 1);
		break;
	case 0xf4:
	case 0xf5:
		mo->r.enabled = v == 0xf4;
		break;
	case 0xf6:
		defaults(mo);
		break;
	case 0xff:
		start_bat(mo);
		break;
	}
}

static bool is_command(u8 v)
{
	return v >= FIRST_COMMAND && v != 0xed && v != 0xef && v != 0xf1 && !(v >= 0xf7 && v <= 0xfd) && v != RESEND;
}

static void command(struct ps2_mouse *mo, u8 v)
{
	mo->r.command = 0;
	if (!is_command(v)) {
		reject(mo);
		return;
	}
	mo->r.bad = 0;
	ack(mo);
	if (v != 0xeb)
		clear_counters(mo);
	act(mo, v);
}

/* ---- the cable ---------------------------------------------------------------------------------- */

static void send_again(struct ps2_mouse *mo)
{
	for (int i = 0; i < mo->r.last_len; i++)
		answer(mo, mo->r.last[i]);
}

static bool receive(void *opaque, u8 v)
{
	struct ps2_mouse *mo = opaque;
	if (in_bat(mo))
		return false;
	fifo_clear(&mo->r.answers); /* a byte from the system ends what was being sent */
	fifo_clear(&mo->r.packet);
	if (mo->r.wrap && v != 0xff && v != 0xec) {
		answer(mo, v);
	} else if (mo->r.wrap && v == 0xec) {
		mo->r.wrap = 0;
		ack(mo);
	} else if (v == RESEND) {
		send_again(mo);
	} else if (mo->r.command && !is_command(v)) {
		argument(mo, v);
	} else {
		command(mo, v);
	}
	ps2_mouse_update(mo);
	return true;
}

static u8 take(void *opaque)
{
	struct ps2_mouse *mo = opaque;
	struct fifo *f = mo->r.answers.count ? &mo->r.answers : &mo->r.packet;
	return f->count ? fifo_get(f) : 0; /* the sample timer goes on while there is news */
}

struct ps2_port ps2_mouse_port(struct ps2_mouse *mo)
{
	return (struct ps2_port){.opaque = mo, .write = receive, .has_data = has_data, .read = take};
}

/* ---- life ------------------------------------------------------------------------------------------ */

static void power_on(struct ps2_mouse *mo)
{
	u8 buttons = mo->r.has_later ? mo->r.later : mo->r.buttons; /* fingers stay where they are */
	memset(&mo->r, 0, sizeof mo->r);
	mo->r.buttons = mo->r.reported = buttons;
	mo->r.bat_ns = mo->r.sample_ns = CLOCK_NEVER;
	fifo_init(&mo->r.answers, ANSWERS_MAX);
	fifo_init(&mo->r.packet, PACKET_MAX);
	mo->r.last[0] = BAT_OK;
	mo->r.last_len = 2;
	defaults(mo);
}

void ps2_mouse_init(struct ps2_mouse *mo, struct clock *clock, struct log *log)
{
	memset(mo, 0, sizeof *mo);
	mo->clock = clock;
	mo->log = log;
	timer_init(&mo->sample_timer, sample, mo);
	timer_init(&mo->bat_timer, bat_done, mo);
	power_on(mo);
}

void ps2_mouse_reset(struct ps2_mouse *mo)
{
	power_on(mo);
	ps2_mouse_update(mo);
}

void ps2_mouse_restore(struct ps2_mouse *mo)
{
	ps2_mouse_update(mo);
}
