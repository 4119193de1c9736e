// SPDX-License-Identifier: GPL-2.0-only
/* The guest programs of guest.S: getting them into a VM, and finding them. */
#include <cpuid.h>
#include <errno.h>
#include <string.h>
#include "x86.h"

#define HYPERCALL_LEN 3

extern const char guest_text[], guest_text_end[];
extern const uint32_t guest_hypercalls[], guest_hypercalls_end[];
extern const char guest_call_once32[], guest_calls32[], guest_out32[], guest_nothing32[];
extern const char guest_call_once64[], guest_calls64[], guest_out64[], guest_nothing64[];
extern const char guest_sends64[], guest_doorbells64[], guest_flips64[];
extern const char guest_sample_calls64[], guest_sample_outs64[];
extern const char guest_search_cpuid64[];

static const char *const programs[][2] = {
	[GUEST_CALL_ONCE] = { [GUEST_32] = guest_call_once32, [GUEST_64] = guest_call_once64 },
	[GUEST_CALLS] = { [GUEST_32] = guest_calls32, [GUEST_64] = guest_calls64 },
	[GUEST_OUT] = { [GUEST_32] = guest_out32, [GUEST_64] = guest_out64 },
	[GUEST_NOTHING] = { [GUEST_32] = guest_nothing32, [GUEST_64] = guest_nothing64 },
	[GUEST_SENDS] = { [GUEST_64] = guest_sends64 },
	[GUEST_DOORBELLS] = { [GUEST_64] = guest_doorbells64 },
	[GUEST_FLIPS] = { [GUEST_64] = guest_flips64 },
	[GUEST_SAMPLE_CALLS] = { [GUEST_64] = guest_sample_calls64 },
	[GUEST_SAMPLE_OUTS] = { [GUEST_64] = guest_sample_outs64 },
	[GUEST_SEARCH_CPUID] = { [GUEST_64] = guest_search_cpuid64 },
};

_Static_assert(offsetof(struct guest_block, count) == BLOCK_COUNT, "as in guest.S");
_Static_assert(offsetof(struct guest_block, nr) == BLOCK_NR, "as in guest.S");
_Static_assert(offsetof(struct guest_block, zero) == BLOCK_ZERO, "as in guest.S");
_Static_assert(offsetof(struct guest_block, other) == BLOCK_OTHER, "as in guest.S");
_Static_assert(offsetof(struct guest_block, last) == BLOCK_LAST, "as in guest.S");
_Static_assert(offsetof(struct guest_block, tsc) == BLOCK_TSC, "as in guest.S");
_Static_assert(offsetof(struct guest_block, rdx) == BLOCK_RDX, "as in guest.S");
_Static_assert(offsetof(struct guest_port, port) == PORT_PORT, "as in guest.S");
_Static_assert(offsetof(struct guest_port, zero) == PORT_ZERO, "as in guest.S");
_Static_assert(offsetof(struct guest_port, other) == PORT_OTHER, "as in guest.S");
_Static_assert(sizeof(struct guest_port) == PORT_SIZE, "as in guest.S");
_Static_assert(offsetof(struct guest_flip, gpa) == FLIP_GPA, "as in guest.S");
_Static_assert(offsetof(struct guest_flip, npages) == FLIP_NPAGES, "as in guest.S");
_Static_assert(offsetof(struct guest_flip, attrs) == FLIP_ATTRS, "as in guest.S");
_Static_assert(sizeof(struct guest_flip) == FLIP_SIZE, "as in guest.S");

static bool cpu_is_intel(void)
{
	unsigned int eax, ebx, ecx, edx;

	return __get_cpuid(0, &eax, &ebx, &ecx, &edx) && ebx == signature_INTEL_ebx;
}

/* With the hypercall instruction of this machine. */
int kvm_load_programs(struct kvm_vm *vm)
{
	static const uint8_t vmcall[HYPERCALL_LEN] = { 0x0f, 0x01, 0xc1 };
	size_t size = guest_text_end - guest_text;
	const uint32_t *place;

	if (size > GUEST_BLOCKS - GUEST_CODE)
		return kvm_fail(ENOSPC, "guest programs take %zu bytes", size);
	memcpy(kvm_at(vm, GUEST_CODE), guest_text, size);
	if (!cpu_is_intel())
		return 0;
	for (place = guest_hypercalls; place < guest_hypercalls_end; place++)
		memcpy(kvm_at(vm, GUEST_CODE + *place), vmcall, HYPERCALL_LEN);
	return 0;
}

uint64_t kvm_program_entry(const struct kvm_vm *vm, enum guest_program program)
{
	enum guest_mode width = vm->mode == GUEST_64 ? GUEST_64 : GUEST_32;

	if (program >= sizeof(programs) / sizeof(programs[0]) || !programs[program][width])
		return 0;
	/* Of all programs, only this one has the same bytes in 16-bit code. */
	if (vm->mode == GUEST_16 && program != GUEST_CALL_ONCE)
		return 0;
	return (vm->high ? GUEST_HIGH : 0) + GUEST_CODE + (programs[program][width] - guest_text);
}
