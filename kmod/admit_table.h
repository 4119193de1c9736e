/* SPDX-License-Identifier: GPL-2.0-only */
/* The operator's templates and rules: one immutable table. */
#ifndef HCBPF_KMOD_ADMIT_TABLE_H
#define HCBPF_KMOD_ADMIT_TABLE_H

#include <linux/kref.h>
#include <linux/types.h>
#include <hcbpf/uapi.h>

/* One template, its rules in our memory: @is.rules is not used. */
struct admit_template {
	struct hcbpf_template is;
	struct hcbpf_rule *rules;
};

struct admit_table {
	struct kref ref;
	u64 generation;		/* set when it is put in force, never 0 then */
	u32 nr_templates;
	u32 nr_rules;
	struct admit_template *templates;
	struct hcbpf_admit_rule *rules;
};

/* What HCBPF_SET_ADMISSION brings, checked; or an ERR_PTR, as documented there. */
struct admit_table *hcb_admit_table_create(const struct hcbpf_admission *req);
/* NULL is fine. May sleep. */
void hcb_admit_table_put(struct admit_table *table);
/* HCBPF_GET_ADMISSION's two arrays, and their numbers. NULL: there is none. */
int hcb_admit_table_copy(const struct admit_table *table, struct hcbpf_admission *req);
/* NULL: there is none of that name, which may be unterminated. */
const struct admit_template *hcb_admit_template(const struct admit_table *table, const char *name);
/* What HCBPF_BIND would be asked for. */
void hcb_admit_template_bind(const struct hcbpf_template *template, struct hcbpf_bind *bind);

#endif /* HCBPF_KMOD_ADMIT_TABLE_H */
