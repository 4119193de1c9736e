// SPDX-License-Identifier: GPL-2.0-only
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>
#include <bpf/bpf.h>

#include "bpf/bpffs.h"
#include "bpf/pins.h"
#include "cli/output.h"

#define ROOT_NAME "hcbpf"

#define LOCK_WAIT_MS 20000
#define LOCK_SAY_MS 2000
#define LOCK_STEP_MS 20

#define FLAG_PATH_FD (1U << 14) /* BPF_F_PATH_FD, which headers before Linux 6.5 lack */

static void replace(char *text, char from, char to)
{
	while ((text = strchr(text, from)))
		*text = to;
}

/* ---- the directories ---- */

static void init(struct pins *pins, const char *policy)
{
	pins->root = -1;
	pins->dir = -1;
	snprintf(pins->name, sizeof(pins->name), "%s", policy);
	replace(pins->name, '.', ':');
}

static int open_root(struct check *why)
{
	int fs = bpffs_open(why), fd;

	if (fs < 0)
		return fs;
	fd = bpffs_open_dir(fs, ROOT_NAME, PINS_ROOT, why);
	close(fs);
	return fd;
}

static bool is_not_there(int err, const struct check *why)
{
	return err == -ENOENT && why->state == CHECK_OK;
}

/* No error if there is none. */
static int open_dir(struct pins *pins, struct check *why)
{
	char path[sizeof(PINS_ROOT) + sizeof(pins->name)];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", PINS_ROOT, pins->name);
	fd = bpffs_open_dir(pins->root, pins->name, path, why);
	if (fd >= 0)
		pins->dir = fd;
	return fd >= 0 || is_not_there(fd, why) ? 0 : fd;
}

/* No error if there is none. */
static int find_root(struct pins *pins, struct check *why)
{
	pins->root = open_root(why);
	return pins->root >= 0 || is_not_there(pins->root, why) ? 0 : pins->root;
}

int pins_open(struct pins *pins, const char *policy, struct check *why)
{
	int err;

	init(pins, policy);
	err = find_root(pins, why);
	return err || pins->root < 0 ? err : open_dir(pins, why);
}

void pins_close(struct pins *pins)
{
	if (pins->dir >= 0)
		close(pins->dir);
	if (pins->root >= 0)
		close(pins->root);
	init(pins, "");
}

static bool fail_why(const struct check *why)
{
	fail(why->err, "%s\n%s", why->detail, why->remedy);
	return false;
}

bool pins_make_root(void)
{
	struct check why;
	int fs = bpffs_open(&why), err;

	if (fs < 0)
		return fail_why(&why);
	err = mkdirat(fs, ROOT_NAME, 0700) ? -errno : 0;
	close(fs);
	if (!err || err == -EEXIST)
		return true;
	fail(err, "cannot make %s: %s", PINS_ROOT, strerror(-err));
	return false;
}

void check_pins(struct check *check)
{
	int fd;

	check_bpffs(check);
	if (check->state != CHECK_OK) {
		check_set(check, CHECK_UNKNOWN, 0, "fix the BPF file system first",
			  "cannot be told without it");
		return;
	}
	fd = open_root(check);
	if (fd >= 0)
		close(fd);
	else if (is_not_there(fd, check))
		check_set(check, CHECK_OK, 0, "", "%s is not there yet", PINS_ROOT);
	else if (fd == -EACCES)
		check_set(check, CHECK_UNKNOWN, 0, hint_root(),
			  "%s cannot be seen by this user", PINS_ROOT);
}

/* ---- the lock ---- */

