/* SPDX-License-Identifier: GPL-2.0-only */
/* A VMM that answers what comes to it with 77, so that it is known from KVM's answers and hcbpf's. */
#ifndef TESTS_VMM_ANSWER_H
#define TESTS_VMM_ANSWER_H

#include "rig.h"

#define VMM_ANSWER 77

static inline int vmm_answer(struct kvm_vcpu *vcpu, void *arg)
{
	(void)arg;
	if (vcpu->run->exit_reason == KVM_EXIT_XEN)
		vcpu->run->xen.u.hcall.result = VMM_ANSWER;
	else if (vcpu->run->exit_reason == KVM_EXIT_HYPERCALL)
		vcpu->run->hypercall.ret = VMM_ANSWER;
	return 0;
}

#endif /* TESTS_VMM_ANSWER_H */
