// SPDX-License-Identifier: GPL-2.0-only
/* What must hold whatever happens, one test per promise of the design. */
#include <stdlib.h>
#include <string.h>
#include <sys/klog.h>
#include <sys/resource.h>
#include <unistd.h>
#include "rig.h"
#include "standard_policy.h"

static const struct kvm_vm_conf kvm64, xen64 = { .xen = true };

static bool hooked(void)
{
	const char *functions = file_text("/sys/kernel/tracing/enabled_functions");

	return strstr(functions, HOOKED_FUNCTION) ||
	       strstr(functions, "kvm_arch_destroy_vm");
}

static void nothing_bound_means_no_hook(void **state)
{
	struct rig rig;

	(void)state;
	/* VMs of a program before this one may have died just now. */
	assert_true(wait_until(hc_info().hook == HCBPF_HOOK_NONE, 5000));
	assert_false(hooked());
	rig_up(&rig, &kvm64, NULL);
	assert_int_equal(hc_info().hook, USUAL_HOOK);
	assert_true(hooked());
	assert_ok(hcbpf_vm_unbind(rig.hc));
	assert_int_equal(hc_info().hook, HCBPF_HOOK_NONE);
	assert_false(hooked());
	rig_down(&rig);
}

struct answer {
	uint64_t result;
	struct kvm_exits exits;
};

/* A walk over numbers that mean something to KVM, Xen or hcbpf, and some that do not. */
static unsigned int ask_all(const struct kvm_vm_conf *conf, struct answer *answers)
{
	static const uint64_t numbers[] = {
		0, 1, 2, 5, 9, 10, 12, 17, 18, 29, 32, 33, 63, 1000, HCBPF_HC_DOORBELL,
		HCBPF_HC_BASE + 1, 0x80000000, ~0ULL,
	};
	struct kvm_vm *vm;
	unsigned int i;

	assert_kvm(kvm_vm_create(conf, &vm));
	put_port(vm, GUEST_DATA, PORT);
	for (i = 0; i < ARRAY_LEN(numbers); i++) {
		struct kvm_start start = { .nr = numbers[i], .args = { 4, GUEST_DATA } };

		answers[i].result = call_once(vm, start);
		answers[i].exits = vm->vcpus[0].exits;
	}
	kvm_vm_destroy(vm);
	return i;
}

static void an_unbound_vm_gets_the_same_answers(void **state)
{
	const struct kvm_vm_conf *confs[] = { &kvm64, &xen64 };
	struct answer without[32] = { 0 }, with[32] = { 0 };
	struct rig rig;
	unsigned int i, nr;

	(void)state;
	for (i = 0; i < 2; i++) {
		nr = ask_all(confs[i], without);
		rig_up_serving(&rig, confs[i]);
		assert_int_equal(ask_all(confs[i], with), nr);
		assert_memory_equal(with, without, sizeof(with));
		assert_int_equal(efd_take(rig.efd), 0);
		rig_down(&rig);
	}
}

static void without_its_policy_a_guest_goes_on_on_kvms_path(void **state)
{
	LIBHCBPF_OPTS(hcbpf_bind_opts, opts, .policy = "observe");
	struct kvm_start start = doorbells(PORT, 1, PLAIN_ABI);
	struct observe_state *seen;
	struct policy observe;
	struct rig rig;

	(void)state;
	assert_ok(policy_load_observe(&observe, "observe", &seen));
	seen->verdict = HCBPF_DONE;
	seen->ret = 42;
	rig_up(&rig, &kvm64, &opts);
	assert_int_equal(call_once(rig.vm, start), 42);
	policy_unload(&observe);
	assert_true(hc_vm_info(hcbpf_vm_fd(rig.hc)).state & HCBPF_VM_NO_POLICY);
	assert_true(call_once(rig.vm, start) == PLAIN_ANSWER);
	assert_int_equal(rig_stats(&rig).no_policy, 1);

	assert_ok(policy_load_observe(&observe, "observe", &seen));
	seen->verdict = HCBPF_DONE;
	seen->ret = 43;
	assert_false(hc_vm_info(hcbpf_vm_fd(rig.hc)).state & HCBPF_VM_NO_POLICY);
	assert_int_equal(call_once(rig.vm, start), 43);
	policy_unload(&observe);
	rig_down(&rig);
}

static void a_policy_that_is_gone_cannot_be_bound_anew(void **state)
{
	struct kvm_vm *vm, *other;
	struct observe_state *seen;
	struct policy observe;
	int fd;

	(void)state;
	assert_ok(policy_load_observe(&observe, "observe", &seen));
	assert_kvm(kvm_vm_create(&kvm64, &vm));
	assert_kvm(kvm_vm_create(&kvm64, &other));
	fd = assert_fd(hc_bind(vm->fd, "observe"));
	policy_unload(&observe);
	assert_return(hc_bind(other->fd, "observe"), -ENOENT);
	close(fd);
	kvm_vm_destroy(vm);
	kvm_vm_destroy(other);
}

static void a_bad_verdict_is_pass_and_counted(void **state)
{
	LIBHCBPF_OPTS(hcbpf_bind_opts, opts, .policy = "bad_verdict");
	static const int verdicts[] = { 3, -1, 0x7fffffff };
	struct policy bad;
	struct rig rig;
	unsigned int i;

	(void)state;
	assert_ok(policy_load(&bad, "bad_verdict.bpf.o"));
	rig_up(&rig, &kvm64, &opts);
	for (i = 0; i < ARRAY_LEN(verdicts); i++) {
		struct kvm_start start = { .nr = 77, .args = { (uint32_t)verdicts[i] } };

		assert_true(call_once(rig.vm, start) == PLAIN_ANSWER);
		assert_int_equal(rig_stats(&rig).bad_verdict, i + 1);
	}
	assert_int_equal(rig_stats(&rig).done + rig_stats(&rig).pass, 0);
	rig_down(&rig);
	policy_unload(&bad);
}

