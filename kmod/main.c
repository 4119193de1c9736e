// SPDX-License-Identifier: GPL-2.0-only
/*
 * Loading and unloading. What there is, and who owns what:
 *
 *   hook (arch)  ->  dispatch  ->  vm_table: which binding, if any
 *                              ->  policy: the BPF program
 *                                    -> kfuncs: ports, eventfds, guest memory
 *   uapi         ->  vm: bindings and their life, policies by name
 *                ->  admit: bindings by the operator's table, before a VM runs
 *
 * Readers (a guest's call) take no lock: they run in an RCU read-side section
 * and see bindings, policies, port pages and eventfds through RCU. Everything
 * else happens in process context under the mutex named beside each field,
 * except the end of a VM, which KVM announces in atomic context.
 */
#include <linux/module.h>
#include <hcbpf/version.h>
#include "admit.h"
#include "arch.h"
#include "attach.h"
#include "kfuncs.h"
#include "observe.h"
#include "policy.h"
#include "uapi.h"
#include "vm.h"
#include "vm_sdei.h"

/*
 * The device is last: whoever opens it while loading fails would be left with a file of a
 * module that is gone. The kernel takes neither kfuncs nor a struct_ops type back before
 * the module's BTF goes, which it does when loading fails, and nobody can use them before
 * the module is live.
 */
static int __init hcbpf_init(void)
{
	int err;

	err = hcb_arch_init();
	if (err)
		return err;
	err = hcb_sdei_init();
	if (err)
		goto err_arch;
	err = hcb_vm_init();
	if (err)
		goto err_sdei;
	err = hcb_admit_init();
	if (err)
		goto err_vm;
	err = hcb_kfuncs_init();
	if (err)
		goto err_admit;
	err = hcb_policy_init();
	if (err)
		goto err_admit;
	err = hcb_uapi_init();
	if (err)
		goto err_admit;
	hcb_sdei_start();
	return 0;

err_admit:
	hcb_admit_exit();
err_vm:
	hcb_vm_exit();
err_sdei:
	hcb_sdei_exit();
err_arch:
	hcb_arch_exit();
	return err;
}

/* No binding and no policy is left, each holds a reference; so the hook is off. */
static void __exit hcbpf_exit(void)
{
	hcb_uapi_exit();
	hcb_admit_exit();
	hcb_attach_exit();
	hcb_vm_exit();
	hcb_observe_exit();
	hcb_sdei_exit();
	hcb_arch_exit();
}

module_init(hcbpf_init);
module_exit(hcbpf_exit);
MODULE_DESCRIPTION("eBPF-assisted hypercall dispatch for KVM");
MODULE_LICENSE("GPL");
MODULE_VERSION(HCBPF_VERSION);
