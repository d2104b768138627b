/* html.c - a report as one HTML file that needs nothing else: style, pictures and a few lines of script are inside.
 *
 * A click on a column's head sorts; without script everything is still there. Made to be printed, too.
 */
#include "report/model.h"

#include <string.h>

static const char style[] =
	":root{--ink:#1d2329;--soft:#5c6770;--line:#dde2e6;--pale:#f5f7f8;--bar:#c9dcea;--mark:#1f5f8b}\n"
	"*{box-sizing:border-box}\n"
	"body{margin:0;background:#fff;color:var(--ink);font:15px/1.5 system-ui,'DejaVu Sans',Helvetica,Arial,sans-serif}\n"
	"main{max-width:1080px;margin:0 auto;padding:28px 28px 60px}\n"
	"h1{font-size:26px;line-height:1.25;margin:0 0 2px;font-weight:650}\n"
	"h2{font-size:18px;margin:36px 0 6px;font-weight:650}\n"
	"h3{font-size:15px;margin:22px 0 6px;font-weight:650}\n"
	"p{margin:4px 0 10px;max-width:78ch}\n"
	".soft,.note{color:var(--soft)}.note{font-size:13px}\n"
	".tiles{display:flex;flex-wrap:wrap;gap:10px;margin:18px 0 4px}\n"
	".tile{border:1px solid var(--line);border-radius:8px;padding:9px 14px;min-width:120px}\n"
	".tile b{display:block;font-size:20px;font-weight:600;font-variant-numeric:tabular-nums}\n"
	".tile span{font-size:12px;color:var(--soft)}\n"
	"table{border-collapse:collapse;font-size:13px;margin:6px 0 2px;font-variant-numeric:tabular-nums}\n"
	"th{font-weight:600;text-align:left;color:var(--soft);border-bottom:1.5px solid var(--ink);padding:4px 10px 4px 8px;white-space:nowrap;"
	"vertical-align:bottom}\n"
	"table.sort th{cursor:pointer}table.sort th:hover{color:var(--mark)}\n"
	"th[data-dir='1']::after{content:' \\25B2'}th[data-dir='-1']::after{content:' \\25BC'}\n"
	"td{border-bottom:1px solid var(--line);padding:3px 10px 3px 8px;white-space:nowrap}\n"
	"td.n,th.n{text-align:right}\n"
	"td.c,code,.mono{font-family:ui-monospace,'DejaVu Sans Mono',Menlo,Consolas,monospace;font-size:12.5px}\n"
	"td.z{color:#b4bcc2}tr.last td{font-weight:600;border-top:1.5px solid var(--ink)}\n"
	"td.bar{background:linear-gradient(var(--bar),var(--bar)) no-repeat left center/0 70%;min-width:132px}\n"
	".wide{overflow-x:auto}\n"
	".box{border-left:3px solid var(--mark);background:var(--pale);padding:10px 16px;margin:8px 0}\n"
	".facts{columns:2;column-gap:40px;max-width:900px}.facts div{display:flex;justify-content:space-between;border-bottom:1px solid var(--line);"
	"padding:2px 0;font-size:13px;break-inside:avoid}.facts span{color:var(--soft)}\n"
	"svg{max-width:100%;height:auto;display:block}svg text{font-family:system-ui,'DejaVu Sans',Helvetica,Arial,sans-serif}\n"
	"figure{margin:8px 0 18px;break-inside:avoid}\n"
	"@media print{body{font-size:11px}main{max-width:none;padding:0}h2{break-after:avoid;margin-top:22px}h3,.note,thead{break-after:avoid}"
	"tbody tr:nth-child(-n+3){break-after:avoid}tr.last{break-before:avoid}.tile{padding:5px 10px}.tile b{font-size:15px}.tiles{gap:6px}"
	"figure svg{max-height:240mm}td.bar{min-width:90px}"
	"table{font-size:9.5px}td.c,code{font-size:9px}td,th{padding:1.5px 6px 1.5px 4px}tr{break-inside:avoid}.wide{overflow:visible}"
	"*{-webkit-print-color-adjust:exact;print-color-adjust:exact}}\n"
	"@page{margin:14mm}\n";

