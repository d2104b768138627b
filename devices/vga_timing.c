/* vga_timing.c - where the VGA's counters are: retrace, blanking, latching, vertical interrupt.
 *
 * IBM PS/2 Hardware Interface Technical Reference, Video Subsystems, CRT controller.
 *
 *   frame:  line 0                 display_lines      retrace_start             lines
 *           |======= display ======|===== blank =====|== retrace ==|== blank ==|
 *
 * A position is a number of dots since the epoch, a virtual time at which a frame began. When the
 * timing registers change, the epoch moves so that the time spent in the running frame stays. What
 * the real chip does at the start of vertical retrace - copy the start address, set the interrupt
 * latch - is done in the books by vga_settle() when somebody looks or is about to change what
 * would have been copied; a timer runs only while the interrupt is enabled and not yet pending.
 */
#include "devices/vga_internal.h"

static u64 to_dots(const struct vga *v, u64 ns)
{
	u64 dt = ns - v->r.epoch_ns;
	return dt / CLOCK_SECOND * v->timing.dot_hz + dt % CLOCK_SECOND * v->timing.dot_hz / CLOCK_SECOND;
}

/* The first nanosecond at which `dots` have passed since the epoch. */
static u64 to_ns(const struct vga *v, u64 dots)
{
	u64 hz = v->timing.dot_hz;
	return v->r.epoch_ns + dots / hz * CLOCK_SECOND + (dots % hz * CLOCK_SECOND + hz - 1) / hz;
}

static u64 frame_dots(const struct vga *v)
{
	return (u64)v->timing.line_dots * v->timing.lines;
}

static u64 first_retrace(const struct vga *v)
{
	return (u64)v->timing.line_dots * v->timing.retrace_start;
}

/* Starts of vertical retrace in (epoch, ns]. */
static u64 retraces(const struct vga *v, u64 ns)
{
	u64 dots = to_dots(v, ns), first = first_retrace(v);
	return dots < first ? 0 : (dots - first) / frame_dots(v) + 1;
}

static bool retrace_since(const struct vga *v, u64 ns)
{
	return retraces(v, clock_now(v->clock)) > retraces(v, ns);
}

u64 vga_frame_count(const struct vga *v)
{
	return v->r.frames + to_dots(v, clock_now(v->clock)) / frame_dots(v);
}

u32 vga_start_address(const struct vga *v)
{
	if (retrace_since(v, v->r.start_written_ns))
		return (u32)v->r.crtc[CRTC_START_HIGH] << 8 | v->r.crtc[CRTC_START_LOW];
	return v->r.start;
}

bool vga_irq_latch(const struct vga *v)
{
	if (!(v->r.crtc[CRTC_V_RETRACE_END] & V_RETRACE_END_NOT_CLEAR))
		return false;
	return v->r.retrace_irq || retrace_since(v, v->r.retrace_armed_ns);
}

void vga_settle(struct vga *v)
{
	u64 now = clock_now(v->clock);
	v->r.start = vga_start_address(v);
	v->r.retrace_irq = vga_irq_latch(v);
	v->r.start_written_ns = v->r.retrace_armed_ns = now;
}

/* Ten-bit vertical values: the low eight and two bits of the overflow register. */
static u32 v_value(const struct vga *v, int index, int bit8, int bit9)
{
	u32 o = v->r.crtc[CRTC_OVERFLOW];
	return v->r.crtc[index] | (o >> bit8 & 1) << 8 | (o >> bit9 & 1) << 9;
}

