// SPDX-License-Identifier: GPL-2.0-only
/*
 * SDEI for one vCPU, as Arm DEN0054 has it and Arm's reference firmware does it.
 * Pure logic: it compiles in a program too, for its tests.
 */
#include <linux/build_bug.h>
#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/nospec.h>
#include <linux/types.h>
#include "sdei.h"

/* ---- what becomes of a handler: the states of DEN0054, and what leads from one to another */

#define SUCCESS HCBPF_SDEI_SUCCESS
#define INVALID HCBPF_SDEI_INVALID_PARAMETERS
#define DENIED HCBPF_SDEI_DENIED
#define PENDING HCBPF_SDEI_PENDING

/* As EVENT_STATUS returns them. */
enum state {
	NONE = 0,
	R = HCBPF_SDEI_REGISTERED,
	E = HCBPF_SDEI_ENABLED,
	RUN = HCBPF_SDEI_RUNNING,	/* alone: unregistered while it ran */
	RE = R | E,
	R_RUN = R | RUN,
	RE_RUN = R | E | RUN,
	NR_STATES
};

enum action {
	REGISTER,
	ENABLE,
	DISABLE,
	UNREGISTER,
	CONTEXT,
	COMPLETE,	/* and COMPLETE_AND_RESUME */
	DISPATCH,	/* no call: entering the handler */
	NR_ACTIONS
};

struct transition {
	u8 next;
	int result;
};

#define TO(next) { next, SUCCESS }
#define NO { NONE, DENIED }		/* and the state stays as it is */
#define LATER { RUN, PENDING }		/* unregistered when the handler completes */

static const struct transition transitions[NR_STATES][NR_ACTIONS] = {
/*		REGISTER ENABLE	     DISABLE	UNREGISTER CONTEXT     COMPLETE  DISPATCH */
[NONE]	    = {	TO(R),	 NO,	     NO,	NO,	   NO,	       NO,	 NO },
[R]	    = {	NO,	 TO(RE),     TO(R),	TO(NONE),  NO,	       NO,	 NO },
[RE]	    = {	NO,	 TO(RE),     TO(R),	TO(NONE),  NO,	       NO,	 TO(RE_RUN) },
[RUN]	    = {	NO,	 NO,	     NO,	LATER,	   TO(RUN),    TO(NONE), NO },
[R_RUN]	    = {	NO,	 TO(RE_RUN), TO(R_RUN),	LATER,	   TO(R_RUN),  TO(R),	 NO },
[RE_RUN]    = {	NO,	 TO(RE_RUN), TO(R_RUN),	LATER,	   TO(RE_RUN), TO(RE),	 NO },
/* Enabled without being registered: settle() makes sure that this cannot be. */
[E]	    = {	NO,	 NO,	     NO,	NO,	   NO,	       NO,	 NO },
[E | RUN]   = {	NO,	 NO,	     NO,	NO,	   NO,	       NO,	 NO },
};

/* What an event is, without its state. */
static const struct {
	u32 number;
	bool signalable;
} events[SDEI_NR_EVENTS] = {
#define SDEI_EVENT(number, signalable) { number, signalable },
	SDEI_EVENTS(SDEI_EVENT)
};

/* The event's index, or -1. */
static int find_event(u64 number)
{
	int i;

	for (i = 0; i < SDEI_NR_EVENTS; i++)
		if (events[i].number == (u32)number)
			return i;
	return -1;
}

static void set_pending(struct sdei_vcpu *vcpu, u64 pending)
{
	WRITE_ONCE(vcpu->pending, pending);	/* hcb_sdei_deliverable() looks without the lock */
}

/* Nothing is kept of an event without a handler. */
static void forget(struct sdei_vcpu *vcpu, int i)
{
	vcpu->event[i].entry = 0;
	vcpu->event[i].arg = 0;
	set_pending(vcpu, vcpu->pending & ~(1ULL << i));
}

