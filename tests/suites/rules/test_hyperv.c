// SPDX-License-Identifier: GPL-2.0-only
/* Hyper-V's calls: when a call is one, and what the policy sees of it. */
#include <sys/ioctl.h>
#include "rules.h"

#define CODE 0x5c		/* HvCallPostMessage; any code will do */
#define UNKNOWN_CODE 0x7ffe
#define STATUS_INVALID_CODE 2	/* KVM's own answer to a code it does not know */
#define GUEST_OS_ID_MSR 0x40000000
#define SOME_OS 0x8100000000060c00
#define MAX_CPUID 256
#define KVM_LEAVES 0x40000000	/* KVM's, which Hyper-V's take the place of */

static struct policy observe;
static struct observe_state *seen;

static int fresh(void **state)
{
	(void)state;
	if (policy_load_observe(&observe, "observe", &seen))
		return -1;
	seen->verdict = HCBPF_DONE;
	return 0;
}

static int done(void **state)
{
	(void)state;
	policy_unload(&observe);
	return 0;
}

static struct kvm_cpuid2 *cpuid_of(int fd, unsigned long request)
{
	struct kvm_cpuid2 *cpuid;

	cpuid = calloc(1, sizeof(*cpuid) + 2 * MAX_CPUID * sizeof(cpuid->entries[0]));
	assert_non_null(cpuid);
	cpuid->nent = MAX_CPUID;
	assert_return(hc_ioctl(fd, request, cpuid), 0);
	return cpuid;
}

/* What a VMM does to give a guest Hyper-V's interface. */
static void enable_hyperv(struct kvm_vm *vm)
{
	struct kvm_cpuid2 *cpuid = cpuid_of(vm->kvm, KVM_GET_SUPPORTED_CPUID);
	struct kvm_cpuid2 *hyperv = cpuid_of(vm->kvm, KVM_GET_SUPPORTED_HV_CPUID);
	uint32_t i, kept = 0;

	for (i = 0; i < cpuid->nent; i++)
		if (cpuid->entries[i].function >> 8 != KVM_LEAVES >> 8)
			cpuid->entries[kept++] = cpuid->entries[i];
	memcpy(&cpuid->entries[kept], hyperv->entries, hyperv->nent * sizeof(hyperv->entries[0]));
	cpuid->nent = kept + hyperv->nent;
	for (i = 0; i < vm->nr_vcpus; i++)
		assert_return(hc_ioctl(vm->vcpus[i].fd, KVM_SET_CPUID2, cpuid), 0);
	free(cpuid);
	free(hyperv);
}

/* As the guest does it when it boots. */
static void announce_guest(struct kvm_vm *vm, uint64_t os)
{
	struct {
		struct kvm_msrs head;
		struct kvm_msr_entry entry;
	} msrs = { { .nmsrs = 1 }, { .index = GUEST_OS_ID_MSR, .data = os } };

	assert_return(hc_ioctl(vm->vcpus[0].fd, KVM_SET_MSRS, &msrs), 1);
}

/* One call with these registers: those after it. */
static struct kvm_regs call(struct rig *rig, const struct kvm_regs *with)
{
	const struct kvm_start start = { .program = GUEST_CALL_ONCE, .count = 1 };
	struct kvm_vcpu *vcpu = &rig->vm->vcpus[0];
	struct kvm_regs regs;

	assert_kvm(kvm_vcpu_start(vcpu, &start));
	assert_kvm(kvm_vcpu_regs(vcpu, &regs));
	regs.rax = with->rax;
	regs.rbx = with->rbx;
	regs.rcx = with->rcx;
	regs.rdx = with->rdx;
	regs.rsi = with->rsi;
	regs.rdi = with->rdi;
	regs.r8 = with->r8;
	assert_kvm(kvm_vcpu_set_regs(vcpu, &regs));
	assert_kvm(kvm_vcpu_run(vcpu));
	assert_true(vcpu->stopped);
	assert_kvm(kvm_vcpu_regs(vcpu, &regs));
	return regs;
}

