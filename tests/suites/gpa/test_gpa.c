// SPDX-License-Identifier: GPL-2.0-only
/* Page attributes: what becomes of a guest's KVM_HC_MAP_GPA_RANGE under each rule. */
#include "gpa.h"
#include "standard_policy.h"

#define BASE 0x180000ULL	/* in the VM's own memory */
#define GFN (BASE / PAGE)

/* ---- the rules ---- */

static void track_records_and_answers(void **state)
{
	struct rig rig;

	(void)state;
	rig_up_under(&rig, &kvm64, HCBPF_RULE_TRACK);
	expect_nothing(fd_of(&rig));
	assert_int_equal(map_gpa(&rig, BASE, 16, ENC), 0);
	expect_only(fd_of(&rig), GFN, 16, HCBPF_GPA_ENCRYPTED);
	assert_int_equal(map_gpa(&rig, BASE + PAGE, 1, DEC), 0);
	EXPECT_MAP(fd_of(&rig), range(0, GFN, 0), range(GFN, 1, 1), range(GFN + 1, 1, 0),
		   range(GFN + 2, 14, 1), range(GFN + 16, FRAMES - GFN - 16, 0));
	assert_int_equal(rig.vm->vcpus[0].exits.hypercall, 0);
	assert_int_equal(rig_stats(&rig).gpa_sets, 2);
	assert_int_equal(rig_stats(&rig).gpa_failures, 0);
	assert_int_equal(rig_stats(&rig).done, 2);
	rig_down(&rig);
}

/* Of how the guest maps the pages, the host needs to know nothing. */
static void the_page_size_is_a_hint(void **state)
{
	struct rig rig;
	uint64_t size;

	(void)state;
	rig_up_under(&rig, &kvm64, HCBPF_RULE_TRACK);
	for (size = 0; size < 3; size++) {
		assert_int_equal(map_gpa(&rig, BASE + size * PAGE, 1, ENC | size), 0);
		expect_only(fd_of(&rig), GFN, size + 1, 1);
	}
	rig_down(&rig);
}

static void track_exit_records_and_then_exits(void **state)
{
	struct kvm_start start = map_gpa_start(BASE, 16, ENC);
	struct kvm_run *run;
	struct rig rig;

	(void)state;
	rig_up_under(&rig, &kvm64, HCBPF_RULE_TRACK_EXIT);
	run = run_to_exit(&rig, &start);
	expect_only(fd_of(&rig), GFN, 16, 1);
	assert_true(run->hypercall.nr == MAP_GPA && run->hypercall.args[0] == BASE &&
		    run->hypercall.args[1] == 16 && run->hypercall.args[2] == ENC);
	run->hypercall.ret = 0;
	assert_int_equal(finish_run(&rig).rax, 0);
	expect_only(fd_of(&rig), GFN, 16, 1);
	assert_int_equal(rig_stats(&rig).exits, 1);
	rig_down(&rig);
}

static void a_vmm_that_refuses_takes_the_record_back(void **state)
{
	struct kvm_start start = map_gpa_start(BASE, 16, ENC);
	struct hcbpf_gpa_range back = range(GFN, 16, 0);
	struct kvm_run *run;
	struct rig rig;

	(void)state;
	rig_up_under(&rig, &kvm64, HCBPF_RULE_TRACK_EXIT);
	run = run_to_exit(&rig, &start);
	assert_ok(gpa_set(fd_of(&rig), &back, 1));
	run->hypercall.ret = -EINVAL;
	assert_true(finish_run(&rig).rax == REFUSED);
	expect_nothing(fd_of(&rig));
	rig_down(&rig);
}

