// SPDX-License-Identifier: GPL-2.0-only
/* The verdict EXIT: to the VMM and back, and all that can come between. */
#include <signal.h>
#include <sys/wait.h>
#include "rules.h"

static struct policy observe;
static struct observe_state *seen;

static const struct hcbpf_bind_opts opts = { .sz = sizeof(opts), .policy = "observe" };

/* Register values with something in every byte. */
static const struct kvm_start call = {
	.program = GUEST_CALL_ONCE, .count = 1, .nr = 0x1111111162222222,
	.args = { 0xa000000000000001, 0xa000000000000002, 0xa000000000000003,
		  0xa000000000000004, 0xa000000000000005, 0xa000000000000006 },
};

static int fresh(void **state)
{
	(void)state;
	if (policy_load_observe(&observe, "observe", &seen))
		return -1;
	seen->verdict = HCBPF_EXIT;
	return 0;
}

static int idle_users;	/* the module's users while nothing is loaded */

static int group_setup(void **state)
{
	(void)state;
	hc_device();
	idle_users = module_users();
	return 0;
}

/* The kernel lets go of a policy some time after its last user; after a failed test, never. */
static int done(void **state)
{
	(void)state;
	policy_unload(&observe);
	(void)wait_until(module_users() == idle_users, 3000);
	return 0;
}

static bool nothing_is_bound(void)
{
	struct hcbpf_info info = hc_info();

	return !info.nr_vms && info.hook == HCBPF_HOOK_NONE;
}

#ifdef __x86_64__
static const struct kvm_vm_conf high64 = { .high = true };
static const struct kvm_vm_conf compat = { .mode = GUEST_COMPAT };
#endif

/* ---- what the VMM sees ---- */

static void expect_exit(const struct kvm_vm_conf *conf, uint8_t abi, int nr_args)
{
	uint64_t mask = conf->mode == GUEST_64 ? ~0ULL : 0xffffffff, flags = (uint64_t)abi << HCBPF_EXIT_ABI_SHIFT;
	struct kvm_run *run;
	struct rig rig;
	int i;

	if (conf->mode == GUEST_64)
		flags |= EXIT_FLAGS_64;
	rig_up(&rig, conf, &opts);
	run = run_to_exit(&rig, &call);
	assert_true(run->hypercall.nr ==
		    (call.nr & mask & (abi == PLAIN_ABI ? PLAIN_NR_MASK : ~0ULL)));
	for (i = 0; i < 6; i++)
		assert_true(run->hypercall.args[i] == (i < nr_args ? call.args[i] & mask : 0));
	assert_true(exit_flags(run) == flags);
	assert_true(run->hypercall.ret == 0);
	assert_int_equal(rig_info(&rig).pending_exits, 1);
	assert_int_equal(rig_stats(&rig).exits, 1);
	run->hypercall.ret = 0;
	finish_run(&rig);
	assert_int_equal(rig_info(&rig).pending_exits, 0);
	rig_down(&rig);
}

static void the_vmm_sees_number_arguments_and_abi(void **state)
{
	(void)state;
	expect_exit(&kvm64, PLAIN_ABI, PLAIN_ARGS);
	expect_exit(&kvm32, PLAIN_ABI, PLAIN_ARGS);
	expect_exit(&xen64, HCBPF_ABI_XEN, XEN_ARGS);
	expect_exit(&xen32, HCBPF_ABI_XEN, XEN_ARGS);
#ifdef __x86_64__
	expect_exit(&high64, HCBPF_ABI_KVM, 4);
	expect_exit(&compat, HCBPF_ABI_KVM, 4);
#endif
}

/* ---- what the guest gets ---- */

/* The result arrives, the PC is behind the instruction, and all else is as it was. */
static void expect_result(const struct kvm_vm_conf *conf, uint32_t abi, uint64_t ret,
			  uint64_t result)
{
	LIBHCBPF_OPTS(hcbpf_bind_opts, bind, .policy = "observe", .abi = abi);
	struct kvm_regs before, after;
	struct kvm_run *run;
	struct rig rig;

	rig_up(&rig, conf, &bind);
	run = run_to_exit(&rig, &call);
	assert_kvm(kvm_vcpu_regs(&rig.vm->vcpus[0], &before));
	run->hypercall.ret = ret;
	after = finish_run(&rig);
	assert_true(kvm_result(&after) == result);
#ifdef __x86_64__
	if (abi == HCBPF_ABI_HYPERV && conf->mode == GUEST_32) {
		assert_true(after.rdx == ret >> 32);
		after.rdx = before.rdx;
	}
#endif
	assert_in_range(kvm_pc(&after), kvm_pc(&before) + REST_OF_CALL,
			kvm_pc(&before) + REST_OF_CALL + 2);
	kvm_result(&after) = kvm_result(&before);
	kvm_pc(&after) = kvm_pc(&before);
	assert_memory_equal(&after, &before, sizeof(after));
	rig_down(&rig);
}

