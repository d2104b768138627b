/* describe.c - a page walk in words, for the post-mortem. No side effect on the guest. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "mmu/walk.h"

struct text {
	char *at;
	size_t left;
};

static void __attribute__((format(printf, 2, 3))) say(struct text *t, const char *fmt, ...)
{
	va_list ap;
	int n;

	if (!t->left)
		return;
	va_start(ap, fmt);
	n = vsnprintf(t->at, t->left, fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= t->left) {
		t->left = 0;
		return;
	}
	t->at += n;
	t->left -= (size_t)n;
}

static void say_entry(struct text *t, const struct paging *p, const struct walk *w, int level)
{
	static const char *const names[] = {"", "PTE", "PDE", "PDPTE", "PML4E"};
	u64 e = w->step[level].gpte;
	/* the latched PDPTEs of PAE have no rights */
	bool has_rights = !(level == 3 && p->format == PAGING_PAE);

	say(t, "%-5s at %08" PRIx64 ": %0*" PRIx64, names[level], w->step[level].gpa, p->format == PAGING_32 ? 8 : 16, e);
	if (!(e & PTE_P)) {
		say(t, " not present\n");
		return;
	}
	if (has_rights)
		say(t, " %s %s%s%s%s%s%s", e & PTE_W ? "writable" : "read-only", e & PTE_U ? "user" : "supervisor",
		    e & PTE_A ? " A" : "", e & PTE_D ? " D" : "", e & PTE_G ? " G" : "",
		    level > 1 && e & PTE_PS ? " PS" : "", e & PTE_NX ? " NX" : "");
	if (w->result == WALK_RESERVED && level == w->level)
		say(t, " reserved bits set");
	say(t, "\n");
}

void mmu_describe_walk(const struct mmu *m, lin_t lin, char *text, size_t size)
{
	static const char *const formats[] = {"paging off", "32-bit paging", "PAE paging", "4-level paging"};
	const struct paging *p = &m->paging;
	struct text t = {text, size};
	struct walk w;

	lin &= m->lin_mask;
	if (size)
		text[0] = '\0';
	say(&t, "linear %08" PRIx64 ", %s", lin, formats[p->format]);
	if (p->format == PAGING_NONE) {
		say(&t, "\n-> gpa %08" PRIx64 "\n", lin & m->pm->a20_mask);
		return;
	}
	say(&t, ", CR3 %08" PRIx64 "%s\n", m->cr3, m->cr0 & CR0_WP ? ", WP" : "");
	walk_guest(m->pm, p, lin, &w);
	for (int level = p->format == PAGING_PAE ? 3 : p->levels; level >= w.level; level--)
		say_entry(&t, p, &w, level);
	if (w.result == WALK_OK)
		say(&t, "-> gpa %08" PRIx64 " (%s)\n", w.leaf.gpa & m->pm->a20_mask,
		    physmem_write_ptr(m->pm, w.leaf.gpa & m->pm->a20_mask)  ? "RAM"
		    : physmem_read_ptr(m->pm, w.leaf.gpa & m->pm->a20_mask) ? "ROM"
									     : "a hole");
}
