// SPDX-License-Identifier: GPL-2.0-only
/* Arguments in registered buffers, at physical and at virtual addresses, of real guests. */
#include <linux/kvm_para.h>
#include "../../bpf/copy.h"
#include "buffers.h"
#include "copying.h"
#include "standard_policy.h"

static const struct kvm_vm_conf *const both[] = { &xen64, &xen32 };

/* ---- the three flavours ---- */

static void a_registered_argument_is_found_without_the_page_tables(void **state)
{
	struct rig rig;
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(both); i++) {
		buffers_up(&rig, both[i]);
		expect_unsent(&rig, NOWHERE, MISSED);
		assert_return(insert(&rig, NOWHERE, GUEST_DATA, PAGE, 0), 0);
		expect_sent(&rig, NOWHERE);
		put_port(rig.vm, GUEST_DATA + PAGE - 4, PORT);
		expect_sent(&rig, NOWHERE + PAGE - 4);
		assert_int_equal(rig_stats(&rig).buffer_hits, 2);
		assert_int_equal(rig_stats(&rig).buffer_misses, 0);
		assert_int_equal(rig_stats(&rig).walks, 1);
		rig_down(&rig);
	}
}

static void a_physical_argument_needs_no_page_tables(void **state)
{
	struct rig rig;
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(both); i++) {
		buffers_up(&rig, both[i]);
		assert_kvm(kvm_vm_unmap(rig.vm, GUEST_DATA));
		assert_return(send_physical(&rig, GUEST_DATA), 0);
		assert_int_equal(efd_take(rig.efd), 1);
		put_port(rig.vm, GUEST_DATA + PAGE - 2, PORT);
		assert_return(send_physical(&rig, GUEST_DATA + PAGE - 2), 0);
		assert_int_equal(efd_take(rig.efd), 1);
		assert_int_equal(rig_stats(&rig).walks, 0);
		assert_int_equal(rig_stats(&rig).buffer_hits, 0);
		rig_down(&rig);
	}
}

static void a_virtual_argument_is_walked(void **state)
{
	struct rig rig;

	(void)state;
	buffers_up(&rig, &xen64);
	expect_sent(&rig, GUEST_DATA);
	assert_int_equal(rig_stats(&rig).walks, 1);
	assert_int_equal(rig_stats(&rig).buffer_misses, 0);
	assert_return(insert(&rig, NOWHERE, GUEST_DATA, PAGE, 0), 0);
	expect_sent(&rig, GUEST_DATA);
	assert_int_equal(rig_stats(&rig).walks, 2);
	assert_int_equal(rig_stats(&rig).buffer_misses, 1);
	rig_down(&rig);
}

static void a_physical_address_without_memory_is_a_fault(void **state)
{
	static const uint64_t addresses[] = {
		NOWHERE, GUEST_MEM_DEFAULT, GUEST_MEM_DEFAULT - 2, ~0ULL, ~0ULL - 3, 1ULL << 63,
	};
	struct rig rig;
	unsigned int i;

	(void)state;
	buffers_up(&rig, &xen64);
	put_port(rig.vm, GUEST_MEM_DEFAULT - 4, PORT);	/* resident, up to the end */
	for (i = 0; i < ARRAY_LEN(addresses); i++) {
		assert_return(send_physical(&rig, addresses[i]), -EFAULT);
		assert_int_equal(efd_take(rig.efd), 0);
	}
	assert_int_equal(rig_stats(&rig).faults, ARRAY_LEN(addresses));
	rig_down(&rig);
}

/* ---- who sees what ---- */

static void a_buffer_is_one_vcpus_or_all_vcpus(void **state)
{
	const struct kvm_vm_conf two = { .xen = true, .nr_vcpus = 2 };
	struct rig rig;

	(void)state;
	buffers_up(&rig, &two);
	assert_return(insert(&rig, NOWHERE, GUEST_DATA, 64, 0), 0);
	assert_return(insert(&rig, NOWHERE + PAGE, GUEST_DATA, 64, HCBPF_BUFFER_ALL), 0);
	assert_return(send_on(&rig, 0, NOWHERE), 0);
	assert_return(send_on(&rig, 0, NOWHERE + PAGE), 0);
	assert_return(send_on(&rig, 1, NOWHERE + PAGE), 0);
	assert_int_equal(efd_take(rig.efd), 3);
	assert_return(send_on(&rig, 1, NOWHERE), MISSED);
	assert_int_equal(efd_take(rig.efd), 0);
	/* The same address may be another vCPU's buffer. */
	assert_return(call_on(&rig, 1, HCBPF_HC_BUFFER_INSERT, NOWHERE, GUEST_DATA, 64, 0), 0);
	assert_return(send_on(&rig, 1, NOWHERE), 0);
	rig_down(&rig);
}

