/* SPDX-License-Identifier: GPL-2.0-only */
/* What the tests of rules and exits share, on top of the usual rig. */
#ifndef TESTS_LAB_RULES_H
#define TESTS_LAB_RULES_H

#include <bpf/libbpf.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include "rig.h"

#define ANY HCBPF_RULE_ANY
#define KVM_ANSWER PLAIN_ANSWER

static const struct kvm_vm_conf kvm64, xen64 = { .xen = true };
static const struct kvm_vm_conf kvm32 = { .mode = GUEST_32 };
static const struct kvm_vm_conf xen32 = { .mode = GUEST_32, .xen = true };

/* ---- rules ---- */

static inline int set_rules_with(struct rig *rig, const struct hcbpf_rule *rules, uint32_t nr,
				 uint32_t flags, uint32_t generation)
{
	struct hcbpf_rules req = {
		.size = sizeof(req), .flags = flags, .nr = nr, .generation = generation,
		.rules = (uintptr_t)rules, .profile = "test",
	};

	return hc_ioctl(hcbpf_vm_fd(rig->hc), HCBPF_VM_SET_RULES, &req);
}

static inline int set_rules(struct rig *rig, const struct hcbpf_rule *rules, uint32_t nr)
{
	return set_rules_with(rig, rules, nr, 0, 0);
}

#define SET_RULES(rig, rules) set_rules(rig, rules, ARRAY_LEN(rules))

static inline struct hcbpf_rule rule(uint8_t abi, uint32_t nr, uint32_t sub, uint8_t action)
{
	return (struct hcbpf_rule){ .abi = abi, .nr = nr, .sub = sub, .action = action };
}

static inline struct hcbpf_rule deny(uint8_t abi, uint32_t nr, uint32_t sub, int32_t ret)
{
	return (struct hcbpf_rule){
		.abi = abi, .nr = nr, .sub = sub, .action = HCBPF_RULE_DENY, .ret = ret,
	};
}

static inline struct hcbpf_rule port_rule(uint8_t abi, uint32_t nr, uint32_t sub, uint8_t action,
					  uint8_t otherwise, int32_t ret)
{
	return (struct hcbpf_rule){
		.abi = abi, .nr = nr, .sub = sub, .action = action, .otherwise = otherwise,
		.ret = ret,
	};
}

static inline struct hcbpf_vm_info rig_info(struct rig *rig)
{
	return hc_vm_info(hcbpf_vm_fd(rig->hc));
}

/* ---- calls ---- */

static inline uint64_t xen_call(struct rig *rig, uint64_t nr, uint64_t arg0, uint64_t arg1)
{
	struct kvm_start start = { .nr = nr, .args = { arg0, arg1 }, .abi = HCBPF_ABI_XEN };

	return call_once(rig->vm, start);
}

static inline uint64_t kvm_call(struct rig *rig, uint64_t nr, uint64_t arg0)
{
	struct kvm_start start = { .nr = nr, .args = { arg0 }, .abi = PLAIN_ABI };

	return call_once(rig->vm, start);
}

/* One KVM_RUN: 0 or a negative errno. */
static inline int run_once(struct rig *rig)
{
	return hc_ioctl(rig->vm->vcpus[0].fd, KVM_RUN, NULL);
}

/* Run to an EXIT, and stay there. */
static inline struct kvm_run *run_to_exit(struct rig *rig, const struct kvm_start *start)
{
	struct kvm_run *run = rig->vm->vcpus[0].run;

	assert_kvm(kvm_vcpu_start(&rig->vm->vcpus[0], start));
	assert_return(run_once(rig), 0);
	assert_int_equal(run->exit_reason, KVM_EXIT_HYPERCALL);
	return run;
}

/* kvm_run.hypercall.flags, which headers before Linux 6.4 call longmode and pad. */
static inline uint64_t exit_flags(const struct kvm_run *run)
{
	uint64_t flags;

	memcpy(&flags, (const char *)&run->hypercall.ret + sizeof(run->hypercall.ret),
	       sizeof(flags));
	return flags;
}

static inline void set_exit_flags(struct kvm_run *run, uint64_t flags)
{
	memcpy((char *)&run->hypercall.ret + sizeof(run->hypercall.ret), &flags, sizeof(flags));
}

/* Go on to the end of the program; no second exit comes. */
static inline struct kvm_regs finish_run(struct rig *rig)
{
	struct kvm_vcpu *vcpu = &rig->vm->vcpus[0];
	struct kvm_regs regs;

	assert_return(run_once(rig), 0);
	assert_true(kvm_is_stop(vcpu->run));
	assert_kvm(kvm_vcpu_regs(vcpu, &regs));
	return regs;
}

static inline uint64_t finish_result(struct rig *rig)
{
	struct kvm_regs regs = finish_run(rig);

	return kvm_result(&regs);
}

/*
 * Let GUEST_FOREVER come to its end by itself: unlike kvm_vcpu_stop() not
 * between a call and the count of its result. The guest's own decrement may
 * undo a store.
 */
static inline void let_finish(struct kvm_vcpu *vcpu)
{
	assert_true(wait_until((kvm_block(vcpu)->count = 1,
				__atomic_load_n(&vcpu->stopped, __ATOMIC_ACQUIRE)), 10000));
	assert_kvm(kvm_vcpu_join(vcpu));
}

/* ---- policies ---- */

/* Until policy_attach(): the numbers that it asks for. */
static inline void policy_set_calls(struct policy *policy, uint32_t nr, const uint32_t *calls)
{
	size_t size;
	struct hcbpf_ops *ops = bpf_map__initial_value(policy->map, &size);

	ops->nr_calls = nr;
	memcpy(ops->calls, calls, (nr < HCBPF_OPS_CALLS ? nr : HCBPF_OPS_CALLS) * sizeof(*calls));
}

static inline int module_users(void)
{
	return atoi(file_text("/sys/module/hcbpf/refcnt"));
}

#endif /* TESTS_LAB_RULES_H */
