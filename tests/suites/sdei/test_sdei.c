// SPDX-License-Identifier: GPL-2.0-only
/* SDEI calls of a guest, and events on their way into it. */
#include <pthread.h>
#include "rig.h"
#include "standard_policy.h"

#define MPIDR(cpu) (cpu)	/* KVM numbers the first 16 so, Aff0 */
#define PSTATE_DAIF 0x3c0
#define PSTATE_EL1H 0x5
#define CURRENT_EL1 4
#define N_AND_C 0xa0000000

#define POLICY_SIGNAL 0xc6007001
#define POLICY_CANCEL 0xc6007002

static void the_version_and_the_states_of_a_handler(void **state)
{
	struct sdei_rig rig;

	(void)state;
	sdei_rig_up(&rig, 1);
	assert_sdei(HCBPF_SDEI_VERSION_WORD, &rig, 0, HCBPF_SDEI_VERSION);
	assert_sdei(0, &rig, 0, HCBPF_SDEI_EVENT_STATUS, 0);
	expect_state(&rig, 0, HCBPF_SDEI_MASKED);
	sdei_listen(&rig, 0);
	assert_sdei(LISTENING, &rig, 0, HCBPF_SDEI_EVENT_STATUS, 0);
	expect_state(&rig, 0, LISTENING);
	assert_int_equal(sdei_state(&rig, 0).entry, guest_addr(sdei_handler));
	assert_int_equal(sdei_state(&rig, 0).arg, BLOCKS);
	assert_sdei(HCBPF_SDEI_NOT_SUPPORTED, &rig, 0, HCBPF_SDEI_FN(31));
	assert_sdei(HCBPF_SDEI_DENIED, &rig, 0, HCBPF_SDEI_EVENT_COMPLETE, 0);
	assert_sdei(HCBPF_SDEI_INVALID_PARAMETERS, &rig, 0, HCBPF_SDEI_EVENT_SIGNAL, 0, MPIDR(1));
	sdei_rig_down(&rig);
}

/* What the handler finds, and that nothing of the program has changed after it. */
static void expect_exact(struct sdei_rig *rig, bool smc)
{
	volatile struct block *block = block_of(rig, 0);
	uint64_t events = block->events;
	int n;

	block->smc = smc;
	set_args(rig, 0, HCBPF_SDEI_EVENT_SIGNAL, 0, MPIDR(0), 3, 4);
	sdei_begin(rig, 0, DO_PATTERN);
	sdei_wait(rig, 0);
	assert_int_equal(block->events, events + 1);
	assert_int_equal(block->event, HCBPF_SDEI_EVENT_SOFTWARE);
	assert_int_equal(block->arg, BLOCKS);
	assert_int_equal(block->pc, guest_addr(sdei_pattern_call) + (smc ? 12 : 4));
	assert_int_equal(block->pstate, N_AND_C | PSTATE_DAIF | PSTATE_EL1H);
	assert_int_equal(block->daif, PSTATE_DAIF);
	assert_int_equal(block->el, CURRENT_EL1);
	assert_int_equal(block->spsel, 1);
	assert_int_equal(block->regs[0], 0);
	assert_int_equal(block->regs[1], 0);
	assert_int_equal(block->regs[2], MPIDR(0));
	assert_int_equal(block->regs[3], 3);
	assert_int_equal(block->regs[4], 4);
	for (n = 5; n < 18; n++)
		assert_int_equal(block->regs[n], 0x100 + n);
	assert_int_equal(block->regs[18], N_AND_C);
	block->smc = 0;
}

static void a_cpu_signals_itself_by_hvc_and_by_smc(void **state)
{
	struct sdei_rig rig;

	(void)state;
	sdei_rig_up(&rig, 1);
	sdei_listen(&rig, 0);
	expect_exact(&rig, false);
	expect_exact(&rig, true);
	sdei_rig_down(&rig);
}

