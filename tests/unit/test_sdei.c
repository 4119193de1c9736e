// SPDX-License-Identifier: GPL-2.0-only
/*
 * The SDEI state machine, rule by rule. What is expected is taken from Arm
 * DEN0054, and written out here once more.
 */
#include <linux/arm_sdei.h>
#include <errno.h>
#include <string.h>
#include "sdei.h"
#include "unit.h"

#define ENTRY 0xffff800010080000ULL
#define ARG 0x1122334455667788ULL
#define PC 0xffff800010123450ULL
#define EL0T 0x0ULL
#define EL1T 0x4ULL
#define EL1H 0x5ULL
#define SPAN (1ULL << 23)
#define DSSBS (1ULL << 44)
#define PAN (1ULL << 22)

/* ---- numbers: those that Linux has as a client of SDEI, and those that it has not */

_Static_assert(HCBPF_SDEI_FN(0) == SDEI_1_0_FN_BASE, "base");
_Static_assert(HCBPF_SDEI_VERSION == SDEI_1_0_FN_SDEI_VERSION, "VERSION");
_Static_assert(HCBPF_SDEI_EVENT_REGISTER == SDEI_1_0_FN_SDEI_EVENT_REGISTER, "REGISTER");
_Static_assert(HCBPF_SDEI_EVENT_ENABLE == SDEI_1_0_FN_SDEI_EVENT_ENABLE, "ENABLE");
_Static_assert(HCBPF_SDEI_EVENT_DISABLE == SDEI_1_0_FN_SDEI_EVENT_DISABLE, "DISABLE");
_Static_assert(HCBPF_SDEI_EVENT_CONTEXT == SDEI_1_0_FN_SDEI_EVENT_CONTEXT, "CONTEXT");
_Static_assert(HCBPF_SDEI_EVENT_COMPLETE == SDEI_1_0_FN_SDEI_EVENT_COMPLETE, "COMPLETE");
_Static_assert(HCBPF_SDEI_EVENT_COMPLETE_AND_RESUME ==
	       SDEI_1_0_FN_SDEI_EVENT_COMPLETE_AND_RESUME, "RESUME");
_Static_assert(HCBPF_SDEI_EVENT_UNREGISTER == SDEI_1_0_FN_SDEI_EVENT_UNREGISTER, "UNREGISTER");
_Static_assert(HCBPF_SDEI_EVENT_STATUS == SDEI_1_0_FN_SDEI_EVENT_STATUS, "STATUS");
_Static_assert(HCBPF_SDEI_EVENT_GET_INFO == SDEI_1_0_FN_SDEI_EVENT_GET_INFO, "GET_INFO");
_Static_assert(HCBPF_SDEI_EVENT_ROUTING_SET == SDEI_1_0_FN_SDEI_EVENT_ROUTING_SET, "ROUTING_SET");
_Static_assert(HCBPF_SDEI_PE_MASK == SDEI_1_0_FN_SDEI_PE_MASK, "PE_MASK");
_Static_assert(HCBPF_SDEI_PE_UNMASK == SDEI_1_0_FN_SDEI_PE_UNMASK, "PE_UNMASK");
_Static_assert(HCBPF_SDEI_INTERRUPT_BIND == SDEI_1_0_FN_SDEI_INTERRUPT_BIND, "BIND");
_Static_assert(HCBPF_SDEI_INTERRUPT_RELEASE == SDEI_1_0_FN_SDEI_INTERRUPT_RELEASE, "RELEASE");
_Static_assert(HCBPF_SDEI_EVENT_SIGNAL == 0xc400002f, "SIGNAL");
_Static_assert(HCBPF_SDEI_FEATURES == 0xc4000030, "FEATURES");
_Static_assert(HCBPF_SDEI_PRIVATE_RESET == SDEI_1_0_FN_SDEI_PRIVATE_RESET, "PRIVATE_RESET");
_Static_assert(HCBPF_SDEI_SHARED_RESET == SDEI_1_0_FN_SDEI_SHARED_RESET, "SHARED_RESET");
_Static_assert(HCBPF_SDEI_SUCCESS == SDEI_SUCCESS &&
	       HCBPF_SDEI_NOT_SUPPORTED == SDEI_NOT_SUPPORTED &&
	       HCBPF_SDEI_INVALID_PARAMETERS == SDEI_INVALID_PARAMETERS &&
	       HCBPF_SDEI_DENIED == SDEI_DENIED && HCBPF_SDEI_PENDING == SDEI_PENDING &&
	       HCBPF_SDEI_OUT_OF_RESOURCE == SDEI_OUT_OF_RESOURCE, "return codes");
_Static_assert(HCBPF_SDEI_REGISTERED == 1 << SDEI_EVENT_STATUS_REGISTERED &&
	       HCBPF_SDEI_ENABLED == 1 << SDEI_EVENT_STATUS_ENABLED &&
	       HCBPF_SDEI_RUNNING == 1 << SDEI_EVENT_STATUS_RUNNING, "status");
_Static_assert(HCBPF_SDEI_ROUTE_ANY == SDEI_EVENT_REGISTER_RM_ANY &&
	       HCBPF_SDEI_ROUTE_PE == SDEI_EVENT_REGISTER_RM_PE, "flags");
_Static_assert(HCBPF_SDEI_INFO_TYPE == SDEI_EVENT_INFO_EV_TYPE &&
	       HCBPF_SDEI_INFO_NOT_SIGNALABLE == SDEI_EVENT_INFO_EV_SIGNALED &&
	       HCBPF_SDEI_INFO_PRIORITY == SDEI_EVENT_INFO_EV_PRIORITY &&
	       HCBPF_SDEI_INFO_ROUTING_MODE == SDEI_EVENT_INFO_EV_ROUTING_MODE &&
	       HCBPF_SDEI_INFO_ROUTING_AFFINITY == SDEI_EVENT_INFO_EV_ROUTING_AFF, "information");
_Static_assert(SDEI_VERSION_MAJOR(HCBPF_SDEI_VERSION_WORD) == 1 &&
	       SDEI_VERSION_MINOR(HCBPF_SDEI_VERSION_WORD) == 0, "version");

/* KVM_REG_ARM64 | KVM_REG_SIZE_U64 | KVM_REG_ARM_FW | 0x5de0 and on, in saved VMs. */
_Static_assert(HCBPF_SDEI_REG_VERSION == 0x6030000000145de0 &&
	       HCBPF_SDEI_REG_PE == 0x6030000000145de1 &&
	       HCBPF_SDEI_REG_PENDING == 0x6030000000145de2 &&
	       HCBPF_SDEI_REG_X(0) == 0x6030000000145de3 &&
	       HCBPF_SDEI_REG_X(17) == 0x6030000000145df4 &&
	       HCBPF_SDEI_REG_PC == 0x6030000000145df5 &&
	       HCBPF_SDEI_REG_PSTATE == 0x6030000000145df6 &&
	       HCBPF_SDEI_REG_STATE(0) == 0x6030000000145df7 &&
	       HCBPF_SDEI_REG_ENTRY(0) == 0x6030000000145df8 &&
	       HCBPF_SDEI_REG_ARG(0) == 0x6030000000145df9, "registers");

