// SPDX-License-Identifier: GPL-2.0-only
/*
 * Counting calls by kind: a small hash table for each CPU, so that vCPUs do not get into each
 * other's way and a reader stops nobody. Kinds are never taken out of it: a guest that calls random
 * numbers fills it and ends in "other", and what it had called before is still counted.
 *
 * One static key for all VMs and the tracepoint of calls keeps all that out of a call's
 * way. VMMs turn it, and each turn patches code on every CPU, so it goes off a second late.
 */
#include <linux/err.h>
#include <linux/kvm_host.h>
#include <linux/math64.h>
#include <linux/mutex.h>
#include <linux/nospec.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include "arch.h"
#include "kernel.h"
#include "observe.h"
#include "vm.h"

#define MAX_SEARCH 4
#define OTHER HCBPF_SEEN_KINDS

static_assert(CALL_PASS == (int)HCBPF_PASS && CALL_ANSWERED == (int)HCBPF_DONE &&
	      CALL_EXIT == (int)HCBPF_EXIT);

DEFINE_STATIC_KEY_DEFERRED_FALSE(hcb_observing, HZ);

int hcb_observing_get(void)
{
	static_branch_inc(&hcb_observing.key);
	return 0;
}

void hcb_observing_put(void)
{
	static_branch_slow_dec_deferred(&hcb_observing);
}

void hcb_observe_exit(void)
{
	static_key_deferred_flush(&hcb_observing);
}

u64 hcb_ticks_to_ns(u64 ticks)
{
	return mul_u64_u32_div(ticks, USEC_PER_SEC, hcb_kvms_ticks_khz());
}

struct seen_calls *hcb_seen_place(struct seen_table *table, u64 kind)
{
	u32 first = hcb_seen_home(table, kind) - table->calls, n;
	struct seen_calls *calls;

	for (n = 0; kind != SEEN_OTHER_KIND && n < MAX_SEARCH; n++) {
		calls = &table->calls[(first + n) % HCBPF_SEEN_KINDS];
		if (calls->kind == SEEN_NO_KIND)
			WRITE_ONCE(calls->kind, kind);
		if (calls->kind == kind)
			return calls;
	}
	return &table->calls[OTHER];
}

/* ---- what a binding's file offers ---- */

static struct seen_table __percpu *vm_seen(const struct hcbpf_vm *vm)
{
	lockdep_assert_held(&vm->lock);
	return vm->seen;
}

void hcb_seen_free(struct seen_table __percpu *tables)
{
	if (!tables)
		return;
	hcb_observing_put();
	free_percpu(tables);
}

/* Put @tables, or NULL, where they count; what was there comes back in their place. */
static int exchange(struct hcbpf_vm *vm, struct seen_table __percpu **tables)
{
	struct seen_table __percpu *old;
	int err = 0;

	mutex_lock(&vm->lock);
	old = vm_seen(vm);
	if (vm->ended) {
		err = -ENODEV;
	} else if (!old == !*tables) {
		err = -EALREADY;
	} else {
		smp_store_release(&vm->seen, *tables);
		*tables = old;
	}
	mutex_unlock(&vm->lock);
	return err;
}

static int observe_begin(struct hcbpf_vm *vm)
{
	struct seen_table __percpu *tables;
	int err;

	tables = alloc_percpu_gfp(struct seen_table, GFP_KERNEL_ACCOUNT | __GFP_NOWARN);
	if (!tables)
		return -ENOMEM;
	hcb_observing_get();
	err = exchange(vm, &tables);
	if (err)
		hcb_seen_free(tables);
	return err;
}

/* Waits for calls that count, so whoever begins and ends without end keeps no memory. */
static int observe_end(struct hcbpf_vm *vm)
{
	struct seen_table __percpu *tables = NULL;
	int err = exchange(vm, &tables);

	if (err)
		return err;
	synchronize_rcu();
	hcb_seen_free(tables);
	return 0;
}

int hcb_vm_observe(struct hcbpf_vm *vm, const struct hcbpf_observe *req)
{
	return req->flags & HCBPF_OBSERVE_ON ? observe_begin(vm) : observe_end(vm);
}

static void tell(const struct seen_calls *calls, u64 kind, struct hcbpf_seen *seen)
{
	u32 sub = kind >> 32 & (SEEN_MAX_SUB + 1);	/* + 1, or 0 */

	*seen = (struct hcbpf_seen) { .nr = kind, .abi = kind >> 56 };
	if (kind != SEEN_NO_KIND)
		seen->sub = sub ? sub - 1 : HCBPF_RULE_ANY;
	memcpy(seen->count, calls->count, sizeof(seen->count));
	memcpy(seen->times, calls->times, sizeof(seen->times));
}

/* Those that have calls. Their CPU goes on counting. */
static u32 collect(const struct seen_table *table, struct hcbpf_seen *seen)
{
	const struct seen_calls *calls;
	u32 nr = 0;

	for (calls = table->calls; calls <= &table->calls[OTHER]; calls++) {
		u64 kind = READ_ONCE(calls->kind);

		if (kind == SEEN_NO_KIND && calls != &table->calls[OTHER])
			continue;
		tell(calls, kind, &seen[nr]);
		nr += seen[nr].count[0] || seen[nr].count[1] || seen[nr].count[2];
	}
	return nr;
}

static u32 next_cpu(u32 cpu)
{
	if (cpu >= nr_cpu_ids)
		return HCBPF_SEEN_END;
	cpu = cpumask_next(cpu, cpu_possible_mask);
	return cpu < nr_cpu_ids ? cpu : HCBPF_SEEN_END;
}

/* The counters of one CPU, copied where nobody's memory can make us wait. */
static int read_seen(struct hcbpf_vm *vm, struct hcbpf_get_seen *req, struct hcbpf_seen *copy)
{
	struct seen_table __percpu *tables;
	u32 cpu;
	int err = 0;

	mutex_lock(&vm->lock);
	tables = vm_seen(vm);
	req->nr = 0;
	if (vm->ended) {
		err = -ENODEV;
	} else if (!tables) {
		err = -ENOENT;
	} else if (req->cpu < nr_cpu_ids) {
		cpu = array_index_nospec(req->cpu, nr_cpu_ids);
		if (cpu_possible(cpu))
			req->nr = collect(per_cpu_ptr(tables, cpu), copy);
	}
	mutex_unlock(&vm->lock);
	return err;
}

int hcb_vm_get_seen(struct hcbpf_vm *vm, struct hcbpf_get_seen *req)
{
	struct hcbpf_seen *copy;
	int err;

	if (req->nr < HCBPF_SEEN_KINDS + 1)
		return -EINVAL;
	copy = kvmalloc_array(HCBPF_SEEN_KINDS + 1, sizeof(*copy), GFP_KERNEL_ACCOUNT);
	if (!copy)
		return -ENOMEM;
	err = read_seen(vm, req, copy);
	if (!err && copy_to_user(u64_to_user_ptr(req->seen), copy, req->nr * sizeof(*copy)))
		err = -EFAULT;
	req->cpu = next_cpu(req->cpu);
	req->ticks_khz = hcb_kvms_ticks_khz();
	kvfree(copy);
	return err;
}

size_t hcb_vm_observe_memory(const struct hcbpf_vm *vm)
{
	return READ_ONCE(vm->seen) ? sizeof(struct seen_table) * num_possible_cpus() : 0;
}
