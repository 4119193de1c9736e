// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "host/module.h"
#include "host/sample.h"
#include "text/counters.h"

/* A module that is older than we are does not know how to observe. */
static int read_calls(struct hcbpf_vm *vm, struct vm_sample *sample)
{
	int err = hcbpf_vm_calls(vm, &sample->calls);

	return err == -ENOENT || err == -ENOTTY ? 0 : err;
}

static int take(struct hcbpf_vm *vm, unsigned int what, struct vm_sample *sample)
{
	int err;

	/* The counters first: a VM that has not ended behind them had not when they were read. */
	sample->calls = NULL;
	err = hcbpf_vm_stats(vm, &sample->stats);
	sample->observed = hcbpf_vm_is_observed(vm);
	if (!err && what & SAMPLE_CALLS)
		err = read_calls(vm, sample);
	if (!err)
		err = hcbpf_vm_info(vm, &sample->info);
	if (!err && sample->info.state & HCBPF_VM_ENDED)
		err = -ENODEV;
	if (err)
		hcbpf_calls_free(sample->calls);
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

int sample_take_one(struct hcbpf_vm *vm, unsigned int what, struct sample *sample)
{
	struct vm_sample one;
	int err;

	memset(sample, 0, sizeof(*sample));
	clock_gettime(CLOCK_MONOTONIC, &sample->at);
	err = take(vm, what, &one);
	if (!err)
		add(sample, &one);
	return err;
}

int sample_take(int dev, unsigned int what, struct sample *sample)
{
	struct vm_sample one;
	struct hcbpf_vm *vm;
	uint32_t id = 0;
	int err;

	memset(sample, 0, sizeof(*sample));
	clock_gettime(CLOCK_MONOTONIC, &sample->at);
	while (!(err = vm_next(dev, &id, &vm))) {
		err = take(vm, what, &one);
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
