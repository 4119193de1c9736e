// SPDX-License-Identifier: GPL-2.0-only
/* Names of calls' arguments, and results, as `hcbpf trace` shows them. */
#include "unit.h"
#include <stdio.h>
#include <string.h>
#include <hcbpf/guest.h>
#include <hcbpf/sdei.h>
#include "text/call_args.h"

static void expect_names(const struct hcbpf_call *call, const char *wanted)
{
	char names[MAX_ARGS][ARG_NAME], all[MAX_ARGS * ARG_NAME] = "";
	int nr = call_arg_names(call, names), i;

	for (i = 0; i < nr; i++)
		snprintf(all + strlen(all), sizeof(all) - strlen(all), "%s%s", i ? " " : "",
			 names[i]);
	if (!wanted) {
		assert_int_equal(nr, -1);
		return;
	}
	assert_true(nr >= 0);
	assert_string_equal(all, wanted);
}

static void expect(uint32_t abi, const char *name, const char *wanted)
{
	struct hcbpf_call call = { .abi = abi };
	uint32_t nr;

	assert_int_equal(call_by_name(abi, name, &nr), 0);
	call.nr = nr;
	expect_names(&call, wanted);
}

static void arguments_have_the_names_of_their_specification(void **state)
{
	(void)state;
	expect(HCBPF_ABI_KVM, "kick_cpu", "flags apic_id");
	expect(HCBPF_ABI_KVM, "map_gpa_range", "gpa npages attributes");
	expect(HCBPF_ABI_KVM, "send_ipi", "bitmap_low bitmap_high lowest_apic_id icr");
	expect(HCBPF_ABI_KVM, "vapic_poll_irq", "");
	expect(HCBPF_ABI_KVM, "mips_exit_vm", NULL);
	expect(HCBPF_ABI_XEN, "event_channel_op", "cmd arg");
	expect(HCBPF_ABI_XEN, "physical/list/event_channel_op", "cmd arg");
	expect(HCBPF_ABI_XEN, "doorbell", "port");
	expect(HCBPF_ABI_XEN, "vcpu_op", "cmd vcpuid arg");
	expect(HCBPF_ABI_SMCCC, "psci_cpu_on", "target_cpu entry_point_address context_id");
	expect(HCBPF_ABI_SMCCC, "psci_cpu_on32", "target_cpu entry_point_address context_id");
	expect(HCBPF_ABI_SMCCC, "arch_features", "arch_func_id");
	expect(HCBPF_ABI_SMCCC, "sdei_event_register",
	       "event entry_point_address ep_argument flags affinity");
	expect(HCBPF_ABI_SMCCC, "sdei_event_signal", "event target_pe");
	expect(HCBPF_ABI_SMCCC, "doorbell32", "port");
	expect(HCBPF_ABI_SMCCC, "mem_share", "ipa");
	expect(HCBPF_ABI_SMCCC, "trng_rnd", "entropy_bits");
}

static void numbers_without_a_name_have_none(void **state)
{
	struct hcbpf_call call = { .abi = HCBPF_ABI_KVM, .nr = 99 };

	(void)state;
	expect_names(&call, NULL);
	call = (struct hcbpf_call){ .abi = HCBPF_ABI_KVM, .nr = (1ULL << 32) + 5 };
	expect_names(&call, NULL);
	call = (struct hcbpf_call){ .abi = HCBPF_ABI_SMCCC, .nr = 0xc4000040 };
	expect_names(&call, NULL);
	/* An ABI that this command does not know yet. */
	call = (struct hcbpf_call){ .abi = HCBPF_NR_ABIS, .nr = 5 };
	expect_names(&call, NULL);
	assert_int_equal(abi_nr_args(&call), 0);
}

static void hyperv_says_in_the_call_where_its_input_is(void **state)
{
	struct hcbpf_call call = { .abi = HCBPF_ABI_HYPERV, .nr = 0x5c };

	(void)state;
	expect_names(&call, "control input output");
	call.args[0] = HCBPF_HYPERV_FAST;
	expect_names(&call, "control word0 word1");
}

