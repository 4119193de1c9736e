// SPDX-License-Identifier: GPL-2.0-only
/* What only arm64 has: two conduits, KVM's own filter of calls, its page tables. */
#include <sys/ioctl.h>
#include "rig.h"
#include "standard_policy.h"

#define PSCI_VERSION_ID 0x84000000	/* PSCI_VERSION */
#define UNKNOWN_64 0xc6007777	/* vendor specific, of nobody */
#define UNKNOWN_32 0x86007777

static const struct kvm_vm_conf plain, xen = { .xen = true }, plain32 = { .mode = GUEST_32 };
static const struct hcbpf_bind_opts opts = { .sz = sizeof(opts), .policy = "observe" };

static struct policy observe;
static struct observe_state *seen;

static int observe_setup(void **state)
{
	(void)state;
	return policy_load_observe(&observe, "observe", &seen);
}

static int observe_teardown(void **state)
{
	(void)state;
	policy_unload(&observe);
	return 0;
}

static struct kvm_start call_of(uint64_t nr, uint64_t arg, bool smc)
{
	return (struct kvm_start){
		.program = GUEST_CALL_ONCE, .count = 1, .nr = nr, .args = { arg }, .smc = smc,
		.abi = HCBPF_ABI_SMCCC,
	};
}

static uint64_t make_call(struct rig *rig, uint64_t nr, uint64_t arg, bool smc)
{
	return call_once(rig->vm, call_of(nr, arg, smc));
}

/* ---- doorbells ---- */

static void a_doorbell_rings_by_either_conduit(void **state)
{
	struct kvm_start start = doorbells(PORT, 100, PLAIN_ABI);
	struct rig rig;
	int smc;

	(void)state;
	for (smc = 0; smc < 2; smc++) {
		start.smc = smc;
		rig_up_serving(&rig, &plain);
		run_guest(rig.vm, &start);
		assert_int_equal(kvm_block(&rig.vm->vcpus[0])->zero, 100);
		assert_int_equal(efd_take(rig.efd), 100);
		assert_int_equal(rig_stats(&rig).done, 100);
		rig_down(&rig);
	}
}

static void a_32_bit_guest_has_the_32_bit_doorbell(void **state)
{
	struct rig rig;

	(void)state;
	rig_up_serving(&rig, &plain32);
	assert_int_equal(make_call(&rig, HCBPF_SMCCC_DOORBELL32, PORT, false), 0);
	assert_int_equal(make_call(&rig, HCBPF_SMCCC_DOORBELL32, PORT, true), 0);
	assert_int_equal(efd_take(rig.efd), 2);
	rig_down(&rig);
	/* The other one is not for it, by SMCCC. */
	rig_up_serving(&rig, &plain32);
	assert_int_equal((uint32_t)make_call(&rig, HCBPF_SMCCC_DOORBELL, PORT, false),
			 (uint32_t)PLAIN_ANSWER);
	assert_int_equal(efd_take(rig.efd), 0);
	rig_down(&rig);
	/* The argument has 32 bits in a 64-bit guest, too. */
	rig_up_serving(&rig, &plain);
	assert_int_equal(make_call(&rig, HCBPF_SMCCC_DOORBELL32, PORT | 1ULL << 32, false), 0);
	assert_int_equal(efd_take(rig.efd), 1);
	rig_down(&rig);
}

/* The number of the other architectures' doorbell is a yielding call of somebody else. */
static void another_abis_doorbell_passes(void **state)
{
	struct rig rig;

	(void)state;
	rig_up_serving(&rig, &plain);
	assert_true(make_call(&rig, HCBPF_HC_DOORBELL, PORT, false) == PLAIN_ANSWER);
	assert_int_equal(efd_take(rig.efd), 0);
	rig_down(&rig);
}

/* ---- what a policy sees, what the guest gets ---- */

