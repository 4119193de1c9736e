// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <hcbpf/call.h>
#include <hcbpf/guest.h>
#include <hcbpf/sdei.h>

#include "cli/args.h"
#include "text/abi_names.h"

#define NR(array) (sizeof(array) / sizeof((array)[0]))

struct word {
	const char *name;
	int64_t number;
};

/* A table of words; numbers are u32 or s32. */
struct words {
	const struct word *word;
	size_t nr;
};

#define WORDS(array) { array, NR(array) }

static const struct word *word_by_name(const struct words *words, const char *name)
{
	size_t i;

	for (i = 0; i < words->nr; i++)
		if (!strcmp(words->word[i].name, name))
			return &words->word[i];
	return NULL;
}

static const char *name_of(const struct words *words, int64_t number)
{
	size_t i;

	for (i = 0; i < words->nr; i++)
		if (words->word[i].number == number)
			return words->word[i].name;
	return NULL;
}

/* ---- the words ---- */

/* <hcbpf/guest.h>: the same in each ABI. */
#define HCBPF_CALLS								\
	{ "doorbell", HCBPF_HC_DOORBELL }, { "hcbpf_features", HCBPF_HC_FEATURES },	\
	{ "buffer_insert", HCBPF_HC_BUFFER_INSERT }, { "buffer_purge", HCBPF_HC_BUFFER_PURGE }

/* include/uapi/linux/kvm_para.h in the Linux source: KVM_HC_*. */
static const struct word kvm_calls[] = {
	{ "vapic_poll_irq", 1 }, { "mmu_op", 2 }, { "features", 3 },
	{ "ppc_map_magic_page", 4 }, { "kick_cpu", 5 }, { "mips_get_clock_freq", 6 },
	{ "mips_exit_vm", 7 }, { "mips_console_output", 8 }, { "clock_pairing", 9 },
	{ "send_ipi", 10 }, { "sched_yield", 11 }, { "map_gpa_range", HCBPF_KVM_MAP_GPA_RANGE },
	HCBPF_CALLS,
};

/* xen/include/public/xen.h in the Xen source: __HYPERVISOR_*. */
static const struct word xen_calls[] = {
	{ "set_trap_table", 0 }, { "mmu_update", 1 }, { "set_gdt", 2 }, { "stack_switch", 3 },
	{ "set_callbacks", 4 }, { "fpu_taskswitch", 5 }, { "sched_op_compat", 6 },
	{ "platform_op", 7 }, { "set_debugreg", 8 }, { "get_debugreg", 9 },
	{ "update_descriptor", 10 }, { "memory_op", 12 }, { "multicall", 13 },
	{ "update_va_mapping", 14 }, { "set_timer_op", 15 }, { "event_channel_op_compat", 16 },
	{ "xen_version", 17 }, { "console_io", 18 }, { "physdev_op_compat", 19 },
	{ "grant_table_op", 20 }, { "vm_assist", 21 }, { "update_va_mapping_otherdomain", 22 },
	{ "iret", 23 }, { "vcpu_op", 24 }, { "set_segment_base", 25 }, { "mmuext_op", 26 },
	{ "xsm_op", 27 }, { "nmi_op", 28 }, { "sched_op", 29 }, { "callback_op", 30 },
	{ "xenoprof_op", 31 }, { "event_channel_op", 32 }, { "physdev_op", 33 },
	{ "hvm_op", 34 }, { "sysctl", 35 }, { "domctl", 36 }, { "kexec_op", 37 },
	{ "tmem_op", 38 }, { "argo_op", 39 }, { "xenpmu_op", 40 }, { "dm_op", 41 },
	{ "hypfs_op", 42 },
	HCBPF_CALLS,
};

/* include/asm-generic/hyperv-tlfs.h in the Linux source: HVCALL_*. */
static const struct word hyperv_calls[] = {
	{ "flush_virtual_address_space", 0x02 }, { "flush_virtual_address_list", 0x03 },
	{ "notify_long_spin_wait", 0x08 }, { "send_ipi", 0x0b },
	{ "flush_virtual_address_space_ex", 0x13 }, { "flush_virtual_address_list_ex", 0x14 },
	{ "send_ipi_ex", 0x15 }, { "post_message", 0x5c }, { "signal_event", 0x5d },
	{ "post_debug_data", 0x69 }, { "retrieve_debug_data", 0x6a },
	{ "reset_debug_session", 0x6b }, { "query_capabilities", 0x8001 },
};

