// SPDX-License-Identifier: GPL-2.0-only
/* The standard policy with one flag more: its program is the same, the policy is not. */
#include <hcbpf/bpf.h>

#define nr_calls flags = HCBPF_OPS_USER, .nr_calls
#include "../../bpf/standard.bpf.c"
