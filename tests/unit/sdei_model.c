// SPDX-License-Identifier: GPL-2.0-only
/* SDEI, the simplest way: see sdei_model.h. Arm DEN0054's numbers are spelled out. */
#include <string.h>
#include "sdei_model.h"

static const uint64_t not_supported = -1, invalid = -2, denied = -3, pending = -5, no_slot = -10;

unsigned int model_status(const struct model_event *event)
{
	return (event->registered ? 1 : 0) + (event->enabled ? 2 : 0) + (event->running ? 4 : 0);
}

void model_reset(struct model *m)
{
	unsigned int i;

	m->masked = true;
	memset(&m->saved, 0, sizeof(m->saved));
	for (i = 0; i < MODEL_NR; i++) {
		struct model_event *e = &m->event[i];

		e->registered = e->enabled = e->running = e->pending = false;
		e->entry = e->arg = 0;
	}
}

static struct model_event *find(struct model *m, uint64_t number)
{
	unsigned int i;

	for (i = 0; i < MODEL_NR; i++)
		if (model_rows[i].number == (number & 0xffffffff))
			return &m->event[i];
	return NULL;
}

static struct model_event *running(struct model *m)
{
	unsigned int i;

	for (i = 0; i < MODEL_NR; i++)
		if (m->event[i].running)
			return &m->event[i];
	return NULL;
}

static bool good_address(uint64_t address)
{
	if (address == 0 || address % 4)
		return false;
	return address < 0x0010000000000000 || address >= 0xfff0000000000000;
}

static unsigned int mode(uint64_t pstate)
{
	return pstate % 32;
}

static uint64_t after_exception(uint64_t old, const struct model_env *env)
{
	uint64_t new = 0;
	int bit;

	for (bit = 0; bit < 64; bit++) {
		bool was = old >> bit & 1, is = false;

		switch (bit) {
		case 31: case 30: case 29: case 28:	/* N Z C V */
		case 24:				/* DIT */
			is = was;
			break;
		case 25:				/* TCO */
			is = env->mte;
			break;
		case 22:				/* PAN */
			is = was || !env->span;
			break;
		case 12:				/* SSBS */
			is = env->dssbs;
			break;
		case 9: case 8: case 7: case 6:		/* D A I F */
		case 2: case 0:				/* EL1h */
			is = true;
			break;
		}
		new |= (uint64_t)is << bit;
	}
	return new;
}

static void unregister(struct model_event *e)
{
	e->registered = e->enabled = e->pending = false;
	e->entry = e->arg = 0;
}

/* What no guest can have brought about. */
static void make_sense(struct model *m)
{
	bool one = false;
	unsigned int i;

	for (i = 0; i < MODEL_NR; i++) {
		struct model_event *e = &m->event[i];

		if (!e->registered || !good_address(e->entry))
			unregister(e);
		if (one)
			e->running = false;
		one = one || e->running;
	}
}

static uint64_t do_register(struct model_event *e, const uint64_t *x, const struct model_env *env)
{
	if (!e || !good_address(x[2]) || x[4] > 1)
		return invalid;
	if (x[4] == 1 && !env->pe_exists(NULL, x[5] & 0xff00ffffff))
		return invalid;
	if (e->registered || e->running)
		return denied;
	e->registered = true;
	e->entry = x[2];
	e->arg = x[3];
	return 0;
}

static uint64_t do_unregister(struct model_event *e)
{
	if (!e)
		return invalid;
	if (!e->registered && !e->running)
		return denied;
	unregister(e);
	return e->running ? pending : 0;
}

static uint64_t do_get_info(struct model *m, const uint64_t *x)
{
	struct model_event *e = find(m, x[1]);

	switch (e ? x[2] & 0xffffffff : 99) {
	case 0: case 2:
		return 0;
	case 1:
		return model_rows[e - m->event].signalable ? 0 : 1;
	}
	return invalid;
}

static uint64_t do_signal(struct model *m, const uint64_t *x, const struct model_env *env,
			  struct model_effects *effects)
{
	struct model_event *e = find(m, x[1]);

