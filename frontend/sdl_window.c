#include "frontend/session.h"
int sdl_run(struct session *s, char *error)
{
	return headless_run(s, error);
}
