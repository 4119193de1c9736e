// SPDX-License-Identifier: GPL-2.0-only
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "host/picture.h"

static const char *const names[NR_EVENTS] = {
	[EVENT_MODULE] = "module",
	[EVENT_HOOK] = "hook",
	[EVENT_POLICY_LOADED] = "policy-loaded",
	[EVENT_POLICY_REPLACED] = "policy-replaced",
	[EVENT_POLICY_UNLOADED] = "policy-unloaded",
	[EVENT_ADMISSION] = "admission",
	[EVENT_REFUSED] = "refused",
	[EVENT_UNSEEN] = "unseen",
	[EVENT_BOUND] = "bound",
	[EVENT_OPERATOR] = "operator",
	[EVENT_RULES] = "rules",
	[EVENT_RULES_FORCED] = "rules-forced",
	[EVENT_PARAM] = "param",
	[EVENT_NO_POLICY] = "no-policy",
	[EVENT_POLICY_BACK] = "policy-back",
	[EVENT_BAD_VERDICT] = "bad-verdict",
	[EVENT_ENDED] = "ended",
};

const char *event_name(enum event_kind kind)
{
	return names[kind];
}

struct changes {
	const struct picture *before, *now;
	event_fn *fn;
	void *data;
};

__attribute__((format(printf, 3, 4)))
static void tell(const struct changes *c, struct event event, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(event.text, sizeof(event.text), fmt, ap);
	va_end(ap);
	c->fn(c->data, &event);
}

#define ABOUT(what, ...) (struct event){ .kind = what, ##__VA_ARGS__ }

static const char *calls(uint64_t nr)
{
	return nr == 1 ? "call" : "calls";
}

/* ---- the module ---- */

static void hook_changes(const struct changes *c)
{
	static const char *const hooks[] = {
		"KVM is not hooked any more", "KVM is hooked by a direct call",
		"KVM is hooked by redirection"
	};
	uint32_t hook = c->now->info.hook;

	if (c->now->loaded && hook != c->before->info.hook)
		tell(c, ABOUT(EVENT_HOOK), "%s",
		     hook < sizeof(hooks) / sizeof(hooks[0]) ? hooks[hook] : "KVM is hooked");
}

static void module_changes(const struct changes *c)
{
	if (c->before->loaded != c->now->loaded)
		tell(c, ABOUT(EVENT_MODULE), "the module %s",
		     c->now->loaded ? "is loaded" : "has gone");
	hook_changes(c);
}

/* ---- policies ---- */

/* Those of before that a module has that was loaded anew are not its own. */
static const struct hcbpf_next_policy *find(const struct picture *picture, const char *name)
{
	size_t i;

	for (i = 0; i < picture->nr_policies; i++)
		if (!strcmp(picture->policies[i].name, name))
			return &picture->policies[i];
	return NULL;
}

static bool is_loaded(const struct hcbpf_next_policy *policy)
{
	return policy && policy->state & HCBPF_POLICY_LOADED;
}

static void policy_change(const struct changes *c, const struct hcbpf_next_policy *old,
			  const struct hcbpf_next_policy *new)
{
	const char *name = new ? new->name : old->name;

	if (is_loaded(new) && !is_loaded(old))
		tell(c, ABOUT(EVENT_POLICY_LOADED, .policy = name), "policy %s is loaded", name);
	else if (is_loaded(old) && !is_loaded(new))
		tell(c, ABOUT(EVENT_POLICY_UNLOADED, .policy = name),
		     "policy %s is not loaded any more; VMs bound to it: %u", name,
		     new ? new->nr_vms : 0);
	else if (is_loaded(old) && old->generation != new->generation)
		tell(c, ABOUT(EVENT_POLICY_REPLACED, .policy = name),
		     "policy %s was replaced; VMs bound to it: %u", name, new->nr_vms);
}

static void policy_changes(const struct changes *c)
{
	size_t i;

	for (i = 0; i < c->now->nr_policies; i++)
		policy_change(c, find(c->before, c->now->policies[i].name), &c->now->policies[i]);
	for (i = 0; i < c->before->nr_policies; i++)
		if (!find(c->now, c->before->policies[i].name))
			policy_change(c, &c->before->policies[i], NULL);
}

/* ---- admission ---- */

static void admission_changes(const struct changes *c)
{
	const struct hcbpf_admission *old = &c->before->admission, *new = &c->now->admission;

	if (new->generation > old->generation && !new->nr_templates)
		tell(c, ABOUT(EVENT_ADMISSION), "admission is off");
	else if (new->generation > old->generation)
		tell(c, ABOUT(EVENT_ADMISSION), "admission was set: templates: %u, rules: %u",
		     new->nr_templates, new->nr_rules);
	if (new->nr_refused > old->nr_refused)
		tell(c, ABOUT(EVENT_REFUSED, .count = new->nr_refused - old->nr_refused),
		     "a VM was kept from running %llu times, as a required template cannot bind it",
		     (unsigned long long)(new->nr_refused - old->nr_refused));
}

/* ---- VMs ---- */