/* An ABI without padding, size first. */
_Static_assert(offsetof(struct hcbpf_sdei_state, size) == 0 &&
	       offsetof(struct hcbpf_sdei_state, state) == 12 &&
	       offsetof(struct hcbpf_sdei_state, entry) == 16 &&
	       offsetof(struct hcbpf_sdei_state, delivered) == 64 &&
	       sizeof(struct hcbpf_sdei_state) == 72, "struct hcbpf_sdei_state");

/* ---- a guest CPU */

struct cpu {
	struct sdei_vcpu sdei;
	struct sdei_regs regs;
	struct sdei_effects effects;
	struct sdei_env env;
};

static bool pe_exists(void *ctx, u64 affinity)
{
	(void)ctx;
	return affinity == 0 || affinity == 0x0100000002;
}

static void cpu_init(struct cpu *cpu)
{
	unsigned int i;

	memset(cpu, 0, sizeof(*cpu));
	cpu->env.sctlr_el1 = SPAN;
	cpu->env.pe_exists = pe_exists;
	cpu->sdei.aarch32_el0 = true;
	hcb_sdei_reset(&cpu->sdei);
	for (i = 0; i < HCBPF_SDEI_NR_SAVED; i++)
		cpu->regs.x[i] = 0x1000 + i;
	cpu->regs.pc = PC;
	cpu->regs.pstate = EL1H;
}

/* One call by the guest's kernel, which has its own registers back afterwards. */
static long long call_args(struct cpu *cpu, u32 function, u64 x1, u64 x2, u64 x3, u64 x4, u64 x5)
{
	struct sdei_regs before = cpu->regs;
	u64 result;

	cpu->regs.x[0] = function;
	cpu->regs.x[1] = x1;
	cpu->regs.x[2] = x2;
	cpu->regs.x[3] = x3;
	cpu->regs.x[4] = x4;
	cpu->regs.x[5] = x5;
	cpu->regs.pstate = EL1H;
	memset(&cpu->effects, 0xff, sizeof(cpu->effects));
	hcb_sdei_call(&cpu->sdei, &cpu->regs, &cpu->env, &cpu->effects);
	result = cpu->regs.x[0];
	if (!cpu->effects.ended)
		cpu->regs = before;
	return result;
}

#define call(cpu, function, x1) call_args(cpu, HCBPF_SDEI_##function, x1, 0, 0, 0, 0)
#define call2(cpu, function, x1, x2) call_args(cpu, HCBPF_SDEI_##function, x1, x2, 0, 0, 0)

static long long event_register(struct cpu *cpu)
{
	return call_args(cpu, HCBPF_SDEI_EVENT_REGISTER, 0, ENTRY, ARG, 0, 0);
}

static bool deliver(struct cpu *cpu)
{
	return hcb_sdei_deliver(&cpu->sdei, &cpu->regs, &cpu->env);
}

static u64 get(struct cpu *cpu, u64 id)
{
	u64 value;

	assert_int_equal(hcb_sdei_reg_get(&cpu->sdei, hcb_sdei_reg_find(id), &value), 0);
	return value;
}

static int set(struct cpu *cpu, u64 id, u64 value)
{
	return hcb_sdei_reg_set(&cpu->sdei, hcb_sdei_reg_find(id), value);
}

static bool pending(struct cpu *cpu)
{
	return get(cpu, HCBPF_SDEI_REG_PENDING);
}

static void run_handler(struct cpu *cpu)
{
	assert_int_equal(event_register(cpu), 0);
	assert_int_equal(call(cpu, EVENT_ENABLE, 0), 0);
	assert_int_equal(call(cpu, PE_UNMASK, 0), 0);
	assert_int_equal(hcb_sdei_signal(&cpu->sdei, 0), SDEI_SIGNALLED);
	assert_true(deliver(cpu));
}

/* ---- the states, and two ways into each: a guest's and a VMM's */

static const struct {
	const char *name;
	unsigned int status;
} states[] = {
	{ "none", 0 }, { "R", 1 }, { "RE", 3 }, { "run", 4 }, { "R+run", 5 }, { "RE+run", 7 },
};

#define NR_STATES ARRAY_LEN(states)

static void enter_state(struct cpu *cpu, unsigned int status)
{
	cpu_init(cpu);
	if (status & 4) {
		run_handler(cpu);
		if (!(status & 2))
			call(cpu, EVENT_DISABLE, 0);
		if (!(status & 1))
			call(cpu, EVENT_UNREGISTER, 0);
	} else {
		if (status & 1)
			event_register(cpu);
		if (status & 2)
			call(cpu, EVENT_ENABLE, 0);
		call(cpu, PE_UNMASK, 0);
	}
	assert_int_equal(call(cpu, EVENT_STATUS, 0), status);
}

static void restore_state(struct cpu *cpu, unsigned int status)
{
	cpu_init(cpu);
	assert_int_equal(set(cpu, HCBPF_SDEI_REG_STATE(0), status), 0);
	assert_int_equal(set(cpu, HCBPF_SDEI_REG_PE, 0), 0);
	assert_int_equal(set(cpu, HCBPF_SDEI_REG_PSTATE, EL1H), 0);
	if (status & 1) {
		assert_int_equal(set(cpu, HCBPF_SDEI_REG_ENTRY(0), ENTRY), 0);
		assert_int_equal(set(cpu, HCBPF_SDEI_REG_ARG(0), ARG), 0);
	}
	assert_int_equal(call(cpu, EVENT_STATUS, 0), status);
}

static unsigned int status_named(const char *name)
{
	size_t i;

	for (i = 0; i < NR_STATES; i++)
		if (!strcmp(states[i].name, name))
			return states[i].status;
	fail_msg("no state %s", name);
	return 0;
}

/*
 * Rows are states, columns are calls; a cell is the state that follows, with
 * "!" before it when the call returns PENDING, or "-" for DENIED and no change.
 */
static const char *const columns[] = {
	"REGISTER", "ENABLE", "DISABLE", "UNREGISTER", "CONTEXT", "COMPLETE", "RESUME", "dispatch",
};
static const char *const expected[NR_STATES][ARRAY_LEN(columns)] = {
	/* none */   { "R", "-",      "-",     "-",    "-",      "-",    "-",    "-" },
	/* R */      { "-", "RE",     "R",     "none", "-",      "-",    "-",    "-" },
	/* RE */     { "-", "RE",     "R",     "none", "-",      "-",    "-",    "RE+run" },
	/* run */    { "-", "-",      "-",     "!run", "run",    "none", "none", "-" },
	/* R+run */  { "-", "RE+run", "R+run", "!run", "R+run",  "R",    "R",    "-" },
	/* RE+run */ { "-", "RE+run", "R+run", "!run", "RE+run", "RE",   "RE",   "-" },
};

