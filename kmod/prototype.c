// SPDX-License-Identifier: GPL-2.0-only
/*
 * BTF is read through functions of its core. They are not all exported, but the kernel's own
 * headers declare them, which is as good as BTF: the module is built with the headers of its
 * kernel. They are the first that <ARCH>/kernel.h binds.
 */
#include <linux/bpf.h>
#include <linux/btf.h>
#include <linux/errno.h>
#include <linux/printk.h>
#include <linux/string.h>
#include "kernel.h"
#include "prototype.h"
#include "resolve.h"

#define MAX_TEXT 128

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

/* gcc calls it "long unsigned int". */
static const char *name_of(const struct btf *btf, const struct btf_type *type)
{
	if (BTF_INFO_KIND(type->info) == BTF_KIND_INT && type->size == sizeof(long) &&
	    !(BTF_INT_ENCODING(*(const u32 *)(type + 1)) & BTF_INT_SIGNED))
		return "unsigned long";
	return KVMS(btf_name_by_offset)(btf, type->name_off);
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
			append(text, name_of(btf, type));
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

/* The BTF that KVM's types are in: the kernel's, or that of its module. */
static struct btf *kvm_btf;

/*
 * By a struct, since this compares all names of its kind, of the kernel's and again with each
 * module's: functions are the most.
 */
int hcb_prototypes_begin(const char *struct_of_kvm)
{
	if (KVMS(bpf_find_btf_id)(struct_of_kvm, BTF_KIND_STRUCT, &kvm_btf) > 0)
		return 0;
	kvm_btf = NULL;
	pr_err("this kernel's BTF has no KVM\n");
	return -ENOENT;
}

void hcb_prototypes_end(void)
{
	KVMS(btf_put)(kvm_btf);
	kvm_btf = NULL;
}

/*
 * From the end, where a module's own types are: its BTF has all of the kernel's before
 * them, and going through those for each function takes 15 million instructions.
 */
static const struct btf_type *find_type(const char *name, u8 kind)
{
	const struct btf_type *type;
	u32 id = KVMS(btf_nr_types)(kvm_btf);

	while (--id) {
		type = btf_type_by_id(kvm_btf, id);
		if (BTF_INFO_KIND(type->info) == kind &&
		    !strcmp(KVMS(btf_name_by_offset)(kvm_btf, type->name_off), name))
			return type;
	}
	return NULL;
}

int hcb_struct_fits(const char *name, u32 size)
{
	const struct btf_type *type = find_type(name, BTF_KIND_STRUCT);

	if (type && type->size <= size)
		return 0;
	if (type)
		pr_err("this kernel's struct %s has %u bytes, not at most %u\n", name, type->size,
		       size);
	else
		pr_err("this kernel's BTF has no struct %s\n", name);
	return -EPROTO;
}

int hcb_find_checked(const char *function, const char *prototype, unsigned long *address)
{
	const struct btf_type *type;
	char text[MAX_TEXT] = "";

	*address = hcb_find_function(function);
	if (!*address)
		return -ENOENT;
	if (!prototype)
		return 0;
	type = find_type(function, BTF_KIND_FUNC);
	if (type)
		append_prototype(text, kvm_btf, btf_type_by_id(kvm_btf, type->type));
	if (!strcmp(text, prototype))
		return 0;
	pr_err("this kernel's %s is %s, not %s\n", function, text[0] ? text : "not in its BTF",
	       prototype);
	return -EPROTO;
}
