/* SPDX-License-Identifier: GPL-2.0-only */
/* A VM whose CPUs wait for commands (guest.h); bound to the standard policy. */
#ifndef TESTS_LAB_SDEI_RIG_H
#define TESTS_LAB_SDEI_RIG_H

#include <hcbpf/libhcbpf.h>
#include <hcbpf/sdei.h>
#include <sys/ioctl.h>
#include "lab.h"
#include "guest.h"

#define CODE 0x180000
#define BLOCKS GUEST_DATA
#define BLOCK_ROOM 0x1000
#define MAX_SDEI_CPUS 4

/* Long enough for the slowest lab; what waits so long has failed. */
#define PATIENCE 10000

struct sdei_rig {
	struct kvm_vm *vm;
	struct hcbpf_vm *hc;	/* NULL: not bound */
	unsigned int nr;
};

static inline volatile struct block *block_of(struct sdei_rig *rig, unsigned int cpu)
{
	return kvm_at(rig->vm, BLOCKS + cpu * BLOCK_ROOM);
}

static inline uint64_t guest_addr(const char *symbol)
{
	return CODE + (symbol - sdei_guest);
}

static inline void sdei_set_reg(struct kvm_vcpu *vcpu, uint64_t id, uint64_t value)
{
	struct kvm_one_reg reg = { .id = id, .addr = (uintptr_t)&value };

	if (ioctl(vcpu->fd, KVM_SET_ONE_REG, &reg))
		fail_msg("set register %#llx: %s", (unsigned long long)id, strerror(errno));
}

static inline uint64_t sdei_get_reg(struct kvm_vcpu *vcpu, uint64_t id)
{
	uint64_t value;
	struct kvm_one_reg reg = { .id = id, .addr = (uintptr_t)&value };

	if (ioctl(vcpu->fd, KVM_GET_ONE_REG, &reg))
		fail_msg("get register %#llx: %s", (unsigned long long)id, strerror(errno));
	return value;
}

static inline void sdei_place(struct sdei_rig *rig, unsigned int cpu)
{
	struct kvm_regs regs = { .regs.pstate = 0x3c5, .regs.pc = guest_addr(sdei_guest_start) };

	regs.regs.regs[19] = BLOCKS + cpu * BLOCK_ROOM;
	assert_kvm(kvm_vcpu_set_regs(&rig->vm->vcpus[cpu], &regs));
	memset((void *)block_of(rig, cpu), 0, sizeof(struct block));
	block_of(rig, cpu)->end = HCBPF_SDEI_EVENT_COMPLETE;
}

static inline void sdei_bind(struct sdei_rig *rig)
{
	assert_ok(hcbpf_vm_bind(rig->vm->fd, NULL, &rig->hc));
}

/* With @nr CPUs at the beginning of the program; none runs yet. */
static inline void sdei_rig_make(struct sdei_rig *rig, unsigned int nr)
{
	const struct kvm_vm_conf conf = { .nr_vcpus = nr };
	unsigned int cpu;

	rig->hc = NULL;
	rig->nr = nr;
	assert_kvm(kvm_vm_create(&conf, &rig->vm));
	memcpy(kvm_at(rig->vm, CODE), sdei_guest, sdei_guest_end - sdei_guest);
	for (cpu = 0; cpu < nr; cpu++)
		sdei_place(rig, cpu);
}

static inline void sdei_run(struct sdei_rig *rig)
{
	unsigned int cpu;

	for (cpu = 0; cpu < rig->nr; cpu++)
		assert_kvm(kvm_vcpu_run_thread(&rig->vm->vcpus[cpu]));
}

static inline void sdei_stop(struct sdei_rig *rig)
{
	unsigned int cpu;

	for (cpu = 0; cpu < rig->nr; cpu++)
		assert_kvm(kvm_vcpu_stop(&rig->vm->vcpus[cpu]));
}

static inline void sdei_rig_up(struct sdei_rig *rig, unsigned int nr)
{
	sdei_rig_make(rig, nr);
	sdei_bind(rig);
	sdei_run(rig);
}

static inline void sdei_rig_down(struct sdei_rig *rig)
{
	kvm_vm_destroy(rig->vm);
	hcbpf_vm_close(rig->hc);
}

/* ---- what a CPU does ---- */

static inline void sdei_begin(struct sdei_rig *rig, unsigned int cpu, uint64_t command)
{
	__atomic_store_n((uint64_t *)&block_of(rig, cpu)->command, command, __ATOMIC_RELEASE);
}