/* The call of a column; what it returns, 0 for COMPLETE and dispatch if they happen. */
static long long make_call(struct cpu *cpu, size_t column)
{
	switch (column) {
	case 0:
		return event_register(cpu);
	case 1:
		return call(cpu, EVENT_ENABLE, 0);
	case 2:
		return call(cpu, EVENT_DISABLE, 0);
	case 3:
		return call(cpu, EVENT_UNREGISTER, 0);
	case 4:
		cpu->sdei.saved.x[9] = 0;	/* so that it is not taken for an error */
		return call(cpu, EVENT_CONTEXT, 9);
	case 5:
		call(cpu, EVENT_COMPLETE, 0);
		return cpu->effects.ended ? 0 : -3;
	case 6:
		call(cpu, EVENT_COMPLETE_AND_RESUME, ENTRY);
		return cpu->effects.ended ? 0 : -3;
	default:
		hcb_sdei_signal(&cpu->sdei, 0);
		return deliver(cpu) ? 0 : -3;
	}
}

static void check_table(void (*enter)(struct cpu *cpu, unsigned int status))
{
	struct cpu cpu;
	size_t s, c;

	for (s = 0; s < NR_STATES; s++) {
		for (c = 0; c < ARRAY_LEN(columns); c++) {
			const char *cell = expected[s][c];
			bool denied = *cell == '-', later = *cell == '!';
			unsigned int next = denied ? states[s].status : status_named(cell + later);
			long long result;

			enter(&cpu, states[s].status);
			result = make_call(&cpu, c);
			if (result != (denied ? -3 : later ? -5 : 0))
				fail_msg("%s in state %s returned %lld", columns[c],
					 states[s].name, result);
			if (call(&cpu, EVENT_STATUS, 0) != next)
				fail_msg("%s in state %s leads to %lld", columns[c],
					 states[s].name, call(&cpu, EVENT_STATUS, 0));
		}
	}
}

static void every_call_in_every_state_that_a_guest_reaches(void **state)
{
	(void)state;
	check_table(enter_state);
}

static void every_call_in_every_state_that_was_restored(void **state)
{
	(void)state;
	check_table(restore_state);
}

/* The calls that have the same answer in all states, and change none. */
static void all_other_calls_change_no_state(void **state)
{
	static const struct {
		u32 function;
		u64 x1, x2;
		long long result;
	} calls[] = {
		{ HCBPF_SDEI_VERSION, 0, 0, 0x0001000048434250 },
		{ HCBPF_SDEI_EVENT_GET_INFO, 0, 0, 0 },
		{ HCBPF_SDEI_EVENT_GET_INFO, 0, 1, 0 },
		{ HCBPF_SDEI_EVENT_GET_INFO, 0, 2, 0 },
		{ HCBPF_SDEI_EVENT_GET_INFO, 0, 3, -2 },
		{ HCBPF_SDEI_EVENT_GET_INFO, 0, 4, -2 },
		{ HCBPF_SDEI_EVENT_GET_INFO, 0, 5, -2 },
		{ HCBPF_SDEI_EVENT_GET_INFO, 1, 0, -2 },
		{ HCBPF_SDEI_EVENT_ROUTING_SET, 0, 0, -2 },
		{ HCBPF_SDEI_EVENT_ROUTING_SET, 1, 0, -2 },
		{ HCBPF_SDEI_INTERRUPT_BIND, 0, 0, -2 },
		{ HCBPF_SDEI_INTERRUPT_BIND, 15, 0, -2 },
		{ HCBPF_SDEI_INTERRUPT_BIND, 16, 0, -10 },
		{ HCBPF_SDEI_INTERRUPT_BIND, 32, 0, -10 },
		{ HCBPF_SDEI_INTERRUPT_RELEASE, 0, 0, -2 },
		{ HCBPF_SDEI_INTERRUPT_RELEASE, 1, 0, -2 },
		{ HCBPF_SDEI_EVENT_SIGNAL, 0, 0, 0 },
		{ HCBPF_SDEI_EVENT_SIGNAL, 1, 0, -2 },
		{ HCBPF_SDEI_EVENT_SIGNAL, 0, 7, -2 },
		{ HCBPF_SDEI_FEATURES, 0, 0, 0 },
		{ HCBPF_SDEI_FEATURES, 1, 0, -2 },
		{ HCBPF_SDEI_SHARED_RESET, 0, 0, 0 },
		{ HCBPF_SDEI_EVENT_REGISTER, 1, ENTRY, -2 },
		{ HCBPF_SDEI_EVENT_ENABLE, 1, 0, -2 },
		{ HCBPF_SDEI_EVENT_DISABLE, 1, 0, -2 },
		{ HCBPF_SDEI_EVENT_UNREGISTER, 1, 0, -2 },
		{ HCBPF_SDEI_EVENT_STATUS, 1, 0, -2 },
		{ HCBPF_SDEI_EVENT_CONTEXT, 18, 0, -2 },
		{ HCBPF_SDEI_PE_UNMASK, 0, 0, 0 },	/* they were unmasked */
		{ HCBPF_SDEI_FN(0x13), 0, 0, -1 },
		{ HCBPF_SDEI_FN(0x1f), 0, 0, -1 },
	};
	struct cpu cpu;
	size_t s, i;

	(void)state;
	for (s = 0; s < NR_STATES; s++) {
		for (i = 0; i < ARRAY_LEN(calls); i++) {
			struct sdei_vcpu before;
			long long result;

			enter_state(&cpu, states[s].status);
			before = cpu.sdei;
			result = call_args(&cpu, calls[i].function, calls[i].x1,
					   calls[i].x2, 0, 0, 0);
			if (result != calls[i].result)
				fail_msg("call %#x(%llu, %llu) in state %s returned %lld",
					 calls[i].function, (unsigned long long)calls[i].x1,
					 (unsigned long long)calls[i].x2, states[s].name, result);
			assert_memory_equal(&before, &cpu.sdei, sizeof(before));
			assert_false(cpu.effects.ended);
			assert_false(cpu.effects.exception);
		}
	}
}

