// SPDX-License-Identifier: GPL-2.0-only
/* Layout and numbers of the binary interface. Most of it fails at compile time. */
#include <string.h>
#include <hcbpf/guest.h>
#include <hcbpf/state.h>
#include <hcbpf/test.h>
#include <hcbpf/uapi.h>
#include "abi.h"
#include "unit.h"

#define PIN_FIELD(type, field, at, bytes)						\
	_Static_assert(offsetof(struct type, field) == (at), #type "." #field " moved");	\
	_Static_assert(sizeof(((struct type *)0)->field) == (bytes),			\
		       #type "." #field " changed its size");
#define PIN_STRUCT(fields, type, bytes)							\
	_Static_assert(sizeof(struct type) == (bytes), #type " changed its size");	\
	fields(PIN_FIELD)

ABI_STRUCTS(PIN_STRUCT)
OPS(PIN_FIELD)
_Static_assert(sizeof(struct hcbpf_ops) == 136, "hcbpf_ops changed its size");

/* Every request's number, and no two alike. */
_Static_assert(HCBPF_GET_INFO == 0xbc00 && HCBPF_BIND == 0xbc01 && HCBPF_OPEN == 0xbc02 &&
	       HCBPF_NEXT_VM == 0xbc03 && HCBPF_NEXT_POLICY == 0xbc04 &&
	       HCBPF_SET_ADMISSION == 0xbc05 && HCBPF_GET_ADMISSION == 0xbc06 &&
	       HCBPF_CLAIM == 0xbc07 && HCBPF_NEXT_CLAIM == 0xbc08,
	       "a device request moved");
_Static_assert(HCBPF_ADMIT_USER == 1 && HCBPF_ADMIT_CGROUP == 2 && HCBPF_ADMIT_UNIT == 4 &&
	       HCBPF_ADMIT_NAME == 8 && HCBPF_ADMIT_REQUIRED == 16 &&
	       HCBPF_TEMPLATE_ENCRYPTED == 1 && HCBPF_ADMISSION_IF_GENERATION == 1 &&
	       HCBPF_BIND_OPERATOR == 4 && HCBPF_VM_OPERATOR == 32, "flags of admission");
_Static_assert(HCBPF_BIND_CLAIMANT == 8 && HCBPF_TEMPLATE_CLAIMANT == HCBPF_BIND_CLAIMANT &&
	       HCBPF_TEMPLATE_ENCRYPTED == HCBPF_BIND_ENCRYPTED &&
	       HCBPF_FIRST_CLAIM_SLOT == 0x80000000U, "claims");
_Static_assert(HCBPF_VM_GET_INFO == 0xbc10 && HCBPF_VM_GET_STATS == 0xbc11 &&
	       HCBPF_VM_SET_EVENTFD == 0xbc12 && HCBPF_VM_NEXT_PORT == 0xbc13 &&
	       HCBPF_VM_UNBIND == 0xbc14 && HCBPF_VM_SET_RULES == 0xbc15 &&
	       HCBPF_VM_GET_RULES == 0xbc16 && HCBPF_VM_SET_PARAM == 0xbc17 &&
	       HCBPF_VM_GPA_GET == 0xbc20 &&
	       HCBPF_VM_GPA_SET == 0xbc21 && HCBPF_VM_GPA_RESET == 0xbc22 &&
	       HCBPF_VM_GPA_NOTIFY == 0xbc23, "a binding's request moved");
_Static_assert(HCBPF_VM_GET_BUFFERS == 0xbc24 && HCBPF_VM_SET_BUFFERS == 0xbc25 &&
	       HCBPF_VM_SET_BUFFER_LIMIT == 0xbc26, "a request for buffers moved");
_Static_assert(HCBPF_VM_OBSERVE == 0xbc27 && HCBPF_VM_GET_SEEN == 0xbc28 &&
	       HCBPF_OBSERVE_ON == 1 && HCBPF_SEEN_KINDS == 64 && HCBPF_SEEN_TIMES == 28 &&
	       HCBPF_SEEN_END == 0xffffffff, "observing");
_Static_assert(HCBPF_RULE_BUFFER == 8 && HCBPF_BIND_ENCRYPTED == 1 && HCBPF_VM_ENCRYPTED == 16 &&
	       HCBPF_BUFFER_ANY_VCPU == 0xffffffff, "buffers");
_Static_assert(HCBPF_HC_FEATURES == 0x48430010 && HCBPF_HC_BUFFER_INSERT == 0x48430011 &&
	       HCBPF_HC_BUFFER_PURGE == 0x48430012 && HCBPF_HC_PHYSICAL == 0x00800000 &&
	       HCBPF_HC_LIST == 0x00200000 && HCBPF_LIST_SHIFT == 9 && HCBPF_FEATURE_LIST == 8 &&
	       HCBPF_FEATURE_REGISTERED == 1 && HCBPF_FEATURE_PHYSICAL == 2 &&
	       HCBPF_FEATURE_VIRTUAL == 4 && HCBPF_FEATURE_LIMIT_SHIFT == 16 &&
	       HCBPF_BUFFER_ALL == 1 && HCBPF_BUFFER_EVERY == 2 && HCBPF_BUFFER_HIGH_SHIFT == 8,
	       "buffers are known to guests");
_Static_assert(HCBPF_VM_SDEI_SIGNAL == 0xbc30 && HCBPF_VM_SDEI_CANCEL == 0xbc31 &&
	       HCBPF_VM_SDEI_GET == 0xbc32, "one of SDEI's requests moved");
_Static_assert(HCBPF_SDEI_SIGNALLED == 0 && HCBPF_SDEI_COALESCED == 1 && HCBPF_SDEI_IGNORED == 2,
	       "results of a signal");
_Static_assert(HCBPF_ABI_AUTO == 0 && HCBPF_ABI_KVM == 1 && HCBPF_ABI_XEN == 2 &&
	       HCBPF_ABI_HYPERV == 3 && HCBPF_ABI_SMCCC == 4 && HCBPF_NR_ABIS == 5, "abi");
_Static_assert(HCBPF_MODE_32 == 0 && HCBPF_MODE_64 == 1, "mode");
_Static_assert(HCBPF_PASS == 0 && HCBPF_DONE == 1 && HCBPF_EXIT == 2, "verdict");
_Static_assert(HCBPF_RULE_NONE == 0 && HCBPF_RULE_PASS == 1 && HCBPF_RULE_DENY == 2 &&
	       HCBPF_RULE_EXIT == 3 && HCBPF_RULE_SEND == 4 && HCBPF_RULE_DOORBELL == 5 &&
	       HCBPF_RULE_TRACK == 6 && HCBPF_RULE_TRACK_EXIT == 7 && HCBPF_RULE_SDEI == 9 &&
	       HCBPF_RULE_DISCOVER == 10 && HCBPF_NR_ACTIONS == 11, "actions");
_Static_assert(HCBPF_SMCCC_ARCH_FEATURES == 0x80000001, "SMCCC's number");
_Static_assert(HCBPF_RULES_FORCE == 1 && HCBPF_RULES_IF_GENERATION == 2, "flags of rules");
_Static_assert(HCBPF_OPS_USER == 1 && HCBPF_POLICY_LOADED == 1, "flags");
_Static_assert(HCBPF_VM_ENDED == 1 && HCBPF_VM_NO_POLICY == 2, "state");
_Static_assert(HCBPF_HOOK_NONE == 0 && HCBPF_HOOK_DIRECT == 1 && HCBPF_HOOK_REDIRECT == 2, "hook");
_Static_assert(HCBPF_HC_DOORBELL == 0x48430000, "the doorbell is known to guests");
_Static_assert(HCBPF_NAME_LEN == 32 && HCBPF_DEFAULT_PORTS == 131072, "limits");

_Static_assert(HCBPF_GPA_ENCRYPTED == 1 && HCBPF_GPA_KEY_SHIFT == 1 &&
	       HCBPF_GPA_ATTR_MASK == 0xffff && HCBPF_GPA_FRAMES == 1ULL << 40, "attributes");
_Static_assert(HCBPF_GPA_FOLLOW == 1 && HCBPF_GPA_REPLACE == 1 &&
	       HCBPF_GPA_MAX_RANGES == 1 << 20 && HCBPF_GPA_MMAP_OFFSET == 1 << 30,
	       "requests about attributes");
_Static_assert(sizeof(HCBPF_STATE_MAGIC) == HCBPF_STATE_MAGIC_LEN + 1 && HCBPF_STATE_VERSION == 1 &&
	       HCBPF_STATE_CRITICAL == 1 && HCBPF_STATE_ATTRIBUTES == 1 && HCBPF_STATE_PORTS == 2 &&
	       HCBPF_STATE_RULES == 3 && HCBPF_STATE_PROFILE == 4 && HCBPF_STATE_BUFFERS == 5 &&
	       HCBPF_STATE_SDEI == 6, "files of state");

struct field {
	size_t at, bytes;
};

#define LIST_FIELD(type, field, at, bytes) { at, bytes },

/* Each field starts where the one before it ends, the last one ends the struct. */
static void check_no_holes(const char *type, size_t size, const struct field *field, size_t nr)
{
	size_t end = 0, i;

	for (i = 0; i < nr; i++) {
		if (field[i].at != end)
			fail_msg("struct %s has a hole before its field %zu", type, i);
		end += field[i].bytes;
	}
	if (end != size)
		fail_msg("struct %s ends in padding", type);
}

static void no_struct_has_padding(void **state)
{
	(void)state;
#define CHECK(fields, type, size)						\
	do {									\
		static const struct field list[] = { fields(LIST_FIELD) };	\
		check_no_holes(#type, size, list, ARRAY_LEN(list));		\
	} while (0);
	ABI_STRUCTS(CHECK)
#undef CHECK
}

/* Growth depends on it: the kernel learns the size before it reads the rest. */
static void every_request_starts_with_its_size(void **state)
{
	(void)state;
	assert_int_equal(offsetof(struct hcbpf_info, size), 0);
	assert_int_equal(offsetof(struct hcbpf_bind, size), 0);
	assert_int_equal(offsetof(struct hcbpf_open, size), 0);
	assert_int_equal(offsetof(struct hcbpf_next_vm, size), 0);
	assert_int_equal(offsetof(struct hcbpf_next_policy, size), 0);
	assert_int_equal(offsetof(struct hcbpf_vm_info, size), 0);
	assert_int_equal(offsetof(struct hcbpf_vm_stats, size), 0);
	assert_int_equal(offsetof(struct hcbpf_set_eventfd, size), 0);
	assert_int_equal(offsetof(struct hcbpf_next_port, size), 0);
	assert_int_equal(offsetof(struct hcbpf_next_eventfd, size), 0);
	assert_int_equal(offsetof(struct hcbpf_rules, size), 0);
	assert_int_equal(offsetof(struct hcbpf_gpa_get, size), 0);
	assert_int_equal(offsetof(struct hcbpf_gpa_set, size), 0);
	assert_int_equal(offsetof(struct hcbpf_gpa_notify, size), 0);
	assert_int_equal(offsetof(struct hcbpf_buffers, size), 0);
	assert_int_equal(offsetof(struct hcbpf_buffer_limit, size), 0);
	assert_int_equal(offsetof(struct hcbpf_sdei_signal, size), 0);
	assert_int_equal(offsetof(struct hcbpf_sdei_state, size), 0);
	assert_int_equal(offsetof(struct hcbpf_admission, size), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_struct_has_padding),
		cmocka_unit_test(every_request_starts_with_its_size),
	};

	return cmocka_run_group_tests_name("binary interface", tests, NULL, NULL);
}
