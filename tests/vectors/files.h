/* files.h - the vector files to run, and running them on all processors of the host. */
#ifndef TESTS_VECTORS_FILES_H
#define TESTS_VECTORS_FILES_H

#include <stddef.h>

struct files {
	char **path;
	size_t n;
};

/* A file, or all files of a directory whose names end in `suffix`, sorted. */
void files_add(struct files *f, const char *path, const char *suffix);
void files_free(struct files *f);
/* Calls run(opaque, i) once for each i in [0, n), from several threads. */
void files_run(size_t n, void (*run)(void *opaque, size_t i), void *opaque);

#endif
