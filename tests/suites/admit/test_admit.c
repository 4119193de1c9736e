// SPDX-License-Identifier: GPL-2.0-only
/*
 * A guest whose first instruction is a call that its template denies is never let through,
 * whoever starts it, however it is found, and however long deciding takes.
 */
#include <sched.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include "admission.h"
#include "standard_policy.h"

/* ---- a thousand times, of four kinds ---- */

#ifndef STARTS
#define STARTS 250
#endif


static void no_vm_of_root_is_let_through(void **state)
{
	(void)state;
	load_for_user(0);
	assert_int_equal(probe_as(NULL, NULL, STARTS), FATE_BOUND);
	admission_off();
}

static void no_vm_of_a_user_is_let_through(void **state)
{
	struct hcbpf_admission before = admission_info();

	(void)state;
	load_for_user(uid_of("vmm1"));
	assert_int_equal(probe_as("vmm1", NULL, STARTS), FATE_BOUND);
	assert_int_equal(admission_info().nr_admitted - before.nr_admitted, STARTS);
	assert_int_equal(admission_info().nr_refused, before.nr_refused);
	assert_int_equal(probe_as("vmm2", NULL, 1), FATE_FREE);
	admission_off();
}

static void no_vm_of_a_cgroup_is_let_through(void **state)
{
	struct table table = { 0 };

	(void)state;
	cgroup_make("/vms/one");
	add_template(&table, "t");
	add_place_rule(&table, "/vms", HCBPF_ADMIT_CGROUP | HCBPF_ADMIT_REQUIRED);
	assert_ok(table_load(&table));
	assert_int_equal(probe_as("vmm1", "/vms/one", STARTS), FATE_BOUND);
	assert_int_equal(probe_as("vmm1", NULL, 1), FATE_FREE);
	admission_off();
}

/* As idle as can be, beside somebody who is not: what has to be done comes late. */
static void no_vm_is_let_through_by_a_thread_that_hardly_runs(void **state)
{
	const struct sched_param none = { 0 };
	pid_t spinner = fork();
	enum fate fate;

	(void)state;
	if (!spinner)
		for (;;)
			;
	load_for_user(0);
	assert_int_equal(sched_setscheduler(0, SCHED_IDLE, &none), 0);
	fate = probe_as(NULL, NULL, 20);
	assert_int_equal(sched_setscheduler(0, SCHED_OTHER, &none), 0);
	kill(spinner, SIGKILL);
	waitpid(spinner, NULL, 0);
	assert_int_equal(fate, FATE_BOUND);
	admission_off();
}

/* ---- several vCPUs ---- */

#define VCPUS 4

struct runner {
	struct kvm_vm *vm;
	unsigned int i;
	enum fate fate;
	pthread_barrier_t *start;
};

static void *run_one(void *arg)
{
	struct runner *runner = arg;

	pthread_barrier_wait(runner->start);
	runner->fate = probe(runner->vm, runner->i);
	return NULL;
}

static void probe_at_once(struct kvm_vm *vm)
{
	struct runner runners[VCPUS];
	pthread_t threads[VCPUS];
	pthread_barrier_t start;
	unsigned int i;

	pthread_barrier_init(&start, NULL, VCPUS);
	for (i = 0; i < VCPUS; i++) {
		runners[i] = (struct runner){ .vm = vm, .i = i, .start = &start };
		assert_int_equal(pthread_create(&threads[i], NULL, run_one, &runners[i]), 0);
	}
	for (i = 0; i < VCPUS; i++) {
		pthread_join(threads[i], NULL);
		assert_int_equal(runners[i].fate, FATE_BOUND);
	}
	pthread_barrier_destroy(&start);
}

static void no_vcpu_of_several_is_let_through(void **state)
{
	const struct kvm_vm_conf conf = { .nr_vcpus = VCPUS };
	struct hcbpf_admission before = admission_info();
	struct kvm_vm *vm;
	int i;

	(void)state;
	load_for_user(0);
	for (i = 0; i < 100; i++) {
		assert_kvm(kvm_vm_create(&conf, &vm));
		probe_at_once(vm);
		kvm_vm_destroy(vm);
	}
	/* One decision for each, however many asked for it. */
	assert_int_equal(admission_info().nr_admitted - before.nr_admitted, 100);
	admission_off();
}

/* ---- what a VMM has done before ---- */

