// SPDX-License-Identifier: GPL-2.0-only
/* Every branch of the standard policy's decision, without module and guest. */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <hcbpf/gpa.h>
#include <hcbpf/guest.h>
#include <hcbpf/sdei.h>
#include "../../bpf/xen.h"
#include "../unit/unit.h"
#include "decide_state.h"

#define MEM 0x7000UL
#define PORT 5
#define SLOT 3

static struct bpf_object *object;
static int prog_fd = -1;
static struct decide_state *state;

static int load(const char *path)
{
	struct bpf_program *prog;
	struct bpf_map *map;
	int err;

	object = bpf_object__open_file(path, NULL);
	if (!object)
		return -errno;
	err = bpf_object__load(object);
	if (err)
		return err;
	prog = bpf_object__find_program_by_name(object, "decide_case");
	map = bpf_object__find_map_by_name(object, ".bss");
	if (!prog || !map)
		return -ENOENT;
	state = mmap(NULL, bpf_map__value_size(map), PROT_READ | PROT_WRITE, MAP_SHARED,
		     bpf_map__fd(map), 0);
	if (state == MAP_FAILED)
		return -errno;
	prog_fd = bpf_program__fd(prog);
	return 0;
}

/* A guest with one port that is served, and its number in guest memory. */
static int fresh(void **unused)
{
	__u32 port = PORT;
	int slot;

	(void)unused;
	if (prog_fd < 0)
		return 0;
	memset(state, 0, sizeof(*state));
	state->mem_addr = MEM;
	memcpy(state->mem, &port, sizeof(port));
	state->ports[PORT] = hcbpf_port_make(HCBPF_PORT_EVENTFD, SLOT);
	for (slot = 4; slot < DECIDE_SLOTS; slot++)
		state->slot_result[slot] = -ENOENT;
	return 0;
}

static void in_guest_memory(__u32 port)
{
	memcpy(state->mem, &port, sizeof(port));
}

static void run(void)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts);
	struct hcbpf_call before;

	if (prog_fd < 0) {
		print_message("# BPF programs may not be loaded here\n");
		skip();
	}
	before = state->call;
	assert_int_equal(bpf_prog_test_run_opts(prog_fd, &opts), 0);
	assert_memory_equal(&state->call, &before, sizeof(before));
}

static unsigned int tries(void)
{
	unsigned int sum = state->tries_beyond, slot;

	for (slot = 0; slot < DECIDE_SLOTS; slot++)
		sum += state->tries[slot];
	return sum;
}

static void expect_signal(unsigned int slot)
{
	run();
	assert_int_equal(state->verdict, HCBPF_DONE);
	assert_int_equal(state->tries[slot], 1);
	assert_int_equal(tries(), 1);
}

/* Passed without a try to signal anything. */
static void expect_pass(void)
{
	run();
	assert_int_equal(state->verdict, HCBPF_PASS);
	assert_int_equal(tries(), 0);
}

static void set_xen_send(__u8 mode)
{
	if (prog_fd < 0)
		return;
	state->call.abi = HCBPF_ABI_XEN;
	state->call.mode = mode;
	state->call.nr = XEN_EVENT_CHANNEL_OP;
	state->call.args[0] = XEN_EVTCHNOP_SEND;
	state->call.args[1] = MEM;
}

static void set_doorbell(__u8 abi, __u64 port)
{
	if (prog_fd < 0)
		return;
	state->call.abi = abi;
	state->call.mode = HCBPF_MODE_64;
	state->call.nr = HCBPF_HC_DOORBELL;
	state->call.args[0] = port;
}

/* The cases below change the state before they run: not when there is none. */
#define NEED_BPF()			\
	do {				\
		(void)unused;		\
		if (prog_fd < 0)	\
			run();		\
	} while (0)

static void xen_send_from_64_bit_code_signals(void **unused)
{
	NEED_BPF();
	set_xen_send(HCBPF_MODE_64);
	expect_signal(SLOT);
}

