// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/*
 * The reference VMM: how a VMM uses hcbpf. Meant to be copied from.
 *
 * The lines that matter are in bind_hcbpf() (tie the VM to a policy, hand over
 * the eventfds, set the ports) and change_ports() (a port changes while the
 * guest runs); save() and bind_saved() take the VM to another process. All the
 * rest is any VMM: it serves a send that hcbpf does not, by writing the same
 * eventfd itself, so nothing is lost when hcbpf is absent.
 *
 * The guest sends on ports 1..N, which the kernel is told about; on port N+1,
 * which it is not; and on port N+2 by the doorbell hypercall. devices.c has the
 * receiving end; main.c the options, and the check that every send arrived
 * exactly once.
 */
#include <cpuid.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>
#include <hcbpf/guest.h>
#include <hcbpf/libhcbpf.h>
#include "vmm.h"

/* Guest memory: page tables, code, and a page per vCPU for its list of ports. */
enum { PML4 = 0x1000, PDPT = 0x2000, CODE = 0x10000, CPUS = 0x20000, CPU_SIZE = 0x1000 };

#define IO_SEND 0x10		/* guest.S: send by I/O port */
#define IO_END	0xf4		/* guest.S: the guest is done */

struct guest_port {		/* as in guest.S; starts with Xen's struct evtchn_send */
	uint32_t number, doorbell;
	uint64_t sends;
};

struct guest_cpu {		/* as in guest.S */
	uint64_t rounds, stop, end;
	struct guest_port ports[];
};

struct options opt = { .vcpus = 2, .ports = 4, .sends = 1000 };
unsigned int changes;
struct hcbpf_vm *hcbpf;

static int kvm, vm;
static struct { int fd; pthread_t thread; struct kvm_run *run; } *vcpus;
static uint8_t *memory;
static size_t memory_size;
static unsigned int running;	/* vCPU threads; atomic */
static sigset_t signals;	/* that are for supervise() */
static bool stopping;		/* vCPUs leave the guest wherever they are; atomic */
extern const char guest[], guest_hypercall[], guest_end[];

static struct guest_cpu *guest_cpu(unsigned int id)
{
	return (void *)(memory + CPUS + id * CPU_SIZE);
}

/* ---- hcbpf ---- */

static void set_eventfds(void)
{
	for (unsigned int i = 0; i < nr_ports; i++) {
		CHECK_HCBPF(hcbpf_vm_set_eventfd(hcbpf, 2 * i, ports[i].efd[0]));
		CHECK_HCBPF(hcbpf_vm_set_eventfd(hcbpf, 2 * i + 1, ports[i].efd[1]));
	}
}

static void bind_hcbpf(void)
{
	LIBHCBPF_OPTS(hcbpf_bind_opts, opts, .policy = "standard", .tag = "reference-vmm");
	int ret;

	/* Your VMM would rather warn and go on: its guest runs without hcbpf as well. */
	ret = hcbpf_vm_bind(vm, &opts, &hcbpf);
	if (ret)
		errx(1, "cannot bind the VM to policy \"%s\": %s%s", opts.policy, strerror(-ret),
		     ret == -ENODEV ? " (is the module loaded?)" :
		     ret == -ENOENT ? " (run hcbpf load)" : "");
	set_eventfds();
	for (unsigned int i = 0; i < nr_ports; i++)
		if (i != opt.ports)	/* one port stays ours */
			CHECK_HCBPF(hcbpf_port_set(hcbpf, ports[i].number, 2 * i));
}

/* As the saved VM was bound, with its ports; the eventfds are new ones. */
static void bind_saved(const struct vm_state *state)
{
	struct hcbpf_state_error error;
	int ret;

	ret = hcbpf_vm_bind_saved(vm, state->hcbpf, state->hcbpf_size, &hcbpf, &error);
	if (ret == -EBADMSG)
		errx(1, "cannot restore the VM's hypercalls: %s", error.text);
	if (ret)
		errx(1, "cannot bind the VM: %s", strerror(-ret));
	set_eventfds();
}

