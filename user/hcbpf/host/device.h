/* SPDX-License-Identifier: GPL-2.0-only */
/* Opening /dev/hcbpf and VMs for a command, saying why if that fails. */
#ifndef DEVICE_H
#define DEVICE_H

#include <hcbpf/libhcbpf.h>

/* Open the device; on failure say why and return -1. */
int device_open(void);

/* Open the VM whose id was typed; on failure say why and return NULL. */
struct hcbpf_vm *vm_by_id(const char *text);

/* Say why walking the VMs failed. Returns the exit status. */
int fail_vm_list(int err);

#endif /* DEVICE_H */