static void private_reset_unregisters_and_is_denied_while_a_handler_runs(void **state)
{
	struct cpu cpu;
	size_t s;

	(void)state;
	for (s = 0; s < NR_STATES; s++) {
		bool running = states[s].status & 4;

		enter_state(&cpu, states[s].status);
		assert_int_equal(call(&cpu, PRIVATE_RESET, 0), running ? -3 : 0);
		assert_int_equal(call(&cpu, EVENT_STATUS, 0), running ? 4 : 0);
		assert_int_equal(call(&cpu, PE_MASK, 0), 1);	/* left as it was */
		if (running) {
			call(&cpu, EVENT_COMPLETE, 0);
			assert_true(cpu.effects.ended);
			assert_int_equal(call(&cpu, PRIVATE_RESET, 0), 0);
		}
	}
}

static void resets_and_psci_leave_nothing_but_the_counters(void **state)
{
	void (*const resets[])(struct sdei_vcpu *) = { hcb_sdei_reset, hcb_sdei_cpu_off,
						       hcb_sdei_cpu_on };
	struct cpu cpu;
	size_t s, i;
	u32 reg;

	(void)state;
	for (s = 0; s < NR_STATES; s++) {
		for (i = 0; i < ARRAY_LEN(resets); i++) {
			struct hcbpf_sdei_state was, is;

			enter_state(&cpu, states[s].status);
			hcb_sdei_signal(&cpu.sdei, 0);
			assert_int_equal(hcb_sdei_show(&cpu.sdei, 0, &was), 0);
			resets[i](&cpu.sdei);
			assert_int_equal(hcb_sdei_show(&cpu.sdei, 0, &is), 0);
			assert_int_equal(is.state, HCBPF_SDEI_MASKED);
			assert_int_equal(is.signals, was.signals);
			assert_int_equal(is.delivered, was.delivered);
			for (reg = 2; reg < hcb_sdei_reg_count(); reg++)
				assert_true(get(&cpu, hcb_sdei_reg_id(reg)) == 0);
			assert_true(cpu.sdei.aarch32_el0);
		}
	}
}

static void a_vcpu_starts_masked(void **state)
{
	struct cpu cpu;

	(void)state;
	cpu_init(&cpu);
	assert_int_equal(call(&cpu, PE_MASK, 0), 0);	/* no change: it was */
}

static void mask_says_whether_it_changed_something(void **state)
{
	struct cpu cpu;

	(void)state;
	cpu_init(&cpu);
	assert_int_equal(call(&cpu, PE_UNMASK, 0), 0);
	assert_int_equal(call(&cpu, PE_UNMASK, 0), 0);
	assert_int_equal(call(&cpu, PE_MASK, 0), 1);
	assert_int_equal(call(&cpu, PE_MASK, 0), 0);
}

/* ---- callers and arguments */

static void only_aarch64_el1_may_call(void **state)
{
	struct cpu cpu;
	unsigned int mode;
	u32 fn;

	(void)state;
	for (mode = 0; mode < 32; mode++) {
		for (fn = 0; fn < HCBPF_SDEI_NR_FNS; fn++) {
			struct sdei_vcpu before;

			if (mode == EL1H || mode == EL1T)
				continue;
			enter_state(&cpu, 7);
			before = cpu.sdei;
			cpu.regs.x[0] = HCBPF_SDEI_FN(fn);
			cpu.regs.pstate = mode;
			hcb_sdei_call(&cpu.sdei, &cpu.regs, &cpu.env, &cpu.effects);
			assert_true(cpu.regs.x[0] == (u64)-1);
			assert_false(cpu.effects.ended || cpu.effects.signal);
			assert_memory_equal(&before, &cpu.sdei, sizeof(before));
		}
	}
	cpu_init(&cpu);
	cpu.regs.x[0] = HCBPF_SDEI_VERSION;
	cpu.regs.pstate = EL1T;
	hcb_sdei_call(&cpu.sdei, &cpu.regs, &cpu.env, &cpu.effects);
	assert_true(cpu.regs.x[0] == HCBPF_SDEI_VERSION_WORD);
}

static void calls_are_those_of_the_range(void **state)
{
	(void)state;
	assert_true(hcbpf_is_sdei_call(0xc4000020));
	assert_true(hcbpf_is_sdei_call(0xc400003f));
	assert_false(hcbpf_is_sdei_call(0xc400001f));
	assert_false(hcbpf_is_sdei_call(0xc4000040));
	assert_false(hcbpf_is_sdei_call(0x84000020));
	assert_false(hcbpf_is_sdei_call(0));
}

static void register_refuses_bad_entry_points_flags_and_targets(void **state)
{
	static const struct {
		u64 entry, flags, affinity;
		long long result;
	} cases[] = {
		{ 0, 0, 0, -2 },
		{ ENTRY + 1, 0, 0, -2 },
		{ ENTRY + 2, 0, 0, -2 },
		{ 0x0010000000000000, 0, 0, -2 },
		{ 0xffe0000000000000, 0, 0, -2 },
		{ 0xffeffffffffffffc, 0, 0, -2 },
		{ 0x8000000000000000, 0, 0, -2 },
		{ ENTRY, 2, 0, -2 },
		{ ENTRY, 3, 0, -2 },
		{ ENTRY, 1ULL << 32, 0, -2 },
		{ ENTRY, 1, 1, -2 },		/* no such PE */
		{ ENTRY, 1, 0x0100000003, -2 },
		{ ENTRY, 1, 0, 0 },
		{ ENTRY, 1, 0x0100000002, 0 },
		{ ENTRY, 1, 0x80000000, 0 },	/* bits that are no affinity */
		{ ENTRY, 0, 1, 0 },		/* any PE: the affinity is not looked at */
		{ 0x000ffffffffffffc, 0, 0, 0 },
		{ 0xfff0000000000000, 0, 0, 0 },
		{ 4, 0, 0, 0 },
	};
	struct cpu cpu;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		long long result;

		cpu_init(&cpu);
		result = call_args(&cpu, HCBPF_SDEI_EVENT_REGISTER, 0, cases[i].entry, ARG,
				   cases[i].flags, cases[i].affinity);
		if (result != cases[i].result)
			fail_msg("case %zu returned %lld", i, result);
		assert_int_equal(call(&cpu, EVENT_STATUS, 0), result ? 0 : 1);
		assert_true(get(&cpu, HCBPF_SDEI_REG_ENTRY(0)) == (result ? 0 : cases[i].entry));
		assert_true(get(&cpu, HCBPF_SDEI_REG_ARG(0)) == (result ? 0 : ARG));
	}
}

static void bad_arguments_come_before_a_wrong_state(void **state)
{
	struct cpu cpu;

	(void)state;
	enter_state(&cpu, 3);
	assert_int_equal(call_args(&cpu, HCBPF_SDEI_EVENT_REGISTER, 0, 0, 0, 0, 0), -2);
	assert_int_equal(call_args(&cpu, HCBPF_SDEI_EVENT_REGISTER, 0, 4, 5, 0, 0), -3);
	assert_true(get(&cpu, HCBPF_SDEI_REG_ENTRY(0)) == ENTRY);	/* the first one's */
	assert_true(get(&cpu, HCBPF_SDEI_REG_ARG(0)) == ARG);
	assert_int_equal(call(&cpu, EVENT_CONTEXT, 18), -2);
	assert_int_equal(call(&cpu, EVENT_CONTEXT, 17), -3);
}

