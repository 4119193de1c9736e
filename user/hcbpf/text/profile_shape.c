// SPDX-License-Identifier: GPL-2.0-only
/* docs/profiles.md says what all this means. */
#include "text/profile_file.h"
#include "text/profile_settings.h"
#include "text/rule_shape.h"

static const struct key rule_keys[] = {
	REQUIRED("call", &call_shape, "the name or the number of the call"),
	KEY("op", &op_shape, "a sub-operation; left out, the rule is for all without one"),
	REQUIRED("action", &action_shape, "what becomes of the call"),
	RULE_KEYS,
	{ 0 }
};

static const struct shape rule = SHAPE(IS_MAP, "a rule", .keys = rule_keys);

static const struct shape rules =
	SHAPE(IS_LIST, "a list of rules, each {call: ..., action: ...}", .items = &rule);

static const struct key default_keys[] = {
	REQUIRED("action", &action_shape, "what becomes of the calls"),
	KEY("ret", &ret_shape, "their result if they are denied"),
	{ 0 }
};

static const struct shape by_default =
	SHAPE(IS_TEXT | IS_MAP, "an action, or {action: ..., ret: ...}", .keys = default_keys,
	      .choice = choose_plain_action, .elsewhere = choose_action, .noun = "action");

static const struct key abi_keys[] = {
	KEY("default", &by_default, "of this ABI's calls that no rule names, in place of unknown"),
	KEY("rules", &rules, "what becomes of single calls"),
	{ 0 }
};

static const struct shape abi =
	SHAPE(IS_MAP, "a mapping with rules and default", .keys = abi_keys);

static const struct shape names =
	SHAPE(IS_LIST, "a list of names, [NAME, ...]", .items = &text_shape);

static const struct key profile_keys[] = {
	REQUIRED("version", &version_shape, "that of this format"),
	REQUIRED("name", &text_shape, "the profile's; its file is NAME.yaml"),
	KEY("description", &text_shape, "what it is for"),
	KEY("include", &names, "profiles whose rules come first"),
	KEY("unknown", &otherwise_shape, "of calls that nothing names, of ports that are not set"),
	KEY("kvm", &abi, "KVM's calls, on x86"),
	KEY("xen", &abi, "Xen's calls"),
	KEY("hyperv", &abi, "Hyper-V's calls"),
	KEY("smccc", &abi, "calls by Arm's convention"),
	{ 0 }
};

const struct shape profile_shape =
	SHAPE(IS_MAP, "a mapping with version and name", .keys = profile_keys);