static void exit_deny_pass_and_no_rule_record_nothing(void **state)
{
	struct hcbpf_rule denied[] = { deny(HCBPF_ABI_KVM, MAP_GPA, ANY, -5) };
	struct rig rig;

	(void)state;
	rig_up(&rig, &kvm64, NULL);
	assert_true(map_gpa(&rig, BASE, 16, ENC) == KVM_ANSWER);
	expect_nothing(fd_of(&rig));
	assert_ok(SET_RULES(&rig, denied));
	assert_true(map_gpa(&rig, BASE, 16, ENC) == (uint64_t)-5);
	rig_down(&rig);

	rig_up_under(&rig, &kvm64, HCBPF_RULE_PASS);
	assert_true(map_gpa(&rig, BASE, 16, ENC) == KVM_ANSWER);
	expect_nothing(fd_of(&rig));
	rig_down(&rig);

	rig_up_under(&rig, &kvm64, HCBPF_RULE_EXIT);
	assert_true(map_gpa(&rig, BASE, 16, ENC) == KVM_ANSWER);
	assert_int_equal(rig.vm->vcpus[0].exits.hypercall, 1);
	expect_nothing(fd_of(&rig));
	assert_int_equal(rig_stats(&rig).gpa_sets, 0);
	rig_down(&rig);
}

/* A rule may name a call that says nothing about pages: then `otherwise` decides. */
static void track_of_another_call_is_otherwise(void **state)
{
	struct hcbpf_rule rules[] = { map_gpa_rule(HCBPF_RULE_TRACK) };
	struct rig rig;

	(void)state;
	rules[0].nr = MAP_GPA + 1;
	rig_up(&rig, &kvm64, NULL);
	assert_ok(SET_RULES(&rig, rules));
	assert_true(kvm_call(&rig, MAP_GPA + 1, BASE) == (uint64_t)OTHERWISE);
	rules[0].otherwise = HCBPF_RULE_PASS;
	rules[0].ret = 0;
	assert_ok(set_rules_with(&rig, rules, 1, HCBPF_RULES_FORCE, 0));
	assert_true(kvm_call(&rig, MAP_GPA + 1, BASE) == KVM_ANSWER);
	expect_nothing(fd_of(&rig));
	rig_down(&rig);
}

/* ---- who calls ---- */

static void a_caller_in_user_mode_is_kvms_to_refuse(void **state)
{
	const struct kvm_vm_conf user = { .cpl = 3 };
	struct hcbpf_rule rules[] = { map_gpa_rule(HCBPF_RULE_TRACK) };
	struct rig rig;

	(void)state;
	rules[0].otherwise = HCBPF_RULE_PASS;
	rules[0].ret = 0;
	rig_up(&rig, &user, NULL);
	assert_ok(SET_RULES(&rig, rules));
	assert_true(map_gpa(&rig, BASE, 16, ENC) == KVM_EPERM_RET);
	expect_nothing(fd_of(&rig));
	assert_int_equal(rig_stats(&rig).user_mode, 1);
	rig_down(&rig);
}

static void a_caller_in_user_mode_gets_what_otherwise_denies(void **state)
{
	const struct kvm_vm_conf user = { .cpl = 3 };
	struct rig rig;

	(void)state;
	rig_up_under(&rig, &user, HCBPF_RULE_TRACK);
	assert_true(map_gpa(&rig, BASE, 16, ENC) == (uint64_t)OTHERWISE);
	expect_nothing(fd_of(&rig));
	rig_down(&rig);
}

/* The upper halves of its registers are none of its arguments. */
static void a_32_bit_caller_is_served(void **state)
{
	struct rig rig;

	(void)state;
	rig_up_under(&rig, &kvm32, HCBPF_RULE_TRACK);
	assert_int_equal(map_gpa(&rig, 0x500000000 + BASE, 0x700000010, 0x900000000 | ENC), 0);
	expect_only(fd_of(&rig), GFN, 16, 1);
	assert_true(map_gpa(&rig, BASE + 1, 1, ENC) == (uint32_t)-EINVAL);
	rig_down(&rig);
}

