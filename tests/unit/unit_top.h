/* SPDX-License-Identifier: GPL-2.0-only */
/* What the tests of the lines of `top` have in common. */
#ifndef TESTS_UNIT_UNIT_TOP_H
#define TESTS_UNIT_UNIT_TOP_H

#include "unit_sample.h"
#include "../../user/hcbpf/cmd/stats_columns.h"

const char *short_number(char text[SHORT_NUMBER], uint64_t number)
{
	snprintf(text, SHORT_NUMBER, "%u", (unsigned int)number);
	return text;
}

#endif /* TESTS_UNIT_UNIT_TOP_H */
