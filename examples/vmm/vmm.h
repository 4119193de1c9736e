/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* Between vmm.c, the VMM; devices.c, its devices; and main.c, which checks the sums. */
#ifndef VMM_H
#define VMM_H

#include <err.h>
#include <linux/kvm.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* Run a system call, or end the program with its error. */
#define CHECK(call) \
	({ long _ret = (call); if (_ret < 0) err(1, "%s", #call); _ret; })

/* The same for libhcbpf, which returns the error. */
#define CHECK_HCBPF(call) \
	({ int _ret = (call); if (_ret < 0) errx(1, "%s: %s", #call, strerror(-_ret)); })

struct options {
	unsigned int vcpus;
	unsigned int ports;	/* that the kernel is told about */
	uint64_t sends;		/* per port and vCPU; 0: until SIGTERM */
	bool plain;		/* without hcbpf */
	bool kvm_abi;		/* no Xen: the doorbell only, in KVM's ABI */
	const char *save;	/* file for SIGUSR1, or NULL */
	const char *restore;	/* file to go on from, or NULL */
};

/* A device behind a port. It listens on two eventfds, in slots 2i and 2i + 1. */
struct port {
	uint32_t number;
	const char *how;	/* what is special about it */
	int efd[2];
	uint64_t arrived;	/* signals the device saw */
	uint64_t exits;		/* sends that came to the VMM, which signalled then */
};

extern struct options opt;
extern struct port *ports;
extern unsigned int nr_ports;
extern unsigned int changes;	/* of ports, while the guest ran */
extern struct hcbpf_vm *hcbpf;	/* NULL with opt.plain */

/* A stopped VM, as it goes into a file and comes from there. */
struct vcpu_state {
	struct kvm_regs regs;
	struct kvm_sregs sregs;
};

struct vm_state {
	struct vcpu_state *vcpus;	/* opt.vcpus of them */
	uint8_t *memory;
	size_t memory_size;
	void *hcbpf;			/* as hcbpf_vm_save() made it; NULL with opt.plain */
	size_t hcbpf_size;
};

void vmm_create(void);
void vmm_run(void);
uint64_t port_sends(unsigned int i);	/* as the guest counted */

/* state.c: the options, the devices' counts and the VM. Memory is allocated to stay. */
void state_write(const char *file, const struct vm_state *vm);
void state_read_options(const char *file);
void state_read(const char *file, struct vm_state *vm);

void create_ports(void);
void start_devices(void);
void stop_devices(void);
void start_thread(pthread_t *id, void *(*function)(void *), void *arg);

#endif /* VMM_H */
