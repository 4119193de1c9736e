// SPDX-License-Identifier: GPL-2.0-only
/* Loaded policies under synthetic calls: the standard one with its kfuncs, and buggy ones. */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <hcbpf/guest.h>
#include <linux/capability.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "../../../bpf/xen.h"
#include "../../bpf/driver_state.h"
#include "lab.h"

#define MEM 0x4000
#define PORT 9
#define SLOT 2

static struct policy driver, standard;
static struct driver_state *state;
static struct kvm_vm *vm;
static int binding = -1, efd = -1;
static volatile hcbpf_port_t *ports;

static int group_setup(void **unused)
{
	(void)unused;
	if (policy_load(&standard, "standard.bpf.o"))
		return -1;
	if (policy_open(&driver, "driver.bpf.o") || bpf_object__load(driver.object))
		return -1;
	state = policy_state(&driver, sizeof(*state));
	return state ? 0 : -1;
}

static int group_teardown(void **unused)
{
	(void)unused;
	policy_unload(&driver);
	policy_unload(&standard);
	return 0;
}

static int fresh_call(void **unused)
{
	uint32_t port = PORT;

	(void)unused;
	memset(state, 0, sizeof(*state));
	strcpy(state->policy, "standard");
	state->test.call.abi = HCBPF_ABI_XEN;
	state->test.call.mode = HCBPF_MODE_64;
	state->test.call.nr = XEN_EVENT_CHANNEL_OP;
	state->test.call.args[0] = XEN_EVTCHNOP_SEND;
	state->test.call.args[1] = MEM;
	state->test.mem_addr = MEM;
	state->test.mem_len = sizeof(port);
	memcpy(state->test.mem, &port, sizeof(port));
	return 0;
}

/* A bound VM with one served port. */
static int fresh_vm(void **unused)
{
	struct kvm_vm_conf conf = { .xen = true };

	fresh_call(unused);
	efd = efd_new();
	if (kvm_vm_create(&conf, &vm))
		return -1;
	binding = hc_bind(vm->fd, "standard");
	if (binding < 0 || hc_set_eventfd(binding, SLOT, efd))
		return -1;
	ports = hc_ports(binding, 4096);
	ports[PORT] = hcbpf_port_make(HCBPF_PORT_EVENTFD, SLOT);
	state->test.vm_id = hc_vm_info(binding).id;
	return 0;
}

static int end_vm(void **unused)
{
	(void)unused;
	close(binding);
	kvm_vm_destroy(vm);
	close(efd);
	return 0;
}

static void run_program(const char *name)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts);
	struct bpf_program *prog = bpf_object__find_program_by_name(driver.object, name);

	assert_non_null(prog);
	assert_return(bpf_prog_test_run_opts(bpf_program__fd(prog), &opts), 0);
}

static void run(void)
{
	run_program("test_call");
}

static void expect(int verdict, uint64_t signals)
{
	run();
	assert_return(state->result, 0);
	assert_int_equal(state->test.verdict, verdict);
	assert_int_equal(state->test.policy_ret, verdict);
	if (efd >= 0)
		assert_int_equal(efd_take(efd), signals);
}

static void without_a_vm_every_port_is_unknown(void **unused)
{
	(void)unused;
	efd = -1;
	expect(HCBPF_PASS, 0);
	state->test.call.nr = HCBPF_HC_DOORBELL;
	state->test.call.args[0] = 0;
	expect(HCBPF_PASS, 0);
}

static void xen_send_signals_the_eventfd_of_the_port(void **unused)
{
	struct hcbpf_vm_stats stats;

	(void)unused;
	state->test.call.ret = 77;	/* must start as 0 */
	expect(HCBPF_DONE, 1);
	assert_int_equal(state->test.call.ret, 0);
	stats = hc_vm_stats(binding);
	assert_int_equal(stats.done, 1);
	assert_int_equal(stats.signals, 1);
	assert_int_equal(stats.pass, 0);
	assert_int_equal(stats.faults, 0);
}

static void doorbell_signals_the_eventfd_of_the_port(void **unused)
{
	(void)unused;
	state->test.call.abi = HCBPF_ABI_KVM;
	state->test.call.nr = HCBPF_HC_DOORBELL;
	state->test.call.args[0] = PORT;
	expect(HCBPF_DONE, 1);
}

