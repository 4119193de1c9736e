// SPDX-License-Identifier: GPL-2.0-only
/* Hypercalls of real guests, from the instruction to the eventfd and back. */
#include <sys/mman.h>
#include <unistd.h>
#include "rig.h"
#include "standard_policy.h"

#define PAGE 4096

static const struct kvm_vm_conf kvm64, xen64 = { .xen = true };
static const struct kvm_vm_conf kvm32 = { .mode = GUEST_32 };
#ifdef __x86_64__
static const struct kvm_vm_conf high64 = { .high = true };
static const struct kvm_vm_conf compat = { .mode = GUEST_COMPAT };
#endif
static const struct kvm_vm_conf xen32 = { .mode = GUEST_32, .xen = true };

/* 100 calls, each of them answered with 0 and one signal. */
static void expect_served(const struct kvm_vm_conf *conf, struct kvm_start start)
{
	struct rig rig;

	start.count = 100;
	rig_up_serving(&rig, conf);
	put_port(rig.vm, GUEST_DATA, PORT);
	run_guest(rig.vm, &start);
	assert_int_equal(kvm_block(&rig.vm->vcpus[0])->zero, 100);
	assert_int_equal(kvm_block(&rig.vm->vcpus[0])->other, 0);
	assert_int_equal(efd_take(rig.efd), 100);
	assert_int_equal(rig.vm->vcpus[0].exits.xen, 0);
	assert_int_equal(rig_stats(&rig).done, 100);
	assert_int_equal(rig_stats(&rig).signals, 100);
	assert_int_equal(rig_stats(&rig).pass, 0);
	rig_down(&rig);
}

static void xen_send_of_a_64_bit_guest_signals(void **state)
{
	(void)state;
	expect_served(&xen64, xen_sends(GUEST_DATA, 0));
}

static void xen_send_of_a_32_bit_guest_signals(void **state)
{
	(void)state;
	expect_served(&xen32, xen_sends(GUEST_DATA, 0));
}

static void doorbell_in_the_kvm_abi_signals(void **state)
{
	(void)state;
	expect_served(&kvm64, doorbells(PORT, 0, PLAIN_ABI));
	expect_served(&kvm32, doorbells32(PORT, 0));
}

static void doorbell_in_the_xen_abi_signals(void **state)
{
	(void)state;
	expect_served(&xen64, doorbells(PORT, 0, HCBPF_ABI_XEN));
	expect_served(&xen32, doorbells(PORT, 0, HCBPF_ABI_XEN));
}

static void a_port_in_two_pages_is_read(void **state)
{
	struct rig rig;

	(void)state;
	rig_up_serving(&rig, &xen64);
	put_port(rig.vm, GUEST_DATA + PAGE - 2, PORT);
	assert_int_equal(call_once(rig.vm, xen_sends(GUEST_DATA + PAGE - 2, 1)), 0);
	assert_int_equal(efd_take(rig.efd), 1);
	rig_down(&rig);
}

/* ---- what the policy does not serve goes the way it always went ---- */

/* Calls that all pass: the eventfd stays silent, and all is answered as without us. */
static void expect_passed(struct rig *rig, struct kvm_start start, uint64_t answer)
{
	struct kvm_vcpu *vcpu = &rig->vm->vcpus[0];

	if (!start.count)
		start.count = 10;
	run_guest(rig->vm, &start);
	assert_int_equal(kvm_block(vcpu)->zero, 0);
	assert_int_equal(kvm_block(vcpu)->other, start.count);
	if (rig->vm->mode == GUEST_32)
		answer = (uint32_t)answer;
	assert_true(kvm_block(vcpu)->last == answer);
	expect_xen_exits(rig->vm, answer == XEN_ANSWER ? start.count : 0);
	assert_int_equal(efd_take(rig->efd), 0);
	assert_int_equal(rig_stats(rig).signals, 0);
	assert_int_equal(rig_stats(rig).done, 0);
}

