/* SPDX-License-Identifier: GPL-2.0-only */
/* Processes that have KVM VMs, found in /proc. */
#ifndef VMM_H
#define VMM_H

#include <stdint.h>

#include "host/process.h"

/* One VM of a process; or, with @err, a named VMM of ours that cannot be looked into. */
struct vmm {
	uint32_t pid;
	uint64_t start;		/* of the process */
	uint32_t fd;		/* the process's descriptor for the VM */
	uint32_t uid;
	int err;		/* a negative errno */
	char command[COMM_LEN];
	char name[VMM_NAME_LEN];	/* "": it has none */
};

struct vmms {
	struct vmm *list;	/* by ascending pid */
	int nr;
	int hidden;		/* processes that could not be looked into */
	const char *name, *pattern;	/* those alone; or NULL */
};

/*
 * All of them, those of a name, and those with names that match a pattern, as by a shell. Of
 * processes of other names nothing but that is read: they may be many, with many files.
 * 0 or a negative errno; vmms_free() in any case.
 */
int vmms_find(struct vmms *vmms);
int vmms_find_named(struct vmms *vmms, const char *name);
int vmms_find_matching(struct vmms *vmms, const char *pattern);
void vmms_free(struct vmms *vmms);

/* Open the process that was found. -ESRCH: it has ended. */
int vmm_open(const struct vmm *vmm, struct process *process);

/* Our own descriptor for the VM that was found; a negative errno. */
int vmm_fd(const struct vmm *vmm);

/*
 * Open the only process whose VM has that name. Says why there is none, or that there are
 * several, and returns -1.
 */
int vmm_by_name(const char *name, struct process *process);

/* Say that several processes have that name. Returns the exit status. */
int fail_ambiguous(const struct vmms *vmms, const char *name);

/* The index of the only process of that name, -1: none, -2: there are several. */
int vmms_index(const struct vmms *vmms, const char *name);

#endif /* VMM_H */
