/* svg.c - a flow as a sequence diagram: lifelines left, arrows with numbers, the words to each at the right. */
#include "report/model.h"

#include <string.h>

#define LANE_WIDTH 128
#define TOP 54
#define LINE 16
#define WIDTH 1024

/* Rings by colour: what guest ring 0 does is darker than what ring 3 does. */
static const char *ring_colour(int ring)
{
	return ring == 0 ? "#8a4b5a" : ring == 3 ? "#3f7d58" : "#8a7340";
}

static const char *lane_colour(const struct flow *w, int lane)
{
	if (lane == LANE_VMM)
		return "#1f5f8b";
	if (lane == LANE_DEVICE)
		return "#6b7178";
	for (int i = 0; i < w->nsteps; i++) /* the ring that code of this lane ran in */
		if (w->step[i].ring >= 0 && ((lane == LANE_HANDLER && w->step[i].to == lane) || (lane == LANE_PROGRAM && w->step[i].from == lane)))
			return ring_colour(w->step[i].ring);
	return "#6b7178";
}

static void lane_rings(const struct flow *w, int lane, char *text, size_t size)
{
	text[0] = '\0';
	for (int i = 0; i < w->nsteps; i++)
		if (w->step[i].ring >= 0 && ((lane == LANE_HANDLER && w->step[i].to == lane) || (lane == LANE_PROGRAM && w->step[i].from == lane))) {
			snprintf(text, size, "ring %d · hw ring %d", w->step[i].ring, w->step[i].hw);
			return;
		}
}

static int place_lanes(const struct flow *w, int x[FLOW_LANES])
{
	int n = 0;
	for (int lane = 0; lane < FLOW_LANES; lane++) {
		bool used = false;
		for (int i = 0; i < w->nsteps; i++)
			used |= w->step[i].from == lane || w->step[i].to == lane;
		x[lane] = used ? LANE_WIDTH * n++ + LANE_WIDTH / 2 : -1;
	}
	return n * LANE_WIDTH;
}

/* Cuts a line off *text: its length. */
static int cut(const char **text, const char **line, size_t max)
{
	size_t n = strlen(*text);
	*line = *text;
	if (n > max)
		for (n = max; n > 20 && (*text)[n] != ' '; n--)
			;
	*text += n;
	*text += strspn(*text, " ");
	return (int)n;
}

static int lines_of(const struct flow_step *s, size_t max)
{
	const char *text = s->text, *line;
	int n = s->where[0] ? 1 : 0;
	while (*text) {
		cut(&text, &line, max);
		n++;
	}
	return n ? n : 1;
}

static void words(const struct flow_step *s, int number, int x, int y, size_t max, FILE *f)
{
	const char *text = s->text, *line;
	fprintf(f, "<text x=\"%d\" y=\"%d\" font-size=\"12.5\" font-weight=\"600\">%d</text>\n", x - 20, y, number);
	if (s->where[0]) {
		fprintf(f, "<text x=\"%d\" y=\"%d\" font-size=\"12\" style=\"font-family:ui-monospace,'DejaVu Sans Mono',monospace\">"
			"<tspan fill=\"#5c6770\">#%llu  ", x, y, (unsigned long long)s->count);
		report_html_text(f, s->where);
		fputs("</tspan>  <tspan font-weight=\"600\">", f);
		report_html_text(f, s->code);
		fputs("</tspan></text>\n", f);
		y += LINE;
	}
	while (*text) {
		int n = cut(&text, &line, max);
		char part[FLOW_TEXT];
		snprintf(part, sizeof part, "%.*s", n, line);
		fprintf(f, "<text x=\"%d\" y=\"%d\" font-size=\"12.5\">", x, y);
		report_html_text(f, part);
		fputs("</text>\n", f);
		y += LINE;
	}
}