static void a_vmms_own_binding_gives_way(void **state)
{
	const struct kvm_vm_conf conf = { 0 };
	struct hcbpf_vm_info info;
	struct kvm_vm *vm;
	int own, ours, i;

	(void)state;
	load_for_user(0);
	for (i = 0; i < 50; i++) {
		assert_kvm(kvm_vm_create(&conf, &vm));
		own = assert_fd(hc_bind(vm->fd, "standard"));
		assert_int_equal(probe(vm, 0), FATE_BOUND);
		assert_true(hc_vm_info(own).state & HCBPF_VM_ENDED);
		ours = assert_fd(open_binding(vm));
		info = hc_vm_info(ours);
		assert_true(info.state & HCBPF_VM_OPERATOR);
		assert_string_equal(info.template_name, "t");
		assert_string_equal(info.profile, "test");
		assert_int_equal(info.nr_rules, 1);
		close(ours);
		close(own);
		kvm_vm_destroy(vm);
	}
	admission_off();
}

static void an_operators_own_binding_stays(void **state)
{
	const struct kvm_vm_conf conf = { 0 };
	struct kvm_vm *vm;
	struct hcbpf_bind bind = {
		.size = sizeof(bind), .policy = "standard", .flags = HCBPF_BIND_OPERATOR,
	};
	int fd;

	(void)state;
	load_for_user(0);
	assert_kvm(kvm_vm_create(&conf, &vm));
	bind.vm_fd = vm->fd;
	fd = assert_fd(hc_ioctl(hc_device(), HCBPF_BIND, &bind));
	assert_int_equal(probe(vm, 0), FATE_FREE);
	assert_int_equal(hc_vm_info(fd).state, HCBPF_VM_OPERATOR);
	assert_string_equal(hc_vm_info(fd).template_name, "");
	close(fd);
	kvm_vm_destroy(vm);
	admission_off();
}

/* An exit of the VMM's own binding is completed before the VM is bound anew. */
static int leave(struct kvm_vcpu *vcpu, void *arg)
{
	(void)arg;
	vcpu->run->hypercall.ret = 5;
	return 1;
}

static void an_exit_under_way_is_completed_first(void **state)
{
	const struct hcbpf_rule exits = {
		.abi = PLAIN_ABI, .nr = PROBE, .sub = HCBPF_RULE_ANY, .action = HCBPF_RULE_EXIT,
	};
	struct hcbpf_rules rules = {
		.size = sizeof(rules), .nr = 1, .rules = (uintptr_t)&exits,
	};
	const struct kvm_start start = {
		.program = GUEST_CALLS, .count = 2, .nr = PROBE, .abi = PLAIN_ABI,
	};
	const struct kvm_vm_conf conf = { 0 };
	struct kvm_vcpu *vcpu;
	struct kvm_vm *vm;
	int own;

	(void)state;
	assert_kvm(kvm_vm_create(&conf, &vm));
	own = assert_fd(hc_bind(vm->fd, "standard"));
	assert_ok(hc_ioctl(own, HCBPF_VM_SET_RULES, &rules));
	vcpu = &vm->vcpus[0];
	vm->on_exit = leave;
	assert_kvm(kvm_vcpu_start(vcpu, &start));
	assert_kvm(kvm_vcpu_run(vcpu));
	assert_false(vcpu->stopped);
	load_for_user(0);
	assert_kvm(kvm_vcpu_run(vcpu));
	assert_true(vcpu->stopped);
	/* The first call has the VMM's answer, the second the template's. */
	assert_int_equal(kvm_block(vcpu)->other, 2);
	assert_int_equal((int64_t)kvm_block(vcpu)->last, DENIED);
	close(own);
	kvm_vm_destroy(vm);
	admission_off();
}

/* ---- what it can do afterwards ---- */

#define EACH(fd, nr, type, ...) ({				\
	struct type req_ = { .size = sizeof(req_), ##__VA_ARGS__ };	\
	hc_ioctl(fd, nr, &req_); })

/* How many of the requests that are the operator's were not refused. */
static int not_refused(int fd)
{
	return (hc_unbind(fd) != -EPERM) +
	       (EACH(fd, HCBPF_VM_SET_RULES, hcbpf_rules) != -EPERM) +
	       (EACH(fd, HCBPF_VM_SET_PARAM, hcbpf_param, .param = 1) != -EPERM) +
	       (EACH(fd, HCBPF_VM_GPA_SET, hcbpf_gpa_set) != -EPERM) +
	       (hc_ioctl(fd, HCBPF_VM_GPA_RESET, NULL) != -EPERM) +
	       (EACH(fd, HCBPF_VM_SET_BUFFERS, hcbpf_buffers) != -EPERM) +
	       (EACH(fd, HCBPF_VM_SET_BUFFER_LIMIT, hcbpf_buffer_limit, .limit = 1) != -EPERM);
}