static void an_unknown_port_in_a_kvm_guest_gets_kvms_answer(void **state)
{
	struct rig rig;

	(void)state;
	rig_up_serving(&rig, &kvm64);
	expect_passed(&rig, doorbells(PORT + 1, 0, PLAIN_ABI), PLAIN_ANSWER);
	assert_int_equal(rig_stats(&rig).pass, 10);
	rig_down(&rig);
	rig_up_serving(&rig, &kvm32);
	expect_passed(&rig, doorbells32(PORT + 1, 0), PLAIN_ANSWER);
	rig_down(&rig);
}

static void an_unknown_port_in_a_xen_guest_goes_to_the_vmm(void **state)
{
	struct rig rig;

	(void)state;
	rig_up_serving(&rig, &xen64);
	put_port(rig.vm, GUEST_DATA, PORT + 1);
	expect_passed(&rig, xen_sends(GUEST_DATA, 0), XEN_ANSWER);
	rig_down(&rig);
}

/* What the absent page might be taken for is served: port 0. */
static void absent_port_up(struct rig *rig)
{
	rig_up_serving(rig, &xen64);
	assert_ok(hcbpf_port_set(rig->hc, 0, 0));
	put_port(rig->vm, GUEST_DATA, PORT);
	assert_int_equal(madvise(kvm_at(rig->vm, GUEST_DATA), PAGE, MADV_DONTNEED), 0);
}

#ifdef __x86_64__
static void a_port_on_a_page_that_is_not_resident_passes(void **state)
{
	struct rig rig;

	(void)state;
	absent_port_up(&rig);
	/* Once: KVM's own handler, which may wait for the page, brings it back, all zero. */
	expect_passed(&rig, xen_sends(GUEST_DATA, 1), XEN_ANSWER);
	assert_int_equal(rig_stats(&rig).faults, 1);
	assert_int_equal(call_once(rig.vm, xen_sends(GUEST_DATA, 1)), 0);
	rig_down(&rig);
}
#else
/* KVM has no handler of its own that could wait. */
static void a_port_on_a_page_that_is_not_resident_is_asked_for_again(void **state)
{
	struct rig rig;

	(void)state;
	absent_port_up(&rig);
	assert_return(call_once(rig.vm, xen_sends(GUEST_DATA, 1)), -HCBPF_EAGAIN);
	assert_int_equal(rig_stats(&rig).faults, 1);
	assert_int_equal(efd_take(rig.efd), 0);
	put_port(rig.vm, GUEST_DATA, PORT);
	assert_return(call_once(rig.vm, xen_sends(GUEST_DATA, 1)), 0);
	assert_int_equal(efd_take(rig.efd), 1);
	rig_down(&rig);
}
#endif

static void a_port_at_an_unmapped_address_passes(void **state)
{
	static const uint64_t addresses[] = {
		0x80000000, GUEST_DATA + PAGE, 0x7ffffffffffe, GUEST_MEM_DEFAULT,
	};
	struct rig rig;
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(addresses); i++) {
		rig_up_serving(&rig, &xen64);
		assert_ok(hcbpf_port_set(rig.hc, 0, 0));
		assert_kvm(kvm_vm_unmap(rig.vm, GUEST_DATA + PAGE));
		expect_passed(&rig, xen_sends(addresses[i], 0), XEN_FAULT_ANSWER);
		assert_int_equal(rig_stats(&rig).faults, 10);
		rig_down(&rig);
	}
}

static void a_port_half_on_an_absent_page_passes(void **state)
{
	struct rig rig;

	(void)state;
	rig_up_serving(&rig, &xen64);
	assert_ok(hcbpf_port_set(rig.hc, 0, 0));
	put_port(rig.vm, GUEST_DATA + PAGE - 2, PORT);
	assert_kvm(kvm_vm_unmap(rig.vm, GUEST_DATA + PAGE));
	expect_passed(&rig, xen_sends(GUEST_DATA + PAGE - 2, 0), XEN_FAULT_ANSWER);
	rig_down(&rig);
}

