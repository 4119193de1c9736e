// SPDX-License-Identifier: GPL-2.0-only
/* Which calls a policy is asked about, and policies that change or misbehave. */
#include <limits.h>
#include <sys/mman.h>
#include "rules.h"

#define NR 0x1000
#define VCPUS 4
#define LONG 2000		/* rounds to linger: longer than the way out of an update */

static const struct hcbpf_bind_opts opts = { .sz = sizeof(opts), .policy = "observe" };

/* A policy that answers all it is asked, and asks for the numbers of @calls only. */
static struct observe_state *load_asking_for(struct policy *policy, uint32_t nr,
					     const uint32_t *calls)
{
	struct observe_state *seen;

	assert_ok(policy_open(policy, "observe.bpf.o"));
	policy_set_calls(policy, nr, calls);
	assert_ok(policy_attach(policy));
	seen = policy_state(policy, sizeof(*seen));
	assert_non_null(seen);
	seen->verdict = HCBPF_DONE;
	return seen;
}

/* ---- the filter ---- */

/*
 * Numbers share bits of the filter, and a policy may be asked about others all
 * the same: of many, most must not arrive, and those listed always.
 */
static void a_policy_is_asked_about_its_calls_only(void **state)
{
	const uint32_t calls[] = { NR, 0x48430000 };
	uint32_t nr, asked = 0, before;
	struct observe_state *seen;
	struct policy policy;
	struct rig rig;

	(void)state;
	seen = load_asking_for(&policy, 2, calls);
	rig_up(&rig, &kvm64, &opts);
	for (nr = NR; nr < NR + 256; nr++) {
		before = seen->calls;
		assert_true(kvm_call(&rig, nr, 0) == (seen->calls > before ? 0 : KVM_ANSWER));
		if (nr == NR)
			assert_int_equal(seen->calls, 1);
	}
	asked = seen->calls;
	print_message("# asked about %u of 256\n", asked);
	assert_in_range(asked, 1, 32);
	assert_int_equal(kvm_call(&rig, 0x48430000, 0), 0);
	assert_int_equal(seen->calls, asked + 1);
	assert_int_equal(rig_stats(&rig).done, asked + 1);
	assert_int_equal(rig_stats(&rig).pass, 256 - asked);
	rig_down(&rig);
	policy_unload(&policy);
}

/* A number that the filter of @calls does not let through. */
static uint32_t unasked(struct rig *rig, struct observe_state *seen)
{
	uint64_t before = seen->calls;
	uint32_t nr = 2 * NR;

	while (kvm_call(rig, nr, 0) != KVM_ANSWER)
		nr++;
	assert_true(seen->calls - before < 16);
	return nr;
}

static void rules_make_the_policy_be_asked(void **state)
{
	const uint32_t calls[] = { NR };
	struct hcbpf_rule rules[1];
	struct observe_state *seen;
	struct policy policy;
	struct rig rig;
	uint64_t before;
	uint32_t nr;

	(void)state;
	seen = load_asking_for(&policy, 1, calls);
	rig_up(&rig, &kvm64, &opts);
	nr = unasked(&rig, seen);
	before = seen->calls;

	rules[0] = rule(PLAIN_ABI, nr, ANY, HCBPF_RULE_PASS);
	assert_ok(SET_RULES(&rig, rules));
	assert_true(kvm_call(&rig, nr, 0) == 0);
	assert_int_equal(seen->calls, before + 1);

	/* A default that passes adds nothing, any other everything. */
	rules[0] = rule(PLAIN_ABI, ANY, ANY, HCBPF_RULE_PASS);
	assert_ok(SET_RULES(&rig, rules));
	assert_true(kvm_call(&rig, nr, 0) == KVM_ANSWER);
	rules[0] = rule(PLAIN_ABI, ANY, ANY, HCBPF_RULE_EXIT);
	assert_ok(SET_RULES(&rig, rules));
	assert_true(kvm_call(&rig, nr, 0) == 0);
	assert_int_equal(seen->calls, before + 2);
	assert_ok(set_rules(&rig, NULL, 0));
	assert_true(kvm_call(&rig, nr, 0) == KVM_ANSWER);
	assert_int_equal(seen->calls, before + 2);
	rig_down(&rig);
	policy_unload(&policy);
}

