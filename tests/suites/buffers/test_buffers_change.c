// SPDX-License-Identifier: GPL-2.0-only
/* Registered buffers while the world changes: slots, page tables, tables, vCPUs, bindings. */
#include <fcntl.h>
#include "buffers.h"
#include "standard_policy.h"

#define SLOT_AT 0x10000000ULL
#define OTHER_PORT (PORT + 1)

/* ---- memory slots ---- */

/* A VM with slot 1, and two memories that it can be made of: one says PORT, one OTHER_PORT. */
struct moving {
	struct rig rig;
	uint32_t *mem[2];
	int other_efd;
};

static void moving_up(struct moving *m)
{
	buffers_up(&m->rig, &xen64);
	m->other_efd = efd_new();
	assert_ok(hcbpf_vm_set_eventfd(m->rig.hc, 1, m->other_efd));
	assert_ok(hcbpf_port_set(m->rig.hc, OTHER_PORT, 1));
	m->mem[0] = new_memory(PAGE);
	m->mem[1] = new_memory(PAGE);
	m->mem[0][0] = PORT;
	m->mem[1][0] = OTHER_PORT;
	set_slot(m->rig.vm, SLOT_AT, m->mem[0], PAGE, 0);
	assert_return(insert(&m->rig, NOWHERE, SLOT_AT, PAGE, 0), 0);
}

static void moving_down(struct moving *m)
{
	rig_down(&m->rig);
	close(m->other_efd);
	munmap(m->mem[0], PAGE);
	munmap(m->mem[1], PAGE);
}

/* A slot's memory cannot be replaced: it is deleted and made again. */
static void move_to(struct moving *m, unsigned int i)
{
	set_slot(m->rig.vm, SLOT_AT, NULL, 0, 0);
	set_slot(m->rig.vm, SLOT_AT, m->mem[i], PAGE, 0);
}

static void a_moved_slot_is_followed_at_once(void **state)
{
	struct moving m;
	unsigned int i;

	(void)state;
	moving_up(&m);
	for (i = 0; i < 20; i++) {
		move_to(&m, i % 2);
		assert_return(send_on(&m.rig, 0, NOWHERE), 0);
		assert_return(send_physical(&m.rig, SLOT_AT), 0);
		assert_int_equal(efd_take(m.rig.efd), i % 2 ? 0 : 2);
		assert_int_equal(efd_take(m.other_efd), i % 2 ? 2 : 0);
	}
	moving_down(&m);
}

static void a_deleted_slot_is_a_fault_until_there_is_one_again(void **state)
{
	struct moving m;

	(void)state;
	moving_up(&m);
	set_slot(m.rig.vm, SLOT_AT, NULL, 0, 0);
	expect_unsent(&m.rig, NOWHERE, -EFAULT);
	assert_return(send_physical(&m.rig, SLOT_AT), -EFAULT);
	set_slot(m.rig.vm, SLOT_AT, m.mem[0], PAGE, 0);
	expect_sent(&m.rig, NOWHERE);
	moving_down(&m);
}

/*
 * The guest sends while slots come and go: each send signals what the slot says,
 * or fails because there is none. After the last change only the last is right.
 */
static void slots_may_move_under_load(void **state)
{
	const struct kvm_start start = xen_sends(NOWHERE, GUEST_FOREVER);
	uint64_t sent, first, other;
	struct kvm_vcpu *vcpu;
	struct moving m;
	unsigned int i;

	(void)state;
	moving_up(&m);
	vcpu = &m.rig.vm->vcpus[0];
	assert_kvm(kvm_vcpu_start(vcpu, &start));
	assert_kvm(kvm_vcpu_run_thread(vcpu));
	for (i = 0; i < 200; i++) {
		move_to(&m, i % 2);
		if (i % 10 == 0)
			sleep_ms(1);
	}
	move_to(&m, 1);
	assert_kvm(kvm_vcpu_stop(vcpu));
	first = efd_take(m.rig.efd);
	other = efd_take(m.other_efd);
	sent = kvm_block(vcpu)->zero;
	/* The vCPU may have been stopped between a call and the count of its result. */
	assert_in_range(first + other, sent, sent + 1);
	assert_true(first && other);
	assert_kvm(kvm_vcpu_run_thread(vcpu));
	assert_true(wait_until(kvm_block(vcpu)->zero > sent + 100, 5000));
	assert_kvm(kvm_vcpu_stop(vcpu));
	assert_int_equal(efd_take(m.rig.efd), 0);
	assert_true(efd_take(m.other_efd) >= 100);
	moving_down(&m);
}

