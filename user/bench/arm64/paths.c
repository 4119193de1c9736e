// SPDX-License-Identifier: GPL-2.0-only
/* The paths of arm64. */
#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>
#include <hcbpf/guest.h>
#include <hcbpf/rule.h>
#include <hcbpf/sdei.h>
#include "../prepare.h"

/* KVM answers it with 0 and does little else: PSCI_AFFINITY_INFO, and CPU 0 is on. */
#define KVM_NULL_CALL	0x84000004

#define MMIO_ADDR	0x20000000

#define MMIO_STORE	{ .program = GUEST_OUT, .args = { MMIO_ADDR } }
#define NULL_CALL	{ .program = GUEST_CALLS, .nr = KVM_NULL_CALL }
#define NAMED_CALL	{ .program = GUEST_CALLS, .nr = NAMED_NR }
#define DOORBELL_CALL	{ .program = GUEST_CALLS, .nr = HCBPF_SMCCC_DOORBELL, \
			  .args = { SEND_PORT } }
#define SEND_CALL	{ .program = GUEST_CALLS, .nr = XEN_HYPERCALL_EVENT_CHANNEL_OP, \
			  .args = { XEN_EVTCHNOP_SEND, GUEST_DATA } }
#define SIGNAL_CALL(cpu) { .program = GUEST_CALLS, .nr = HCBPF_SDEI_EVENT_SIGNAL, \
			   .args = { HCBPF_SDEI_EVENT_SOFTWARE, cpu } }

static int set_ioeventfd(struct path_vm *vm)
{
	return kvm_vm_ioeventfd(vm->vm, MMIO_ADDR, vm->efd);
}

/* ---- SDEI: a handler that counts, and ends ---- */

#define SDEI_CODE	(GUEST_DATA + 0x1000)
#define SDEI_COUNT	(GUEST_DATA + 0x2000)

extern const char bench_sdei[], bench_sdei_idle[], bench_sdei_end[];

/* X1 is what the event was registered with: where to count. */
asm(".pushsection .rodata\n"
    ".balign 4\n"
    ".globl bench_sdei, bench_sdei_idle, bench_sdei_end\n"
    "bench_sdei:\n"
    "	ldr	x2, [x1]\n"
    "	add	x2, x2, #1\n"
    "	str	x2, [x1]\n"
    "	mov	w0, #0x25\n"		/* SDEI_EVENT_COMPLETE */
    "	movk	w0, #0xc400, lsl #16\n"
    "	hvc	#0\n"
    "	b	.\n"
    "bench_sdei_idle:\n"
    "	wfi\n"
    "	b	bench_sdei_idle\n"
    "bench_sdei_end:\n"
    ".popsection\n");
_Static_assert(HCBPF_SDEI_EVENT_COMPLETE == 0xc4000025, "as above");

static uint64_t take_events(const struct path_vm *vm)
{
	return __atomic_exchange_n((uint64_t *)kvm_at(vm->vm, SDEI_COUNT), 0, __ATOMIC_ACQ_REL);
}

static int call_once(struct kvm_vcpu *vcpu, uint64_t nr, uint64_t a1, uint64_t a2, uint64_t a3,
		     uint64_t a4)
{
	const struct kvm_start start = {
		.program = GUEST_CALLS, .count = 1, .nr = nr, .args = { a1, a2, a3, a4 },
	};
	int err = kvm_vcpu_start(vcpu, &start);

	err = err ?: kvm_vcpu_run(vcpu);
	return err ?: kvm_block(vcpu)->zero == 1 ? 0 : -EPROTO;
}

static int listen_on(struct kvm_vcpu *vcpu)
{
	int err;

	memcpy(kvm_at(vcpu->vm, SDEI_CODE), bench_sdei, bench_sdei_end - bench_sdei);
	err = call_once(vcpu, HCBPF_SDEI_EVENT_REGISTER, HCBPF_SDEI_EVENT_SOFTWARE, SDEI_CODE,
			SDEI_COUNT, HCBPF_SDEI_ROUTE_ANY);
	err = err ?: call_once(vcpu, HCBPF_SDEI_EVENT_ENABLE, HCBPF_SDEI_EVENT_SOFTWARE, 0, 0, 0);
	return err ?: call_once(vcpu, HCBPF_SDEI_PE_UNMASK, 0, 0, 0, 0);
}

static int listen_myself(struct path_vm *vm)
{
	return listen_on(&vm->vm->vcpus[0]);
}

