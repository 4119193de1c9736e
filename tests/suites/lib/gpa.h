/* SPDX-License-Identifier: GPL-2.0-only */
/* What the tests of page attributes share, on top of the rig and its rules. */
#ifndef TESTS_LAB_GPA_H
#define TESTS_LAB_GPA_H

#include <sys/mman.h>
#include "rules.h"

#define MAP_GPA 12		/* KVM_HC_MAP_GPA_RANGE */
#define ENC (1ULL << 4)		/* its attributes: encrypted, or not */
#define DEC 0ULL
#define REFUSED ((uint64_t)-EINVAL)
#define KVM_EPERM_RET ((uint64_t)-1)
#define OTHERWISE (-77)		/* what a guest gets whose call cannot be recorded */

#define PAGE 4096ULL
#define MIB (1ULL << 20)
#define GIB (1ULL << 30)
#define TIB (1ULL << 40)
#define FRAMES HCBPF_GPA_FRAMES

/* ---- rules ---- */

static inline struct hcbpf_rule map_gpa_rule(uint8_t action)
{
	bool tracks = action == HCBPF_RULE_TRACK || action == HCBPF_RULE_TRACK_EXIT;

	return (struct hcbpf_rule) {
		.abi = HCBPF_ABI_KVM, .nr = MAP_GPA, .sub = ANY, .action = action,
		.otherwise = tracks ? HCBPF_RULE_DENY : 0, .ret = tracks ? OTHERWISE : 0,
	};
}

/* A VM under one rule for the call. */
static inline void rig_up_under(struct rig *rig, const struct kvm_vm_conf *conf, uint8_t action)
{
	struct hcbpf_rule rules[] = { map_gpa_rule(action) };

	rig_up(rig, conf, NULL);
	assert_ok(SET_RULES(rig, rules));
}

static inline int fd_of(const struct rig *rig)
{
	return hcbpf_vm_fd(rig->hc);
}

/* Guest memory without anything behind it, beside what the VM has; returns its mapping. */
static inline void *add_slot(struct kvm_vm *vm, uint32_t slot, uint64_t gpa, uint64_t size)
{
	struct kvm_userspace_memory_region region = {
		.slot = slot, .guest_phys_addr = gpa, .memory_size = size,
	};
	void *mem = mmap(NULL, size, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	assert_true(mem != MAP_FAILED);
	region.userspace_addr = (uintptr_t)mem;
	assert_return(hc_ioctl(vm->fd, KVM_SET_USER_MEMORY_REGION, &region), 0);
	return mem;
}

/* ---- the guest's calls ---- */

static inline struct kvm_start map_gpa_start(uint64_t gpa, uint64_t npages, uint64_t attrs)
{
	return (struct kvm_start) {
		.program = GUEST_CALL_ONCE, .count = 1, .nr = MAP_GPA,
		.args = { gpa, npages, attrs }, .abi = HCBPF_ABI_KVM,
	};
}

static inline uint64_t map_gpa(struct rig *rig, uint64_t gpa, uint64_t npages, uint64_t attrs)
{
	return call_once(rig->vm, map_gpa_start(gpa, npages, attrs));
}

/* ---- the map, by the VMM's requests ---- */

static inline int gpa_get(int fd, struct hcbpf_gpa_get *get, struct hcbpf_gpa_range *ranges,
			  uint32_t nr)
{
	get->size = sizeof(*get);
	get->ranges = (uintptr_t)ranges;
	get->nr = nr;
	return hc_ioctl(fd, HCBPF_VM_GPA_GET, get);
}

static inline int gpa_set(int fd, const struct hcbpf_gpa_range *ranges, uint32_t nr)
{
	struct hcbpf_gpa_set set = {
		.size = sizeof(set), .ranges = (uintptr_t)ranges, .nr = nr,
	};

	return hc_ioctl(fd, HCBPF_VM_GPA_SET, &set);
}

static inline int gpa_replace(int fd, const struct hcbpf_gpa_range *ranges, uint32_t nr,
			      uint32_t default_attr)
{
	struct hcbpf_gpa_set set = {
		.size = sizeof(set), .flags = HCBPF_GPA_REPLACE, .ranges = (uintptr_t)ranges,
		.nr = nr, .default_attr = default_attr,
	};

	return hc_ioctl(fd, HCBPF_VM_GPA_SET, &set);
}

static inline int gpa_reset(int fd)
{
	return hc_ioctl(fd, HCBPF_VM_GPA_RESET, NULL);
}

static inline int gpa_notify(int fd, int efd)
{
	struct hcbpf_gpa_notify notify = { .size = sizeof(notify), .fd = efd };

	return hc_ioctl(fd, HCBPF_VM_GPA_NOTIFY, &notify);
}

static inline struct hcbpf_gpa_range range(uint64_t gfn, uint64_t npages, uint32_t attr)
{
	return (struct hcbpf_gpa_range) { .gfn = gfn, .npages = npages, .attr = attr };
}

/* What the page at @gpa has. */
static inline uint32_t attr_at(int fd, uint64_t gpa)
{
	struct hcbpf_gpa_get get = { .gfn = gpa / PAGE };
	struct hcbpf_gpa_range first;

	assert_ok(gpa_get(fd, &get, &first, 1));
	assert_int_equal(get.nr, 1);
	assert_true(first.gfn == gpa / PAGE && first.npages);
	return first.attr;
}

static inline uint64_t generation_of(int fd)
{
	return hc_vm_info(fd).gpa_generation;
}

/* The whole map is these ranges, which differ from their neighbours, and nothing else. */
static inline void expect_map(int fd, const struct hcbpf_gpa_range *want, uint32_t nr)
{
	struct hcbpf_gpa_range got[16];
	struct hcbpf_gpa_get get = { 0 };
	uint32_t i;

	assert_ok(gpa_get(fd, &get, got, ARRAY_LEN(got)));
	assert_true(get.gfn == FRAMES);
	for (i = 0; i < get.nr && i < nr; i++)
		if (memcmp(&got[i], &want[i], sizeof(got[i])))
			fail_msg("range %u: %#llx, %llu pages, %#x", i,
				 (unsigned long long)got[i].gfn,
				 (unsigned long long)got[i].npages, got[i].attr);
	assert_int_equal(get.nr, nr);
}

#define EXPECT_MAP(fd, ...) do {						\
	const struct hcbpf_gpa_range want_[] = { __VA_ARGS__ };		\
	expect_map(fd, want_, ARRAY_LEN(want_));			\
} while (0)

/* Pages [@gfn, +@npages) have @attr, all others 0. */
static inline void expect_only(int fd, uint64_t gfn, uint64_t npages, uint32_t attr)
{
	EXPECT_MAP(fd, range(0, gfn, 0), range(gfn, npages, attr),
		   range(gfn + npages, FRAMES - gfn - npages, 0));
}

static inline void expect_nothing(int fd)
{
	EXPECT_MAP(fd, range(0, FRAMES, 0));
}

#endif /* TESTS_LAB_GPA_H */
