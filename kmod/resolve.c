// SPDX-License-Identifier: GPL-2.0-only
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/printk.h>
#include "resolve.h"

/*
 * As a kprobe learns it that is registered switched off: nothing is patched, and the
 * probe is gone again before anybody could hit it.
 */
static unsigned long by_kprobe(const char *function)
{
	struct kprobe probe = { .symbol_name = function, .flags = KPROBE_FLAG_DISABLED };

	if (register_kprobe(&probe))
		return 0;
	unregister_kprobe(&probe);
	return (unsigned long)probe.addr;
}

/*
 * Exported functions first, which need no kprobes. The reference is given back at once:
 * KVM stays because this module links with it.
 */
static unsigned long by_name(const char *function)
{
	void *exported = __symbol_get(function);

	if (!exported)
		return by_kprobe(function);
	__symbol_put(function);
	return (unsigned long)exported;
}

unsigned long hcb_find_function(const char *function)
{
	unsigned long address = by_name(function);

	if (!address)
		pr_err("this kernel has no %s\n", function);
	return address;
}

int hcb_resolve_filter(struct ftrace_ops *ops, const char *function)
{
	unsigned long address = hcb_find_function(function);
	int err;

	if (!address)
		return -ENOENT;
	err = ftrace_set_filter_ip(ops, address, 0, 0);
	if (err)
		pr_err("ftrace cannot watch %s (%d)\n", function, err);
	return err;
}
