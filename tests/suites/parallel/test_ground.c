// SPDX-License-Identifier: GPL-2.0-only
/*
 * Without hcbpf: is the machine sound on which CPUs run at once? Calls go to KVM's own
 * handler, and while they do, its code is patched again and again.
 */
#include <stdlib.h>
#include "callers.h"

#define TRACING "/sys/kernel/tracing/"
#define NR 0x1000	/* nobody knows that one */
#define PATCHES 20

static uint64_t calls;	/* of each vCPU in each test */

static const struct caller_kind kinds[] = {
	{ .rax = NR, .rdi = 1, .exit_ret = XEN_ANSWER },
	{ .rax = NR + 1, .rbx = 2, .exit_ret = XEN_ANSWER },
};

static const struct kvm_vm_conf confs[] = {
	{ .nr_vcpus = 2, .high = true },
	{ .nr_vcpus = 2, .high = true, .xen = true },
	{ .nr_vcpus = 1, .cpl = 3 },
};

static struct guest guests[ARRAY_LEN(confs)];

static void start_all(uint64_t count, const atomic_bool *stop)
{
	unsigned int i;

	for (i = 0; i < ARRAY_LEN(confs); i++) {
		guest_up(&guests[i], &confs[i], kinds, ARRAY_LEN(kinds));
		guest_start(&guests[i], count, stop);
	}
}

/* Every call of every vCPU was KVM's. How many there were. */
static uint64_t join_all(void)
{
	struct totals totals;
	uint64_t made = 0;
	unsigned int i;

	for (i = 0; i < ARRAY_LEN(confs); i++) {
		guest_join(&guests[i]);
		totals = guest_totals(&guests[i]);
		assert_int_equal(totals.passed, totals.made);
		made += totals.made;
		guest_down(&guests[i]);
	}
	print_message("# %llu calls\n", (unsigned long long)made);
	return made;
}

static void kvm_answers_all_calls_that_are_made_at_once(void **state)
{
	(void)state;
	start_all(calls, NULL);
	assert_int_equal(join_all(), 5 * calls);
}

static void it_does_so_while_its_code_is_patched(void **state)
{
	atomic_bool stop = false;
	unsigned int i;

	(void)state;
	assert_true(file_write(TRACING "set_ftrace_filter", HOOKED_FUNCTION));
	start_all(UINT64_MAX, &stop);
	for (i = 0; i < PATCHES; i += 2) {
		assert_true(file_write(TRACING "current_tracer", "function"));
		assert_true(file_write(TRACING "current_tracer", "nop"));
	}
	atomic_store(&stop, true);
	assert_true(join_all() > PATCHES);
	assert_int_equal(sh("echo > " TRACING "set_ftrace_filter"), 0);
}

/* usage: test_ground CALLS */
int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kvm_answers_all_calls_that_are_made_at_once),
		cmocka_unit_test(it_does_so_while_its_code_is_patched),
	};

	calls = argc > 1 ? strtoull(argv[1], NULL, 0) / 10 : 0;
	return calls ? cmocka_run_group_tests_name("without hcbpf", tests, NULL, NULL) : 2;
}
