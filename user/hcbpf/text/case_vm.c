// SPDX-License-Identifier: GPL-2.0-only
/* Of a step: the VM that the call is made in. */
#include <errno.h>
#include <string.h>

#include "text/abi_names.h"
#include "text/case_step.h"
#include "text/rules.h"

/* ---- ports, slots, rules: groups in a list ---- */

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

int set_ports(struct reader *r, const config_setting_t *s, struct step *step)
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

int set_slots(struct reader *r, const config_setting_t *s, struct step *step)
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

int set_rules(struct reader *r, const config_setting_t *s, struct step *step)
{
	step->env.nr_rules = 0;
	return set_each(r, s, HCBPF_TEST_RULES, set_rule, step);
}

/* ---- page attributes ---- */

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

int set_pages(struct reader *r, const config_setting_t *s, struct step *step)
{
	step->env.nr_pages = 0;
	return set_each(r, s, HCBPF_TEST_PAGES, set_range, step);
}

/* A number, or the name of an error: those of Xen are Linux's. */
int set_gpa_error(struct reader *r, const config_setting_t *s, struct step *step)
{
	int err = get_ret(r, s, HCBPF_ABI_XEN, &step->env.gpa_error);

	if (!err && (step->env.gpa_error > 0 || step->env.gpa_error < -4095))
		err = complain(r, s, "gpa_error is an error, as \"ENOMEM\", or 0");
	return err;
}

int set_kvm_exits(struct reader *r, const config_setting_t *s, struct step *step)
{
	if (config_setting_type(s) != CONFIG_TYPE_BOOL)
		return complain(r, s, "kvm_exits is true or false");
	step->env.kvm_exits = config_setting_get_bool(s);
	return 0;
}

/* ---- its parameter, its end ---- */

int set_param(struct reader *r, const config_setting_t *s, struct step *step)
{
	return get_number(r, s, &step->env.param);
}

int set_new_vm(struct reader *r, const config_setting_t *s, struct step *step)
{
	if (config_setting_type(s) != CONFIG_TYPE_BOOL)
		return complain(r, s, "new_vm is true or false");
	step->new_vm = config_setting_get_bool(s);
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

int set_buffers(struct reader *r, const config_setting_t *s, struct step *step)
{
	step->env.nr_buffers = 0;
	return set_each(r, s, HCBPF_TEST_BUFFERS, set_buffer, step);
}

int set_encrypted(struct reader *r, const config_setting_t *s, struct step *step)
{
	if (config_setting_type(s) != CONFIG_TYPE_BOOL)
		return complain(r, s, "encrypted is true or false");
	step->env.encrypted = config_setting_get_bool(s);
	return 0;
}
