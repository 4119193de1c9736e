/* SPDX-License-Identifier: GPL-2.0-only */
/* What copy.bpf.c can be called for. */
#ifndef TESTS_BPF_COPY_H
#define TESTS_BPF_COPY_H

#define COPY 0x77
#define READ_LONG 0x78
#define WRITE_OFTEN 0x79	/* returns how often it went well */
#define OFTEN 64

/*
 * Argument 0: address, argument 1: how many pieces of CHUNK bytes. Returns the sum of all,
 * 31 * sum + (first word ^ last word), in the bits of SUM_MASK: no error.
 */
#define SUM_LARGE 0x7a
#define CHUNK 256
#define MAX_CHUNKS 4096
#define SUM_MASK 0x3fffffff

/* May be added to each: SMCCC's bit for arguments of 64 bits. */
#define COPY_WIDE 0x40000000

#endif /* TESTS_BPF_COPY_H */
