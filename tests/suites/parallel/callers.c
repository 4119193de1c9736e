// SPDX-License-Identifier: GPL-2.0-only
#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include "callers.h"

#define BATCH 2000	/* calls in one request; who is told to stop makes these */

static int device(void)
{
	static int fd = -1;

	if (fd < 0)
		fd = open(CALLER_DEVICE, O_RDWR | O_CLOEXEC);
	return fd;
}

static void *call(void *arg)
{
	struct caller *caller = arg;
	uint64_t left = caller->count;

	while (left && !(caller->stop && atomic_load(caller->stop))) {
		caller->calls.count = left < BATCH ? left : BATCH;
		if (ioctl(device(), CALLER_MAKE, &caller->calls)) {
			caller->err = -errno;
			break;
		}
		left -= caller->calls.count;
		atomic_fetch_add(&caller->made, caller->calls.count);
	}
	atomic_store(&caller->done, true);
	return NULL;
}

static void caller_init(struct caller *caller, struct kvm_vcpu *vcpu,
			const struct caller_kind *kinds, uint32_t nr)
{
	const struct kvm_start start = { .program = GUEST_CALL_ONCE, .count = 1 };
	struct kvm_regs regs;

	memset(caller, 0, sizeof(*caller));
	caller->vcpu = vcpu;
	memcpy(caller->kinds, kinds, nr * sizeof(*kinds));
	/* The program begins with its hypercall. */
	assert_kvm(kvm_vcpu_start(vcpu, &start));
	assert_kvm(kvm_vcpu_regs(vcpu, &regs));
	caller->calls = (struct caller_calls) {
		.vcpu = vcpu->fd, .nr_kinds = nr, .kinds = (uintptr_t)caller->kinds,
		.rip = kvm_pc(&regs),
	};
}

void guest_up(struct guest *guest, const struct kvm_vm_conf *conf,
	      const struct caller_kind *kinds, uint32_t nr)
{
	unsigned int i;

	assert_true(conf->nr_vcpus <= MAX_CALLERS && nr <= CALLER_KINDS);
	assert_kvm(kvm_vm_create(conf, &guest->vm));
	for (i = 0; i < guest->vm->nr_vcpus; i++)
		caller_init(&guest->callers[i], &guest->vm->vcpus[i], kinds, nr);
}

void guest_down(struct guest *guest)
{
	kvm_vm_destroy(guest->vm);
	guest->vm = NULL;
}

void guest_start(struct guest *guest, uint64_t count, const atomic_bool *stop)
{
	unsigned int i;

	assert_fd(device());
	for (i = 0; i < guest->vm->nr_vcpus; i++) {
		struct caller *caller = &guest->callers[i];

		caller->count = count;
		caller->stop = stop;
		atomic_store(&caller->done, false);
		assert_int_equal(pthread_create(&caller->thread, NULL, call, caller), 0);
	}
}

bool guest_is_done(const struct guest *guest)
{
	unsigned int i;

	for (i = 0; i < guest->vm->nr_vcpus; i++)
		if (!atomic_load(&guest->callers[i].done))
			return false;
	return true;
}

uint64_t guest_progress(const struct guest *guest)
{
	uint64_t made = 0;
	unsigned int i;

	for (i = 0; i < guest->vm->nr_vcpus; i++)
		made += atomic_load(&guest->callers[i].made);
	return made;
}

void guest_join(struct guest *guest)
{
	unsigned int i;

	for (i = 0; i < guest->vm->nr_vcpus; i++)
		pthread_join(guest->callers[i].thread, NULL);
	for (i = 0; i < guest->vm->nr_vcpus; i++)
		assert_return(guest->callers[i].err, 0);
}

/*
 * What KVM itself answers to what nobody in the kernel knows, or to a send from an
 * address that is nowhere. No call of these tests gets that from hcbpf.
 */
static bool is_kvms(const struct kvm_vm *vm, uint64_t value)
{
	if (vm->xen)
		return value == XEN_FAULT_ANSWER;
	return value == (vm->cpl ? (uint64_t)-KVM_EPERM : PLAIN_ANSWER);
}

static void add_kind(struct totals *totals, const struct kvm_vm *vm, const struct caller_kind *kind)
{
	uint32_t i;

	totals->made += kind->made;
	totals->exits += kind->exits;
	totals->passed += kind->asked;
	totals->lost += kind->wrong + kind->other;
	for (i = 0; i < CALLER_ANSWERS; i++) {
		if (is_kvms(vm, kind->answer[i].value))
			totals->passed += kind->answer[i].count;
		else
			totals->answered += kind->answer[i].count;
	}
}

struct totals guest_totals(const struct guest *guest)
{
	struct totals totals = { 0 };
	unsigned int i, j;

	for (i = 0; i < guest->vm->nr_vcpus; i++)
		for (j = 0; j < guest->callers[i].calls.nr_kinds; j++)
			add_kind(&totals, guest->vm, &guest->callers[i].kinds[j]);
	return totals;
}

uint64_t guest_answers(const struct guest *guest, uint32_t kind, uint64_t value)
{
	const struct caller_answer *answer;
	uint64_t count = 0;
	unsigned int i;

	for (i = 0; i < guest->vm->nr_vcpus; i++) {
		answer = guest->callers[i].kinds[kind].answer;
		for (; answer < guest->callers[i].kinds[kind].answer + CALLER_ANSWERS; answer++)
			if (answer->value == value)
				count += answer->count;
	}
	return count;
}

uint64_t guest_made(const struct guest *guest, uint32_t kind)
{
	uint64_t made = 0;
	unsigned int i;

	for (i = 0; i < guest->vm->nr_vcpus; i++)
		made += guest->callers[i].kinds[kind].made;
	return made;
}
