/* SPDX-License-Identifier: GPL-2.0-only */
/* Putting a call to a policy that is not in use: two ways, see case_runner.c. */
#ifndef CASE_RUNNER_H
#define CASE_RUNNER_H

#include <stdbool.h>
#include <stdint.h>
#include <hcbpf/test_env.h>

struct runner;

/* What became of a call. */
struct outcome {
	int verdict;		/* enum hcbpf_verdict, as the module takes it */
	int policy_ret;		/* what the policy itself returned */
	__u64 ret;
	uint32_t signals[HCBPF_TEST_SLOTS];
	struct hcbpf_test_set sets[HCBPF_TEST_SETS];	/* not with the module */
	uint32_t nr_sets;
};

/* On failure say why and return NULL. */
struct runner *runner_open(const char *file, bool verbose);
void runner_close(struct runner *runner);

/* The policy runs in the module, not by itself: time and KVM are real. */
bool runner_needs_module(const struct runner *runner);

/* A new VM, and a policy that has seen no call. Says why it fails. */
bool runner_begin(struct runner *runner);

/* A new VM for the same policy: the last one ends. Says why it fails. */
bool runner_new_vm(struct runner *runner);
bool runner_call(struct runner *runner, const struct hcbpf_test_env *env, struct outcome *outcome);

#endif /* CASE_RUNNER_H */
