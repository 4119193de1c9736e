/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A small KVM harness for `hcbpf bench` and for the programs that run inside the lab.
 *
 * A VM is flat: guest addresses, virtual and physical, are offsets into
 * kvm_vm.mem. Guest code is not written by the tests: they start one of the
 * guest programs below on a vCPU, and read what it counted from the vCPU's
 * block. What differs between architectures is in x86_64/ and arm64/, and what
 * tests must know of it in kvm_arch.h there.
 *
 *	struct kvm_vm_conf conf = { .xen = true };
 *	struct kvm_start start = {
 *		.program = GUEST_CALLS, .count = 1000,
 *		.nr = 32, .args = { 4, GUEST_DATA },
 *	};
 *	struct kvm_vm *vm;
 *
 *	err = kvm_vm_create(&conf, &vm);
 *	*(uint32_t *)kvm_at(vm, GUEST_DATA) = port;
 *	err = kvm_vcpu_start(&vm->vcpus[0], &start);
 *	err = kvm_vcpu_run(&vm->vcpus[0]);		// until the program stops
 *	kvm_block(&vm->vcpus[0])->zero;			// calls that returned 0
 *	vm->vcpus[0].exits.xen;				// calls that came to us
 *	kvm_vm_destroy(vm);
 *
 * Functions return 0 or a negative errno unless they say otherwise, and leave
 * a sentence for people in kvm_error(). Nothing here prints or exits.
 */
#ifndef LIBGUEST_KVM_H
#define LIBGUEST_KVM_H

#include <linux/kvm.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <hcbpf/call.h>
#include "guest_abi.h"
#include "kvm_arch.h"

/*
 * The guest's memory. Everything below GUEST_DATA belongs to the harness;
 * from there to the end of memory it is the test's.
 *
 * Paging (64-bit guests): guest virtual = guest physical for the first 1 GB,
 * memory or not, and the same again from GUEST_HIGH on. The first 2 MB are
 * mapped by 4 KB pages, so that kvm_vm_unmap() can make a hole.
 */
#define GUEST_PAGE_TABLES	0x1000
#define GUEST_CODE		0x10000
#define GUEST_BLOCKS		0x20000
#define GUEST_DATA		0x100000
#define GUEST_HIGH		0xffffffff80000000
#define GUEST_MEM_DEFAULT	0x400000

/* Never stop by itself: 2^64 rounds (2^32 in 32-bit code). */
#define GUEST_FOREVER		0

enum guest_mode {
	GUEST_64,		/* long mode, or AArch64 */
	GUEST_32,		/* protected mode, or AArch32; no paging */
	GUEST_COMPAT,		/* x86: 32-bit code in long mode; the programs of GUEST_32 */
	GUEST_16,		/* x86: 16-bit code in protected mode; GUEST_CALL_ONCE only */
};

/*
 * The guest programs. Each exists for both widths, and the vCPU's mode chooses,
 * except where it says "64-bit only". They run with interrupts off and use no
 * stack. The hypercall instruction is the one of this machine's CPU vendor.
 */
enum guest_program {
	/*
	 * One hypercall, then stop. All registers stay as KVM left them:
	 * kvm_vcpu_regs() shows the result with all its bits.
	 */
	GUEST_CALL_ONCE,
	/*
	 * kvm_start.count times the same hypercall. Counts results (zero,
	 * other, last), and the TSC over the whole loop (tsc).
	 */
	GUEST_CALLS,
	/*
	 * The same with `out %al, %dx` to the I/O port args[0], on arm64 with a store of
	 * a byte to args[0]; every round counts as zero.
	 */
	GUEST_OUT,
	/* The same loop with nothing in it: the cost of counting. */
	GUEST_NOTHING,
	/*
	 * 64-bit only: count times Xen's EVTCHNOP_send, on the ports of the
	 * array of struct guest_port at guest address args[0], args[1] entries
	 * (at least 1), in turn. Counts results in the block and in the entry.
	 */
	GUEST_SENDS,
	/* 64-bit only: the same by the doorbell; the port is in RDI and in RBX. */
	GUEST_DOORBELLS,
	/*
	 * 64-bit only: count times KVM_HC_MAP_GPA_RANGE by KVM's ABI, with what
	 * the array of struct guest_flip at guest address args[0] says, args[1]
	 * entries (at least 1), in turn.
	 */
	GUEST_FLIPS,
	/*
	 * 64-bit only: GUEST_CALLS and GUEST_OUT that measure each round by
	 * itself: ticks of the TSC, on arm64 of the virtual counter, into the
	 * array of 64-bit words at guest address kvm_start.samples. tsc means
	 * nothing.
	 */
	GUEST_SAMPLE_CALLS,
	GUEST_SAMPLE_OUTS,
	/*
	 * x86, 64-bit only: search CPUID for hcbpf's leaves as <hcbpf/guest.h> says: nr is then
	 * their base, 0: there are none; last is the word.
	 */
	GUEST_SEARCH_CPUID,
};

