/* SPDX-License-Identifier: GPL-2.0-only */
/* Pictures of a map of page attributes. */
#ifndef GPA_PICTURE_H
#define GPA_PICTURE_H

#include <stdbool.h>
#include <stdio.h>
#include <hcbpf/libhcbpf.h>

/* Frames from @first to before @end; not none. 0, or -ENOMEM. */
int picture_text(FILE *f, const struct hcbpf_gpa_snapshot *map, uint64_t first, uint64_t end,
		 bool utf8);
int picture_svg(FILE *f, const struct hcbpf_gpa_snapshot *map, uint64_t first, uint64_t end,
		const char *title);

/* Does the terminal know more than ASCII, as its user's locale says? */
bool locale_is_utf8(void);

#endif /* GPA_PICTURE_H */
