// SPDX-License-Identifier: GPL-2.0-only
/*
 * What calls cost, in instructions: the lab's --icount makes a tick of the TSC, or
 * a nanosecond of arm64's counter, one instruction of guest and kernel together.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>
#include "cost.h"
#include "gpa.h"
#include "ran.h"

#ifdef __x86_64__
#define KVM_NULL_CALL 1		/* KVM_HC_VAPIC_POLL_IRQ: 0, and nothing else */
#define OUT_AT 0x600
#define UNBOUND_LIMIT 20
#define PASS_LIMIT 150
/* VMX has level and mode in the VMCS; PREEMPT_RT forbids migration in place of preemption. */
#define ASK_LIMIT (is_intel() ? 350 : kernel_is("PREEMPT_RT") ? 300 : 250)
/* More for a call of a VM while another one is traced; Linux 7.3 takes 40 more than 6.12. */
#define TRACE_LIMIT (is_intel() || kernel_is("PREEMPT_RT") ? 400 : 300)
#else
#define KVM_NULL_CALL 0x84000004	/* PSCI_AFFINITY_INFO: vCPU 0 is on: 0 */
#define OUT_AT 0x20000000
#define UNBOUND_LIMIT 80
/* Where the kernel can be preempted, RCU and the counters forbid that for a moment. */
#define PASS_LIMIT (kernel_is("PREEMPT") ? 170 : 150)
#define ASK_LIMIT 550
#define TRACE_LIMIT 400
#endif
#define OBSERVE_LIMIT 40	/* more for a call that is counted by its kind, and passes */
#ifdef __x86_64__	/* the same of one that the policy is asked about */
#define OBSERVE_ASKED_LIMIT 40
#else
#define OBSERVE_ASKED_LIMIT 43
#endif
#define RESOLUTION 0.5		/* of what is the difference of two figures */
#define LOAD_LIMIT 90e6		/* with a filter that ftrace finds by its name: 440e6, arm64 119e6 */
#define NAMED_CALL 77		/* for rules; nothing to KVM */
#define SAME_COST 0.02		/* of the dearer one */
#define BUFFERS_LIMIT 40	/* more for a look-up among 64 buffers than for one with 1 */
#define RUN_LIMIT 190		/* more for a KVM_RUN while an operator's table is loaded */
#define RUN_NOISE 12		/* on arm64 VMs alike took 6202.9 to 6209.9, in two groups */
#define MANY_RULES 65536
#define MANY_VMS 1000
#define FLIP_LIMIT 0.60		/* of the same call through a VMM exit */
/* Times the flip of one page. It takes more locks, which are mutexes with PREEMPT_RT. */
#define GIB_LIMIT (kernel_is("PREEMPT_RT") ? 2.2 : 2)
#define MANY_RANGES 100000

static const struct kvm_vm_conf plain = { .high = true };

/* How the kernel was configured, of which its version text names some: "#1 SMP PREEMPT_RT ..." */
static bool kernel_is(const char *word)
{
	struct utsname name;

	assert_false(uname(&name));
	return strstr(name.version, word);
}

static double cost_of(struct kvm_vm *vm, struct kvm_start start)
{
	double ticks;

	assert_kvm(kvm_cost(vm, &start, &ticks));
	return ticks;
}

static double cost_in(struct kvm_vm *vm, uint64_t nr)
{
	return cost_of(vm, (struct kvm_start){ .program = GUEST_CALLS, .nr = nr });
}

/* Of the call that KVM answers at once, in a VM that is not bound. */
static double cost(void)
{
	struct kvm_vm *vm;
	double result;

	assert_kvm(kvm_vm_create(&plain, &vm));
	result = cost_in(vm, KVM_NULL_CALL);
	kvm_vm_destroy(vm);
	return result;
}

static double without_module, loading;

#ifdef __x86_64__
static bool is_intel(void)
{
	return !access("/sys/module/kvm_intel", F_OK);
}
#endif

static int group_setup(void **state)
{
	int err;

	(void)state;
	without_module = cost();
	loading = -children_ran();
	err = sh("modprobe hcbpf linger=0");
	loading += children_ran();
	return err;
}

