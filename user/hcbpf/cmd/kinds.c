// SPDX-License-Identifier: GPL-2.0-only
/* The kinds of words in usage, and what there is of each on this machine. */
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <hcbpf/libhcbpf.h>

#include "cli/args.h"
#include "cli/complete.h"
#include "cmd/admission.h"
#include "cmd/profile.h"
#include "cmd/stats_columns.h"
#include "cmd/top_rows.h"
#include "host/module.h"
#include "host/vmm.h"
#include "text/rules.h"

static void offer_number(uint32_t number)
{
	char text[16];

	snprintf(text, sizeof(text), "%u", number);
	complete_offer(text);
}

/* ---- what is bound or loaded; without the module, or the right to see it: nothing ---- */

static void each_vm(void (*fn)(struct hcbpf_vm *vm))
{
	int dev = open(HCBPF_DEVICE, O_RDWR | O_CLOEXEC);
	struct hcbpf_vm *vm;
	uint32_t id = 0;

	if (dev < 0)
		return;
	while (!vm_next(dev, &id, &vm)) {
		fn(vm);
		hcbpf_vm_close(vm);
	}
	close(dev);
}

static void offer_id(struct hcbpf_vm *vm)
{
	offer_number(hcbpf_vm_id(vm));
}

static void offer_tag(struct hcbpf_vm *vm)
{
	struct hcbpf_vm_info info;

	if (!hcbpf_vm_info(vm, &info))
		complete_offer(info.tag);
}

static void list_vms(void)
{
	each_vm(offer_id);
}

static void list_tags(void)
{
	each_vm(offer_tag);
}

static void list_policies(void)
{
	int dev = open(HCBPF_DEVICE, O_RDWR | O_CLOEXEC);
	struct hcbpf_next_policy policy = { 0 };

	if (dev < 0)
		return;
	while (!policy_next(dev, &policy))
		complete_offer(policy.name);
	close(dev);
}

/* The ports that are set in the VM whose id is the first word. */
static void list_ports(void)
{
	const char *first = complete_argument(0);
	struct hcbpf_vm *vm;
	uint32_t id, port;
	hcbpf_port_t word;

	if (!first || parse_u32(first, &id) || hcbpf_vm_open_id(id, &vm))
		return;
	for (port = 0; !hcbpf_port_next(vm, &port, &word); port++)
		offer_number(port);
	hcbpf_vm_close(vm);
}

/* ---- processes ---- */

static void offer_pid(const struct vmm *vmm)
{
	offer_number(vmm->pid);
}

static void offer_name(const struct vmm *vmm)
{
	complete_offer(vmm->name);
}

static void each_vmm(void (*fn)(const struct vmm *vmm))
{
	struct vmms vmms;
	int i;

	vmms_find(&vmms);
	for (i = 0; i < vmms.nr; i++)
		fn(&vmms.list[i]);
	vmms_free(&vmms);
}

static void list_pids(void)
{
	each_vmm(offer_pid);
}

static void list_names(void)
{
	each_vmm(offer_name);
}

/* ---- words ---- */

static void list_profiles(void)
{
	profile_names(complete_offer);
}

static void list_templates(void)
{
	template_names(complete_offer);
}

static void list_users(void)
{
	const struct passwd *user;

	setpwent();
	while ((user = getpwent()))
		complete_offer(user->pw_name);
	endpwent();
}

static void list_abis(void)
{
	uint32_t abi;

	for (abi = 0; abi_name(abi); abi++)
		if (abi_has_calls(abi))
			complete_offer(abi_name(abi));
}

static void list_actions(void)
{
	uint32_t action;

	for (action = HCBPF_RULE_NONE + 1; action < HCBPF_NR_ACTIONS; action++)
		complete_offer(action_name(action));
}

/* The calls of the ABI that precedes it. */
static void list_calls(void)
{
	const char *last = complete_argument(-1);
	uint32_t abi;

	if (last && !abi_by_name(last, &abi))
		call_names(abi, complete_offer);
}

static void list_outcomes(void)
{
	complete_offer("pass");
	complete_offer("done");
	complete_offer("exit");
}

static void list_keys(void)
{
	int key;

	for (key = 0; key < NR_TOP_KEYS; key++)
		complete_offer(top_key_name(key));
}

static void list_columns(void)
{
	column_names(complete_offer);
}

const struct kind kinds[] = {
	{ "VM", "the id of a VM, as `vm list` shows it", list_vms },
	{ "PID", "the number of a process", list_pids },
	{ "NAME", "the name of a VMM, from its command line", list_names },
	{ "TAG", "a word that a VM was bound with", list_tags },
	{ "PATTERN", "a shell's pattern for names", NULL },
	{ "POLICY", "the name of a policy", list_policies },
	{ "PROFILE", "the name of a profile", list_profiles },
	{ "TEMPLATE", "the name of a template", list_templates },
	{ "USER", "the name or number of a user", list_users },
	{ "CGROUP", "a path from the root of the cgroup2 hierarchy on: /machine.slice", NULL },
	{ "UNIT", "the full name of a systemd unit or slice: machine.slice", NULL },
	{ "FILE", "a file", complete_files },
	{ "CASES", "a file of cases", complete_files },
	{ "DIRECTORY", "a directory", complete_files },
	{ "ABI", "the ABI of calls: kvm, xen, hyperv or smccc", list_abis },
	{ "NR[:SUB]", "a call, and its sub-operation, by number or name", list_calls },
	{ "ACTION", "what becomes of a call", list_actions },
	{ "PORT", "the number of a port", list_ports },
	{ "PID:FD", "a process, and a file descriptor of it", NULL },
	{ "COMMAND", "a program, with its arguments", NULL },
	{ "VCPU", "the number of a vCPU", NULL },
	{ "ADDRESS", "an address of the guest: 4096, 0x1000, 4K or 16G", NULL },
	{ "COLUMNS", "names of columns of `stats`: name,done,signals", list_columns },
	{ "KEY", "what VMs are sorted by: calls, done, pass, exits, signals, trouble, vm or name",
	  list_keys },
	{ "OUTCOME", "what became of a call: pass (left to KVM), done (answered) or exit (given to "
	  "the VMM)", list_outcomes },
	{ "MAP", "the name of a map of a policy", NULL },
	{ "STRUCT", "the name of a type of a policy", NULL },
	{ "SIZE", "a number of bytes: 65536, 64K or 1M", NULL },
	{ "TEXT", "a part of a word, in either case", NULL },
	{ "SECONDS", "a time", NULL },
	{ "N", "a number", NULL },
	{ "DOMAIN", "the name of a domain", NULL },
	{ "OPERATION", "what libvirt does with it: prepare, started and others", NULL },
	{ "SUB", "begin or end", NULL },
	{ "BUS", "the address of a D-Bus, as unix:path=/run/it", NULL },
	{ "EXTRA", "- for now", NULL },
	{ 0 }
};
