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
	const struct hcbpf_gpa_page *gpa_page;	/* mapped at the first look; likewise */
};

/* ioctl() that returns its value or a negative errno. */
int hcbpf_ioctl(int fd, unsigned long request, void *arg);

/* One ioctl on the device, opened for it, that returns a file descriptor. */
int hcbpf_device_request(unsigned long request, void *arg);

/*
 * Make @dst, of @dst_size bytes, from the caller's option struct, which may
 * come from an older header (shorter: the rest is 0) or a newer one (longer:
 * fine as long as what this library does not know is 0).
 */
int hcbpf_opts_copy(void *dst, size_t dst_size, const void *opts);

/* -EINVAL: too long. */
int hcbpf_name_copy(char dst[HCBPF_NAME_LEN], const char *src);

/* All rules, with room for one more; @get->nr says how many. To be freed, but after an error. */
int hcbpf_rules_read(struct hcbpf_vm *vm, struct hcbpf_rule **rules, struct hcbpf_rules *get);

/* Unmap the port table if it is mapped. */
void hcbpf_ports_unmap(struct hcbpf_vm *vm);

/* The same for the page with the generation of the page attributes. */
void hcbpf_gpa_unmap(struct hcbpf_vm *vm);

#endif /* HCBPF_INTERNAL_H */
