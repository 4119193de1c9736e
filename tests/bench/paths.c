// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>
#include <hcbpf/guest.h>
#include <hcbpf/rule.h>
#include <linux/kvm_para.h>
#include "paths.h"

#define SEND_PORT	5
#define IO_PORT		0x600
#define NAMED_NR	77	/* for rules; nothing to KVM */

/* KVM answers it with 0 and does nothing else: KVM_HC_VAPIC_POLL_IRQ. */
#define KVM_NULL_CALL	1

/* Their code is where kernels have theirs. */
#define XEN_VM		{ .high = true, .xen = true, .xen_evtchn_send = true }
#define PLAIN_VM	{ .high = true }

#define NULL_CALL	{ .program = GUEST_CALLS, .nr = KVM_NULL_CALL }
#define SEND_CALL	{ .program = GUEST_CALLS, .nr = XEN_HYPERCALL_EVENT_CHANNEL_OP, \
			  .args = { XEN_EVTCHNOP_SEND, GUEST_DATA } }
#define DOORBELL_CALL	{ .program = GUEST_CALLS, .nr = HCBPF_HC_DOORBELL, .args = { SEND_PORT } }
#define IO_OUT		{ .program = GUEST_OUT, .args = { IO_PORT } }
#define NAMED_CALL	{ .program = GUEST_CALLS, .nr = NAMED_NR }

/* ---- the VMM's part ---- */

/* What a VMM does with a send: signal the device, answer the guest. */
static int signal_and_answer(struct kvm_vcpu *vcpu, void *arg)
{
	const int *efd = arg;

	if (vcpu->run->exit_reason == KVM_EXIT_XEN)
		vcpu->run->xen.u.hcall.result = 0;
	else if (vcpu->run->exit_reason == KVM_EXIT_HYPERCALL)
		vcpu->run->hypercall.ret = 0;
	return eventfd_write(*efd, 1) ? -errno : 0;
}

static int set_port(struct path_vm *vm)
{
	return hcbpf_port_set(vm->hcbpf, SEND_PORT, 0);
}

static int set_native_port(struct path_vm *vm)
{
	return kvm_vm_xen_eventfd(vm->vm, SEND_PORT, vm->efd);
}

static int set_ioeventfd(struct path_vm *vm)
{
	return kvm_vm_ioeventfd(vm->vm, IO_PORT, vm->efd);
}

static int set_exit_rule(struct path_vm *vm)
{
	const struct hcbpf_rule rule = {
		.abi = HCBPF_ABI_KVM, .nr = NAMED_NR, .sub = HCBPF_RULE_ANY,
		.action = HCBPF_RULE_EXIT,
	};

	return hcbpf_rules_set(vm->hcbpf, &rule, 1, NULL);
}

/* With the result 0: the meter counts a call with another one as failed. */
static int set_deny_rule(struct path_vm *vm)
{
	const struct hcbpf_rule rule = {
		.abi = HCBPF_ABI_KVM, .nr = NAMED_NR, .sub = HCBPF_RULE_ANY,
		.action = HCBPF_RULE_DENY,
	};

	return hcbpf_rules_set(vm->hcbpf, &rule, 1, NULL);
}

#define PHYSICAL_CALL	{ .program = GUEST_CALLS, \
			  .nr = XEN_HYPERCALL_EVENT_CHANNEL_OP | HCBPF_HC_PHYSICAL, \
			  .args = { XEN_EVTCHNOP_SEND, GUEST_DATA } }

/* What the guest itself does to register the page of its argument, then sends from there. */
static int register_buffer(struct path_vm *vm)
{
	const struct hcbpf_rule rules[] = {
		{ .abi = HCBPF_ABI_XEN, .nr = XEN_HYPERCALL_EVENT_CHANNEL_OP,
		  .sub = XEN_EVTCHNOP_SEND, .action = HCBPF_RULE_SEND,
		  .otherwise = HCBPF_RULE_PASS },
		{ .abi = HCBPF_ABI_XEN, .nr = HCBPF_HC_BUFFER_INSERT, .sub = HCBPF_RULE_ANY,
		  .action = HCBPF_RULE_BUFFER },
	};
	const struct kvm_start insert = {
		.program = GUEST_CALLS, .count = 1, .nr = HCBPF_HC_BUFFER_INSERT,
		.args = { GUEST_DATA, GUEST_DATA, 4096 },
	};
	int err;

	err = hcbpf_rules_set(vm->hcbpf, rules, 2, NULL) ?: set_port(vm);
	if (!err)
		err = kvm_vcpu_start(&vm->vm->vcpus[0], &insert);
	if (!err)
		err = kvm_vcpu_run(&vm->vm->vcpus[0]);
	return err ?: kvm_block(&vm->vm->vcpus[0])->zero == 1 ? 0 : -EPROTO;
}

