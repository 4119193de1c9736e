// SPDX-License-Identifier: GPL-2.0-only
/* Registers of a vCPU, and what its exits mean. */
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include "arm64.h"

#define PSTATE_EL1H 0x3c5	/* D, A, I, F masked */
#define CPSR_SVC 0x1d3		/* A, I, F masked; ARM */

#define CORE_REG(member) (KVM_REG_ARM64 | KVM_REG_ARM_CORE | KVM_REG_SIZE_U64 | \
			  KVM_REG_ARM_CORE_REG(member))

static int one_reg(struct kvm_vcpu *vcpu, unsigned long request, uint64_t id, __u64 *value)
{
	struct kvm_one_reg reg = { .id = id, .addr = (uintptr_t)value };

	if (ioctl(vcpu->fd, request, &reg))
		return kvm_fail(errno, "register %#llx", (unsigned long long)id);
	return 0;
}

int kvm_vcpu_set_reg(struct kvm_vcpu *vcpu, uint64_t id, uint64_t value)
{
	__u64 copy = value;

	return one_reg(vcpu, KVM_SET_ONE_REG, id, &copy);
}

static int all_regs(struct kvm_vcpu *vcpu, unsigned long request, struct kvm_regs *regs)
{
	int i, err = 0;

	for (i = 0; i < 31 && !err; i++)
		err = one_reg(vcpu, request, CORE_REG(regs.regs[0]) + 2 * i, &regs->regs.regs[i]);
	err = err ?: one_reg(vcpu, request, CORE_REG(regs.sp), &regs->regs.sp);
	err = err ?: one_reg(vcpu, request, CORE_REG(regs.pc), &regs->regs.pc);
	return err ?: one_reg(vcpu, request, CORE_REG(regs.pstate), &regs->regs.pstate);
}

int kvm_vcpu_regs(struct kvm_vcpu *vcpu, struct kvm_regs *regs)
{
	memset(regs, 0, sizeof(*regs));
	return all_regs(vcpu, KVM_GET_ONE_REG, regs);
}

int kvm_vcpu_set_regs(struct kvm_vcpu *vcpu, const struct kvm_regs *regs)
{
	struct kvm_regs copy = *regs;

	return all_regs(vcpu, KVM_SET_ONE_REG, &copy);
}

/* X0..X6 and X16 as the ABI passes number and arguments. */
static void set_call(__u64 *x, const struct kvm_start *start, bool xen, int xen_nr)
{
	int i;

	for (i = 0; i < 6; i++)
		x[i + !xen] = start->args[i];
	x[xen ? xen_nr : 0] = start->nr;
}

/* What guest.S expects in which register. */
static void set_regs_64(struct kvm_vcpu *vcpu, const struct kvm_start *start, bool xen, __u64 *x)
{
	int i;

	x[19] = GUEST_BLOCKS + vcpu->id * sizeof(struct guest_block);
	x[28] = GUEST_STOP_ADDR;
	x[30] = start->samples;
	switch (start->program) {
	case GUEST_OUT:
	case GUEST_SAMPLE_OUTS:
		x[20] = start->args[0];
		break;
	case GUEST_SENDS:
	case GUEST_DOORBELLS:
		x[20] = start->args[0];
		x[21] = start->args[0] + start->args[1] * sizeof(struct guest_port);
		break;
	default:
		set_call(x, start, xen, 16);
		for (i = 0; i < 7; i++)
			x[20 + i] = x[i];
		x[27] = x[16];
	}
}

/* R13 and R14 of SVC mode are X19 and X18; the program has its arguments in the block. */
static void set_regs_32(struct kvm_vcpu *vcpu, const struct kvm_start *start, bool xen, __u64 *x)
{
	uint32_t *saved = (uint32_t *)((char *)kvm_block(vcpu) + BLOCK_REGS);
	int i;

	x[19] = GUEST_BLOCKS + vcpu->id * sizeof(struct guest_block);
	x[18] = GUEST_STOP_ADDR;
	if (start->program == GUEST_OUT) {
		x[4] = start->args[0];
		return;
	}
	set_call(x, start, xen, 12);
	for (i = 0; i < 7; i++)
		saved[i] = x[i];
	saved[7] = x[12];
}

/* An MMIO exit moves the PC with the next KVM_RUN: let that be behind us. */
static void complete_mmio(struct kvm_vcpu *vcpu)
{
	if (vcpu->run->exit_reason != KVM_EXIT_MMIO)
		return;
	vcpu->run->immediate_exit = 1;
	ioctl(vcpu->fd, KVM_RUN, 0);
	vcpu->run->immediate_exit = 0;
}

int arch_vcpu_start(struct kvm_vcpu *vcpu, const struct kvm_start *start)
{
	bool xen = start->abi == HCBPF_ABI_AUTO ? vcpu->vm->xen : start->abi == HCBPF_ABI_XEN;
	enum call_insn insn = xen ? CALL_XEN : start->smc ? CALL_SMC : CALL_HVC;
	bool wide = vcpu->vm->mode == GUEST_64;
	struct kvm_regs regs = {
		.regs.pstate = wide ? PSTATE_EL1H : CPSR_SVC,
		.regs.pc = kvm_program_entry(vcpu->vm->mode, start->program, insn),
	};

	if (!regs.regs.pc)
		return kvm_fail(EINVAL, "guest program %d in this mode", start->program);
	complete_mmio(vcpu);
	(wide ? set_regs_64 : set_regs_32)(vcpu, start, xen, regs.regs.regs);
	return kvm_vcpu_set_regs(vcpu, &regs);
}

int arch_count_exit(struct kvm_vcpu *vcpu)
{
	struct kvm_run *run = vcpu->run;

	if (run->exit_reason == KVM_EXIT_HYPERCALL) {
		vcpu->exits.hypercall++;
		run->hypercall.ret = PLAIN_ANSWER;
		return 0;
	}
	if (run->exit_reason != KVM_EXIT_MMIO)
		return kvm_fail(EPROTO, "vCPU %u: unexpected exit %u (suberror %u)", vcpu->id,
				run->exit_reason, run->internal.suberror);
	if (run->mmio.phys_addr == GUEST_FAULT_ADDR)
		return kvm_fail(EFAULT, "vCPU %u: an exception in the guest, ELR:ESR_EL1 %#llx",
				vcpu->id, *(unsigned long long *)run->mmio.data);
	vcpu->exits.io++;
	return 0;
}

bool kvm_is_stop(const struct kvm_run *run)
{
	return run->exit_reason == KVM_EXIT_MMIO && run->mmio.phys_addr == GUEST_STOP_ADDR;
}
