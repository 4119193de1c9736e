// SPDX-License-Identifier: GPL-2.0-only
/* The paths of x86. */
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <hcbpf/guest.h>
#include <hcbpf/rule.h>
#include <linux/kvm_para.h>
#include "../prepare.h"

#define IO_PORT		0x600

/* KVM answers it with 0 and does nothing else: KVM_HC_VAPIC_POLL_IRQ. */
#define KVM_NULL_CALL	1

/* Their code lies where a kernel's does. */
#define XEN_VM		{ .high = true, .xen = true, .xen_evtchn_send = true }
#define PLAIN_VM	{ .high = true }

#define NULL_CALL	{ .program = GUEST_CALLS, .nr = KVM_NULL_CALL }
#define SEND_CALL	{ .program = GUEST_CALLS, .nr = XEN_HYPERCALL_EVENT_CHANNEL_OP, \
			  .args = { XEN_EVTCHNOP_SEND, GUEST_DATA } }
#define PHYSICAL_CALL	{ .program = GUEST_CALLS, \
			  .nr = XEN_HYPERCALL_EVENT_CHANNEL_OP | HCBPF_HC_PHYSICAL, \
			  .args = { XEN_EVTCHNOP_SEND, GUEST_DATA } }
/* A list of one frame, that of the argument, in the registered page. */
#define LIST_AT		(GUEST_DATA + 64UL)
#define LIST_CALL	{ .program = GUEST_CALLS, \
			  .nr = XEN_HYPERCALL_EVENT_CHANNEL_OP | HCBPF_HC_LIST, \
			  .args = { XEN_EVTCHNOP_SEND, HCBPF_LIST_ADDRESS(LIST_AT, 0) } }
#define DOORBELL_CALL	{ .program = GUEST_CALLS, .nr = HCBPF_HC_DOORBELL, .args = { SEND_PORT } }
#define IO_OUT		{ .program = GUEST_OUT, .args = { IO_PORT } }
#define NAMED_CALL	{ .program = GUEST_CALLS, .nr = NAMED_NR }

/* ---- sends ---- */

static int set_native_port(struct path_vm *vm)
{
	return kvm_vm_xen_eventfd(vm->vm, SEND_PORT, vm->efd);
}

static int set_ioeventfd(struct path_vm *vm)
{
	return kvm_vm_ioeventfd(vm->vm, IO_PORT, vm->efd);
}

