// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <string.h>
#include <hcbpf/guest.h>
#include <hcbpf/sdei.h>

#include "text/call_args.h"

#define NR(array) (sizeof(array) / sizeof((array)[0]))

/* A call, and its arguments from the first on: words with blanks between them. */
struct call_args {
	uint32_t nr;
	const char *names;
};

struct abi_args {
	const struct call_args *calls;
	size_t nr;
	unsigned int nr_args;	/* registers that the ABI has for arguments */
};

/* <hcbpf/guest.h>: the same in each ABI. */
#define HCBPF_ARGS								\
	{ HCBPF_HC_DOORBELL, "port" }, { HCBPF_HC_FEATURES, "" },			\
	{ HCBPF_HC_BUFFER_INSERT, "virtual physical size flags" },		\
	{ HCBPF_HC_BUFFER_PURGE, "virtual arg1 arg2 flags" }

/* Documentation/virt/kvm/x86/hypercalls.rst in the Linux source. */
static const struct call_args kvm_args[] = {
	{ 1 /* vapic_poll_irq */, "" },
	{ 5 /* kick_cpu */, "flags apic_id" },
	{ 9 /* clock_pairing */, "gpa clock_type" },
	{ 10 /* send_ipi */, "bitmap_low bitmap_high lowest_apic_id icr" },
	{ 11 /* sched_yield */, "apic_id" },
	{ HCBPF_KVM_MAP_GPA_RANGE, "gpa npages attributes" },
	HCBPF_ARGS,
};

/*
 * xen/include/hypercall-defs.c in the Xen source: what HVM guests may call, and has the same
 * arguments in both widths.
 */
static const struct call_args xen_args[] = {
	{ 12 /* memory_op */, "cmd arg" },
	{ 13 /* multicall */, "call_list nr_calls" },
	{ 17 /* xen_version */, "cmd arg" },
	{ 18 /* console_io */, "cmd count buffer" },
	{ 20 /* grant_table_op */, "cmd uop count" },
	{ 21 /* vm_assist */, "cmd type" },
	{ 24 /* vcpu_op */, "cmd vcpuid arg" },
	{ 26 /* mmuext_op */, "uops count pdone foreigndom" },
	{ 27 /* xsm_op */, "op" },
	{ 29 /* sched_op */, "cmd arg" },
	{ 32 /* event_channel_op */, "cmd arg" },
	{ 33 /* physdev_op */, "cmd arg" },
	{ 34 /* hvm_op */, "op arg" },
	{ 35 /* sysctl */, "u_sysctl" },
	{ 36 /* domctl */, "u_domctl" },
	{ 39 /* argo_op */, "cmd arg1 arg2 arg3 arg4" },
	{ 40 /* xenpmu_op */, "op arg" },
	{ 41 /* dm_op */, "domid nr_bufs bufs" },
	{ 42 /* hypfs_op */, "cmd arg1 arg2 arg3 arg4" },
	HCBPF_ARGS,
};

/*
 * By function, whatever its width: bit 30 is clear in these.
 * SMCCC's own: Arm DEN0028. PSCI's: DEN0022. SDEI's: DEN0054. TRNG's: DEN0098. Stolen time's:
 * DEN0057. KVM's: Documentation/virt/kvm/arm/ in the Linux source. And hcbpf's own.
 */
