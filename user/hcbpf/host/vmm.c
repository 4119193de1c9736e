// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fnmatch.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/output.h"
#include "host/check.h"
#include "host/remote.h"
#include "host/vmm.h"

static void add(struct vmms *vmms, const struct vmm *vmm)
{
	vmms->list = realloc(vmms->list, (vmms->nr + 1) * sizeof(*vmms->list));
	if (!vmms->list)
		abort();
	vmms->list[vmms->nr++] = *vmm;
}

/*
 * A process of another user that we have no right to look into is none of ours. One that
 * we should see into and cannot is not passed over, if it is a VMM by its name.
 */
static void add_hidden(struct vmms *vmms, struct vmm *vmm, int err)
{
	vmms->hidden++;
	vmm->err = err;
	if (vmm->name[0] && (vmm->uid == geteuid() || have_capability(CAPABILITY_SYS_PTRACE)))
		add(vmms, vmm);
}

/*
 * Another run of this command has the VM that it looks at open for a moment, and may have
 * been given its name as an argument. Who runs a VM has mapped a vCPU, too.
 */
static bool only_looks(const struct process *process)
{
	return process_runs_us(process) && !process_has_vcpu(process);
}

static bool is_wanted(const struct vmms *vmms, const char *name)
{
	if (vmms->pattern)
		return name[0] && !fnmatch(vmms->pattern, name, 0);
	return !vmms->name || !strcmp(vmms->name, name);
}

/* -ESRCH: it has ended, and has no VMs. */
static int look_into(struct vmms *vmms, const struct process *process)
{
	struct vmm vmm = { .pid = process->pid };
	uint32_t *fds;
	int nr, i, err;

	process_vmm_name(process, vmm.name);
	if (!is_wanted(vmms, vmm.name))
		return 0;
	err = process_start(process, &vmm.start);
	err = err ? err : process_uid(process, &vmm.uid);
	if (err)
		return err;
	nr = process_vm_fds(process, &fds);
	if (!nr || nr == -ESRCH)
		return nr;
	if (nr > 0 && only_looks(process)) {
		free(fds);
		return 0;
	}
	process_comm(process, vmm.command);
	if (nr == -EACCES || nr == -EPERM)
		add_hidden(vmms, &vmm, nr);
	for (i = 0; i < nr; i++) {
		vmm.fd = fds[i];
		add(vmms, &vmm);
	}
	free(fds);
	return nr > 0 || nr == -EACCES || nr == -EPERM ? 0 : nr;
}

/*
 * Most processes have other names. They are told by one file of theirs; who is opened is asked
 * again, since it may be another process of that number.
 */
static bool may_be_wanted(const struct vmms *vmms, uint32_t pid)
{
	char name[VMM_NAME_LEN];

	return (!vmms->name && !vmms->pattern) || pid_vmm_name(pid, name) || is_wanted(vmms, name);
}

/* What fails for us (EMFILE, ENOMEM) is no answer about the process. */
static int add_process(uint32_t pid, void *data)
{
	struct vmms *vmms = data;
	struct process process;
	int err;

	if (!may_be_wanted(vmms, pid))
		return 0;
	err = process_open(pid, &process);
	if (!err) {
		err = look_into(vmms, &process);
		process_close(&process);
	}
	if (err == -ESRCH)
		return 0;
	if (err != -EACCES && err != -EPERM)
		return err;
	vmms->hidden++;
	return 0;
}

static int by_pid(const void *a, const void *b)
{
	const struct vmm *one = a, *two = b;

	if (one->pid != two->pid)
		return one->pid < two->pid ? -1 : 1;
	return one->fd < two->fd ? -1 : one->fd > two->fd;
}

static int find(struct vmms *vmms)
{
	int err = each_process(add_process, vmms);

	if (vmms->nr)
		qsort(vmms->list, vmms->nr, sizeof(*vmms->list), by_pid);
	return err;
}

int vmms_find(struct vmms *vmms)
{
	*vmms = (struct vmms){ 0 };
	return find(vmms);
}

int vmms_find_named(struct vmms *vmms, const char *name)
{
	*vmms = (struct vmms){ .name = name };
	return find(vmms);
}

int vmms_find_matching(struct vmms *vmms, const char *pattern)
{
	*vmms = (struct vmms){ .pattern = pattern };
	return find(vmms);
}

void vmms_free(struct vmms *vmms)
{
	free(vmms->list);
	*vmms = (struct vmms){ 0 };
}

int vmm_open(const struct vmm *vmm, struct process *process)
{
	uint64_t start;
	int err = process_open(vmm->pid, process);

	if (err)
		return err;
	err = process_start(process, &start);
	if (!err && start != vmm->start)
		err = -ESRCH;
	if (err)
		process_close(process);
	return err;
}

int vmm_fd(const struct vmm *vmm)
{
	struct process process;
	int fd;

	if (vmm->err)
		return vmm->err;
	fd = vmm_open(vmm, &process);
	if (fd)
		return fd;
	fd = process_fd(&process, vmm->fd, VM_LINK);
	process_close(&process);
	return fd;
}

int vmms_index(const struct vmms *vmms, const char *name)
{
	int i, found = -1;

	for (i = 0; i < vmms->nr; i++) {
		if (strcmp(vmms->list[i].name, name) ||
		    (found >= 0 && vmms->list[found].pid == vmms->list[i].pid))
			continue;
		if (found >= 0)
			return -2;
		found = i;
	}
	return found;
}

/* "12, 15" */
static void pids_text(const struct vmms *vmms, const char *name, char *text, size_t size)
{
	const struct vmm *vmm;
	uint32_t last = 0;
	size_t used = 0;

	text[0] = '\0';
	for (vmm = vmms->list; vmm < vmms->list + vmms->nr && used < size; vmm++) {
		if (strcmp(vmm->name, name) || vmm->pid == last)
			continue;
		used += snprintf(text + used, size - used, "%s%u", used ? ", " : "", vmm->pid);
		last = vmm->pid;
	}
}

int fail_ambiguous(const struct vmms *vmms, const char *name)
{
	char list[128];

	pids_text(vmms, name, list, sizeof(list));
	return fail(-EEXIST, "the processes %s all have a VM named \"%s\"\n"
		    "choose one with --pid", list, name);
}

static int fail_unnamed(const struct vmms *vmms, const char *name)
{
	if (!vmms->hidden)
		return fail(-ENOENT, "no process has a VM named \"%s\"\nsee `hcbpf vm list --all`",
			    name);
	return fail(-ENOENT, "no process has a VM named \"%s\", of those that may be looked into: "
		    "%d may not\nsee `hcbpf vm list --all`", name, vmms->hidden);
}

int vmm_by_name(const char *name, struct process *process)
{
	struct vmms vmms;
	int err = vmms_find_named(&vmms, name), i = err ? -1 : vmms_index(&vmms, name);

	if (err)
		fail(err, "cannot look for VMs in /proc: %s", strerror(-err));
	else if (i == -2)
		fail_ambiguous(&vmms, name);
	else if (i == -1)
		fail_unnamed(&vmms, name);
	else
		err = vmm_open(&vmms.list[i], process);
	if (err && i >= 0)
		fail_process(vmms.list[i].pid, err);
	vmms_free(&vmms);
	return err || i < 0 ? -1 : 0;
}