static void one_giant_buffer_does_for_a_direct_map(void **state)
{
	const uint64_t direct_map = 0xffff888000000000;
	struct rig rig;

	(void)state;
	buffers_up(&rig, &xen64);
	assert_return(insert(&rig, direct_map, 0, GUEST_MEM_DEFAULT, HCBPF_BUFFER_ALL), 0);
	expect_sent(&rig, direct_map + GUEST_DATA);
	put_port(rig.vm, GUEST_DATA + PAGE - 1, PORT);
	expect_sent(&rig, direct_map + GUEST_DATA + PAGE - 1);
	rig_down(&rig);
}

static void an_argument_may_lie_in_buffers_that_follow_one_another(void **state)
{
	struct rig rig;

	(void)state;
	buffers_up(&rig, &xen64);
	assert_return(insert(&rig, NOWHERE, GUEST_DATA + 5 * PAGE, 6, 0), 0);
	assert_return(insert(&rig, NOWHERE + 6, GUEST_DATA + 9 * PAGE, 6, HCBPF_BUFFER_ALL), 0);
	*(uint16_t *)kvm_at(rig.vm, GUEST_DATA + 5 * PAGE + 4) = PORT;
	*(uint16_t *)kvm_at(rig.vm, GUEST_DATA + 9 * PAGE) = 0;
	expect_sent(&rig, NOWHERE + 4);
	rig_down(&rig);
}

static void an_argument_across_a_buffers_end_is_a_fault(void **state)
{
	struct rig rig;

	(void)state;
	buffers_up(&rig, &xen64);
	/* Mapped and resident all around: only the table speaks against it. */
	assert_return(insert(&rig, GUEST_DATA, GUEST_DATA, 6, 0), 0);
	expect_sent(&rig, GUEST_DATA);
	expect_unsent(&rig, GUEST_DATA + 4, -EFAULT);
	expect_unsent(&rig, GUEST_DATA - 2, -EFAULT);
	assert_int_equal(rig_stats(&rig).faults, 2);
	assert_int_equal(rig_stats(&rig).walks, 0);
	rig_down(&rig);
}

/* ---- purging ---- */

static void a_purged_buffer_is_gone(void **state)
{
	struct rig rig;

	(void)state;
	buffers_up(&rig, &xen64);
	assert_return(insert(&rig, NOWHERE, GUEST_DATA, 64, 0), 0);
	assert_return(insert(&rig, NOWHERE + 64, GUEST_DATA, 64, HCBPF_BUFFER_ALL), 0);
	assert_return(purge(&rig, NOWHERE + 1, 0), -ENOENT);
	assert_return(purge(&rig, NOWHERE + 64, 0), -ENOENT);
	assert_return(purge(&rig, NOWHERE, HCBPF_BUFFER_ALL), -ENOENT);
	assert_return(purge(&rig, NOWHERE, 0), 0);
	assert_return(purge(&rig, NOWHERE, 0), -ENOENT);
	expect_unsent(&rig, NOWHERE, MISSED);
	expect_sent(&rig, NOWHERE + 64);
	assert_return(purge(&rig, NOWHERE + 64, HCBPF_BUFFER_ALL), 0);
	expect_unsent(&rig, NOWHERE + 64, MISSED);
	assert_int_equal(count_buffers(&rig), 0);
	rig_down(&rig);
}

static void every_buffer_of_a_table_can_be_purged_at_once(void **state)
{
	struct rig rig;
	unsigned int i;

	(void)state;
	buffers_up(&rig, &xen64);
	assert_return(purge(&rig, 0, HCBPF_BUFFER_EVERY), 0);
	for (i = 0; i < 10; i++) {
		assert_return(insert(&rig, NOWHERE + i * PAGE, GUEST_DATA, 64, 0), 0);
		assert_return(insert(&rig, 2 * NOWHERE + i * PAGE, GUEST_DATA, 64,
				     HCBPF_BUFFER_ALL), 0);
	}
	assert_return(purge(&rig, 0, HCBPF_BUFFER_EVERY), 0);
	assert_int_equal(count_buffers(&rig), 10);
	assert_return(purge(&rig, 0, HCBPF_BUFFER_EVERY | HCBPF_BUFFER_ALL), 0);
	assert_int_equal(count_buffers(&rig), 0);
	rig_down(&rig);
}

/* ---- what is refused ---- */

