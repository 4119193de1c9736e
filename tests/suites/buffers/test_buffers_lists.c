// SPDX-License-Identifier: GPL-2.0-only
/* Large arguments: lists of page frames in registered buffers and at physical addresses. */
#include "../../bpf/copy.h"
#include "buffers.h"
#include "copying.h"
#include "standard_policy.h"

#define LIST GUEST_DATA				/* the list itself */
#define FRAMES (GUEST_DATA + 16 * PAGE)		/* memory that lists name */
#define NR_FRAMES 64
#define BOTH_WAYS (HCBPF_HC_LIST | HCBPF_HC_PHYSICAL)
#define SEND_LIST (XEN_HYPERCALL_EVENT_CHANNEL_OP | HCBPF_HC_LIST)
#define REFUSED ((int64_t)-EFAULT)	/* what the standard policy makes of -EACCES */

/* ---- a guest with a list ---- */

static uint64_t frame(unsigned int i)
{
	return FRAMES + i * PAGE;
}

static void set_word(struct rig *rig, unsigned int i, uint64_t gfn)
{
	((uint64_t *)kvm_at(rig->vm, LIST))[i] = gfn;
}

/* Word @i of the list names frame() @of. */
static void name_frame(struct rig *rig, unsigned int i, unsigned int of)
{
	set_word(rig, i, frame(of) / PAGE);
}

/* Everything is resident, and each frame says which it is. */
static void fill_memory(struct rig *rig)
{
	unsigned int i;

	memset(kvm_at(rig->vm, LIST), 0, PAGE);
	for (i = 0; i < NR_FRAMES; i++)
		memset(kvm_at(rig->vm, frame(i)), i, PAGE);
}

static void copy_up(struct rig *rig, const struct kvm_vm_conf *conf, uint32_t flags)
{
	LIBHCBPF_OPTS(hcbpf_bind_opts, opts, .policy = "copy", .flags = flags);

	rig_up(rig, conf, &opts);
	fill_memory(rig);
}

/* At @offset of the large argument whose list is registered at NOWHERE, or is at LIST. */
static uint64_t listed(uint64_t offset)
{
	return HCBPF_LIST_ADDRESS(NOWHERE, offset);
}

static uint64_t physical(uint64_t offset)
{
	return HCBPF_LIST_ADDRESS((uint64_t)LIST, offset);
}

/* One of copy.bpf.c's calls, with arguments as wide as the guest's registers. */
static int64_t copy_call(struct rig *rig, uint64_t nr, uint64_t a0, uint64_t a1)
{
#ifdef __aarch64__
	if (rig->vm->mode == GUEST_64)
		nr |= COPY_WIDE;
#endif
	return call_on(rig, 0, nr, a0, a1, 0, 0);
}

static int64_t read_at(struct rig *rig, uint64_t addr)
{
	return copy_call(rig, READ_LONG | HCBPF_HC_LIST, addr, 0);
}

static int64_t read_physical(struct rig *rig, uint64_t addr)
{
	return copy_call(rig, READ_LONG | BOTH_WAYS, addr, 0);
}

static int64_t copy_listed(struct rig *rig, uint64_t from, uint64_t to)
{
	return copy_call(rig, COPY | HCBPF_HC_LIST, from, to);
}

/* ---- where the list leads ---- */

/* Backwards, so that what follows in memory is not what follows in the list. */
static void scatter(struct rig *rig, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		name_frame(rig, i, NR_FRAMES - 1 - i);
}

static uint8_t *scattered(struct rig *rig, uint64_t offset)
{
	return kvm_at(rig->vm, frame(NR_FRAMES - 1 - offset / PAGE) + offset % PAGE);
}

static uint32_t word_at(struct rig *rig, uint64_t offset)
{
	uint32_t word = 0, i;

	for (i = 0; i < sizeof(word); i++)
		word |= (uint32_t)*scattered(rig, offset + i) << 8 * i;
	return word;
}

