// SPDX-License-Identifier: GPL-2.0-only
/*
 * The table is read whole and checked before it can be in force, and never changed then. Whoever
 * uses it holds a reference: the one in force, and decisions under way.
 */
#include <linux/err.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include "admit_match.h"
#include "admit_table.h"
#include "policy.h"
#include "rules.h"
#include "uapi.h"

/* They are those of HCBPF_BIND. */
#define TEMPLATE_FLAGS (HCBPF_TEMPLATE_ENCRYPTED | HCBPF_TEMPLATE_CLAIMANT)

/* ---- what the operator brings ---- */

void hcb_admit_template_bind(const struct hcbpf_template *template, struct hcbpf_bind *bind)
{
	*bind = (struct hcbpf_bind) {
		.flags = HCBPF_BIND_OPERATOR | template->flags,
		.abi = template->abi,
		.nr_ports = template->nr_ports,
		.param = template->param,
		.claimant = template->claimant,
		.reserved = template->reserved,
	};
	memcpy(bind->policy, template->policy, sizeof(bind->policy));
	memcpy(bind->tag, template->tag, sizeof(bind->tag));
}

static int template_check(const struct hcbpf_template *template)
{
	struct hcbpf_bind bind;

	if (template->flags & ~TEMPLATE_FLAGS || !hcb_name_is_valid(template->name) ||
	    !hcb_text_is_valid(template->profile))
		return -EINVAL;
	if (template->nr_rules > MAX_RULES)
		return -E2BIG;
	hcb_admit_template_bind(template, &bind);
	return hcb_bind_check(&bind);
}

/* Of what makes rules fast only the check is wanted: each VM gets a table of its own. */
static struct hcbpf_rule *fetch_rules(const struct hcbpf_template *template)
{
	struct hcbpf_rule *list;
	struct rules *rules;

	list = hcb_fetch_array(template->rules, template->nr_rules, sizeof(*list));
	if (IS_ERR(list))
		return list;
	rules = hcb_rules_create(list, template->nr_rules);
	if (IS_ERR(rules))
		return ERR_CAST(rules);
	rules->list = NULL;
	hcb_rules_free(rules);
	return list;
}

static bool name_is_taken(const struct admit_table *table, const char *name)
{
	return hcb_admit_template(table, name);
}

/* @nr_templates counts those that are complete. */
static int add_template(struct admit_table *table, const struct hcbpf_template *template)
{
	struct admit_template *new = &table->templates[table->nr_templates];
	int err = template_check(template);

	if (err)
		return err;
	if (name_is_taken(table, template->name))
		return -EINVAL;
	new->is = *template;
	if (template->nr_rules) {
		struct hcbpf_rule *rules = fetch_rules(template);

		if (IS_ERR(rules))
			return PTR_ERR(rules);
		new->rules = rules;
	}
	table->nr_templates++;
	return 0;
}

static int add_templates(struct admit_table *table, const struct hcbpf_template *list, u32 nr)
{
	u64 nr_rules = 0;
	int err = 0;
	u32 i;

	for (i = 0; i < nr && !err; i++) {
		nr_rules += list[i].nr_rules;
		if (nr_rules > HCBPF_MAX_TEMPLATE_RULES)
			return -E2BIG;
		err = add_template(table, &list[i]);
		cond_resched();
	}
	return err;
}

static int fetch_templates(struct admit_table *table, const struct hcbpf_admission *req)
{
	struct hcbpf_template *list;
	int err;

	table->templates = kvcalloc(req->nr_templates, sizeof(*table->templates),
				    GFP_KERNEL_ACCOUNT);
	if (!table->templates)
		return -ENOMEM;
	list = hcb_fetch_array(req->templates, req->nr_templates, sizeof(*list));
	if (IS_ERR(list))
		return PTR_ERR(list);
	err = add_templates(table, list, req->nr_templates);
	kvfree(list);
	return err;
}

