// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a guest is offered, in CPUID: the library's word is the one that the hypercall returns, and
 * the leaves that a VMM sets are those that its guest finds.
 */
#include "buffers.h"
#include "standard_policy.h"

#define BASE 0x40000200
#define MAX_CPUID 256

/* The entry for the function: KVM's own leaf, which is replaced, or another one. */
static struct kvm_cpuid_entry2 *entry_of(struct kvm_cpuid2 *cpuid, uint32_t function)
{
	uint32_t i;

	for (i = 0; i < cpuid->nent; i++)
		if (cpuid->entries[i].function == function)
			return &cpuid->entries[i];
	return &cpuid->entries[cpuid->nent++];
}

/* The vCPU's CPUID with the leaves added to it; KVM's verdict. */
static int add_leaves(struct kvm_vcpu *vcpu, const struct hcbpf_cpuid_leaf leaves[2])
{
	struct kvm_cpuid2 *cpuid;
	int i, ret;

	cpuid = calloc(1, sizeof(*cpuid) + MAX_CPUID * sizeof(cpuid->entries[0]));
	assert_non_null(cpuid);
	cpuid->nent = MAX_CPUID - 2;
	assert_return(hc_ioctl(vcpu->fd, KVM_GET_CPUID2, cpuid), 0);
	for (i = 0; i < 2; i++)
		*entry_of(cpuid, leaves[i].function) = (struct kvm_cpuid_entry2){
			.function = leaves[i].function, .eax = leaves[i].eax,
			.ebx = leaves[i].ebx, .ecx = leaves[i].ecx, .edx = leaves[i].edx,
		};
	ret = hc_ioctl(vcpu->fd, KVM_SET_CPUID2, cpuid);
	free(cpuid);
	return ret;
}

/* The base that the guest finds, 0 if there is none, and the word behind it. */
static uint64_t search(struct rig *rig, uint64_t *word)
{
	const struct kvm_start start = { .program = GUEST_SEARCH_CPUID };
	struct kvm_vcpu *vcpu = &rig->vm->vcpus[0];

	assert_kvm(kvm_vcpu_start(vcpu, &start));
	assert_kvm(kvm_vcpu_run(vcpu));
	assert_true(vcpu->stopped);
	*word = kvm_block(vcpu)->last;
	return kvm_block(vcpu)->nr;
}

static int64_t ask(struct rig *rig)
{
	return call_on(rig, 0, HCBPF_HC_FEATURES, 0, 0, 0, 0);
}

static void expect_word(struct rig *rig, uint32_t word)
{
	uint32_t got = ~word;

	assert_ok(hcbpf_vm_features(rig->hc, HCBPF_ABI_XEN, &got));
	assert_int_equal(got, word);
	assert_return(ask(rig), word);
}

static void a_guest_finds_what_the_call_would_return(void **state)
{
	struct hcbpf_cpuid_leaf leaves[2];
	struct rig rig;
	uint64_t found;
	uint32_t word;

	(void)state;
	buffers_up(&rig, &xen64);
	assert_ok(hcbpf_vm_set_buffer_limit(rig.hc, 17));
	assert_ok(hcbpf_vm_features(rig.hc, HCBPF_ABI_XEN, &word));
	assert_int_equal(word, HCBPF_FEATURE_REGISTERED | HCBPF_FEATURE_PHYSICAL |
			 HCBPF_FEATURE_VIRTUAL | 17 << HCBPF_FEATURE_LIMIT_SHIFT);
	assert_ok(hcbpf_cpuid_leaves(BASE, word, leaves));
	assert_return(add_leaves(&rig.vm->vcpus[0], leaves), 0);
	assert_int_equal(search(&rig, &found), BASE);
	assert_int_equal(found, word);
	assert_return(ask(&rig), word);
	rig_down(&rig);
}

static void a_guest_finds_them_at_every_base(void **state)
{
	static const uint32_t bases[] = { 0x40000000, 0x4000ff00 };
	struct hcbpf_cpuid_leaf leaves[2];
	struct rig rig;
	uint64_t found;
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(bases); i++) {
		rig_up_serving(&rig, &xen64);
		assert_ok(hcbpf_cpuid_leaves(bases[i], 0x12345, leaves));
		assert_return(add_leaves(&rig.vm->vcpus[0], leaves), 0);
		assert_int_equal(search(&rig, &found), bases[i]);
		assert_int_equal(found, 0x12345);
		rig_down(&rig);
	}
}

