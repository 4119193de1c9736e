/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef FILE_H
#define FILE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Read a regular file of at most @max bytes; a NUL follows the last one. To be
 * freed. 0 or a negative errno: -EISDIR, -EINVAL (not a regular file), -EFBIG
 * and those of open() and read().
 */
int file_read(const char *file, size_t max, char **copy, size_t *size);

/* The same, and "-" is standard input, whatever that is. */
int file_read_or_stdin(const char *file, size_t max, char **copy, size_t *size);

/* Has the file a line that begins with @start and has @text in it? Not if it cannot be read. */
bool file_has_line(const char *file, const char *start, const char *text);

/* What such an error means. */
const char *file_error(int err);

/*
 * The mode of a file that is new: for its owner alone; as the umask has it; or for all to
 * read, whatever the umask. The last is for directories that others may write to: what was
 * there goes, with its owner and mode, and a symbolic link is not followed but replaced.
 */
enum file_mode { FILE_PRIVATE, FILE_SHARED, FILE_PUBLIC };

/*
 * Write a file, "-" being standard output. A regular file appears whole, in place of the
 * old one, or not at all; it keeps owner, mode and ACL of the old one, and symbolic links
 * are followed. Anything else, a device or a FIFO, is written to. On failure say why and
 * return the exit status.
 */
int file_write(const char *file, enum file_mode mode, const char *text, size_t size);

#endif /* FILE_H */