static void a_64_bit_guest_gets_all_bits(void **state)
{
	(void)state;
	expect_result(&kvm64, 0, 0xfedcba9876543210, 0xfedcba9876543210);
	expect_result(&kvm64, 0, 0, 0);
#ifdef __x86_64__
	expect_result(&high64, 0, 0xfedcba9876543210, 0xfedcba9876543210);
#endif
	expect_result(&xen64, 0, (uint64_t)-38, (uint64_t)-38);
#ifdef __x86_64__
	expect_result(&kvm64, HCBPF_ABI_HYPERV, 0xfedcba9876543210, 0xfedcba9876543210);
#endif
}

static void a_32_bit_guest_gets_32_bits(void **state)
{
	(void)state;
	expect_result(&kvm32, 0, 0xfedcba9876543210, 0x76543210);
	expect_result(&xen32, 0, (uint64_t)-38, (uint32_t)-38);
#ifdef __x86_64__
	expect_result(&compat, 0, 0xfedcba9876543210, 0x76543210);
#endif
}

#ifdef __x86_64__
static void a_32_bit_hyperv_guest_gets_edx_eax(void **state)
{
	(void)state;
	expect_result(&kvm32, HCBPF_ABI_HYPERV, 0xfedcba9876543210, 0x76543210);
	expect_result(&kvm32, HCBPF_ABI_HYPERV, 2, 2);
}
#endif

static void immediate_exit_completes(void **state)
{
	struct kvm_regs before, after;
	struct kvm_run *run;
	struct rig rig;

	(void)state;
	rig_up(&rig, &kvm64, &opts);
	run = run_to_exit(&rig, &call);
	assert_kvm(kvm_vcpu_regs(&rig.vm->vcpus[0], &before));
	run->hypercall.ret = 0x5555;
	run->immediate_exit = 1;
	assert_return(run_once(&rig), -EINTR);
	assert_kvm(kvm_vcpu_regs(&rig.vm->vcpus[0], &after));
	assert_true(kvm_result(&after) == 0x5555);
	assert_in_range(kvm_pc(&after), kvm_pc(&before) + REST_OF_CALL,
			kvm_pc(&before) + REST_OF_CALL + 2);
	assert_int_equal(rig_info(&rig).pending_exits, 0);
	run->hypercall.ret = 0x6666;	/* too late */
	run->immediate_exit = 0;
	assert_true(finish_result(&rig) == 0x5555);
	rig_down(&rig);
}

/* A VMM that resets or restores the vCPU meanwhile: its registers are its own. */
static void expect_moved_pc_is_left_alone(const struct kvm_vm_conf *conf)
{
	struct kvm_regs regs, after;
	struct kvm_run *run;
	struct rig rig;
	uint64_t rest;

	rig_up(&rig, conf, &opts);
	run = run_to_exit(&rig, &call);
	run->hypercall.ret = 0x5555;
	assert_kvm(kvm_vcpu_regs(&rig.vm->vcpus[0], &regs));
	/* The instruction that ends the program, elsewhere. High addresses map the same memory. */
	rest = (kvm_pc(&regs) + REST_OF_CALL) & 0xffffff;
	memcpy(kvm_at(rig.vm, GUEST_DATA), kvm_at(rig.vm, rest), 8);
	kvm_pc(&regs) = GUEST_DATA;
	kvm_result(&regs) = 0x7777;
	assert_kvm(kvm_vcpu_set_regs(&rig.vm->vcpus[0], &regs));
	after = finish_run(&rig);
	assert_true(kvm_result(&after) == 0x7777);
	assert_int_equal(rig_info(&rig).pending_exits, 0);
	assert_int_equal(rig_stats(&rig).exits, 1);
	rig_down(&rig);
}

static void a_moved_pc_gets_no_result_and_no_skip(void **state)
{
	(void)state;
	expect_moved_pc_is_left_alone(&kvm64);
#ifdef __x86_64__
	expect_moved_pc_is_left_alone(&high64);
#endif
}

/* A VMM that writes the ABI bits of kvm_run harms nobody but its guest. */
static void senseless_flags_are_survived(void **state)
{
	struct kvm_run *run;
	struct rig rig;

	(void)state;
	rig_up(&rig, &kvm64, &opts);
	run = run_to_exit(&rig, &call);
	run->hypercall.ret = 0x5555;
	set_exit_flags(run, ~0ULL);
	assert_true(finish_result(&rig) == 0x5555);
	rig_down(&rig);
}

/* ---- the binding ends first ---- */

