/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Other processes and their files. A process may be hostile, and it may end at any
 * moment and leave its number to another one: everything here is about the process
 * that was opened, never about whoever has the number by then. Nothing is printed;
 * failures are negative errnos.
 */
#ifndef PROCESS_H
#define PROCESS_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "host/vmm_name.h"

/* What the link in /proc/PID/fd says about a file that has no name of its own. */
#define VM_LINK "anon_inode:kvm-vm"
#define EVENTFD_LINK "anon_inode:[eventfd]"

#define COMM_LEN 32
#define USER_NUMBER_LEN 16

struct process {
	uint32_t pid;
	int pidfd;
	int proc;	/* /proc/PID (O_PATH) */
};

/* -ESRCH: there is none. On failure there is nothing to close. */
int process_open(uint32_t pid, struct process *process);
void process_close(struct process *process);

/* Together with its number this is no other process's: when it began, in clock ticks. */
int process_start(const struct process *process, uint64_t *start);

/* Who owns its files in /proc: root if it may not be dumped. */
int process_uid(const struct process *process, uid_t *uid);

/* Who it runs as, now. */
int process_user(const struct process *process, uid_t *uid);

/* Who has started it, which a program with an s bit does not change. */
int process_real_user(const struct process *process, uid_t *uid);

/* Its path in the cgroup2 hierarchy, "" if it is in none. */
void process_cgroup(const struct process *process, char cgroup[PATH_MAX]);

/* A user's name, or for one without the number, in @number. */
const char *user_name(uid_t uid, char number[USER_NUMBER_LEN]);

/* The name of the program that it runs, "" if that cannot be told. */
void process_comm(const struct process *process, char comm[COMM_LEN]);

/* The name that it was given as a VMM, "" if it has none. */
void process_vmm_name(const struct process *process, char name[VMM_NAME_LEN]);

/*
 * The same of who has that number now, without opening the process: for a look at all of them.
 * A negative errno if it cannot be told.
 */
int pid_vmm_name(uint32_t pid, char name[VMM_NAME_LEN]);

/*
 * Has it a vCPU that it can run? It has mapped its struct kvm_run then, as VMMs do not
 * for the VMs that they make to find out what KVM can do and then throw away. False, too,
 * if it cannot be looked into.
 */
bool process_has_vcpu(const struct process *process);

/* Has it mapped what has @text in its line of /proc/PID/maps? Likewise. */
bool process_has_mapped(const struct process *process, const char *text);

/* Has the kernel's description of its descriptor, /proc/PID/fdinfo/FD, the text? Likewise. */
bool process_fd_says(const struct process *process, uint32_t fd, const char *text);

/* Is it a run of the same program file as we are? */
bool process_runs_us(const struct process *process);

/* Calls @fn for each number in /proc; a result that is not 0 ends that. */
int each_process(int (*fn)(uint32_t pid, void *data), void *data);

/* What a descriptor of it is: calls @fn for each one; a result that is not 0 ends that. */
typedef int process_fd_fn(uint32_t fd, const char *link, void *data);
int process_each_fd(const struct process *process, process_fd_fn *fn, void *data);

/* Those that are KVM VMs: how many, in *@fds, to be freed. */
int process_vm_fds(const struct process *process, uint32_t **fds);

/*
 * Our own descriptor for its file @fd, which must be what @link says. -EBADF: it has no
 * such descriptor; -EINVAL: it is something else.
 */
int process_fd(const struct process *process, uint32_t fd, const char *link);

#endif /* PROCESS_H */
