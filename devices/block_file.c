/* block_file.c - raw disk images in files of the host.
 *
 * The only place below machine/ that opens files. An image that is open for
 * writing carries an exclusive lock, a read-only one a shared lock (flock(2), so
 * that two machines in one process exclude each other too): one writer, or any
 * number of readers. The lock is advisory; it keeps two emulators apart, not an
 * editor. Where the file system has no locks, the image is used without.
 *
 * A transfer that the host ends early goes on where it stopped; what cannot be
 * completed is an error for the guest, and told to the user once per image.
 *
 * Not done here: formats with a header (qcow2, VHD), compressed images, and the
 * removal of zeroed ranges (TRIM).
 */
#include "devices/block_file.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "devices/floppy_format.h"

#define CD_SECTOR 2048
#define CD_RAW_SECTOR 2352

struct block_file {
	struct block b;
	struct log *log;
	int fd;
	u8 told_read, told_write; /* the user knows */
	char path[];
};

static struct block_file *file_of(struct block *b)
{
	return CONTAINER_OF(b, struct block_file, b);
}

static int tell(struct block_file *f, u8 *told, const char *what, int error)
{
	if (!*told) {
		*told = 1;
		log_msg(f->log, LOG_ERROR, "disk", "cannot %s %s: %s (told once; the guest sees a drive error)",
		        what, f->path, strerror(error));
	}
	return -error;
}

static int file_read(struct block *b, u64 sector, u32 count, void *buf)
{
	struct block_file *f = file_of(b);
	off_t at = (off_t)(sector * SECTOR_SIZE);
	size_t left = (size_t)count * SECTOR_SIZE;
	char *p = buf;
	while (left) {
		ssize_t n = pread(f->fd, p, left, at);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) /* 0: somebody made the file shorter */
			return tell(f, &f->told_read, "read", n < 0 ? errno : EIO);
		p += n;
		at += n;
		left -= (size_t)n;
	}
	return 0;
}

static int file_write(struct block *b, u64 sector, u32 count, const void *buf)
{
	struct block_file *f = file_of(b);
	off_t at = (off_t)(sector * SECTOR_SIZE);
	size_t left = (size_t)count * SECTOR_SIZE;
	const char *p = buf;
	while (left) {
		ssize_t n = pwrite(f->fd, p, left, at);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return tell(f, &f->told_write, "write", n < 0 ? errno : ENOSPC);
		p += n;
		at += n;
		left -= (size_t)n;
	}
	return 0;
}

static int file_flush(struct block *b)
{
	struct block_file *f = file_of(b);
	if (b->read_only || fdatasync(f->fd) == 0)
		return 0;
	if (errno == EINVAL || errno == EROFS) /* nothing to synchronise there */
		return 0;
	return tell(f, &f->told_write, "write", errno);
}

static void file_close(struct block *b)
{
	struct block_file *f = file_of(b);
	close(f->fd); /* the lock goes with it */
	free(f);
}

static const struct block_ops file_ops = {file_read, file_write, file_flush, file_close};

static struct block_file *new_file(int fd, const char *path, struct log *log)
{
	size_t len = strlen(path) + 1;
	struct block_file *f = calloc(1, sizeof *f + len);
	if (!f)
		return NULL;
	memcpy(f->path, path, len);
	f->fd = fd;
	f->log = log;
	f->b.ops = &file_ops;
	f->b.name = f->path;
	return f;
}

static int open_image(const char *path, unsigned flags, bool *read_only)
{
	int fd = -1;
	*read_only = (flags & (BLOCK_READ_ONLY | BLOCK_CDROM)) != 0;
	if (!*read_only) {
		/* not blocking: a FIFO must not hold up the program */
		fd = open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK);
		if (fd < 0 && (errno == EACCES || errno == EROFS || errno == EPERM))
			*read_only = true;
	}
	if (*read_only)
		fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	return fd;
}

