/* SPDX-License-Identifier: GPL-2.0-only */
/* /dev/hcbpf: what the module knows of policies and VMs. */
#ifndef DEVICE_H
#define DEVICE_H

#include <hcbpf/libhcbpf.h>
#include <json-c/json.h>

/* Open the device; on failure say why and return -1. */
int device_open(void);

/* The calls below return 0 or a negative errno and print nothing. */
int device_info(int dev, struct hcbpf_info *info);

/* The policy after @policy->id, 0 to begin; -ENOENT at the end. */
int policy_next(int dev, struct hcbpf_next_policy *policy);
int policy_find(int dev, const char *name, struct hcbpf_next_policy *policy);

/*
 * The VM after *@id, 0 to begin, with a handle; -ENOENT at the end. VMs that
 * end meanwhile are skipped.
 */
int vm_next(int dev, uint32_t *id, struct hcbpf_vm **vm);

/* Open the VM whose id was typed; on failure say why and return NULL. */
struct hcbpf_vm *vm_by_id(const char *text);

/* Say why walking the VMs failed. Returns the exit status. */
int fail_vm_list(int err);

/* The name of the program that @pid runs, "" if it has gone. */
void comm_of(int pid, char comm[32]);

#endif /* DEVICE_H */