static int64_t expected_sum(struct rig *rig, uint64_t offset, unsigned int chunks)
{
	uint64_t sum = 0;

	for (; chunks--; offset += CHUNK)
		sum = 31 * sum + (word_at(rig, offset) ^ word_at(rig, offset + CHUNK - 4));
	return sum & SUM_MASK;
}

static void a_large_argument_is_read_in_the_order_of_its_list(void **state)
{
	static const struct kvm_vm_conf *const confs[] = { &kvm64, &kvm32 };
	/* The first frame's last bytes count, too; chunks lie across every border. */
	const uint64_t offset = 8 * PAGE + 4002;
	const unsigned int chunks = (NR_FRAMES - 9) * (PAGE / CHUNK);
	struct rig rig;
	unsigned int i;
	uint64_t at;

	(void)state;
	for (i = 0; i < ARRAY_LEN(confs); i++) {
		copy_up(&rig, confs[i], 0);
		scatter(&rig, NR_FRAMES);
		for (at = 0; at < NR_FRAMES * PAGE; at++)
			*scattered(&rig, at) = at * 7 + at / PAGE;
		/* At an address that 32-bit code can say. */
		assert_return(insert(&rig, 0x3000, LIST, NR_FRAMES * 8, 0), 0);
		assert_return(copy_call(&rig, SUM_LARGE | HCBPF_HC_LIST,
					HCBPF_LIST_ADDRESS(0x3000ULL, offset), chunks),
			      expected_sum(&rig, offset, chunks));
		assert_return(copy_call(&rig, SUM_LARGE | BOTH_WAYS, physical(offset), chunks),
			      expected_sum(&rig, offset, chunks));
		assert_int_equal(rig_stats(&rig).walks, 0);
		assert_int_equal(rig_stats(&rig).faults, 0);
		rig_down(&rig);
	}
}

static void results_go_to_the_frames_of_a_list(void **state)
{
	static const char text[16] = "fifteen letters";
	struct rig rig;

	(void)state;
	copy_up(&rig, &kvm64, 0);
	scatter(&rig, NR_FRAMES);
	assert_return(insert(&rig, NOWHERE, LIST, NR_FRAMES * 8, HCBPF_BUFFER_ALL), 0);
	memcpy(scattered(&rig, 0), text, sizeof(text));
	assert_return(copy_listed(&rig, listed(0), listed(3 * PAGE - 5)), 0);
	assert_memory_equal(scattered(&rig, 3 * PAGE - 5), text, 5);
	assert_memory_equal(scattered(&rig, 3 * PAGE), text + 5, sizeof(text) - 5);
	/* Nothing beside it. */
	assert_int_equal(*scattered(&rig, 3 * PAGE - 6), NR_FRAMES - 3);
	assert_int_equal(*scattered(&rig, 3 * PAGE - 5 + sizeof(text)), NR_FRAMES - 4);
	assert_return(copy_listed(&rig, listed(3 * PAGE - 5), listed(PAGE - 16)), 0);
	assert_memory_equal(scattered(&rig, PAGE - 16), text, sizeof(text));
	rig_down(&rig);
}

/*
 * The standard policy needs not know of it, on either machine. What the address would be
 * without the list is memory, too.
 */
