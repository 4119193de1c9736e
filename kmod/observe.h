/* SPDX-License-Identifier: GPL-2.0-only */
/* Which calls guests make, for whoever wants to know: see <hcbpf/observe.h>, trace.h. */
#ifndef HCBPF_KMOD_OBSERVE_H
#define HCBPF_KMOD_OBSERVE_H

#include <linux/bitops.h>
#include <linux/jump_label_ratelimit.h>
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

/*
 * ---- what kind of call it is, in one word: 63..56 ABI, 55..32 sub-operation + 1, 31..0 number ----
 */

#define SEEN_MAX_SUB 0xfffffeU
#define SEEN_NO_KIND 0		/* of a place that is free: no call has ABI 0 */
#define SEEN_OTHER_KIND ~0ULL

/* What has no sub-operation, or one beyond those, has 0: a constant less to be made. */
static __always_inline u64 hcb_seen_kind(u8 abi, u32 nr, u32 sub)
{
	return (u64)abi << 56 | (sub <= SEEN_MAX_SUB ? sub + 1ULL : 0) << 32 | nr;
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

/*
 * Where this CPU counts calls of @kind first. Numbers and sub-operations of an ABI follow one
 * another, and so do their places; what SMCCC has in the uppermost bits of a number tells calls of
 * 32 bits from those of 64. This and hcb_seen_count() are inline and have so little in them
 * because they are paid by every call of a VM that is observed. Inside RCU, and without preemption
 * until the call is counted.
 */
static __always_inline struct seen_calls *hcb_seen_home(struct seen_table *table, u64 kind)
{
	u32 nr = kind;
	struct seen_calls *calls =
		&table->calls[(nr ^ nr >> 26 ^ (u32)(kind >> 32)) % HCBPF_SEEN_KINDS];

	OPTIMIZER_HIDE_VAR(calls);	/* or table and index are kept, 3 instructions more */
	return calls;
}

/* Is it there? Nearly always. */
static __always_inline bool hcb_seen_quickly(struct seen_table *table, u64 kind,
					     struct seen_calls **calls)
{
	*calls = hcb_seen_home(table, kind);
	return likely((*calls)->kind == kind);
}

/* There or where else; a place of its own if it is new, if there is one. */
struct seen_calls *hcb_seen_place(struct seen_table *table, u64 kind);

/* fls(), up to the last bucket, without the question whether it is 0: 3 instructions. */
static __always_inline unsigned long hcb_seen_bucket(u32 ticks)
{
	if (unlikely(ticks >> (HCBPF_SEEN_TIMES - 1))) {
		barrier();	/* a branch: a comparison and a choice would be one more */
		return HCBPF_SEEN_TIMES - 1;
	}
	return __builtin_clzll((u64)ticks << 1 | 1) ^ 63;
}

/* A call that has ended, in @ticks. */
static __always_inline void hcb_seen_count(struct seen_calls *calls, unsigned long fate, u32 ticks)
{
	calls->count[fate]++;
	calls->times[hcb_seen_bucket(ticks)]++;
}

u64 hcb_ticks_to_ns(u64 ticks);

/* ---- what a binding's file offers ---- */

int hcb_vm_observe(struct hcbpf_vm *vm, const struct hcbpf_observe *req);
int hcb_vm_get_seen(struct hcbpf_vm *vm, struct hcbpf_get_seen *req);
/* Nobody is counting any more. NULL is fine. */
void hcb_seen_free(struct seen_table __percpu *tables);
size_t hcb_vm_observe_memory(const struct hcbpf_vm *vm);

#endif /* HCBPF_KMOD_OBSERVE_H */
