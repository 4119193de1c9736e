/* SPDX-License-Identifier: GPL-2.0-only */
/* The counters of a VM, by the names that they have in JSON and in columns. */
#ifndef COUNTERS_H
#define COUNTERS_H

#include <stddef.h>
#include <stdint.h>
#include <hcbpf/uapi.h>

struct counter {
	const char *name;	/* its member of struct hcbpf_vm_stats */
	const char *head;	/* for people */
	size_t offset;
};

extern const struct counter counters[];	/* ends with one without a name */

uint64_t counter_value(const struct counter *counter, const struct hcbpf_vm_stats *stats);

/* Every call of the guest is in just one of these: all of them. */
uint64_t counters_calls(const struct hcbpf_vm_stats *stats);

/* What an operator has to look into: each is 0 where all is well. */
uint64_t counters_trouble(const struct hcbpf_vm_stats *stats);

#endif /* COUNTERS_H */