static bool ports_and_eventfds_work(int fd)
{
	volatile hcbpf_port_t *ports;
	struct hcbpf_next_port next = { .size = sizeof(next), .port = 7 };
	int efd = efd_new();
	bool ok = !hc_set_eventfd(fd, 7, efd);

	ports = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (ports == MAP_FAILED)
		return false;
	ports[7] = hcbpf_port_make(HCBPF_PORT_EVENTFD, 7);
	ok = ok && !hc_ioctl(fd, HCBPF_VM_NEXT_PORT, &next) && next.port == 7;
	munmap((void *)ports, 4096);
	close(efd);
	return ok;
}

static int body_bound_vmm(void)
{
	const struct kvm_vm_conf conf = { 0 };
	struct kvm_vm *vm;
	int fd, again;

	if (kvm_vm_create(&conf, &vm) || probe(vm, 0) != FATE_BOUND)
		return 90;
	fd = open_binding(vm);
	if (fd < 0 || !ports_and_eventfds_work(fd))
		return 91;
	again = hc_bind(vm->fd, "standard");
	if (again != -EEXIST)
		return 92;
	if (hc_vm_info(fd).param)
		return 93;
	return not_refused(fd) ? 94 : (int)probe(vm, 0);
}

static void a_vmm_cannot_change_what_the_operator_has_bound(void **state)
{
	(void)state;
	load_for_user(uid_of("vmm1"));
	assert_int_equal(as_user("vmm1", NULL, body_bound_vmm), 0);
	admission_off();
}

static void an_operator_can(void **state)
{
	const struct kvm_vm_conf conf = { 0 };
	struct kvm_vm *vm;
	int fd;

	(void)state;
	load_for_user(0);
	assert_kvm(kvm_vm_create(&conf, &vm));
	assert_int_equal(probe(vm, 0), FATE_BOUND);
	fd = assert_fd(open_binding(vm));
	assert_ok(EACH(fd, HCBPF_VM_SET_PARAM, hcbpf_param, .param = 1));
	assert_ok(hc_ioctl(fd, HCBPF_VM_GPA_RESET, NULL));
	assert_ok(EACH(fd, HCBPF_VM_SET_RULES, hcbpf_rules, .flags = HCBPF_RULES_FORCE));
	assert_int_equal(probe(vm, 0), FATE_FREE);
	assert_ok(hc_unbind(fd));
	assert_int_equal(probe(vm, 0), FATE_FREE);
	close(fd);
	kvm_vm_destroy(vm);
	admission_off();
}

static int body_bind_as_operator(void)
{
	const struct kvm_vm_conf conf = { 0 };
	struct hcbpf_bind bind = {
		.size = sizeof(bind), .policy = "standard", .flags = HCBPF_BIND_OPERATOR,
	};
	struct kvm_vm *vm;

	if (kvm_vm_create(&conf, &vm))
		return 90;
	bind.vm_fd = vm->fd;
	return -hc_ioctl(hc_device(), HCBPF_BIND, &bind);
}

static void a_vmm_cannot_bind_as_an_operator(void **state)
{
	(void)state;
	assert_int_equal(as_user("vmm1", NULL, body_bind_as_operator), EPERM);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_vm_of_root_is_let_through),
		cmocka_unit_test(no_vm_of_a_user_is_let_through),
		cmocka_unit_test(no_vm_of_a_cgroup_is_let_through),
		cmocka_unit_test(no_vm_is_let_through_by_a_thread_that_hardly_runs),
		cmocka_unit_test(no_vcpu_of_several_is_let_through),
		cmocka_unit_test(a_vmms_own_binding_gives_way),
		cmocka_unit_test(an_operators_own_binding_stays),
		cmocka_unit_test(an_exit_under_way_is_completed_first),
		cmocka_unit_test(a_vmm_cannot_change_what_the_operator_has_bound),
		cmocka_unit_test(an_operator_can),
		cmocka_unit_test(a_vmm_cannot_bind_as_an_operator),
	};

	return cmocka_run_group_tests_name("admission", tests, standard_setup, standard_teardown);
}
