// SPDX-License-Identifier: GPL-2.0-only
/* vm wait: for scripts that must not run ahead of a VM. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/args.h"
#include "cli/output.h"
#include "cmd/vm.h"
#include "host/check.h"
#include "host/module.h"
#include "host/remote.h"
#include "host/vmm.h"

const struct option wait_options[] = {
	{ "until present|bound|ended", "what to wait for (default: bound)" },
	{ "timeout SECONDS", "give up after this time" },
	{ 0 }
};

enum until { PRESENT, BOUND, ENDED };
static const char *const untils[] = { "present", "bound", "ended", NULL };

/* Which VM: by its id, its tag, or else by pid or name. */
struct wanted {
	uint32_t id, pid, fd;
	const char *tag, *name;
	bool has_fd;
};

/* What went wrong has been said. */
#define SAID 1

/* What there is of it at this moment. */
struct found {
	uint32_t pid, id;	/* 0: no process, not bound */
	bool can_run;		/* has a vCPU, and not only a VM */
};

/* 0: it is not bound, or has gone. */
static int bound_id(const struct process *process, uint32_t fd, uint32_t *id)
{
	int vm_fd = process_fd(process, fd, VM_LINK);
	struct hcbpf_vm_info info;
	struct hcbpf_vm *vm;

	*id = 0;
	if (vm_fd < 0)
		return vm_fd == -ESRCH || vm_fd == -EBADF || vm_fd == -EINVAL ? 0 : vm_fd;
	if (!hcbpf_vm_open(vm_fd, &vm)) {
		if (!hcbpf_vm_info(vm, &info) && !(info.state & HCBPF_VM_ENDED))
			*id = info.id;
		hcbpf_vm_close(vm);
	}
	close(vm_fd);
	return 0;
}

/* The process that is meant, if there is one. */
static int find_process(const struct wanted *wanted, struct process *process)
{
	struct vmms vmms;
	int err, i;

	if (!wanted->name)
		return process_open(wanted->pid, process);
	err = vmms_find_named(&vmms, wanted->name);
	i = err ? -1 : vmms_index(&vmms, wanted->name);
	if (i == -2) {
		fail_ambiguous(&vmms, wanted->name);
		err = SAID;
	} else if (!err) {
		err = i < 0 ? -ESRCH : vmm_open(&vmms.list[i], process);
	}
	vmms_free(&vmms);
	return err;
}

/* Of all VMs of the process, or of the one that is meant. */
static int look_into(const struct wanted *wanted, const struct process *process,
		     struct found *found)
{
	uint32_t *fds;
	int nr = process_vm_fds(process, &fds), i, err = nr < 0 ? nr : 0;

	for (i = 0; i < nr && !err && !found->id; i++) {
		if (wanted->has_fd && fds[i] != wanted->fd)
			continue;
		found->pid = process->pid;
		err = bound_id(process, fds[i], &found->id);
	}
	found->can_run = process_has_vcpu(process);
	free(fds);
	return err;
}

/* A process that cannot be looked into is not one that has no VM. */
static int look_for(const struct wanted *wanted, struct found *found)
{
	struct process process = { 0 };
	int err;

	memset(found, 0, sizeof(*found));
	err = find_process(wanted, &process);
	if (!err) {
		err = look_into(wanted, &process, found);
		process_close(&process);
	}
	if (err == -ESRCH)
		return 0;
	if (err >= 0 || !process.pid)
		return err;
	fail_process(process.pid, err);
	return SAID;
}

static int look_at(uint32_t id, struct found *found)
{
	struct hcbpf_vm_info info;
	struct hcbpf_vm *vm;
	int err = hcbpf_vm_open_id(id, &vm);

	memset(found, 0, sizeof(*found));
	if (err)
		return err == -ENOENT ? 0 : err;
	err = hcbpf_vm_info(vm, &info);
	if (!err && !(info.state & HCBPF_VM_ENDED))
		*found = (struct found){ info.pid, info.id, true };
	hcbpf_vm_close(vm);
	return err;
}

static int fail_tagged(const char *tag, uint32_t id, uint32_t other)
{
	fail(-EEXIST, "several bound VMs are tagged \"%s\": %u, %u\nname one by its id", tag, id,
	     other);
	return SAID;
}

