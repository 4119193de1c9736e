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

#define EXCEPTION "x86_exception"

/* A static call of ours. */
struct call {
	const char *function, *prototype;
	struct static_call_key *key;
	void *trampoline;
};

#define CALL(function, prototype)					\
	{ #function, prototype, &STATIC_CALL_KEY(hcb_kvms_##function),	\
	  STATIC_CALL_TRAMP_ADDR(hcb_kvms_##function) },

static const struct call btf_calls[] = { KVMS_BTF(CALL) };

static const struct call calls[] = {
	KVMS_FUNCTIONS(CALL)
	{ STATIC_CALL_TRAMP_STR(kvm_x86_get_cpl), NULL, &STATIC_CALL_KEY(hcb_kvms_get_cpl),
	  STATIC_CALL_TRAMP_ADDR(hcb_kvms_get_cpl) },
};

static int bind(const struct call *call, int nr)
{
	unsigned long address;
	int err;

	for (; nr--; call++) {
		err = hcb_find_checked(call->function, call->prototype, &address);
		if (err)
			return err;
		__static_call_update(call->key, call->trampoline, (void *)address);
	}
	return 0;
}

int hcb_kernel_init(void)
{
	int err = bind(btf_calls, ARRAY_SIZE(btf_calls)) ?: hcb_prototypes_begin(EXCEPTION);

	if (err)
		return err;
	err = bind(calls, ARRAY_SIZE(calls)) ?: hcb_struct_fits(EXCEPTION, X86_EXCEPTION_MAX);
	hcb_prototypes_end();
	return err;
}
