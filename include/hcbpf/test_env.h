/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note OR BSD-2-Clause */
/*
 * A policy in a world of its own: `hcbpf test` runs it without the module, on
 * any kernel with BPF. Compile the policy once more with this header first:
 *
 *	clang ... -include hcbpf/test_env.h -c mine.bpf.c -o mine.test.o
 *	hcbpf test mine.test.o mine.cases.yaml
 *
 * It stands in for <hcbpf/bpf.h>: the mechanisms work on the variable below,
 * which `hcbpf test` fills in from a case, and BPF_PROG also makes a
 * SEC("syscall") program `decide_test` that runs the policy on it (HCBPF_VM_BEGIN and
 * HCBPF_VM_END: `vm_begin_test` and `vm_end_test`). Time stands
 * still at @now. Three things are different from the module: hcbpf_ops.calls is
 * not looked at, struct hcbpf_call is not read-only, and changes of page
 * attributes are noted, not made.
 *
 * Guest memory is one piece, at @test.mem_addr both physically and virtually.
 */
#ifndef HCBPF_TEST_ENV_H
#define HCBPF_TEST_ENV_H

#include <hcbpf/types.h>
#include <hcbpf/gpa.h>
#include <hcbpf/port.h>
#include <hcbpf/rule.h>
#include <hcbpf/sdei.h>
#include <hcbpf/test.h>
#include <hcbpf/uapi.h>

#define HCBPF_TEST_PORTS 16
#define HCBPF_TEST_RULES 16
#define HCBPF_TEST_SLOTS 16
#define HCBPF_TEST_PAGES 8
#define HCBPF_TEST_SETS 4
#define HCBPF_TEST_BUFFERS 8
#define HCBPF_TEST_VCPUS 32

struct hcbpf_test_port {
	hcbpf_port_t word;
	__u32 port;
	__u32 reserved;
};

/* What a policy gave to hcbpf_call_gpa_set(). */
struct hcbpf_test_set {
	__u64 gpa;
	__u64 npages;
	__u32 attr;
	__u32 reserved;
};

/* One call and all that a policy can find out. */
struct hcbpf_test_env {
	/* in */
	struct hcbpf_test_call test;	/* out: call.ret, policy_ret */
	__u64 now;			/* what bpf_ktime_get_ns() returns */
	__u32 nr_ports;
	__u32 nr_rules;			/* 0: the VM has no rules */
	struct hcbpf_test_port ports[HCBPF_TEST_PORTS];
	struct hcbpf_rule rules[HCBPF_TEST_RULES];
	struct hcbpf_gpa_range pages[HCBPF_TEST_PAGES];	/* attributes that are not 0 */
	__u32 nr_pages;			/* ranges of them */
	__s32 gpa_error;		/* what hcbpf_call_gpa_set() fails with; 0: it does not */
	__u32 kvm_exits;		/* what hcbpf_call_kvm_exits() returns */
	__u32 slots;			/* a bit for each slot that has an eventfd */
	__u32 nr_buffers;		/* registered, before the call */
	__u32 encrypted;		/* 1: addresses that are not registered cannot be read */
	struct hcbpf_buffer buffers[HCBPF_TEST_BUFFERS];
	/* out */
	__u32 signals[HCBPF_TEST_SLOTS];	/* times that each was signalled */
	struct hcbpf_test_set sets[HCBPF_TEST_SETS];	/* the first ones that succeeded */
	__u32 nr_sets;			/* how many did */
	__u32 reserved;
	/* in */
	__u32 has_sdei;			/* 1: the VM has SDEI, on vCPUs 0..HCBPF_TEST_VCPUS - 1 */
	__u32 sdei_handlers;		/* a bit for each vCPU with event 0 registered */
	/* in and out */
	__u32 sdei_pending;		/* a bit for each vCPU with event 0 pending */
	/* out */
	__u32 sdei_calls;		/* times that hcbpf_call_sdei() was used */
	/* in */
	__u64 param;			/* the VM's parameter */
	struct hcbpf_vm_event event;	/* for the programs of HCBPF_VM_BEGIN and HCBPF_VM_END */
};

/* How exactly a rule fits: 0, not at all. */
static inline __attribute__((always_inline)) int
hcbpf_test_fit(const struct hcbpf_rule *rule, const struct hcbpf_call *call, __u32 sub)
{
	if (rule->abi != call->abi)
		return 0;
	if (rule->nr == HCBPF_RULE_ANY)
		return 1;
	if (rule->nr != call->nr)
		return 0;
	if (rule->sub == HCBPF_RULE_ANY)
		return 2;
	return rule->sub == sub ? 3 : 0;
}

