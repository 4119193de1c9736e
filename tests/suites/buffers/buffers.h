/* SPDX-License-Identifier: GPL-2.0-only */
/* What the tests of registered buffers share. */
#ifndef TESTS_LAB_BUFFERS_H
#define TESTS_LAB_BUFFERS_H

#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>
#include "rig.h"

#define PAGE 4096
/* What the guest hears where hcbpf leaves the call to KVM: from there, or from the VMM. */
#define UNSERVED ((int64_t)XEN_ANSWER)
#define MISSED ((int64_t)XEN_FAULT_ANSWER)	/* a send at an address that is nowhere */
#define ANY HCBPF_RULE_ANY

/* Where no guest of these tests has anything mapped: only a table leads from here to memory. */
#define NOWHERE 0x70000000ULL

static const struct kvm_vm_conf kvm64, xen64 = { .xen = true };
static const struct kvm_vm_conf kvm32 = { .mode = GUEST_32 };
static const struct kvm_vm_conf xen32 = { .mode = GUEST_32, .xen = true };

static inline struct hcbpf_rule xen_rule(uint32_t nr, uint32_t sub, uint8_t action)
{
	return (struct hcbpf_rule){
		.abi = HCBPF_ABI_XEN, .nr = nr, .sub = sub, .action = action,
		.otherwise = action == HCBPF_RULE_SEND ? HCBPF_RULE_PASS : 0,
	};
}

/* All that a Xen guest can be allowed. */
static inline void allow_all(struct rig *rig)
{
	const struct hcbpf_rule rules[] = {
		xen_rule(XEN_HYPERCALL_EVENT_CHANNEL_OP, XEN_EVTCHNOP_SEND, HCBPF_RULE_SEND),
		xen_rule(XEN_HYPERCALL_EVENT_CHANNEL_OP | HCBPF_HC_PHYSICAL, XEN_EVTCHNOP_SEND,
			 HCBPF_RULE_SEND),
		xen_rule(HCBPF_HC_FEATURES, ANY, HCBPF_RULE_BUFFER),
		xen_rule(HCBPF_HC_BUFFER_INSERT, ANY, HCBPF_RULE_BUFFER),
		xen_rule(HCBPF_HC_BUFFER_PURGE, ANY, HCBPF_RULE_BUFFER),
	};

	assert_ok(hcbpf_rules_set(rig->hc, rules, ARRAY_LEN(rules), NULL));
}

static inline void buffers_up_with(struct rig *rig, const struct kvm_vm_conf *conf, uint32_t flags)
{
	LIBHCBPF_OPTS(hcbpf_bind_opts, opts, .flags = flags);

	rig_up(rig, conf, &opts);
	assert_ok(hcbpf_port_set(rig->hc, PORT, 0));
	allow_all(rig);
	put_port(rig->vm, GUEST_DATA, PORT);
}

static inline void buffers_up(struct rig *rig, const struct kvm_vm_conf *conf)
{
	buffers_up_with(rig, conf, 0);
}

/* One call of vCPU @id, with what it returned as a signed number of the guest's width. */
static inline int64_t call_on(struct rig *rig, unsigned int id, uint64_t nr, uint64_t a0,
			      uint64_t a1, uint64_t a2, uint64_t a3)
{
	struct kvm_start start = {
		.program = GUEST_CALL_ONCE, .count = 1, .nr = nr, .args = { a0, a1, a2, a3 },
	};
	struct kvm_vcpu *vcpu = &rig->vm->vcpus[id];
	struct kvm_regs regs;

	assert_kvm(kvm_vcpu_start(vcpu, &start));
	assert_kvm(kvm_vcpu_run(vcpu));
	assert_true(vcpu->stopped);
	assert_kvm(kvm_vcpu_regs(vcpu, &regs));
	return rig->vm->mode == GUEST_32 ? (int32_t)kvm_result(&regs) : (int64_t)kvm_result(&regs);
}

static inline int64_t insert(struct rig *rig, uint64_t va, uint64_t gpa, uint64_t size,
			     uint64_t flags)
{
	return call_on(rig, 0, HCBPF_HC_BUFFER_INSERT, va, gpa, size, flags);
}

static inline int64_t purge(struct rig *rig, uint64_t va, uint64_t flags)
{
	return call_on(rig, 0, HCBPF_HC_BUFFER_PURGE, va, 0, 0, flags);
}

static inline int64_t send_on(struct rig *rig, unsigned int id, uint64_t addr)
{
	return call_on(rig, id, XEN_HYPERCALL_EVENT_CHANNEL_OP, XEN_EVTCHNOP_SEND, addr, 0, 0);
}

static inline int64_t send_physical(struct rig *rig, uint64_t addr)
{
	return call_on(rig, 0, XEN_HYPERCALL_EVENT_CHANNEL_OP | HCBPF_HC_PHYSICAL,
		       XEN_EVTCHNOP_SEND, addr, 0, 0);
}

/* The send at @addr is served: answered with 0, one signal. */
static inline void expect_sent(struct rig *rig, uint64_t addr)
{
	assert_return(send_on(rig, 0, addr), 0);
	assert_int_equal(efd_take(rig->efd), 1);
}

/* The send at @addr gets @answer, and signals nothing. */
static inline void expect_unsent(struct rig *rig, uint64_t addr, int64_t answer)
{
	assert_return(send_on(rig, 0, addr), answer);
	assert_int_equal(efd_take(rig->efd), 0);
}

static inline size_t count_buffers(struct rig *rig)
{
	size_t nr = 0;

	assert_ok(hcbpf_buffers_get(rig->hc, NULL, &nr));
	return nr;
}

/* A slot of @size bytes at @gpa, from @mem; size 0: deleted. */
static inline void set_slot_nr(struct kvm_vm *vm, uint32_t nr, uint64_t gpa, void *mem, size_t size,
			       uint32_t flags)
{
	struct kvm_userspace_memory_region region = {
		.slot = nr, .flags = flags, .guest_phys_addr = gpa, .memory_size = size,
		.userspace_addr = (uintptr_t)mem,
	};

	assert_return(hc_ioctl(vm->fd, KVM_SET_USER_MEMORY_REGION, &region), 0);
}

static inline void set_slot(struct kvm_vm *vm, uint64_t gpa, void *mem, size_t size, uint32_t flags)
{
	set_slot_nr(vm, 1, gpa, mem, size, flags);
}

static inline void *new_memory(size_t size)
{
	void *mem = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	assert_true(mem != MAP_FAILED);
	memset(mem, 0, size);
	return mem;
}

#endif /* TESTS_LAB_BUFFERS_H */