static void one_vms_pages_are_not_anothers(void **state)
{
	struct rig rig, other;

	(void)state;
	rig_up_under(&rig, &kvm64, HCBPF_RULE_TRACK);
	rig_up_under(&other, &kvm64, HCBPF_RULE_TRACK);
	assert_int_equal(map_gpa(&rig, BASE, 16, ENC), 0);
	expect_nothing(fd_of(&other));
	assert_int_equal(map_gpa(&other, 2 * BASE, 5, ENC), 0);
	expect_only(fd_of(&rig), GFN, 16, 1);
	expect_only(fd_of(&other), 2 * GFN, 5, 1);
	rig_down(&other);
	expect_only(fd_of(&rig), GFN, 16, 1);
	rig_down(&rig);
}

/* ---- hostile arguments ---- */

#define SLOT_A (64 * MIB)		/* 1 MiB, and another behind it */
#define SLOT_B (SLOT_A + MIB)
#define SLOT_C (SLOT_B + 2 * MIB)	/* behind a hole of 1 MiB */

static void add_slots(struct kvm_vm *vm)
{
	add_slot(vm, 1, SLOT_A, MIB);
	add_slot(vm, 2, SLOT_B, MIB);
	add_slot(vm, 3, SLOT_C, MIB);
}

static const struct guest_flip nonsense[] = {
	{ BASE + 1, 1, ENC },
	{ BASE + 0xfff, 1, ENC },
	{ 1ULL << 63 | 1, 1, ENC },
	{ BASE, 0, ENC },
	{ BASE, ~0ULL, ENC },
	{ BASE, 1ULL << 63, ENC },
	{ BASE, 1ULL << 52, ENC },
	{ BASE, FRAMES, ENC },		/* ends above */
	{ 0, FRAMES + 1, ENC },
	{ 1ULL << 52, 1, ENC },
	{ (1ULL << 52) - PAGE, 2, ENC },
	{ ~0xfffULL, 1, ENC },
	{ ~0xfffULL, 2, ENC },		/* wraps to 0 */
	{ BASE, 1, ENC | 1 << 5 },
	{ BASE, 1, ENC | 3 },		/* no such page size */
	{ BASE, 1, ENC | 15 },
	{ BASE, 1, 1ULL << 63 },
	{ BASE, 1, ~0ULL },
	/* not in a memory slot, or not all of it */
	{ (1ULL << 52) - PAGE, 1, ENC },
	{ 1 * GIB, 1, ENC },
	{ GUEST_MEM_DEFAULT, 1, ENC },
	{ GUEST_MEM_DEFAULT - PAGE, 2, ENC },
	{ SLOT_A - PAGE, 2, ENC },
	{ SLOT_B, 257, ENC },
	{ SLOT_A, (SLOT_C - SLOT_A) / PAGE + 1, ENC },
	{ SLOT_C - PAGE, 2, ENC },
	{ 0, FRAMES, ENC },
};

static void expect_nonsense_refused(struct rig *rig)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(nonsense); i++) {
		uint64_t ret = map_gpa(rig, nonsense[i].gpa, nonsense[i].npages,
				       nonsense[i].attrs);

		if (ret != REFUSED)
			fail_msg("call %zu: %lld", i, (long long)ret);
	}
}

static void nonsense_is_refused_and_changes_nothing(void **state)
{
	struct rig rig;

	(void)state;
	rig_up_under(&rig, &kvm64, HCBPF_RULE_TRACK);
	add_slots(rig.vm);
	expect_nonsense_refused(&rig);
	expect_nothing(fd_of(&rig));
	assert_int_equal(generation_of(fd_of(&rig)), 1);
	assert_int_equal(rig_stats(&rig).gpa_sets, 0);
	assert_int_equal(rig_stats(&rig).gpa_failures, ARRAY_LEN(nonsense));
	rig_down(&rig);
}

static void a_range_may_reach_over_slots_that_touch(void **state)
{
	struct rig rig;

	(void)state;
	rig_up_under(&rig, &kvm64, HCBPF_RULE_TRACK);
	add_slots(rig.vm);
	assert_int_equal(map_gpa(&rig, SLOT_A, 512, ENC), 0);
	expect_only(fd_of(&rig), SLOT_A / PAGE, 512, 1);
	rig_down(&rig);
}

