/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * SDEI once more, in the simplest way and without a table: what kmod/sdei.c is
 * compared with. Written from the specification, not from that file; slow is
 * fine.
 */
#ifndef TESTS_UNIT_SDEI_MODEL_H
#define TESTS_UNIT_SDEI_MODEL_H

#include <stdbool.h>
#include <stdint.h>

/* {number, signalable} of each event. */
#ifndef MODEL_EVENTS
#define MODEL_EVENTS { 0, true }
#endif

struct model_row {
	uint32_t number;
	bool signalable;
};

static const struct model_row model_rows[] = { MODEL_EVENTS };
#define MODEL_NR (sizeof(model_rows) / sizeof(model_rows[0]))

struct model_regs {
	uint64_t x[18], pc, pstate;
};

struct model_event {
	bool registered, enabled, running, pending;
	uint64_t entry, arg;
	uint64_t signals, coalesced, ignored, cancelled, delivered;
};

struct model {
	bool masked, aarch32;
	struct model_event event[MODEL_NR];
	struct model_regs saved;
};

struct model_env {
	bool span, dssbs, mte;		/* bits of SCTLR_EL1; the guest has MTE */
	bool (*pe_exists)(void *ctx, uint64_t affinity);
};

struct model_effects {
	bool ended, exception, signal;
	uint64_t elr, spsr, affinity;
	uint32_t event;
};

void model_reset(struct model *m);
struct model_effects model_call(struct model *m, struct model_regs *regs,
				const struct model_env *env);
bool model_deliverable(const struct model *m);
bool model_deliver(struct model *m, struct model_regs *regs, const struct model_env *env);
void model_signal(struct model *m, uint32_t event);
bool model_cancel(struct model *m, uint32_t event);
unsigned int model_status(const struct model_event *event);

/* The registers' values, in the order of <hcbpf/sdei.h>. */
#define MODEL_NR_REGS (23 + 3 * MODEL_NR)
void model_get(const struct model *m, uint64_t values[MODEL_NR_REGS]);
bool model_set(struct model *m, unsigned int index, uint64_t value);

#endif /* TESTS_UNIT_SDEI_MODEL_H */
