// SPDX-License-Identifier: GPL-2.0-only
/* The example policies with guests: what cases cannot show. */
#include "rules.h"
#include "../../../examples/policies/notices.h"

#define NR 5		/* KVM_HC_KICK_CPU */
#define CALLS 1000

/* rate-limit.bpf.c's constants, in its order. */
struct limits {
	uint64_t period;
	uint64_t burst;
	uint32_t over;
};

struct heard {
	unsigned int count;
	struct notice last;
};

static int hear(void *arg, void *data, size_t size)
{
	struct heard *heard = arg;

	assert_in_range(size, sizeof(heard->last), sizeof(heard->last) + 7);
	memcpy(&heard->last, data, sizeof(heard->last));
	heard->count++;
	return 0;
}

/* All notices in the ring buffer called @name. */
static struct heard listen_to(struct policy *policy, const char *name)
{
	struct heard heard = { 0 };
	int fd = bpf_object__find_map_fd_by_name(policy->object, name);
	struct ring_buffer *ring = ring_buffer__new(fd, hear, &heard, NULL);
	int consumed;

	assert_non_null(ring);
	consumed = ring_buffer__consume(ring);
	assert_int_equal(consumed, heard.count);
	ring_buffer__free(ring);
	return heard;
}

static void make_calls(struct rig *rig, uint64_t count)
{
	const struct kvm_start start = {
		.program = GUEST_CALLS, .count = count, .nr = NR, .args = { 0x1234 },
	};

	run_guest(rig->vm, &start);
}

static void load_limit(struct policy *policy, uint32_t over)
{
	struct limits *limits;
	size_t size;

	assert_ok(policy_open(policy, "examples/rate-limit.bpf.o"));
	limits = bpf_map__initial_value(bpf_object__find_map_by_name(policy->object, ".rodata"),
					&size);
	assert_int_equal(limits->burst, 10);
	limits->period = 10 * 1000000;
	limits->over = over;
	assert_ok(policy_attach(policy));
}

static void calls_over_the_limit_are_denied_with_a_notice(void **state)
{
	LIBHCBPF_OPTS(hcbpf_bind_opts, opts, .policy = "rate-limit");
	struct hcbpf_vm_stats stats;
	struct policy policy;
	struct rig rig[2];
	struct heard heard;
	int i;

	(void)state;
	load_limit(&policy, HCBPF_DONE);
	rig_up(&rig[0], &kvm64, &opts);
	rig_up(&rig[1], &kvm64, &opts);
	/* Each VM has its own limit. */
	for (i = 0; i < 2; i++) {
		uint64_t ms = now_ms();

		make_calls(&rig[i], CALLS);
		ms = now_ms() - ms;
		stats = rig_stats(&rig[i]);
		print_message("# %d calls in %llu ms: %llu passed\n", CALLS,
			      (unsigned long long)ms, (unsigned long long)stats.pass);
		assert_int_equal(stats.pass + stats.done, CALLS);
		assert_in_range(stats.pass, 10, 10 + ms / 10 + 2);
		heard = listen_to(&policy, "notices");
		assert_int_equal(heard.count, stats.done);
		assert_int_equal(heard.last.vm_id, hcbpf_vm_id(rig[i].hc));
		assert_int_equal(heard.last.nr, NR);
		assert_int_equal(heard.last.arg, 0x1234);
		/* KVM answers this call with 0. */
		assert_int_equal(kvm_block(&rig[i].vm->vcpus[0])->zero, stats.pass);
		assert_int_equal(kvm_block(&rig[i].vm->vcpus[0])->other, stats.done);
	}
	rig_down(&rig[0]);
	rig_down(&rig[1]);
	policy_unload(&policy);
}

