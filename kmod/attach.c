// SPDX-License-Identifier: GPL-2.0-only
/*
 * When KVM is hooked: from the first binding on until some time after the last.
 *
 * Hooking patches the kernel's text, which stops all CPUs for a moment, and whoever may
 * use the device can bind and unbind in a loop. So the hook outlives its last user, and is
 * put on once in that time at most.
 *
 * Taking it off can fail: after a fault of its own ftrace refuses all changes for good
 * (ftrace_kill()), and goes on calling this module, which then has to stay.
 */
#include <linux/module.h>
#include <linux/printk.h>
#include <linux/sched.h>
#include <linux/workqueue.h>
#include "arch.h"
#include "attach.h"
#include "compat.h"
#include "vm_sdei.h"

static unsigned int linger = 10000;
module_param(linger, uint, 0644);
MODULE_PARM_DESC(linger, "milliseconds that KVM stays hooked after its last binding (10000)");

static DEFINE_MUTEX(attach_lock);	/* all below */
static u32 users;
static bool attached;
static bool kept;			/* by a reference to the module that is never given back */

static void detach_work(struct work_struct *work);
static DECLARE_DELAYED_WORK(detaching, detach_work);

/* @what: the kernel still calls it. Does not return, or the module's code would go. */
void hcb_module_must_stay(const char *what)
{
	pr_err("ftrace has switched itself off and still calls %s: the module stays until this machine is rebooted\n",
	       what);
	for (;;)
		schedule_timeout_idle(MAX_SCHEDULE_TIMEOUT);
}

static int attach(void)
{
	int err = 0;

	if (!attached)
		err = hcb_arch_hook_install();
	else if (hcb_arch_hook_state() == HCBPF_HOOK_NONE)
		err = -ENODEV;		/* half of it is off, and nothing can be changed any more */
	if (!err)
		attached = true;
	return err;
}

/* Nobody uses it. */
static int detach(void)
{
	int err = hcb_sdei_unwatch() ?: hcb_arch_hook_remove();

	if (!err)
		attached = false;
	return err;
}

static void keep_module(void)
{
	if (kept || !try_module_get(THIS_MODULE))
		return;			/* going already: hcb_attach_exit() sees to it */
	kept = true;
	pr_err("ftrace has switched itself off: KVM stays hooked, and this module cannot go\n");
}

static void detach_work(struct work_struct *work)
{
	mutex_lock(&attach_lock);
	if (attached && !users && detach())
		keep_module();
	mutex_unlock(&attach_lock);
}

/* A new user may come until then. */
static void detach_soon(void)
{
	unsigned int delay = READ_ONCE(linger);

	if (delay)
		mod_delayed_work(system_dfl_wq, &detaching, msecs_to_jiffies(delay));
	else if (detach())
		keep_module();
}

int hcb_attach_get(bool sdei)
{
	int err;

	mutex_lock(&attach_lock);
	err = attach();
	if (!err && sdei)
		err = hcb_sdei_watch();
	if (!err)
		WRITE_ONCE(users, users + 1);
	else if (attached && !users)
		detach_soon();
	mutex_unlock(&attach_lock);
	return err;
}

void hcb_attach_put(void)
{
	mutex_lock(&attach_lock);
	WRITE_ONCE(users, users - 1);
	if (!users)
		detach_soon();
	mutex_unlock(&attach_lock);
}

u32 hcb_attach_users(void)
{
	return READ_ONCE(users);
}

/* No binding is left, nor can one come. */
void hcb_attach_exit(void)
{
	cancel_delayed_work_sync(&detaching);
	if (attached && detach())
		hcb_module_must_stay("its hook");
}