static void a_policy_sees_the_conduit_and_the_width(void **state)
{
	const uint64_t arg = 0xa000000000000001;
	struct rig rig;
	int smc;

	(void)state;
	seen->verdict = HCBPF_DONE;
	rig_up(&rig, &plain, &opts);
	for (smc = 0; smc < 2; smc++) {
		make_call(&rig, UNKNOWN_64 | 1ULL << 40, arg, smc);
		assert_int_equal(seen->conduit, smc ? HCBPF_CONDUIT_SMC : HCBPF_CONDUIT_HVC);
		assert_true(seen->nr == UNKNOWN_64 && seen->args[0] == arg);
		make_call(&rig, UNKNOWN_32, arg, smc);
		assert_true(seen->nr == UNKNOWN_32 && seen->args[0] == (uint32_t)arg);
	}
	rig_down(&rig);
}

/* X0 is the result, the PC is behind the instruction, and all else is as it was. */
static void an_answer_changes_x0_only(void **state)
{
	struct kvm_regs before, after;
	struct rig rig;
	int smc;

	(void)state;
	seen->verdict = HCBPF_DONE;
	seen->ret = 0xfedcba9876543210;
	rig_up(&rig, &plain, &opts);
	for (smc = 0; smc < 2; smc++) {
		struct kvm_start start = call_of(UNKNOWN_64, 0, smc);
		int i;

		for (i = 0; i < 6; i++)
			start.args[i] = 0x1111 * (i + 1);
		assert_kvm(kvm_vcpu_start(&rig.vm->vcpus[0], &start));
		assert_kvm(kvm_vcpu_regs(&rig.vm->vcpus[0], &before));
		assert_kvm(kvm_vcpu_run(&rig.vm->vcpus[0]));
		assert_kvm(kvm_vcpu_regs(&rig.vm->vcpus[0], &after));
		assert_true(kvm_result(&after) == seen->ret);
		assert_true(kvm_pc(&after) == kvm_pc(&before) + CALL_LEN);
		kvm_result(&after) = kvm_result(&before);
		kvm_pc(&after) = kvm_pc(&before);
		assert_memory_equal(&after, &before, sizeof(after));
	}
	rig_down(&rig);
}

static uint64_t exit_flags(const struct kvm_run *run)
{
	uint64_t flags;

	/* Headers before Linux 6.4 have no name for it. */
	memcpy(&flags, &run->hypercall.ret + 1, sizeof(flags));
	return flags;
}

/* The VMM gives X0 by kvm_run, and the registers that kvm_run has no room for itself. */
static void an_exits_other_results_are_the_vmms(void **state)
{
	struct kvm_regs before, at_exit, after;
	struct kvm_vcpu *vcpu;
	struct rig rig;
	int smc;

	(void)state;
	seen->verdict = HCBPF_EXIT;
	rig_up(&rig, &plain, &opts);
	vcpu = &rig.vm->vcpus[0];
	for (smc = 0; smc < 2; smc++) {
		struct kvm_start start = call_of(UNKNOWN_64, 5, smc);

		assert_kvm(kvm_vcpu_start(vcpu, &start));
		assert_kvm(kvm_vcpu_regs(vcpu, &before));
		assert_return(hc_ioctl(vcpu->fd, KVM_RUN, NULL), 0);
		assert_int_equal(vcpu->run->exit_reason, KVM_EXIT_HYPERCALL);
		assert_true(vcpu->run->hypercall.nr == UNKNOWN_64);
		assert_true(exit_flags(vcpu->run) == ((uint64_t)HCBPF_ABI_SMCCC << HCBPF_EXIT_ABI_SHIFT | smc));
		assert_kvm(kvm_vcpu_regs(vcpu, &at_exit));
		assert_true(kvm_pc(&at_exit) == kvm_pc(&before) + CALL_LEN);
		kvm_result(&at_exit) = 0x1234;		/* kvm_run's counts */
		at_exit.regs.regs[1] = 0x5678;
		assert_kvm(kvm_vcpu_set_regs(vcpu, &at_exit));
		vcpu->run->hypercall.ret = 0x9abc;
		assert_return(hc_ioctl(vcpu->fd, KVM_RUN, NULL), 0);
		assert_true(kvm_is_stop(vcpu->run));
		assert_kvm(kvm_vcpu_regs(vcpu, &after));
		assert_true(kvm_result(&after) == 0x9abc);
		assert_true(after.regs.regs[1] == 0x5678);
	}
	rig_down(&rig);
}

