// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/args.h"
#include "text/case_file.h"
#include "text/case_step.h"

/* ---- steps and cases ---- */

static int set_now(struct reader *r, const config_setting_t *s, struct step *step)
{
	__u64 now;
	int err = get_number(r, s, &now);

	step->env.now = now;
	return err;
}

static int set_times(struct reader *r, const config_setting_t *s, struct step *step)
{
	return get_u32(r, s, &step->times);
}

/* What is not said is as in @step already. */
static int get_step(struct reader *r, const config_setting_t *s, struct step *step)
{
	static const struct member members[] = {
		{ "name", NULL }, { "call", set_call }, { "memory", set_memory }, { "ports", set_ports },
		{ "slots", set_slots }, { "rules", set_rules }, { "now", set_now },
		{ "pages", set_pages }, { "gpa_error", set_gpa_error },
		{ "kvm_exits", set_kvm_exits }, { "buffers", set_buffers },
		{ "encrypted", set_encrypted }, { "param", set_param },
		{ "new_vm", set_new_vm }, { "times", set_times },
		{ "expect", set_expect }, { "then", NULL }, { 0 }
	};

	step->times = 1;
	step->new_vm = false;
	step->line = config_setting_source_line(s);
	return get_group(r, s, members, step);
}

static int get_steps(struct reader *r, const config_setting_t *s, const struct step *defaults,
		     struct test_case *c)
{
	const config_setting_t *then = config_setting_get_member(s, "then");
	size_t nr = 1;
	int err;

	if (then && get_list(r, then, 1000))
		return -EINVAL;
	nr += then ? config_setting_length(then) : 0;
	c->steps = calloc(nr, sizeof(*c->steps));
	if (!c->steps)
		return -ENOMEM;
	c->steps[0] = *defaults;
	err = get_step(r, s, &c->steps[0]);
	for (c->nr_steps = 1; !err && c->nr_steps < nr; c->nr_steps++) {
		c->steps[c->nr_steps] = c->steps[c->nr_steps - 1];
		err = get_step(r, config_setting_get_elem(then, c->nr_steps - 1),
			       &c->steps[c->nr_steps]);
	}
	return err;
}

static int get_case(struct reader *r, const config_setting_t *s, const struct step *defaults,
		    struct test_case *c)
{
	const char *name;

	if (!config_setting_is_group(s))
		return complain(r, s, "a case is a group: { ... }");
	if (!config_setting_lookup_string(s, "name", &name) || !name[0])
		return complain(r, s, "the case has no name");
	if (!config_setting_get_member(s, "expect") && !config_setting_get_member(s, "then"))
		return complain(r, s, "case \"%s\" expects nothing", name);
	c->name = strdup(name);
	if (!c->name)
		return -ENOMEM;
	/* It becomes part of a line that harnesses parse. */
	text_clean(c->name, false);
	return get_steps(r, s, defaults, c);
}

static int get_cases(struct reader *r, const config_setting_t *root, struct cases *cases)
{
	const config_setting_t *list = config_setting_get_member(root, "cases");
	const config_setting_t *defaults = config_setting_get_member(root, "defaults"), *s;
	struct step step = { .expect.verdict = ANY_VERDICT };
	int i, nr, err = 0;

	step.env.test.call.abi = HCBPF_ABI_KVM;
	step.env.test.call.mode = HCBPF_MODE_64;
	for (i = 0; i < config_setting_length(root); i++) {
		s = config_setting_get_elem(root, i);
		if (s != list && s != defaults)
			return complain(r, s, "\"%s\" means nothing here", config_setting_name(s));
	}
	if (!list || !config_setting_is_list(list) || !config_setting_length(list))
		return complain(r, list ? list : root, "there are no cases: cases = ( { ... } );");
	if (defaults)
		err = get_step(r, defaults, &step);
	nr = config_setting_length(list);
	cases->list = calloc(nr, sizeof(*cases->list));
	if (!cases->list)
		return -ENOMEM;
	for (i = 0; i < nr && !err; i++) {
		cases->nr++;
		err = get_case(r, config_setting_get_elem(list, i), &step, &cases->list[i]);
	}
	return err;
}

static int load(struct reader *r, struct cases *cases)
{
	config_t config;
	int err;

	err = config_load_file(&config, r->file, "@include is not for cases", r->error);
	if (err)
		return err;
	err = get_cases(r, config_root_setting(&config), cases);
	config_destroy(&config);
	return err;
}

int cases_load(struct cases *cases, const char *file, char error[CASES_ERROR])
{
	struct reader r = { .file = file, .error = error };
	int err;

	memset(cases, 0, sizeof(*cases));
	error[0] = '\0';
	err = load(&r, cases);
	if (err && !error[0])
		snprintf(error, CASES_ERROR, "%.200s: %s", file, strerror(-err));
	if (err)
		cases_free(cases);
	return err;
}

void cases_free(struct cases *cases)
{
	size_t i;

	for (i = 0; i < cases->nr; i++) {
		free(cases->list[i].name);
		free(cases->list[i].steps);
	}
	free(cases->list);
	memset(cases, 0, sizeof(*cases));
}
