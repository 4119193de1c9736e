/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note OR BSD-2-Clause */
/*
 * SDEI, Arm's Software Delegated Exception Interface (Arm DEN0054): a guest
 * kernel registers a handler for an event, and the event then reaches it even
 * where interrupts are masked. hcbpf gives an arm64 guest version 1.0 with one
 * event, number 0, which the guest's CPUs (EVENT_SIGNAL) or the host signal.
 *
 * What a guest calls, what a VMM saves and restores, and what `hcbpf sdei show`
 * prints. A CPU's state belongs to its vCPU and to nothing else: there is no
 * list of vCPUs or events here, hence no limit on either.
 *
 * Shared by the kernel module, VMMs and guests; usable from C++.
 */
#ifndef HCBPF_SDEI_H
#define HCBPF_SDEI_H

#include <hcbpf/types.h>

/*
 * Function identifiers (DEN0054). A call is an HVC or SMC (Arm DEN0028) with the
 * identifier in W0, arguments in X1..X5 and the result in X0; all other registers
 * are kept. An identifier of this range without a line here gives NOT_SUPPORTED,
 * and so does every call that is not made at EL1 in AArch64 state. Events,
 * interrupts, register indexes, information and features are 32-bit: bits 63:32
 * of their registers are not looked at.
 */
#define HCBPF_SDEI_FN(n) (0xC4000020U + (n))
#define HCBPF_SDEI_NR_FNS 32	/* FN(0)..FN(31) are SDEI's */

static inline __attribute__((always_inline)) int hcbpf_is_sdei_call(__u64 function)
{
	return function - HCBPF_SDEI_FN(0) < HCBPF_SDEI_NR_FNS;
}

#define HCBPF_SDEI_VERSION		HCBPF_SDEI_FN(0x00)	/* -> version word, below */
#define HCBPF_SDEI_EVENT_REGISTER	HCBPF_SDEI_FN(0x01)	/* event, entry, arg, flags, PE */
#define HCBPF_SDEI_EVENT_ENABLE		HCBPF_SDEI_FN(0x02)	/* event */
#define HCBPF_SDEI_EVENT_DISABLE	HCBPF_SDEI_FN(0x03)	/* event */
#define HCBPF_SDEI_EVENT_CONTEXT	HCBPF_SDEI_FN(0x04)	/* n -> interrupted Xn, n = 0..17 */
#define HCBPF_SDEI_EVENT_COMPLETE	HCBPF_SDEI_FN(0x05)	/* status, which is ignored */
#define HCBPF_SDEI_EVENT_COMPLETE_AND_RESUME HCBPF_SDEI_FN(0x06) /* address */
#define HCBPF_SDEI_EVENT_UNREGISTER	HCBPF_SDEI_FN(0x07)	/* event */
#define HCBPF_SDEI_EVENT_STATUS		HCBPF_SDEI_FN(0x08)	/* event -> state bits 2:0, below */
#define HCBPF_SDEI_EVENT_GET_INFO	HCBPF_SDEI_FN(0x09)	/* event, HCBPF_SDEI_INFO_* */
#define HCBPF_SDEI_EVENT_ROUTING_SET	HCBPF_SDEI_FN(0x0A)	/* event, flags, affinity */
#define HCBPF_SDEI_PE_MASK		HCBPF_SDEI_FN(0x0B)	/* -> 1: was unmasked, 0: not */
#define HCBPF_SDEI_PE_UNMASK		HCBPF_SDEI_FN(0x0C)
#define HCBPF_SDEI_INTERRUPT_BIND	HCBPF_SDEI_FN(0x0D)	/* interrupt */
#define HCBPF_SDEI_INTERRUPT_RELEASE	HCBPF_SDEI_FN(0x0E)	/* event */
#define HCBPF_SDEI_EVENT_SIGNAL		HCBPF_SDEI_FN(0x0F)	/* event, target PE */
#define HCBPF_SDEI_FEATURES		HCBPF_SDEI_FN(0x10)	/* HCBPF_SDEI_FEATURE_* */
#define HCBPF_SDEI_PRIVATE_RESET	HCBPF_SDEI_FN(0x11)
#define HCBPF_SDEI_SHARED_RESET		HCBPF_SDEI_FN(0x12)

/*
 * Results (DEN0054), those below zero as 64-bit numbers in X0.
 *
 * INVALID_PARAMETERS  no such event, flag, index, information, feature or PE; an
 *                     entry point that is 0, misaligned or no EL1 address; what
 *                     private events or software events do not have (routing,
 *                     an interrupt)
 * DENIED              not in this state of the event (see the table in
 *                     kmod/sdei.c); an invalid resume address
 * PENDING             EVENT_UNREGISTER while the handler runs: unregistered once
 *                     it completes
 * OUT_OF_RESOURCE     INTERRUPT_BIND: there are no slots for bound interrupts
 */
#define HCBPF_SDEI_SUCCESS		0
#define HCBPF_SDEI_NOT_SUPPORTED	(-1)
#define HCBPF_SDEI_INVALID_PARAMETERS	(-2)
#define HCBPF_SDEI_DENIED		(-3)
#define HCBPF_SDEI_PENDING		(-5)
#define HCBPF_SDEI_OUT_OF_RESOURCE	(-10)

/* SDEI_VERSION's result: 62:48 major, 47:32 minor, 31:0 vendor's own ("HCBP"). */
#define HCBPF_SDEI_VERSION_WORD 0x0001000048434250ULL

/* The events. All are private: each PE registers, enables and handles its own. */
#define HCBPF_SDEI_EVENT_SOFTWARE 0	/* DEN0054: software signalled */

