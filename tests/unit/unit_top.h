/* SPDX-License-Identifier: GPL-2.0-only */
/* What the tests of the lines of `top` have in common. */
#ifndef TESTS_UNIT_UNIT_TOP_H
#define TESTS_UNIT_UNIT_TOP_H

#include "unit_sample.h"
#include "../../user/hcbpf/cmd/stats_columns.h"
#include "../../user/hcbpf/cmd/top_rows.h"

const char *short_number(char text[SHORT_NUMBER], uint64_t number)
{
	snprintf(text, SHORT_NUMBER, "%u", (unsigned int)number);
	return text;
}

/* The lines of the test, as a word each, in this order. */
static void put_lines(char *text, const struct top_order *order);

static const char *order_of(enum top_key key, bool reverse, const char *filter)
{
	struct top_order order = { .key = key, .reverse = reverse };
	static char text[128];

	snprintf(order.filter, sizeof(order.filter), "%s", filter);
	text[0] = '\0';
	put_lines(text, &order);
	return text;
}

#endif /* TESTS_UNIT_UNIT_TOP_H */
