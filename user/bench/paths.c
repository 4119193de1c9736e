// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <hcbpf/rule.h>
#include "prepare.h"

/* ---- what paths have in common ---- */

int path_signal_and_answer(struct kvm_vcpu *vcpu, void *arg)
{
	const int *efd = arg;

	if (vcpu->run->exit_reason == KVM_EXIT_XEN)
		vcpu->run->xen.u.hcall.result = 0;
	else if (vcpu->run->exit_reason == KVM_EXIT_HYPERCALL)
		vcpu->run->hypercall.ret = 0;
	return eventfd_write(*efd, 1) ? -errno : 0;
}

int path_set_port(struct path_vm *vm)
{
	return hcbpf_port_set(vm->hcbpf, SEND_PORT, 0);
}

static int set_rule(struct path_vm *vm, uint8_t action)
{
	const struct hcbpf_rule rule = {
		.abi = PLAIN_ABI, .nr = NAMED_NR, .sub = HCBPF_RULE_ANY, .action = action,
	};

	return hcbpf_rules_set(vm->hcbpf, &rule, 1, NULL);
}

int path_set_exit_rule(struct path_vm *vm)
{
	return set_rule(vm, HCBPF_RULE_EXIT);
}

int path_set_deny_rule(struct path_vm *vm)
{
	return set_rule(vm, HCBPF_RULE_DENY);
}

const struct path *path_find(const char *name)
{
	unsigned int i;

	for (i = 0; i < nr_paths; i++)
		if (!strcmp(paths[i].name, name))
			return &paths[i];
	return NULL;
}

/* ---- making a VM ready ---- */

/* Say so for kvm_error(), like the harness itself. */
static int hcbpf_error(int err, const char *what)
{
	char text[KVM_ERROR_LEN];

	if (!err)
		return 0;
	snprintf(text, sizeof(text), "%s: %s", what, strerror(-err));
	kvm_set_error(text);
	return err;
}

static int bind_vm(struct path_vm *vm)
{
	int err;

	err = hcbpf_error(hcbpf_vm_bind(vm->vm->fd, NULL, &vm->hcbpf), "bind the VM to hcbpf");
	return err ?: hcbpf_error(hcbpf_vm_set_eventfd(vm->hcbpf, 0, vm->efd),
				  "give hcbpf an eventfd");
}

static int bind_other(struct path_vm *vm)
{
	vm->other = calloc(1, sizeof(*vm->other));
	if (!vm->other)
		return hcbpf_error(-ENOMEM, "another VM");
	return path_up(path_find("hcbpf_doorbell"), vm->other);
}

static int prepare(const struct path *path, struct path_vm *vm)
{
	int err;

	vm->efd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (vm->efd < 0)
		return hcbpf_error(-errno, "eventfd");
	err = kvm_vm_create(&path->vm, &vm->vm);
	if (err)
		return err;
	*(uint32_t *)kvm_at(vm->vm, GUEST_DATA) = SEND_PORT;
	vm->vm->on_exit = path->serve;
	vm->vm->on_exit_arg = &vm->efd;
	if (path->module == MODULE_BOUND)
		err = bind_vm(vm);
	else if (path->module == MODULE_OTHER_BOUND)
		err = bind_other(vm);
	if (!err && path->prepare)
		err = hcbpf_error(path->prepare(vm), "prepare the path");
	return err;
}

int path_up(const struct path *path, struct path_vm *vm)
{
	int err;

	*vm = (struct path_vm){ .efd = -1 };
	err = prepare(path, vm);
	if (err)
		path_down(vm);
	return err;
}

void path_down(struct path_vm *vm)
{
	kvm_vm_destroy(vm->vm);
	hcbpf_vm_close(vm->hcbpf);
	if (vm->efd >= 0)
		close(vm->efd);
	if (vm->other)
		path_down(vm->other);
	free(vm->other);
	*vm = (struct path_vm){ .efd = -1 };
}

/* ---- measuring it ---- */

static uint64_t take_signals(const struct path *path, const struct path_vm *vm)
{
	eventfd_t count;

	if (path->events)
		return path->events(vm);
	return eventfd_read(vm->efd, &count) ? 0 : count;
}

void path_forget_signals(const struct path *path, const struct path_vm *vm)
{
	take_signals(path, vm);
}

int path_check_signals(const struct path *path, const struct path_vm *vm, uint64_t calls)
{
	uint64_t signals = take_signals(path, vm), expected = path->silent ? 0 : calls;
	char text[KVM_ERROR_LEN];

	if (signals == expected)
		return 0;
	snprintf(text, sizeof(text), "%llu calls made %llu signals", (unsigned long long)calls,
		 (unsigned long long)signals);
	kvm_set_error(text);
	return -EPROTO;
}

int path_measure(const struct path *path, struct path_vm *vm, double *ticks)
{
	int err;

	path_forget_signals(path, vm);
	err = kvm_cost(vm->vm, &path->call, ticks);
	return err ?: path_check_signals(path, vm, COST_CALLS);
}