static void loading_the_module_takes_no_search_of_all_functions(void **state)
{
	(void)state;
	print_message("# modprobe: %.0f instructions\n", loading);
	if (loading > LOAD_LIMIT)
		fail_msg("%.0f instructions, not at most %.0f", loading, LOAD_LIMIT);
}

static void expect_added(double limit)
{
	double added = cost() - without_module;

	print_message("# %.1f instructions more than without the module\n", added);
	if (added > limit || added < -limit - 1)
		fail_msg("%.1f instructions more, not at most %.1f", added, limit);
}

static void with_nothing_bound_a_call_costs_nothing_more(void **state)
{
	(void)state;
	expect_added(0.5);
}

static void an_unbound_vm_pays_little(void **state)
{
	struct policy standard;
	struct rig rig;

	(void)state;
	assert_ok(policy_load(&standard, "standard.bpf.o"));
	rig_up(&rig, &plain, NULL);
	expect_added(UNBOUND_LIMIT);
	rig_down(&rig);
	policy_unload(&standard);
}

static void after_the_last_unbind_a_call_costs_nothing_more(void **state)
{
	(void)state;
	assert_true(wait_until(hc_info().hook == HCBPF_HOOK_NONE, 2000));
	expect_added(0.5);
}

/* Each round leaves to the VMM, and comes back by a KVM_RUN. */
static double cost_of_runs(void)
{
	const struct kvm_start outs = { .program = GUEST_OUT, .args = { OUT_AT } };
	struct kvm_vm *vm;
	double result;

	assert_kvm(kvm_vm_create(&plain, &vm));
	result = cost_of(vm, outs);
	kvm_vm_destroy(vm);
	return result;
}

/* A table that means nobody who is here. */
static void set_admission(bool on)
{
	struct hcbpf_template template = { .name = "t", .policy = "standard" };
	struct hcbpf_admit_rule rule = { .flags = HCBPF_ADMIT_USER, .uid = 12345 };
	struct hcbpf_admission req = {
		.size = sizeof(req), .nr_templates = on, .nr_rules = on,
		.templates = (uintptr_t)&template, .rules = (uintptr_t)&rule,
	};

	assert_ok(hc_ioctl(hc_device(), HCBPF_SET_ADMISSION, &req));
}

static void admission_costs_runs_some_and_calls_nothing(void **state)
{
	double off = cost_of_runs(), on, after;

	(void)state;
	set_admission(true);
	expect_added(0.5);
	on = cost_of_runs() - off;
	set_admission(false);
	after = cost_of_runs() - off;
	print_message("# a run: %.1f instructions; %.1f more with admission, %.1f after it\n", off,
		      on, after);
	if (on > RUN_LIMIT || after > RUN_NOISE || after < -RUN_NOISE)
		fail_msg("%.1f more, not at most %d, or %.1f, not 0", on, RUN_LIMIT, after);
}

static void expect_pass_to_add(const char *object, const char *name, double limit)
{
	LIBHCBPF_OPTS(hcbpf_bind_opts, opts, .policy = name);
	struct policy policy;
	struct rig rig;
	double added;

	assert_ok(policy_load(&policy, object));
	rig_up(&rig, &plain, &opts);
	added = cost_in(rig.vm, KVM_NULL_CALL) - without_module;
	print_message("# %.1f instructions more than without the module\n", added);
	assert_true(rig_stats(&rig).pass > 0);
	rig_down(&rig);
	policy_unload(&policy);
	if (added > limit)
		fail_msg("%.1f instructions more, not at most %.1f", added, limit);
}

static void a_call_that_the_policy_passes_pays_some(void **state)
{
	(void)state;
	expect_pass_to_add("standard.bpf.o", "standard", PASS_LIMIT);
}

/* This one lists no calls, so it is asked about each; 0 as the argument makes it pass. */
static void a_call_that_the_policy_is_asked_about_pays_more(void **state)
{
	(void)state;
	expect_pass_to_add("bad_verdict.bpf.o", "bad_verdict", ASK_LIMIT);
}