static int act(struct sdei_vcpu *vcpu, int i, enum action action)
{
	struct sdei_event *event = &vcpu->event[i];
	const struct transition *transition = &transitions[event->state][action];

	if (transition->result == DENIED)
		return DENIED;
	event->state = transition->next;
	if (!(event->state & R))
		forget(vcpu, i);
	return transition->result;
}

/* The event whose handler runs, or -1. Normal priority: never two of them. */
static int running_event(const struct sdei_vcpu *vcpu)
{
	int i;

	for (i = 0; i < SDEI_NR_EVENTS; i++)
		if (vcpu->event[i].state & RUN)
			return i;
	return -1;
}

/*
 * EL1's addresses are the lower or the upper half. How many bits the guest uses
 * (up to 52) is up to it: an address that it has not mapped faults there.
 */
static bool usable_address(u64 address)
{
	u64 top = address >> 52;

	return address && !(address & 3) && (top == 0 || top == 0xfff);
}

/*
 * Saved registers come in any order, so what they say together is judged here,
 * before they are used. What calls leave behind is settled already.
 */
static void settle(struct sdei_vcpu *vcpu)
{
	int i, running = running_event(vcpu);

	for (i = 0; i < SDEI_NR_EVENTS; i++) {
		struct sdei_event *event = &vcpu->event[i];

		if (!(event->state & R) || !usable_address(event->entry)) {
			event->state &= RUN;
			forget(vcpu, i);
		}
		if (i != running)
			event->state &= ~RUN;
	}
}

/* ---- PSTATE, as SPSR_EL2 lays it out (Arm DDI 0487) */

#define PS_NZCV		(0xfULL << 28)
#define PS_TCO		(1ULL << 25)
#define PS_DIT		(1ULL << 24)
#define PS_PAN		(1ULL << 22)
#define PS_SSBS		(1ULL << 12)
#define PS_DAIF		(0xfULL << 6)
#define PS_MODE		0x1fULL
#define PS_AARCH32	0x10ULL
#define PS_EL0T		0x00
#define PS_EL1T		0x04
#define PS_EL1H		0x05

#define SCTLR_SPAN	(1ULL << 23)
#define SCTLR_DSSBS	(1ULL << 44)

static bool is_el1(u64 pstate)
{
	return (pstate & PS_MODE) == PS_EL1T || (pstate & PS_MODE) == PS_EL1H;
}

static bool is_aarch32(u64 pstate)
{
	return pstate & PS_AARCH32;
}

/*
 * Where a program may be interrupted, and what COMPLETE may return to. A VMM
 * must not get any other mode into a vCPU: EL2 would be the host's.
 */
static bool is_el0_or_el1(u64 pstate)
{
	return is_el1(pstate) || (pstate & PS_MODE) == PS_EL0T ||
	       (pstate & PS_MODE) == (PS_AARCH32 | PS_EL0T);
}

/*
 * What an exception taken to EL1 makes of PSTATE (Arm DDI 0487). UAO, SS, IL,
 * BTYPE and whatever else is not named here become 0.
 */
static u64 exception_pstate(u64 old, const struct sdei_env *env)
{
	u64 new = (old & (PS_NZCV | PS_DIT | PS_PAN)) | PS_DAIF | PS_EL1H;

	if (!(env->sctlr_el1 & SCTLR_SPAN))
		new |= PS_PAN;
	if (env->sctlr_el1 & SCTLR_DSSBS)
		new |= PS_SSBS;
	if (env->mte)
		new |= PS_TCO;
	return new;
}

/* ---- reset */

void hcb_sdei_reset(struct sdei_vcpu *vcpu)
{
	int i;

	for (i = 0; i < SDEI_NR_EVENTS; i++) {
		vcpu->event[i].state = 0;
		forget(vcpu, i);
	}
	vcpu->masked = true;
	vcpu->saved = (struct sdei_regs){ 0 };
}

void hcb_sdei_cpu_off(struct sdei_vcpu *vcpu)
{
	hcb_sdei_reset(vcpu);
}

void hcb_sdei_cpu_on(struct sdei_vcpu *vcpu)
{
	hcb_sdei_reset(vcpu);
}

