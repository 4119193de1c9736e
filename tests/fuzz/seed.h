/* SPDX-License-Identifier: GPL-2.0-only */
/* What a fuzzer may have besides its target. */
#ifndef FUZZ_SEED_H
#define FUZZ_SEED_H

#include <stddef.h>
#include <stdint.h>

/* A good input for bounded.c to change: random bytes alone are no text, and no state. */
size_t fuzz_seed(uint8_t *to, size_t room);

#endif /* FUZZ_SEED_H */
