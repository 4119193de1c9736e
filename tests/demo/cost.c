// SPDX-License-Identifier: GPL-2.0-only
/*
 * The demo's table: what a call costs, on each way from a guest to an eventfd.
 * Measured like everything in tests/bench, whose paths these are.
 */
#include <err.h>
#include <stdio.h>
#include <string.h>
#include "../bench/lab.h"

/* What a VM without hcbpf may pay while another VM is bound, in instructions. */
#define UNBOUND_LIMIT 20

static double loop_ticks, skip_ticks;

static double raw_cost(const struct path *path)
{
	struct path_vm vm;
	double ticks;

	lab_path_up(path, &vm);
	ticks = lab_path_measure(path, &vm) - loop_ticks;
	path_down(&vm);
	return ticks;
}

static double print_row(const char *name)
{
	const struct path *path = path_find(name);
	double raw = raw_cost(path), net = path->hypercall ? raw - skip_ticks : raw;

	printf("  %-54s %8.0f %8.0f\n", path->what, raw, net);
	return net;
}

static bool counts_insns(void)
{
	return loop_ticks > COST_NOTHING - 1 && loop_ticks < COST_NOTHING + 1;
}

static void print_head(const char *title)
{
	printf("%s, %s per call\n\n  %-54s %8s %8s\n", title,
	       counts_insns() ? "instructions" : "TSC ticks", "", "raw", "net");
}

static void print_notes(void)
{
	printf("\n"
	       "  net: without the %.0f that this CPU makes KVM spend to step over a hypercall\n"
	       "  (measured); CPUs that report the next instruction do not pay them.\n",
	       skip_ticks);
	if (counts_insns())
		puts("  Not in these figures: time. Entering and leaving the guest counts as one\n"
		     "  instruction each, cache and TLB misses and CPU bug mitigations as none.");
}

static int cost_paths(void)
{
	print_head("From the guest to an eventfd");
	print_row("hcbpf_doorbell");
	print_row("hcbpf_send_virtual");
	print_row("hcbpf_exit_write");
	print_row("xen_native_eventfd");
	print_row("xen_exit_write");
	print_row("ioeventfd_pio");
	print_row("pio_exit_write");
	print_notes();
	return 0;
}

static int cost_unbound(void)
{
	double before, during;

	print_head("A VM that is not bound");
	before = print_row("kvm_nr1_loaded");
	during = print_row("kvm_nr1_other_bound");
	printf("\n  %.1f more while another VM is bound (limit %d)\n", during - before,
	       UNBOUND_LIMIT);
	return counts_insns() && during - before > UNBOUND_LIMIT;
}

int main(int argc, char **argv)
{
	bool unbound = argc == 2 && !strcmp(argv[1], "--unbound");

	if (argc > 1 && !unbound) {
		fputs("usage: hcbpf-cost [--unbound]\n"
		      "\n"
		      "Measure what a call costs on each way from a guest to an eventfd.\n"
		      "  --unbound   instead, what a VM without hcbpf pays while another has it\n",
		      stderr);
		return 2;
	}
	if (kvm_cost_loop(&loop_ticks) || kvm_cost_skip(&skip_ticks))
		errx(1, "%s", kvm_error());
	return unbound ? cost_unbound() : cost_paths();
}
