/* translator.c - the translator's memory: code that is written through one mapping and run through another.
 *
 * No page is ever writable and executable by the same address. The blocks' arena
 * follows the code, so that code reaches blocks by 32-bit displacements.
 */
#define _GNU_SOURCE
#include "cpu/translate/internal.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define CODE_SIZE ((size_t)48 << 20)
#define MAY_EXECUTE 0x10u /* MFD_EXEC of memfd_create(2), newer than some libraries */

#if defined(__x86_64__)
#include <cpuid.h>

/* The first 64-bit processors had no LAHF and SAHF in 64-bit mode: AMD64 manual 3, CPUID 8000_0001h ECX bit 0. */
static bool is_host_able(void)
{
	unsigned a, b, c = 0, d;
	return __get_cpuid(0x80000001, &a, &b, &c, &d) && (c & 1);
}

static bool map_twice(struct translator *x, size_t arena_size)
{
	int fd = memfd_create("tandem-code", MFD_CLOEXEC | MAY_EXECUTE);
	if (fd < 0) /* before Linux 6.3 */
		fd = memfd_create("tandem-code", MFD_CLOEXEC);
	if (fd < 0)
		return false;
	x->size = CODE_SIZE;
	x->map_size = CODE_SIZE + arena_size;
	u8 *map = MAP_FAILED, *run = MAP_FAILED, *write = MAP_FAILED;
	if (ftruncate(fd, (off_t)CODE_SIZE) == 0)
		map = mmap(NULL, x->map_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (map != MAP_FAILED)
		run = mmap(map, CODE_SIZE, PROT_READ | PROT_EXEC, MAP_SHARED | MAP_FIXED, fd, 0);
	if (run != MAP_FAILED)
		write = mmap(NULL, CODE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	if (write == MAP_FAILED) {
		if (map != MAP_FAILED)
			munmap(map, x->map_size);
		return false;
	}
	x->map = map;
	x->run = run;
	x->write = write;
	return true;
}
#else
static bool is_host_able(void)
{
	return false;
}

static bool map_twice(struct translator *x, size_t arena_size)
{
	(void)x;
	(void)arena_size;
	return false;
}
#endif

struct translator *translator_new(size_t arena_size, u8 **arena)
{
	struct translator *x = calloc(1, sizeof *x);
	if (x && is_host_able() && map_twice(x, arena_size)) {
		if (stubs_write(x)) {
			*arena = x->map + CODE_SIZE;
			x->used = x->stubs_end;
			x->hot = TRANSLATE_HOT;
			return x;
		}
		munmap(x->write, x->size);
		munmap(x->map, x->map_size);
	}
	free(x);
	return NULL;
}

void translator_free(struct translator *x)
{
	if (!x)
		return;
	munmap(x->write, x->size);
	munmap(x->map, x->map_size);
	free(x);
}

void translator_flush(struct translator *x)
{
	if (!x)
		return;
	x->used = x->stubs_end;
	x->full = false;
	memset(x->unguarded, 0, sizeof x->unguarded);
}

bool translator_is_full(const struct translator *x)
{
	return x && x->full;
}

const struct translate_stats *translator_stats(const struct translator *x)
{
	return &x->stats;
}

void translator_set_hot(struct translator *x, u32 runs)
{
	if (x)
		x->hot = runs;
}

void translator_enter(struct cpu *c, const struct uop *u, s64 left)
{
	c->code->translator->stubs.enter(c, u, left);
}
