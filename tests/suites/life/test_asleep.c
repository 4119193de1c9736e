// SPDX-License-Identifier: GPL-2.0-only
/*
 * The module goes away under a vCPU that sleeps in KVM, on a hypercall that
 * came through the hook: nothing of the module may lie on its stack.
 *
 * On x86 the vCPU is put to sleep where KVM has to read the guest's code to step
 * over the hypercall instruction (a CPU without NRIPS), by taking the page away and
 * holding back its return with userfaultfd. On arm64 it sleeps by a call that KVM's
 * handler serves: PSCI's CPU_SUSPEND, with no interrupt to wake it.
 */
#include <dirent.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "rig.h"

/* Some thread of ours sleeps below @function. */
static bool asleep_in(const char *function)
{
	DIR *dir = opendir("/proc/self/task");
	struct dirent *entry;
	bool found = false;
	char path[300];

	while (dir && !found && (entry = readdir(dir))) {
		snprintf(path, sizeof(path), "/proc/self/task/%s/stack", entry->d_name);
		found = strstr(file_text(path), function);
	}
	closedir(dir);
	return found;
}

/*
 * A signal ends the sleep. A child's end sends one, which system() blocks in
 * the main thread only: then the vCPU's thread would get it.
 */
static void block_signals_of_children(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
}

#ifdef __x86_64__

#define SLEEPS_IN "skip_emulated_instruction"
#define CODE_SIZE 4096

static unsigned char *code, saved[CODE_SIZE] __attribute__((aligned(4096)));
static int uffd;

static int watch_code(struct kvm_vm *vm)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register reg = { .mode = UFFDIO_REGISTER_MODE_MISSING };

	code = kvm_at(vm, GUEST_CODE);
	memcpy(saved, code, CODE_SIZE);
	reg.range.start = (uintptr_t)code;
	reg.range.len = CODE_SIZE;
	return ioctl(uffd, UFFDIO_API, &api) || ioctl(uffd, UFFDIO_REGISTER, &reg) ? -errno : 0;
}

/* Take the code page away; true when the vCPU waits for it. */
static bool take_code(void)
{
	struct pollfd poll_uffd = { .fd = uffd, .events = POLLIN };
	struct uffd_msg msg;

	madvise(code, CODE_SIZE, MADV_DONTNEED);
	return poll(&poll_uffd, 1, 1000) == 1 && read(uffd, &msg, sizeof(msg)) == sizeof(msg);
}

static void give_code(void)
{
	struct uffdio_copy copy = {
		.dst = (uintptr_t)code, .src = (uintptr_t)saved, .len = CODE_SIZE,
	};

	if (ioctl(uffd, UFFDIO_COPY, &copy))
		fail_msg("UFFDIO_COPY: %s", strerror(errno));
}

/* Whether a page is away when KVM reads it is a matter of luck: usually it takes few tries. */
static bool put_to_sleep(void)
{
	int tries;

	for (tries = 0; tries < 500; tries++) {
		if (take_code() && asleep_in(SLEEPS_IN))
			return true;
		give_code();
		sleep_ms(1);
	}
	return false;
}

static void unload_under_a_sleeper(uint32_t port)
{
	const struct kvm_vm_conf conf = { 0 };
	struct kvm_start start = doorbells(port, GUEST_FOREVER, HCBPF_ABI_KVM);
	struct policy standard;
	struct kvm_vcpu *vcpu;
	uint64_t calls;
	struct rig rig;

	if (!access("/sys/module/kvm_intel", F_OK)) {
		print_message("# Intel's CPUs tell the instruction's length: KVM does not read it\n");
		skip();
	}
	uffd = syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);
	if (uffd < 0) {
		print_message("# there is no userfaultfd here\n");
		skip();
	}
	if (sh("modprobe hcbpf"))
		fail_msg("cannot load the module");
	assert_ok(policy_load(&standard, "standard.bpf.o"));
	rig_up_serving(&rig, &conf);
	assert_ok(watch_code(rig.vm));
	vcpu = &rig.vm->vcpus[0];
	assert_kvm(kvm_vcpu_start(vcpu, &start));
	assert_kvm(kvm_vcpu_run_thread(vcpu));
	sleep_ms(50);
	if (!put_to_sleep())
		fail_msg("the vCPU could not be put to sleep in KVM");

	assert_ok(hcbpf_vm_unbind(rig.hc));
	hcbpf_vm_close(rig.hc);
	policy_unload(&standard);
	hc_device_close();
	if (!unload_module())
		fail_msg("the module does not unload");
	assert_true(asleep_in(SLEEPS_IN));
	give_code();
	calls = kvm_block(vcpu)->zero + kvm_block(vcpu)->other;
	assert_true(wait_until(kvm_block(vcpu)->zero + kvm_block(vcpu)->other > calls + 10, 2000));
	assert_kvm(kvm_vcpu_stop(vcpu));
	close(uffd);
	kvm_vm_destroy(rig.vm);
	close(rig.efd);
}

static void unload_under_a_vcpu_asleep_after_a_served_call(void **state)
{
	(void)state;
	unload_under_a_sleeper(PORT);
}

static void unload_under_a_vcpu_asleep_in_kvms_handler(void **state)
{
	(void)state;
	unload_under_a_sleeper(PORT + 1);
}

#else /* arm64 */

#define CPU_SUSPEND 0xc4000001
#define SLEEPS_IN "kvm_smccc_call_handler"

static bool put_to_sleep(void)
{
	return wait_until(asleep_in(SLEEPS_IN), 2000);
}

static void unload_under_a_vcpu_asleep_in_kvms_handler(void **state)
{
	const struct kvm_vm_conf conf = { 0 };
	const struct kvm_start start = {
		.program = GUEST_CALLS, .count = GUEST_FOREVER, .nr = CPU_SUSPEND,
	};
	struct policy standard;
	struct kvm_vcpu *vcpu;
	struct rig rig;

	(void)state;
	if (sh("modprobe hcbpf"))
		fail_msg("cannot load the module");
	assert_ok(policy_load(&standard, "standard.bpf.o"));
	rig_up_serving(&rig, &conf);
	vcpu = &rig.vm->vcpus[0];
	assert_kvm(kvm_vcpu_start(vcpu, &start));
	assert_kvm(kvm_vcpu_run_thread(vcpu));
	if (!put_to_sleep())
		fail_msg("the vCPU does not sleep in KVM");
	assert_int_equal(rig_stats(&rig).pass, 1);

	assert_ok(hcbpf_vm_unbind(rig.hc));
	hcbpf_vm_close(rig.hc);
	policy_unload(&standard);
	hc_device_close();
	if (!unload_module())
		fail_msg("the module does not unload");
	assert_true(asleep_in(SLEEPS_IN));
	/* The signal wakes it: it returns through what was below it. */
	assert_kvm(kvm_vcpu_stop(vcpu));
	assert_int_equal(kvm_block(vcpu)->other, 0);
	kvm_vm_destroy(rig.vm);
	close(rig.efd);
}

#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
#ifdef __x86_64__
		cmocka_unit_test(unload_under_a_vcpu_asleep_after_a_served_call),
#endif
		cmocka_unit_test(unload_under_a_vcpu_asleep_in_kvms_handler),
	};

	block_signals_of_children();
	return cmocka_run_group_tests_name("unloading under sleepers", tests, NULL, NULL);
}