/* A CPU that runs for the first time has other things to wait for. */
static int wait_for_first_event(struct path_vm *vm)
{
	int tries, err;

	err = call_once(&vm->vm->vcpus[0], HCBPF_SDEI_EVENT_SIGNAL, HCBPF_SDEI_EVENT_SOFTWARE, 1,
			0, 0);
	for (tries = 1000; !err && !take_events(vm); tries--) {
		if (!tries)
			return -ETIMEDOUT;
		usleep(10000);
	}
	return err;
}

/*
 * The other CPU waits in WFI, in a thread that runs as soon as it may: the machine
 * has one CPU, and each event is handled before the next is signalled.
 */
static int listen_elsewhere(struct path_vm *vm)
{
	const struct sched_param first = { .sched_priority = 1 };
	const struct kvm_start idle = { .program = GUEST_NOTHING };
	struct kvm_vcpu *vcpu = &vm->vm->vcpus[1];
	struct kvm_regs regs;
	int err;

	err = listen_on(vcpu);
	err = err ?: kvm_vcpu_start(vcpu, &idle);
	err = err ?: kvm_vcpu_regs(vcpu, &regs);
	kvm_pc(&regs) = SDEI_CODE + (bench_sdei_idle - bench_sdei);
	err = err ?: kvm_vcpu_set_regs(vcpu, &regs);
	err = err ?: kvm_vcpu_run_thread(vcpu);
	err = err ?: -pthread_setschedparam(vcpu->thread, SCHED_FIFO, &first);
	return err ?: wait_for_first_event(vm);
}

/* ---- the paths ---- */

const struct path paths[] = {
	{
		.name = "hvc_base", .what = "a small PSCI call, without the module",
		.module = MODULE_ABSENT, .call = NULL_CALL, .silent = true,
	}, {
		.name = "hvc_loaded", .what = "a small PSCI call, no VM bound",
		.peer = "hvc_base",
		.module = MODULE_LOADED, .call = NULL_CALL, .silent = true,
	}, {
		.name = "hvc_other_bound", .what = "a small PSCI call, another VM bound",
		.peer = "hvc_base",
		.module = MODULE_OTHER_BOUND, .call = NULL_CALL, .silent = true,
	}, {
		.name = "hvc_pass", .what = "a small PSCI call, bound: it passes",
		.peer = "hvc_base",
		.module = MODULE_BOUND, .call = NULL_CALL, .silent = true,
	}, {
		.name = "ioeventfd_mmio", .what = "store to a device, ioeventfd",
		.module = MODULE_LOADED, .call = MMIO_STORE, .prepare = set_ioeventfd,
	}, {
		.name = "mmio_exit_write", .what = "store to a device, exit to the VMM, which signals",
		.module = MODULE_LOADED, .call = MMIO_STORE, .serve = path_signal_and_answer,
	}, {
		.name = "hvc_exit_write", .what = "call, hcbpf's exit to the VMM, which signals",
		.peer = "mmio_exit_write",
		.module = MODULE_BOUND, .call = NAMED_CALL,
		.prepare = path_set_exit_rule, .serve = path_signal_and_answer,
	}, {
		.name = "hcbpf_doorbell", .what = "doorbell through hcbpf (port in a register)",
		.peer = "ioeventfd_mmio",
		.module = MODULE_BOUND, .call = DOORBELL_CALL, .prepare = path_set_port,
	}, {
		.name = "hcbpf_send_xen", .what = "Xen send through hcbpf (port in guest memory)",
		.peer = "mmio_exit_write",
		.module = MODULE_BOUND, .vm = { .xen = true }, .call = SEND_CALL,
		.prepare = path_set_port,
	}, {
		.name = "hcbpf_deny", .what = "a call that a rule denies",
		.peer = "hvc_base",
		.module = MODULE_BOUND, .call = NAMED_CALL, .silent = true,
		.prepare = path_set_deny_rule,
	}, {
		.name = "sdei_signal_self", .what = "SDEI: signal oneself, handle, complete",
		.peer = "hvc_base",
		.module = MODULE_BOUND, .sdei = true, .call = SIGNAL_CALL(0),
		.prepare = listen_myself, .events = take_events,
	}, {
		.name = "sdei_signal_cross", .what = "SDEI: signal a CPU that waits, which handles it",
		.peer = "hvc_base",
		.module = MODULE_BOUND, .sdei = true, .vm = { .nr_vcpus = 2 },
		.call = SIGNAL_CALL(1), .prepare = listen_elsewhere, .events = take_events,
	},
};

const unsigned int nr_paths = sizeof(paths) / sizeof(paths[0]);
const char *const path_of_curves = "hcbpf_send_xen";