static void the_upper_halves_of_32_bit_arguments_do_not_count(void **state)
{
	const u64 up = 0xdeadbeef00000000;
	struct cpu cpu;

	(void)state;
	cpu_init(&cpu);
	assert_int_equal(call_args(&cpu, HCBPF_SDEI_EVENT_REGISTER, up, ENTRY, ARG, 0, 0), 0);
	assert_int_equal(call(&cpu, EVENT_ENABLE, up), 0);
	assert_int_equal(call(&cpu, EVENT_STATUS, up), 3);
	assert_int_equal(call2(&cpu, EVENT_GET_INFO, up, up | 2), 0);
	assert_int_equal(call(&cpu, INTERRUPT_BIND, up | 3), -2);
	assert_int_equal(call(&cpu, FEATURES, up), 0);
	assert_int_equal(call2(&cpu, EVENT_SIGNAL, up, 0), 0);
	assert_int_equal(cpu.effects.event, 0);
	call(&cpu, PE_UNMASK, 0);
	hcb_sdei_signal(&cpu.sdei, 0);
	assert_true(deliver(&cpu));
	assert_true(call(&cpu, EVENT_CONTEXT, up | 5) == 0x1005);
	assert_int_equal(call(&cpu, EVENT_UNREGISTER, up), -5);
	/* the function's own register as well */
	cpu.regs.x[0] = up | HCBPF_SDEI_VERSION;
	hcb_sdei_call(&cpu.sdei, &cpu.regs, &cpu.env, &cpu.effects);
	assert_true(cpu.regs.x[0] == HCBPF_SDEI_VERSION_WORD);
}

static void a_call_changes_no_register_but_x0(void **state)
{
	struct cpu cpu;
	size_t s;
	u32 fn;

	(void)state;
	for (s = 0; s < NR_STATES; s++) {
		for (fn = 0; fn < HCBPF_SDEI_NR_FNS; fn++) {
			struct sdei_regs before;

			enter_state(&cpu, states[s].status);
			cpu.regs.x[0] = HCBPF_SDEI_FN(fn);
			cpu.regs.pstate = EL1H | 0xf00003c0;
			before = cpu.regs;
			hcb_sdei_call(&cpu.sdei, &cpu.regs, &cpu.env, &cpu.effects);
			if (cpu.effects.ended)
				continue;
			before.x[0] = cpu.regs.x[0];
			assert_memory_equal(&before, &cpu.regs, sizeof(before));
		}
	}
}

static void signal_asks_for_the_target(void **state)
{
	struct cpu cpu;

	(void)state;
	cpu_init(&cpu);
	assert_int_equal(call2(&cpu, EVENT_SIGNAL, 0, 0x0100000002), 0);
	assert_true(cpu.effects.signal);
	assert_int_equal(cpu.effects.event, 0);
	assert_true(cpu.effects.affinity == 0x0100000002);
	/* MPIDR_EL1 as a CPU reads it: RES1, U and MT are no affinity */
	assert_int_equal(call2(&cpu, EVENT_SIGNAL, 0, 0x01c1000002), 0);
	assert_true(cpu.effects.affinity == 0x0100000002);
	assert_int_equal(call2(&cpu, EVENT_SIGNAL, 0, 9), -2);
	assert_false(cpu.effects.signal);
	assert_int_equal(call2(&cpu, EVENT_SIGNAL, 3, 0), -2);
	assert_false(cpu.effects.signal);
}

/* ---- signals */

static void delivery_takes_a_pending_enabled_event_and_an_idle_unmasked_pe(void **state)
{
	struct cpu cpu;
	unsigned int i, status, masked, signalled;

	(void)state;
	for (i = 0; i < NR_STATES * 4; i++) {
		bool expect;

		status = states[i / 4].status;
		masked = i & 1;
		signalled = i >> 1 & 1;
		expect = status == 3 && !masked && signalled;
		enter_state(&cpu, status);
		if (masked)
			call(&cpu, PE_MASK, 0);
		if (signalled)
			hcb_sdei_signal(&cpu.sdei, 0);
		assert_int_equal(hcb_sdei_deliverable(&cpu.sdei), expect);
		call(&cpu, EVENT_STATUS, 0);
		assert_int_equal(cpu.effects.deliverable, expect);
		assert_int_equal(deliver(&cpu), expect);
		assert_int_equal(call(&cpu, EVENT_STATUS, 0), expect ? 7 : status);
	}
}

static void a_signal_waits_until_it_can_be_delivered(void **state)
{
	struct cpu cpu;

	(void)state;
	cpu_init(&cpu);
	assert_int_equal(event_register(&cpu), 0);
	assert_int_equal(hcb_sdei_signal(&cpu.sdei, 0), SDEI_SIGNALLED);
	assert_false(deliver(&cpu));
	assert_int_equal(call(&cpu, EVENT_ENABLE, 0), 0);
	assert_false(cpu.effects.deliverable);
	assert_false(deliver(&cpu));
	assert_int_equal(call(&cpu, PE_UNMASK, 0), 0);
	assert_true(cpu.effects.deliverable);
	assert_true(deliver(&cpu));
	/* while the handler runs, for after it */
	assert_int_equal(hcb_sdei_signal(&cpu.sdei, 0), SDEI_SIGNALLED);
	assert_false(deliver(&cpu));
	call(&cpu, EVENT_DISABLE, 0);
	call(&cpu, EVENT_COMPLETE, 0);
	assert_true(cpu.effects.ended);
	assert_false(cpu.effects.deliverable);
	call(&cpu, EVENT_ENABLE, 0);
	assert_true(cpu.effects.deliverable);
	assert_true(deliver(&cpu));
	assert_false(pending(&cpu));
}

static void signals_are_merged_and_counted(void **state)
{
	struct hcbpf_sdei_state show;
	struct cpu cpu;

	(void)state;
	cpu_init(&cpu);
	assert_int_equal(hcb_sdei_signal(&cpu.sdei, 0), SDEI_IGNORED);
	assert_int_equal(hcb_sdei_signal(&cpu.sdei, 1), SDEI_NO_EVENT);
	run_handler(&cpu);
	assert_int_equal(hcb_sdei_signal(&cpu.sdei, 0), SDEI_SIGNALLED);
	assert_int_equal(hcb_sdei_signal(&cpu.sdei, 0), SDEI_COALESCED);
	assert_int_equal(hcb_sdei_signal(&cpu.sdei, 0), SDEI_COALESCED);
	call(&cpu, EVENT_COMPLETE, 0);
	assert_true(deliver(&cpu));
	call(&cpu, EVENT_COMPLETE, 0);
	assert_false(deliver(&cpu));	/* three signals, one event */

	assert_int_equal(hcb_sdei_show(&cpu.sdei, 0, &show), 0);
	assert_int_equal(show.signals, 5);
	assert_int_equal(show.ignored, 1);
	assert_int_equal(show.coalesced, 2);
	assert_int_equal(show.delivered, 2);
	assert_int_equal(show.cancelled, 0);
}