/*
 * A name stands for the 64-bit call where there are two, name32 for the other.
 * PSCI's: Arm DEN0022. SDEI's: DEN0054. TRNG's: DEN0098. Stolen time's: DEN0057. The
 * architecture's and KVM's: ARM_SMCCC_* in include/linux/arm-smccc.h of the Linux
 * source. And hcbpf's own.
 */
static const struct word smccc_calls[] = {
	{ "smccc_version", 0x80000000 }, { "arch_features", 0x80000001 },
	{ "arch_workaround_1", 0x80008000 }, { "arch_workaround_2", 0x80007fff },
	{ "arch_workaround_3", 0x80003fff },
	{ "psci_version", 0x84000000 }, { "psci_features", 0x8400000a },
	{ "psci_cpu_suspend", 0xc4000001 }, { "psci_cpu_suspend32", 0x84000001 },
	{ "psci_cpu_off", 0x84000002 },
	{ "psci_cpu_on", 0xc4000003 }, { "psci_cpu_on32", 0x84000003 },
	{ "psci_affinity_info", 0xc4000004 }, { "psci_affinity_info32", 0x84000004 },
	{ "psci_migrate_info_type", 0x84000006 },
	{ "psci_system_off", 0x84000008 }, { "psci_system_reset", 0x84000009 },
	{ "psci_system_suspend", 0xc400000e }, { "psci_system_suspend32", 0x8400000e },
	{ "psci_system_reset2", 0xc4000012 }, { "psci_system_reset2_32", 0x84000012 },
	{ "trng_version", 0x84000050 }, { "trng_features", 0x84000051 },
	{ "trng_get_uuid", 0x84000052 }, { "trng_rnd", 0xc4000053 },
	{ "trng_rnd32", 0x84000053 },
	{ "pv_time_features", 0xc5000020 }, { "pv_time_st", 0xc5000021 },
	{ "vendor_uid", 0x8600ff01 }, { "vendor_features", 0x86000000 },
	{ "vendor_ptp", 0x86000001 },
	{ "sdei_version", HCBPF_SDEI_VERSION },
	{ "sdei_event_register", HCBPF_SDEI_EVENT_REGISTER },
	{ "sdei_event_enable", HCBPF_SDEI_EVENT_ENABLE },
	{ "sdei_event_disable", HCBPF_SDEI_EVENT_DISABLE },
	{ "sdei_event_context", HCBPF_SDEI_EVENT_CONTEXT },
	{ "sdei_event_complete", HCBPF_SDEI_EVENT_COMPLETE },
	{ "sdei_event_complete_and_resume", HCBPF_SDEI_EVENT_COMPLETE_AND_RESUME },
	{ "sdei_event_unregister", HCBPF_SDEI_EVENT_UNREGISTER },
	{ "sdei_event_status", HCBPF_SDEI_EVENT_STATUS },
	{ "sdei_event_get_info", HCBPF_SDEI_EVENT_GET_INFO },
	{ "sdei_event_routing_set", HCBPF_SDEI_EVENT_ROUTING_SET },
	{ "sdei_pe_mask", HCBPF_SDEI_PE_MASK }, { "sdei_pe_unmask", HCBPF_SDEI_PE_UNMASK },
	{ "sdei_interrupt_bind", HCBPF_SDEI_INTERRUPT_BIND },
	{ "sdei_interrupt_release", HCBPF_SDEI_INTERRUPT_RELEASE },
	{ "sdei_event_signal", HCBPF_SDEI_EVENT_SIGNAL },
	{ "sdei_features", HCBPF_SDEI_FEATURES },
	{ "sdei_private_reset", HCBPF_SDEI_PRIVATE_RESET },
	{ "sdei_shared_reset", HCBPF_SDEI_SHARED_RESET },
	{ "doorbell", HCBPF_SMCCC_DOORBELL }, { "doorbell32", HCBPF_SMCCC_DOORBELL32 },
	{ "mem_share", HCBPF_SMCCC_MEM_SHARE }, { "mem_unshare", HCBPF_SMCCC_MEM_UNSHARE },
};

