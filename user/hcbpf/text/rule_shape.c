// SPDX-License-Identifier: GPL-2.0-only
#include "text/abi_names.h"
#include "text/rule_shape.h"
#include "text/rules.h"

/* ---- words ---- */

/* All but "auto". */
const char *choose_abi(unsigned int i)
{
	return HCBPF_ABI_KVM + i < HCBPF_NR_ABIS ? abi_name(HCBPF_ABI_KVM + i) : NULL;
}

const char *choose_action(unsigned int i)
{
	return action_name(HCBPF_RULE_NONE + 1 + i);
}

static const char *choose_if(unsigned int i, bool (*is_one)(uint8_t action))
{
	uint8_t action;

	for (action = HCBPF_RULE_NONE + 1; action < HCBPF_NR_ACTIONS; action++)
		if (is_one(action) && !i--)
			return action_name(action);
	return NULL;
}

static bool is_plain(uint8_t action)
{
	return hcbpf_action_is_plain(action);
}

static bool is_for_users(uint8_t action)
{
	return action == HCBPF_RULE_PASS || action == HCBPF_RULE_DENY;
}

const char *choose_plain_action(unsigned int i)
{
	return choose_if(i, is_plain);
}

const char *choose_user_action(unsigned int i)
{
	return choose_if(i, is_for_users);
}

/* ---- shapes ---- */

const struct shape text_shape = SHAPE(IS_TEXT, "text");
const struct shape bool_shape = SHAPE(IS_BOOL, "true or false");
const struct shape call_shape = SHAPE(IS_TEXT | IS_NUMBER, "a call's name or number");
const struct shape op_shape = SHAPE(IS_TEXT | IS_NUMBER, "a sub-operation's name or number");
const struct shape ret_shape = SHAPE(IS_TEXT | IS_NUMBER, "a number or the name of an error");

const struct shape action_shape =
	SHAPE(IS_TEXT, "an action", .choice = choose_action, .noun = "action");

const struct shape otherwise_shape =
	SHAPE(IS_TEXT, "an action", .choice = choose_plain_action, .elsewhere = choose_action,
	      .noun = "action");

const struct shape user_shape =
	SHAPE(IS_TEXT, "an action", .choice = choose_user_action, .elsewhere = choose_action,
	      .noun = "action");

/* ---- values ---- */

uint32_t action_of(const struct node *map, const char *key)
{
	const struct node *node = node_get(map, key);
	uint32_t action;

	return node && !action_by_name(node->text, &action) ? action : 0;
}
