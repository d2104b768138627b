/* pixels.c - what is in a picture, for tests in shell: `pixels F.png X,Y ...` prints its size and the colours at these
 * places, as "720x400 000000 aa5500". Places outside are "outside". Status 1 when there is no such picture.
 */
#include <png.h>
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
	png_image image = {.version = PNG_IMAGE_VERSION};
	if (argc < 2 || !png_image_begin_read_from_file(&image, argv[1])) {
		fprintf(stderr, "%s: %s\n", argc < 2 ? "usage: pixels F.png X,Y ..." : argv[1], image.message);
		return 1;
	}
	image.format = PNG_FORMAT_RGB;
	png_bytep pixels = malloc(PNG_IMAGE_SIZE(image));
	if (!pixels || !png_image_finish_read(&image, NULL, pixels, 0, NULL)) {
		fprintf(stderr, "%s: %s\n", argv[1], pixels ? image.message : "not enough memory");
		png_image_free(&image);
		free(pixels);
		return 1;
	}
	printf("%ux%u", (unsigned)image.width, (unsigned)image.height);
	for (int i = 2; i < argc; i++) {
		unsigned x, y;
		if (sscanf(argv[i], "%u,%u", &x, &y) != 2 || x >= image.width || y >= image.height) {
			printf(" outside");
			continue;
		}
		png_bytep p = pixels + 3 * ((size_t)y * image.width + x);
		printf(" %02x%02x%02x", p[0], p[1], p[2]);
	}
	putchar('\n');
	free(pixels);
	return 0;
}
