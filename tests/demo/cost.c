// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a call costs, on each way from a guest to an eventfd.
 *
 * The guest reads the TSC before and after a loop of calls. Under the lab's
 * --icount a tick is an instruction of the machine that runs the VM: guest,
 * kernel and VMM together. Interrupts of that machine fall into the loop too,
 * so each figure is the least of many short loops, minus the loop itself.
 *
 * Every path is checked: as many signals must have arrived as calls were made.
 */
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <hcbpf/guest.h>
#include <hcbpf/libhcbpf.h>
#include "kvm.h"

#define ROUNDS		50	/* calls in a loop */
#define LOOPS		40	/* after as many rounds to warm up */
#define SEND_PORT	5
#define IO_PORT		0x600

/* Instructions of a round of GUEST_NOTHING: when it takes as many ticks, ticks are instructions. */
#define NOTHING_INSNS	7

/* KVM answers it with 0 and does nothing else: KVM_HC_VAPIC_POLL_IRQ. */
#define KVM_NULL_CALL	1

/* What a VM without hcbpf may pay while another VM is bound, in instructions. */
#define UNBOUND_LIMIT	25

static double loop_ticks;	/* a round of an empty loop */
static double skip_ticks;	/* completing a hypercall: see measure_skip() */
static bool counts_insns;
static int efd;

static void check(int ret)
{
	if (ret < 0)
		errx(1, "%s", kvm_error());
}

static void check_hcbpf(int ret, const char *what)
{
	if (ret < 0)
		errx(1, "%s: %s", what, strerror(-ret));
}

static struct kvm_vm *new_vm(bool xen)
{
	struct kvm_vm_conf conf = { .xen = xen, .xen_evtchn_send = xen };
	struct kvm_vm *vm;

	check(kvm_vm_create(&conf, &vm));
	*(uint32_t *)kvm_at(vm, GUEST_DATA) = SEND_PORT;
	return vm;
}

static uint64_t take_signals(void)
{
	eventfd_t count;

	return eventfd_read(efd, &count) ? 0 : count;
}

static double run_loop(struct kvm_vm *vm, const struct kvm_start *start)
{
	struct kvm_vcpu *vcpu = &vm->vcpus[0];

	check(kvm_vcpu_start(vcpu, start));
	check(kvm_vcpu_run(vcpu));
	if (kvm_block(vcpu)->zero != ROUNDS)
		errx(1, "a guest's call returned %lld", (long long)kvm_block(vcpu)->last);
	return (double)kvm_block(vcpu)->tsc / ROUNDS;
}

static double measure(struct kvm_vm *vm, const struct kvm_start *what)
{
	struct kvm_start start = *what;
	double least;
	int i;

	start.count = ROUNDS;
	least = run_loop(vm, &start);
	for (i = 0; i < LOOPS; i++) {
		double ticks = run_loop(vm, &start);

		if (ticks < least)
			least = ticks;
	}
	return least - loop_ticks;
}

/* The same, of a call that must signal the eventfd every time. */
static double measure_signals(struct kvm_vm *vm, const struct kvm_start *start, const char *path)
{
	uint64_t calls = (LOOPS + 1) * ROUNDS, signals;
	double ticks;

	take_signals();
	ticks = measure(vm, start);
	signals = take_signals();
	if (signals != calls)
		errx(1, "%s: %llu calls, %llu signals", path, (unsigned long long)calls,
		     (unsigned long long)signals);
	return ticks;
}

static const struct kvm_start send_call = {
	.program = GUEST_CALLS, .nr = XEN_HYPERCALL_EVENT_CHANNEL_OP,
	.args = { XEN_EVTCHNOP_SEND, GUEST_DATA },
};
static const struct kvm_start physical_call = {
	.program = GUEST_CALLS, .nr = XEN_HYPERCALL_EVENT_CHANNEL_OP | HCBPF_HC_PHYSICAL,
	.args = { XEN_EVTCHNOP_SEND, GUEST_DATA },
};
static const struct kvm_start doorbell_call = {
	.program = GUEST_CALLS, .nr = HCBPF_HC_DOORBELL, .args = { SEND_PORT },
};
static const struct kvm_start null_call = { .program = GUEST_CALLS, .nr = KVM_NULL_CALL };
static const struct kvm_start io_out = { .program = GUEST_OUT, .args = { IO_PORT } };
static const struct kvm_start nothing = { .program = GUEST_NOTHING };

/* What a VMM does with a send: signal the device, answer the guest. */
static int serve_in_vmm(struct kvm_vcpu *vcpu, void *arg)
{
	(void)arg;
	if (vcpu->run->exit_reason == KVM_EXIT_XEN)
		vcpu->run->xen.u.hcall.result = 0;
	return eventfd_write(efd, 1) ? -errno : 0;
}

