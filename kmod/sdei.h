/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The SDEI state machine of one vCPU (Arm DEN0054). It knows nothing of KVM: whoever
 * delivers events copies registers in and out, and does what struct
 * sdei_effects asks for.
 *
 * Locking is the caller's: all functions on one vCPU's state exclude each other,
 * except that hcb_sdei_deliverable() may be called without the lock for a hint. Only
 * hcb_sdei_signal(), hcb_sdei_cancel() and hcb_sdei_show() are meant for other threads than
 * the vCPU's; none of them looks at saved registers, and none calls back.
 * Nothing here sleeps or allocates.
 */
#ifndef HCBPF_KMOD_SDEI_H
#define HCBPF_KMOD_SDEI_H

#include <linux/types.h>
#include <hcbpf/sdei.h>

/*
 * The events: EVENT(number, may a guest signal it). An event is a line here;
 * lines are only ever appended, because the order is that of the registers. All
 * are private, of normal priority and bound to no interrupt. At most 64.
 */
#ifndef SDEI_EVENTS
#define SDEI_EVENTS(EVENT) \
	EVENT(HCBPF_SDEI_EVENT_SOFTWARE, true)
#endif

#define SDEI_COUNT_EVENT(number, signalable) + 1
enum { SDEI_NR_EVENTS = SDEI_EVENTS(SDEI_COUNT_EVENT) };

/*
 * The part of a vCPU's registers that SDEI saves and changes. X18 and up, the
 * stack pointers and all system registers are the interrupted program's: the
 * handler saves what it uses. It starts on SP_EL1, since it starts at EL1h.
 *
 * @pc is where the program goes on: after HVC or SMC, the next instruction.
 */
struct sdei_regs {
	u64 x[HCBPF_SDEI_NR_SAVED];
	u64 pc;
	u64 pstate;		/* as SPSR_EL2 shows it */
};

struct sdei_event {
	u64 entry;
	u64 arg;
	u64 signals;		/* counters: see struct hcbpf_sdei_state */
	u64 coalesced;
	u64 ignored;
	u64 cancelled;
	u64 delivered;
	u8 state;		/* HCBPF_SDEI_REGISTERED, _ENABLED, _RUNNING */
};

/* Begins as zeroes, @aarch32_el0 and one hcb_sdei_reset(). */
struct sdei_vcpu {
	bool aarch32_el0;	/* KVM lets it run AArch32 programs; no reset changes this */
	bool masked;
	u64 pending;		/* a bit for each event */
	struct sdei_event event[SDEI_NR_EVENTS];
	struct sdei_regs saved;	/* of what the running handler interrupted */
};

/* What the machine has to know about the vCPU. */
struct sdei_env {
	u64 sctlr_el1;
	bool mte;		/* the guest has the Memory Tagging Extension */
	/* Is there a PE with this affinity (MPIDR_EL1, the Aff fields alone)? */
	bool (*pe_exists)(void *ctx, u64 affinity);
	void *ctx;
};

/* What the caller of hcb_sdei_call() has to do, besides writing @regs back. */
struct sdei_effects {
	/*
	 * The handler has ended: @regs hold another program's PC and PSTATE. Drop
	 * a PC increment that KVM still owes for the SMC. Otherwise only X0 changed.
	 */
	bool ended;

	/* Write ELR_EL1 and SPSR_EL1, as an exception would have. */
	bool exception;
	u64 elr_el1;
	u64 spsr_el1;

	/* hcb_sdei_signal() @event on the PE with @affinity, which may be this one. */
	bool signal;
	u32 event;
	u64 affinity;

	/* An event can be delivered to this vCPU now. */
	bool deliverable;
};

enum sdei_signalled {
	SDEI_SIGNALLED,		/* pending now: kick the vCPU if it is deliverable */
	SDEI_COALESCED,		/* was pending already */
	SDEI_IGNORED,		/* no handler is registered: it is dropped */
	SDEI_NO_EVENT,		/* no such event */
};

/* Power-on, and every later reset of the vCPU, its registers or the whole VM. */
void hcb_sdei_reset(struct sdei_vcpu *vcpu);

/*
 * PSCI. A PE that is off takes no events and keeps none; it comes back with
 * private events unregistered and masked, whatever it had before. CPU_SUSPEND
 * changes nothing: a pending event is a reason to wake up.
 */
void hcb_sdei_cpu_off(struct sdei_vcpu *vcpu);
void hcb_sdei_cpu_on(struct sdei_vcpu *vcpu);

/* A call of this vCPU: hcbpf_is_sdei_call(W0). *@effects is all output. */
void hcb_sdei_call(struct sdei_vcpu *vcpu, struct sdei_regs *regs, const struct sdei_env *env,
		   struct sdei_effects *effects);

/* Make @event pending on this vCPU; any caller. */
enum sdei_signalled hcb_sdei_signal(struct sdei_vcpu *vcpu, u32 event);

/* Take it back. False: it was not pending, or a handler has it already. */
bool hcb_sdei_cancel(struct sdei_vcpu *vcpu, u32 event);

/* Would hcb_sdei_deliver() enter a handler? */
bool hcb_sdei_deliverable(const struct sdei_vcpu *vcpu);

/*
 * Before entering the guest, with @regs final (no exception and no increment of
 * PC to come): turn them into the first ones of a handler. False, and nothing
 * changed: no event is deliverable, or this is no place to interrupt (AArch32
 * EL1, EL2), where the event stays pending.
 */
bool hcb_sdei_deliver(struct sdei_vcpu *vcpu, struct sdei_regs *regs, const struct sdei_env *env);

/* Does a handler run? */
bool hcb_sdei_running(const struct sdei_vcpu *vcpu);

/* Fill in all but @size and @vcpu_id. -ENOENT: no such event. */
int hcb_sdei_show(const struct sdei_vcpu *vcpu, u32 event, struct hcbpf_sdei_state *show);

/*
 * The pseudo-registers of <hcbpf/sdei.h>, counted from 0. hcb_sdei_reg_find() gives
 * the index of an id, or -ENOENT. Get and set: 0; -ENOENT: no such index;
 * -EINVAL: invalid for this register. Getting changes nothing, and no setting
 * depends on another register. The vCPU does not run meanwhile.
 */
u32 hcb_sdei_reg_count(void);
u64 hcb_sdei_reg_id(u32 index);
int hcb_sdei_reg_find(u64 id);
int hcb_sdei_reg_get(const struct sdei_vcpu *vcpu, u32 index, u64 *value);
int hcb_sdei_reg_set(struct sdei_vcpu *vcpu, u32 index, u64 value);

#endif /* HCBPF_KMOD_SDEI_H */
