/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * All bound VMs with their counters, as they are at one moment, for what shows them again and
 * again. No handles: there may be more VMs than a process may have descriptors. Nothing here
 * prints; failures are negative errnos.
 */
#ifndef SAMPLE_H
#define SAMPLE_H

#include <time.h>
#include <hcbpf/libhcbpf.h>

#include "host/process.h"

struct vm_sample {
	struct hcbpf_vm_info info;
	struct hcbpf_vm_stats stats;
	int observed;			/* 1, 0; negative: that cannot be told */
	struct hcbpf_calls *calls;	/* NULL: not asked for, or the VM is not observed */
};

/* What it takes more time to ask for: the calls of observed VMs, by kind. */
#define SAMPLE_CALLS (1U << 0)

struct sample {
	struct timespec at;	/* CLOCK_MONOTONIC */
	struct vm_sample *vms;	/* by ascending id */
	size_t nr;
};

/* A sample that has only this VM. -ENODEV: it has ended. */
int sample_take_one(struct hcbpf_vm *vm, unsigned int what, struct sample *sample);

/* All of them; one that ends meanwhile is in it whole or not at all. On failure it is empty. */
int sample_take(int dev, unsigned int what, struct sample *sample);
void sample_free(struct sample *sample);

/* NULL: it was not bound. Ids are not used again soon. */
const struct vm_sample *sample_find(const struct sample *sample, uint32_t id);

/*
 * The same VM in the sample before, or NULL if it was not bound then. A module that was loaded
 * anew gives ids anew: what has counted less is another one.
 */
const struct vm_sample *sample_before(const struct sample *before, const struct vm_sample *now);

/* From one to the other. */
double sample_seconds(const struct sample *before, const struct sample *now);

/* Of the process that has the VM; "" where there is none any more. A VMM chooses its name. */
struct vm_names {
	char command[COMM_LEN], name[VMM_NAME_LEN];
	char number[USER_NUMBER_LEN];
	const char *user;	/* valid until the next call */
	uid_t uid;		/* if there is a user */
};

void vm_names(uint32_t pid, struct vm_names *names);

#endif /* SAMPLE_H */
