// SPDX-License-Identifier: GPL-2.0-only
/*
 * The same calls made by a guest, not by the test: an ordinary one anywhere, and one of SEV-ES
 * on a machine that can launch it.
 */
#include <sys/ioctl.h>
#include <unistd.h>
#include "calls.h"
#include "guest.h"
#include "standard_policy.h"
#include "vmm.h"

struct entry {
	uint64_t nr, args[4], result, done;
};

_Static_assert(sizeof(struct entry) == ENTRY_SIZE && offsetof(struct entry, result) == ENTRY_RESULT,
	       "as guest.S knows it");

static struct entry *list_of(const struct vmm *vmm)
{
	return (struct entry *)(vmm->memory + LIST);
}

static void fill_list(const struct vmm *vmm)
{
	const uint32_t port = PORT;
	struct entry *entry = list_of(vmm);
	size_t i;

	for (i = 0; i < ARRAY_LEN(kernel_calls); i++, entry++) {
		entry->nr = kernel_calls[i].nr;
		memcpy(entry->args, kernel_calls[i].args, sizeof(entry->args));
	}
	memcpy(vmm->memory + GUEST_SHARED, &port, sizeof(port));
}

static const struct call *call_under_way(const struct vmm *vmm)
{
	const struct entry *list = list_of(vmm);
	size_t i;

	for (i = 0; list[i].done; i++)
		;
	return &kernel_calls[i];
}

/* To its end. How many calls the VMM was asked about. */
static unsigned int run_calls(const struct vmm *vmm)
{
	const struct call *call;
	unsigned int exits = 0;

	for (;;) {
		assert_ok(hc_ioctl(vmm->vcpu, KVM_RUN, NULL));
		if (vmm->run->exit_reason != KVM_EXIT_HYPERCALL)
			return exits;
		call = call_under_way(vmm);
		assert_int_equal(vmm->run->hypercall.nr, call->nr);
		assert_memory_equal(vmm->run->hypercall.args, call->args, sizeof(call->args));
		assert_true(exit_flags(vmm->run) & EXIT_FLAGS_64);
		vmm->run->hypercall.ret = call->exit_ret;
		exits++;
	}
}

static void expect_answers(const struct vmm *vmm)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(kernel_calls); i++) {
		const struct call *call = &kernel_calls[i];
		uint64_t answer = call->fate == EXITS ? call->exit_ret : (uint64_t)call->answer;

		if (!list_of(vmm)[i].done || list_of(vmm)[i].result != answer)
			fail_msg("%s: %lld, should be %lld", call->what,
				 (long long)list_of(vmm)[i].result, (long long)answer);
	}
}

/* As a VMM does that does not know what its guest will be. */
static void guest_makes_all_calls(bool sev_es, const struct hcbpf_bind_opts *opts)
{
	struct hcbpf_vm_stats stats;
	struct hcbpf_vm *hc;
	struct vmm vmm;
	int efd = efd_new();

	if (vmm_up(&vmm, sev_es))
		fail_msg("%s", vmm_problem());
	fill_list(&vmm);
	assert_ok(hcbpf_vm_bind(vmm.fd, opts, &hc));
	assert_ok(hcbpf_vm_set_eventfd(hc, 0, efd));
	assert_ok(hcbpf_port_set(hc, PORT, 0));
	assert_ok(hcbpf_rules_set(hc, kernel_rules, ARRAY_LEN(kernel_rules), NULL));
	if (opts)
		assert_ok(hcbpf_gpa_replace(hc, HCBPF_GPA_ENCRYPTED, NULL, 0));
	if (vmm_launch(&vmm))
		fail_msg("%s", vmm_problem());
	assert_int_equal(run_calls(&vmm), 1);
	expect_answers(&vmm);
	assert_int_equal(efd_take(efd), count_signals(kernel_calls, ARRAY_LEN(kernel_calls)));
	assert_ok(hcbpf_vm_stats(hc, &stats));
	assert_int_equal(stats.nested + stats.walks, 0);
	assert_true(hc_vm_info(hcbpf_vm_fd(hc)).state & HCBPF_VM_ENCRYPTED);
	hcbpf_vm_close(hc);
	vmm_down(&vmm);
	close(efd);
}

/* Its VMM says what of a SEV-ES guest KVM would say. */
static void an_ordinary_guest_makes_the_calls(void **state)
{
	LIBHCBPF_OPTS(hcbpf_bind_opts, opts, .flags = HCBPF_BIND_ENCRYPTED);

	(void)state;
	guest_makes_all_calls(false, &opts);
}

static void a_sev_es_guest_makes_the_calls(void **state)
{
	(void)state;
	if (!vmm_has_sev_es()) {
		print_message("# needs an AMD CPU with SEV-ES, kvm_amd.sev_es=1, /dev/sev\n");
		skip();
	}
	guest_makes_all_calls(true, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_ordinary_guest_makes_the_calls),
		cmocka_unit_test(a_sev_es_guest_makes_the_calls),
	};

	return cmocka_run_group_tests_name("by a guest", tests, standard_setup, standard_teardown);
}
