// SPDX-License-Identifier: GPL-2.0-only
/*
 * Changes while guests call: every call goes exactly one way, to a signal or
 * to where it went without us; none is lost, none is doubled.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <unistd.h>
#include "rig.h"
#include "standard_policy.h"

#define MAX_VCPUS 4
#define NR_PORTS 16

/* Each vCPU has an array of its own, with the same ports. */
static uint64_t ports_addr(unsigned int vcpu)
{
	return GUEST_DATA + vcpu * 0x1000;
}

static void start_senders(struct kvm_vm *vm, enum guest_program program, uint64_t count)
{
	unsigned int i, j;

	for (i = 0; i < vm->nr_vcpus; i++) {
		struct guest_port *port = kvm_at(vm, ports_addr(i));
		struct kvm_start start = {
			.program = program, .count = count, .args = { ports_addr(i), NR_PORTS },
		};

		for (j = 0; j < NR_PORTS; j++)
			port[j].port = j;
		assert_kvm(kvm_vcpu_start(&vm->vcpus[i], &start));
		assert_kvm(kvm_vcpu_run_thread(&vm->vcpus[i]));
	}
}

static void stop_senders(struct kvm_vm *vm)
{
	unsigned int i;

	for (i = 0; i < vm->nr_vcpus; i++)
		assert_kvm(kvm_vcpu_stop(&vm->vcpus[i]));
}

static void join_senders(struct kvm_vm *vm)
{
	unsigned int i;

	for (i = 0; i < vm->nr_vcpus; i++)
		assert_kvm(kvm_vcpu_join(&vm->vcpus[i]));
}

struct totals {
	uint64_t zero, other, exits;
};

static struct totals totals_of(struct kvm_vm *vm)
{
	struct totals totals = { 0 };
	unsigned int i;

	for (i = 0; i < vm->nr_vcpus; i++) {
		totals.zero += kvm_block(&vm->vcpus[i])->zero;
		totals.other += kvm_block(&vm->vcpus[i])->other;
		totals.exits += vm->vcpus[i].exits.xen;
	}
	return totals;
}

/*
 * vCPUs that were stopped anywhere may be between a call and counting it: at
 * most one call each.
 */
static void assert_near(uint64_t a, uint64_t b, unsigned int slack)
{
	if (a > b + slack || b > a + slack)
		fail_msg("%llu and %llu differ by more than %u", (unsigned long long)a,
			 (unsigned long long)b, slack);
}

/*
 * So many calls were served by nobody in the kernel: the VMM was asked. Where KVM
 * answers such calls, the guests' own count of errors must do.
 */
static void expect_unserved(const struct totals *totals, uint64_t nr)
{
	if (XEN_CALLS_EXIT)
		assert_int_equal(totals->exits, nr);
	else
		assert_near(totals->other, nr, MAX_VCPUS);
}

static void send_from(unsigned int nr_vcpus, enum guest_program program)
{
	const struct kvm_vm_conf conf = { .nr_vcpus = nr_vcpus, .xen = true };
	const uint64_t count = 1600;
	struct totals totals;
	struct rig rig;
	uint32_t port;

	rig_up(&rig, &conf, NULL);
	for (port = 0; port < NR_PORTS; port += 2)
		assert_ok(hcbpf_port_set(rig.hc, port, 0));
	start_senders(rig.vm, program, count);
	join_senders(rig.vm);
	totals = totals_of(rig.vm);
	assert_int_equal(totals.zero, nr_vcpus * count / 2);
	assert_int_equal(totals.other, nr_vcpus * count / 2);
	expect_unserved(&totals, nr_vcpus * count / 2);
	assert_int_equal(efd_take(rig.efd), nr_vcpus * count / 2);
	assert_int_equal(rig_stats(&rig).done, nr_vcpus * count / 2);
	assert_int_equal(rig_stats(&rig).pass, nr_vcpus * count / 2);
	rig_down(&rig);
}

