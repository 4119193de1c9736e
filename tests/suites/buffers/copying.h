/* SPDX-License-Identifier: GPL-2.0-only */
/* For groups of tests with the policy that reads and writes what calls name: copy.bpf.c. */
#ifndef TESTS_LAB_COPYING_H
#define TESTS_LAB_COPYING_H

#include "lab.h"

static struct policy copying;

static int copy_setup(void **state)
{
	(void)state;
	return policy_load(&copying, "copy.bpf.o");
}

static int copy_teardown(void **state)
{
	(void)state;
	policy_unload(&copying);
	return 0;
}

#endif /* TESTS_LAB_COPYING_H */