/* xen/include/public/{vcpu,sched,event_channel}.h: VCPUOP_*, SCHEDOP_*, EVTCHNOP_*. */
static const struct word vcpu_ops[] = {
	{ "initialise", 0 }, { "up", 1 }, { "down", 2 }, { "is_up", 3 },
	{ "get_runstate_info", 4 }, { "register_runstate_memory_area", 5 },
	{ "set_periodic_timer", 6 }, { "stop_periodic_timer", 7 },
	{ "set_singleshot_timer", 8 }, { "stop_singleshot_timer", 9 },
	{ "register_vcpu_info", 10 }, { "send_nmi", 11 }, { "get_physid", 12 },
	{ "register_vcpu_time_memory_area", 13 },
};

static const struct word sched_ops[] = {
	{ "yield", 0 }, { "block", 1 }, { "shutdown", 2 }, { "poll", 3 },
	{ "remote_shutdown", 4 }, { "shutdown_code", 5 }, { "watchdog", 6 },
	{ "pin_override", 7 },
};

static const struct word event_channel_ops[] = {
	{ "bind_interdomain", 0 }, { "bind_virq", 1 }, { "bind_pirq", 2 }, { "close", 3 },
	{ "send", 4 }, { "status", 5 }, { "alloc_unbound", 6 }, { "bind_ipi", 7 },
	{ "bind_vcpu", 8 }, { "unmask", 9 }, { "reset", 10 }, { "init_control", 11 },
	{ "expand_array", 12 }, { "set_priority", 13 },
};

/* KVM_E* in kvm_para.h: those of Linux, but for ENOSYS. */
static const struct word kvm_errors[] = {
	{ "ENOSYS", -1000 }, { "EPERM", -1 }, { "ENOENT", -2 }, { "E2BIG", -7 },
	{ "EFAULT", -14 }, { "EINVAL", -22 }, { "EOPNOTSUPP", -95 },
};

/* xen/include/public/errno.h: those a guest commonly meets. */
static const struct word xen_errors[] = {
	{ "ENOSYS", -38 }, { "EPERM", -1 }, { "ENOENT", -2 }, { "ESRCH", -3 }, { "EIO", -5 },
	{ "ENXIO", -6 }, { "E2BIG", -7 }, { "EBADF", -9 }, { "EAGAIN", -11 },
	{ "ENOMEM", -12 }, { "EACCES", -13 }, { "EFAULT", -14 }, { "EBUSY", -16 },
	{ "EEXIST", -17 }, { "ENODEV", -19 }, { "EINVAL", -22 }, { "ENOSPC", -28 },
	{ "ERANGE", -34 }, { "EOPNOTSUPP", -95 },
};

/* HV_STATUS_* in hyperv-tlfs.h; the first is for ENOSYS. */
static const struct word hyperv_errors[] = {
	{ "INVALID_HYPERCALL_CODE", 2 }, { "INVALID_HYPERCALL_INPUT", 3 },
	{ "INVALID_ALIGNMENT", 4 }, { "INVALID_PARAMETER", 5 }, { "ACCESS_DENIED", 6 },
	{ "OPERATION_DENIED", 8 }, { "INSUFFICIENT_MEMORY", 11 }, { "INVALID_PORT_ID", 17 },
	{ "INVALID_CONNECTION_ID", 18 }, { "INSUFFICIENT_BUFFERS", 19 },
};

/* include/linux/arm-smccc.h: SMCCC_RET_*. */
static const struct word smccc_errors[] = {
	{ "NOT_SUPPORTED", -1 }, { "NOT_REQUIRED", -2 }, { "INVALID_PARAMETER", -3 },
};

/* Calls whose argument 0 is a sub-operation. */
struct multiplexed {
	uint32_t nr;
	struct words ops;
};

static const struct multiplexed xen_multiplexed[] = {
	{ 24, WORDS(vcpu_ops) }, { 29, WORDS(sched_ops) }, { 32, WORDS(event_channel_ops) },
	{ 0 }
};

/* ---- one row for each ABI ---- */

#define X86 (1U << 0)
#define ARM64 (1U << 1)

#ifdef __aarch64__
#define THIS_MACHINE ARM64
#else
#define THIS_MACHINE X86
#endif

