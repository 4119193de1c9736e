/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef BUFFER_H
#define BUFFER_H

#include <hcbpf/libhcbpf.h>

/* All registered buffers, sorted, to be freed. 0 or a negative errno. */
int vm_buffers_read(struct hcbpf_vm *vm, struct hcbpf_buffer **buffers, size_t *nr);

#endif /* BUFFER_H */