static void registrations_that_make_no_sense_are_refused(void **state)
{
	static const struct {
		uint64_t va, gpa, size, flags;
		int answer;
	} cases[] = {
		{ NOWHERE, GUEST_DATA, 0, 0, -EINVAL },			/* empty */
		{ ~0ULL - 10, GUEST_DATA, 12, 0, -EINVAL },		/* wraps */
		{ NOWHERE, ~0ULL - 10, 12, 0, -EINVAL },
		{ NOWHERE, GUEST_DATA, ~0ULL, 0, -EINVAL },
		{ NOWHERE, GUEST_DATA, 64, 2, -EINVAL },		/* unknown flags */
		{ NOWHERE, GUEST_DATA, 64, 0x100, -EINVAL },
		{ NOWHERE, GUEST_DATA, 64, 1ULL << 63, -EINVAL },
		{ NOWHERE, GUEST_MEM_DEFAULT, 1, 0, -EFAULT },		/* no memory */
		{ NOWHERE, GUEST_MEM_DEFAULT - 64, 65, 0, -EFAULT },
		{ NOWHERE, NOWHERE, 64, 0, -EFAULT },
		{ NOWHERE, 1ULL << 60, 64, 0, -EFAULT },
		{ NOWHERE, 0, 1ULL << 63, 0, -EFAULT },
		{ 0x2000, GUEST_DATA, 0x1000, 0, -EEXIST },		/* overlap */
		{ 0x2fff, GUEST_DATA, 1, 0, -EEXIST },
		{ 0x1fff, GUEST_DATA, 2, 0, -EEXIST },
		{ 0x1000, GUEST_DATA, 0x3000, 0, -EEXIST },
		{ 0x2800, GUEST_DATA, 4, HCBPF_BUFFER_ALL, -EEXIST },
		{ 0x4800, GUEST_DATA, 4, HCBPF_BUFFER_ALL, -EEXIST },
		{ 0x4800, GUEST_DATA, 4, 0, -EEXIST },
	};
	struct rig rig;
	unsigned int i;

	(void)state;
	buffers_up(&rig, &xen64);
	assert_return(insert(&rig, 0x2000, GUEST_DATA, 0x1000, 0), 0);
	assert_return(insert(&rig, 0x4000, GUEST_DATA, 0x1000, HCBPF_BUFFER_ALL), 0);
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		int64_t answer = insert(&rig, cases[i].va, cases[i].gpa, cases[i].size,
					cases[i].flags);

		if (answer != cases[i].answer)
			fail_msg("case %u: %lld", i, (long long)answer);
	}
	assert_int_equal(count_buffers(&rig), 2);
	rig_down(&rig);
}

static void a_buffer_for_all_must_not_overlap_another_vcpus(void **state)
{
	const struct kvm_vm_conf many = { .xen = true, .nr_vcpus = 5 };
	struct rig rig;

	(void)state;
	buffers_up(&rig, &many);
	assert_return(call_on(&rig, 4, HCBPF_HC_BUFFER_INSERT, NOWHERE, GUEST_DATA, 64, 0), 0);
	assert_return(insert(&rig, NOWHERE + 60, GUEST_DATA, 64, HCBPF_BUFFER_ALL), -EEXIST);
	assert_return(insert(&rig, NOWHERE + 60, GUEST_DATA, 64, 0), 0);
	rig_down(&rig);
}

static void purges_that_make_no_sense_are_refused(void **state)
{
	struct rig rig;

	(void)state;
	buffers_up(&rig, &xen64);
	assert_return(insert(&rig, NOWHERE, GUEST_DATA, 64, 0), 0);
	assert_return(purge(&rig, NOWHERE, 4), -EINVAL);
	assert_return(purge(&rig, NOWHERE, HCBPF_BUFFER_EVERY), -EINVAL);
	assert_return(call_on(&rig, 0, HCBPF_HC_BUFFER_PURGE, NOWHERE, 1, 0, 0), -EINVAL);
	assert_return(call_on(&rig, 0, HCBPF_HC_BUFFER_PURGE, NOWHERE, 0, 1, 0), -EINVAL);
	assert_int_equal(count_buffers(&rig), 1);
	rig_down(&rig);
}

static void the_limit_is_for_each_table(void **state)
{
	struct rig rig;
	unsigned int i;

	(void)state;
	buffers_up(&rig, &xen64);
	assert_ok(hcbpf_vm_set_buffer_limit(rig.hc, 3));
	for (i = 0; i < 3; i++) {
		assert_return(insert(&rig, NOWHERE + i * PAGE, GUEST_DATA, 64, 0), 0);
		assert_return(insert(&rig, NOWHERE + i * PAGE + 64, GUEST_DATA, 64,
				     HCBPF_BUFFER_ALL), 0);
	}
	assert_return(insert(&rig, NOWHERE + i * PAGE, GUEST_DATA, 64, 0), -ENOSPC);
	assert_return(insert(&rig, NOWHERE + i * PAGE, GUEST_DATA, 64, HCBPF_BUFFER_ALL), -ENOSPC);
	assert_return(purge(&rig, NOWHERE, 0), 0);
	assert_return(insert(&rig, NOWHERE + i * PAGE, GUEST_DATA, 64, 0), 0);
	/* A lower limit takes nothing away. */
	assert_ok(hcbpf_vm_set_buffer_limit(rig.hc, 0));
	assert_int_equal(count_buffers(&rig), 6);
	expect_sent(&rig, NOWHERE + PAGE);
	assert_return(insert(&rig, 2 * NOWHERE, GUEST_DATA, 64, 0), -ENOSPC);
	assert_int_equal(hc_vm_info(hcbpf_vm_fd(rig.hc)).buffer_limit, 0);
	rig_down(&rig);
}