/* What has names for its arguments has one itself; a typing error in a number has not. */
static void whose_arguments_are_known_is_known(void **state)
{
	const uint32_t bases[] = { 0, HCBPF_HC_BASE, 0x80000000, 0x84000000, 0x85000000,
				   0x86000000, 0x8600ff00, HCBPF_SMCCC_BASE & ~0x40000000 };
	char names[MAX_ARGS][ARG_NAME], text[NAMES_TEXT];
	unsigned int abi, known = 0;
	uint32_t nr, i;

	(void)state;
	for (abi = HCBPF_ABI_KVM; abi < HCBPF_NR_ABIS; abi++)
		for (i = 0; i < ARRAY_LEN(bases); i++)
			for (nr = bases[i]; nr < bases[i] + 0x100; nr++) {
				const struct hcbpf_call narrow = { .abi = abi, .nr = nr };
				int count = call_arg_names(&narrow, names);

				if (abi == HCBPF_ABI_HYPERV || count < 0)
					continue;
				known++;
				assert_in_range(count, 0, abi_nr_args(&narrow));
				call_text(text, abi, nr, HCBPF_RULE_ANY);
				if (text[0] >= '0' && text[0] <= '9')
					call_text(text, abi, nr | 0x40000000, HCBPF_RULE_ANY);
				if (text[0] >= '0' && text[0] <= '9')
					fail_msg("ABI %u has arguments of 0x%x", abi, nr);
			}
	assert_in_range(known, 70, 100);
}

static void expect_ret(struct hcbpf_call call, uint64_t ret, const char *wanted)
{
	char text[NAMES_TEXT];

	call.ret = ret;
	call_ret_text(text, &call);
	assert_string_equal(text, wanted);
}

static void results_are_errors_or_numbers(void **state)
{
	const struct hcbpf_call kvm = { .abi = HCBPF_ABI_KVM, .mode = HCBPF_MODE_64 };
	const struct hcbpf_call kvm32 = { .abi = HCBPF_ABI_KVM, .mode = HCBPF_MODE_32 };
	const struct hcbpf_call xen = { .abi = HCBPF_ABI_XEN, .mode = HCBPF_MODE_64 };
	const struct hcbpf_call hyperv = { .abi = HCBPF_ABI_HYPERV, .mode = HCBPF_MODE_64 };
	const struct hcbpf_call smccc = { .abi = HCBPF_ABI_SMCCC, .mode = HCBPF_MODE_64 };

	(void)state;
	expect_ret(kvm, 0, "0");
	expect_ret(kvm, -1000, "-ENOSYS");
	expect_ret(kvm, 77, "77");
	expect_ret(kvm, 0xffffffda, "0xffffffda");
	expect_ret(kvm32, 0xfffffc18, "-ENOSYS");
	expect_ret(xen, -38, "-ENOSYS");
	expect_ret(xen, 1ULL << 40, "0x10000000000");
	/* The upper part of Hyper-V's result is how far it has come. */
	expect_ret(hyperv, 3ULL << 32 | 6, "ACCESS_DENIED");
	expect_ret(hyperv, 0, "0");
	/* PSCI and SDEI spell -2 in another way than SMCCC. */
	expect_ret(smccc, -1, "NOT_SUPPORTED");
	expect_ret(smccc, -2, "-2");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(arguments_have_the_names_of_their_specification),
		cmocka_unit_test(numbers_without_a_name_have_none),
		cmocka_unit_test(hyperv_says_in_the_call_where_its_input_is),
		cmocka_unit_test(whose_arguments_are_known_is_known),
		cmocka_unit_test(results_are_errors_or_numbers),
	};

	return cmocka_run_group_tests_name("call_args", tests, NULL, NULL);
}
