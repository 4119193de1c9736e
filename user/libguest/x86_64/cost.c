// SPDX-License-Identifier: GPL-2.0-only
/* What it costs KVM/x86 to step over a hypercall. */
#include "cost.h"
#include "x86.h"

/*
 * Answer a Xen call by rewriting the registers. KVM completes a call, with a
 * result and a step over the instruction, only if RIP is still where it was.
 */
static int rewrite_regs(struct kvm_vcpu *vcpu, void *arg)
{
	const uint64_t *step = arg;
	struct kvm_regs regs;
	int ret;

	vcpu->run->xen.u.hcall.result = 0;
	ret = kvm_vcpu_regs(vcpu, &regs);
	if (ret)
		return ret;
	regs.rax = 0;
	regs.rip += *step;
	return kvm_vcpu_set_regs(vcpu, &regs);
}

/*
 * Few rounds: the difference of two loops must not have a timer's interrupt in one of them, and
 * with 50 rounds each loop has one where a second has 50 million instructions (Bochs).
 */
#define SKIP_ROUNDS 10

int kvm_cost_skip(double *ticks)
{
	const struct kvm_vm_conf conf = { .high = true, .xen = true };
	const struct kvm_start call = {
		.program = GUEST_CALLS, .count = SKIP_ROUNDS,
		.nr = XEN_HYPERCALL_EVENT_CHANNEL_OP, .args = { XEN_EVTCHNOP_SEND, GUEST_DATA },
	};
	uint64_t by_kvm = 0, by_vmm = 3;
	double without;
	int err;

	err = kvm_cost_in(&conf, &call, rewrite_regs, &by_kvm, ticks);
	if (!err)
		err = kvm_cost_in(&conf, &call, rewrite_regs, &by_vmm, &without);
	if (!err)
		*ticks -= without;
	return err;
}
