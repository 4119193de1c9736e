// SPDX-License-Identifier: GPL-2.0-only
/* A policy that names no program. */
#include <hcbpf/bpf.h>

char _license[] SEC("license") = "GPL";

SEC(".struct_ops.link")
struct hcbpf_ops empty = {
	.name = "empty",
};
