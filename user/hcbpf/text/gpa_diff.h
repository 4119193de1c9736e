/* SPDX-License-Identifier: GPL-2.0-only */
/* What differs between two maps of page attributes. Nothing here prints. */
#ifndef GPA_DIFF_H
#define GPA_DIFF_H

#include <stdbool.h>
#include <hcbpf/libhcbpf.h>

struct gpa_change {
	uint64_t gfn, npages;
	uint32_t from, to;	/* attribute words */
};

/* False ends the search. */
typedef bool gpa_change_fn(void *data, const struct gpa_change *change);

/*
 * Call @fn for each range that differs, in ascending order; neighbours that
 * differ alike are one range. False: @fn has returned that.
 */
bool gpa_diff(const struct hcbpf_gpa_snapshot *before, const struct hcbpf_gpa_snapshot *after,
	      gpa_change_fn *fn, void *data);

#endif /* GPA_DIFF_H */
