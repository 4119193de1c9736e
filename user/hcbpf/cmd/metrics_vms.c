// SPDX-License-Identifier: GPL-2.0-only
/* The counters of each VM: one series for each, by its id; its names are in hcbpf_vm_info. */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/metrics.h"
#include "host/device.h"
#include "host/sample.h"
#include "text/abi_names.h"

#define MAX_SERIES 7

/* Members of struct vm_sample; .value is the label's, where a family has one. */
struct series {
	const char *value;
	size_t offset, size;
};

#define OF(member) offsetof(struct vm_sample, member), \
	sizeof(((struct vm_sample *)NULL)->member)
#define ONE(member) NULL, { { NULL, OF(member) } }

static const struct family {
	struct metric metric;
	const char *label;
	struct series series[MAX_SERIES];
} families[] = {
	{ { "hcbpf_vm_calls", METRIC_COUNTER, "Hypercalls, by what became of each." }, "outcome", {
		{ "done", OF(stats.done) },
		{ "pass", OF(stats.pass) },
		{ "exit", OF(stats.exits) },
		{ "bad_verdict", OF(stats.bad_verdict) },
		{ "no_policy", OF(stats.no_policy) },
		{ "user_mode", OF(stats.user_mode) },
		{ "nested", OF(stats.nested) },
	} },
	{ { "hcbpf_vm_signals", METRIC_COUNTER, "Eventfds that the policy has signalled." },
	  ONE(stats.signals) },
	{ { "hcbpf_vm_memory_faults", METRIC_COUNTER,
	    "Times that the policy could not read the guest's memory." }, ONE(stats.faults) },
	{ { "hcbpf_vm_page_attribute_changes", METRIC_COUNTER,
	    "Changes of page attributes by the guest; failed: they were not recorded." }, "result", {
		{ "recorded", OF(stats.gpa_sets) },
		{ "failed", OF(stats.gpa_failures) },
	} },
	{ { "hcbpf_vm_buffer_lookups", METRIC_COUNTER,
	    "Arguments of calls looked for in registered buffers." }, "result", {
		{ "hit", OF(stats.buffer_hits) },
		{ "miss", OF(stats.buffer_misses) },
	} },
	{ { "hcbpf_vm_page_table_walks", METRIC_COUNTER,
	    "Arguments that took a walk of the guest's page tables." }, ONE(stats.walks) },
	{ { "hcbpf_vm_rule_changes", METRIC_COUNTER, "Changes of the VM's rules." },
	  ONE(info.rules_generation) },
	{ { "hcbpf_vm_forced_rule_changes", METRIC_COUNTER,
	    "Of these, changes that answer calls which the running guest was denied before." },
	  ONE(info.rules_forced) },
	{ { "hcbpf_vm_rules", METRIC_GAUGE, "Rules of the VM." }, ONE(info.nr_rules) },
	{ { "hcbpf_vm_eventfds", METRIC_GAUGE, "Slots that have an eventfd." },
	  ONE(info.nr_eventfds) },
	{ { "hcbpf_vm_buffers", METRIC_GAUGE, "Buffers that the guest has registered." },
	  ONE(info.nr_buffers) },
	{ { "hcbpf_vm_pending_exits", METRIC_GAUGE,
	    "Calls that went to the VMM, which has not completed them." },
	  ONE(info.pending_exits) },
	{ { "hcbpf_vm_memory_bytes", METRIC_GAUGE,
	    "What the binding takes in the kernel, page attributes included." },
	  ONE(info.memory) },
	{ { "hcbpf_vm_page_attribute_memory_bytes", METRIC_GAUGE,
	    "What the map of page attributes takes of it." }, ONE(info.gpa_memory) },
};

static uint64_t value_of(const struct vm_sample *vm, const struct series *series)
{
	const char *at = (const char *)vm + series->offset;
	__u32 small;
	__u64 large;

	if (series->size == sizeof(small)) {
		memcpy(&small, at, sizeof(small));
		return small;
	}
	memcpy(&large, at, sizeof(large));
	return large;
}

