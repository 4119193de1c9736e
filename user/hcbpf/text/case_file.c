// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/file.h"
#include "text/abi_names.h"
#include "text/case_file.h"
#include "text/config.h"
#include "text/rules.h"

#define MAX_FILE (1 << 20)

struct reader {
	const char *file;
	char *error;
};

typedef int set_fn(struct reader *r, const config_setting_t *setting, struct step *step);

/* What a group may have in it; ends with a NULL name. */
struct member {
	const char *name;
	set_fn *set;
};

#define complain(r, at, ...) \
	config_complain((r)->error, (r)->file, config_setting_source_line(at), -EINVAL, __VA_ARGS__)

/* ---- values ---- */

/* "0x...": what does not fit a number of libconfig without a trailing L. */
static bool text_number(const char *text, __u64 *value)
{
	char *end;

	errno = 0;
	*value = strtoull(text, &end, 0);
	return !errno && end != text && !*end;
}

/* Negative ones as 64 bits. */
static int get_number(struct reader *r, const config_setting_t *s, __u64 *value)
{
	const char *text = config_setting_get_string(s);
	int64_t number;

	if (config_number(s, &number)) {
		*value = number;
		return 0;
	}
	if (!text)
		return complain(r, s, "a number is missing");
	return text_number(text, value) ? 0 : complain(r, s, "\"%s\" is not a number", text);
}

static int get_u32(struct reader *r, const config_setting_t *s, uint32_t *value)
{
	__u64 number = 0;
	int err = get_number(r, s, &number);

	if (!err && number > UINT32_MAX)
		err = complain(r, s, "the number does not fit into 32 bits");
	*value = number;
	return err;
}

/* A word that @lookup knows; @what it should have been. */
static int get_word(struct reader *r, const config_setting_t *s, const char *what,
		    int (*lookup)(const char *, uint32_t *), uint32_t *value)
{
	const char *text = config_setting_get_string(s);

	if (!text)
		return complain(r, s, "%s must be a word in quotes", what);
	if (lookup(text, value))
		return complain(r, s, "\"%s\" is not %s", text, what);
	return 0;
}

static int get_list(struct reader *r, const config_setting_t *s, int max)
{
	if (!config_setting_is_array(s) && !config_setting_is_list(s))
		return complain(r, s, "a list is missing: [ 1, 2 ]");
	if (config_setting_length(s) > max)
		return complain(r, s, "more than %d", max);
	return 0;
}

/* Let each member of a group set its part of @step. */
static int get_group(struct reader *r, const config_setting_t *group, const struct member *members,
		     struct step *step)
{
	const config_setting_t *s;
	const struct member *m;
	int i, err = 0;

	if (!config_setting_is_group(group))
		return complain(r, group, "a group is missing: { ... }");
	for (i = 0; i < config_setting_length(group) && !err; i++) {
		s = config_setting_get_elem(group, i);
		for (m = members; m->name && strcmp(m->name, config_setting_name(s)); m++)
			;
		if (!m->name)
			return complain(r, s, "\"%s\" means nothing here", config_setting_name(s));
		err = m->set ? m->set(r, s, step) : 0;
	}
	return err;
}

/* ---- the call ---- */

static int set_abi(struct reader *r, const config_setting_t *s, struct step *step)
{
	uint32_t abi = 0;
	int err = get_word(r, s, "an ABI", abi_by_name, &abi);

	if (!err && abi == HCBPF_ABI_AUTO)
		return complain(r, s, "a call has one ABI");
	step->env.test.call.abi = abi;
	return err;
}

static int set_nr(struct reader *r, const config_setting_t *s, struct step *step)
{
	const char *text = config_setting_get_string(s);
	uint32_t nr;

	if (!text || text_number(text, &step->env.test.call.nr))
		return get_number(r, s, &step->env.test.call.nr);
	if (call_by_name(step->env.test.call.abi, text, &nr))
		return complain(r, s, "\"%s\" is not a call of ABI %s; say `abi` before `nr`", text,
				abi_name(step->env.test.call.abi));
	step->env.test.call.nr = nr;
	return 0;
}

static int set_args(struct reader *r, const config_setting_t *s, struct step *step)
{
	int i, err = get_list(r, s, 6);

	memset(step->env.test.call.args, 0, sizeof(step->env.test.call.args));
	for (i = 0; !err && i < config_setting_length(s); i++)
		err = get_number(r, config_setting_get_elem(s, i), &step->env.test.call.args[i]);
	return err;
}

