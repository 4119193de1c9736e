// SPDX-License-Identifier: GPL-2.0-only
/*
 * BTF is read through three functions of its core. They are not exported either, but
 * the kernel's own headers declare them, which is as good as BTF: the module is built
 * with the headers of its kernel.
 */
#include <linux/bpf.h>
#include <linux/btf.h>
#include <linux/err.h>
#include <linux/printk.h>
#include <linux/string.h>
#include "resolve.h"
#include "arm64/prototype.h"

#define MAX_TEXT 128

static typeof(bpf_get_btf_vmlinux) *get_btf_vmlinux;
static typeof(btf_find_by_name_kind) *find_by_name_kind;
static typeof(btf_name_by_offset) *name_by_offset;

int hcb_prototype_init(void)
{
	get_btf_vmlinux = (void *)hcb_find_function("bpf_get_btf_vmlinux");
	find_by_name_kind = (void *)hcb_find_function("btf_find_by_name_kind");
	name_by_offset = (void *)hcb_find_function("btf_name_by_offset");
	if (!get_btf_vmlinux || !find_by_name_kind || !name_by_offset)
		return -ENOENT;
	if (!IS_ERR_OR_NULL(get_btf_vmlinux()))
		return 0;
	pr_err("this kernel's BTF cannot be read\n");
	return -ENOENT;
}

static void append(char *text, const char *more)
{
	strlcat(text, more, MAX_TEXT);
}

static const char *keyword(const struct btf_type *type)
{
	switch (BTF_INFO_KIND(type->info)) {
	case BTF_KIND_STRUCT:
		return "struct ";
	case BTF_KIND_UNION:
		return "union ";
	case BTF_KIND_ENUM:
	case BTF_KIND_ENUM64:
		return "enum ";
	case BTF_KIND_CONST:
		return "const ";
	default:
		return "";
	}
}

/*
 * From the outside in: pointers come last in C. What has no name leads to another type
 * (const, a pointer; __user is a tag in kernels built with clang, and nothing in others).
 */
static void append_type(char *text, const struct btf *btf, u32 id)
{
	const struct btf_type *type;
	unsigned int stars = 0;

	for (; id; id = type->type) {
		type = btf_type_by_id(btf, id);
		stars += BTF_INFO_KIND(type->info) == BTF_KIND_PTR;
		append(text, keyword(type));
		if (BTF_INFO_KIND(type->info) != BTF_KIND_TYPE_TAG && type->name_off) {
			append(text, name_by_offset(btf, type->name_off));
			break;
		}
	}
	if (!id)
		append(text, "void");
	while (stars--)
		append(text, "*");
}

static void append_prototype(char *text, const struct btf *btf, const struct btf_type *proto)
{
	const struct btf_param *params = (const struct btf_param *)(proto + 1);
	u32 i;

	append_type(text, btf, proto->type);
	append(text, "(");
	for (i = 0; i < BTF_INFO_VLEN(proto->info); i++) {
		append(text, i ? "," : "");
		append_type(text, btf, params[i].type);
	}
	append(text, ")");
}

bool hcb_prototype_is(const char *function, const char *prototype)
{
	const struct btf *btf = get_btf_vmlinux();
	s32 id = find_by_name_kind(btf, function, BTF_KIND_FUNC);
	char text[MAX_TEXT] = "";

	if (id <= 0)
		return false;
	append_prototype(text, btf, btf_type_by_id(btf, btf_type_by_id(btf, id)->type));
	return !strcmp(text, prototype);
}
