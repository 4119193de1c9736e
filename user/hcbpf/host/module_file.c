// SPDX-License-Identifier: GPL-2.0-only
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/module_file.h"

/* What scripts/sign-file of the kernel puts at a module's end. */
#define SIGNATURE_END "~Module signature appended~\n"

/* "extra/hcbpf.ko.xz: ...": the path if the line is about our module; depmod's index has both. */
static bool is_ours(char *line)
{
	char *colon = strchr(line, ':'), *name;

	if (!colon)
		return false;
	*colon = '\0';
	name = strrchr(line, '/');
	name = name ? name + 1 : line;
	return !strncmp(name, "hcbpf.ko", 8) && (!name[8] || name[8] == '.');
}

static bool find_path(const char *release, char path[PATH_MAX])
{
	char dir[128], *line = NULL;
	bool found = false;
	size_t size = 0;
	FILE *index;

	snprintf(dir, sizeof(dir), "/lib/modules/%.80s", release);
	snprintf(path, PATH_MAX, "%s/modules.dep", dir);
	index = fopen(path, "re");
	while (index && !found && getline(&line, &size, index) > 0)
		found = is_ours(line);
	if (found)
		snprintf(path, PATH_MAX, "%s%s%.3800s", line[0] == '/' ? "" : dir,
			 line[0] == '/' ? "" : "/", line);
	free(line);
	if (index)
		fclose(index);
	return found;
}

static enum module_signature signature_of(const char *path)
{
	char end[sizeof(SIGNATURE_END) - 1];
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	bool read_it = false;
	struct stat st;

	if (fd < 0)
		return MODULE_SIGNATURE_UNKNOWN;
	if (!fstat(fd, &st) && st.st_size > (off_t)sizeof(end))
		read_it = pread(fd, end, sizeof(end), st.st_size - sizeof(end)) == sizeof(end);
	close(fd);
	if (!read_it || strcmp(path + strlen(path) - 3, ".ko"))
		return MODULE_SIGNATURE_UNKNOWN;
	return memcmp(end, SIGNATURE_END, sizeof(end)) ? MODULE_NOT_SIGNED : MODULE_SIGNED;
}

bool module_file_find(const char *release, struct module_file *file)
{
	if (!find_path(release, file->path))
		return false;
	/* An index may be older than what it lists. */
	if (access(file->path, F_OK))
		return false;
	file->signature = signature_of(file->path);
	return true;
}
