// SPDX-License-Identifier: GPL-2.0-only
/*
 * Random lives of a vCPU: calls, signals, deliveries, resets, a VMM that writes
 * registers as it likes. kmod/sdei.c does what the model does, and at every
 * step its registers, set in some order on an unused vCPU, are its whole state.
 */
#include <stdlib.h>
#include "sdei_pair.h"
#include "unit.h"

#define NR_STEPS 2000000

#ifndef SDEI_VARIANT
#define SDEI_VARIANT ""
#endif

static uint64_t random64(uint64_t *seed)
{
	uint64_t z = *seed += 0x9e3779b97f4a7c15;	/* splitmix64 */

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

static void live(struct pair *pair, unsigned long steps, uint64_t seed)
{
	unsigned long i;

	for (i = 0; i < steps; i++) {
		union {
			uint64_t word[2];
			unsigned char byte[PAIR_STEP_BYTES];
		} step = { { random64(&seed), random64(&seed) } };

		if (!pair_step(pair, step.byte))
			fail_msg("step %lu: %s", i, pair->difference);
	}
}

/* Else the comparison would prove little. */
static void check_everything_was_tried(const struct pair *pair)
{
	static const unsigned int states[] = { 0, 1, 3, 4, 5, 7 };
	unsigned int s, fn;

	for (s = 0; s < ARRAY_LEN(states); s++) {
		for (fn = 0; fn < HCBPF_SDEI_NR_FNS; fn++)
			if (pair->seen[states[s]][fn] < 20)
				fail_msg("call %#x was made %lu times in state %u", fn,
					 pair->seen[states[s]][fn], states[s]);
		assert_true(pair->delivered[states[s]] > 100);
	}
	assert_true(pair->model.event[0].delivered > 1000);
	assert_true(pair->model.event[0].coalesced > 1000);
	assert_true(pair->model.event[0].ignored > 1000);
	assert_true(pair->model.event[0].cancelled > 1000);
}

static void random_lives_go_as_in_the_model(void **state)
{
	static struct pair pair;

	(void)state;
	pair_init(&pair, true);
	live(&pair, NR_STEPS, 1);
	check_everything_was_tried(&pair);
}

static void the_same_on_a_host_without_aarch32(void **state)
{
	static struct pair pair;

	(void)state;
	pair_init(&pair, false);
	live(&pair, NR_STEPS / 4, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_lives_go_as_in_the_model),
		cmocka_unit_test(the_same_on_a_host_without_aarch32),
	};

	return cmocka_run_group_tests_name("SDEI against a model" SDEI_VARIANT, tests, NULL, NULL);
}
