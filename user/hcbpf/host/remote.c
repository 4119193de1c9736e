// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/command.h"
#include "cli/output.h"
#include "host/check.h"
#include "host/remote.h"

#define YAMA "kernel.yama.ptrace_scope"

const char *hint_forbidden(void)
{
	static char text[160];
	char scope[8] = "";

	read_line("/proc/sys/kernel/yama/ptrace_scope", scope, sizeof(scope));
	if (scope[0] == '3')
		return YAMA " is 3, which forbids it to all, until the next boot: "
		       "set it to 2 at most where it is set at boot";
	if (have_capability(CAPABILITY_SYS_PTRACE))
		return "a security module forbids it, or a mount of /proc with hidepid: "
		       "see the kernel's log and `findmnt /proc`";
	snprintf(text, sizeof(text), "%s%s%s%s", hint_root(), scope[0] > '0' ? " (" YAMA " is " : "",
		 scope[0] > '0' ? scope : "", scope[0] > '0' ? ")" : "");
	return text;
}

int fail_process(uint32_t pid, int err)
{
	switch (err) {
	case -ESRCH:
		return fail(err, "there is no process %u", pid);
	case -EPERM:
	case -EACCES:
		return fail(err, "no permission to look into process %u\n%s", pid,
			    hint_forbidden());
	default:
		return fail(err, "cannot look into process %u: %s", pid, strerror(-err));
	}
}

int remote_open(uint32_t pid, struct process *process)
{
	int err = process_open(pid, process);

	if (!err)
		return 0;
	fail_process(pid, err);
	return -1;
}

/* @what is what it should be. */
static int fetch(const struct process *process, uint32_t fd, const char *link, const char *what)
{
	int got = process_fd(process, fd, link);

	if (got >= 0)
		return got;
	if (got == -EBADF)
		fail(got, "process %u has no file descriptor %u", process->pid, fd);
	else if (got == -EINVAL)
		fail(got, "file descriptor %u of process %u is not %s", fd, process->pid, what);
	else
		fail_process(process->pid, got);
	return -1;
}

int remote_eventfd(uint32_t pid, uint32_t fd)
{
	struct process process;
	int got;

	if (remote_open(pid, &process))
		return -1;
	got = fetch(&process, fd, EVENTFD_LINK, "an eventfd");
	process_close(&process);
	return got;
}

static int given_vm(const struct process *process, const char *text)
{
	uint32_t fd;

	if (parse_fd(text, &fd))
		return -1;
	return fetch(process, fd, VM_LINK, "a KVM VM");
}

/* The first of them: a process may have thousands. */
static void fail_many(const struct process *process, const uint32_t *fds, int nr)
{
	char list[128] = "", comm[COMM_LEN];
	int i, used = 0;

	for (i = 0; i < nr && i < 8; i++)
		used += snprintf(list + used, sizeof(list) - used, "%s%u", i ? ", " : "", fds[i]);
	process_comm(process, comm);
	fail(-EINVAL, "process %u (%s) has %d KVM VMs open, as file descriptors %s%s\n"
	     "choose one with --fd", process->pid, comm, nr, list, i < nr ? ", ..." : "");
}

static int only_vm(const struct process *process)
{
	char comm[COMM_LEN];
	uint32_t *fds;
	int nr, got = -1;

	nr = process_vm_fds(process, &fds);
	if (nr < 0) {
		fail_process(process->pid, nr);
	} else if (nr == 1) {
		got = fetch(process, fds[0], VM_LINK, "a KVM VM");
	} else if (nr) {
		fail_many(process, fds, nr);
	} else {
		process_comm(process, comm);
		fail(-ENOENT, "process %u (%s) has no KVM VM open", process->pid, comm);
	}
	free(fds);
	return got;
}

int remote_vm(const struct process *process, const char *fd)
{
	return fd ? given_vm(process, fd) : only_vm(process);
}
