// SPDX-License-Identifier: GPL-2.0-only
/* Templates and rules of admission: files, mistakes, what differs, changes that keep the rest. */
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text/admission.h"
#include "text/admission_edit.h"
#include "text/admission_file.h"
#include "text/template_file.h"

#define HEAD "version: 1\nname: web\n"	/* two lines */
#define RULES "version: 1\nrules:\n"	/* likewise */

/* ---- templates ---- */

static int parse(struct template *template, const char *text, const char *name, char *error)
{
	return template_parse(template, text, strlen(text), "F", name, error);
}

static void test_template(void **state)
{
	char error[NODES_ERROR];
	struct template t;

	(void)state;
	assert_int_equal(parse(&t, HEAD, "web", error), 0);
	assert_string_equal(t.name, "web");
	assert_string_equal(t.policy, "standard");
	assert_string_equal(t.profile, "");
	assert_int_equal(t.profile_line, 0);
	assert_int_equal(t.abi, HCBPF_ABI_AUTO);
	assert_int_equal(t.nr_ports, 0);
	assert_false(t.encrypted);
	assert_int_equal(parse(&t, HEAD "policy: p\nprofile: xen-4.3\nabi: xen\nports: 4096\ntag: t\n"
			       "param: 0xffffffffffffffff\nencrypted: true\n"
			       "claimant: vmm1\n", NULL, error), 0);
	assert_string_equal(t.policy, "p");
	assert_string_equal(t.profile, "xen-4.3");
	assert_int_equal(t.profile_line, 4);
	assert_int_equal(t.abi, HCBPF_ABI_XEN);
	assert_int_equal(t.abi_line, 5);
	assert_int_equal(t.nr_ports, 4096);
	assert_string_equal(t.tag, "t");
	assert_true(t.param == UINT64_MAX);
	assert_true(t.encrypted);
	assert_string_equal(t.claimant, "vmm1");
	assert_int_equal(template_flags(&t), HCBPF_TEMPLATE_ENCRYPTED | HCBPF_TEMPLATE_CLAIMANT);
}

static void bad_template(const char *text, const char *wanted)
{
	char error[NODES_ERROR];
	struct template t;

	assert_int_equal(parse(&t, text, "web", error), -EINVAL);
	assert_string_equal(error, wanted);
}

static void test_bad_templates(void **state)
{
	(void)state;
	bad_template("name: web\n", "F:1: \"version: 1\" is missing");
	bad_template("version: 2\nnames: web\n",
		     "F:1: version 2 is newer than this command, which reads 1");
	bad_template("version: 1\n",
		     "F:1: \"name\" is missing: the template's; its file is NAME.yaml");
	bad_template("version: 1\nname: db\n", "F:2: name is \"db\", but it was looked up as \"web\"");
	bad_template("version: 1\nname: a b\n", "F:2: \"a b\" cannot be a template's name: only "
		     "letters, digits and _ . - are allowed");
	bad_template(HEAD "policy: a/b\n", "F:3: \"a/b\" cannot be a policy's name: only letters, "
		     "digits and _ . - are allowed");
	bad_template(HEAD "profile: ./x\n", "F:3: \"./x\" cannot be a profile's name: only letters, "
		     "digits and _ . - are allowed");
	bad_template(HEAD "tag: \"\"\n", "F:3: \"\" cannot be a tag: it is empty");
	bad_template(HEAD "abi: auto\n",
		     "F:3: unknown ABI \"auto\"; use kvm, xen, hyperv or smccc");
	bad_template(HEAD "ports: 0\n",
		     "F:3: \"ports\" must be a number of ports from 1 to 4294967295");
	bad_template(HEAD "param: -1\n",
		     "F:3: \"param\" must be a number from 0 to 18446744073709551615");
	bad_template(HEAD "encrypted: yes\n", "F:3: \"encrypted\" must be true or false");
	bad_template(HEAD "claimant: \"\"\n", "F:3: claimant is not the name of a user");
	bad_template(HEAD "claimant: [vmm1]\n", "F:3: \"claimant\" must be text");
	bad_template(HEAD "rules: []\n", "F:3: unknown setting \"rules\"");
	bad_template(HEAD "name: web\n", "F:3: duplicate: \"name\" is in line 2 already");
	bad_template("- a\n", "F:1: the file must be a mapping with version and name");
}