static void a_send_finds_its_port_by_a_list(void **state)
{
	const struct hcbpf_rule rules[] = {
		xen_rule(SEND_LIST, XEN_EVTCHNOP_SEND, HCBPF_RULE_SEND),
		xen_rule(SEND_LIST | HCBPF_HC_PHYSICAL, XEN_EVTCHNOP_SEND, HCBPF_RULE_SEND),
		xen_rule(HCBPF_HC_BUFFER_INSERT, ANY, HCBPF_RULE_BUFFER),
	};
	static const struct kvm_vm_conf *const confs[] = { &xen64, &xen32 };
	const uint64_t name = 0x1000, addr = HCBPF_LIST_ADDRESS(name, 0);
	struct rig rig;
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(confs); i++) {
		buffers_up(&rig, confs[i]);
		assert_ok(hcbpf_rules_set(rig.hc, rules, ARRAY_LEN(rules), NULL));
		fill_memory(&rig);
		name_frame(&rig, 1, 5);
		put_port(rig.vm, frame(5) + 8, PORT);
		put_port(rig.vm, addr + PAGE + 8, PORT + 1);
		assert_return(insert(&rig, name, LIST, 16, 0), 0);
		assert_return(call_on(&rig, 0, SEND_LIST, XEN_EVTCHNOP_SEND, addr + PAGE + 8, 0, 0),
			      0);
		assert_return(call_on(&rig, 0, SEND_LIST | HCBPF_HC_PHYSICAL, XEN_EVTCHNOP_SEND,
				      physical(PAGE + 8), 0, 0), 0);
		assert_int_equal(efd_take(rig.efd), 2);
		assert_return(call_on(&rig, 0, SEND_LIST, XEN_EVTCHNOP_SEND,
				      addr + 2 * PAGE, 0, 0), REFUSED);
		assert_int_equal(efd_take(rig.efd), 0);
		rig_down(&rig);
	}
}

/* ---- addresses ---- */

static void addresses_of_64_bit_code_are_shifted_as_signed(void **state)
{
	static const uint64_t lists[] = {
		8, 1ULL << 40, (1ULL << 54) - 8, -(1ULL << 54), 0xffff888000000000, -8ULL,
	};
	struct rig rig;
	unsigned int i;

	(void)state;
	copy_up(&rig, &kvm64, 0);
	name_frame(&rig, 0, 0);
	for (i = 0; i < ARRAY_LEN(lists); i++) {
		assert_return(insert(&rig, lists[i], LIST, 8, 0), 0);
		assert_return(read_at(&rig, HCBPF_LIST_ADDRESS(lists[i], 0)), 0);
		assert_return(read_at(&rig, HCBPF_LIST_ADDRESS(lists[i], PAGE - 32)), 0);
		/* One more byte needs the next word. */
		assert_return(read_at(&rig, HCBPF_LIST_ADDRESS(lists[i], PAGE - 31)), -EACCES);
		assert_return(read_at(&rig, HCBPF_LIST_ADDRESS(lists[i], -1ULL)), -EACCES);
		assert_return(purge(&rig, lists[i], 0), 0);
	}
	/* Words of an argument follow one another through the end of all addresses. */
	name_frame(&rig, 1, 1);
	assert_return(insert(&rig, -8ULL, LIST, 8, 0), 0);
	assert_return(insert(&rig, 0, LIST + 8, 8, 0), 0);
	assert_return(read_at(&rig, HCBPF_LIST_ADDRESS(-8ULL, PAGE - 1)), 0);
	rig_down(&rig);
}

static void addresses_of_32_bit_code_have_32_bits(void **state)
{
	const uint64_t last = (8 << 20) - 8;	/* of all words that it can say */
	struct rig rig;

	(void)state;
	copy_up(&rig, &kvm32, 0);
	name_frame(&rig, 0, 0);
	name_frame(&rig, 1, 1);
	assert_return(insert(&rig, last, LIST, 8, 0), 0);
	assert_return(read_at(&rig, 0xfffff000), 0);
	assert_return(read_at(&rig, 0xfffff000 + PAGE - 32), 0);
	assert_return(read_at(&rig, 0xfffff000 + PAGE - 31), -EACCES);
	assert_return(read_at(&rig, 0xffffefff), -EACCES);
	assert_return(insert(&rig, 0, LIST + 8, 8, 0), 0);
	assert_return(read_at(&rig, 0xfffff000 + PAGE - 31), 0);
	/* What 64-bit code would find there. */
	assert_return(insert(&rig, 0xfffffff8, LIST, 8, 0), 0);
	assert_return(purge(&rig, last, 0), 0);
	assert_return(read_at(&rig, 0xfffff000), -EACCES);
	rig_down(&rig);
}

