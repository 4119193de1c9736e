// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "text/counters.h"

#define COUNTER(name, head) { #name, head, offsetof(struct hcbpf_vm_stats, name) }

const struct counter counters[] = {
	COUNTER(done, "DONE"),
	COUNTER(pass, "PASS"),
	COUNTER(exits, "EXITS"),
	COUNTER(bad_verdict, "BAD-VERDICT"),
	COUNTER(no_policy, "NO-POLICY"),
	COUNTER(user_mode, "USER-MODE"),
	COUNTER(nested, "NESTED"),
	COUNTER(signals, "SIGNALS"),
	COUNTER(faults, "FAULTS"),
	COUNTER(gpa_sets, "GPA-SETS"),
	COUNTER(gpa_failures, "GPA-FAILURES"),
	COUNTER(buffer_hits, "BUFFER-HITS"),
	COUNTER(buffer_misses, "BUFFER-MISSES"),
	COUNTER(walks, "WALKS"),
	{ 0 }
};

uint64_t counter_value(const struct counter *counter, const struct hcbpf_vm_stats *stats)
{
	__u64 value;

	memcpy(&value, (const char *)stats + counter->offset, sizeof(value));
	return value;
}

uint64_t counters_calls(const struct hcbpf_vm_stats *stats)
{
	return stats->done + stats->pass + stats->exits + stats->bad_verdict + stats->no_policy +
	       stats->user_mode + stats->nested;
}

uint64_t counters_trouble(const struct hcbpf_vm_stats *stats)
{
	return stats->bad_verdict + stats->no_policy + stats->faults + stats->gpa_failures;
}