/* ---- page tables ---- */

static void a_buffer_is_what_was_registered_whatever_the_page_tables_say(void **state)
{
	struct rig rig;

	(void)state;
	buffers_up(&rig, &xen64);
	assert_return(insert(&rig, GUEST_DATA, GUEST_DATA, PAGE, 0), 0);
	assert_kvm(kvm_vm_unmap(rig.vm, GUEST_DATA));
	expect_sent(&rig, GUEST_DATA);
	assert_return(purge(&rig, GUEST_DATA, 0), 0);
	expect_unsent(&rig, GUEST_DATA, MISSED);
	rig_down(&rig);
}

/* ---- tables that change while others use them ---- */

static void start_calls(struct rig *rig, unsigned int id, uint64_t nr, uint64_t a0, uint64_t a1,
			uint64_t a2, uint64_t a3)
{
	const struct kvm_start start = {
		.program = GUEST_CALLS, .count = GUEST_FOREVER, .nr = nr,
		.args = { a0, a1, a2, a3 },
	};

	assert_kvm(kvm_vcpu_start(&rig->vm->vcpus[id], &start));
	assert_kvm(kvm_vcpu_run_thread(&rig->vm->vcpus[id]));
}

/*
 * vCPU 0 sends, 1 registers the buffer for all, 2 purges it, 3 registers and
 * purges nothing that matters; and the VMM looks. No send goes astray: it signals, or
 * it is answered that the address leads nowhere.
 */
static void a_buffer_may_be_purged_while_another_vcpu_uses_it(void **state)
{
	const struct kvm_vm_conf conf = { .xen = true, .nr_vcpus = 4 };
	struct hcbpf_buffer seen[8];
	uint64_t signals, sent;
	struct rig rig;
	unsigned int i;

	(void)state;
	buffers_up(&rig, &conf);
	start_calls(&rig, 0, XEN_HYPERCALL_EVENT_CHANNEL_OP, XEN_EVTCHNOP_SEND, NOWHERE, 0, 0);
	start_calls(&rig, 1, HCBPF_HC_BUFFER_INSERT, NOWHERE, GUEST_DATA, 64, HCBPF_BUFFER_ALL);
	start_calls(&rig, 2, HCBPF_HC_BUFFER_PURGE, NOWHERE, 0, 0, HCBPF_BUFFER_ALL);
	start_calls(&rig, 3, HCBPF_HC_BUFFER_PURGE, 0, 0, 0, HCBPF_BUFFER_EVERY);
	for (i = 0; i < 300; i++) {
		size_t nr = ARRAY_LEN(seen);
		int err = hcbpf_buffers_get(rig.hc, seen, &nr);

		assert_true(!err || err == -EAGAIN);
		if (!err)
			assert_in_range(nr, 0, 1);
		sleep_ms(1);
	}
	for (i = 0; i < 4; i++)
		assert_kvm(kvm_vcpu_stop(&rig.vm->vcpus[i]));
	signals = efd_take(rig.efd);
	sent = kvm_block(&rig.vm->vcpus[0])->zero;
	assert_in_range(signals, sent, sent + 1);
	assert_true(sent && kvm_block(&rig.vm->vcpus[0])->other);
	assert_true(kvm_block(&rig.vm->vcpus[1])->zero > 10);
	assert_true(kvm_block(&rig.vm->vcpus[2])->zero > 10);
	rig_down(&rig);
}

/* What calls have replaced waits for RCU, and a guest makes calls faster than that. */
static void registering_without_end_takes_no_memory_without_end(void **state)
{
	const struct kvm_vm_conf conf = { .xen = true, .nr_vcpus = 2 };
	static struct hcbpf_buffer list[1000];
	uint64_t most = 0, table;
	struct rig rig;
	unsigned int i;

	(void)state;
	buffers_up(&rig, &conf);
	/* The larger a table, the more each change leaves behind. */
	assert_ok(hcbpf_vm_set_buffer_limit(rig.hc, 1024));
	for (i = 0; i < ARRAY_LEN(list); i++)
		list[i] = (struct hcbpf_buffer){
			.va = 2 * NOWHERE + i * PAGE, .gpa = GUEST_DATA, .size = 64,
			.vcpu = HCBPF_BUFFER_ANY_VCPU,
		};
	assert_ok(hcbpf_buffers_set(rig.hc, list, ARRAY_LEN(list)));
	table = hc_vm_info(hcbpf_vm_fd(rig.hc)).memory;
	start_calls(&rig, 0, HCBPF_HC_BUFFER_INSERT, NOWHERE, GUEST_DATA, 64, HCBPF_BUFFER_ALL);
	start_calls(&rig, 1, HCBPF_HC_BUFFER_PURGE, NOWHERE, 0, 0, HCBPF_BUFFER_ALL);
	for (i = 0; i < 500; i++) {
		uint64_t now = hc_vm_info(hcbpf_vm_fd(rig.hc)).memory;

		most = now > most ? now : most;
		sleep_ms(2);
	}
	assert_kvm(kvm_vcpu_stop(&rig.vm->vcpus[0]));
	assert_kvm(kvm_vcpu_stop(&rig.vm->vcpus[1]));
	print_message("# at most %llu bytes, after %llu changes\n", (unsigned long long)most,
		      (unsigned long long)kvm_block(&rig.vm->vcpus[0])->zero);
	/* The one in use, and both vCPUs may have looked before either added its part. */
	assert_in_range(most, 1, (512 << 10) + 3 * table);
	assert_true(wait_until(hc_vm_info(hcbpf_vm_fd(rig.hc)).memory < 2 * table, 10000));
	rig_down(&rig);
}

