/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note OR BSD-2-Clause */
/*
 * A synthetic call: what a SEC("syscall") program hands to the kfunc
 * hcbpf_policy_test() to run a loaded policy, kfuncs and all, without a guest.
 */
#ifndef HCBPF_TEST_H
#define HCBPF_TEST_H

#include <hcbpf/types.h>
#include <hcbpf/call.h>

#define HCBPF_TEST_MEM 64

/*
 * @vm_id: a binding whose ports, eventfds, buffers and counters the call uses as a
 * guest's call would, which takes CAP_SYS_ADMIN; or 0 for none (every port unknown, no
 * slot). Page attributes and buffers are not changed: what is asked is only checked.
 *
 * Guest memory is @mem, @mem_len bytes at guest address @mem_addr, at most
 * HCBPF_TEST_MEM; every other address faults.
 */
struct hcbpf_test_call {
	struct hcbpf_call call;	/* in: nr, args, abi, mode, user, vcpu_id; out: ret */
	__u32 vm_id;
	__u32 mem_len;
	__u64 mem_addr;
	__u8 mem[HCBPF_TEST_MEM];
	__s32 verdict;		/* out: enum hcbpf_verdict as the module took it */
	__s32 policy_ret;	/* out: what the policy itself returned */
};

#endif /* HCBPF_TEST_H */
