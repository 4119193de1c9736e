// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <hcbpf/guest.h>
#include <hcbpf/sdei.h>

#include "text/profile_learn.h"
#include "text/rules.h"
#include "text/seen.h"

#define ANY HCBPF_RULE_ANY
#define XEN_EVENT_CHANNEL_OP 32
#define XEN_EVTCHNOP_SEND 4

struct learner {
	FILE *to;
	const struct lesson *lesson;
	learn_warn_fn *warn;
	void *context;
	int nr_rules;
	uint8_t abi;		/* whose mapping is open; 0: none */
};

static void warn(const struct learner *l, const char *fmt, ...)
{
	char text[256];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	l->warn(l->context, text);
}

/* ---- what kinds there are, as rules know them ---- */

static uint32_t without_ways(uint32_t nr)
{
	return nr & ~(HCBPF_HC_PHYSICAL | HCBPF_HC_LIST);
}

/* hcbpf's own calls have ports and addresses in argument 0, whatever the ABI. */
static bool is_own_call(uint32_t nr)
{
	nr = without_ways(nr);
	return nr == HCBPF_HC_DOORBELL || hcbpf_is_buffer_call(nr);
}

static void add_counts(struct hcbpf_seen *sum, const struct hcbpf_seen *seen)
{
	int i;

	for (i = 0; i < 3; i++)
		sum->count[i] += seen->count[i];
}

/* A copy, sorted, in which calls of one rule are one; to be freed. */
static struct hcbpf_seen *kinds_of(const struct hcbpf_calls *calls, size_t *nr)
{
	struct hcbpf_seen *kinds = calloc(calls->nr + 1, sizeof(*kinds)), *last = NULL;
	struct hcbpf_seen seen;
	size_t i;

	for (i = 0, *nr = 0; kinds && i < calls->nr; i++) {
		seen = calls->kinds[i];
		if (!seen_is_other(&seen) && is_own_call(seen.nr))
			seen.sub = ANY;
		if (last && last->abi == seen.abi && last->nr == seen.nr && last->sub == seen.sub) {
			add_counts(last, &seen);
			continue;
		}
		last = &kinds[(*nr)++];
		*last = seen;
	}
	return kinds;
}

/* ---- what becomes of a kind now ---- */

static const struct hcbpf_rule *find(const struct lesson *lesson, uint32_t abi, uint32_t nr,
				     uint32_t sub)
{
	const struct hcbpf_rule key = { .abi = abi, .nr = nr, .sub = sub };

	return lesson->nr_rules ? bsearch(&key, lesson->rules, lesson->nr_rules, sizeof(key),
					  rule_order) : NULL;
}

static const struct hcbpf_rule *effective(const struct lesson *lesson,
					  const struct hcbpf_seen *seen)
{
	const struct hcbpf_rule *rule = find(lesson, seen->abi, seen->nr, seen->sub);

	rule = rule ?: find(lesson, seen->abi, seen->nr, ANY);
	return rule ?: find(lesson, seen->abi, ANY, ANY);
}

/* What the standard policy does of its own accord in a VM without rules (bpf/decide.h). */
static uint8_t own_action(const struct hcbpf_seen *seen)
{
	if (seen->abi == HCBPF_ABI_SMCCC) {
		if (hcbpf_is_sdei_call(seen->nr))
			return HCBPF_RULE_SDEI;
		return seen->nr == HCBPF_SMCCC_DOORBELL || seen->nr == HCBPF_SMCCC_DOORBELL32 ?
		       HCBPF_RULE_DOORBELL : HCBPF_RULE_PASS;
	}
	if (seen->nr == HCBPF_HC_DOORBELL)
		return HCBPF_RULE_DOORBELL;
	return seen->abi == HCBPF_ABI_XEN && seen->nr == XEN_EVENT_CHANNEL_OP &&
	       seen->sub == XEN_EVTCHNOP_SEND ? HCBPF_RULE_SEND : HCBPF_RULE_PASS;
}

/* Hyper-V has no doorbell. */
static struct hcbpf_rule rule_of(const struct lesson *lesson, const struct hcbpf_seen *seen)
{
	const struct hcbpf_rule *now = effective(lesson, seen);
	struct hcbpf_rule rule = { .action = HCBPF_RULE_PASS };

	if (now)
		rule = *now;
	else if (!lesson->nr_rules && !strcmp(lesson->policy, "standard"))
		rule.action = own_action(seen);
	rule.abi = seen->abi;
	rule.nr = seen->nr;
	rule.sub = seen->sub;
	rule_complete(&rule, HCBPF_RULE_PASS, now);
	if (rule_mistake(&rule))
		rule = (struct hcbpf_rule){
			.abi = seen->abi, .nr = seen->nr, .sub = seen->sub,
			.action = HCBPF_RULE_PASS,
		};
	return rule;
}

