/* SPDX-License-Identifier: GPL-2.0-only */
/* Files of other processes. Unless it is said otherwise, they say why they fail and return -1. */
#ifndef REMOTE_H
#define REMOTE_H

#include <stdint.h>

/* Our own descriptor for file @fd of process @pid. */
int remote_fd(uint32_t pid, uint32_t fd);
/* Prints nothing and returns a negative errno. */
int remote_fd_quiet(uint32_t pid, uint32_t fd);

/*
 * The same for the KVM VM of process @pid: the one with descriptor @fd, a
 * number as typed, or if that is NULL the only one it has.
 */
int remote_vm(uint32_t pid, const char *fd);

/*
 * Descriptors of process @pid that are KVM VMs: how many, and the first @max of
 * them. Prints nothing: a negative errno if the process cannot be looked into.
 */
int remote_vm_fds(uint32_t pid, uint32_t *fds, int max);

/* Parse the number of a process. */
int remote_pid(const char *text, uint32_t *pid);

#endif /* REMOTE_H */