/* ---- calls; @x are the arguments, x[1] the first */

#define AFFINITY_MASK 0xff00ffffffULL	/* MPIDR_EL1's Aff3..Aff0 */

static u64 event_register(struct sdei_vcpu *vcpu, const u64 *x, const struct sdei_env *env)
{
	int i = find_event(x[1]), result;

	if (i < 0 || !usable_address(x[2]))
		return INVALID;
	if (x[4] != HCBPF_SDEI_ROUTE_ANY && x[4] != HCBPF_SDEI_ROUTE_PE)
		return INVALID;
	if (x[4] == HCBPF_SDEI_ROUTE_PE && !env->pe_exists(env->ctx, x[5] & AFFINITY_MASK))
		return INVALID;

	result = act(vcpu, i, REGISTER);
	if (result == SUCCESS) {
		vcpu->event[i].entry = x[2];
		vcpu->event[i].arg = x[3];
	}
	return result;
}

static u64 event_act(struct sdei_vcpu *vcpu, const u64 *x, enum action action)
{
	int i = find_event(x[1]);

	return i < 0 ? INVALID : act(vcpu, i, action);
}

static u64 event_context(struct sdei_vcpu *vcpu, const u64 *x)
{
	u32 n = x[1];
	int i = running_event(vcpu);

	if (n >= HCBPF_SDEI_NR_SAVED)
		return INVALID;
	if (i < 0 || act(vcpu, i, CONTEXT) != SUCCESS)
		return DENIED;
	return vcpu->saved.x[array_index_nospec(n, HCBPF_SDEI_NR_SAVED)];
}

static u64 event_status(const struct sdei_vcpu *vcpu, const u64 *x)
{
	int i = find_event(x[1]);

	return i < 0 ? INVALID : vcpu->event[i].state;
}

static u64 event_get_info(const u64 *x)
{
	int i = find_event(x[1]);

	if (i < 0)
		return INVALID;
	switch ((u32)x[2]) {
	case HCBPF_SDEI_INFO_TYPE:
	case HCBPF_SDEI_INFO_PRIORITY:
		return 0;
	case HCBPF_SDEI_INFO_NOT_SIGNALABLE:
		return !events[i].signalable;
	default:
		return INVALID;
	}
}

static u64 event_signal(const u64 *x, const struct sdei_env *env, struct sdei_effects *effects)
{
	u64 affinity = x[2] & AFFINITY_MASK;
	int i = find_event(x[1]);

	if (i < 0 || !events[i].signalable || !env->pe_exists(env->ctx, affinity))
		return INVALID;
	effects->signal = true;
	effects->event = events[i].number;
	effects->affinity = affinity;
	return SUCCESS;
}

static u64 private_reset(struct sdei_vcpu *vcpu)
{
	int i, result = SUCCESS;

	for (i = 0; i < SDEI_NR_EVENTS; i++)
		if (act(vcpu, i, UNREGISTER) == PENDING)
			result = DENIED;
	return result;
}

static u64 set_mask(struct sdei_vcpu *vcpu, bool masked)
{
	bool changed = vcpu->masked != masked;

	vcpu->masked = masked;
	return masked && changed;
}

/* The first 16 interrupts are SGIs, which cannot be bound; for others there is no slot. */
static u64 interrupt_bind(const u64 *x)
{
	return (u32)x[1] < 16 ? INVALID : HCBPF_SDEI_OUT_OF_RESOURCE;
}

/* COMPLETE and COMPLETE_AND_RESUME: on success @regs are the interrupted ones. */
static u64 event_complete(struct sdei_vcpu *vcpu, struct sdei_regs *regs)
{
	int i = running_event(vcpu);

	if (i < 0 || act(vcpu, i, COMPLETE) != SUCCESS)
		return DENIED;
	*regs = vcpu->saved;
	return SUCCESS;
}

/* As if the interrupted program had taken an exception to @address. */
static void take_exception(struct sdei_regs *regs, u64 address, const struct sdei_env *env,
			   struct sdei_effects *effects)
{
	effects->exception = true;
	effects->elr_el1 = regs->pc;
	effects->spsr_el1 = regs->pstate;
	regs->pc = address;
	regs->pstate = exception_pstate(regs->pstate, env);
}