static int set_mode(struct reader *r, const config_setting_t *s, struct step *step)
{
	uint32_t mode = 0;
	int err = get_u32(r, s, &mode);

	if (!err && mode != 32 && mode != 64)
		return complain(r, s, "mode is 32 or 64");
	step->env.test.call.mode = mode == 64 ? HCBPF_MODE_64 : HCBPF_MODE_32;
	return err;
}

static int set_user(struct reader *r, const config_setting_t *s, struct step *step)
{
	if (config_setting_type(s) != CONFIG_TYPE_BOOL)
		return complain(r, s, "user is true or false");
	step->env.test.call.user = config_setting_get_bool(s);
	return 0;
}

static int set_vcpu(struct reader *r, const config_setting_t *s, struct step *step)
{
	return get_u32(r, s, &step->env.test.call.vcpu_id);
}

static int set_call(struct reader *r, const config_setting_t *s, struct step *step)
{
	static const struct member members[] = {
		{ "abi", set_abi }, { "nr", set_nr }, { "args", set_args }, { "mode", set_mode },
		{ "user", set_user }, { "vcpu", set_vcpu }, { 0 }
	};

	return get_group(r, s, members, step);
}

/* ---- guest memory ---- */

static int set_addr(struct reader *r, const config_setting_t *s, struct step *step)
{
	return get_number(r, s, &step->env.test.mem_addr);
}

static int set_words(struct reader *r, const config_setting_t *s, struct step *step)
{
	struct hcbpf_test_call *test = &step->env.test;
	int i, err = get_list(r, s, HCBPF_TEST_MEM / 4);
	uint32_t word;

	for (i = 0; !err && i < config_setting_length(s); i++) {
		err = get_u32(r, config_setting_get_elem(s, i), &word);
		memcpy(test->mem + 4 * i, &word, sizeof(word));
	}
	test->mem_len = 4 * config_setting_length(s);
	return err;
}

static int set_hex(struct reader *r, const config_setting_t *s, struct step *step)
{
	const char *text = config_setting_get_string(s);
	struct hcbpf_test_call *test = &step->env.test;

	test->mem_len = 0;
	for (; text && *text; text += 2) {
		if (*text == ' ')
			text++;
		if (test->mem_len == HCBPF_TEST_MEM)
			return complain(r, s, "more than %d bytes", HCBPF_TEST_MEM);
		if (strspn(text, "0123456789abcdefABCDEF") < 2)
			text = NULL;
		else
			sscanf(text, "%2hhx", &test->mem[test->mem_len++]);
		if (!text)
			break;
	}
	return text ? 0 : complain(r, s, "bytes are missing: \"05 00 00 00\"");
}

static int set_memory(struct reader *r, const config_setting_t *s, struct step *step)
{
	static const struct member members[] = {
		{ "addr", set_addr }, { "words", set_words }, { "hex", set_hex }, { 0 }
	};

	memset(step->env.test.mem, 0, sizeof(step->env.test.mem));
	step->env.test.mem_len = 0;
	return get_group(r, s, members, step);
}

/* ---- ports, slots, rules: groups in a list ---- */

static int set_each(struct reader *r, const config_setting_t *s, int max, set_fn *set_one,
		    struct step *step)
{
	int i, err = get_list(r, s, max);

	for (i = 0; !err && i < config_setting_length(s); i++)
		err = set_one(r, config_setting_get_elem(s, i), step);
	return err;
}

static struct hcbpf_test_port *port_of(struct step *step)
{
	return &step->env.ports[step->env.nr_ports];
}

static int set_port_port(struct reader *r, const config_setting_t *s, struct step *step)
{
	return get_u32(r, s, &port_of(step)->port);
}

/* A port's slot has an eventfd, unless `slots` says otherwise. */
static int set_port_slot(struct reader *r, const config_setting_t *s, struct step *step)
{
	uint32_t slot = 0;
	int err = get_u32(r, s, &slot);

	if (err)
		return err;
	port_of(step)->word = hcbpf_port_make(HCBPF_PORT_EVENTFD, slot);
	if (slot < HCBPF_TEST_SLOTS)
		step->env.slots |= 1U << slot;
	return 0;
}

