// SPDX-License-Identifier: GPL-2.0-only
/* Processor modes: segments, control registers, page tables. */
#include <errno.h>
#include <sys/ioctl.h>
#include "x86.h"

#define CR0_PE	(1UL << 0)
#define CR0_ET	(1UL << 4)
#define CR0_PG	(1UL << 31)
#define CR4_PAE	(1UL << 5)
#define EFER_LME (1UL << 8)
#define EFER_LMA (1UL << 10)

#define PTE_PRESENT	(1UL << 0)
#define PTE_WRITE	(1UL << 1)
#define PTE_USER	(1UL << 2)
#define PTE_LARGE	(1UL << 7)

#define PAGE		4096UL
#define LARGE_PAGE	(512 * PAGE)

/*
 * One page each: top level; 1 GB, for the lower half and for the upper; 2 MB;
 * 4 KB for the first 2 MB.
 */
enum { PML4, PDPT, HIGH_PDPT, PD, PT };

static uint64_t *table(struct kvm_vm *vm, unsigned int level)
{
	return kvm_at(vm, GUEST_PAGE_TABLES + level * PAGE);
}

void kvm_map_memory(struct kvm_vm *vm)
{
	uint64_t flags = PTE_PRESENT | PTE_WRITE | (vm->cpl ? PTE_USER : 0);
	unsigned int i;

	table(vm, PML4)[0] = (GUEST_PAGE_TABLES + PDPT * PAGE) | flags;
	table(vm, PDPT)[0] = (GUEST_PAGE_TABLES + PD * PAGE) | flags;
	table(vm, PML4)[GUEST_HIGH >> 39 & 511] = (GUEST_PAGE_TABLES + HIGH_PDPT * PAGE) | flags;
	table(vm, HIGH_PDPT)[GUEST_HIGH >> 30 & 511] = (GUEST_PAGE_TABLES + PD * PAGE) | flags;
	table(vm, PD)[0] = (GUEST_PAGE_TABLES + PT * PAGE) | flags;
	for (i = 1; i < 512; i++)
		table(vm, PD)[i] = i * LARGE_PAGE | PTE_LARGE | flags;
	for (i = 0; i < 512; i++)
		table(vm, PT)[i] = i * PAGE | flags;
}

int kvm_vm_unmap(struct kvm_vm *vm, uint64_t addr)
{
	if (addr >= LARGE_PAGE)
		return kvm_fail(EINVAL, "unmap guest address %#llx", (unsigned long long)addr);
	table(vm, PT)[addr / PAGE] = 0;
	return 0;
}

static struct kvm_segment segment(const struct kvm_vm *vm, bool code)
{
	struct kvm_segment seg = {
		.limit = 0xffffffff,
		.selector = (code ? 8 : 16) | vm->cpl,
		.type = code ? 11 : 3,
		.present = 1,
		.dpl = vm->cpl,
		.db = vm->mode != GUEST_16,
		.s = 1,
		.g = 1,
	};

	if (code && vm->mode == GUEST_64) {
		seg.l = 1;
		seg.db = 0;
	}
	return seg;
}

int kvm_vcpu_set_mode(struct kvm_vcpu *vcpu)
{
	struct kvm_vm *vm = vcpu->vm;
	struct kvm_sregs sregs;

	if (ioctl(vcpu->fd, KVM_GET_SREGS, &sregs))
		return kvm_fail(errno, "KVM_GET_SREGS");
	sregs.cs = segment(vm, true);
	sregs.ss = segment(vm, false);
	sregs.ds = sregs.es = sregs.fs = sregs.gs = sregs.ss;
	sregs.cr0 = CR0_PE | CR0_ET;
	if (vm->mode == GUEST_64 || vm->mode == GUEST_COMPAT) {
		sregs.cr0 |= CR0_PG;
		sregs.cr3 = GUEST_PAGE_TABLES;
		sregs.cr4 = CR4_PAE;
		sregs.efer = EFER_LME | EFER_LMA;
	}
	if (ioctl(vcpu->fd, KVM_SET_SREGS, &sregs))
		return kvm_fail(errno, "KVM_SET_SREGS");
	return 0;
}
