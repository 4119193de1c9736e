// SPDX-License-Identifier: GPL-2.0-only
/* The same policy, compiled for tests without the module. */
#include <hcbpf/test_env.h>

#include "pinned_map.bpf.c"
