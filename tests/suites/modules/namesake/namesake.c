// SPDX-License-Identifier: GPL-2.0-only
/* A module that has nothing but a tracepoint of the name that hcbpf's calls have, too. */
#include <linux/module.h>

#define CREATE_TRACE_POINTS
#include "namesake.h"

MODULE_DESCRIPTION("another tracepoint of the name \"call\", for tests");
MODULE_LICENSE("GPL");
