// SPDX-License-Identifier: GPL-2.0-only
#include <linux/errno.h>
#include <linux/kernel.h>
#include "prototype.h"
#include "resolve.h"
#include "arm64/kernel.h"

#define DEFINE(function, prototype) typeof(function) *hcb_kvms_##function;
KVMS_BTF(DEFINE)
KVMS_FUNCTIONS(DEFINE)
KVMS_SDEI_FUNCTIONS(DEFINE)

/* A pointer of ours. */
struct call {
	const char *function, *prototype;
	unsigned long *pointer;
};

#define CALL(function, prototype) { #function, prototype, (unsigned long *)&hcb_kvms_##function },

static const struct call btf_calls[] = { KVMS_BTF(CALL) };
static const struct call calls[] = { KVMS_FUNCTIONS(CALL) };
static const struct call sdei_calls[] = { KVMS_SDEI_FUNCTIONS(CALL) };

static int bind(const struct call *call, int nr)
{
	int err = 0;

	for (; nr-- && !err; call++)
		err = hcb_find_checked(call->function, call->prototype, call->pointer);
	return err;
}

static int bind_checked(const struct call *call, int nr)
{
	int err = hcb_prototypes_begin("kvm_s2_mmu");

	if (err)
		return err;
	err = bind(call, nr);
	hcb_prototypes_end();
	return err;
}

int hcb_kernel_init(void)
{
	return bind(btf_calls, ARRAY_SIZE(btf_calls)) ?: bind_checked(calls, ARRAY_SIZE(calls));
}

int hcb_kernel_init_sdei(void)
{
	return bind_checked(sdei_calls, ARRAY_SIZE(sdei_calls));
}
