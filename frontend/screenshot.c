/* screenshot.c - PNG files by libpng: the frame as rendered, its pixel shape in pHYs.
 *
 * The file appears complete or not at all: it is written under another name first. What is
 * there and no plain file (a device, a pipe, a link) is written to, not replaced.
 */
#include "frontend/screenshot.h"

#include <errno.h>
#include <png.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "frontend/options.h"
#include "machine/runner.h"

static int fail(char *why, const char *reason)
{
	snprintf(why, OPTIONS_ERROR, "%s", reason);
	return -1;
}

/* libpng must not write to stderr itself. */
static void on_error(png_structp png, png_const_charp text)
{
	(void)text;
	png_longjmp(png, 1);
}

static void on_warning(png_structp png, png_const_charp text)
{
	(void)png, (void)text;
}

static void write_rows(png_structp png, const struct frame *f, u8 *row)
{
	for (int y = 0; y < f->height; y++) {
		const u32 *p = f->pixels + (size_t)y * (size_t)f->stride_pixels;
		for (int x = 0; x < f->width; x++) {
			row[3 * x] = (u8)(p[x] >> 16);
			row[3 * x + 1] = (u8)(p[x] >> 8);
			row[3 * x + 2] = (u8)p[x];
		}
		png_write_row(png, row);
	}
}

static int encode(const struct frame *f, FILE *file)
{
	u8 *row = malloc((size_t)f->width * 3);
	png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, on_error, on_warning);
	png_infop info = png ? png_create_info_struct(png) : NULL;
	int result = -1;
	if (info && row && !setjmp(png_jmpbuf(png))) {
		png_init_io(png, file);
		png_set_IHDR(png, info, (u32)f->width, (u32)f->height, 8, PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE,
		             PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
		if (f->par_num > 0 && f->par_den > 0) /* pixels per unit: the inverse of their shape */
			png_set_pHYs(png, info, (u32)f->par_den, (u32)f->par_num, PNG_RESOLUTION_UNKNOWN);
		png_write_info(png, info);
		write_rows(png, f, row);
		png_write_end(png, NULL);
		result = 0;
	}
	png_destroy_write_struct(&png, &info);
	free(row);
	return result;
}

static bool is_special(const char *path)
{
	struct stat st;
	return !lstat(path, &st) && !S_ISREG(st.st_mode);
}

int screenshot_write(const struct frame *f, const char *path, char *why)
{
	char part[1024];
	bool direct = is_special(path);
	if (f->width < 1 || f->height < 1)
		return fail(why, "there is no picture yet");
	if (snprintf(part, sizeof part, "%s%s", path, direct ? "" : ".part") >= (int)sizeof part)
		return fail(why, strerror(ENAMETOOLONG));
	FILE *file = fopen(part, "wb");
	if (!file)
		return fail(why, strerror(errno));
	int result = encode(f, file), error = errno;
	if (fclose(file) && !result) {
		result = -1;
		error = errno;
	}
	if (!result && !direct && rename(part, path)) {
		result = -1;
		error = errno;
	}
	if (!result)
		return 0;
	if (!direct)
		unlink(part);
	return fail(why, error ? strerror(error) : "cannot be written");
}

int screenshot_machine(struct machine *m, const char *path, char *why)
{
	struct frame f = {.stride_pixels = RUNNER_MAX_WIDTH, .max_width = RUNNER_MAX_WIDTH, .max_height = RUNNER_MAX_HEIGHT};
	f.pixels = calloc((size_t)RUNNER_MAX_WIDTH * RUNNER_MAX_HEIGHT, sizeof *f.pixels);
	if (!f.pixels)
		return fail(why, "not enough memory");
	machine_render(m, &f);
	int result = screenshot_write(&f, path, why);
	free(f.pixels);
	return result;
}

int screenshot_numbered(const struct frame *f, char *path, char *why)
{
	for (int i = 1; i < 1000; i++) {
		snprintf(path, 32, "tandem-%03d.png", i);
		if (access(path, F_OK))
			return screenshot_write(f, path, why);
	}
	return fail(why, "there are 999 screenshots already");
}