static int set_port_word(struct reader *r, const config_setting_t *s, struct step *step)
{
	__u64 word;
	int err = get_number(r, s, &word);

	port_of(step)->word = word;
	return err;
}

static int set_port(struct reader *r, const config_setting_t *s, struct step *step)
{
	static const struct member members[] = {
		{ "port", set_port_port }, { "slot", set_port_slot }, { "word", set_port_word },
		{ 0 }
	};
	int err;

	memset(port_of(step), 0, sizeof(*port_of(step)));
	err = get_group(r, s, members, step);
	step->env.nr_ports++;
	return err;
}

static int set_ports(struct reader *r, const config_setting_t *s, struct step *step)
{
	step->env.nr_ports = 0;
	return set_each(r, s, HCBPF_TEST_PORTS, set_port, step);
}

static int set_slot(struct reader *r, const config_setting_t *s, struct step *step)
{
	uint32_t slot = 0;
	int err = get_u32(r, s, &slot);

	if (!err && slot >= HCBPF_TEST_SLOTS)
		return complain(r, s, "tests have slots 0 to %d", HCBPF_TEST_SLOTS - 1);
	if (!err)
		step->env.slots |= 1U << slot;
	return err;
}

static int set_slots(struct reader *r, const config_setting_t *s, struct step *step)
{
	step->env.slots = 0;
	return set_each(r, s, HCBPF_TEST_SLOTS, set_slot, step);
}

static int get_call_number(struct reader *r, const config_setting_t *s, uint8_t abi, uint32_t *nr)
{
	const char *text = config_setting_get_string(s);

	if (text && !strcmp(text, "any")) {
		*nr = HCBPF_RULE_ANY;
		return 0;
	}
	if (!text)
		return get_u32(r, s, nr);
	return call_by_name(abi, text, nr) ? complain(r, s, "\"%s\" is not a call", text) : 0;
}

static int get_sub(struct reader *r, const config_setting_t *s, struct hcbpf_rule *rule)
{
	const char *text = config_setting_get_string(s);

	if (!text)
		return get_u32(r, s, &rule->sub);
	return op_by_name(rule->abi, rule->nr, text, &rule->sub) ?
	       complain(r, s, "\"%s\" is not an operation of this call", text) : 0;
}

static int get_ret(struct reader *r, const config_setting_t *s, uint8_t abi, int32_t *ret)
{
	const char *text = config_setting_get_string(s);
	__u64 number = 0;
	int err;

	if (text)
		return ret_parse(abi, text, ret) ?
		       complain(r, s, "\"%s\" is not a result", text) : 0;
	err = get_number(r, s, &number);
	if (!err && (int64_t)number != (int32_t)number)
		return complain(r, s, "a rule's ret has 32 bits and a sign");
	*ret = number;
	return err;
}

/* A rule, member by member; the order does not matter. */
static int get_rule(struct reader *r, const config_setting_t *s, struct hcbpf_rule *rule)
{
	const config_setting_t *m;
	uint32_t word;
	int err = 0;

#define MEMBER(name) (!err && (m = config_setting_get_member(s, name)))
	if (MEMBER("abi")) {
		err = get_word(r, m, "an ABI", abi_by_name, &word);
		rule->abi = word;
	}
	if (MEMBER("nr"))
		err = get_call_number(r, m, rule->abi, &rule->nr);
	if (MEMBER("sub"))
		err = get_sub(r, m, rule);
	if (MEMBER("action")) {
		err = get_word(r, m, "an action", action_by_name, &word);
		rule->action = word;
	}
	if (MEMBER("otherwise")) {
		err = get_word(r, m, "an action", action_by_name, &word);
		rule->otherwise = word;
	}
	if (MEMBER("user")) {
		err = get_word(r, m, "an action", action_by_name, &word);
		rule->user = word;
	}
	if (MEMBER("ret"))
		err = get_ret(r, m, rule->abi, &rule->ret);
#undef MEMBER
	return err;
}

static int set_rule(struct reader *r, const config_setting_t *s, struct step *step)
{
	static const struct member members[] = {
		{ "abi", NULL }, { "nr", NULL }, { "sub", NULL }, { "action", NULL },
		{ "otherwise", NULL }, { "user", NULL }, { "ret", NULL }, { 0 }
	};
	struct hcbpf_rule *rule = &step->env.rules[step->env.nr_rules];
	int err;

	*rule = (struct hcbpf_rule){ .nr = HCBPF_RULE_ANY, .sub = HCBPF_RULE_ANY,
				     .abi = step->env.test.call.abi };
	err = get_group(r, s, members, step);
	if (!err)
		err = get_rule(r, s, rule);
	if (!err && rule_problem(rule))
		err = complain(r, s, "%s", rule_problem(rule));
	step->env.nr_rules++;
	return err;
}