/*
 * The VMM writes to kvm_run what it likes: only an exit that the module has made is
 * completed. With the count of exits off, the module would be in use for ever, or not
 * when it must be.
 */
static void a_forged_exit_completes_nothing(void **state)
{
	struct kvm_start start = call_of(UNKNOWN_64, 5, false);
	struct kvm_vcpu *vcpu;
	struct kvm_regs regs;
	struct rig rig;

	(void)state;
	seen->verdict = HCBPF_PASS;
	rig_up(&rig, &plain, &opts);
	vcpu = &rig.vm->vcpus[0];
	assert_kvm(kvm_vcpu_start(vcpu, &start));
	memset(&vcpu->run->hypercall, 0x11, sizeof(vcpu->run->hypercall));
	vcpu->run->exit_reason = KVM_EXIT_HYPERCALL;
	assert_kvm(kvm_vcpu_run(vcpu));
	assert_kvm(kvm_vcpu_regs(vcpu, &regs));
	assert_true(kvm_result(&regs) == PLAIN_ANSWER);
	assert_int_equal(hc_vm_info(hcbpf_vm_fd(rig.hc)).pending_exits, 0);
	assert_int_equal(vcpu->exits.hypercall, 0);
	rig_down(&rig);
}

/* ---- the immediate ---- */

static void the_immediate_tells_xens_calls(void **state)
{
	struct kvm_start start = { .nr = 77, .args = { 1, 2, 3, 4, 5, 6 }, .abi = HCBPF_ABI_XEN };
	struct rig rig;

	(void)state;
	seen->verdict = HCBPF_DONE;
	rig_up(&rig, &plain, &opts);
	call_once(rig.vm, start);
	assert_int_equal(seen->abi, HCBPF_ABI_XEN);
	assert_int_equal(seen->nr, 77);
	assert_int_equal(seen->args[4], 5);
	assert_int_equal(seen->args[5], 0);
	make_call(&rig, 77, 1, false);
	assert_int_equal(seen->abi, HCBPF_ABI_SMCCC);
	rig_down(&rig);
}

static void bound_as_smccc_xens_immediate_is_smccc_too(void **state)
{
	LIBHCBPF_OPTS(hcbpf_bind_opts, smccc, .policy = "observe", .abi = HCBPF_ABI_SMCCC);
	struct kvm_start start = { .nr = 77, .args = { UNKNOWN_64, 2, 3 }, .abi = HCBPF_ABI_XEN };
	struct rig rig;

	(void)state;
	seen->verdict = HCBPF_DONE;
	rig_up(&rig, &plain, &smccc);
	call_once(rig.vm, start);
	assert_int_equal(seen->abi, HCBPF_ABI_SMCCC);
	assert_true(seen->nr == UNKNOWN_64 && seen->args[0] == 2 && seen->args[1] == 3);
	rig_down(&rig);
}

/* ---- KVM's own calls ---- */

static void psci_is_kvms_unless_a_rule_says_otherwise(void **state)
{
	const struct hcbpf_rule deny = {
		.abi = HCBPF_ABI_SMCCC, .nr = PSCI_VERSION_ID, .sub = HCBPF_RULE_ANY,
		.action = HCBPF_RULE_DENY, .ret = -1,
	};
	struct kvm_vm *unbound;
	uint64_t version;
	struct rig rig;

	(void)state;
	assert_kvm(kvm_vm_create(&plain, &unbound));
	version = call_once(unbound, call_of(PSCI_VERSION_ID, 0, false));
	assert_true(version >= 1 << 16 && version < 1 << 20);
	kvm_vm_destroy(unbound);
	rig_up(&rig, &plain, NULL);
	assert_true(make_call(&rig, PSCI_VERSION_ID, 0, false) == version);
	assert_true(make_call(&rig, PSCI_VERSION_ID, 0, true) == version);
	assert_ok(hcbpf_rules_set(rig.hc, &deny, 1, NULL));
	assert_true(make_call(&rig, PSCI_VERSION_ID, 0, false) == PLAIN_ANSWER);
	rig_down(&rig);
}

/* ---- discovery ---- */

