// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/*
 * The reference VMM's options, and its accounts: every send that the guest
 * counted must have reached its device once, signalled by the kernel or, after
 * an exit, by the VMM.
 */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <hcbpf/libhcbpf.h>
#include "vmm.h"

/* A vCPU's list of ports is in one page. */
#define MAX_PORTS 200

struct sums {
	uint64_t sends, signals, exits, lost, doubled;
};

static bool json, pause_first;

static void usage(FILE *out)
{
	fputs("usage: hcbpf-vmm [OPTION...]\n"
	      "\n"
	      "Run a small guest that sends on event channels and rings a doorbell.\n"
	      "\n"
	      "  --vcpus N     vCPUs (2)\n"
	      "  --ports N     ports that the kernel is told about (4)\n"
	      "  --sends N     sends per port and vCPU (1000)\n"
	      "  --forever     send until SIGTERM\n"
	      "  --no-hcbpf    do not bind the VM: a VMM that never heard of hcbpf\n"
	      "  --abi ABI     xen (as usual), or kvm: no Xen calls, doorbell only\n"
	      "  --save FILE   on SIGUSR1, stop, write the VM to FILE, and print \"saved\"\n"
	      "  --restore FILE  go on with such a VM; only --save and --json go with it\n"
	      "  --pause       create the VM, print \"ready\", run after a line on stdin\n"
	      "  --json        print the accounts as JSON\n", out);
}

static uint64_t number(const char *option, const char *text, uint64_t min, uint64_t max)
{
	char *end;
	uint64_t value = strtoull(text, &end, 0);

	if (*text < '0' || *text > '9' || *end || value < min || value > max)
		errx(2, "--%s: a number from %" PRIu64 " to %" PRIu64 ", not '%s'", option, min,
		     max, text);
	return value;
}

static bool is_kvm_abi(const char *text)
{
	if (strcmp(text, "kvm") && strcmp(text, "xen"))
		errx(2, "--abi: xen or kvm, not '%s'", text);
	return !strcmp(text, "kvm");
}

static void parse_options(int argc, char **argv)
{
	enum { VCPUS = 1, PORTS, SENDS, FOREVER, NO_HCBPF, ABI, SAVE, RESTORE, PAUSE, JSON, HELP };
	static const struct option options[] = {
		{ "vcpus", required_argument, NULL, VCPUS },
		{ "ports", required_argument, NULL, PORTS },
		{ "sends", required_argument, NULL, SENDS },
		{ "forever", no_argument, NULL, FOREVER },
		{ "no-hcbpf", no_argument, NULL, NO_HCBPF },
		{ "abi", required_argument, NULL, ABI },
		{ "save", required_argument, NULL, SAVE },
		{ "restore", required_argument, NULL, RESTORE },
		{ "pause", no_argument, NULL, PAUSE },
		{ "json", no_argument, NULL, JSON },
		{ "help", no_argument, NULL, HELP },
		{ 0 }
	};
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case VCPUS: opt.vcpus = number("vcpus", optarg, 1, 1024); break;
		case PORTS: opt.ports = number("ports", optarg, 1, MAX_PORTS); break;
		case SENDS: opt.sends = number("sends", optarg, 1, UINT64_MAX); break;
		case FOREVER: opt.sends = 0; break;
		case NO_HCBPF: opt.plain = true; break;
		case ABI: opt.kvm_abi = is_kvm_abi(optarg); break;
		case SAVE: opt.save = optarg; break;
		case RESTORE: opt.restore = optarg; break;
		case PAUSE: pause_first = true; break;
		case JSON: json = true; break;
		case HELP: usage(stdout); exit(0);
		default: usage(stderr); exit(2);
		}
	}
	if (optind < argc)
		errx(2, "unexpected '%s'", argv[optind]);
}

static void wait_for_line(void)
{
	int c;

	puts("ready");
	fflush(stdout);
	do
		c = getchar();
	while (c != '\n' && c != EOF);
}

static struct sums account(unsigned int i)
{
	struct sums sums = { .sends = port_sends(i), .exits = ports[i].exits };

	if (ports[i].arrived > sums.exits)
		sums.signals = ports[i].arrived - sums.exits;
	if (ports[i].arrived < sums.sends)
		sums.lost = sums.sends - ports[i].arrived;
	else
		sums.doubled = ports[i].arrived - sums.sends;
	return sums;
}

static struct sums account_all(void)
{
	struct sums all = { 0 };

	for (unsigned int i = 0; i < nr_ports; i++) {
		struct sums one = account(i);

		all.sends += one.sends;
		all.signals += one.signals;
		all.exits += one.exits;
		all.lost += one.lost;
		all.doubled += one.doubled;
	}
	return all;
}

static void print_json(const char *name, const struct sums *sums, const char *end)
{
	printf("%s\"sends\":%" PRIu64 ",\"signals\":%" PRIu64 ",\"exits\":%" PRIu64
	       ",\"lost\":%" PRIu64 ",\"doubled\":%" PRIu64 "%s", name, sums->sends,
	       sums->signals, sums->exits, sums->lost, sums->doubled, end);
}

static void report_json(const struct sums *all)
{
	printf("{\"vcpus\":%u,\"hcbpf\":%s,\"changes\":%u,\"ports\":[", opt.vcpus,
	       hcbpf ? "true" : "false", changes);
	for (unsigned int i = 0; i < nr_ports; i++) {
		struct sums one = account(i);

		printf("%s{\"port\":%u,\"how\":\"%s\",", i ? "," : "", ports[i].number,
		       ports[i].how);
		print_json("", &one, "}");
	}
	print_json("],", all, "}\n");
}

static void report_text(const struct sums *all)
{
	printf("%6s  %-9s %10s %10s %10s %6s\n", "port", "", "sends", "signalled", "exits", "lost");
	for (unsigned int i = 0; i < nr_ports; i++) {
		struct sums one = account(i);

		printf("%6u  %-9s %10" PRIu64 " %10" PRIu64 " %10" PRIu64 " %6" PRIu64 "\n",
		       ports[i].number, ports[i].how, one.sends, one.signals, one.exits, one.lost);
	}
	printf("%6s  %-9s %10" PRIu64 " %10" PRIu64 " %10" PRIu64 " %6" PRIu64 "\n", "all", "",
	       all->sends, all->signals, all->exits, all->lost);
	if (hcbpf)
		printf("port %u changed %u times while the guest ran\n", ports[0].number, changes);
}

/* The module counts signals too, since the VM was bound. */
static void check_module(const struct sums *all, uint64_t before)
{
	struct hcbpf_vm_stats stats;

	CHECK_HCBPF(hcbpf_vm_stats(hcbpf, &stats));
	if (stats.signals != all->signals - before)
		errx(1, "the module counted %" PRIu64 " signals, %" PRIu64 " arrived",
		     (uint64_t)stats.signals, all->signals - before);
}

int main(int argc, char **argv)
{
	uint64_t before = 0;
	struct sums all;

	parse_options(argc, argv);
	vmm_create();
	for (unsigned int i = 0; i < nr_ports; i++)
		before += ports[i].arrived - ports[i].exits;
	if (pause_first)
		wait_for_line();
	vmm_run();
	all = account_all();
	if (json)
		report_json(&all);
	else
		report_text(&all);
	fflush(stdout);
	if (all.lost || all.doubled)
		errx(1, "%" PRIu64 " sends lost, %" PRIu64 " doubled", all.lost, all.doubled);
	if (hcbpf)
		check_module(&all, before);
	hcbpf_vm_close(hcbpf);
	return 0;
}
