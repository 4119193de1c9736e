// SPDX-License-Identifier: GPL-2.0-only
/* Power, reset and the ends of VMs and bindings; who has no SDEI. */
#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>
#include "rig.h"
#include "standard_policy.h"

#define MPIDR(cpu) (cpu)
#define PSCI_CPU_OFF 0x84000002
#define PSCI_CPU_ON 0xc4000003
#define NOT_SUPPORTED (-1)

/* Wait for a PSCI state of a vCPU. */
static bool is_off(struct sdei_rig *rig, unsigned int cpu)
{
	return sdei(rig, 0, 0xc4000004 /* AFFINITY_INFO */, MPIDR(cpu), 0) == 1;
}

static void a_cpu_that_was_off_comes_back_masked_and_unregistered(void **state)
{
	volatile struct block *block;
	struct sdei_rig rig;
	int round;

	(void)state;
	sdei_rig_up(&rig, 2);
	block = block_of(&rig, 1);
	for (round = 0; round < 10; round++) {
		sdei_listen(&rig, 1);
		assert_sdei(0, &rig, 0, HCBPF_SDEI_EVENT_SIGNAL, 0, MPIDR(1));
		expect_events(&rig, 1, round + 1);
		set_args(&rig, 1, PSCI_CPU_OFF);
		sdei_begin(&rig, 1, DO_CALL);
		assert_true(wait_until(is_off(&rig, 1), PATIENCE));
		expect_state(&rig, 1, HCBPF_SDEI_MASKED);
		assert_return(sdei_inject(&rig, 1), HCBPF_SDEI_IGNORED);
		assert_sdei(0, &rig, 0, HCBPF_SDEI_EVENT_SIGNAL, 0, MPIDR(1));
		block->command = 0;
		/* It comes back with its block's address in X0 only. */
		assert_sdei(0, &rig, 0, PSCI_CPU_ON, MPIDR(1), guest_addr(sdei_guest_on),
			    BLOCKS + BLOCK_ROOM);
		expect_life(&rig, 1);
		assert_sdei(0, &rig, 1, HCBPF_SDEI_EVENT_STATUS, 0);
		assert_sdei(0, &rig, 1, HCBPF_SDEI_PE_MASK);
		assert_int_equal(block->events, round + 1);
	}
	sdei_rig_down(&rig);
}

static void a_cpu_turns_itself_off_in_its_handler(void **state)
{
	struct sdei_rig rig;

	(void)state;
	sdei_rig_up(&rig, 2);
	sdei_listen(&rig, 1);
	block_of(&rig, 1)->end = PSCI_CPU_OFF;
	assert_return(sdei_inject(&rig, 1), HCBPF_SDEI_SIGNALLED);
	assert_true(wait_until(is_off(&rig, 1), PATIENCE));
	expect_state(&rig, 1, HCBPF_SDEI_MASKED);
	block_of(&rig, 1)->end = HCBPF_SDEI_EVENT_COMPLETE;
	assert_sdei(0, &rig, 0, PSCI_CPU_ON, MPIDR(1), guest_addr(sdei_guest_on),
		    BLOCKS + BLOCK_ROOM);
	sdei_listen(&rig, 1);
	assert_return(sdei_inject(&rig, 1), HCBPF_SDEI_SIGNALLED);
	expect_events(&rig, 1, 2);
	sdei_rig_down(&rig);
}

static void reset_by_the_vmm_forgets_everything(void **state)
{
	struct kvm_vcpu_init init;
	struct sdei_rig rig;

	(void)state;
	sdei_rig_up(&rig, 1);
	sdei_listen(&rig, 0);
	block_of(&rig, 0)->hold = 1;
	assert_return(sdei_inject(&rig, 0), HCBPF_SDEI_SIGNALLED);
	expect_events(&rig, 0, 1);
	assert_return(sdei_inject(&rig, 0), HCBPF_SDEI_SIGNALLED);
	expect_state(&rig, 0, LISTENING | HCBPF_SDEI_RUNNING | HCBPF_SDEI_IS_PENDING);
	sdei_stop(&rig);
	assert_int_equal(ioctl(rig.vm->fd, KVM_ARM_PREFERRED_TARGET, &init), 0);
	init.features[0] |= 1 << KVM_ARM_VCPU_PSCI_0_2;
	assert_int_equal(ioctl(rig.vm->vcpus[0].fd, KVM_ARM_VCPU_INIT, &init), 0);
	expect_state(&rig, 0, HCBPF_SDEI_MASKED);
	assert_int_equal(sdei_state(&rig, 0).signals, 2);
	sdei_rig_down(&rig);
}

