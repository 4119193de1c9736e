/* SPDX-License-Identifier: GPL-2.0-only */
/* A VM of the hostile guests: its vCPUs, each a thread, and its VMM, another. */
#ifndef TESTS_LAB_HOSTILE_MACHINE_H
#define TESTS_LAB_HOSTILE_MACHINE_H

#include <hcbpf/libhcbpf.h>
#include <kvm.h>
#include <pthread.h>
#include "attack.h"

#define NR_CPUS 2
#define NR_PORTS 12
/*
 * All of guest memory from GUEST_DATA on is numbers of ports, but for the lists that the
 * guest's programs go through. Above 2 MB no page is ever unmapped.
 */
#define LISTS 0x300000
#define LIST_ROOM 0x1000
#define HANDLER_CODE 0x380000
#define HANDLER_BLOCKS 0x390000

struct cpu {
	struct machine *machine;
	struct kvm_vcpu *vcpu;
	struct chance chance;
	pthread_t thread;
	bool dead;		/* nothing runs on it any more */
};

struct machine {
	struct chance chance;
	struct kvm_vm *vm;
	struct hcbpf_vm *hc;	/* NULL: not bound */
	struct hcbpf_vm *old;	/* the binding before, or NULL */
	int efd;
	bool stop;
	struct cpu cpus[NR_CPUS];
};

/* A VM of some kind, and its binding. False: it could not be made. */
bool machine_make(struct machine *machine);
void machine_end(struct machine *machine);
int machine_bind(struct machine *machine);
/* Ports and lists, as at the beginning. */
void machine_fill(struct machine *machine);
bool machine_is_wide(const struct machine *machine);	/* 64-bit code */

/* Run a program on a vCPU until it stops, or is interrupted: how its calls ended. */
struct results {
	uint64_t done, refused, last;
};
struct results cpu_run(struct cpu *cpu, const struct kvm_start *start);
/* Make what runs on it leave the guest, wherever that is; not after its thread was joined. */
void cpu_kick(struct cpu *cpu);
void machines_init(void);

#endif /* TESTS_LAB_HOSTILE_MACHINE_H */