/* A VMM can make tens of thousands, and a guest name them all in one call. */
static void a_range_may_reach_over_128_slots(void **state)
{
	struct rig rig;
	unsigned int i;

	(void)state;
	rig_up_under(&rig, &kvm64, HCBPF_RULE_TRACK);
	for (i = 0; i < 129; i++)
		add_slot(rig.vm, 1 + i, SLOT_A + i * PAGE, PAGE);
	assert_true(map_gpa(&rig, SLOT_A, 129, ENC) == (uint64_t)OTHERWISE);
	expect_nothing(fd_of(&rig));
	assert_int_equal(rig_stats(&rig).gpa_failures, 1);
	assert_int_equal(map_gpa(&rig, SLOT_A, 128, ENC), 0);
	expect_only(fd_of(&rig), SLOT_A / PAGE, 128, 1);
	rig_down(&rig);
}

static void a_slot_that_is_gone_is_no_memory(void **state)
{
	struct kvm_userspace_memory_region gone = { .slot = 1, .guest_phys_addr = SLOT_A };
	struct rig rig;

	(void)state;
	rig_up_under(&rig, &kvm64, HCBPF_RULE_TRACK);
	add_slot(rig.vm, 1, SLOT_A, MIB);
	assert_int_equal(map_gpa(&rig, SLOT_A, 256, ENC), 0);
	assert_return(hc_ioctl(rig.vm->fd, KVM_SET_USER_MEMORY_REGION, &gone), 0);
	assert_true(map_gpa(&rig, SLOT_A, 1, DEC) == REFUSED);
	expect_only(fd_of(&rig), SLOT_A / PAGE, 256, 1);
	rig_down(&rig);
}

/* ---- KVM_CAP_EXIT_HYPERCALL ---- */

static void ask_kvm_for_exits(struct kvm_vm *vm)
{
	struct kvm_enable_cap cap = {
		.cap = KVM_CAP_EXIT_HYPERCALL, .args = { 1 << MAP_GPA },
	};

	assert_return(hc_ioctl(vm->fd, KVM_ENABLE_CAP, &cap), 0);
}

static void expect_kvms_exit(uint8_t action, bool recorded)
{
	struct kvm_start start = map_gpa_start(BASE, 16, ENC);
	struct kvm_run *run;
	struct rig rig;

	if (action)
		rig_up_under(&rig, &kvm64, action);
	else
		rig_up(&rig, &kvm64, NULL);
	ask_kvm_for_exits(rig.vm);
	run = run_to_exit(&rig, &start);
	assert_true(run->hypercall.nr == MAP_GPA && run->hypercall.args[0] == BASE &&
		    run->hypercall.args[1] == 16 && run->hypercall.args[2] == ENC);
	/* KVM's own: ours would have the ABI in its flags, and be counted. */
	assert_true(exit_flags(run) == EXIT_FLAGS_64);
	assert_int_equal(rig_info(&rig).pending_exits | rig_stats(&rig).exits, 0);
	if (recorded)
		expect_only(fd_of(&rig), GFN, 16, 1);
	else
		expect_nothing(fd_of(&rig));
	run->hypercall.ret = 3;
	assert_int_equal(finish_run(&rig).rax, 3);
	rig_down(&rig);
}

static void exits_that_kvm_was_asked_for_still_come(void **state)
{
	(void)state;
	expect_kvms_exit(0, false);
	expect_kvms_exit(HCBPF_RULE_PASS, false);
	expect_kvms_exit(HCBPF_RULE_TRACK, true);
	expect_kvms_exit(HCBPF_RULE_TRACK_EXIT, true);
}

/*
 * KVM would let much of this through to the VMM, whose answer the guest would take for
 * what became of its pages: memory in no slot, attributes that nobody knows.
 */