static void a_32_bit_guest_has_32_bits_and_can_name_high_memory(void **state)
{
	const uint64_t high = 0x12ULL << 32;
	uint32_t *mem = new_memory(PAGE);
	struct rig rig;

	(void)state;
	buffers_up(&rig, &xen32);
	set_slot(rig.vm, high, mem, PAGE, 0);
	mem[1] = PORT;
	assert_return(insert(&rig, 0xfffff000, GUEST_DATA, 0x1001, 0), -EINVAL);
	assert_return(insert(&rig, 0xfffff000, GUEST_DATA, 0x1000, 0), 0);
	assert_return(insert(&rig, NOWHERE, 0, PAGE, 0x13 << HCBPF_BUFFER_HIGH_SHIFT), -EFAULT);
	assert_return(insert(&rig, NOWHERE, 0, PAGE, 0x12 << HCBPF_BUFFER_HIGH_SHIFT), 0);
	expect_sent(&rig, NOWHERE + 4);
	expect_sent(&rig, 0xfffff000);
	rig_down(&rig);
	munmap(mem, PAGE);
}

/* ---- it is the operator's choice ---- */

static void without_a_rule_there_is_nothing_of_this(void **state)
{
	uint64_t nr;
	struct rig rig;

	(void)state;
	rig_up_serving(&rig, &xen64);
	put_port(rig.vm, GUEST_DATA, PORT);
	for (nr = HCBPF_HC_FEATURES; nr <= HCBPF_HC_BUFFER_PURGE; nr++)
		assert_return(call_on(&rig, 0, nr, NOWHERE, GUEST_DATA, 64, 0), UNSERVED);
	assert_return(send_physical(&rig, GUEST_DATA), UNSERVED);
	assert_int_equal(efd_take(rig.efd), 0);
	assert_int_equal(count_buffers(&rig), 0);
	rig_down(&rig);
	rig_up_serving(&rig, &kvm64);
	assert_return(call_on(&rig, 0, HCBPF_HC_FEATURES, 0, 0, 0, 0), (int64_t)PLAIN_ANSWER);
	rig_down(&rig);
}

static void the_features_are_what_the_rules_allow(void **state)
{
	const struct hcbpf_rule query = xen_rule(HCBPF_HC_FEATURES, ANY, HCBPF_RULE_BUFFER);
	struct rig rig;

	(void)state;
	buffers_up(&rig, &xen64);
	assert_ok(hcbpf_vm_set_buffer_limit(rig.hc, 17));
	assert_return(call_on(&rig, 0, HCBPF_HC_FEATURES, 0, 0, 0, 0),
		      HCBPF_FEATURE_REGISTERED | HCBPF_FEATURE_PHYSICAL | HCBPF_FEATURE_VIRTUAL |
		      17 << HCBPF_FEATURE_LIMIT_SHIFT);
	assert_ok(hcbpf_rules_set(rig.hc, &query, 1, NULL));
	assert_return(call_on(&rig, 0, HCBPF_HC_FEATURES, 0, 0, 0, 0), HCBPF_FEATURE_VIRTUAL);
	assert_return(insert(&rig, NOWHERE, GUEST_DATA, 64, 0), UNSERVED);
	rig_down(&rig);
	buffers_up_with(&rig, &xen64, HCBPF_BIND_ENCRYPTED);
	assert_false(call_on(&rig, 0, HCBPF_HC_FEATURES, 0, 0, 0, 0) & HCBPF_FEATURE_VIRTUAL);
	rig_down(&rig);
}

static void the_rule_is_for_these_calls_only(void **state)
{
	const struct hcbpf_rule other = xen_rule(77, ANY, HCBPF_RULE_BUFFER);
	struct hcbpf_rule otherwise = xen_rule(HCBPF_HC_BUFFER_INSERT, ANY, HCBPF_RULE_BUFFER);
	struct rig rig;

	(void)state;
	rig_up_serving(&rig, &xen64);
	assert_return(hcbpf_rules_set(rig.hc, &other, 1, NULL), -EINVAL);
	otherwise.otherwise = HCBPF_RULE_PASS;
	assert_return(hcbpf_rules_set(rig.hc, &otherwise, 1, NULL), -EINVAL);
	rig_down(&rig);
}

#ifdef __x86_64__	/* guests at CPL 3 */
static void guest_user_mode_registers_nothing(void **state)
{
	const struct kvm_vm_conf user = { .cpl = 3, .xen = true };
	struct rig rig;

	(void)state;
	buffers_up(&rig, &user);
	assert_return(insert(&rig, NOWHERE, GUEST_DATA, 64, 0), UNSERVED);
	assert_int_equal(count_buffers(&rig), 0);
	rig_down(&rig);
}
#endif

/* ---- encrypted memory ---- */

static void an_encrypted_guest_can_call_but_a_miss_fails(void **state)
{
	struct rig rig;
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(both); i++) {
		buffers_up_with(&rig, both[i], HCBPF_BIND_ENCRYPTED);
		assert_true(hc_vm_info(hcbpf_vm_fd(rig.hc)).state & HCBPF_VM_ENCRYPTED);
		expect_unsent(&rig, GUEST_DATA, -EFAULT);
		assert_return(insert(&rig, GUEST_DATA, GUEST_DATA, 64, 0), 0);
		expect_sent(&rig, GUEST_DATA);
		expect_unsent(&rig, GUEST_DATA + 64, -EFAULT);
		assert_return(send_physical(&rig, GUEST_DATA), 0);
		assert_int_equal(rig_stats(&rig).walks, 0);
		assert_int_equal(rig.vm->vcpus[0].exits.xen, 0);
		rig_down(&rig);
	}
}

