// SPDX-License-Identifier: GPL-2.0-only
/* What of a VM's state is its operator's. */
#include "unit.h"

#include <string.h>

#include "text/operators_part.h"

static struct hcbpf_rule rules[] = { { .nr = 1, .action = 2 }, { .nr = 2, .action = 3 } };
static struct hcbpf_rule others[] = { { .nr = 1, .action = 2 }, { .nr = 2, .action = 4 } };

static struct hcbpf_saved usual(void)
{
	return (struct hcbpf_saved){
		.policy = "standard", .profile = "mine", .abi = HCBPF_ABI_XEN, .param = 7,
		.nr_rules = 2, .rules = rules, .tag = "web", .nr_ports = 64,
	};
}

static void the_same_is_the_same(void **unused)
{
	struct hcbpf_saved a = usual(), b = usual();

	(void)unused;
	assert_null(operators_part_differs(&a, &b));
	/* What a VMM may change itself. */
	b.nr_ports = 128;
	b.nr_set = 1;
	assert_null(operators_part_differs(&a, &b));
}

static void each_part_is_named(void **unused)
{
	struct hcbpf_saved a = usual(), b;

	(void)unused;
	b = usual(), strcpy(b.policy, "other");
	assert_string_equal(operators_part_differs(&a, &b), "the policy");
	b = usual(), b.abi = HCBPF_ABI_KVM;
	assert_string_equal(operators_part_differs(&a, &b), "the ABI");
	b = usual(), b.profile[0] = '\0';
	assert_string_equal(operators_part_differs(&a, &b), "the profile");
	b = usual(), b.param = 8;
	assert_string_equal(operators_part_differs(&a, &b), "the parameter");
}

static void rules_differ_by_number_and_by_what_they_say(void **unused)
{
	struct hcbpf_saved a = usual(), b = usual();

	(void)unused;
	b.nr_rules = 1;
	assert_string_equal(operators_part_differs(&a, &b), "a rule");
	b = usual(), b.rules = others;
	assert_string_equal(operators_part_differs(&a, &b), "a rule");
	a.nr_rules = b.nr_rules = 0;
	a.rules = b.rules = NULL;
	assert_null(operators_part_differs(&a, &b));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_same_is_the_same), cmocka_unit_test(each_part_is_named),
		cmocka_unit_test(rules_differ_by_number_and_by_what_they_say),
	};

	return cmocka_run_group_tests_name("operators_part", tests, NULL, NULL);
}
