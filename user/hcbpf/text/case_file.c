// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/file.h"
#include "text/case_file.h"
#include "text/case_step.h"

/* ---- steps and cases ---- */

/* What is not said is as in @step already. Names of calls and results are those of the ABI. */
static int read_step(const struct place *place, const struct node *map, struct step *step)
{
	const struct node *call = node_get(map, "call"), *memory = node_get(map, "memory");
	const struct node *expect = node_get(map, "expect");
	int err = 0;

	step->line = map->line;
	step->times = number_of(map, "times", 1);
	if (call)
		err = read_call(place, call, &step->env.test.call);
	if (!err && memory)
		err = read_memory(place, memory, &step->env.test);
	if (!err)
		err = read_vm(place, map, step);
	return err || !expect ? err : read_expect(place, expect, step);
}

static int read_steps(const struct place *place, const struct node *map,
		      const struct step *defaults, struct test_case *c)
{
	const struct node *then = node_get(map, "then"), *node;
	struct step *step;
	int err;

	c->steps = calloc(1 + (then ? then->nr : 0), sizeof(*c->steps));
	if (!c->steps)
		return -ENOMEM;
	step = c->steps;
	*step = *defaults;
	err = read_step(place, map, step);
	for (node = then ? then->first : NULL; node && !err; node = node->next) {
		step[1] = step[0];
		err = read_step(place, node, ++step);
	}
	c->nr_steps = step + 1 - c->steps;
	return err;
}

static int read_case(const struct place *place, const struct node *map,
		     const struct step *defaults, struct test_case *c)
{
	const struct node *name = node_get(map, "name");

	if (!*name->text)
		return complain(place, name, "the case has no name");
	if (!node_get(map, "expect") && !node_get(map, "then"))
		return complain(place, map, "case \"%.64s\" expects nothing", name->text);
	c->name = strdup(name->text);
	return c->name ? read_steps(place, map, defaults, c) : -ENOMEM;
}

static int read_cases(const struct place *place, const struct node *root, struct cases *cases)
{
	const struct node *list = node_get(root, "cases"), *defaults = node_get(root, "defaults");
	struct step step = { .expect.verdict = ANY_VERDICT };
	const struct node *node;
	int err = 0;

	step.env.test.call.abi = HCBPF_ABI_KVM;
	step.env.test.call.mode = HCBPF_MODE_64;
	if (defaults)
		err = read_step(place, defaults, &step);
	if (err)
		return err;
	cases->list = calloc(list->nr, sizeof(*cases->list));
	if (!cases->list)
		return -ENOMEM;
	for (node = list->first; node && !err; node = node->next)
		err = read_case(place, node, &step, &cases->list[cases->nr++]);
	return err;
}

static int parse(const struct place *place, const char *text, size_t size, struct cases *cases)
{
	struct node *root;
	int err = nodes_read(&root, text, size, place->error, place->path);

	if (!err)
		err = shape_check(place, root, &cases_shape);
	if (!err)
		err = read_cases(place, root, cases);
	nodes_free(root);
	return err;
}

int cases_load(struct cases *cases, const char *file, char error[CASES_ERROR])
{
	const struct place place = { .path = file, .error = error };
	char *text = NULL;
	size_t size;
	int err;

	memset(cases, 0, sizeof(*cases));
	error[0] = '\0';
	err = file_read(file, NODES_MAX_FILE, &text, &size);
	if (!err)
		err = parse(&place, text, size, cases);
	free(text);
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