static void a_guest_whose_vmm_sets_nothing_finds_nothing(void **state)
{
	struct rig rig;
	uint64_t found;

	(void)state;
	buffers_up(&rig, &xen64);
	assert_int_equal(search(&rig, &found), 0);
	assert_int_equal(found, 0);
	rig_down(&rig);
}

static void the_librarys_word_is_that_of_the_call(void **state)
{
	const struct hcbpf_rule none[] = {
		xen_rule(HCBPF_HC_FEATURES, ANY, HCBPF_RULE_BUFFER),
		xen_rule(32 | HCBPF_HC_PHYSICAL, ANY, HCBPF_RULE_DENY),
		{ .abi = HCBPF_ABI_KVM, .nr = 5 | HCBPF_HC_PHYSICAL, .sub = ANY,
		  .action = HCBPF_RULE_EXIT },
	};
	const struct hcbpf_rule list = xen_rule(32 | HCBPF_HC_LIST, 4, HCBPF_RULE_SEND);
	struct rig rig;
	uint32_t word;

	(void)state;
	buffers_up(&rig, &xen64);
	assert_ok(hcbpf_vm_features(rig.hc, HCBPF_ABI_XEN, &word));
	expect_word(&rig, word);
	assert_ok(hcbpf_rule_set(rig.hc, &list, HCBPF_RULES_FORCE));
	expect_word(&rig, word | HCBPF_FEATURE_LIST);
	assert_ok(hcbpf_vm_set_buffer_limit(rig.hc, 0));
	expect_word(&rig, (word | HCBPF_FEATURE_LIST) & 0xffff);
	assert_ok(hcbpf_rules_set(rig.hc, none, ARRAY_LEN(none), NULL));
	expect_word(&rig, HCBPF_FEATURE_VIRTUAL);
	assert_ok(hcbpf_vm_features(rig.hc, HCBPF_ABI_KVM, &word));
	assert_int_equal(word, HCBPF_FEATURE_VIRTUAL | HCBPF_FEATURE_PHYSICAL);
	rig_down(&rig);
	buffers_up_with(&rig, &xen64, HCBPF_BIND_ENCRYPTED);
	assert_ok(hcbpf_vm_features(rig.hc, HCBPF_ABI_XEN, &word));
	assert_false(word & HCBPF_FEATURE_VIRTUAL);
	expect_word(&rig, word);
	rig_down(&rig);
}

static void the_abi_is_said_or_that_of_the_binding(void **state)
{
	LIBHCBPF_OPTS(hcbpf_bind_opts, opts, .abi = HCBPF_ABI_XEN);
	uint32_t word, by_binding;
	struct rig rig;

	(void)state;
	buffers_up(&rig, &xen64);
	assert_return(hcbpf_vm_features(rig.hc, HCBPF_ABI_AUTO, &word), -EINVAL);
	assert_return(hcbpf_vm_features(rig.hc, HCBPF_NR_ABIS, &word), -EINVAL);
	rig_down(&rig);
	rig_up(&rig, &xen64, &opts);
	allow_all(&rig);
	assert_ok(hcbpf_vm_features(rig.hc, HCBPF_ABI_XEN, &word));
	assert_ok(hcbpf_vm_features(rig.hc, HCBPF_ABI_AUTO, &by_binding));
	assert_int_equal(by_binding, word);
	rig_down(&rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_guest_finds_what_the_call_would_return),
		cmocka_unit_test(a_guest_finds_them_at_every_base),
		cmocka_unit_test(a_guest_whose_vmm_sets_nothing_finds_nothing),
		cmocka_unit_test(the_librarys_word_is_that_of_the_call),
		cmocka_unit_test(the_abi_is_said_or_that_of_the_binding),
	};

	return cmocka_run_group_tests_name("CPUID", tests, standard_setup, standard_teardown);
}
