/* SPDX-License-Identifier: GPL-2.0-only */
/* Processes that have KVM VMs, found in /proc. */
#ifndef VMM_H
#define VMM_H

#include <stdint.h>

#include "host/vmm_name.h"

/* One VM of a process. */
struct vmm {
	uint32_t pid;
	uint32_t fd;		/* the process's descriptor for the VM */
	uint32_t uid;
	char command[32];
	char name[VMM_NAME_LEN];	/* "": it has none */
};

/*
 * All VMs whose processes may be looked into, by ascending pid; free() the result.
 * Returns how many, or a negative errno.
 */
int vmm_all(struct vmm **vmms);

/* The name of the VMM @pid, "" if it has none or has gone. */
void vmm_name_of(uint32_t pid, char name[VMM_NAME_LEN]);

/*
 * The pid of the process whose VM has that name. Says why there is none, or that
 * there are several, and returns -1.
 */
int vmm_by_name(const char *name, uint32_t *pid);

#endif /* VMM_H */
