/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the module knows of policies and VMs, asked through an open /dev/hcbpf. All
 * return 0 or a negative errno and print nothing.
 */
#ifndef MODULE_H
#define MODULE_H

#include <hcbpf/libhcbpf.h>

int device_info(int dev, struct hcbpf_info *info);

/* The policy after @policy->id, 0 to begin; -ENOENT at the end. */
int policy_next(int dev, struct hcbpf_next_policy *policy);
/* All of them, in a list to be freed, also on failure. */
int policies_read(int dev, struct hcbpf_next_policy **list, size_t *nr);
int policy_find(int dev, const char *name, struct hcbpf_next_policy *policy);

/*
 * The VM after *@id, 0 to begin, with a handle; -ENOENT at the end. VMs that
 * end meanwhile are skipped.
 */
int vm_next(int dev, uint32_t *id, struct hcbpf_vm **vm);

/* The claim after @claim->id, 0 to begin; -ENOENT at the end. */
int claim_next(int dev, struct hcbpf_next_claim *claim);

#endif /* MODULE_H */
