// SPDX-License-Identifier: GPL-2.0-only
#include <linux/errno.h>
#include <linux/printk.h>
#include "resolve.h"
#include "arm64/kernel.h"
#include "arm64/prototype.h"

typeof(kvm_arm_get_fw_num_regs) *hcb_kvms_get_fw_num_regs;
typeof(kvm_arm_copy_fw_reg_indices) *hcb_kvms_copy_fw_reg_indices;

static unsigned long find_checked(const char *function, const char *prototype, int *err)
{
	unsigned long address = hcb_find_function(function);

	if (!address) {
		*err = -ENOENT;
	} else if (!hcb_prototype_is(function, prototype)) {
		pr_err("this kernel's %s is not %s\n", function, prototype);
		*err = -EPROTO;
	}
	return address;
}

int hcb_kernel_init_sdei(void)
{
	int err = hcb_prototype_init();

	if (err)
		return err;
	hcb_kvms_get_fw_num_regs = (void *)find_checked("kvm_arm_get_fw_num_regs",
							"int(struct kvm_vcpu*)", &err);
	hcb_kvms_copy_fw_reg_indices = (void *)find_checked("kvm_arm_copy_fw_reg_indices",
							    "int(struct kvm_vcpu*,u64*)", &err);
	return err;
}
