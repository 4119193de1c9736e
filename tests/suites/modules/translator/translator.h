/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * /dev/translator: translations of a guest's addresses, by hcbpf's walk and by the CPU. What is
 * mapped of it are the guest's page tables. See translator.c.
 */
#ifndef TESTS_LAB_TRANSLATOR_H
#define TESTS_LAB_TRANSLATOR_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define TRANSLATOR_DEVICE "/dev/translator"
#define TRANSLATOR_TABLES 0x40000000ULL	/* where they are for the guest, and again every 4 GB */
#define TRANSLATOR_TABLES_SIZE (1 << 20)
#define TRANSLATOR_TABLES_END (1ULL << 48)
#define TRANSLATOR_MAX 512	/* translations at a time */
#define TRANSLATOR_NOWHERE (~0ULL)

struct translation {
	__u64 addr;
	__u64 ours;		/* TRANSLATOR_NOWHERE: no answer */
	__u64 cpus;		/* TRANSLATOR_NOWHERE: a fault */
	__u64 last;		/* entry that ours has read, the nr_read-th */
	__u8 nr_read;
	__u8 write;
	__u8 reserved[6];
};

struct translations {
	__u64 sctlr, tcr, ttbr0, ttbr1;	/* the guest's, of EL1 */
	__u64 all;		/* pointer to struct translation */
	__u32 count;
	__u32 reserved;
};

#define TRANSLATOR_TRANSLATE _IOW('w', 0x4c, struct translations)

#endif /* TESTS_LAB_TRANSLATOR_H */