static void observe(const struct rig *rig, uint32_t flags)
{
	struct hcbpf_observe req = { .size = sizeof(req), .flags = flags };

	assert_ok(hc_ioctl(hcbpf_vm_fd(rig->hc), HCBPF_VM_OBSERVE, &req));
}

/* And nothing once nobody wants to know: the code is patched back a second later. */
static void expect_counting_to_cost(const struct rig *rig, uint32_t nr, double limit,
				    const char *what)
{
	double before = cost_in(rig->vm, nr), during, after;

	observe(rig, HCBPF_OBSERVE_ON);
	during = cost_in(rig->vm, nr);
	observe(rig, 0);
	sleep(3);
	after = cost_in(rig->vm, nr);
	print_message("# observed, %s: %.1f instructions more\n", what, during - before);
	if (during - before > limit + RESOLUTION || after - before > 2)
		fail_msg("%s: %.1f instructions, observed %.1f, then %.1f", what, before, during,
			 after);
}

static void counting_calls_by_kind_costs_little(void **state)
{
	const struct hcbpf_rule denied = {
		.abi = PLAIN_ABI, .nr = NAMED_CALL, .sub = HCBPF_RULE_ANY,
		.action = HCBPF_RULE_DENY,
	};
	struct policy standard;
	struct rig rig;

	(void)state;
	assert_ok(policy_load(&standard, "standard.bpf.o"));
	rig_up(&rig, &plain, NULL);
	expect_counting_to_cost(&rig, KVM_NULL_CALL, OBSERVE_LIMIT, "a call that passes");
	assert_ok(hcbpf_rules_set(rig.hc, &denied, 1, NULL));
	expect_counting_to_cost(&rig, NAMED_CALL, OBSERVE_ASKED_LIMIT, "one that is denied");
	rig_down(&rig);
	policy_unload(&standard);
}

/* ---- tracing ---- */

static void trace_begin(const struct rig *rig)
{
	assert_int_equal(sh("hcbpf trace %u --ring 64K > /dev/null 2> /tmp/trace.err & "
			    "echo $! > /tmp/tracer", hcbpf_vm_id(rig->hc)), 0);
	assert_true(wait_until(strstr(file_text("/tmp/trace.err"), "tracing"), 10000));
}

static void trace_end(void)
{
	assert_int_equal(sh("kill -INT $(cat /tmp/tracer)"), 0);
	assert_true(wait_until(strstr(file_text("/tmp/trace.err"), "dropped: "), 10000));
}

/* Of their calls nothing is read but whose they are. */
static void while_a_vm_is_traced_others_pay_little(void **state)
{
	double before, traced, other;
	struct policy standard;
	struct rig rig, quiet;

	(void)state;
	assert_ok(policy_load(&standard, "standard.bpf.o"));
	rig_up(&rig, &plain, NULL);
	rig_up(&quiet, &plain, NULL);
	before = cost_in(quiet.vm, KVM_NULL_CALL);
	trace_begin(&rig);
	traced = cost_in(rig.vm, KVM_NULL_CALL) - before;
	other = cost_in(quiet.vm, KVM_NULL_CALL) - before;
	trace_end();
	rig_down(&quiet);
	rig_down(&rig);
	policy_unload(&standard);
	print_message("# traced: %.1f instructions more; another VM's: %.1f\n", traced, other);
	if (other > TRACE_LIMIT)
		fail_msg("%.1f instructions more, not at most %d", other, TRACE_LIMIT);
}

static void expect_same(double few, double many, const char *what)
{
	print_message("# %s: %.1f and %.1f instructions\n", what, few, many);
	if (many > few * (1 + SAME_COST) || few > many * (1 + SAME_COST))
		fail_msg("%s: %.1f and %.1f instructions", what, few, many);
}