static void xen_send_from_32_bit_code_signals(void **unused)
{
	NEED_BPF();
	set_xen_send(HCBPF_MODE_32);
	expect_signal(SLOT);
}

static void xen_send_reads_the_port_once(void **unused)
{
	NEED_BPF();
	set_xen_send(HCBPF_MODE_64);
	run();
	assert_int_equal(state->reads, 1);
	assert_int_equal(state->port_gets, 1);
}

static void xen_send_on_an_unknown_port_passes(void **unused)
{
	NEED_BPF();
	set_xen_send(HCBPF_MODE_64);
	in_guest_memory(PORT + 1);
	expect_pass();
}

static void xen_send_from_absent_memory_passes(void **unused)
{
	NEED_BPF();
	set_xen_send(HCBPF_MODE_64);
	state->call.args[1] = MEM + DECIDE_MEM;
	state->ports[0] = hcbpf_port_make(HCBPF_PORT_EVENTFD, SLOT);
	expect_pass();
}

static void xen_send_half_beyond_memory_passes(void **unused)
{
	NEED_BPF();
	set_xen_send(HCBPF_MODE_64);
	state->call.args[1] = MEM + DECIDE_MEM - 2;
	expect_pass();
}

static void other_event_channel_operations_pass(void **unused)
{
	__u64 op;

	NEED_BPF();
	set_xen_send(HCBPF_MODE_64);
	for (op = 0; op < 16; op++) {
		state->call.args[0] = op;
		if (op != XEN_EVTCHNOP_SEND)
			expect_pass();
	}
}

/* Registers are 64 bits wide: an operation with high bits is another operation. */
static void an_operation_with_high_bits_passes(void **unused)
{
	NEED_BPF();
	set_xen_send(HCBPF_MODE_64);
	state->call.args[0] = XEN_EVTCHNOP_SEND | 1ULL << 32;
	expect_pass();
}

static void other_xen_hypercalls_pass(void **unused)
{
	__u64 nr;

	NEED_BPF();
	set_xen_send(HCBPF_MODE_64);
	for (nr = 0; nr < 64; nr++) {
		state->call.nr = nr;
		if (nr != XEN_EVENT_CHANNEL_OP)
			expect_pass();
	}
	state->call.nr = XEN_EVENT_CHANNEL_OP | 1ULL << 32;
	expect_pass();
}

/* Number 32 means nothing to a KVM guest. */
static void xen_send_in_a_kvm_guest_passes(void **unused)
{
	NEED_BPF();
	set_xen_send(HCBPF_MODE_64);
	state->call.abi = HCBPF_ABI_KVM;
	expect_pass();
	assert_int_equal(state->reads, 0);
}

static void xen_send_from_user_mode_passes(void **unused)
{
	NEED_BPF();
	set_xen_send(HCBPF_MODE_64);
	state->call.user = 1;
	expect_pass();
	assert_int_equal(state->reads, 0);
}

static void doorbell_signals_in_the_kvm_abi(void **unused)
{
	NEED_BPF();
	set_doorbell(HCBPF_ABI_KVM, PORT);
	expect_signal(SLOT);
	assert_int_equal(state->reads, 0);
}

static void doorbell_signals_in_the_xen_abi(void **unused)
{
	NEED_BPF();
	set_doorbell(HCBPF_ABI_XEN, PORT);
	expect_signal(SLOT);
}

static void doorbell_on_an_unknown_port_passes(void **unused)
{
	NEED_BPF();
	set_doorbell(HCBPF_ABI_KVM, PORT + 1);
	expect_pass();
}

static void doorbell_with_high_bits_passes(void **unused)
{
	int bit;

	NEED_BPF();
	for (bit = 32; bit < 64; bit++) {
		set_doorbell(HCBPF_ABI_KVM, PORT | 1ULL << bit);
		expect_pass();
	}
}

static void doorbell_from_user_mode_passes(void **unused)
{
	NEED_BPF();
	set_doorbell(HCBPF_ABI_KVM, PORT);
	state->call.user = 1;
	expect_pass();
}

