// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is checked is the open descriptor, never a path: between the check and the
 * use nobody can put something else there. O_PATH opens anything, be it a symbolic
 * link or a FIFO, without following it, waiting for it or needing a right to it.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "bpf/bpffs.h"

#define MOUNT "mount -t bpf -o mode=700 bpf " BPFFS
#define OTHERS_WRITE (S_IWGRP | S_IWOTH)
#define OTHERS (S_IRWXG | S_IRWXO)

bool bpffs_is_own(const struct stat *st)
{
	return !st->st_uid || st->st_uid == geteuid();
}

static const char *user_name(uid_t uid)
{
	const struct passwd *user = getpwuid(uid);
	static char text[64];

	snprintf(text, sizeof(text), "%.32s%suid %u%s", user ? user->pw_name : "", user ? " (" : "",
		 uid, user ? ")" : "");
	return text;
}

static bool is_bpffs(const struct statfs *fs)
{
	return (unsigned int)fs->f_type == BPF_FS_MAGIC;
}

static int no_bpffs(struct check *why, const struct statfs *fs)
{
	if ((unsigned int)fs->f_type == SYSFS_MAGIC)
		check_set(why, CHECK_NO, -ENOENT, "run `" MOUNT "`",
			  "no BPF file system is mounted on " BPFFS);
	else
		check_set(why, CHECK_NO, -ENOENT, "unmount that and run `" MOUNT "`",
			  "what is mounted on " BPFFS " is not a BPF file system");
	return why->err;
}

static int judge_root(int fd, struct check *why)
{
	struct statfs fs;
	struct stat st;

	if (fstatfs(fd, &fs) || fstat(fd, &st))
		check_set(why, CHECK_NO, -errno, "look at it with `stat " BPFFS "`",
			  "cannot look at " BPFFS ": %m");
	else if (!is_bpffs(&fs))
		return no_bpffs(why, &fs);
	else if (fs.f_flags & ST_RDONLY)
		check_set(why, CHECK_NO, -EROFS, "run `mount -o remount,rw " BPFFS "`",
			  "the BPF file system on " BPFFS " is mounted read-only here");
	else if (!bpffs_is_own(&st))
		check_set(why, CHECK_NO, -EPERM,
			  "run `chown root:root " BPFFS "` and `chmod 700 " BPFFS "`",
			  BPFFS " belongs to %s, not to root", user_name(st.st_uid));
	else if (st.st_mode & OTHERS_WRITE && !(st.st_mode & S_ISVTX))
		check_set(why, CHECK_NO, -EPERM, "run `chmod 700 " BPFFS "`",
			  BPFFS " has mode %04o: others can rename and remove what is root's",
			  st.st_mode & 07777);
	else if (st.st_mode & OTHERS_WRITE)
		check_set(why, CHECK_OK, 0,
			  "`chmod 700 " BPFFS "` keeps others from taking hcbpf's place in it",
			  BPFFS ", mode %04o", st.st_mode & 07777);
	else
		check_set(why, CHECK_OK, 0, "", BPFFS);
	return why->err;
}

int bpffs_open(struct check *why)
{
	int fd = open(BPFFS, O_PATH | O_DIRECTORY | O_CLOEXEC), err;

	if (fd < 0) {
		check_set(why, CHECK_NO, -errno,
			  "use a kernel with CONFIG_BPF_SYSCALL and mount sysfs on /sys",
			  "cannot open " BPFFS ": %m");
		return why->err;
	}
	err = judge_root(fd, why);
	if (!err)
		return fd;
	close(fd);
	return err;
}

static int judge_dir(int fd, const char *path, struct check *why)
{
	struct statfs fs;
	struct stat st;

	if (fstat(fd, &st) || fstatfs(fd, &fs))
		check_set(why, CHECK_NO, -errno, "look at it with `stat`", "cannot look at %s: %m",
			  path);
	else if (!S_ISDIR(st.st_mode))
		check_set(why, CHECK_NO, -ENOTDIR,
			  "remove it; `chmod 700 " BPFFS "` keeps others from making it again",
			  "%s is %s of %s, not a directory of root's", path,
			  S_ISLNK(st.st_mode) ? "a symbolic link" : "a file", user_name(st.st_uid));
	else if (!is_bpffs(&fs))
		check_set(why, CHECK_NO, -EXDEV, "unmount what is mounted there",
			  "%s is not in the BPF file system", path);
	else if (fs.f_flags & ST_RDONLY)
		check_set(why, CHECK_NO, -EROFS, "unmount what is mounted there",
			  "%s is mounted read-only here", path);
	else if (!bpffs_is_own(&st))
		/* Not chown: whoever has it open could keep a lock on it. */
		check_set(why, CHECK_NO, -EPERM,
			  "remove it; `chmod 700 " BPFFS "` keeps others from making it again",
			  "%s belongs to %s, not to root", path, user_name(st.st_uid));
	else if (st.st_mode & OTHERS)
		check_set(why, CHECK_NO, -EPERM, "see that all in it is root's, and `chmod 700` it",
			  "%s has mode %04o: others have access", path, st.st_mode & 07777);
	else
		check_set(why, CHECK_OK, 0, "", "%s", path);
	return why->err;
}

int bpffs_open_dir(int parent, const char *name, const char *path, struct check *why)
{
	int fd = openat(parent, name, O_PATH | O_NOFOLLOW | O_CLOEXEC), err;

	if (fd < 0) {
		check_set(why, errno == ENOENT ? CHECK_OK : CHECK_NO, -errno, hint_root(),
			  "cannot open %s: %m", path);
		return why->err;
	}
	err = judge_dir(fd, path, why);
	if (!err)
		return fd;
	close(fd);
	return err;
}
