// SPDX-License-Identifier: GPL-2.0-only
/* The guest programs of guest.S: getting them into a VM, and finding them. */
#include <errno.h>
#include <string.h>
#include "arm64.h"

extern const char guest_text[], guest_text_end[], guest_vectors[];
extern const char guest_out64[], guest_nothing64[], guest_sends64[], guest_sample_outs64[];
extern const char guest_out32[], guest_nothing32[];
extern const char guest_call_once64_hvc[], guest_calls64_hvc[], guest_doorbells64_hvc[];
extern const char guest_call_once64_smc[], guest_calls64_smc[], guest_doorbells64_smc[];
extern const char guest_call_once64_xen[], guest_calls64_xen[], guest_doorbells64_xen[];
extern const char guest_sample_calls64_hvc[], guest_sample_calls64_smc[];
extern const char guest_sample_calls64_xen[];
extern const char guest_call_once32_hvc[], guest_calls32_hvc[];
extern const char guest_call_once32_smc[], guest_calls32_smc[];
extern const char guest_call_once32_xen[], guest_calls32_xen[];

#define EACH(name) { name##_hvc, name##_smc, name##_xen }
#define SAME(name) { name, name, name }

static const char *const programs[][2][NR_CALL_INSNS] = {
	[GUEST_CALL_ONCE] = { [GUEST_32] = EACH(guest_call_once32),
			      [GUEST_64] = EACH(guest_call_once64) },
	[GUEST_CALLS] = { [GUEST_32] = EACH(guest_calls32), [GUEST_64] = EACH(guest_calls64) },
	[GUEST_OUT] = { [GUEST_32] = SAME(guest_out32), [GUEST_64] = SAME(guest_out64) },
	[GUEST_NOTHING] = { [GUEST_32] = SAME(guest_nothing32),
			    [GUEST_64] = SAME(guest_nothing64) },
	[GUEST_SENDS] = { [GUEST_64] = SAME(guest_sends64) },
	[GUEST_DOORBELLS] = { [GUEST_64] = EACH(guest_doorbells64) },
	[GUEST_SAMPLE_CALLS] = { [GUEST_64] = EACH(guest_sample_calls64) },
	[GUEST_SAMPLE_OUTS] = { [GUEST_64] = SAME(guest_sample_outs64) },
};

_Static_assert(offsetof(struct guest_block, count) == BLOCK_COUNT, "as in guest.S");
_Static_assert(offsetof(struct guest_block, nr) == BLOCK_NR, "as in guest.S");
_Static_assert(offsetof(struct guest_block, zero) == BLOCK_ZERO, "as in guest.S");
_Static_assert(offsetof(struct guest_block, other) == BLOCK_OTHER, "as in guest.S");
_Static_assert(offsetof(struct guest_block, last) == BLOCK_LAST, "as in guest.S");
_Static_assert(offsetof(struct guest_block, tsc) == BLOCK_TSC, "as in guest.S");
_Static_assert(sizeof(struct guest_block) >= BLOCK_REGS + 9 * 4, "as in guest.S");
_Static_assert(offsetof(struct guest_port, port) == PORT_PORT, "as in guest.S");
_Static_assert(offsetof(struct guest_port, zero) == PORT_ZERO, "as in guest.S");
_Static_assert(offsetof(struct guest_port, other) == PORT_OTHER, "as in guest.S");
_Static_assert(sizeof(struct guest_port) == PORT_SIZE, "as in guest.S");

int kvm_load_programs(struct kvm_vm *vm)
{
	size_t size = guest_text_end - guest_text;

	if (size > GUEST_BLOCKS - GUEST_CODE)
		return kvm_fail(ENOSPC, "guest programs take %zu bytes", size);
	memcpy(kvm_at(vm, GUEST_CODE), guest_text, size);
	return 0;
}

uint64_t kvm_program_entry(enum guest_mode mode, enum guest_program program, enum call_insn insn)
{
	if (mode > GUEST_32 || program >= sizeof(programs) / sizeof(programs[0]) ||
	    !programs[program][mode][insn])
		return 0;
	return GUEST_CODE + (programs[program][mode][insn] - guest_text);
}

uint64_t kvm_vectors(void)
{
	return GUEST_CODE + (guest_vectors - guest_text);
}
