// SPDX-License-Identifier: GPL-2.0-only
/* Calls that are counted by kind: what comes of them, who may count, what it takes. */
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include "rules.h"
#include "standard_policy.h"

#define NR_DENIED 100
#define NR_EXITS 101
#define NR_UNKNOWN 102
#define DENIED_RET (-38)

#ifdef __x86_64__
#define ABI HCBPF_ABI_KVM
#else
#define ABI HCBPF_ABI_SMCCC
#endif

static int observe(struct rig *rig, uint32_t flags)
{
	struct hcbpf_observe req = { .size = sizeof(req), .flags = flags };

	return hc_ioctl(hcbpf_vm_fd(rig->hc), HCBPF_VM_OBSERVE, &req);
}

static int read_cpu(struct rig *rig, struct hcbpf_seen *seen, uint32_t *nr, uint32_t *cpu)
{
	struct hcbpf_get_seen req = {
		.size = sizeof(req), .seen = (uintptr_t)seen, .nr = *nr, .cpu = *cpu,
	};
	int err = hc_ioctl(hcbpf_vm_fd(rig->hc), HCBPF_VM_GET_SEEN, &req);

	*nr = req.nr;
	*cpu = req.cpu;
	return err;
}

/* Of this kind, on all CPUs; @nr of ABI AUTO: others. */
static struct hcbpf_seen seen_of(struct rig *rig, uint8_t abi, uint32_t nr, uint32_t sub)
{
	struct hcbpf_seen seen[HCBPF_SEEN_KINDS + 1], sum = { .abi = abi, .nr = nr, .sub = sub };
	uint32_t cpu = 0, n, i, j;

	while (cpu != HCBPF_SEEN_END) {
		n = ARRAY_LEN(seen);
		assert_ok(read_cpu(rig, seen, &n, &cpu));
		for (i = 0; i < n; i++) {
			assert_true(seen[i].count[0] + seen[i].count[1] + seen[i].count[2]);
			if (seen[i].abi != abi || seen[i].nr != nr || seen[i].sub != sub)
				continue;
			for (j = 0; j < 3; j++)
				sum.count[j] += seen[i].count[j];
			for (j = 0; j < HCBPF_SEEN_TIMES; j++)
				sum.times[j] += seen[i].times[j];
		}
	}
	return sum;
}

static uint64_t timed(const struct hcbpf_seen *seen)
{
	uint64_t calls = 0;
	int i;

	for (i = 0; i < HCBPF_SEEN_TIMES; i++)
		calls += seen->times[i];
	return calls;
}

static void expect_seen(const struct hcbpf_seen *seen, uint64_t pass, uint64_t done, uint64_t exits)
{
	assert_int_equal(seen->count[HCBPF_PASS], pass);
	assert_int_equal(seen->count[HCBPF_DONE], done);
	assert_int_equal(seen->count[HCBPF_EXIT], exits);
	assert_int_equal(timed(seen), pass + done + exits);
}

static void call_times(struct rig *rig, uint64_t nr, uint64_t arg, uint64_t count)
{
	const struct kvm_start start = {
		.program = GUEST_CALLS, .abi = PLAIN_ABI, .nr = nr, .args = { arg }, .count = count,
	};

	run_guest(rig->vm, &start);
}

/* ---- what is counted ---- */

static void every_call_is_counted_by_what_became_of_it(void **state)
{
	const struct hcbpf_rule rules[] = {
		deny(ABI, NR_DENIED, ANY, DENIED_RET),
		rule(ABI, NR_EXITS, ANY, HCBPF_RULE_EXIT),
	};
	struct hcbpf_seen seen;
	struct rig rig;

	(void)state;
	rig_up(&rig, &kvm64, NULL);
	assert_ok(SET_RULES(&rig, rules));
	call_times(&rig, NR_DENIED, 0, 3);	/* not observed yet */
	assert_ok(observe(&rig, HCBPF_OBSERVE_ON));
	call_times(&rig, NR_DENIED, 0, 5);
	call_times(&rig, NR_EXITS, 0, 7);
	call_times(&rig, NR_UNKNOWN, 0, 11);	/* the policy is not asked */
	seen = seen_of(&rig, ABI, NR_DENIED, ANY);
	expect_seen(&seen, 0, 5, 0);
	seen = seen_of(&rig, ABI, NR_EXITS, ANY);
	expect_seen(&seen, 0, 0, 7);
	seen = seen_of(&rig, ABI, NR_UNKNOWN, ANY);
	expect_seen(&seen, 11, 0, 0);
	rig_down(&rig);
}

