/* options.c - the command line: one table of options, and the checks that need no machine.
 *
 * The words are QEMU's; one dash or two; the value is the next argument or follows '='.
 * Everything that can be seen to be wrong here is reported before anything is opened.
 */
#include "frontend/options.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "report/model.h"

typedef int (*option_fn)(struct options *o, const char *value, char *why);

static int reason(char *why, const char *text)
{
	snprintf(why, OPTIONS_ERROR, "%s", text);
	return -1;
}

/* ---- one function for each option ------------------------------------------------------------------- */

static int opt_memory(struct options *o, const char *v, char *why)
{
	return value_memory(v, &o->machine.ram_mb, why);
}

/* The machine knows the names and reports a wrong one. */
static int opt_cpu(struct options *o, const char *v, char *why)
{
	(void)why;
	o->machine.cpu_model = v;
	return 0;
}

static int put_image(const char **slot, const char *path, char *why)
{
	if (*slot)
		return reason(why, "this drive has an image already");
	*slot = path;
	return 0;
}

static int opt_fda(struct options *o, const char *v, char *why)
{
	return put_image(&o->machine.floppy[0], v, why);
}

static int opt_fdb(struct options *o, const char *v, char *why)
{
	return put_image(&o->machine.floppy[1], v, why);
}

static int opt_hda(struct options *o, const char *v, char *why)
{
	return put_image(&o->machine.disk[0], v, why);
}

static int opt_hdb(struct options *o, const char *v, char *why)
{
	return put_image(&o->machine.disk[1], v, why);
}

static int opt_hdc(struct options *o, const char *v, char *why)
{
	return put_image(&o->machine.disk[2], v, why);
}

static int opt_hdd(struct options *o, const char *v, char *why)
{
	return put_image(&o->machine.disk[3], v, why);
}

static int opt_cdrom(struct options *o, const char *v, char *why)
{
	return put_image(&o->machine.cdrom, v, why);
}

static int opt_boot(struct options *o, const char *v, char *why)
{
	return value_boot(v, &o->machine, why);
}

static int opt_kernel(struct options *o, const char *v, char *why)
{
	(void)why;
	o->machine.kernel = v;
	return 0;
}

static int opt_initrd(struct options *o, const char *v, char *why)
{
	(void)why;
	o->machine.initrd = v;
	return 0;
}

static int opt_append(struct options *o, const char *v, char *why)
{
	(void)why;
	o->machine.append = v;
	return 0;
}

static int opt_bios(struct options *o, const char *v, char *why)
{
	(void)why;
	o->machine.bios = v;
	return 0;
}

static int opt_vgabios(struct options *o, const char *v, char *why)
{
	(void)why;
	o->machine.vgabios = v;
	return 0;
}

static int opt_serial(struct options *o, const char *v, char *why)
{
	if (o->nserials == MACHINE_SERIALS)
		return reason(why, "there are only two serial ports");
	return value_channel(v, &o->serial[o->nserials++], why);
}

static int opt_debugcon(struct options *o, const char *v, char *why)
{
	return value_channel(v, &o->debugcon, why);
}

static int opt_display(struct options *o, const char *v, char *why)
{
	if (!strcmp(v, "sdl"))
		o->display = DISPLAY_SDL;
	else if (!strcmp(v, "term"))
		o->display = DISPLAY_TERM;
	else if (!strcmp(v, "none"))
		o->display = DISPLAY_NONE;
	else
		return reason(why, "must be sdl, term or none");
	return 0;
}

static int opt_snapshot(struct options *o, const char *v, char *why)
{
	(void)v, (void)why;
	o->machine.snapshot = true;
	return 0;
}

static int opt_no_reboot(struct options *o, const char *v, char *why)
{
	(void)v, (void)why;
	o->no_reboot = true;
	return 0;
}

static int opt_no_shutdown(struct options *o, const char *v, char *why)
{
	(void)v, (void)why;
	o->no_shutdown = true;
	return 0;
}

static int opt_paused(struct options *o, const char *v, char *why)
{
	(void)v, (void)why;
	o->paused = true;
	return 0;
}