/* ---- the end of the binding ---- */

static void a_handler_outlives_its_binding(void **state)
{
	struct hcbpf_sdei_state got;
	volatile struct block *block;
	struct hcbpf_vm_info info;
	struct hcbpf_vm *again;
	struct sdei_rig rig;

	(void)state;
	sdei_rig_up(&rig, 2);
	sdei_listen(&rig, 1);
	block = block_of(&rig, 1);
	block->hold = 1;
	assert_return(sdei_inject(&rig, 1), HCBPF_SDEI_SIGNALLED);
	expect_events(&rig, 1, 1);
	assert_return(sdei_inject(&rig, 1), HCBPF_SDEI_SIGNALLED);
	assert_ok(hcbpf_vm_unbind(rig.hc));
	assert_ok(hcbpf_vm_info(rig.hc, &info));
	assert_int_equal(info.pending_exits, 1);
	assert_return(sdei_inject(&rig, 1), -ENODEV);
	assert_return(hcbpf_sdei_cancel(rig.hc, 1, 0), -ENODEV);
	assert_return(hcbpf_sdei_get(rig.hc, 1, 0, &got), -ENODEV);
	assert_return(hcbpf_vm_bind(rig.vm->fd, NULL, &again), -EEXIST);
	/* Nobody else has SDEI any more. */
	assert_sdei(NOT_SUPPORTED, &rig, 0, HCBPF_SDEI_VERSION);
	block->hold = 0;
	expect_life(&rig, 1);
	assert_sdei(NOT_SUPPORTED, &rig, 1, HCBPF_SDEI_VERSION);
	assert_int_equal(block->refused, 0);
	assert_int_equal(block->events, 1);
	hcbpf_vm_close(rig.hc);

	/* The event that was pending is not lost. */
	assert_true(wait_until(!hcbpf_vm_bind(rig.vm->fd, NULL, &rig.hc), PATIENCE));
	expect_events(&rig, 1, 2);
	expect_state(&rig, 1, LISTENING);
	sdei_rig_down(&rig);
}

static void *unbind(void *hc)
{
	return (void *)(long)hcbpf_vm_unbind(hc);
}

/* Two of them: the binding must not think that the first one was the last. */
static void handlers_end_while_their_binding_does(void **state)
{
	volatile struct block *blocks[2];
	struct sdei_rig rig;
	pthread_t thread;
	int round, cpu;
	void *err;

	(void)state;
	sdei_rig_up(&rig, 2);
	for (cpu = 0; cpu < 2; cpu++) {
		blocks[cpu] = block_of(&rig, cpu);
		sdei_listen(&rig, cpu);
	}
	for (round = 1; round <= 8; round++) {
		for (cpu = 0; cpu < 2; cpu++) {
			blocks[cpu]->hold = 1;
			assert_return(sdei_inject(&rig, cpu), HCBPF_SDEI_SIGNALLED);
			expect_events(&rig, cpu, round);
		}
		assert_ok(pthread_create(&thread, NULL, unbind, rig.hc));
		sleep_ms(round);
		blocks[0]->hold = blocks[1]->hold = 0;
		assert_ok(pthread_join(thread, &err));
		assert_null(err);
		for (cpu = 0; cpu < 2; cpu++) {
			expect_life(&rig, cpu);
			assert_int_equal(blocks[cpu]->refused, 0);
		}
		hcbpf_vm_close(rig.hc);
		assert_true(wait_until(!hcbpf_vm_bind(rig.vm->fd, NULL, &rig.hc), PATIENCE));
	}
	sdei_rig_down(&rig);
}