static const struct {
	const char *name;
	unsigned int machines;		/* on which a VM can be bound with it */
	struct words calls, errors;	/* the first error is "no such call" */
	const struct multiplexed *multiplexed;	/* ends with no ops; NULL: none */
	int32_t no_port;
	const char *before_error;	/* what is written before the name of an error */
	const char *may_precede;	/* what else may be, beside '-'; NULL: nothing */
} abis[HCBPF_NR_ABIS] = {
	[HCBPF_ABI_AUTO] = { "auto", X86 | ARM64 },
	[HCBPF_ABI_KVM] = { "kvm", X86, WORDS(kvm_calls), WORDS(kvm_errors), NULL, -2, "-" },
	[HCBPF_ABI_XEN] = { "xen", X86, WORDS(xen_calls), WORDS(xen_errors), xen_multiplexed,
			    -2, "-" },
	[HCBPF_ABI_HYPERV] = { "hyperv", X86, WORDS(hyperv_calls), WORDS(hyperv_errors), NULL,
			       -2, "", "HV_STATUS_" },
	/* It has no -ENOENT, and -2 means something else. */
	[HCBPF_ABI_SMCCC] = { "smccc", ARM64, WORDS(smccc_calls), WORDS(smccc_errors), NULL,
			      -3, "" },
};

static const struct words *ops_of(uint32_t abi, uint32_t nr)
{
	const struct multiplexed *call = abis[abi].multiplexed;
	static const struct words none;

	for (; call && call->ops.nr; call++)
		if (call->nr == (nr & ~(HCBPF_HC_PHYSICAL | HCBPF_HC_LIST)))
			return &call->ops;
	return &none;
}

/* ---- ABIs ---- */

const char *abi_name(uint32_t abi)
{
	return abi < NR(abis) ? abis[abi].name : NULL;
}

int abi_by_name(const char *name, uint32_t *abi)
{
	for (*abi = 0; *abi < NR(abis); (*abi)++)
		if (!strcmp(abis[*abi].name, name))
			return 0;
	return -EINVAL;
}

bool abi_has_calls(uint32_t abi)
{
	return abi != HCBPF_ABI_AUTO;
}

bool abi_is_of_this_machine(uint32_t abi)
{
	return abis[abi].machines & THIS_MACHINE;
}

void abi_list(char text[NAMES_TEXT], bool (*is_one)(uint32_t abi))
{
	const char *names[NR(abis)];
	size_t nr = 0;
	uint32_t abi;

	for (abi = 0; abi < NR(abis); abi++)
		if (is_one(abi))
			names[nr++] = abis[abi].name;
	choice_text(text, names, nr);
}

void choice_text(char text[NAMES_TEXT], const char *const *words, size_t nr)
{
	int len = 0;
	size_t i;

	text[0] = '\0';
	for (i = 0; i < nr; i++)
		len += snprintf(text + len, NAMES_TEXT - len, "%s%s",
				!i ? "" : i + 1 < nr ? ", " : " or ", words[i]);
}

/* ---- calls ---- */

/* ANY is no call's number. */
static int number_or_name(const struct words *words, const char *text, uint32_t *number)
{
	const struct word *word = word_by_name(words, text);

	if (word) {
		*number = word->number;
		return 0;
	}
	return parse_u32(text, number) || *number == HCBPF_RULE_ANY ? -EINVAL : 0;
}

/* What precedes a call's name that says what its addresses are, in this order. */
static const struct word ways[] = {
	{ "physical/", HCBPF_HC_PHYSICAL },
	{ "list/", HCBPF_HC_LIST },
};

int call_by_name(uint32_t abi, const char *name, uint32_t *nr)
{
	uint32_t bits = 0;
	size_t i;
	int err;

	for (i = 0; i < NR(ways); i++) {
		size_t len = strlen(ways[i].name);

		if (strncmp(name, ways[i].name, len))
			continue;
		name += len;
		bits |= ways[i].number;
	}
	err = number_or_name(&abis[abi].calls, name, nr);
	if (err)
		return err;
	*nr |= bits;
	return *nr == HCBPF_RULE_ANY ? -EINVAL : 0;
}

int op_by_name(uint32_t abi, uint32_t nr, const char *name, uint32_t *sub)
{
	return number_or_name(ops_of(abi, nr), name, sub);
}

void call_names(uint32_t abi, void (*fn)(const char *name))
{
	const struct words *calls = &abis[abi].calls, *ops;
	char text[NAMES_TEXT];
	size_t i, j;

	for (i = 0; i < calls->nr; i++) {
		fn(calls->word[i].name);
		ops = ops_of(abi, calls->word[i].number);
		for (j = 0; j < ops->nr; j++) {
			snprintf(text, sizeof(text), "%s:%s", calls->word[i].name,
				 ops->word[j].name);
			fn(text);
		}
	}
}

