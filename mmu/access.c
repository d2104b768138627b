/* access.c - memory accesses by linear address: loads, stores, probes, runs, fetches.
 *
 * The processor's handlers look into the TLB themselves; what comes here missed there, crosses a page, goes to a
 * device or to a watched page. SDM 3A 4.6 and 4.7 for faults, SDM 1 4.1.1 for unaligned accesses.
 */
#include "mmu/mmu.h"

#include "base/bits.h"
#include "mmu/tlb.h"

/* Any size from 1 to 8, the common ones without a call. */
static inline u64 load_any(const u8 *at, int size)
{
	u64 v = 0;

	switch (size) {
	case 1:
		return *at;
	case 2:
		return load16(at);
	case 4:
		return load32(at);
	case 8:
		return load64(at);
	default:
		memcpy(&v, at, (size_t)size);
		return v;
	}
}

static inline void store_any(u8 *at, int size, u64 v)
{
	switch (size) {
	case 1:
		*at = (u8)v;
		break;
	case 2:
		store16(at, (u16)v);
		break;
	case 4:
		store32(at, (u32)v);
		break;
	case 8:
		store64(at, v);
		break;
	default:
		memcpy(at, &v, (size_t)size);
	}
}

static inline u64 tag_of(const struct tlb_entry *e, enum access acc)
{
	return acc & ACC_WRITE ? e->write & ~TLB_SLOW : acc & ACC_EXEC ? e->exec : e->read;
}

static inline u8 *host_at(const struct tlb_entry *e, lin_t lin)
{
	return (u8 *)(uintptr_t)(lin + e->addend);
}

static inline int first_part(lin_t lin, int size)
{
	int room = (int)(PAGE_SIZE - (lin & ~PAGE_MASK));

	return size < room ? size : room;
}

/* ---- guest-physical accesses inside one page ----------------------------------------- */

/* The bus knows sizes 1, 2 and 4. */
static int io_piece(int size)
{
	return size >= 4 ? 4 : size >= 2 ? 2 : 1;
}

static u64 phys_load(struct mmu *m, gpa_t gpa, int size)
{
	const u8 *host = physmem_read_ptr(m->pm, gpa);
	u64 value = 0;

	if (host)
		return load_any(host, size);
	for (int at = 0, n; at < size; at += n) {
		u64 part = ~0ull;

		n = io_piece(size - at);
		if (m->hooks.io_read)
			part = m->hooks.io_read(m->hooks.opaque, gpa + (gpa_t)at, n);
		value |= (part & size_mask(n)) << 8 * at;
	}
	return value;
}

static void phys_store(struct mmu *m, gpa_t gpa, int size, u64 value)
{
	if (physmem_write_ptr(m->pm, gpa)) {
		physmem_write_ram(m->pm, gpa, &value, (u32)size);
		return;
	}
	if (physmem_is_rom(m->pm, gpa) || !m->hooks.io_write)
		return;
	for (int at = 0, n; at < size; at += n) {
		n = io_piece(size - at);
		m->hooks.io_write(m->hooks.opaque, gpa + (gpa_t)at, n, value >> 8 * at & size_mask(n));
	}
}

/* ---- loads and stores ----------------------------------------------------------------- */

/* Both pages of a crossing access: first asked without side effects, then translated. gpa[1] is unused if it fits. */
static int translate_parts(struct mmu *m, lin_t lin, u32 len, enum access acc, gpa_t gpa[2])
{
	lin_t next = (lin & PAGE_MASK) + PAGE_SIZE;

	if (len <= next - lin)
		return mmu_translate(m, lin, acc, &gpa[0]);
	next &= m->lin_mask;
	if (mmu_check(m, lin, acc) < 0 || mmu_check(m, next, acc) < 0)
		return -1;
	if (mmu_translate(m, lin, acc, &gpa[0]) < 0)
		return -1;
	return mmu_translate(m, next, acc, &gpa[1]);
}

int mmu_load(struct mmu *m, lin_t lin, int size, enum access acc, u64 *value)
{
	struct tlb_entry *e;
	gpa_t gpa[2];
	int n;

	lin &= m->lin_mask;
	e = tlb_at(mmu_tlb(m, acc & ACC_USER), lin);
	if (((lin + (u64)size - 1) & PAGE_MASK) == tag_of(e, acc)) {
		*value = load_any(host_at(e, lin), size);
		return 0;
	}
	if (translate_parts(m, lin, (u32)size, acc, gpa) < 0)
		return -1;
	n = first_part(lin, size);
	*value = phys_load(m, gpa[0], n);
	if (n < size)
		*value |= phys_load(m, gpa[1], size - n) << 8 * n;
	return 0;
}