static void a_detached_vm_completes_its_exit_once(void **state)
{
	int users = module_users(), fd;
	struct kvm_run *run;
	struct rig rig;

	(void)state;
	rig_up(&rig, &kvm64, &opts);
	run = run_to_exit(&rig, &call);
	assert_ok(hcbpf_vm_unbind(rig.hc));
	assert_return(hcbpf_vm_unbind(rig.hc), -ENODEV);
	assert_int_equal(rig_info(&rig).pending_exits, 1);
	assert_true(rig_info(&rig).state & HCBPF_VM_ENDED);
	assert_return(hc_bind(rig.vm->fd, "observe"), -EEXIST);
	hcbpf_vm_close(rig.hc);
	rig.hc = NULL;
	sleep_ms(200);
	assert_int_equal(module_users(), users + 1);
	assert_int_equal(hc_info().nr_vms, 1);
	assert_return(hc_bind(rig.vm->fd, "observe"), -EEXIST);

	run->hypercall.ret = 0x5555;
	assert_true(finish_result(&rig) == 0x5555);
	assert_true(wait_until(nothing_is_bound(), 5000));
	assert_true(wait_until(module_users() == users, 5000));
	assert_int_equal(seen->calls, 1);

	fd = assert_fd(hc_bind(rig.vm->fd, "observe"));
	run = run_to_exit(&rig, &call);
	run->hypercall.ret = 0x6666;
	assert_true(finish_result(&rig) == 0x6666);
	close(fd);
	rig_down(&rig);
	assert_true(wait_until(module_users() == users, 5000));
}

/* Several vCPUs have exits under way: the last one to complete ends the binding. */
static void the_last_completion_ends_the_binding(void **state)
{
	const struct kvm_vm_conf conf = { .nr_vcpus = 3 };
	struct kvm_vcpu *vcpus;
	struct rig rig;
	int i;

	(void)state;
	rig_up(&rig, &conf, &opts);
	vcpus = rig.vm->vcpus;
	for (i = 0; i < 3; i++) {
		assert_kvm(kvm_vcpu_start(&vcpus[i], &call));
		assert_return(hc_ioctl(vcpus[i].fd, KVM_RUN, NULL), 0);
	}
	assert_int_equal(rig_info(&rig).pending_exits, 3);
	assert_ok(hcbpf_vm_unbind(rig.hc));
	for (i = 0; i < 3; i++) {
		assert_int_equal(rig_info(&rig).pending_exits, 3 - i);
		assert_return(hc_bind(rig.vm->fd, "observe"), -EEXIST);
		assert_return(hc_ioctl(vcpus[i].fd, KVM_RUN, NULL), 0);
		assert_true(kvm_is_stop(vcpus[i].run));
	}
	assert_true(wait_until(nothing_is_bound(), 5000));
	rig_down(&rig);
}

static void a_vm_that_never_completes_leaves_nothing(void **state)
{
	int users = module_users(), unbind;
	struct rig rig;

	(void)state;
	for (unbind = 0; unbind < 2; unbind++) {
		rig_up(&rig, &kvm64, &opts);
		run_to_exit(&rig, &call);
		if (unbind)
			assert_ok(hcbpf_vm_unbind(rig.hc));
		rig_down(&rig);
		assert_true(wait_until(nothing_is_bound(), 5000));
		assert_true(wait_until(module_users() == users, 5000));
	}
}

static void an_unloaded_policys_exit_completes(void **state)
{
	struct kvm_run *run;
	struct rig rig;

	(void)state;
	rig_up(&rig, &kvm64, &opts);
	run = run_to_exit(&rig, &call);
	policy_unload(&observe);
	assert_true(wait_until(rig_info(&rig).state & HCBPF_VM_NO_POLICY, 5000));
	run->hypercall.ret = 0x5555;
	assert_true(finish_result(&rig) == 0x5555);
	assert_true(call_once(rig.vm, call) == KVM_ANSWER);
	rig_down(&rig);
	assert_ok(fresh(NULL));
}

static void die_with_an_exit_under_way(void)
{
	struct hcbpf_vm *hc;
	struct kvm_vm *vm;

	if (kvm_vm_create(&kvm64, &vm) || hcbpf_vm_bind(vm->fd, &opts, &hc) ||
	    kvm_vcpu_start(&vm->vcpus[0], &call) || ioctl(vm->vcpus[0].fd, KVM_RUN, 0) ||
	    vm->vcpus[0].run->exit_reason != KVM_EXIT_HYPERCALL)
		_exit(1);
	raise(SIGKILL);
}

static void a_killed_vmm_leaves_nothing(void **state)
{
	int users = module_users(), status;
	pid_t pid = fork();

	(void)state;
	if (!pid)
		die_with_an_exit_under_way();
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	assert_true(wait_until(nothing_is_bound(), 5000));
	assert_true(wait_until(module_users() == users, 5000));
}

/* ---- at full speed ---- */