static void a_vmm_is_not_asked_about_what_the_map_refuses(void **state)
{
	static const uint8_t actions[] = { HCBPF_RULE_TRACK, HCBPF_RULE_TRACK_EXIT };
	struct rig rig;
	size_t j;

	(void)state;
	for (j = 0; j < ARRAY_LEN(actions); j++) {
		rig_up_under(&rig, &kvm64, actions[j]);
		add_slots(rig.vm);
		ask_kvm_for_exits(rig.vm);
		expect_nonsense_refused(&rig);
		assert_int_equal(rig.vm->vcpus[0].exits.hypercall, 0);
		expect_nothing(fd_of(&rig));
		assert_int_equal(rig_stats(&rig).gpa_failures, ARRAY_LEN(nonsense));
		rig_down(&rig);
	}
}

/* ---- a tebibyte ---- */

#define LOW (16 * MIB)		/* the slot of the rest begins here */

/* As much as the CPU's physical addresses let KVM take, up to 1 TiB. */
static uint64_t add_tebibyte(struct kvm_vm *vm)
{
	add_slot(vm, 1, LOW, TIB - LOW);
	return (TIB - LOW) / PAGE;
}

static void a_tebibyte_is_flipped_in_one_call(void **state)
{
	struct rig rig;
	uint64_t npages;

	(void)state;
	rig_up_under(&rig, &kvm64, HCBPF_RULE_TRACK);
	npages = add_tebibyte(rig.vm);
	assert_int_equal(map_gpa(&rig, LOW, npages, ENC), 0);
	expect_only(fd_of(&rig), LOW / PAGE, npages, 1);
	assert_true(map_gpa(&rig, LOW, npages + 1, DEC) == REFUSED);
	assert_int_equal(map_gpa(&rig, LOW, npages, DEC), 0);
	expect_nothing(fd_of(&rig));
	rig_down(&rig);
}

static void eight_shared_ranges_take_at_most_4_kib(void **state)
{
	struct rig rig;
	uint64_t i, npages;

	(void)state;
	rig_up_under(&rig, &kvm64, HCBPF_RULE_TRACK);
	npages = add_tebibyte(rig.vm);
	assert_int_equal(map_gpa(&rig, LOW, npages, ENC), 0);
	for (i = 0; i < 8; i++)
		assert_int_equal(map_gpa(&rig, i * 100 * GIB + 3 * GIB + i * PAGE, 16384 + i,
					 DEC), 0);
	assert_true(wait_until(rig_info(&rig).gpa_memory <= 4096, 1000));
	print_message("# %llu bytes\n", (unsigned long long)rig_info(&rig).gpa_memory);
	rig_down(&rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(track_records_and_answers),
		cmocka_unit_test(the_page_size_is_a_hint),
		cmocka_unit_test(track_exit_records_and_then_exits),
		cmocka_unit_test(a_vmm_that_refuses_takes_the_record_back),
		cmocka_unit_test(exit_deny_pass_and_no_rule_record_nothing),
		cmocka_unit_test(track_of_another_call_is_otherwise),
		cmocka_unit_test(a_caller_in_user_mode_is_kvms_to_refuse),
		cmocka_unit_test(a_caller_in_user_mode_gets_what_otherwise_denies),
		cmocka_unit_test(a_32_bit_caller_is_served),
		cmocka_unit_test(one_vms_pages_are_not_anothers),
		cmocka_unit_test(nonsense_is_refused_and_changes_nothing),
		cmocka_unit_test(a_range_may_reach_over_slots_that_touch),
		cmocka_unit_test(a_range_may_reach_over_128_slots),
		cmocka_unit_test(a_slot_that_is_gone_is_no_memory),
		cmocka_unit_test(exits_that_kvm_was_asked_for_still_come),
		cmocka_unit_test(a_vmm_is_not_asked_about_what_the_map_refuses),
		cmocka_unit_test(a_tebibyte_is_flipped_in_one_call),
		cmocka_unit_test(eight_shared_ranges_take_at_most_4_kib),
	};

	return cmocka_run_group_tests_name("page attributes", tests, standard_setup,
					   standard_teardown);
}