static void complete_and_resume_is_like_an_exception(void **state)
{
	volatile struct block *block;
	struct sdei_rig rig;
	int smc;

	(void)state;
	sdei_rig_up(&rig, 1);
	sdei_listen(&rig, 0);
	block = block_of(&rig, 0);
	block->end = HCBPF_SDEI_EVENT_COMPLETE_AND_RESUME;
	block->address = guest_addr(sdei_resume);
	for (smc = 0; smc < 2; smc++) {
		expect_exact(&rig, smc);
		assert_int_equal(block->resumed, smc + 1);
		assert_int_equal(block->elr, block->pc);
		assert_int_equal(block->spsr, block->pstate);
		assert_int_equal(block->resume_daif, PSTATE_DAIF);
	}
	sdei_rig_down(&rig);
}

#define ROUNDS 100

static void events_reach_another_cpu(bool asleep)
{
	struct sdei_rig rig;
	int i;

	sdei_rig_up(&rig, 2);
	sdei_listen(&rig, 1);
	block_of(&rig, 1)->wfi = asleep;
	for (i = 1; i <= ROUNDS; i++) {
		assert_sdei(0, &rig, 0, HCBPF_SDEI_EVENT_SIGNAL, 0, MPIDR(1));
		expect_events(&rig, 1, i);
	}
	expect_state(&rig, 1, LISTENING);
	assert_int_equal(sdei_state(&rig, 1).signals, ROUNDS);
	assert_int_equal(sdei_state(&rig, 1).delivered, ROUNDS);
	assert_int_equal(sdei_state(&rig, 1).coalesced, 0);
	sdei_rig_down(&rig);
}

static void events_reach_another_cpu_that_runs(void **state)
{
	(void)state;
	events_reach_another_cpu(false);
}

static void events_reach_another_cpu_that_waits(void **state)
{
	(void)state;
	events_reach_another_cpu(true);
}

static void the_host_signals(void **state)
{
	struct sdei_rig rig;
	int i;

	(void)state;
	sdei_rig_up(&rig, 2);
	assert_return(sdei_inject(&rig, 1), HCBPF_SDEI_IGNORED);
	assert_return(sdei_inject(&rig, 2), -ENOENT);
	assert_return(hcbpf_sdei_signal(rig.hc, 1, 1), -EINVAL);
	sdei_listen(&rig, 1);
	for (i = 1; i <= ROUNDS; i++) {
		block_of(&rig, 1)->wfi = i % 2;
		assert_return(sdei_inject(&rig, 1), HCBPF_SDEI_SIGNALLED);
		expect_events(&rig, 1, i);
	}
	sdei_rig_down(&rig);
}

/* Masked, disabled, or with a handler at work: kept, then delivered once. */
static void an_event_waits_until_it_can_be_taken(void **state)
{
	volatile struct block *block;
	struct sdei_rig rig;

	(void)state;
	sdei_rig_up(&rig, 1);
	sdei_listen(&rig, 0);
	block = block_of(&rig, 0);
	assert_sdei(1, &rig, 0, HCBPF_SDEI_PE_MASK);
	assert_return(sdei_inject(&rig, 0), HCBPF_SDEI_SIGNALLED);
	assert_return(sdei_inject(&rig, 0), HCBPF_SDEI_COALESCED);
	expect_state(&rig, 0, LISTENING | HCBPF_SDEI_MASKED | HCBPF_SDEI_IS_PENDING);
	assert_sdei(0, &rig, 0, HCBPF_SDEI_EVENT_DISABLE, 0);
	assert_sdei(0, &rig, 0, HCBPF_SDEI_PE_UNMASK);
	expect_state(&rig, 0, HCBPF_SDEI_REGISTERED | HCBPF_SDEI_IS_PENDING);
	assert_int_equal(block->events, 0);
	assert_sdei(0, &rig, 0, HCBPF_SDEI_EVENT_ENABLE, 0);
	expect_events(&rig, 0, 1);

	block->hold = 1;
	assert_return(sdei_inject(&rig, 0), HCBPF_SDEI_SIGNALLED);
	expect_events(&rig, 0, 2);
	assert_return(sdei_inject(&rig, 0), HCBPF_SDEI_SIGNALLED);
	assert_return(sdei_inject(&rig, 0), HCBPF_SDEI_COALESCED);
	expect_state(&rig, 0, LISTENING | HCBPF_SDEI_RUNNING | HCBPF_SDEI_IS_PENDING);
	block->hold = 0;
	expect_events(&rig, 0, 3);
	expect_life(&rig, 0);
	expect_state(&rig, 0, LISTENING);
	sdei_rig_down(&rig);
}

