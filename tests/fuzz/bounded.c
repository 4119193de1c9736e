// SPDX-License-Identifier: GPL-2.0-only
/*
 * Runs a fuzzer's target without libFuzzer, as one test: on the files named, or
 * on a number of random inputs.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define INPUTS 3000
#define MAX_LEN 4096

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint8_t input[1 << 20];

static uint64_t random_u64(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static void run_random(void)
{
	uint64_t state = 0x9e3779b97f4a7c15;
	size_t n, i, size;

	for (n = 0; n < INPUTS; n++) {
		size = random_u64(&state) % MAX_LEN;
		for (i = 0; i < size; i++)
			input[i] = random_u64(&state) >> 32;
		LLVMFuzzerTestOneInput(input, size);
	}
}

static int run_file(const char *path)
{
	FILE *file = fopen(path, "rb");
	size_t size;

	if (!file) {
		perror(path);
		return 1;
	}
	size = fread(input, 1, sizeof(input), file);
	fclose(file);
	return LLVMFuzzerTestOneInput(input, size);
}

int main(int argc, char **argv)
{
	int i;

	printf("TAP version 13\n1..1\n");
	fflush(stdout);
	for (i = 1; i < argc; i++)
		if (run_file(argv[i]))
			return 1;
	if (argc == 1)
		run_random();
	printf("ok 1 - %s: inputs agree with the model\n", argv[0]);
	return 0;
}
