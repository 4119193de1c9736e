// SPDX-License-Identifier: GPL-2.0-only
/* What a policy is told of its VMs, and the parameter that a VM has for it. */
#include <pthread.h>
#include <sys/stat.h>
#include "../../bpf/vms_state.h"
#include "rules.h"

#define NR 0x77

static const struct hcbpf_bind_opts bind_opts = {
	.sz = sizeof(bind_opts), .policy = "vms", .tag = "a-tag", .param = 5,
};

static struct vms_state *load(struct policy *policy)
{
	struct vms_state *state;

	assert_ok(policy_load(policy, "vms.bpf.o"));
	state = policy_state(policy, sizeof(*state));
	assert_non_null(state);
	return state;
}

static const volatile struct vms_seen *seen_of(const struct vms_state *state, uint32_t id)
{
	return &state->vms[id % VMS_SEEN];
}

/* A policy, and a VM that is bound to it. */
struct told {
	struct policy policy;
	struct vms_state *state;
	struct rig rig;
	const volatile struct vms_seen *seen;
};

static void told_up(struct told *t)
{
	t->state = load(&t->policy);
	rig_up(&t->rig, &kvm64, &bind_opts);
	t->seen = seen_of(t->state, hcbpf_vm_id(t->rig.hc));
}

static void told_down(struct told *t)
{
	rig_down(&t->rig);
	policy_unload(&t->policy);
}

/* The kernel tears a VM down in the background. */
static void assert_ends(const volatile struct vms_seen *seen, uint32_t ends)
{
	assert_true(wait_until(seen->ends == ends, 5000));
}

static void a_vm_begins_when_it_is_bound_and_ends_with_its_binding(void **unused)
{
	struct told t;

	(void)unused;
	told_up(&t);
	assert_int_equal(t.seen->begins, 1);
	assert_int_equal(t.seen->event.vm_id, hcbpf_vm_id(t.rig.hc));
	assert_int_equal(t.seen->event.param, 5);
	assert_int_equal(t.seen->event.uid, getuid());
	assert_int_equal(t.seen->event.pid, getpid());
	assert_string_equal((const char *)t.seen->event.tag, "a-tag");
	assert_int_equal(t.seen->ends, 0);
	kvm_call(&t.rig, NR, 0);
	assert_ok(hcbpf_vm_unbind(t.rig.hc));
	assert_int_equal(t.seen->ends, 1);
	rig_down(&t.rig);
	assert_int_equal(t.seen->begins, 1);
	assert_int_equal(t.seen->ends, 1);
	assert_int_equal(t.seen->early, 0);
	policy_unload(&t.policy);
}

static void a_vm_that_dies_ends(void **unused)
{
	struct told t;

	(void)unused;
	told_up(&t);
	kvm_vm_destroy(t.rig.vm);
	assert_ends(t.seen, 1);
	hcbpf_vm_close(t.rig.hc);
	close(t.rig.efd);
	policy_unload(&t.policy);
}

static void a_binding_that_fails_is_no_beginning(void **unused)
{
	uint32_t i, begins = 0, ends = 0;
	struct hcbpf_vm *second;
	struct told t;

	(void)unused;
	told_up(&t);
	assert_int_equal(hcbpf_vm_bind(t.rig.vm->fd, &bind_opts, &second), -EEXIST);
	for (i = 0; i < VMS_SEEN; i++) {
		begins += t.state->vms[i].begins;
		ends += t.state->vms[i].ends;
	}
	assert_int_equal(begins - ends, 1);
	told_down(&t);
}

static void a_program_that_is_loaded_later_gets_the_vms_that_are_bound(void **unused)
{
	const volatile struct vms_seen *seen;
	struct vms_state *state;
	struct policy policy;
	struct rig rig;
	uint32_t id;

	(void)unused;
	load(&policy);
	rig_up(&rig, &kvm64, &bind_opts);
	id = hcbpf_vm_id(rig.hc);
	policy_unload(&policy);
	state = load(&policy);
	seen = seen_of(state, id);
	assert_int_equal(seen->begins, 1);
	assert_int_equal(seen->event.vm_id, id);
	assert_int_equal(seen->ends, 0);
	kvm_call(&rig, NR, 0);
	rig_down(&rig);
	assert_ends(seen, 1);
	assert_int_equal(seen->early, 0);
	policy_unload(&policy);
}

static void a_replacement_gets_the_vms_before_their_calls(void **unused)
{
	const volatile struct vms_seen *old_seen, *new_seen;
	struct vms_state *old_state, *new_state;
	struct policy old, new;
	struct rig rig;
	uint32_t id;

	(void)unused;
	old_state = load(&old);
	assert_ok(policy_open(&new, "vms.bpf.o"));
	assert_ok(bpf_object__load(new.object));
	new_state = policy_state(&new, sizeof(*new_state));
	rig_up(&rig, &kvm64, &bind_opts);
	id = hcbpf_vm_id(rig.hc);
	old_seen = seen_of(old_state, id);
	new_seen = seen_of(new_state, id);
	assert_int_equal(new_seen->begins, 0);
	assert_ok(bpf_link__update_map(old.link, new.map));
	assert_int_equal(new_seen->begins, 1);
	assert_int_equal(old_seen->ends, 0);
	kvm_call(&rig, NR, 0);
	rig_down(&rig);
	assert_ends(new_seen, 1);
	assert_int_equal(old_seen->ends, 0);
	assert_int_equal(new_seen->early, 0);
	policy_unload(&old);
	policy_unload(&new);
}

