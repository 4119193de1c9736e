/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* Lists of ranges that ascend and do not overlap. Zeroed, a list is empty. */
#ifndef GPA_RANGES_H
#define GPA_RANGES_H

#include <stddef.h>
#include <hcbpf/gpa.h>

struct ranges {
	struct hcbpf_gpa_range *list;
	size_t nr, room;
};

/* Append @range, which lies behind all others; neighbours that are alike become one. -ENOMEM. */
int ranges_add(struct ranges *ranges, const struct hcbpf_gpa_range *range);

/* Where @delta has ranges, @ranges becomes what they say. -ENOMEM: it stays. */
int ranges_overlay(struct ranges *ranges, const struct ranges *delta);

/* Drop those that have @attr. */
void ranges_drop(struct ranges *ranges, uint32_t attr);

void ranges_free(struct ranges *ranges);

#endif /* GPA_RANGES_H */