static void xens_calls_are_told_apart_by_sub_operation(void **state)
{
	struct hcbpf_seen seen;
	struct rig rig;

	(void)state;
	rig_up_serving(&rig, &xen64);
	put_port(rig.vm, GUEST_DATA, PORT);
	assert_ok(observe(&rig, HCBPF_OBSERVE_ON));
	xen_call(&rig, XEN_HYPERCALL_EVENT_CHANNEL_OP, XEN_EVTCHNOP_SEND, GUEST_DATA);
	xen_call(&rig, XEN_HYPERCALL_EVENT_CHANNEL_OP, 5, GUEST_DATA);
	seen = seen_of(&rig, HCBPF_ABI_XEN, XEN_HYPERCALL_EVENT_CHANNEL_OP, XEN_EVTCHNOP_SEND);
	expect_seen(&seen, 0, 1, 0);
	seen = seen_of(&rig, HCBPF_ABI_XEN, XEN_HYPERCALL_EVENT_CHANNEL_OP, 5);
	expect_seen(&seen, 1, 0, 0);
	rig_down(&rig);
}

static void stay_on(const cpu_set_t *cpus)
{
	assert_false(sched_setaffinity(0, sizeof(*cpus), cpus));
}

/*
 * What it had called before is still counted: on that CPU, since each has a table of its own,
 * and another's may be full before the first call comes there.
 */
static void a_guest_that_calls_random_numbers_ends_in_other(void **state)
{
	uint64_t nr, counted = 0, others;
	struct hcbpf_seen seen;
	cpu_set_t all, first;
	struct rig rig;

	(void)state;
	assert_false(sched_getaffinity(0, sizeof(all), &all));
	CPU_ZERO(&first);
	CPU_SET(0, &first);
	stay_on(&first);
	rig_up(&rig, &kvm64, NULL);
	assert_ok(observe(&rig, HCBPF_OBSERVE_ON));
	for (nr = 1000; nr < 1000 + 10 * HCBPF_SEEN_KINDS; nr++)
		call_times(&rig, nr, 0, 1);
	call_times(&rig, 1000, 0, 9);
	for (nr = 1000; nr < 1000 + 10 * HCBPF_SEEN_KINDS; nr++) {
		seen = seen_of(&rig, ABI, nr, ANY);
		counted += seen.count[HCBPF_PASS];
	}
	seen = seen_of(&rig, HCBPF_ABI_AUTO, 0, 0);
	others = seen.count[HCBPF_PASS];
	print_message("# %llu of %u\n", (unsigned long long)others, 10 * HCBPF_SEEN_KINDS + 9);
	assert_int_equal(counted + others, 10 * HCBPF_SEEN_KINDS + 9);
	assert_true(others >= 10 * HCBPF_SEEN_KINDS - 2 * HCBPF_SEEN_KINDS * 2);
	seen = seen_of(&rig, ABI, 1000, ANY);
	assert_int_equal(seen.count[HCBPF_PASS], 10);
	rig_down(&rig);
	stay_on(&all);
}

#ifdef __x86_64__	/* numbers of SMCCC's calls have 32 bits */
static void numbers_of_more_than_32_bits_are_others(void **state)
{
	struct hcbpf_seen seen;
	struct rig rig;

	(void)state;
	rig_up(&rig, &kvm64, NULL);
	assert_ok(observe(&rig, HCBPF_OBSERVE_ON));
	call_times(&rig, 1ULL << 32 | 7, 0, 4);
	seen = seen_of(&rig, HCBPF_ABI_AUTO, 0, 0);
	expect_seen(&seen, 4, 0, 0);
	seen = seen_of(&rig, ABI, 7, ANY);
	expect_seen(&seen, 0, 0, 0);
	rig_down(&rig);
}
#endif

/* ---- beginning and ending ---- */

