// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where SDEI watches KVM. Without the parameter sdei=1: nowhere. With it, always:
 * functions that create, reset and end VMs and vCPUs, and those of firmware
 * registers; none is on a guest's way. And from the first binding of a VM with SDEI on,
 * while KVM is hooked, the two that deliver events, which no vCPU without SDEI passes
 * except when it halts.
 *
 * The ops are PERMANENT, so ftrace cannot be switched off under us: the end of a
 * vCPU would go unnoticed.
 */
#include <linux/fs.h>
#include <linux/ftrace.h>
#include <linux/kvm_host.h>
#include <linux/module.h>
#include <linux/printk.h>
#include <linux/rcupdate.h>
#include "attach.h"
#include "vm_sdei.h"
#include "watch.h"
#include "arm64/kernel.h"
#include "arm64/sdei_pe.h"

static bool sdei;
module_param(sdei, bool, 0444);
MODULE_PARM_DESC(sdei, "VMs created from now on have SDEI and its firmware registers");

static bool started;
static bool watching;	/* delivery; attach.c serialises */

/* ---- life of VMs and vCPUs ---- */

/* In place of functions that return an int, or a long. */
static notrace long no_memory(void *unused)
{
	return -ENOMEM;
}

static WATCHER(on_vm_created)
{
	if (READ_ONCE(started) && hcb_sdei_vm_created(WATCHED(0)))
		hcb_watch_redirect(fregs, no_memory);
}

static WATCHER(on_vm_destroyed)
{
	hcb_sdei_vm_destroyed(WATCHED(0));
}

/* Of a vCPU's file. KVM_RUN and the like go elsewhere. */
static WATCHER(on_vcpu_ioctl)
{
	const struct file *file = WATCHED(0);
	u32 request = (unsigned long)WATCHED(1);

	if (request == KVM_ARM_VCPU_INIT && hcb_sdei_pe_ensure(file->private_data))
		hcb_watch_redirect(fregs, no_memory);
}

static WATCHER(on_vcpu_destroyed)
{
	hcb_sdei_pe_destroyed(WATCHED(0));
}

static void change(const struct kvm_vcpu *vcpu, void (*how)(struct sdei_vcpu *state))
{
	struct sdei_pe *pe;

	rcu_read_lock();
	pe = hcb_sdei_pe_find(vcpu);
	if (pe) {
		hcb_sdei_pe_lock(pe);
		how(&pe->state);
		hcb_sdei_pe_unlock(pe);
	}
	rcu_read_unlock();
}

/* KVM_ARM_VCPU_INIT and PSCI's CPU_ON. */
static WATCHER(on_reset)
{
	change(WATCHED(0), hcb_sdei_reset);
}

/* PSCI's CPU_OFF. */
static WATCHER(on_power_off)
{
	change(WATCHED(0), hcb_sdei_cpu_off);
}

/* ---- firmware registers ---- */

/* The vCPU is in an ioctl of its VMM, so it stays. */
static bool is_served(const struct kvm_vcpu *vcpu)
{
	struct sdei_pe *pe;
	bool served;

	rcu_read_lock();
	pe = hcb_sdei_pe_find(vcpu);
	served = pe && !pe->listing && hcb_sdei_pe_serves(pe);
	rcu_read_unlock();
	return served;
}

static bool is_ours(const struct kvm_one_reg *reg)
{
	return hcb_sdei_reg_find(reg->id) >= 0;
}

static WATCHER(on_fw_num)
{
	if (is_served(WATCHED(0)))
		hcb_watch_redirect(fregs, hcb_sdei_get_fw_num_regs);
}

static WATCHER(on_fw_indices)
{
	if (is_served(WATCHED(0)))
		hcb_watch_redirect(fregs, hcb_sdei_copy_fw_reg_indices);
}

static WATCHER(on_fw_get)
{
	if (is_ours(WATCHED(1)) && is_served(WATCHED(0)))
		hcb_watch_redirect(fregs, hcb_sdei_get_fw_reg);
}

static WATCHER(on_fw_set)
{
	if (is_ours(WATCHED(1)) && is_served(WATCHED(0)))
		hcb_watch_redirect(fregs, hcb_sdei_set_fw_reg);
}

/* ---- delivery ---- */

static WATCHER(on_stolen_time)
{
	struct sdei_pe *pe;

	rcu_read_lock();
	pe = hcb_sdei_pe_find(WATCHED(0));
	if (pe && READ_ONCE(pe->deliverable))
		hcb_sdei_pe_deliver(pe);
	rcu_read_unlock();
}

static notrace int runnable(struct kvm_vcpu *vcpu)
{
	return 1;
}