/* Ids are given in a row, but for those of tests. */
static uint32_t last_id(const struct sample *sample)
{
	uint32_t last = 0;
	size_t i;

	for (i = 0; i < sample->nr && sample->vms[i].info.id < HCBPF_FIRST_TEST_ID; i++)
		last = sample->vms[i].info.id;
	return last;
}

/* Which id was the last before, if no VM was bound then, nobody knows. */
static void unseen_changes(const struct changes *c)
{
	uint32_t old = last_id(&c->before->sample), new = last_id(&c->now->sample), seen = 0;
	size_t i;

	if (!old || new <= old)
		return;
	for (i = 0; i < c->now->sample.nr; i++)
		seen += c->now->sample.vms[i].info.id > old && c->now->sample.vms[i].info.id <= new;
	if (new - old > seen)
		tell(c, ABOUT(EVENT_UNSEEN, .count = new - old - seen),
		     "%u VMs at most were bound and have ended between two looks",
		     new - old - seen);
}

static void bound(const struct changes *c, const struct vm_sample *vm)
{
	const struct hcbpf_vm_info *info = &vm->info;

	if (info->template_name[0])
		tell(c, ABOUT(EVENT_BOUND, .vm = vm, .policy = info->policy),
		     "is bound to policy %s by template %s", info->policy, info->template_name);
	else
		tell(c, ABOUT(EVENT_BOUND, .vm = vm, .policy = info->policy),
		     "is bound to policy %s%s", info->policy,
		     info->state & HCBPF_VM_OPERATOR ? " by the operator" : "");
}

/* Of a VM that is new, only what was forced: that it has rules is what a binding is like. */
static void rules_changes(const struct changes *c, const struct vm_sample *old,
			  const struct vm_sample *vm)
{
	const char *profile = vm->info.profile;
	uint32_t forced = vm->info.rules_forced - (old ? old->info.rules_forced : 0);

	if (forced)
		tell(c, ABOUT(EVENT_RULES_FORCED, .vm = vm, .count = forced),
		     "its rules were forced: %u now%s%s", vm->info.nr_rules,
		     profile[0] ? ", profile " : "", profile);
	else if (old && vm->info.rules_generation != old->info.rules_generation)
		tell(c, ABOUT(EVENT_RULES, .vm = vm,
			      .count = vm->info.rules_generation - old->info.rules_generation),
		     "its rules were changed: %u now%s%s", vm->info.nr_rules,
		     profile[0] ? ", profile " : "", profile);
}

static void policy_state_changes(const struct changes *c, const struct vm_sample *old,
				 const struct vm_sample *vm)
{
	uint64_t bad = vm->stats.bad_verdict - (old ? old->stats.bad_verdict : 0);
	bool had = !old || !(old->info.state & HCBPF_VM_NO_POLICY);
	bool has = !(vm->info.state & HCBPF_VM_NO_POLICY);

	if (had && !has)
		tell(c, ABOUT(EVENT_NO_POLICY, .vm = vm, .policy = vm->info.policy),
		     "goes on without its policy %s", vm->info.policy);
	else if (has && !had)
		tell(c, ABOUT(EVENT_POLICY_BACK, .vm = vm, .policy = vm->info.policy),
		     "has its policy %s again", vm->info.policy);
	if (bad)
		tell(c, ABOUT(EVENT_BAD_VERDICT, .vm = vm, .policy = vm->info.policy, .count = bad),
		     "policy %s returned no verdict for %llu %s", vm->info.policy,
		     (unsigned long long)bad, calls(bad));
}

static void vm_changes(const struct changes *c, const struct vm_sample *old,
		       const struct vm_sample *vm)
{
	if (vm->info.state & ~old->info.state & HCBPF_VM_OPERATOR)
		tell(c, ABOUT(EVENT_OPERATOR, .vm = vm), "its binding is the operator's now");
	if (vm->info.param != old->info.param)
		tell(c, ABOUT(EVENT_PARAM, .vm = vm), "its parameter is %llu now, and was %llu",
		     (unsigned long long)vm->info.param, (unsigned long long)old->info.param);
}

void picture_changes(const struct picture *before, const struct picture *now, event_fn *fn,
		     void *data)
{
	const struct changes c = { before, now, fn, data };
	const struct sample *was = &before->sample, *is = &now->sample;
	const struct vm_sample *old;
	size_t i;

	module_changes(&c);
	policy_changes(&c);
	admission_changes(&c);
	unseen_changes(&c);
	for (i = 0; i < is->nr; i++) {
		old = sample_before(was, &is->vms[i]);
		if (old)
			vm_changes(&c, old, &is->vms[i]);
		else
			bound(&c, &is->vms[i]);
		rules_changes(&c, old, &is->vms[i]);
		policy_state_changes(&c, old, &is->vms[i]);
	}
	for (i = 0; i < was->nr; i++)
		if (!sample_find(is, was->vms[i].info.id))
			tell(&c, ABOUT(EVENT_ENDED, .vm = &was->vms[i]), "is not bound any more");
}
