/* SPDX-License-Identifier: GPL-2.0-only */
/* One case for the standard policy's decision, shared by decide.bpf.c and its driver. */
#ifndef TESTS_BPF_DECIDE_STATE_H
#define TESTS_BPF_DECIDE_STATE_H

#include <hcbpf/call.h>
#include <hcbpf/port.h>
#include <hcbpf/rule.h>

#define DECIDE_PORTS 131072
#define DECIDE_SLOTS 8
#define DECIDE_MEM 16

struct decide_state {
	/* in */
	struct hcbpf_call call;
	__u64 mem_addr;			/* guest memory: DECIDE_MEM bytes from here, no other */
	__u8 mem[DECIDE_MEM];
	__s32 sdei_result;		/* of an SDEI call: 0, or no such thing */
	__s32 slot_result[DECIDE_SLOTS];	/* of a signal; slots beyond: -ENOENT */
	hcbpf_rule_t rule;		/* of each call; 0: the VM has no rules */
	__s32 gpa_result;		/* of a change of page attributes */
	__s32 kvm_exits;
	__s64 buffer_result;		/* of a call for buffers */
	__s32 read_result;		/* of reading guest memory, if not 0 */
	__s32 discovered;		/* whether the function is there that a call asks for */
	/* out */
	__s32 verdict;
	__u32 reads;			/* of guest memory */
	__u32 sdei_calls;
	__u32 discovers;
	__u32 port_gets;
	__u32 buffer_calls;
	__u32 tries[DECIDE_SLOTS];	/* signals asked for, by slot */
	__u32 tries_beyond;
	__u32 gpa_sets;			/* changes of page attributes asked for; the last one: */
	__u64 gpa, npages;
	__u32 attr;
	__u32 kvm_exits_asked;
	hcbpf_port_t ports[DECIDE_PORTS];	/* in */
};

#endif /* TESTS_BPF_DECIDE_STATE_H */