/* Move port 1 to its other eventfd, take it from the kernel, give it back: one store each. */
static void change_ports(void)
{
	switch (changes++ % 3) {
	case 0:
		CHECK_HCBPF(hcbpf_port_set(hcbpf, ports[0].number, 1));
		break;
	case 1:
		CHECK_HCBPF(hcbpf_port_del(hcbpf, ports[0].number));
		break;
	case 2:
		CHECK_HCBPF(hcbpf_port_set(hcbpf, ports[0].number, 0));
	}
}

/* ---- what comes to the VMM ---- */

/* A send that came to the VMM: signal the device. The guest's result. */
static int64_t serve_send(uint64_t number)
{
	for (unsigned int i = 0; i < nr_ports; i++) {
		if (ports[i].number != number)
			continue;
		__atomic_add_fetch(&ports[i].exits, 1, __ATOMIC_RELAXED);
		CHECK(eventfd_write(ports[i].efd[0], 1));
		return 0;
	}
	return -ENOENT;
}

/* KVM_EXIT_XEN: a call that neither hcbpf nor KVM served. */
static int64_t serve_xen(const struct kvm_xen_exit *xen)
{
	uint64_t addr = xen->u.hcall.params[1];

	if (xen->u.hcall.input == HCBPF_HC_DOORBELL)
		return serve_send(xen->u.hcall.params[0]);
	if (xen->u.hcall.input != 32 || xen->u.hcall.params[0] != 4)
		return -ENOSYS;
	if (addr > memory_size - sizeof(uint32_t))	/* virtual is physical in this guest */
		return -EFAULT;
	return serve_send(*(volatile uint32_t *)(memory + addr));
}

/* ---- the VM ---- */

static void *run_vcpu(void *arg)
{
	unsigned int id = (intptr_t)arg;
	struct kvm_run *run = vcpus[id].run;

	for (;;) {
		int ret = ioctl(vcpus[id].fd, KVM_RUN, 0);

		if (ret < 0 && errno != EINTR)
			err(1, "KVM_RUN");
		/* Interrupted: the exit before, if there was one, is completed. */
		if (ret < 0 && __atomic_load_n(&stopping, __ATOMIC_ACQUIRE))
			break;
		if (ret < 0)
			continue;
		if (run->exit_reason == KVM_EXIT_XEN)
			run->xen.u.hcall.result = serve_xen(&run->xen);
		else if (run->exit_reason == KVM_EXIT_IO && run->io.port == IO_SEND)
			serve_send(*(uint32_t *)((uint8_t *)run + run->io.data_offset));
		else if (run->exit_reason == KVM_EXIT_IO && run->io.port == IO_END)
			break;
		else if (run->exit_reason != KVM_EXIT_INTR)
			errx(1, "unexpected exit %u", run->exit_reason);
	}
	__atomic_sub_fetch(&running, 1, __ATOMIC_RELEASE);
	return NULL;
}

