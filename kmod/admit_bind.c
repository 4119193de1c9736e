// SPDX-License-Identifier: GPL-2.0-only
/*
 * From what the table and the policy say to a binding. Whatever goes wrong, a VM of a rule that
 * is required does not run.
 */
#include <linux/cred.h>
#include <linux/err.h>
#include <linux/kvm_host.h>
#include <linux/printk.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "admit_bind.h"
#include "admit_match.h"
#include "admit_table.h"
#include "admit_who.h"
#include "policy.h"
#include "uapi.h"
#include "vm.h"

/* ---- by a template ---- */

/* A binding that is ready; hcb_vm_publish() or hcb_vm_discard() it. */
static struct hcbpf_vm *prepare(const struct admit_template *template, struct kvm *kvm)
{
	struct hcbpf_bind bind;
	struct hcbpf_vm *vm;
	int err;

	hcb_admit_template_bind(&template->is, &bind);
	err = hcb_bind_check(&bind);
	if (err)
		return ERR_PTR(err);
	vm = hcb_vm_create(&bind, kvm, current_uid());
	if (IS_ERR(vm))
		return vm;
	err = hcb_vm_set_template(vm, &template->is, template->rules);
	if (!err)
		return vm;
	hcb_vm_discard(vm);
	return ERR_PTR(err);
}

/*
 * The VMM's own binding goes only when the new one has all it needs. -EEXIST: what the old one
 * has begun is still under way, or the VMM has bound the VM once more.
 */
static int bind(const struct admit_template *template, struct kvm *kvm, struct hcbpf_vm *old)
{
	struct hcbpf_vm *vm = prepare(template, kvm);
	int err;

	if (IS_ERR(vm))
		return PTR_ERR(vm);
	if (old)
		hcb_vm_end(old);
	err = hcb_vm_publish(vm);
	if (err)
		hcb_vm_discard(vm);
	else
		hcb_vm_put(vm);
	return err;
}

/* ---- and if it cannot be ---- */

static const char *reason(int err)
{
	switch (err) {
	case -ENOKEY:
		return "there is no such template";
	case -ENOENT:
		return "its policy is not loaded";
	case -ENOMEM:
		return "out of memory";
	case -EBUSY:
		return "KVM cannot be hooked";
	default:
		return "it cannot be bound";
	}
}

/* A thread's name is the VMM's to choose, and could pretend to be lines of ours. */
#define WHOSE "VM of process %d (%*pE)"
#define WHOSE_ARGS(who) (who)->shown.pid, (int)strlen((who)->shown.comm), (who)->shown.comm

static enum admit_fate give_up(const struct admit_who *who, bool required, int err)
{
	if (required)
		pr_warn_ratelimited(WHOSE " does not run: template %.*s: %s (%d)\n",
				    WHOSE_ARGS(who), HCBPF_NAME_LEN, who->shown.template_name,
				    reason(err), err);
	else
		pr_warn_ratelimited(WHOSE " runs free: template %.*s: %s (%d)\n",
				    WHOSE_ARGS(who), HCBPF_NAME_LEN, who->shown.template_name,
				    reason(err), err);
	return required ? ADMIT_REFUSED : ADMIT_FREE;
}

static enum admit_fate refuse(const struct admit_who *who)
{
	pr_warn_ratelimited(WHOSE " does not run: the policy refuses it\n", WHOSE_ARGS(who));
	return ADMIT_REFUSED;
}

/* ---- deciding ---- */

/* The first rule that matches; what it says goes into @who. */
static const struct hcbpf_admit_rule *match(const struct admit_table *table, struct admit_who *who)
{
	const struct admit_facts facts = {
		.uid = who->shown.uid, .cgroup = who->cgroup, .name = who->shown.name,
	};
	const struct hcbpf_admit_rule *rule;
	u32 nr = hcb_admit_match(table->rules, table->nr_rules, &facts);

	if (!nr)
		return NULL;
	rule = &table->rules[nr - 1];
	who->shown.rule = nr;
	memcpy(who->shown.template_name, table->templates[rule->template_index].is.name,
	       sizeof(who->shown.template_name));
	return rule;
}

static enum admit_fate carry_out(const struct admit_table *table, const struct admit_who *who,
				 bool required, struct kvm *kvm, struct hcbpf_vm *old)
{
	const struct admit_template *template;
	int err = -ENOKEY;

	if (!who->shown.template_name[0])
		return ADMIT_FREE;
	template = hcb_admit_template(table, who->shown.template_name);
	if (template)
		err = bind(template, kvm, old);
	if (err == -EEXIST)
		return ADMIT_LATER;
	return err ? give_up(who, required, err) : ADMIT_BOUND;
}

static enum admit_fate judge(const struct admit_table *table, struct admit_who *who,
			     struct kvm *kvm, struct hcbpf_vm *old)
{
	const struct hcbpf_admit_rule *rule = match(table, who);

	if (hcb_policy_admit(&who->shown) != HCBPF_ADMIT_AS_SAID)
		return refuse(who);
	return carry_out(table, who, rule && rule->flags & HCBPF_ADMIT_REQUIRED, kvm, old);
}

enum admit_fate hcb_admit_decide(const struct admit_table *table, struct kvm *kvm)
{
	struct hcbpf_vm *old = hcb_vm_get_by_kvm(kvm);
	enum admit_fate fate = ADMIT_LATER;
	struct admit_who *who;

	if (old && old->operators) {
		hcb_vm_put(old);
		return ADMIT_HELD;
	}
	who = hcb_admit_who();
	if (who)
		fate = judge(table, who, kvm, old);
	kfree(who);
	if (old)
		hcb_vm_put(old);
	return fate;
}