static void a_handler_outlives_its_policy(void **state)
{
	volatile struct block *block;
	struct sdei_rig rig;

	(void)state;
	sdei_rig_up(&rig, 1);
	sdei_listen(&rig, 0);
	block = block_of(&rig, 0);
	block->hold = 1;
	assert_return(sdei_inject(&rig, 0), HCBPF_SDEI_SIGNALLED);
	expect_events(&rig, 0, 1);
	policy_unload(&standard);
	block->hold = 0;
	expect_life(&rig, 0);
	assert_int_equal(block->refused, 0);
	assert_sdei(NOT_SUPPORTED, &rig, 0, HCBPF_SDEI_VERSION);
	assert_ok(policy_load(&standard, "standard.bpf.o"));
	assert_sdei(HCBPF_SDEI_VERSION_WORD, &rig, 0, HCBPF_SDEI_VERSION);
	sdei_rig_down(&rig);
}

/* A handler that a VM restored, and which is at work when the VM is detached. */
static void a_restored_handler_outlives_its_binding(void **state)
{
	struct sdei_rig rig;

	(void)state;
	sdei_rig_make(&rig, 1);
	sdei_bind(&rig);
	sdei_set_reg(&rig.vm->vcpus[0], HCBPF_SDEI_REG_ENTRY(0), guest_addr(sdei_handler));
	sdei_set_reg(&rig.vm->vcpus[0], HCBPF_SDEI_REG_STATE(0), 7);
	/* What it interrupted goes on with the other block. */
	sdei_set_reg(&rig.vm->vcpus[0], HCBPF_SDEI_REG_X(0), BLOCKS + BLOCK_ROOM);
	sdei_set_reg(&rig.vm->vcpus[0], HCBPF_SDEI_REG_PC, guest_addr(sdei_guest_on));
	sdei_set_reg(&rig.vm->vcpus[0], HCBPF_SDEI_REG_PSTATE, 0x3c5);
	assert_ok(hcbpf_vm_unbind(rig.hc));
	sdei_run(&rig);
	set_args(&rig, 0, HCBPF_SDEI_EVENT_COMPLETE);
	sdei_begin(&rig, 0, DO_CALL);
	assert_true(wait_until(block_of(&rig, 1)->loops, PATIENCE));
	assert_int_equal(block_of(&rig, 0)->command, DO_CALL);
	hcbpf_vm_close(rig.hc);
	assert_true(wait_until(!hcbpf_vm_bind(rig.vm->fd, NULL, &rig.hc), PATIENCE));
	sdei_rig_down(&rig);
}

static void a_vm_ends_with_handlers_and_events_under_way(void **state)
{
	struct sdei_rig rig;
	int round;

	(void)state;
	for (round = 0; round < 10; round++) {
		sdei_rig_up(&rig, 2);
		sdei_listen(&rig, 0);
		sdei_listen(&rig, 1);
		block_of(&rig, 1)->hold = 1;
		sdei_inject(&rig, 1);
		expect_events(&rig, 1, 1);
		sdei_inject(&rig, 1);
		sdei_inject(&rig, 0);
		if (round % 2)
			assert_ok(hcbpf_vm_unbind(rig.hc));
		sdei_rig_down(&rig);
	}
	assert_true(wait_until(!hc_info().nr_vms, PATIENCE));
}

/* ---- a VMM that does not run its vCPU ---- */

static bool timer_runs(void)
{
	return strstr(file_text("/proc/timer_list"), "sdei_pe_retry");
}

/* A timer line that is not as kvm_run says brings KVM back before it enters the guest. */
static void run_without_entry(struct kvm_vcpu *vcpu)
{
	vcpu->run->s.regs.device_irq_level = KVM_ARM_DEV_EL1_VTIMER;
	assert_return(hc_ioctl(vcpu->fd, KVM_RUN, NULL), -EINTR);
}

static void send_abort(struct kvm_vcpu *vcpu)
{
	struct kvm_vcpu_events events = { .exception.ext_dabt_pending = 1 };

	assert_ok(hc_ioctl(vcpu->fd, KVM_SET_VCPU_EVENTS, &events));
}