/* ---- rules ---- */

static int parse_rules(struct admission_file *file, const char *text, char *error)
{
	return admission_parse(file, text, strlen(text), "F", error);
}

static void test_rules(void **state)
{
	struct admission_file file;
	char error[NODES_ERROR];

	(void)state;
	assert_int_equal(parse_rules(&file, RULES
		"  - {user: libvirt-qemu, name: \"db, 1\", template: db, required: true}\n"
		"  - user: 1000\n    cgroup: /machine.slice\n    template: web\n"
		"  - {unit: 'machine-qemu\\x2d1.scope', template: web, required: false}\n"
		"  - {cgroup: /, template: rest}\n", error), 0);
	assert_int_equal(file.nr, 4);
	assert_int_equal(file.rules[0].flags,
			 HCBPF_ADMIT_USER | HCBPF_ADMIT_NAME | HCBPF_ADMIT_REQUIRED);
	assert_string_equal(file.rules[0].user, "libvirt-qemu");
	assert_string_equal(file.rules[0].name, "db, 1");
	assert_string_equal(file.rules[0].template_name, "db");
	assert_int_equal(file.rules[1].flags, HCBPF_ADMIT_USER | HCBPF_ADMIT_CGROUP);
	assert_string_equal(file.rules[1].user, "1000");
	assert_string_equal(file.rules[1].place, "/machine.slice");
	assert_int_equal(file.rules[1].line, 4);
	assert_int_equal(file.rules[1].user_line, 4);
	assert_int_equal(file.rules[1].template_line, 6);
	assert_int_equal(file.rules[2].flags, HCBPF_ADMIT_UNIT);
	assert_string_equal(file.rules[2].place, "machine-qemu\\x2d1.scope");
	assert_int_equal(file.rules[3].flags, HCBPF_ADMIT_CGROUP);
	admission_file_free(&file);
	assert_int_equal(parse_rules(&file, "version: 1\nrules: []\n", error), 0);
	assert_int_equal(file.nr, 0);
	admission_file_free(&file);
}

static void bad_rule(const char *rule, const char *wanted)
{
	char text[2048], error[NODES_ERROR];
	struct admission_file file;

	snprintf(text, sizeof(text), RULES "  - {%s}\n", rule);
	assert_int_equal(parse_rules(&file, text, error), -EINVAL);
	assert_string_equal(error, wanted);
	assert_null(file.rules);
}

#define ALONE "F:3: a rule needs a user, a cgroup or a unit: a name alone is what any VMM can call " \
	"itself"
#define UNIT "F:3: a unit has its full name, such as machine.slice or qemu-server.service"
#define PATH "F:3: a cgroup is a path from the root of cgroup2 on, such as /machine.slice"

