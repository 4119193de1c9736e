/* SPDX-License-Identifier: GPL-2.0-only */
/* What `top --calls` shows: the calls of observed VMs with their rates, chosen and in order. */
#ifndef TOP_CALLS_H
#define TOP_CALLS_H

#include "cmd/top_rows.h"
#include "text/seen.h"

struct top_call {
	const struct vm_sample *vm;
	const struct hcbpf_seen *now, *before;	/* @before is NULL: there is none */
	struct hcbpf_seen since;
	double rates[NR_TOP_RATES];		/* per second */
	char name[VMM_NAME_LEN], call[NAMES_TEXT];
	char p99[NS_TEXT];			/* of the time since */
};

struct top_calls {
	struct top_call *rows;		/* valid as long as both samples */
	size_t nr, vms, observed;
	size_t left_out;		/* of these, VMs whose calls were not read */
	double calls;			/* of all whose were */
};

void top_calls_make(struct top_calls *calls, const struct sample *now,
		    const struct sample *before, const struct top_order *order);
void top_calls_free(struct top_calls *calls);

void top_calls_table(struct top_table *table, const struct top_calls *calls);

#endif /* TOP_CALLS_H */
