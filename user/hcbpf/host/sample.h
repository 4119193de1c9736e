/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * All bound VMs with their counters, as they are at one moment, for what shows them again and
 * again. No handles: there may be more VMs than a process may have descriptors. Nothing here
 * prints; failures are negative errnos.
 */
#ifndef SAMPLE_H
#define SAMPLE_H

#include <stddef.h>
#include <time.h>
#include <hcbpf/libhcbpf.h>

#include "host/process.h"

struct vm_sample {
	struct hcbpf_vm_info info;
	struct hcbpf_vm_stats stats;
	int observed;			/* 1, 0; negative: that cannot be told */
	struct hcbpf_calls *calls;	/* NULL: not read, or the VM is not observed */
};

struct sample {
	struct timespec at;	/* CLOCK_MONOTONIC */
	struct vm_sample *vms;	/* by ascending id */
	size_t nr;
	size_t left_out;	/* observed VMs whose calls were not read: there are too many */
};

/* A sample that has only this VM. -ENODEV: it has ended. */
int sample_take_one(struct hcbpf_vm *vm, struct sample *sample);

/* All of them; one that ends meanwhile is in it whole or not at all. On failure it is empty. */
int sample_take(int dev, struct sample *sample);
void sample_free(struct sample *sample);

/*
 * Users may make VMs without end, and observe them, so there are limits. Whose VMs are left out
 * then is not theirs to decide: the operator's VMs come first, then one of each user, then the
 * second of each, and so on.
 */

/* Keep no more than these. Returns how many have gone. */
size_t sample_keep(struct sample *sample, size_t most);

/*
 * Read the calls of at most so many observed VMs. They are kept if @fn is NULL; else it is called
 * for each, and they are freed: those of one VM may take 17 KB for each CPU. VMs that have ended
 * by then are not in the sample any more. On failure it is empty.
 */
#define USUAL_OBSERVED 100

typedef void sample_fn(void *data, const struct vm_sample *vm);
int sample_read_calls(struct sample *sample, size_t most, sample_fn *fn, void *data);

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