/* A write to a page that the TLB knows as writable but watched. */
static void store_watched(struct mmu *m, struct tlb_entry *e, lin_t lin, int size, u64 value)
{
	gpa_t gpa = physmem_home(m->pm, host_at(e, lin));

	physmem_write_ram(m->pm, gpa, &value, (u32)size);
	/* the hooks may have dropped the entry, or left nothing to watch */
	if (e->write == ((lin & PAGE_MASK) | TLB_SLOW))
		tlb_retag(m, e, gpa);
}

int mmu_store(struct mmu *m, lin_t lin, int size, enum access acc, u64 value)
{
	struct tlb_entry *e;
	lin_t page;
	gpa_t gpa[2];
	int n;

	lin &= m->lin_mask;
	acc |= ACC_WRITE;
	e = tlb_at(mmu_tlb(m, acc & ACC_USER), lin);
	page = (lin + (u64)size - 1) & PAGE_MASK;
	if (page == e->write) {
		store_any(host_at(e, lin), size, value);
		return 0;
	}
	if ((page | TLB_SLOW) == e->write) {
		store_watched(m, e, lin, size, value);
		return 0;
	}
	if (translate_parts(m, lin, (u32)size, acc, gpa) < 0)
		return -1;
	n = first_part(lin, size);
	phys_store(m, gpa[0], n, value & size_mask(n));
	if (n < size)
		phys_store(m, gpa[1], size - n, value >> 8 * n);
	return 0;
}

/* ---- probes, runs, fetches -------------------------------------------------------------- */

int mmu_probe(struct mmu *m, lin_t lin, u32 len, enum access acc)
{
	struct tlb_entry *e;
	gpa_t gpa[2];

	if (!len)
		return 0;
	lin &= m->lin_mask;
	e = tlb_at(mmu_tlb(m, acc & ACC_USER), lin);
	if (((lin + len - 1) & PAGE_MASK) == tag_of(e, acc))
		return 0;
	return translate_parts(m, lin, len, acc, gpa);
}

u8 *mmu_run_ptr(struct mmu *m, lin_t lin, enum access acc, bool *faulted)
{
	struct tlb_entry *e;
	gpa_t gpa;
	u64 tag;

	*faulted = false;
	lin &= m->lin_mask;
	e = tlb_at(mmu_tlb(m, acc & ACC_USER), lin);
	if (tag_of(e, acc) != (lin & PAGE_MASK) && mmu_translate(m, lin, acc, &gpa) < 0) {
		*faulted = true;
		return NULL;
	}
	if (acc & ACC_WRITE && e->write == ((lin & PAGE_MASK) | TLB_SLOW)) {
		gpa = physmem_home(m->pm, host_at(e, lin & PAGE_MASK));
		if (m->pm->attr[gpa / PAGE_SIZE] & PG_CLEAN)
			physmem_note_window(m->pm, gpa);
		tlb_retag(m, e, gpa);
	}
	tag = acc & ACC_WRITE ? e->write : tag_of(e, acc);
	return tag == (lin & PAGE_MASK) ? host_at(e, lin) : NULL;
}

int mmu_fetch(struct mmu *m, lin_t lin, enum access acc, struct fetch *out)
{
	const struct tlb_entry *e;

	lin &= m->lin_mask;
	acc |= ACC_EXEC;
	e = tlb_at(mmu_tlb(m, acc & ACC_USER), lin);
	if (e->exec == (lin & PAGE_MASK)) {
		tlb_kind(m, lin, acc & ACC_USER, out);
		out->host = host_at(e, lin);
		out->gpa = physmem_home(m->pm, out->host);
		if (out->gpa < PHYSMEM_TOP)
			return 0;
	}
	if (mmu_translate(m, lin, acc, &out->gpa) < 0)
		return -1;
	out->host = physmem_read_ptr(m->pm, out->gpa);
	if (out->host && physmem_home(m->pm, out->host) < PHYSMEM_TOP)
		out->gpa = physmem_home(m->pm, out->host); /* a bank of a window: code has one address */
	tlb_kind(m, lin, acc & ACC_USER, out); /* without memory there is no entry, and nothing to keep */
	return 0;
}

int mmu_peek_gpa(const struct mmu *m, lin_t lin, gpa_t *gpa)
{
	struct walk w;

	lin &= m->lin_mask;
	w.result = WALK_OK;
	w.leaf.gpa = lin;
	if (m->paging.format != PAGING_NONE)
		walk_guest(m->pm, &m->paging, lin, &w);
	if (w.result != WALK_OK)
		return -1;
	*gpa = w.leaf.gpa & m->pm->a20_mask;
	return 0;
}
