// SPDX-License-Identifier: GPL-2.0-only
/*
 * A stand-in for SEV-ES, which needs hardware. What KVM's handlers see of such a vCPU is a
 * flag, the registers that the guest has put into the GHCB, and in all others what was left
 * there. KVM steps over no instruction then: the guest has done that itself. Only the vendor's
 * module knows, and would take this vCPU for one like any other, so stepping over
 * is replaced here by something that shows in RIP, which is poison, and reads nothing.
 */
#include <linux/ftrace.h>
#include <linux/kvm_host.h>
#include <linux/string.h>
#include "protected.h"

#define SKIP "kvm_skip_emulated_instruction"

static struct kvm_vcpu *unskipped;

static int skip(struct kvm_vcpu *vcpu)
{
	vcpu->arch.regs[VCPU_REGS_RIP] += HYPERCALL_LEN;
	return 1;
}

static void notrace skip_instead(unsigned long ip, unsigned long parent_ip, struct ftrace_ops *ops,
				 struct ftrace_regs *fregs)
{
	struct kvm_vcpu *vcpu = (struct kvm_vcpu *)ftrace_regs_get_argument(fregs, 0);

	if (vcpu->arch.guest_state_protected || vcpu == READ_ONCE(unskipped))
		ftrace_regs_set_instruction_pointer(fregs, (unsigned long)skip);
}

static struct ftrace_ops skip_ops = {
	.func = skip_instead,
	.flags = FTRACE_OPS_FL_IPMODIFY,
};

int protected_init(void)
{
	unsigned char name[] = SKIP;	/* ftrace writes to it */

	return ftrace_set_filter(&skip_ops, name, strlen(name), 0) ?:
	       register_ftrace_function(&skip_ops);
}

void protected_exit(void)
{
	unregister_ftrace_function(&skip_ops);
	synchronize_rcu_tasks();
	ftrace_free_filter(&skip_ops);
}

void protected_skip(struct kvm_vcpu *vcpu)
{
	WRITE_ONCE(unskipped, vcpu);
}

void protected_begin(struct kvm_vcpu *vcpu, u64 poison)
{
	int i;

	for (i = 0; i <= VCPU_REGS_RIP; i++)
		vcpu->arch.regs[i] = poison;
	vcpu->arch.guest_state_protected = true;
}

/* KVM puts RAX, RBX, RCX and RDX back into the GHCB; the call's own are the caller's to check. */
bool protected_end(struct kvm_vcpu *vcpu, u64 poison)
{
	int i;

	vcpu->arch.guest_state_protected = false;
	for (i = VCPU_REGS_RSP; i < VCPU_REGS_RIP; i++)
		if (i != VCPU_REGS_RSI && vcpu->arch.regs[i] != poison)
			return false;
	return true;
}