/* ---- what the list must be ---- */

static void a_list_ends_with_its_buffer(void **state)
{
	struct rig rig;

	(void)state;
	copy_up(&rig, &kvm64, 0);
	scatter(&rig, NR_FRAMES);
	assert_return(insert(&rig, NOWHERE, LIST, 3 * 8, 0), 0);
	assert_return(read_at(&rig, listed(3 * PAGE - 32)), 0);
	assert_return(read_at(&rig, listed(3 * PAGE - 31)), -EACCES);
	assert_return(read_at(&rig, listed(3 * PAGE)), -EACCES);
	assert_return(read_at(&rig, listed(0) - 1), -EACCES);
	/* A word that is not all there is none. */
	assert_return(purge(&rig, NOWHERE, 0), 0);
	assert_return(insert(&rig, NOWHERE, LIST, 3 * 8 - 1, 0), 0);
	assert_return(read_at(&rig, listed(2 * PAGE - 32)), 0);
	assert_return(read_at(&rig, listed(2 * PAGE)), -EACCES);
	/* Another buffer may go on. */
	assert_return(insert(&rig, NOWHERE + 3 * 8 - 1, LIST + 3 * 8 - 1, 9, 0), 0);
	assert_return(read_at(&rig, listed(4 * PAGE - 32)), 0);
	assert_return(read_at(&rig, listed(4 * PAGE - 31)), -EACCES);
	rig_down(&rig);
}

static void a_list_is_registered_or_physical_never_walked_to(void **state)
{
	struct rig rig;

	(void)state;
	copy_up(&rig, &kvm64, 0);
	name_frame(&rig, 0, 0);
	/* The guest's page tables map it, at the same address. */
	assert_return(read_at(&rig, physical(0)), -EACCES);
	assert_return(insert(&rig, NOWHERE, LIST, 8, 0), 0);
	assert_return(read_at(&rig, physical(0)), -EACCES);
	assert_return(read_physical(&rig, listed(0)), -EACCES);
	assert_return(read_physical(&rig, physical(0)), 0);
	assert_int_equal(rig_stats(&rig).walks, 0);
	rig_down(&rig);
}

static void a_frame_is_memory_and_nothing_else(void **state)
{
	static const uint64_t none[] = {
		NOWHERE / PAGE, GUEST_MEM_DEFAULT / PAGE, (1ULL << 40) - 1, 1ULL << 40, ~0ULL,
		1ULL << 52 | FRAMES / PAGE, 1ULL << 40 | FRAMES / PAGE, 1ULL << 63 | FRAMES / PAGE,
	};
	struct rig rig;
	unsigned int i;

	(void)state;
	copy_up(&rig, &kvm64, 0);
	memset(kvm_at(rig.vm, GUEST_MEM_DEFAULT - PAGE), 0, PAGE);
	assert_return(insert(&rig, NOWHERE, LIST, 2 * 8, 0), 0);
	name_frame(&rig, 0, 0);
	for (i = 0; i < ARRAY_LEN(none); i++) {
		set_word(&rig, 1, none[i]);
		assert_return(read_at(&rig, listed(PAGE - 32)), 0);
		assert_return(read_at(&rig, listed(PAGE)), -EACCES);
		assert_return(read_at(&rig, listed(2 * PAGE - 32)), -EACCES);
		assert_return(read_at(&rig, listed(PAGE - 31)), -EACCES);
		assert_return(read_physical(&rig, physical(PAGE)), -EACCES);
	}
	/* The last that there is; and one that is a list is an argument like others. */
	set_word(&rig, 1, GUEST_MEM_DEFAULT / PAGE - 1);
	assert_return(read_at(&rig, listed(2 * PAGE - 32)), 0);
	set_word(&rig, 1, LIST / PAGE);
	assert_return(copy_listed(&rig, listed(PAGE), listed(0)), 0);
	assert_memory_equal(kvm_at(rig.vm, frame(0)), kvm_at(rig.vm, LIST), 16);
	rig_down(&rig);
}