static void create_vm(void)
{
	struct kvm_xen_hvm_config xen = {
		.flags = KVM_XEN_HVM_CONFIG_INTERCEPT_HCALL,
		.msr = 0x40000000,	/* zero would leave Xen hypercalls off, silently */
	};
	struct kvm_userspace_memory_region region = { 0 };
	unsigned int eax, vendor, ecx, edx;

	kvm = CHECK(open("/dev/kvm", O_RDWR | O_CLOEXEC));
	vm = CHECK(ioctl(kvm, KVM_CREATE_VM, 0));
	if (!opt.kvm_abi)
		CHECK(ioctl(vm, KVM_XEN_HVM_CONFIG, &xen));

	region.memory_size = memory_size = CPUS + opt.vcpus * CPU_SIZE;
	memory = mmap(NULL, memory_size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		err(1, "guest memory");
	region.userspace_addr = (uintptr_t)memory;
	CHECK(ioctl(vm, KVM_SET_USER_MEMORY_REGION, &region));

	*(uint64_t *)(memory + PML4) = PDPT | 3;	/* present, writable */
	*(uint64_t *)(memory + PDPT) = 0x83;		/* and one page of 1 GB */
	memcpy(memory + CODE, guest, guest_end - guest);
	if (!__get_cpuid(0, &eax, &vendor, &ecx, &edx) || vendor == signature_INTEL_ebx)
		memcpy(memory + CODE + (guest_hypercall - guest), "\x0f\x01\xc1", 3);
}

/* A vCPU in long mode, at the guest's first instruction. */
static int create_vcpu(unsigned int id)
{
	struct { struct kvm_cpuid2 head; struct kvm_cpuid_entry2 entries[256]; } cpuid = {
		.head.nent = 256,
	};
	struct kvm_segment code = {
		.selector = 8, .limit = ~0, .type = 11, .present = 1, .s = 1, .l = 1, .g = 1,
	};
	struct kvm_segment data = {
		.selector = 16, .limit = ~0, .type = 3, .present = 1, .s = 1, .db = 1, .g = 1,
	};
	struct kvm_regs regs = { .rip = CODE, .rflags = 2, .rbp = CPUS + id * CPU_SIZE };
	int vcpu = CHECK(ioctl(vm, KVM_CREATE_VCPU, id));
	struct kvm_sregs sregs;

	vcpus[id].run = mmap(NULL, CHECK(ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0)),
			     PROT_READ | PROT_WRITE, MAP_SHARED, vcpu, 0);
	if (vcpus[id].run == MAP_FAILED)
		err(1, "map kvm_run");
	CHECK(ioctl(kvm, KVM_GET_SUPPORTED_CPUID, &cpuid));
	CHECK(ioctl(vcpu, KVM_SET_CPUID2, &cpuid));
	CHECK(ioctl(vcpu, KVM_GET_SREGS, &sregs));
	sregs.cs = code;
	sregs.ds = sregs.es = sregs.fs = sregs.gs = sregs.ss = data;
	sregs.cr0 = 0x80000011;		/* paging, protected mode */
	sregs.cr3 = PML4;
	sregs.cr4 = 0x20;		/* PAE */
	sregs.efer = 0x500;		/* long mode */
	CHECK(ioctl(vcpu, KVM_SET_SREGS, &sregs));
	CHECK(ioctl(vcpu, KVM_SET_REGS, &regs));
	return vcpu;
}

static void prepare_guest(unsigned int id)
{
	struct guest_cpu *cpu = guest_cpu(id);

	cpu->rounds = opt.sends;	/* 0 never ends */
	cpu->end = CPUS + id * CPU_SIZE + sizeof(*cpu) + nr_ports * sizeof(cpu->ports[0]);
	for (unsigned int i = 0; i < nr_ports; i++) {
		cpu->ports[i].number = ports[i].number;
		cpu->ports[i].doorbell = opt.kvm_abi || i == nr_ports - 1;
	}
}

uint64_t port_sends(unsigned int i)
{
	uint64_t sends = 0;

	for (unsigned int id = 0; id < opt.vcpus; id++)
		sends += guest_cpu(id)->ports[i].sends;
	return sends;
}

/* ---- save and restore ---- */

static void interrupt(int signal)
{
	(void)signal;
}

/* All vCPUs out of the guest, and the devices done with what they sent. */
static void stop_everything(void)
{
	__atomic_store_n(&stopping, true, __ATOMIC_RELEASE);
	for (unsigned int id = 0; id < opt.vcpus; id++) {
		vcpus[id].run->immediate_exit = 1;
		pthread_kill(vcpus[id].thread, SIGUSR2);
	}
	for (unsigned int id = 0; id < opt.vcpus; id++)
		pthread_join(vcpus[id].thread, NULL);
	stop_devices();
}

