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

static bool is_map(const char *file)
{
	return !strncmp(file, "map_", 4);
}

static bool is_next(const char *file)
{
	return !strncmp(file, PINS_NEXT, strlen(PINS_NEXT));
}

static bool is_ours(const char *file)
{
	return !strcmp(file, "link") || !strcmp(file, "program") || is_map(file) || is_next(file);
}

typedef int file_fn(const char *dir, const char *file);

/* Do something to each file in a directory that is @wanted. */
static int for_files(const char *dir, bool (*wanted)(const char *file), file_fn *fn)
{
	struct dirent *entry;
	int err = 0;
	DIR *stream;

	stream = opendir(dir);
	if (!stream)
		return -errno;
	while (!err && (entry = readdir(stream)))
		if (wanted(entry->d_name))
			err = fn(dir, entry->d_name);
	closedir(stream);
	return err;
}

static int remove_file(const char *dir, const char *file)
{
	char path[PATH_MAX + 256];

	snprintf(path, sizeof(path), "%s/%s", dir, file);
	return unlink(path) && errno != ENOENT ? -errno : 0;
}

static int remove_unless_next(const char *dir, const char *file)
{
	char next[PATH_MAX + 256 + sizeof(PINS_NEXT)];

	snprintf(next, sizeof(next), "%s/" PINS_NEXT "%s", dir, file);
	return access(next, F_OK) ? remove_file(dir, file) : 0;
}

static int rename_next(const char *dir, const char *file)
{
	char from[PATH_MAX + 256], to[PATH_MAX + 256];

	snprintf(from, sizeof(from), "%s/%s", dir, file);
	snprintf(to, sizeof(to), "%s/%s", dir, file + strlen(PINS_NEXT));
	return rename(from, to) ? -errno : 0;
}

int pins_commit_next(const char *policy)
{
	char path[PATH_MAX];
	int err;

	pins_path(path, policy, "", "");
	err = for_files(path, is_map, remove_unless_next);
	return err ? err : for_files(path, is_next, rename_next);
}

int pins_drop_next(const char *policy)
{
	char path[PATH_MAX];

	pins_path(path, policy, "", "");
	return for_files(path, is_next, remove_file);
}

int pins_remove(const char *policy)
{
	char path[PATH_MAX];
	int err;

	pins_path(path, policy, "link", "");
	if (unlink(path) && errno != ENOENT)
		return -errno;
	pins_path(path, policy, "", "");
	err = for_files(path, is_ours, remove_file);
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
