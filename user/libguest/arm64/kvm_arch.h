/* SPDX-License-Identifier: GPL-2.0-only */
/* What tests must know of the architecture: arm64. */
#ifndef KVM_ARCH_H
#define KVM_ARCH_H

#include <hcbpf/guest.h>
#include <linux/kvm.h>
#include <stdint.h>

/* The ABI of a VM without Xen hypercalls, its doorbell, and what it passes. */
#define PLAIN_ABI HCBPF_ABI_SMCCC
#define FOREIGN_ABI HCBPF_ABI_KVM	/* no call of this machine has it */
#define PLAIN_DOORBELL HCBPF_SMCCC_DOORBELL
#define PLAIN_DOORBELL32 HCBPF_SMCCC_DOORBELL32	/* of a 32-bit guest */
#define PLAIN_NR_MASK 0xffffffffULL
#define PLAIN_ARGS 6
#define XEN_ARGS 5

/* The answer to a call that nobody knows, SMCCC_RET_NOT_SUPPORTED: KVM's, for Xen's too. */
#define PLAIN_ANSWER ((uint64_t)-1)
#define XEN_ANSWER ((uint64_t)-1)
#define XEN_FAULT_ANSWER XEN_ANSWER
#define XEN_CALLS_EXIT false

/* kvm_run.hypercall.flags of a 64-bit caller, but for the ABI. */
#define EXIT_FLAGS_64 0

/* How far a call moves the program counter; and how much of it is left to do at an exit. */
#define CALL_LEN 4
#define REST_OF_CALL 0

#define kvm_result(from) ((from)->regs.regs[0])
#define kvm_pc(from) ((from)->regs.pc)

/* What the guest's own clock counts (guest_block.tsc): nanoseconds. */
static inline uint64_t kvm_ticks(void)
{
	uint64_t now, frequency;

	asm volatile("isb; mrs %0, cntvct_el0; mrs %1, cntfrq_el0" : "=r" (now), "=r" (frequency));
	return (unsigned __int128)now * 1000000000 / frequency;
}

/* Instructions of a round of GUEST_NOTHING: when it takes as many ticks, ticks are instructions. */
#define COST_NOTHING 11

/* The function that the module hooks, and how. */
#define HOOKED_FUNCTION "kvm_smccc_call_handler"
#define USUAL_HOOK HCBPF_HOOK_REDIRECT

#endif /* KVM_ARCH_H */
