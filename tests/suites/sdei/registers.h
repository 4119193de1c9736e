/* SPDX-License-Identifier: GPL-2.0-only */
/* Lists of a vCPU's registers, and memory that makes KVM wait. */
#ifndef TESTS_LAB_SDEI_REGISTERS_H
#define TESTS_LAB_SDEI_REGISTERS_H

#include <hcbpf/sdei.h>
#include <linux/userfaultfd.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include "lab.h"

#define FIRST HCBPF_SDEI_REG_VERSION
#define NR_REGS (HCBPF_SDEI_REG_STATE(1) - FIRST)
#define PAGE 4096

static inline struct kvm_reg_list *list_of(struct kvm_vcpu *vcpu)
{
	struct kvm_reg_list head = { 0 }, *list;

	assert_int_equal(ioctl(vcpu->fd, KVM_GET_REG_LIST, &head), -1);
	assert_int_equal(errno, E2BIG);
	list = calloc(1, sizeof(*list) + head.n * sizeof(list->reg[0]));
	assert_non_null(list);
	list->n = head.n;
	assert_int_equal(ioctl(vcpu->fd, KVM_GET_REG_LIST, list), 0);
	assert_int_equal(list->n, head.n);
	return list;
}

static inline bool is_listed(const struct kvm_reg_list *list, uint64_t id)
{
	uint64_t i;
	int found = 0;

	for (i = 0; i < list->n; i++)
		found += list->reg[i] == id;
	assert_true(found <= 1);
	return found;
}

/* An area whose second page is missing, until it is given: writing to it waits. */
static inline void *slow_memory(int uffd)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register reg = { .mode = UFFDIO_REGISTER_MODE_MISSING };
	uint8_t *area = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	assert_true(area != MAP_FAILED);
	area[0] = 0;
	reg.range.start = (uintptr_t)area + PAGE;
	reg.range.len = PAGE;
	assert_int_equal(ioctl(uffd, UFFDIO_API, &api), 0);
	assert_int_equal(ioctl(uffd, UFFDIO_REGISTER, &reg), 0);
	return area;
}

#endif /* TESTS_LAB_SDEI_REGISTERS_H */
