// SPDX-License-Identifier: GPL-2.0-only
/*
 * In the Linux guest: a handler for SDEI's event 0 on every CPU, through the
 * kernel's own driver, which exports nothing.
 *
 *	hits	how often the handler has run, by CPU
 *	signal	a number of a CPU to signal, written here
 */
#include <linux/arm-smccc.h>
#include <linux/arm_sdei.h>
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/smp.h>
#include <asm/cputype.h>

#define EVENT 0
#define EVENT_SIGNAL 0xc400002f
#define MAX_CPUS 8

static unsigned int hits[MAX_CPUS];
static unsigned int nr_hits = MAX_CPUS;
module_param_array(hits, uint, &nr_hits, 0444);

static u64 mpidr[MAX_CPUS];

static int (*event_register)(u32 event, sdei_event_callback *callback, void *arg);
static int (*event_unregister)(u32 event);
static int (*event_enable)(u32 event);
static int (*event_disable)(u32 event);

static int on_event(u32 event, struct pt_regs *regs, void *arg)
{
	unsigned int cpu = smp_processor_id();

	if (event == EVENT && cpu < MAX_CPUS)
		hits[cpu]++;
	return 0;
}

static int signal_set(const char *text, const struct kernel_param *param)
{
	struct arm_smccc_res res;
	unsigned int cpu;
	int err = kstrtouint(text, 0, &cpu);

	if (err || cpu >= MAX_CPUS)
		return -EINVAL;
	arm_smccc_1_1_hvc(EVENT_SIGNAL, EVENT, mpidr[cpu], &res);
	return res.a0 ? -EIO : 0;
}

static const struct kernel_param_ops signal_ops = { .set = signal_set };
module_param_cb(signal, &signal_ops, NULL, 0200);

static void note_mpidr(void *unused)
{
	if (smp_processor_id() < MAX_CPUS)
		mpidr[smp_processor_id()] = read_cpuid_mpidr() & MPIDR_HWID_BITMASK;
}

static void *address_of(const char *function)
{
	struct kprobe probe = { .symbol_name = function, .flags = KPROBE_FLAG_DISABLED };

	if (register_kprobe(&probe))
		return NULL;
	unregister_kprobe(&probe);
	return probe.addr;
}

static int __init client_init(void)
{
	int err;

	event_register = address_of("sdei_event_register");
	event_unregister = address_of("sdei_event_unregister");
	event_enable = address_of("sdei_event_enable");
	event_disable = address_of("sdei_event_disable");
	if (!event_register || !event_unregister || !event_enable || !event_disable)
		return -ENOENT;
	on_each_cpu(note_mpidr, NULL, 1);
	err = event_register(EVENT, on_event, NULL);
	if (err)
		return err;
	err = event_enable(EVENT);
	if (err)
		event_unregister(EVENT);
	return err;
}

static void __exit client_exit(void)
{
	event_disable(EVENT);
	event_unregister(EVENT);
}

module_init(client_init);
module_exit(client_exit);
MODULE_DESCRIPTION("A client of SDEI's software event");
MODULE_LICENSE("GPL");
