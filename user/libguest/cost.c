// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include "cost.h"
#include "internal.h"

static int run_loop(struct kvm_vm *vm, const struct kvm_start *start, double *ticks)
{
	struct kvm_vcpu *vcpu = &vm->vcpus[0];
	int err;

	err = kvm_vcpu_start(vcpu, start);
	if (!err)
		err = kvm_vcpu_run(vcpu);
	if (err)
		return err;
	if (kvm_block(vcpu)->zero != start->count)
		return kvm_fail(EPROTO, "a guest's call returned %lld",
				(long long)kvm_block(vcpu)->last);
	*ticks = (double)kvm_block(vcpu)->tsc / start->count;
	return 0;
}

int kvm_cost(struct kvm_vm *vm, const struct kvm_start *what, double *least)
{
	struct kvm_start start = *what;
	double ticks;
	int i, err;

	start.count = what->count ?: COST_ROUNDS;
	err = run_loop(vm, &start, least);
	for (i = 0; !err && i < COST_LOOPS; i++) {
		err = run_loop(vm, &start, &ticks);
		if (!err && ticks < *least)
			*least = ticks;
	}
	return err;
}

int kvm_cost_in(const struct kvm_vm_conf *conf, const struct kvm_start *what, kvm_exit_fn on_exit,
		void *arg, double *ticks)
{
	struct kvm_vm *vm;
	int err;

	err = kvm_vm_create(conf, &vm);
	if (err)
		return err;
	vm->on_exit = on_exit;
	vm->on_exit_arg = arg;
	err = kvm_cost(vm, what, ticks);
	kvm_vm_destroy(vm);
	return err;
}

int kvm_cost_loop(double *ticks)
{
	const struct kvm_vm_conf conf = { 0 };
	const struct kvm_start nothing = { .program = GUEST_NOTHING };

	return kvm_cost_in(&conf, &nothing, NULL, NULL, ticks);
}
