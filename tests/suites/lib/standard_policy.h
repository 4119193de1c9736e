/* SPDX-License-Identifier: GPL-2.0-only */
/* For groups of tests that run with the standard policy loaded. */
#ifndef TESTS_LAB_STANDARD_POLICY_H
#define TESTS_LAB_STANDARD_POLICY_H

#include "lab.h"

static struct policy standard;

static int standard_setup(void **state)
{
	(void)state;
	return policy_load(&standard, "standard.bpf.o");
}

static int standard_teardown(void **state)
{
	(void)state;
	policy_unload(&standard);
	return 0;
}

#endif /* TESTS_LAB_STANDARD_POLICY_H */