static struct hcbpf_rule smccc_rule(uint32_t nr, uint8_t action)
{
	return (struct hcbpf_rule){
		.abi = HCBPF_ABI_SMCCC, .nr = nr, .sub = HCBPF_RULE_ANY, .action = action,
		.otherwise = hcbpf_action_has_otherwise(action) ? HCBPF_RULE_PASS : 0,
		.ret = action == HCBPF_RULE_DENY ? -1 : 0,
	};
}

static int64_t ask_for(struct rig *rig, uint32_t function)
{
	return make_call(rig, HCBPF_SMCCC_ARCH_FEATURES, function, false);
}

static void a_guest_finds_what_rules_serve(void **state)
{
	const struct hcbpf_rule rules[] = {
		smccc_rule(HCBPF_SMCCC_ARCH_FEATURES, HCBPF_RULE_DISCOVER),
		smccc_rule(HCBPF_SMCCC_DOORBELL, HCBPF_RULE_DOORBELL),
		smccc_rule(HCBPF_SMCCC_DOORBELL32, HCBPF_RULE_DENY),
		smccc_rule(HCBPF_SMCCC_MEM_SHARE, HCBPF_RULE_TRACK),
		smccc_rule(HCBPF_SDEI_VERSION, HCBPF_RULE_SDEI),
		smccc_rule(UNKNOWN_64, HCBPF_RULE_DOORBELL),
		smccc_rule(HCBPF_RULE_ANY, HCBPF_RULE_EXIT),
	};
	LIBHCBPF_OPTS(hcbpf_rules_opts, force, .flags = HCBPF_RULES_FORCE);
	struct rig rig;

	(void)state;
	rig_up_serving(&rig, &plain);
	assert_return(ask_for(&rig, HCBPF_SMCCC_DOORBELL), (int64_t)PLAIN_ANSWER);
	assert_ok(hcbpf_rules_set(rig.hc, rules, ARRAY_LEN(rules), NULL));
	assert_return(ask_for(&rig, HCBPF_SMCCC_DOORBELL), 0);
	assert_return(make_call(&rig, HCBPF_SMCCC_ARCH_FEATURES,
				HCBPF_SMCCC_DOORBELL | 1ULL << 32, true), 0);
	assert_return(ask_for(&rig, HCBPF_SMCCC_MEM_SHARE), 0);
	/* Denied; the VMM's, by default; SDEI, which this VM has not; not hcbpf's at all. */
	assert_return(ask_for(&rig, HCBPF_SMCCC_DOORBELL32), (int64_t)PLAIN_ANSWER);
	assert_return(ask_for(&rig, HCBPF_SMCCC_MEM_UNSHARE), (int64_t)PLAIN_ANSWER);
	assert_return(ask_for(&rig, HCBPF_SDEI_VERSION), (int64_t)PLAIN_ANSWER);
	assert_return(ask_for(&rig, UNKNOWN_64), (int64_t)PLAIN_ANSWER);
	/* Without its rule it is KVM's alone. */
	assert_ok(hcbpf_rules_set(rig.hc, rules + 1, 1, &force));
	assert_return(ask_for(&rig, HCBPF_SMCCC_DOORBELL), (int64_t)PLAIN_ANSWER);
	rig_down(&rig);
}

static void what_else_a_guest_asks_for_is_kvms_answer(void **state)
{
	/* Workarounds 1 and 3, stolen time, the question itself. */
	static const uint32_t asked[] = { 0x80008000, 0x80003fff, 0xc5000020, 0x80000001 };
	const struct hcbpf_rule rules[] = {
		smccc_rule(HCBPF_SMCCC_ARCH_FEATURES, HCBPF_RULE_DISCOVER),
		smccc_rule(HCBPF_SMCCC_DOORBELL, HCBPF_RULE_DOORBELL),
	};
	uint64_t kvms[ARRAY_LEN(asked)];
	struct rig rig;
	unsigned int i;

	(void)state;
	rig_up(&rig, &plain, NULL);
	for (i = 0; i < ARRAY_LEN(asked); i++)
		kvms[i] = ask_for(&rig, asked[i]);
	assert_ok(hcbpf_rules_set(rig.hc, rules, ARRAY_LEN(rules), NULL));
	for (i = 0; i < ARRAY_LEN(asked); i++)
		assert_true(ask_for(&rig, asked[i]) == (int64_t)kvms[i]);
	rig_down(&rig);
}

