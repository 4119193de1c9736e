// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "host/module.h"
#include "host/sample.h"
#include "text/counters.h"

static int take(struct hcbpf_vm *vm, struct vm_sample *sample)
{
	int err;

	/* The counters first: a VM that has not ended behind them had not when they were read. */
	sample->calls = NULL;
	err = hcbpf_vm_stats(vm, &sample->stats);
	sample->observed = hcbpf_vm_is_observed(vm);
	if (!err)
		err = hcbpf_vm_info(vm, &sample->info);
	if (!err && sample->info.state & HCBPF_VM_ENDED)
		err = -ENODEV;
	return err;
}

static void add(struct sample *sample, const struct vm_sample *one)
{
	struct vm_sample *more;

	/* It doubles each time that it is full. */
	if (!(sample->nr & (sample->nr - 1))) {
		more = realloc(sample->vms, (sample->nr ? 2 * sample->nr : 1) * sizeof(*more));
		if (!more)
			abort();
		sample->vms = more;
	}
	sample->vms[sample->nr++] = *one;
}

int sample_take_one(struct hcbpf_vm *vm, struct sample *sample)
{
	struct vm_sample one;
	int err;

	memset(sample, 0, sizeof(*sample));
	clock_gettime(CLOCK_MONOTONIC, &sample->at);
	err = take(vm, &one);
	if (!err)
		add(sample, &one);
	return err;
}

int sample_take(int dev, struct sample *sample)
{
	struct vm_sample one;
	struct hcbpf_vm *vm;
	uint32_t id = 0;
	int err;

	memset(sample, 0, sizeof(*sample));
	clock_gettime(CLOCK_MONOTONIC, &sample->at);
	while (!(err = vm_next(dev, &id, &vm))) {
		err = take(vm, &one);
		hcbpf_vm_close(vm);
		if (!err)
			add(sample, &one);
		else if (err != -ENODEV)
			break;
	}
	if (err == -ENOENT)
		return 0;
	sample_free(sample);
	return err;
}

void sample_free(struct sample *sample)
{
	size_t i;

	for (i = 0; i < sample->nr; i++)
		hcbpf_calls_free(sample->vms[i].calls);
	free(sample->vms);
	sample->vms = NULL;
	sample->nr = 0;
}

/* ---- whose turn it is ---- */

/* The operator is user 0, whose VMs are all in round 0; of the others each has one in a round. */
struct turn {
	struct vm_sample *vm;
	uint64_t user, round;
};