static int fetch_admit_rules(struct admit_table *table, const struct hcbpf_admission *req)
{
	struct hcbpf_admit_rule *rules;
	u32 i;

	rules = hcb_fetch_array(req->rules, req->nr_rules, sizeof(*rules));
	if (IS_ERR(rules))
		return PTR_ERR(rules);
	table->rules = rules;
	table->nr_rules = req->nr_rules;
	for (i = 0; i < req->nr_rules; i++)
		if (!hcb_admit_rule_is_valid(&rules[i], table->nr_templates))
			return -EINVAL;
	return 0;
}

static int fill(struct admit_table *table, const struct hcbpf_admission *req)
{
	int err = 0;

	if (req->nr_templates)
		err = fetch_templates(table, req);
	if (!err && req->nr_rules)
		err = fetch_admit_rules(table, req);
	return err;
}

struct admit_table *hcb_admit_table_create(const struct hcbpf_admission *req)
{
	struct admit_table *table;
	int err;

	if (req->nr_templates > HCBPF_MAX_TEMPLATES || req->nr_rules > HCBPF_MAX_ADMIT_RULES)
		return ERR_PTR(-E2BIG);
	table = kzalloc(sizeof(*table), GFP_KERNEL_ACCOUNT);
	if (!table)
		return ERR_PTR(-ENOMEM);
	kref_init(&table->ref);
	err = fill(table, req);
	if (!err)
		return table;
	hcb_admit_table_put(table);
	return ERR_PTR(err);
}

static void table_release(struct kref *ref)
{
	struct admit_table *table = container_of(ref, struct admit_table, ref);

	while (table->nr_templates)
		kvfree(table->templates[--table->nr_templates].rules);
	kvfree(table->templates);
	kvfree(table->rules);
	kfree(table);
}

void hcb_admit_table_put(struct admit_table *table)
{
	if (table)
		kref_put(&table->ref, table_release);
}

/* ---- finding one ---- */

const struct admit_template *hcb_admit_template(const struct admit_table *table, const char *name)
{
	u32 i;

	for (i = 0; i < table->nr_templates; i++)
		if (!strncmp(table->templates[i].is.name, name, HCBPF_NAME_LEN))
			return &table->templates[i];
	return NULL;
}

/* ---- and back ---- */

/* @user says where its rules go, and how many at most. */
static int copy_template(const struct admit_template *template,
			 struct hcbpf_template __user *user)
{
	struct hcbpf_template copy, out = template->is;
	u32 nr;

	if (copy_from_user(&copy, user, sizeof(copy)))
		return -EFAULT;
	out.rules = copy.rules;
	nr = copy.rules ? min(copy.nr_rules, out.nr_rules) : 0;
	if (copy_to_user(u64_to_user_ptr(copy.rules), template->rules,
			 nr * sizeof(*template->rules)) ||
	    copy_to_user(user, &out, sizeof(out)))
		return -EFAULT;
	return 0;
}

static int copy_templates(const struct admit_table *table, const struct hcbpf_admission *req)
{
	struct hcbpf_template __user *user = u64_to_user_ptr(req->templates);
	u32 i, nr = min(req->nr_templates, table->nr_templates);
	int err = 0;

	for (i = 0; i < nr && !err; i++) {
		err = copy_template(&table->templates[i], &user[i]);
		cond_resched();
	}
	return err;
}

int hcb_admit_table_copy(const struct admit_table *table, struct hcbpf_admission *req)
{
	size_t bytes;
	int err = 0;

	if (table) {
		err = copy_templates(table, req);
		bytes = min(req->nr_rules, table->nr_rules) * sizeof(*table->rules);
		if (!err && copy_to_user(u64_to_user_ptr(req->rules), table->rules, bytes))
			err = -EFAULT;
	}
	req->nr_templates = table ? table->nr_templates : 0;
	req->nr_rules = table ? table->nr_rules : 0;
	return err;
}