static void the_next_doorbell_numbers_pass(void **unused)
{
	NEED_BPF();
	set_doorbell(HCBPF_ABI_KVM, PORT);
	state->call.nr = HCBPF_HC_DOORBELL + 1;
	expect_pass();
	state->call.nr = HCBPF_HC_DOORBELL | 1ULL << 32;
	expect_pass();
}

static void an_empty_slot_passes(void **unused)
{
	NEED_BPF();
	state->ports[PORT] = hcbpf_port_make(HCBPF_PORT_EVENTFD, 4);
	set_doorbell(HCBPF_ABI_KVM, PORT);
	run();
	assert_int_equal(state->verdict, HCBPF_PASS);
	assert_int_equal(state->tries[4], 1);
}

static void a_slot_out_of_range_passes(void **unused)
{
	NEED_BPF();
	state->ports[PORT] = hcbpf_port_make(HCBPF_PORT_EVENTFD, UINT_MAX);
	set_doorbell(HCBPF_ABI_KVM, PORT);
	run();
	assert_int_equal(state->verdict, HCBPF_PASS);
	assert_int_equal(state->tries_beyond, 1);
}

static void reserved_bits_in_the_word_pass(void **unused)
{
	int bit;

	NEED_BPF();
	set_doorbell(HCBPF_ABI_KVM, PORT);
	for (bit = 40; bit < 64; bit++) {
		state->ports[PORT] = hcbpf_port_make(HCBPF_PORT_EVENTFD, SLOT) | 1ULL << bit;
		expect_pass();
	}
}

static void unknown_actions_pass(void **unused)
{
	__u64 action;

	NEED_BPF();
	set_doorbell(HCBPF_ABI_KVM, PORT);
	for (action = 2; action < 256; action++) {
		state->ports[PORT] = action << HCBPF_PORT_ACTION_SHIFT | SLOT;
		expect_pass();
	}
}

static void the_first_and_the_last_port_work(void **unused)
{
	NEED_BPF();
	state->ports[0] = hcbpf_port_make(HCBPF_PORT_EVENTFD, 0);
	set_doorbell(HCBPF_ABI_XEN, 0);
	expect_signal(0);

	fresh(NULL);
	state->ports[DECIDE_PORTS - 1] = hcbpf_port_make(HCBPF_PORT_EVENTFD, 1);
	set_xen_send(HCBPF_MODE_64);
	in_guest_memory(DECIDE_PORTS - 1);
	expect_signal(1);
}

static void ports_beyond_the_table_pass(void **unused)
{
	NEED_BPF();
	set_doorbell(HCBPF_ABI_KVM, DECIDE_PORTS);
	expect_pass();
	set_doorbell(HCBPF_ABI_KVM, UINT_MAX);
	expect_pass();
}

/* ---- page attributes ---- */

#define MAP_GPA_RANGE 12
#define MEM_SHARE 0xc6000003
#define MEM_UNSHARE 0xc6000004
#define PAGES 0x40000000ULL

static void set_report(__u8 action, __u8 otherwise, __u64 attributes)
{
	memset(&state->call, 0, sizeof(state->call));
	state->call.abi = HCBPF_ABI_KVM;
	state->call.mode = HCBPF_MODE_64;
	state->call.nr = MAP_GPA_RANGE;
	state->call.args[0] = PAGES;
	state->call.args[1] = 512;
	state->call.args[2] = attributes;
	state->rule = hcbpf_rule_make(action, otherwise, -95);
	state->gpa_sets = 0;
}

static void set_share(__u8 action, __u64 nr)
{
	set_report(action, HCBPF_RULE_PASS, 0);
	state->call.abi = HCBPF_ABI_SMCCC;
	state->call.nr = nr;
	state->call.args[1] = 0;
}

/* All but the result: run() says that nothing else may change. */
static void decide_it(int verdict, long long ret)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts);

	assert_int_equal(bpf_prog_test_run_opts(prog_fd, &opts), 0);
	assert_int_equal(state->verdict, verdict);
	assert_int_equal((__s64)state->call.ret, ret);
	assert_int_equal(tries(), 0);
	assert_int_equal(state->reads, 0);
}