/* True: @regs are another program's now, and X0 is no result. */
static bool end_handler(struct sdei_vcpu *vcpu, struct sdei_regs *regs,
			const struct sdei_env *env, struct sdei_effects *effects)
{
	bool resume = (u32)regs->x[0] == HCBPF_SDEI_EVENT_COMPLETE_AND_RESUME;
	u64 address = regs->x[1];

	if ((resume && !usable_address(address)) || event_complete(vcpu, regs) != SUCCESS) {
		regs->x[0] = DENIED;
		return false;
	}
	if (resume)
		take_exception(regs, address, env, effects);
	return true;
}

static u64 other_call(struct sdei_vcpu *vcpu, const u64 *x, const struct sdei_env *env,
		      struct sdei_effects *effects)
{
	switch ((u32)x[0]) {
	case HCBPF_SDEI_VERSION:
		return HCBPF_SDEI_VERSION_WORD;
	case HCBPF_SDEI_EVENT_REGISTER:
		return event_register(vcpu, x, env);
	case HCBPF_SDEI_EVENT_ENABLE:
		return event_act(vcpu, x, ENABLE);
	case HCBPF_SDEI_EVENT_DISABLE:
		return event_act(vcpu, x, DISABLE);
	case HCBPF_SDEI_EVENT_UNREGISTER:
		return event_act(vcpu, x, UNREGISTER);
	case HCBPF_SDEI_EVENT_CONTEXT:
		return event_context(vcpu, x);
	case HCBPF_SDEI_EVENT_STATUS:
		return event_status(vcpu, x);
	case HCBPF_SDEI_EVENT_GET_INFO:
		return event_get_info(x);
	case HCBPF_SDEI_EVENT_SIGNAL:
		return event_signal(x, env, effects);
	case HCBPF_SDEI_PE_MASK:
		return set_mask(vcpu, true);
	case HCBPF_SDEI_PE_UNMASK:
		return set_mask(vcpu, false);
	case HCBPF_SDEI_PRIVATE_RESET:
		return private_reset(vcpu);
	case HCBPF_SDEI_SHARED_RESET:	/* there are no shared events */
		return SUCCESS;
	case HCBPF_SDEI_INTERRUPT_BIND:
		return interrupt_bind(x);
	case HCBPF_SDEI_INTERRUPT_RELEASE: /* nor bound ones */
	case HCBPF_SDEI_EVENT_ROUTING_SET: /* nor any to be routed */
		return INVALID;
	case HCBPF_SDEI_FEATURES:
		return (u32)x[1] == HCBPF_SDEI_FEATURE_BIND_SLOTS ? 0 : INVALID;
	default:
		return HCBPF_SDEI_NOT_SUPPORTED;
	}
}

void hcb_sdei_call(struct sdei_vcpu *vcpu, struct sdei_regs *regs, const struct sdei_env *env,
		   struct sdei_effects *effects)
{
	u32 function = regs->x[0];

	*effects = (struct sdei_effects){ 0 };
	settle(vcpu);
	if (!is_el1(regs->pstate))
		regs->x[0] = HCBPF_SDEI_NOT_SUPPORTED;
	else if (function == HCBPF_SDEI_EVENT_COMPLETE ||
		 function == HCBPF_SDEI_EVENT_COMPLETE_AND_RESUME)
		effects->ended = end_handler(vcpu, regs, env, effects);
	else
		regs->x[0] = other_call(vcpu, regs->x, env, effects);
	effects->deliverable = hcb_sdei_deliverable(vcpu);
}

/* ---- signals and delivery */

enum sdei_signalled hcb_sdei_signal(struct sdei_vcpu *vcpu, u32 event)
{
	int i = find_event(event);
	u64 bit;

