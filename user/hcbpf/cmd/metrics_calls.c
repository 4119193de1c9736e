// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which calls observed VMs make. The guest chooses what it calls, so a label is never a number:
 * calls without a name are one, and what is counted for a label never becomes less.
 *
 * How long decisions took is not here: buckets are powers of two of ticks, which are others on
 * each model of CPU, so that no sum over hosts would mean anything.
 */
#include <stdlib.h>
#include <string.h>

#include "cmd/metrics.h"
#include "host/device.h"
#include "text/seen.h"

static const struct metric left_out = {
	"hcbpf_metrics_observed_left_out", METRIC_GAUGE,
	"Observed VMs whose calls were not read, beyond the limit (--observed)."
}, observed_calls = {
	"hcbpf_vm_observed_calls", METRIC_COUNTER,
	"Hypercalls since the VM is observed, by what they are called; other: all without a name."
};

static const char *const outcomes[] = {
	[HCBPF_PASS] = "pass", [HCBPF_DONE] = "done", [HCBPF_EXIT] = "exit"
};

/* A label, and what became of the calls that have it. */
struct named {
	const char *abi;
	char call[NAMES_TEXT];
	uint64_t count[3];
};

static struct named name_of(const struct hcbpf_seen *seen)
{
	struct named named = { .call = "other" };

	if (!seen_is_other(seen) && call_named_text(named.call, seen->abi, seen->nr, seen->sub))
		named.abi = seen_abi(seen);
	memcpy(named.count, seen->count, sizeof(named.count));
	return named;
}

/* Those without an ABI come last. */
static int by_label(const void *a, const void *b)
{
	const struct named *one = a, *two = b;
	int order = !one->abi - !two->abi;

	if (!order && one->abi)
		order = strcmp(one->abi, two->abi);
	return order ? order : strcmp(one->call, two->call);
}

static size_t merge(struct named *list, size_t nr)
{
	size_t i, to = 0;
	int j;

	qsort(list, nr, sizeof(*list), by_label);
	for (i = 0; i < nr; i++) {
		if (!to || by_label(&list[to - 1], &list[i])) {
			list[to++] = list[i];
			continue;
		}
		for (j = 0; j < 3; j++)
			list[to - 1].count[j] += list[i].count[j];
	}
	return to;
}

static void put_call(const struct exposition *to, const char *id, const struct named *named)
{
	struct label labels[] = {
		{ "vm", id }, { "abi", named->abi }, { "call", named->call }, { "outcome", NULL },
		{ 0 }
	};
	int i;

	for (i = 0; i < 3; i++) {
		labels[3].value = outcomes[i];
		metric_number(to, &observed_calls, labels, named->count[i]);
	}
}

static void put_calls(void *to, const struct vm_sample *vm)
{
	const struct hcbpf_calls *calls = vm->calls;
	struct named *list = calloc(calls->nr + 1, sizeof(*list));
	char id[ID_TEXT];
	size_t i, nr;

	if (!list)
		abort();
	for (i = 0; i < calls->nr; i++)
		list[i] = name_of(&calls->kinds[i]);
	nr = merge(list, calls->nr);
	for (i = 0; i < nr; i++)
		put_call(to, metrics_id(id, vm), &list[i]);
	free(list);
}

int metrics_of_calls(const struct exposition *to, struct sample *sample, uint32_t most)
{
	int err;

	metric_head(to, &observed_calls);
	err = sample_read_calls(sample, most, put_calls, (void *)to);
	if (err)
		return fail_vm_list(err);
	metric_head(to, &left_out);
	metric_number(to, &left_out, NULL, sample->left_out);
	return 0;
}
