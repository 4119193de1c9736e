/* SPDX-License-Identifier: GPL-2.0-only */
/* Files of other processes. Unless noted otherwise, functions say why they fail and return -1. */
#ifndef REMOTE_H
#define REMOTE_H

#include <stdbool.h>
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

/*
 * Has process @pid a vCPU that it can run? It has mapped its struct kvm_run then, as
 * VMMs do not for the VMs that they make to find out what KVM can do and then throw
 * away. False, too, if the process cannot be looked into.
 */
bool remote_has_vcpu(uint32_t pid);

/* The name of the program that @pid runs, "" if it has gone. */
void comm_of(int pid, char comm[32]);

#endif /* REMOTE_H */
