/* html.h - the parts of the HTML report. */
#ifndef CLASSIFY_HTML_H
#define CLASSIFY_HTML_H

#include <stdio.h>

#include "classify/report.h"

extern const char html_style[], html_script[];

/* Escaped for elements and quoted attributes. */
void html_text(FILE *out, const char *text);
/* Privileged and sensitive as two circles, drawn with their numbers of forms and instructions. */
void html_circles(FILE *out, const struct survey *s, const struct group *g, int n);
/* The tables of one configuration, and its witnesses run again in `w`. */
void html_survey(FILE *out, const struct survey *s, struct group *g, struct world *w, struct experiment *e);
/* Derived classes beside the published lists. */
void html_comparison(FILE *out, const struct survey *s, const struct group *g, int n);

#endif
