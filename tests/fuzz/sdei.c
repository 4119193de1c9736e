// SPDX-License-Identifier: GPL-2.0-only
/*
 * SDEI against its model (tests/unit/sdei_pair.h), driven by a fuzzer's bytes:
 * the first chooses the host, then 16 for each step.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include "sdei_pair.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct pair pair;
	size_t at;

	if (!size)
		return 0;
	pair_init(&pair, data[0] & 1);
	for (at = 1; at + PAIR_STEP_BYTES <= size; at += PAIR_STEP_BYTES) {
		if (!pair_step(&pair, data + at)) {
			fprintf(stderr, "step %zu: %s\n", at / PAIR_STEP_BYTES, pair.difference);
			abort();
		}
	}
	return 0;
}