static void an_unknown_port_passes_and_is_counted(void **unused)
{
	uint32_t port = PORT + 1;

	(void)unused;
	memcpy(state->test.mem, &port, sizeof(port));
	expect(HCBPF_PASS, 0);
	assert_int_equal(hc_vm_stats(binding).pass, 1);
}

static void absent_guest_memory_passes_and_is_counted(void **unused)
{
	(void)unused;
	state->test.call.args[1] = MEM + 4;
	expect(HCBPF_PASS, 0);
	assert_int_equal(hc_vm_stats(binding).faults, 1);
}

static void memory_is_cut_to_its_length(void **unused)
{
	(void)unused;
	state->test.mem_len = 3;
	expect(HCBPF_PASS, 0);
}

static void a_32_bit_caller_has_32_bit_addresses(void **unused)
{
	(void)unused;
	state->test.call.mode = HCBPF_MODE_32;
	state->test.call.args[1] = 0xabcd00000000ULL | MEM;
	expect(HCBPF_DONE, 1);
}

static void user_mode_is_passed_before_the_policy(void **unused)
{
	(void)unused;
	state->test.call.user = 1;
	expect(HCBPF_PASS, 0);
	assert_int_equal(hc_vm_stats(binding).user_mode, 1);
	assert_int_equal(hc_vm_stats(binding).pass, 0);
}

static void an_emptied_slot_passes(void **unused)
{
	(void)unused;
	assert_ok(hc_set_eventfd(binding, SLOT, -1));
	expect(HCBPF_PASS, 0);
	assert_int_equal(hc_vm_stats(binding).signals, 0);
}

static void after_unbind_there_is_no_such_vm(void **unused)
{
	(void)unused;
	assert_ok(hc_unbind(binding));
	run();
	assert_return(state->result, -ENOENT);
}

/* Of this process's capabilities in force. */
static void set_capability(int capability, bool on)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2];
	uint32_t bit = 1U << capability;

	assert_int_equal(syscall(SYS_capget, &header, data), 0);
	data[0].effective = on ? data[0].effective | bit : data[0].effective & ~bit;
	assert_int_equal(syscall(SYS_capset, &header, data), 0);
}

/* Its policy would signal the VM's eventfds, and who may load BPF programs is not root. */
static void with_a_vm_a_test_call_is_the_operators(void **unused)
{
	(void)unused;
	set_capability(CAP_SYS_ADMIN, false);
	run();
	assert_return(state->result, -EPERM);
	assert_int_equal(efd_take(efd), 0);
	state->test.vm_id = 0;
	run();
	assert_return(state->result, 0);
	set_capability(CAP_SYS_ADMIN, true);
}

static void a_test_call_to_no_policy_is_enoent(void **unused)
{
	(void)unused;
	strcpy(state->policy, "no-such-policy");
	run();
	assert_return(state->result, -ENOENT);
}

static void a_test_call_of_wrong_size_is_refused(void **unused)
{
	(void)unused;
	run_program("test_call_short");
	assert_return(state->result, -EINVAL);
	fresh_call(NULL);
	run_program("test_call_long_name");
	assert_return(state->result, -EINVAL);
	fresh_call(NULL);
	state->test.mem_len = HCBPF_TEST_MEM + 1;
	run();
	assert_return(state->result, -EINVAL);
}

/* Program memory that is not on its stack may be anything, a kernel object too. */
static void a_test_call_that_is_not_on_the_stack_is_refused(void **unused)
{
	(void)unused;
	run_program("test_call_in_map");
	assert_return(state->result, -EINVAL);
}

static void guest_memory_is_read_to_the_stack_only(void **unused)
{
	struct policy policy;

	(void)unused;
	assert_ok(policy_load(&policy, "read_into_map.bpf.o"));
	strcpy(state->policy, "read_into_map");
	run();
	policy_unload(&policy);
	assert_return(state->result, 0);
	assert_int_equal((int64_t)state->test.call.ret, -EINVAL);
}

static void a_name_without_end_is_refused(void **unused)
{
	(void)unused;
	memset(state->policy, 'a', sizeof(state->policy));
	run();
	assert_return(state->result, -EINVAL);
}

