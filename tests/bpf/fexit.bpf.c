// SPDX-License-Identifier: GPL-2.0-only
/* Not a policy: counts calls of the function that the module hooks, and their results. */
#include <hcbpf/bpf.h>

char _license[] SEC("license") = "GPL";

__u64 counts[4];	/* entered; left with 0, with 1, with anything else */

/* The test names the function. */
SEC("fentry/kvm_arch_vcpu_ioctl_run")
int count_entry(void *ctx)
{
	__sync_fetch_and_add(&counts[0], 1);
	return 0;
}

SEC("fexit/kvm_arch_vcpu_ioctl_run")
int BPF_PROG(count_exit, void *vcpu, int ret)
{
	__sync_fetch_and_add(&counts[ret == 0 ? 1 : ret == 1 ? 2 : 3], 1);
	return 0;
}
