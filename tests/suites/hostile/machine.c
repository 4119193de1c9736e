// SPDX-License-Identifier: GPL-2.0-only
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include "machine.h"

/* ---- kinds of VMs ---- */

struct make_of {
	struct kvm_vm_conf conf;
	uint32_t abi, flags;	/* of the binding */
};

static const struct make_of makes[] = {
	{ { .nr_vcpus = NR_CPUS } },
	{ { .nr_vcpus = NR_CPUS, .mode = GUEST_32 } },
	{ { .nr_vcpus = NR_CPUS, .xen = true } },
	{ { .nr_vcpus = NR_CPUS, .xen = true } },	/* most there is is for these */
	{ { .nr_vcpus = NR_CPUS }, .flags = HCBPF_BIND_ENCRYPTED },
	{ { .nr_vcpus = NR_CPUS, .xen = true }, .flags = HCBPF_BIND_ENCRYPTED },
#ifdef __x86_64__
	{ { .nr_vcpus = NR_CPUS, .mode = GUEST_32, .xen = true } },
	{ { .nr_vcpus = NR_CPUS, .mode = GUEST_COMPAT } },
	{ { .nr_vcpus = NR_CPUS, .mode = GUEST_16 } },
	{ { .nr_vcpus = NR_CPUS, .high = true, .xen = true } },
	{ { .nr_vcpus = NR_CPUS, .cpl = 3 } },
	{ { .nr_vcpus = NR_CPUS, .cpl = 3, .xen = true } },
	{ { .nr_vcpus = NR_CPUS }, .abi = HCBPF_ABI_HYPERV },
	{ { .nr_vcpus = NR_CPUS, .mode = GUEST_32 }, .abi = HCBPF_ABI_HYPERV },
#endif
};

/* Of whichever kind it is, it may be bound as any other. */
int machine_bind(struct machine *machine)
{
	const struct make_of *make = &makes[chance_below(&machine->chance, ARRAY_LEN(makes))];
	LIBHCBPF_OPTS(hcbpf_bind_opts, opts, .abi = make->abi, .flags = make->flags);

	return hcbpf_vm_bind(machine->vm->fd, &opts, &machine->hc);
}

void machine_fill(struct machine *machine)
{
	uint32_t *word = kvm_at(machine->vm, GUEST_DATA);
	size_t i, nr = (LISTS - GUEST_DATA) / sizeof(*word);

	for (i = 0; i < nr; i++)
		word[i] = i % NR_PORTS;
}

bool machine_is_wide(const struct machine *machine)
{
	return machine->vm->mode == GUEST_64;
}

static void serve_ports(struct machine *machine)
{
	uint32_t i;

	for (i = 0; i < NR_PORTS; i++) {
		hcbpf_vm_set_eventfd(machine->hc, i, machine->efd);
		hcbpf_port_set(machine->hc, i, i % 5);
	}
}

bool machine_make(struct machine *machine)
{
	const struct make_of *make = &makes[chance_below(&machine->chance, ARRAY_LEN(makes))];
	LIBHCBPF_OPTS(hcbpf_bind_opts, opts, .abi = make->abi, .flags = make->flags);
	unsigned int i;

	machine->hc = machine->old = NULL;
	machine->stop = false;
	if (kvm_vm_create(&make->conf, &machine->vm))
		return false;
	machine->efd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	machine_fill(machine);
	if (!hcbpf_vm_bind(machine->vm->fd, &opts, &machine->hc))
		serve_ports(machine);
	for (i = 0; i < NR_CPUS; i++)
		machine->cpus[i] = (struct cpu){
			.machine = machine, .vcpu = &machine->vm->vcpus[i],
			.chance = chance_of(chance_next(&machine->chance), i),
		};
	return true;
}

/* In one order or the other. */
void machine_end(struct machine *machine)
{
	if (machine->hc && chance_percent(&machine->chance, 30))
		hcbpf_vm_unbind(machine->hc);
	if (chance_percent(&machine->chance, 50)) {
		hcbpf_vm_close(machine->hc);
		kvm_vm_destroy(machine->vm);
	} else {
		kvm_vm_destroy(machine->vm);
		hcbpf_vm_close(machine->hc);
	}
	hcbpf_vm_close(machine->old);
	close(machine->efd);
}

/* ---- running ---- */

static void on_signal(int sig)
{
	(void)sig;
}

void machines_init(void)
{
	struct sigaction action = { .sa_handler = on_signal };

	sigaction(SIGUSR1, &action, NULL);
}

void cpu_kick(struct cpu *cpu)
{
	pthread_kill(cpu->thread, SIGUSR1);
}

/* What the VMM says to a call is never 0: that is what the kernel says. True: go on. */
static bool answer(struct cpu *cpu)
{
	struct kvm_run *run = cpu->vcpu->run;

	switch (run->exit_reason) {
	case KVM_EXIT_HYPERCALL:
		run->hypercall.ret = 1 + chance_below(&cpu->chance, 1000);
		return true;
#ifdef __x86_64__
	case KVM_EXIT_XEN:
		run->xen.u.hcall.result = -ENOSYS;
		return true;
#endif
	case KVM_EXIT_IO:
	case KVM_EXIT_MMIO:
		return true;
	default:
		cpu->dead = true;
		return false;
	}
}

static struct results results_of(struct cpu *cpu, const struct kvm_start *start)
{
	volatile struct guest_block *block = kvm_block(cpu->vcpu);
	struct kvm_regs regs;

	if (start->program != GUEST_CALL_ONCE)
		return (struct results){ block->zero, block->other, block->last };
	if (!cpu->vcpu->stopped || kvm_vcpu_regs(cpu->vcpu, &regs))
		return (struct results){ 0 };
	return (struct results){ !(uint32_t)kvm_result(&regs), !!(uint32_t)kvm_result(&regs),
				 kvm_result(&regs) };
}

/* A call that went to the VMM may be left without an answer: then the next program gets it. */
struct results cpu_run(struct cpu *cpu, const struct kvm_start *start)
{
	struct kvm_vcpu *vcpu = cpu->vcpu;
	bool go_on = !kvm_vcpu_start(vcpu, start);

	if (!go_on)
		return (struct results){ 0 };
	while (go_on) {
		if (ioctl(vcpu->fd, KVM_RUN, 0)) {
			cpu->dead = errno != EINTR && errno != EAGAIN;
			break;
		}
		vcpu->stopped = kvm_is_stop(vcpu->run);
		go_on = !vcpu->stopped && answer(cpu) && !chance_percent(&cpu->chance, 3);
	}
	return results_of(cpu, start);
}