static void nothing_is_kept_for_a_handler_that_is_not_registered(void **state)
{
	struct cpu cpu;

	(void)state;
	/* signalled before there was a handler */
	cpu_init(&cpu);
	hcb_sdei_signal(&cpu.sdei, 0);
	assert_int_equal(event_register(&cpu), 0);
	assert_false(pending(&cpu));
	/* pending when it went */
	hcb_sdei_signal(&cpu.sdei, 0);
	assert_true(pending(&cpu));
	assert_int_equal(call(&cpu, EVENT_UNREGISTER, 0), 0);
	assert_false(pending(&cpu));
	assert_int_equal(event_register(&cpu), 0);
	assert_false(pending(&cpu));
	/* the same with a running one */
	enter_state(&cpu, 7);
	hcb_sdei_signal(&cpu.sdei, 0);
	assert_int_equal(call(&cpu, EVENT_UNREGISTER, 0), -5);
	assert_false(pending(&cpu));
	assert_int_equal(hcb_sdei_signal(&cpu.sdei, 0), SDEI_IGNORED);
	assert_true(get(&cpu, HCBPF_SDEI_REG_ENTRY(0)) == 0);
	assert_true(get(&cpu, HCBPF_SDEI_REG_ARG(0)) == 0);
}

static void what_is_pending_can_be_cancelled_what_runs_cannot(void **state)
{
	struct hcbpf_sdei_state show;
	struct cpu cpu;

	(void)state;
	enter_state(&cpu, 3);
	assert_false(hcb_sdei_cancel(&cpu.sdei, 0));
	hcb_sdei_signal(&cpu.sdei, 0);
	assert_true(hcb_sdei_deliverable(&cpu.sdei));
	assert_false(hcb_sdei_cancel(&cpu.sdei, 1));
	assert_true(hcb_sdei_cancel(&cpu.sdei, 0));
	assert_false(hcb_sdei_deliverable(&cpu.sdei));
	assert_false(hcb_sdei_cancel(&cpu.sdei, 0));
	hcb_sdei_signal(&cpu.sdei, 0);
	assert_true(deliver(&cpu));
	assert_false(hcb_sdei_cancel(&cpu.sdei, 0));
	assert_int_equal(call(&cpu, EVENT_STATUS, 0), 7);
	assert_int_equal(hcb_sdei_show(&cpu.sdei, 0, &show), 0);
	assert_int_equal(show.cancelled, 1);
}

/* ---- handlers */

static void a_handler_starts_with_what_the_specification_says(void **state)
{
	struct cpu cpu;
	int i;

	(void)state;
	enter_state(&cpu, 3);
	cpu.regs.pstate = EL0T | 0x60000000;
	hcb_sdei_signal(&cpu.sdei, 0);
	assert_true(deliver(&cpu));
	assert_true(cpu.regs.x[0] == 0);
	assert_true(cpu.regs.x[1] == ARG);
	assert_true(cpu.regs.x[2] == PC);
	assert_true(cpu.regs.x[3] == (EL0T | 0x60000000));
	for (i = 4; i < HCBPF_SDEI_NR_SAVED; i++)
		assert_true(cpu.regs.x[i] == 0x1000U + i);
	assert_true(cpu.regs.pc == ENTRY);
	assert_true(cpu.regs.pstate == (0x600003c0 | EL1H));
}

static void context_gives_the_interrupted_registers(void **state)
{
	struct cpu cpu;
	int i;

	(void)state;
	enter_state(&cpu, 7);
	for (i = 0; i < HCBPF_SDEI_NR_SAVED; i++)
		assert_true(call(&cpu, EVENT_CONTEXT, i) == 0x1000 + i);
}

static void complete_brings_everything_back(void **state)
{
	static const u64 pstates[] = {
		EL0T, EL1T, EL1H, 0x10 /* AArch32 */, 0xf3c013c5 /* flags, TCO, DIT, UAO, PAN */,
		0x00301c05 /* SS, IL, SSBS, BTYPE */, 0x600f0030 /* AArch32, Thumb, GE */,
	};
	struct cpu cpu;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(pstates); i++) {
		struct sdei_regs before;

		enter_state(&cpu, 3);
		cpu.regs.pstate = pstates[i];
		before = cpu.regs;
		hcb_sdei_signal(&cpu.sdei, 0);
		assert_true(deliver(&cpu));
		memset(&cpu.regs.x, 0xee, sizeof(cpu.regs.x));
		call(&cpu, EVENT_COMPLETE, 1);
		assert_true(cpu.effects.ended);
		assert_false(cpu.effects.exception);
		assert_memory_equal(&before, &cpu.regs, sizeof(before));
	}
}

static void resume_is_an_exception_of_the_interrupted_program(void **state)
{
	const u64 vector = 0xffff800010000480;
	struct sdei_regs before;
	struct cpu cpu;

	(void)state;
	enter_state(&cpu, 3);
	cpu.regs.pstate = EL0T | 0x81301c00;	/* N, DIT, SS, IL, SSBS, BTYPE */
	cpu.env.sctlr_el1 = 0;
	before = cpu.regs;
	hcb_sdei_signal(&cpu.sdei, 0);
	assert_true(deliver(&cpu));
	memset(&cpu.regs.x, 0xee, sizeof(cpu.regs.x));
	call(&cpu, EVENT_COMPLETE_AND_RESUME, vector);
	assert_true(cpu.effects.ended);
	assert_true(cpu.effects.exception);
	assert_true(cpu.effects.elr_el1 == PC);
	assert_true(cpu.effects.spsr_el1 == before.pstate);
	assert_memory_equal(before.x, cpu.regs.x, sizeof(before.x));
	assert_true(cpu.regs.pc == vector);
	assert_true(cpu.regs.pstate == (0x81000000 | PAN | 0x3c0 | EL1H));
}

static void resume_refuses_what_is_no_address(void **state)
{
	static const u64 bad[] = { 0, 2, ENTRY + 1, 0x0010000000000000, 0xffeffffffffffffc };
	struct cpu cpu;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(bad); i++) {
		enter_state(&cpu, 7);
		assert_int_equal(call(&cpu, EVENT_COMPLETE_AND_RESUME, bad[i]), -3);
		assert_false(cpu.effects.ended);
		assert_false(cpu.effects.exception);
		assert_int_equal(call(&cpu, EVENT_STATUS, 0), 7);	/* still running */
	}
}