static void fields_that_no_call_has_are_refused(void **unused)
{
	(void)unused;
	state->test.call.abi = HCBPF_ABI_AUTO;
	run();
	assert_return(state->result, -EINVAL);
	state->test.call.abi = HCBPF_NR_ABIS;
	run();
	assert_return(state->result, -EINVAL);
	fresh_call(NULL);
	state->test.call.mode = HCBPF_MODE_64 + 1;
	run();
	assert_return(state->result, -EINVAL);
	fresh_call(NULL);
	state->test.call.user = 2;
	run();
	assert_return(state->result, -EINVAL);
}

/* ---- policies with a will of their own ---- */

static void everything_that_is_no_verdict_is_pass(void **unused)
{
	static const int verdicts[] = { 3, 77, -1, -14, 0x7fffffff, -0x7fffffff - 1 };
	struct policy bad;
	unsigned int i;

	(void)unused;
	assert_ok(policy_load(&bad, "bad_verdict.bpf.o"));
	strcpy(state->policy, "bad_verdict");
	for (i = 0; i < ARRAY_LEN(verdicts); i++) {
		state->test.call.args[0] = verdicts[i];
		run();
		assert_return(state->result, 0);
		assert_int_equal(state->test.verdict, HCBPF_PASS);
		assert_int_equal(state->test.policy_ret, verdicts[i]);
	}
	policy_unload(&bad);
}

static void the_result_has_64_bits(void **unused)
{
	struct observe_state *seen;
	struct policy observe;

	(void)unused;
	assert_ok(policy_load_observe(&observe, "observe", &seen));
	seen->verdict = HCBPF_DONE;
	seen->ret = 0xfedcba9876543210ULL;
	strcpy(state->policy, "observe");
	state->test.call.vcpu_id = 5;
	state->test.call.args[5] = 66;
	state->test.call.ret = 1;
	run();
	assert_true(state->test.call.ret == 0xfedcba9876543210ULL);
	assert_int_equal(seen->ret_before, 0);
	assert_int_equal(seen->vcpu_id, 5);
	assert_int_equal(seen->args[5], 66);
	assert_int_equal(seen->vm_id, 0);
	policy_unload(&observe);
}

static void a_policy_for_user_mode_sees_it(void **unused)
{
	struct observe_state *seen;
	struct policy observe;

	(void)unused;
	assert_ok(policy_open(&observe, "observe.bpf.o"));
	policy_set_flags(&observe, HCBPF_OPS_USER);
	assert_ok(policy_attach(&observe));
	seen = policy_state(&observe, sizeof(*seen));
	strcpy(state->policy, "observe");
	state->test.call.user = 1;
	run();
	assert_int_equal(seen->calls, 1);
	assert_int_equal(seen->user, 1);
	policy_unload(&observe);
}

#define call_test(f) cmocka_unit_test_setup(f, fresh_call)
#define vm_test(f) cmocka_unit_test_setup_teardown(f, fresh_vm, end_vm)

int main(void)
{
	const struct CMUnitTest tests[] = {
		call_test(without_a_vm_every_port_is_unknown),
		vm_test(xen_send_signals_the_eventfd_of_the_port),
		vm_test(doorbell_signals_the_eventfd_of_the_port),
		vm_test(an_unknown_port_passes_and_is_counted),
		vm_test(absent_guest_memory_passes_and_is_counted),
		vm_test(memory_is_cut_to_its_length),
		vm_test(a_32_bit_caller_has_32_bit_addresses),
		vm_test(user_mode_is_passed_before_the_policy),
		vm_test(an_emptied_slot_passes),
		vm_test(after_unbind_there_is_no_such_vm),
		vm_test(with_a_vm_a_test_call_is_the_operators),
		call_test(a_test_call_to_no_policy_is_enoent),
		call_test(a_test_call_of_wrong_size_is_refused),
		call_test(a_test_call_that_is_not_on_the_stack_is_refused),
		call_test(guest_memory_is_read_to_the_stack_only),
		call_test(a_name_without_end_is_refused),
		call_test(fields_that_no_call_has_are_refused),
		call_test(everything_that_is_no_verdict_is_pass),
		call_test(the_result_has_64_bits),
		call_test(a_policy_for_user_mode_sees_it),
	};

	return cmocka_run_group_tests_name("synthetic calls", tests, group_setup, group_teardown);
}
