// SPDX-License-Identifier: GPL-2.0-only
/*
 * Good neighbours of the attackers: a VM that makes calls, each of which is answered and
 * signals once; an ordinary process that reads the clock; and an urgent one, which the
 * kernel could keep from its CPU only by not letting go of it. They say what the longest
 * wait of each was.
 *
 * usage: neighbour USER CALLS FILE
 *
 * Started as root; the VM is USER's. It makes at least CALLS calls, and goes on until
 * FILE is there.
 */
#include <grp.h>
#include <hcbpf/libhcbpf.h>
#include <kvm.h>
#include <pthread.h>
#include <pwd.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include "attack.h"

#define PORT 5
#define AT_ONCE 50
#define URGENT_PERIOD_US 2000

static bool stop;
static uint64_t longest_clock, longest_urgent, longest_calls;

static void longest(uint64_t *so_far, uint64_t us)
{
	if (us > *so_far)
		*so_far = us;
}

static void *read_the_clock(void *arg)
{
	uint64_t last = now_us(), now;

	(void)arg;
	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
		now = now_us();
		longest(&longest_clock, now - last);
		last = now;
	}
	return NULL;
}

/* How much later than it wanted it runs. */
static void *be_urgent(void *arg)
{
	const struct sched_param priority = { .sched_priority = 50 };
	uint64_t planned, now;

	(void)arg;
	pthread_setschedparam(pthread_self(), SCHED_FIFO, &priority);
	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
		planned = now_us() + URGENT_PERIOD_US;
		nap_us(URGENT_PERIOD_US);
		now = now_us();
		longest(&longest_urgent, now > planned ? now - planned : 0);
	}
	return NULL;
}

static int become(const char *name)
{
	const struct passwd *user = getpwnam(name);
	const struct group *kvm = getgrnam("kvm");

	if (!user || !kvm)
		return -1;
	return setgroups(0, NULL) || setresgid(kvm->gr_gid, kvm->gr_gid, kvm->gr_gid) ||
	       setresuid(user->pw_uid, user->pw_uid, user->pw_uid);
}

/* ---- the VM ---- */

struct vm {
	struct kvm_vm *kvm;
	struct hcbpf_vm *hc;
	int efd;
	uint64_t made, answered, signals;
};

static bool vm_make(struct vm *vm)
{
	const struct kvm_vm_conf conf = { 0 };

	if (kvm_vm_create(&conf, &vm->kvm) || hcbpf_vm_bind(vm->kvm->fd, NULL, &vm->hc))
		return false;
	vm->efd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	return !hcbpf_vm_set_eventfd(vm->hc, 0, vm->efd) && !hcbpf_port_set(vm->hc, PORT, 0);
}

static bool vm_calls(struct vm *vm)
{
	const struct kvm_start start = {
		.program = GUEST_CALLS, .count = AT_ONCE, .abi = PLAIN_ABI, .nr = PLAIN_DOORBELL,
		.args = { PORT },
	};
	struct kvm_vcpu *vcpu = &vm->kvm->vcpus[0];
	uint64_t before = now_us(), signals = 0;

	if (kvm_vcpu_start(vcpu, &start) || kvm_vcpu_run(vcpu))
		return false;
	longest(&longest_calls, now_us() - before);
	vm->made += AT_ONCE;
	vm->answered += kvm_block(vcpu)->zero;
	if (read(vm->efd, &signals, sizeof(signals)) == sizeof(signals))
		vm->signals += signals;
	return true;
}

int main(int argc, char **argv)
{
	pthread_t clock, urgent;
	struct vm vm = { 0 };
	bool good;

	if (argc != 4 || pthread_create(&urgent, NULL, be_urgent, NULL))
		return 2;
	nap_us(10000);
	if (become(argv[1]) || pthread_create(&clock, NULL, read_the_clock, NULL) || !vm_make(&vm))
		return 2;
	while (access(argv[3], F_OK) || vm.made < strtoull(argv[2], NULL, 0)) {
		if (!vm_calls(&vm)) {
			printf("# %s\n", kvm_error());
			return 1;
		}
		nap_us(5000);
	}
	__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
	pthread_join(clock, NULL);
	pthread_join(urgent, NULL);
	good = vm.answered == vm.made && vm.signals == vm.made;
	printf("# calls: %llu made, %llu answered, %llu signalled; longest wait for %u: %llu us\n",
	       (unsigned long long)vm.made, (unsigned long long)vm.answered,
	       (unsigned long long)vm.signals, AT_ONCE, (unsigned long long)longest_calls);
	printf("# longest wait of a process that reads the clock: %llu us; of an urgent one: %llu us\n",
	       (unsigned long long)longest_clock, (unsigned long long)longest_urgent);
	kvm_vm_destroy(vm.kvm);
	hcbpf_vm_close(vm.hc);
	return !good;
}
