// SPDX-License-Identifier: GPL-2.0-only
#include <elf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <bpf/btf.h>

#include "bpf/kernel_btf.h"
#include "bpf/object.h"
#include "bpf/renamed.h"
#include "cli/args.h"
#include "cli/file.h"
#include "cli/output.h"
#include "standard.skel.h"

/* The tail of a longer log is kept; untouched pages cost nothing. */
#define LOG_SIZE (16 << 20)
#define MAX_FILE (64 << 20)

#define COMPILE_HINT "compile the policy with `clang -target bpf -g -O2 -c`"

#define FLAG_LINK (1U << 13)	/* BPF_F_LINK, which headers before Linux 6.4 lack */

static char last_words[512];

static int keep_words(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	if (level == LIBBPF_WARN)
		vsnprintf(last_words, sizeof(last_words), fmt, ap);
	return 0;
}

static int show_words(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	char *text;

	if (level == LIBBPF_DEBUG || vasprintf(&text, fmt, ap) < 0)
		return 0;
	/* Names in an object file are what somebody put there. */
	text_clean(text, true);
	fputs(text, stderr);
	free(text);
	return 0;
}

void libbpf_listen(bool verbose)
{
	libbpf_set_print(verbose ? show_words : keep_words);
}

const char *libbpf_last_words(void)
{
	last_words[strcspn(last_words, "\n")] = '\0';
	return !strncmp(last_words, "libbpf: ", 8) ? last_words + 8 : last_words;
}

static bool image_is_bpf(const char *file, const char *image, size_t size)
{
	const Elf64_Ehdr *head = (const void *)image;

	if (size < sizeof(*head) || memcmp(head->e_ident, ELFMAG, SELFMAG)) {
		fail(-ENOEXEC, "%s is not an ELF file\n" COMPILE_HINT, file);
		return false;
	}
	if (head->e_machine != EM_BPF) {
		fail(-ENOEXEC, "%s is an ELF file, but not for BPF\n" COMPILE_HINT, file);
		return false;
	}
	return true;
}

void object_clear_pin_paths(struct bpf_object *bpf)
{
	struct bpf_map *map;

	bpf_object__for_each_map(map, bpf)
		if (bpf_map__set_pin_path(map, NULL))
			abort();
}

static bool open_image(struct object *object, const char *image, size_t size)
{
	LIBBPF_OPTS(bpf_object_open_opts, opts, .object_name = "hcbpf",
		    .kernel_log_size = LOG_SIZE);

	object->log = calloc(1, LOG_SIZE);
	if (!object->log) {
		fail(-ENOMEM, "out of memory");
		return false;
	}
	opts.kernel_log_buf = object->log;
	object->bpf = bpf_object__open_mem(image, size, &opts);
	if (object->bpf) {
		object_clear_pin_paths(object->bpf);
		return true;
	}
	fail(-errno, "%s cannot be used: %s\n" COMPILE_HINT, object->file, libbpf_last_words());
	return false;
}

/* The type of a struct_ops map is that of the variable it is made of. */
static const struct btf_type *ops_type(const struct btf *btf, const struct bpf_map *map)
{
	const struct btf_type *type;
	int id;

	id = btf__find_by_name_kind(btf, bpf_map__name(map), BTF_KIND_VAR);
	if (id < 0)
		return NULL;
	id = btf__resolve_type(btf, btf__type_by_id(btf, id)->type);
	type = id < 0 ? NULL : btf__type_by_id(btf, id);
	return type && btf_is_struct(type) ? type : NULL;
}

static bool is_policy(const struct btf *btf, const struct bpf_map *map)
{
	const struct btf_type *type;

	if (bpf_map__type(map) != BPF_MAP_TYPE_STRUCT_OPS)
		return false;
	type = ops_type(btf, map);
	return type && !strcmp(btf__name_by_offset(btf, type->name_off), "hcbpf_ops");
}

