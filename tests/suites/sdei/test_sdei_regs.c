// SPDX-License-Identifier: GPL-2.0-only
/*
 * SDEI's firmware registers: what is listed, what they take, and that a VM moves
 * by them alone. The other half, unloading while they are in use, ends the module.
 */
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "registers.h"
#include "rig.h"
#include "standard_policy.h"

#define MPIDR(cpu) (cpu)

static void every_register_is_listed_once(void **state)
{
	struct kvm_reg_list *list;
	struct sdei_rig rig;
	uint64_t i;

	(void)state;
	sdei_rig_make(&rig, 1);
	list = list_of(&rig.vm->vcpus[0]);
	for (i = 0; i < NR_REGS; i++)
		assert_true(is_listed(list, FIRST + i));
	assert_false(is_listed(list, FIRST - 1));
	assert_false(is_listed(list, FIRST + NR_REGS));
	assert_true(is_listed(list, KVM_REG_ARM_PSCI_VERSION));
	assert_true(is_listed(list, KVM_REG_ARM_FW_FEAT_BMAP_REG(2)));
	for (i = 0; i < list->n; i++)
		assert_int_not_equal(list->reg[i], 0);
	free(list);
	sdei_rig_down(&rig);
}

static int try_set(struct sdei_rig *rig, uint64_t id, uint64_t value)
{
	struct kvm_one_reg reg = { .id = id, .addr = (uintptr_t)&value };

	return ioctl(rig->vm->vcpus[0].fd, KVM_SET_ONE_REG, &reg) ? -errno : 0;
}

static void snapshot(struct sdei_rig *rig, uint64_t *values)
{
	uint64_t i;

	for (i = 0; i < NR_REGS; i++)
		values[i] = sdei_get_reg(&rig->vm->vcpus[0], FIRST + i);
}

static void invalid_values_are_refused_and_change_nothing(void **state)
{
	static const struct { uint64_t id, value; } bad[] = {
		{ HCBPF_SDEI_REG_VERSION, 0 },
		{ HCBPF_SDEI_REG_VERSION, HCBPF_SDEI_VERSION_WORD + 1 },
		{ HCBPF_SDEI_REG_PE, 2 },
		{ HCBPF_SDEI_REG_PENDING, 2 },
		{ HCBPF_SDEI_REG_PENDING, 1ULL << 63 },
		{ HCBPF_SDEI_REG_PSTATE, 0x3c9 },	/* EL2h */
		{ HCBPF_SDEI_REG_PSTATE, 0x1d3 },	/* AArch32 Supervisor */
		{ HCBPF_SDEI_REG_STATE(0), 8 },
		{ HCBPF_SDEI_REG_STATE(0), 2 },		/* enabled without registered */
		{ HCBPF_SDEI_REG_ENTRY(0), 2 },
		{ HCBPF_SDEI_REG_ENTRY(0), 1ULL << 60 },
	};
	uint64_t before[NR_REGS], after[NR_REGS];
	struct kvm_one_reg reg = { .id = HCBPF_SDEI_REG_PE, .addr = 8 };
	struct sdei_rig rig;
	unsigned int i;

	(void)state;
	sdei_rig_make(&rig, 1);
	snapshot(&rig, before);
	for (i = 0; i < ARRAY_LEN(bad); i++)
		assert_return(try_set(&rig, bad[i].id, bad[i].value), -EINVAL);
	assert_return(try_set(&rig, FIRST + NR_REGS, 0), -ENOENT);
	assert_int_equal(ioctl(rig.vm->vcpus[0].fd, KVM_SET_ONE_REG, &reg), -1);
	assert_int_equal(errno, EFAULT);
	assert_int_equal(ioctl(rig.vm->vcpus[0].fd, KVM_GET_ONE_REG, &reg), -1);
	assert_int_equal(errno, EFAULT);
	snapshot(&rig, after);
	assert_memory_equal(after, before, sizeof(before));
	sdei_rig_down(&rig);
}

/* Save what @from says of itself and give it to @to: all registers, in one of three orders. */
static void move_vcpu(struct kvm_vcpu *from, struct kvm_vcpu *to, int order)
{
	struct kvm_reg_list *list = list_of(from);
	uint8_t value[256] __attribute__((aligned(16)));
	uint64_t i, n;
	int round;

	for (round = 0; round < 2; round++) {
		for (i = 0; i < list->n; i++) {
			struct kvm_one_reg reg = { .addr = (uintptr_t)value };

			n = order == 1 ? list->n - 1 - i : order == 2 ? (i * 7919) % list->n : i;
			reg.id = list->reg[n];
			if (ioctl(from->fd, KVM_GET_ONE_REG, &reg) ||
			    ioctl(to->fd, KVM_SET_ONE_REG, &reg))
				fail_msg("register %#llx: %s", (unsigned long long)reg.id,
					 strerror(errno));
		}
	}
	free(list);
}

