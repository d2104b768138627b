/* watch.c - the receiving end of the compiler's instrumentation (gcc and clang: "ThreadSanitizer" calls).
 *
 * The calls carry an address and nothing else, so the one who records must be found
 * through a thread-local pointer: the only variable of this program that is not in a
 * struct. Each thread has its own, and it is NULL but for the time of one instruction.
 */
#include "classify/watch.h"

#include <string.h>

static _Thread_local struct watch *watch_current;

void watch_begin(struct watch *w)
{
	w->read = w->written = 0;
	watch_current = w;
}

void watch_end(void)
{
	watch_current = NULL;
}

static field_set fields_at(const u8 *map, size_t map_size, size_t at, size_t size)
{
	field_set set = 0;
	for (size_t i = at; i < at + size && i < map_size; i++)
		set |= map[i] ? 1ull << (map[i] - 1) : 0;
	return set;
}

static inline void note(const void *address, size_t size, bool is_write)
{
	struct watch *w = watch_current;
	if (!w)
		return;
	size_t in_sys = (size_t)((const char *)address - w->sys), in_cpu = (size_t)((const char *)address - w->cpu);
	field_set set = 0;
	if (in_sys < sizeof(struct sysregs))
		set = fields_at(w->map->sys, sizeof w->map->sys, in_sys, size);
	else if (in_cpu < sizeof(struct cpu))
		set = fields_at(w->map->cpu, sizeof w->map->cpu, in_cpu, size);
	else if ((size_t)((const char *)address - w->model) < sizeof(u32))
		set = 1ull << F_IDENTITY;
	if (is_write)
		w->written |= set;
	else
		w->read |= set;
}

/* ---- what the compiler calls ------------------------------------------------------------------- */

#define ON_ACCESS(size) \
	void __tsan_read##size(void *p); \
	void __tsan_write##size(void *p); \
	void __tsan_unaligned_read##size(void *p); \
	void __tsan_unaligned_write##size(void *p); \
	void __tsan_volatile_read##size(void *p); \
	void __tsan_volatile_write##size(void *p); \
	void __tsan_read##size(void *p) { note(p, size, false); } \
	void __tsan_write##size(void *p) { note(p, size, true); } \
	void __tsan_unaligned_read##size(void *p) { note(p, size, false); } \
	void __tsan_unaligned_write##size(void *p) { note(p, size, true); } \
	void __tsan_volatile_read##size(void *p) { note(p, size, false); } \
	void __tsan_volatile_write##size(void *p) { note(p, size, true); }

ON_ACCESS(1)
ON_ACCESS(2)
ON_ACCESS(4)
ON_ACCESS(8)
ON_ACCESS(16)

void __tsan_read_range(void *p, size_t size);
void __tsan_write_range(void *p, size_t size);
void __tsan_init(void);
void __tsan_func_entry(void *pc);
void __tsan_func_exit(void);
void *__tsan_memcpy(void *to, const void *from, size_t n);
void *__tsan_memmove(void *to, const void *from, size_t n);
void *__tsan_memset(void *to, int value, size_t n);

void __tsan_read_range(void *p, size_t size)
{
	note(p, size, false);
}

void __tsan_write_range(void *p, size_t size)
{
	note(p, size, true);
}

void __tsan_init(void)
{
}

void __tsan_func_entry(void *pc)
{
	(void)pc;
}

void __tsan_func_exit(void)
{
}

/* clang's names for the library functions */
void *__tsan_memcpy(void *to, const void *from, size_t n)
{
	note(from, n, false);
	note(to, n, true);
	return memcpy(to, from, n);
}

void *__tsan_memmove(void *to, const void *from, size_t n)
{
	note(from, n, false);
	note(to, n, true);
	return memmove(to, from, n);
}

void *__tsan_memset(void *to, int value, size_t n)
{
	note(to, n, true);
	return memset(to, value, n);
}