static void expect_recorded(__u64 npages, __u32 attr)
{
	assert_int_equal(state->gpa_sets, 1);
	assert_int_equal(state->gpa, PAGES);
	assert_int_equal(state->npages, npages);
	assert_int_equal(state->attr, attr);
}

/* The low four bits are the size of the guest's own pages: three are known. */
static void reports_are_recorded_and_answered(void **unused)
{
	int size, encrypted;

	NEED_BPF();
	for (size = 0; size <= 2; size++)
		for (encrypted = 0; encrypted <= 1; encrypted++) {
			set_report(HCBPF_RULE_TRACK, HCBPF_RULE_PASS, encrypted << 4 | size);
			decide_it(HCBPF_DONE, 0);
			expect_recorded(512, encrypted ? HCBPF_GPA_ENCRYPTED : 0);
		}
}

static void unknown_attributes_are_refused_and_not_recorded(void **unused)
{
	__u64 size;
	int bit;

	NEED_BPF();
	for (bit = 5; bit < 64; bit++) {
		set_report(HCBPF_RULE_TRACK, HCBPF_RULE_EXIT, 1ULL << bit);
		decide_it(HCBPF_DONE, -22);
		assert_int_equal(state->gpa_sets, 0);
		set_report(HCBPF_RULE_TRACK_EXIT, HCBPF_RULE_EXIT, 1ULL << bit | 0x10);
		decide_it(HCBPF_DONE, -22);
		assert_int_equal(state->gpa_sets, 0);
	}
	for (size = 3; size < 16; size++) {
		set_report(HCBPF_RULE_TRACK, HCBPF_RULE_EXIT, size);
		decide_it(HCBPF_DONE, -22);
		assert_int_equal(state->gpa_sets, 0);
	}
}

/* The mechanism knows what a range is: whatever the guest says gets there. */
static void ranges_are_refused_where_the_map_refuses_them(void **unused)
{
	static const int errors[] = { -EINVAL, -EFAULT };
	size_t i;

	NEED_BPF();
	for (i = 0; i < ARRAY_LEN(errors); i++) {
		set_report(HCBPF_RULE_TRACK, HCBPF_RULE_EXIT, 0x10);
		state->gpa_result = errors[i];
		decide_it(HCBPF_DONE, -22);
		assert_int_equal(state->gpa_sets, 1);
		set_report(HCBPF_RULE_TRACK_EXIT, HCBPF_RULE_EXIT, 0x10);
		decide_it(HCBPF_DONE, -22);
		set_share(HCBPF_RULE_TRACK, MEM_SHARE);
		decide_it(HCBPF_DONE, -3);
	}
}

static void arguments_reach_the_map_unchanged(void **unused)
{
	int bit;

	NEED_BPF();
	for (bit = 0; bit < 64; bit++) {
		set_report(HCBPF_RULE_TRACK, HCBPF_RULE_PASS, 0x10);
		state->call.args[0] = 1ULL << bit;
		state->call.args[1] = ~(1ULL << bit);
		decide_it(HCBPF_DONE, 0);
		assert_true(state->gpa == 1ULL << bit);
		assert_true(state->npages == ~(1ULL << bit));
	}
}

static void what_cannot_be_recorded_is_otherwise(void **unused)
{
	static const __u8 actions[] = { HCBPF_RULE_TRACK, HCBPF_RULE_TRACK_EXIT };
	size_t i;

	NEED_BPF();
	state->gpa_result = -ENOMEM;
	for (i = 0; i < ARRAY_LEN(actions); i++) {
		set_report(actions[i], HCBPF_RULE_PASS, 0x10);
		decide_it(HCBPF_PASS, 0);
		set_report(actions[i], HCBPF_RULE_EXIT, 0x10);
		decide_it(HCBPF_EXIT, 0);
		set_report(actions[i], HCBPF_RULE_DENY, 0x10);
		decide_it(HCBPF_DONE, -95);
	}
}

