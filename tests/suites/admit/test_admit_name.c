// SPDX-License-Identifier: GPL-2.0-only
/* VMs that are found by the name on their VMM's command line, or by a unit of systemd's. */
#include <stdlib.h>
#include <unistd.h>
#include "admission.h"
#include "standard_policy.h"

#define STARTS 250

/* ---- by name ---- */

static const char *vm_name;
static unsigned int starts;

/* This program again, as a VMM: see main(). */
static int body_exec(void)
{
	char nr[16];

	snprintf(nr, sizeof(nr), "%u", starts);
	execl("/proc/self/exe", "vmm", nr, "-name", vm_name, NULL);
	return 98;
}

static enum fate probe_named(const char *user, const char *name, unsigned int nr)
{
	vm_name = name;
	starts = nr;
	return as_user(user, NULL, body_exec);
}

static void load_for_name(const char *name)
{
	struct table table = { 0 };
	struct hcbpf_admit_rule *rule;

	add_template(&table, "t");
	rule = add_user_rule(&table, uid_of("vmm1"), HCBPF_ADMIT_NAME | HCBPF_ADMIT_REQUIRED);
	snprintf(rule->name, sizeof(rule->name), "%s", name);
	assert_ok(table_load(&table));
}

static void no_vm_of_a_name_is_let_through(void **state)
{
	(void)state;
	load_for_name("web-1");
	assert_int_equal(probe_named("vmm1", "guest=web-1,debug-threads=on", STARTS), FATE_BOUND);
	admission_off();
}

static void other_names_and_users_are_not_meant(void **state)
{
	(void)state;
	load_for_name("web-1");
	assert_int_equal(probe_named("vmm1", "web-10", 1), FATE_FREE);
	assert_int_equal(probe_named("vmm1", "", 1), FATE_FREE);
	assert_int_equal(probe_named("vmm2", "web-1", 1), FATE_FREE);
	assert_int_equal(probe_named("vmm1", "web-1", 1), FATE_BOUND);
	admission_off();
}

/* ---- by unit ---- */

static void load_for_unit(const char *unit)
{
	struct table table = { 0 };

	add_template(&table, "t");
	add_place_rule(&table, unit, HCBPF_ADMIT_UNIT | HCBPF_ADMIT_REQUIRED);
	assert_ok(table_load(&table));
}

static void a_unit_is_found_by_its_cgroup(void **state)
{
	(void)state;
	cgroup_make("/machine.slice/m.scope/libvirt/vcpu0");
	load_for_unit("machine.slice");
	assert_int_equal(probe_as("vmm1", "/machine.slice/m.scope/libvirt/vcpu0", 1), FATE_BOUND);
	load_for_unit("m.scope");
	assert_int_equal(probe_as("vmm1", "/machine.slice/m.scope/libvirt/vcpu0", 1), FATE_BOUND);
	assert_int_equal(probe_as("vmm1", NULL, 1), FATE_FREE);
	admission_off();
}

static void a_users_own_cgroup_is_no_unit(void **state)
{
	(void)state;
	cgroup_make("/user.slice/user@1.service/machine.slice");
	load_for_unit("machine.slice");
	assert_int_equal(probe_as("vmm1", "/user.slice/user@1.service/machine.slice", 1),
			 FATE_FREE);
	admission_off();
}

/* ---- the order ---- */

static void the_first_rule_that_matches_counts(void **state)
{
	struct table table = { 0 };

	(void)state;
	add_template(&table, "other")->nr_rules = 0;
	add_user_rule(&table, uid_of("vmm2"), 0);
	add_template(&table, "t");
	add_place_rule(&table, "/", HCBPF_ADMIT_CGROUP | HCBPF_ADMIT_REQUIRED);
	assert_ok(table_load(&table));
	assert_int_equal(probe_as("vmm1", NULL, 1), FATE_BOUND);
	assert_int_equal(probe_as("vmm2", NULL, 1), FATE_FREE);
	admission_off();
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_vm_of_a_name_is_let_through),
		cmocka_unit_test(other_names_and_users_are_not_meant),
		cmocka_unit_test(a_unit_is_found_by_its_cgroup),
		cmocka_unit_test(a_users_own_cgroup_is_no_unit),
		cmocka_unit_test(the_first_rule_that_matches_counts),
	};

	if (argc > 1)
		return probe_many(atoi(argv[1]));
	return cmocka_run_group_tests_name("admission by name and unit", tests, standard_setup,
					   standard_teardown);
}
