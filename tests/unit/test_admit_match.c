// SPDX-License-Identifier: GPL-2.0-only
/* Rules of admission: which are valid, and whom they match. */
#include "unit.h"

#include <stdio.h>
#include <string.h>
#include "admit_match.h"

#define USER HCBPF_ADMIT_USER
#define CGROUP HCBPF_ADMIT_CGROUP
#define UNIT HCBPF_ADMIT_UNIT
#define NAME HCBPF_ADMIT_NAME

static struct hcbpf_admit_rule rule_of(uint32_t flags, uint32_t uid, const char *place,
				       const char *name)
{
	struct hcbpf_admit_rule rule = { .flags = flags, .uid = uid };

	snprintf(rule.place, sizeof(rule.place), "%s", place);
	snprintf(rule.name, sizeof(rule.name), "%s", name);
	return rule;
}

static bool valid(uint32_t flags, uint32_t uid, const char *place, const char *name)
{
	const struct hcbpf_admit_rule rule = rule_of(flags, uid, place, name);

	return hcb_admit_rule_is_valid(&rule, 1);
}

static bool matches(uint32_t flags, const char *place, const char *cgroup)
{
	const struct hcbpf_admit_rule rule = rule_of(flags, 0, place, "");
	const struct admit_facts facts = { .cgroup = cgroup, .name = "" };

	assert_true(hcb_admit_rule_is_valid(&rule, 1));
	return hcb_admit_match(&rule, 1, &facts);
}

static void test_valid_rules(void **state)
{
	(void)state;
	assert_true(valid(USER, 0, "", ""));
	assert_true(valid(USER | HCBPF_ADMIT_REQUIRED, 1000, "", ""));
	assert_true(valid(USER | NAME, 1000, "", "web"));
	assert_true(valid(CGROUP, 0, "/", ""));
	assert_true(valid(CGROUP, 0, "/machine.slice/x y", ""));
	assert_true(valid(USER | CGROUP | NAME, 5, "/a", "b"));
	assert_true(valid(UNIT, 0, "machine.slice", ""));
	assert_true(valid(UNIT, 0, "qemu@7.service", ""));
}

static void test_invalid_flags(void **state)
{
	(void)state;
	assert_false(valid(0, 0, "", ""));
	assert_false(valid(HCBPF_ADMIT_REQUIRED, 0, "", ""));
	assert_false(valid(NAME, 0, "", "web"));
	assert_false(valid(NAME | HCBPF_ADMIT_REQUIRED, 0, "", "web"));
	assert_false(valid(USER | 1U << 5, 0, "", ""));
	assert_false(valid(CGROUP | UNIT, 0, "/a.slice", ""));
}

/* What no flag asks for would be a mistake of somebody who believes that it counts. */
static void test_fields_that_do_not_count(void **state)
{
	(void)state;
	assert_false(valid(CGROUP, 1000, "/a", ""));
	assert_false(valid(USER, 1000, "/a", ""));
	assert_false(valid(USER, 1000, "", "web"));
	assert_false(valid(USER, (uint32_t)-1, "", ""));
	assert_false(valid(USER | NAME, 1000, "", ""));
}

static void test_invalid_places(void **state)
{
	(void)state;
	assert_false(valid(CGROUP, 0, "", ""));
	assert_false(valid(CGROUP, 0, "a", ""));
	assert_false(valid(CGROUP, 0, "/a/", ""));
	assert_false(valid(CGROUP, 0, "//", ""));
	assert_false(valid(CGROUP, 0, "/a//b", ""));
	assert_false(valid(UNIT, 0, "", ""));
	assert_false(valid(UNIT, 0, "machine", ""));
	assert_false(valid(UNIT, 0, "machine.", ""));
	assert_false(valid(UNIT, 0, ".slice", ""));
	assert_false(valid(UNIT, 0, "/machine.slice", ""));
}

static void test_unterminated_texts(void **state)
{
	struct hcbpf_admit_rule rule = rule_of(CGROUP, 0, "/", "");

	(void)state;
	memset(rule.place + 1, 'a', sizeof(rule.place) - 1);
	assert_false(hcb_admit_rule_is_valid(&rule, 1));
	rule = rule_of(USER | NAME, 0, "", "");
	memset(rule.name, 'a', sizeof(rule.name));
	assert_false(hcb_admit_rule_is_valid(&rule, 1));
	rule.name[sizeof(rule.name) - 1] = '\0';
	assert_true(hcb_admit_rule_is_valid(&rule, 1));
}

static void test_index_and_reserved(void **state)
{
	struct hcbpf_admit_rule rule = rule_of(USER, 0, "", "");

	(void)state;
	assert_false(hcb_admit_rule_is_valid(&rule, 0));
	rule.template_index = 1;
	assert_false(hcb_admit_rule_is_valid(&rule, 1));
	assert_true(hcb_admit_rule_is_valid(&rule, 2));
	rule.reserved = 1;
	assert_false(hcb_admit_rule_is_valid(&rule, 2));
}