static void one_vcpu_loses_and_doubles_nothing(void **state)
{
	(void)state;
	send_from(1, GUEST_SENDS);
	send_from(1, GUEST_DOORBELLS);
}

static void four_vcpus_lose_and_double_nothing(void **state)
{
	(void)state;
	send_from(4, GUEST_SENDS);
	send_from(4, GUEST_DOORBELLS);
}

static void ports_change_under_load_without_loss(void **state)
{
	const struct kvm_vm_conf conf = { .nr_vcpus = 4, .xen = true };
	uint64_t signals[2], end;
	struct totals totals;
	struct rig rig;
	int other = efd_new();
	uint32_t i = 0;

	(void)state;
	rig_up(&rig, &conf, NULL);
	assert_ok(hcbpf_vm_set_eventfd(rig.hc, 1, other));
	start_senders(rig.vm, GUEST_SENDS, GUEST_FOREVER);
	for (end = now_ms() + 1000; now_ms() < end; i++) {
		if (i % 3 == 2)
			assert_ok(hcbpf_port_del(rig.hc, i % NR_PORTS));
		else
			assert_ok(hcbpf_port_set(rig.hc, i % NR_PORTS, i % 3));
	}
	stop_senders(rig.vm);
	totals = totals_of(rig.vm);
	signals[0] = efd_take(rig.efd);
	signals[1] = efd_take(other);
	assert_true(signals[0] > 0 && signals[1] > 0 && totals.other > 0);
	assert_near(totals.zero, signals[0] + signals[1], 4);
	assert_near(totals.other, rig_stats(&rig).pass, 4);
	assert_int_equal(rig_stats(&rig).done, signals[0] + signals[1]);
	expect_unserved(&totals, rig_stats(&rig).pass);
	rig_down(&rig);
	close(other);
}

/* HCBPF_VM_SET_EVENTFD's promise: no signal to the old one once it has returned. */
static void a_replaced_slot_is_silent_at_once(void **state)
{
	const struct kvm_vm_conf conf = { .nr_vcpus = 4, .xen = true };
	uint64_t sum = 0, end;
	struct rig rig;
	uint32_t port;
	int old, new;
	int rounds = 0;

	(void)state;
	rig_up(&rig, &conf, NULL);
	for (port = 0; port < NR_PORTS; port++)
		assert_ok(hcbpf_port_set(rig.hc, port, 0));
	start_senders(rig.vm, GUEST_DOORBELLS, GUEST_FOREVER);
	old = dup(rig.efd);
	/* Enough of them, on a busy machine too. */
	for (end = now_ms() + 1500; now_ms() < end || rounds < 6; rounds++) {
		new = efd_new();
		assert_ok(hcbpf_vm_set_eventfd(rig.hc, 0, new));
		sum += efd_take(old);
		sleep_ms(3);
		assert_int_equal(efd_take(old), 0);
		close(old);
		old = new;
	}
	stop_senders(rig.vm);
	sum += efd_take(old);
	assert_int_equal(totals_of(rig.vm).exits, 0);
	assert_int_equal(rig_stats(&rig).signals, sum);
	assert_near(totals_of(rig.vm).zero, sum, 4);
	close(old);
	rig_down(&rig);
}

