/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note OR BSD-2-Clause */
/*
 * Attributes of guest memory, a word for each guest page frame.
 *
 * Named after what it is, an attribute, and not after one use of it such as
 * "shared": a guest may one day tell the host about keys, or things that nobody
 * has thought of (Sean Christopherson on "KVM: X86: Introduce
 * KVM_HC_PAGE_ENC_STATUS hypercall", 2021-04-06).
 *
 * Shared by the kernel module, BPF policies and userspace.
 */
#ifndef HCBPF_GPA_H
#define HCBPF_GPA_H

#include <hcbpf/types.h>

/*
 * bit 0       the page is encrypted: the host must not expect to read it
 * bits 15..1  the id of the key, 0 where there is only one. 15 bits are what
 *             MK_TME_KEYID_BITS can announce (Intel SDM, IA32_TME_ACTIVATE).
 *
 * Where a word has 32 bits, bits 31..16 are zero.
 */
typedef __u16 hcbpf_gpa_attr_t;

#define HCBPF_GPA_ENCRYPTED (1U << 0)
#define HCBPF_GPA_KEY_SHIFT 1
#define HCBPF_GPA_ATTR_MASK 0xffffU

/*
 * The calls by which guests report on their pages:
 *
 * KVM     KVM_HC_MAP_GPA_RANGE: address, pages, attributes
 *         (Documentation/virt/kvm/x86/hypercalls.rst in the Linux source)
 * SMCCC   MEM_SHARE and MEM_UNSHARE: the address of one page
 *         (Documentation/virt/kvm/arm/hypercalls.rst there)
 */
#define HCBPF_KVM_MAP_GPA_RANGE 12
#define HCBPF_SMCCC_MEM_SHARE 0xC6000003U
#define HCBPF_SMCCC_MEM_UNSHARE 0xC6000004U

/* Page frames have 4 KiB on every architecture; guest addresses at most 52 bits. */
#define HCBPF_GPA_PAGE_SHIFT 12
#define HCBPF_GPA_FRAMES (1ULL << (52 - HCBPF_GPA_PAGE_SHIFT))

/* @npages page frames from @gfn on, all with attribute word @attr. */
struct hcbpf_gpa_range {
	__u64 gfn;
	__u64 npages;		/* not 0; @gfn + @npages is at most HCBPF_GPA_FRAMES */
	__u32 attr;
	__u32 reserved;		/* 0 */
};

#endif /* HCBPF_GPA_H */
