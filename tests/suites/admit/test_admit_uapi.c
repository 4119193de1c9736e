// SPDX-License-Identifier: GPL-2.0-only
/* The two requests: what is refused, and that what was set is what one gets. */
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
#include "admission.h"
#include "standard_policy.h"

static struct table table;

/* One template, one rule, both sound. */
static int fresh_table(void **state)
{
	(void)state;
	memset(&table, 0, sizeof(table));
	add_template(&table, "t");
	add_user_rule(&table, 0, 0);
	return 0;
}

static int back_off(void **state)
{
	(void)state;
	admission_off();
	return 0;
}

static int set_raw(struct hcbpf_admission req)
{
	req.size = sizeof(req);
	return hc_ioctl(hc_device(), HCBPF_SET_ADMISSION, &req);
}

static int get_raw(struct hcbpf_admission *req)
{
	req->size = sizeof(*req);
	return hc_ioctl(hc_device(), HCBPF_GET_ADMISSION, req);
}

/* ---- what is refused ---- */

static int body_set(void)
{
	return -table_load(&table);
}

static int body_get(void)
{
	struct hcbpf_admission req = { 0 };

	return -get_raw(&req);
}

static void both_are_the_operators(void **state)
{
	(void)state;
	assert_int_equal(as_user("vmm1", NULL, body_set), EPERM);
	assert_int_equal(as_user("vmm1", NULL, body_get), EPERM);
	memset(&table, 0, sizeof(table));
	assert_int_equal(as_user("vmm1", NULL, body_set), EPERM);
}

static void unknown_flags_are_refused(void **state)
{
	struct hcbpf_admission req = { .flags = 1 };

	(void)state;
	assert_return(set_raw((struct hcbpf_admission){ .flags = 2 }), -EINVAL);
	assert_return(get_raw(&req), -EINVAL);
}

#define REFUSED(change, err) do {			\
	fresh_table(NULL);				\
	change;						\
	assert_return(table_load(&table), err);		\
} while (0)

#define TEMPLATE (table.templates[0])
#define RULE (table.rules[0])

static void templates_that_are_invalid(void **state)
{
	(void)state;
	REFUSED(TEMPLATE.name[0] = '\0', -EINVAL);
	REFUSED(strcpy(TEMPLATE.name, "a b"), -EINVAL);
	REFUSED(memset(TEMPLATE.name, 'a', HCBPF_NAME_LEN), -EINVAL);
	REFUSED(TEMPLATE.policy[0] = '\0', -EINVAL);
	REFUSED(strcpy(TEMPLATE.policy, "a/b"), -EINVAL);
	REFUSED(strcpy(TEMPLATE.profile, "a b"), -EINVAL);
	REFUSED(strcpy(TEMPLATE.tag, "a b"), -EINVAL);
	REFUSED(TEMPLATE.flags = 2, -EINVAL);
	REFUSED(TEMPLATE.abi = FOREIGN_ABI, -EINVAL);
	REFUSED(TEMPLATE.abi = 77, -EINVAL);
	REFUSED(TEMPLATE.nr_ports = (1 << 20) + 1, -E2BIG);
	REFUSED(TEMPLATE.nr_rules = 65537, -E2BIG);
	REFUSED(TEMPLATE.rules = 8, -EFAULT);
	REFUSED(add_template(&table, "t"), -EINVAL);
}

static void rules_of_templates_that_are_invalid(void **state)
{
	struct hcbpf_rule twice[2] = {
		{ .abi = PLAIN_ABI, .nr = 1, .sub = HCBPF_RULE_ANY, .action = HCBPF_RULE_PASS },
		{ .abi = PLAIN_ABI, .nr = 1, .sub = HCBPF_RULE_ANY, .action = HCBPF_RULE_PASS },
	};
	struct hcbpf_rule wrong = { .abi = PLAIN_ABI, .nr = 1, .action = 77 };

	(void)state;
	REFUSED((TEMPLATE.rules = (uintptr_t)twice, TEMPLATE.nr_rules = 2), -EINVAL);
	REFUSED(TEMPLATE.rules = (uintptr_t)&wrong, -EINVAL);
}

