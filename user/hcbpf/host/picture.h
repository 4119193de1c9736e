/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The module, its policies, VMs and admission, as they are at one moment, and what is different a
 * moment later. The module tells of no event but a binding's end: what begins and ends between
 * two looks is not seen. Nothing here prints; failures are negative errnos.
 */
#ifndef PICTURE_H
#define PICTURE_H

#include <stdbool.h>

#include "host/sample.h"

struct picture {
	bool loaded;		/* the module is; else the rest is empty */
	struct hcbpf_info info;
	struct hcbpf_admission admission;
	struct hcbpf_next_policy *policies;
	size_t nr_policies;
	struct sample sample;
};

/* The device is not kept open: who watches keeps nobody from unloading the module. */
int picture_take(struct picture *picture);
void picture_free(struct picture *picture);

enum event_kind {
	EVENT_MODULE,		/* it was loaded, or has gone */
	EVENT_HOOK,		/* KVM is hooked otherwise, or not at all */
	EVENT_POLICY_LOADED,
	EVENT_POLICY_REPLACED,
	EVENT_POLICY_UNLOADED,
	EVENT_ADMISSION,	/* the table was set */
	EVENT_REFUSED,		/* VMs were kept from running; .count times */
	EVENT_UNSEEN,		/* at most .count VMs were bound and have ended in between */
	EVENT_BOUND,
	EVENT_OPERATOR,		/* the binding has become the operator's */
	EVENT_RULES,
	EVENT_RULES_FORCED,
	EVENT_PARAM,
	EVENT_NO_POLICY,	/* the VM's policy is not loaded any more */
	EVENT_POLICY_BACK,
	EVENT_BAD_VERDICT,	/* .count calls */
	EVENT_ENDED,
	NR_EVENTS
};

struct event {
	enum event_kind kind;
	const struct vm_sample *vm;	/* that it is about, or NULL */
	const char *policy;		/* likewise */
	uint64_t count;
	char text[160];			/* in words */
};

const char *event_name(enum event_kind kind);

/* Call @fn for each, in an order that makes sense: a policy comes before its VMs. */
typedef void event_fn(void *data, const struct event *event);
void picture_changes(const struct picture *before, const struct picture *now, event_fn *fn,
		     void *data);

#endif /* PICTURE_H */