static void test_bad_rules(void **state)
{
	char longest[400];

	(void)state;
	bad_rule("template: a", ALONE);
	bad_rule("name: x, template: a", ALONE);
	bad_rule("user: x", "F:3: \"template\" is missing: what such a VM is bound by");
	bad_rule("user: x, template: a b", "F:3: \"a b\" cannot be a template's name: only letters, "
		 "digits and _ . - are allowed");
	bad_rule("user: 4294967295, template: a",
		 "F:3: \"user\" must be a user's name or number from 0 to 4294967294");
	bad_rule("user: \"5\", template: a", "F:3: \"user\" must be a user's name or number; a "
		 "number in quotes is text");
	bad_rule("user: \"\", template: a", "F:3: the user is empty");
	bad_rule("user: u, name: \"\", template: a", "F:3: the name is empty");
	bad_rule("cgroup: /a, unit: a.slice, template: a",
		 "F:3: a rule has a cgroup or a unit, not both");
	bad_rule("cgroup: machine.slice, template: a", PATH);
	bad_rule("cgroup: \"\", template: a", PATH);
	bad_rule("cgroup: /a/, template: a", "F:3: a cgroup's path has no empty part");
	bad_rule("cgroup: /a//b, template: a", "F:3: a cgroup's path has no empty part");
	bad_rule("cgroup: //, template: a", "F:3: a cgroup's path has no empty part");
	bad_rule("unit: machine, template: a", UNIT);
	bad_rule("unit: \"\", template: a", UNIT);
	bad_rule("unit: .slice, template: a", UNIT);
	bad_rule("unit: x.target, template: a", UNIT);
	bad_rule("unit: /machine.slice, template: a",
		 "F:3: a unit is a name without '/'; use \"cgroup\" for a path");
	bad_rule("usr: x, template: a", "F:3: unknown setting \"usr\"");
	/* One longer than can be. */
	snprintf(longest, sizeof(longest), "user: u, template: a, name: x%0127d", 0);
	bad_rule(longest, "F:3: \"name\" is longer than 127 characters");
	snprintf(longest, sizeof(longest), "template: a, cgroup: /%0255d", 0);
	bad_rule(longest, "F:3: \"cgroup\" is longer than 255 characters");
}

/* ---- what differs ---- */

static const struct hcbpf_rule one = { .abi = 1, .nr = 1, .sub = HCBPF_RULE_ANY, .action = 1 };
static const struct hcbpf_rule two = { .abi = 1, .nr = 2, .sub = HCBPF_RULE_ANY, .action = 1 };

static void add(struct admission *table, const char *name, const struct hcbpf_rule *first,
		const struct hcbpf_rule *second)
{
	struct hcbpf_rule *rules = malloc(2 * sizeof(*rules));
	struct template t = { .policy = "p" };

	strcpy(t.name, name);
	rules[0] = *first;
	rules[1] = *second;
	assert_int_equal(admission_add_template(table, &t, rules, 2), 0);
}

static void add_rule(struct admission *table, const char *template, const char *place)
{
	struct hcbpf_admit_rule rule = { .flags = HCBPF_ADMIT_UNIT };

	rule.template_index = admission_find(table, template);
	strcpy(rule.place, place);
	assert_int_equal(admission_add_rule(table, &rule), 0);
}

static void differ(const struct admission *a, const struct admission *b, const char *wanted)
{
	char text[DIFFERENCE_TEXT];

	admission_difference(a, b, text);
	assert_string_equal(text, wanted);
}

static void test_difference(void **state)
{
	static const size_t fields[] = {
		offsetof(struct hcbpf_template, policy), offsetof(struct hcbpf_template, profile),
		offsetof(struct hcbpf_template, tag), offsetof(struct hcbpf_template, flags),
		offsetof(struct hcbpf_template, abi), offsetof(struct hcbpf_template, nr_ports)
	};
	struct admission a = { 0 }, b = { 0 };
	size_t i;

	(void)state;
	differ(&a, &b, "");
	add(&a, "x", &one, &two);
	differ(&a, &b, "template \"x\" is not in force");
	differ(&b, &a, "template \"x\" is in force and has no file");
	add(&b, "y", &one, &one);
	add(&b, "x", &two, &one);
	add(&a, "y", &one, &one);
	differ(&a, &b, "");
	/* By the template's name, not its place. */
	add_rule(&a, "x", "a.slice");
	differ(&a, &b, "the number of rules is 1, and 0 in force");
	add_rule(&b, "x", "a.slice");
	differ(&a, &b, "");
	a.rules[0].template_index = 1;
	differ(&a, &b, "rule 1 is not the one in force");
	a.rules[0].template_index = 0;
	a.rules[0].flags |= HCBPF_ADMIT_REQUIRED;
	differ(&a, &b, "rule 1 is not the one in force");
	a.templates[0].nr_ports = HCBPF_DEFAULT_PORTS;
	b.rules[0].flags |= HCBPF_ADMIT_REQUIRED;
	differ(&a, &b, "");
	for (i = 0; i < ARRAY_LEN(fields); i++) {
		((char *)a.templates)[fields[i]]++;
		differ(&a, &b, "template \"x\" is not the one in force");
		((char *)a.templates)[fields[i]]--;
	}
	a.templates[0].param = 1;
	differ(&a, &b, "template \"x\" is not the one in force");
	b.templates[1].param = 1;
	template_rules(&b.templates[1])[0].action = 2;
	differ(&a, &b, "template \"x\" is not the one in force");
	admission_free(&a);
	admission_free(&b);
}

