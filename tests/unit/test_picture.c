// SPDX-License-Identifier: GPL-2.0-only
/* What `monitor` makes of two looks at the module. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unit_sample.h"
#include "../../user/hcbpf/host/picture_changes.c"

static const char *name_of(uint32_t pid)
{
	(void)pid;
	return "";
}

#define MAX 4

static struct {
	struct picture before, now;
	struct vm_sample old_vms[MAX], vms[MAX];
	struct hcbpf_next_policy old_policies[MAX], policies[MAX];
} p;

static char seen[2048];

static void note(void *data, const struct event *event)
{
	size_t used = strlen(seen);

	(void)data;
	snprintf(seen + used, sizeof(seen) - used, "%s", event_name(event->kind));
	used = strlen(seen);
	if (event->vm)
		snprintf(seen + used, sizeof(seen) - used, " %u", event->vm->info.id);
	used = strlen(seen);
	if (event->count)
		snprintf(seen + used, sizeof(seen) - used, " x%llu",
			 (unsigned long long)event->count);
	strcat(seen, "\n");
	/* Each says something. */
	assert_true(event->text[0]);
}

/* A module with one policy, and VMs 5 and 6, twice the same. */
static int begin(void **state)
{
	struct vm_sample vm = { .info.policy = "p" };

	(void)state;
	memset(&p, 0, sizeof(p));
	p.before.loaded = true;
	p.before.info.hook = HCBPF_HOOK_DIRECT;
	p.before.nr_policies = 1;
	p.before.sample.nr = 2;
	vm.info.id = 5;
	p.old_vms[0] = vm;
	vm.info.id = 6;
	p.old_vms[1] = vm;
	strcpy(p.old_policies[0].name, "p");
	p.old_policies[0].state = HCBPF_POLICY_LOADED;
	p.old_policies[0].generation = 1;
	memcpy(p.vms, p.old_vms, sizeof(p.vms));
	memcpy(p.policies, p.old_policies, sizeof(p.policies));
	p.now = p.before;
	p.before.sample.vms = p.old_vms;
	p.before.policies = p.old_policies;
	p.now.sample.vms = p.vms;
	p.now.policies = p.policies;
	return 0;
}

static const char *changes(void)
{
	seen[0] = '\0';
	picture_changes(&p.before, &p.now, note, NULL);
	return seen;
}

static void test_nothing(void **state)
{
	(void)state;
	p.vms[0].stats.done = 1000;
	assert_string_equal(changes(), "");
}

static void test_vms(void **state)
{
	(void)state;
	p.vms[0].info.id = 6;
	p.vms[1].info.id = 7;
	assert_string_equal(changes(), "bound 7\nended 5\n");
	/* 7 and 8 have come and gone; 1073741824 is a test's, whose ids tell nothing. */
	p.vms[1].info.id = 9;
	p.vms[2] = p.vms[1];
	p.vms[2].info.id = HCBPF_FIRST_TEST_ID;
	p.now.sample.nr = 3;
	assert_string_equal(changes(), "unseen x2\nbound 9\nbound 1073741824\nended 5\n");
	p.now.sample.nr = 0;
	assert_string_equal(changes(), "ended 5\nended 6\n");
	/* Where no VM was bound before, nobody knows which id was the last. */
	p.now.sample.nr = 2;
	p.before.sample.nr = 0;
	assert_string_equal(changes(), "bound 6\nbound 9\n");
}

static void test_one_vm(void **state)
{
	struct vm_sample *vm = &p.vms[0];

	(void)state;
	vm->info.rules_generation = 3;
	assert_string_equal(changes(), "rules 5 x3\n");
	vm->info.rules_forced = 2;
	assert_string_equal(changes(), "rules-forced 5 x2\n");
	begin(NULL);
	vm->info.param = 1;
	vm->info.state = HCBPF_VM_OPERATOR | HCBPF_VM_NO_POLICY;
	vm->stats.bad_verdict = 7;
	assert_string_equal(changes(), "operator 5\nparam 5\nno-policy 5\nbad-verdict 5 x7\n");
	p.old_vms[0] = *vm;
	vm->info.state = HCBPF_VM_OPERATOR;
	assert_string_equal(changes(), "policy-back 5\n");
}

/* A module that was loaded anew has a VM 5 of its own. */
static void test_another_with_its_id(void **state)
{
	(void)state;
	p.old_vms[0].stats.done = 10;
	p.vms[0].stats.bad_verdict = 1;
	p.old_vms[1].info.rules_generation = 9;
	p.vms[1].info.rules_generation = 8;
	p.vms[1].info.rules_forced = 1;
	assert_string_equal(changes(), "bound 5\nbad-verdict 5 x1\nbound 6\nrules-forced 6 x1\n");
}

static void test_policies(void **state)
{
	(void)state;
	p.policies[0].generation = 2;
	strcpy(p.policies[1].name, "q");
	p.policies[1].state = HCBPF_POLICY_LOADED;
	p.now.nr_policies = 2;
	assert_string_equal(changes(), "policy-replaced\npolicy-loaded\n");
	p.policies[0].state = 0;
	p.now.nr_policies = 1;
	assert_string_equal(changes(), "policy-unloaded\n");
	p.now.nr_policies = 0;
	assert_string_equal(changes(), "policy-unloaded\n");
	/* One that was not loaded, but had VMs, is loaded, or gone. */
	p.old_policies[0].state = 0;
	assert_string_equal(changes(), "");
	p.now.nr_policies = 1;
	p.policies[0].state = HCBPF_POLICY_LOADED;
	assert_string_equal(changes(), "policy-loaded\n");
}

static void test_module(void **state)
{
	(void)state;
	p.now.info.hook = HCBPF_HOOK_NONE;
	assert_string_equal(changes(), "hook\n");
	p.now.info.hook = 77;
	assert_string_equal(changes(), "hook\n");
	begin(NULL);
	p.now.admission.generation = 1;
	p.now.admission.nr_refused = 3;
	assert_string_equal(changes(), "admission\nrefused x3\n");
	begin(NULL);
	memset(&p.now, 0, sizeof(p.now));
	assert_string_equal(changes(), "module\npolicy-unloaded\nended 5\nended 6\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_nothing, begin),
		cmocka_unit_test_setup(test_vms, begin),
		cmocka_unit_test_setup(test_one_vm, begin),
		cmocka_unit_test_setup(test_another_with_its_id, begin),
		cmocka_unit_test_setup(test_policies, begin),
		cmocka_unit_test_setup(test_module, begin),
	};

	return cmocka_run_group_tests_name("picture", tests, NULL, NULL);
}