static void without_a_list_every_call_arrives(void **state)
{
	struct observe_state *seen;
	struct policy policy;
	struct rig rig;
	uint32_t nr;

	(void)state;
	seen = load_asking_for(&policy, 0, NULL);
	rig_up(&rig, &kvm64, &opts);
	for (nr = 0; nr < 256; nr++)
		assert_int_equal(kvm_call(&rig, nr, 0), 0);
	assert_int_equal(seen->calls, 256);
	rig_down(&rig);
	policy_unload(&policy);
}

static void sixteen_calls_are_taken_and_seventeen_refused(void **state)
{
	uint32_t calls[HCBPF_OPS_CALLS], i;
	struct observe_state *seen;
	struct policy policy;
	struct rig rig;

	(void)state;
	for (i = 0; i < HCBPF_OPS_CALLS; i++)
		calls[i] = NR + 77 * i;
	seen = load_asking_for(&policy, HCBPF_OPS_CALLS, calls);
	rig_up(&rig, &kvm64, &opts);
	for (i = 0; i < HCBPF_OPS_CALLS; i++)
		assert_int_equal(kvm_call(&rig, calls[i], 0), 0);
	assert_int_equal(seen->calls, HCBPF_OPS_CALLS);
	rig_down(&rig);
	policy_unload(&policy);

	assert_ok(policy_open(&policy, "observe.bpf.o"));
	policy_rename(&policy, "too-many");
	policy_set_calls(&policy, HCBPF_OPS_CALLS + 1, calls);
	assert_return(policy_attach(&policy), -EINVAL);
	policy_unload(&policy);
}

/* ---- bad verdicts ---- */

static void senseless_verdicts_pass_and_are_counted(void **state)
{
	static const int32_t verdicts[] = { -1, 3, 77, INT_MIN, INT_MAX };
	struct observe_state *seen;
	struct policy policy;
	struct rig rig;
	unsigned int i;

	(void)state;
	seen = load_asking_for(&policy, 0, NULL);
	rig_up(&rig, &kvm64, &opts);
	seen->ret = 0x1234;
	for (i = 0; i < ARRAY_LEN(verdicts); i++) {
		seen->verdict = verdicts[i];
		assert_true(kvm_call(&rig, NR, 0) == KVM_ANSWER);
		assert_int_equal(rig_stats(&rig).bad_verdict, i + 1);
	}
	assert_int_equal(rig_stats(&rig).done | rig_stats(&rig).pass | rig_stats(&rig).exits, 0);
	rig_down(&rig);
	policy_unload(&policy);
}

/* ---- replacement in place ---- */

static void call_without_end(struct rig *rig)
{
	struct kvm_start start = { .program = GUEST_CALLS, .count = GUEST_FOREVER, .nr = NR };
	unsigned int i;

	for (i = 0; i < rig->vm->nr_vcpus; i++) {
		assert_kvm(kvm_vcpu_start(&rig->vm->vcpus[i], &start));
		assert_kvm(kvm_vcpu_run_thread(&rig->vm->vcpus[i]));
	}
}

/* A policy that lingers counts a call long after it has begun. */
static void expect_nobody_inside(const struct observe_state *seen)
{
	uint64_t calls = __atomic_load_n(&seen->calls, __ATOMIC_RELAXED);

	sleep_ms(5);
	assert_int_equal(__atomic_load_n(&seen->calls, __ATOMIC_RELAXED), calls);
}

/*
 * The one policy answers 0, the other 1; without any, KVM answers an error. The
 * guests' counts, the policies' own and the module's agree: every call was
 * answered once, by one of them.
 */
