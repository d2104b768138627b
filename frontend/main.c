/* main.c - the program: options, a session, a display. Only here does it exit. */
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "classify/classify.h"
#include "frontend/compare.h"
#include "frontend/session.h"

static int show(struct session *s, enum display display, char *error)
{
	switch (display) {
	case DISPLAY_SDL:
		return sdl_run(s, error);
	case DISPLAY_TERM:
		return term_run(s, error);
	case DISPLAY_NONE:
		return headless_run(s, error);
	}
	return 0;
}

static int refuse(const char *error)
{
	fprintf(stderr, "tandem: %s\n", error);
	return 1;
}

int main(int argc, char **argv)
{
	struct options o;
	char error[OPTIONS_ERROR] = "";
	signal(SIGXFSZ, SIG_IGN); /* a file that may grow no more is an error of the image or the log, not our end */
	if (argc > 1 && !strcmp(argv[1], "classify"))
		return classify_main(argc - 1, argv + 1);
	if (argc > 1 && !strcmp(argv[1], "compare"))
		return compare_main(argc - 1, argv + 1);
	setlocale(LC_CTYPE, ""); /* window titles and the terminal are UTF-8 where the user's locale is */
	switch (options_parse(&o, argc, argv, error)) {
	case OPTIONS_BAD:
		return refuse(error);
	case OPTIONS_DONE:
		return fflush(stdout) || ferror(stdout) ? refuse("stdout: cannot be written") : 0;
	case OPTIONS_RUN:
		break;
	}
	struct session *s = session_open(&o, error);
	if (!s)
		return refuse(error);
	int failed = show(s, o.display, error), status = session_close(s);
	return failed ? refuse(error) : status;
}