/* Does KVM leave them to its next entry? Some kernels write the registers at once. */
static bool exceptions_wait(struct kvm_vcpu *vcpu, const struct kvm_regs *before)
{
	struct kvm_regs now;

	assert_kvm(kvm_vcpu_regs(vcpu, &now));
	return now.regs.pc == before->regs.pc;
}

/*
 * An event waits behind an exception that KVM writes into the registers when it enters
 * the guest, or leaves KVM_RUN. No sooner has it left than there is another exception;
 * and the VMM does not run the vCPU any more. What waits must not take the host's time.
 */
static void a_vcpu_that_stays_out_costs_nothing(void **state)
{
	struct kvm_vcpu *vcpu;
	struct kvm_regs regs;
	struct sdei_rig rig;
	int round;

	(void)state;
	sdei_rig_up(&rig, 1);
	sdei_listen(&rig, 0);
	sdei_stop(&rig);
	vcpu = &rig.vm->vcpus[0];
	assert_kvm(kvm_vcpu_regs(vcpu, &regs));
	assert_return(sdei_inject(&rig, 0), HCBPF_SDEI_SIGNALLED);
	send_abort(vcpu);
	for (round = 0; round < 20 && exceptions_wait(vcpu, &regs); round++) {
		run_without_entry(vcpu);
		send_abort(vcpu);
		assert_true(wait_until(!timer_runs(), 1000));
		assert_kvm(kvm_vcpu_set_regs(vcpu, &regs));
		send_abort(vcpu);
	}
	if (exceptions_wait(vcpu, &regs))
		run_without_entry(vcpu);
	/* The event is not lost; the guest does not expect the aborts. */
	assert_kvm(kvm_vcpu_set_regs(vcpu, &regs));
	assert_false(timer_runs());
	assert_int_equal(block_of(&rig, 0)->events, 0);
	sdei_run(&rig);
	expect_events(&rig, 0, 1);
	expect_life(&rig, 0);
	sdei_rig_down(&rig);
}

/* ---- who has none ---- */

static void a_32_bit_guest_has_no_sdei(void **state)
{
	const struct kvm_vm_conf conf = { .mode = GUEST_32 };
	const struct kvm_start start = {
		.program = GUEST_CALL_ONCE, .count = 1, .nr = HCBPF_SDEI_VERSION,
		.abi = HCBPF_ABI_SMCCC,
	};
	struct hcbpf_sdei_state got;
	struct kvm_regs regs;
	struct hcbpf_vm *hc;
	struct kvm_vm *vm;
	uint64_t value;
	struct kvm_one_reg reg = { .id = HCBPF_SDEI_REG_PE, .addr = (uintptr_t)&value };

	(void)state;
	assert_kvm(kvm_vm_create(&conf, &vm));
	assert_ok(hcbpf_vm_bind(vm->fd, NULL, &hc));
	assert_kvm(kvm_vcpu_start(&vm->vcpus[0], &start));
	assert_kvm(kvm_vcpu_run(&vm->vcpus[0]));
	assert_kvm(kvm_vcpu_regs(&vm->vcpus[0], &regs));
	assert_int_equal((int32_t)regs.regs.regs[0], NOT_SUPPORTED);
	assert_return(hcbpf_sdei_signal(hc, 0, 0), -EOPNOTSUPP);
	assert_return(hcbpf_sdei_cancel(hc, 0, 0), -EOPNOTSUPP);
	assert_return(hcbpf_sdei_get(hc, 0, 0, &got), -EOPNOTSUPP);
	assert_int_equal(ioctl(vm->vcpus[0].fd, KVM_GET_ONE_REG, &reg), -1);
	assert_int_equal(errno, ENOENT);
	kvm_vm_destroy(vm);
	hcbpf_vm_close(hc);
}

static void a_vm_that_is_not_bound_has_no_sdei_calls(void **state)
{
	struct sdei_rig rig;

	(void)state;
	sdei_rig_make(&rig, 1);
	sdei_run(&rig);
	assert_sdei(NOT_SUPPORTED, &rig, 0, HCBPF_SDEI_VERSION);
	sdei_rig_down(&rig);
}