/* What hcbpf_call_rule_get() finds. */
static inline __attribute__((always_inline)) hcbpf_rule_t
hcbpf_test_rule(const struct hcbpf_test_env *env, const struct hcbpf_call *call, __u32 sub)
{
	hcbpf_rule_t word = hcbpf_rule_make(HCBPF_RULE_PASS, 0, 0);
	int best = 0, fit;
	__u32 i;

	for (i = 0; i < HCBPF_TEST_RULES && i < env->nr_rules; i++) {
		fit = hcbpf_test_fit(&env->rules[i], call, sub);
		if (fit > best) {
			best = fit;
			word = hcbpf_rule_word(&env->rules[i]);
		}
	}
	return env->nr_rules ? word : 0;
}

/* The section in which `hcbpf test` looks for it. */
#define HCBPF_TEST_ENV_SECTION ".data.hcbpf_test"

#ifdef __bpf__

#define HCBPF_BPF_H	/* instead of <hcbpf/bpf.h> */

#ifndef __VMLINUX_H__
#include <linux/bpf.h>
#endif
#include <linux/errno.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <hcbpf/guest.h>

struct hcbpf_test_env hcbpf_test_env SEC(HCBPF_TEST_ENV_SECTION);

static __always_inline __u64 hcbpf_call_port_get(struct hcbpf_call *call, __u32 port)
{
	__u32 i;

	for (i = 0; i < HCBPF_TEST_PORTS && i < hcbpf_test_env.nr_ports; i++)
		if (hcbpf_test_env.ports[i].port == port)
			return hcbpf_test_env.ports[i].word;
	return 0;
}

static __always_inline __u64 hcbpf_call_rule_get(struct hcbpf_call *call, __u32 sub)
{
	return hcbpf_test_rule(&hcbpf_test_env, call, sub);
}

static __always_inline int hcbpf_call_eventfd_signal(struct hcbpf_call *call, __u32 slot)
{
	if (slot >= HCBPF_TEST_SLOTS || !(hcbpf_test_env.slots & 1U << slot))
		return -ENOENT;
	hcbpf_test_env.signals[slot]++;
	return 0;
}

/* As in the module; that the guest has memory there is taken for granted. */
static __always_inline int hcbpf_call_gpa_set(struct hcbpf_call *call, __u64 gpa, __u64 npages,
					      __u32 attr)
{
	struct hcbpf_test_env *env = &hcbpf_test_env;
	const __u64 page = 1ULL << HCBPF_GPA_PAGE_SHIFT;

	if (gpa % page || !npages || attr & ~HCBPF_GPA_ATTR_MASK ||
	    gpa / page >= HCBPF_GPA_FRAMES || npages > HCBPF_GPA_FRAMES - gpa / page)
		return -EINVAL;
	if (env->gpa_error)
		return env->gpa_error;
	if (env->nr_sets < HCBPF_TEST_SETS) {
		env->sets[env->nr_sets].gpa = gpa;
		env->sets[env->nr_sets].npages = npages;
		env->sets[env->nr_sets].attr = attr;
	}
	env->nr_sets++;
	return 0;
}

/* As they were before the call: what a policy sets, it need not ask for. */
static __always_inline int hcbpf_call_gpa_get(struct hcbpf_call *call, __u64 gpa)
{
	__u64 gfn = gpa >> HCBPF_GPA_PAGE_SHIFT;
	__u32 i;

	if (gfn >= HCBPF_GPA_FRAMES)
		return -EINVAL;
	for (i = 0; i < HCBPF_TEST_PAGES && i < hcbpf_test_env.nr_pages; i++)
		if (gfn - hcbpf_test_env.pages[i].gfn < hcbpf_test_env.pages[i].npages)
			return hcbpf_test_env.pages[i].attr;
	return 0;
}

static __always_inline __u64 hcbpf_call_param(struct hcbpf_call *call)
{
	return hcbpf_test_env.param;
}

static __always_inline int hcbpf_call_kvm_exits(struct hcbpf_call *call)
{
	return hcbpf_test_env.kvm_exits;
}

