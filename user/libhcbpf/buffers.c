// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/* The hypercall buffers that a guest has registered. */
#include <errno.h>

#include "internal.h"

static int request(struct hcbpf_vm *vm, unsigned long code, const struct hcbpf_buffer *buffers,
		   size_t *nr)
{
	struct hcbpf_buffers req = {
		.size = sizeof(req), .nr = *nr < UINT32_MAX ? *nr : UINT32_MAX,
		.buffers = (uintptr_t)buffers,
	};
	int err = hcbpf_ioctl(vm->fd, code, &req);

	*nr = req.nr;
	return err;
}

int hcbpf_buffers_get(struct hcbpf_vm *vm, struct hcbpf_buffer *buffers, size_t *nr)
{
	return request(vm, HCBPF_VM_GET_BUFFERS, buffers, nr);
}

int hcbpf_buffers_set(struct hcbpf_vm *vm, const struct hcbpf_buffer *buffers, size_t nr)
{
	return request(vm, HCBPF_VM_SET_BUFFERS, buffers, &nr);
}

int hcbpf_vm_set_buffer_limit(struct hcbpf_vm *vm, uint32_t limit)
{
	struct hcbpf_buffer_limit set = { .size = sizeof(set), .limit = limit };

	return hcbpf_ioctl(vm->fd, HCBPF_VM_SET_BUFFER_LIMIT, &set);
}
