/* video.c - the display adapter's memory in the machine's address space, and pictures.
 *
 *   VRAM (a window of physmem) ── BAR 0 ──> E0000000 or wherever the guest puts it
 *                              └─ pages of A0000-BFFFF whose accesses are plain at present (vga_direct)
 *
 * What is not plain leaves as an MMIO exit. Plain writes come by once a page after each machine_picture_id, so that the
 * picture's number changes with the first of them, and an idle screen costs nothing.
 */
#include "cpu/block.h"
#include "machine/pc.h"

static void hide_legacy(struct machine *m)
{
	physmem_map_low(&m->ram, VGA_WINDOW, VGA_WINDOW_SIZE, LOW_HOLE, LOW_HOLE, NULL);
}

void pc_show_vga(struct machine *m)
{
	const struct physmem_window *w = &m->ram.window[m->vram];
	if (m->smram_open)
		return;
	hide_legacy(m);
	for (u32 gpa = VGA_WINDOW; w->len == w->size && gpa < VGA_WINDOW + VGA_WINDOW_SIZE; gpa += PAGE_SIZE) {
		const u8 *page = vga_direct(&m->vga, gpa);
		if (page)
			physmem_map_bank(&m->ram, gpa, PAGE_SIZE, w->base + (u64)(page - w->host));
	}
	mmu_flush_pages(&m->mmu);
}

static void map_changed(void *opaque)
{
	pc_show_vga(opaque);
}

/* Code may have been decoded from the memory at its old place. */
static void lfb_moved(void *opaque, u64 base, u64 size)
{
	struct machine *m = opaque;
	if (!m->smram_open)
		hide_legacy(m);
	physmem_move_window(&m->ram, m->vram, base, size);
	mmu_flush_all(&m->mmu);
	code_flush(&m->cpu);
	pc_show_vga(m);
}

static void vram_written(void *opaque, gpa_t gpa)
{
	struct machine *m = opaque;
	(void)gpa;
	m->vram_dirty = true;
	vga_touch(&m->vga);
}

void pc_wire_video(struct machine *m)
{
	m->ram.hooks.window_opaque = m->vga.lfb_opaque = m->vga.map_opaque = m;
	m->ram.hooks.window_written = vram_written;
	m->vga.lfb_moved = lfb_moved;
	m->vga.map_changed = map_changed;
}

bool machine_render(struct machine *m, struct frame *f)
{
	return vga_render(&m->vga, f);
}

u64 machine_picture_id(struct machine *m)
{
	if (m->vram_dirty) {
		m->vram_dirty = false;
		mmu_watch_window(&m->mmu, m->vram);
	}
	return vga_picture_id(&m->vga);
}