static __always_inline int hcbpf_test_touches(const struct hcbpf_buffer *buffer, __u32 vcpu,
					      __u64 addr, __u64 len)
{
	return (buffer->vcpu == HCBPF_BUFFER_ANY_VCPU || vcpu == HCBPF_BUFFER_ANY_VCPU ||
		buffer->vcpu == vcpu) &&
	       (addr - buffer->va < buffer->size || buffer->va - addr < len);
}

/* Replace a virtual address by a physical one. 0, or as hcbpf_call_read_guest(). */
static __always_inline int hcbpf_test_translate(const struct hcbpf_call *call, __u64 *addr,
						__u32 len)
{
	__u32 i;

	if (call->mode == HCBPF_MODE_32)
		*addr = (__u32)*addr;
	if (call->nr & HCBPF_HC_PHYSICAL)
		return 0;
	for (i = 0; i < HCBPF_TEST_BUFFERS && i < hcbpf_test_env.nr_buffers && !call->user; i++) {
		const struct hcbpf_buffer *buffer = &hcbpf_test_env.buffers[i];
		__u64 off = *addr - buffer->va;

		if (!hcbpf_test_touches(buffer, call->vcpu_id, *addr, len))
			continue;
		if (off >= buffer->size || len > buffer->size - off)
			return -EACCES;
		*addr = buffer->gpa + off;
		return 0;
	}
	/* A list is not looked for anywhere else. */
	return hcbpf_test_env.encrypted || call->nr & HCBPF_HC_LIST ? -EACCES : 0;
}

#define HCBPF_TEST_WAYS (HCBPF_HC_PHYSICAL | HCBPF_HC_LIST)

/* Where a physical address is in the memory of the test; negative: as hcbpf_call_read_guest(). */
static __always_inline __s64 hcbpf_test_offset(const struct hcbpf_call *call, __u64 addr,
					       __u32 len)
{
	const struct hcbpf_test_call *test = &hcbpf_test_env.test;
	__u64 off = addr - test->mem_addr;

	if (addr < test->mem_addr || off > test->mem_len || len > test->mem_len - off)
		return call->nr & HCBPF_TEST_WAYS ? -EACCES : -EFAULT;
	return off;
}

/* Replace an address by the physical one that a list has for it. */
static __always_inline int hcbpf_test_listed(const struct hcbpf_call *call, __u64 *addr)
{
	__u64 at = call->mode == HCBPF_MODE_32 ? (__u32)*addr >> HCBPF_LIST_SHIFT :
						 (__u64)((__s64)*addr >> HCBPF_LIST_SHIFT);
	const __u64 mask = (1ULL << HCBPF_GPA_PAGE_SHIFT) - 1;
	__u64 gfn = 0;
	__s64 off;
	__u32 i;
	int err;

	at &= ~7ULL;
	err = hcbpf_test_translate(call, &at, sizeof(gfn));
	off = err ? err : hcbpf_test_offset(call, at, sizeof(gfn));
	if (off < 0)
		return off;
	for (i = 0; i < sizeof(gfn); i++)
		gfn |= (__u64)hcbpf_test_env.test.mem[((__u32)off + i) % HCBPF_TEST_MEM] << 8 * i;
	*addr = gfn << HCBPF_GPA_PAGE_SHIFT | (*addr & mask);
	return gfn < HCBPF_GPA_FRAMES ? 0 : -EACCES;
}

/* Where it is in the memory of the test; negative: as hcbpf_call_read_guest(). */
static __always_inline __s64 hcbpf_test_place(const struct hcbpf_call *call, __u64 addr, __u32 len)
{
	int err;

	if (call->user && call->nr & HCBPF_TEST_WAYS)
		return -EACCES;
	err = call->nr & HCBPF_HC_LIST ? hcbpf_test_listed(call, &addr) :
					 hcbpf_test_translate(call, &addr, len);
	return err ? err : hcbpf_test_offset(call, addr, len);
}

/* Byte @i of an argument, of which @n are at @off in the memory of the test, the rest at @next. */
static __always_inline __u8 *hcbpf_test_byte(__u32 off, __u32 next, __u32 n, __u32 i)
{
	return &hcbpf_test_env.test.mem[(i < n ? off + i : next + i - n) % HCBPF_TEST_MEM];
}

/* A list leads to each page frame by itself. */
static __always_inline __u32 hcbpf_test_piece(const struct hcbpf_call *call, __u64 addr,
					      __u32 len)
{
	__u32 page = 1U << HCBPF_GPA_PAGE_SHIFT, rest = page - (addr & (page - 1));

	return call->nr & HCBPF_HC_LIST && rest < len ? rest : len;
}