static const char script[] =
	"document.querySelectorAll('table.sort').forEach(function(t){\n"
	"var heads=t.tHead.rows[0].cells;\n"
	"Array.prototype.forEach.call(heads,function(h,i){h.addEventListener('click',function(){\n"
	"var d=h.dataset.dir?-h.dataset.dir:h.className=='n'?-1:1,b=t.tBodies[0];\n"
	"Array.prototype.forEach.call(heads,function(o){delete o.dataset.dir});h.dataset.dir=d;\n"
	"Array.prototype.slice.call(b.rows).sort(function(x,y){var p=x.cells[i].dataset.v,q=y.cells[i].dataset.v;\n"
	"return d*(p!==undefined?p-q:x.cells[i].textContent<y.cells[i].textContent?-1:x.cells[i].textContent>y.cells[i].textContent?1:0)})\n"
	".forEach(function(r){b.appendChild(r)})})})});\n";

void report_html_text(FILE *f, const char *text)
{
	for (; *text; text++)
		switch (*text) {
		case '&': fputs("&amp;", f); break;
		case '<': fputs("&lt;", f); break;
		case '>': fputs("&gt;", f); break;
		case '"': fputs("&quot;", f); break;
		default: fputc(*text, f);
		}
}

/* Digits in groups of three, by thin spaces; the number itself is in data-v. */
static void grouped(FILE *f, const char *digits)
{
	size_t n = strspn(digits, "0123456789");
	for (size_t i = 0; i < n; i++) {
		if (i && (n - i) % 3 == 0)
			fputs("&#8239;", f);
		fputc(digits[i], f);
	}
	fputs(digits + n, f);
}

static bool is_number(const struct report_cell *c)
{
	return c->kind == CELL_COUNT || c->kind == CELL_REAL;
}

static void value(FILE *f, const struct report_cell *c)
{
	char buf[64];
	if (is_number(c))
		grouped(f, cell_string(c, buf, sizeof buf));
	else
		report_html_text(f, cell_string(c, buf, sizeof buf));
}

/* ---- tables ------------------------------------------------------------------------------------------ */

static double number(const struct report_cell *c)
{
	return c->kind == CELL_COUNT ? (double)c->count : c->real;
}

/* The largest value of a column with bars; a last row "all" has none. */
static double largest(const struct report_table *t, int column)
{
	double max = 0;
	for (int row = 0; row < t->nrows; row++) {
		const struct report_cell *r = &t->cell[row * t->ncolumns];
		if (!(r[0].kind == CELL_TEXT && r[0].text && !strcmp(r[0].text, "all")) && number(&r[column]) > max)
			max = number(&r[column]);
	}
	return max;
}

static void write_cell(const struct report_table *t, const struct report_cell *c, int column, double max, FILE *f)
{
	u32 flags = t->column[column].flags;
	char buf[64];
	if (!is_number(c)) {
		fprintf(f, "<td%s>", flags & COLUMN_CODE ? " class=\"c\"" : is_number(&t->cell[column]) ? " class=\"n\"" : "");
		value(f, c);
		fputs("</td>", f);
		return;
	}
	fprintf(f, "<td class=\"n%s%s\" data-v=\"%s\"", flags & COLUMN_BAR ? " bar" : "", number(c) == 0 ? " z" : "", cell_string(c, buf, sizeof buf));
	if ((flags & COLUMN_BAR) && max > 0)
		fprintf(f, " style=\"background-size:%.1f%% 70%%\"", number(c) > max ? 0.0 : 100 * number(c) / max);
	fputc('>', f);
	value(f, c);
	fputs("</td>", f);
}

static void write_row(const struct report_table *t, int row, const bool *used, const double *max, FILE *f)
{
	const struct report_cell *cell = &t->cell[row * t->ncolumns];
	bool total = cell[0].kind == CELL_TEXT && cell[0].text && !strcmp(cell[0].text, "all");
	fputs(total ? "<tr class=\"last\">" : "<tr>", f);
	for (int i = 0; i < t->ncolumns; i++)
		if (used[i])
			write_cell(t, &cell[i], i, max[i], f);
	fputs("</tr>\n", f);
}