static void set_pages(struct rig *rig, uint64_t gpa, uint64_t npages, uint32_t attr)
{
	const struct hcbpf_gpa_range range = {
		.gfn = gpa >> HCBPF_GPA_PAGE_SHIFT, .npages = npages, .attr = attr,
	};

	assert_ok(hcbpf_gpa_set(rig->hc, &range, 1, NULL));
}

/* Nothing of it is registered, in whichever table. */
static void expect_refused(struct rig *rig, uint64_t gpa, uint64_t size)
{
	assert_return(insert(rig, NOWHERE, gpa, size, 0), -HCBPF_EACCES);
	assert_return(insert(rig, NOWHERE, gpa, size, HCBPF_BUFFER_ALL), -HCBPF_EACCES);
	assert_int_equal(count_buffers(rig), 0);
	expect_unsent(rig, NOWHERE, MISSED);
}

/* What the host would read there is not what the guest has written. */
static void a_buffer_in_encrypted_pages_is_refused_until_they_are_shared(void **state)
{
	struct rig rig;
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(both); i++) {
		buffers_up(&rig, both[i]);
		set_pages(&rig, GUEST_DATA, 3, HCBPF_GPA_ENCRYPTED);
		expect_refused(&rig, GUEST_DATA, 64);
		set_pages(&rig, GUEST_DATA, 3, 0);
		assert_return(insert(&rig, NOWHERE, GUEST_DATA, 3 * PAGE, 0), 0);
		expect_sent(&rig, NOWHERE);
		rig_down(&rig);
	}
}

static void one_encrypted_page_is_enough_and_its_neighbours_are_not_it(void **state)
{
	const uint64_t page = GUEST_DATA + 2 * PAGE;
	struct rig rig;

	(void)state;
	buffers_up(&rig, &xen64);
	set_pages(&rig, page, 1, HCBPF_GPA_ENCRYPTED);
	expect_refused(&rig, GUEST_DATA, 5 * PAGE);		/* in the middle */
	expect_refused(&rig, page - 8, 9);			/* the last byte */
	expect_refused(&rig, page + PAGE - 1, 9);		/* the first byte */
	assert_return(insert(&rig, NOWHERE, page - 8, 8, 0), 0);
	assert_return(insert(&rig, NOWHERE + 8, page + PAGE, 8, 0), 0);
	put_port(rig.vm, page - 8, PORT);
	expect_sent(&rig, NOWHERE);
	rig_down(&rig);
}

#ifdef __x86_64__	/* KVM's ABI */
/* The guest changes its pages' attributes itself, and registers by KVM's ABI. */
static void a_guest_that_shares_its_pages_may_register_them(void **state)
{
	const struct hcbpf_rule rules[] = {
		{ .abi = HCBPF_ABI_KVM, .nr = KVM_HC_MAP_GPA_RANGE, .sub = ANY,
		  .action = HCBPF_RULE_TRACK, .otherwise = HCBPF_RULE_PASS },
		{ .abi = HCBPF_ABI_KVM, .nr = HCBPF_HC_BUFFER_INSERT, .sub = ANY,
		  .action = HCBPF_RULE_BUFFER },
	};
	struct rig rig;

	(void)state;
	rig_up(&rig, &kvm64, NULL);
	assert_ok(hcbpf_rules_set(rig.hc, rules, ARRAY_LEN(rules), NULL));
	assert_return(call_on(&rig, 0, KVM_HC_MAP_GPA_RANGE, GUEST_DATA, 2,
			      KVM_MAP_GPA_RANGE_ENCRYPTED, 0), 0);
	assert_return(insert(&rig, NOWHERE, GUEST_DATA, 2 * PAGE, 0), -HCBPF_EACCES);
	assert_return(call_on(&rig, 0, KVM_HC_MAP_GPA_RANGE, GUEST_DATA, 1,
			      KVM_MAP_GPA_RANGE_DECRYPTED, 0), 0);
	assert_return(insert(&rig, NOWHERE, GUEST_DATA, 2 * PAGE, 0), -HCBPF_EACCES);
	assert_int_equal(count_buffers(&rig), 0);
	assert_return(insert(&rig, NOWHERE, GUEST_DATA, PAGE, 0), 0);
	assert_int_equal(count_buffers(&rig), 1);
	rig_down(&rig);
}
#endif