static void requests_of_bad_shape_are_refused(void **state)
{
	struct hcbpf_sdei_signal signal = { .size = sizeof(signal) };
	struct hcbpf_sdei_state got = { .size = 8 };
	struct sdei_rig rig;
	int fd;

	(void)state;
	sdei_rig_make(&rig, 1);
	sdei_bind(&rig);
	fd = hcbpf_vm_fd(rig.hc);
	assert_return(hc_ioctl(fd, HCBPF_VM_SDEI_GET, &got), -EINVAL);
	got = (struct hcbpf_sdei_state){ .size = sizeof(got), .event = 1 };
	assert_return(hc_ioctl(fd, HCBPF_VM_SDEI_GET, &got), -EINVAL);
	got = (struct hcbpf_sdei_state){ .size = sizeof(got), .vcpu_id = 1 };
	assert_return(hc_ioctl(fd, HCBPF_VM_SDEI_GET, &got), -ENOENT);
	assert_return(hc_ioctl(fd, HCBPF_VM_SDEI_GET, NULL), -EFAULT);
	signal.size = 8;
	assert_return(hc_ioctl(fd, HCBPF_VM_SDEI_SIGNAL, &signal), -EINVAL);
	signal = (struct hcbpf_sdei_signal){ .size = sizeof(signal), .flags = 1 };
	assert_return(hc_ioctl(fd, HCBPF_VM_SDEI_SIGNAL, &signal), -EINVAL);
	assert_return(hc_ioctl(fd, HCBPF_VM_SDEI_CANCEL, &signal), -EINVAL);
	signal = (struct hcbpf_sdei_signal){ .size = sizeof(signal), .result = 1 };
	assert_return(hc_ioctl(fd, HCBPF_VM_SDEI_SIGNAL, &signal), -EINVAL);
	assert_return(hc_ioctl(fd, HCBPF_VM_SDEI_CANCEL, &signal), -EINVAL);
	signal = (struct hcbpf_sdei_signal){ .size = sizeof(signal), .reserved = 1 };
	assert_return(hc_ioctl(fd, HCBPF_VM_SDEI_SIGNAL, &signal), -EINVAL);
	assert_return(hc_ioctl(fd, HCBPF_VM_SDEI_CANCEL, &signal), -EINVAL);
	assert_return(hc_ioctl(fd, HCBPF_VM_SDEI_SIGNAL, NULL), -EFAULT);
	assert_return(hc_ioctl(fd, HCBPF_VM_SDEI_CANCEL, NULL), -EFAULT);
	sdei_rig_down(&rig);
}

/* By the request's own return value: the library's is its result, where that is none. */
static void requests_for_what_does_not_exist_fail(void **state)
{
	struct hcbpf_sdei_signal event = { .size = sizeof(event), .event = 1 };
	struct hcbpf_sdei_signal vcpu = { .size = sizeof(vcpu), .vcpu_id = 1 };
	struct sdei_rig rig;
	int fd;

	(void)state;
	sdei_rig_make(&rig, 1);
	sdei_bind(&rig);
	fd = hcbpf_vm_fd(rig.hc);
	assert_return(hc_ioctl(fd, HCBPF_VM_SDEI_SIGNAL, &event), -EINVAL);
	assert_return(hc_ioctl(fd, HCBPF_VM_SDEI_CANCEL, &event), -EINVAL);
	assert_return(hc_ioctl(fd, HCBPF_VM_SDEI_SIGNAL, &vcpu), -ENOENT);
	assert_return(hc_ioctl(fd, HCBPF_VM_SDEI_CANCEL, &vcpu), -ENOENT);
	assert_int_equal(event.result | vcpu.result, 0);
	sdei_rig_down(&rig);
}

