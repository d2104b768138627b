#include "classify/report.h"
int report_html(const struct classification *c, FILE *out) { (void)c; (void)out; return 0; }