static void arrow(const struct flow_step *s, const int x[FLOW_LANES], int y, const char *colour, FILE *f)
{
	int from = x[s->from], to = x[s->to], sign = to > from ? 1 : -1;
	if (s->from == s->to) {
		fprintf(f, "<rect x=\"%d\" y=\"%d\" width=\"96\" height=\"22\" rx=\"5\" fill=\"#fff\" stroke=\"%s\"/>\n", from - 48, y - 15, colour);
		fprintf(f, "<text x=\"%d\" y=\"%d\" font-size=\"11.5\" text-anchor=\"middle\">", from, y);
		report_html_text(f, s->what);
		fputs("</text>\n", f);
		return;
	}
	fprintf(f, "<path d=\"M%d %dH%d\" stroke=\"#1d2329\" stroke-width=\"1.4\"/><path d=\"M%d %dl%d -4.5v9z\" fill=\"#1d2329\"/>\n", from, y, to - 7 * sign,
		to - sign, y, -9 * sign);
	fprintf(f, "<text x=\"%d\" y=\"%d\" font-size=\"11.5\" text-anchor=\"middle\" stroke=\"#fff\" stroke-width=\"4\" paint-order=\"stroke\">",
		(from + to) / 2, y - 6);
	report_html_text(f, s->what);
	fputs("</text>\n", f);
}

/* Thick where the lane runs: from an arrow into it to the next one out of it. */
static void activations(const struct flow *w, int lane, int x, const int *y, const char *colour, FILE *f)
{
	int since = w->step[0].from == lane && lane == LANE_PROGRAM ? TOP - 6 : -1, end = y[w->nsteps - 1] + 26;
	for (int i = 0; i < w->nsteps; i++) {
		const struct flow_step *s = &w->step[i];
		if (since < 0 && s->to == lane)
			since = y[i];
		if (since >= 0 && s->from == lane && s->to != lane) {
			fprintf(f, "<rect x=\"%d\" y=\"%d\" width=\"9\" height=\"%d\" rx=\"2\" fill=\"%s\"/>\n", x - 4, since, y[i] - since, colour);
			since = -1;
		}
	}
	if (since >= 0)
		fprintf(f, "<rect x=\"%d\" y=\"%d\" width=\"9\" height=\"%d\" rx=\"2\" fill=\"%s\"/>\n", x - 4, since, end - since, colour);
}

static void lane(const struct report *r, const struct flow *w, int n, int x, const int *y, FILE *f)
{
	const char *const names[FLOW_LANES] = {"device", "guest: program", r->vmm_lane, "guest: handler"};
	char rings[48];
	const char *colour = lane_colour(w, n);
	lane_rings(w, n, rings, sizeof rings);
	fprintf(f, "<path d=\"M%d %dV%d\" stroke=\"#b4bcc2\" stroke-dasharray=\"3 3\"/>\n", x, TOP - 12, y[w->nsteps - 1] + 30);
	fprintf(f, "<text x=\"%d\" y=\"16\" font-size=\"13\" font-weight=\"600\" text-anchor=\"middle\" fill=\"%s\">%s</text>\n", x, colour, names[n]);
	fprintf(f, "<text x=\"%d\" y=\"31\" font-size=\"9.5\" text-anchor=\"middle\" fill=\"#5c6770\">%s</text>\n", x, rings);
	activations(w, n, x, y, colour, f);
}

void report_write_diagram(const struct report *r, const struct flow *w, FILE *f)
{
	int x[FLOW_LANES], y[FLOW_STEPS + 1], at = TOP + 22;
	int left = place_lanes(w, x);
	size_t max = (size_t)((WIDTH - left - 34) / 7.4);
	for (int i = 0; i < w->nsteps; i++) {
		y[i] = at;
		at += LINE * lines_of(&w->step[i], max) + 20;
	}
	fprintf(f, "<svg viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\" role=\"img\">\n", WIDTH, at + 10, WIDTH, at + 10);
	for (int n = 0; n < FLOW_LANES; n++)
		if (x[n] >= 0)
			lane(r, w, n, x[n], y, f);
	for (int i = 0; i < w->nsteps; i++) {
		arrow(&w->step[i], x, y[i], lane_colour(w, w->step[i].to), f);
		words(&w->step[i], i + 1, left + 34, y[i], max, f);
	}
	fputs("</svg>", f);
}
