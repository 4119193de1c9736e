// SPDX-License-Identifier: GPL-2.0-only
/* vm features: what hcbpf offers a guest, for whoever writes its CPUID by hand. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/args.h"
#include "cli/output.h"
#include "cmd/vm.h"
#include "cmd/which_vm.h"
#include "text/abi_names.h"

/* KVM, Xen and Hyper-V, two of which a VMM may offer at once, take the bases below. */
#define DEFAULT_BASE 0x40000200

#define NR_LEAVES 2

const struct option features_options[] = {
	{ "abi ABI", "the ABI of the guest's calls (default: what the VM is bound with)" },
	{ "base N", "x86: the first CPUID leaf (default: 0x40000200)" },
	{ 0 }
};

static const struct {
	uint32_t bit;
	const char *word;
} names[] = {
	{ HCBPF_FEATURE_REGISTERED, "registered" }, { HCBPF_FEATURE_PHYSICAL, "physical" },
	{ HCBPF_FEATURE_VIRTUAL, "virtual" }, { HCBPF_FEATURE_LIST, "list" },
};

static bool has_cpuid(void)
{
	return abi_is_of_this_machine(HCBPF_ABI_KVM);
}

static struct json_object *names_json(uint32_t word)
{
	struct json_object *list = json_object_new_array();
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (word & names[i].bit)
			list_text(list, names[i].word);
	return list;
}

static struct json_object *leaf_json(const struct hcbpf_cpuid_leaf *leaf)
{
	struct json_object *object = json_object_new_object();

	add_number(object, "function", leaf->function);
	add_number(object, "eax", leaf->eax);
	add_number(object, "ebx", leaf->ebx);
	add_number(object, "ecx", leaf->ecx);
	add_number(object, "edx", leaf->edx);
	return object;
}

static struct json_object *features_json(struct hcbpf_vm *vm, uint32_t abi, uint32_t word,
					 const struct hcbpf_cpuid_leaf *leaves)
{
	struct json_object *object = json_object_new_object(), *list = json_object_new_array();
	int i;

	add_number(object, "id", hcbpf_vm_id(vm));
	add_text(object, "abi", abi_name(abi));
	json_object_object_add(object, "features", names_json(word));
	add_number(object, "word", word);
	for (i = 0; i < NR_LEAVES && has_cpuid(); i++)
		json_object_array_add(list, leaf_json(&leaves[i]));
	json_object_object_add(object, "leaves", list);
	return object;
}

static void names_text(char text[NAMES_TEXT], uint32_t word)
{
	size_t i;

	text[0] = '\0';
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!(word & names[i].bit))
			continue;
		strcat(text, text[0] ? ", " : "");
		strcat(text, names[i].word);
	}
	if (!text[0])
		strcpy(text, "nothing");
}

static void say(struct hcbpf_vm *vm, uint32_t abi, uint32_t word,
		const struct hcbpf_cpuid_leaf *leaves)
{
	char text[NAMES_TEXT], cpuid[NR_LEAVES * 80] = "";
	size_t len = 0;
	int i;

	names_text(text, word);
	for (i = 0; i < NR_LEAVES && has_cpuid(); i++)
		len += snprintf(cpuid + len, sizeof(cpuid) - len,
				"\nCPUID 0x%08x: eax 0x%08x ebx 0x%08x ecx 0x%08x edx 0x%08x",
				leaves[i].function, leaves[i].eax, leaves[i].ebx, leaves[i].ecx,
				leaves[i].edx);
	out_done(features_json(vm, abi, word, leaves),
		 "%s calls of VM %u are offered: %s\nbuffers: %u\nword: 0x%x%s", abi_name(abi),
		 hcbpf_vm_id(vm), text, word >> HCBPF_FEATURE_LIMIT_SHIFT, word, cpuid);
}

/* AUTO without one. */
static int parse_abi(const char *text, uint32_t *abi)
{
	char all[NAMES_TEXT];

	*abi = HCBPF_ABI_AUTO;
	if (!text || (!abi_by_name(text, abi) && abi_has_calls(*abi)))
		return 0;
	abi_list(all, abi_has_calls);
	return fail_usage("\"%s\" is not an ABI\nuse %s", text, all);
}

static int parse_base(const char *text, uint32_t *base)
{
	struct hcbpf_cpuid_leaf leaves[NR_LEAVES];

	*base = DEFAULT_BASE;
	if (!text)
		return 0;
	if (!has_cpuid())
		return fail_usage("this machine has no CPUID\nleave --base out");
	if (!parse_u32(text, base) && !hcbpf_cpuid_leaves(*base, 0, leaves))
		return 0;
	return fail_usage("\"%s\" is not the first of a hypervisor's CPUID leaves\n"
			  "use 0x40000000 to 0x4000ff00, in steps of 0x100", text);
}

/* In place of AUTO, what the VM is bound with. */
static int abi_of(struct hcbpf_vm *vm, uint32_t *abi)
{
	struct hcbpf_vm_info info;
	int err;

	if (abi_has_calls(*abi))
		return 0;
	err = hcbpf_vm_info(vm, &info);
	if (err)
		return fail(err, "cannot ask for VM %u: %s", hcbpf_vm_id(vm), strerror(-err));
	*abi = info.abi;
	if (!abi_has_calls(*abi))
		return fail(-EINVAL, "VM %u is bound with the ABI that KVM is configured for\n"
			    "say by --abi which one that is", hcbpf_vm_id(vm));
	return 0;
}

static int show(struct hcbpf_vm *vm, uint32_t abi, uint32_t base)
{
	struct hcbpf_cpuid_leaf leaves[NR_LEAVES];
	uint32_t word;
	int err;

	if (abi_of(vm, &abi))
		return EXIT_FAILURE;
	err = hcbpf_vm_features(vm, abi, &word);
	if (!err)
		err = hcbpf_cpuid_leaves(base, word, leaves);
	if (err)
		return fail(err, "cannot read the rules of VM %u: %s", hcbpf_vm_id(vm),
			    strerror(-err));
	say(vm, abi, word, leaves);
	return EXIT_SUCCESS;
}

int features_run(const struct args *args)
{
	struct hcbpf_vm *vm;
	uint32_t abi, base;
	int status;

	if (parse_abi(option_value(args, "abi"), &abi) ||
	    parse_base(option_value(args, "base"), &base))
		return EXIT_USAGE;
	vm = which_vm(args);
	status = vm ? show(vm, abi, base) : EXIT_FAILURE;
	hcbpf_vm_close(vm);
	return status;
}
