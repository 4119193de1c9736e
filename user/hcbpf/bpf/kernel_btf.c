// SPDX-License-Identifier: GPL-2.0-only
/*
 * What libbpf asks about the kernel's types, answered quicker. To load a policy it makes a dozen
 * searches by name through all 130,000 types of the kernel, nearly all for what only the module
 * has, and reads the types of every module there is; before 1.5 it validates the kernel's own
 * again with each of these. The linker puts these functions before libbpf's (--wrap, see
 * user/build.mk) where libbpf is linked statically. Where it is not, loading only takes longer.
 */
#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/btf.h>

#include "bpf/kernel_btf.h"

/* Fewer types are searched as quickly one by one; the kernel's are more, a module's include them. */
#define MANY_TYPES 20000

static bool ours_suffices;

int __real_bpf_btf_get_next_id(__u32 start_id, __u32 *next_id);
int __wrap_bpf_btf_get_next_id(__u32 start_id, __u32 *next_id);
__s32 __real_btf__find_by_name_kind(const struct btf *btf, const char *name, __u32 kind);
__s32 __wrap_btf__find_by_name_kind(const struct btf *btf, const char *name, __u32 kind);

void kernel_btf_ours_suffices(bool suffices)
{
	ours_suffices = suffices;
}

/*
 * No type is called @name, its base's aside. Strings may share their ends, so what comes before
 * the name does not matter.
 */
static bool lacks_name(const struct btf *btf, const char *name)
{
	const struct btf_header *head;
	const char *strings;
	__u32 size;

	head = btf__type_cnt(btf) >= MANY_TYPES ? btf__raw_data(btf, &size) : NULL;
	if (!head)
		return false;
	strings = (const char *)head + head->hdr_len + head->str_off;
	return !memmem(strings, head->str_len, name, strlen(name) + 1);
}

__s32 __wrap_btf__find_by_name_kind(const struct btf *btf, const char *name, __u32 kind)
{
	const struct btf *base = btf__base_btf(btf);

	/* "void" is a type without a name. */
	if (!strcmp(name, "void") || !lacks_name(btf, name) || (base && !lacks_name(base, name)))
		return __real_btf__find_by_name_kind(btf, name, kind);
	errno = ENOENT;
	return -ENOENT;
}

/* Is it the module's? Not, if it has just gone. */
static bool is_ours(__u32 id)
{
	struct bpf_btf_info info = { 0 };
	__u32 size = sizeof(info);
	char name[16] = "";
	int fd, err;

	fd = bpf_btf_get_fd_by_id(id);
	if (fd < 0)
		return false;
	info.name = (uintptr_t)name;
	info.name_len = sizeof(name);
	err = bpf_obj_get_info_by_fd(fd, &info, &size);
	close(fd);
	return !err && info.kernel_btf && !strcmp(name, "hcbpf");
}

int __wrap_bpf_btf_get_next_id(__u32 start_id, __u32 *next_id)
{
	int err = __real_bpf_btf_get_next_id(start_id, next_id);

	while (!err && ours_suffices && !is_ours(*next_id))
		err = __real_bpf_btf_get_next_id(*next_id, next_id);
	return err;
}