#ifdef __x86_64__	/* Xen's interface of KVM is x86's */
#define XEN_SHARED_INFO_HVA 6	/* KVM_XEN_ATTR_TYPE_SHARED_INFO_HVA, since Linux 6.9 */
#ifndef KVM_XEN_INVALID_GFN
#define KVM_XEN_INVALID_GFN ((__u64)-1)
#endif

static int xen_evtchn(struct kvm_vm *vm, uint32_t flags, uint32_t port, int efd)
{
	struct kvm_xen_hvm_attr attr = {
		.type = KVM_XEN_ATTR_TYPE_EVTCHN,
		.u.evtchn = { .send_port = port, .type = 2, .flags = flags },
	};

	attr.u.evtchn.deliver.eventfd.fd = efd;
	return hc_ioctl(vm->fd, KVM_XEN_HVM_SET_ATTR, &attr);
}

static int xen_shared_info(struct kvm_vm *vm, uint16_t type, uint64_t where)
{
	struct kvm_xen_hvm_attr attr = { .type = type, .u.shared_info.gfn = where };

	return hc_ioctl(vm->fd, KVM_XEN_HVM_SET_ATTR, &attr);
}

static void expect_send(struct rig *rig, uint64_t signals)
{
	struct kvm_start send = xen_sends(GUEST_DATA, 1);

	put_port(rig->vm, GUEST_DATA, PORT);
	run_guest(rig->vm, &send);
	assert_int_equal(efd_take(rig->efd), signals);
	expect_xen_exits(rig->vm, 1 - signals);
}

/* The next kernel may be given the same numbers for something else. */
static void when_all_event_channels_are_closed_no_port_is_set(void **state)
{
	const struct kvm_vm_conf xen = { .xen = true };
	uint32_t at = 0, last = HCBPF_DEFAULT_PORTS - 1;
	struct rig rig, other;
	hcbpf_port_t word;

	(void)state;
	rig_up_serving(&rig, &xen);
	rig_up_serving(&other, &xen);
	assert_ok(hcbpf_port_set(rig.hc, last, 0));
	expect_send(&rig, 1);
	assert_int_equal(xen_evtchn(rig.vm, KVM_XEN_EVTCHN_RESET, 0, 0), 0);
	assert_return(hcbpf_port_next(rig.hc, &at, &word), -ENOENT);
	expect_send(&rig, 0);
	expect_send(&other, 1);
	/* The eventfd stays in its slot. */
	assert_ok(hcbpf_port_set(rig.hc, PORT, 0));
	expect_send(&rig, 1);
	rig_down(&other);
	/* The other ways to say it, once the page was there. */
	assert_int_equal(xen_shared_info(rig.vm, KVM_XEN_ATTR_TYPE_SHARED_INFO, GUEST_DATA >> 12), 0);
	expect_send(&rig, 1);
	assert_int_equal(xen_shared_info(rig.vm, KVM_XEN_ATTR_TYPE_SHARED_INFO,
					 KVM_XEN_INVALID_GFN), 0);
	expect_send(&rig, 0);
	assert_ok(hcbpf_port_set(rig.hc, PORT, 0));
	assert_int_equal(xen_shared_info(rig.vm, XEN_SHARED_INFO_HVA, 0), 0);
	expect_send(&rig, 0);
	rig_down(&rig);
}

static void what_else_a_vmm_says_of_event_channels_leaves_ports_alone(void **state)
{
	const struct kvm_vm_conf xen = { .xen = true };
	struct rig rig;

	(void)state;
	rig_up_serving(&rig, &xen);
	assert_int_equal(xen_evtchn(rig.vm, 0, PORT + 1, rig.efd), 0);
	assert_int_equal(xen_evtchn(rig.vm, KVM_XEN_EVTCHN_DEASSIGN, PORT + 1, 0), 0);
	assert_return(xen_evtchn(rig.vm, KVM_XEN_EVTCHN_RESET | KVM_XEN_EVTCHN_DEASSIGN, PORT, 0),
		      -EINVAL);
	expect_send(&rig, 1);
	rig_down(&rig);
}
#endif