/* Calls of NAMED_CALL are answered with 0, and as many others have rules of their own. */
static double cost_with_rules(struct rig *rig, uint32_t nr)
{
	LIBHCBPF_OPTS(hcbpf_rules_opts, opts, .flags = HCBPF_RULES_FORCE);
	struct hcbpf_rule *rules = calloc(nr, sizeof(*rules));
	uint32_t i;

	assert_non_null(rules);
	for (i = 0; i < nr; i++) {
		rules[i].abi = PLAIN_ABI;
		rules[i].nr = NAMED_CALL + i;
		rules[i].sub = HCBPF_RULE_ANY;
		rules[i].action = HCBPF_RULE_DENY;
	}
	assert_ok(hcbpf_rules_set(rig->hc, rules, nr, &opts));
	free(rules);
	return cost_in(rig->vm, NAMED_CALL);
}

static void the_number_of_rules_does_not_matter(void **state)
{
	struct policy standard;
	struct rig rig;
	double few;

	(void)state;
	assert_ok(policy_load(&standard, "standard.bpf.o"));
	rig_up(&rig, &plain, NULL);
	few = cost_with_rules(&rig, 1);
	expect_same(few, cost_with_rules(&rig, MANY_RULES), "1 and 65536 rules");
	rig_down(&rig);
	policy_unload(&standard);
}

/* ---- a VMM that chooses its rules' keys ---- */

#define GOLDEN_RATIO_64 0x61c8864680b583ebULL
#define COLLIDING 32768

/* x with x * GOLDEN_RATIO_64 = y, by Newton's method modulo 2^64. */
static uint64_t divide_by_golden_ratio(uint64_t y)
{
	uint64_t inverse = GOLDEN_RATIO_64;
	int i;

	for (i = 0; i < 6; i++)
		inverse *= 2 - GOLDEN_RATIO_64 * inverse;
	return y * inverse;
}

/* Without the wait for those who still read the old ones. */
static double cost_to_set(struct rig *rig, const struct hcbpf_rule *rules, uint32_t nr)
{
	struct timespec begin, end;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &begin);
	assert_ok(set_rules_with(rig, rules, nr, HCBPF_RULES_FORCE, 0));
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &end);
	return (end.tv_sec - begin.tv_sec) * 1e9 + end.tv_nsec - begin.tv_nsec;
}

/* Keys that a multiplicative hash puts into one place: taking them must not take long. */
static void rules_that_collide_are_taken_quickly(void **state)
{
	struct hcbpf_rule *rules = calloc(COLLIDING, sizeof(*rules));
	double spread, chosen;
	struct policy standard;
	struct rig rig;
	uint64_t key;
	uint32_t i;

	(void)state;
	assert_non_null(rules);
	assert_ok(policy_load(&standard, "standard.bpf.o"));
	rig_up(&rig, &plain, NULL);
	for (i = 0; i < COLLIDING; i++)
		rules[i] = rule(PLAIN_ABI, i % 256, i / 256, HCBPF_RULE_DENY);
	spread = cost_to_set(&rig, rules, COLLIDING);
	for (i = 0; i < COLLIDING; i++) {
		key = divide_by_golden_ratio(i + 1) - PLAIN_ABI;
		rules[i] = rule(PLAIN_ABI, key >> 32, key, HCBPF_RULE_DENY);
	}
	chosen = cost_to_set(&rig, rules, COLLIDING);
	print_message("# %d rules: %.1f M instructions, chosen ones %.1f M\n", COLLIDING,
		      spread / 1e6, chosen / 1e6);
	assert_true(chosen < 2 * spread);
	rig_down(&rig);
	policy_unload(&standard);
	free(rules);
}

static void the_number_of_bound_vms_does_not_matter(void **state)
{
	const struct kvm_vm_conf small = { .mem_size = GUEST_DATA + 0x1000 };
	const struct rlimit files = { 8 * MANY_VMS, 8 * MANY_VMS };
	static struct kvm_vm *vms[MANY_VMS];
	static int fds[MANY_VMS];
	struct policy standard;
	struct rig rig;
	double few;
	int i;

	(void)state;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &files), 0);
	assert_ok(policy_load(&standard, "standard.bpf.o"));
	rig_up(&rig, &plain, NULL);
	few = cost_with_rules(&rig, 1);
	for (i = 1; i < MANY_VMS; i++) {
		assert_kvm(kvm_vm_create(&small, &vms[i]));
		fds[i] = assert_fd(hc_bind(vms[i]->fd, "standard"));
	}
	expect_same(few, cost_with_rules(&rig, 1), "1 and 1000 VMs bound");
	for (i = 1; i < MANY_VMS; i++) {
		kvm_vm_destroy(vms[i]);
		close(fds[i]);
	}
	rig_down(&rig);
	policy_unload(&standard);
}