static void a_policy_replaced_under_load_answers_every_call_once(void **state)
{
	LIBHCBPF_OPTS(hcbpf_bind_opts, opts, .policy = "observe");
	const struct kvm_vm_conf conf = { .nr_vcpus = 4, .xen = true };
	struct hcbpf_next_policy next = { .size = sizeof(next) };
	struct observe_state *seen[2];
	struct policy policy[2];
	struct totals totals;
	struct rig rig;
	int i;

	(void)state;
	for (i = 0; i < 2; i++) {
		assert_ok(policy_open(&policy[i], "observe.bpf.o"));
		assert_ok(bpf_object__load(policy[i].object));
		seen[i] = policy_state(&policy[i], sizeof(*seen[i]));
		seen[i]->quiet = 1;
		seen[i]->verdict = HCBPF_DONE;
		seen[i]->ret = i;	/* the first answers 0, the second 1 */
	}
	policy[0].link = bpf_map__attach_struct_ops(policy[0].map);
	assert_non_null(policy[0].link);
	rig_up(&rig, &conf, &opts);
	start_senders(rig.vm, GUEST_DOORBELLS, GUEST_FOREVER);
	for (i = 0; i < 30; i++) {
		uint64_t quiet;

		assert_ok(bpf_link__update_map(policy[0].link, policy[(i + 1) % 2].map));
		/* The one that was replaced is out of use when that returns. */
		quiet = seen[i % 2]->calls;
		sleep_ms(10);
		assert_int_equal(seen[i % 2]->calls, quiet);
	}
	stop_senders(rig.vm);
	totals = totals_of(rig.vm);
	assert_true(seen[0]->calls > 0 && seen[1]->calls > 0);
	assert_int_equal(rig_stats(&rig).done, seen[0]->calls + seen[1]->calls);
	assert_near(totals.zero, seen[0]->calls, 4);
	assert_near(totals.other, seen[1]->calls, 4);
	assert_int_equal(totals.exits, 0);
	while (!hc_ioctl(hc_device(), HCBPF_NEXT_POLICY, &next) && strcmp(next.name, "observe"))
		;
	assert_int_equal(next.generation, 31);
	rig_down(&rig);
	policy_unload(&policy[0]);
	policy_unload(&policy[1]);
}

static void a_policy_unloaded_under_load_is_out_of_use(void **state)
{
	LIBHCBPF_OPTS(hcbpf_bind_opts, opts, .policy = "observe");
	const struct kvm_vm_conf conf = { .nr_vcpus = 4, .xen = true };
	uint64_t calls = 0;
	struct observe_state *seen;
	struct policy policy;
	struct hcbpf_vm_stats stats;
	struct totals totals;
	struct rig rig;
	int i;

	(void)state;
	assert_ok(policy_load_observe(&policy, "observe", &seen));
	seen->quiet = 1;
	seen->verdict = HCBPF_DONE;
	rig_up(&rig, &conf, &opts);
	start_senders(rig.vm, GUEST_DOORBELLS, GUEST_FOREVER);
	for (i = 0; i < 4; i++) {
		sleep_ms(20);
		bpf_link__destroy(policy.link);
		policy.link = NULL;
		calls += seen->calls;
		sleep_ms(5);
		policy_unload(&policy);
		munmap(seen, sizeof(*seen));
		sleep_ms(20);
		assert_ok(policy_load_observe(&policy, "observe", &seen));
		seen->quiet = 1;
		seen->verdict = HCBPF_DONE;
	}
	stop_senders(rig.vm);
	calls += seen->calls;
	stats = rig_stats(&rig);
	totals = totals_of(rig.vm);
	assert_int_equal(stats.done + stats.pass, calls);
	assert_true(stats.no_policy > 0);
	expect_unserved(&totals, stats.no_policy + stats.pass);
	assert_near(totals.zero, stats.done, 4);
	rig_down(&rig);
	policy_unload(&policy);
}

/* A bound VM that keeps the hook in place: coming and going is quicker then. */
static void keep_hook(struct rig *rig)
{
	const struct kvm_vm_conf conf = { 0 };

	rig_up(rig, &conf, NULL);
}

