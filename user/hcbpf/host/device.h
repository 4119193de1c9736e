/* SPDX-License-Identifier: GPL-2.0-only */
/* Opening /dev/hcbpf and VMs for a command, saying why if that fails. */
#ifndef DEVICE_H
#define DEVICE_H

#include <stdbool.h>
#include <hcbpf/libhcbpf.h>

/* Open the device; on failure say why and return -1. */
int device_open(void);

/* Open the VM whose id was typed; on failure say why and return NULL. */
struct hcbpf_vm *vm_by_id(const char *text);

/*
 * A request gave -EPERM: is the binding an operator's, whose requests these are? Then say by
 * what it holds, and return the exit status; the first only asks.
 */
bool is_operators(struct hcbpf_vm *vm);
int fail_operators(struct hcbpf_vm *vm);

/* Say why walking the VMs failed. Returns the exit status. */
int fail_vm_list(int err);

#endif /* DEVICE_H */
