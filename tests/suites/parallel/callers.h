/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * VMs whose vCPUs make hypercalls from threads of their own, all at once, without
 * entering their guests (tests/suites/caller); and what became of the calls.
 */
#ifndef TESTS_LAB_PARALLEL_CALLERS_H
#define TESTS_LAB_PARALLEL_CALLERS_H

#include <stdatomic.h>
#include "../modules/caller/caller.h"
#include "rig.h"

#define MAX_CALLERS 4

/* One vCPU and its thread. */
struct caller {
	struct kvm_vcpu *vcpu;
	struct caller_calls calls;
	struct caller_kind kinds[CALLER_KINDS];
	uint64_t count;			/* calls to be made, of all kinds */
	const atomic_bool *stop;	/* or NULL: may end it sooner */
	pthread_t thread;
	_Atomic uint64_t made;		/* so far */
	atomic_bool done;
	int err;
};

/* A VM all of whose vCPUs call. */
struct guest {
	struct kvm_vm *vm;
	struct caller callers[MAX_CALLERS];
};

/* What became of its calls; every one of them is in just one of the others. */
struct totals {
	uint64_t made;
	uint64_t answered;	/* by the policy, or by a rule */
	uint64_t passed;	/* to KVM: it asked the VMM, or does not know the call either */
	uint64_t exits;
	uint64_t lost;		/* none of these */
};

/* Its vCPUs, @conf->nr_vcpus, have all the same kinds of calls until somebody changes them. */
void guest_up(struct guest *guest, const struct kvm_vm_conf *conf,
	      const struct caller_kind *kinds, uint32_t nr);
void guest_down(struct guest *guest);

/* Each vCPU makes @count calls; @stop as above. */
void guest_start(struct guest *guest, uint64_t count, const atomic_bool *stop);
bool guest_is_done(const struct guest *guest);
/* Calls made so far. */
uint64_t guest_progress(const struct guest *guest);
/* Wait for them. */
void guest_join(struct guest *guest);

struct totals guest_totals(const struct guest *guest);
/* Calls of one kind that got this answer at once; that were made. */
uint64_t guest_answers(const struct guest *guest, uint32_t kind, uint64_t value);
uint64_t guest_made(const struct guest *guest, uint32_t kind);

#endif /* TESTS_LAB_PARALLEL_CALLERS_H */