static void the_parameter_is_what_was_set_last(void **unused)
{
	struct told t;

	(void)unused;
	told_up(&t);
	assert_int_equal(kvm_call(&t.rig, NR, 0), 5);
	assert_int_equal(rig_info(&t.rig).param, 5);
	assert_ok(hcbpf_vm_set_param(t.rig.hc, 0x123456789abcdef0));
	assert_int_equal(kvm_call(&t.rig, NR, 0), 0x123456789abcdef0);
	assert_int_equal(rig_info(&t.rig).param, 0x123456789abcdef0);
	assert_ok(hcbpf_vm_unbind(t.rig.hc));
	assert_int_equal(t.seen->event.param, 5);
	assert_int_equal(t.seen->param, 0x123456789abcdef0);
	assert_int_equal(hcbpf_vm_set_param(t.rig.hc, 1), -ENODEV);
	told_down(&t);
}

static void without_a_parameter_it_is_zero(void **unused)
{
	LIBHCBPF_OPTS(hcbpf_bind_opts, opts, .policy = "vms");
	struct policy policy;
	struct rig rig;

	(void)unused;
	load(&policy);
	rig_up(&rig, &kvm64, &opts);
	assert_int_equal(kvm_call(&rig, NR, 0), 0);
	rig_down(&rig);
	policy_unload(&policy);
}

/* ---- VMs that come and go while the program does ---- */

#define BINDERS 4
#define ROUNDS 25

static volatile bool replacing;

static void *come_and_go(void *unused)
{
	struct hcbpf_vm *hc;
	struct kvm_vm *vm;
	int i;

	(void)unused;
	for (i = 0; i < ROUNDS; i++) {
		assert_kvm(kvm_vm_create(&kvm64, &vm));
		assert_ok(hcbpf_vm_bind(vm->fd, &bind_opts, &hc));
		if (i & 1)
			assert_ok(hcbpf_vm_unbind(hc));
		kvm_vm_destroy(vm);
		hcbpf_vm_close(hc);
	}
	return NULL;
}

static uint32_t still_there(const struct vms_state *state)
{
	uint32_t i, nr = 0;

	for (i = 0; i < VMS_SEEN; i++)
		nr += state->vms[i].begins - state->vms[i].ends;
	return nr;
}

static void *replace(void *policies)
{
	struct policy *policy = policies;
	int i;

	for (i = 0; replacing; i++)
		assert_ok(bpf_link__update_map(policy[0].link, policy[~i & 1].map));
	if (i & 1)
		assert_ok(bpf_link__update_map(policy[0].link, policy[0].map));
	return NULL;
}

/*
 * Whoever has the VMs in the end has each of them once: those that were there before are
 * told of again at each replacement, so only the sum of those that are there is known.
 */
static void no_vm_is_left_when_all_have_gone(void **unused)
{
	pthread_t binder[BINDERS], replacer;
	struct vms_state *state;
	struct policy policy[2];
	int i;

	(void)unused;
	state = load(&policy[0]);
	assert_ok(policy_open(&policy[1], "vms.bpf.o"));
	assert_ok(bpf_object__load(policy[1].object));
	replacing = true;
	assert_int_equal(pthread_create(&replacer, NULL, replace, policy), 0);
	for (i = 0; i < BINDERS; i++)
		assert_int_equal(pthread_create(&binder[i], NULL, come_and_go, NULL), 0);
	for (i = 0; i < BINDERS; i++)
		pthread_join(binder[i], NULL);
	replacing = false;
	pthread_join(replacer, NULL);
	/* What the last of them leaves behind is done in the background. */
	assert_true(wait_until(!hc_info().nr_vms, 5000));
	memset(state, 0, sizeof(*state));
	come_and_go(NULL);
	assert_true(wait_until(!still_there(state), 5000));
	policy_unload(&policy[0]);
	policy_unload(&policy[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_vm_begins_when_it_is_bound_and_ends_with_its_binding),
		cmocka_unit_test(a_vm_that_dies_ends),
		cmocka_unit_test(a_binding_that_fails_is_no_beginning),
		cmocka_unit_test(a_program_that_is_loaded_later_gets_the_vms_that_are_bound),
		cmocka_unit_test(a_replacement_gets_the_vms_before_their_calls),
		cmocka_unit_test(the_parameter_is_what_was_set_last),
		cmocka_unit_test(without_a_parameter_it_is_zero),
		cmocka_unit_test(no_vm_is_left_when_all_have_gone),
	};

	return cmocka_run_group_tests_name("VMs of a policy", tests, NULL, NULL);
}
