// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <string.h>
#include "sdei_pair.h"

#define PICK(values, by) ((values)[(by) % (sizeof(values) / sizeof((values)[0]))])
#define SPAN (1ULL << 23)
#define DSSBS (1ULL << 44)

static bool pe_exists(void *ctx, uint64_t affinity)
{
	(void)ctx;
	return affinity == 0 || affinity == 1 || affinity == 0x0700000003;
}

/* ---- values that matter, from bytes */

struct step {
	unsigned char kind, a, b, c, d, e;
	uint64_t raw;
};

static uint64_t address(unsigned char by, uint64_t raw)
{
	const uint64_t values[] = {
		0xffff800010000000, 0x40080000, 0xffff800010000000, 0, raw,
		0x40080002, 0xffff800010000001, 0x000ffffffffffffc, 0x0010000000000000,
		0xfff0000000000000, 0xffeffffffffffffc, raw & ~3ULL,
	};

	return PICK(values, by);
}

static uint64_t small(unsigned char by, uint64_t raw)
{
	const uint64_t values[] = {
		0, 0, 0, 0, model_rows[MODEL_NR - 1].number, 1, 2, 3, 4, 15, 16, 17, 18,
		1ULL << 32, 0xffffffff, raw,
	};

	return PICK(values, by);
}

static uint64_t affinity(unsigned char by, uint64_t raw)
{
	const uint64_t values[] = { 0, 1, 0x0700000003, 2, 0x80000001, 0xc1000000, raw };

	return PICK(values, by);
}

static uint64_t pstate(unsigned char by, uint64_t raw)
{
	const uint64_t modes[] = { 5, 5, 5, 5, 4, 0, 0x10, 9, 0xd, 0x13, 0x1f, raw & 0x1f };

	return (raw & ~0x1fULL) | PICK(modes, by);
}

/* ---- the state of both, compared */

static bool differ(struct pair *pair, const char *what, uint64_t machine, uint64_t model)
{
	if (machine == model)
		return false;
	snprintf(pair->difference, sizeof(pair->difference), "%s: %#llx, the model says %#llx",
		 what, (unsigned long long)machine, (unsigned long long)model);
	return true;
}

static bool regs_differ(struct pair *pair, const struct model_regs *model)
{
	unsigned int i;

	for (i = 0; i < 18; i++)
		if (differ(pair, "a general register", pair->regs.x[i], model->x[i]))
			return true;
	return differ(pair, "PC", pair->regs.pc, model->pc) ||
	       differ(pair, "PSTATE", pair->regs.pstate, model->pstate);
}

static bool show_differs(struct pair *pair, unsigned int i)
{
	const struct model_event *e = &pair->model.event[i];
	unsigned int state = model_status(e) | (e->pending ? 8 : 0) | (pair->model.masked ? 16 : 0);
	struct hcbpf_sdei_state show;

	if (hcb_sdei_show(&pair->machine, model_rows[i].number, &show))
		return differ(pair, "hcb_sdei_show()", 1, 0);
	return differ(pair, "shown state", show.state, state) ||
	       differ(pair, "signals", show.signals, e->signals) ||
	       differ(pair, "coalesced", show.coalesced, e->coalesced) ||
	       differ(pair, "ignored", show.ignored, e->ignored) ||
	       differ(pair, "cancelled", show.cancelled, e->cancelled) ||
	       differ(pair, "delivered", show.delivered, e->delivered);
}

static bool states_differ(struct pair *pair, const struct sdei_vcpu *machine)
{
	uint64_t model[MODEL_NR_REGS];
	unsigned int i;
	u64 value;

	model_get(&pair->model, model);
	for (i = 0; i < MODEL_NR_REGS; i++) {
		value = ~model[i];
		hcb_sdei_reg_get(machine, i, &value);
		if (differ(pair, "pseudo-register", value, model[i])) {
			sprintf(strchr(pair->difference, 0), " (number %u)", i);
			return true;
		}
	}
	return differ(pair, "register count", hcb_sdei_reg_count(), MODEL_NR_REGS) ||
	       differ(pair, "deliverable", hcb_sdei_deliverable(machine),
		      model_deliverable(&pair->model));
}

/* ---- saving and restoring */