/* Both frames are looked at before anything is written. */
static void a_refused_result_is_written_to_no_frame(void **state)
{
	struct rig rig;

	(void)state;
	copy_up(&rig, &kvm64, 0);
	name_frame(&rig, 0, 1);
	name_frame(&rig, 1, 2);
	set_word(&rig, 2, NOWHERE / PAGE);
	assert_return(insert(&rig, NOWHERE, LIST, 3 * 8, 0), 0);
	assert_return(copy_listed(&rig, listed(0), listed(2 * PAGE - 15)), -EACCES);
	assert_int_equal(*(uint8_t *)kvm_at(rig.vm, frame(2) + PAGE - 15), 2);
	assert_return(copy_listed(&rig, listed(0), listed(2 * PAGE - 16)), 0);
	assert_int_equal(*(uint8_t *)kvm_at(rig.vm, frame(2) + PAGE - 16), 1);
	rig_down(&rig);
}

/* ---- who may, and when ---- */

#ifdef __x86_64__	/* guests at CPL 3 */
static void guest_user_mode_has_no_lists(void **state)
{
	const struct hcbpf_buffer kernels = {
		.va = NOWHERE, .gpa = LIST, .size = 64, .vcpu = HCBPF_BUFFER_ANY_VCPU,
	};
	const struct kvm_vm_conf user = { .cpl = 3 };
	struct rig rig;

	(void)state;
	copy_up(&rig, &user, 0);
	name_frame(&rig, 0, 0);
	assert_ok(hcbpf_buffers_set(rig.hc, &kernels, 1));
	assert_return(read_at(&rig, listed(0)), -EACCES);
	assert_return(read_physical(&rig, physical(0)), -EACCES);
	assert_return(copy_listed(&rig, listed(0), listed(64)), -EACCES);
	assert_int_equal(rig_stats(&rig).buffer_hits, 0);
	rig_down(&rig);
}
#endif

static void set_pages(struct rig *rig, uint64_t gpa, uint32_t attr)
{
	const struct hcbpf_gpa_range range = {
		.gfn = gpa >> HCBPF_GPA_PAGE_SHIFT, .npages = 1, .attr = attr,
	};

	assert_ok(hcbpf_gpa_set(rig->hc, &range, 1, NULL));
}

static void in_an_encrypted_guest_list_and_frames_are_shared_pages(void **state)
{
	struct rig rig;

	(void)state;
	copy_up(&rig, &kvm64, HCBPF_BIND_ENCRYPTED);
	name_frame(&rig, 0, 0);
	name_frame(&rig, 1, 1);
	assert_return(insert(&rig, NOWHERE, LIST, 16, 0), 0);
	assert_return(copy_listed(&rig, listed(0), listed(PAGE - 8)), 0);
	set_pages(&rig, frame(1), HCBPF_GPA_ENCRYPTED);
	memset(kvm_at(rig.vm, frame(0)), 0xee, PAGE);
	assert_return(read_at(&rig, listed(PAGE)), -EACCES);
	assert_return(read_at(&rig, listed(PAGE - 31)), -EACCES);
	memset(kvm_at(rig.vm, frame(0)), 0xdd, 80);
	assert_return(copy_listed(&rig, listed(64), listed(PAGE - 15)), -EACCES);
	assert_int_equal(*(uint8_t *)kvm_at(rig.vm, frame(0) + PAGE - 15), 0xee);
	assert_return(read_at(&rig, listed(PAGE - 32)), 0);
	set_pages(&rig, frame(1), 0);
	assert_return(read_at(&rig, listed(PAGE)), 0);
	set_pages(&rig, LIST, HCBPF_GPA_ENCRYPTED);
	assert_return(read_at(&rig, listed(0)), -EACCES);
	assert_return(read_physical(&rig, physical(0)), -EACCES);
	rig_down(&rig);
}

