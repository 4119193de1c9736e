/* SPDX-License-Identifier: GPL-2.0-only */
/* /dev/caller: hypercalls of vCPUs that never enter their guest. See calls.c. */
#ifndef TESTS_LAB_CALLER_H
#define TESTS_LAB_CALLER_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define CALLER_DEVICE "/dev/caller"
#define CALLER_KINDS 32		/* at most */
#define CALLER_ANSWERS 8

/* A result that the guest would have got, and how often. */
struct caller_answer {
	__u64 value;
	__u64 count;
};

/* One kind of call, and what became of those that were made: counts are added to. */
struct caller_kind {
	__u64 rax, rbx, rcx, rdx, rsi, rdi, r8, r9, r10;
	__u64 exit_ret;		/* the VMM's answer to an exit */
	__u64 made;
	struct caller_answer answer[CALLER_ANSWERS];	/* the guest goes on at once */
	__u64 exits;		/* KVM_EXIT_HYPERCALL, answered and completed */
	__u64 asked;		/* KVM_EXIT_XEN, likewise */
	__u64 other;		/* one answer too many */
	__u64 wrong;		/* anything else: exits, answers that got lost, instructions left */
	__u64 ticks;		/* of the TSC, for the quickest of them to be handled; 0: none yet */
};

/*
 * PROTECTED  the vCPU is one whose registers are encrypted (SEV-ES): of a call, KVM has
 *            RAX, RBX, RCX, RDX, RSI and the privilege level. See protected.c.
 * UNSKIPPED  the vendor's way to step over the instruction is out of the way, as it
 *            always is with PROTECTED. One vCPU at a time.
 * WATCHED    count who reads or writes what KVM keeps of RIP and RDI. See touched.c.
 */
#define CALLER_PROTECTED 1
#define CALLER_WATCHED 2
#define CALLER_UNSKIPPED 4

struct caller_calls {
	__s32 vcpu;		/* its file descriptor */
	__u32 nr_kinds;
	__u64 kinds;		/* pointer to struct caller_kind; they take turns */
	__u64 rip;		/* of a hypercall instruction in the guest's memory */
	__u64 count;
	__u32 linger;		/* microseconds between an exit and its completion */
	__u32 flags;		/* CALLER_* */
	__u64 poison;		/* PROTECTED: what is in all other registers */
	__u64 touched;		/* WATCHED, out: added to, by anybody */
	__u64 touched_by_us;	/* by hcbpf or a BPF program */
};

/* By a thread of the VMM. -EINTR: the thread is to die, some were made. */
#define CALLER_MAKE _IOWR('c', 0x4a, struct caller_calls)

#endif /* TESTS_LAB_CALLER_H */