/* ---- what cannot be said ---- */

static bool can_be_said(const struct learner *l, const struct hcbpf_seen *seen)
{
	unsigned long long calls = seen_calls(seen);
	char text[NAMES_TEXT];

	if (seen_is_other(seen)) {
		warn(l, "%llu calls were of more kinds than are told apart, or had numbers of more "
		     "than 32 bits: this profile denies them", calls);
		return false;
	}
	seen_text(text, seen);
	if (!abi_name(seen->abi) || seen->nr == ANY) {
		warn(l, "%llu calls had the number %s, which no rule can name: this profile denies "
		     "them", calls, text);
		return false;
	}
	if (seen->abi != HCBPF_ABI_XEN || seen->sub != ANY || is_own_call(seen->nr))
		return true;
	if (call_has_ops(seen->abi, seen->nr)) {
		warn(l, "%llu calls of xen %s had a sub-operation that no rule can name: this "
		     "profile denies them", calls, text);
		return false;
	}
	warn(l, "%llu calls of xen %s had a first argument larger than 0xfffffe: this profile lets "
	     "the guest make it with any", calls, text);
	return true;
}

static void compare_outcome(const struct learner *l, const struct hcbpf_seen *seen,
			    const struct hcbpf_rule *rule)
{
	unsigned long long others = seen->count[HCBPF_DONE] + seen->count[HCBPF_EXIT];
	char text[NAMES_TEXT];

	if (rule->action != HCBPF_RULE_PASS || !others)
		return;
	seen_text(text, seen);
	warn(l, "%llu calls of %s %s were answered or exits, which no rule of the VM explains, but "
	     "rules that it had before, or policy \"%s\" itself: this profile lets them pass",
	     others, seen_abi(seen), text, l->lesson->policy);
}

/* ---- as text ---- */

static void put_outcomes(FILE *to, const struct hcbpf_seen *seen)
{
	static const char *const words[] = {
		[HCBPF_PASS] = "left to KVM", [HCBPF_DONE] = "answered",
		[HCBPF_EXIT] = "given to the VMM"
	};
	const char *before = "";
	int i;

	for (i = 0; i < 3; i++) {
		if (!seen->count[i])
			continue;
		fprintf(to, "%s%llu %s", before, (unsigned long long)seen->count[i], words[i]);
		before = ", ";
	}
}

static void put_rule(FILE *to, const struct hcbpf_rule *rule)
{
	char text[NAMES_TEXT];

	call_text(text, rule->abi, rule->nr, ANY);
	fprintf(to, "    - {call: %s", text);
	if (rule->sub != ANY) {
		op_text(text, rule->abi, rule->nr, rule->sub);
		fprintf(to, ", op: %s", text);
	}
	fprintf(to, ", action: %s", action_name(rule->action));
	if (rule->otherwise)
		fprintf(to, ", otherwise: %s", action_name(rule->otherwise));
	if (rule->user)
		fprintf(to, ", user: %s", action_name(rule->user));
	if (hcbpf_rule_denies(rule)) {
		ret_text(text, rule->abi, rule->ret);
		fprintf(to, ", ret: %s", text);
	}
	fputs("}\n", to);
}

static void put_kind(struct learner *l, const struct hcbpf_seen *seen)
{
	struct hcbpf_rule rule;
	char text[NAMES_TEXT];

	if (!can_be_said(l, seen))
		return;
	rule = rule_of(l->lesson, seen);
	compare_outcome(l, seen, &rule);
	if (seen->abi != l->abi)
		fprintf(l->to, "%s:\n  rules:\n", abi_name(seen->abi));
	l->abi = seen->abi;
	seen_text(text, seen);
	fprintf(l->to, "    # %s: ", text);
	put_outcomes(l->to, seen);
	fputc('\n', l->to);
	put_rule(l->to, &rule);
	l->nr_rules++;
}

int profile_learn(FILE *to, const struct lesson *lesson, learn_warn_fn *fn, void *context)
{
	struct learner l = { .to = to, .lesson = lesson, .warn = fn, .context = context };
	size_t nr, i;
	struct hcbpf_seen *kinds = kinds_of(lesson->calls, &nr);

	if (!kinds)
		return -ENOMEM;
	fprintf(to, "version: 1\nname: %s\ndescription: learned from the calls of VM %u\n\n"
		"# The guest did not make these calls while it was observed. If it will, as at its "
		"start\n# or when it is switched off, give them rules.\nunknown: deny\n\n",
		lesson->name, lesson->id);
	for (i = 0; i < nr; i++)
		put_kind(&l, &kinds[i]);
	free(kinds);
	return l.nr_rules;
}
