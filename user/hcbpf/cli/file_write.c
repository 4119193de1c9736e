// SPDX-License-Identifier: GPL-2.0-only
/* Writing what may be worth more than the disk has room for: a failure leaves the old file. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "cli/file.h"
#include "cli/output.h"

#define ACL "system.posix_acl_access"
#define MAX_ACL 65536

static int write_all(int fd, const char *from, size_t size)
{
	ssize_t n;

	for (; size; from += n, size -= n) {
		n = write(fd, from, size);
		if (n < 0 && errno == EINTR)
			n = 0;
		if (n < 0)
			return -errno;
	}
	return 0;
}

static int fail_write(int err, const char *file)
{
	return fail(err, "cannot write %s: %s", file, strerror(-err));
}

/* ---- a file in place of another ---- */

static mode_t new_mode(enum file_mode mode)
{
	mode_t mask;

	if (mode != FILE_SHARED)
		return mode == FILE_PRIVATE ? 0600 : 0644;
	mask = umask(0);
	umask(mask);
	return 0666 & ~mask;
}

/* Without it, the group would get what the old file's ACL gave to others. */
static int copy_acl(int from, int to)
{
	char acl[MAX_ACL];
	ssize_t size = fgetxattr(from, ACL, acl, sizeof(acl));

	if (size < 0)
		return errno == ENODATA || errno == EOPNOTSUPP ? 0 : -errno;
	return fsetxattr(to, ACL, acl, size, 0) ? -errno : 0;
}

static int keep_rights(int old, const struct stat *st, int fd)
{
	struct stat now;

	if (fstat(fd, &now))
		return -errno;
	if ((now.st_uid != st->st_uid || now.st_gid != st->st_gid) &&
	    fchown(fd, st->st_uid, st->st_gid))
		return -errno;
	if (fchmod(fd, st->st_mode & 07777))
		return -errno;
	return copy_acl(old, fd);
}

/* A rename that a power failure does not take back. */
static int sync_directory(const char *dir)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC), err;

	if (fd < 0)
		return -errno;
	err = fsync(fd) ? -errno : 0;
	close(fd);
	/* Some file systems have nothing to say about directories. */
	return err == -EINVAL ? 0 : err;
}

/* What is being replaced. */
struct target {
	const char *file;	/* as the user calls it */
	char path[PATH_MAX];	/* as it is found, links followed */
	char dir[PATH_MAX];
	int old;		/* open, or -1: it is new */
	struct stat st;		/* of the old one */
	enum file_mode mode;
};

static int set_path(struct target *target, const char *path)
{
	const char *slash = strrchr(path, '/');
	size_t len = slash ? slash - path + 1 : 0;

	if (strlen(path) + sizeof(".hcbpf-XXXXXX") > sizeof(target->path))
		return -ENAMETOOLONG;
	strcpy(target->path, path);
	memcpy(target->dir, path, len);
	strcpy(target->dir + len, len ? "" : "./");
	return 0;
}

static int fill(const struct target *target, int fd, const char *text, size_t size)
{
	int err = 0;

	if (target->old >= 0)
		err = keep_rights(target->old, &target->st, fd);
	else if (fchmod(fd, new_mode(target->mode)))
		err = -errno;
	if (err)
		return fail(err, "cannot write %s: a new file in its place would not have its owner "
			    "and mode: %s", target->file, strerror(-err));
	err = write_all(fd, text, size);
	if (!err && fsync(fd))
		err = -errno;
	return err ? fail_write(err, target->file) : 0;
}

static int put(const struct target *target, const char *text, size_t size)
{
	char path[PATH_MAX + 16];
	int fd, err, status;

	snprintf(path, sizeof(path), "%s.hcbpf-XXXXXX", target->dir);
	fd = mkostemp(path, O_CLOEXEC);
	if (fd < 0)
		return fail(-errno, "cannot write %s: cannot make a file beside it: %m",
			    target->file);
	status = fill(target, fd, text, size);
	err = close(fd) ? -errno : 0;
	if (!status && !err && rename(path, target->path))
		err = -errno;
	if (!status && err)
		status = fail_write(err, target->file);
	if (status) {
		unlink(path);
		return status;
	}
	err = sync_directory(target->dir);
	return err ? fail(err, "%s is written, but may not outlast a power failure: %s",
			  target->file, strerror(-err)) : 0;
}