/* The value, shift=N, is optional: an instruction takes 2^N ns. */
static int opt_icount(struct options *o, const char *v, char *why)
{
	u64 shift;
	o->machine.icount = true;
	if (!v)
		return 0;
	if (value_number(v + strlen("shift="), 9, &shift, why))
		return reason(why, "shift must be 0 to 9");
	o->machine.mips = 1000u >> shift;
	return 0;
}

static int opt_mips(struct options *o, const char *v, char *why)
{
	u64 n;
	if (value_number(v, 10000, &n, why) || !n)
		return reason(why, "speed must be 1 to 10000 MIPS");
	o->machine.mips = (u32)n;
	return 0;
}

static int opt_rtc(struct options *o, const char *v, char *why)
{
	o->rtc_given = true;
	return value_rtc(v, &o->machine.rtc_base, why);
}

static int opt_device(struct options *o, const char *v, char *why)
{
	return value_device(v, &o->machine, why);
}

static int opt_log(struct options *o, const char *v, char *why)
{
	return value_log_items(v, &o->log_items, why);
}

static int opt_log_file(struct options *o, const char *v, char *why)
{
	(void)why;
	o->log_file = v;
	return 0;
}

static int opt_dfilter(struct options *o, const char *v, char *why)
{
	return value_range(v, &o->log_lo, &o->log_hi, why);
}

static int opt_technique(struct options *o, const char *v, char *why)
{
	static const char *const names[] = {"trap", "bare", "classic"}; /* by enum machine_technique */
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (!strcmp(v, names[i])) {
			o->machine.technique = (enum machine_technique)i;
			return 0;
		}
	return reason(why, "must be trap, bare or classic");
}

static int opt_stats(struct options *o, const char *v, char *why)
{
	(void)v, (void)why;
	o->stats = true;
	return 0;
}

static int opt_report(struct options *o, const char *v, char *why)
{
	if (report_format_of(v) < 0)
		return reason(why, "the name must end in .html, .json, .csv or .txt");
	o->report = v;
	return 0;
}

static int opt_symbols(struct options *o, const char *v, char *why)
{
	(void)why;
	o->symbols = v;
	return 0;
}

static int opt_script(struct options *o, const char *v, char *why)
{
	(void)why;
	o->script = v;
	return 0;
}

static int opt_verify(struct options *o, const char *v, char *why)
{
	if (!strcmp(v, "mmu"))
		o->machine.verify_mmu = true;
	else if (!strcmp(v, "hw"))
		o->machine.verify_hw = true;
	else
		return reason(why, "must be mmu or hw");
	return 0;
}

/* Development: at most so many instructions to a block. */
static int opt_block(struct options *o, const char *v, char *why)
{
	u64 n;
	if (value_number(v, 1000, &n, why))
		return -1;
	o->machine.block_max = (u32)n;
	return 0;
}

/* A block becomes host code once it has run so often. */
static int opt_translate(struct options *o, const char *v, char *why)
{
	u64 n;
	if (strcmp(v, "off") == 0) {
		o->machine.translate = -1;
		return 0;
	}
	if (value_number(v, 1000000, &n, why))
		return -1;
	o->machine.translate = (int)n + 1;
	return 0;
}

/* ---- the table --------------------------------------------------------------------------------------- */

enum arity { NO_VALUE, VALUE, MAYBE_SHIFT };