/* Each bit of PSTATE and each rule, one by one. */
static void the_handlers_pstate_is_that_of_an_exception(void **state)
{
	const u64 kept = 0xf1400000;	/* NZCV, DIT, PAN */
	struct cpu cpu;
	int bit;

	(void)state;
	for (bit = 5; bit < 64; bit++) {
		u64 old = 1ULL << bit | EL1H;

		enter_state(&cpu, 3);
		cpu.regs.pstate = old;
		hcb_sdei_signal(&cpu.sdei, 0);
		assert_true(deliver(&cpu));
		if (cpu.regs.pstate != ((old & kept) | 0x3c0 | EL1H))
			fail_msg("bit %d: %#llx", bit, (unsigned long long)cpu.regs.pstate);
	}
	for (bit = 0; bit < 8; bit++) {
		u64 expect = 0x3c0 | EL1H;

		enter_state(&cpu, 3);
		cpu.regs.pstate = EL0T;
		cpu.env.sctlr_el1 = ~(SPAN | DSSBS) | (bit & 1 ? SPAN : 0) | (bit & 2 ? DSSBS : 0);
		cpu.env.mte = bit & 4;
		expect |= (bit & 1 ? 0 : PAN) | (bit & 2 ? 1 << 12 : 0) | (bit & 4 ? 1 << 25 : 0);
		hcb_sdei_signal(&cpu.sdei, 0);
		assert_true(deliver(&cpu));
		assert_true(cpu.regs.pstate == expect);
	}
}

static void el2_and_aarch32_kernels_are_not_interrupted(void **state)
{
	struct cpu cpu;
	unsigned int mode;

	(void)state;
	for (mode = 0; mode < 32; mode++) {
		bool expect = mode == EL0T || mode == EL1T || mode == EL1H || mode == 0x10;
		struct sdei_regs before;

		enter_state(&cpu, 3);
		hcb_sdei_signal(&cpu.sdei, 0);
		cpu.regs.pstate = mode;
		before = cpu.regs;
		assert_int_equal(deliver(&cpu), expect);
		if (!expect) {
			assert_memory_equal(&before, &cpu.regs, sizeof(before));
			assert_true(pending(&cpu));
			assert_int_equal(call(&cpu, EVENT_STATUS, 0), 3);
		}
	}
}

/* ---- registers */

static void registers_have_consecutive_ids(void **state)
{
	struct cpu cpu;
	u64 value = 1;
	u32 i;

	(void)state;
	cpu_init(&cpu);
	assert_int_equal(hcb_sdei_reg_count(), 26);
	for (i = 0; i < hcb_sdei_reg_count(); i++) {
		assert_true(hcb_sdei_reg_id(i) == 0x6030000000145de0ULL + i);
		assert_int_equal(hcb_sdei_reg_find(hcb_sdei_reg_id(i)), i);
	}
	assert_int_equal(hcb_sdei_reg_find(hcb_sdei_reg_id(i)), -ENOENT);
	assert_int_equal(hcb_sdei_reg_find(hcb_sdei_reg_id(0) - 1), -ENOENT);
	assert_int_equal(hcb_sdei_reg_find(hcb_sdei_reg_id(0) ^ 1ULL << 63), -ENOENT);
	assert_int_equal(hcb_sdei_reg_find(0), -ENOENT);
	assert_int_equal(hcb_sdei_reg_get(&cpu.sdei, i, &value), -ENOENT);
	assert_int_equal(hcb_sdei_reg_get(&cpu.sdei, ~0U, &value), -ENOENT);
	assert_int_equal(hcb_sdei_reg_set(&cpu.sdei, i, 0), -ENOENT);
	assert_int_equal(hcb_sdei_reg_set(&cpu.sdei, ~0U, 0), -ENOENT);
	assert_int_equal(value, 1);
}

static void refuse(struct cpu *cpu, u64 id, u64 value)
{
	struct sdei_vcpu before = cpu->sdei;

	if (set(cpu, id, value) != -EINVAL)
		fail_msg("register %#llx takes %#llx", (unsigned long long)id,
			 (unsigned long long)value);
	assert_memory_equal(&before, &cpu->sdei, sizeof(before));
}

static void invalid_values_are_refused_without_damage(void **state)
{
	unsigned int bit, mode;
	struct cpu cpu;

	(void)state;
	enter_state(&cpu, 7);
	for (bit = 0; bit < 64; bit++) {
		refuse(&cpu, HCBPF_SDEI_REG_VERSION, HCBPF_SDEI_VERSION_WORD ^ 1ULL << bit);
		if (bit >= 1)
			refuse(&cpu, HCBPF_SDEI_REG_PE, 1ULL << bit);
		if (bit >= 1)
			refuse(&cpu, HCBPF_SDEI_REG_PENDING, 1ULL << bit | 1);
		if (bit >= 3)
			refuse(&cpu, HCBPF_SDEI_REG_STATE(0), 1ULL << bit | 1);
		if (bit < 2 || bit >= 52)
			refuse(&cpu, HCBPF_SDEI_REG_ENTRY(0), ENTRY ^ 1ULL << bit);
	}
	refuse(&cpu, HCBPF_SDEI_REG_STATE(0), 2);	/* enabled, not registered */
	refuse(&cpu, HCBPF_SDEI_REG_STATE(0), 6);
	for (mode = 0; mode < 32; mode++)
		if (mode != EL0T && mode != EL1T && mode != EL1H && mode != 0x10)
			refuse(&cpu, HCBPF_SDEI_REG_PSTATE, 0x80000000 | mode);
	cpu.sdei.aarch32_el0 = false;
	refuse(&cpu, HCBPF_SDEI_REG_PSTATE, 0x10);
}

/* The host's own level among them: this is where a VMM could have got in. */
static void no_restored_pstate_leads_out_of_el1(void **state)
{
	unsigned int mode;
	struct cpu cpu;

	(void)state;
	for (mode = 0; mode < 32; mode++) {
		enter_state(&cpu, 7);
		set(&cpu, HCBPF_SDEI_REG_PSTATE, mode);
		call(&cpu, EVENT_COMPLETE, 0);
		assert_true(cpu.effects.ended);
		assert_true((cpu.regs.pstate & 0xf) <= EL1H);
	}
}

static void setting_pending_adds(void **state)
{
	struct cpu cpu;

	(void)state;
	enter_state(&cpu, 3);
	hcb_sdei_signal(&cpu.sdei, 0);
	assert_int_equal(set(&cpu, HCBPF_SDEI_REG_PENDING, 0), 0);
	assert_true(pending(&cpu));	/* came while the VMM had the registers */
	assert_true(deliver(&cpu));
	assert_int_equal(set(&cpu, HCBPF_SDEI_REG_PENDING, 1), 0);
	assert_true(pending(&cpu));
}

