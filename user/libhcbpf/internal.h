/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* What the library's files share. */
#ifndef HCBPF_INTERNAL_H
#define HCBPF_INTERNAL_H

#include <hcbpf/libhcbpf.h>

struct hcbpf_vm {
	int fd;
	uint32_t id;
	uint32_t nr_ports;
	hcbpf_port_t *table;	/* mapped at the first store; NULL before; atomic */
};

/* ioctl() that returns its value or a negative errno. */
int hcbpf_ioctl(int fd, unsigned long request, void *arg);

/* Unmap the port table if it is mapped. */
void hcbpf_ports_unmap(struct hcbpf_vm *vm);

#endif /* HCBPF_INTERNAL_H */