static void a_binding_may_end_while_guests_register(void **state)
{
	const struct kvm_vm_conf conf = { .xen = true, .nr_vcpus = 3 };
	struct rig rig;
	unsigned int i, v;

	(void)state;
	for (i = 0; i < 10; i++) {
		buffers_up(&rig, &conf);
		start_calls(&rig, 0, XEN_HYPERCALL_EVENT_CHANNEL_OP, XEN_EVTCHNOP_SEND, NOWHERE,
			    0, 0);
		start_calls(&rig, 1, HCBPF_HC_BUFFER_INSERT, NOWHERE, GUEST_DATA, 64,
			    HCBPF_BUFFER_ALL);
		start_calls(&rig, 2, HCBPF_HC_BUFFER_PURGE, NOWHERE, 0, 0, HCBPF_BUFFER_ALL);
		sleep_ms(20);
		assert_ok(hcbpf_vm_unbind(rig.hc));
		assert_int_equal(count_buffers(&rig), 0);
		for (v = 0; v < 3; v++)
			assert_kvm(kvm_vcpu_stop(&rig.vm->vcpus[v]));
		rig_down(&rig);
	}
}

/* ---- resets ---- */

/* A VM where a vCPU can be reset: on x86, with KVM's own interrupt controllers, by an INIT. */
static int vm_for_resets(int kvm, unsigned int nr_vcpus, int *vcpus)
{
	int vm = assert_fd(hc_ioctl(kvm, KVM_CREATE_VM, NULL));
	unsigned int i;

#ifdef __x86_64__
	assert_return(hc_ioctl(vm, KVM_CREATE_IRQCHIP, NULL), 0);
#endif
	for (i = 0; i < nr_vcpus; i++)
		vcpus[i] = assert_fd(hc_ioctl(vm, KVM_CREATE_VCPU, (void *)(uintptr_t)i));
	return vm;
}

#ifdef __x86_64__
/* An INIT is latched while a CPU is in SMM; asking for its state lets it act. */
static void reset(int vcpu)
{
	struct kvm_mp_state state;
	struct kvm_vcpu_events events;

	assert_return(hc_ioctl(vcpu, KVM_GET_VCPU_EVENTS, &events), 0);
	events.flags = KVM_VCPUEVENT_VALID_SMM;
	events.smi.latched_init = 1;
	assert_return(hc_ioctl(vcpu, KVM_SET_VCPU_EVENTS, &events), 0);
	assert_return(hc_ioctl(vcpu, KVM_GET_MP_STATE, &state), 0);
}

static void complete(int vcpu)
{
	(void)vcpu;
}
#else
static void reset(int vcpu)
{
	struct kvm_vcpu_init init = { .target = KVM_ARM_TARGET_GENERIC_V8 };

	assert_return(hc_ioctl(vcpu, KVM_ARM_VCPU_INIT, &init), 0);
}

/* Before that, a vCPU cannot run. */
static void complete(int vcpu)
{
	reset(vcpu);
}
#endif

