/* SPDX-License-Identifier: GPL-2.0-only */
/* Files of other processes, as they were asked for. These say why they fail, and return -1. */
#ifndef REMOTE_H
#define REMOTE_H

#include <stdint.h>

#include "host/process.h"

int remote_open(uint32_t pid, struct process *process);

/* Our own descriptor for the eventfd @fd of process @pid. */
int remote_eventfd(uint32_t pid, uint32_t fd);

/*
 * The same for the process's KVM VM: the one with descriptor @fd, a number as typed, or
 * if that is NULL the only one it has.
 */
int remote_vm(const struct process *process, const char *fd);

/* What to do about a process that cannot be looked into: by which setting that is so. */
const char *hint_forbidden(void);

/* Say why a process cannot be looked into, and by what setting. Returns the exit status. */
int fail_process(uint32_t pid, int err);

#endif /* REMOTE_H */