static void a_pending_event_is_cancelled(void **state)
{
	struct sdei_rig rig;

	(void)state;
	sdei_rig_up(&rig, 1);
	sdei_listen(&rig, 0);
	assert_return(hcbpf_sdei_cancel(rig.hc, 0, 0), -EALREADY);
	assert_sdei(1, &rig, 0, HCBPF_SDEI_PE_MASK);
	assert_return(sdei_inject(&rig, 0), HCBPF_SDEI_SIGNALLED);
	assert_ok(hcbpf_sdei_cancel(rig.hc, 0, 0));
	assert_return(hcbpf_sdei_cancel(rig.hc, 0, 0), -EALREADY);
	assert_return(hcbpf_sdei_cancel(rig.hc, 0, 1), -EINVAL);
	assert_return(hcbpf_sdei_cancel(rig.hc, 1, 0), -ENOENT);
	assert_sdei(0, &rig, 0, HCBPF_SDEI_PE_UNMASK);
	expect_life(&rig, 0);
	assert_int_equal(block_of(&rig, 0)->events, 0);
	assert_int_equal(sdei_state(&rig, 0).cancelled, 1);
	assert_return(sdei_inject(&rig, 0), HCBPF_SDEI_SIGNALLED);
	expect_events(&rig, 0, 1);
	sdei_rig_down(&rig);
}

/* KVM makes an exception of each of its instructions while events come in. */
static void events_and_pending_exceptions_do_not_meet(void **state)
{
	volatile struct block *block;
	struct sdei_rig rig;
	uint64_t undefs;
	int i;

	(void)state;
	sdei_rig_up(&rig, 1);
	sdei_listen(&rig, 0);
	block = block_of(&rig, 0);
	sdei_begin(&rig, 0, DO_UNDEFS);
	for (i = 1; i <= 300; i++) {
		assert_return(sdei_inject(&rig, 0), HCBPF_SDEI_SIGNALLED);
		expect_events(&rig, 0, i);
	}
	undefs = block->undefs;
	assert_true(wait_until(block->undefs > undefs + 100, PATIENCE));
	sdei_begin(&rig, 0, DO_NOTHING);
	expect_life(&rig, 0);
	sdei_rig_down(&rig);
}

/* The VMM steps the CPU, instruction by instruction, through handlers as well. */
static void events_reach_a_cpu_that_is_single_stepped(void **state)
{
	struct kvm_guest_debug debug = {
		.control = KVM_GUESTDBG_ENABLE | KVM_GUESTDBG_SINGLESTEP,
	};
	struct kvm_vcpu *vcpu;
	struct sdei_rig rig;
	uint64_t steps = 0;
	int events = 0;

	(void)state;
	sdei_rig_up(&rig, 1);
	sdei_listen(&rig, 0);
	sdei_stop(&rig);
	vcpu = &rig.vm->vcpus[0];
	assert_int_equal(ioctl(vcpu->fd, KVM_SET_GUEST_DEBUG, &debug), 0);
	for (steps = 0; steps < 2000; steps++) {
		if (steps % 100 == 50) {
			assert_return(sdei_inject(&rig, 0), HCBPF_SDEI_SIGNALLED);
			events++;
		}
		assert_int_equal(ioctl(vcpu->fd, KVM_RUN, 0), 0);
		assert_int_equal(vcpu->run->exit_reason, KVM_EXIT_DEBUG);
	}
	assert_int_equal(block_of(&rig, 0)->events, events);
	debug.control = 0;
	assert_int_equal(ioctl(vcpu->fd, KVM_SET_GUEST_DEBUG, &debug), 0);
	sdei_run(&rig);
	expect_life(&rig, 0);
	/* No step is left over in what COMPLETE gave back. */
	assert_int_equal(block_of(&rig, 0)->pstate & 1 << 21, 0);
	expect_exact(&rig, false);
	sdei_rig_down(&rig);
}