/* @len must be a constant, as everything that reads into a variable has. */
static __always_inline int hcbpf_call_read_guest(struct hcbpf_call *call, __u64 addr, void *dst,
						 __u32 len)
{
	__u32 i, n = hcbpf_test_piece(call, addr, len);
	__s64 off = hcbpf_test_place(call, addr, n);
	__s64 next = n < len ? hcbpf_test_place(call, addr + n, len - n) : 0;

	__builtin_memset(dst, 0, len);
	if (off < 0 || next < 0)
		return off < 0 ? off : next;
	for (i = 0; i < len && i < HCBPF_TEST_MEM; i++)
		((__u8 *)dst)[i] = *hcbpf_test_byte(off, next, n, i);
	return 0;
}

static __always_inline int hcbpf_call_write_guest(struct hcbpf_call *call, __u64 addr,
						  const void *src, __u32 len)
{
	__u32 i, n = hcbpf_test_piece(call, addr, len);
	__s64 off = call->user ? -EACCES : hcbpf_test_place(call, addr, n);
	__s64 next = n < len ? hcbpf_test_place(call, addr + n, len - n) : 0;

	if (off < 0 || next < 0)
		return off < 0 ? off : next;
	for (i = 0; i < len && i < HCBPF_TEST_MEM; i++)
		*hcbpf_test_byte(off, next, n, i) = ((const __u8 *)src)[i];
	return 0;
}

static __always_inline __s64 hcbpf_test_features(const struct hcbpf_call *call)
{
	__u32 i, features = 0;

	for (i = 0; i < HCBPF_TEST_RULES && i < hcbpf_test_env.nr_rules; i++)
		if (hcbpf_test_env.rules[i].abi == call->abi)
			features |= hcbpf_rule_features(&hcbpf_test_env.rules[i]);
	return hcbpf_features_word(features, HCBPF_TEST_BUFFERS, hcbpf_test_env.encrypted);
}

static __always_inline __s64 hcbpf_test_insert(const struct hcbpf_call *call)
{
	struct hcbpf_buffer new = {
		.va = call->args[0], .gpa = call->args[1], .size = call->args[2],
		.vcpu = call->args[3] & HCBPF_BUFFER_ALL ? HCBPF_BUFFER_ANY_VCPU : call->vcpu_id,
	};
	const struct hcbpf_test_call *test = &hcbpf_test_env.test;
	__u32 i, nr = hcbpf_test_env.nr_buffers;

	if (!new.size || new.va + (new.size - 1) < new.va || call->args[3] & ~1ULL)
		return -HCBPF_EINVAL;
	if (new.gpa < test->mem_addr || new.size > test->mem_len ||
	    new.gpa - test->mem_addr > test->mem_len - new.size)
		return -HCBPF_EFAULT;
	for (i = 0; i < HCBPF_TEST_BUFFERS && i < nr; i++)
		if (hcbpf_test_touches(&hcbpf_test_env.buffers[i], new.vcpu, new.va, new.size))
			return -HCBPF_EEXIST;
	if (nr >= HCBPF_TEST_BUFFERS)
		return -HCBPF_ENOSPC;
	hcbpf_test_env.buffers[nr] = new;
	hcbpf_test_env.nr_buffers = nr + 1;
	return 0;
}

static __always_inline __s64 hcbpf_test_purge(const struct hcbpf_call *call)
{
	__u32 vcpu = call->args[3] & HCBPF_BUFFER_ALL ? HCBPF_BUFFER_ANY_VCPU : call->vcpu_id;
	__u32 i, kept = 0, nr = hcbpf_test_env.nr_buffers;
	__u32 every = call->args[3] & HCBPF_BUFFER_EVERY;

	for (i = 0; i < HCBPF_TEST_BUFFERS && i < nr; i++) {
		const struct hcbpf_buffer *buffer = &hcbpf_test_env.buffers[i];

		if (buffer->vcpu == vcpu && (every || buffer->va == call->args[0]))
			continue;
		hcbpf_test_env.buffers[kept++ % HCBPF_TEST_BUFFERS] = *buffer;
	}
	hcbpf_test_env.nr_buffers = kept;
	return every || kept < nr ? 0 : -HCBPF_ENOENT;
}