#ifdef __x86_64__	/* elsewhere user mode has no hypercalls */
static void guest_user_mode_never_signals(void **state)
{
	const struct kvm_vm_conf kvm_user = { .cpl = 3 }, xen_user = { .cpl = 3, .xen = true };
	struct rig rig;

	(void)state;
	rig_up_serving(&rig, &kvm_user);
	expect_passed(&rig, doorbells(PORT, 0, PLAIN_ABI), -KVM_EPERM);
	assert_int_equal(rig_stats(&rig).user_mode, 10);
	assert_int_equal(rig_stats(&rig).pass, 0);
	rig_down(&rig);
	rig_up_serving(&rig, &xen_user);
	put_port(rig.vm, GUEST_DATA, PORT);
	expect_passed(&rig, xen_sends(GUEST_DATA, 0), XEN_ANSWER);
	assert_int_equal(rig_stats(&rig).user_mode, 10);
	rig_down(&rig);
}

#endif

static void doorbell_with_high_bits_passes(void **state)
{
	struct rig rig;

	(void)state;
	rig_up_serving(&rig, &kvm64);
	expect_passed(&rig, doorbells(PORT | 1ULL << 32, 0, PLAIN_ABI), PLAIN_ANSWER);
	rig_down(&rig);
}

/* A 32-bit guest has no high bits: what the register holds above does not count. */
static void doorbell_of_a_32_bit_guest_has_32_bits(void **state)
{
	struct rig rig;

	(void)state;
	rig_up_serving(&rig, &kvm32);
	assert_int_equal(call_once(rig.vm, doorbells32(PORT | 1ULL << 32, 1)), 0);
	assert_int_equal(efd_take(rig.efd), 1);
	rig_down(&rig);
}

/* ---- the port table ---- */

static void the_last_port_works(void **state)
{
	struct kvm_start start = doorbells(HCBPF_DEFAULT_PORTS - 1, 1, PLAIN_ABI);
	struct rig rig;

	(void)state;
	rig_up(&rig, &kvm64, NULL);
	assert_ok(hcbpf_port_set(rig.hc, HCBPF_DEFAULT_PORTS - 1, 0));
	assert_int_equal(call_once(rig.vm, start), 0);
	assert_int_equal(efd_take(rig.efd), 1);
	rig_down(&rig);
}

static void ports_beyond_the_table_pass(void **state)
{
	LIBHCBPF_OPTS(hcbpf_bind_opts, opts, .nr_ports = 600);
	static const uint64_t beyond[] = { 600, 1023, 1024, 131072, 0xffffffff };
	volatile hcbpf_port_t *ports;
	struct rig rig;
	unsigned int i;

	(void)state;
	rig_up(&rig, &kvm64, &opts);
	ports = hc_ports(hcbpf_vm_fd(rig.hc), 1024);
	for (i = 600; i < 1024; i++)
		ports[i] = hcbpf_port_make(HCBPF_PORT_EVENTFD, 0);
	for (i = 0; i < ARRAY_LEN(beyond); i++)
		expect_passed(&rig, doorbells(beyond[i], 0, PLAIN_ABI), PLAIN_ANSWER);
	assert_return(hcbpf_port_set(rig.hc, 600, 0), -ERANGE);
	assert_ok(hcbpf_port_set(rig.hc, 599, 0));
	assert_int_equal(call_once(rig.vm, doorbells(599, 1, PLAIN_ABI)), 0);
	munmap((void *)ports, 2 * PAGE);
	rig_down(&rig);
}

