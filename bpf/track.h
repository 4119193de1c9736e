/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How guests tell the attributes of their pages, per ABI (<hcbpf/gpa.h>), and how
 * they expect to be refused.
 */
#ifndef HCBPF_BPF_TRACK_H
#define HCBPF_BPF_TRACK_H

#define KVM_MAP_GPA_ENCRYPTED (1ULL << 4)
#define KVM_MAP_GPA_PAGE_SIZE 0xfULL	/* a hint: 4 KiB, 2 MiB, 1 GiB */
#define KVM_MAP_GPA_LARGEST 2
#define KVM_EINVAL_RET (-22)

#define SMCCC_INVALID_PARAMETER_RET (-3)

/* Of what says nonsense: none that the map has, so it refuses it, and counts that. */
#define NO_ATTRIBUTE (HCBPF_GPA_ATTR_MASK + 1)

/* What the guest says of its memory. */
struct page_report {
	__u64 gpa;
	__u64 npages;
	__u32 attr;
	int refusal;		/* what a guest gets that says nonsense */
	_Bool is_report;	/* 0: some other call */
};

static __always_inline struct page_report kvm_report(const struct hcbpf_call *call)
{
	__u64 how = call->args[2];
	_Bool is_sound = !(how & ~(KVM_MAP_GPA_ENCRYPTED | KVM_MAP_GPA_PAGE_SIZE)) &&
			 (how & KVM_MAP_GPA_PAGE_SIZE) <= KVM_MAP_GPA_LARGEST;

	return (struct page_report) {
		.gpa = call->args[0],
		.npages = call->args[1],
		.attr = !is_sound ? NO_ATTRIBUTE :
			how & KVM_MAP_GPA_ENCRYPTED ? HCBPF_GPA_ENCRYPTED : 0,
		.refusal = KVM_EINVAL_RET,
		.is_report = 1,
	};
}

static __always_inline struct page_report smccc_report(const struct hcbpf_call *call)
{
	return (struct page_report) {
		.gpa = call->args[0],
		.npages = 1,
		.attr = call->args[1] || call->args[2] ? NO_ATTRIBUTE :
			call->nr == HCBPF_SMCCC_MEM_UNSHARE ? HCBPF_GPA_ENCRYPTED : 0,
		.refusal = SMCCC_INVALID_PARAMETER_RET,
		.is_report = 1,
	};
}

static __always_inline struct page_report page_report(const struct hcbpf_call *call)
{
	if (!hcbpf_is_page_report(call->abi, call->nr))
		return (struct page_report) {};
	return call->abi == HCBPF_ABI_KVM ? kvm_report(call) : smccc_report(call);
}

#endif /* HCBPF_BPF_TRACK_H */
