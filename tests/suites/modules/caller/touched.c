// SPDX-License-Identifier: GPL-2.0-only
/*
 * Watchpoints of the CPU on the places where KVM keeps a vCPU's RIP and RDI: every read or
 * write is counted, and by name those of hcbpf and of BPF programs.
 */
#include <linux/hw_breakpoint.h>
#include <linux/kallsyms.h>
#include <linux/kvm_host.h>
#include <linux/perf_event.h>
#include <linux/ptrace.h>
#include <linux/string.h>
#include "caller.h"
#include "touched.h"

static struct perf_event *events[2];
static struct caller_calls *counts;

/* The CPU stops behind the instruction, still in its function. */
static void count_touch(struct perf_event *event, struct perf_sample_data *data,
			struct pt_regs *regs)
{
	char who[KSYM_SYMBOL_LEN];

	sprint_symbol(who, instruction_pointer(regs) - 1);
	counts->touched++;
	if (strstr(who, "[hcbpf]") || strstr(who, "[bpf]"))
		counts->touched_by_us++;
}

static struct perf_event *watch(const unsigned long *reg)
{
	struct perf_event_attr attr;

	hw_breakpoint_init(&attr);
	attr.bp_addr = (unsigned long)reg;
	attr.bp_len = HW_BREAKPOINT_LEN_8;
	attr.bp_type = HW_BREAKPOINT_RW;
	return register_user_hw_breakpoint(&attr, count_touch, NULL, current);
}

void touched_end(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(events); i++) {
		if (!IS_ERR_OR_NULL(events[i]))
			unregister_hw_breakpoint(events[i]);
		events[i] = NULL;
	}
}

int touched_begin(struct kvm_vcpu *vcpu, struct caller_calls *calls)
{
	counts = calls;
	events[0] = watch(&vcpu->arch.regs[VCPU_REGS_RIP]);
	events[1] = watch(&vcpu->arch.regs[VCPU_REGS_RDI]);
	return PTR_ERR_OR_ZERO(events[0]) ?: PTR_ERR_OR_ZERO(events[1]);
}