const char *metrics_id(char text[ID_TEXT], const struct vm_sample *vm)
{
	snprintf(text, ID_TEXT, "%u", vm->info.id);
	return text;
}

static void put_series(const struct exposition *to, const struct family *family,
		       const struct vm_sample *vm)
{
	char id[ID_TEXT];
	struct label labels[] = { { "vm", metrics_id(id, vm) }, { family->label, NULL }, { 0 } };
	int i;

	for (i = 0; i < MAX_SERIES && family->series[i].size; i++) {
		labels[1].value = family->series[i].value;
		metric_number(to, &family->metric, labels, value_of(vm, &family->series[i]));
	}
}

static void put_names(const struct exposition *to, const struct metric *metric,
		      const struct vm_sample *vm)
{
	const struct hcbpf_vm_info *info = &vm->info;
	struct vm_names names;
	char id[ID_TEXT];

	vm_names(info->pid, &names);
	const struct label labels[] = {
		{ "vm", metrics_id(id, vm) },
		{ "name", names.name },
		{ "tag", info->tag },
		{ "user", names.user },
		{ "policy", info->policy },
		{ "profile", info->profile },
		{ "template", info->template_name },
		{ "abi", abi_name(info->abi) },
		{ "operator", info->state & HCBPF_VM_OPERATOR ? "yes" : "no" },
		{ 0 }
	};
	metric_number(to, metric, labels, 1);
}

/* A yes or a no for each VM; @is: a negative errno where it cannot be told. */
static void put_state(const struct exposition *to, const struct metric *metric,
		      const struct sample *sample, int (*is)(const struct vm_sample *vm))
{
	const struct vm_sample *vm;
	char id[ID_TEXT];

	metric_head(to, metric);
	for (vm = sample->vms; vm < sample->vms + sample->nr; vm++) {
		const struct label labels[] = { { "vm", metrics_id(id, vm) }, { 0 } };

		if (is(vm) >= 0)
			metric_number(to, metric, labels, is(vm));
	}
}

static int is_loaded(const struct vm_sample *vm)
{
	return !(vm->info.state & HCBPF_VM_NO_POLICY);
}

static int is_observed(const struct vm_sample *vm)
{
	return vm->observed;
}

static void put_states(const struct exposition *to, const struct sample *sample)
{
	static const struct metric info = {
		"hcbpf_vm", METRIC_INFO, "What a bound VM is called, and what it is bound to."
	}, loaded = {
		"hcbpf_vm_policy_loaded", METRIC_GAUGE, "The VM's policy is loaded."
	}, observed = {
		"hcbpf_vm_observed", METRIC_GAUGE, "The VM's calls are counted by kind."
	};
	size_t i;

	metric_head(to, &info);
	for (i = 0; i < sample->nr; i++)
		put_names(to, &info, &sample->vms[i]);
	put_state(to, &loaded, sample, is_loaded);
	put_state(to, &observed, sample, is_observed);
}

static void put_left_out(const struct exposition *to, size_t nr)
{
	static const struct metric left_out = {
		"hcbpf_metrics_vms_left_out", METRIC_GAUGE,
		"Bound VMs that have no metrics here, beyond the limit (--vms)."
	};

	metric_head(to, &left_out);
	metric_number(to, &left_out, NULL, nr);
}

static void put_vms(const struct exposition *to, const struct sample *sample)
{
	size_t i, family;

	put_states(to, sample);
	for (family = 0; family < sizeof(families) / sizeof(families[0]); family++) {
		metric_head(to, &families[family].metric);
		for (i = 0; i < sample->nr; i++)
			put_series(to, &families[family], &sample->vms[i]);
	}
}

int metrics_of_vms(const struct exposition *to, int dev, uint32_t most, uint32_t observed)
{
	struct sample sample;
	int status, err = sample_take(dev, &sample);

	if (err)
		return fail_vm_list(err);
	put_left_out(to, sample_keep(&sample, most));
	status = metrics_of_calls(to, &sample, observed);
	if (!status)
		put_vms(to, &sample);
	sample_free(&sample);
	return status;
}
