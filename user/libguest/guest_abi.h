/* SPDX-License-Identifier: GPL-2.0-only */
/* What guest.S and the host must agree on: constants for C and assembler. */
#ifndef GUEST_ABI_H
#define GUEST_ABI_H

/*
 * A program that has come to its end writes to this I/O port, on arm64 to this
 * address, which ends the run. There, an exception writes to the other one: 32 bits of
 * ESR_EL1, 32 of ELR_EL1.
 */
#define GUEST_STOP_PORT		0xf4
#define GUEST_STOP_ADDR		0x30000000
#define GUEST_FAULT_ADDR	0x30000008

/* Xen's interface, as far as the guest programs and their hosts need it. */
#define XEN_HYPERCALL_EVENT_CHANNEL_OP	32
#define XEN_EVTCHNOP_SEND		4

/* Offsets in struct guest_block. */
#define BLOCK_COUNT	0
#define BLOCK_NR	8
#define BLOCK_ZERO	16
#define BLOCK_OTHER	24
#define BLOCK_LAST	32
#define BLOCK_TSC	40
#define BLOCK_RDX	48
#define BLOCK_REGS	64

/* Offsets in struct guest_port, and its size. */
#define PORT_PORT	0
#define PORT_ZERO	8
#define PORT_OTHER	16
#define PORT_SIZE	24

/* KVM_HC_MAP_GPA_RANGE. */
#define MAP_GPA_RANGE	12

/* Offsets in struct guest_flip, and its size. */
#define FLIP_GPA	0
#define FLIP_NPAGES	8
#define FLIP_ATTRS	16
#define FLIP_SIZE	24

#endif /* GUEST_ABI_H */
