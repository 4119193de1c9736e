// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <hcbpf/sdei.h>

#include "text/rules.h"

#define NR(array) (sizeof(array) / sizeof((array)[0]))

/* ---- actions ---- */

/* What the kernel takes but nobody can have meant: the reason, or NULL. */
typedef const char *mistake_fn(const struct hcbpf_rule *rule);

static const char *port_mistake(const struct hcbpf_rule *rule)
{
	return rule->nr == HCBPF_RULE_ANY ? "a default cannot name a port" : NULL;
}

static const char *send_mistake(const struct hcbpf_rule *rule)
{
	return rule->abi != HCBPF_ABI_XEN ? "only Xen has a call to send on a port" :
	       port_mistake(rule);
}

static const char *doorbell_mistake(const struct hcbpf_rule *rule)
{
	return rule->abi == HCBPF_ABI_HYPERV ?
	       "a doorbell's port is in argument 0, where Hyper-V has the control word" :
	       port_mistake(rule);
}

static const char *track_mistake(const struct hcbpf_rule *rule)
{
	return hcbpf_is_page_report(rule->abi, rule->nr) ? NULL :
	       "this call does not tell of pages: kvm map_gpa_range, smccc mem_share and "
	       "mem_unshare do";
}

static const char *sdei_mistake(const struct hcbpf_rule *rule)
{
	return rule->abi == HCBPF_ABI_SMCCC && hcbpf_is_sdei_call(rule->nr) ? NULL :
	       "sdei is for SDEI's own function ids, in the ABI smccc";
}

#define ROW(action, word, mistake) [HCBPF_RULE_##action] = { word, mistake },

static const struct {
	const char *name;
	mistake_fn *mistake;	/* NULL: it is never one */
} actions[HCBPF_NR_ACTIONS] = { ACTION_WORDS(ROW) };

const char *action_name(uint32_t action)
{
	return action < NR(actions) ? actions[action].name : NULL;
}

int action_by_name(const char *name, uint32_t *action)
{
	for (*action = HCBPF_RULE_NONE + 1; *action < NR(actions); (*action)++)
		if (!strcmp(actions[*action].name, name))
			return 0;
	return -EINVAL;
}

void action_list(char text[NAMES_TEXT], int (*is_one)(__u8 action))
{
	const char *names[NR(actions)];
	__u8 action;
	size_t nr = 0;

	for (action = HCBPF_RULE_NONE + 1; action < NR(actions); action++)
		if (is_one(action))
			names[nr++] = actions[action].name;
	choice_text(text, names, nr);
}

/* ---- rules ---- */

int rule_order(const void *a, const void *b)
{
	const struct hcbpf_rule *x = a, *y = b;

	if (x->abi != y->abi)
		return x->abi < y->abi ? -1 : 1;
	if (x->nr != y->nr)
		return x->nr < y->nr ? -1 : 1;
	return x->sub == y->sub ? 0 : x->sub < y->sub ? -1 : 1;
}

void rule_text(char text[NAMES_TEXT], const struct hcbpf_rule *rule)
{
	const char *action = action_name(rule->action), *otherwise = action_name(rule->otherwise);
	const char *user = action_name(rule->user);
	char ret[NAMES_TEXT];

	ret_text(ret, rule->abi, rule->ret);
	snprintf(text, NAMES_TEXT, "%s%s%s%s%s%s%.64s", action ? action : "?",
		 hcbpf_action_has_otherwise(rule->action) ? ", otherwise " : "",
		 hcbpf_action_has_otherwise(rule->action) ? otherwise ? otherwise : "?" : "",
		 rule->user ? ", user " : "", rule->user ? user ? user : "?" : "",
		 hcbpf_rule_denies(rule) ? " " : "", hcbpf_rule_denies(rule) ? ret : "");
}

void rule_complete(struct hcbpf_rule *rule, uint32_t otherwise, bool has_ret)
{
	if (hcbpf_action_has_otherwise(rule->action) && !rule->otherwise)
		rule->otherwise = otherwise;
	if (has_ret || !hcbpf_rule_denies(rule))
		return;
	if (hcbpf_action_signals_port(rule->action) && rule->otherwise == HCBPF_RULE_DENY)
		rule->ret = ret_no_port(rule->abi);
	else
		rule->ret = ret_no_call(rule->abi);
}

const char *rule_problem(const struct hcbpf_rule *rule)
{
	static const char *const words[] = {
		[HCBPF_RULE_SOUND] = NULL,
		[HCBPF_RULE_FLAW_ABI] = "a rule is for one ABI",
		[HCBPF_RULE_FLAW_ACTION] = "there is no such action",
		[HCBPF_RULE_FLAW_SUB] = "a default has no sub-operation",
		[HCBPF_RULE_FLAW_CALL] =
			"`buffer` is for hcbpf_features, buffer_insert and buffer_purge, `discover` "
			"for smccc arch_features",
		[HCBPF_RULE_FLAW_NO_OTHERWISE] =
			"`otherwise` is for send, doorbell, track and track-exit",
		[HCBPF_RULE_FLAW_OTHERWISE] =
			"otherwise, a call can only pass, exit or be denied",
		[HCBPF_RULE_FLAW_USER] =
			"calls of the guest's user programs can only pass or be denied",
		[HCBPF_RULE_FLAW_RET] = "`ret` is for what is denied",
	};

	return words[hcbpf_rule_flaw(rule)];
}

const char *rule_mistake(const struct hcbpf_rule *rule)
{
	const char *problem = rule_problem(rule);

	if (problem || !actions[rule->action].mistake)
		return problem;
	return actions[rule->action].mistake(rule);
}

/* ---- comparing ---- */

static bool same_outcome(const struct hcbpf_rule *a, const struct hcbpf_rule *b)
{
	return a->action == b->action && a->otherwise == b->otherwise && a->user == b->user &&
	       a->ret == b->ret;
}

size_t rules_differ(const struct hcbpf_rule *a, size_t nr_a, const struct hcbpf_rule *b,
		    size_t nr_b, differ_fn *tell, void *context)
{
	const struct hcbpf_rule *end_a = a + nr_a, *end_b = b + nr_b;
	size_t nr = 0;
	int order;

	while (a < end_a || b < end_b) {
		order = a == end_a ? 1 : b == end_b ? -1 : rule_order(a, b);
		if (order || !same_outcome(a, b)) {
			nr++;
			if (tell)
				tell(context, order <= 0 ? a : NULL, order >= 0 ? b : NULL);
		}
		a += order <= 0;
		b += order >= 0;
	}
	return nr;
}