/* ---- claims on ports ---- */

#define FEW_CLAIMS 64

/* Binding a VM whose tag has the first @nr of the claims, of one eventfd, that are there then. */
static double cost_to_bind_claimed(int efd, int *claims, unsigned int from, unsigned int nr)
{
	LIBHCBPF_OPTS(hcbpf_bind_opts, opts, .tag = "claimed");
	const struct kvm_vm_conf small = { .mem_size = GUEST_DATA + 0x1000 };
	struct timespec begin, end;
	struct hcbpf_vm *hc;
	struct kvm_vm *vm;

	for (; from < nr; from++)
		claims[from] = assert_fd(hcbpf_port_claim("claimed", from, efd, NULL));
	assert_kvm(kvm_vm_create(&small, &vm));
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &begin);
	assert_ok(hcbpf_vm_bind(vm->fd, &opts, &hc));
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &end);
	hcbpf_vm_close(hc);
	kvm_vm_destroy(vm);
	return (end.tv_sec - begin.tv_sec) * 1e9 + end.tv_nsec - begin.tv_nsec;
}

/* All that a user may have: each must find its port and a free slot without a look at the others. */
static void a_claim_costs_the_same_beside_all_others(void **state)
{
	const struct rlimit files = { 2 * HCBPF_MAX_CLAIMS, 2 * HCBPF_MAX_CLAIMS };
	static int claims[HCBPF_MAX_CLAIMS];
	struct policy standard;
	double none, few, many;
	int efd = efd_new(), i;
	struct rig rig;

	(void)state;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &files), 0);
	assert_ok(policy_load(&standard, "standard.bpf.o"));
	rig_up(&rig, &plain, NULL);
	none = cost_to_bind_claimed(efd, claims, 0, 0);
	few = cost_to_bind_claimed(efd, claims, 0, FEW_CLAIMS) - none;
	many = cost_to_bind_claimed(efd, claims, FEW_CLAIMS, HCBPF_MAX_CLAIMS) - none;
	print_message("# bind: %.0f instructions, %.0f for each of %d claims, %.0f of %d\n", none,
		      few / FEW_CLAIMS, FEW_CLAIMS, many / HCBPF_MAX_CLAIMS, HCBPF_MAX_CLAIMS);
	assert_true(many / HCBPF_MAX_CLAIMS <= 1.5 * few / FEW_CLAIMS);
	for (i = 0; i < HCBPF_MAX_CLAIMS; i++)
		close(claims[i]);
	close(efd);
	rig_down(&rig);
	policy_unload(&standard);
}

#ifdef __x86_64__
/* ---- page attributes ---- */

#define FLIP_BASE (4 * GIB)

/* Of @npages pages, back and forth: each call changes them. */
static double cost_of_flips(struct kvm_vm *vm, uint64_t npages)
{
	const struct guest_flip flips[] = {
		{ FLIP_BASE + GIB, npages, ENC }, { FLIP_BASE + GIB, npages, DEC },
	};

	memcpy(kvm_at(vm, GUEST_DATA), flips, sizeof(flips));
	return cost_of(vm, (struct kvm_start){
		.program = GUEST_FLIPS, .args = { GUEST_DATA, ARRAY_LEN(flips) },
	});
}

/* The least that a VMM does today: check, and record the page in a bitmap of its own. */
static int record(struct kvm_vcpu *vcpu, void *unused)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	static uint64_t bitmap[8 * GIB / PAGE / 64];
	uint64_t gpa = vcpu->run->hypercall.args[0], npages = vcpu->run->hypercall.args[1], gfn;

	(void)unused;
	vcpu->run->hypercall.ret = -EINVAL;
	if (gpa % PAGE || !npages || npages > 8 * GIB / PAGE || gpa > 8 * GIB - npages * PAGE)
		return 0;
	pthread_mutex_lock(&lock);
	for (gfn = gpa / PAGE; npages--; gfn++)
		if (vcpu->run->hypercall.args[2] & ENC)
			bitmap[gfn / 64] |= 1ULL << gfn % 64;
		else
			bitmap[gfn / 64] &= ~(1ULL << gfn % 64);
	pthread_mutex_unlock(&lock);
	vcpu->run->hypercall.ret = 0;
	return 0;
}