/* ---- policies ---- */

static struct policy sdei_policy;

static int sdei_policy_setup(void **state)
{
	(void)state;
	return policy_load(&sdei_policy, "sdei.bpf.o");
}

static int sdei_policy_teardown(void **state)
{
	(void)state;
	policy_unload(&sdei_policy);
	return 0;
}

static void a_policy_signals_and_cancels_on_any_call(void **state)
{
	LIBHCBPF_OPTS(hcbpf_bind_opts, opts, .policy = "sdei");
	struct sdei_rig rig;

	(void)state;
	sdei_rig_make(&rig, 2);
	assert_ok(hcbpf_vm_bind(rig.vm->fd, &opts, &rig.hc));
	sdei_run(&rig);
	/* Asked for and passed: nothing has happened, and KVM knows no such call. */
	assert_sdei(-1, &rig, 0, HCBPF_SDEI_VERSION);
	assert_sdei(HCBPF_SDEI_IGNORED, &rig, 0, POLICY_SIGNAL, 1, 0);
	sdei_listen(&rig, 1);
	assert_sdei(HCBPF_SDEI_SIGNALLED, &rig, 0, POLICY_SIGNAL, 1, 0);
	expect_events(&rig, 1, 1);
	expect_life(&rig, 1);
	assert_sdei(HCBPF_SDEI_SIGNALLED, &rig, 1, POLICY_SIGNAL, 1, 0);
	expect_events(&rig, 1, 2);
	assert_sdei(-ENOENT, &rig, 0, POLICY_SIGNAL, 2, 0);
	assert_sdei(-EINVAL, &rig, 0, POLICY_SIGNAL, 1, 1);
	assert_sdei(-EALREADY, &rig, 0, POLICY_CANCEL, 1, 0);
	assert_sdei(1, &rig, 1, HCBPF_SDEI_PE_MASK);
	assert_sdei(HCBPF_SDEI_SIGNALLED, &rig, 0, POLICY_SIGNAL, 1, 0);
	assert_sdei(HCBPF_SDEI_COALESCED, &rig, 0, POLICY_SIGNAL, 1, 0);
	assert_sdei(0, &rig, 0, POLICY_CANCEL, 1, 0);
	assert_sdei(0, &rig, 1, HCBPF_SDEI_PE_UNMASK);
	assert_int_equal(block_of(&rig, 1)->events, 2);
	sdei_rig_down(&rig);
}

static void rules_decide_who_has_sdei(void **state)
{
	const struct hcbpf_rule rules[] = {
		{ .abi = HCBPF_ABI_SMCCC, .nr = HCBPF_SDEI_VERSION, .sub = HCBPF_RULE_ANY,
		  .action = HCBPF_RULE_SDEI },
		{ .abi = HCBPF_ABI_SMCCC, .nr = HCBPF_SDEI_PE_MASK, .sub = HCBPF_RULE_ANY,
		  .action = HCBPF_RULE_DENY, .ret = HCBPF_SDEI_DENIED },
		{ .abi = HCBPF_ABI_SMCCC, .nr = HCBPF_SDEI_FN(31), .sub = HCBPF_RULE_ANY,
		  .action = HCBPF_RULE_SDEI },
		{ .abi = HCBPF_ABI_SMCCC, .nr = HCBPF_SMCCC_ARCH_FEATURES, .sub = HCBPF_RULE_ANY,
		  .action = HCBPF_RULE_DISCOVER },
	};
	struct sdei_rig rig;

	(void)state;
	sdei_rig_make(&rig, 1);
	sdei_bind(&rig);
	assert_ok(hcbpf_rules_set(rig.hc, rules, ARRAY_LEN(rules), NULL));
	sdei_run(&rig);
	assert_sdei(HCBPF_SDEI_VERSION_WORD, &rig, 0, HCBPF_SDEI_VERSION);
	assert_sdei(HCBPF_SDEI_DENIED, &rig, 0, HCBPF_SDEI_PE_MASK);
	assert_sdei(-1, &rig, 0, HCBPF_SDEI_EVENT_STATUS, 0);
	/* What it may use it can find; FN(31) is no function of SDEI's. */
	assert_sdei(0, &rig, 0, HCBPF_SMCCC_ARCH_FEATURES, HCBPF_SDEI_VERSION);
	assert_sdei(-1, &rig, 0, HCBPF_SMCCC_ARCH_FEATURES, HCBPF_SDEI_PE_MASK);
	assert_sdei(-1, &rig, 0, HCBPF_SMCCC_ARCH_FEATURES, HCBPF_SDEI_EVENT_STATUS);
	assert_sdei(-1, &rig, 0, HCBPF_SMCCC_ARCH_FEATURES, HCBPF_SDEI_FN(31));
	sdei_rig_down(&rig);
}