/* Into an unused vCPU, in an order that @seed chooses, some of them twice. */
static bool restore(struct pair *pair, struct sdei_vcpu *to, uint64_t seed)
{
	unsigned int order[MODEL_NR_REGS], i;

	memset(to, 0, sizeof(*to));
	to->aarch32_el0 = pair->machine.aarch32_el0;
	hcb_sdei_reset(to);
	for (i = 0; i < MODEL_NR_REGS; i++) {	/* a shuffle as it grows */
		unsigned int place = seed % (i + 1);

		order[i] = order[place];
		order[place] = i;
		seed = seed / (i + 1) * 0x9e3779b97f4a7c15 + seed % 7919;
	}
	for (i = 0; i < MODEL_NR_REGS + 5; i++) {
		unsigned int index = order[i % MODEL_NR_REGS];
		u64 value;

		hcb_sdei_reg_get(&pair->machine, index, &value);
		if (hcb_sdei_reg_set(to, index, value))
			return !differ(pair, "a value that was read is refused", index, ~0ULL);
	}
	return true;
}

/* What is saved is the whole state: go on with the copy, the counters aside. */
static void adopt(struct pair *pair, const struct sdei_vcpu *copy)
{
	struct sdei_vcpu was = pair->machine;
	unsigned int i;

	pair->machine = *copy;
	for (i = 0; i < MODEL_NR; i++) {
		struct sdei_event *event = &pair->machine.event[i];

		event->signals = was.event[i].signals;
		event->coalesced = was.event[i].coalesced;
		event->ignored = was.event[i].ignored;
		event->cancelled = was.event[i].cancelled;
		event->delivered = was.event[i].delivered;
	}
}

/* ---- steps */

static void fill_regs(struct pair *pair, const struct step *step)
{
	unsigned int i;

	for (i = 0; i < 18; i++)
		pair->regs.x[i] = step->raw * (2 * i + 1) + i;
	pair->regs.pc = step->raw ^ 0x5555;
	pair->regs.pstate = pstate(step->e, step->raw);
}

/* Half of the calls are those that lead somewhere. */
static unsigned int function_of(const struct step *step)
{
	static const unsigned char way[] = { 1, 1, 2, 2, 2, 0xc, 0xc, 5, 6, 3 };

	return step->a & 1 ? PICK(way, step->a / 2) : step->a / 2 % HCBPF_SDEI_NR_FNS;
}

static void call_args(struct pair *pair, const struct step *step)
{
	uint32_t function = HCBPF_SDEI_FN(function_of(step));
	u64 *x = pair->regs.x;

	fill_regs(pair, step);
	x[0] = function | (step->raw & 1) << 40;
	x[1] = function == HCBPF_SDEI_EVENT_COMPLETE_AND_RESUME ? address(step->b, step->raw) :
								  small(step->b, step->raw);
	x[2] = function == HCBPF_SDEI_EVENT_REGISTER ? address(step->c, step->raw) :
	       function == HCBPF_SDEI_EVENT_SIGNAL   ? affinity(step->c, step->raw) :
						       small(step->c, step->raw);
	x[4] = PICK(((uint64_t[]){ 0, 0, 1, 1, 2, 1ULL << 32, step->raw }), step->d);
	x[5] = affinity(step->d / 8, step->raw);
}

static void environment(const struct step *step, struct sdei_env *env, struct model_env *model)
{
	*model = (struct model_env){ step->d & 1, step->d & 2, step->d & 4, pe_exists };
	*env = (struct sdei_env){
		(model->span ? SPAN : 0) | (model->dssbs ? DSSBS : 0) |
			(step->raw & ~(SPAN | DSSBS)),
		model->mte, pe_exists, NULL,
	};
}

static struct model_regs copy_regs(const struct sdei_regs *regs)
{
	struct model_regs copy = { .pc = regs->pc, .pstate = regs->pstate };

	memcpy(copy.x, regs->x, sizeof(copy.x));
	return copy;
}

static bool effects_differ(struct pair *pair, const struct sdei_effects *machine,
			   const struct model_effects *model)
{
	return differ(pair, "effect ended", machine->ended, model->ended) ||
	       differ(pair, "effect exception", machine->exception, model->exception) ||
	       differ(pair, "ELR_EL1", machine->elr_el1, model->elr) ||
	       differ(pair, "SPSR_EL1", machine->spsr_el1, model->spsr) ||
	       differ(pair, "effect signal", machine->signal, model->signal) ||
	       differ(pair, "signalled event", machine->event, model->event) ||
	       differ(pair, "affinity", machine->affinity, model->affinity) ||
	       differ(pair, "effect deliverable", machine->deliverable,
		      model_deliverable(&pair->model));
}