static void test_limits(void **state)
{
	struct admission table = { 0 };
	struct hcbpf_admit_rule rule = { 0 };
	struct template t = { .name = "x" };
	int i;

	(void)state;
	for (i = 0; i < HCBPF_MAX_TEMPLATES; i++)
		assert_int_equal(admission_add_template(&table, &t, NULL, 0), 0);
	assert_int_equal(admission_add_template(&table, &t, NULL, 0), -E2BIG);
	for (i = 0; i < HCBPF_MAX_ADMIT_RULES; i++)
		assert_int_equal(admission_add_rule(&table, &rule), 0);
	assert_int_equal(admission_add_rule(&table, &rule), -E2BIG);
	admission_free(&table);
}

/* ---- changes ---- */

static const struct admission_rule new = {
	.flags = HCBPF_ADMIT_USER, .user = "u", .template_name = "t"
};

static void appends(const char *before, const char *wanted)
{
	char *edited;

	assert_int_equal(admission_append(before, &new, &edited), wanted ? 0 : -EINVAL);
	if (wanted)
		assert_string_equal(edited, wanted);
	else
		assert_null(edited);
	free(edited);
}

#define A "{user: a, template: t}"
#define B "{user: b, template: t}"
#define C "{user: c, template: t}"
#define U "{user: u, template: t}"

static void test_append(void **state)
{
	char *edited;

	(void)state;
	assert_int_equal(admission_first(&new, &edited), 0);
	assert_string_equal(edited, RULES "  - " U "\n");
	free(edited);
	appends(RULES "  - " A "\n", RULES "  - " A "\n  - " U "\n");
	appends(RULES "  - " A, RULES "  - " A "\n  - " U "\n");
	appends(RULES "- " A "\n", RULES "- " A "\n- " U "\n");
	appends("# ours\n" RULES "    # first\n    - user: a # x\n      template: t\n\n# last\n",
		"# ours\n" RULES "    # first\n    - user: a # x\n      template: t\n\n# last\n"
		"    - " U "\n");
	/* What is behind the rules keeps its comment. */
	appends("rules:\n  - " A "\n# of the format\nversion: 1\n",
		"rules:\n  - " A "\n  - " U "\n# of the format\nversion: 1\n");
	appends("version: 1\nrules: [] # none\n# end\n",
		"version: 1\nrules: # none\n  - " U "\n# end\n");
	appends("version: 1\nrules: []", "version: 1\nrules:\n  - " U "\n");
	appends("---\n" RULES "  - " A "\n...\n", "---\n" RULES "  - " A "\n  - " U "\n...\n");
	/* Not where more than lines would have to change, nor where nothing can be read. */
	appends("version: 1\nrules: [" A "]\n", NULL);
	appends("{version: 1, rules: []}\n", NULL);
	appends("version: 1\n\"rules\":\n  - " A "\n", NULL);
	appends("version: 1\n", NULL);
	appends("rules:\n", NULL);
}

