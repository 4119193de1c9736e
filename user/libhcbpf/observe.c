// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/* Which calls a guest makes: what each CPU has counted becomes one list. */
#include <errno.h>
#include <stdlib.h>

#include "internal.h"

#define ROOM (HCBPF_SEEN_KINDS + 1)	/* of one CPU */

int hcbpf_vm_observe(struct hcbpf_vm *vm, uint32_t flags)
{
	struct hcbpf_observe req = { .size = sizeof(req), .flags = flags };

	return hcbpf_ioctl(vm->fd, HCBPF_VM_OBSERVE, &req);
}

/* Asked for a CPU that there is not, the module has nothing to copy. */
int hcbpf_vm_is_observed(struct hcbpf_vm *vm)
{
	struct hcbpf_get_seen req = {
		.size = sizeof(req), .nr = ROOM, .cpu = HCBPF_SEEN_END,
	};
	int err = hcbpf_ioctl(vm->fd, HCBPF_VM_GET_SEEN, &req);

	return err == -ENOENT ? 0 : err ? err : 1;
}

/* ---- one list ---- */

static int compare(uint32_t a, uint32_t b)
{
	return a < b ? -1 : a > b;
}

static int by_kind(const void *a, const void *b)
{
	const struct hcbpf_seen *one = a, *two = b;
	int order = (one->abi == HCBPF_ABI_AUTO) - (two->abi == HCBPF_ABI_AUTO);

	order = order ?: compare(one->abi, two->abi);
	order = order ?: compare(one->nr, two->nr);
	return order ?: compare(one->sub, two->sub);
}

static void add(struct hcbpf_seen *sum, const struct hcbpf_seen *seen)
{
	int i;

	for (i = 0; i < 3; i++)
		sum->count[i] += seen->count[i];
	for (i = 0; i < HCBPF_SEEN_TIMES; i++)
		sum->times[i] += seen->times[i];
}

static void merge(struct hcbpf_calls *calls)
{
	struct hcbpf_seen *kinds = calls->kinds;
	size_t i, nr = 0;

	if (calls->nr)
		qsort(kinds, calls->nr, sizeof(*kinds), by_kind);
	for (i = 0; i < calls->nr; i++)
		if (nr && !by_kind(&kinds[nr - 1], &kinds[i]))
			add(&kinds[nr - 1], &kinds[i]);
		else
			kinds[nr++] = kinds[i];
	calls->nr = nr;
}

/*
 * Make room for what another CPU has counted. Most CPUs have counted the same kinds: the list
 * becomes longer only if, put together, it still takes half of its room, so that it is never much
 * longer than twice what comes out, however many CPUs there are.
 */
static int make_room(struct hcbpf_calls *calls, size_t *room)
{
	struct hcbpf_seen *kinds;

	if (calls->nr + ROOM <= *room)
		return 0;
	merge(calls);
	if (calls->nr + ROOM <= *room / 2)
		return 0;
	*room = 2 * (calls->nr + ROOM);
	kinds = realloc(calls->kinds, *room * sizeof(*kinds));
	if (!kinds)
		return -ENOMEM;
	calls->kinds = kinds;
	return 0;
}

/* What is kept takes no more than it needs. */
static void trim(struct hcbpf_calls *calls)
{
	struct hcbpf_seen *kinds = realloc(calls->kinds, (calls->nr + 1) * sizeof(*kinds));

	if (kinds)
		calls->kinds = kinds;
}

/* Append what was counted on *@cpu, and go on to the next. */
static int read_cpu(struct hcbpf_vm *vm, struct hcbpf_calls *calls, uint32_t *cpu)
{
	struct hcbpf_get_seen req = { .size = sizeof(req), .nr = ROOM, .cpu = *cpu };
	int err;

	req.seen = (uintptr_t)(calls->kinds + calls->nr);
	err = hcbpf_ioctl(vm->fd, HCBPF_VM_GET_SEEN, &req);
	if (err)
		return err;
	calls->nr += req.nr;
	calls->ticks_khz = req.ticks_khz;
	*cpu = req.cpu;
	return 0;
}

int hcbpf_vm_calls(struct hcbpf_vm *vm, struct hcbpf_calls **calls)
{
	struct hcbpf_calls *read = calloc(1, sizeof(*read));
	size_t room = 0;
	uint32_t cpu = 0;
	int err = read ? 0 : -ENOMEM;

	while (!err && cpu != HCBPF_SEEN_END) {
		err = make_room(read, &room);
		if (!err)
			err = read_cpu(vm, read, &cpu);
	}
	if (err) {
		hcbpf_calls_free(read);
		return err;
	}
	merge(read);
	trim(read);
	*calls = read;
	return 0;
}

void hcbpf_calls_free(struct hcbpf_calls *calls)
{
	if (!calls)
		return;
	free(calls->kinds);
	free(calls);
}