/* The process that has it, as the kernel sees it; 0: not to be told. */
static int lock_holder(int fd)
{
	unsigned int maj, min;
	char line[256];
	int holder = 0, pid;
	unsigned long ino;
	struct stat st;
	FILE *f;

	f = fopen("/proc/locks", "re");
	if (!f)
		return 0;
	if (fstat(fd, &st))
		memset(&st, 0, sizeof(st));
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, "%*d: FLOCK %*s %*s %d %x:%x:%lu", &pid, &maj, &min, &ino) == 4 &&
		    ino == st.st_ino && makedev(maj, min) == st.st_dev)
			holder = pid;
	fclose(f);
	return holder;
}

static const char *holder_text(int fd)
{
	static char text[32];
	int pid = lock_holder(fd);

	if (!pid)
		return "another process";
	snprintf(text, sizeof(text), "process %d", pid);
	return text;
}

/*
 * Only root can open the directory, but somebody may have it open from before it
 * was root's: waiting for the lock is announced, and limited.
 */
static int wait_lock(int fd, struct check *why)
{
	const struct timespec step = { .tv_nsec = LOCK_STEP_MS * 1000000L };
	int waited;

	for (waited = 0; flock(fd, LOCK_EX | LOCK_NB); waited += LOCK_STEP_MS) {
		if (errno != EWOULDBLOCK && errno != EINTR) {
			check_set(why, CHECK_NO, -errno, "look at it with `stat`",
				  "cannot lock %s: %m", PINS_ROOT);
			return why->err;
		}
		if (waited >= LOCK_WAIT_MS) {
			check_set(why, CHECK_NO, -EBUSY, "end it if it hangs",
				  "could not lock %s within %d seconds: %s has it", PINS_ROOT,
				  LOCK_WAIT_MS / 1000, holder_text(fd));
			return why->err;
		}
		if (waited == LOCK_SAY_MS)
			out_progress("waiting for %s, which has locked %s", holder_text(fd),
				     PINS_ROOT);
		nanosleep(&step, NULL);
	}
	return 0;
}

/* A lock needs the directory really open, not O_PATH. */
static int lock_root(struct pins *pins, struct check *why)
{
	int fd = openat(pins->root, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0) {
		check_set(why, CHECK_NO, -errno, hint_root(), "cannot open %s: %m", PINS_ROOT);
		return why->err;
	}
	close(pins->root);
	pins->root = fd;
	return wait_lock(fd, why);
}

bool pins_lock(struct pins *pins, const char *policy)
{
	struct check why;
	int err;

	init(pins, policy);
	err = find_root(pins, &why);
	if (!err && pins->root >= 0)
		err = lock_root(pins, &why);
	if (!err && pins->root >= 0)
		err = open_dir(pins, &why);
	if (!err)
		return true;
	pins_close(pins);
	return fail_why(&why);
}

bool pins_lock_root(struct pins *pins)
{
	struct check why;
	int err;

	init(pins, "");
	if (!pins_make_root())
		return false;
	err = find_root(pins, &why);
	if (!err && pins->root >= 0)
		err = lock_root(pins, &why);
	if (!err)
		return true;
	pins_close(pins);
	return fail_why(&why);
}

/* ---- what is in a policy's directory ---- */

static int item_name(char name[NAME_MAX + 1], const char *prefix, const char *item)
{
	int len = snprintf(name, NAME_MAX + 1, "%s%s", prefix, item);

	replace(name, '.', '_');
	replace(name, '/', '_');
	return len > NAME_MAX ? -ENAMETOOLONG : 0;
}

int pins_add(const struct pins *pins, const char *prefix, const char *item, int fd)
{
	LIBBPF_OPTS(bpf_obj_pin_opts, opts, .file_flags = FLAG_PATH_FD, .path_fd = pins->dir);
	char name[NAME_MAX + 1];
	int err = item_name(name, prefix, item);

	return err ? err : bpf_obj_pin_opts(fd, name, &opts);
}