static void what_only_the_guest_can_bring_back_is_asked_for_again(void **state)
{
	struct rig rig;

	(void)state;
	buffers_up_with(&rig, &xen64, XEN_CALLS_EXIT ? HCBPF_BIND_ENCRYPTED : 0);
	assert_ok(hcbpf_port_set(rig.hc, 0, 0));
	assert_return(insert(&rig, GUEST_DATA, GUEST_DATA, 64, 0), 0);
	assert_int_equal(madvise(kvm_at(rig.vm, GUEST_DATA), PAGE, MADV_DONTNEED), 0);
	expect_unsent(&rig, GUEST_DATA, -EAGAIN);
	assert_return(send_physical(&rig, GUEST_DATA), -EAGAIN);
	put_port(rig.vm, GUEST_DATA, PORT);
	expect_sent(&rig, GUEST_DATA);
	rig_down(&rig);
}

#ifdef __x86_64__	/* elsewhere they know no such call: it is asked for again */
/* As without buffers: KVM and the VMM find the page by the guest's own tables. */
static void a_registered_page_that_is_not_resident_passes(void **state)
{
	struct rig rig;

	(void)state;
	buffers_up(&rig, &xen64);
	assert_ok(hcbpf_port_set(rig.hc, 0, 0));
	assert_return(insert(&rig, GUEST_DATA, GUEST_DATA, 64, 0), 0);
	assert_int_equal(madvise(kvm_at(rig.vm, GUEST_DATA), PAGE, MADV_DONTNEED), 0);
	expect_unsent(&rig, GUEST_DATA, UNSERVED);
	assert_int_equal(rig.vm->vcpus[0].exits.xen, 1);
	assert_int_equal(rig_stats(&rig).faults, 1);
	rig_down(&rig);
}
#endif

/* ---- results in memory ---- */

static void copy_up(struct rig *rig, const struct kvm_vm_conf *conf, uint32_t flags)
{
	LIBHCBPF_OPTS(hcbpf_bind_opts, opts, .policy = "copy", .flags = flags);

	rig_up(rig, conf, &opts);
	memset(kvm_at(rig->vm, GUEST_DATA), 0, 16 * PAGE);	/* resident from now on */
	strcpy(kvm_at(rig->vm, GUEST_DATA), "fifteen letters");
}

static int64_t copy(struct rig *rig, uint64_t nr, uint64_t from, uint64_t to)
{
	return call_on(rig, 0, nr, from, to, 0, 0);
}

static void expect_copied(struct rig *rig, uint64_t to)
{
	assert_string_equal(kvm_at(rig->vm, to), "fifteen letters");
	memset(kvm_at(rig->vm, to), 0, 16);
}

static void results_go_the_same_three_ways(void **state)
{
	static const struct kvm_vm_conf *const confs[] = { &kvm64, &kvm32 };
	const uint64_t to = GUEST_DATA + 7 * PAGE - 8;	/* on two pages */
	struct rig rig;
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(confs); i++) {
		copy_up(&rig, confs[i], 0);
		assert_return(copy(&rig, COPY, GUEST_DATA, to), 0);
		expect_copied(&rig, to);
		assert_return(copy(&rig, COPY | HCBPF_HC_PHYSICAL, GUEST_DATA, to), 0);
		expect_copied(&rig, to);
		assert_return(insert(&rig, NOWHERE, to, 64, 0), 0);
		assert_return(copy(&rig, COPY, GUEST_DATA, NOWHERE), 0);
		expect_copied(&rig, to);
		assert_int_equal(rig_stats(&rig).faults, 0);
		rig_down(&rig);
	}
}

static void a_result_never_crosses_a_buffers_end(void **state)
{
	const uint64_t to = GUEST_DATA + PAGE;
	struct rig rig;

	(void)state;
	copy_up(&rig, &kvm64, 0);
	assert_return(insert(&rig, to, to, 24, 0), 0);
	memset(kvm_at(rig.vm, to - 64), 0xee, 192);
	assert_return(copy(&rig, COPY, GUEST_DATA, to + 9), -EACCES);
	assert_return(copy(&rig, COPY, GUEST_DATA, to - 9), -EACCES);
	assert_int_equal(((uint8_t *)kvm_at(rig.vm, to))[9], 0xee);
	assert_int_equal(((uint8_t *)kvm_at(rig.vm, to))[0], 0xee);
	assert_int_equal(((uint8_t *)kvm_at(rig.vm, to))[24], 0xee);
	assert_return(copy(&rig, COPY, GUEST_DATA, to + 8), 0);
	expect_copied(&rig, to + 8);
	rig_down(&rig);
}

static void a_result_goes_only_where_the_guest_may_write(void **state)
{
	uint8_t *rom = new_memory(PAGE);
	struct rig rig;

	(void)state;
	copy_up(&rig, &kvm64, 0);
	set_slot(rig.vm, 0x10000000, rom, PAGE, KVM_MEM_READONLY);
	assert_return(copy(&rig, COPY | HCBPF_HC_PHYSICAL, 0x10000000, GUEST_DATA + PAGE), 0);
	assert_return(copy(&rig, COPY | HCBPF_HC_PHYSICAL, GUEST_DATA, 0x10000000), -EAGAIN);
	assert_return(copy(&rig, COPY, GUEST_DATA, 0x10000000), -EFAULT);
	assert_int_equal(rom[0], 0);
	assert_kvm(kvm_vm_unmap(rig.vm, GUEST_DATA + PAGE));
	assert_return(copy(&rig, COPY, GUEST_DATA, GUEST_DATA + PAGE - 8), -EFAULT);
	assert_int_equal(*(uint64_t *)kvm_at(rig.vm, GUEST_DATA + PAGE - 8), 0);
	rig_down(&rig);
	munmap(rom, PAGE);
}