static const struct option_row {
	const char *name;
	enum arity arity;
	option_fn fn;
} rows[] = {
	{"m",           VALUE,       opt_memory},
	{"cpu",         VALUE,       opt_cpu},
	{"fda",         VALUE,       opt_fda},
	{"fdb",         VALUE,       opt_fdb},
	{"hda",         VALUE,       opt_hda},
	{"hdb",         VALUE,       opt_hdb},
	{"hdc",         VALUE,       opt_hdc},
	{"hdd",         VALUE,       opt_hdd},
	{"cdrom",       VALUE,       opt_cdrom},
	{"boot",        VALUE,       opt_boot},
	{"kernel",      VALUE,       opt_kernel},
	{"initrd",      VALUE,       opt_initrd},
	{"append",      VALUE,       opt_append},
	{"bios",        VALUE,       opt_bios},
	{"vgabios",     VALUE,       opt_vgabios},
	{"serial",      VALUE,       opt_serial},
	{"debugcon",    VALUE,       opt_debugcon},
	{"display",     VALUE,       opt_display},
	{"snapshot",    NO_VALUE,    opt_snapshot},
	{"no-reboot",   NO_VALUE,    opt_no_reboot},
	{"no-shutdown", NO_VALUE,    opt_no_shutdown},
	{"S",           NO_VALUE,    opt_paused},
	{"icount",      MAYBE_SHIFT, opt_icount},
	{"mips",        VALUE,       opt_mips},
	{"rtc",         VALUE,       opt_rtc},
	{"device",      VALUE,       opt_device},
	{"d",           VALUE,       opt_log},
	{"D",           VALUE,       opt_log_file},
	{"dfilter",     VALUE,       opt_dfilter},
	{"technique",   VALUE,       opt_technique},
	{"stats",       NO_VALUE,    opt_stats},
	{"report",      VALUE,       opt_report},
	{"symbols",     VALUE,       opt_symbols},
	{"script",      VALUE,       opt_script},
	{"verify",      VALUE,       opt_verify},
	{"block",       VALUE,       opt_block},
	{"translate",   VALUE,       opt_translate},
};

/* name: without dashes; up to '=' counts */
static const struct option_row *find_row(const char *name)
{
	size_t n = strcspn(name, "=");
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (strlen(rows[i].name) == n && !strncmp(rows[i].name, name, n))
			return &rows[i];
	return NULL;
}

/* ---- bare image names ----------------------------------------------------------------------------------- */

static bool is_floppy_size(s64 size)
{
	static const u16 kbytes[] = {160, 180, 320, 360, 720, 1200, 1440, 2880};
	for (size_t i = 0; i < ARRAY_LEN(kbytes); i++)
		if (size == kbytes[i] * 1024)
			return true;
	return false;
}

bool is_cd_name(const char *path)
{
	size_t n = strlen(path);
	return n > 4 && !strcasecmp(path + n - 4, ".iso");
}

/* A name that ends in .iso is a CD; an image of a floppy's size goes into the first free floppy drive, others become the
 * next disk. */
static int bare_image(struct options *o, const char *path, char *why)
{
	struct stat st;
	if (stat(path, &st))
		return reason(why, strerror(errno));
	if (is_cd_name(path))
		return put_image(&o->machine.cdrom, path, why);
	bool floppy = is_floppy_size((s64)st.st_size);
	const char **slots = floppy ? o->machine.floppy : o->machine.disk;
	for (int i = 0; i < (floppy ? MACHINE_FLOPPIES : MACHINE_DISKS); i++)
		if (!slots[i]) {
			slots[i] = path;
			return 0;
		}
	return reason(why, floppy ? "both floppy drives have an image already" : "all four disks have an image already");
}

/* ---- what does not go together ------------------------------------------------------------------------------ */

static int check_stdio(const struct options *o, char *error)
{
	int users = 0;
	for (int i = 0; i < MACHINE_SERIALS; i++)
		users += o->serial[i].kind == CHANNEL_STDIO;
	if (users > 1)
		return reason(error, "-serial: only one port can have stdio");
	if (o->display != DISPLAY_TERM)
		return 0;
	if (users)
		return reason(error, "-serial: stdio belongs to -display term");
	if (o->debugcon.kind == CHANNEL_STDIO)
		return reason(error, "-debugcon: stdio belongs to -display term");
	if (o->log_items && !o->log_file)
		return reason(error, "-d: with -display term the log needs a file (-D FILE)");
	return 0;
}