static void a_deleted_port_passes(void **state)
{
	struct rig rig;
	hcbpf_port_t word;

	(void)state;
	rig_up_serving(&rig, &kvm64);
	assert_ok(hcbpf_port_del(rig.hc, PORT));
	assert_ok(hcbpf_port_get(rig.hc, PORT, &word));
	assert_int_equal(word, 0);
	expect_passed(&rig, doorbells(PORT, 0, PLAIN_ABI), PLAIN_ANSWER);
	rig_down(&rig);
}

static uint64_t memory_of(struct rig *rig)
{
	struct hcbpf_vm_info info;

	assert_ok(hcbpf_vm_info(rig->hc, &info));
	return info.memory;
}

static void table_memory_is_taken_page_by_page(void **state)
{
	uint64_t start;
	struct rig rig;
	hcbpf_port_t word;
	uint32_t port;

	(void)state;
	rig_up(&rig, &kvm64, NULL);
	start = memory_of(&rig);
	assert_in_range(start, 1, 4 * PAGE);
	assert_ok(hcbpf_port_set(rig.hc, 0, 0));
	assert_int_equal(memory_of(&rig), start + PAGE);
	assert_ok(hcbpf_port_set(rig.hc, 511, 0));
	assert_int_equal(memory_of(&rig), start + PAGE);
	assert_ok(hcbpf_port_set(rig.hc, 512, 0));
	assert_int_equal(memory_of(&rig), start + 2 * PAGE);
	assert_ok(hcbpf_port_get(rig.hc, 100000, &word));
	port = 513;
	assert_return(hcbpf_port_next(rig.hc, &port, &word), -ENOENT);
	expect_passed(&rig, doorbells(100000, 0, PLAIN_ABI), PLAIN_ANSWER);
	assert_int_equal(memory_of(&rig), start + 2 * PAGE);
	rig_down(&rig);
}

/* ---- registers ---- */

static struct policy observe;
static struct observe_state *seen;

static int observe_setup(void **state)
{
	(void)state;
	if (policy_open(&observe, "observe.bpf.o"))
		return -1;
	policy_set_flags(&observe, HCBPF_OPS_USER);
	if (policy_attach(&observe))
		return -1;
	seen = policy_state(&observe, sizeof(*seen));
	return seen ? 0 : -1;
}

static int observe_teardown(void **state)
{
	(void)state;
	policy_unload(&observe);
	return 0;
}

static const struct kvm_start six_args = {
	.program = GUEST_CALL_ONCE, .count = 1, .nr = 0x1111111162222222,
	.args = { 0xa000000000000001, 0xa000000000000002, 0xa000000000000003,
		  0xa000000000000004, 0xa000000000000005, 0xa000000000000006 },
};

static bool is_64bit(const struct kvm_vm_conf *conf)
{
	return conf->mode == GUEST_64;
}

/* The first @nr arguments arrive, cut to 32 bits for 32-bit code; the others are 0. */
static void expect_seen(const struct kvm_vm_conf *conf, uint32_t abi, int nr)
{
	LIBHCBPF_OPTS(hcbpf_bind_opts, opts, .policy = "observe");
	uint64_t mask = is_64bit(conf) ? ~0ULL : 0xffffffff;
	struct kvm_start start = six_args;
	struct rig rig;
	int i;

	start.abi = abi;
	seen->verdict = HCBPF_DONE;
	rig_up(&rig, conf, &opts);
	run_guest(rig.vm, &start);
	assert_true(seen->nr == (start.nr & mask & (abi == PLAIN_ABI ? PLAIN_NR_MASK : ~0ULL)));
	for (i = 0; i < 6; i++)
		if (seen->args[i] != (i < nr ? start.args[i] & mask : 0))
			fail_msg("argument %d is %#llx", i, (unsigned long long)seen->args[i]);
	assert_int_equal(seen->abi, abi);
	assert_int_equal(seen->mode, is_64bit(conf) ? HCBPF_MODE_64 : HCBPF_MODE_32);
	assert_int_equal(seen->user, 0);
	assert_int_equal(seen->vcpu_id, 0);
	assert_int_equal(seen->vm_id, hcbpf_vm_id(rig.hc));
	assert_int_equal(seen->ret_before, 0);
	rig_down(&rig);
}