static void calls_over_the_limit_go_to_the_vmm_if_told(void **state)
{
	LIBHCBPF_OPTS(hcbpf_bind_opts, opts, .policy = "rate-limit");
	struct policy policy;
	struct rig rig;

	(void)state;
	load_limit(&policy, HCBPF_EXIT);
	rig_up(&rig, &kvm64, &opts);
	make_calls(&rig, 200);
	assert_true(rig_stats(&rig).exits > 0);
	assert_int_equal(rig_stats(&rig).exits, rig.vm->vcpus[0].exits.hypercall);
	assert_int_equal(rig_stats(&rig).exits + rig_stats(&rig).pass, 200);
	assert_int_equal(listen_to(&policy, "notices").count, rig_stats(&rig).exits);
	rig_down(&rig);
	policy_unload(&policy);
}

static uint64_t count_of(struct policy *policy, uint32_t key)
{
	struct bpf_map *map = bpf_object__find_map_by_name(policy->object, "counts");
	int cpus = libbpf_num_possible_cpus(), i;
	uint64_t value[64], sum = 0;

	assert_in_range(cpus, 1, ARRAY_LEN(value));
	assert_ok(bpf_map__lookup_elem(map, &key, sizeof(key), value, cpus * sizeof(value[0]), 0));
	for (i = 0; i < cpus; i++)
		sum += value[i];
	return sum;
}

static void the_log_has_every_call_and_changes_none(void **state)
{
	LIBHCBPF_OPTS(hcbpf_bind_opts, opts, .policy = "log");
	struct policy policy;
	struct heard heard;
	struct rig rig;

	(void)state;
	assert_ok(policy_load(&policy, "examples/log.bpf.o"));
	rig_up(&rig, &kvm64, &opts);
	make_calls(&rig, CALLS);
	assert_int_equal(kvm_call(&rig, 0x12345, 0), KVM_ANSWER);
	assert_int_equal(rig_stats(&rig).pass, CALLS + 1);
	assert_int_equal(count_of(&policy, NR), CALLS);
	assert_int_equal(count_of(&policy, 63), 1);
	assert_int_equal(count_of(&policy, NR + 1), 0);
	heard = listen_to(&policy, "calls");
	assert_int_equal(heard.count, CALLS + 1);
	assert_int_equal(heard.last.nr, 0x12345);
	rig_down(&rig);
	policy_unload(&policy);
}

static void the_device_rings_and_saves_rings(void **state)
{
	enum { RING = 0x4b0001, QUEUE = 2 << 16 | 3, PORT_OF_QUEUE = 2 * 16 + 3 };
	LIBHCBPF_OPTS(hcbpf_bind_opts, opts, .policy = "doorbell-device");
	struct kvm_start ring = { .nr = RING, .args = { QUEUE, GUEST_DATA } };
	struct policy policy;
	struct rig rig;

	(void)state;
	assert_ok(policy_load(&policy, "examples/doorbell-device.bpf.o"));
	rig_up(&rig, &kvm64, &opts);
	assert_int_equal((int64_t)call_once(rig.vm, ring), -19);
	assert_ok(hcbpf_port_set(rig.hc, PORT_OF_QUEUE, 0));
	assert_int_equal(call_once(rig.vm, ring), 0);
	assert_int_equal(efd_take(rig.efd), 1);
	((uint32_t *)kvm_at(rig.vm, GUEST_DATA))[1] = 1;	/* the consumer is awake */
	assert_int_equal(call_once(rig.vm, ring), 0);
	assert_int_equal(efd_take(rig.efd), 0);
	ring.args[1] = 0x8000000000;
	assert_true(call_once(rig.vm, ring) == KVM_ANSWER);
	assert_int_equal(rig.vm->vcpus[0].exits.hypercall, 1);
	rig_down(&rig);
	policy_unload(&policy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(calls_over_the_limit_are_denied_with_a_notice),
		cmocka_unit_test(calls_over_the_limit_go_to_the_vmm_if_told),
		cmocka_unit_test(the_log_has_every_call_and_changes_none),
		cmocka_unit_test(the_device_rings_and_saves_rings),
	};

	return cmocka_run_group_tests_name("examples", tests, NULL, NULL);
}
