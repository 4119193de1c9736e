// SPDX-License-Identifier: GPL-2.0-only
/*
 * Runs a fuzzer's target without libFuzzer, as one test: on the files named, or
 * on a number of random inputs. If the target has a good one, every other input is
 * that with some of it changed.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "seed.h"

#define INPUTS 3000
#define MAX_LEN 4096
#define MAX_CHANGES 4

#pragma weak fuzz_seed

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint8_t input[1 << 20];

static uint64_t random_u64(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static size_t make_random(uint64_t *state)
{
	size_t size = random_u64(state) % MAX_LEN, i;

	for (i = 0; i < size; i++)
		input[i] = random_u64(state) >> 32;
	return size;
}

/* Bytes that are others, or left out, or are there twice. */
static size_t make_nearly_good(uint64_t *state)
{
	size_t size = fuzz_seed(input, MAX_LEN), at, n;
	int changes = random_u64(state) % MAX_CHANGES;

	while (size && changes--) {
		at = random_u64(state) % size;
		n = random_u64(state) % (size - at) % 16 + 1;
		switch (random_u64(state) % 3) {
		case 0:
			input[at] = random_u64(state) >> 32;
			break;
		case 1:
			memmove(input + at, input + at + n, size - at - n);
			size -= n;
			break;
		default:
			memmove(input + at + n, input + at, size - at);
			size += n;
		}
	}
	return size;
}

static void run_random(void)
{
	uint64_t state = 0x9e3779b97f4a7c15;
	size_t n, size;

	for (n = 0; n < INPUTS; n++) {
		size = fuzz_seed && n % 2 ? make_nearly_good(&state) : make_random(&state);
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
	printf("ok 1 - %s: nothing is wrong with any input\n", argv[0]);
	return 0;
}