/* BPF_OBJ_GET follows symbolic links, so look first; only we can change it meanwhile. */
int pins_get(const struct pins *pins, const char *prefix, const char *item)
{
	LIBBPF_OPTS(bpf_obj_get_opts, opts, .file_flags = FLAG_PATH_FD, .path_fd = pins->dir);
	char name[NAME_MAX + 1];
	struct stat st;
	int err;

	if (pins->dir < 0)
		return -ENOENT;
	err = item_name(name, prefix, item);
	if (err)
		return err;
	if (fstatat(pins->dir, name, &st, AT_SYMLINK_NOFOLLOW))
		return -errno;
	if (!S_ISREG(st.st_mode) || !bpffs_is_own(&st))
		return -ELOOP;
	return bpf_obj_get_opts(name, &opts);
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

static bool is_any(const char *file)
{
	return file[0] != '.';
}

typedef int file_fn(int dir, const char *file, void *data);

/* Do something to each file in a directory that is @wanted. */
static int for_files(int dir, bool (*wanted)(const char *file), file_fn *fn, void *data)
{
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), err = 0;
	DIR *stream = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	if (!stream) {
		err = -errno;
		if (fd >= 0)
			close(fd);
		return err;
	}
	while (!err && (entry = readdir(stream)))
		if (wanted(entry->d_name))
			err = fn(dir, entry->d_name, data);
	closedir(stream);
	return err;
}

static int remove_file(int dir, const char *file, void *data)
{
	(void)data;
	return unlinkat(dir, file, 0) && errno != ENOENT ? -errno : 0;
}

static int remove_unless_next(int dir, const char *file, void *data)
{
	char next[NAME_MAX + sizeof(PINS_NEXT)];

	snprintf(next, sizeof(next), PINS_NEXT "%s", file);
	return faccessat(dir, next, F_OK, AT_SYMLINK_NOFOLLOW) ? remove_file(dir, file, data) : 0;
}

static int rename_next(int dir, const char *file, void *data)
{
	(void)data;
	return renameat(dir, file, dir, file + strlen(PINS_NEXT)) ? -errno : 0;
}

static int list_file(int dir, const char *file, void *data)
{
	(void)dir;
	list_text(data, file);
	return 0;
}

int pins_commit_next(const struct pins *pins)
{
	int err = for_files(pins->dir, is_map, remove_unless_next, NULL);

	return err ? err : for_files(pins->dir, is_next, rename_next, NULL);
}

int pins_drop_next(const struct pins *pins)
{
	return for_files(pins->dir, is_next, remove_file, NULL);
}

int pins_remove(struct pins *pins)
{
	int err = remove_file(pins->dir, "link", NULL);

	if (!err)
		err = for_files(pins->dir, is_ours, remove_file, NULL);
	if (!err && unlinkat(pins->root, pins->name, AT_REMOVEDIR))
		err = -errno;
	if (!err) {
		close(pins->dir);
		pins->dir = -1;
	}
	return err;
}

int pins_create(struct pins *pins)
{
	struct check why;
	int err;

	/* Somebody has removed it since it was made. */
	if (pins->root < 0)
		return -ENOENT;
	/* Pins of a policy that is no longer loaded, whatever ended it. */
	if (pins->dir >= 0) {
		err = pins_remove(pins);
		if (err)
			return err == -ENOTEMPTY || err == -EISDIR ? -EEXIST : err;
	}
	if (mkdirat(pins->root, pins->name, 0700))
		return -errno;
	err = open_dir(pins, &why);
	return !err && pins->dir < 0 ? -ENOENT : err;
}

bool pins_exist(const char *policy)
{
	struct check why;
	struct pins pins;
	bool exist;

	exist = !pins_open(&pins, policy, &why) && pins.dir >= 0;
	pins_close(&pins);
	return exist;
}

struct json_object *pins_list(const char *policy)
{
	struct json_object *list = json_object_new_array();
	struct check why;
	struct pins pins;

	if (!pins_open(&pins, policy, &why) && pins.dir >= 0)
		for_files(pins.dir, is_any, list_file, list);
	pins_close(&pins);
	return list;
}
