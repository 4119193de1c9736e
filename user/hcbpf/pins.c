// SPDX-License-Identifier: GPL-2.0-only
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "output.h"
#include "pins.h"

static void replace(char *text, char from, char to)
{
	while ((text = strchr(text, from)))
		*text = to;
}

void pins_path(char path[PATH_MAX], const char *policy, const char *prefix, const char *item)
{
	int len = snprintf(path, PATH_MAX, "%s/%s", PINS_ROOT, policy);

	replace(path + strlen(PINS_ROOT), '.', ':');
	if (!prefix[0] && !item[0])
		return;
	snprintf(path + len, PATH_MAX - len, "/%s%s", prefix, item);
	replace(path + len, '.', '_');
}

bool pins_exist(const char *policy)
{
	char path[PATH_MAX];

	pins_path(path, policy, "", "");
	return !access(path, F_OK);
}

static int make_directory(const char *path)
{
	return mkdir(path, 0700) && errno != EEXIST ? -errno : 0;
}

int pins_lock(void)
{
	int fd, err;

	err = make_directory(PINS_ROOT);
	if (err)
		return err;
	fd = open(PINS_ROOT, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (!flock(fd, LOCK_EX))
		return fd;
	err = -errno;
	close(fd);
	return err;
}

int pins_create(const char *policy)
{
	char path[PATH_MAX];
	int err;

	/* Pins of a policy that is no longer loaded, whatever ended it. */
	if (pins_exist(policy)) {
		err = pins_remove(policy);
		if (err)
			return err == -ENOTEMPTY ? -EEXIST : err;
	}
	pins_path(path, policy, "", "");
	return make_directory(path);
}

static bool is_ours(const char *file)
{
	return !strcmp(file, "link") || !strcmp(file, "program") || !strncmp(file, "map_", 4);
}

static int remove_files(const char *path)
{
	char file[PATH_MAX + 256];
	struct dirent *entry;
	int err = 0;
	DIR *dir;

	dir = opendir(path);
	if (!dir)
		return -errno;
	while (!err && (entry = readdir(dir))) {
		if (!is_ours(entry->d_name))
			continue;
		snprintf(file, sizeof(file), "%s/%s", path, entry->d_name);
		if (unlink(file) && errno != ENOENT)
			err = -errno;
	}
	closedir(dir);
	return err;
}

int pins_remove(const char *policy)
{
	char path[PATH_MAX];
	int err;

	pins_path(path, policy, "link", "");
	if (unlink(path) && errno != ENOENT)
		return -errno;
	pins_path(path, policy, "", "");
	err = remove_files(path);
	if (err)
		return err;
	return rmdir(path) ? -errno : 0;
}

struct json_object *pins_list(const char *policy)
{
	struct json_object *list = json_object_new_array();
	struct dirent *entry;
	char path[PATH_MAX];
	DIR *dir;

	pins_path(path, policy, "", "");
	dir = opendir(path);
	if (!dir)
		return list;
	while ((entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			list_text(list, entry->d_name);
	closedir(dir);
	return list;
}
