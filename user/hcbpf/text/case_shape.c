// SPDX-License-Identifier: GPL-2.0-only
/* docs/policy-guide.md says what all this means. */
#include "text/case_step.h"
#include "text/rule_shape.h"

const char *choose_verdict(unsigned int i)
{
	static const char *const words[] = {
		[HCBPF_PASS] = "pass", [HCBPF_DONE] = "done", [HCBPF_EXIT] = "exit",
		[BAD_VERDICT] = "bad", NULL
	};

	return words[i];
}

static const char *choose_mode(unsigned int i)
{
	static const char *const words[] = { "32", "64", NULL };

	return words[i];
}

/* ---- numbers and words ---- */

static const struct shape u64 = SHAPE(IS_NUMBER, "a number", .min = INT64_MIN, .max = UINT64_MAX);
static const struct shape u32 = SHAPE(IS_NUMBER, "a number", .max = UINT32_MAX);
static const struct shape slot = SHAPE(IS_NUMBER, "a slot", .max = HCBPF_TEST_SLOTS - 1);
static const struct shape mode =
	SHAPE(IS_NUMBER, "32 or 64", .choice = choose_mode, .noun = "mode");
static const struct shape abi = SHAPE(IS_TEXT, "an ABI", .choice = choose_abi, .noun = "ABI");
static const struct shape verdict =
	SHAPE(IS_TEXT, "a verdict", .choice = choose_verdict, .noun = "verdict");

static const struct shape result =
	SHAPE(IS_TEXT | IS_NUMBER, "a number or the name of an error", .min = INT64_MIN,
	      .max = UINT64_MAX);

static const struct shape nr =
	SHAPE(IS_TEXT | IS_NUMBER, "a call's name or a number", .max = UINT64_MAX);
static const struct shape rule_nr =
	SHAPE(IS_TEXT | IS_NUMBER, "a call's name or a number", .max = UINT32_MAX);
static const struct shape sub =
	SHAPE(IS_TEXT | IS_NUMBER, "a sub-operation's name or a number", .max = UINT32_MAX);

/* ---- lists and mappings ---- */

#define LIST_OF(items_, max_, what_)	\
	SHAPE(IS_LIST, "a list of " what_, .items = &(items_), .max_items = max_)

static const struct shape args = LIST_OF(u64, 6, "numbers");
static const struct shape words = LIST_OF(u32, HCBPF_TEST_MEM / 4, "numbers");
static const struct shape slots = LIST_OF(slot, HCBPF_TEST_SLOTS, "slots");

static const struct key call_keys[] = {
	KEY("abi", &abi, "kvm, xen, hyperv or smccc"),
	KEY("nr", &nr, "the call's name or number"),
	KEY("args", &args, "its arguments"),
	KEY("mode", &mode, "how wide the calling code is"),
	KEY("user", &bool_shape, "whether a program of the guest's makes the call"),
	KEY("vcpu", &u32, "the vCPU that makes it"),
	{ 0 }
};

static const struct key memory_keys[] = {
	KEY("addr", &u64, "where it is"),
	KEY("words", &words, "what is in it, 32 bits each"),
	KEY("hex", &text_shape, "what is in it, byte by byte"),
	{ 0 }
};

static const struct key port_keys[] = {
	KEY("port", &u32, "its number"),
	KEY("slot", &u32, "the slot that it signals, which has an eventfd"),
	KEY("word", &u64, "its word in the port table, in place of a slot"),
	{ 0 }
};

static const struct key rule_keys[] = {
	KEY("abi", &abi, "left out, the call's"),
	KEY("nr", &rule_nr, "the call's name or number; left out, or any: the default"),
	KEY("sub", &sub, "a sub-operation"),
	KEY("action", &action_shape, "what becomes of the call"),
	RULE_KEYS,
	{ 0 }
};

static const struct shape attr = SHAPE(IS_NUMBER, "a number", .max = HCBPF_GPA_ATTR_MASK);
static const struct key pages_keys[] = {
	KEY("addr", &u64, "of the first page"),
	KEY("pages", &u64, "how many; left out, one"),
	KEY("attr", &attr, "their attribute"),
	{ 0 }
};