static void track_exit_goes_to_the_vmm_after_the_recording(void **unused)
{
	NEED_BPF();
	set_report(HCBPF_RULE_TRACK_EXIT, HCBPF_RULE_PASS, 0x10);
	decide_it(HCBPF_EXIT, 0);
	expect_recorded(512, HCBPF_GPA_ENCRYPTED);
}

/* The VMM that has asked KVM is asked about what the map has, and nothing else. */
static void exits_asked_of_kvm_come_after_the_recording(void **unused)
{
	static const __u8 actions[] = { HCBPF_RULE_TRACK, HCBPF_RULE_TRACK_EXIT };
	size_t i;

	NEED_BPF();
	for (i = 0; i < ARRAY_LEN(actions); i++) {
		state->kvm_exits = 1;
		state->gpa_result = 0;
		set_report(actions[i], HCBPF_RULE_DENY, 0x10);
		decide_it(HCBPF_PASS, 0);
		expect_recorded(512, HCBPF_GPA_ENCRYPTED);
	}
}

static void kvm_asks_nobody_about_what_is_not_recorded(void **unused)
{
	static const __u8 actions[] = { HCBPF_RULE_TRACK, HCBPF_RULE_TRACK_EXIT };
	static const int errors[] = { -EINVAL, -EFAULT };
	size_t i, j;

	NEED_BPF();
	state->kvm_exits = 1;
	for (i = 0; i < ARRAY_LEN(actions); i++) {
		state->gpa_result = 0;
		set_report(actions[i], HCBPF_RULE_PASS, 0x20);
		decide_it(HCBPF_DONE, -22);
		assert_int_equal(state->gpa_sets, 0);
		for (j = 0; j < ARRAY_LEN(errors); j++) {
			set_report(actions[i], HCBPF_RULE_PASS, 0x10);
			state->gpa_result = errors[j];
			decide_it(HCBPF_DONE, -22);
		}
		state->gpa_result = -ENOMEM;
		set_report(actions[i], HCBPF_RULE_DENY, 0x10);
		decide_it(HCBPF_DONE, -95);
		set_report(actions[i], HCBPF_RULE_PASS, 0x10);
		decide_it(HCBPF_PASS, 0);
		set_report(actions[i], HCBPF_RULE_EXIT, 0x10);
		decide_it(HCBPF_EXIT, 0);
	}
}

static void arm_guests_share_and_unshare_one_page(void **unused)
{
	NEED_BPF();
	set_share(HCBPF_RULE_TRACK, MEM_SHARE);
	decide_it(HCBPF_DONE, 0);
	expect_recorded(1, 0);
	set_share(HCBPF_RULE_TRACK, MEM_UNSHARE);
	decide_it(HCBPF_DONE, 0);
	expect_recorded(1, HCBPF_GPA_ENCRYPTED);
	set_share(HCBPF_RULE_TRACK_EXIT, MEM_UNSHARE);
	decide_it(HCBPF_EXIT, 0);
	expect_recorded(1, HCBPF_GPA_ENCRYPTED);
}

static void arm_arguments_that_must_be_zero_are_looked_at(void **unused)
{
	int arg;

	NEED_BPF();
	for (arg = 1; arg <= 2; arg++) {
		set_share(HCBPF_RULE_TRACK, MEM_SHARE);
		state->call.args[arg] = 1ULL << 63;
		decide_it(HCBPF_DONE, -3);
		assert_int_equal(state->gpa_sets, 0);
	}
}