static void a_32_bit_guest_finds_32_bit_functions(void **state)
{
	const struct hcbpf_rule rules[] = {
		smccc_rule(HCBPF_SMCCC_ARCH_FEATURES, HCBPF_RULE_DISCOVER),
		smccc_rule(HCBPF_SMCCC_DOORBELL, HCBPF_RULE_DOORBELL),
		smccc_rule(HCBPF_SMCCC_DOORBELL32, HCBPF_RULE_DOORBELL),
	};
	struct rig rig;

	(void)state;
	rig_up(&rig, &plain32, NULL);
	assert_ok(hcbpf_rules_set(rig.hc, rules, ARRAY_LEN(rules), NULL));
	assert_int_equal((uint32_t)ask_for(&rig, HCBPF_SMCCC_DOORBELL32), 0);
	assert_int_equal((uint32_t)ask_for(&rig, HCBPF_SMCCC_DOORBELL), (uint32_t)PLAIN_ANSWER);
	rig_down(&rig);
}

/* ---- KVM's own filter ---- */

/* <linux/kvm.h> of Linux 6.4 */
#define VM_SMCCC_CTRL 0
#define VM_SMCCC_FILTER 0

struct smccc_filter {
	uint32_t base, nr_functions;
	uint8_t action, pad[15];
};

enum { FILTER_HANDLE, FILTER_DENY, FILTER_FORWARD };

static void set_filter(struct rig *rig, uint32_t base, uint32_t nr, uint8_t action)
{
	struct smccc_filter filter = { .base = base, .nr_functions = nr, .action = action };
	struct kvm_device_attr attr = {
		.group = VM_SMCCC_CTRL, .attr = VM_SMCCC_FILTER, .addr = (uintptr_t)&filter,
	};

	assert_return(hc_ioctl(rig->vm->fd, KVM_SET_DEVICE_ATTR, &attr), 0);
}

static void a_call_that_the_vmm_denies_is_denied(void **state)
{
	struct rig rig;

	(void)state;
	rig_up_serving(&rig, &plain);
	set_filter(&rig, HCBPF_SMCCC_DOORBELL, 1, FILTER_DENY);
	assert_true(make_call(&rig, HCBPF_SMCCC_DOORBELL, PORT, false) == PLAIN_ANSWER);
	assert_true(make_call(&rig, HCBPF_SMCCC_DOORBELL, PORT, true) == PLAIN_ANSWER);
	assert_int_equal(efd_take(rig.efd), 0);
	assert_int_equal(rig_stats(&rig).pass, 2);
	/* Others are not concerned. */
	assert_int_equal(make_call(&rig, HCBPF_SMCCC_DOORBELL32, PORT, false), 0);
	assert_int_equal(efd_take(rig.efd), 1);
	rig_down(&rig);
}

static void a_call_that_the_vmm_wants_goes_there(void **state)
{
	struct kvm_start start = call_of(HCBPF_SMCCC_DOORBELL, PORT, false);
	struct kvm_vcpu *vcpu;
	struct rig rig;

	(void)state;
	rig_up_serving(&rig, &plain);
	set_filter(&rig, HCBPF_SMCCC_BASE, 256, FILTER_FORWARD);
	vcpu = &rig.vm->vcpus[0];
	assert_kvm(kvm_vcpu_start(vcpu, &start));
	assert_return(hc_ioctl(vcpu->fd, KVM_RUN, NULL), 0);
	assert_int_equal(vcpu->run->exit_reason, KVM_EXIT_HYPERCALL);
	assert_int_equal(exit_flags(vcpu->run), 0);	/* KVM's own exit: no ABI */
	assert_int_equal(rig_stats(&rig).exits, 0);
	assert_int_equal(hc_vm_info(hcbpf_vm_fd(rig.hc)).pending_exits, 0);
	assert_int_equal(efd_take(rig.efd), 0);
	rig_down(&rig);
}

