// SPDX-License-Identifier: GPL-2.0-only
/* The map of page attributes against a plain array: the input says what to do. */
#include <stdlib.h>
#include "gpa_model.h"

static void model_fail(const char *file, int line, const char *what)
{
	fprintf(stderr, "%s:%d: %s\n", file, line, what);
	abort();
}

struct input {
	const uint8_t *data;
	size_t left;
};

/* Two bytes make a choice. Spread, so that addresses have high bits too; odd, so none is lost. */
static u64 next_choice(void *arg)
{
	struct input *input = arg;
	u64 choice;

	if (input->left < 2) {
		input->left = 0;
		return 0;
	}
	choice = input->data[0] | input->data[1] << 8;
	input->data += 2;
	input->left -= 2;
	return choice * 0x9e3779b97f4a7c15ULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct model model;
	struct input input = { data, size };
	unsigned int n;

	model_init(&model, next_choice, &input);
	for (n = 0; input.left; n++) {
		model_step(&model);
		if (n % 32 == 0)
			model_check(&model);
	}
	model_end(&model);
	return 0;
}
