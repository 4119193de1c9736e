// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/* What hcbpf offers a guest, and the CPUID leaves that tell it. */
#include <errno.h>
#include <stdlib.h>
#include <hcbpf/guest.h>

#include "internal.h"

/* What the rules of @abi say of it. */
static int features_by_rules(struct hcbpf_vm *vm, uint32_t abi, uint32_t *features)
{
	struct hcbpf_rule *rules;
	struct hcbpf_rules get;
	uint32_t i;
	int err;

	err = hcbpf_rules_read(vm, &rules, &get);
	if (err)
		return err;
	*features = 0;
	for (i = 0; i < get.nr; i++)
		if (rules[i].abi == abi)
			*features |= hcbpf_rule_features(&rules[i]);
	free(rules);
	return 0;
}

int hcbpf_vm_features(struct hcbpf_vm *vm, uint32_t abi, uint32_t *word)
{
	struct hcbpf_vm_info info;
	uint32_t by_rules;
	int err;

	err = hcbpf_vm_info(vm, &info);
	if (err)
		return err;
	if (abi == HCBPF_ABI_AUTO)
		abi = info.abi;
	if (abi == HCBPF_ABI_AUTO || abi >= HCBPF_NR_ABIS)
		return -EINVAL;
	err = features_by_rules(vm, abi, &by_rules);
	if (!err)
		*word = hcbpf_features_word(by_rules, info.buffer_limit,
					    !!(info.state & HCBPF_VM_ENCRYPTED));
	return err;
}

int hcbpf_cpuid_leaves(uint32_t base, uint32_t word, struct hcbpf_cpuid_leaf leaves[2])
{
	if (base < HCBPF_CPUID_FIRST || base > HCBPF_CPUID_LAST || base % HCBPF_CPUID_STEP)
		return -EINVAL;
	leaves[0] = (struct hcbpf_cpuid_leaf){
		.function = base, .eax = base + 1, .ebx = HCBPF_CPUID_EBX,
		.ecx = HCBPF_CPUID_ECX, .edx = HCBPF_CPUID_EDX,
	};
	leaves[1] = (struct hcbpf_cpuid_leaf){ .function = base + 1, .eax = word };
	return 0;
}