/* 10 times with the hook coming and going too, 90 times with another VM bound. */
static void binding_and_unbinding_under_load_loses_nothing(void **state)
{
	const struct kvm_vm_conf conf = { .nr_vcpus = 2, .xen = true };
	uint64_t done = 0, pass = 0;
	struct hcbpf_vm_stats stats;
	struct totals totals;
	struct kvm_vm *vm;
	struct hcbpf_vm *hc;
	struct rig keeper;
	int efd = efd_new(), i;

	(void)state;
	assert_kvm(kvm_vm_create(&conf, &vm));
	start_senders(vm, GUEST_DOORBELLS, GUEST_FOREVER);
	for (i = 0; i < 100; i++) {
		if (i == 10)
			keep_hook(&keeper);
		assert_ok(hcbpf_vm_bind(vm->fd, NULL, &hc));
		assert_ok(hcbpf_vm_set_eventfd(hc, 0, efd));
		assert_ok(hcbpf_port_set(hc, i % NR_PORTS, 0));
		sleep_ms(i % 5);
		assert_ok(hcbpf_vm_unbind(hc));
		assert_ok(hcbpf_vm_stats(hc, &stats));
		done += stats.done;
		pass += stats.pass;
		hcbpf_vm_close(hc);
	}
	stop_senders(vm);
	totals = totals_of(vm);
	assert_true(done > 0 && pass > 0);
	assert_int_equal(efd_take(efd), done);
	assert_near(totals.zero, done, 2);
	if (XEN_CALLS_EXIT)
		assert_near(totals.other, totals.exits, 2);
	assert_true(totals.other + 2 >= pass);
	kvm_vm_destroy(vm);
	close(efd);
	/* An exit that was under way kept the last binding until the VM was gone. */
	assert_true(wait_until(hc_info().nr_vms == 1, 5000));
	rig_down(&keeper);
}

/* Everything that a file of a binding offers; any answer will do. */
static void try_all(int fd)
{
	struct hcbpf_vm_info info = { .size = sizeof(info) };
	int efd = efd_new();

	hc_ioctl(fd, HCBPF_VM_GET_INFO, &info);
	hc_set_eventfd(fd, 0, efd);
	close(efd);
	close(fd);
}

/* A second bind of the same VM fails; meanwhile others look for it by its next id. */
static void *open_what_comes(void *stop)
{
	uint32_t id = 0;
	int fd, next;

	while (!atomic_load((atomic_bool *)stop)) {
		next = hc_next_vm(id);
		fd = next > 0 ? hc_open_id(next) : -1;
		if (fd >= 0)
			try_all(fd);
		id = next > 0 ? (uint32_t)next : 0;
	}
	return NULL;
}

static void bindings_come_and_go_under_the_eyes_of_others(void **state)
{
	const struct kvm_vm_conf conf = { 0 };
	atomic_bool stop = false;
	struct kvm_vm *vm;
	pthread_t thread;
	struct rig keeper;
	int i, fd, again;

	(void)state;
	assert_kvm(kvm_vm_create(&conf, &vm));
	keep_hook(&keeper);
	pthread_create(&thread, NULL, open_what_comes, &stop);
	for (i = 0; i < 20; i++) {
		int j;

		fd = assert_fd(hc_bind(vm->fd, "standard"));
		for (j = 0; j < 50; j++) {
			again = hc_bind(vm->fd, "standard");
			assert_return(again, -EEXIST);
		}
		assert_ok(hc_unbind(fd));
		close(fd);
	}
	atomic_store(&stop, true);
	pthread_join(thread, NULL);
	rig_down(&keeper);
	kvm_vm_destroy(vm);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_vcpu_loses_and_doubles_nothing),
		cmocka_unit_test(four_vcpus_lose_and_double_nothing),
		cmocka_unit_test(ports_change_under_load_without_loss),
		cmocka_unit_test(a_replaced_slot_is_silent_at_once),
		cmocka_unit_test(a_policy_replaced_under_load_answers_every_call_once),
		cmocka_unit_test(a_policy_unloaded_under_load_is_out_of_use),
		cmocka_unit_test(binding_and_unbinding_under_load_loses_nothing),
		cmocka_unit_test(bindings_come_and_go_under_the_eyes_of_others),
	};

	return cmocka_run_group_tests_name("changes under load", tests, standard_setup,
					   standard_teardown);
}