/*
 * What a vCPU's program counts, in guest memory and up to date after every
 * round: the host may watch it while the guest runs. Known to guest.S.
 */
struct guest_block {
	uint64_t count;		/* rounds to go */
	uint64_t nr;
	uint64_t zero;		/* calls that returned 0 */
	uint64_t other;		/* calls that returned something else */
	uint64_t last;		/* the last call's result */
	uint64_t tsc;		/* TSC at the end minus TSC at the start; arm64: the same in ns */
	uint64_t rdx;		/* scratch */
	uint64_t unused[9];	/* one block, two cache lines: no false sharing */
};

/* One entry of the array that GUEST_SENDS and GUEST_DOORBELLS go through. */
struct guest_port {
	uint32_t port;		/* Xen's struct evtchn_send */
	uint32_t reserved;
	uint64_t zero;
	uint64_t other;
};

/* One entry of the array that GUEST_FLIPS goes through: the call's arguments. */
struct guest_flip {
	uint64_t gpa;
	uint64_t npages;
	uint64_t attrs;
};

/* How often a vCPU came back to the host, by exit reason. */
struct kvm_exits {
	uint64_t xen;		/* KVM_EXIT_XEN */
	uint64_t hypercall;	/* KVM_EXIT_HYPERCALL */
	uint64_t io;		/* KVM_EXIT_IO or KVM_EXIT_MMIO, without the one that stops */
};

#define KVM_ERROR_LEN 256

struct kvm_vcpu;

/*
 * Called for every KVM_EXIT_XEN, KVM_EXIT_HYPERCALL and KVM_EXIT_IO (without
 * the stopping one) in the vCPU's thread; vcpu->run tells what happened and
 * takes the result. 0: go on. Negative: kvm_vcpu_run() returns it. Positive:
 * kvm_vcpu_run() returns 0 with the guest not at its end.
 */
typedef int (*kvm_exit_fn)(struct kvm_vcpu *vcpu, void *arg);

struct kvm_vcpu {
	struct kvm_vm *vm;
	unsigned int id;	/* as given to KVM_CREATE_VCPU */
	int fd;
	struct kvm_run *run;
	struct kvm_exits exits;	/* since kvm_vcpu_start() */
	bool stopped;		/* the program came to its end */
	/* private */
	pthread_t thread;
	bool has_thread;
	bool stop;
	int err;
	char error[KVM_ERROR_LEN];
};

struct kvm_vm {
	int fd;			/* what hcbpf_vm_bind() wants */
	enum guest_mode mode;
	unsigned int cpl;
	bool high;
	bool xen;
	uint8_t *mem;
	size_t mem_size;
	unsigned int nr_vcpus;
	struct kvm_vcpu *vcpus;
	/*
	 * May be set at any time before a run. Without it the VM answers as an
	 * VMM that knows no hypercall does: -ENOSYS (Xen), -KVM_ENOSYS
	 * (otherwise); and ignores port I/O.
	 */
	kvm_exit_fn on_exit;
	void *on_exit_arg;
	/* private */
	int kvm;
	size_t run_size;
};