void vga_compute_timing(struct vga *v)
{
	struct vga_timing *t = &v->timing;
	const u8 *crtc = v->r.crtc;
	u32 char_dots = (u32)vga_char_dots(v), times = crtc[CRTC_MODE] & CRTC_MODE_V_TIMES_2 ? 2 : 1;
	u32 retrace = v_value(v, CRTC_V_RETRACE_START, 2, 7);
	u32 retrace_lines = (crtc[CRTC_V_RETRACE_END] - retrace) & 15;

	t->dot_hz = MISC_CLOCK(v->r.misc) == 1 ? 28322000 : 25175000;
	if (v->r.seq[SEQ_CLOCKING] & CLOCKING_HALF)
		t->dot_hz /= 2;
	t->line_dots = (crtc[CRTC_H_TOTAL] + 5u) * char_dots;
	t->display_start = (crtc[CRTC_H_BLANK_END] >> 5 & 3u) * char_dots;
	t->display_end = t->display_start + (crtc[CRTC_H_DISPLAY_END] + 1u) * char_dots;
	t->lines = (v_value(v, CRTC_V_TOTAL, 0, 5) + 2) * times;
	t->display_lines = (v_value(v, CRTC_V_DISPLAY_END, 1, 6) + 1) * times;
	t->retrace_start = retrace * times;
	t->retrace_lines = (retrace_lines ? retrace_lines : 16) * times;
	if (t->display_lines > t->lines)
		t->display_lines = t->lines;
	if (t->retrace_start >= t->lines) { /* never reached: latching is left to the frame's end */
		t->retrace_start = t->lines;
		t->retrace_lines = 0;
	}
}

void vga_update_timing(struct vga *v)
{
	struct vga_timing old = v->timing;
	vga_compute_timing(v);
	if (!memcmp(&old, &v->timing, sizeof old))
		return;
	struct vga_timing new = v->timing;
	u64 now = clock_now(v->clock);
	v->timing = old;
	vga_settle(v);
	u64 dots = to_dots(v, now), frame = frame_dots(v);
	v->r.frames += dots / frame;
	v->r.epoch_ns = to_ns(v, dots - dots % frame);
	if (v->r.epoch_ns > now)
		v->r.epoch_ns = now;
	v->timing = new;
	vga_update_irq(v);
}

void vga_update_irq(struct vga *v)
{
	u8 control = v->r.crtc[CRTC_V_RETRACE_END];
	bool latch = vga_irq_latch(v), enabled = !(control & V_RETRACE_END_IRQ_OFF);
	line_set(&v->irq, latch && enabled);
	if (latch || !enabled || !(control & V_RETRACE_END_NOT_CLEAR)) {
		timer_cancel(v->clock, &v->retrace_timer);
		return;
	}
	u64 next = retraces(v, clock_now(v->clock));
	timer_set(v->clock, &v->retrace_timer, to_ns(v, first_retrace(v) + next * frame_dots(v)));
}

void vga_retrace_fire(void *opaque)
{
	struct vga *v = opaque;
	vga_settle(v);
	vga_update_irq(v);
}

/* Status 1: bit 0 not displaying, bit 3 vertical retrace, bits 5-4 two of the eight attribute
 * outputs (attribute 12h bits 5-4), known here only in the border. */
u8 vga_status1(const struct vga *v)
{
	static const u8 mux[4][2] = {{0, 2}, {4, 5}, {1, 3}, {6, 7}};
	const struct vga_timing *t = &v->timing;
	u64 dots = to_dots(v, clock_now(v->clock)) % frame_dots(v);
	u32 line = (u32)(dots / t->line_dots), x = (u32)(dots % t->line_dots);
	bool sync = v->r.crtc[CRTC_MODE] & CRTC_MODE_SYNC;

	if (line < t->display_lines && x >= t->display_start && x < t->display_end)
		return 0;
	const u8 *bit = mux[v->r.attr[ATTR_PLANES] >> 4 & 3];
	u32 border = v->r.attr[ATTR_OVERSCAN];
	u32 status = 0x01 | (border >> bit[0] & 1) << 4 | (border >> bit[1] & 1) << 5;
	if (sync && line - t->retrace_start < t->retrace_lines)
		status |= 0x08;
	return (u8)status;
}