/* Control word in RCX: a fast call has its input in RDX and R8, a slow one its addresses. */
static const struct kvm_regs fast64 = {
	.rax = 0xaaaa, .rbx = 0xbbbb, .rcx = CODE | HCBPF_HYPERV_FAST | 1ULL << 32,
	.rdx = 0x1111222233334444, .r8 = 0x5555666677778888,
};
static const struct kvm_regs slow64 = {
	.rcx = CODE | 3ULL << 32, .rdx = GUEST_DATA, .r8 = GUEST_DATA + 4096,
};
static const struct kvm_regs fast32 = {
	.rdx = 0xffffffff00000001, .rax = 0xffffffff00000000 | CODE | HCBPF_HYPERV_FAST,
	.rbx = 0xffffffff11112222, .rcx = 0xffffffff33334444,
	.rdi = 0xffffffff55556666, .rsi = 0xffffffff77778888,
};

static void rig_up_hyperv(struct rig *rig, const struct kvm_vm_conf *conf, uint32_t abi)
{
	LIBHCBPF_OPTS(hcbpf_bind_opts, opts, .policy = "observe", .abi = abi);

	rig_up(rig, conf, &opts);
	if (abi == HCBPF_ABI_AUTO) {
		enable_hyperv(rig->vm);
		announce_guest(rig->vm, SOME_OS);
	}
}

static void expect_seen(uint64_t control, uint64_t input, uint64_t output)
{
	int i;

	assert_int_equal(seen->abi, HCBPF_ABI_HYPERV);
	assert_int_equal(seen->nr, CODE);
	assert_true(seen->args[0] == control);
	assert_true(seen->args[1] == input);
	assert_true(seen->args[2] == output);
	for (i = 3; i < 6; i++)
		assert_true(seen->args[i] == 0);
}

static void expect_decoded(uint32_t abi)
{
	struct rig rig;

	rig_up_hyperv(&rig, &kvm64, abi);
	call(&rig, &fast64);
	expect_seen(fast64.rcx, fast64.rdx, fast64.r8);
	assert_int_equal(seen->mode, HCBPF_MODE_64);
	call(&rig, &slow64);
	expect_seen(slow64.rcx, slow64.rdx, slow64.r8);
	assert_false(seen->args[0] & HCBPF_HYPERV_FAST);
	rig_down(&rig);

	rig_up_hyperv(&rig, &kvm32, abi);
	call(&rig, &fast32);
	expect_seen(1ULL << 32 | CODE | HCBPF_HYPERV_FAST, 0x1111222233334444, 0x5555666677778888);
	assert_int_equal(seen->mode, HCBPF_MODE_32);
	rig_down(&rig);
}

static void calls_of_a_guest_that_announced_itself_are_hyperv(void **state)
{
	(void)state;
	expect_decoded(HCBPF_ABI_AUTO);
}

static void calls_of_a_vm_bound_as_hyperv_are_hyperv(void **state)
{
	(void)state;
	expect_decoded(HCBPF_ABI_HYPERV);
}

static void before_the_guest_announces_itself_calls_are_kvms(void **state)
{
	LIBHCBPF_OPTS(hcbpf_bind_opts, opts, .policy = "observe");
	struct rig rig;

	(void)state;
	rig_up(&rig, &kvm64, &opts);
	enable_hyperv(rig.vm);
	call(&rig, &fast64);
	assert_int_equal(seen->abi, HCBPF_ABI_KVM);
	assert_int_equal(seen->nr, fast64.rax);
	announce_guest(rig.vm, SOME_OS);
	call(&rig, &fast64);
	assert_int_equal(seen->abi, HCBPF_ABI_HYPERV);
	announce_guest(rig.vm, 0);
	call(&rig, &fast64);
	assert_int_equal(seen->abi, HCBPF_ABI_KVM);
	rig_down(&rig);
}