static void test_cgroups(void **state)
{
	(void)state;
	assert_true(matches(CGROUP, "/a/b", "/a/b"));
	assert_true(matches(CGROUP, "/a/b", "/a/b/c"));
	assert_false(matches(CGROUP, "/a/b", "/a/bc"));
	assert_false(matches(CGROUP, "/a/b", "/a"));
	assert_false(matches(CGROUP, "/a/b", "/x/a/b"));
	assert_false(matches(CGROUP, "/a", ""));
	assert_true(matches(CGROUP, "/", "/"));
	assert_true(matches(CGROUP, "/", "/a"));
	assert_false(matches(CGROUP, "/", ""));
}

static void test_units(void **state)
{
	(void)state;
	assert_true(matches(UNIT, "machine.slice", "/machine.slice"));
	assert_true(matches(UNIT, "machine.slice", "/machine.slice/m.scope/libvirt/vcpu0"));
	assert_true(matches(UNIT, "m.scope", "/machine.slice/m.scope/libvirt/vcpu0"));
	assert_true(matches(UNIT, "a-b.slice", "/a.slice/a-b.slice/x.service"));
	assert_false(matches(UNIT, "b.slice", "/a.slice/a-b.slice/x.service"));
	assert_false(matches(UNIT, "m.scope", "/"));
	assert_false(matches(UNIT, "m.scope", ""));
	assert_false(matches(UNIT, "m.scope", "/machine.slice/m.scope2"));
	/* A slice's name is more than its suffix. */
	assert_false(matches(UNIT, "x.service", "/.slice/x.service"));
}

/* Below the first unit that is no slice anybody may make what they like. */
static void test_units_of_users(void **state)
{
	static const char users[] = "/user.slice/user-1000.slice/user@1000.service";
	char path[256];

	(void)state;
	assert_true(matches(UNIT, "user@1000.service", users));
	assert_true(matches(UNIT, "user-1000.slice", users));
	snprintf(path, sizeof(path), "%s/machine.slice/m.scope", users);
	assert_false(matches(UNIT, "machine.slice", path));
	assert_false(matches(UNIT, "m.scope", path));
	assert_true(matches(UNIT, "user.slice", path));
	assert_false(matches(UNIT, "vms.service", "/docker/vms.service"));
}

/* As systemd's cg_escape(): memory.service would look like a file of the kernel's. */
static void test_escaped_units(void **state)
{
	(void)state;
	assert_true(matches(UNIT, "memory.service", "/system.slice/_memory.service"));
	assert_false(matches(UNIT, "_memory.service", "/system.slice/_memory.service"));
	assert_true(matches(UNIT, "_x.service", "/system.slice/__x.service"));
}

static void test_all_fields_count(void **state)
{
	const struct hcbpf_admit_rule rule = rule_of(USER | CGROUP | NAME, 5, "/a", "web");
	struct admit_facts facts = { .uid = 5, .cgroup = "/a", .name = "web" };

	(void)state;
	assert_int_equal(hcb_admit_match(&rule, 1, &facts), 1);
	facts.uid = 6;
	assert_int_equal(hcb_admit_match(&rule, 1, &facts), 0);
	facts.uid = 5;
	facts.cgroup = "/b";
	assert_int_equal(hcb_admit_match(&rule, 1, &facts), 0);
	facts.cgroup = "/a";
	facts.name = "web2";
	assert_int_equal(hcb_admit_match(&rule, 1, &facts), 0);
	facts.name = "";
	assert_int_equal(hcb_admit_match(&rule, 1, &facts), 0);
}

static void test_the_first_rule_counts(void **state)
{
	const struct hcbpf_admit_rule rules[] = {
		rule_of(USER, 1, "", ""), rule_of(CGROUP, 0, "/", ""), rule_of(USER, 2, "", ""),
	};
	struct admit_facts facts = { .uid = 2, .cgroup = "/", .name = "" };

	(void)state;
	assert_int_equal(hcb_admit_match(rules, 3, &facts), 2);
	facts.uid = 1;
	assert_int_equal(hcb_admit_match(rules, 3, &facts), 1);
	assert_int_equal(hcb_admit_match(rules, 0, &facts), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_valid_rules),
		cmocka_unit_test(test_invalid_flags),
		cmocka_unit_test(test_fields_that_do_not_count),
		cmocka_unit_test(test_invalid_places),
		cmocka_unit_test(test_unterminated_texts),
		cmocka_unit_test(test_index_and_reserved),
		cmocka_unit_test(test_cgroups),
		cmocka_unit_test(test_units),
		cmocka_unit_test(test_units_of_users),
		cmocka_unit_test(test_escaped_units),
		cmocka_unit_test(test_all_fields_count),
		cmocka_unit_test(test_the_first_rule_counts),
	};

	return cmocka_run_group_tests_name("admit_match", tests, NULL, NULL);
}