static const struct shape size = SHAPE(IS_NUMBER, "a number", .min = 1, .max = UINT64_MAX);
static const struct key buffer_keys[] = {
	KEY("virtual", &u64, "where the guest sees it"),
	KEY("physical", &u64, "where it is"),
	REQUIRED("size", &size, "its bytes"),
	KEY("vcpu", &u32, "whose it is; left out, it is for all"),
	{ 0 }
};

static const struct shape call = SHAPE(IS_MAP, "a mapping", .keys = call_keys);
static const struct shape memory = SHAPE(IS_MAP, "a mapping", .keys = memory_keys);
static const struct shape port = SHAPE(IS_MAP, "a mapping", .keys = port_keys);
static const struct shape rule = SHAPE(IS_MAP, "a mapping", .keys = rule_keys);
static const struct shape some_pages = SHAPE(IS_MAP, "a mapping", .keys = pages_keys);
static const struct shape buffer = SHAPE(IS_MAP, "a mapping", .keys = buffer_keys);

static const struct shape ports = LIST_OF(port, HCBPF_TEST_PORTS, "ports, {port: ..., slot: ...}");
static const struct shape rules = LIST_OF(rule, HCBPF_TEST_RULES, "rules, {nr: ..., action: ...}");
static const struct shape pages = LIST_OF(some_pages, HCBPF_TEST_PAGES, "{addr: ..., attr: ...}");
static const struct shape sets = LIST_OF(some_pages, HCBPF_TEST_SETS, "{addr: ..., attr: ...}");
static const struct shape buffers =
	LIST_OF(buffer, HCBPF_TEST_BUFFERS, "{virtual: ..., physical: ..., size: ...}");

static const struct key expect_keys[] = {
	KEY("verdict", &verdict, "the policy's"),
	KEY("ret", &result, "what the guest gets"),
	KEY("signals", &slots, "the slots that are signalled, each as often as it is"),
	KEY("sets", &sets, "the changes of page attributes, in order"),
	{ 0 }
};

static const struct shape expect = SHAPE(IS_MAP, "a mapping", .keys = expect_keys);

/* ---- steps, cases, files ---- */

#define STEP_KEYS								\
	KEY("call", &call, "what the guest calls"),				\
	KEY("memory", &memory, "all the memory that it has"),			\
	KEY("ports", &ports, "its port table"),					\
	KEY("slots", &slots, "the slots with an eventfd, if not just those of ports"), \
	KEY("rules", &rules, "the VM's rules"),					\
	KEY("now", &u64, "the time in nanoseconds"),				\
	KEY("pages", &pages, "pages with an attribute"),				\
	KEY("gpa_error", &ret_shape, "what a change of page attributes fails with"), \
	KEY("kvm_exits", &bool_shape, "whether the VMM has asked KVM for exits on this call"), \
	KEY("buffers", &buffers, "registered buffers"),				\
	KEY("encrypted", &bool_shape, "whether the guest's memory is"),		\
	KEY("param", &u64, "the VM's parameter"),				\
	KEY("new_vm", &bool_shape, "whether another VM is bound before this step"), \
	KEY("times", &u32, "how often the call is made"),			\
	KEY("expect", &expect, "what must come out")

static const struct key step_keys[] = { STEP_KEYS, { 0 } };
static const struct shape step = SHAPE(IS_MAP, "a step", .keys = step_keys);
static const struct shape steps = LIST_OF(step, 1000, "steps, each {expect: ...}");

static const struct key case_keys[] = {
	REQUIRED("name", &text_shape, "what the case shows"),
	STEP_KEYS,
	KEY("then", &steps, "further steps, each as the one before it but for what it says"),
	{ 0 }
};

static const struct shape one_case = SHAPE(IS_MAP, "a case", .keys = case_keys);
static const struct shape cases =
	SHAPE(IS_LIST, "a list of cases, each {name: ..., expect: ...}", .items = &one_case,
	      .min_items = 1);

static const struct key file_keys[] = {
	KEY("defaults", &step, "what cases do not say"),
	REQUIRED("cases", &cases, "a list, each with a new VM"),
	{ 0 }
};

const struct shape cases_shape = SHAPE(IS_MAP, "a mapping with cases", .keys = file_keys);
