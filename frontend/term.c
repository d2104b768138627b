#include "frontend/session.h"
int term_run(struct session *s, char *error)
{
	return headless_run(s, error);
}
