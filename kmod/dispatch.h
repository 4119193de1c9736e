/* SPDX-License-Identifier: GPL-2.0-only */
/* One hypercall. */
#ifndef HCBPF_KMOD_DISPATCH_H
#define HCBPF_KMOD_DISPATCH_H

#include <linux/container_of.h>
#include <linux/types.h>
#include <hcbpf/call.h>
#include <hcbpf/test.h>

struct hcbpf_ops;
struct hcbpf_vm;
struct kvm_vcpu;

/* A call with what its policy must not see. The kfuncs find it by container_of. */
struct call_frame {
	struct hcbpf_call call;
	struct kvm_vcpu *vcpu;			/* NULL: synthetic */
	struct hcbpf_vm *vm;
	struct hcbpf_test_call *test;		/* NULL: a guest's call */
	u64 bpf_args[1];			/* as BPF passes arguments: a pointer to call */
	u32 writes;				/* pages of the guest's that were written */
	bool sdei;				/* on DONE, carry out SDEI's call */
};

static inline struct call_frame *hcb_frame_of(struct hcbpf_call *call)
{
	return container_of(call, struct call_frame, call);
}

/* What the hook does with a call. entry.S knows the values. */
enum call_fate {
	CALL_PASS = 0,		/* go on into KVM's handler */
	CALL_ANSWERED = 1,	/* the guest has its result: step over the instruction */
	CALL_EXIT = 2,		/* kvm_run is filled in: leave to the VMM */
};

/* For hooked.h: @ops NULL, the policy has gone. Inside RCU. */
enum call_fate hcb_ask_policy(struct kvm_vcpu *vcpu, struct hcbpf_vm *vm,
			      const struct hcbpf_ops *ops, u32 abi);
/* Instead of the rest of hcb_dispatch(): while calls are observed, of a VM with SDEI. */
enum call_fate hcb_dispatch_observed(struct kvm_vcpu *vcpu, struct hcbpf_vm *vm);
enum call_fate hcb_dispatch_sdei(struct kvm_vcpu *vcpu, struct hcbpf_vm *vm);
int hcb_dispatch_test(const char *policy, struct hcbpf_test_call *test);

#endif /* HCBPF_KMOD_DISPATCH_H */