static int check_together(const struct options *o, char *error)
{
	if (o->debugcon.kind > CHANNEL_FILE)
		return reason(error, "-debugcon: must be none, stdio or file:NAME");
	if (o->machine.cdrom && o->machine.disk[2])
		return reason(error, "-cdrom: the drive is in the place of -hdc");
	if (o->log_file && !o->log_items)
		return reason(error, "-D: there is nothing to log without -d ITEMS");
	if (!o->machine.kernel && (o->machine.initrd || o->machine.append))
		return reason(error, o->machine.initrd ? "-initrd: there is no -kernel" : "-append: there is no -kernel");
	if (o->symbols && !o->report)
		return reason(error, "-symbols: names are for a report (-report FILE)");
	return check_stdio(o, error);
}

static void set_defaults(struct options *o)
{
	bool any = o->machine.kernel != NULL;
	for (int i = 0; i < MACHINE_FLOPPIES; i++)
		any |= o->machine.floppy[i] != NULL;
	for (int i = 0; i < MACHINE_DISKS; i++)
		any |= o->machine.disk[i] != NULL;
	any |= o->machine.cdrom != NULL;
	o->machine.builtin_tour = !any;
	if (!o->rtc_given)
		o->machine.rtc_base = o->machine.icount ? RTC_ICOUNT : rtc_localtime();
}

/* ---- the loop -------------------------------------------------------------------------------------------- */

static enum options_result fail(char *error, const char *thing, const char *why)
{
	snprintf(error, OPTIONS_ERROR, "%.200s: %.300s", thing, why);
	return OPTIONS_BAD;
}

/* Handles argv[*i], and moves *i over a value. */
static enum options_result one_option(struct options *o, int argc, char **argv, int *i, char *error)
{
	char *arg = argv[*i], why[OPTIONS_ERROR];
	const char *name = arg + (arg[1] == '-' ? 2 : 1), *equals = strchr(name, '=');
	const struct option_row *row = find_row(name);
	if (!row)
		return fail(error, arg, "unknown option (-h lists them)");
	const char *value = equals ? equals + 1 : NULL;
	if (row->arity == NO_VALUE && value)
		return fail(error, arg, "this option has no value");
	if (row->arity == MAYBE_SHIFT && value && strncmp(value, "shift=", 6))
		return fail(error, arg, "the value must be shift=N");
	if (row->arity == MAYBE_SHIFT && !value && *i + 1 < argc && !strncmp(argv[*i + 1], "shift=", 6))
		value = argv[++*i];
	if (row->arity == VALUE && !value) {
		if (*i + 1 >= argc)
			return fail(error, arg, "a value is missing");
		value = argv[++*i];
		/* "-fda -hda x" is a forgotten value, not an image called -hda */
		if (value[0] == '-' && value[1] && find_row(value + (value[1] == '-' ? 2 : 1)))
			return fail(error, arg, "a value is missing");
	}
	if (row->arity == VALUE && !value[0])
		return fail(error, arg, "the value is empty");
	if (equals)
		arg[equals - arg] = '\0';
	return row->fn(o, value, why) ? fail(error, arg, why) : OPTIONS_RUN;
}

static bool is_word(const char *arg, const char *a, const char *b)
{
	const char *name = arg + (arg[0] == '-') + (arg[0] == '-' && arg[1] == '-');
	return arg[0] == '-' && (!strcmp(name, a) || !strcmp(name, b));
}

enum options_result options_parse(struct options *o, int argc, char **argv, char *error)
{
	*o = (struct options){.log_hi = ~0ull};
	machine_config_init(&o->machine);
	for (int i = 1; i < argc; i++) {
		char why[OPTIONS_ERROR];
		if (is_word(argv[i], "h", "help")) {
			help_print();
			return OPTIONS_DONE;
		}
		if (is_word(argv[i], "version", "version")) {
			help_print_version();
			return OPTIONS_DONE;
		}
		if (argv[i][0] == '-' && argv[i][1]) {
			if (one_option(o, argc, argv, &i, error) == OPTIONS_BAD)
				return OPTIONS_BAD;
		} else if (bare_image(o, argv[i], why)) {
			return fail(error, argv[i][0] ? argv[i] : "''", why);
		}
	}
	if (check_together(o, error))
		return OPTIONS_BAD;
	set_defaults(o);
	return OPTIONS_RUN;
}
