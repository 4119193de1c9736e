/* SPDX-License-Identifier: GPL-2.0-only */
/* Which calls guests make, for whoever wants to know: see <hcbpf/observe.h>, trace.h. */
#ifndef HCBPF_KMOD_OBSERVE_H
#define HCBPF_KMOD_OBSERVE_H

#include <linux/bitops.h>
#include <linux/hash.h>
#include <linux/jump_label_ratelimit.h>
#include <linux/log2.h>
#include <linux/percpu.h>
#include <linux/timex.h>
#include <linux/types.h>
#include <hcbpf/observe.h>
#include <hcbpf/rule.h>
#include "dispatch.h"

struct hcbpf_vm;

/* On while any VM is observed, or a tracepoint of calls is in use. */
extern struct static_key_false_deferred hcb_observing;
int hcb_observing_get(void);
void hcb_observing_put(void);
void hcb_observe_exit(void);

/* ---- what kind of call it is, in one word: 63..56 ABI, 55..32 sub-operation, 31..0 number ---- */

#define SEEN_NO_SUB 0xffffffU
#define SEEN_NO_KIND 0		/* of a place that is free: no call has ABI 0 */
#define SEEN_OTHER_KIND ~0ULL

static __always_inline u64 hcb_seen_kind(u8 abi, u64 nr, u32 sub)
{
	if (unlikely(nr > U32_MAX))
		return SEEN_OTHER_KIND;
	return (u64)abi << 56 | (u64)min(sub, SEEN_NO_SUB) << 32 | nr;
}

/* ---- counting ---- */

/* Calls of a kind on one CPU. A power of 2 bytes: the place of a table is a shift. */
struct seen_calls {
	u64 kind;
	u64 count[3];		/* by enum call_fate */
	u64 times[HCBPF_SEEN_TIMES];
};
static_assert(sizeof(struct seen_calls) == 256);

struct seen_table {
	struct seen_calls calls[HCBPF_SEEN_KINDS + 1];	/* the last: other kinds */
};

struct seen_calls *hcb_seen_add(struct seen_table *table, u64 kind, u32 first);

/*
 * A call that has ended, in @ticks. Inside RCU. Inline and with so little in it because it
 * is paid by every call of a VM that is observed: some 25 instructions.
 */
static __always_inline void hcb_seen_count(struct seen_table __percpu *tables, u64 kind,
					   enum call_fate fate, u32 ticks)
{
	u32 first = hash_64(kind, ilog2(HCBPF_SEEN_KINDS));
	struct seen_table *table;
	struct seen_calls *calls;

	if (IS_ENABLED(CONFIG_PREEMPT_RT))
		preempt_disable();	/* elsewhere the reader of RCU does that */
	table = this_cpu_ptr(tables);
	calls = &table->calls[first];
	if (unlikely(calls->kind != kind))
		calls = hcb_seen_add(table, kind, first);
	calls->count[fate]++;
	calls->times[min_t(u32, fls(ticks), HCBPF_SEEN_TIMES - 1)]++;
	if (IS_ENABLED(CONFIG_PREEMPT_RT))
		preempt_enable();
}

u64 hcb_ticks_to_ns(u64 ticks);

/* ---- what a binding's file offers ---- */

int hcb_vm_observe(struct hcbpf_vm *vm, const struct hcbpf_observe *req);
int hcb_vm_get_seen(struct hcbpf_vm *vm, struct hcbpf_get_seen *req);
/* Nobody is counting any more. NULL is fine. */
void hcb_seen_free(struct seen_table __percpu *tables);
size_t hcb_vm_observe_memory(const struct hcbpf_vm *vm);

#endif /* HCBPF_KMOD_OBSERVE_H */
