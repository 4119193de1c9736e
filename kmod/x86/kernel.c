// SPDX-License-Identifier: GPL-2.0-only
#include <linux/errno.h>
#include <linux/kernel.h>
#include "prototype.h"
#include "resolve.h"
#include "x86/kernel.h"

#define DEFINE(function, prototype) DEFINE_STATIC_CALL_NULL(hcb_kvms_##function, function);
KVMS_BTF(DEFINE)
KVMS_FUNCTIONS(DEFINE)
DEFINE_STATIC_CALL_NULL(hcb_kvms_get_cpl, int (struct kvm_vcpu *));

/* A static call of ours. */
struct call {
	const char *function, *prototype;
	struct static_call_key *key;
	void *trampoline;
};

#define CALL(function, prototype)					\
	{ #function, prototype, &STATIC_CALL_KEY(hcb_kvms_##function),	\
	  STATIC_CALL_TRAMP_ADDR(hcb_kvms_##function) },

/* In this order: the first find out what the others are. */
static const struct call calls[] = {
	KVMS_BTF(CALL)
	KVMS_FUNCTIONS(CALL)
	{ STATIC_CALL_TRAMP_STR(kvm_x86_get_cpl), NULL, &STATIC_CALL_KEY(hcb_kvms_get_cpl),
	  STATIC_CALL_TRAMP_ADDR(hcb_kvms_get_cpl) },
};

int hcb_kernel_init(void)
{
	unsigned long address;
	int i, err;

	for (i = 0; i < ARRAY_SIZE(calls); i++) {
		err = hcb_find_checked(calls[i].function, calls[i].prototype, &address);
		if (err)
			return err;
		__static_call_update(calls[i].key, calls[i].trampoline, (void *)address);
	}
	return hcb_struct_fits("x86_exception", X86_EXCEPTION_MAX);
}
