// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/file.h"

static int read_all(int fd, char *to, size_t size)
{
	ssize_t n;

	for (; size; to += n, size -= n) {
		n = read(fd, to, size);
		if (n <= 0)
			return n ? -errno : -EIO;
	}
	return 0;
}

int file_read(const char *file, size_t max, char **copy, size_t *size)
{
	struct stat st;
	int fd, err;

	*copy = NULL;
	fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return -errno;
	err = fstat(fd, &st) ? -errno : 0;
	if (!err && !S_ISREG(st.st_mode))
		err = S_ISDIR(st.st_mode) ? -EISDIR : -EINVAL;
	if (!err && (size_t)st.st_size > max)
		err = -EFBIG;
	if (!err) {
		*size = st.st_size;
		*copy = calloc(1, *size + 1);
		err = *copy ? read_all(fd, *copy, *size) : -ENOMEM;
	}
	close(fd);
	if (err) {
		free(*copy);
		*copy = NULL;
	}
	return err;
}

/* A pipe does not say how much there is. */
static int read_stream(int fd, size_t max, char **copy, size_t *size)
{
	size_t room = 0;
	ssize_t n;
	char *more;

	for (*size = 0;; *size += n) {
		if (*size == room) {
			room = room ? 2 * room : 65536;
			more = realloc(*copy, room + 1);
			if (!more)
				return -ENOMEM;
			*copy = more;
		}
		n = read(fd, *copy + *size, room - *size);
		if (n <= 0)
			break;
		if (*size + n > max)
			return -EFBIG;
	}
	(*copy)[*size] = '\0';
	return n ? -errno : 0;
}

int file_read_or_stdin(const char *file, size_t max, char **copy, size_t *size)
{
	int err;

	if (strcmp(file, "-"))
		return file_read(file, max, copy, size);
	*copy = NULL;
	err = read_stream(STDIN_FILENO, max, copy, size);
	if (err) {
		free(*copy);
		*copy = NULL;
	}
	return err;
}

bool file_has_line(const char *file, const char *start, const char *text)
{
	FILE *stream = fopen(file, "re");
	bool found = false;
	char *line = NULL;
	size_t size = 0;

	while (stream && !found && getline(&line, &size, stream) > 0)
		found = !strncmp(line, start, strlen(start)) && strstr(line, text);
	free(line);
	if (stream)
		fclose(stream);
	return found;
}

const char *file_error(int err)
{
	return err == -EINVAL ? "it is not a regular file" : strerror(-err);
}