/*
 * Answer a Xen call by rewriting the registers. KVM completes a call, with a
 * result and a step over the instruction, only if RIP is still where it was.
 */
static int rewrite_regs(struct kvm_vcpu *vcpu, void *arg)
{
	const uint64_t *step = arg;
	struct kvm_regs regs;
	int ret;

	vcpu->run->xen.u.hcall.result = 0;
	ret = kvm_vcpu_regs(vcpu, &regs);
	if (ret)
		return ret;
	regs.rax = 0;
	regs.rip += *step;
	return kvm_vcpu_set_regs(vcpu, &regs);
}

/*
 * A CPU that does not report the next instruction (QEMU's) makes KVM decode
 * the hypercall in software to step over it; others do not. Measured as the
 * difference of two VMMs that do the same, except that one has stepped over
 * the instruction itself.
 */
static void measure_skip(void)
{
	uint64_t by_kvm = 0, by_vmm = 3;
	struct kvm_vm *vm = new_vm(true);

	vm->on_exit = rewrite_regs;
	vm->on_exit_arg = &by_kvm;
	skip_ticks = measure(vm, &send_call);
	vm->on_exit_arg = &by_vmm;
	skip_ticks -= measure(vm, &send_call);
	kvm_vm_destroy(vm);
}

static void calibrate(void)
{
	struct kvm_vm *vm = new_vm(false);

	loop_ticks = measure(vm, &nothing);
	counts_insns = loop_ticks > NOTHING_INSNS - 1 && loop_ticks < NOTHING_INSNS + 1;
	kvm_vm_destroy(vm);
}

static struct hcbpf_vm *bind_vm(struct kvm_vm *vm)
{
	struct hcbpf_vm *hcbpf;

	check_hcbpf(hcbpf_vm_bind(vm->fd, NULL, &hcbpf), "cannot bind a VM");
	check_hcbpf(hcbpf_vm_set_eventfd(hcbpf, 0, efd), "cannot set an eventfd");
	check_hcbpf(hcbpf_port_set(hcbpf, SEND_PORT, 0), "cannot set a port");
	return hcbpf;
}

/*
 * Rules that let the guest register buffers and pass physical addresses, and one
 * buffer that has the port in it.
 */
static void allow_buffers(struct hcbpf_vm *hcbpf)
{
	static const struct hcbpf_rule rules[] = {
		{ .abi = HCBPF_ABI_XEN, .nr = XEN_HYPERCALL_EVENT_CHANNEL_OP,
		  .sub = XEN_EVTCHNOP_SEND, .action = HCBPF_RULE_SEND,
		  .otherwise = HCBPF_RULE_PASS },
		{ .abi = HCBPF_ABI_XEN, .nr = XEN_HYPERCALL_EVENT_CHANNEL_OP | HCBPF_HC_PHYSICAL,
		  .sub = XEN_EVTCHNOP_SEND, .action = HCBPF_RULE_SEND,
		  .otherwise = HCBPF_RULE_PASS },
		{ .abi = HCBPF_ABI_XEN, .nr = HCBPF_HC_DOORBELL, .sub = HCBPF_RULE_ANY,
		  .action = HCBPF_RULE_DOORBELL, .otherwise = HCBPF_RULE_PASS },
		{ .abi = HCBPF_ABI_XEN, .nr = HCBPF_HC_BUFFER_INSERT, .sub = HCBPF_RULE_ANY,
		  .action = HCBPF_RULE_BUFFER },
	};

	check_hcbpf(hcbpf_rules_set(hcbpf, rules, sizeof(rules) / sizeof(rules[0]), NULL),
		    "cannot set rules");
}

static void register_buffer(struct kvm_vm *vm)
{
	const struct kvm_start insert = {
		.program = GUEST_CALLS, .count = 1, .nr = HCBPF_HC_BUFFER_INSERT,
		.args = { GUEST_DATA, GUEST_DATA, 4096 },
	};

	check(kvm_vcpu_start(&vm->vcpus[0], &insert));
	check(kvm_vcpu_run(&vm->vcpus[0]));
	if (kvm_block(&vm->vcpus[0])->last)
		errx(1, "cannot register a buffer: %lld",
		     (long long)kvm_block(&vm->vcpus[0])->last);
}

static void print_row(const char *path, double ticks, bool hypercall)
{
	printf("  %-54s %8.0f %8.0f\n", path, ticks, ticks - (hypercall ? skip_ticks : 0));
}

