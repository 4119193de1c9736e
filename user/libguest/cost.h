/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a guest's call costs. The guest reads the TSC before and after a loop
 * of calls. Under the lab's --icount a tick is an instruction of the machine
 * that runs the VM: guest, kernel and VMM together. Interrupts of that machine
 * fall into the loop too, so a figure is the least of many short loops.
 *
 * Errors as in kvm.h.
 */
#ifndef LIBGUEST_COST_H
#define LIBGUEST_COST_H

#include "kvm.h"

#define COST_ROUNDS	50	/* calls in a loop */
#define COST_LOOPS	40	/* after as many rounds to warm up */
#define COST_CALLS	((COST_LOOPS + 1) * COST_ROUNDS)	/* of one kvm_cost() */

/*
 * Ticks per round of @what's program on vCPU 0, its counting included. A loop has
 * @what->count rounds, or COST_ROUNDS if that is 0. -EPROTO: a call's result was not 0.
 */
int kvm_cost(struct kvm_vm *vm, const struct kvm_start *what, double *ticks);

/* The same in a VM of its own, whose exits @on_exit serves. */
int kvm_cost_in(const struct kvm_vm_conf *conf, const struct kvm_start *what, kvm_exit_fn on_exit,
		void *arg, double *ticks);

/* The same of the loop itself: what to take off. */
int kvm_cost_loop(double *ticks);

/*
 * x86: a CPU that does not report the next instruction (QEMU's) makes KVM decode
 * the hypercall in software to step over it; others do not. Measured as the
 * difference of two VMMs that do the same, except that one has stepped over
 * the instruction itself. arm64: 0.
 */
int kvm_cost_skip(double *ticks);

#endif /* LIBGUEST_COST_H */
