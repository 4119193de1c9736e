// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/* Following the page attributes, in the rounds that HCBPF_VM_GPA_GET describes. */
#include <errno.h>
#include <stdlib.h>

#include "gpa_follow.h"

int hcbpf_gpa_follower_new(struct hcbpf_vm *vm, uint32_t flags,
			   struct hcbpf_gpa_follower **follower)
{
	struct hcbpf_gpa_follower *new;

	if (flags & ~HCBPF_GPA_FOLLOW)
		return -EINVAL;
	new = calloc(1, sizeof(*new));
	if (!new)
		return -ENOMEM;
	new->vm = vm;
	new->flags = flags;
	*follower = new;
	return 0;
}

void hcbpf_gpa_follower_free(struct hcbpf_gpa_follower *follower)
{
	free(follower);
}

/*
 * The first call's generation is where the next round starts: what changes
 * behind its back while the round goes on is newer than that.
 */
int hcbpf_gpa_follow(struct hcbpf_gpa_follower *f, struct hcbpf_gpa_range *ranges, size_t *nr)
{
	struct hcbpf_gpa_get get = {
		.size = sizeof(get), .flags = f->flags, .gfn = f->gfn, .since = f->since,
		.ranges = (uintptr_t)ranges, .nr = *nr < UINT32_MAX ? *nr : UINT32_MAX,
	};
	int err = hcbpf_ioctl(f->vm->fd, HCBPF_VM_GPA_GET, &get);

	if (err)
		return err;
	if (!f->gfn)
		f->generation = get.generation;
	f->torn = get.generation != f->generation || (f->gfn && f->torn);
	f->default_attr = get.default_attr;
	*nr = get.nr;
	f->gfn = get.gfn;
	if (f->gfn < HCBPF_GPA_FRAMES)
		return 1;
	f->gfn = 0;
	f->since = f->generation;
	return 0;
}

uint64_t hcbpf_gpa_follower_generation(const struct hcbpf_gpa_follower *follower)
{
	return follower->generation;
}
