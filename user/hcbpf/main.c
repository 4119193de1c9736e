// SPDX-License-Identifier: GPL-2.0-only
/* The commands, and where each lives. */
#include <stddef.h>
#include <string.h>

#include "cli/command.h"
#include "cli/complete.h"
#include "cli/tables.h"
#include "cmd/test.h"

static const struct command commands[] = {
	{ "load", "[FILE] [--name POLICY]", "load a policy from a BPF object file, or the standard one",
	  .run = load_run, .max_words = 1, .options = load_options },
	{ "replace", "POLICY [FILE] [--rename]", "put another program in a loaded policy's place",
	  .run = replace_run, .min_words = 1, .max_words = 2, .options = replace_options },
	{ "unload", "POLICY", "unload a policy; its VMs go on without it",
	  .run = unload_run, .min_words = 1, .max_words = 1 },
	{ "policy", NULL, "the loaded policies", .verbs = policy_verbs },
	{ "vm", NULL, "virtual machines and the policies they are bound to", .verbs = vm_verbs },
	{ "port", NULL, "a VM's ports", .verbs = port_verbs },
	{ "buffer", NULL, "hypercall buffers that a guest has registered", .verbs = buffer_verbs },
	{ "rule", NULL, "what a VM's guest may call", .verbs = rule_verbs },
	{ "gpa", NULL, "attributes of a VM's pages", .verbs = gpa_verbs },
	{ "profile", NULL, "named sets of rules", .verbs = profile_verbs },
	{ "template", NULL, "what VMs are bound to from their first instruction on",
	  .verbs = template_verbs },
	{ "admit", NULL, "whose VMs get which template, whoever starts them", .verbs = admit_verbs },
	{ "sdei", NULL, "events that reach a vCPU even with interrupts off (arm64)",
	  .verbs = sdei_verbs },
	{ "state", NULL, "files with the state of a VM", .verbs = state_verbs },
	{ "libvirt", NULL, "domains of libvirt", .verbs = libvirt_verbs },
	{ "vmstate", "[--bus BUS {--pid PID | --name NAME}]",
	  "carry a VM's state in QEMU's migration stream, by D-Bus", .run = vmstate_run,
	  .options = vmstate_options },
	{ "stats", "[VM] [--watch [SECONDS]] [--count N] [--columns COLUMNS | --all]", "what became of the VMs' hypercalls",
	  .run = stats_run, .max_words = 1, .options = stats_options, .takes_vm = true },
	{ "top", "[--calls] [--observed N] [--sort KEY] [--filter TEXT] [--interval SECONDS] [--count N]",
	  "the VMs that call most, or what they call most, in place", .run = top_run, .options = top_options },
	{ "monitor", "[VM] [--interval SECONDS] [--count N]",
	  "what happens to policies, VMs, rules and admission, as it happens", .run = monitor_run,
	  .max_words = 1, .options = monitor_options, .takes_vm = true },
	{ "trace", "[VM | --policy POLICY [--map MAP] [--type STRUCT]] [--abi ABI] "
	  "[--nr NR[:SUB]] [--vcpu VCPU] [--outcome OUTCOME] [--count N] [--timeout SECONDS] "
	  "[--ring SIZE]", "hypercalls one by one, or what a policy writes about them",
	  .run = trace_run, .max_words = 1, .options = trace_options, .takes_vm = true },
	{ "metrics", "[--openmetrics] [--output FILE] [--vms N] [--observed N]",
	  "the counters of all VMs and of the module, for Prometheus", .run = metrics_run,
	  .options = metrics_options },
	{ "test", "FILE CASES", "put written cases to a policy that is not in use",
	  .run = test_run, .min_words = 2, .max_words = 2 },
	{ "probe", "", "what this machine can do, and what it lacks", .run = probe_run },
	{ "holders", "", "what keeps the module loaded", .run = holders_run },
	{ "bench", "[--calls N] [--cpu N]", "what calls cost on this machine",
	  .run = bench_run, .options = bench_options },
	{ 0 }
};

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "__complete"))
		return complete(commands, argv + 2, argc - 2);
	if (argc > 1 && !strcmp(argv[1], "__tables"))
		return tables_print(commands);
	return command_line(commands, argc, argv);
}