static int set_rules(struct reader *r, const config_setting_t *s, struct step *step)
{
	step->env.nr_rules = 0;
	return set_each(r, s, HCBPF_TEST_RULES, set_rule, step);
}

/* ---- page attributes ---- */

/* Both what is and what is expected are groups of three numbers. */
static int get_pages(struct reader *r, const config_setting_t *s, struct hcbpf_test_set *set)
{
	const config_setting_t *m;
	int i, err = 0;
	__u64 number;

	*set = (struct hcbpf_test_set){ .npages = 1 };
	if (!config_setting_is_group(s))
		return complain(r, s, "a group is missing: { addr; pages; attr; }");
	for (i = 0; !err && i < config_setting_length(s); i++) {
		m = config_setting_get_elem(s, i);
		err = get_number(r, m, &number);
		if (err)
			break;
		if (!strcmp(config_setting_name(m), "addr"))
			set->gpa = number;
		else if (!strcmp(config_setting_name(m), "pages"))
			set->npages = number;
		else if (!strcmp(config_setting_name(m), "attr") && number <= HCBPF_GPA_ATTR_MASK)
			set->attr = number;
		else
			err = complain(r, m, "\"%s\" means nothing here, or has too many bits",
				       config_setting_name(m));
	}
	return err;
}

static int set_range(struct reader *r, const config_setting_t *s, struct step *step)
{
	struct hcbpf_test_set set;
	__u64 gfn;
	int err = get_pages(r, s, &set);

	if (err)
		return err;
	gfn = set.gpa >> HCBPF_GPA_PAGE_SHIFT;
	if (set.gpa % (1 << HCBPF_GPA_PAGE_SHIFT) || !set.npages || gfn >= HCBPF_GPA_FRAMES ||
	    set.npages > HCBPF_GPA_FRAMES - gfn)
		return complain(r, s, "these are no pages");
	step->env.pages[step->env.nr_pages++] = (struct hcbpf_gpa_range){
		.gfn = gfn, .npages = set.npages, .attr = set.attr
	};
	return 0;
}

static int set_pages(struct reader *r, const config_setting_t *s, struct step *step)
{
	step->env.nr_pages = 0;
	return set_each(r, s, HCBPF_TEST_PAGES, set_range, step);
}

/* A number, or the name of an error: those of Xen are Linux's. */
static int set_gpa_error(struct reader *r, const config_setting_t *s, struct step *step)
{
	int err = get_ret(r, s, HCBPF_ABI_XEN, &step->env.gpa_error);

	if (!err && (step->env.gpa_error > 0 || step->env.gpa_error < -4095))
		err = complain(r, s, "gpa_error is an error, as \"ENOMEM\", or 0");
	return err;
}

static int set_kvm_exits(struct reader *r, const config_setting_t *s, struct step *step)
{
	if (config_setting_type(s) != CONFIG_TYPE_BOOL)
		return complain(r, s, "kvm_exits is true or false");
	step->env.kvm_exits = config_setting_get_bool(s);
	return 0;
}

/* ---- registered buffers ---- */

static struct hcbpf_buffer *buffer_of(struct step *step)
{
	return &step->env.buffers[step->env.nr_buffers];
}

static int set_buffer_va(struct reader *r, const config_setting_t *s, struct step *step)
{
	return get_number(r, s, &buffer_of(step)->va);
}

static int set_buffer_gpa(struct reader *r, const config_setting_t *s, struct step *step)
{
	return get_number(r, s, &buffer_of(step)->gpa);
}

static int set_buffer_size(struct reader *r, const config_setting_t *s, struct step *step)
{
	return get_number(r, s, &buffer_of(step)->size);
}

static int set_buffer_vcpu(struct reader *r, const config_setting_t *s, struct step *step)
{
	return get_u32(r, s, &buffer_of(step)->vcpu);
}

