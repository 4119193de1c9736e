/* SPDX-License-Identifier: GPL-2.0-only */
/* /dev/walker: walks of a vCPU's page tables, by hcbpf and by KVM. See walker.c. */
#ifndef TESTS_LAB_WALKER_H
#define TESTS_LAB_WALKER_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define WALKER_DEVICE "/dev/walker"
#define WALKER_MAX 4096		/* walks at a time */
#define WALKER_NOWHERE (~0ULL)

struct walker_walk {
	__u64 addr;
	__u64 ours;		/* WALKER_NOWHERE: no answer */
	__u64 kvms;		/* WALKER_NOWHERE: a fault */
	__u8 write;
	__u8 reserved[7];
};

struct walker_walks {
	__s32 vcpu;		/* its file descriptor */
	__u32 count;
	__u64 walks;		/* pointer to struct walker_walk */
};

/* By a thread of the VMM. */
#define WALKER_WALK _IOW('w', 0x4b, struct walker_walks)

#endif /* TESTS_LAB_WALKER_H */
