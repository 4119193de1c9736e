// SPDX-License-Identifier: GPL-2.0-only
#include <linux/errno.h>
#include "resolve.h"
#include "x86/kernel.h"

DEFINE_STATIC_CALL_NULL(hcb_kvms_get_cpl, int (struct kvm_vcpu *));

/* A function of KVM's, by its name, in place of one of our static calls. */
#define BIND(call, function) ({						\
	unsigned long address_ = hcb_find_function(function);		\
									\
	if (address_)							\
		static_call_update(call, (void *)address_);		\
	address_ ? 0 : -ENOENT;						\
})

int hcb_kernel_init(void)
{
	return BIND(hcb_kvms_get_cpl, STATIC_CALL_TRAMP_STR(kvm_x86_get_cpl));
}