struct kvm_vm_conf {
	unsigned int nr_vcpus;	/* 0: 1 */
	enum guest_mode mode;
	unsigned int cpl;	/* privilege level of the programs: 0 or 3 */
	size_t mem_size;	/* 0: GUEST_MEM_DEFAULT */
	bool high;		/* 64-bit: programs run in the upper half, at GUEST_HIGH, like kernels */
	bool xen;		/* Xen hypercalls: intercepted by KVM, unserved ones to us */
	bool xen_evtchn_send;	/* and KVM_XEN_HVM_CONFIG_EVTCHN_SEND */
};

/* Create a VM with its vCPUs. On error *@vm is NULL. */
int kvm_vm_create(const struct kvm_vm_conf *conf, struct kvm_vm **vm);

/* Stop all vCPUs and free everything. NULL is fine. */
void kvm_vm_destroy(struct kvm_vm *vm);

/* KVM's own in-kernel service for a Xen event channel: signal @efd on a send to @port. */
int kvm_vm_xen_eventfd(struct kvm_vm *vm, uint32_t port, int efd);

/* Signal @efd on what GUEST_OUT does to @port, in the kernel. */
int kvm_vm_ioeventfd(struct kvm_vm *vm, uint64_t port, int efd);

/* Unmap the 4 KB page of guest virtual @addr, below 2 MB, from the guest's page tables. */
int kvm_vm_unmap(struct kvm_vm *vm, uint64_t addr);

/* Guest memory at @addr, for the host. */
static inline void *kvm_at(const struct kvm_vm *vm, uint64_t addr)
{
	return vm->mem + addr;
}

/* The vCPU's block. Volatile: a running guest changes it. */
static inline volatile struct guest_block *kvm_block(const struct kvm_vcpu *vcpu)
{
	return (volatile struct guest_block *)
		(vcpu->vm->mem + GUEST_BLOCKS + vcpu->id * sizeof(struct guest_block));
}

struct kvm_start {
	enum guest_program program;
	uint64_t count;		/* rounds, or GUEST_FOREVER */
	uint64_t nr;		/* hypercall number */
	uint64_t args[6];	/* in the registers of @abi */
	uint32_t abi;		/* enum hcbpf_abi; AUTO: Xen's if the VM has Xen hypercalls */
	uint64_t samples;	/* for the two programs that say so */
	bool smc;		/* arm64: by SMC, not HVC; not with Xen's ABI */
};

/*
 * Put a program on a vCPU that does not run, at its beginning, with all counts
 * at zero. All registers that carry no argument are zero; those that the ABI
 * has for arguments are as @start says, all 64 bits of them, in 32-bit code
 * too.
 */
int kvm_vcpu_start(struct kvm_vcpu *vcpu, const struct kvm_start *start);

/* Is this exit the one that ends a program? */
bool kvm_is_stop(const struct kvm_run *run);

/* Run in the calling thread until the program stops, an error, or kvm_vcpu_stop(). */
int kvm_vcpu_run(struct kvm_vcpu *vcpu);

/* kvm_vcpu_run() in a thread of its own. Uses SIGUSR1 (installs a handler for it). */
int kvm_vcpu_run_thread(struct kvm_vcpu *vcpu);

/* Wait for the thread's end: what its kvm_vcpu_run() returned, with its kvm_error(). */
int kvm_vcpu_join(struct kvm_vcpu *vcpu);

/*
 * Make the thread leave the guest, wherever that is, and join it. The guest is
 * between two instructions: kvm_vcpu_run() or kvm_vcpu_run_thread() go on.
 */
int kvm_vcpu_stop(struct kvm_vcpu *vcpu);

/* arm64 fills in and sets regs.regs only: X0..X30, SP_EL0, PC and PSTATE. */
int kvm_vcpu_regs(struct kvm_vcpu *vcpu, struct kvm_regs *regs);
int kvm_vcpu_set_regs(struct kvm_vcpu *vcpu, const struct kvm_regs *regs);

/* The last error of this thread as a sentence without the newline. */
const char *kvm_error(void);

/* Adopt the message of another thread, or of code built on the harness. */
void kvm_set_error(const char *text);

#endif /* LIBGUEST_KVM_H */