static void it_begins_and_ends_once(void **state)
{
	struct hcbpf_seen seen[HCBPF_SEEN_KINDS + 1], one;
	uint32_t nr = ARRAY_LEN(seen), cpu = 0;
	struct rig rig;

	(void)state;
	rig_up(&rig, &kvm64, NULL);
	assert_return(read_cpu(&rig, seen, &nr, &cpu), -ENOENT);
	assert_return(observe(&rig, 0), -EALREADY);
	assert_return(observe(&rig, 2), -EINVAL);
	assert_ok(observe(&rig, HCBPF_OBSERVE_ON));
	assert_return(observe(&rig, HCBPF_OBSERVE_ON), -EALREADY);
	call_times(&rig, NR_UNKNOWN, 0, 3);
	nr = HCBPF_SEEN_KINDS;
	assert_return(read_cpu(&rig, seen, &nr, &cpu), -EINVAL);
	assert_ok(observe(&rig, 0));
	assert_ok(observe(&rig, HCBPF_OBSERVE_ON));
	one = seen_of(&rig, ABI, NR_UNKNOWN, ANY);
	expect_seen(&one, 0, 0, 0);
	/* A CPU that is none. */
	nr = ARRAY_LEN(seen);
	cpu = 1 << 30;
	assert_ok(read_cpu(&rig, seen, &nr, &cpu));
	assert_true(nr == 0 && cpu == HCBPF_SEEN_END);
	assert_ok(hcbpf_vm_unbind(rig.hc));
	nr = ARRAY_LEN(seen);
	cpu = 0;
	assert_return(read_cpu(&rig, seen, &nr, &cpu), -ENODEV);
	assert_return(observe(&rig, 0), -ENODEV);
	assert_return(observe(&rig, HCBPF_OBSERVE_ON), -ENODEV);
	rig_down(&rig);
}

static void its_memory_is_told(void **state)
{
	uint64_t before, during;
	struct rig rig;

	(void)state;
	rig_up(&rig, &kvm64, NULL);
	before = rig_info(&rig).memory;
	assert_ok(observe(&rig, HCBPF_OBSERVE_ON));
	during = rig_info(&rig).memory;
	assert_true(during >= before + sizeof(struct hcbpf_seen) * HCBPF_SEEN_KINDS);
	assert_ok(observe(&rig, 0));
	assert_int_equal(rig_info(&rig).memory, before);
	rig_down(&rig);
}

/* ---- readers and writers at once ---- */

static void *toggle(void *arg)
{
	struct rig *rig = arg;
	int i;

	for (i = 0; i < 100; i++) {
		observe(rig, 0);
		observe(rig, HCBPF_OBSERVE_ON);
	}
	return NULL;
}

static void it_is_turned_under_calls_and_readers(void **state)
{
	const struct kvm_start start = {
		.program = GUEST_CALLS, .abi = PLAIN_ABI, .nr = NR_UNKNOWN,
		.count = GUEST_FOREVER,
	};
	struct hcbpf_seen seen[HCBPF_SEEN_KINDS + 1];
	uint32_t nr, cpu, reads = 0;
	pthread_t thread;
	struct rig rig;

	(void)state;
	rig_up(&rig, &kvm64, NULL);
	assert_ok(observe(&rig, HCBPF_OBSERVE_ON));
	assert_kvm(kvm_vcpu_start(&rig.vm->vcpus[0], &start));
	assert_kvm(kvm_vcpu_run_thread(&rig.vm->vcpus[0]));
	assert_int_equal(pthread_create(&thread, NULL, toggle, &rig), 0);
	do {
		int err;

		nr = ARRAY_LEN(seen);
		cpu = reads++ % 2;
		err = read_cpu(&rig, seen, &nr, &cpu);
		assert_true(!err || err == -ENOENT);
	} while (pthread_tryjoin_np(thread, NULL));
	print_message("# %u reads\n", reads);
	let_finish(&rig.vm->vcpus[0]);
	rig_down(&rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_call_is_counted_by_what_became_of_it),
		cmocka_unit_test(xens_calls_are_told_apart_by_sub_operation),
		cmocka_unit_test(a_guest_that_calls_random_numbers_ends_in_other),
#ifdef __x86_64__
		cmocka_unit_test(numbers_of_more_than_32_bits_are_others),
#endif
		cmocka_unit_test(it_begins_and_ends_once),
		cmocka_unit_test(its_memory_is_told),
		cmocka_unit_test(it_is_turned_under_calls_and_readers),
	};

	return cmocka_run_group_tests_name("seen", tests, standard_setup, standard_teardown);
}
