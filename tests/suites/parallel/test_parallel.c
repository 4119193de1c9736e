// SPDX-License-Identifier: GPL-2.0-only
/*
 * Calls that are made at the same instant: without changes, while a policy is replaced or
 * unloaded and loaded, while the hook comes and goes, and the module itself.
 */
#include <bpf/libbpf.h>
#include <stdlib.h>
#include <unistd.h>
#include "standard_policy.h"
#include "bound.h"

static uint64_t calls;	/* in all */
static enum hcbpf_hook hook;

static const struct kvm_vm_conf xen = { .nr_vcpus = 2, .high = true, .xen = true };
static const struct kvm_vm_conf kvm = { .nr_vcpus = 2, .high = true };
static const struct kvm_vm_conf user = { .nr_vcpus = 1, .cpl = 3 };

/* ---- no changes ---- */

/* All calls of this kind, of which there were some, got this answer. */
static void expect_answer(const struct bound *bound, enum kind kind, int64_t value)
{
	assert_true(guest_made(&bound->guest, kind));
	assert_return(guest_answers(&bound->guest, kind, value), guest_made(&bound->guest, kind));
}

static void expect_usual_answers(const struct bound *bound)
{
	expect_answer(bound, SEND, 0);
	expect_answer(bound, DOORBELL, 0);
	expect_answer(bound, DENIED, DENIED_RET);
}

static void all_calls_get_their_answers(void **state)
{
	const struct kvm_vm_conf *confs[] = { &xen, &kvm, &user };
	struct bound bound[ARRAY_LEN(confs)];
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(confs); i++) {
		bound_up(&bound[i], confs[i]);
		assert_ok(bound_bind(&bound[i]));
	}
	for (i = 0; i < ARRAY_LEN(confs); i++)
		guest_start(&bound[i].guest, calls / 5, NULL);
	for (i = 0; i < ARRAY_LEN(confs); i++)
		guest_join(&bound[i].guest);
	expect_usual_answers(&bound[0]);
	expect_usual_answers(&bound[1]);
	expect_answer(&bound[1], ENCRYPT, 0);
	expect_answer(&bound[1], NONSENSE, -EINVAL);
	expect_answer(&bound[1], UNKNOWN, PLAIN_ANSWER);
	expect_answer(&bound[2], DENIED, DENIED_RET);
	expect_answer(&bound[2], DOORBELL, -KVM_EPERM);
	for (i = 0; i < ARRAY_LEN(confs); i++) {
		bound_expect_all(&bound[i]);
		bound_down(&bound[i]);
	}
}

/* ---- a policy that is replaced ---- */

/* The first answers 0, the second 1. */
static struct observe_state *open_answering(struct policy *policy, int ret)
{
	struct observe_state *seen;

	assert_ok(policy_open(policy, "observe.bpf.o"));
	assert_ok(bpf_object__load(policy->object));
	seen = policy_state(policy, sizeof(*seen));
	assert_non_null(seen);
	seen->verdict = HCBPF_DONE;
	seen->quiet = 1;
	seen->ret = ret;
	return seen;
}

static void a_replaced_policy_answers_every_call_once(void **state)
{
	LIBHCBPF_OPTS(hcbpf_bind_opts, opts, .policy = "observe");
	const struct kvm_vm_conf conf = { .nr_vcpus = 4, .high = true };
	const struct caller_kind kinds[] = { { .rax = NR_UNKNOWN } };
	struct observe_state *seen[2];
	struct policy policy[2];
	struct hcbpf_vm *hc;
	struct guest guest;
	unsigned int i;

	(void)state;
	for (i = 0; i < 2; i++)
		seen[i] = open_answering(&policy[i], i);
	policy[0].link = bpf_map__attach_struct_ops(policy[0].map);
	assert_non_null(policy[0].link);
	guest_up(&guest, &conf, kinds, 1);
	assert_ok(hcbpf_vm_bind(guest.vm->fd, &opts, &hc));
	guest_start(&guest, calls / 16, NULL);
	for (i = 0; !guest_is_done(&guest) || i < 4; i++) {
		uint64_t quiet;

		assert_ok(bpf_link__update_map(policy[0].link, policy[~i & 1].map));
		/* The one that was replaced is out of use when that returns. */
		quiet = __atomic_load_n(&seen[i & 1]->calls, __ATOMIC_RELAXED);
		usleep(2000);
		assert_int_equal(__atomic_load_n(&seen[i & 1]->calls, __ATOMIC_RELAXED), quiet);
	}
	guest_join(&guest);
	print_message("# replaced %u times\n", i);
	assert_int_equal(guest_answers(&guest, 0, 0), seen[0]->calls);
	assert_int_equal(guest_answers(&guest, 0, 1), seen[1]->calls);
	assert_int_equal(seen[0]->calls + seen[1]->calls, guest_totals(&guest).made);
	hcbpf_vm_close(hc);
	guest_down(&guest);
	policy_unload(&policy[0]);
	policy_unload(&policy[1]);
}

/* ---- policies that come and go ---- */

#define UNLOADS 40
#define LINGER 5000		/* so that calls are inside whenever a policy is unloaded */

/* The policy is out of use when that returns, even by calls that were inside. */
static void unload_and_expect_silence(struct policy *policy, const struct observe_state *seen)
{
	uint64_t quiet;

	assert_ok(bpf_link__destroy(policy->link));
	policy->link = NULL;
	quiet = __atomic_load_n(&seen->calls, __ATOMIC_RELAXED);
	usleep(5000);
	assert_int_equal(__atomic_load_n(&seen->calls, __ATOMIC_RELAXED), quiet);
}

