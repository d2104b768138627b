/* drives.c - image files into drives, at the start and while running. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "devices/block_file.h"
#include "devices/block_overlay.h"
#include "devices/block_memory.h"
#include "machine/pc.h"
#include "roms/roms.h"

static struct block *open_image(struct machine *m, const char *path, unsigned flags, char *error)
{
	struct block *b = block_file_open(path, flags | (m->config.snapshot ? BLOCK_READ_ONLY : 0), &m->log, error);
	if (!b || !m->config.snapshot)
		return b;
	struct block *store = block_file_scratch(b->sectors, &m->log, error);
	if (!store) {
		block_close(b);
		return NULL;
	}
	struct block *o = block_overlay_new(b, store);
	if (!o)
		snprintf(error, MACHINE_ERROR, "%s: not enough memory for an overlay", path);
	return o;
}

static struct block *open_cd(struct machine *m, const char *path, char *error)
{
	return block_file_open(path, BLOCK_CDROM, &m->log, error);
}

static void name_machine(struct machine *m)
{
	const char *name = m->cd ? m->cd->name : "no disk";
	for (int i = MACHINE_DISKS - 1; i >= 0; i--)
		if (m->disk[i])
			name = m->disk[i]->name;
	for (int i = MACHINE_FLOPPIES - 1; i >= 0; i--)
		if (m->floppy[i])
			name = m->floppy[i]->name;
	if (m->config.kernel)
		name = m->config.kernel;
	const char *slash = strrchr(name, '/');
	snprintf(m->title, sizeof m->title, "%s", slash ? slash + 1 : name);
}

int pc_open_drives(struct machine *m, char *error)
{
	for (int i = 0; i < MACHINE_FLOPPIES; i++)
		if (m->config.floppy[i]) {
			m->floppy[i] = open_image(m, m->config.floppy[i], BLOCK_FLOPPY, error);
			if (!m->floppy[i])
				return -1;
		}
	if (m->config.builtin_tour && !m->floppy[0]) {
		m->floppy[0] = block_memory_new("the tour", rom_tour, (u64)(rom_tour_end - rom_tour));
		if (!m->floppy[0]) {
			snprintf(error, MACHINE_ERROR, "the tour: not enough memory");
			return -1;
		}
	}
	for (int i = 0; i < MACHINE_DISKS; i++)
		if (m->config.disk[i]) {
			m->disk[i] = open_image(m, m->config.disk[i], 0, error);
			if (!m->disk[i])
				return -1;
		}
	if (m->config.cdrom) {
		m->cd = open_cd(m, m->config.cdrom, error);
		if (!m->cd)
			return -1;
	}
	name_machine(m);
	return 0;
}

void pc_close_drives(struct machine *m)
{
	for (int i = 0; i < MACHINE_FLOPPIES; i++)
		block_close(m->floppy[i]);
	for (int i = 0; i < MACHINE_DISKS; i++)
		block_close(m->disk[i]);
	block_close(m->cd);
}

/* ---- while running ------------------------------------------------------------------------------------ */

static int no_drive(char *error, const char *path)
{
	snprintf(error, MACHINE_ERROR, "%.400s: there is no such drive", path);
	return -1;
}

static int take_cd_out(struct machine *m, char *error)
{
	if (!atapi_eject(&m->cdrom, false)) {
		snprintf(error, MACHINE_ERROR, "the guest has locked the CD-ROM drive");
		return -1;
	}
	block_close(m->cd);
	m->cd = NULL;
	return 0;
}

static int insert_cd(struct machine *m, const char *path, char *error)
{
	if (!m->cdrom.drive)
		return no_drive(error, path);
	struct block *b = open_cd(m, path, error);
	if (!b)
		return -1;
	if (m->cd && take_cd_out(m, error)) {
		block_close(b);
		return -1;
	}
	m->cd = b;
	atapi_insert(&m->cdrom, b);
	return 0;
}

static void take_floppy_out(struct machine *m, int drive)
{
	if (!m->floppy[drive])
		return;
	fdc_eject(&m->fdc, drive);
	block_close(m->floppy[drive]);
	m->floppy[drive] = NULL;
}

static int insert_floppy(struct machine *m, int drive, const char *path, char *error)
{
	struct block *b = open_image(m, path, BLOCK_FLOPPY, error);
	if (!b)
		return -1;
	take_floppy_out(m, drive);
	if (!fdc_insert(&m->fdc, drive, b)) {
		block_close(b);
		return no_drive(error, path);
	}
	m->floppy[drive] = b;
	return 0;
}

int machine_insert(struct machine *m, int drive, const char *path, char *error)
{
	int result;
	if (drive == MACHINE_CDROM)
		result = insert_cd(m, path, error);
	else if (drive >= 0 && drive < MACHINE_FLOPPIES)
		result = insert_floppy(m, drive, path, error);
	else
		result = no_drive(error, path);
	name_machine(m);
	return result;
}

int machine_eject(struct machine *m, int drive, char *error)
{
	int result = 0;
	if (drive == MACHINE_CDROM)
		result = m->cdrom.drive ? take_cd_out(m, error) : no_drive(error, "CD-ROM");
	else if (drive >= 0 && drive < MACHINE_FLOPPIES)
		take_floppy_out(m, drive);
	name_machine(m);
	return result;
}