static void calls_that_tell_nothing_of_pages_are_otherwise(void **unused)
{
	static const struct {
		__u8 abi;
		__u64 nr;
	} others[] = {
		{ HCBPF_ABI_KVM, 11 }, { HCBPF_ABI_KVM, 13 }, { HCBPF_ABI_KVM, 12 | 1ULL << 32 },
		{ HCBPF_ABI_KVM, MEM_SHARE }, { HCBPF_ABI_XEN, 12 }, { HCBPF_ABI_HYPERV, 12 },
		{ HCBPF_ABI_SMCCC, 12 }, { HCBPF_ABI_SMCCC, MEM_SHARE - 1 },
		{ HCBPF_ABI_SMCCC, MEM_UNSHARE + 1 }, { HCBPF_ABI_SMCCC, MEM_SHARE | 1ULL << 32 },
	};
	size_t i;

	NEED_BPF();
	for (i = 0; i < ARRAY_LEN(others); i++) {
		set_report(HCBPF_RULE_TRACK, HCBPF_RULE_DENY, 0x10);
		state->call.abi = others[i].abi;
		state->call.nr = others[i].nr;
		decide_it(HCBPF_DONE, -95);
		assert_int_equal(state->gpa_sets, 0);
		set_report(HCBPF_RULE_TRACK_EXIT, HCBPF_RULE_PASS, 0x10);
		state->call.abi = others[i].abi;
		state->call.nr = others[i].nr;
		decide_it(HCBPF_PASS, 0);
		assert_int_equal(state->gpa_sets, 0);
	}
}

static void reports_from_user_mode_pass(void **unused)
{
	NEED_BPF();
	set_report(HCBPF_RULE_TRACK, HCBPF_RULE_PASS, 0x10);
	state->call.user = 1;
	decide_it(HCBPF_PASS, 0);
	assert_int_equal(state->gpa_sets, 0);
}

static void decide_for_user(__u8 action, __u8 otherwise, __u8 user, int verdict, long long ret)
{
	struct hcbpf_rule rule = {
		.action = action, .otherwise = otherwise, .user = user, .ret = -95,
	};

	set_report(action, otherwise, 0x10);
	state->rule = hcbpf_rule_word(&rule);
	state->call.user = 1;
	decide_it(verdict, ret);
	assert_int_equal(state->gpa_sets, 0);
}

static void what_is_denied_is_denied_to_user_mode(void **unused)
{
	NEED_BPF();
	decide_for_user(HCBPF_RULE_DENY, 0, 0, HCBPF_DONE, -95);
	decide_for_user(HCBPF_RULE_TRACK, HCBPF_RULE_DENY, 0, HCBPF_DONE, -95);
	decide_for_user(HCBPF_RULE_EXIT, 0, 0, HCBPF_PASS, 0);
	decide_for_user(HCBPF_RULE_TRACK_EXIT, HCBPF_RULE_EXIT, 0, HCBPF_PASS, 0);
}

static void a_rule_may_say_otherwise_for_user_mode(void **unused)
{
	NEED_BPF();
	decide_for_user(HCBPF_RULE_DENY, 0, HCBPF_RULE_PASS, HCBPF_PASS, 0);
	decide_for_user(HCBPF_RULE_TRACK, HCBPF_RULE_DENY, HCBPF_RULE_PASS, HCBPF_PASS, 0);
	decide_for_user(HCBPF_RULE_PASS, 0, HCBPF_RULE_DENY, HCBPF_DONE, -95);
	decide_for_user(HCBPF_RULE_EXIT, 0, HCBPF_RULE_DENY, HCBPF_DONE, -95);
}

static void without_rules_reports_pass(void **unused)
{
	NEED_BPF();
	set_report(HCBPF_RULE_NONE, 0, 0x10);
	state->rule = 0;
	decide_it(HCBPF_PASS, 0);
	assert_int_equal(state->gpa_sets, 0);
	assert_int_equal(state->kvm_exits_asked, 0);
}

/* ---- memory that nobody else can read, and calls for buffers ---- */

/* An answer without a try to signal anything. */
static void expect_answer(__s64 ret)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts);

	assert_int_equal(bpf_prog_test_run_opts(prog_fd, &opts), 0);
	assert_int_equal(state->verdict, HCBPF_DONE);
	assert_true(state->call.ret == (__u64)ret);
	assert_int_equal(tries(), 0);
}

static void a_port_that_nobody_can_read_is_a_fault_of_the_guest(void **unused)
{
	NEED_BPF();
	set_xen_send(HCBPF_MODE_64);
	state->read_result = -EACCES;
	expect_answer(-EFAULT);
}

