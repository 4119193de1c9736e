/* SPDX-License-Identifier: GPL-2.0-only */
/* What tests must know of the architecture: x86. */
#ifndef KVM_ARCH_H
#define KVM_ARCH_H

#include <errno.h>
#include <hcbpf/guest.h>
#include <linux/kvm.h>
#include <linux/kvm_para.h>
#include <stdint.h>

/* The ABI of a VM without Xen hypercalls, its doorbell, and what it passes. */
#define PLAIN_ABI HCBPF_ABI_KVM
#define FOREIGN_ABI HCBPF_ABI_SMCCC	/* no call of this machine has it */
#define PLAIN_DOORBELL HCBPF_HC_DOORBELL
#define PLAIN_DOORBELL32 HCBPF_HC_DOORBELL	/* of a 32-bit guest */
#define PLAIN_NR_MASK ~0ULL
#define PLAIN_ARGS 4
#define XEN_ARGS 6

/* The answer to a call that nobody knows: KVM's; and the VMM's, for a Xen call. */
#define PLAIN_ANSWER ((uint64_t)-KVM_ENOSYS)
#define XEN_ANSWER ((uint64_t)-ENOSYS)
#define XEN_FAULT_ANSWER ((uint64_t)-EFAULT)	/* to a send at an address that is not mapped */
#define XEN_CALLS_EXIT true	/* to the VMM, where nobody in the kernel knows them */

/* kvm_run.hypercall.flags of a 64-bit caller, but for the ABI. */
#define EXIT_FLAGS_64 (1ULL << 0)	/* KVM_EXIT_HYPERCALL_LONG_MODE */

/* How far a call moves the program counter; and how much of it is left to do at an exit. */
#define CALL_LEN 3
#define REST_OF_CALL 3

#define kvm_result(regs) ((regs)->rax)
#define kvm_pc(regs) ((regs)->rip)

/* What the guest's own clock counts (guest_block.tsc). */
static inline uint64_t kvm_ticks(void)
{
	return __builtin_ia32_rdtsc();
}

/* Instructions of a round of GUEST_NOTHING: when it takes as many ticks, ticks are instructions. */
#define COST_NOTHING 7

/* The function that the module hooks, and how. */
#define HOOKED_FUNCTION "kvm_emulate_hypercall"
#define USUAL_HOOK HCBPF_HOOK_DIRECT

#endif /* KVM_ARCH_H */