static bool find_ops(struct object *object, const struct btf *btf)
{
	char names[256] = "";
	struct bpf_map *map;
	int used = 0, nr = 0;

	bpf_object__for_each_map(map, object->bpf) {
		if (!is_policy(btf, map))
			continue;
		if (used < (int)sizeof(names))
			used += snprintf(names + used, sizeof(names) - used, "%s%s",
					 nr ? ", " : "", bpf_map__name(map));
		nr++;
		object->ops = map;
	}
	if (nr == 1)
		return true;
	if (nr)
		fail(-EINVAL, "%s has %d policies: %s\nkeep one per file", object->file, nr, names);
	else
		fail(-EINVAL, "%s has no policy\ndefine a struct hcbpf_ops in section \".struct_ops.link\"",
		     object->file);
	return false;
}

/* Address of a member of the ops' initial value, if it has at least @size bytes. */
static void *ops_member(struct object *object, const struct btf *btf, const char *name,
			size_t size)
{
	const struct btf_type *type = ops_type(btf, object->ops);
	const struct btf_member *member = btf_members(type);
	size_t total, offset;
	char *value;
	int i;

	value = bpf_map__initial_value(object->ops, &total);
	for (i = 0; value && i < btf_vlen(type); i++) {
		offset = btf_member_bit_offset(type, i) / 8;
		if (!strcmp(btf__name_by_offset(btf, member[i].name_off), name) &&
		    offset + size <= total)
			return value + offset;
	}
	return NULL;
}

static bool set_name(struct object *object, char *field, const char *name)
{
	const char *problem;

	if (name)
		snprintf(field, HCBPF_NAME_LEN, "%s", name);
	memcpy(object->name, field, HCBPF_NAME_LEN);
	object->name[HCBPF_NAME_LEN - 1] = '\0';
	problem = name_problem(object->name);
	if (problem)
		fail(-EINVAL, "the policy in %s has no usable name: %s\nset .name, or use --name",
		     object->file, problem);
	return !problem;
}

static bool names_are_current(const struct object *object, const struct btf *btf)
{
	const struct renamed *renamed = renamed_find(btf);

	if (renamed)
		fail(-ESRCH, "%s calls %s(), which is %s() now\n"
		     "compile it with this version's <hcbpf/bpf.h>", object->file, renamed->old,
		     renamed->now);
	return !renamed;
}

static bool set_up(struct object *object, const char *name)
{
	const struct btf *btf = bpf_object__btf(object->bpf);
	struct bpf_program **program;
	char *field;

	if (!btf) {
		fail(-EINVAL, "%s has no BTF\ncompile the policy with -g", object->file);
		return false;
	}
	if (!find_ops(object, btf) || !names_are_current(object, btf))
		return false;
	if (!(bpf_map__map_flags(object->ops) & FLAG_LINK)) {
		fail(-EINVAL, "policy %s in %s cannot be unloaded safely\nput it in section \".struct_ops.link\"",
		     bpf_map__name(object->ops), object->file);
		return false;
	}
	field = ops_member(object, btf, "name", HCBPF_NAME_LEN);
	/* libbpf keeps a pointer to the program where the function pointer is. */
	program = ops_member(object, btf, "hypercall", sizeof(*program));
	if (!field || !program) {
		fail(-EINVAL, "struct hcbpf_ops in %s is not that of <hcbpf/call.h>\ninclude <hcbpf/bpf.h>",
		     object->file);
		return false;
	}
	object->program = *program;
	return set_name(object, field, name);
}

bool object_open(struct object *object, const char *file, const char *name)
{
	const char *image;
	size_t size;
	int err;

	memset(object, 0, sizeof(*object));
	object->file = file ? file : "the standard policy";
	/* The policy's file within the skeleton: handled like any other. */
	image = standard__elf_bytes(&size);
	if (file) {
		err = file_read(file, MAX_FILE, &object->copy, &size);
		if (err) {
			fail(err, "cannot read %s: %s", file, file_error(err));
			return false;
		}
		image = object->copy;
	}
	return image_is_bpf(object->file, image, size) && open_image(object, image, size) &&
	       set_up(object, name);
}

/* The standard policy is known to use nothing of other modules; what a file has is not. */
int object_load(struct object *object)
{
	int err;

	kernel_btf_ours_suffices(!object->copy);
	err = bpf_object__load(object->bpf);
	kernel_btf_ours_suffices(false);
	return err;
}

void object_close(struct object *object)
{
	bpf_object__close(object->bpf);
	free(object->copy);
	free(object->log);
}