static void a_filter_that_lets_kvm_handle_changes_nothing(void **state)
{
	struct rig rig;

	(void)state;
	rig_up_serving(&rig, &plain);
	set_filter(&rig, HCBPF_SMCCC_BASE, 256, FILTER_HANDLE);
	assert_int_equal(make_call(&rig, HCBPF_SMCCC_DOORBELL, PORT, false), 0);
	assert_int_equal(efd_take(rig.efd), 1);
	rig_down(&rig);
}

/* ---- page tables: what kvm.c makes of a vCPU's registers; walk.c has unit tests ---- */

#define SCTLR_EL1 ARM64_SYS_REG(3, 0, 1, 0, 0)
#define TTBR0_EL1 ARM64_SYS_REG(3, 0, 2, 0, 0)
#define TTBR1_EL1 ARM64_SYS_REG(3, 0, 2, 0, 1)
#define TCR_EL1 ARM64_SYS_REG(3, 0, 2, 0, 2)
#define TCR_EPD1 (1UL << 23)

static uint64_t get_reg(struct rig *rig, uint64_t id)
{
	uint64_t value;
	struct kvm_one_reg reg = { .id = id, .addr = (uintptr_t)&value };

	assert_return(hc_ioctl(rig->vm->vcpus[0].fd, KVM_GET_ONE_REG, &reg), 0);
	return value;
}

static void set_reg(struct rig *rig, uint64_t id, uint64_t value)
{
	struct kvm_one_reg reg = { .id = id, .addr = (uintptr_t)&value };

	assert_return(hc_ioctl(rig->vm->vcpus[0].fd, KVM_SET_ONE_REG, &reg), 0);
}

static void expect_send(struct rig *rig, uint64_t addr, bool served)
{
	assert_true(call_once(rig->vm, xen_sends(addr, 1)) == (served ? 0 : XEN_ANSWER));
	assert_int_equal(efd_take(rig->efd), served);
}

static void a_port_in_a_large_page_is_read(void **state)
{
	const struct kvm_vm_conf conf = { .xen = true, .mem_size = 8 << 20 };
	struct rig rig;

	(void)state;
	rig_up_serving(&rig, &conf);
	put_port(rig.vm, 0x612344, PORT);
	expect_send(&rig, 0x612344, true);
	rig_down(&rig);
}

static void a_port_at_a_kernels_address_is_read(void **state)
{
	const uint64_t high = 0xffffff8000000000;
	struct rig rig;

	(void)state;
	rig_up_serving(&rig, &xen);
	put_port(rig.vm, GUEST_DATA, PORT);
	expect_send(&rig, high | GUEST_DATA, false);
	set_reg(&rig, TTBR1_EL1, get_reg(&rig, TTBR0_EL1));
	set_reg(&rig, TCR_EL1, get_reg(&rig, TCR_EL1) & ~TCR_EPD1);
	expect_send(&rig, high | GUEST_DATA, true);
	expect_send(&rig, (high | GUEST_DATA) ^ 1UL << 50, false);
	rig_down(&rig);
}

/*
 * A guest that has changed its registers itself: with VHE they are in the CPU only,
 * while its vCPU is loaded. X20 and X21: TTBR1 and TCR; then the call in X0, X1, X16.
 */
extern const char switch_tables[], switch_tables_end[];
asm(".pushsection .rodata\n"
    ".balign 4\n"
    ".globl switch_tables, switch_tables_end\n"	/* the GOT confuses local ones */
    "switch_tables:\n"
    "	msr	ttbr1_el1, x20\n"
    "	msr	tcr_el1, x21\n"
    "	isb\n"
    "	hvc	#0xea1\n"
    "	str	xzr, [x28]\n"
    "switch_tables_end:\n"
    ".popsection\n");

