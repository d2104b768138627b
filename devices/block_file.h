/* block_file.h - raw image files; see block_file.c. */
#ifndef DEVICES_BLOCK_FILE_H
#define DEVICES_BLOCK_FILE_H

#include "base/log.h"
#include "devices/block.h"

enum block_file_flags {
	BLOCK_READ_ONLY = 1, /* do not even try to open for writing; shares the image with other readers */
	BLOCK_FLOPPY = 2,    /* the size must be one of the floppy formats (floppy_format.h) */
	BLOCK_CDROM = 4,     /* sectors of 2048 bytes (what is left over is not used); implies BLOCK_READ_ONLY */
};

#define BLOCK_ERROR_SIZE 512

/* Opens an image, for writing where the file's permissions allow it. On failure
 * NULL, and `error` (BLOCK_ERROR_SIZE bytes) is one sentence that names the file
 * and the reason. `log` hears about the first read and the first write error.
 * A write beyond RLIMIT_FSIZE is an error like any other only if the program
 * ignores SIGXFSZ. */
struct block *block_file_open(const char *path, unsigned flags, struct log *log, char *error);

/* An empty, unnamed scratch file of that many sectors, all zero, in $TMPDIR or
 * /var/tmp or /tmp; it takes host disk space only for what is written. */
struct block *block_file_scratch(u64 sectors, struct log *log, char *error);

#endif
