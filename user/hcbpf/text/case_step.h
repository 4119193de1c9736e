/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The parts of a step: each is read from a mapping of the shape in case_shape.c, and what it
 * does not name stays as it was. All that can fail return 0 or -EINVAL with the reason.
 */
#ifndef CASE_STEP_H
#define CASE_STEP_H

#include "text/case_file.h"
#include "text/shape.h"

extern const struct shape cases_shape;
choice_fn choose_verdict;	/* by enum hcbpf_verdict, then BAD_VERDICT */

/* ---- case_call.c ---- */

int read_call(const struct place *place, const struct node *map, struct hcbpf_call *call);
int read_memory(const struct place *place, const struct node *map, struct hcbpf_test_call *test);

/* ---- case_vm.c ---- */

/* All of @step but its call, its memory and its expectation. */
int read_vm(const struct place *place, const struct node *map, struct step *step);

/* ---- case_expect.c ---- */

/* Both the attributes that are there and those that are expected. */
struct hcbpf_test_set pages_of(const struct node *map);

int read_expect(const struct place *place, const struct node *map, struct step *step);

#endif /* CASE_STEP_H */
