// SPDX-License-Identifier: GPL-2.0-only
/*
 * Two translations of the same addresses: by hcbpf's walk, of which this module has a copy, and
 * by the CPU's AT instruction, which may mark entries as accessed or dirty. The guest whose
 * addresses these are never runs: its EL1 registers are in the CPU for a moment, as is a stage 2
 * that shows it this module's memory and nothing else. So the kernel must be at EL2, with VHE.
 */
#include <linux/bits.h>
#include <linux/gfp.h>
#include <linux/irqflags.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>
#include <asm/barrier.h>
#include <asm/sysreg.h>
#include <asm/virt.h>
#include "guest_access.h"
#include "translator.h"

static u64 *tables;

/* ---- ours */

struct one_access {
	struct guest_access access;
	struct translation *one;
};

static bool table_entry(struct guest_access *access, u64 addr, u64 *entry)
{
	struct translation *one = container_of(access, struct one_access, access)->one;
	u64 off = lower_32_bits(addr) - TRANSLATOR_TABLES;

	if (addr >= TRANSLATOR_TABLES_END || off >= TRANSLATOR_TABLES_SIZE)
		return false;
	*entry = READ_ONCE(tables[off / sizeof(u64)]);
	one->last = *entry;
	one->nr_read++;
	return true;
}

/* There are no memory slots. */
#define hcb_access_entry table_entry
#include "arm64/walk.c"

static void translate_ours(const struct translations *regs, struct translation *one)
{
	struct one_access this = { .access.write = one->write, .one = one };
	u64 ttbr = one->addr & WALK_UPPER ? regs->ttbr1 : regs->ttbr0;
	int err;

	one->nr_read = 0;
	err = hcb_walk_stage1(&this.access, one->addr, regs->sctlr, regs->tcr, ttbr);
	one->ours = err ? TRANSLATOR_NOWHERE : this.access.gpa;
}

/* ---- the guest's stage 2: 4 KB pages, 48 bits, levels 0 to 3 of one table each */

#define ENTRIES (SZ_4K / sizeof(u64))
#define S2_TABLE 3
#define S2_PAGE (BIT(10) | 3 << 8 | 3 << 6 | 0xf << 2 | 3)	/* AF, shared, RW, cached, page */

#define S2_REGS (BIT(31) | 5 << 16 | 3 << 12 | BIT(10) | BIT(8) | 2 << 6 | 16)	/* VTCR_EL2 */

static u64 *stage2[4];

static_assert(PAGE_SIZE == SZ_4K);
static_assert(TRANSLATOR_TABLES % SZ_1G == 0 && TRANSLATOR_TABLES < SZ_4G);
static_assert(TRANSLATOR_TABLES_SIZE <= SZ_2M);

static void fill_stage2(void)
{
	unsigned int i;

	for (i = 0; i < ENTRIES; i++)
		stage2[0][i] = virt_to_phys(stage2[1]) | S2_TABLE;
	for (i = TRANSLATOR_TABLES / SZ_1G; i < ENTRIES; i += SZ_4G / SZ_1G)
		stage2[1][i] = virt_to_phys(stage2[2]) | S2_TABLE;
	stage2[2][0] = virt_to_phys(stage2[3]) | S2_TABLE;
	for (i = 0; i < TRANSLATOR_TABLES_SIZE / SZ_4K; i++)
		stage2[3][i] = PFN_PHYS(vmalloc_to_pfn(tables + i * ENTRIES)) | S2_PAGE;
}

/* ---- the CPU's */

#define HCR_BIT_VM BIT(0)
#define HCR_BIT_TGE BIT(27)
#define PAR_FAULT BIT(0)
#define PAR_ADDRESS GENMASK(51, 12)

static bool has_hcrx;

struct el2 {
	u64 hcr, hcrx, vtcr, vttbr, sctlr, tcr, ttbr0, ttbr1;
};

static void save(struct el2 *regs)
{
	regs->hcr = read_sysreg(hcr_el2);
	regs->vtcr = read_sysreg(vtcr_el2);
	regs->vttbr = read_sysreg(vttbr_el2);
	regs->sctlr = read_sysreg_s(SYS_SCTLR_EL12);
	regs->tcr = read_sysreg_s(SYS_TCR_EL12);
	regs->ttbr0 = read_sysreg_s(SYS_TTBR0_EL12);
	regs->ttbr1 = read_sysreg_s(SYS_TTBR1_EL12);
	if (has_hcrx)
		regs->hcrx = read_sysreg_s(SYS_HCRX_EL2);
}

/* With TGE set: by half of a guest's registers, some CPUs would translate on their own accord. */
static void load(const struct el2 *regs)
{
	write_sysreg(regs->vtcr, vtcr_el2);
	write_sysreg(regs->vttbr, vttbr_el2);
	write_sysreg_s(regs->sctlr, SYS_SCTLR_EL12);
	write_sysreg_s(regs->tcr, SYS_TCR_EL12);
	write_sysreg_s(regs->ttbr0, SYS_TTBR0_EL12);
	write_sysreg_s(regs->ttbr1, SYS_TTBR1_EL12);
	if (has_hcrx)
		write_sysreg_s(regs->hcrx, SYS_HCRX_EL2);
	isb();
}

static void set_hcr(u64 hcr)
{
	write_sysreg(hcr, hcr_el2);
	isb();
}

/* This CPU's of the guest, whose VMID is 0, as no guest of KVM's has. */
static void forget_translations(void)
{
	dsb(ish);
	asm volatile("tlbi vmalls12e1" : : : "memory");
	dsb(ish);
	isb();
}

