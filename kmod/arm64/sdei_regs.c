// SPDX-License-Identifier: GPL-2.0-only
/*
 * SDEI's state as firmware registers (<hcbpf/sdei.h>), in place of four functions
 * of KVM's. They may sleep over the VMM's memory; the VM, which the VMM's ioctl
 * holds, holds the module.
 *
 * Two of them go on with KVM's own lists. They call KVM's functions
 * (kernel.h), where sdei_hook.c lets a vCPU with @listing set pass.
 */
#include <linux/kvm_host.h>
#include <linux/uaccess.h>
#include "arm64/kernel.h"
#include "arm64/sdei_pe.h"

static int kvms_nr(struct sdei_pe *pe)
{
	int nr;

	pe->listing = true;
	nr = KVMS(kvm_arm_get_fw_num_regs)(pe->vcpu);
	pe->listing = false;
	return nr;
}

int hcb_sdei_get_fw_num_regs(struct kvm_vcpu *vcpu)
{
	return kvms_nr(hcb_sdei_pe_find(vcpu)) + hcb_sdei_reg_count();
}

int hcb_sdei_copy_fw_reg_indices(struct kvm_vcpu *vcpu, u64 __user *indices)
{
	struct sdei_pe *pe = hcb_sdei_pe_find(vcpu);
	int nr = kvms_nr(pe), err;
	u32 i;

	pe->listing = true;
	err = KVMS(kvm_arm_copy_fw_reg_indices)(vcpu, indices);
	pe->listing = false;
	for (i = 0; i < hcb_sdei_reg_count() && !err; i++)
		if (put_user(hcb_sdei_reg_id(i), indices + nr + i))
			err = -EFAULT;
	return err;
}

int hcb_sdei_get_fw_reg(struct kvm_vcpu *vcpu, const struct kvm_one_reg *reg)
{
	struct sdei_pe *pe = hcb_sdei_pe_find(vcpu);
	u64 value;
	int err;

	hcb_sdei_pe_lock(pe);
	err = hcb_sdei_reg_get(&pe->state, hcb_sdei_reg_find(reg->id), &value);
	hcb_sdei_pe_unlock(pe);
	return err ?: put_user(value, (u64 __user *)reg->addr);
}

int hcb_sdei_set_fw_reg(struct kvm_vcpu *vcpu, const struct kvm_one_reg *reg)
{
	struct sdei_pe *pe = hcb_sdei_pe_find(vcpu);
	u64 value;
	int err;

	if (get_user(value, (u64 __user *)reg->addr))
		return -EFAULT;
	hcb_sdei_pe_lock(pe);
	pe->state.aarch32_el0 = kvm_has_feat(vcpu->kvm, ID_AA64PFR0_EL1, EL0, AARCH32);
	err = hcb_sdei_reg_set(&pe->state, hcb_sdei_reg_find(reg->id), value);
	hcb_sdei_pe_unlock(pe);
	return err;
}
