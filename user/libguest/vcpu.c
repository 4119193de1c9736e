// SPDX-License-Identifier: GPL-2.0-only
/* Starting programs on vCPUs, running and stopping them. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include "internal.h"

int kvm_vcpu_start(struct kvm_vcpu *vcpu, const struct kvm_start *start)
{
	volatile struct guest_block *block = kvm_block(vcpu);
	int err;

	memset((void *)block, 0, sizeof(*block));
	block->count = start->count;
	block->nr = start->nr;
	err = arch_vcpu_start(vcpu, start);
	if (err)
		return err;
	memset(&vcpu->exits, 0, sizeof(vcpu->exits));
	vcpu->stopped = false;
	return 0;
}

static int handle_exit(struct kvm_vcpu *vcpu)
{
	int err;

	if (kvm_is_stop(vcpu->run)) {
		vcpu->stopped = true;
		return 1;
	}
	err = arch_count_exit(vcpu);
	if (!err && vcpu->vm->on_exit)
		err = vcpu->vm->on_exit(vcpu, vcpu->vm->on_exit_arg);
	return err;
}

/*
 * An exit's result reaches the guest with the next KVM_RUN, so after the last
 * exit there must be one more: kvm_vcpu_stop() sets immediate_exit, with which
 * KVM_RUN does just that.
 */
int kvm_vcpu_run(struct kvm_vcpu *vcpu)
{
	int ret = 0;

	while (!ret) {
		if (!ioctl(vcpu->fd, KVM_RUN, 0))
			ret = handle_exit(vcpu);
		else if (errno != EINTR && errno != EAGAIN)
			ret = kvm_fail(errno, "KVM_RUN on vCPU %u", vcpu->id);
		else if (__atomic_load_n(&vcpu->stop, __ATOMIC_ACQUIRE))
			break;
	}
	return ret < 0 ? ret : 0;
}

static void *thread_main(void *arg)
{
	struct kvm_vcpu *vcpu = arg;

	vcpu->err = kvm_vcpu_run(vcpu);
	snprintf(vcpu->error, sizeof(vcpu->error), "%s", kvm_error());
	return NULL;
}

/* Only there so that the signal interrupts KVM_RUN. */
static void on_signal(int sig)
{
	(void)sig;
}

int kvm_vcpu_run_thread(struct kvm_vcpu *vcpu)
{
	struct sigaction action = { .sa_handler = on_signal };
	int err;

	if (sigaction(SIGUSR1, &action, NULL))
		return kvm_fail(errno, "sigaction");
	vcpu->stop = false;
	vcpu->run->immediate_exit = 0;
	err = pthread_create(&vcpu->thread, NULL, thread_main, vcpu);
	if (err)
		return kvm_fail(err, "pthread_create");
	vcpu->has_thread = true;
	return 0;
}

int kvm_vcpu_join(struct kvm_vcpu *vcpu)
{
	if (!vcpu->has_thread)
		return 0;
	pthread_join(vcpu->thread, NULL);
	vcpu->has_thread = false;
	vcpu->stop = false;
	vcpu->run->immediate_exit = 0;
	if (vcpu->err)
		kvm_set_error(vcpu->error);
	return vcpu->err;
}

int kvm_vcpu_stop(struct kvm_vcpu *vcpu)
{
	if (!vcpu->has_thread)
		return 0;
	__atomic_store_n(&vcpu->stop, true, __ATOMIC_RELEASE);
	__atomic_store_n(&vcpu->run->immediate_exit, 1, __ATOMIC_RELEASE);
	pthread_kill(vcpu->thread, SIGUSR1);
	return kvm_vcpu_join(vcpu);
}