static const struct call_args smccc_args[] = {
	{ 0x80000000 /* smccc_version */, "" },
	{ 0x80000001 /* arch_features */, "arch_func_id" },
	{ 0x80008000 /* arch_workaround_1 */, "" },
	{ 0x80007fff /* arch_workaround_2 */, "enable" },
	{ 0x80003fff /* arch_workaround_3 */, "" },
	{ 0x84000000 /* psci_version */, "" },
	{ 0x84000001 /* psci_cpu_suspend */, "power_state entry_point_address context_id" },
	{ 0x84000002 /* psci_cpu_off */, "" },
	{ 0x84000003 /* psci_cpu_on */, "target_cpu entry_point_address context_id" },
	{ 0x84000004 /* psci_affinity_info */, "target_affinity lowest_affinity_level" },
	{ 0x84000006 /* psci_migrate_info_type */, "" },
	{ 0x84000008 /* psci_system_off */, "" },
	{ 0x84000009 /* psci_system_reset */, "" },
	{ 0x8400000a /* psci_features */, "psci_func_id" },
	{ 0x8400000e /* psci_system_suspend */, "entry_point_address context_id" },
	{ 0x84000012 /* psci_system_reset2 */, "reset_type cookie" },
	{ 0x84000050 /* trng_version */, "" },
	{ 0x84000051 /* trng_features */, "trng_func_id" },
	{ 0x84000052 /* trng_get_uuid */, "" },
	{ 0x84000053 /* trng_rnd */, "entropy_bits" },
	{ 0x85000020 /* pv_time_features */, "pv_call_id" },
	{ 0x85000021 /* pv_time_st */, "" },
	{ 0x8600ff01 /* vendor_uid */, "" },
	{ 0x86000000 /* vendor_features */, "" },
	{ 0x86000001 /* vendor_ptp */, "counter" },
#define SDEI(name) (HCBPF_SDEI_##name & ~0x40000000)
	{ SDEI(VERSION), "" },
	{ SDEI(EVENT_REGISTER), "event entry_point_address ep_argument flags affinity" },
	{ SDEI(EVENT_ENABLE), "event" },
	{ SDEI(EVENT_DISABLE), "event" },
	{ SDEI(EVENT_CONTEXT), "param_id" },
	{ SDEI(EVENT_COMPLETE), "status_code" },
	{ SDEI(EVENT_COMPLETE_AND_RESUME), "resume_addr" },
	{ SDEI(EVENT_UNREGISTER), "event" },
	{ SDEI(EVENT_STATUS), "event" },
	{ SDEI(EVENT_GET_INFO), "event info" },
	{ SDEI(EVENT_ROUTING_SET), "event routing_mode affinity" },
	{ SDEI(PE_MASK), "" },
	{ SDEI(PE_UNMASK), "" },
	{ SDEI(INTERRUPT_BIND), "interrupt" },
	{ SDEI(INTERRUPT_RELEASE), "event" },
	{ SDEI(EVENT_SIGNAL), "event target_pe" },
	{ SDEI(FEATURES), "feature" },
	{ SDEI(PRIVATE_RESET), "" },
	{ SDEI(SHARED_RESET), "" },
#undef SDEI
	{ HCBPF_SMCCC_DOORBELL32, "port" },
	{ HCBPF_SMCCC_MEM_SHARE & ~0x40000000, "ipa" },
	{ HCBPF_SMCCC_MEM_UNSHARE & ~0x40000000, "ipa" },
};

static const struct abi_args abis[HCBPF_NR_ABIS] = {
	[HCBPF_ABI_KVM] = { kvm_args, NR(kvm_args), 4 },
	[HCBPF_ABI_XEN] = { xen_args, NR(xen_args), 6 },
	[HCBPF_ABI_HYPERV] = { NULL, 0, 3 },
	[HCBPF_ABI_SMCCC] = { smccc_args, NR(smccc_args), 6 },
};

static const struct abi_args *args_of(const struct hcbpf_call *call)
{
	return &abis[call->abi < NR(abis) ? call->abi : HCBPF_ABI_AUTO];
}

unsigned int abi_nr_args(const struct hcbpf_call *call)
{
	return args_of(call)->nr_args;
}

/* What stands in the table for it. */
static uint64_t function(const struct hcbpf_call *call)
{
	if (call->abi == HCBPF_ABI_SMCCC)
		return call->nr & ~0x40000000ULL;
	return call->nr & ~(uint64_t)(HCBPF_HC_PHYSICAL | HCBPF_HC_LIST);
}

/* NULL: not known. Hyper-V's are what <hcbpf/call.h> makes of the registers. */
static const char *names_of(const struct hcbpf_call *call)
{
	const struct abi_args *abi = args_of(call);
	size_t i;

	if (call->abi == HCBPF_ABI_HYPERV)
		return call->args[0] & HCBPF_HYPERV_FAST ? "control word0 word1" :
							   "control input output";
	for (i = 0; i < abi->nr; i++)
		if (abi->calls[i].nr == function(call))
			return abi->calls[i].names;
	return NULL;
}

int call_arg_names(const struct hcbpf_call *call, char names[MAX_ARGS][ARG_NAME])
{
	const char *list = names_of(call);
	int nr = 0, len;

	if (!list)
		return -1;
	for (; *list; list += len + !!list[len]) {
		len = strcspn(list, " ");
		snprintf(names[nr++], ARG_NAME, "%.*s", len, list);
	}
	return nr;
}

/* Hyper-V's status is the lower half; 32-bit code has 32 bits, which may be an error's. */
static int64_t result_of(const struct hcbpf_call *call)
{
	if (call->abi == HCBPF_ABI_HYPERV)
		return call->ret & 0xffff;
	return call->mode == HCBPF_MODE_32 ? (int32_t)call->ret : (int64_t)call->ret;
}

/* In SMCCC's world -1 alone means the same to all: PSCI and SDEI have names of their own. */
static bool has_name(const struct hcbpf_call *call, int64_t ret)
{
	return ret == (int32_t)ret && (call->abi != HCBPF_ABI_SMCCC || ret == -1);
}

void call_ret_text(char text[NAMES_TEXT], const struct hcbpf_call *call)
{
	int64_t ret = result_of(call);

	if (has_name(call, ret))
		ret_text(text, call->abi, ret);
	else if (ret == (int32_t)ret)
		snprintf(text, NAMES_TEXT, "%d", (int)ret);
	else
		snprintf(text, NAMES_TEXT, "0x%llx", (unsigned long long)ret);
}