/* ---- stress ---- */

struct injector {
	struct sdei_rig *rig;
	pthread_t thread;
	uint64_t count;
};

static void *inject_all(void *arg)
{
	struct injector *injector = arg;
	uint64_t i;

	for (i = 0; i < injector->count; i++)
		sdei_inject(injector->rig, 0);
	return NULL;
}

#define SIGNALS 2000

/* Every signal is a handled event or was joined to one that was pending. */
static void no_event_is_lost_or_doubled(void **state)
{
	struct hcbpf_sdei_state now;
	struct injector injector;
	struct sdei_rig rig;
	unsigned int cpu;

	(void)state;
	sdei_rig_up(&rig, 4);
	sdei_listen(&rig, 0);
	for (cpu = 1; cpu < 4; cpu++) {
		set_args(&rig, cpu, HCBPF_SDEI_EVENT_SIGNAL, 0, MPIDR(0));
		block_of(&rig, cpu)->count = SIGNALS;
		sdei_begin(&rig, cpu, DO_SIGNALS);
	}
	injector = (struct injector){ .rig = &rig, .count = SIGNALS };
	assert_int_equal(pthread_create(&injector.thread, NULL, inject_all, &injector), 0);
	for (cpu = 1; cpu < 4; cpu++) {
		sdei_wait_for_signals(&rig, cpu);
		assert_int_equal(block_of(&rig, cpu)->result[0], 0);
	}
	pthread_join(injector.thread, NULL);
	assert_true(wait_until(sdei_state(&rig, 0).state == LISTENING, PATIENCE));
	now = sdei_state(&rig, 0);
	assert_int_equal(now.signals, 4 * SIGNALS);
	assert_int_equal(now.ignored, 0);
	assert_int_equal(now.delivered + now.coalesced, 4 * SIGNALS);
	assert_int_equal(block_of(&rig, 0)->events, now.delivered);
	print_message("# %llu signals: %llu handled, %llu coalesced\n",
		      (unsigned long long)now.signals, (unsigned long long)now.delivered,
		      (unsigned long long)now.coalesced);
	sdei_rig_down(&rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_version_and_the_states_of_a_handler),
		cmocka_unit_test(a_cpu_signals_itself_by_hvc_and_by_smc),
		cmocka_unit_test(complete_and_resume_is_like_an_exception),
		cmocka_unit_test(events_reach_another_cpu_that_runs),
		cmocka_unit_test(events_reach_another_cpu_that_waits),
		cmocka_unit_test(the_host_signals),
		cmocka_unit_test(an_event_waits_until_it_can_be_taken),
		cmocka_unit_test(a_pending_event_is_cancelled),
		cmocka_unit_test(events_and_pending_exceptions_do_not_meet),
		cmocka_unit_test(events_reach_a_cpu_that_is_single_stepped),
		cmocka_unit_test_setup_teardown(a_policy_signals_and_cancels_on_any_call,
						sdei_policy_setup, sdei_policy_teardown),
		cmocka_unit_test(rules_decide_who_has_sdei),
		cmocka_unit_test(no_event_is_lost_or_doubled),
	};

	return cmocka_run_group_tests_name("SDEI", tests, standard_setup, standard_teardown);
}