static int allow_physical(struct path_vm *vm)
{
	const struct hcbpf_rule rule = {
		.abi = HCBPF_ABI_XEN, .nr = XEN_HYPERCALL_EVENT_CHANNEL_OP | HCBPF_HC_PHYSICAL,
		.sub = XEN_EVTCHNOP_SEND, .action = HCBPF_RULE_SEND,
		.otherwise = HCBPF_RULE_PASS,
	};

	return hcbpf_rules_set(vm->hcbpf, &rule, 1, NULL) ?: set_port(vm);
}

/* ---- page attributes ---- */

/* Memory for the guest to tell of, with nothing behind it. */
#define PAGES_GPA	(4UL << 30)
#define PAGES_SIZE	(2UL << 30)
#define NR_FLIPS	2

/* KVM_HC_MAP_GPA_RANGE, as prepare_flips() has written it, encrypted and not. */
#define FLIPS		{ .program = GUEST_FLIPS, .args = { GUEST_DATA, NR_FLIPS } }
#define MAP_GPA_ENCRYPTED (1UL << 4)

static int add_pages(struct kvm_vm *vm)
{
	struct kvm_userspace_memory_region region = {
		.slot = 1, .guest_phys_addr = PAGES_GPA, .memory_size = PAGES_SIZE,
	};
	void *mem = mmap(NULL, PAGES_SIZE, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (mem == MAP_FAILED)
		return -errno;
	region.userspace_addr = (unsigned long)mem;
	return ioctl(vm->fd, KVM_SET_USER_MEMORY_REGION, &region) ? -errno : 0;
}

static int prepare_flips(struct path_vm *vm, uint64_t npages)
{
	const struct guest_flip flips[NR_FLIPS] = {
		{ PAGES_GPA + (1UL << 30), npages, MAP_GPA_ENCRYPTED },
		{ PAGES_GPA + (1UL << 30), npages, 0 },
	};

	memcpy(kvm_at(vm->vm, GUEST_DATA), flips, sizeof(flips));
	return add_pages(vm->vm);
}

static int track(struct path_vm *vm, uint64_t npages)
{
	const struct hcbpf_rule rule = {
		.abi = HCBPF_ABI_KVM, .nr = KVM_HC_MAP_GPA_RANGE, .sub = HCBPF_RULE_ANY,
		.action = HCBPF_RULE_TRACK, .otherwise = HCBPF_RULE_EXIT,
	};

	return hcbpf_rules_set(vm->hcbpf, &rule, 1, NULL) ?: prepare_flips(vm, npages);
}

static int track_page(struct path_vm *vm)
{
	return track(vm, 1);
}

static int track_gib(struct path_vm *vm)
{
	return track(vm, (1UL << 30) >> HCBPF_GPA_PAGE_SHIFT);
}

/* What there is without hcbpf: KVM's exit, for a VMM that keeps a bitmap of its own. */
static int ask_kvm_for_exits(struct path_vm *vm)
{
	struct kvm_enable_cap cap = {
		.cap = KVM_CAP_EXIT_HYPERCALL, .args = { 1 << KVM_HC_MAP_GPA_RANGE },
	};

	if (ioctl(vm->vm->fd, KVM_ENABLE_CAP, &cap))
		return -errno;
	return prepare_flips(vm, 1);
}

static int record(struct kvm_vcpu *vcpu, void *arg)
{
	static uint64_t encrypted[(PAGES_SIZE >> HCBPF_GPA_PAGE_SHIFT) / 64];
	uint64_t page = (vcpu->run->hypercall.args[0] - PAGES_GPA) >> HCBPF_GPA_PAGE_SHIFT;
	uint64_t bit = 1ULL << page % 64;

	(void)arg;
	vcpu->run->hypercall.ret = -EINVAL;
	if (page >= PAGES_SIZE >> HCBPF_GPA_PAGE_SHIFT || vcpu->run->hypercall.args[1] != 1)
		return 0;
	if (vcpu->run->hypercall.args[2] & MAP_GPA_ENCRYPTED)
		encrypted[page / 64] |= bit;
	else
		encrypted[page / 64] &= ~bit;
	vcpu->run->hypercall.ret = 0;
	return 0;
}

/* ---- the paths ---- */

const struct path paths[] = {
	{
		.name = "kvm_nr1", .what = "KVM's smallest hypercall, without the module",
		.module = MODULE_ABSENT, .vm = PLAIN_VM, .call = NULL_CALL,
		.hypercall = true, .silent = true,
	}, {
		.name = "kvm_nr1_loaded", .what = "the same, module loaded, no VM bound",
		.module = MODULE_LOADED, .vm = PLAIN_VM, .call = NULL_CALL,
		.hypercall = true, .silent = true,
	}, {
		.name = "kvm_nr1_other_bound", .what = "the same, another VM bound",
		.module = MODULE_OTHER_BOUND, .vm = PLAIN_VM, .call = NULL_CALL,
		.hypercall = true, .silent = true,
	}, {
		.name = "kvm_nr1_pass", .what = "the same, this VM bound: the call passes",
		.module = MODULE_BOUND, .vm = PLAIN_VM, .call = NULL_CALL,
		.hypercall = true, .silent = true,
	}, {
		.name = "ioeventfd_pio", .what = "port I/O, ioeventfd",
		.module = MODULE_LOADED, .vm = PLAIN_VM, .call = IO_OUT,
		.prepare = set_ioeventfd,
	}, {
		.name = "pio_exit_write", .what = "port I/O, exit to the VMM, which signals",
		.module = MODULE_LOADED, .vm = PLAIN_VM, .call = IO_OUT,
		.serve = signal_and_answer,
	}, {
		.name = "xen_exit_write", .what = "Xen send, exit to the VMM, which signals",
		.module = MODULE_LOADED, .vm = XEN_VM, .call = SEND_CALL, .hypercall = true,
		.serve = signal_and_answer,
	}, {
		.name = "xen_native_eventfd", .what = "Xen send, KVM's own event channels",
		.module = MODULE_LOADED, .vm = XEN_VM, .call = SEND_CALL, .hypercall = true,
		.prepare = set_native_port,
	}, {
		.name = "hcbpf_exit_write", .what = "hypercall, hcbpf's exit to the VMM, which signals",
		.module = MODULE_BOUND, .vm = PLAIN_VM, .call = NAMED_CALL, .hypercall = true,
		.prepare = set_exit_rule, .serve = signal_and_answer,
	}, {
		.name = "hcbpf_send_virtual", .what = "Xen send through hcbpf (port in guest memory)",
		.module = MODULE_BOUND, .vm = XEN_VM, .call = SEND_CALL, .hypercall = true,
		.prepare = set_port,
	}, {
		.name = "hcbpf_doorbell", .what = "doorbell through hcbpf (port in a register)",
		.module = MODULE_BOUND, .vm = PLAIN_VM, .call = DOORBELL_CALL, .hypercall = true,
		.prepare = set_port,
	}, {
		.name = "hcbpf_deny", .what = "a call that a rule denies",
		.module = MODULE_BOUND, .vm = PLAIN_VM, .call = NAMED_CALL,
		.hypercall = true, .silent = true, .prepare = set_deny_rule,
	}, {
		.name = "hcbpf_send_registered", .what = "the same, from a registered buffer",
		.module = MODULE_BOUND, .vm = XEN_VM, .call = SEND_CALL, .hypercall = true,
		.prepare = register_buffer,
	}, {
		.name = "hcbpf_send_physical", .what = "the same, at a physical address",
		.module = MODULE_BOUND, .vm = XEN_VM, .call = PHYSICAL_CALL, .hypercall = true,
		.prepare = allow_physical,
	}, {
		.name = "gpa_flip_4k", .what = "attribute of one page, there and back",
		.module = MODULE_BOUND, .vm = PLAIN_VM, .call = FLIPS,
		.hypercall = true, .silent = true, .prepare = track_page,
	}, {
		.name = "gpa_flip_1g", .what = "attribute of 1 GB, there and back",
		.module = MODULE_BOUND, .vm = PLAIN_VM, .call = FLIPS,
		.hypercall = true, .silent = true, .prepare = track_gib,
	}, {
		.name = "gpa_flip_exit", .what = "attribute of one page, KVM's exit to the VMM",
		.module = MODULE_LOADED, .vm = PLAIN_VM, .call = FLIPS,
		.hypercall = true, .silent = true, .prepare = ask_kvm_for_exits, .serve = record,
	},
};

const unsigned int nr_paths = sizeof(paths) / sizeof(paths[0]);

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

static uint64_t take_signals(const struct path_vm *vm)
{
	eventfd_t count;

	return eventfd_read(vm->efd, &count) ? 0 : count;
}

void path_forget_signals(const struct path_vm *vm)
{
	take_signals(vm);
}

int path_check_signals(const struct path *path, const struct path_vm *vm, uint64_t calls)
{
	uint64_t signals = take_signals(vm), expected = path->silent ? 0 : calls;
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

	path_forget_signals(vm);
	err = kvm_cost(vm->vm, &path->call, ticks);
	return err ?: path_check_signals(path, vm, COST_CALLS);
}