/* Asked about a vCPU that halts. One that is off or held never is. */
static WATCHER(on_runnable)
{
	struct kvm_vcpu *vcpu = WATCHED(0);
	struct sdei_pe *pe;

	rcu_read_lock();
	pe = hcb_sdei_pe_find(vcpu);
	if (pe && READ_ONCE(pe->deliverable) && !hcb_sdei_pe_is_held(vcpu) &&
	    READ_ONCE(vcpu->arch.mp_state.mp_state) != KVM_MP_STATE_STOPPED)
		hcb_watch_redirect(fregs, runnable);
	rcu_read_unlock();
}

/* ---- all of them ---- */

/*
 * The last is a step in the creation of each VM after which, should it or a later one fail,
 * KVM announces the VM's end by the first; and it has one in all kernels.
 */
static struct watch always[] = {
	WATCH("kvm_arch_destroy_vm", on_vm_destroyed, WATCH_ALWAYS),
	WATCH("kvm_arch_vcpu_destroy", on_vcpu_destroyed, WATCH_ALWAYS),
	WATCH("kvm_reset_vcpu", on_reset, WATCH_ALWAYS),
	WATCH("kvm_arm_vcpu_power_off", on_power_off, WATCH_ALWAYS),
	WATCH("kvm_arm_get_fw_num_regs", on_fw_num, WATCH_ALWAYS | WATCH_TO_REDIRECT),
	WATCH("kvm_arm_copy_fw_reg_indices", on_fw_indices, WATCH_ALWAYS | WATCH_TO_REDIRECT),
	WATCH("kvm_arm_get_fw_reg", on_fw_get, WATCH_ALWAYS | WATCH_TO_REDIRECT),
	WATCH("kvm_arm_set_fw_reg", on_fw_set, WATCH_ALWAYS | WATCH_TO_REDIRECT),
	WATCH("kvm_arch_vcpu_ioctl", on_vcpu_ioctl, WATCH_ALWAYS | WATCH_TO_REDIRECT),
	WATCH("kvm_coalesced_mmio_init", on_vm_created, WATCH_ALWAYS | WATCH_TO_REDIRECT),
};

static struct watch delivery[] = {
	WATCH("kvm_update_stolen_time", on_stolen_time, WATCH_ALWAYS),
	WATCH("kvm_arch_vcpu_runnable", on_runnable, WATCH_ALWAYS | WATCH_TO_REDIRECT),
};

int hcb_sdei_watch(void)
{
	int err = 0;

	if (!watching)
		err = hcb_watch_on(delivery, ARRAY_SIZE(delivery));
	if (!err)
		watching = true;
	return err;
}

int hcb_sdei_unwatch(void)
{
	int err = 0;

	if (watching)
		err = hcb_watch_off(delivery, ARRAY_SIZE(delivery));
	if (!err)
		watching = false;
	return err;
}

static int watch_all(void)
{
	int err = hcb_watch_init(delivery, ARRAY_SIZE(delivery));

	if (err)
		return err;
	err = hcb_watch_init(always, ARRAY_SIZE(always));
	if (err)
		goto err_delivery;
	err = hcb_watch_on(always, ARRAY_SIZE(always));
	if (err)
		goto err_always;
	return 0;

err_always:
	hcb_watch_free(always, ARRAY_SIZE(always));
err_delivery:
	hcb_watch_free(delivery, ARRAY_SIZE(delivery));
	return err;
}

int hcb_sdei_init(void)
{
	int err;

	/* Where KVM makes vCPUs, memory would have to be allocated without preemption. */
	if (IS_ENABLED(CONFIG_PREEMPT_RT) && sdei) {
		pr_err("sdei=1 is not for kernels with PREEMPT_RT\n");
		return -EOPNOTSUPP;
	}
	err = hcb_sdei_pe_init();
	if (err || !sdei)
		return err;
	err = hcb_kernel_init_sdei() ?: watch_all();
	if (err)
		hcb_sdei_pe_exit();
	return err;
}

/* Only once loading cannot fail any more: a VM with SDEI keeps the module. */
void hcb_sdei_start(void)
{
	WRITE_ONCE(started, sdei);
}

/*
 * No VM with SDEI is left, nor can one come: callbacks find nothing, and nobody is in
 * what sdei_regs.c has, where one might sleep. The rest does not, so that one RCU-tasks
 * grace period sees it out.
 */
void hcb_sdei_exit(void)
{
	if (sdei) {
		if (hcb_watch_off(always, ARRAY_SIZE(always)))
			hcb_module_must_stay("what SDEI watches");
		synchronize_rcu_tasks();
		hcb_watch_free(always, ARRAY_SIZE(always));
		hcb_watch_free(delivery, ARRAY_SIZE(delivery));
	}
	hcb_sdei_pe_exit();
}
