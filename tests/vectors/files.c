/* files.c - directories of vector files, and threads that take one file after the other. See files.h. */
#include "tests/vectors/files.h"

#include <dirent.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_THREADS 16

static void add_one(struct files *f, const char *path)
{
	char **more = realloc(f->path, (f->n + 1) * sizeof *more);
	if (!more)
		return;
	f->path = more;
	f->path[f->n++] = strdup(path);
}

static bool ends_in(const char *name, const char *suffix)
{
	size_t n = strlen(name), k = strlen(suffix);
	return n >= k && !strcmp(name + n - k, suffix);
}

void files_add(struct files *f, const char *path, const char *suffix)
{
	struct stat st;
	struct dirent **names;
	char full[4096];
	if (stat(path, &st) || !S_ISDIR(st.st_mode)) {
		add_one(f, path);
		return;
	}
	int n = scandir(path, &names, NULL, alphasort);
	for (int i = 0; i < n; i++) {
		snprintf(full, sizeof full, "%s/%s", path, names[i]->d_name);
		if (ends_in(names[i]->d_name, suffix))
			add_one(f, full);
		free(names[i]);
	}
	if (n >= 0)
		free(names);
}

void files_free(struct files *f)
{
	for (size_t i = 0; i < f->n; i++)
		free(f->path[i]);
	free(f->path);
	*f = (struct files){0};
}

struct pool {
	void (*run)(void *opaque, size_t i);
	void *opaque;
	size_t n, next;
	pthread_mutex_t lock;
};

static void *worker(void *arg)
{
	struct pool *p = arg;
	for (;;) {
		pthread_mutex_lock(&p->lock);
		size_t i = p->next++;
		pthread_mutex_unlock(&p->lock);
		if (i >= p->n)
			return NULL;
		p->run(p->opaque, i);
	}
}

void files_run(size_t n, void (*run)(void *opaque, size_t i), void *opaque)
{
	struct pool p = {.run = run, .opaque = opaque, .n = n};
	pthread_t threads[MAX_THREADS];
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	int started = 0, wanted = cores < 1 ? 1 : cores > MAX_THREADS ? MAX_THREADS : (int)cores;
	pthread_mutex_init(&p.lock, NULL);
	while (started < wanted && !pthread_create(&threads[started], NULL, worker, &p))
		started++;
	if (!started)
		worker(&p);
	while (started)
		pthread_join(threads[--started], NULL);
	pthread_mutex_destroy(&p.lock);
}
