// SPDX-License-Identifier: GPL-2.0-only
/* What the module as a whole counts, its policies, admission and claims. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <hcbpf/version.h>

#include "cli/output.h"
#include "cmd/metrics.h"
#include "host/admission.h"
#include "host/module.h"

static void gauge(const struct exposition *to, const struct metric *metric, uint64_t value)
{
	metric_head(to, metric);
	metric_number(to, metric, NULL, value);
}

/* ---- the module ---- */

static void put_version(const struct exposition *to, const struct hcbpf_info *info)
{
	static const struct metric build = {
		"hcbpf_build", METRIC_INFO, "Version of the command, and of the module's interface.",
	};
	char uapi[16];
	const struct label labels[] = { { "version", HCBPF_VERSION }, { "uapi", uapi }, { 0 } };

	snprintf(uapi, sizeof(uapi), "%u", info->version);
	metric_head(to, &build);
	metric_number(to, &build, labels, 1);
}

/* The label of a set of states is called as its family, which is what OpenMetrics asks for. */
static void put_hook(const struct exposition *to, const struct hcbpf_info *info)
{
	static const char *const states[] = { "none", "direct", "redirect" };
	static const struct metric hook = {
		"hcbpf_hook", METRIC_STATES, "How the module is attached to KVM: 1 for what it is.",
	};
	uint32_t i;

	metric_head(to, &hook);
	for (i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
		const struct label labels[] = { { "hcbpf_hook", states[i] }, { 0 } };

		metric_number(to, &hook, labels, info->hook == i);
	}
}

static int put_info(const struct exposition *to, int dev)
{
	static const struct metric vms = { "hcbpf_vms", METRIC_GAUGE, "VMs that are bound." };
	static const struct metric policies = {
		"hcbpf_policies", METRIC_GAUGE, "Policies that are loaded."
	};
	struct hcbpf_info info;
	int err = device_info(dev, &info);

	if (err)
		return fail(err, "cannot ask the module: %s", strerror(-err));
	put_version(to, &info);
	put_hook(to, &info);
	gauge(to, &vms, info.nr_vms);
	gauge(to, &policies, info.nr_policies);
	return 0;
}

/* ---- policies ---- */

static uint64_t policy_vms(const struct hcbpf_next_policy *policy)
{
	return policy->nr_vms;
}

static uint64_t policy_is_loaded(const struct hcbpf_next_policy *policy)
{
	return !!(policy->state & HCBPF_POLICY_LOADED);
}

static uint64_t policy_loads(const struct hcbpf_next_policy *policy)
{
	return policy->generation;
}

static const struct {
	struct metric metric;
	uint64_t (*value)(const struct hcbpf_next_policy *policy);
} policy_families[] = {
	{ { "hcbpf_policy_vms", METRIC_GAUGE, "VMs that are bound to a policy." }, policy_vms },
	{ { "hcbpf_policy_loaded", METRIC_GAUGE,
	    "The policy is loaded; 0: VMs are bound to it, and go on without it." },
	  policy_is_loaded },
	{ { "hcbpf_policy_loads", METRIC_COUNTER, "Times that a policy was loaded or replaced." },
	  policy_loads },
};

static int put_policies(const struct exposition *to, int dev)
{
	struct hcbpf_next_policy *list;
	size_t nr, i, family;
	int err = policies_read(dev, &list, &nr);

	for (family = 0; !err && family < sizeof(policy_families) / sizeof(policy_families[0]);
	     family++) {
		metric_head(to, &policy_families[family].metric);
		for (i = 0; i < nr; i++) {
			const struct label labels[] = { { "policy", list[i].name }, { 0 } };

			metric_number(to, &policy_families[family].metric, labels,
				      policy_families[family].value(&list[i]));
		}
	}
	free(list);
	return err ? fail(err, "cannot list the policies: %s", strerror(-err)) : 0;
}

/* ---- admission and claims ---- */

static const struct {
	struct metric metric;
	size_t offset, size;
} admission_families[] = {
#define OF(member) offsetof(struct hcbpf_admission, member), \
	sizeof(((struct hcbpf_admission *)NULL)->member)
	{ { "hcbpf_admission_templates", METRIC_GAUGE, "Templates in force." }, OF(nr_templates) },
	{ { "hcbpf_admission_rules", METRIC_GAUGE, "Rules of admission in force; 0: it is off." },
	  OF(nr_rules) },
	{ { "hcbpf_admission_changes", METRIC_COUNTER, "Times that these were set." },
	  OF(generation) },
	{ { "hcbpf_admission_admitted", METRIC_COUNTER, "VMs that a template has bound." },
	  OF(nr_admitted) },
	{ { "hcbpf_admission_refused", METRIC_COUNTER,
	    "Times that a VM was kept from running, since a required template could not bind it." },
	  OF(nr_refused) },
#undef OF
};

/* A module that has no admission has nothing to count there. */
static void put_admission(const struct exposition *to, int dev)
{
	struct hcbpf_admission numbers;
	size_t i;

	if (admission_numbers(dev, &numbers))
		return;
	for (i = 0; i < sizeof(admission_families) / sizeof(admission_families[0]); i++) {
		const char *at = (const char *)&numbers + admission_families[i].offset;
		__u32 small = 0;
		__u64 large = 0;

		if (admission_families[i].size == sizeof(small))
			memcpy(&small, at, sizeof(small));
		else
			memcpy(&large, at, sizeof(large));
		gauge(to, &admission_families[i].metric, small + large);
	}
}

static void put_claims(const struct exposition *to, int dev)
{
	static const struct metric claims = {
		"hcbpf_claims", METRIC_GAUGE, "Claims of ports, by backends of VMs."
	};
	struct hcbpf_next_claim claim = { 0 };
	uint64_t nr = 0;
	int err;

	while (!(err = claim_next(dev, &claim)))
		nr++;
	if (err == -ENOENT)
		gauge(to, &claims, nr);
}

int metrics_of_module(const struct exposition *to, int dev)
{
	int status = put_info(to, dev);

	if (!status)
		status = put_policies(to, dev);
	if (status)
		return status;
	put_admission(to, dev);
	put_claims(to, dev);
	return 0;
}
