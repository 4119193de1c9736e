// SPDX-License-Identifier: GPL-2.0-only
/*
 * The emulated CPU's time stamp counter runs at one rate, but QEMU does not say so, and
 * without that KVM does not load on a kernel with PREEMPT_RT.
 */
#include <linux/module.h>
#include <asm/cpufeature.h>
#include <asm/processor.h>

static int __init constant_tsc_init(void)
{
	set_cpu_cap(&boot_cpu_data, X86_FEATURE_CONSTANT_TSC);
	return 0;
}

module_init(constant_tsc_init);
MODULE_DESCRIPTION("a counter of constant rate, for KVM on PREEMPT_RT in the lab");
MODULE_LICENSE("GPL");