static void write_table(const struct report_table *t, FILE *f)
{
	bool used[REPORT_COLUMNS];
	double max[REPORT_COLUMNS];
	int rows = t->shown && t->shown < t->nrows ? t->shown : t->nrows;
	fprintf(f, "<h2 id=\"%s\">", t->id);
	report_html_text(f, t->title);
	fputs("</h2>\n", f);
	if (t->note) {
		fputs("<p class=\"note\">", f);
		report_html_text(f, t->note);
		fputs("</p>\n", f);
	}
	if (!t->nrows) {
		fputs("<p class=\"soft\">None.</p>\n", f);
		return;
	}
	fputs("<div class=\"wide\"><table class=\"sort\"><thead><tr>", f);
	for (int i = 0; i < t->ncolumns; i++) {
		used[i] = report_column_used(t, i);
		max[i] = t->column[i].flags & COLUMN_BAR ? largest(t, i) : 0;
		if (used[i]) {
			fputs(is_number(&t->cell[i]) ? "<th class=\"n\">" : "<th>", f);
			report_html_text(f, t->column[i].title);
			fputs("</th>", f);
		}
	}
	fputs("</tr></thead><tbody>\n", f);
	for (int row = 0; row < rows; row++)
		write_row(t, row, used, max, f);
	fputs("</tbody></table></div>\n", f);
	if (rows < t->nrows)
		fprintf(f, "<p class=\"note\">%d more places are in the .csv and .json formats.</p>\n", t->nrows - rows);
}

/* ---- the page ------------------------------------------------------------------------------------------ */

static void write_facts(const struct report *r, FILE *f)
{
	if (!r->nfacts)
		return;
	fputs("<div class=\"tiles\">\n", f);
	for (int i = 0; i < r->nfacts; i++)
		if (r->fact[i].head) {
			fputs("<div class=\"tile\"><b>", f);
			value(f, &r->fact[i].value);
			fputs("</b><span>", f);
			report_html_text(f, r->fact[i].title);
			fputs("</span></div>\n", f);
		}
	fputs("</div>\n", f);
}

static void write_details(const struct report *r, FILE *f)
{
	fputs("<h2 id=\"details\">The run in numbers</h2>\n<div class=\"facts\">\n", f);
	for (int i = 0; i < r->nfacts; i++) {
		fputs("<div><span>", f);
		report_html_text(f, r->fact[i].title);
		fputs("</span><b>", f);
		value(f, &r->fact[i].value);
		fputs("</b></div>\n", f);
	}
	fputs("</div>\n", f);
}

static void write_divergence(const struct report *r, FILE *f)
{
	fputs("<h2 id=\"divergence\">What a VMM that traps only privileged instructions gets wrong</h2>\n<div class=\"box\">", f);
	report_html_text(f, r->divergence);
	fputs("</div>\n", f);
	for (int i = r->ntables; i-- > 0;) /* the states before the list of the whole run */
		if (r->table[i].of_divergence)
			write_table(&r->table[i], f);
}

static void write_flows(const struct report *r, FILE *f)
{
	fputs("<h2 id=\"flows\">Three ways through the machine</h2>\n"
	      "<p class=\"note\">One real occurrence of each in this run. #n: instructions executed before it.</p>\n", f);
	for (int i = 0; i < FLOW_KINDS; i++) {
		const struct flow *w = &r->flow[i];
		fprintf(f, "<h3 id=\"%s\">%s", report_flow_ids[i], report_flow_titles[i]);
		if (w->any) {
			fputs(": ", f);
			report_html_text(f, w->title);
			fputs("</h3>\n<figure>", f);
			report_write_diagram(r, w, f);
			fputs("</figure>\n", f);
		} else {
			fputs("</h3>\n<p class=\"soft\">None was met, or none came back in time.</p>\n", f);
		}
	}
}

void report_write_html(const struct report *r, FILE *f)
{
	fputs("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\n<title>", f);
	report_html_text(f, r->title);
	fprintf(f, "</title>\n<style>\n%s</style></head>\n<body><main>\n<h1>", style);
	report_html_text(f, r->title);
	fputs("</h1>\n<p class=\"soft\">", f);
	report_html_text(f, r->subtitle);
	fputs("</p>\n", f);
	write_facts(r, f);
	for (int i = 0; i < r->ntables; i++) {
		if (!r->table[i].of_divergence)
			write_table(&r->table[i], f);
		if (i != (r->ntables > 1 ? 1 : 0)) /* the rest of the overview stands behind the first two */
			continue;
		if (r->has_divergence)
			write_divergence(r, f);
		if (r->has_flows)
			write_flows(r, f);
	}
	if (r->nfacts)
		write_details(r, f);
	fprintf(f, "</main>\n<script>\n%s</script>\n</body></html>\n", script);
}