static int compare(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

static int by_user(const void *a, const void *b)
{
	const struct turn *one = a, *two = b;

	return compare(one->user, two->user) ?: compare(one->vm->info.id, two->vm->info.id);
}

static int by_turn(const void *a, const void *b)
{
	const struct turn *one = a, *two = b;

	return compare(one->round, two->round) ?: compare(one->vm->info.id, two->vm->info.id);
}

/* All VMs, or those that are observed, as they take turns. The list is to be freed. */
static struct turn *turns(const struct sample *sample, bool observed, size_t *nr)
{
	struct turn *list = calloc(sample->nr + 1, sizeof(*list)), *turn;
	struct vm_sample *vm;

	if (!list)
		abort();
	for (turn = list, vm = sample->vms; vm < sample->vms + sample->nr; vm++) {
		if (observed && vm->observed <= 0)
			continue;
		turn->vm = vm;
		turn->user = vm->info.state & HCBPF_VM_OPERATOR ? 0 : 1ULL + vm->info.uid;
		turn->round = turn->user > 0;
		turn++;
	}
	*nr = turn - list;
	qsort(list, *nr, sizeof(*list), by_user);
	for (turn = list + 1; turn < list + *nr; turn++)
		if (turn->user && turn->user == turn[-1].user)
			turn->round = turn[-1].round + 1;
	qsort(list, *nr, sizeof(*list), by_turn);
	return list;
}

/* ---- what is kept, and read ---- */

static int by_place(const void *a, const void *b)
{
	const struct turn *one = a, *two = b;

	return one->vm < two->vm ? -1 : one->vm > two->vm;
}

size_t sample_keep(struct sample *sample, size_t most)
{
	size_t nr, i, kept;
	struct turn *list = turns(sample, false, &nr);

	kept = nr < most ? nr : most;
	/* In their places again, so that none is overwritten before it is moved. */
	qsort(list, kept, sizeof(*list), by_place);
	for (i = 0; i < kept; i++)
		sample->vms[i] = *list[i].vm;
	sample->nr = kept;
	free(list);
	return nr - kept;
}

static int read_calls(struct vm_sample *sample)
{
	struct hcbpf_vm *vm;
	int err = hcbpf_vm_open_id(sample->info.id, &vm);

	if (err)
		return err == -ENOENT ? -ENODEV : err;
	err = hcbpf_vm_calls(vm, &sample->calls);
	hcbpf_vm_close(vm);
	if (err == -ENOENT)
		sample->observed = 0;
	return err == -ENOENT ? 0 : err;
}

static int read_one(struct vm_sample *vm, sample_fn *fn, void *data)
{
	int err = read_calls(vm);

	if (err == -ENODEV)
		vm->info.state |= HCBPF_VM_ENDED;
	if (!err && vm->calls && fn) {
		fn(data, vm);
		hcbpf_calls_free(vm->calls);
		vm->calls = NULL;
	}
	return err == -ENODEV ? 0 : err;
}

static void drop_ended(struct sample *sample)
{
	size_t i, nr = 0;

	for (i = 0; i < sample->nr; i++)
		if (!(sample->vms[i].info.state & HCBPF_VM_ENDED))
			sample->vms[nr++] = sample->vms[i];
	sample->nr = nr;
}

int sample_read_calls(struct sample *sample, size_t most, sample_fn *fn, void *data)
{
	size_t nr, i;
	struct turn *list = turns(sample, true, &nr);
	int err = 0;

	for (i = 0; !err && i < nr && i < most; i++)
		err = read_one(list[i].vm, fn, data);
	sample->left_out = nr - i;
	free(list);
	if (err)
		sample_free(sample);
	else
		drop_ended(sample);
	return err;
}

/* ---- the same VM in another sample ---- */

static int by_id(const void *a, const void *b)
{
	const struct vm_sample *one = a, *two = b;

	return one->info.id < two->info.id ? -1 : one->info.id > two->info.id;
}

const struct vm_sample *sample_find(const struct sample *sample, uint32_t id)
{
	const struct vm_sample key = { .info.id = id };

	return sample->nr ? bsearch(&key, sample->vms, sample->nr, sizeof(key), by_id) : NULL;
}

const struct vm_sample *sample_before(const struct sample *before, const struct vm_sample *now)
{
	const struct vm_sample *old = sample_find(before, now->info.id);
	const struct counter *c;

	if (!old || old->info.rules_generation > now->info.rules_generation ||
	    old->info.rules_forced > now->info.rules_forced)
		return NULL;
	for (c = counters; c->name; c++)
		if (counter_value(c, &old->stats) > counter_value(c, &now->stats))
			return NULL;
	return old;
}

/* ---- more of it ---- */

double sample_seconds(const struct sample *before, const struct sample *now)
{
	return now->at.tv_sec - before->at.tv_sec + (now->at.tv_nsec - before->at.tv_nsec) / 1e9;
}

void vm_names(uint32_t pid, struct vm_names *names)
{
	struct process process;

	memset(names, 0, sizeof(*names));
	names->user = "";
	if (!pid || process_open(pid, &process))
		return;
	process_comm(&process, names->command);
	process_vmm_name(&process, names->name);
	if (!process_user(&process, &names->uid))
		names->user = user_name(names->uid, names->number);
	process_close(&process);
}