static void print_head(const char *title)
{
	printf("%s, %s per call\n\n  %-54s %8s %8s\n", title,
	       counts_insns ? "instructions" : "TSC ticks", "", "raw", "net");
}

static void cost_hcbpf(void)
{
	static const char send[] = "send through hcbpf (port in guest memory)";
	static const char registered[] = "send through hcbpf (port in a registered buffer)";
	static const char physical[] = "send through hcbpf (port at a physical address)";
	static const char doorbell[] = "doorbell through hcbpf (port in a register)";
	struct kvm_vm *vm = new_vm(true);
	struct hcbpf_vm *hcbpf = bind_vm(vm);

	print_row(send, measure_signals(vm, &send_call, send), true);
	print_row(doorbell, measure_signals(vm, &doorbell_call, doorbell), true);
	allow_buffers(hcbpf);
	register_buffer(vm);
	print_row(registered, measure_signals(vm, &send_call, registered), true);
	print_row(physical, measure_signals(vm, &physical_call, physical), true);
	hcbpf_vm_unbind(hcbpf);
	hcbpf_vm_close(hcbpf);
	kvm_vm_destroy(vm);
}

static void cost_xen(void)
{
	static const char exit_path[] = "the same send, exit to the VMM, which signals";
	static const char native[] = "the same send, KVM's own Xen event channels";
	struct kvm_vm *vm = new_vm(true);

	vm->on_exit = serve_in_vmm;
	print_row(exit_path, measure_signals(vm, &send_call, exit_path), true);
	check(kvm_vm_xen_eventfd(vm, SEND_PORT, efd));
	print_row(native, measure_signals(vm, &send_call, native), true);
	kvm_vm_destroy(vm);
}

static void cost_io(void)
{
	static const char ioeventfd[] = "port I/O, ioeventfd";
	static const char exit_path[] = "port I/O, exit to the VMM, which signals";
	struct kvm_vm *vm = new_vm(false);

	vm->on_exit = serve_in_vmm;
	print_row(exit_path, measure_signals(vm, &io_out, exit_path), false);
	check(kvm_vm_ioeventfd(vm, IO_PORT, efd));
	print_row(ioeventfd, measure_signals(vm, &io_out, ioeventfd), false);
	kvm_vm_destroy(vm);
}

static void print_notes(void)
{
	printf("\n"
	       "  net: without the %.0f that this CPU makes KVM spend to step over a hypercall\n"
	       "  (measured); CPUs that report the next instruction do not pay them.\n",
	       skip_ticks);
	if (counts_insns)
		puts("  Not in these figures: time. Entering and leaving the guest counts as one\n"
		     "  instruction each, cache and TLB misses and CPU bug mitigations as none.");
}

static int cost_paths(bool with_hcbpf)
{
	measure_skip();
	print_head("From the guest to an eventfd");
	if (with_hcbpf)
		cost_hcbpf();
	cost_xen();
	cost_io();
	print_notes();
	return 0;
}

static int cost_unbound(void)
{
	struct kvm_vm *vm = new_vm(false), *other = new_vm(true);
	double before, during, after, more;
	struct hcbpf_vm *hcbpf;

	measure_skip();
	before = measure(vm, &null_call);
	hcbpf = bind_vm(other);
	during = measure(vm, &null_call);
	check_hcbpf(hcbpf_vm_unbind(hcbpf), "cannot unbind");
	after = measure(vm, &null_call);
	hcbpf_vm_close(hcbpf);
	kvm_vm_destroy(other);
	kvm_vm_destroy(vm);

	more = during - (before < after ? before : after);
	print_head("A VM that is not bound, KVM's smallest hypercall");
	print_row("no VM is bound", before, true);
	print_row("another VM is bound", during, true);
	print_row("that VM is not bound any more", after, true);
	printf("\n  %.1f more while another VM is bound (limit %d), %.1f after it\n", more,
	       UNBOUND_LIMIT, after - before);
	return counts_insns && more > UNBOUND_LIMIT;
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	if (argc > 2 || (*what && strcmp(what, "--unbound") && strcmp(what, "--no-hcbpf"))) {
		fputs("usage: hcbpf-cost [--unbound | --no-hcbpf]\n"
		      "\n"
		      "Measure what a call costs on each way from a guest to an eventfd.\n"
		      "\n"
		      "  --unbound     instead, what a VM pays that is not bound\n"
		      "  --no-hcbpf    only the ways that need no hcbpf\n", stderr);
		return 2;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	efd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (efd < 0)
		err(1, "eventfd");
	calibrate();
	if (!strcmp(what, "--unbound"))
		return cost_unbound();
	return cost_paths(strcmp(what, "--no-hcbpf"));
}