/* No other one understands lists: it is asked for again, encrypted or not. */
static void list_or_frame_that_is_not_resident_is_asked_for_again(void **state)
{
	struct rig rig;

	(void)state;
	copy_up(&rig, &kvm64, 0);
	name_frame(&rig, 0, 0);
	name_frame(&rig, 1, 1);
	assert_return(insert(&rig, NOWHERE, LIST, 16, 0), 0);
	assert_int_equal(madvise(kvm_at(rig.vm, frame(1)), PAGE, MADV_DONTNEED), 0);
	assert_return(read_at(&rig, listed(PAGE)), -EAGAIN);
	assert_return(read_at(&rig, listed(PAGE - 1)), -EAGAIN);
	assert_return(read_at(&rig, listed(PAGE - 32)), 0);
	memset(kvm_at(rig.vm, frame(1)), 1, PAGE);
	assert_return(read_at(&rig, listed(PAGE)), 0);
	assert_int_equal(madvise(kvm_at(rig.vm, LIST), PAGE, MADV_DONTNEED), 0);
	assert_return(read_at(&rig, listed(PAGE)), -EAGAIN);
	assert_return(read_physical(&rig, physical(PAGE)), -EAGAIN);
	rig_down(&rig);
}

static void a_call_writes_32_frames_at_most(void **state)
{
	struct rig rig;

	(void)state;
	copy_up(&rig, &kvm64, 0);
	name_frame(&rig, 0, 0);
	name_frame(&rig, 1, 0);
	assert_return(insert(&rig, NOWHERE, LIST, 16, 0), 0);
	assert_return(copy_call(&rig, WRITE_OFTEN | HCBPF_HC_LIST, listed(0), 0), 32);
	assert_return(copy_call(&rig, WRITE_OFTEN | HCBPF_HC_LIST, listed(PAGE - 8), 0), 16);
	assert_return(copy_call(&rig, WRITE_OFTEN | BOTH_WAYS, physical(0), 0), 32);
	rig_down(&rig);
}

static void the_features_tell_of_lists_where_a_rule_allows_them(void **state)
{
	struct hcbpf_rule rules[] = {
		xen_rule(HCBPF_HC_FEATURES, ANY, HCBPF_RULE_BUFFER),
		xen_rule(SEND_LIST, XEN_EVTCHNOP_SEND, HCBPF_RULE_SEND),
	};
	struct rig rig;

	(void)state;
	buffers_up(&rig, &xen64);
	assert_false(call_on(&rig, 0, HCBPF_HC_FEATURES, 0, 0, 0, 0) & HCBPF_FEATURE_LIST);
	assert_return(call_on(&rig, 0, SEND_LIST, XEN_EVTCHNOP_SEND, physical(0), 0, 0), UNSERVED);
	assert_ok(hcbpf_rules_set(rig.hc, rules, ARRAY_LEN(rules), NULL));
	assert_return(call_on(&rig, 0, HCBPF_HC_FEATURES, 0, 0, 0, 0),
		      HCBPF_FEATURE_LIST | HCBPF_FEATURE_VIRTUAL);
	rules[1].nr |= HCBPF_HC_PHYSICAL;
	assert_ok(hcbpf_rules_set(rig.hc, rules, ARRAY_LEN(rules), NULL));
	assert_return(call_on(&rig, 0, HCBPF_HC_FEATURES, 0, 0, 0, 0),
		      HCBPF_FEATURE_LIST | HCBPF_FEATURE_PHYSICAL | HCBPF_FEATURE_VIRTUAL);
	rules[1].action = HCBPF_RULE_PASS;
	rules[1].otherwise = 0;
	assert_ok(hcbpf_rules_set(rig.hc, rules, ARRAY_LEN(rules), NULL));
	assert_return(call_on(&rig, 0, HCBPF_HC_FEATURES, 0, 0, 0, 0), HCBPF_FEATURE_VIRTUAL);
	rig_down(&rig);
}

