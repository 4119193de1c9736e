/* SPDX-License-Identifier: GPL-2.0-only */
/* Reading the cases of `hcbpf test`; docs/policy-guide.md has the format. Nothing here prints. */
#ifndef CASE_FILE_H
#define CASE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <hcbpf/test_env.h>

#include "text/nodes.h"

#define CASES_ERROR NODES_ERROR	/* room for an error's text */

/* What must come out. */
struct expectation {
	bool has_ret, has_signals, has_sets;
	int verdict;		/* enum hcbpf_verdict, BAD_VERDICT, or ANY_VERDICT */
	__u64 ret;
	uint32_t signals[HCBPF_TEST_SLOTS];
	struct hcbpf_test_set sets[HCBPF_TEST_SETS];	/* changes of page attributes */
	uint32_t nr_sets;
};

#define BAD_VERDICT 3		/* none of the three: the module lets the call pass */
#define ANY_VERDICT (-1)

/* One call, or several that are all alike. */
struct step {
	bool new_vm;		/* before it the VM ends, and another one is bound */
	struct hcbpf_test_env env;
	struct expectation expect;
	uint32_t times;
	unsigned int line;
};

struct test_case {
	char *name;
	struct step *steps;
	size_t nr_steps;
};

struct cases {
	struct test_case *list;
	size_t nr;
};

/* 0 or a negative errno with the reason in @error, as "FILE:LINE: REASON". */
int cases_load(struct cases *cases, const char *file, char error[CASES_ERROR]);
void cases_free(struct cases *cases);

#endif /* CASE_FILE_H */
