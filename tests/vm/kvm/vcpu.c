// SPDX-License-Identifier: GPL-2.0-only
/* Starting programs on vCPUs, running and stopping them. */
#include <errno.h>
#include <linux/kvm_para.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include "internal.h"

#define RFLAGS_FIXED	(1UL << 1)
#define RFLAGS_IOPL3	(3UL << 12)	/* CPL 3 too may reach the stop port */

static void set_args(struct kvm_regs *regs, const uint64_t *args, bool xen, bool wide)
{
	if (xen && wide) {
		regs->rdi = args[0];
		regs->rsi = args[1];
		regs->rdx = args[2];
		regs->r10 = args[3];
		regs->r8 = args[4];
		regs->r9 = args[5];
		return;
	}
	regs->rbx = args[0];
	regs->rcx = args[1];
	regs->rdx = args[2];
	regs->rsi = args[3];
	if (xen) {
		regs->rdi = args[4];
		regs->rbp = args[5];
	}
}

/* What the arguments mean to this program. */
static void set_program_regs(struct kvm_vcpu *vcpu, const struct kvm_start *start,
			     struct kvm_regs *regs)
{
	bool xen = start->abi == HCBPF_ABI_AUTO ? vcpu->vm->xen : start->abi == HCBPF_ABI_XEN;

	regs->r12 = start->samples;
	switch (start->program) {
	case GUEST_OUT:
	case GUEST_SAMPLE_OUTS:
		regs->rdx = start->args[0];
		break;
	case GUEST_SENDS:
	case GUEST_DOORBELLS:
		regs->r12 = start->args[0];
		regs->r13 = start->args[0] + start->args[1] * sizeof(struct guest_port);
		break;
	case GUEST_FLIPS:
		regs->r12 = start->args[0];
		regs->r13 = start->args[0] + start->args[1] * sizeof(struct guest_flip);
		break;
	default:
		regs->rax = start->nr;
		set_args(regs, start->args, xen, vcpu->vm->mode == GUEST_64);
	}
}

int kvm_vcpu_start(struct kvm_vcpu *vcpu, const struct kvm_start *start)
{
	struct kvm_regs regs = {
		.rip = kvm_program_entry(vcpu->vm, start->program),
		.rsp = GUEST_BLOCKS + vcpu->id * sizeof(struct guest_block),
		.rflags = RFLAGS_FIXED | (vcpu->vm->cpl ? RFLAGS_IOPL3 : 0),
	};
	volatile struct guest_block *block = kvm_block(vcpu);

	if (!regs.rip)
		return kvm_fail(EINVAL, "guest program %d in this mode", start->program);
	memset((void *)block, 0, sizeof(*block));
	block->count = start->count;
	block->nr = start->nr;
	memset(&vcpu->exits, 0, sizeof(vcpu->exits));
	vcpu->stopped = false;
	set_program_regs(vcpu, start, &regs);
	return kvm_vcpu_set_regs(vcpu, &regs);
}

int kvm_vcpu_regs(struct kvm_vcpu *vcpu, struct kvm_regs *regs)
{
	return ioctl(vcpu->fd, KVM_GET_REGS, regs) ? kvm_fail(errno, "KVM_GET_REGS") : 0;
}

int kvm_vcpu_set_regs(struct kvm_vcpu *vcpu, const struct kvm_regs *regs)
{
	return ioctl(vcpu->fd, KVM_SET_REGS, regs) ? kvm_fail(errno, "KVM_SET_REGS") : 0;
}

/* Count an exit, and prepare the answer of a VMM that knows nothing. */
static int count_exit(struct kvm_vcpu *vcpu)
{
	struct kvm_run *run = vcpu->run;

	switch (run->exit_reason) {
	case KVM_EXIT_XEN:
		vcpu->exits.xen++;
		run->xen.u.hcall.result = -ENOSYS;
		return 0;
	case KVM_EXIT_HYPERCALL:
		vcpu->exits.hypercall++;
		run->hypercall.ret = -KVM_ENOSYS;
		return 0;
	case KVM_EXIT_IO:
		vcpu->exits.io++;
		return 0;
	default:
		return kvm_fail(EPROTO, "vCPU %u: unexpected exit %u (suberror %u)", vcpu->id,
				run->exit_reason, run->internal.suberror);
	}
}

static bool is_stop(const struct kvm_run *run)
{
	return run->exit_reason == KVM_EXIT_IO && run->io.port == GUEST_STOP_PORT;
}

static int handle_exit(struct kvm_vcpu *vcpu)
{
	int err;

	if (is_stop(vcpu->run)) {
		vcpu->stopped = true;
		return 1;
	}
	err = count_exit(vcpu);
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
