/* SPDX-License-Identifier: GPL-2.0-only */
/* What entry.S must know of C. hook.c holds these against the structs. */
#ifndef HCBPF_X86_ENTRY_H
#define HCBPF_X86_ENTRY_H

#define VCPU_KVM	0	/* struct kvm_vcpu: kvm */

#define TABLE_SHIFT	16	/* struct vm_table: shift */
#define TABLE_SLOTS	48	/* slot */
#define SLOT_SIZE	16	/* struct vm_slot */
#define SLOT_KEY	0	/* kvm */

#define TABLE_HASH	0x61c8864680b583eb	/* GOLDEN_RATIO_64, vm_table's multiplier */

#ifndef __ASSEMBLY__
/* What it has, and where it passes to, when it was entered in place of the function. */
void hcb_entry_direct(void);
void hcb_entry_redirect(void);
extern unsigned long hcb_hook_resume_ip;
#endif

#endif /* HCBPF_X86_ENTRY_H */
