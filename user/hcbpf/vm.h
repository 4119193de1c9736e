/* SPDX-License-Identifier: GPL-2.0-only */
/* Verbs of `vm` that are elsewhere, and what they share with vm.c. */
#ifndef VM_H
#define VM_H

#include <hcbpf/libhcbpf.h>

#include "command.h"

extern const char *const restore_options[];

int save_run(const struct args *args);
int restore_run(const struct args *args);

/* Say why hcbpf_vm_bind() failed. Returns the exit status. */
int fail_bind(int err, int vm_fd, const struct hcbpf_bind_opts *opts);

#endif /* VM_H */
