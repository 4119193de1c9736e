/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Templates and rules of admission as the module takes them, and whether two such tables are
 * the same. Nothing here prints.
 */
#ifndef ADMISSION_H
#define ADMISSION_H

#include <stddef.h>
#include <stdint.h>
#include <hcbpf/uapi.h>

#include "text/template_file.h"

#define DIFFERENCE_TEXT 160
#define COUNTS_TEXT 64

struct admission {
	struct hcbpf_template *templates;	/* their rules are to be freed, too */
	size_t nr_templates;
	struct hcbpf_admit_rule *rules;
	size_t nr_rules;
	/* What only the module knows. */
	uint64_t generation, nr_admitted, nr_refused;
};

void admission_free(struct admission *table);

/* Where the rules of a template are. */
struct hcbpf_rule *template_rules(const struct hcbpf_template *template);

/*
 * Add a template with its profile's rules, whose ownership is taken on success. 0 or a
 * negative errno.
 */
int admission_add_template(struct admission *table, const struct template *template,
			   struct hcbpf_rule *rules, size_t nr);

/* Add a rule; its template is there already. 0 or a negative errno. */
int admission_add_rule(struct admission *table, const struct hcbpf_admit_rule *rule);

/* The index of a template, -1: there is none. */
int admission_find(const struct admission *table, const char *name);

/* "1 template and 2 rules" */
void admission_counts(char text[COUNTS_TEXT], size_t nr_templates, size_t nr_rules);

/*
 * The first difference between what the files say and what is in force, in words; "": none. The
 * order of templates, and of rules of a profile, does not matter.
 */
void admission_difference(const struct admission *files, const struct admission *module,
			  char text[DIFFERENCE_TEXT]);

#endif /* ADMISSION_H */
