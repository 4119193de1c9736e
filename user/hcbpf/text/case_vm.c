// SPDX-License-Identifier: GPL-2.0-only
/* Of a step: the VM that the call is made in. */
#include <errno.h>
#include <string.h>

#include "text/abi_names.h"
#include "text/case_step.h"
#include "text/rule_shape.h"
#include "text/rules.h"

/* ---- ports, slots ---- */

/* A port's slot has an eventfd, unless `slots` says otherwise. */
static void read_port(const struct node *map, struct hcbpf_test_env *env)
{
	struct hcbpf_test_port *port = &env->ports[env->nr_ports++];
	const struct node *node = node_get(map, "slot");
	uint32_t slot;

	*port = (struct hcbpf_test_port){ .port = number_of(map, "port", 0) };
	if (node) {
		slot = node_number(node);
		port->word = hcbpf_port_make(HCBPF_PORT_EVENTFD, slot);
		if (slot < HCBPF_TEST_SLOTS)
			env->slots |= 1U << slot;
	}
	port->word = number_of(map, "word", port->word);
}

static void read_ports(const struct node *ports, const struct node *slots,
		       struct hcbpf_test_env *env)
{
	const struct node *node;

	if (ports)
		env->nr_ports = 0;
	for (node = ports ? ports->first : NULL; node; node = node->next)
		read_port(node, env);
	if (slots)
		env->slots = 0;
	for (node = slots ? slots->first : NULL; node; node = node->next)
		env->slots |= 1U << node_number(node);
}

/* ---- rules ---- */

static int read_rule_call(const struct place *place, const struct node *map,
			  struct hcbpf_rule *rule)
{
	const struct node *nr = node_get(map, "nr"), *sub = node_get(map, "sub");

	if (nr && node_kind(nr) == IS_NUMBER)
		rule->nr = node_number(nr);
	else if (nr && strcmp(nr->text, "any") && call_by_name(rule->abi, nr->text, &rule->nr))
		return complain(place, nr, "\"%.64s\" is not a call", nr->text);
	if (sub && node_kind(sub) == IS_NUMBER)
		rule->sub = node_number(sub);
	else if (sub && op_by_name(rule->abi, rule->nr, sub->text, &rule->sub))
		return complain(place, sub, "\"%.64s\" is not an operation of this call",
				sub->text);
	return 0;
}

static int read_ret(const struct place *place, const struct node *node, uint32_t abi, int32_t *ret)
{
	return ret_parse(abi, node->text, ret) ?
	       complain(place, node, "\"%.64s\" is not a result", node->text) : 0;
}

static int read_rule(const struct place *place, const struct node *map, uint32_t abi,
		     struct hcbpf_rule *rule)
{
	const struct node *node = node_get(map, "abi"), *ret = node_get(map, "ret");
	int err;

	if (node)
		abi_by_name(node->text, &abi);
	*rule = (struct hcbpf_rule){
		.abi = abi, .nr = HCBPF_RULE_ANY, .sub = HCBPF_RULE_ANY,
		.action = action_of(map, "action"), .otherwise = action_of(map, "otherwise"),
		.user = action_of(map, "user")
	};
	err = read_rule_call(place, map, rule);
	if (!err && ret)
		err = read_ret(place, ret, abi, &rule->ret);
	if (!err && rule_problem(rule))
		err = complain(place, map, "%s", rule_problem(rule));
	return err;
}

static int read_rules(const struct place *place, const struct node *list,
		      struct hcbpf_test_env *env)
{
	const struct node *node;
	int err = 0;

	env->nr_rules = 0;
	for (node = list->first; node && !err; node = node->next)
		err = read_rule(place, node, env->test.call.abi, &env->rules[env->nr_rules++]);
	return err;
}

/* ---- page attributes, buffers ---- */

static int read_pages(const struct place *place, const struct node *list,
		      struct hcbpf_test_env *env)
{
	const struct node *node;
	struct hcbpf_test_set set;
	__u64 gfn;

	env->nr_pages = 0;
	for (node = list->first; node; node = node->next) {
		set = pages_of(node);
		gfn = set.gpa >> HCBPF_GPA_PAGE_SHIFT;
		if (set.gpa % (1 << HCBPF_GPA_PAGE_SHIFT) || !set.npages ||
		    gfn >= HCBPF_GPA_FRAMES || set.npages > HCBPF_GPA_FRAMES - gfn)
			return complain(place, node, "these are no pages");
		env->pages[env->nr_pages++] = (struct hcbpf_gpa_range){
			.gfn = gfn, .npages = set.npages, .attr = set.attr
		};
	}
	return 0;
}

/* A number, or the name of an error: those of Xen are Linux's. */
static int read_gpa_error(const struct place *place, const struct node *node,
			  struct hcbpf_test_env *env)
{
	int err = read_ret(place, node, HCBPF_ABI_XEN, &env->gpa_error);

	if (!err && (env->gpa_error > 0 || env->gpa_error < -4095))
		err = complain(place, node, "gpa_error is an error, as ENOMEM, or 0");
	return err;
}

/* For all vCPUs, unless one is named. */
static void read_buffers(const struct node *list, struct hcbpf_test_env *env)
{
	const struct node *node;

	env->nr_buffers = 0;
	for (node = list->first; node; node = node->next)
		env->buffers[env->nr_buffers++] = (struct hcbpf_buffer){
			.va = number_of(node, "virtual", 0),
			.gpa = number_of(node, "physical", 0),
			.size = number_of(node, "size", 0),
			.vcpu = number_of(node, "vcpu", HCBPF_BUFFER_ANY_VCPU),
		};
}

/* ---- all of it ---- */

int read_vm(const struct place *place, const struct node *map, struct step *step)
{
	const struct node *rules = node_get(map, "rules"), *pages = node_get(map, "pages");
	const struct node *gpa_error = node_get(map, "gpa_error");
	const struct node *buffers = node_get(map, "buffers");
	struct hcbpf_test_env *env = &step->env;
	int err = 0;

	read_ports(node_get(map, "ports"), node_get(map, "slots"), env);
	if (buffers)
		read_buffers(buffers, env);
	env->now = number_of(map, "now", env->now);
	env->param = number_of(map, "param", env->param);
	env->kvm_exits = bool_of(map, "kvm_exits", env->kvm_exits);
	env->encrypted = bool_of(map, "encrypted", env->encrypted);
	step->new_vm = bool_of(map, "new_vm", false);
	if (rules)
		err = read_rules(place, rules, env);
	if (!err && pages)
		err = read_pages(place, pages, env);
	return err || !gpa_error ? err : read_gpa_error(place, gpa_error, env);
}