/* What the guest itself does to register the page of its argument, then sends from there. */
static int register_for(struct path_vm *vm, uint32_t send)
{
	const struct hcbpf_rule rules[] = {
		{ .abi = HCBPF_ABI_XEN, .nr = send,
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

	err = hcbpf_rules_set(vm->hcbpf, rules, 2, NULL) ?: path_set_port(vm);
	if (!err)
		err = kvm_vcpu_start(&vm->vm->vcpus[0], &insert);
	if (!err)
		err = kvm_vcpu_run(&vm->vm->vcpus[0]);
	return err ?: kvm_block(&vm->vm->vcpus[0])->zero == 1 ? 0 : -EPROTO;
}

static int register_buffer(struct path_vm *vm)
{
	return register_for(vm, XEN_HYPERCALL_EVENT_CHANNEL_OP);
}

static int register_list(struct path_vm *vm)
{
	*(uint64_t *)kvm_at(vm->vm, LIST_AT) = GUEST_DATA >> HCBPF_GPA_PAGE_SHIFT;
	return register_for(vm, XEN_HYPERCALL_EVENT_CHANNEL_OP | HCBPF_HC_LIST);
}

static int allow_physical(struct path_vm *vm)
{
	const struct hcbpf_rule rule = {
		.abi = HCBPF_ABI_XEN, .nr = XEN_HYPERCALL_EVENT_CHANNEL_OP | HCBPF_HC_PHYSICAL,
		.sub = XEN_EVTCHNOP_SEND, .action = HCBPF_RULE_SEND,
		.otherwise = HCBPF_RULE_PASS,
	};

	return hcbpf_rules_set(vm->hcbpf, &rule, 1, NULL) ?: path_set_port(vm);
}

/* ---- page attributes ---- */

/* Memory for the guest to report on, with nothing behind it. */
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
		.name = "kvm_nr1_loaded", .what = "KVM's smallest hypercall, no VM bound",
		.peer = "kvm_nr1",
		.module = MODULE_LOADED, .vm = PLAIN_VM, .call = NULL_CALL,
		.hypercall = true, .silent = true,
	}, {
		.name = "kvm_nr1_other_bound", .what = "KVM's smallest hypercall, another VM bound",
		.peer = "kvm_nr1",
		.module = MODULE_OTHER_BOUND, .vm = PLAIN_VM, .call = NULL_CALL,
		.hypercall = true, .silent = true,
	}, {
		.name = "kvm_nr1_pass", .what = "KVM's smallest hypercall, bound: it passes",
		.peer = "kvm_nr1",
		.module = MODULE_BOUND, .vm = PLAIN_VM, .call = NULL_CALL,
		.hypercall = true, .silent = true,
	}, {
		.name = "ioeventfd_pio", .what = "port I/O, ioeventfd",
		.module = MODULE_LOADED, .vm = PLAIN_VM, .call = IO_OUT,
		.prepare = set_ioeventfd,
	}, {
		.name = "pio_exit_write", .what = "port I/O, exit to the VMM, which signals",
		.module = MODULE_LOADED, .vm = PLAIN_VM, .call = IO_OUT,
		.serve = path_signal_and_answer,
	}, {
		.name = "xen_exit_write", .what = "Xen send, exit to the VMM, which signals",
		.module = MODULE_LOADED, .vm = XEN_VM, .call = SEND_CALL, .hypercall = true,
		.serve = path_signal_and_answer,
	}, {
		.name = "xen_native_eventfd", .what = "Xen send, KVM's own event channels",
		.module = MODULE_LOADED, .vm = XEN_VM, .call = SEND_CALL, .hypercall = true,
		.prepare = set_native_port,
	}, {
		.name = "hcbpf_exit_write", .what = "hypercall, hcbpf's exit to the VMM, which signals",
		.peer = "pio_exit_write",
		.module = MODULE_BOUND, .vm = PLAIN_VM, .call = NAMED_CALL, .hypercall = true,
		.prepare = path_set_exit_rule, .serve = path_signal_and_answer,
	}, {
		.name = "hcbpf_send_virtual", .what = "Xen send through hcbpf (port in guest memory)",
		.peer = "xen_native_eventfd",
		.module = MODULE_BOUND, .vm = XEN_VM, .call = SEND_CALL, .hypercall = true,
		.prepare = path_set_port,
	}, {
		.name = "hcbpf_doorbell", .what = "doorbell through hcbpf (port in a register)",
		.peer = "ioeventfd_pio",
		.module = MODULE_BOUND, .vm = PLAIN_VM, .call = DOORBELL_CALL, .hypercall = true,
		.prepare = path_set_port,
	}, {
		.name = "hcbpf_deny", .what = "a call that a rule denies",
		.peer = "kvm_nr1",
		.module = MODULE_BOUND, .vm = PLAIN_VM, .call = NAMED_CALL,
		.hypercall = true, .silent = true, .prepare = path_set_deny_rule,
	}, {
		.name = "hcbpf_send_registered", .what = "Xen send through hcbpf (registered buffer)",
		.peer = "xen_native_eventfd",
		.module = MODULE_BOUND, .vm = XEN_VM, .call = SEND_CALL, .hypercall = true,
		.prepare = register_buffer,
	}, {
		.name = "hcbpf_send_physical", .what = "Xen send through hcbpf (physical address)",
		.peer = "xen_native_eventfd",
		.module = MODULE_BOUND, .vm = XEN_VM, .call = PHYSICAL_CALL, .hypercall = true,
		.prepare = allow_physical,
	}, {
		.name = "hcbpf_send_list", .what = "Xen send through hcbpf (list of page frames)",
		.peer = "xen_native_eventfd",
		.module = MODULE_BOUND, .vm = XEN_VM, .call = LIST_CALL, .hypercall = true,
		.prepare = register_list,
	}, {
		.name = "gpa_flip_4k", .what = "attribute of one page, there and back",
		.peer = "gpa_flip_exit",
		.module = MODULE_BOUND, .vm = PLAIN_VM, .call = FLIPS,
		.hypercall = true, .silent = true, .prepare = track_page,
	}, {
		.name = "gpa_flip_1g", .what = "attribute of 1 GB, there and back",
		.peer = "gpa_flip_exit",
		.module = MODULE_BOUND, .vm = PLAIN_VM, .call = FLIPS,
		.hypercall = true, .silent = true, .prepare = track_gib,
	}, {
		.name = "gpa_flip_exit", .what = "attribute of one page, KVM's exit to the VMM",
		.module = MODULE_LOADED, .vm = PLAIN_VM, .call = FLIPS,
		.hypercall = true, .silent = true, .prepare = ask_kvm_for_exits, .serve = record,
	},
};

const unsigned int nr_paths = sizeof(paths) / sizeof(paths[0]);
const char *const path_of_curves = "hcbpf_send_virtual";