/* From every state, forwards, backwards, and from each register on around. */
static void a_restored_cpu_goes_on_where_the_saved_one_was(void **state)
{
	u32 n = hcb_sdei_reg_count(), first, i;
	struct cpu from, to;
	size_t s;

	(void)state;
	for (s = 0; s < NR_STATES; s++) {
		for (first = 0; first < 2 * n; first++) {
			enter_state(&from, states[s].status);
			hcb_sdei_signal(&from.sdei, 0);
			cpu_init(&to);
			for (i = 0; i < n; i++) {
				u64 id = hcb_sdei_reg_id(first < n ? (first + i) % n :
								 (2 * n + first - i) % n);

				assert_int_equal(set(&to, id, get(&from, id)), 0);
				assert_int_equal(set(&to, id, get(&from, id)), 0);
			}
			to.regs = from.regs;
			for (i = 0; i < n; i++)
				assert_true(get(&to, hcb_sdei_reg_id(i)) ==
					    get(&from, hcb_sdei_reg_id(i)));
			call(&from, EVENT_COMPLETE, 0);
			call(&to, EVENT_COMPLETE, 0);
			assert_int_equal(to.effects.ended, from.effects.ended);
			assert_int_equal(deliver(&to), deliver(&from));
			assert_memory_equal(&to.regs, &from.regs, sizeof(to.regs));
		}
	}
}

static void impossible_combinations_do_no_harm(void **state)
{
	struct cpu cpu;

	(void)state;
	/* registered and enabled without an entry point: not registered */
	cpu_init(&cpu);
	assert_int_equal(set(&cpu, HCBPF_SDEI_REG_STATE(0), 3), 0);
	assert_int_equal(set(&cpu, HCBPF_SDEI_REG_PENDING, 1), 0);
	assert_int_equal(set(&cpu, HCBPF_SDEI_REG_PE, 0), 0);
	assert_false(hcb_sdei_deliverable(&cpu.sdei));
	assert_false(deliver(&cpu));
	assert_int_equal(call(&cpu, EVENT_STATUS, 0), 0);
	assert_false(pending(&cpu));
	assert_int_equal(event_register(&cpu), 0);
	assert_false(pending(&cpu));

	/* pending, an entry point, nothing registered */
	cpu_init(&cpu);
	assert_int_equal(set(&cpu, HCBPF_SDEI_REG_PENDING, 1), 0);
	assert_int_equal(set(&cpu, HCBPF_SDEI_REG_ENTRY(0), ENTRY), 0);
	assert_int_equal(set(&cpu, HCBPF_SDEI_REG_PE, 0), 0);
	assert_false(deliver(&cpu));
	assert_int_equal(event_register(&cpu), 0);
	assert_int_equal(call(&cpu, EVENT_ENABLE, 0), 0);
	assert_false(deliver(&cpu));

	/* running, and nothing else was ever set: COMPLETE goes to where it says, EL0 */
	cpu_init(&cpu);
	assert_int_equal(set(&cpu, HCBPF_SDEI_REG_STATE(0), 7), 0);
	call(&cpu, EVENT_COMPLETE, 0);
	assert_true(cpu.effects.ended);
	assert_true(cpu.regs.pc == 0 && cpu.regs.pstate == EL0T);
	assert_int_equal(call(&cpu, EVENT_STATUS, 0), 0);
}

static void show_tells_what_the_registers_do(void **state)
{
	struct hcbpf_sdei_state show = { .size = sizeof(show), .vcpu_id = 5 };
	struct cpu cpu;

	(void)state;
	enter_state(&cpu, 7);
	hcb_sdei_signal(&cpu.sdei, 0);
	call(&cpu, PE_MASK, 0);
	assert_int_equal(hcb_sdei_show(&cpu.sdei, 0, &show), 0);
	assert_int_equal(show.size, sizeof(show));
	assert_int_equal(show.vcpu_id, 5);
	assert_int_equal(show.event, 0);
	assert_int_equal(show.state, 0x1f);
	assert_true(show.entry == ENTRY);
	assert_true(show.arg == ARG);
	assert_int_equal(hcb_sdei_show(&cpu.sdei, 1, &show), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_call_in_every_state_that_a_guest_reaches),
		cmocka_unit_test(every_call_in_every_state_that_was_restored),
		cmocka_unit_test(all_other_calls_change_no_state),
		cmocka_unit_test(private_reset_unregisters_and_is_denied_while_a_handler_runs),
		cmocka_unit_test(resets_and_psci_leave_nothing_but_the_counters),
		cmocka_unit_test(a_vcpu_starts_masked),
		cmocka_unit_test(mask_says_whether_it_changed_something),
		cmocka_unit_test(only_aarch64_el1_may_call),
		cmocka_unit_test(calls_are_those_of_the_range),
		cmocka_unit_test(register_refuses_bad_entry_points_flags_and_targets),
		cmocka_unit_test(bad_arguments_come_before_a_wrong_state),
		cmocka_unit_test(the_upper_halves_of_32_bit_arguments_do_not_count),
		cmocka_unit_test(a_call_changes_no_register_but_x0),
		cmocka_unit_test(signal_asks_for_the_target),
		cmocka_unit_test(delivery_takes_a_pending_enabled_event_and_an_idle_unmasked_pe),
		cmocka_unit_test(a_signal_waits_until_it_can_be_delivered),
		cmocka_unit_test(signals_are_merged_and_counted),
		cmocka_unit_test(nothing_is_kept_for_a_handler_that_is_not_registered),
		cmocka_unit_test(what_is_pending_can_be_cancelled_what_runs_cannot),
		cmocka_unit_test(a_handler_starts_with_what_the_specification_says),
		cmocka_unit_test(context_gives_the_interrupted_registers),
		cmocka_unit_test(complete_brings_everything_back),
		cmocka_unit_test(resume_is_an_exception_of_the_interrupted_program),
		cmocka_unit_test(resume_refuses_what_is_no_address),
		cmocka_unit_test(the_handlers_pstate_is_that_of_an_exception),
		cmocka_unit_test(el2_and_aarch32_kernels_are_not_interrupted),
		cmocka_unit_test(registers_have_consecutive_ids),
		cmocka_unit_test(invalid_values_are_refused_without_damage),
		cmocka_unit_test(no_restored_pstate_leads_out_of_el1),
		cmocka_unit_test(setting_pending_adds),
		cmocka_unit_test(a_restored_cpu_goes_on_where_the_saved_one_was),
		cmocka_unit_test(impossible_combinations_do_no_harm),
		cmocka_unit_test(show_tells_what_the_registers_do),
	};

	return cmocka_run_group_tests_name("SDEI", tests, NULL, NULL);
}
