/* report_csv.c - one line a form and configuration, for spreadsheets (RFC 4180: every text quoted, CR LF not used). */
#include "classify/report.h"

static void text(FILE *out, const char *value, const char *end)
{
	putc('"', out);
	for (; *value; value++) {
		if (*value == '"')
			putc('"', out);
		putc(*value, out);
	}
	fprintf(out, "\"%s", end);
}

static void line(FILE *out, const struct survey *s, const struct verdict *v)
{
	char id[128], read[512], written[512], changed[512], matters[512], vectors[64];
	fields_text(v->read, read, sizeof read);
	fields_text(v->written, written, sizeof written);
	fields_text(v->changed, changed, sizeof changed);
	matters[0] = 0;
	if (v->matters)
		words_matters(v->matters, matters, sizeof matters);
	words_vectors(v->trap_vectors, vectors, sizeof vectors);
	witness_id(&s->names, v, verdict_main_kind(v), id, sizeof id);
	text(out, s->k->name, ",");
	text(out, v->f->key, ",");
	text(out, v->f->row->mnemonic, ",");
	text(out, v->f->operands, ",");
	text(out, op_name((enum op)v->f->op), ",");
	text(out, class_name((enum form_class)v->class), ",");
	fprintf(out, "%d,%d,%d,%d,%d,%d,%d,%d,%d,%d,", v->privileged, v->control[0] || v->control[1],
		v->location[0] || v->location[1], v->resource[0] || v->resource[1], v->mode, verdict_sensitive_in(v, USER),
		verdict_sensitive_in(v, SUPER), v->class == CLASS_CRITICAL, verdict_extended(v), verdict_visible(v));
	text(out, vectors, ",");
	fprintf(out, "%u,%u,", v->pairs, v->runs);
	text(out, read, ",");
	text(out, written, ",");
	text(out, changed, ",");
	text(out, matters, ",");
	text(out, id, ",");
	text(out, v->f->text, "\n");
}

void report_csv(const struct classification *c, FILE *out)
{
	fprintf(out, "configuration,form,mnemonic,operands,operation,class,privileged,control,location,resource,mode,user,supervisor,"
		     "critical,extended,visibility,user_faults,pairs,runs,read,written,changes,depends_on,witness,instruction\n");
	for (int i = 0; i < c->n; i++)
		for (int j = 0; j < c->at[i].n; j++)
			line(out, &c->at[i], &c->at[i].v[j]);
}
