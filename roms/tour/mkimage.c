/*
 * mkimage.c - build-time host tool: puts boot sector and tour into a 360 KB floppy image with an empty FAT12 file system.
 *
 *   mkimage BOOT TOUR OUTPUT
 *
 * The tour lies in the reserved sectors, whose number the boot sector states (offset 0Eh). Microsoft FAT specification
 * 1.03: FAT[0] repeats the media byte, the volume label is a root directory entry with attribute 08h.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SECTOR = 512, SECTORS = 720, FAT_SECTORS = 2, LOAD_COUNT = 0x1FC };

static unsigned char image[SECTORS * SECTOR];

static size_t file_read(const char *path, unsigned char *to, size_t room)
{
	FILE *file = fopen(path, "rb");
	size_t length;

	if (!file) {
		perror(path);
		exit(1);
	}
	length = fread(to, 1, room, file);
	if (fgetc(file) != EOF) {
		fprintf(stderr, "%s: longer than %zu bytes\n", path, room);
		exit(1);
	}
	fclose(file);
	return length;
}

int main(int argc, char **argv)
{
	unsigned reserved, loaded, i;
	unsigned char *fat;
	FILE *out;

	if (argc != 4) {
		fprintf(stderr, "usage: mkimage BOOT TOUR OUTPUT\n");
		return 2;
	}
	file_read(argv[1], image, SECTOR);
	reserved = image[0x0E] | (unsigned)image[0x0F] << 8;
	loaded = (unsigned)((file_read(argv[2], image + SECTOR, (size_t)(reserved - 1) * SECTOR) + SECTOR - 1) / SECTOR);
	image[LOAD_COUNT] = (unsigned char)loaded;
	image[LOAD_COUNT + 1] = (unsigned char)(loaded >> 8);
	fat = image + (size_t)reserved * SECTOR;
	for (i = 0; i < 2; i++, fat += FAT_SECTORS * SECTOR) {
		fat[0] = 0xFD;
		fat[1] = fat[2] = 0xFF;
	}
	memcpy(fat, "TOUR       \x08", 12);
	out = fopen(argv[3], "wb");
	if (!out || fwrite(image, 1, sizeof image, out) != sizeof image || fclose(out)) {
		perror(argv[3]);
		return 1;
	}
	return 0;
}
