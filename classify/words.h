/* words.h - what the reports say, in sentences: shared by text, HTML and the replay. */
#ifndef CLASSIFY_WORDS_H
#define CLASSIFY_WORDS_H

#include <stdio.h>

#include "classify/survey.h"

/* "control sensitive (user: EFLAGS.system), mode sensitive": the kinds of a verdict's sensitivity. */
void words_sensitivity(const struct verdict *v, char *out, size_t size);
/* "read: CPL, CR0; written: EFLAGS.system" */
void words_touched(field_set read, field_set written, char *out, size_t size);
/* Why what an innocuous instruction touched does not count. */
void words_excuses(field_set read, field_set written, char *out, size_t size);
/* "#GP" or "#GP, #UD" */
void words_vectors(u32 set, char *out, size_t size);
/* "IF, NT": the changes that made a difference */
void words_matters(u64 matters, char *out, size_t size);
/* K as a set of knobs: "protected mode, CPL 0 and 3, IOPL 0, I/O bitmap denies, CR4: none" */
void words_knobs(const struct knobs *k, char *out, size_t size);

/* Appends to a string of at most `size` bytes. */
void words_add(char *out, size_t size, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Replays one witness: both states, both runs, the difference. 0, or -1 when the ID names nothing. */
int replay_id(const struct classification *c, const char *id, FILE *out);
void replay_witness(struct experiment *e, const struct verdict *v, enum kind kind, FILE *out);

#endif
