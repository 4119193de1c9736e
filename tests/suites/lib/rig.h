/* SPDX-License-Identifier: GPL-2.0-only */
/* A VM that is bound, with the usual eventfd in slot 0; for tests with guests. */
#ifndef TESTS_LAB_RIG_H
#define TESTS_LAB_RIG_H

#include <hcbpf/guest.h>
#include <hcbpf/libhcbpf.h>
#include <unistd.h>
#include "lab.h"

#define PORT 5

struct rig {
	struct kvm_vm *vm;
	struct hcbpf_vm *hc;
	int efd;
};

static inline void rig_up(struct rig *rig, const struct kvm_vm_conf *conf,
			  const struct hcbpf_bind_opts *opts)
{
	assert_kvm(kvm_vm_create(conf, &rig->vm));
	assert_ok(hcbpf_vm_bind(rig->vm->fd, opts, &rig->hc));
	rig->efd = efd_new();
	assert_ok(hcbpf_vm_set_eventfd(rig->hc, 0, rig->efd));
}

/* With the default policy, and PORT served. */
static inline void rig_up_serving(struct rig *rig, const struct kvm_vm_conf *conf)
{
	rig_up(rig, conf, NULL);
	assert_ok(hcbpf_port_set(rig->hc, PORT, 0));
}

static inline void rig_down(struct rig *rig)
{
	kvm_vm_destroy(rig->vm);
	hcbpf_vm_close(rig->hc);
	close(rig->efd);
}

static inline struct hcbpf_vm_stats rig_stats(struct rig *rig)
{
	struct hcbpf_vm_stats stats;

	assert_ok(hcbpf_vm_stats(rig->hc, &stats));
	return stats;
}

/* Calls of EVTCHNOP_send on the port that lies at guest address @addr. */
static inline struct kvm_start xen_sends(uint64_t addr, uint64_t count)
{
	struct kvm_start start = {
		.program = GUEST_CALLS, .count = count,
		.nr = XEN_HYPERCALL_EVENT_CHANNEL_OP, .args = { XEN_EVTCHNOP_SEND, addr },
	};

	return start;
}

static inline struct kvm_start doorbells(uint64_t port, uint64_t count, uint32_t abi)
{
	struct kvm_start start = {
		.program = GUEST_CALLS, .count = count, .abi = abi,
		.nr = abi == PLAIN_ABI ? PLAIN_DOORBELL : HCBPF_HC_DOORBELL, .args = { port },
	};

	return start;
}

/* How many calls the VMM was asked about because nobody in the kernel knew them. */
static inline void expect_xen_exits(const struct kvm_vm *vm, uint64_t nr)
{
	assert_int_equal(vm->vcpus[0].exits.xen, XEN_CALLS_EXIT ? nr : 0);
}

/* In a 32-bit guest without Xen. */
static inline struct kvm_start doorbells32(uint64_t port, uint64_t count)
{
	struct kvm_start start = doorbells(port, count, PLAIN_ABI);

	start.nr = PLAIN_DOORBELL32;
	return start;
}

static inline void put_port(struct kvm_vm *vm, uint64_t addr, uint32_t port)
{
	memcpy(kvm_at(vm, addr), &port, sizeof(port));
}

/* Run to the program's end on vCPU 0. */
static inline void run_guest(struct kvm_vm *vm, const struct kvm_start *start)
{
	assert_kvm(kvm_vcpu_start(&vm->vcpus[0], start));
	assert_kvm(kvm_vcpu_run(&vm->vcpus[0]));
	assert_true(vm->vcpus[0].stopped);
}

/* One call: what it returned, all bits of the register. */
static inline uint64_t call_once(struct kvm_vm *vm, struct kvm_start start)
{
	struct kvm_regs regs;

	start.program = GUEST_CALL_ONCE;
	start.count = 1;
	run_guest(vm, &start);
	assert_kvm(kvm_vcpu_regs(&vm->vcpus[0], &regs));
	return kvm_result(&regs);
}

#endif /* TESTS_LAB_RIG_H */
