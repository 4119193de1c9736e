// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "host/admission.h"
#include "host/admit_match.h"

#define MAX_LOOKS 16

static int request(int dev, unsigned long code, struct hcbpf_admission *admission)
{
	admission->size = sizeof(*admission);
	return ioctl(dev, code, admission) < 0 ? -errno : 0;
}

int admission_numbers(int dev, struct hcbpf_admission *numbers)
{
	memset(numbers, 0, sizeof(*numbers));
	return request(dev, HCBPF_GET_ADMISSION, numbers);
}

static int make_room(struct admission *table, const struct hcbpf_admission *numbers)
{
	table->nr_templates = numbers->nr_templates;
	table->nr_rules = numbers->nr_rules;
	table->generation = numbers->generation;
	table->nr_admitted = numbers->nr_admitted;
	table->nr_refused = numbers->nr_refused;
	table->templates = calloc(table->nr_templates + 1, sizeof(*table->templates));
	table->rules = calloc(table->nr_rules + 1, sizeof(*table->rules));
	if (table->templates && table->rules)
		return 0;
	/* So that there is nothing to free in them. */
	table->nr_templates = 0;
	return -ENOMEM;
}

/* With the numbers of the templates' rules there is room for these. */
static int make_rule_room(struct admission *table)
{
	struct hcbpf_template *t;
	struct hcbpf_rule *room;
	int err = 0;

	for (t = table->templates; t < table->templates + table->nr_templates; t++) {
		room = err ? NULL : calloc(t->nr_rules + 1, sizeof(*room));
		if (!room)
			err = -ENOMEM;
		t->rules = (uintptr_t)room;
	}
	return err;
}

/* What there is room for; -EAGAIN: the table is another one than that. */
static int fill(int dev, struct admission *table)
{
	struct hcbpf_admission get = {
		.nr_templates = table->nr_templates,
		.nr_rules = table->nr_rules,
		.templates = (uintptr_t)table->templates,
		.rules = (uintptr_t)table->rules,
	};
	int err = request(dev, HCBPF_GET_ADMISSION, &get);

	return !err && get.generation != table->generation ? -EAGAIN : err;
}

/* Once for how many rules each template has, and once for these. */
static int look(int dev, struct admission *table)
{
	struct hcbpf_admission numbers;
	int err = admission_numbers(dev, &numbers);

	if (!err)
		err = make_room(table, &numbers);
	if (!err)
		err = fill(dev, table);
	if (!err)
		err = make_rule_room(table);
	if (!err)
		err = fill(dev, table);
	if (err)
		admission_free(table);
	return err;
}

int admission_get(int dev, struct admission *table)
{
	int tries = MAX_LOOKS, err;

	memset(table, 0, sizeof(*table));
	do {
		err = look(dev, table);
	} while (err == -EAGAIN && --tries);
	return err;
}

int admission_set(int dev, const struct admission *table)
{
	struct hcbpf_admission set = {
		.nr_templates = table->nr_templates,
		.nr_rules = table->nr_rules,
		.templates = (uintptr_t)table->templates,
		.rules = (uintptr_t)table->rules,
	};

	return request(dev, HCBPF_SET_ADMISSION, &set);
}

const struct hcbpf_template *admission_template_of(const struct admission *table,
						   const struct process *process)
{
	char cgroup[PATH_MAX], name[VMM_NAME_LEN];
	struct admit_facts facts = { .cgroup = cgroup, .name = name };
	uint32_t rule;

	process_cgroup(process, cgroup);
	process_vmm_name(process, name);
	if (process_real_user(process, &facts.uid))
		return NULL;
	rule = hcb_admit_match(table->rules, table->nr_rules, &facts);
	return rule ? &table->templates[table->rules[rule - 1].template_index] : NULL;
}
