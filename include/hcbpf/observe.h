/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note OR BSD-2-Clause */
/*
 * Observing: which hypercalls a VM's guest makes, what becomes of them, and how long the
 * kernel takes to decide. Off until somebody asks for it, VM by VM.
 *
 * Requests on a binding's file, like those of <hcbpf/uapi.h>, which says what all have in common.
 * The VMM may observe its own VM; memory is charged to the VM's owner: about 16 KB for each CPU
 * that the host can have.
 */
#ifndef HCBPF_OBSERVE_H
#define HCBPF_OBSERVE_H

#include <hcbpf/types.h>
#include <hcbpf/call.h>

/* Kinds of calls that are told apart on each CPU. What comes later is counted as "other". */
#define HCBPF_SEEN_KINDS 64
/*
 * Buckets of decision times. Bucket i has those of 2^(i-1) to 2^i - 1 ticks, the first what
 * took none, the last also all that took longer (but of a time of 2^32 ticks or more, which
 * is a second or two, only the remainder counts).
 */
#define HCBPF_SEEN_TIMES 28

/*
 * Calls of one kind that were made on one CPU. A kind is an ABI, a number and, for Xen's calls,
 * a sub-operation, as rules have them (hcbpf_rule.sub).
 *
 * Counts grow for as long as the VM is observed. Each is exact for calls that ended
 * before it was read, but all are not of the same moment.
 *
 * Calls of nested guests are counted by what their registers say in the ABI of the VM.
 */
struct hcbpf_seen {
	__u32 nr;
	__u32 sub;		/* HCBPF_RULE_ANY: none, or larger than 0xfffffe */
	__u8 abi;		/* enum hcbpf_abi; HCBPF_ABI_AUTO: other kinds, @nr and @sub are 0 */
	__u8 reserved[7];	/* 0 */
	__u64 count[3];		/* by enum hcbpf_verdict: left to KVM, answered, given to the VMM */
	__u64 times[HCBPF_SEEN_TIMES];
};

/*
 * HCBPF_VM_OBSERVE: begin with HCBPF_OBSERVE_ON, from zero; end without, and forget all.
 *
 * -EALREADY  it is so already
 * -ENOMEM    out of memory
 * -ENODEV    the binding has ended
 */
#define HCBPF_OBSERVE_ON (1U << 0)

struct hcbpf_observe {
	__u32 size;
	__u32 flags;		/* HCBPF_OBSERVE_* */
};

/*
 * HCBPF_VM_GET_SEEN: what was counted on one CPU. Begin with @cpu = 0 and go on with what comes
 * back, until that is HCBPF_SEEN_END. A kind that was seen on several CPUs comes several times;
 * kinds without calls do not come.
 *
 * -EINVAL  @nr is less than HCBPF_SEEN_KINDS + 1
 * -ENOENT  the VM is not observed
 * -ENODEV  the binding has ended
 */
#define HCBPF_SEEN_END 0xffffffffU

struct hcbpf_get_seen {
	__u32 size;
	__u32 flags;		/* 0 */
	__u64 seen;		/* pointer to an array of struct hcbpf_seen */
	__u32 nr;		/* in: its length; out: how many there are */
	__u32 cpu;		/* in: which; out: the next */
	__u32 ticks_khz;	/* out: how many there are in a millisecond */
	__u32 reserved;		/* 0 */
};

#endif /* HCBPF_OBSERVE_H */
