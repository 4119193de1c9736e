/* SPDX-License-Identifier: GPL-2.0-only */
/* kmod/sdei.c and the model side by side, driven by bytes: random ones or a fuzzer's. */
#ifndef TESTS_UNIT_SDEI_PAIR_H
#define TESTS_UNIT_SDEI_PAIR_H

#include "sdei.h"
#include "sdei_model.h"

#define PAIR_STEP_BYTES 16

struct pair {
	struct sdei_vcpu machine;
	struct model model;
	struct sdei_regs regs;		/* the guest's, after the last step */
	char difference[160];
	/* how often each call was made in each state of the first event */
	unsigned long seen[8][HCBPF_SDEI_NR_FNS];
	unsigned long delivered[8];
};

void pair_init(struct pair *pair, bool aarch32_el0);

/* One step on both. False: they differ, as pair->difference says. */
bool pair_step(struct pair *pair, const unsigned char step[PAIR_STEP_BYTES]);

#endif /* TESTS_UNIT_SDEI_PAIR_H */
