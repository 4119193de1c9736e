// SPDX-License-Identifier: GPL-2.0-only
/*
 * A process with a KVM VM, or with $VMS of them, that does nothing. Says "ready FD",
 * FD being that of the first. With $TRIAL it has another one before, as QEMU for arm64
 * has, to find out what KVM can do: it says "trial", and goes on at SIGUSR1, silently.
 * With $RUN_AS it becomes the user of that number before it is ready. With $BECOME it
 * hands its VMs, and its arguments, to that program instead.
 * Its arguments are for others to read.
 */
#include <err.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

struct vm {
	int fd, vcpu;
};

static struct vm make_vm(int kvm)
{
	struct vm vm;

	vm.fd = ioctl(kvm, KVM_CREATE_VM, 0);
	if (vm.fd < 0)
		err(1, "KVM_CREATE_VM");
	vm.vcpu = ioctl(vm.fd, KVM_CREATE_VCPU, 0);
	if (vm.vcpu < 0)
		err(1, "KVM_CREATE_VCPU");
	return vm;
}

/* What a vCPU is run with. */
static void map_run(int kvm, const struct vm *vm)
{
	int size = ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0);

	if (mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, vm->vcpu, 0) == MAP_FAILED)
		err(1, "kvm_run");
}

static void try_kvm(int kvm)
{
	struct vm trial = make_vm(kvm);
	sigset_t go;
	int sig;

	sigemptyset(&go);
	sigaddset(&go, SIGUSR1);
	sigprocmask(SIG_BLOCK, &go, NULL);
	puts("trial");
	fflush(stdout);
	sigwait(&go, &sig);
	close(trial.vcpu);
	close(trial.fd);
}

/* Its vCPUs are closed then, and no longer mapped. */
static void hand_over(const char *program, char **argv, int vm)
{
	if (fcntl(vm, F_SETFD, 0))
		err(1, "FD_CLOEXEC");
	execvp(program, argv);
	err(1, "%s", program);
}

int main(int, char **argv)
{
	const char *number = getenv("VMS"), *trial = getenv("TRIAL"), *user = getenv("RUN_AS");
	const char *program = getenv("BECOME");
	int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC), nr = number ? atoi(number) : 1, first = -1;

	if (kvm < 0)
		err(1, "/dev/kvm");
	if (trial)
		try_kvm(kvm);
	while (nr--) {
		struct vm vm = make_vm(kvm);

		map_run(kvm, &vm);
		first = first < 0 ? vm.fd : first;
	}
	if (program)
		hand_over(program, argv, first);
	if (user && setuid(atoi(user)))
		err(1, "setuid");
	if (!trial)
		printf("ready %d\n", first);
	fflush(stdout);
	pause();
	return 0;
}
