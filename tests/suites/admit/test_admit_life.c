// SPDX-License-Identifier: GPL-2.0-only
/* What cannot be bound, tables that are replaced, and the end of it all. */
#include <bpf/libbpf.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
#include "admission.h"

static const struct kvm_vm_conf conf;
static struct policy standard;

static int load_standard(void **state)
{
	(void)state;
	return policy_load(&standard, "standard.bpf.o");
}

static int unload_standard(void **state)
{
	(void)state;
	policy_unload(&standard);
	return 0;
}

/* ---- without what it takes ---- */

static void required_without_policy_nothing_runs(void **state)
{
	struct hcbpf_admission before = admission_info();
	struct kvm_vm *vm;

	(void)state;
	load_for_user(0);
	log_mark();
	assert_kvm(kvm_vm_create(&conf, &vm));
	assert_int_equal(probe(vm, 0), FATE_REFUSED);
	assert_int_equal(probe(vm, 0), FATE_REFUSED);
	assert_int_equal(admission_info().nr_refused - before.nr_refused, 2);
	assert_true(log_has("(test_admit_life) does not run: template t: its policy is not loaded"));
	/* Nothing is remembered: now it can be bound. */
	assert_ok(policy_load(&standard, "standard.bpf.o"));
	assert_int_equal(probe(vm, 0), FATE_BOUND);
	kvm_vm_destroy(vm);
	policy_unload(&standard);
	admission_off();
}

static void not_required_without_policy_it_runs_free(void **state)
{
	struct table table = { 0 };

	(void)state;
	add_template(&table, "t");
	add_user_rule(&table, 0, 0);
	assert_ok(table_load(&table));
	log_mark();
	assert_int_equal(probe_new(), FATE_FREE);
	assert_true(log_has("runs free: template t: its policy is not loaded"));
	admission_off();
}

/* As many rules as there can be, for a VMM whose cgroup has no room left. */
static struct hcbpf_rule many[65536];

static void load_many_rules(void)
{
	struct table table = { 0 };
	struct hcbpf_template *template = add_template(&table, "t");
	uint32_t i;

	for (i = 0; i < ARRAY_LEN(many); i++)
		many[i] = (struct hcbpf_rule){
			.abi = PLAIN_ABI, .nr = PROBE + i, .sub = HCBPF_RULE_ANY,
			.action = HCBPF_RULE_DENY, .ret = DENIED,
		};
	template->nr_rules = ARRAY_LEN(many);
	template->rules = (uintptr_t)many;
	add_user_rule(&table, 0, HCBPF_ADMIT_REQUIRED);
	assert_ok(table_load(&table));
}

static int body_without_memory(void)
{
	struct kvm_vm *vm;
	enum fate fate;
	char limit[32];

	/* The kernel finds nobody to kill then, and says no. */
	if (!file_write("/proc/self/oom_score_adj", "-1000") || kvm_vm_create(&conf, &vm))
		return 90;
	snprintf(limit, sizeof(limit), "%ld",
		 atol(file_text("/sys/fs/cgroup/poor/memory.current")) + (2L << 20));
	if (!file_write("/sys/fs/cgroup/poor/memory.max", limit))
		return 91;
	fate = probe(vm, 0);
	if (fate != FATE_REFUSED)
		return fate;
	return file_write("/sys/fs/cgroup/poor/memory.max", "max") ? 10 + probe(vm, 0) : 92;
}

static void required_without_memory_nothing_runs(void **state)
{
	(void)state;
	cgroup_make("/poor");
	load_many_rules();
	log_mark();
	assert_int_equal(as_user(NULL, "/poor", body_without_memory), 10 + FATE_BOUND);
	assert_true(log_has("does not run: template t: out of memory"));
	admission_off();
}

/* ---- tables that are replaced ---- */