static __always_inline __s64 hcbpf_call_buffer(struct hcbpf_call *call)
{
	switch (call->nr) {
	case HCBPF_HC_FEATURES:
		return hcbpf_test_features(call);
	case HCBPF_HC_BUFFER_INSERT:
		return hcbpf_test_insert(call);
	case HCBPF_HC_BUFFER_PURGE:
		return hcbpf_test_purge(call);
	default:
		return -HCBPF_EINVAL;
	}
}

/* The call itself is not carried out. */
static __always_inline int hcbpf_call_sdei(struct hcbpf_call *call)
{
	if (call->abi != HCBPF_ABI_SMCCC || !hcbpf_is_sdei_call(call->nr) ||
	    !hcbpf_test_env.has_sdei)
		return -EOPNOTSUPP;
	hcbpf_test_env.sdei_calls++;
	return 0;
}

static __always_inline int hcbpf_call_discover(struct hcbpf_call *call)
{
	struct hcbpf_call asked = {
		.abi = call->abi, .nr = (__u32)call->args[0], .mode = call->mode,
	};

	return hcbpf_asks_for(call, asked.nr) &&
	       hcbpf_rule_serves(hcbpf_test_rule(&hcbpf_test_env, &asked, HCBPF_RULE_ANY),
				 hcbpf_test_env.has_sdei);
}

static __always_inline int hcbpf_test_sdei_error(__u32 vcpu_id, __u32 event)
{
	if (!hcbpf_test_env.has_sdei)
		return -EOPNOTSUPP;
	if (vcpu_id >= HCBPF_TEST_VCPUS)
		return -ENOENT;
	return event == HCBPF_SDEI_EVENT_SOFTWARE ? 0 : -EINVAL;
}

static __always_inline int hcbpf_call_sdei_signal(struct hcbpf_call *call, __u32 vcpu_id,
						  __u32 event)
{
	__u32 bit = 1U << vcpu_id % HCBPF_TEST_VCPUS;
	int err = hcbpf_test_sdei_error(vcpu_id, event);

	if (err)
		return err;
	if (!(hcbpf_test_env.sdei_handlers & bit))
		return HCBPF_SDEI_IGNORED;
	if (hcbpf_test_env.sdei_pending & bit)
		return HCBPF_SDEI_COALESCED;
	hcbpf_test_env.sdei_pending |= bit;
	return HCBPF_SDEI_SIGNALLED;
}

static __always_inline int hcbpf_call_sdei_cancel(struct hcbpf_call *call, __u32 vcpu_id,
						  __u32 event)
{
	__u32 bit = 1U << vcpu_id % HCBPF_TEST_VCPUS;
	int err = hcbpf_test_sdei_error(vcpu_id, event);

	if (err)
		return err;
	if (!(hcbpf_test_env.sdei_pending & bit))
		return -EALREADY;
	hcbpf_test_env.sdei_pending &= ~bit;
	return 0;
}

#define bpf_ktime_get_ns() (hcbpf_test_env.now)
#define bpf_ktime_get_boot_ns() (hcbpf_test_env.now)

/* The program itself is never loaded: it is here for struct hcbpf_ops to name. */
#undef BPF_PROG
#define BPF_PROG(name, args...)							\
name(void *ctx);								\
static __always_inline int ____##name(args);					\
SEC("syscall") int decide_test(void *ctx)					\
{										\
	hcbpf_test_env.test.policy_ret = ____##name(&hcbpf_test_env.test.call);	\
	return 0;								\
}										\
SEC("struct_ops/hypercall") int name(void *ctx)					\
{										\
	return HCBPF_PASS;							\
}										\
static __always_inline int ____##name(args)

#define HCBPF_TEST_EVENT(name, operation, args...)				\
static __always_inline void ____##name(args);					\
SEC("syscall") int operation##_test(void *ctx)					\
{										\
	____##name(&hcbpf_test_env.event);					\
	return 0;								\
}										\
SEC("struct_ops/" #operation) void name(void *ctx)				\
{										\
}										\
static __always_inline void ____##name(args)

/* Nobody reads ring buffers here. */
#define HCBPF_RECORDS(map, type) struct hcbpf_test_env

#define HCBPF_VM_BEGIN(name, args...) HCBPF_TEST_EVENT(name, vm_begin, args)
#define HCBPF_VM_END(name, args...) HCBPF_TEST_EVENT(name, vm_end, args)

#endif /* __bpf__ */

#endif /* HCBPF_TEST_ENV_H */