static void attach_and_expect_answers(struct policy *policy, const struct observe_state *seen)
{
	uint64_t before = seen->calls;

	policy->link = bpf_map__attach_struct_ops(policy->map);
	assert_non_null(policy->link);
	assert_true(wait_until(__atomic_load_n(&seen->calls, __ATOMIC_RELAXED) > before, 10000));
}

/* What each has seen it has answered, and KVM has got what came in between. */
static void a_policy_answers_from_its_loading_to_its_unloading(void **state)
{
	LIBHCBPF_OPTS(hcbpf_bind_opts, opts, .policy = "observe");
	const struct kvm_vm_conf conf = { .nr_vcpus = 4, .high = true };
	const struct caller_kind kinds[] = { { .rax = NR_UNKNOWN } };
	struct observe_state *seen[2];
	struct hcbpf_vm_stats stats;
	struct policy policy[2];
	atomic_bool stop = false;
	struct totals totals;
	struct hcbpf_vm *hc;
	struct guest guest;
	unsigned int i;

	(void)state;
	for (i = 0; i < 2; i++) {
		seen[i] = open_answering(&policy[i], i);
		seen[i]->linger = LINGER;
	}
	guest_up(&guest, &conf, kinds, 1);
	policy[0].link = bpf_map__attach_struct_ops(policy[0].map);
	assert_non_null(policy[0].link);
	assert_ok(hcbpf_vm_bind(guest.vm->fd, &opts, &hc));
	guest_start(&guest, UINT64_MAX, &stop);
	for (i = 0; i < UNLOADS; i++) {
		unload_and_expect_silence(&policy[i & 1], seen[i & 1]);
		attach_and_expect_answers(&policy[~i & 1], seen[~i & 1]);
	}
	atomic_store(&stop, true);
	guest_join(&guest);
	totals = guest_totals(&guest);
	assert_ok(hcbpf_vm_stats(hc, &stats));
	print_message("# %llu calls, %llu of them without a policy\n",
		      (unsigned long long)totals.made, (unsigned long long)stats.no_policy);
	assert_int_equal(guest_answers(&guest, 0, 0), seen[0]->calls);
	assert_int_equal(guest_answers(&guest, 0, 1), seen[1]->calls);
	assert_int_equal(stats.done, seen[0]->calls + seen[1]->calls);
	assert_int_equal(totals.passed, stats.no_policy);
	assert_int_equal(totals.made, stats.done + stats.no_policy);
	assert_true(stats.no_policy > 0);
	hcbpf_vm_close(hc);
	guest_down(&guest);
	policy_unload(&policy[0]);
	policy_unload(&policy[1]);
}

/* ---- the hook, the module ---- */

static int unbind(struct bound *bound, struct books *books)
{
	int err = hcbpf_vm_unbind(bound->hc) ?: bound_read(bound, books);

	hcbpf_vm_close(bound->hc);
	bound->hc = NULL;
	return err;
}

/* An exit that is under way keeps the binding before. */
static int bind_again(struct bound *bound)
{
	int err;

	wait_until((err = bound_bind(bound)) != -EEXIST, 10000);
	return err;
}

/* Some calls were served, and all of them are accounted for. */
static void stop_and_expect(struct bound *bound, atomic_bool *stop, const struct books *books)
{
	atomic_store(stop, true);
	guest_join(&bound->guest);
	print_message("# %llu calls\n", (unsigned long long)guest_totals(&bound->guest).made);
	assert_true(books->done && books->exits);
	bound_expect(bound, books);
	bound_down(bound);
}

/* The only VM that is bound: KVM is hooked and unhooked under its calls. */
static void no_call_is_lost_while_the_hook_comes_and_goes(void **state)
{
	atomic_bool stop = false;
	struct books books = { 0 };
	struct bound bound;
	unsigned int i;

	(void)state;
	bound_up(&bound, &xen);
	guest_start(&bound.guest, UINT64_MAX, &stop);
	for (i = 0; i < 10; i++) {
		assert_ok(bind_again(&bound));
		assert_int_equal(hc_info().hook, hook);
		usleep(20000);
		assert_ok(unbind(&bound, &books));
	}
	stop_and_expect(&bound, &stop, &books);
}

static void load_module(void)
{
	assert_int_equal(sh("modprobe hcbpf linger=0"), 0);
	assert_ok(policy_load(&standard, "standard.bpf.o"));
}

static void no_call_is_lost_while_the_module_comes_and_goes(void **state)
{
	atomic_bool stop = false;
	struct books books = { 0 };
	struct bound bound;
	unsigned int i;

	(void)state;
	bound_up(&bound, &kvm);
	guest_start(&bound.guest, UINT64_MAX, &stop);
	for (i = 0; i < 5; i++) {
		policy_unload(&standard);
		hc_device_close();
		assert_true(unload_module());
		load_module();
		assert_ok(bind_again(&bound));
		usleep(20000);
		assert_ok(unbind(&bound, &books));
	}
	stop_and_expect(&bound, &stop, &books);
}

/* usage: test_parallel CALLS [redirect]	how KVM is to be hooked */
int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_calls_get_their_answers),
		cmocka_unit_test(a_replaced_policy_answers_every_call_once),
		cmocka_unit_test(a_policy_answers_from_its_loading_to_its_unloading),
		cmocka_unit_test(no_call_is_lost_while_the_hook_comes_and_goes),
		cmocka_unit_test(no_call_is_lost_while_the_module_comes_and_goes),
	};

	hook = argc > 2 && !strcmp(argv[2], "redirect") ? HCBPF_HOOK_REDIRECT : USUAL_HOOK;
	calls = argc > 1 ? strtoull(argv[1], NULL, 0) / 4 : 0;
	return calls ? cmocka_run_group_tests_name("calls at once", tests, standard_setup,
						   standard_teardown) : 2;
}
