// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/* The slots of a VM's eventfds. */
#include <errno.h>

#include "internal.h"

static int set_eventfd(struct hcbpf_vm *vm, uint32_t slot, int efd, uint32_t flags)
{
	struct hcbpf_set_eventfd set = {
		.size = sizeof(set), .flags = flags, .slot = slot, .fd = efd,
	};

	return hcbpf_ioctl(vm->fd, HCBPF_VM_SET_EVENTFD, &set);
}

/* In the next two, -1 would mean "empty the slot" to the kernel. */
int hcbpf_vm_set_eventfd(struct hcbpf_vm *vm, uint32_t slot, int efd)
{
	return efd < 0 ? -EBADF : set_eventfd(vm, slot, efd, 0);
}

int hcbpf_vm_add_eventfd(struct hcbpf_vm *vm, uint32_t slot, int efd)
{
	return efd < 0 ? -EBADF : set_eventfd(vm, slot, efd, HCBPF_EVENTFD_NOREPLACE);
}

int hcbpf_vm_next_eventfd(struct hcbpf_vm *vm, uint32_t *slot)
{
	struct hcbpf_next_eventfd next = { .size = sizeof(next), .slot = *slot };
	int err = hcbpf_ioctl(vm->fd, HCBPF_VM_NEXT_EVENTFD, &next);

	if (!err)
		*slot = next.slot;
	return err;
}

int hcbpf_vm_clear_eventfd(struct hcbpf_vm *vm, uint32_t slot)
{
	return set_eventfd(vm, slot, -1, 0);
}