/* Write the VM to the file, and wait for the end of this process. */
static void save(void)
{
	struct vm_state state = { .memory = memory, .memory_size = memory_size };

	stop_everything();
	state.vcpus = calloc(opt.vcpus, sizeof(*state.vcpus));
	if (!state.vcpus)
		err(1, "state");
	for (unsigned int id = 0; id < opt.vcpus; id++) {
		CHECK(ioctl(vcpus[id].fd, KVM_GET_REGS, &state.vcpus[id].regs));
		CHECK(ioctl(vcpus[id].fd, KVM_GET_SREGS, &state.vcpus[id].sregs));
	}
	if (!opt.plain)
		CHECK_HCBPF(hcbpf_vm_save(hcbpf, &state.hcbpf, &state.hcbpf_size));
	state_write(opt.save, &state);
	puts("saved");
	fflush(stdout);
	for (;;)
		pause();
}

static void restore(void)
{
	struct vm_state state;

	state_read(opt.restore, &state);
	if (state.memory_size != memory_size)
		errx(1, "%s is of another version of this program", opt.restore);
	memcpy(memory, state.memory, memory_size);
	for (unsigned int id = 0; id < opt.vcpus; id++) {
		CHECK(ioctl(vcpus[id].fd, KVM_SET_SREGS, &state.vcpus[id].sregs));
		CHECK(ioctl(vcpus[id].fd, KVM_SET_REGS, &state.vcpus[id].regs));
	}
	if (!opt.plain)
		bind_saved(&state);
	free(state.vcpus);
	free(state.memory);
	free(state.hcbpf);
}

/* ---- */

/* Change ports every millisecond until the guest ends, or we are told to. */
static void supervise(void)
{
	const struct timespec pause = { .tv_nsec = 1000000 };

	while (__atomic_load_n(&running, __ATOMIC_ACQUIRE)) {
		if (!opt.plain)
			change_ports();
		switch (sigtimedwait(&signals, NULL, &pause)) {
		case -1:
			continue;
		case SIGUSR1:
			save();
		}
		for (unsigned int id = 0; id < opt.vcpus; id++)
			__atomic_store_n(&guest_cpu(id)->stop, 1, __ATOMIC_RELAXED);
	}
}

/* For supervise() only: no thread is to be ended by it. */
static void take_signal(int signal)
{
	sigset_t one;

	sigaddset(&signals, signal);
	sigemptyset(&one);
	sigaddset(&one, signal);
	pthread_sigmask(SIG_BLOCK, &one, NULL);
}

void vmm_create(void)
{
	sigemptyset(&signals);
	/* Whoever asks for it may be early. */
	if (opt.save)
		take_signal(SIGUSR1);
	if (opt.restore)
		state_read_options(opt.restore);
	create_vm();
	create_ports();
	vcpus = calloc(opt.vcpus, sizeof(*vcpus));
	if (!vcpus)
		err(1, "vCPUs");
	for (unsigned int id = 0; id < opt.vcpus; id++) {
		vcpus[id].fd = create_vcpu(id);
		prepare_guest(id);
	}
	if (opt.restore)
		restore();
	else if (!opt.plain)
		bind_hcbpf();
}

/* Run the guest to its end, or until SIGTERM or SIGINT; SIGUSR1 saves it. */
void vmm_run(void)
{
	const struct sigaction action = { .sa_handler = interrupt };

	sigaction(SIGUSR2, &action, NULL);
	take_signal(SIGTERM);
	take_signal(SIGINT);

	start_devices();
	running = opt.vcpus;
	for (unsigned int id = 0; id < opt.vcpus; id++)
		start_thread(&vcpus[id].thread, run_vcpu, (void *)(intptr_t)id);
	supervise();
	for (unsigned int id = 0; id < opt.vcpus; id++)
		pthread_join(vcpus[id].thread, NULL);

	/* A signal is in the eventfd before the guest's call returns: none can come later. */
	stop_devices();
}