static double cost_of_flips_by_exits(void)
{
	struct kvm_enable_cap cap = {
		.cap = KVM_CAP_EXIT_HYPERCALL, .args = { 1 << MAP_GPA },
	};
	struct kvm_vm *vm;
	double result;

	assert_kvm(kvm_vm_create(&plain, &vm));
	vm->on_exit = record;
	assert_return(hc_ioctl(vm->fd, KVM_ENABLE_CAP, &cap), 0);
	result = cost_of_flips(vm, 1);
	kvm_vm_destroy(vm);
	return result;
}

/* Answer, and step over the call by the registers, or leave it to the kernel. */
static int answer_by_registers(struct kvm_vcpu *vcpu, void *arg)
{
	struct kvm_regs regs;

	vcpu->run->hypercall.ret = 0;
	assert_kvm(kvm_vcpu_regs(vcpu, &regs));
	regs.rax = 0;
	regs.rip += *(uint64_t *)arg;
	return kvm_vcpu_set_regs(vcpu, &regs);
}

/* What this CPU, unlike real ones, makes KVM spend to step over a call. */
static double cost_of_a_skip(struct rig *rig)
{
	uint64_t by_kernel = 0, by_vmm = 3;
	double result;

	rig->vm->on_exit = answer_by_registers;
	rig->vm->on_exit_arg = &by_kernel;
	result = cost_of_flips(rig->vm, 1);
	rig->vm->on_exit_arg = &by_vmm;
	return result - cost_of_flips(rig->vm, 1);
}

struct flip_costs {
	double skip, page, gib;
};

/* Maps are trees of random shape, so that nobody can make one degenerate: the mean of some. */
#define TREES 8

/* What a replaced map was made of is freed by and by. */
static void wait_for_drain(struct rig *rig)
{
	uint64_t before;

	do {
		before = rig_info(rig).gpa_memory;
		sleep_ms(100);
	} while (rig_info(rig).gpa_memory != before);
}

static void measure_flips(struct flip_costs *costs, uint32_t nr_ranges)
{
	struct hcbpf_rule rules[] = { map_gpa_rule(HCBPF_RULE_EXIT) };
	struct hcbpf_gpa_range *ranges = calloc(nr_ranges, sizeof(*ranges));
	struct policy standard;
	struct rig rig;
	uint32_t i;

	assert_ok(policy_load(&standard, "standard.bpf.o"));
	rig_up(&rig, &plain, NULL);
	add_slot(rig.vm, 1, FLIP_BASE, 4 * GIB);
	assert_ok(SET_RULES(&rig, rules));
	costs->skip = cost_of_a_skip(&rig);

	rules[0] = map_gpa_rule(HCBPF_RULE_TRACK);
	assert_ok(set_rules_with(&rig, rules, 1, HCBPF_RULES_FORCE, 0));
	for (i = 0; i < nr_ranges; i++)
		ranges[i] = range(FLIP_BASE / PAGE * 2 + i * 5000ULL, 100, 1);
	costs->page = costs->gib = 0;
	for (i = 0; i < TREES; i++) {
		assert_ok(gpa_replace(fd_of(&rig), ranges, nr_ranges, 0));
		wait_for_drain(&rig);
		costs->page += cost_of_flips(rig.vm, 1) / TREES;
		costs->gib += cost_of_flips(rig.vm, GIB / PAGE) / TREES;
	}
	rig_down(&rig);
	policy_unload(&standard);
	free(ranges);
}

static void print_cost(const char *what, double raw, double skip)
{
	print_message("# %s: %.0f instructions, %.0f net\n", what, raw, raw - skip);
}