/* What was read is what is written, whatever it is made of. */
static void test_rule_text(void **state)
{
	static const struct {
		const char *user, *name, *wanted;
	} rows[] = {
		{ "libvirt-qemu", "db", "{user: libvirt-qemu, name: db, template: t}" },
		{ "1000", "1000", "{user: 1000, name: \"1000\", template: t}" },
		{ "yes", "No", "{user: \"yes\", name: \"No\", template: t}" },
		{ "true", "1.5", "{user: \"true\", name: \"1.5\", template: t}" },
		{ "-a", "a: b # c", "{user: \"-a\", name: \"a: b # c\", template: t}" },
		{ "_x", "a\"b\\c", "{user: \"_x\", name: \"a\\\"b\\\\c\", template: t}" },
		{ "DOM\\user", "\xc3\xa4, [}", "{user: DOM\\user, name: \"\xc3\xa4, [}\", template: t}" },
		{ "~", "%s", "{user: \"~\", name: \"%s\", template: t}" },
	};
	struct admission_rule rule;
	char *yaml, *edited;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		rule = (struct admission_rule){ .flags = HCBPF_ADMIT_USER | HCBPF_ADMIT_NAME,
						.template_name = "t" };
		strcpy(rule.user, rows[i].user);
		strcpy(rule.name, rows[i].name);
		yaml = admission_rule_yaml(&rule);
		assert_string_equal(yaml, rows[i].wanted);
		free(yaml);
		assert_int_equal(admission_first(&rule, &edited), 0);
		free(edited);
	}
	rule = (struct admission_rule){ .flags = HCBPF_ADMIT_UNIT | HCBPF_ADMIT_REQUIRED,
					.place = "a\\x2db.slice", .template_name = "t" };
	yaml = admission_rule_yaml(&rule);
	assert_string_equal(yaml, "{unit: a\\x2db.slice, template: t, required: true}");
	free(yaml);
	/* A control character could not be read back. */
	strcpy(rule.place, "a\nb.slice");
	assert_int_equal(admission_first(&rule, &edited), -EINVAL);
}

static void deletes(const char *before, unsigned int n, int err, const char *wanted)
{
	char *edited;

	assert_int_equal(admission_delete(before, n, &edited), err);
	if (wanted)
		assert_string_equal(edited, wanted);
	else
		assert_null(edited);
	free(edited);
}

static void test_delete(void **state)
{
	const char *three = RULES "  - " A "\n  # of b\n  - " B " # why\n\n  - user: c\n"
		"    # in it\n    template: t\n# end\n";

	(void)state;
	deletes(three, 1, 0, RULES "  # of b\n  - " B " # why\n\n  - user: c\n    # in it\n"
		"    template: t\n# end\n");
	/* Comments stay, those of the rule, too. */
	deletes(three, 2, 0, RULES "  - " A "\n  # of b\n  # why\n\n  - user: c\n    # in it\n"
		"    template: t\n# end\n");
	deletes(three, 3, 0, RULES "  - " A "\n  # of b\n  - " B " # why\n\n    # in it\n# end\n");
	deletes(three, 0, -ENOENT, NULL);
	deletes(three, 4, -ENOENT, NULL);
	deletes("version: 1\nrules: # ours\n- " A, 1, 0, "version: 1\nrules: [] # ours\n");
	deletes("rules:\n  - " A "\nversion: 1\n", 1, 0, "rules: []\nversion: 1\n");
	/* A # in a text is no comment. */
	deletes(RULES "  - {user: \"a # b\", template: t}\n  - " B "\n", 1, 0, RULES "  - " B "\n");
	deletes(RULES "  - {user: 'a # b', template: t} # c\n  - " B "\n", 1, 0,
		RULES "  # c\n  - " B "\n");
	deletes("version: 1\nrules: [" A ", " B "]\n", 1, -EINVAL, NULL);
	deletes(RULES "  -\n    user: a\n    template: t\n  - " B "\n", 1, -EINVAL, NULL);
	deletes("version: 1\n", 1, -EINVAL, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_template),
		cmocka_unit_test(test_bad_templates),
		cmocka_unit_test(test_rules),
		cmocka_unit_test(test_bad_rules),
		cmocka_unit_test(test_difference),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_append),
		cmocka_unit_test(test_rule_text),
		cmocka_unit_test(test_delete),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
