// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli/args.h"
#include "text/abi_names.h"
#include "text/rule_shape.h"
#include "text/template_file.h"

static const struct shape abi = SHAPE(IS_TEXT, "an ABI", .choice = choose_abi, .noun = "ABI");
static const struct shape ports =
	SHAPE(IS_NUMBER, "a number of ports", .min = 1, .max = UINT32_MAX);
static const struct shape param = SHAPE(IS_NUMBER, "a number", .max = UINT64_MAX);

static const struct key keys[] = {
	REQUIRED("version", &version_shape, "that of this format"),
	REQUIRED("name", &text_shape, "the template's; its file is NAME.yaml"),
	KEY("policy", &text_shape, "the policy that VMs are bound to (default: standard)"),
	KEY("profile", &text_shape, "the profile whose rules they get; without it, none"),
	KEY("abi", &abi, "the ABI of their hypercalls (default: as KVM is configured)"),
	KEY("ports", &ports, "size of their port tables"),
	KEY("tag", &text_shape, "a word that lists show"),
	KEY("param", &param, "the word that the policy reads as their parameter"),
	KEY("encrypted", &bool_shape, "their memory is encrypted: arguments are in buffers"),
	KEY("claimant", &text_shape, "the user, by name or number, who may claim their ports"),
	{ 0 }
};

const struct shape template_shape =
	SHAPE(IS_MAP, "a mapping with version and name", .keys = keys);

/* One that is not there leaves @name as it is. */
static int get_name(const struct place *place, const struct node *root, const char *key,
		    const char *what, char name[HCBPF_NAME_LEN])
{
	const struct node *node = node_get(root, key);

	if (!node)
		return 0;
	if (name_problem(node->text))
		return complain(place, node, "\"%.64s\" cannot be %s: %s", node->text, what,
				name_problem(node->text));
	strcpy(name, node->text);
	return 0;
}

static int get_names(const struct place *place, const struct node *root,
		     struct template *template)
{
	int err = get_name(place, root, "name", "a template's name", template->name);

	strcpy(template->policy, "standard");
	if (!err)
		err = get_name(place, root, "policy", "a policy's name", template->policy);
	if (!err)
		err = get_name(place, root, "profile", "a profile's name", template->profile);
	if (!err)
		err = get_name(place, root, "tag", "a tag", template->tag);
	return err;
}

/* Whether there is such a user is known on a host only. */
static int get_claimant(const struct place *place, const struct node *root,
			struct template *template)
{
	const struct node *node = node_get(root, "claimant");

	if (!node)
		return 0;
	if (!node->text[0] || strlen(node->text) >= sizeof(template->claimant))
		return complain(place, node, "claimant is not the name of a user");
	strcpy(template->claimant, node->text);
	template->claimant_line = node->line;
	return 0;
}

static void get_rest(const struct node *root, struct template *template)
{
	const struct node *profile = node_get(root, "profile"), *word = node_get(root, "abi");

	template->profile_line = profile ? profile->line : 0;
	template->abi_line = word ? word->line : 0;
	if (word)
		abi_by_name(word->text, &template->abi);
	template->nr_ports = number_of(root, "ports", 0);
	template->param = number_of(root, "param", 0);
	template->encrypted = bool_of(root, "encrypted", false);
}

static int read_root(const struct place *place, const struct node *root, const char *name,
		     struct template *template)
{
	int err = version_check(place, root);

	if (!err)
		err = shape_check(place, root, &template_shape);
	if (!err)
		err = get_names(place, root, template);
	if (!err)
		err = get_claimant(place, root, template);
	if (err)
		return err;
	if (name && strcmp(name, template->name))
		return complain(place, node_get(root, "name"),
				"name is \"%s\", but it was looked up as \"%.64s\"",
				template->name, name);
	get_rest(root, template);
	return 0;
}

uint32_t template_flags(const struct template *template)
{
	return (template->encrypted ? HCBPF_TEMPLATE_ENCRYPTED : 0) |
	       (template->claimant[0] ? HCBPF_TEMPLATE_CLAIMANT : 0);
}

int template_parse(struct template *template, const char *text, size_t size, const char *path,
		   const char *name, char error[NODES_ERROR])
{
	const struct place place = { .path = path, .error = error };
	struct node *root;
	int err;

	memset(template, 0, sizeof(*template));
	error[0] = '\0';
	err = nodes_read(&root, text, size, error, path);
	if (!err)
		err = read_root(&place, root, name, template);
	nodes_free(root);
	if (err && !error[0])
		complain_at(error, path, 0, err, "%s", strerror(-err));
	return err;
}
