/* classify.h - `tandem classify`: which instructions are privileged, sensitive, critical, found by experiment.
 *
 * The definitions are those of docs/virtualization.md section 1; docs/classify.md
 * describes the options and the formats of the report.
 */
#ifndef CLASSIFY_CLASSIFY_H
#define CLASSIFY_CLASSIFY_H

/* argv[0] is the command's own name ("classify"), options follow. Returns the process's exit status. */
int classify_main(int argc, char **argv);

#endif