static void registers_that_the_guest_has_just_changed_count(void **state)
{
	const struct kvm_start start = {
		.program = GUEST_CALL_ONCE, .count = 1, .abi = HCBPF_ABI_XEN,
		.nr = XEN_HYPERCALL_EVENT_CHANNEL_OP,
		.args = { XEN_EVTCHNOP_SEND, 0xffffff8000000000 | GUEST_DATA },
	};
	const uint64_t code = GUEST_DATA + 0x1000;
	struct kvm_regs regs;
	struct rig rig;

	(void)state;
	rig_up_serving(&rig, &xen);
	put_port(rig.vm, GUEST_DATA, PORT);
	memcpy(kvm_at(rig.vm, code), switch_tables, switch_tables_end - switch_tables);
	assert_kvm(kvm_vcpu_start(&rig.vm->vcpus[0], &start));
	assert_kvm(kvm_vcpu_regs(&rig.vm->vcpus[0], &regs));
	kvm_pc(&regs) = code;
	regs.regs.regs[20] = get_reg(&rig, TTBR0_EL1);
	regs.regs.regs[21] = get_reg(&rig, TCR_EL1) & ~TCR_EPD1;
	assert_kvm(kvm_vcpu_set_regs(&rig.vm->vcpus[0], &regs));
	assert_kvm(kvm_vcpu_run(&rig.vm->vcpus[0]));
	assert_kvm(kvm_vcpu_regs(&rig.vm->vcpus[0], &regs));
	assert_int_equal(kvm_result(&regs), 0);
	assert_int_equal(efd_take(rig.efd), 1);
	rig_down(&rig);
}

static void without_paging_addresses_are_physical(void **state)
{
	struct rig rig;

	(void)state;
	rig_up_serving(&rig, &xen);
	put_port(rig.vm, GUEST_DATA, PORT);
	assert_kvm(kvm_vm_unmap(rig.vm, GUEST_DATA));
	expect_send(&rig, GUEST_DATA, false);
	set_reg(&rig, SCTLR_EL1, get_reg(&rig, SCTLR_EL1) & ~1UL);
	expect_send(&rig, GUEST_DATA, true);
	expect_send(&rig, GUEST_MEM_DEFAULT, false);
	expect_send(&rig, ~3UL, false);
	rig_down(&rig);
}

/* Tables of the guest's own making, as far as KVM would follow them: nothing but a fault. */
static void tables_that_lead_nowhere_pass(void **state)
{
	static const uint64_t tables[] = { GUEST_MEM_DEFAULT, 0xffffffff000, GUEST_DATA + 0x2000, 0 };
	struct rig rig;
	unsigned int i;

	(void)state;
	rig_up_serving(&rig, &xen);
	put_port(rig.vm, GUEST_DATA, PORT);
	/* The upper half by tables of nonsense, the program runs in the lower one. */
	memset(kvm_at(rig.vm, GUEST_DATA + 0x2000), 0xff, 0x1000);
	for (i = 0; i < ARRAY_LEN(tables); i++) {
		set_reg(&rig, TTBR1_EL1, tables[i]);
		set_reg(&rig, TCR_EL1, get_reg(&rig, TCR_EL1) & ~TCR_EPD1);
		expect_send(&rig, 0xffffff8000000000 | GUEST_DATA, false);
	}
	assert_int_equal(rig_stats(&rig).faults, ARRAY_LEN(tables));
	rig_down(&rig);
}

/* ---- page attributes, as guests of pKVM tell them ---- */

#define MEM_SHARE 0xc6000003
#define MEM_UNSHARE 0xc6000004
#define INVALID_PARAMETER ((uint64_t)-3)

static void track(struct rig *rig)
{
	const struct hcbpf_rule rules[] = {
		{ .abi = HCBPF_ABI_SMCCC, .nr = MEM_SHARE, .sub = HCBPF_RULE_ANY,
		  .action = HCBPF_RULE_TRACK, .otherwise = HCBPF_RULE_PASS },
		{ .abi = HCBPF_ABI_SMCCC, .nr = MEM_UNSHARE, .sub = HCBPF_RULE_ANY,
		  .action = HCBPF_RULE_TRACK, .otherwise = HCBPF_RULE_PASS },
	};

	rig_up(rig, &plain, NULL);
	assert_ok(hcbpf_rules_set(rig->hc, rules, 2, NULL));
	assert_ok(hcbpf_gpa_replace(rig->hc, HCBPF_GPA_ENCRYPTED, NULL, 0));
}

static uint32_t attribute_at(struct rig *rig, uint64_t gpa)
{
	uint64_t gfn = gpa >> HCBPF_GPA_PAGE_SHIFT;
	struct hcbpf_gpa_range range;
	size_t nr = 1;

	assert_ok(hcbpf_gpa_get(rig->hc, &gfn, &range, &nr));
	assert_int_equal(nr, 1);
	return range.attr;
}

