// SPDX-License-Identifier: GPL-2.0-only
/* Registers of a vCPU, and what its exits mean. */
#include <errno.h>
#include <linux/kvm_para.h>
#include <string.h>
#include <sys/ioctl.h>
#include "x86.h"

#define RFLAGS_FIXED	(1UL << 1)
#define RFLAGS_IOPL3	(3UL << 12)	/* CPL 3 too may reach the stop port */

static void set_args(struct kvm_regs *regs, const uint64_t *args, bool xen, bool wide)
{
	if (xen && wide) {
		regs->rdi = args[0];
		regs->rsi = args[1];
		regs->rdx = args[2];
		regs->r10 = args[3];
		regs->r8 = args[4];
		regs->r9 = args[5];
		return;
	}
	regs->rbx = args[0];
	regs->rcx = args[1];
	regs->rdx = args[2];
	regs->rsi = args[3];
	if (xen) {
		regs->rdi = args[4];
		regs->rbp = args[5];
	}
}

/* What the arguments mean to this program. */
static void set_program_regs(struct kvm_vcpu *vcpu, const struct kvm_start *start,
			     struct kvm_regs *regs)
{
	bool xen = start->abi == HCBPF_ABI_AUTO ? vcpu->vm->xen : start->abi == HCBPF_ABI_XEN;

	regs->r12 = start->samples;
	switch (start->program) {
	case GUEST_OUT:
	case GUEST_SAMPLE_OUTS:
		regs->rdx = start->args[0];
		break;
	case GUEST_SENDS:
	case GUEST_DOORBELLS:
		regs->r12 = start->args[0];
		regs->r13 = start->args[0] + start->args[1] * sizeof(struct guest_port);
		break;
	case GUEST_FLIPS:
		regs->r12 = start->args[0];
		regs->r13 = start->args[0] + start->args[1] * sizeof(struct guest_flip);
		break;
	default:
		regs->rax = start->nr;
		set_args(regs, start->args, xen, vcpu->vm->mode == GUEST_64);
	}
}

int arch_vcpu_start(struct kvm_vcpu *vcpu, const struct kvm_start *start)
{
	struct kvm_regs regs = {
		.rip = kvm_program_entry(vcpu->vm, start->program),
		.rsp = GUEST_BLOCKS + vcpu->id * sizeof(struct guest_block),
		.rflags = RFLAGS_FIXED | (vcpu->vm->cpl ? RFLAGS_IOPL3 : 0),
	};

	if (!regs.rip)
		return kvm_fail(EINVAL, "guest program %d in this mode", start->program);
	set_program_regs(vcpu, start, &regs);
	return kvm_vcpu_set_regs(vcpu, &regs);
}

int kvm_vcpu_regs(struct kvm_vcpu *vcpu, struct kvm_regs *regs)
{
	return ioctl(vcpu->fd, KVM_GET_REGS, regs) ? kvm_fail(errno, "KVM_GET_REGS") : 0;
}

int kvm_vcpu_set_regs(struct kvm_vcpu *vcpu, const struct kvm_regs *regs)
{
	return ioctl(vcpu->fd, KVM_SET_REGS, regs) ? kvm_fail(errno, "KVM_SET_REGS") : 0;
}

int arch_count_exit(struct kvm_vcpu *vcpu)
{
	struct kvm_run *run = vcpu->run;

	switch (run->exit_reason) {
	case KVM_EXIT_XEN:
		vcpu->exits.xen++;
		run->xen.u.hcall.result = -ENOSYS;
		return 0;
	case KVM_EXIT_HYPERCALL:
		vcpu->exits.hypercall++;
		run->hypercall.ret = -KVM_ENOSYS;
		return 0;
	case KVM_EXIT_IO:
		vcpu->exits.io++;
		return 0;
	default:
		return kvm_fail(EPROTO, "vCPU %u: unexpected exit %u (suberror %u)", vcpu->id,
				run->exit_reason, run->internal.suberror);
	}
}

bool kvm_is_stop(const struct kvm_run *run)
{
	return run->exit_reason == KVM_EXIT_IO && run->io.port == GUEST_STOP_PORT;
}