static void arguments_arrive_as_the_abi_passes_them(void **state)
{
	(void)state;
	expect_seen(&kvm64, PLAIN_ABI, PLAIN_ARGS);
	expect_seen(&xen64, HCBPF_ABI_XEN, XEN_ARGS);
	expect_seen(&kvm32, PLAIN_ABI, PLAIN_ARGS);
	expect_seen(&xen32, HCBPF_ABI_XEN, XEN_ARGS);
}

#ifdef __x86_64__
/* Where the mode follows from the instruction pointer, and where it must not. */
static void modes_are_told_apart(void **state)
{
	static const struct kvm_vm_conf xen_kernel = { .high = true, .xen = true };
	static const struct kvm_vm_conf xen_compat = { .mode = GUEST_COMPAT, .xen = true };
	static const struct kvm_vm_conf real_width = { .mode = GUEST_16 };

	(void)state;
	expect_seen(&high64, HCBPF_ABI_KVM, 4);
	expect_seen(&xen_kernel, HCBPF_ABI_XEN, 6);
	expect_seen(&compat, HCBPF_ABI_KVM, 4);
	expect_seen(&xen_compat, HCBPF_ABI_XEN, 6);
	expect_seen(&real_width, HCBPF_ABI_KVM, 4);
}

static void the_bindings_abi_overrides_kvms(void **state)
{
	LIBHCBPF_OPTS(hcbpf_bind_opts, opts, .policy = "observe", .abi = HCBPF_ABI_XEN);
	struct kvm_start start = six_args;
	struct rig rig;

	(void)state;
	start.abi = HCBPF_ABI_XEN;
	seen->verdict = HCBPF_DONE;
	rig_up(&rig, &kvm64, &opts);
	run_guest(rig.vm, &start);
	assert_int_equal(seen->abi, HCBPF_ABI_XEN);
	assert_true(seen->args[5] == start.args[5]);
	rig_down(&rig);
}

#endif

/* Run one answered call: the result is @expected, and nothing else but the PC has changed. */
static void expect_result(const struct kvm_vm_conf *conf, uint64_t ret, uint64_t expected)
{
	LIBHCBPF_OPTS(hcbpf_bind_opts, opts, .policy = "observe");
	struct kvm_regs before, after;
	struct rig rig;

	seen->verdict = HCBPF_DONE;
	seen->ret = ret;
	rig_up(&rig, conf, &opts);
	assert_kvm(kvm_vcpu_start(&rig.vm->vcpus[0], &six_args));
	assert_kvm(kvm_vcpu_regs(&rig.vm->vcpus[0], &before));
	assert_kvm(kvm_vcpu_run(&rig.vm->vcpus[0]));
	assert_kvm(kvm_vcpu_regs(&rig.vm->vcpus[0], &after));
	assert_true(kvm_result(&after) == expected);
	assert_in_range(kvm_pc(&after), kvm_pc(&before) + CALL_LEN, kvm_pc(&before) + CALL_LEN + 2);
	kvm_result(&before) = kvm_result(&after);
	kvm_pc(&before) = kvm_pc(&after);
	assert_memory_equal(&after, &before, sizeof(after));
	rig_down(&rig);
}

static void a_64_bit_guest_gets_all_bits_and_nothing_else_changes(void **state)
{
	(void)state;
	expect_result(&kvm64, 0, 0);
	expect_result(&kvm64, 0xfedcba9876543210, 0xfedcba9876543210);
#ifdef __x86_64__
	expect_result(&high64, 0xfedcba9876543210, 0xfedcba9876543210);
#endif
	expect_result(&xen64, (uint64_t)-38, (uint64_t)-38);
}

