// SPDX-License-Identifier: GPL-2.0-only
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/file.h"
#include "cli/output.h"
#include "host/remote.h"

#define VM_LINK "anon_inode:kvm-vm"
#define VCPU_LINK "anon_inode:kvm-vcpu:"

static int fail_process(uint32_t pid, int err)
{
	if (err == -ESRCH || err == -ENOENT)
		fail(-ESRCH, "there is no process %u", pid);
	else if (err == -EPERM || err == -EACCES)
		fail(err, "no permission to look into process %u\nrun this as root", pid);
	else
		fail(err, "cannot look into process %u: %s", pid, strerror(-err));
	return -1;
}

int remote_fd_quiet(uint32_t pid, uint32_t fd)
{
	int pidfd, got, err;

	pidfd = syscall(SYS_pidfd_open, pid, 0);
	/* EINVAL: the number is that of a thread, not of a process. */
	if (pidfd < 0)
		return errno == EINVAL ? -ESRCH : -errno;
	got = syscall(SYS_pidfd_getfd, pidfd, fd, 0);
	err = -errno;
	close(pidfd);
	return got < 0 ? err : got;
}

int remote_fd(uint32_t pid, uint32_t fd)
{
	int got = remote_fd_quiet(pid, fd);

	if (got == -EBADF) {
		fail(got, "process %u has no file descriptor %u", pid, fd);
		return -1;
	}
	return got < 0 ? fail_process(pid, got) : got;
}

/* Is this descriptor a VM? 1, 0, or a negative errno. */
static int is_vm(uint32_t pid, const char *fd)
{
	char path[64], target[64];
	ssize_t len;

	snprintf(path, sizeof(path), "/proc/%u/fd/%s", pid, fd);
	len = readlink(path, target, sizeof(target) - 1);
	if (len < 0)
		return -errno;
	target[len] = '\0';
	return !strcmp(target, VM_LINK);
}

static int given_vm(uint32_t pid, const char *text)
{
	char number[16], path[32];
	uint32_t fd;
	int ret;

	if (parse_fd(text, &fd))
		return -1;
	snprintf(path, sizeof(path), "/proc/%u", pid);
	if (access(path, F_OK))
		return fail_process(pid, -ESRCH);
	snprintf(number, sizeof(number), "%u", fd);
	ret = is_vm(pid, number);
	if (ret == -ENOENT)
		fail(-EBADF, "process %u has no file descriptor %u", pid, fd);
	else if (ret < 0)
		fail_process(pid, ret);
	else if (!ret)
		fail(-EINVAL, "file descriptor %u of process %u is not a KVM VM", fd, pid);
	return ret == 1 ? remote_fd(pid, fd) : -1;
}

int remote_vm_fds(uint32_t pid, uint32_t *fds, int max)
{
	struct dirent *entry;
	char path[32];
	int nr = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%u/fd", pid);
	dir = opendir(path);
	if (!dir)
		return -errno;
	while ((entry = readdir(dir))) {
		if (!isdigit((unsigned char)entry->d_name[0]) || is_vm(pid, entry->d_name) != 1)
			continue;
		if (nr < max)
			fds[nr] = atoi(entry->d_name);
		nr++;
	}
	closedir(dir);
	return nr;
}

bool remote_has_vcpu(uint32_t pid)
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/%u/maps", pid);
	return file_has_line(path, "", " " VCPU_LINK);
}

static int only_vm(uint32_t pid)
{
	char list[128] = "", comm[32];
	int nr, i, used = 0;
	uint32_t fds[16];

	nr = remote_vm_fds(pid, fds, 16);
	if (nr < 0)
		return fail_process(pid, nr);
	if (nr == 1)
		return remote_fd(pid, fds[0]);
	for (i = 0; i < nr && i < 16 && used < (int)sizeof(list); i++)
		used += snprintf(list + used, sizeof(list) - used, "%s%u", i ? ", " : "", fds[i]);
	comm_of(pid, comm);
	if (nr)
		fail(-EINVAL, "process %u (%s) has %d KVM VMs open, as file descriptors %s\n"
		     "choose one with --fd", pid, comm, nr, list);
	else
		fail(-ENOENT, "process %u (%s) has no KVM VM open", pid, comm);
	return -1;
}

int remote_vm(uint32_t pid, const char *fd)
{
	return fd ? given_vm(pid, fd) : only_vm(pid);
}

void comm_of(int pid, char comm[32])
{
	char path[32];
	ssize_t len = 0;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/comm", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		len = read(fd, comm, 31);
		close(fd);
	}
	comm[len > 0 ? len : 0] = '\0';
	comm[strcspn(comm, "\n")] = '\0';
}
