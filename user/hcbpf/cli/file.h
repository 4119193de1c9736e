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

/* Has the file a line that begins with @start and has @text in it? Not if it cannot be read. */
bool file_has_line(const char *file, const char *start, const char *text);

/* What such an error means. */
const char *file_error(int err);

/* Write a file that appears whole, in place of one that is there, or not at all. */
int file_write(const char *file, const char *text, size_t size);

#endif /* FILE_H */