static void a_new_table_decides_anew(void **state)
{
	struct kvm_vm *vm;
	int fd;

	(void)state;
	load_for_user(uid_of("vmm1"));
	assert_kvm(kvm_vm_create(&conf, &vm));
	assert_int_equal(probe(vm, 0), FATE_FREE);
	load_for_user(0);
	assert_int_equal(probe(vm, 0), FATE_BOUND);
	/* What an operator detaches stays so until then. */
	fd = assert_fd(open_binding(vm));
	assert_ok(hc_unbind(fd));
	close(fd);
	assert_int_equal(probe(vm, 0), FATE_FREE);
	load_for_user(0);
	assert_int_equal(probe(vm, 0), FATE_BOUND);
	/* A binding by a template stays, whatever comes. */
	fd = assert_fd(open_binding(vm));
	load_for_user(0);
	assert_int_equal(probe(vm, 0), FATE_BOUND);
	load_for_user(uid_of("vmm1"));
	assert_int_equal(probe(vm, 0), FATE_BOUND);
	admission_off();
	assert_int_equal(probe(vm, 0), FATE_BOUND);
	assert_int_equal(hc_vm_info(fd).state & HCBPF_VM_ENDED, 0);
	close(fd);
	kvm_vm_destroy(vm);
}

static void a_binding_survives_its_policys_reload(void **state)
{
	struct kvm_vm *vm;

	(void)state;
	load_for_user(0);
	assert_kvm(kvm_vm_create(&conf, &vm));
	assert_int_equal(probe(vm, 0), FATE_BOUND);
	unload_standard(NULL);
	assert_int_equal(probe(vm, 0), FATE_BOUND);
	assert_int_equal(probe_new(), FATE_REFUSED);
	load_standard(NULL);
	assert_int_equal(probe(vm, 0), FATE_BOUND);
	assert_int_equal(probe_new(), FATE_BOUND);
	kvm_vm_destroy(vm);
	admission_off();
}

/* ---- and the end ---- */

static bool run_is_watched(void)
{
	return !sh("grep -q '^kvm_arch_vcpu_ioctl_run ' /sys/kernel/tracing/enabled_functions");
}

static void admission_that_is_off_leaves_nothing(void **state)
{
	struct kvm_vm *vm;

	(void)state;
	assert_true(file_write("/sys/module/hcbpf/parameters/linger", "0"));
	load_for_user(0);
	assert_true(run_is_watched());
	assert_kvm(kvm_vm_create(&conf, &vm));
	assert_int_equal(probe(vm, 0), FATE_BOUND);
	/* ftrace cannot be switched off under it. */
	assert_false(file_write("/proc/sys/kernel/ftrace_enabled", "0"));
	kvm_vm_destroy(vm);
	assert_int_equal(sh("rmmod hcbpf"), 1);
	admission_off();
	assert_true(wait_until(!run_is_watched(), 5000));
	assert_int_equal(probe_new(), FATE_FREE);
}

static void it_takes_ftrace(void **state)
{
	struct table table = { 0 };

	(void)state;
	assert_true(wait_until(file_write("/proc/sys/kernel/ftrace_enabled", "0"), 5000));
	add_template(&table, "t");
	add_user_rule(&table, 0, 0);
	assert_return(table_load(&table), -EBUSY);
	assert_true(file_write("/proc/sys/kernel/ftrace_enabled", "1"));
	assert_ok(table_load(&table));
	admission_off();
}

static void the_module_goes(void **state)
{
	(void)state;
	unload_standard(NULL);
	hc_device_close();
	assert_true(unload_module());
	assert_int_equal(sh("modprobe hcbpf linger=10000"), 0);
	assert_int_equal(sh("chgrp kvm /dev/hcbpf && chmod 660 /dev/hcbpf"), 0);
	assert_int_equal(admission_info().generation, 0);
	assert_ok(load_standard(NULL));
}

#define WITH_POLICY(name) cmocka_unit_test_setup_teardown(name, load_standard, unload_standard)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(required_without_policy_nothing_runs),
		cmocka_unit_test(not_required_without_policy_it_runs_free),
		WITH_POLICY(required_without_memory_nothing_runs),
		WITH_POLICY(a_new_table_decides_anew),
		WITH_POLICY(a_binding_survives_its_policys_reload),
		WITH_POLICY(admission_that_is_off_leaves_nothing),
		WITH_POLICY(it_takes_ftrace),
		WITH_POLICY(the_module_goes),
	};

	return cmocka_run_group_tests_name("admission's life", tests, NULL, NULL);
}