/* As KVM itself tells them apart. */
static void in_a_vm_with_both_bit_31_of_eax_decides(void **state)
{
	LIBHCBPF_OPTS(hcbpf_bind_opts, opts, .policy = "observe");
	struct kvm_xen_hvm_config config = {
		.flags = KVM_XEN_HVM_CONFIG_INTERCEPT_HCALL, .msr = 0x40000200,
	};
	struct kvm_regs regs = fast64;
	struct rig rig;

	(void)state;
	rig_up(&rig, &kvm64, &opts);
	assert_return(hc_ioctl(rig.vm->fd, KVM_XEN_HVM_CONFIG, &config), 0);
	enable_hyperv(rig.vm);
	announce_guest(rig.vm, SOME_OS);
	call(&rig, &regs);
	assert_int_equal(seen->abi, HCBPF_ABI_XEN);
	regs.rax |= 1U << 31;
	call(&rig, &regs);
	assert_int_equal(seen->abi, HCBPF_ABI_HYPERV);
	announce_guest(rig.vm, 0);
	call(&rig, &regs);
	assert_int_equal(seen->abi, HCBPF_ABI_XEN);
	rig_down(&rig);
}

static void results_arrive_as_the_abi_has_them(void **state)
{
	struct kvm_regs regs;
	struct rig rig;

	(void)state;
	seen->ret = 0xfedcba9876543210;
	rig_up_hyperv(&rig, &kvm64, HCBPF_ABI_AUTO);
	regs = call(&rig, &fast64);
	assert_true(regs.rax == 0xfedcba9876543210);
	assert_true(regs.rdx == fast64.rdx);
	rig_down(&rig);
	rig_up_hyperv(&rig, &kvm32, HCBPF_ABI_AUTO);
	regs = call(&rig, &fast32);
	assert_true(regs.rax == 0x76543210);
	assert_true(regs.rdx == 0xfedcba98);
	rig_down(&rig);
}

/* KVM answers codes that it does not know by itself, bound or not. */
static void a_passed_call_gets_kvms_answer(void **state)
{
	struct kvm_regs regs = { .rcx = UNKNOWN_CODE | HCBPF_HYPERV_FAST };
	struct rig rig;

	(void)state;
	seen->verdict = HCBPF_PASS;
	rig_up_hyperv(&rig, &kvm64, HCBPF_ABI_AUTO);
	assert_int_equal(call(&rig, &regs).rax & 0xffff, STATUS_INVALID_CODE);
	assert_int_equal(seen->nr, UNKNOWN_CODE);
	assert_ok(hcbpf_vm_unbind(rig.hc));
	assert_int_equal(call(&rig, &regs).rax & 0xffff, STATUS_INVALID_CODE);
	rig_down(&rig);
}

/* Calls are found by their code, wherever the control word is. */
static void rules_name_call_codes(void **state)
{
	const struct hcbpf_rule rules[] = { deny(HCBPF_ABI_HYPERV, CODE, ANY, 5) };
	LIBHCBPF_OPTS(hcbpf_bind_opts, opts, .policy = "standard");
	const struct kvm_vm_conf *confs[] = { &kvm64, &kvm32 };
	struct kvm_regs regs;
	struct policy standard;
	struct rig rig;
	int i;

	(void)state;
	assert_ok(policy_load(&standard, "standard.bpf.o"));
	for (i = 0; i < 2; i++) {
		rig_up(&rig, confs[i], &opts);
		enable_hyperv(rig.vm);
		announce_guest(rig.vm, SOME_OS);
		assert_ok(SET_RULES(&rig, rules));
		regs = call(&rig, i ? &fast32 : &fast64);
		assert_int_equal(regs.rax, 5);
		if (i)
			assert_int_equal(regs.rdx, 0);
		assert_int_equal(rig_stats(&rig).done, 1);
		rig_down(&rig);
	}
	policy_unload(&standard);
}

#define hyperv_test(f) cmocka_unit_test_setup_teardown(f, fresh, done)

int main(void)
{
	const struct CMUnitTest tests[] = {
		hyperv_test(calls_of_a_guest_that_announced_itself_are_hyperv),
		hyperv_test(calls_of_a_vm_bound_as_hyperv_are_hyperv),
		hyperv_test(before_the_guest_announces_itself_calls_are_kvms),
		hyperv_test(in_a_vm_with_both_bit_31_of_eax_decides),
		hyperv_test(results_arrive_as_the_abi_has_them),
		hyperv_test(a_passed_call_gets_kvms_answer),
		hyperv_test(rules_name_call_codes),
	};

	return cmocka_run_group_tests_name("Hyper-V", tests, NULL, NULL);
}
