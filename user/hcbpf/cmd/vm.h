/* SPDX-License-Identifier: GPL-2.0-only */
/* Verbs of `vm` that are elsewhere, and what they share with vm.c. */
#ifndef VM_H
#define VM_H

#include <hcbpf/libhcbpf.h>
#include <json-c/json.h>

#include "cli/command.h"
#include "host/process.h"

extern const struct option list_options[];
extern const struct option features_options[];
extern const struct option observe_options[];
extern const struct option calls_options[];
extern const struct option wait_options[];
extern const struct option save_options[];
extern const struct option restore_options[];

int list_run(const struct args *args);
int show_run(const struct args *args);
int param_run(const struct args *args);
int features_run(const struct args *args);
int observe_run(const struct args *args);
int calls_run(const struct args *args);
int wait_run(const struct args *args);
int save_run(const struct args *args);
int restore_run(const struct args *args);

/* Which process is meant, by --pid or by --name. Says why if it cannot tell, and returns -1. */
int named_process(const struct args *args, struct process *process);

/* Say why hcbpf_vm_bind() failed. Returns the exit status. */
int fail_bind(int err, int vm_fd, const struct hcbpf_bind_opts *opts);

/* A bound VM as `vm list` shows it. */
struct json_object *vm_json(const struct hcbpf_vm_info *info);

#endif /* VM_H */
