// SPDX-License-Identifier: GPL-2.0-only
/* Page tables and the system registers that use them. */
#include <errno.h>
#include "arm64.h"

#define SCTLR_EL1 ARM64_SYS_REG(3, 0, 1, 0, 0)
#define TTBR0_EL1 ARM64_SYS_REG(3, 0, 2, 0, 0)
#define TCR_EL1 ARM64_SYS_REG(3, 0, 2, 0, 2)
#define MAIR_EL1 ARM64_SYS_REG(3, 0, 10, 2, 0)
#define VBAR_EL1 ARM64_SYS_REG(3, 0, 12, 0, 0)

#define SCTLR_MMU (1 << 0 | 1 << 2 | 1 << 12)	/* M, C, I */
#define SCTLR_RES1 0x30d00800

/* 39 bits of addresses in 4 KB pages by TTBR0, write-back, shared; TTBR1 is not used. */
#define TCR_VALUE (25 | 1 << 8 | 1 << 10 | 3 << 12 | 25 << 16 | 1 << 23 | 2UL << 30 | 2UL << 32)

/* Attribute 0: write-back memory; attribute 1: device (nGnRnE). */
#define MAIR_VALUE 0x00ff
#define DESC_DEVICE (1 << 2)
#define DESC_TABLE 3UL
#define DESC_PAGE 3UL
#define DESC_BLOCK 1UL
#define DESC_FLAGS (3 << 8 | 1 << 10)	/* shared, accessed */

#define PAGE 4096UL
#define BLOCK (512 * PAGE)

/* Three tables, one page each: 1 GB, 2 MB, and 4 KB for the first 2 MB. */
enum { L1, L2, L3 };

static uint64_t *table(struct kvm_vm *vm, unsigned int level)
{
	return kvm_at(vm, GUEST_PAGE_TABLES + level * PAGE);
}

void kvm_map_memory(struct kvm_vm *vm)
{
	unsigned int i;

	table(vm, L1)[0] = (GUEST_PAGE_TABLES + L2 * PAGE) | DESC_TABLE;
	table(vm, L2)[0] = (GUEST_PAGE_TABLES + L3 * PAGE) | DESC_TABLE;
	for (i = 1; i < 512; i++)
		table(vm, L2)[i] = i * BLOCK | DESC_BLOCK | DESC_FLAGS |
				   (i * BLOCK >= GUEST_STOP_ADDR ? DESC_DEVICE : 0);
	for (i = 0; i < 512; i++)
		table(vm, L3)[i] = i * PAGE | DESC_PAGE | DESC_FLAGS;
}

int kvm_vm_unmap(struct kvm_vm *vm, uint64_t addr)
{
	if (addr >= BLOCK)
		return kvm_fail(EINVAL, "unmap guest address %#llx", (unsigned long long)addr);
	table(vm, L3)[addr / PAGE] = 0;
	return 0;
}

int kvm_vcpu_set_mode(struct kvm_vcpu *vcpu)
{
	const struct { uint64_t id, value; } regs[] = {
		{ MAIR_EL1, MAIR_VALUE },
		{ TCR_EL1, TCR_VALUE },
		{ TTBR0_EL1, GUEST_PAGE_TABLES },
		{ VBAR_EL1, kvm_vectors() },
		{ SCTLR_EL1, SCTLR_RES1 | SCTLR_MMU },
	};
	unsigned int i;
	int err = 0;

	if (vcpu->vm->mode == GUEST_32)
		return 0;
	for (i = 0; i < sizeof(regs) / sizeof(regs[0]) && !err; i++)
		err = kvm_vcpu_set_reg(vcpu, regs[i].id, regs[i].value);
	return err;
}