static void rules_that_are_invalid(void **state)
{
	(void)state;
	REFUSED(RULE.flags = 0, -EINVAL);
	REFUSED(RULE.flags = HCBPF_ADMIT_REQUIRED, -EINVAL);
	REFUSED(RULE.flags |= 1 << 5, -EINVAL);
	REFUSED(RULE.template_index = 1, -EINVAL);
	REFUSED(RULE.reserved = 1, -EINVAL);
	REFUSED((RULE.flags = HCBPF_ADMIT_NAME, strcpy(RULE.name, "a")), -EINVAL);
	REFUSED(RULE.flags = HCBPF_ADMIT_CGROUP, -EINVAL);
	REFUSED((RULE.flags = HCBPF_ADMIT_CGROUP, strcpy(RULE.place, "a")), -EINVAL);
	REFUSED((RULE.flags = HCBPF_ADMIT_CGROUP, memset(RULE.place, '/', 1),
		 memset(RULE.place + 1, 'a', sizeof(RULE.place) - 1)), -EINVAL);
	REFUSED(strcpy(RULE.name, "a"), -EINVAL);
	REFUSED(table.nr_templates = 0, -EINVAL);
}

static void too_much_is_refused(void **state)
{
	static struct hcbpf_template many[17];
	static struct hcbpf_rule rules[65536];
	unsigned int i;

	(void)state;
	assert_return(set_raw((struct hcbpf_admission){ .nr_templates = 1025 }), -E2BIG);
	assert_return(set_raw((struct hcbpf_admission){ .nr_rules = 4097 }), -E2BIG);
	for (i = 0; i < ARRAY_LEN(rules); i++)
		rules[i] = (struct hcbpf_rule){ .abi = PLAIN_ABI, .nr = i, .sub = HCBPF_RULE_ANY,
						.action = HCBPF_RULE_PASS };
	for (i = 0; i < ARRAY_LEN(many); i++) {
		snprintf(many[i].name, sizeof(many[i].name), "t%u", i);
		strcpy(many[i].policy, "standard");
		many[i].nr_rules = ARRAY_LEN(rules);
		many[i].rules = (uintptr_t)rules;
	}
	assert_return(set_raw((struct hcbpf_admission){
		.nr_templates = 17, .templates = (uintptr_t)many }), -E2BIG);
}

static void what_cannot_be_read_is_refused(void **state)
{
	(void)state;
	assert_return(set_raw((struct hcbpf_admission){ .nr_templates = 1, .templates = 8 }),
		      -EFAULT);
	assert_return(set_raw((struct hcbpf_admission){ .nr_rules = 1, .rules = 8 }), -EFAULT);
	assert_int_equal(admission_info().nr_templates, 0);
}

/* Whatever is refused, the table that was there stays. */
static void a_refused_table_changes_nothing(void **state)
{
	struct hcbpf_admission before, after;

	(void)state;
	assert_ok(table_load(&table));
	before = admission_info();
	REFUSED(RULE.reserved = 1, -EINVAL);
	after = admission_info();
	assert_int_equal(after.generation, before.generation);
	assert_int_equal(after.nr_rules, 1);
	assert_int_equal(after.nr_templates, 1);
}

static void a_changed_table_is_not_overwritten(void **state)
{
	struct hcbpf_admission req = {
		.flags = HCBPF_ADMISSION_IF_GENERATION, .size = sizeof(req),
	};

	(void)state;
	assert_ok(table_load(&table));
	req.generation = admission_info().generation - 1;
	assert_return(hc_ioctl(hc_device(), HCBPF_SET_ADMISSION, &req), -EAGAIN);
	assert_int_equal(admission_info().nr_rules, 1);
	req.generation++;
	assert_ok(hc_ioctl(hc_device(), HCBPF_SET_ADMISSION, &req));
	assert_int_equal(req.generation, admission_info().generation);
	assert_int_equal(admission_info().nr_rules, 0);
}

/* ---- what one gets ---- */

