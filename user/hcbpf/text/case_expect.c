// SPDX-License-Identifier: GPL-2.0-only
/* Of a step: what must come out. */
#include <errno.h>
#include <string.h>

#include "text/abi_names.h"
#include "text/case_step.h"

static int verdict_by_name(const char *name)
{
	int verdict;

	for (verdict = 0; strcmp(choose_verdict(verdict), name); verdict++)
		;
	return verdict;
}

static int read_ret(const struct place *place, const struct node *node, uint32_t abi, __u64 *ret)
{
	int32_t number;

	if (node_kind(node) == IS_NUMBER) {
		*ret = node_number(node);
		return 0;
	}
	if (ret_parse(abi, node->text, &number))
		return complain(place, node, "\"%.64s\" is not a result", node->text);
	*ret = (int64_t)number;
	return 0;
}

struct hcbpf_test_set pages_of(const struct node *map)
{
	return (struct hcbpf_test_set){
		.gpa = number_of(map, "addr", 0), .npages = number_of(map, "pages", 1),
		.attr = number_of(map, "attr", 0)
	};
}

/* A new expectation has nothing of the one before it. */
int read_expect(const struct place *place, const struct node *map, struct step *step)
{
	const struct node *verdict = node_get(map, "verdict"), *ret = node_get(map, "ret");
	const struct node *signals = node_get(map, "signals"), *sets = node_get(map, "sets");
	struct expectation *expect = &step->expect;
	const struct node *node;

	*expect = (struct expectation){ .verdict = ANY_VERDICT };
	if (verdict)
		expect->verdict = verdict_by_name(verdict->text);
	expect->has_ret = ret;
	expect->has_signals = signals;
	expect->has_sets = sets;
	for (node = signals ? signals->first : NULL; node; node = node->next)
		expect->signals[node_number(node)]++;
	for (node = sets ? sets->first : NULL; node; node = node->next)
		expect->sets[expect->nr_sets++] = pages_of(node);
	return ret ? read_ret(place, ret, step->env.test.call.abi, &expect->ret) : 0;
}