/* ---- lists that change while they are read ---- */

/*
 * The list names one frame, another, and none in turn. Each read gets what one of them
 * has, or is refused: so calls end with one of three answers, and each is seen.
 */
static void a_list_may_change_under_load(void **state)
{
	const struct kvm_start start = {
		.program = GUEST_CALLS, .count = GUEST_FOREVER,
		.nr = SEND_LIST, .args = { XEN_EVTCHNOP_SEND, listed(8) },
	};
	const struct hcbpf_rule rules[] = {
		xen_rule(SEND_LIST, XEN_EVTCHNOP_SEND, HCBPF_RULE_SEND),
		xen_rule(HCBPF_HC_BUFFER_INSERT, ANY, HCBPF_RULE_BUFFER),
	};
	const uint64_t words[] = { frame(0) / PAGE, frame(1) / PAGE, ~0ULL };
	int other_efd = efd_new();
	struct kvm_vcpu *vcpu;
	struct rig rig;
	uint64_t sent, nr;
	unsigned int i;

	(void)state;
	buffers_up(&rig, &xen64);
	assert_ok(hcbpf_rules_set(rig.hc, rules, ARRAY_LEN(rules), NULL));
	assert_ok(hcbpf_vm_set_eventfd(rig.hc, 1, other_efd));
	assert_ok(hcbpf_port_set(rig.hc, PORT + 1, 1));
	fill_memory(&rig);
	put_port(rig.vm, frame(0) + 8, PORT);
	put_port(rig.vm, frame(1) + 8, PORT + 1);
	set_word(&rig, 0, words[0]);
	assert_return(insert(&rig, NOWHERE, LIST, 8, 0), 0);
	vcpu = &rig.vm->vcpus[0];
	assert_kvm(kvm_vcpu_start(vcpu, &start));
	assert_kvm(kvm_vcpu_run_thread(vcpu));
	for (i = 0; i < 3000; i++) {
		set_word(&rig, 0, words[i % 3]);
		if (i % 100 == 0)
			sleep_ms(1);
	}
	set_word(&rig, 0, words[1]);
	assert_kvm(kvm_vcpu_stop(vcpu));
	sent = efd_take(rig.efd);
	nr = sent + efd_take(other_efd);
	/* The vCPU may have been stopped between a call and the count of its result. */
	assert_in_range(nr, kvm_block(vcpu)->zero, kvm_block(vcpu)->zero + 1);
	assert_true(sent && sent < nr);
	assert_true(rig_stats(&rig).faults > 0);
	assert_int_equal(rig.vm->vcpus[0].exits.xen, 0);
	rig_down(&rig);
	close(other_efd);
}

#define copy_test(f) cmocka_unit_test_setup_teardown(f, copy_setup, copy_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		copy_test(a_large_argument_is_read_in_the_order_of_its_list),
		copy_test(results_go_to_the_frames_of_a_list),
		cmocka_unit_test(a_send_finds_its_port_by_a_list),
		copy_test(addresses_of_64_bit_code_are_shifted_as_signed),
		copy_test(addresses_of_32_bit_code_have_32_bits),
		copy_test(a_list_ends_with_its_buffer),
		copy_test(a_list_is_registered_or_physical_never_walked_to),
		copy_test(a_frame_is_memory_and_nothing_else),
		copy_test(a_refused_result_is_written_to_no_frame),
#ifdef __x86_64__
		copy_test(guest_user_mode_has_no_lists),
#endif
		copy_test(in_an_encrypted_guest_list_and_frames_are_shared_pages),
		copy_test(list_or_frame_that_is_not_resident_is_asked_for_again),
		copy_test(a_call_writes_32_frames_at_most),
		cmocka_unit_test(the_features_tell_of_lists_where_a_rule_allows_them),
		cmocka_unit_test(a_list_may_change_under_load),
	};

	return cmocka_run_group_tests_name("buffers_lists", tests, standard_setup,
					   standard_teardown);
}