static u64 translate_cpus(const struct translation *one)
{
	u64 par;

	if (one->write)
		asm volatile("at s1e1w, %0" : : "r" (one->addr) : "memory");
	else
		asm volatile("at s1e1r, %0" : : "r" (one->addr) : "memory");
	isb();
	par = read_sysreg(par_el1);
	return par & PAR_FAULT ? TRANSLATOR_NOWHERE :
		(par & PAR_ADDRESS) | (one->addr & ~PAGE_MASK);
}

static void translate_all_cpus(const struct translations *regs, struct translation *all)
{
	/* HCRX_EL2 as on CPUs that are older: without another kind of permissions, above all. */
	const struct el2 guest = {
		.vtcr = S2_REGS, .vttbr = virt_to_phys(stage2[0]),
		.sctlr = regs->sctlr, .tcr = regs->tcr,
		.ttbr0 = regs->ttbr0, .ttbr1 = regs->ttbr1,
	};
	struct el2 host;
	u32 i;

	save(&host);
	load(&guest);
	set_hcr((host.hcr & ~HCR_BIT_TGE) | HCR_BIT_VM);
	forget_translations();
	for (i = 0; i < regs->count; i++)
		all[i].cpus = translate_cpus(&all[i]);
	forget_translations();
	set_hcr(host.hcr);
	load(&host);
}

/* Without TGE, the kernel's exceptions and its way to programs' memory are not what they were. */
static void translate_all_undisturbed(const struct translations *regs, struct translation *all)
{
	unsigned long flags;
	u64 daif;

	local_irq_save(flags);
	daif = read_sysreg(daif);
	asm volatile("msr daifset, #0xf" : : : "memory");
	translate_all_cpus(regs, all);
	write_sysreg(daif, daif);
	local_irq_restore(flags);
}

/* ---- the device */

static long translator_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct translations req;
	struct translation *all;
	size_t size;
	long err = 0;
	u32 i;

	if (cmd != TRANSLATOR_TRANSLATE)
		return -ENOTTY;
	if (copy_from_user(&req, (void __user *)arg, sizeof(req)))
		return -EFAULT;
	if (!req.count || req.count > TRANSLATOR_MAX)
		return -EINVAL;
	size = req.count * sizeof(*all);
	all = memdup_user(u64_to_user_ptr(req.all), size);
	if (IS_ERR(all))
		return PTR_ERR(all);
	for (i = 0; i < req.count; i++)
		translate_ours(&req, &all[i]);
	translate_all_undisturbed(&req, all);
	if (copy_to_user(u64_to_user_ptr(req.all), all, size))
		err = -EFAULT;
	kfree(all);
	return err;
}

static int translator_mmap(struct file *file, struct vm_area_struct *vma)
{
	return remap_vmalloc_range(vma, tables, vma->vm_pgoff);
}

static const struct file_operations translator_fops = {
	.owner = THIS_MODULE,
	.unlocked_ioctl = translator_ioctl,
	.mmap = translator_mmap,
};

static struct miscdevice translator_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "translator",
	.fops = &translator_fops,
};

static unsigned int id_field(u64 reg, unsigned int shift)
{
	return reg >> shift & 0xf;
}

/* What the walk knows the CPU must have, or there is nothing to compare it with. */
static bool cpu_has_all(void)
{
	u64 mmfr0 = read_sysreg(id_aa64mmfr0_el1), mmfr1 = read_sysreg(id_aa64mmfr1_el1),
	    mmfr2 = read_sysreg(id_aa64mmfr2_el1);

	has_hcrx = id_field(mmfr1, 40);
	return id_field(mmfr0, 0) == 6 &&	/* 52 bits of physical addresses */
		id_field(mmfr0, 28) == 1 &&	/* 4 KB pages, 52 bits */
		id_field(mmfr0, 20) == 2 &&	/* 16 KB pages, 52 bits */
		id_field(mmfr0, 24) == 0 &&	/* 64 KB pages */
		id_field(mmfr1, 0) >= 2 &&	/* sets accessed and dirty by itself */
		id_field(mmfr1, 12) >= 1 &&	/* HPD */
		id_field(mmfr2, 16) == 1 &&	/* 52 bits of virtual addresses */
		id_field(mmfr2, 28) == 1;	/* and as few as 16 */
}

static void free_all(void)
{
	unsigned int level;

	for (level = 0; level < ARRAY_SIZE(stage2); level++)
		free_page((unsigned long)stage2[level]);
	vfree(tables);
}

static int __init translator_init(void)
{
	unsigned int level;
	bool all;
	int err;

	if (!is_kernel_in_hyp_mode() || !cpu_has_all())
		return -ENODEV;
	tables = vmalloc_user(TRANSLATOR_TABLES_SIZE);
	all = tables;
	for (level = 0; level < ARRAY_SIZE(stage2); level++) {
		stage2[level] = (u64 *)get_zeroed_page(GFP_KERNEL);
		all = all && stage2[level];
	}
	err = -ENOMEM;
	if (all) {
		fill_stage2();
		err = misc_register(&translator_device);
	}
	if (err)
		free_all();
	return err;
}

static void __exit translator_exit(void)
{
	misc_deregister(&translator_device);
	free_all();
}

module_init(translator_init);
module_exit(translator_exit);
MODULE_DESCRIPTION("hcbpf's walk of page tables beside the CPU's, for tests");
MODULE_LICENSE("GPL");
