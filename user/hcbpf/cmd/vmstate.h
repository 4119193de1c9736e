/* SPDX-License-Identifier: GPL-2.0-only */
/* hcbpf vmstate: a VM's state in QEMU's migration stream. */
#ifndef VMSTATE_H
#define VMSTATE_H

#include "cmd/state.h"
#include "host/process.h"

/*
 * Restore the VM behind @vm_fd, of @process, from what has come, unless that would change
 * what is the operator's. On failure say why. Returns the exit status.
 */
int vmstate_load(int vm_fd, const struct process *process, const struct state_file *state);

#endif /* VMSTATE_H */