	if (i < 0)
		return SDEI_NO_EVENT;
	bit = 1ULL << i;
	vcpu->event[i].signals++;
	if (!(vcpu->event[i].state & R)) {
		vcpu->event[i].ignored++;
		return SDEI_IGNORED;
	}
	if (vcpu->pending & bit) {
		vcpu->event[i].coalesced++;
		return SDEI_COALESCED;
	}
	set_pending(vcpu, vcpu->pending | bit);
	return SDEI_SIGNALLED;
}

bool hcb_sdei_cancel(struct sdei_vcpu *vcpu, u32 event)
{
	int i = find_event(event);

	if (i < 0 || !(vcpu->pending >> i & 1))
		return false;
	set_pending(vcpu, vcpu->pending & ~(1ULL << i));
	vcpu->event[i].cancelled++;
	return true;
}

/* The event to deliver, or -1; the first of several. */
static int next_event(const struct sdei_vcpu *vcpu)
{
	u64 pending = READ_ONCE(vcpu->pending);
	int i;

	if (!pending || READ_ONCE(vcpu->masked) || running_event(vcpu) >= 0)
		return -1;
	for (i = 0; i < SDEI_NR_EVENTS; i++)
		if (pending >> i & 1 && usable_address(vcpu->event[i].entry) &&
		    transitions[vcpu->event[i].state][DISPATCH].result == SUCCESS)
			return i;
	return -1;
}

bool hcb_sdei_running(const struct sdei_vcpu *vcpu)
{
	return running_event(vcpu) >= 0;
}

bool hcb_sdei_deliverable(const struct sdei_vcpu *vcpu)
{
	return next_event(vcpu) >= 0;
}

bool hcb_sdei_deliver(struct sdei_vcpu *vcpu, struct sdei_regs *regs, const struct sdei_env *env)
{
	struct sdei_event *event;
	int i = next_event(vcpu);

	if (i < 0 || !is_el0_or_el1(regs->pstate))
		return false;
	event = &vcpu->event[i];
	act(vcpu, i, DISPATCH);
	set_pending(vcpu, vcpu->pending & ~(1ULL << i));
	event->delivered++;

	vcpu->saved = *regs;
	regs->x[0] = events[i].number;
	regs->x[1] = event->arg;
	regs->x[2] = vcpu->saved.pc;
	regs->x[3] = vcpu->saved.pstate;
	regs->pc = event->entry;
	regs->pstate = exception_pstate(vcpu->saved.pstate, env);
	return true;
}

int hcb_sdei_show(const struct sdei_vcpu *vcpu, u32 event, struct hcbpf_sdei_state *show)
{
	int i = find_event(event);

	if (i < 0)
		return -ENOENT;
	show->event = event;
	show->state = vcpu->event[i].state |
		      (vcpu->pending >> i & 1 ? HCBPF_SDEI_IS_PENDING : 0) |
		      (vcpu->masked ? HCBPF_SDEI_MASKED : 0);
	show->entry = vcpu->event[i].entry;
	show->arg = vcpu->event[i].arg;
	show->signals = vcpu->event[i].signals;
	show->coalesced = vcpu->event[i].coalesced;
	show->ignored = vcpu->event[i].ignored;
	show->cancelled = vcpu->event[i].cancelled;
	show->delivered = vcpu->event[i].delivered;
	return 0;
}

/* ---- registers for migration */

#define INDEX(id) ((u32)((id) - HCBPF_SDEI_REG(0)))
#define NR_REGS INDEX(HCBPF_SDEI_REG_STATE(SDEI_NR_EVENTS))

/* A register's place, in the order of <hcbpf/sdei.h>. The VMM chooses the index. */
struct reg {
	enum { REG_VERSION, REG_PE, REG_PENDING, REG_X, REG_PC, REG_PSTATE,
	       REG_STATE, REG_ENTRY, REG_ARG } kind;
	u32 n;			/* of REG_X the register, of the last three the event */
};

static struct reg reg_of(u32 index)
{
	u32 of_event;