static bool step_call(struct pair *pair, const struct step *step)
{
	struct model_effects model_effects;
	struct sdei_effects effects;
	struct model_env model_env;
	struct model_regs regs;
	struct sdei_env env;

	call_args(pair, step);
	environment(step, &env, &model_env);
	regs = copy_regs(&pair->regs);
	pair->seen[pair->machine.event[0].state % 8][function_of(step)]++;
	hcb_sdei_call(&pair->machine, &pair->regs, &env, &effects);
	model_effects = model_call(&pair->model, &regs, &model_env);
	return !regs_differ(pair, &regs) && !effects_differ(pair, &effects, &model_effects);
}

static bool step_deliver(struct pair *pair, const struct step *step)
{
	struct model_env model_env;
	struct model_regs regs;
	struct sdei_env env;
	bool machine, model;

	fill_regs(pair, step);
	environment(step, &env, &model_env);
	/* Where the host has no AArch32, no guest is ever interrupted there. */
	if (!pair->model.aarch32)
		pair->regs.pstate &= ~0x10ULL;
	regs = copy_regs(&pair->regs);
	pair->delivered[pair->machine.event[0].state % 8]++;
	machine = hcb_sdei_deliver(&pair->machine, &pair->regs, &env);
	model = model_deliver(&pair->model, &regs, &model_env);
	return !differ(pair, "delivered", machine, model) && !regs_differ(pair, &regs);
}

static bool step_signal(struct pair *pair, const struct step *step)
{
	uint32_t event = small(step->a, step->raw);

	hcb_sdei_signal(&pair->machine, event);
	model_signal(&pair->model, event);
	return true;
}

static bool step_cancel(struct pair *pair, const struct step *step)
{
	uint32_t event = small(step->a, step->raw);

	return !differ(pair, "cancelled", hcb_sdei_cancel(&pair->machine, event),
		       model_cancel(&pair->model, event));
}

static bool step_set(struct pair *pair, const struct step *step)
{
	unsigned int index = step->a % (MODEL_NR_REGS + 2);
	uint64_t value = step->b & 1 ? step->raw :
			 step->b & 2 ? address(step->c, step->raw) :
			 step->b & 4 ? pstate(step->c, step->raw) : step->c % 16;

	return !differ(pair, "a value is accepted", !hcb_sdei_reg_set(&pair->machine, index, value),
		       model_set(&pair->model, index, value));
}

static bool step_reset(struct pair *pair, const struct step *step)
{
	void (*const resets[])(struct sdei_vcpu *) = { hcb_sdei_reset, hcb_sdei_cpu_off,
						       hcb_sdei_cpu_on };

	PICK(resets, step->a)(&pair->machine);
	model_reset(&pair->model);
	return true;
}

static bool take(struct pair *pair, const struct step *step)
{
	switch (step->kind % 128) {
	case 0:
		return step_reset(pair, step);
	case 1: case 2: case 3:
		return step_set(pair, step);
	case 4 ... 7:
		return step_cancel(pair, step);
	case 8 ... 31:
		return step_signal(pair, step);
	case 32 ... 47:
		return step_deliver(pair, step);
	default:
		return step_call(pair, step);
	}
}

void pair_init(struct pair *pair, bool aarch32_el0)
{
	memset(pair, 0, sizeof(*pair));
	pair->machine.aarch32_el0 = pair->model.aarch32 = aarch32_el0;
	hcb_sdei_reset(&pair->machine);
	model_reset(&pair->model);
}

bool pair_step(struct pair *pair, const unsigned char bytes[PAIR_STEP_BYTES])
{
	struct step step = { bytes[0], bytes[1], bytes[2], bytes[3], bytes[4], bytes[5], 0 };
	struct sdei_vcpu copy;
	unsigned int i;

	memcpy(&step.raw, bytes + 8, sizeof(step.raw));
	if (!take(pair, &step) || states_differ(pair, &pair->machine))
		return false;
	for (i = 0; i < MODEL_NR; i++)
		if (show_differs(pair, i))
			return false;
	if (!restore(pair, &copy, step.raw) || states_differ(pair, &copy))
		return false;
	if (bytes[6] & 1)
		adopt(pair, &copy);
	return true;
}
