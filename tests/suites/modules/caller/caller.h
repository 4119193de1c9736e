/* SPDX-License-Identifier: GPL-2.0-only */
/* /dev/caller: hypercalls of vCPUs that never enter their guest. See caller.c. */
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
};

struct caller_calls {
	__s32 vcpu;		/* its file descriptor */
	__u32 nr_kinds;
	__u64 kinds;		/* pointer to struct caller_kind; they take turns */
	__u64 rip;		/* of a hypercall instruction in the guest's memory */
	__u64 count;
	__u32 linger;		/* microseconds between an exit and its completion */
	__u32 reserved;
};

/* By a thread of the VMM. -EINTR: the thread is to die, some were made. */
#define CALLER_MAKE _IOW('c', 0x4a, struct caller_calls)

#endif /* TESTS_LAB_CALLER_H */
