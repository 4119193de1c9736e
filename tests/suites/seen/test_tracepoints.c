// SPDX-License-Identifier: GPL-2.0-only
/* The module's tracepoints, as perf and trace-cmd find them: in tracefs. */
#include <stdlib.h>
#include <unistd.h>
#include "rules.h"
#include "standard_policy.h"

#define EVENTS "/sys/kernel/tracing/events/hcbpf/"
#define NR_DENIED 100

#ifdef __x86_64__
#define ABI HCBPF_ABI_KVM
#define ABI_NAME "kvm"
#else
#define ABI HCBPF_ABI_SMCCC
#define ABI_NAME "smccc"
#endif

static void turn(const char *event, const char *to)
{
	char path[128];

	snprintf(path, sizeof(path), EVENTS "%s/enable", event);
	assert_true(file_write(path, to));
	if (*to == '1')
		assert_true(file_write("/sys/kernel/tracing/trace", ""));
}

static void expect_trace(const char *format, ...)
{
	char line[256];
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	if (!strstr(file_text("/sys/kernel/tracing/trace"), line))
		fail_msg("no \"%s\" in %s", line, file_text("/sys/kernel/tracing/trace"));
}

static void a_call_is_traced_with_what_became_of_it(void **state)
{
	const struct hcbpf_rule rules[] = { deny(ABI, NR_DENIED, ANY, -38) };
	struct rig rig;

	(void)state;
	rig_up(&rig, &kvm64, NULL);
	assert_ok(SET_RULES(&rig, rules));
	turn("call", "1");
	kvm_call(&rig, NR_DENIED, 77);
	kvm_call(&rig, NR_DENIED + 1, 78);
	turn("call", "0");
	expect_trace("call: vm=%u vcpu=0 abi=" ABI_NAME " nr=0x64 args=0x4d,", hcbpf_vm_id(rig.hc));
	expect_trace("fate=done ret=0xffffffffffffffda ns=");
	expect_trace("nr=0x65 args=0x4e,");
	expect_trace("fate=pass ret=0x0 ns=");
	rig_down(&rig);
}

static void bindings_are_traced_from_their_beginning_to_their_end(void **state)
{
	LIBHCBPF_OPTS(hcbpf_bind_opts, opts, .tag = "web-1");
	struct rig rig;
	uint32_t id;

	(void)state;
	turn("bind", "1");
	turn("end", "1");
	rig_up(&rig, &kvm64, &opts);
	id = hcbpf_vm_id(rig.hc);
	assert_ok(hcbpf_vm_unbind(rig.hc));
	turn("bind", "0");
	turn("end", "0");
	expect_trace("bind: vm=%u policy=standard tag=web-1 uid=0 operator=0", id);
	expect_trace("end: vm=%u", id);
	rig_down(&rig);
}

static void page_reports_are_traced(void **state)
{
#ifdef __x86_64__
	const uint64_t nr = HCBPF_KVM_MAP_GPA_RANGE, args[] = { 0x100000, 2, 1 << 4 };
	const unsigned int npages = 2, attr = 1;
#else
	const uint64_t nr = HCBPF_SMCCC_MEM_UNSHARE, args[] = { 0x100000, 0, 0 };
	const unsigned int npages = 1, attr = 1;
#endif
	const struct hcbpf_rule rules[] = {
		port_rule(ABI, nr, ANY, HCBPF_RULE_TRACK, HCBPF_RULE_PASS, 0),
	};
	const struct kvm_start start = {
		.nr = nr, .args = { args[0], args[1], args[2] }, .abi = PLAIN_ABI,
	};
	struct rig rig;

	(void)state;
	rig_up(&rig, &kvm64, NULL);
	assert_ok(SET_RULES(&rig, rules));
	turn("gpa", "1");
	assert_int_equal(call_once(rig.vm, start), 0);
	turn("gpa", "0");
	expect_trace("gpa: vm=%u gpa=0x100000 npages=%u attr=0x%x err=0", hcbpf_vm_id(rig.hc),
		     npages, attr);
	rig_down(&rig);
}

/* And while it is unloaded nothing of it is left in tracefs. */
static void they_go_with_the_module(void **state)
{
	(void)state;
	assert_false(access(EVENTS "sdei/enable", F_OK));
	turn("call", "1");
	turn("call", "0");
	policy_unload(&standard);
	hc_device_close();
	assert_true(unload_module());
	assert_true(access(EVENTS, F_OK));
	assert_int_equal(sh("modprobe hcbpf"), 0);
	assert_ok(policy_load(&standard, "standard.bpf.o"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_call_is_traced_with_what_became_of_it),
		cmocka_unit_test(bindings_are_traced_from_their_beginning_to_their_end),
		cmocka_unit_test(page_reports_are_traced),
		cmocka_unit_test(they_go_with_the_module),
	};

	return cmocka_run_group_tests_name("tracepoints", tests, standard_setup,
					   standard_teardown);
}
