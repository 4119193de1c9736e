// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text/admission.h"
#include "text/rules.h"

struct hcbpf_rule *template_rules(const struct hcbpf_template *template)
{
	return (struct hcbpf_rule *)(uintptr_t)template->rules;
}

void admission_free(struct admission *table)
{
	size_t i;

	for (i = 0; i < table->nr_templates; i++)
		free(template_rules(&table->templates[i]));
	free(table->templates);
	free(table->rules);
	memset(table, 0, sizeof(*table));
}

int admission_add_template(struct admission *table, const struct template *template,
			   struct hcbpf_rule *rules, size_t nr)
{
	struct hcbpf_template *more, *new;

	if (table->nr_templates == HCBPF_MAX_TEMPLATES)
		return -E2BIG;
	more = reallocarray(table->templates, table->nr_templates + 1, sizeof(*more));
	if (!more)
		return -ENOMEM;
	table->templates = more;
	new = &more[table->nr_templates++];
	memset(new, 0, sizeof(*new));
	memcpy(new->name, template->name, sizeof(new->name));
	memcpy(new->policy, template->policy, sizeof(new->policy));
	memcpy(new->profile, template->profile, sizeof(new->profile));
	memcpy(new->tag, template->tag, sizeof(new->tag));
	new->flags = template_flags(template);
	new->claimant = template->claimant_uid;
	new->abi = template->abi;
	new->nr_ports = template->nr_ports;
	new->param = template->param;
	new->rules = (uintptr_t)rules;
	new->nr_rules = nr;
	return 0;
}

int admission_add_rule(struct admission *table, const struct hcbpf_admit_rule *rule)
{
	struct hcbpf_admit_rule *more;

	if (table->nr_rules == HCBPF_MAX_ADMIT_RULES)
		return -E2BIG;
	more = reallocarray(table->rules, table->nr_rules + 1, sizeof(*more));
	if (!more)
		return -ENOMEM;
	table->rules = more;
	more[table->nr_rules++] = *rule;
	return 0;
}

int admission_find(const struct admission *table, const char *name)
{
	size_t i;

	for (i = 0; i < table->nr_templates; i++)
		if (!strcmp(table->templates[i].name, name))
			return i;
	return -1;
}

void admission_counts(char text[COUNTS_TEXT], size_t nr_templates, size_t nr_rules)
{
	snprintf(text, COUNTS_TEXT, "%zu template%s and %zu rule%s", nr_templates,
		 nr_templates == 1 ? "" : "s", nr_rules, nr_rules == 1 ? "" : "s");
}

/* ---- differences ---- */

static int order(const void *a, const void *b)
{
	return rule_order(a, b);
}

/* Sorts them. */
static bool same_rules(const struct hcbpf_template *a, const struct hcbpf_template *b)
{
	if (a->nr_rules != b->nr_rules)
		return false;
	if (!a->nr_rules)
		return true;
	qsort(template_rules(a), a->nr_rules, sizeof(struct hcbpf_rule), order);
	qsort(template_rules(b), b->nr_rules, sizeof(struct hcbpf_rule), order);
	return !rules_differ(template_rules(a), a->nr_rules, template_rules(b), b->nr_rules, NULL,
			     NULL);
}

/* The module may say how large the default is. */
static uint32_t ports_of(const struct hcbpf_template *template)
{
	return template->nr_ports ? template->nr_ports : HCBPF_DEFAULT_PORTS;
}

static bool same_template(const struct hcbpf_template *a, const struct hcbpf_template *b)
{
	return !strcmp(a->policy, b->policy) && !strcmp(a->profile, b->profile) &&
	       !strcmp(a->tag, b->tag) && a->flags == b->flags && a->abi == b->abi &&
	       ports_of(a) == ports_of(b) && a->param == b->param &&
	       a->claimant == b->claimant && same_rules(a, b);
}

static void templates_difference(const struct admission *files, const struct admission *module,
				 char text[DIFFERENCE_TEXT])
{
	const struct hcbpf_template *t;
	int other;

	for (t = files->templates; t < files->templates + files->nr_templates; t++) {
		other = admission_find(module, t->name);
		if (other < 0)
			snprintf(text, DIFFERENCE_TEXT, "template \"%s\" is not in force", t->name);
		else if (!same_template(t, &module->templates[other]))
			snprintf(text, DIFFERENCE_TEXT, "template \"%s\" is not the one in force",
				 t->name);
		if (text[0])
			return;
	}
	for (t = module->templates; t < module->templates + module->nr_templates; t++)
		if (admission_find(files, t->name) < 0) {
			snprintf(text, DIFFERENCE_TEXT, "template \"%s\" is in force and has no file",
				 t->name);
			return;
		}
}

static bool same_rule(const struct admission *a, const struct admission *b, size_t i)
{
	const struct hcbpf_admit_rule *x = &a->rules[i], *y = &b->rules[i];

	return x->flags == y->flags && x->uid == y->uid && !strcmp(x->place, y->place) &&
	       !strcmp(x->name, y->name) && !strcmp(a->templates[x->template_index].name,
						    b->templates[y->template_index].name);
}

void admission_difference(const struct admission *files, const struct admission *module,
			  char text[DIFFERENCE_TEXT])
{
	size_t i;

	text[0] = '\0';
	templates_difference(files, module, text);
	for (i = 0; i < files->nr_rules && i < module->nr_rules && !text[0]; i++)
		if (!same_rule(files, module, i))
			snprintf(text, DIFFERENCE_TEXT, "rule %zu is not the one in force", i + 1);
	if (!text[0] && files->nr_rules != module->nr_rules)
		snprintf(text, DIFFERENCE_TEXT, "the number of rules is %zu, and %zu in force",
			 files->nr_rules, module->nr_rules);
}