	index = array_index_nospec(index, NR_REGS);
	of_event = index - INDEX(HCBPF_SDEI_REG_STATE(0));
	if (index == INDEX(HCBPF_SDEI_REG_VERSION))
		return (struct reg){ REG_VERSION, 0 };
	if (index == INDEX(HCBPF_SDEI_REG_PE))
		return (struct reg){ REG_PE, 0 };
	if (index == INDEX(HCBPF_SDEI_REG_PENDING))
		return (struct reg){ REG_PENDING, 0 };
	if (index < INDEX(HCBPF_SDEI_REG_PC))
		return (struct reg){ REG_X, index - INDEX(HCBPF_SDEI_REG_X(0)) };
	if (index == INDEX(HCBPF_SDEI_REG_PC))
		return (struct reg){ REG_PC, 0 };
	if (index == INDEX(HCBPF_SDEI_REG_PSTATE))
		return (struct reg){ REG_PSTATE, 0 };
	return (struct reg){ REG_STATE + of_event % 3, of_event / 3 };
}

u32 hcb_sdei_reg_count(void)
{
	return NR_REGS;
}

u64 hcb_sdei_reg_id(u32 index)
{
	return HCBPF_SDEI_REG(index);
}

int hcb_sdei_reg_find(u64 id)
{
	u64 index = id - HCBPF_SDEI_REG(0);

	return index < NR_REGS ? (int)index : -ENOENT;
}

/* The registers that are plain words of the state. */
static u64 *word_of(struct sdei_vcpu *vcpu, struct reg reg)
{
	switch (reg.kind) {
	case REG_X:
		return &vcpu->saved.x[reg.n];
	case REG_PC:
		return &vcpu->saved.pc;
	case REG_PSTATE:
		return &vcpu->saved.pstate;
	case REG_ENTRY:
		return &vcpu->event[reg.n].entry;
	case REG_ARG:
		return &vcpu->event[reg.n].arg;
	default:
		return NULL;
	}
}

int hcb_sdei_reg_get(const struct sdei_vcpu *vcpu, u32 index, u64 *value)
{
	struct reg reg;

	if (index >= NR_REGS)
		return -ENOENT;
	reg = reg_of(index);
	switch (reg.kind) {
	case REG_VERSION:
		*value = HCBPF_SDEI_VERSION_WORD;
		break;
	case REG_PE:
		*value = vcpu->masked;
		break;
	case REG_PENDING:
		*value = vcpu->pending;
		break;
	case REG_STATE:
		*value = vcpu->event[reg.n].state;
		break;
	default:
		*value = *word_of((struct sdei_vcpu *)vcpu, reg);
	}
	return 0;
}

/* By the value alone: the other registers may come later. */
static bool reg_valid(const struct sdei_vcpu *vcpu, struct reg reg, u64 value)
{
	switch (reg.kind) {
	case REG_VERSION:
		return value == HCBPF_SDEI_VERSION_WORD;
	case REG_PE:
		return value <= 1;
	case REG_PENDING:
		return !(value >> (SDEI_NR_EVENTS - 1) >> 1);
	case REG_PSTATE:
		return is_el0_or_el1(value) && (vcpu->aarch32_el0 || !is_aarch32(value));
	case REG_STATE:
		return value < NR_STATES && !(value & E && !(value & R));
	case REG_ENTRY:
		return !value || usable_address(value);
	default:
		return true;
	}
}

int hcb_sdei_reg_set(struct sdei_vcpu *vcpu, u32 index, u64 value)
{
	struct reg reg;

	if (index >= NR_REGS)
		return -ENOENT;
	reg = reg_of(index);
	if (!reg_valid(vcpu, reg, value))
		return -EINVAL;
	switch (reg.kind) {
	case REG_VERSION:
		break;
	case REG_PE:
		vcpu->masked = value;
		break;
	case REG_PENDING:	/* adds: it may have been signalled since it was read */
		set_pending(vcpu, vcpu->pending | value);
		break;
	case REG_STATE:
		vcpu->event[reg.n].state = array_index_nospec(value, NR_STATES);
		break;
	default:
		*word_of(vcpu, reg) = value;
	}
	return 0;
}
