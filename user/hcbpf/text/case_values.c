// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "text/case_step.h"

/* ---- values ---- */

bool text_number(const char *text, __u64 *value)
{
	char *end;

	errno = 0;
	*value = strtoull(text, &end, 0);
	return !errno && end != text && !*end;
}

int get_number(struct reader *r, const config_setting_t *s, __u64 *value)
{
	const char *text = config_setting_get_string(s);
	int64_t number;

	if (config_number(s, &number)) {
		*value = number;
		return 0;
	}
	if (!text)
		return complain(r, s, "a number is missing");
	return text_number(text, value) ? 0 : complain(r, s, "\"%s\" is not a number", text);
}

int get_u32(struct reader *r, const config_setting_t *s, uint32_t *value)
{
	__u64 number = 0;
	int err = get_number(r, s, &number);

	if (!err && number > UINT32_MAX)
		err = complain(r, s, "the number does not fit into 32 bits");
	*value = number;
	return err;
}

int get_word(struct reader *r, const config_setting_t *s, const char *what,
	     int (*lookup)(const char *, uint32_t *), uint32_t *value)
{
	const char *text = config_setting_get_string(s);

	if (!text)
		return complain(r, s, "%s must be a word in quotes", what);
	if (lookup(text, value))
		return complain(r, s, "\"%s\" is not %s", text, what);
	return 0;
}

int get_list(struct reader *r, const config_setting_t *s, int max)
{
	if (!config_setting_is_array(s) && !config_setting_is_list(s))
		return complain(r, s, "a list is missing: [ 1, 2 ]");
	if (config_setting_length(s) > max)
		return complain(r, s, "more than %d", max);
	return 0;
}

int get_group(struct reader *r, const config_setting_t *group, const struct member *members,
	      struct step *step)
{
	const config_setting_t *s;
	const struct member *m;
	int i, err = 0;

	if (!config_setting_is_group(group))
		return complain(r, group, "a group is missing: { ... }");
	for (i = 0; i < config_setting_length(group) && !err; i++) {
		s = config_setting_get_elem(group, i);
		for (m = members; m->name && strcmp(m->name, config_setting_name(s)); m++)
			;
		if (!m->name)
			return complain(r, s, "\"%s\" means nothing here", config_setting_name(s));
		err = m->set ? m->set(r, s, step) : 0;
	}
	return err;
}

int set_each(struct reader *r, const config_setting_t *s, int max, set_fn *set_one,
	     struct step *step)
{
	int i, err = get_list(r, s, max);

	for (i = 0; !err && i < config_setting_length(s); i++)
		err = set_one(r, config_setting_get_elem(s, i), step);
	return err;
}

int get_pages(struct reader *r, const config_setting_t *s, struct hcbpf_test_set *set)
{
	const config_setting_t *m;
	int i, err = 0;
	__u64 number;

	*set = (struct hcbpf_test_set){ .npages = 1 };
	if (!config_setting_is_group(s))
		return complain(r, s, "a group is missing: { addr; pages; attr; }");
	for (i = 0; !err && i < config_setting_length(s); i++) {
		m = config_setting_get_elem(s, i);
		err = get_number(r, m, &number);
		if (err)
			break;
		if (!strcmp(config_setting_name(m), "addr"))
			set->gpa = number;
		else if (!strcmp(config_setting_name(m), "pages"))
			set->npages = number;
		else if (!strcmp(config_setting_name(m), "attr") && number <= HCBPF_GPA_ATTR_MASK)
			set->attr = number;
		else
			err = complain(r, m, "\"%s\" means nothing here, or has too many bits",
				       config_setting_name(m));
	}
	return err;
}