static void a_tracked_flip_costs_less_than_an_exit_and_a_gib_as_much_as_a_page(void **state)
{
	struct flip_costs few, many;
	double exits;

	(void)state;
	exits = cost_of_flips_by_exits();
	measure_flips(&few, 0);
	measure_flips(&many, MANY_RANGES);
	print_cost("gpa_flip_exit", exits, few.skip);
	print_cost("gpa_flip_4k", few.page, few.skip);
	print_cost("gpa_flip_1g", few.gib, few.skip);
	print_cost("gpa_flip_4k beside 100000 ranges", many.page, many.skip);
	print_cost("gpa_flip_1g beside 100000 ranges", many.gib, many.skip);
	assert_true(few.skip > 0);
	assert_true(few.page - few.skip <= FLIP_LIMIT * (exits - few.skip));
	assert_true(few.gib - few.skip <= GIB_LIMIT * (few.page - few.skip));
	assert_true(many.gib - many.skip <= GIB_LIMIT * (many.page - many.skip));
}

/* Sends on a port in buffer number @at of @nr that follow one another. */
static double cost_with_buffers(struct rig *rig, unsigned int nr, unsigned int at, uint32_t vcpu)
{
	struct hcbpf_buffer list[64];
	unsigned int i;

	for (i = 0; i < nr; i++)
		list[i] = (struct hcbpf_buffer){
			.va = 0x70000000 + i * 64, .gpa = GUEST_DATA, .size = 64, .vcpu = vcpu,
		};
	assert_ok(hcbpf_buffers_set(rig->hc, list, nr));
	return cost_of(rig->vm, xen_sends(0x70000000 + at * 64, 0));
}

static void the_number_of_buffers_hardly_matters(void **state)
{
	const struct kvm_vm_conf xen = { .xen = true };
	struct policy standard;
	unsigned int at;
	double one, more;
	struct rig rig;

	(void)state;
	assert_ok(policy_load(&standard, "standard.bpf.o"));
	rig_up_serving(&rig, &xen);
	put_port(rig.vm, GUEST_DATA, PORT);
	one = cost_with_buffers(&rig, 1, 0, 0);
	print_message("# one buffer of this vCPU: %.1f instructions, of all: %.1f\n", one,
		      cost_with_buffers(&rig, 1, 0, HCBPF_BUFFER_ANY_VCPU));
	for (at = 0; at < 64; at += 21) {
		more = cost_with_buffers(&rig, 64, at, 0) - one;
		print_message("# number %u of 64: %.1f more\n", at, more);
		if (more > BUFFERS_LIMIT)
			fail_msg("%.1f instructions more, not at most %d", more, BUFFERS_LIMIT);
	}
	assert_int_equal(rig_stats(&rig).walks, 0);
	rig_down(&rig);
	policy_unload(&standard);
}

#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(loading_the_module_takes_no_search_of_all_functions),
		cmocka_unit_test(with_nothing_bound_a_call_costs_nothing_more),
		cmocka_unit_test(an_unbound_vm_pays_little),
		cmocka_unit_test(after_the_last_unbind_a_call_costs_nothing_more),
		cmocka_unit_test(admission_costs_runs_some_and_calls_nothing),
		cmocka_unit_test(a_call_that_the_policy_passes_pays_some),
		cmocka_unit_test(a_call_that_the_policy_is_asked_about_pays_more),
		cmocka_unit_test(counting_calls_by_kind_costs_little),
		cmocka_unit_test(while_a_vm_is_traced_others_pay_little),
		cmocka_unit_test(the_number_of_rules_does_not_matter),
		cmocka_unit_test(rules_that_collide_are_taken_quickly),
		cmocka_unit_test(the_number_of_bound_vms_does_not_matter),
		cmocka_unit_test(a_claim_costs_the_same_beside_all_others),
#ifdef __x86_64__
		cmocka_unit_test(
			a_tracked_flip_costs_less_than_an_exit_and_a_gib_as_much_as_a_page),
		cmocka_unit_test(the_number_of_buffers_hardly_matters),
#endif
	};

	return cmocka_run_group_tests_name("cost", tests, group_setup, NULL);
}
