// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the kernel does when ftrace finds itself at fault: ftrace_kill(). From then on it
 * changes nothing any more, until the machine is started anew. Never stays loaded.
 */
#include <linux/errno.h>
#include <linux/kprobes.h>
#include <linux/module.h>

static int __init killftrace_init(void)
{
	struct kprobe probe = { .symbol_name = "ftrace_kill", .flags = KPROBE_FLAG_DISABLED };
	void (*kill)(void);
	int err = register_kprobe(&probe);

	if (err)
		return err;
	kill = (void *)probe.addr;
	unregister_kprobe(&probe);
	kill();
	return -ECANCELED;
}

module_init(killftrace_init);
MODULE_DESCRIPTION("ftrace as after a fault of its own, for tests");
MODULE_LICENSE("GPL");
