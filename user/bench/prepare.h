/* SPDX-License-Identifier: GPL-2.0-only */
/* What the tables of paths of all architectures share. */
#ifndef BENCH_PREPARE_H
#define BENCH_PREPARE_H

#include "paths.h"

#define SEND_PORT	5	/* also the first word at GUEST_DATA */
#define NAMED_NR	77	/* for rules; nothing to KVM */

/* What a VMM does with a send: signal the device, answer the guest. */
int path_signal_and_answer(struct kvm_vcpu *vcpu, void *arg);

/* For path.prepare. */
int path_set_port(struct path_vm *vm);		/* SEND_PORT signals the VM's eventfd */
int path_set_exit_rule(struct path_vm *vm);	/* NAMED_NR exits to the VMM */
/* It is denied with the result 0: the meter counts a call with another one as failed. */
int path_set_deny_rule(struct path_vm *vm);

#endif /* BENCH_PREPARE_H */