static void a_port_that_only_the_guest_can_bring_back_is_asked_for_again(void **unused)
{
	NEED_BPF();
	set_xen_send(HCBPF_MODE_64);
	state->read_result = -EAGAIN;
	expect_answer(-EAGAIN);
}

static void a_physical_send_needs_a_rule(void **unused)
{
	NEED_BPF();
	set_xen_send(HCBPF_MODE_64);
	state->call.nr |= HCBPF_HC_PHYSICAL;
	expect_pass();
	assert_int_equal(state->reads, 0);
	state->rule = hcbpf_rule_make(HCBPF_RULE_SEND, HCBPF_RULE_PASS, 0);
	expect_signal(SLOT);
}

static void calls_for_buffers_need_a_rule(void **unused)
{
	__u64 nr;

	NEED_BPF();
	set_xen_send(HCBPF_MODE_64);
	for (nr = HCBPF_HC_FEATURES; nr <= HCBPF_HC_BUFFER_PURGE; nr++) {
		state->call.nr = nr;
		expect_pass();
	}
	assert_int_equal(state->buffer_calls, 0);
}

static void calls_for_buffers_get_the_modules_answer(void **unused)
{
	NEED_BPF();
	set_xen_send(HCBPF_MODE_64);
	state->call.nr = HCBPF_HC_BUFFER_INSERT;
	state->rule = hcbpf_rule_make(HCBPF_RULE_BUFFER, 0, 0);
	state->buffer_result = -HCBPF_ENOSPC;
	expect_answer(-28);
	assert_int_equal(state->buffer_calls, 1);
}

static void guest_user_mode_registers_nothing(void **unused)
{
	NEED_BPF();
	set_xen_send(HCBPF_MODE_64);
	state->call.nr = HCBPF_HC_BUFFER_INSERT;
	state->call.user = 1;
	state->rule = hcbpf_rule_make(HCBPF_RULE_BUFFER, 0, 0);
	expect_pass();
	assert_int_equal(state->buffer_calls, 0);
}

static void set_sdei(__u32 function)
{
	state->call.abi = HCBPF_ABI_SMCCC;
	state->call.mode = HCBPF_MODE_64;
	state->call.nr = function;
}

static void sdei_calls_are_carried_out(void **unused)
{
	__u32 n;

	NEED_BPF();
	for (n = 0; n < HCBPF_SDEI_NR_FNS; n++) {
		set_sdei(HCBPF_SDEI_FN(n));
		run();
		assert_int_equal(state->verdict, HCBPF_DONE);
		assert_int_equal(state->sdei_calls, n + 1);
	}
}

static void sdei_calls_pass_where_the_vm_has_none(void **unused)
{
	NEED_BPF();
	state->sdei_result = -EOPNOTSUPP;
	set_sdei(HCBPF_SDEI_VERSION);
	expect_pass();
	assert_int_equal(state->sdei_calls, 1);
}

static void what_only_looks_like_sdei_passes(void **unused)
{
	NEED_BPF();
	set_sdei(HCBPF_SDEI_FN(0) - 1);
	expect_pass();
	set_sdei(HCBPF_SDEI_FN(HCBPF_SDEI_NR_FNS));
	expect_pass();
	set_sdei(HCBPF_SDEI_VERSION);
	state->call.nr |= 1ULL << 32;
	expect_pass();
	set_sdei(HCBPF_SDEI_VERSION);
	state->call.abi = HCBPF_ABI_KVM;
	expect_pass();
	set_sdei(HCBPF_SDEI_VERSION);
	state->call.user = 1;
	expect_pass();
	assert_int_equal(state->sdei_calls, 0);
}

static void a_function_is_found_where_a_rule_says_so(void **unused)
{
	NEED_BPF();
	set_sdei(HCBPF_SMCCC_ARCH_FEATURES);
	state->discovered = 1;
	expect_pass();
	assert_int_equal(state->discovers, 0);
	state->rule = hcbpf_rule_make(HCBPF_RULE_DISCOVER, 0, 0);
	expect_answer(0);
	state->discovered = 0;
	expect_pass();
	assert_int_equal(state->discovers, 2);
}

