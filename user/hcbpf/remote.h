/* SPDX-License-Identifier: GPL-2.0-only */
/* Files of other processes. All say why they fail and return -1. */
#ifndef REMOTE_H
#define REMOTE_H

#include <stdint.h>

/* Our own descriptor for file @fd of process @pid. */
int remote_fd(uint32_t pid, uint32_t fd);

/*
 * The same for the KVM VM of process @pid: the one with descriptor @fd, a
 * number as typed, or if that is NULL the only one it has.
 */
int remote_vm(uint32_t pid, const char *fd);

/* Parse the number of a process. */
int remote_pid(const char *text, uint32_t *pid);

#endif /* REMOTE_H */
