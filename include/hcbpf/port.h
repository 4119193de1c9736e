/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note OR BSD-2-Clause */
/*
 * The port table: one 64-bit word per port, owned by the VMM, read by the
 * policy. The VMM maps the table from its binding and changes a port with a
 * plain aligned 64-bit store; a concurrent call sees the old word or the new
 * one, never a mixture. "The only ports the kernel knows are the ones it is
 * expected to handle" (David Woodhouse on "KVM: x86/xen: evtchn signaling via
 * eventfd", 2020-11-30): an all-zero word is a port that the kernel does not
 * know, and calls on it are handled as they always were.
 *
 * All ports become zero words when a VMM tells KVM by KVM_XEN_HVM_SET_ATTR (x86) that all
 * event channels have ended: with KVM_XEN_EVTCHN_RESET, or by taking the shared info
 * page away. The machine is reset, or its guest starts another kernel, to which the same
 * numbers may mean something else. A VMM that has said so sets its ports anew, once
 * KVM_XEN_HVM_SET_ATTR has returned. The eventfds stay in their slots. Ports that are
 * claimed (<hcbpf/claim.h>) are set again by the kernel. No other
 * reset can be seen in the kernel: clear the ports then (hcbpf_port_del(), or
 * `hcbpf port del VM all`).
 *
 * Shared by the kernel module, BPF policies and userspace.
 */
#ifndef HCBPF_PORT_H
#define HCBPF_PORT_H

#include <hcbpf/types.h>

/*
 * The word:  63..40 zero   39..32 action   31..0 slot
 * A word with an unknown action, or with any of bits 63..40 set, is treated
 * like HCBPF_PORT_NONE.
 */
typedef __u64 hcbpf_port_t;

enum hcbpf_port_action {
	HCBPF_PORT_NONE = 0,	/* not known to the kernel: the policy passes */
	HCBPF_PORT_EVENTFD = 1,	/* signal the eventfd in the VM's slot `slot` */
};

#define HCBPF_PORT_ACTION_SHIFT 32

/* Slots of claims (<hcbpf/claim.h>); those of the VMM are below. */
#define HCBPF_FIRST_CLAIM_SLOT 0x80000000U

static inline __attribute__((always_inline)) hcbpf_port_t
hcbpf_port_make(enum hcbpf_port_action action, __u32 slot)
{
	return ((hcbpf_port_t)action << HCBPF_PORT_ACTION_SHIFT) | slot;
}

/* Bits 63..40 are part of the result, so that they never match an action. */
static inline __attribute__((always_inline)) __u32 hcbpf_port_action(hcbpf_port_t port)
{
	return (__u32)(port >> HCBPF_PORT_ACTION_SHIFT);
}

static inline __attribute__((always_inline)) __u32 hcbpf_port_slot(hcbpf_port_t port)
{
	return (__u32)port;
}

/* The port is, or was, served by a claim: the slot is not the VMM's. */
static inline __attribute__((always_inline)) int hcbpf_port_is_claimed(hcbpf_port_t port)
{
	return hcbpf_port_action(port) == HCBPF_PORT_EVENTFD &&
	       hcbpf_port_slot(port) >= HCBPF_FIRST_CLAIM_SLOT;
}

#endif /* HCBPF_PORT_H */
