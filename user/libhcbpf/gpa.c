// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/* Page attributes: one request each, and the shared page with the generation. */
#include <errno.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <unistd.h>

#include "internal.h"

static uint32_t u32_at_most(size_t nr, uint32_t max)
{
	return nr < max ? nr : max;
}

int hcbpf_gpa_get(struct hcbpf_vm *vm, uint64_t *gfn, struct hcbpf_gpa_range *ranges, size_t *nr)
{
	struct hcbpf_gpa_get get = {
		.size = sizeof(get), .gfn = *gfn, .ranges = (uintptr_t)ranges,
		.nr = u32_at_most(*nr, UINT32_MAX),
	};
	int err = hcbpf_ioctl(vm->fd, HCBPF_VM_GPA_GET, &get);

	if (err)
		return err;
	*gfn = get.gfn;
	*nr = get.nr;
	return 0;
}

static bool is_range(const struct hcbpf_gpa_range *range)
{
	return range->npages && range->npages <= HCBPF_GPA_FRAMES &&
	       range->gfn <= HCBPF_GPA_FRAMES - range->npages &&
	       range->attr <= HCBPF_GPA_ATTR_MASK && !range->reserved;
}

/* The kernel checks one piece before it changes it; here, all are checked. */
int hcbpf_gpa_set(struct hcbpf_vm *vm, const struct hcbpf_gpa_range *ranges, size_t nr,
		  size_t *done)
{
	struct hcbpf_gpa_set set;
	size_t at, unused;
	int err = 0;

	done = done ? done : &unused;
	*done = 0;
	for (at = 0; at < nr; at++)
		if (!is_range(&ranges[at]))
			return -EINVAL;
	do {
		set = (struct hcbpf_gpa_set){
			.size = sizeof(set), .ranges = (uintptr_t)(ranges + *done),
			.nr = u32_at_most(nr - *done, HCBPF_GPA_MAX_RANGES),
		};
		err = hcbpf_ioctl(vm->fd, HCBPF_VM_GPA_SET, &set);
		*done += set.nr;
	} while (!err && *done < nr);
	return err;
}

int hcbpf_gpa_replace(struct hcbpf_vm *vm, uint32_t default_attr,
		      const struct hcbpf_gpa_range *ranges, size_t nr)
{
	struct hcbpf_gpa_set set = {
		.size = sizeof(set), .flags = HCBPF_GPA_REPLACE, .ranges = (uintptr_t)ranges,
		.nr = nr, .default_attr = default_attr,
	};

	return nr > UINT32_MAX ? -E2BIG : hcbpf_ioctl(vm->fd, HCBPF_VM_GPA_SET, &set);
}

int hcbpf_gpa_reset(struct hcbpf_vm *vm)
{
	return hcbpf_ioctl(vm->fd, HCBPF_VM_GPA_RESET, NULL);
}

static int notify(struct hcbpf_vm *vm, int efd)
{
	struct hcbpf_gpa_notify notify = { .size = sizeof(notify), .fd = efd };

	return hcbpf_ioctl(vm->fd, HCBPF_VM_GPA_NOTIFY, &notify);
}

int hcbpf_gpa_notify(struct hcbpf_vm *vm, int efd)
{
	/* -1 would mean "no more" to the kernel. */
	return efd < 0 ? -EBADF : notify(vm, efd);
}

int hcbpf_gpa_notify_stop(struct hcbpf_vm *vm)
{
	return notify(vm, -1);
}

/* ---- the generation ---- */

static size_t page_size(void)
{
	return sysconf(_SC_PAGESIZE);
}

/* As with the port table: of two threads, the second gives its mapping back. */
static const struct hcbpf_gpa_page *page_get(struct hcbpf_vm *vm)
{
	const struct hcbpf_gpa_page *page, *other = NULL;
	void *map;

	page = __atomic_load_n(&vm->gpa_page, __ATOMIC_ACQUIRE);
	if (page)
		return page;
	map = mmap(NULL, page_size(), PROT_READ, MAP_SHARED, vm->fd, HCBPF_GPA_MMAP_OFFSET);
	if (map == MAP_FAILED)
		return NULL;
	page = map;
	if (__atomic_compare_exchange_n(&vm->gpa_page, &other, page, 0, __ATOMIC_ACQ_REL,
					__ATOMIC_ACQUIRE))
		return page;
	munmap(map, page_size());
	return other;
}

void hcbpf_gpa_unmap(struct hcbpf_vm *vm)
{
	if (vm->gpa_page)
		munmap((void *)vm->gpa_page, page_size());
}

/* Acquire: the change that it counts is there for whoever asks afterwards. */
int hcbpf_gpa_generation(struct hcbpf_vm *vm, uint64_t *generation)
{
	const struct hcbpf_gpa_page *page = page_get(vm);

	if (!page)
		return -ENOMEM;
	*generation = __atomic_load_n(&page->generation, __ATOMIC_ACQUIRE);
	return 0;
}