/* For all vCPUs, unless one is named. */
static int set_buffer(struct reader *r, const config_setting_t *s, struct step *step)
{
	static const struct member members[] = {
		{ "virtual", set_buffer_va }, { "physical", set_buffer_gpa },
		{ "size", set_buffer_size }, { "vcpu", set_buffer_vcpu }, { 0 }
	};
	int err;

	*buffer_of(step) = (struct hcbpf_buffer){ .vcpu = HCBPF_BUFFER_ANY_VCPU };
	err = get_group(r, s, members, step);
	if (!err && !buffer_of(step)->size)
		err = complain(r, s, "a buffer has a size");
	step->env.nr_buffers++;
	return err;
}

static int set_buffers(struct reader *r, const config_setting_t *s, struct step *step)
{
	step->env.nr_buffers = 0;
	return set_each(r, s, HCBPF_TEST_BUFFERS, set_buffer, step);
}

static int set_encrypted(struct reader *r, const config_setting_t *s, struct step *step)
{
	if (config_setting_type(s) != CONFIG_TYPE_BOOL)
		return complain(r, s, "encrypted is true or false");
	step->env.encrypted = config_setting_get_bool(s);
	return 0;
}

/* ---- what is expected ---- */

static int verdict_by_name(const char *name, uint32_t *verdict)
{
	static const char *const names[] = { "pass", "done", "exit", "bad" };

	for (*verdict = 0; *verdict < sizeof(names) / sizeof(names[0]); (*verdict)++)
		if (!strcmp(names[*verdict], name))
			return 0;
	return -EINVAL;
}

static int set_verdict(struct reader *r, const config_setting_t *s, struct step *step)
{
	uint32_t verdict = 0;
	int err = get_word(r, s, "a verdict (pass, done, exit, bad)", verdict_by_name, &verdict);

	step->expect.verdict = verdict;
	return err;
}

static int set_ret(struct reader *r, const config_setting_t *s, struct step *step)
{
	const char *text = config_setting_get_string(s);
	int32_t ret;

	step->expect.has_ret = true;
	if (!text || text_number(text, &step->expect.ret))
		return get_number(r, s, &step->expect.ret);
	if (ret_parse(step->env.test.call.abi, text, &ret))
		return complain(r, s, "\"%s\" is not a result", text);
	step->expect.ret = (int64_t)ret;
	return 0;
}

static int set_signal(struct reader *r, const config_setting_t *s, struct step *step)
{
	uint32_t slot = 0;
	int err = get_u32(r, s, &slot);

	if (!err && slot >= HCBPF_TEST_SLOTS)
		return complain(r, s, "tests have slots 0 to %d", HCBPF_TEST_SLOTS - 1);
	if (!err)
		step->expect.signals[slot]++;
	return err;
}

static int set_signals(struct reader *r, const config_setting_t *s, struct step *step)
{
	step->expect.has_signals = true;
	memset(step->expect.signals, 0, sizeof(step->expect.signals));
	return set_each(r, s, HCBPF_TEST_SLOTS, set_signal, step);
}

static int set_one_set(struct reader *r, const config_setting_t *s, struct step *step)
{
	return get_pages(r, s, &step->expect.sets[step->expect.nr_sets++]);
}

static int set_sets(struct reader *r, const config_setting_t *s, struct step *step)
{
	step->expect.has_sets = true;
	step->expect.nr_sets = 0;
	return set_each(r, s, HCBPF_TEST_SETS, set_one_set, step);
}

/* A new expectation has nothing of the one before it. */
static int set_expect(struct reader *r, const config_setting_t *s, struct step *step)
{
	static const struct member members[] = {
		{ "verdict", set_verdict }, { "ret", set_ret }, { "signals", set_signals },
		{ "sets", set_sets }, { 0 }
	};

	step->expect = (struct expectation){ .verdict = ANY_VERDICT };
	return get_group(r, s, members, step);
}

/* ---- steps and cases ---- */

static int set_now(struct reader *r, const config_setting_t *s, struct step *step)
{
	__u64 now;
	int err = get_number(r, s, &now);

	step->env.now = now;
	return err;
}

static int set_times(struct reader *r, const config_setting_t *s, struct step *step)
{
	return get_u32(r, s, &step->times);
}