/* With a handler at work on CPU 0 and an event pending behind it; masked and pending on CPU 1. */
static void a_vm_moves_in_any_order_of_registers(void **state)
{
	uint64_t before[NR_REGS], after[NR_REGS];
	struct sdei_rig from, to;
	int order, cpu;

	(void)state;
	for (order = 0; order < 3; order++) {
		sdei_rig_up(&from, 2);
		sdei_listen(&from, 0);
		sdei_listen(&from, 1);
		block_of(&from, 0)->hold = 1;
		sdei_inject(&from, 0);
		expect_events(&from, 0, 1);
		sdei_inject(&from, 0);
		assert_sdei(1, &from, 1, HCBPF_SDEI_PE_MASK);
		sdei_inject(&from, 1);
		sdei_stop(&from);

		sdei_rig_make(&to, 2);
		sdei_bind(&to);
		memcpy(to.vm->mem, from.vm->mem, from.vm->mem_size);
		for (cpu = 0; cpu < 2; cpu++)
			move_vcpu(&from.vm->vcpus[cpu], &to.vm->vcpus[cpu], order);
		snapshot(&from, before);
		snapshot(&to, after);
		assert_memory_equal(after, before, sizeof(before));
		sdei_rig_down(&from);
		sdei_run(&to);
		expect_state(&to, 0, LISTENING | HCBPF_SDEI_RUNNING | HCBPF_SDEI_IS_PENDING);
		block_of(&to, 0)->hold = 0;
		expect_events(&to, 0, 2);
		expect_life(&to, 0);
		assert_sdei(0, &to, 1, HCBPF_SDEI_PE_UNMASK);
		expect_events(&to, 1, 1);
		assert_sdei(0, &to, 1, HCBPF_SDEI_EVENT_SIGNAL, 0, MPIDR(0));
		expect_events(&to, 0, 3);
		sdei_rig_down(&to);
	}
}

/* As a VMM does that saves and restores a CPU in passing, while another signals it. */
static void saving_and_restoring_in_passing_loses_nothing(void **state)
{
	struct hcbpf_sdei_state now;
	struct sdei_rig rig;
	uint64_t values[NR_REGS], i;
	int round;

	(void)state;
	sdei_rig_up(&rig, 2);
	sdei_listen(&rig, 0);
	set_args(&rig, 1, HCBPF_SDEI_EVENT_SIGNAL, 0, MPIDR(0));
	block_of(&rig, 1)->count = 5000;
	sdei_begin(&rig, 1, DO_SIGNALS);
	for (round = 0; round < 100; round++) {
		assert_kvm(kvm_vcpu_stop(&rig.vm->vcpus[0]));
		snapshot(&rig, values);
		for (i = 0; i < NR_REGS; i++)
			sdei_set_reg(&rig.vm->vcpus[0], FIRST + i, values[i]);
		assert_kvm(kvm_vcpu_run_thread(&rig.vm->vcpus[0]));
		sleep_ms(1);
	}
	sdei_wait_for_signals(&rig, 1);
	assert_true(wait_until(sdei_state(&rig, 0).state == LISTENING, PATIENCE));
	now = sdei_state(&rig, 0);
	assert_int_equal(now.signals, 5000);
	assert_int_equal(now.delivered + now.coalesced, 5000);
	assert_int_equal(block_of(&rig, 0)->events, now.delivered);
	sdei_rig_down(&rig);
}

/* ---- unloading ---- */

struct lister {
	int fd;
	struct kvm_reg_list *list;
	int result;
};

static void *list_regs(void *arg)
{
	struct lister *lister = arg;

	lister->result = ioctl(lister->fd, KVM_GET_REG_LIST, lister->list) ? -errno : 0;
	return NULL;
}

static void the_module_stays_while_a_list_is_written(void **state)
{
	static uint8_t zeros[PAGE] __attribute__((aligned(PAGE)));
	struct uffdio_copy give = { .src = (uintptr_t)zeros, .len = PAGE };
	struct pollfd wait = { .events = POLLIN };
	struct kvm_reg_list *list;
	struct lister lister;
	struct sdei_rig rig;
	uint64_t i, first = 0, n;
	pthread_t thread;
	uint8_t *area;

	(void)state;
	wait.fd = syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);
	if (wait.fd < 0) {
		print_message("# there is no userfaultfd here\n");
		skip();
	}
	sdei_rig_make(&rig, 1);
	list = list_of(&rig.vm->vcpus[0]);
	for (i = 0; i < list->n; i++)
		if (list->reg[i] == FIRST + 3)
			first = i;
	n = list->n;
	/* The fourth of our registers is the first word of the missing page. */
	area = slow_memory(wait.fd);
	lister.list = (void *)(area + PAGE - sizeof(*list) - first * sizeof(list->reg[0]));
	lister.list->n = n;
	lister.fd = rig.vm->vcpus[0].fd;
	policy_unload(&standard);
	hc_device_close();
	assert_int_equal(pthread_create(&thread, NULL, list_regs, &lister), 0);
	assert_int_equal(poll(&wait, 1, PATIENCE), 1);
	sleep_ms(1500);		/* BPF lets go of the module a moment later */
	for (i = 0; i < 5; i++)
		assert_int_not_equal(sh("rmmod hcbpf"), 0);
	give.dst = (uintptr_t)area + PAGE;
	assert_int_equal(ioctl(wait.fd, UFFDIO_COPY, &give), 0);
	pthread_join(thread, NULL);
	assert_int_equal(lister.result, 0);
	assert_memory_equal(lister.list->reg, list->reg, n * sizeof(list->reg[0]));
	free(list);
	sdei_rig_down(&rig);
	assert_true(unload_module());
}

