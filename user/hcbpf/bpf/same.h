/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SAME_H
#define SAME_H

#include "bpf/object.h"

/*
 * Is the policy that `hcbpf load` has pinned under this name made of the same
 * program, the same constants, and the same calls and flags? @object is loaded
 * into the kernel, not attached. What a policy writes while it runs does not count.
 * Prints nothing.
 */
bool policy_is_same(const struct object *object);

#endif /* SAME_H */