static void only_ports_that_were_set_are_known(void **state)
{
	struct rig rig;
	uint32_t port;

	(void)state;
	rig_up_serving(&rig, &xen64);
	for (port = 0; port < 64; port++) {
		put_port(rig.vm, GUEST_DATA, port);
		call_once(rig.vm, xen_sends(GUEST_DATA, 1));
		expect_xen_exits(rig.vm, port != PORT);
	}
	assert_int_equal(efd_take(rig.efd), 1);
	rig_down(&rig);
}

static void a_new_hypercall_appears_by_binding_only(void **state)
{
	struct kvm_start start = doorbells(PORT, 1, PLAIN_ABI);
	struct kvm_vm *unbound;
	struct rig rig;

	(void)state;
	rig_up_serving(&rig, &kvm64);
	assert_kvm(kvm_vm_create(&kvm64, &unbound));
	assert_true(call_once(unbound, start) == PLAIN_ANSWER);
	assert_int_equal(call_once(rig.vm, start), 0);
	assert_ok(hcbpf_vm_unbind(rig.hc));
	assert_true(call_once(rig.vm, start) == PLAIN_ANSWER);
	assert_int_equal(efd_take(rig.efd), 1);
	kvm_vm_destroy(unbound);
	rig_down(&rig);
}

#define MANY 300

static void there_is_no_limit_of_vms(void **state)
{
	const struct kvm_vm_conf small = { .mem_size = GUEST_DATA + 0x1000 };
	const struct rlimit files = { 4096, 4096 };
	static struct kvm_vm *vms[MANY];
	static int fds[MANY];
	uint32_t id = 0, last = 0;
	int i, nr = 0;

	(void)state;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &files), 0);
	for (i = 0; i < MANY; i++) {
		assert_kvm(kvm_vm_create(&small, &vms[i]));
		fds[i] = assert_fd(hc_bind(vms[i]->fd, "standard"));
		id = hc_vm_info(fds[i]).id;
		assert_true(id > last);
		last = id;
	}
	assert_int_equal(hc_info().nr_vms, MANY);
	for (id = 0; (i = hc_next_vm(id)) > 0; id = i)
		nr++;
	assert_int_equal(nr, MANY);
	for (i = 0; i < MANY; i++) {
		kvm_vm_destroy(vms[i]);
		close(fds[i]);
	}
	assert_true(wait_until(hc_info().nr_vms == 0, 5000));
}

/* Not what the kernel says once of a host that was too busy to run it in time. */
static unsigned int log_lines(void)
{
	static char log[1 << 20];
	int len = klogctl(3, log, sizeof(log) - 1);
	unsigned int lines = 0;
	char *line;

	assert_true(len >= 0);
	log[len] = '\0';
	for (line = strtok(log, "\n"); line; line = strtok(NULL, "\n"))
		lines += !strstr(line, "hrtimer: interrupt took ");
	return lines;
}

static uint64_t random_u64(void)
{
	uint64_t value = (uint64_t)random() << 42 ^ (uint64_t)random() << 21 ^ random();

	/* Small and special numbers are more interesting than large ones. */
	switch (random() % 4) {
	case 0:
		return value % 64;
	case 1:
		return GUEST_DATA + value % 8192;
	case 2:
		return HCBPF_HC_BASE + value % 4;
	default:
		return value;
	}
}

/* Calls at random; a port is served, but its number is one that they never hit. */
static void a_hostile_guest_gets_nothing_and_fills_no_log(void **state)
{
	const uint32_t secret = 77777;
	unsigned int lines, i, round;
	struct rig rig;

	(void)state;
	srandom(4711);
	lines = log_lines();
	for (round = 0; round < 4; round++) {
		const struct kvm_vm_conf conf = { .xen = round % 2, .mode = round / 2 };

		rig_up(&rig, &conf, NULL);
		assert_ok(hcbpf_port_set(rig.hc, secret, 0));
		for (i = 0; i < 1000; i++) {
			struct kvm_start start = { .nr = random() % 2 ? 32 : random_u64() };
			int arg;

			for (arg = 0; arg < 6; arg++)
				start.args[arg] = random_u64();
			if (random() % 2)
				start.args[0] = XEN_EVTCHNOP_SEND;
			call_once(rig.vm, start);
		}
		assert_int_equal(efd_take(rig.efd), 0);
		assert_int_equal(rig_stats(&rig).signals, 0);
		rig_down(&rig);
	}
	assert_int_equal(log_lines(), lines);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_bound_means_no_hook),
		cmocka_unit_test(an_unbound_vm_gets_the_same_answers),
		cmocka_unit_test(without_its_policy_a_guest_goes_on_on_kvms_path),
		cmocka_unit_test(a_policy_that_is_gone_cannot_be_bound_anew),
		cmocka_unit_test(a_bad_verdict_is_pass_and_counted),
		cmocka_unit_test(only_ports_that_were_set_are_known),
		cmocka_unit_test(a_new_hypercall_appears_by_binding_only),
		cmocka_unit_test(there_is_no_limit_of_vms),
		cmocka_unit_test(a_hostile_guest_gets_nothing_and_fills_no_log),
	};

	return cmocka_run_group_tests_name("invariants", tests, standard_setup, standard_teardown);
}
