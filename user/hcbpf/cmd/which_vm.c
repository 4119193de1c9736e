// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which VM a verb is about: by its id, or by --name, --pid and --tag. Names and tags are
 * what VMMs say they are, so that several may have one: then nobody is guessed.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/output.h"
#include "cmd/which_vm.h"
#include "host/check.h"
#include "host/device.h"
#include "host/module.h"
#include "host/remote.h"
#include "host/vmm.h"

/* The bound VMs that fit. */
struct candidates {
	struct hcbpf_vm *vm;	/* the first */
	unsigned int nr;
	char ids[128];		/* "1, 4" */
	bool there;		/* a VM fits, bound or not */
	uint32_t closed_pid;	/* a process that could not be looked into, and why */
	int closed;
};

/* Takes ownership of @vm. A VM that several files stand for is one. */
static void add(struct candidates *c, struct hcbpf_vm *vm)
{
	size_t used = strlen(c->ids);

	if (c->vm && hcbpf_vm_id(c->vm) == hcbpf_vm_id(vm)) {
		hcbpf_vm_close(vm);
		return;
	}
	snprintf(c->ids + used, sizeof(c->ids) - used, "%s%u", used ? ", " : "", hcbpf_vm_id(vm));
	c->nr++;
	if (c->vm)
		hcbpf_vm_close(vm);
	else
		c->vm = vm;
}

static void add_if_bound(struct candidates *c, int vm_fd)
{
	struct hcbpf_vm *vm;

	c->there = true;
	if (!hcbpf_vm_open(vm_fd, &vm))
		add(c, vm);
	close(vm_fd);
}

/* @vm_fd: a descriptor, or why there is none. */
static void add_of_process(struct candidates *c, uint32_t pid, int vm_fd)
{
	if (vm_fd >= 0) {
		add_if_bound(c, vm_fd);
	} else {
		c->closed = vm_fd;
		c->closed_pid = pid;
	}
}

/* The one there is; @what, as in `named "db"`, says what had to fit. */
static struct hcbpf_vm *only(struct candidates *c, const char *what)
{
	if (c->nr == 1)
		return c->vm;
	hcbpf_vm_close(c->vm);
	if (c->nr)
		fail(-EEXIST, "several bound VMs are %s: %s\nname one by its id", what, c->ids);
	else if (c->there)
		fail(-ENOENT, "the VM %s is not bound\nsee `hcbpf vm list --all`", what);
	else if (c->closed && c->closed != -EBADF && c->closed != -EINVAL)
		fail_process(c->closed_pid, c->closed);
	else
		fail(-ENOENT, "there is no VM %s\nsee `hcbpf vm list --all`", what);
	return NULL;
}

/* ---- by a process ---- */

static struct hcbpf_vm *vm_by_name(const char *name, const uint32_t *fd)
{
	char what[VMM_NAME_LEN + 16];
	struct candidates c = { 0 };
	const struct vmm *vmm;
	struct vmms vmms;
	int err;

	err = vmms_find_named(&vmms, name);
	for (vmm = vmms.list; vmm < vmms.list + vmms.nr; vmm++)
		if (!fd || vmm->err || vmm->fd == *fd)
			add_of_process(&c, vmm->pid, vmm_fd(vmm));
	vmms_free(&vmms);
	if (err) {
		fail(err, "cannot look for VMs in /proc: %s", strerror(-err));
		return NULL;
	}
	snprintf(what, sizeof(what), "named \"%s\"", name);
	return only(&c, what);
}

/* False: it has none, or none can be seen, and that has been said. */
static bool add_all_of_process(struct candidates *c, const struct process *process, const char *fd)
{
	uint32_t *fds = NULL;
	int nr, i, vm_fd;

	nr = fd ? 0 : process_vm_fds(process, &fds);
	for (i = 0; i < nr; i++)
		add_of_process(c, process->pid, process_fd(process, fds[i], VM_LINK));
	free(fds);
	if (nr > 0)
		return true;
	/* It says what is the matter, or the VM is there after all. */
	vm_fd = remote_vm(process, fd);
	if (vm_fd >= 0)
		add_if_bound(c, vm_fd);
	return vm_fd >= 0;
}

/* A process that has one VM, or of whose VMs one is bound. */
static struct hcbpf_vm *vm_by_pid(uint32_t pid, const char *fd)
{
	struct candidates c = { 0 };
	struct process process;
	char what[32];
	bool found;

	if (remote_open(pid, &process))
		return NULL;
	found = add_all_of_process(&c, &process, fd);
	process_close(&process);
	if (!found)
		return NULL;
	snprintf(what, sizeof(what), "of process %u", pid);
	return only(&c, what);
}

static struct hcbpf_vm *vm_by_process(const struct args *args)
{
	const char *name = option_value(args, "name"), *fd_text = option_value(args, "fd");
	uint32_t pid, fd;

	if ((fd_text && parse_fd(fd_text, &fd)) ||
	    (!name && parse_pid(option_value(args, "pid"), &pid)))
		return NULL;
	if (check_failed(check_module) || check_failed(check_device))
		return NULL;
	return name ? vm_by_name(name, fd_text ? &fd : NULL) : vm_by_pid(pid, fd_text);
}

/* ---- by a tag ---- */

static int add_tagged(struct candidates *c, int dev, const char *tag)
{
	struct hcbpf_vm_info info;
	struct hcbpf_vm *vm;
	uint32_t id = 0;
	int err;

	while (!(err = vm_next(dev, &id, &vm))) {
		if (!hcbpf_vm_info(vm, &info) && !strcmp(info.tag, tag))
			add(c, vm);
		else
			hcbpf_vm_close(vm);
	}
	return err == -ENOENT ? 0 : err;
}

static struct hcbpf_vm *vm_by_tag(const char *tag)
{
	char what[HCBPF_NAME_LEN + 32];
	struct candidates c = { 0 };
	int dev, err;

	dev = device_open();
	if (dev < 0)
		return NULL;
	err = add_tagged(&c, dev, tag);
	close(dev);
	if (err) {
		hcbpf_vm_close(c.vm);
		fail_vm_list(err);
		return NULL;
	}
	snprintf(what, sizeof(what), "tagged \"%s\"", tag);
	return only(&c, what);
}

struct hcbpf_vm *which_vm(const struct args *args)
{
	const char *tag = option_value(args, "tag");

	if (args->words[0])
		return vm_by_id(args->words[0]);
	return tag ? vm_by_tag(tag) : vm_by_process(args);
}
