/*
 * mkrom.c - build-time host tool: pads a flat binary to the size that its option ROM header states and makes all bytes add
 * up to 0 (IBM PC option ROM convention; PCI Firmware Specification 3.0, 5.1.2).
 *
 *   mkrom INPUT OUTPUT
 */
#include <stdio.h>
#include <stdlib.h>

enum { MAX_ROM = 65536, BLOCK = 512 };

int main(int argc, char **argv)
{
	static unsigned char rom[MAX_ROM];
	unsigned sum = 0;
	size_t length, size, i;
	FILE *file;

	if (argc != 3) {
		fprintf(stderr, "usage: mkrom INPUT OUTPUT\n");
		return 2;
	}
	file = fopen(argv[1], "rb");
	if (!file) {
		perror(argv[1]);
		return 1;
	}
	length = fread(rom, 1, sizeof rom, file);
	fclose(file);
	size = (size_t)rom[2] * BLOCK;
	if (length < 3 || rom[0] != 0x55 || rom[1] != 0xAA || size == 0 || size > MAX_ROM || length >= size) {
		fprintf(stderr, "%s: no option ROM header, or longer than it says (%zu of %zu bytes)\n", argv[1], length, size);
		return 1;
	}
	for (i = 0; i < size - 1; i++)
		sum += rom[i];
	rom[size - 1] = (unsigned char)(0u - sum);
	file = fopen(argv[2], "wb");
	if (!file || fwrite(rom, 1, size, file) != size || fclose(file)) {
		perror(argv[2]);
		return 1;
	}
	return 0;
}