/* EVENT_REGISTER's flags. Either way a private event is for the calling PE. */
#define HCBPF_SDEI_ROUTE_ANY	0
#define HCBPF_SDEI_ROUTE_PE	1	/* affinity must name a PE */

/* EVENT_GET_INFO's argument. The routing of a private event: INVALID_PARAMETERS. */
#define HCBPF_SDEI_INFO_TYPE		0	/* -> 0: private */
#define HCBPF_SDEI_INFO_NOT_SIGNALABLE	1	/* -> 0: EVENT_SIGNAL may signal it; 1: not */
#define HCBPF_SDEI_INFO_PRIORITY	2	/* -> 0: normal */
#define HCBPF_SDEI_INFO_ROUTING_MODE	3
#define HCBPF_SDEI_INFO_ROUTING_AFFINITY 4

/* FEATURES' argument. */
#define HCBPF_SDEI_FEATURE_BIND_SLOTS	0	/* -> 31:16 shared, 15:0 private: both 0 */

/* The registers that EVENT_CONTEXT reads and COMPLETE restores: X0..X17. */
#define HCBPF_SDEI_NR_SAVED 18

/*
 * An event's state on one PE. Bits 2:0 are what EVENT_STATUS returns (DEN0054);
 * the others are for `hcbpf sdei show`.
 */
#define HCBPF_SDEI_REGISTERED	(1U << 0)
#define HCBPF_SDEI_ENABLED	(1U << 1)
#define HCBPF_SDEI_RUNNING	(1U << 2)
#define HCBPF_SDEI_IS_PENDING	(1U << 3)	/* signalled, not delivered yet */
#define HCBPF_SDEI_MASKED	(1U << 4)	/* the PE takes no events */

/* What became of a signal of the host or a policy. */
#define HCBPF_SDEI_SIGNALLED	0	/* pending now */
#define HCBPF_SDEI_COALESCED	1	/* was pending already: the handler will run once */
#define HCBPF_SDEI_IGNORED	2	/* no handler is registered: it is dropped */

/*
 * What there is to see of one event on one vCPU. The counters run from the
 * vCPU's creation on this host: reset keeps them, migration starts them anew.
 */
struct hcbpf_sdei_state {
	__u32 size;		/* in: sizeof(struct hcbpf_sdei_state) */
	__u32 vcpu_id;		/* in and out: as KVM_CREATE_VCPU was given it */
	__u32 event;		/* in: HCBPF_SDEI_EVENT_* */
	__u32 state;		/* out: HCBPF_SDEI_REGISTERED... */
	__u64 entry;		/* out: guest address of the handler; 0: none */
	__u64 arg;		/* out: what the handler gets in X1 */
	__u64 signals;		/* out: times that it was signalled, */
	__u64 coalesced;	/*  of these: while it was pending already, */
	__u64 ignored;		/*  of these: while no handler was registered */
	__u64 cancelled;	/* out: taken back by the host before delivery */
	__u64 delivered;	/* out: times that the handler was entered */
};

/*
 * A vCPU's SDEI state for migration: KVM's firmware pseudo-registers, 64 bits
 * each, KVM_REG_ARM_FW_REG(0x5DE0) and on, listed by KVM_GET_REG_LIST, moved by
 * KVM_GET_ONE_REG and KVM_SET_ONE_REG (in the Linux source,
 * Documentation/virt/kvm/arm/fw-pseudo-registers.rst). A VMM that saves and
 * restores whatever is listed needs to know nothing else: values may be set in
 * any order, any number of times, and what was read is always accepted. Invalid
 * values: -EINVAL, and nothing changes.
 *
 * VERSION    what SDEI_VERSION returns. Setting accepts no other, so that a
 *            guest does not move to a host whose SDEI is different.
 * PE         bit 0: this PE is masked. 63:1 zero.
 * PENDING    bit n: the n-th event below is pending; others zero. Setting adds:
 *            it never takes away what was signalled meanwhile.
 * X(n)       n = 0..17, and PC, PSTATE: what the running handler interrupted.
 *            PSTATE (laid out as SPSR_EL2) must be of EL1t, EL1h, EL0t or,
 *            where KVM runs it, AArch32 EL0.
 * Then for each event, in the order of the events above:
 * STATE(e)   bits 2:0 as EVENT_STATUS; 63:3 zero. Enabled implies registered.
 * ENTRY(e)   entry point: 0, or 4-byte aligned with bits 63:52 all alike
 * ARG(e)     any value
 *
 * Combinations that no guest can reach do no harm; when the vCPU next calls or
 * is about to take an event, they are read as follows: an event without an entry
 * point is not registered; one that is not registered is not pending; of several
 * running ones only the first is running.
 *
 * A later event appends its three registers.
 */
#define HCBPF_SDEI_REG(n)	(0x6030000000140000ULL | (0x5DE0 + (n)))
#define HCBPF_SDEI_REG_VERSION	HCBPF_SDEI_REG(0)
#define HCBPF_SDEI_REG_PE	HCBPF_SDEI_REG(1)
#define HCBPF_SDEI_REG_PENDING	HCBPF_SDEI_REG(2)
#define HCBPF_SDEI_REG_X(n)	HCBPF_SDEI_REG(3 + (n))
#define HCBPF_SDEI_REG_PC	HCBPF_SDEI_REG(21)
#define HCBPF_SDEI_REG_PSTATE	HCBPF_SDEI_REG(22)
#define HCBPF_SDEI_REG_STATE(e)	HCBPF_SDEI_REG(23 + 3 * (e))
#define HCBPF_SDEI_REG_ENTRY(e)	HCBPF_SDEI_REG(24 + 3 * (e))
#define HCBPF_SDEI_REG_ARG(e)	HCBPF_SDEI_REG(25 + 3 * (e))

#endif /* HCBPF_SDEI_H */