/* Where the CPUs stand, for a test that hangs; stops them. */
static inline void sdei_explain(struct sdei_rig *rig)
{
	unsigned int cpu;

	for (cpu = 0; cpu < rig->nr; cpu++) {
		volatile struct block *block = block_of(rig, cpu);
		struct kvm_vcpu *vcpu = &rig->vm->vcpus[cpu];
		struct kvm_regs regs = { 0 };

		print_message("# CPU %u: command %llu, %llu rounds, %llu events, refused %lld\n", cpu,
			      (unsigned long long)block->command, (unsigned long long)block->loops,
			      (unsigned long long)block->events, (long long)block->refused);
		if (kvm_vcpu_stop(vcpu) || kvm_vcpu_regs(vcpu, &regs))
			print_message("# CPU %u: %s\n", cpu, kvm_error());
		print_message("# CPU %u: PC %#llx, X0 %#llx, X22 %llu\n", cpu,
			      (unsigned long long)regs.regs.pc, (unsigned long long)regs.regs.regs[0],
			      (unsigned long long)regs.regs.regs[22]);
	}
}

/* DO_SIGNALS takes longer than one call. */
static inline void sdei_wait_for_signals(struct sdei_rig *rig, unsigned int cpu)
{
	if (wait_until(!block_of(rig, cpu)->command, 2 * PATIENCE))
		return;
	sdei_explain(rig);
	fail_msg("the signals of CPU %u do not end", cpu);
}

static inline void sdei_wait(struct sdei_rig *rig, unsigned int cpu)
{
	if (!wait_until(!block_of(rig, cpu)->command, PATIENCE))
		fail_msg("CPU %u does not finish command %u (refused: %lld)", cpu,
			 (unsigned int)block_of(rig, cpu)->command,
			 (long long)block_of(rig, cpu)->refused);
}

#define set_args(rig, cpu, ...) do {						\
	const uint64_t args_[7] = { __VA_ARGS__ };				\
	memcpy((void *)block_of(rig, cpu)->args, args_, sizeof(args_));		\
} while (0)

/* One call: its result. */
#define sdei(rig, cpu, ...) ({							\
	set_args(rig, cpu, __VA_ARGS__);					\
	sdei_begin(rig, cpu, DO_CALL);						\
	sdei_wait(rig, cpu);							\
	(int64_t)block_of(rig, cpu)->result[0]; })

#define assert_sdei(expected, rig, cpu, ...) do {				\
	int64_t got_ = sdei(rig, cpu, __VA_ARGS__), want_ = (expected);		\
	if (got_ != want_)							\
		fail_msg("CPU %u: %s: %lld, should be %lld", cpu, #__VA_ARGS__,	\
			 (long long)got_, (long long)want_);			\
} while (0)

/* Event 0 registered and enabled, its argument the block; the CPU unmasked. */
static inline void sdei_listen(struct sdei_rig *rig, unsigned int cpu)
{
	assert_sdei(0, rig, cpu, HCBPF_SDEI_EVENT_REGISTER, 0, guest_addr(sdei_handler),
		    BLOCKS + cpu * BLOCK_ROOM, HCBPF_SDEI_ROUTE_ANY);
	assert_sdei(0, rig, cpu, HCBPF_SDEI_EVENT_ENABLE, 0);
	assert_sdei(0, rig, cpu, HCBPF_SDEI_PE_UNMASK);
}

static inline void expect_events(struct sdei_rig *rig, unsigned int cpu, uint64_t nr)
{
	if (!wait_until(block_of(rig, cpu)->events >= nr, PATIENCE))
		fail_msg("CPU %u: %llu events, should be %llu", cpu,
			 (unsigned long long)block_of(rig, cpu)->events, (unsigned long long)nr);
	assert_int_equal(block_of(rig, cpu)->events, nr);
}

static inline struct hcbpf_sdei_state sdei_state(struct sdei_rig *rig, unsigned int cpu)
{
	struct hcbpf_sdei_state state;

	assert_ok(hcbpf_sdei_get(rig->hc, cpu, HCBPF_SDEI_EVENT_SOFTWARE, &state));
	assert_int_equal(state.vcpu_id, cpu);
	return state;
}

/* A handler has counted its event before it completes, and with that the state follows. */
static inline void expect_state(struct sdei_rig *rig, unsigned int cpu, uint32_t bits)
{
	(void)wait_until(sdei_state(rig, cpu).state == bits, PATIENCE);
	assert_int_equal(sdei_state(rig, cpu).state, bits);
}

#define LISTENING (HCBPF_SDEI_REGISTERED | HCBPF_SDEI_ENABLED)

static inline int sdei_inject(struct sdei_rig *rig, unsigned int cpu)
{
	return hcbpf_sdei_signal(rig->hc, cpu, HCBPF_SDEI_EVENT_SOFTWARE);
}

/* Has the main program gone on? */
static inline void expect_life(struct sdei_rig *rig, unsigned int cpu)
{
	uint64_t before = block_of(rig, cpu)->loops;

	if (!wait_until(block_of(rig, cpu)->loops > before, PATIENCE))
		fail_msg("CPU %u stands still", cpu);
}

#endif /* TESTS_LAB_SDEI_RIG_H */