static void a_reset_takes_the_vcpus_own_buffers(void **state)
{
	const struct hcbpf_buffer list[] = {
		{ .va = 0x1000, .gpa = 0x1000, .size = 64, .vcpu = 0 },
		{ .va = 0x1000, .gpa = 0x1000, .size = 64, .vcpu = 1 },
		{ .va = 0x3000, .gpa = 0x1000, .size = 64, .vcpu = HCBPF_BUFFER_ANY_VCPU },
	};
	int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC), vcpus[2], vm;
	struct hcbpf_buffer left[3];
	struct hcbpf_vm *hc;
	size_t nr = 3;

	(void)state;
	vm = vm_for_resets(kvm, 2, vcpus);
	assert_ok(hcbpf_vm_bind(vm, NULL, &hc));
	assert_ok(hcbpf_buffers_set(hc, list, ARRAY_LEN(list)));
	complete(vcpus[0]);
	complete(vcpus[1]);
	reset(vcpus[1]);
	assert_ok(hcbpf_buffers_get(hc, left, &nr));
	assert_int_equal(nr, 2);
	assert_int_equal(left[0].vcpu + left[1].vcpu, HCBPF_BUFFER_ANY_VCPU);
	close(vcpus[0]);
	close(vcpus[1]);
	close(vm);
	close(kvm);
	hcbpf_vm_close(hc);
}

/* A VMM that restores buffers before it makes the vCPUs must find them there. */
static void a_new_vcpu_is_no_reset(void **state)
{
	const struct hcbpf_buffer mine = { .va = 0x1000, .gpa = 0x1000, .size = 64, .vcpu = 0 };
	int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC), vm, vcpu;
	struct hcbpf_vm *hc;
	size_t nr = 0;

	(void)state;
	vm = vm_for_resets(kvm, 0, NULL);
	assert_ok(hcbpf_vm_bind(vm, NULL, &hc));
	assert_ok(hcbpf_buffers_set(hc, &mine, 1));
	vcpu = assert_fd(hc_ioctl(vm, KVM_CREATE_VCPU, NULL));
	complete(vcpu);
	assert_ok(hcbpf_buffers_get(hc, NULL, &nr));
	assert_int_equal(nr, 1);
	close(vcpu);
	close(vm);
	close(kvm);
	hcbpf_vm_close(hc);
}

static void the_vmm_can_reset_them_all(void **state)
{
	struct rig rig;

	(void)state;
	buffers_up(&rig, &xen64);
	assert_return(insert(&rig, NOWHERE, GUEST_DATA, 64, 0), 0);
	assert_return(insert(&rig, NOWHERE + PAGE, GUEST_DATA, 64, HCBPF_BUFFER_ALL), 0);
	assert_ok(hcbpf_buffers_set(rig.hc, NULL, 0));
	assert_int_equal(count_buffers(&rig), 0);
	expect_unsent(&rig, NOWHERE, MISSED);
	assert_return(insert(&rig, NOWHERE, GUEST_DATA, 64, 0), 0);
	expect_sent(&rig, NOWHERE);
	rig_down(&rig);
}

/* ---- migration ---- */

static void another_host_gets_what_the_guest_registered(void **state)
{
	struct hcbpf_buffer list[8];
	size_t nr = ARRAY_LEN(list);
	struct rig from, to;

	(void)state;
	buffers_up(&from, &xen64);
	assert_return(insert(&from, NOWHERE, GUEST_DATA, 64, 0), 0);
	assert_return(insert(&from, NOWHERE + 64, GUEST_DATA, 64, HCBPF_BUFFER_ALL), 0);
	assert_ok(hcbpf_buffers_get(from.hc, list, &nr));
	rig_down(&from);
	assert_int_equal(nr, 2);
	buffers_up(&to, &xen64);
	assert_ok(hcbpf_buffers_set(to.hc, list, nr));
	expect_sent(&to, NOWHERE);
	expect_sent(&to, NOWHERE + 64);
	assert_return(insert(&to, NOWHERE, GUEST_DATA, 64, 0), -EEXIST);
	rig_down(&to);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_moved_slot_is_followed_at_once),
		cmocka_unit_test(a_deleted_slot_is_a_fault_until_there_is_one_again),
		cmocka_unit_test(slots_may_move_under_load),
		cmocka_unit_test(a_buffer_is_what_was_registered_whatever_the_page_tables_say),
		cmocka_unit_test(a_buffer_may_be_purged_while_another_vcpu_uses_it),
		cmocka_unit_test(registering_without_end_takes_no_memory_without_end),
		cmocka_unit_test(a_binding_may_end_while_guests_register),
		cmocka_unit_test(a_reset_takes_the_vcpus_own_buffers),
		cmocka_unit_test(a_new_vcpu_is_no_reset),
		cmocka_unit_test(the_vmm_can_reset_them_all),
		cmocka_unit_test(another_host_gets_what_the_guest_registered),
	};

	return cmocka_run_group_tests_name("buffers under change", tests, standard_setup,
					   standard_teardown);
}