static void a_policy_is_replaced_under_load(void **state)
{
	const struct kvm_vm_conf conf = { .nr_vcpus = VCPUS };
	uint64_t zero = 0, other = 0;
	struct observe_state *seen[2];
	struct policy policy[2];
	struct rig rig;
	int i;

	(void)state;
	seen[0] = load_asking_for(&policy[0], 0, NULL);
	assert_ok(policy_open(&policy[1], "observe.bpf.o"));
	assert_ok(bpf_object__load(policy[1].object));
	seen[1] = policy_state(&policy[1], sizeof(*seen[1]));
	seen[1]->verdict = HCBPF_DONE;
	for (i = 0; i < 2; i++) {
		seen[i]->ret = i;
		seen[i]->quiet = 1;
		seen[i]->linger = LONG;
	}
	rig_up(&rig, &conf, &opts);
	call_without_end(&rig);
	for (i = 1; i <= 100; i++) {
		assert_ok(bpf_link__update_map(policy[0].link, policy[i & 1].map));
		expect_nobody_inside(seen[~i & 1]);
	}
	for (i = 0; i < VCPUS; i++) {
		let_finish(&rig.vm->vcpus[i]);
		zero += kvm_block(&rig.vm->vcpus[i])->zero;
		other += kvm_block(&rig.vm->vcpus[i])->other;
	}
	print_message("# %llu and %llu calls\n", (unsigned long long)zero,
		      (unsigned long long)other);
	assert_true(zero > 100 && other > 100);
	assert_int_equal(zero, seen[0]->calls);
	assert_int_equal(other, seen[1]->calls);
	assert_int_equal(rig_stats(&rig).done, zero + other);
	assert_int_equal(rig_stats(&rig).pass, 0);
	assert_int_equal(rig_stats(&rig).no_policy, 0);
	rig_down(&rig);
	policy_unload(&policy[0]);
	policy_unload(&policy[1]);
}

/* When unloading has returned, the last call is out, and all others pass. */
static void a_policy_is_unloaded_under_load(void **state)
{
	const struct kvm_vm_conf conf = { .nr_vcpus = VCPUS };
	struct observe_state *seen;
	struct policy policy;
	struct rig rig;
	uint64_t missed;
	int i;

	(void)state;
	seen = load_asking_for(&policy, 0, NULL);
	rig_up(&rig, &conf, &opts);
	call_without_end(&rig);
	for (i = 0; i < 10; i++) {
		seen->quiet = 1;
		seen->linger = LONG;
		assert_true(wait_until(seen->calls, 5000));
		missed = rig_stats(&rig).no_policy;
		bpf_link__destroy(policy.link);
		policy.link = NULL;
		expect_nobody_inside(seen);
		assert_true(wait_until(rig_stats(&rig).no_policy > missed, 5000));
		munmap(seen, sizeof(*seen));
		policy_unload(&policy);
		seen = load_asking_for(&policy, 0, NULL);
	}
	for (i = 0; i < VCPUS; i++)
		let_finish(&rig.vm->vcpus[i]);
	rig_down(&rig);
	policy_unload(&policy);
}

/* A replacement's own list of calls counts at once. */
static void a_replacement_brings_its_filter(void **state)
{
	const uint32_t calls[] = { NR };
	struct observe_state *seen, *seen_new;
	struct policy policy, new;
	struct rig rig;
	uint32_t nr;

	(void)state;
	seen = load_asking_for(&policy, 1, calls);
	rig_up(&rig, &kvm64, &opts);
	nr = unasked(&rig, seen);
	assert_ok(policy_open(&new, "observe.bpf.o"));
	policy_set_calls(&new, 1, &nr);
	assert_ok(bpf_object__load(new.object));
	seen_new = policy_state(&new, sizeof(*seen_new));
	seen_new->verdict = HCBPF_DONE;
	assert_ok(bpf_link__update_map(policy.link, new.map));
	assert_int_equal(kvm_call(&rig, nr, 0), 0);
	assert_int_equal(seen_new->calls, 1);
	rig_down(&rig);
	policy_unload(&policy);
	policy_unload(&new);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_policy_is_asked_about_its_calls_only),
		cmocka_unit_test(rules_make_the_policy_be_asked),
		cmocka_unit_test(without_a_list_every_call_arrives),
		cmocka_unit_test(sixteen_calls_are_taken_and_seventeen_refused),
		cmocka_unit_test(senseless_verdicts_pass_and_are_counted),
		cmocka_unit_test(a_policy_is_replaced_under_load),
		cmocka_unit_test(a_policy_is_unloaded_under_load),
		cmocka_unit_test(a_replacement_brings_its_filter),
	};

	return cmocka_run_group_tests_name("policies", tests, NULL, NULL);
}