/* What is not said is as in @step already. */
static int get_step(struct reader *r, const config_setting_t *s, struct step *step)
{
	static const struct member members[] = {
		{ "name", NULL }, { "call", set_call }, { "memory", set_memory }, { "ports", set_ports },
		{ "slots", set_slots }, { "rules", set_rules }, { "now", set_now },
		{ "pages", set_pages }, { "gpa_error", set_gpa_error },
		{ "kvm_exits", set_kvm_exits }, { "buffers", set_buffers },
		{ "encrypted", set_encrypted }, { "times", set_times },
		{ "expect", set_expect }, { "then", NULL }, { 0 }
	};

	step->times = 1;
	step->line = config_setting_source_line(s);
	return get_group(r, s, members, step);
}

static int get_steps(struct reader *r, const config_setting_t *s, const struct step *defaults,
		     struct test_case *c)
{
	const config_setting_t *then = config_setting_get_member(s, "then");
	size_t nr = 1;
	int err;

	if (then && get_list(r, then, 1000))
		return -EINVAL;
	nr += then ? config_setting_length(then) : 0;
	c->steps = calloc(nr, sizeof(*c->steps));
	if (!c->steps)
		return -ENOMEM;
	c->steps[0] = *defaults;
	err = get_step(r, s, &c->steps[0]);
	for (c->nr_steps = 1; !err && c->nr_steps < nr; c->nr_steps++) {
		c->steps[c->nr_steps] = c->steps[c->nr_steps - 1];
		err = get_step(r, config_setting_get_elem(then, c->nr_steps - 1),
			       &c->steps[c->nr_steps]);
	}
	return err;
}

static int get_case(struct reader *r, const config_setting_t *s, const struct step *defaults,
		    struct test_case *c)
{
	const char *name;

	if (!config_setting_is_group(s))
		return complain(r, s, "a case is a group: { ... }");
	if (!config_setting_lookup_string(s, "name", &name) || !name[0])
		return complain(r, s, "the case has no name");
	if (!config_setting_get_member(s, "expect") && !config_setting_get_member(s, "then"))
		return complain(r, s, "case \"%s\" expects nothing", name);
	c->name = strdup(name);
	return c->name ? get_steps(r, s, defaults, c) : -ENOMEM;
}

static int get_cases(struct reader *r, const config_setting_t *root, struct cases *cases)
{
	const config_setting_t *list = config_setting_get_member(root, "cases");
	const config_setting_t *defaults = config_setting_get_member(root, "defaults"), *s;
	struct step step = { .expect.verdict = ANY_VERDICT };
	int i, nr, err = 0;

	step.env.test.call.abi = HCBPF_ABI_KVM;
	step.env.test.call.mode = HCBPF_MODE_64;
	for (i = 0; i < config_setting_length(root); i++) {
		s = config_setting_get_elem(root, i);
		if (s != list && s != defaults)
			return complain(r, s, "\"%s\" means nothing here", config_setting_name(s));
	}
	if (!list || !config_setting_is_list(list) || !config_setting_length(list))
		return complain(r, list ? list : root, "there are no cases: cases = ( { ... } );");
	if (defaults)
		err = get_step(r, defaults, &step);
	nr = config_setting_length(list);
	cases->list = calloc(nr, sizeof(*cases->list));
	if (!cases->list)
		return -ENOMEM;
	for (i = 0; i < nr && !err; i++) {
		cases->nr++;
		err = get_case(r, config_setting_get_elem(list, i), &step, &cases->list[i]);
	}
	return err;
}

static int parse(struct reader *r, const char *text, struct cases *cases)
{
	config_t config;
	int err;

	err = config_parse(&config, text, r->error, r->file);
	if (err)
		return err;
	err = get_cases(r, config_root_setting(&config), cases);
	config_destroy(&config);
	return err;
}

int cases_load(struct cases *cases, const char *file, char error[CASES_ERROR])
{
	struct reader r = { .file = file, .error = error };
	char *text = NULL;
	size_t size;
	int err;

	memset(cases, 0, sizeof(*cases));
	error[0] = '\0';
	err = file_read(file, MAX_FILE, &text, &size);
	if (!err)
		err = parse(&r, text, cases);
	free(text);
	if (err && !error[0])
		snprintf(error, CASES_ERROR, "%.200s: %s", file, strerror(-err));
	if (err)
		cases_free(cases);
	return err;
}

void cases_free(struct cases *cases)
{
	size_t i;

	for (i = 0; i < cases->nr; i++) {
		free(cases->list[i].name);
		free(cases->list[i].steps);
	}
	free(cases->list);
	memset(cases, 0, sizeof(*cases));
}