int call_parse(uint32_t abi, const char *text, uint32_t *nr, uint32_t *sub)
{
	const char *colon = strchr(text, ':');
	char head[NAMES_TEXT];

	*nr = HCBPF_RULE_ANY;
	*sub = HCBPF_RULE_ANY;
	if (!strcmp(text, "default"))
		return 0;
	if (!colon)
		return call_by_name(abi, text, nr);
	if ((size_t)(colon - text) >= sizeof(head))
		return -EINVAL;
	memcpy(head, text, colon - text);
	head[colon - text] = '\0';
	if (call_by_name(abi, head, nr))
		return -EINVAL;
	return op_by_name(abi, *nr, colon + 1, sub);
}

static int number_text(char *text, size_t size, const char *name, uint32_t number)
{
	/* Function ids and the like are known by their hexadecimal form. */
	return name ? snprintf(text, size, "%s", name) :
	       snprintf(text, size, number > 0xffff ? "0x%x" : "%u", number);
}

static int ways_text(char text[NAMES_TEXT], uint32_t nr)
{
	int len = 0;
	size_t i;

	for (i = 0; i < NR(ways); i++)
		if (nr & ways[i].number)
			len += snprintf(text + len, NAMES_TEXT - len, "%s", ways[i].name);
	return len;
}

void call_text(char text[NAMES_TEXT], uint32_t abi, uint32_t nr, uint32_t sub)
{
	const char *name = name_of(&abis[abi].calls, nr);
	int len = 0;

	if (nr == HCBPF_RULE_ANY) {
		strcpy(text, "default");
		return;
	}
	if (!name) {
		name = name_of(&abis[abi].calls, nr & ~(HCBPF_HC_PHYSICAL | HCBPF_HC_LIST));
		len = name ? ways_text(text, nr) : 0;
	}
	len += number_text(text + len, NAMES_TEXT - len, name, nr);
	if (sub == HCBPF_RULE_ANY)
		return;
	text[len++] = ':';
	number_text(text + len, NAMES_TEXT - len, name_of(ops_of(abi, nr), sub), sub);
}

bool call_named_text(char text[NAMES_TEXT], uint32_t abi, uint32_t nr, uint32_t sub)
{
	const char *name = NULL;

	if (abi < NR(abis) && !(name = name_of(&abis[abi].calls, nr))) {
		nr &= ~(HCBPF_HC_PHYSICAL | HCBPF_HC_LIST);
		name = name_of(&abis[abi].calls, nr);
	}
	if (!name)
		return false;
	call_text(text, abi, nr, name_of(ops_of(abi, nr), sub) ? sub : HCBPF_RULE_ANY);
	return true;
}

void op_text(char text[NAMES_TEXT], uint32_t abi, uint32_t nr, uint32_t sub)
{
	number_text(text, NAMES_TEXT, name_of(ops_of(abi, nr), sub), sub);
}

bool call_has_ops(uint32_t abi, uint32_t nr)
{
	return ops_of(abi, nr)->nr;
}

/* ---- results ---- */

int32_t ret_no_call(uint32_t abi)
{
	return abis[abi].errors.word[0].number;
}

int32_t ret_no_port(uint32_t abi)
{
	return abis[abi].no_port;
}

static int ret_number(const char *text, int32_t *ret)
{
	bool minus = text[0] == '-';
	uint32_t number;

	if (parse_u32(text + minus, &number) || number > (uint32_t)INT32_MAX + minus)
		return -EINVAL;
	*ret = minus ? -(int64_t)number : number;
	return 0;
}

int ret_parse(uint32_t abi, const char *text, int32_t *ret)
{
	const char *name = text + (text[0] == '-'), *prefix = abis[abi].may_precede;
	const struct word *word;

	if (!strcmp(name, "ENOSYS")) {
		*ret = ret_no_call(abi);
		return 0;
	}
	if (prefix && !strncmp(name, prefix, strlen(prefix)))
		name += strlen(prefix);
	word = word_by_name(&abis[abi].errors, name);
	if (!word)
		return ret_number(text, ret);
	*ret = word->number;
	return 0;
}

void ret_text(char text[NAMES_TEXT], uint32_t abi, int32_t ret)
{
	const char *name = name_of(&abis[abi].errors, ret);

	if (name)
		snprintf(text, NAMES_TEXT, "%s%s", abis[abi].before_error, name);
	else
		snprintf(text, NAMES_TEXT, "%d", ret);
}
