/* roms.h - the images that are built into the program (roms/embed.S). */
#ifndef ROMS_ROMS_H
#define ROMS_ROMS_H

#include "base/types.h"

extern const u8 rom_bios[], rom_bios_end[];
extern const u8 rom_vgabios[], rom_vgabios_end[];
extern const u8 rom_loader[], rom_loader_end[];
extern const u8 rom_tour[], rom_tour_end[];

#endif