static int look_for_tag(const char *tag, struct found *found)
{
	struct hcbpf_vm_info info;
	struct hcbpf_vm *vm;
	int dev, err = 0;
	uint32_t id = 0;

	memset(found, 0, sizeof(*found));
	dev = open(HCBPF_DEVICE, O_RDWR | O_CLOEXEC);
	if (dev < 0)
		return -errno;
	while (!err && !(err = vm_next(dev, &id, &vm))) {
		if (!hcbpf_vm_info(vm, &info) && !strcmp(info.tag, tag) &&
		    !(info.state & HCBPF_VM_ENDED)) {
			if (found->id)
				err = fail_tagged(tag, found->id, info.id);
			*found = (struct found){ info.pid, info.id, true };
		}
		hcbpf_vm_close(vm);
	}
	close(dev);
	return err == -ENOENT ? 0 : err;
}

static int look(const struct wanted *wanted, struct found *found)
{
	if (wanted->tag)
		return look_for_tag(wanted->tag, found);
	return wanted->id ? look_at(wanted->id, found) : look_for(wanted, found);
}

static bool is_over(const struct found *found, enum until until)
{
	if (until == ENDED)
		return !found->id;
	return until == BOUND ? found->id : found->pid && found->can_run;
}

static int64_t milliseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int say(const struct found *found, enum until until)
{
	struct json_object *object = json_object_new_object();

	add_id(object, "id", found->id);
	json_object_object_add(object, "pid",
			       found->pid ? json_object_new_int64(found->pid) : NULL);
	if (until == ENDED)
		out_done(object, "it is not bound");
	else if (found->id)
		out_done(object, "process %u is VM %u", found->pid, found->id);
	else
		out_done(object, "process %u has a VM, which is not bound", found->pid);
	return EXIT_SUCCESS;
}

/* Nothing announces a VM's start, so look again, twenty times a second. */
static int wait_for(const struct wanted *wanted, enum until until, int64_t limit)
{
	const struct timespec pause = { .tv_nsec = 50000000 };
	int64_t deadline = milliseconds() + limit;
	struct found found;
	int err;

	for (;;) {
		err = look(wanted, &found);
		if (err == SAID)
			return EXIT_FAILURE;
		if (err)
			return fail(err, "cannot look for the VM: %s%s%s", strerror(-err),
				    err == -EPERM ? "\n" : "", err == -EPERM ? hint_root() : "");
		if (is_over(&found, until))
			return say(&found, until);
		if (limit >= 0 && milliseconds() >= deadline)
			return fail(-ETIMEDOUT, "after %lld s the VM is still not %s",
				    (long long)limit / 1000, untils[until]);
		nanosleep(&pause, NULL);
	}
}

static int parse_wanted(const struct args *args, struct wanted *wanted)
{
	const char *pid = option_value(args, "pid"), *fd = option_value(args, "fd");

	wanted->name = option_value(args, "name");
	wanted->tag = option_value(args, "tag");
	wanted->has_fd = fd;
	if ((pid && parse_pid(pid, &wanted->pid)) || (fd && parse_fd(fd, &wanted->fd)))
		return EXIT_USAGE;
	return args->words[0] ? parse_vm_id(args->words[0], &wanted->id) : 0;
}

int wait_run(const struct args *args)
{
	const char *what = option_value(args, "until"), *text = option_value(args, "timeout");
	struct wanted wanted = { 0 };
	int until = BOUND, status;
	uint32_t seconds;

	status = parse_wanted(args, &wanted);
	if (status)
		return status;
	for (until = what ? 0 : BOUND; what && untils[until]; until++)
		if (!strcmp(what, untils[until]))
			break;
	if (!untils[until])
		return fail_usage("--until knows no \"%s\"\nuse present, bound or ended", what);
	if (text && parse_u32(text, &seconds))
		return fail_usage("\"%s\" is not a number of seconds", text);
	if (check_failed(check_module) || check_failed(check_device))
		return EXIT_FAILURE;
	return wait_for(&wanted, until, text ? (int64_t)seconds * 1000 : -1);
}
