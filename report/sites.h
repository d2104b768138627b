/* sites.h - counts by place: a hash table from (linear address, what, mode) to a number. */
#ifndef REPORT_SITES_H
#define REPORT_SITES_H

#include "base/types.h"

struct site {
	u64 key;   /* 0: free */
	u64 count;
	u32 ip;    /* offset, as first met */
	u16 cs;
};

struct sites {
	struct site *slot;
	u32 mask, used;
	u64 lost; /* events that found no room */
};

int sites_init(struct sites *s); /* -1: no memory */
void sites_free(struct sites *s);

/* what: below 8192 (an operation, SITE_VECTOR + exception vector, or an access to a device's memory); mode: enum cpu_mode_index */
#define SITE_VECTOR 4096
#define SITE_MMIO_READ 4352
#define SITE_MMIO_WRITE 4353
static inline u64 site_key(u64 lin, u32 what, u32 mode)
{
	return lin << 17 | (u64)what << 4 | mode << 1 | 1;
}

static inline u64 site_lin(const struct site *s)
{
	return s->key >> 17;
}

static inline u32 site_what(const struct site *s)
{
	return s->key >> 4 & 8191;
}

static inline u32 site_mode(const struct site *s)
{
	return s->key >> 1 & 7;
}

struct site *sites_add(struct sites *s, u64 key); /* a new one; NULL: no room */

static inline u32 site_hash(u64 key)
{
	return (u32)(key * 0x9e3779b97f4a7c15ull >> 32);
}

/* Counts one event. */
static inline void sites_count(struct sites *s, u64 key, u16 cs, u64 ip)
{
	u32 i = site_hash(key) & s->mask;
	while (s->slot[i].key != key) {
		if (!s->slot[i].key) {
			struct site *n = sites_add(s, key);
			if (n)
				*n = (struct site){.key = key, .count = 1, .cs = cs, .ip = (u32)ip};
			return;
		}
		i = (i + 1) & s->mask;
	}
	s->slot[i].count++;
}

/* All sites, most frequent first; *n of them. The caller frees. NULL: none, or no memory. */
struct site *sites_sorted(const struct sites *s, int *n);

#endif