	if (!e || !model_rows[e - m->event].signalable)
		return invalid;
	if (!env->pe_exists(NULL, x[2] & 0xff00ffffff))
		return invalid;
	effects->signal = true;
	effects->event = x[1];
	effects->affinity = x[2] & 0xff00ffffff;
	return 0;
}

static uint64_t do_private_reset(struct model *m)
{
	uint64_t result = 0;
	unsigned int i;

	for (i = 0; i < MODEL_NR; i++) {
		if (m->event[i].running)
			result = denied;
		unregister(&m->event[i]);
	}
	return result;
}

static bool do_complete(struct model *m, struct model_regs *regs, bool resume,
			const struct model_env *env, struct model_effects *effects)
{
	struct model_event *e = running(m);
	uint64_t address = regs->x[1];

	if (!e || (resume && !good_address(address)))
		return false;
	e->running = false;
	memcpy(regs, &m->saved, sizeof(*regs));
	effects->ended = true;
	if (resume) {
		effects->exception = true;
		effects->elr = m->saved.pc;
		effects->spsr = m->saved.pstate;
		regs->pc = address;
		regs->pstate = after_exception(m->saved.pstate, env);
	}
	return true;
}

struct model_effects model_call(struct model *m, struct model_regs *regs,
				const struct model_env *env)
{
	struct model_effects effects = { 0 };
	uint64_t *x = regs->x, result = not_supported;
	struct model_event *e = find(m, x[1]);
	uint32_t function = x[0];

	make_sense(m);
	if (mode(regs->pstate) != 4 && mode(regs->pstate) != 5) {
		x[0] = not_supported;
		return effects;
	}
	switch (function) {
	case 0xc4000020: /* VERSION: 1.0 of HCBP */
		result = 1ULL << 48 | 'H' << 24 | 'C' << 16 | 'B' << 8 | 'P';
		break;
	case 0xc4000021: /* EVENT_REGISTER */
		result = do_register(e, x, env);
		break;
	case 0xc4000022: /* EVENT_ENABLE */
		result = !e ? invalid : !e->registered ? denied : 0;
		if (result == 0)
			e->enabled = true;
		break;
	case 0xc4000023: /* EVENT_DISABLE */
		result = !e ? invalid : !e->registered ? denied : 0;
		if (result == 0)
			e->enabled = false;
		break;
	case 0xc4000024: /* EVENT_CONTEXT */
		result = (uint32_t)x[1] > 17 ? invalid : !running(m) ? denied :
			 m->saved.x[(uint32_t)x[1]];
		break;
	case 0xc4000025: /* EVENT_COMPLETE */
	case 0xc4000026: /* EVENT_COMPLETE_AND_RESUME */
		if (do_complete(m, regs, function == 0xc4000026, env, &effects))
			return effects;
		result = denied;
		break;
	case 0xc4000027: /* EVENT_UNREGISTER */
		result = do_unregister(e);
		break;
	case 0xc4000028: /* EVENT_STATUS */
		result = e ? model_status(e) : invalid;
		break;
	case 0xc4000029: /* EVENT_GET_INFO */
		result = do_get_info(m, x);
		break;
	case 0xc400002a: /* EVENT_ROUTING_SET: of shared events */
		result = invalid;
		break;
	case 0xc400002b: /* PE_MASK */
		result = m->masked ? 0 : 1;
		m->masked = true;
		break;
	case 0xc400002c: /* PE_UNMASK */
		result = 0;
		m->masked = false;
		break;
	case 0xc400002d: /* INTERRUPT_BIND */
		result = (uint32_t)x[1] <= 15 ? invalid : no_slot;
		break;
	case 0xc400002e: /* INTERRUPT_RELEASE: of bound events */
		result = invalid;
		break;
	case 0xc400002f: /* EVENT_SIGNAL */
		result = do_signal(m, x, env, &effects);
		break;
	case 0xc4000030: /* FEATURES */
		result = (uint32_t)x[1] ? invalid : 0;
		break;
	case 0xc4000031: /* PRIVATE_RESET */
		result = do_private_reset(m);
		break;
	case 0xc4000032: /* SHARED_RESET */
		result = 0;
		break;
	}
	x[0] = result;
	return effects;
}