static void a_32_bit_guest_gets_32_bits_and_nothing_else_changes(void **state)
{
	(void)state;
	expect_result(&kvm32, 0, 0);
	expect_result(&kvm32, 0xfedcba9876543210, 0x76543210);
#ifdef __x86_64__
	expect_result(&compat, 0xfedcba9876543210, 0x76543210);
#endif
	expect_result(&xen32, (uint64_t)-38, (uint32_t)-38);
}

#ifdef __x86_64__
static void a_policy_for_user_mode_gets_its_calls(void **state)
{
	LIBHCBPF_OPTS(hcbpf_bind_opts, opts, .policy = "observe");
	struct kvm_vm_conf user = { .cpl = 3 };
	struct rig rig;
	int high;

	(void)state;
	seen->verdict = HCBPF_DONE;
	seen->ret = 7;
	for (high = 0; high <= 1; high++) {
		user.high = high;
		rig_up(&rig, &user, &opts);
		assert_int_equal(call_once(rig.vm, six_args), 7);
		assert_int_equal(seen->user, 1);
		rig_down(&rig);
	}
}

#endif

static void the_vcpu_is_named_by_its_id(void **state)
{
	LIBHCBPF_OPTS(hcbpf_bind_opts, opts, .policy = "observe");
	const struct kvm_vm_conf conf = { .nr_vcpus = 3 };
	struct rig rig;
	unsigned int i;

	(void)state;
	seen->verdict = HCBPF_DONE;
	rig_up(&rig, &conf, &opts);
	for (i = 0; i < 3; i++) {
		assert_kvm(kvm_vcpu_start(&rig.vm->vcpus[i], &six_args));
		assert_kvm(kvm_vcpu_run(&rig.vm->vcpus[i]));
		assert_int_equal(seen->vcpu_id, i);
	}
	rig_down(&rig);
}

#define observe_test(f) cmocka_unit_test_setup_teardown(f, observe_setup, observe_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(xen_send_of_a_64_bit_guest_signals),
		cmocka_unit_test(xen_send_of_a_32_bit_guest_signals),
		cmocka_unit_test(doorbell_in_the_kvm_abi_signals),
		cmocka_unit_test(doorbell_in_the_xen_abi_signals),
		cmocka_unit_test(a_port_in_two_pages_is_read),
		cmocka_unit_test(an_unknown_port_in_a_kvm_guest_gets_kvms_answer),
		cmocka_unit_test(an_unknown_port_in_a_xen_guest_goes_to_the_vmm),
#ifdef __x86_64__
		cmocka_unit_test(a_port_on_a_page_that_is_not_resident_passes),
#else
		cmocka_unit_test(a_port_on_a_page_that_is_not_resident_is_asked_for_again),
#endif
		cmocka_unit_test(a_port_at_an_unmapped_address_passes),
		cmocka_unit_test(a_port_half_on_an_absent_page_passes),
#ifdef __x86_64__
		cmocka_unit_test(guest_user_mode_never_signals),
		cmocka_unit_test(when_all_event_channels_are_closed_no_port_is_set),
		cmocka_unit_test(what_else_a_vmm_says_of_event_channels_leaves_ports_alone),
		observe_test(modes_are_told_apart),
		observe_test(the_bindings_abi_overrides_kvms),
		observe_test(a_policy_for_user_mode_gets_its_calls),
#endif
		cmocka_unit_test(doorbell_with_high_bits_passes),
		cmocka_unit_test(doorbell_of_a_32_bit_guest_has_32_bits),
		cmocka_unit_test(the_last_port_works),
		cmocka_unit_test(ports_beyond_the_table_pass),
		cmocka_unit_test(a_deleted_port_passes),
		cmocka_unit_test(table_memory_is_taken_page_by_page),
		observe_test(arguments_arrive_as_the_abi_passes_them),
		observe_test(a_64_bit_guest_gets_all_bits_and_nothing_else_changes),
		observe_test(a_32_bit_guest_gets_32_bits_and_nothing_else_changes),
		observe_test(the_vcpu_is_named_by_its_id),
	};

	return cmocka_run_group_tests_name("guests", tests, standard_setup, standard_teardown);
}