static void a_guest_shares_and_unshares_its_pages(void **state)
{
	struct rig rig;

	(void)state;
	track(&rig);
	assert_int_equal(make_call(&rig, MEM_SHARE, GUEST_DATA, false), 0);
	assert_int_equal(attribute_at(&rig, GUEST_DATA), 0);
	assert_int_equal(attribute_at(&rig, GUEST_DATA - 4096), HCBPF_GPA_ENCRYPTED);
	assert_int_equal(attribute_at(&rig, GUEST_DATA + 4096), HCBPF_GPA_ENCRYPTED);
	assert_int_equal(make_call(&rig, MEM_UNSHARE, GUEST_DATA, true), 0);
	assert_int_equal(attribute_at(&rig, GUEST_DATA), HCBPF_GPA_ENCRYPTED);
	assert_int_equal(rig_stats(&rig).gpa_sets, 2);
	rig_down(&rig);
}

static void pages_that_are_none_of_the_guests_are_refused(void **state)
{
	struct rig rig;

	(void)state;
	track(&rig);
	assert_true(make_call(&rig, MEM_SHARE, GUEST_DATA + 1, false) == INVALID_PARAMETER);
	assert_true(make_call(&rig, MEM_SHARE, 1ULL << 40, false) == INVALID_PARAMETER);
	assert_true(make_call(&rig, MEM_SHARE, 1ULL << 63, false) == INVALID_PARAMETER);
	assert_int_equal(rig_stats(&rig).gpa_sets, 0);
	rig_down(&rig);
}

/* ---- the harness ---- */

/* Not a guest that does something else than the test has said. */
static void modes_that_only_x86_has_are_refused(void **state)
{
	static const enum guest_mode modes[] = { GUEST_COMPAT, GUEST_16 };
	struct kvm_vm *vm;
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(modes); i++) {
		const struct kvm_vm_conf conf = { .mode = modes[i] };

		assert_return(kvm_vm_create(&conf, &vm), -EOPNOTSUPP);
		assert_null(vm);
		assert_non_null(strstr(kvm_error(), "on arm64: it has GUEST_64 and GUEST_32"));
	}
}

#define observe_test(f) cmocka_unit_test_setup_teardown(f, observe_setup, observe_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_doorbell_rings_by_either_conduit),
		cmocka_unit_test(a_32_bit_guest_has_the_32_bit_doorbell),
		cmocka_unit_test(another_abis_doorbell_passes),
		observe_test(a_policy_sees_the_conduit_and_the_width),
		observe_test(an_answer_changes_x0_only),
		observe_test(an_exits_other_results_are_the_vmms),
		observe_test(a_forged_exit_completes_nothing),
		observe_test(the_immediate_tells_xens_calls),
		observe_test(bound_as_smccc_xens_immediate_is_smccc_too),
		cmocka_unit_test(psci_is_kvms_unless_a_rule_says_otherwise),
		cmocka_unit_test(a_guest_finds_what_rules_serve),
		cmocka_unit_test(what_else_a_guest_asks_for_is_kvms_answer),
		cmocka_unit_test(a_32_bit_guest_finds_32_bit_functions),
		cmocka_unit_test(a_call_that_the_vmm_denies_is_denied),
		cmocka_unit_test(a_call_that_the_vmm_wants_goes_there),
		cmocka_unit_test(a_filter_that_lets_kvm_handle_changes_nothing),
		cmocka_unit_test(a_port_in_a_large_page_is_read),
		cmocka_unit_test(a_port_at_a_kernels_address_is_read),
		cmocka_unit_test(registers_that_the_guest_has_just_changed_count),
		cmocka_unit_test(without_paging_addresses_are_physical),
		cmocka_unit_test(tables_that_lead_nowhere_pass),
		cmocka_unit_test(a_guest_shares_and_unshares_its_pages),
		cmocka_unit_test(pages_that_are_none_of_the_guests_are_refused),
		cmocka_unit_test(modes_that_only_x86_has_are_refused),
	};

	return cmocka_run_group_tests_name("SMCCC", tests, standard_setup, standard_teardown);
}