#define decide_test(f) cmocka_unit_test_setup(f, fresh)

/* A machine without BPF is no fault to complain about at length. */
static int quiet(enum libbpf_print_level level, const char *format, va_list args)
{
	(void)level;
	(void)format;
	(void)args;
	return 0;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		decide_test(xen_send_from_64_bit_code_signals),
		decide_test(xen_send_from_32_bit_code_signals),
		decide_test(xen_send_reads_the_port_once),
		decide_test(xen_send_on_an_unknown_port_passes),
		decide_test(xen_send_from_absent_memory_passes),
		decide_test(xen_send_half_beyond_memory_passes),
		decide_test(other_event_channel_operations_pass),
		decide_test(an_operation_with_high_bits_passes),
		decide_test(other_xen_hypercalls_pass),
		decide_test(xen_send_in_a_kvm_guest_passes),
		decide_test(xen_send_from_user_mode_passes),
		decide_test(doorbell_signals_in_the_kvm_abi),
		decide_test(doorbell_signals_in_the_xen_abi),
		decide_test(doorbell_on_an_unknown_port_passes),
		decide_test(doorbell_with_high_bits_passes),
		decide_test(doorbell_from_user_mode_passes),
		decide_test(the_next_doorbell_numbers_pass),
		decide_test(an_empty_slot_passes),
		decide_test(a_slot_out_of_range_passes),
		decide_test(reserved_bits_in_the_word_pass),
		decide_test(unknown_actions_pass),
		decide_test(the_first_and_the_last_port_work),
		decide_test(ports_beyond_the_table_pass),
		decide_test(reports_are_recorded_and_answered),
		decide_test(unknown_attributes_are_refused_and_not_recorded),
		decide_test(ranges_are_refused_where_the_map_refuses_them),
		decide_test(arguments_reach_the_map_unchanged),
		decide_test(what_cannot_be_recorded_is_otherwise),
		decide_test(track_exit_goes_to_the_vmm_after_the_recording),
		decide_test(exits_asked_of_kvm_come_after_the_recording),
		decide_test(arm_guests_share_and_unshare_one_page),
		decide_test(arm_arguments_that_must_be_zero_are_looked_at),
		decide_test(calls_that_tell_nothing_of_pages_are_otherwise),
		decide_test(kvm_asks_nobody_about_what_is_not_recorded),
		decide_test(reports_from_user_mode_pass),
		decide_test(what_is_denied_is_denied_to_user_mode),
		decide_test(a_rule_may_say_otherwise_for_user_mode),
		decide_test(without_rules_reports_pass),
		decide_test(a_port_that_nobody_can_read_is_a_fault_of_the_guest),
		decide_test(a_port_that_only_the_guest_can_bring_back_is_asked_for_again),
		decide_test(a_physical_send_needs_a_rule),
		decide_test(calls_for_buffers_need_a_rule),
		decide_test(calls_for_buffers_get_the_modules_answer),
		decide_test(guest_user_mode_registers_nothing),
		decide_test(sdei_calls_are_carried_out),
		decide_test(sdei_calls_pass_where_the_vm_has_none),
		decide_test(what_only_looks_like_sdei_passes),
		decide_test(a_function_is_found_where_a_rule_says_so),
	};
	int err;

	if (argc != 2) {
		fprintf(stderr, "usage: %s DECIDE.BPF.O\n", argv[0]);
		return 2;
	}
	libbpf_set_print(quiet);
	err = load(argv[1]);
	if (err && err != -EPERM && err != -ENOSYS) {
		printf("Bail out! %s: %s\n", argv[1], strerror(-err));
		return 2;
	}
	if (err)
		prog_fd = -1;
	err = cmocka_run_group_tests_name("the standard policy's decision", tests, NULL, NULL);
	bpf_object__close(object);
	return err ? 1 : 0;
}