/* Physical and registered, on two pages of which the second is nobody's. */
static void a_refused_result_is_not_written_in_part(void **state)
{
	const uint64_t to = GUEST_MEM_DEFAULT - 8;
	uint8_t *mem = new_memory(PAGE);
	struct rig rig;

	(void)state;
	copy_up(&rig, &kvm64, 0);
	memset(kvm_at(rig.vm, to), 0xee, 8);
	assert_return(copy(&rig, COPY | HCBPF_HC_PHYSICAL, GUEST_DATA, to), -EACCES);
	assert_int_equal(*(uint8_t *)kvm_at(rig.vm, to), 0xee);
	set_slot(rig.vm, GUEST_MEM_DEFAULT, mem, PAGE, 0);
	assert_return(insert(&rig, NOWHERE, to, 16, 0), 0);
	assert_return(insert(&rig, NOWHERE + PAGE, to, 8, 0), 0);
	assert_return(insert(&rig, NOWHERE + PAGE + 8, GUEST_MEM_DEFAULT, 8, 0), 0);
	set_slot(rig.vm, GUEST_MEM_DEFAULT, NULL, 0, 0);
	assert_return(copy(&rig, COPY, GUEST_DATA, NOWHERE), -EACCES);
	assert_return(copy(&rig, COPY, GUEST_DATA, NOWHERE + PAGE), -EACCES);
	assert_int_equal(*(uint8_t *)kvm_at(rig.vm, to), 0xee);
	set_slot(rig.vm, GUEST_MEM_DEFAULT, mem, PAGE, 0);
	assert_return(copy(&rig, COPY, GUEST_DATA, NOWHERE), 0);
	assert_memory_equal(mem, "letters", 8);
	assert_return(copy(&rig, COPY, NOWHERE + PAGE, NOWHERE + PAGE), 0);
	rig_down(&rig);
	munmap(mem, PAGE);
}

#ifdef __x86_64__
static void a_result_for_guest_user_mode_is_refused(void **state)
{
	const struct kvm_vm_conf user = { .cpl = 3 };
	struct rig rig;

	(void)state;
	copy_up(&rig, &user, 0);
	assert_return(copy(&rig, COPY, GUEST_DATA, GUEST_DATA + PAGE), -EACCES);
	assert_return(insert(&rig, NOWHERE, GUEST_DATA, 64, 0), -EINVAL);
	rig_down(&rig);
}

/* They have what the page tables give them, not what the guest's kernel has registered. */
static void guest_user_mode_reads_by_its_page_tables_only(void **state)
{
	const struct hcbpf_buffer kernels = {
		.va = NOWHERE, .gpa = GUEST_DATA, .size = 64, .vcpu = HCBPF_BUFFER_ANY_VCPU,
	};
	const struct kvm_vm_conf user = { .cpl = 3 };
	struct rig rig;

	(void)state;
	copy_up(&rig, &user, 0);
	assert_ok(hcbpf_buffers_set(rig.hc, &kernels, 1));
	assert_return(copy(&rig, READ_LONG, GUEST_DATA, 0), 0);
	assert_return(copy(&rig, READ_LONG, NOWHERE, 0), -EFAULT);
	assert_return(copy(&rig, READ_LONG | HCBPF_HC_PHYSICAL, GUEST_DATA, 0), -EACCES);
	assert_int_equal(rig_stats(&rig).buffer_hits, 0);
	rig_down(&rig);
}
#endif

/* A guest can register a buffer for each byte, and each is a search. */
static void an_argument_lies_in_sixteen_buffers_at_most(void **state)
{
	struct rig rig;
	uint64_t i;

	(void)state;
	copy_up(&rig, &kvm64, 0);
	for (i = 0; i < 16; i++)
		assert_return(insert(&rig, NOWHERE + 2 * i, GUEST_DATA + 2 * i, 2, 0), 0);
	assert_return(copy(&rig, READ_LONG, NOWHERE, 0), 0);
	assert_return(purge(&rig, NOWHERE, 0), 0);
	for (i = 0; i < 2; i++)
		assert_return(insert(&rig, NOWHERE + i, GUEST_DATA + i, 1, 0), 0);
	assert_return(copy(&rig, READ_LONG, NOWHERE, 0), -EACCES);
	rig_down(&rig);
}

/* KVM's ring of dirty pages has 64 entries left when it lets a vCPU into the guest. */
static void a_call_writes_32_pages_at_most(void **state)
{
	struct rig rig;

	(void)state;
	copy_up(&rig, &kvm64, 0);
	assert_return(copy(&rig, WRITE_OFTEN, GUEST_DATA, 0), 32);
	/* On two pages each time. */
	assert_return(copy(&rig, WRITE_OFTEN, GUEST_DATA + PAGE - 8, 0), 16);
	assert_return(copy(&rig, WRITE_OFTEN, GUEST_DATA, 0), 32);
	rig_down(&rig);
}