static void the_table_comes_back_as_it_was(void **state)
{
	struct hcbpf_rule room[4] = { 0 };
	struct hcbpf_template templates[2] = { { .rules = (uintptr_t)room, .nr_rules = 4 } };
	struct hcbpf_admit_rule rules[3] = { 0 };
	struct hcbpf_admission req = {
		.nr_templates = 2, .nr_rules = 3, .templates = (uintptr_t)templates,
		.rules = (uintptr_t)rules,
	};

	(void)state;
	strcpy(TEMPLATE.tag, "x");
	TEMPLATE.param = 7;
	TEMPLATE.flags = HCBPF_TEMPLATE_ENCRYPTED;
	add_template(&table, "second")->nr_rules = 0;
	add_place_rule(&table, "m.slice", HCBPF_ADMIT_UNIT | HCBPF_ADMIT_REQUIRED);
	assert_ok(table_load(&table));
	assert_ok(get_raw(&req));
	assert_int_equal(req.nr_templates, 2);
	assert_int_equal(req.nr_rules, 2);
	assert_memory_equal(rules, table.rules, 2 * sizeof(rules[0]));
	assert_memory_equal(room, (void *)(uintptr_t)TEMPLATE.rules, sizeof(room[0]));
	assert_int_equal(room[1].action, 0);
	TEMPLATE.rules = (uintptr_t)room;
	table.templates[1].rules = 0;
	assert_memory_equal(templates, table.templates, sizeof(templates));
}

static void room_is_not_overrun(void **state)
{
	struct hcbpf_template one = { .nr_rules = 9 };
	struct hcbpf_admission req = { .nr_templates = 1, .templates = (uintptr_t)&one };

	(void)state;
	add_template(&table, "second");
	assert_ok(table_load(&table));
	assert_ok(get_raw(&req));
	assert_int_equal(req.nr_templates, 2);
	assert_int_equal(req.nr_rules, 1);
	assert_string_equal(one.name, "t");
	/* No place for its rules: the number. */
	assert_int_equal(one.nr_rules, 1);
}

static void what_cannot_be_written_is_an_error(void **state)
{
	struct hcbpf_template template = { .rules = 8, .nr_rules = 1 };
	struct hcbpf_admission req = { .nr_templates = 1, .templates = 8 };

	(void)state;
	assert_ok(table_load(&table));
	assert_return(get_raw(&req), -EFAULT);
	req = (struct hcbpf_admission){ .nr_rules = 1, .rules = 8 };
	assert_return(get_raw(&req), -EFAULT);
	req = (struct hcbpf_admission){ .nr_templates = 1, .templates = (uintptr_t)&template };
	assert_return(get_raw(&req), -EFAULT);
}

static void the_largest_table_is_taken(void **state)
{
	static struct hcbpf_template templates[1024];
	static struct hcbpf_admit_rule rules[4096];
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(templates); i++) {
		snprintf(templates[i].name, sizeof(templates[i].name), "t%u", i);
		strcpy(templates[i].policy, "standard");
	}
	for (i = 0; i < ARRAY_LEN(rules); i++) {
		rules[i].flags = HCBPF_ADMIT_USER;
		rules[i].uid = 70000 + i;
		rules[i].template_index = i % 1024;
	}
	/* The last one decides. */
	rules[4095].uid = 0;
	templates[1023].nr_rules = 1;
	templates[1023].rules = TEMPLATE.rules;
	assert_ok(set_raw((struct hcbpf_admission){
		.nr_templates = 1024, .nr_rules = 4096, .templates = (uintptr_t)templates,
		.rules = (uintptr_t)rules }));
	assert_int_equal(probe_new(), FATE_BOUND);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fresh_table, back_off)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(both_are_the_operators),
		TEST(unknown_flags_are_refused),
		TEST(templates_that_are_invalid),
		TEST(rules_of_templates_that_are_invalid),
		TEST(rules_that_are_invalid),
		TEST(too_much_is_refused),
		TEST(what_cannot_be_read_is_refused),
		TEST(a_refused_table_changes_nothing),
		TEST(a_changed_table_is_not_overwritten),
		TEST(the_table_comes_back_as_it_was),
		TEST(room_is_not_overrun),
		TEST(what_cannot_be_written_is_an_error),
		TEST(the_largest_table_is_taken),
	};

	return cmocka_run_group_tests_name("admission's requests", tests, standard_setup,
					   standard_teardown);
}