static void an_answer_that_cannot_be_written_is_efault(void **state)
{
	union {
		struct hcbpf_sdei_signal signal;
		struct hcbpf_sdei_state state;
	} *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct sdei_rig rig;
	int fd;

	(void)state;
	sdei_rig_make(&rig, 1);
	sdei_bind(&rig);
	fd = hcbpf_vm_fd(rig.hc);
	page->signal = (struct hcbpf_sdei_signal){ .size = sizeof(page->signal) };
	assert_return(hc_ioctl(fd, HCBPF_VM_SDEI_SIGNAL, page), 0);
	assert_int_equal(page->signal.result, HCBPF_SDEI_IGNORED);
	page->signal.result = 0;
	mprotect(page, 4096, PROT_READ);
	assert_return(hc_ioctl(fd, HCBPF_VM_SDEI_SIGNAL, page), -EFAULT);
	mprotect(page, 4096, PROT_READ | PROT_WRITE);
	page->state = (struct hcbpf_sdei_state){ .size = sizeof(page->state) };
	mprotect(page, 4096, PROT_READ);
	assert_return(hc_ioctl(fd, HCBPF_VM_SDEI_GET, page), -EFAULT);
	munmap(page, 4096);
	sdei_rig_down(&rig);
}

/* vCPUs whose ids are neither in order nor next to one another. */
static void the_walk_over_vcpus_finds_every_one(void **state)
{
	static const uint32_t ids[] = { 9, 2, 5, 0x7f };
	static const uint32_t sorted[] = { 2, 5, 9, 0x7f };
	struct kvm_vcpu_init init;
	struct hcbpf_sdei_state got;
	int vm_fd, vcpus[ARRAY_LEN(ids)], kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	struct hcbpf_vm *hc;
	uint32_t from = 0;
	size_t i;

	(void)state;
	vm_fd = assert_fd(hc_ioctl(kvm, KVM_CREATE_VM, NULL));
	assert_return(hc_ioctl(vm_fd, KVM_ARM_PREFERRED_TARGET, &init), 0);
	for (i = 0; i < ARRAY_LEN(ids); i++) {
		vcpus[i] = assert_fd(ioctl(vm_fd, KVM_CREATE_VCPU, (unsigned long)ids[i]));
		assert_return(hc_ioctl(vcpus[i], KVM_ARM_VCPU_INIT, &init), 0);
	}
	assert_ok(hcbpf_vm_bind(vm_fd, NULL, &hc));
	for (i = 0; i < ARRAY_LEN(sorted); i++) {
		assert_ok(hcbpf_sdei_get(hc, from, 0, &got));
		assert_int_equal(got.vcpu_id, sorted[i]);
		/* Itself, too. */
		assert_ok(hcbpf_sdei_get(hc, sorted[i], 0, &got));
		assert_int_equal(got.vcpu_id, sorted[i]);
		from = got.vcpu_id + 1;
	}
	assert_return(hcbpf_sdei_get(hc, from, 0, &got), -ENOENT);
	assert_return(hcbpf_sdei_get(hc, 0xffffffff, 0, &got), -ENOENT);
	for (i = 0; i < ARRAY_LEN(ids); i++)
		close(vcpus[i]);
	close(vm_fd);
	hcbpf_vm_close(hc);
	close(kvm);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_cpu_that_was_off_comes_back_masked_and_unregistered),
		cmocka_unit_test(a_cpu_turns_itself_off_in_its_handler),
		cmocka_unit_test(reset_by_the_vmm_forgets_everything),
		cmocka_unit_test(a_handler_outlives_its_binding),
		cmocka_unit_test(handlers_end_while_their_binding_does),
		cmocka_unit_test(a_handler_outlives_its_policy),
		cmocka_unit_test(a_restored_handler_outlives_its_binding),
		cmocka_unit_test(a_vm_ends_with_handlers_and_events_under_way),
		cmocka_unit_test(a_vcpu_that_stays_out_costs_nothing),
		cmocka_unit_test(a_32_bit_guest_has_no_sdei),
		cmocka_unit_test(a_vm_that_is_not_bound_has_no_sdei_calls),
		cmocka_unit_test(requests_of_bad_shape_are_refused),
		cmocka_unit_test(requests_for_what_does_not_exist_fail),
		cmocka_unit_test(an_answer_that_cannot_be_written_is_efault),
		cmocka_unit_test(the_walk_over_vcpus_finds_every_one),
	};

	return cmocka_run_group_tests_name("SDEI's life", tests, standard_setup, standard_teardown);
}