static struct model_event *due(struct model *m)
{
	unsigned int i;

	if (m->masked || running(m))
		return NULL;
	for (i = 0; i < MODEL_NR; i++) {
		struct model_event *e = &m->event[i];

		if (e->pending && e->registered && e->enabled && good_address(e->entry))
			return e;
	}
	return NULL;
}

bool model_deliverable(const struct model *m)
{
	return due((struct model *)m);
}

bool model_deliver(struct model *m, struct model_regs *regs, const struct model_env *env)
{
	unsigned int from = mode(regs->pstate);
	struct model_event *e = due(m);

	if (!e || (from != 0 && from != 4 && from != 5 && from != 16))
		return false;
	e->pending = false;
	e->running = true;
	e->delivered++;
	memcpy(&m->saved, regs, sizeof(*regs));
	regs->x[0] = model_rows[e - m->event].number;
	regs->x[1] = e->arg;
	regs->x[2] = m->saved.pc;
	regs->x[3] = m->saved.pstate;
	regs->pc = e->entry;
	regs->pstate = after_exception(m->saved.pstate, env);
	return true;
}

void model_signal(struct model *m, uint32_t event)
{
	struct model_event *e = find(m, event);

	if (!e)
		return;
	e->signals++;
	if (!e->registered)
		e->ignored++;
	else if (e->pending)
		e->coalesced++;
	else
		e->pending = true;
}

bool model_cancel(struct model *m, uint32_t event)
{
	struct model_event *e = find(m, event);

	if (!e || !e->pending)
		return false;
	e->pending = false;
	e->cancelled++;
	return true;
}

void model_get(const struct model *m, uint64_t values[MODEL_NR_REGS])
{
	unsigned int i;

	values[0] = 0x0001000048434250;
	values[1] = m->masked;
	values[2] = 0;
	memcpy(&values[3], m->saved.x, sizeof(m->saved.x));
	values[21] = m->saved.pc;
	values[22] = m->saved.pstate;
	for (i = 0; i < MODEL_NR; i++) {
		values[2] += (uint64_t)m->event[i].pending << i;
		values[23 + 3 * i] = model_status(&m->event[i]);
		values[24 + 3 * i] = m->event[i].entry;
		values[25 + 3 * i] = m->event[i].arg;
	}
}

static bool set_event(struct model_event *e, unsigned int what, uint64_t value)
{
	if (what == 0) {
		if (value > 7 || value == 2 || value == 6)
			return false;
		e->registered = value & 1;
		e->enabled = value & 2;
		e->running = value & 4;
	} else if (what == 1) {
		if (value != 0 && !good_address(value))
			return false;
		e->entry = value;
	} else {
		e->arg = value;
	}
	return true;
}

bool model_set(struct model *m, unsigned int index, uint64_t value)
{
	unsigned int i;

	if (index == 0)
		return value == 0x0001000048434250;
	if (index == 1) {
		if (value > 1)
			return false;
		m->masked = value;
	} else if (index == 2) {
		if (value >= 1ULL << MODEL_NR)
			return false;
		for (i = 0; i < MODEL_NR; i++)
			m->event[i].pending |= value >> i & 1;
	} else if (index < 21) {
		m->saved.x[index - 3] = value;
	} else if (index == 21) {
		m->saved.pc = value;
	} else if (index == 22) {
		if (mode(value) != 0 && mode(value) != 4 && mode(value) != 5 &&
		    !(mode(value) == 16 && m->aarch32))
			return false;
		m->saved.pstate = value;
	} else if (index < MODEL_NR_REGS) {
		return set_event(&m->event[(index - 23) / 3], (index - 23) % 3, value);
	} else {
		return false;
	}
	return true;
}