/* Returns what is wrong with the size, or NULL. */
static const char *check_size(u64 size, unsigned flags)
{
	if (size == 0)
		return "it is empty";
	if (flags & BLOCK_FLOPPY)
		return size % SECTOR_SIZE == 0 && floppy_format_by_sectors(size / SECTOR_SIZE)
		               ? NULL
		               : "its size is not that of a floppy (160K, 180K, 320K, 360K, 720K, 1.2M, 1.44M or 2.88M)";
	if (flags & BLOCK_CDROM)
		return size < CD_SECTOR ? "it is smaller than one sector of a CD (2048 bytes)"
		       : size % CD_SECTOR && size % CD_RAW_SECTOR == 0 ? "it seems to have raw sectors of 2352 bytes; a CD image has 2048"
		                                                       : NULL;
	return size % SECTOR_SIZE == 0 ? NULL : "its size is not a multiple of 512 bytes";
}

/* Checks and locks the open file. Returns what is wrong, or NULL and its size. */
static const char *examine(int fd, bool read_only, unsigned flags, u64 *size)
{
	struct stat st;
	if (fstat(fd, &st) < 0)
		return strerror(errno);
	if (S_ISDIR(st.st_mode))
		return "it is a directory";
	if (!S_ISREG(st.st_mode) && !S_ISBLK(st.st_mode))
		return "it is neither a file nor a block device";
	off_t end = lseek(fd, 0, SEEK_END);
	if (end < 0)
		return strerror(errno);
	*size = (u64)end;
	const char *wrong = check_size(*size, flags);
	if (wrong)
		return wrong;
	if (flock(fd, (read_only ? LOCK_SH : LOCK_EX) | LOCK_NB) < 0 && errno == EWOULDBLOCK)
		return read_only ? "another machine is writing to it" : "another machine has it in use";
	return NULL;
}

static const char *open_error(int error)
{
	if (error == EISDIR)
		return "it is a directory";
	return strerror(error);
}

struct block *block_file_open(const char *path, unsigned flags, struct log *log, char *error)
{
	bool read_only;
	u64 size = 0;
	int fd = open_image(path, flags, &read_only);
	if (fd < 0) {
		snprintf(error, BLOCK_ERROR_SIZE, "cannot open %s: %s", path, open_error(errno));
		return NULL;
	}
	const char *wrong = examine(fd, read_only, flags, &size);
	struct block_file *f = wrong ? NULL : new_file(fd, path, log);
	if (!f) {
		snprintf(error, BLOCK_ERROR_SIZE, "cannot use %s: %s", path, wrong ? wrong : "out of memory");
		close(fd);
		return NULL;
	}
	f->b.sectors = size / SECTOR_SIZE;
	f->b.read_only = read_only;
	return &f->b;
}

static int open_scratch(const char *dir)
{
	char path[4096];
	if (!dir || snprintf(path, sizeof path, "%s/tandem-scratch-XXXXXX", dir) >= (int)sizeof path)
		return -1;
	int fd = mkstemp(path);
	if (fd >= 0) {
		unlink(path);
		fcntl(fd, F_SETFD, FD_CLOEXEC);
	}
	return fd;
}

struct block *block_file_scratch(u64 sectors, struct log *log, char *error)
{
	const char *const dirs[] = {getenv("TMPDIR"), "/var/tmp", "/tmp"};
	int fd = -1;
	errno = ENOENT;
	for (size_t i = 0; i < ARRAY_LEN(dirs) && fd < 0; i++)
		fd = open_scratch(dirs[i]);
	if (fd < 0 || ftruncate(fd, (off_t)(sectors * SECTOR_SIZE)) < 0) {
		snprintf(error, BLOCK_ERROR_SIZE, "cannot create a scratch file: %s", strerror(errno));
		if (fd >= 0)
			close(fd);
		return NULL;
	}
	struct block_file *f = new_file(fd, "the scratch file of a snapshot disk", log);
	if (!f) {
		snprintf(error, BLOCK_ERROR_SIZE, "cannot create a scratch file: out of memory");
		close(fd);
		return NULL;
	}
	f->b.sectors = sectors;
	return &f->b;
}
