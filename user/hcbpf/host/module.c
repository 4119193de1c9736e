// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "host/module.h"

static int request(int fd, unsigned long code, void *arg)
{
	return ioctl(fd, code, arg) < 0 ? -errno : 0;
}

int device_info(int dev, struct hcbpf_info *info)
{
	memset(info, 0, sizeof(*info));
	info->size = sizeof(*info);
	return request(dev, HCBPF_GET_INFO, info);
}

int policy_next(int dev, struct hcbpf_next_policy *policy)
{
	__u32 id = policy->id;

	memset(policy, 0, sizeof(*policy));
	policy->size = sizeof(*policy);
	policy->id = id;
	return request(dev, HCBPF_NEXT_POLICY, policy);
}

int policies_read(int dev, struct hcbpf_next_policy **list, size_t *nr)
{
	struct hcbpf_next_policy policy = { 0 }, *more;
	int err;

	*list = NULL;
	*nr = 0;
	while (!(err = policy_next(dev, &policy))) {
		more = realloc(*list, (*nr + 1) * sizeof(*more));
		if (!more)
			abort();
		*list = more;
		more[(*nr)++] = policy;
	}
	return err == -ENOENT ? 0 : err;
}

int policy_find(int dev, const char *name, struct hcbpf_next_policy *policy)
{
	int err;

	policy->id = 0;
	do {
		err = policy_next(dev, policy);
	} while (!err && strcmp(policy->name, name));
	return err;
}

int vm_next(int dev, uint32_t *id, struct hcbpf_vm **vm)
{
	struct hcbpf_next_vm next = { .size = sizeof(next), .id = *id };
	int err;

	do {
		err = request(dev, HCBPF_NEXT_VM, &next);
		if (err)
			return err;
		err = hcbpf_vm_open_id(next.id, vm);
	} while (err == -ENOENT);
	*id = next.id;
	return err;
}

int claim_next(int dev, struct hcbpf_next_claim *claim)
{
	__u32 id = claim->id;

	memset(claim, 0, sizeof(*claim));
	claim->size = sizeof(*claim);
	claim->id = id;
	return request(dev, HCBPF_NEXT_CLAIM, claim);
}
