// SPDX-License-Identifier: GPL-2.0-only
/* Loading and unloading. */
#include <linux/module.h>
#include "hcbpf.h"

/*
 * BPF registrations come last but for the device: the kernel takes neither
 * kfuncs nor a struct_ops type back before the module's BTF goes, so nothing
 * may fail after them that could have failed before.
 */
static int __init hcbpf_init(void)
{
	int err;

	err = arch_init();
	if (err)
		return err;
	err = sdei_init();
	if (err)
		goto err_arch;
	err = vm_init();
	if (err)
		goto err_sdei;
	err = uapi_init();
	if (err)
		goto err_vm;
	err = kfuncs_init();
	if (err)
		goto err_uapi;
	err = policy_init();
	if (err)
		goto err_uapi;
	sdei_start();
	return 0;

err_uapi:
	uapi_exit();
err_vm:
	vm_exit();
err_sdei:
	sdei_exit();
err_arch:
	arch_exit();
	return err;
}

/* No binding and no policy is left, each holds a reference; so the hook is off. */
static void __exit hcbpf_exit(void)
{
	uapi_exit();
	vm_exit();
	sdei_exit();
	arch_exit();
}

module_init(hcbpf_init);
module_exit(hcbpf_exit);
MODULE_DESCRIPTION("eBPF-assisted hypercall dispatch for KVM");
MODULE_LICENSE("GPL");