/* Who would end this command waits the moment until no half of a file is left. */
static int replace(const struct target *target, const char *text, size_t size)
{
	sigset_t all, before;
	int status;

	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &before);
	status = put(target, text, size);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return status;
}

/* Its path is asked for, not put together: only the kernel knows what links it may follow. */
static int find_path(struct target *target)
{
	char link[32], path[PATH_MAX];
	struct stat st;
	ssize_t len;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", target->old);
	len = readlink(link, path, sizeof(path) - 1);
	if (len < 0)
		return -errno;
	path[len] = '\0';
	if (stat(path, &st) || st.st_dev != target->st.st_dev || st.st_ino != target->st.st_ino)
		return -ESTALE;
	return set_path(target, path);
}

/* ---- what it is ---- */

static bool is_link(const char *file)
{
	struct stat st;

	return !lstat(file, &st) && S_ISLNK(st.st_mode);
}

static int write_open(struct target *target, const char *text, size_t size)
{
	int err = fstat(target->old, &target->st) ? -errno : 0;

	if (!err && !S_ISREG(target->st.st_mode))
		err = write_all(target->old, text, size);
	else if (!err)
		err = find_path(target);
	if (err)
		return fail_write(err, target->file);
	return S_ISREG(target->st.st_mode) ? replace(target, text, size) : 0;
}

/* A link to nothing: what it points to is made empty, and goes again on failure. */
static int write_through_link(struct target *target, const char *text, size_t size)
{
	int status;

	target->old = open(target->file, O_WRONLY | O_CREAT | O_NOCTTY | O_CLOEXEC,
			   new_mode(target->mode));
	if (target->old < 0)
		return fail_write(-errno, target->file);
	status = write_open(target, text, size);
	close(target->old);
	/* Unless somebody else has made it in the meantime. */
	if (status && target->path[0] && !target->st.st_size)
		unlink(target->path);
	return status;
}

static int write_new(struct target *target, const char *text, size_t size)
{
	int err;

	if (is_link(target->file))
		return write_through_link(target, text, size);
	err = set_path(target, target->file);
	return err ? fail_write(err, target->file) : replace(target, text, size);
}

/* "-", or another name of the file or pipe that standard output is, as /dev/stdout. */
static bool is_stdout(const char *file)
{
	struct stat one, two;

	if (!strcmp(file, "-"))
		return true;
	return !stat(file, &one) && !fstat(STDOUT_FILENO, &two) && !S_ISCHR(one.st_mode) &&
	       one.st_dev == two.st_dev && one.st_ino == two.st_ino;
}

static int write_stdout(const char *text, size_t size)
{
	int err;

	if (out_is_json())
		return fail_usage("standard output cannot have the file and JSON\n"
				  "leave -j out, or name a file");
	out_yield();
	err = write_all(STDOUT_FILENO, text, size);
	return err ? fail(err, "cannot write to standard output: %s", strerror(-err)) : 0;
}

/* No link is followed, and nothing is opened that was there. A device is not to be replaced. */
static int write_public(struct target *target, const char *text, size_t size)
{
	struct stat st;
	int err;

	if (!lstat(target->file, &st) && !S_ISREG(st.st_mode) && !S_ISLNK(st.st_mode))
		return fail(-EINVAL, "cannot write %s: it is not a regular file", target->file);
	target->old = -1;
	err = set_path(target, target->file);
	return err ? fail_write(err, target->file) : replace(target, text, size);
}

int file_write(const char *file, enum file_mode mode, const char *text, size_t size)
{
	struct target target = { .file = file, .mode = mode };
	int status;

	if (is_stdout(file))
		return write_stdout(text, size);
	if (mode == FILE_PUBLIC)
		return write_public(&target, text, size);
	target.old = open(file, O_WRONLY | O_NOCTTY | O_CLOEXEC);
	if (target.old < 0 && errno == ENOENT)
		return write_new(&target, text, size);
	if (target.old < 0)
		return fail_write(-errno, file);
	status = write_open(&target, text, size);
	close(target.old);
	return status;
}