/* The next VM, while another one that was there before asks for its list all the time. */
static void a_vm_from_before_never_has_sdei(void **state)
{
	struct kvm_reg_list *before, *after;
	struct sdei_rig rig;
	struct hcbpf_sdei_state got;
	int round;

	(void)state;
	sdei_rig_make(&rig, 1);
	before = list_of(&rig.vm->vcpus[0]);
	assert_false(is_listed(before, FIRST));
	for (round = 0; round < 2; round++) {
		assert_int_equal(sh("modprobe hcbpf sdei=1"), 0);
		after = list_of(&rig.vm->vcpus[0]);
		assert_int_equal(after->n, before->n);
		assert_memory_equal(after->reg, before->reg, before->n * sizeof(before->reg[0]));
		free(after);
		assert_int_equal(sh("rmmod hcbpf"), 0);
	}
	assert_int_equal(sh("modprobe hcbpf sdei=1"), 0);
	assert_ok(policy_load(&standard, "standard.bpf.o"));
	sdei_bind(&rig);
	sdei_run(&rig);
	assert_sdei(HCBPF_SDEI_NOT_SUPPORTED, &rig, 0, HCBPF_SDEI_VERSION);
	assert_return(sdei_inject(&rig, 0), -EOPNOTSUPP);
	assert_return(hcbpf_sdei_cancel(rig.hc, 0, 0), -EOPNOTSUPP);
	assert_return(hcbpf_sdei_get(rig.hc, 0, 0, &got), -EOPNOTSUPP);
	sdei_rig_down(&rig);
	free(before);
}

#define UNLOADS 8	/* each waits seconds for all tasks to have left the hooks */

struct maker {
	volatile bool stop;
	volatile int vms;		/* made so far, or an error */
};

/*
 * VMs come, are asked for their list, and go. In a process of its own: the children
 * of system() would inherit the VMs for a moment.
 */
static pid_t make_vms(struct maker *maker)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	while (!maker->stop && maker->vms >= 0) {
		const struct kvm_vm_conf conf = { 0 };
		struct kvm_vm *vm;
		int err = kvm_vm_create(&conf, &vm);

		if (!err)
			free(list_of(&vm->vcpus[0]));
		kvm_vm_destroy(vm);
		maker->vms = err ? err : maker->vms + 1;
	}
	_exit(0);
}

static void the_module_comes_and_goes_under_listings(void **state)
{
	struct maker *maker = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
				   -1, 0);
	int round, gone = 0;
	pid_t pid;

	(void)state;
	assert_true(maker != MAP_FAILED);
	policy_unload(&standard);
	hc_device_close();
	assert_true(unload_module());
	pid = make_vms(maker);
	assert_true(pid > 0);
	for (round = 0; round < UNLOADS; round++) {
		assert_int_equal(sh("modprobe hcbpf sdei=1"), 0);
		gone += unload_module();
	}
	maker->stop = true;
	waitpid(pid, NULL, 0);
	assert_true(maker->vms > 0);
	assert_int_equal(gone, UNLOADS);
	/* As the other tests leave it. */
	assert_int_equal(sh("modprobe hcbpf sdei=1"), 0);
	assert_ok(policy_load(&standard, "standard.bpf.o"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_register_is_listed_once),
		cmocka_unit_test(invalid_values_are_refused_and_change_nothing),
		cmocka_unit_test(a_vm_moves_in_any_order_of_registers),
		cmocka_unit_test(saving_and_restoring_in_passing_loses_nothing),
		cmocka_unit_test(the_module_stays_while_a_list_is_written),
		cmocka_unit_test(a_vm_from_before_never_has_sdei),
		cmocka_unit_test(the_module_comes_and_goes_under_listings),
	};

	return cmocka_run_group_tests_name("SDEI's registers", tests, standard_setup,
					   standard_teardown);
}
