// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/* SDEI events of a VM's vCPUs. */
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "internal.h"

int hcbpf_sdei_signal(struct hcbpf_vm *vm, uint32_t vcpu_id, uint32_t event)
{
	struct hcbpf_sdei_signal req = {
		.size = sizeof(req), .vcpu_id = vcpu_id, .event = event,
	};
	int err = hcbpf_ioctl(vm->fd, HCBPF_VM_SDEI_SIGNAL, &req);

	return err ?: (int)req.result;
}

int hcbpf_sdei_cancel(struct hcbpf_vm *vm, uint32_t vcpu_id, uint32_t event)
{
	struct hcbpf_sdei_signal req = {
		.size = sizeof(req), .vcpu_id = vcpu_id, .event = event,
	};

	return hcbpf_ioctl(vm->fd, HCBPF_VM_SDEI_CANCEL, &req);
}

int hcbpf_sdei_get_sz(struct hcbpf_vm *vm, uint32_t vcpu_id, uint32_t event,
		      struct hcbpf_sdei_state *state, size_t size)
{
	if (size < offsetof(struct hcbpf_sdei_state, state) || size > UINT32_MAX)
		return -EINVAL;
	memset(state, 0, size);
	state->size = size;
	state->vcpu_id = vcpu_id;
	state->event = event;
	return hcbpf_ioctl(vm->fd, HCBPF_VM_SDEI_GET, state);
}