/* Tens of thousands of slots are the VMM's to make, and a guest may name them all at once. */
static void a_buffer_lies_in_128_slots_at_most(void **state)
{
	uint8_t *mem = new_memory(PAGE);
	struct rig rig;
	unsigned int i;

	(void)state;
	buffers_up(&rig, &xen64);
	for (i = 0; i < 129; i++)
		set_slot_nr(rig.vm, 1 + i, 0x10000000 + i * PAGE, mem, PAGE, 0);
	assert_return(insert(&rig, NOWHERE, 0x10000000, 129 * PAGE, 0), -E2BIG);
	assert_return(insert(&rig, NOWHERE, 0x10000000, 128 * PAGE, 0), 0);
	rig_down(&rig);
	munmap(mem, PAGE);
}

static void a_result_is_seen_by_the_dirty_log(void **state)
{
	uint8_t *mem = new_memory(16 * PAGE), log[8] = { 0 };
	struct kvm_dirty_log get = { .slot = 1, .dirty_bitmap = log };
	struct rig rig;

	(void)state;
	copy_up(&rig, &kvm64, 0);
	set_slot(rig.vm, 0x10000000, mem, 16 * PAGE, KVM_MEM_LOG_DIRTY_PAGES);
	assert_return(insert(&rig, NOWHERE, 0x10000000, 16 * PAGE, 0), 0);
	assert_return(copy(&rig, COPY, GUEST_DATA, NOWHERE + 3 * PAGE), 0);
	assert_return(hc_ioctl(rig.vm->fd, KVM_GET_DIRTY_LOG, &get), 0);
	assert_int_equal(log[0], 1 << 3);
	rig_down(&rig);
	munmap(mem, 16 * PAGE);
}

#define copy_test(f) cmocka_unit_test_setup_teardown(f, copy_setup, copy_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_registered_argument_is_found_without_the_page_tables),
		cmocka_unit_test(a_physical_argument_needs_no_page_tables),
		cmocka_unit_test(a_virtual_argument_is_walked),
		cmocka_unit_test(a_physical_address_without_memory_is_a_fault),
		cmocka_unit_test(a_buffer_is_one_vcpus_or_all_vcpus),
		cmocka_unit_test(one_giant_buffer_does_for_a_direct_map),
		cmocka_unit_test(an_argument_may_lie_in_buffers_that_follow_one_another),
		cmocka_unit_test(an_argument_across_a_buffers_end_is_a_fault),
		cmocka_unit_test(a_purged_buffer_is_gone),
		cmocka_unit_test(every_buffer_of_a_table_can_be_purged_at_once),
		cmocka_unit_test(registrations_that_make_no_sense_are_refused),
		cmocka_unit_test(a_buffer_for_all_must_not_overlap_another_vcpus),
		cmocka_unit_test(purges_that_make_no_sense_are_refused),
		cmocka_unit_test(the_limit_is_for_each_table),
		cmocka_unit_test(a_32_bit_guest_has_32_bits_and_can_name_high_memory),
		cmocka_unit_test(without_a_rule_there_is_nothing_of_this),
		cmocka_unit_test(the_features_are_what_the_rules_allow),
		cmocka_unit_test(the_rule_is_for_these_calls_only),
#ifdef __x86_64__
		cmocka_unit_test(guest_user_mode_registers_nothing),
#endif
		cmocka_unit_test(an_encrypted_guest_can_call_but_a_miss_fails),
		cmocka_unit_test(a_buffer_in_encrypted_pages_is_refused_until_they_are_shared),
		cmocka_unit_test(one_encrypted_page_is_enough_and_its_neighbours_are_not_it),
#ifdef __x86_64__
		cmocka_unit_test(a_guest_that_shares_its_pages_may_register_them),
#endif
		cmocka_unit_test(what_only_the_guest_can_bring_back_is_asked_for_again),
#ifdef __x86_64__
		cmocka_unit_test(a_registered_page_that_is_not_resident_passes),
#endif
		copy_test(results_go_the_same_three_ways),
		copy_test(a_result_never_crosses_a_buffers_end),
		copy_test(a_result_goes_only_where_the_guest_may_write),
		copy_test(a_refused_result_is_not_written_in_part),
#ifdef __x86_64__
		copy_test(a_result_for_guest_user_mode_is_refused),
		copy_test(guest_user_mode_reads_by_its_page_tables_only),
#endif
		copy_test(a_result_is_seen_by_the_dirty_log),
		copy_test(an_argument_lies_in_sixteen_buffers_at_most),
		copy_test(a_call_writes_32_pages_at_most),
		cmocka_unit_test(a_buffer_lies_in_128_slots_at_most),
	};

	return cmocka_run_group_tests_name("buffers", tests, standard_setup, standard_teardown);
}