static int answer_zero(struct kvm_vcpu *vcpu, void *arg)
{
	(void)arg;
	if (vcpu->run->exit_reason == KVM_EXIT_HYPERCALL)
		vcpu->run->hypercall.ret = 0;
	return 0;
}

/* Signals hit KVM_RUN at any point: the count of results says that none is lost or doubled. */
static void signals_lose_no_result(void **state)
{
	struct kvm_start start = { .program = GUEST_CALLS, .count = 20000, .nr = 7 };
	struct kvm_vcpu *vcpu;
	struct rig rig;
	int sent = 0;

	(void)state;
	seen->quiet = 1;
	rig_up(&rig, &kvm64, &opts);
	rig.vm->on_exit = answer_zero;
	vcpu = &rig.vm->vcpus[0];
	assert_kvm(kvm_vcpu_start(vcpu, &start));
	assert_kvm(kvm_vcpu_run_thread(vcpu));
	while (!__atomic_load_n(&vcpu->stopped, __ATOMIC_ACQUIRE) && sent < 1000000) {
		pthread_kill(vcpu->thread, SIGUSR1);
		usleep(100);
		sent++;
	}
	assert_kvm(kvm_vcpu_join(vcpu));
	assert_true(sent > 10);
	assert_int_equal(kvm_block(vcpu)->zero, start.count);
	assert_int_equal(kvm_block(vcpu)->other, 0);
	assert_int_equal(vcpu->exits.hypercall, start.count);
	assert_int_equal(seen->calls, start.count);
	rig_down(&rig);
}

static int bind_soon(int vm_fd)
{
	int fd = -1;

	if (!wait_until((fd = hc_bind(vm_fd, "observe")) != -EEXIST, 10000))
		return -EEXIST;
	return fd;
}

#define VCPUS 4

/*
 * Bound, a call exits and gets 0 from the VMM; unbound, it gets an error from
 * KVM. The guests' count of zeros, the VMM's of exits and the module's agree.
 */
static void binding_and_unbinding_under_exits(void **state)
{
	struct kvm_start start = { .program = GUEST_CALLS, .count = GUEST_FOREVER, .nr = 7 };
	const struct kvm_vm_conf conf = { .nr_vcpus = VCPUS };
	uint64_t zero = 0, exits = 0, counted = 0, other = 0;
	struct kvm_vm *vm;
	int i, fd;

	(void)state;
	seen->quiet = 1;
	assert_kvm(kvm_vm_create(&conf, &vm));
	vm->on_exit = answer_zero;
	for (i = 0; i < VCPUS; i++) {
		assert_kvm(kvm_vcpu_start(&vm->vcpus[i], &start));
		assert_kvm(kvm_vcpu_run_thread(&vm->vcpus[i]));
	}
	for (i = 0; i < 40; i++) {
		fd = assert_fd(bind_soon(vm->fd));
		sleep_ms(10 + i % 7);
		assert_return(hc_unbind(fd), 0);
		assert_true(wait_until(!hc_vm_info(fd).pending_exits, 10000));
		counted += hc_vm_stats(fd).exits;
		close(fd);
	}
	for (i = 0; i < VCPUS; i++) {
		let_finish(&vm->vcpus[i]);
		zero += kvm_block(&vm->vcpus[i])->zero;
		other += kvm_block(&vm->vcpus[i])->other;
		exits += vm->vcpus[i].exits.hypercall;
	}
	print_message("# %llu calls exited, %llu went to KVM\n", (unsigned long long)exits,
		      (unsigned long long)other);
	assert_true(exits > 0 && other > 0);
	assert_int_equal(exits, counted);
	assert_int_equal(exits, seen->calls);
	assert_int_equal(zero, exits);
	kvm_vm_destroy(vm);
	assert_true(wait_until(nothing_is_bound(), 5000));
}

#define exit_test(f) cmocka_unit_test_setup_teardown(f, fresh, done)

int main(void)
{
	const struct CMUnitTest tests[] = {
		exit_test(the_vmm_sees_number_arguments_and_abi),
		exit_test(a_64_bit_guest_gets_all_bits),
		exit_test(a_32_bit_guest_gets_32_bits),
#ifdef __x86_64__
		exit_test(a_32_bit_hyperv_guest_gets_edx_eax),
#endif
		exit_test(immediate_exit_completes),
		exit_test(a_moved_pc_gets_no_result_and_no_skip),
		exit_test(senseless_flags_are_survived),
		exit_test(a_detached_vm_completes_its_exit_once),
		exit_test(the_last_completion_ends_the_binding),
		exit_test(a_vm_that_never_completes_leaves_nothing),
		exit_test(an_unloaded_policys_exit_completes),
		exit_test(a_killed_vmm_leaves_nothing),
		exit_test(signals_lose_no_result),
		exit_test(binding_and_unbinding_under_exits),
	};

	return cmocka_run_group_tests_name("exits", tests, group_setup, NULL);
}
