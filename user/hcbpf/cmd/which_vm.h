/* SPDX-License-Identifier: GPL-2.0-only */
/* Which VM a verb is about. On failure these say why. */
#ifndef WHICH_VM_H
#define WHICH_VM_H

#include <hcbpf/libhcbpf.h>

#include "cli/command.h"

/* The bound VM that the first word or an option names; NULL: none, or several. */
struct hcbpf_vm *which_vm(const struct args *args);

#endif /* WHICH_VM_H */
