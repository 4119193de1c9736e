/* SPDX-License-Identifier: GPL-2.0-only */
/* What of a VM's state is its operator's, where a binding is one. Prints nothing. */
#ifndef OPERATORS_PART_H
#define OPERATORS_PART_H

#include <hcbpf/libhcbpf.h>

/* Which of it is not the same in the two, as words for a message; NULL: none. */
const char *operators_part_differs(const struct hcbpf_saved *a, const struct hcbpf_saved *b);

#endif /* OPERATORS_PART_H */
