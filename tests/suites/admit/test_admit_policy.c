// SPDX-License-Identifier: GPL-2.0-only
/* A policy's say in who is admitted, and what it does not see of it. */
#include <stdlib.h>
#include <unistd.h>
#include <bpf/libbpf.h>
#include "../../bpf/admit_state.h"
#include "admission.h"
#include "standard_policy.h"

static struct policy admit;
static struct admit_state *says;

static int setup(void **state)
{
	if (standard_setup(state) || policy_load(&admit, "admit.bpf.o"))
		return -1;
	says = policy_state(&admit, sizeof(*says));
	return says ? 0 : -1;
}

static int teardown(void **state)
{
	policy_unload(&admit);
	return standard_teardown(state);
}

/* Not required: "t", which denies, for vmm1; "u", for nobody. */
static int each_setup(void **state)
{
	struct table table = { 0 };

	(void)state;
	memset(says, 0, sizeof(*says));
	add_template(&table, "u")->nr_rules = 0;
	add_template(&table, "t");
	add_user_rule(&table, uid_of("vmm1"), 0);
	add_place_rule(&table, "/required", HCBPF_ADMIT_CGROUP | HCBPF_ADMIT_REQUIRED);
	return table_load(&table);
}

static int each_teardown(void **state)
{
	(void)state;
	admission_off();
	return 0;
}

static void choose(const char *template_name)
{
	says->choose = 1;
	memset(says->template_name, 0, sizeof(says->template_name));
	memcpy(says->template_name, template_name, strlen(template_name));
}

static void it_is_told_who_it_is(void **state)
{
	(void)state;
	cgroup_make("/required/here");
	assert_int_equal(probe_as("vmm1", "/required/here", 1), FATE_BOUND);
	assert_int_equal(says->asked, 1);
	assert_int_equal(says->who.uid, uid_of("vmm1"));
	assert_int_equal(says->who.rule, 1);
	assert_true(says->who.pid > 1);
	assert_string_equal(says->who.comm, "test_admit_poli");
	assert_string_equal(says->who.template_name, "t");
	assert_string_equal(says->who.cgroup, "/required/here");
	assert_string_equal(says->who.name, "");
}

static void it_is_asked_about_vms_that_no_rule_means(void **state)
{
	(void)state;
	assert_int_equal(probe_as("vmm2", NULL, 1), FATE_FREE);
	assert_int_equal(says->asked, 1);
	assert_int_equal(says->who.rule, 0);
	assert_string_equal(says->who.template_name, "");
}

static void it_chooses_another_template(void **state)
{
	(void)state;
	choose("t");
	assert_int_equal(probe_as("vmm2", NULL, 1), FATE_BOUND);
	choose("u");
	assert_int_equal(probe_as("vmm1", NULL, 1), FATE_FREE);
	choose("");
	assert_int_equal(probe_as("vmm1", NULL, 1), FATE_FREE);
}

static void it_refuses(void **state)
{
	struct hcbpf_admission before = admission_info();

	(void)state;
	log_mark();
	says->answer = HCBPF_ADMIT_REFUSE;
	assert_int_equal(probe_as("vmm1", NULL, 1), FATE_REFUSED);
	assert_int_equal(probe_as("vmm2", NULL, 1), FATE_REFUSED);
	assert_int_equal(admission_info().nr_refused - before.nr_refused, 2);
	assert_true(log_has("does not run: the policy refuses it"));
}

static void any_other_answer_refuses(void **state)
{
	(void)state;
	says->answer = 2;
	assert_int_equal(probe_as("vmm1", NULL, 1), FATE_REFUSED);
	says->answer = -1;
	assert_int_equal(probe_as("vmm1", NULL, 1), FATE_REFUSED);
}

static void an_unknown_template_is_a_missing_one(void **state)
{
	(void)state;
	choose("gone");
	log_mark();
	assert_int_equal(probe_as("vmm1", NULL, 1), FATE_FREE);
	assert_true(log_has("runs free: template gone: there is no such template"));
	assert_int_equal(probe_as("vmm2", "/required/here", 1), FATE_REFUSED);
	/* Of 32 characters: without its end. */
	choose("tttttttttttttttttttttttttttttttt");
	assert_int_equal(probe_as("vmm2", "/required/here", 1), FATE_REFUSED);
}

static void one_policy_has_a_say(void **state)
{
	struct policy other;

	(void)state;
	assert_ok(policy_open(&other, "admit.bpf.o"));
	policy_rename(&other, "other");
	assert_return(policy_attach(&other), -EBUSY);
	policy_unload(&other);
	/* Nobody has kept the name. */
	assert_int_equal(sh("hcbpf list | grep -q other"), 1);
}

static void it_can_be_replaced(void **state)
{
	struct policy next;

	(void)state;
	says->answer = HCBPF_ADMIT_REFUSE;
	assert_int_equal(probe_as("vmm1", NULL, 1), FATE_REFUSED);
	assert_ok(policy_open(&next, "admit.bpf.o"));
	assert_ok(bpf_object__load(next.object));
	assert_ok(bpf_link__update_map(admit.link, next.map));
	assert_int_equal(probe_as("vmm1", NULL, 1), FATE_BOUND);
	assert_ok(bpf_link__update_map(admit.link, admit.map));
	policy_unload(&next);
}

/* Deciding takes long: nobody gets ahead of it. */
static void no_vm_is_let_through_while_it_thinks(void **state)
{
	(void)state;
	says->linger = 1 << 20;
	assert_int_equal(probe_as("vmm1", NULL, 50), FATE_BOUND);
	assert_int_equal(says->asked, 50);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, each_setup, each_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(it_is_told_who_it_is),
		TEST(it_is_asked_about_vms_that_no_rule_means),
		TEST(it_chooses_another_template),
		TEST(it_refuses),
		TEST(any_other_answer_refuses),
		TEST(an_unknown_template_is_a_missing_one),
		TEST(one_policy_has_a_say),
		TEST(it_can_be_replaced),
		TEST(no_vm_is_let_through_while_it_thinks),
	};

	return cmocka_run_group_tests_name("admission by policy", tests, setup, teardown);
}
