/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note OR BSD-2-Clause */
/*
 * For policy authors: everything a BPF program needs to be an hcbpf policy.
 * Include it first. A policy that looks at the kernel's own types includes vmlinux.h
 * before it; nothing here needs that. What is in it must be the kernel's BTF without
 * the module's (`make vmlinux.h`), which has the types below once more.
 *
 *	#include <hcbpf/bpf.h>
 *
 *	char _license[] SEC("license") = "GPL";
 *
 *	SEC("struct_ops/hypercall")
 *	int BPF_PROG(decide, struct hcbpf_call *call)
 *	{
 *		return HCBPF_PASS;
 *	}
 *
 *	SEC(".struct_ops.link")
 *	struct hcbpf_ops mine = { .hypercall = (void *)decide, .name = "mine" };
 */
#ifndef HCBPF_BPF_H
#define HCBPF_BPF_H

#include <hcbpf/types.h>
#ifndef __VMLINUX_H__
#include <linux/bpf.h>
#endif
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

/* Field offsets are taken from the running module's BTF, not from this header. */
#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)
#include <hcbpf/call.h>
#pragma clang attribute pop

#include <hcbpf/gpa.h>
#include <hcbpf/guest.h>
#include <hcbpf/port.h>
#include <hcbpf/rule.h>
#include <hcbpf/sdei.h>
#include <hcbpf/test.h>

/*
 * Programs for hcbpf_ops.vm_begin and vm_end, which `hcbpf test` can run as well:
 *
 *	HCBPF_VM_END(forget, struct hcbpf_vm_event *event)
 *	{
 *		__u32 id = event->vm_id;
 *
 *		bpf_map_delete_elem(&seen, &id);
 *	}
 *
 *	SEC(".struct_ops.link")
 *	struct hcbpf_ops mine = { ..., .vm_end = (void *)forget };
 */
#define HCBPF_VM_BEGIN(name, args...) SEC("struct_ops/vm_begin") void BPF_PROG(name, args)
#define HCBPF_VM_END(name, args...) SEC("struct_ops/vm_end") void BPF_PROG(name, args)
/* And for hcbpf_ops.admit: HCBPF_ADMIT(choose, struct hcbpf_admit *who). */
#define HCBPF_ADMIT(name, args...) SEC("struct_ops/admit") int BPF_PROG(name, args)

/*
 * What the records of a ring buffer are, for `hcbpf trace --policy`: a struct, which is shown
 * field by field, or char, for text.
 *
 *	struct {
 *		__uint(type, BPF_MAP_TYPE_RINGBUF);
 *		__uint(max_entries, 256 * 1024);
 *	} notices SEC(".maps");
 *	HCBPF_RECORDS(notices, struct notice);
 *
 * It makes a variable that is in the object's BTF, and with it the type, which a compiler leaves
 * out where only functions use it. The section is one that no loader makes a map of.
 */
#define HCBPF_RECORDS(map, type) type *hcbpf_records_##map SEC(".hcbpf.records")

/*
 * Mechanisms, named by what they are given first. All may be called from a policy's
 * hypercall program only, unless said otherwise; none sleeps; @call is the program's
 * own argument.
 *
 * They are declared here, although bpftool 7.5 can take such declarations from the
 * module's BTF: it finds them only where pahole has marked kfuncs for a kernel that asks
 * for it (pahole 1.26; Debian 12 has 1.24), and it knows neither what they do nor
 * <linux/types.h>.
 */

/*
 * The word of a port (<hcbpf/port.h>); 0 for a port that the VMM did not set or
 * that lies beyond the table. One load: what it returns was in the table at one
 * moment of this call.
 */
extern __u64 hcbpf_call_port_get(struct hcbpf_call *call, __u32 port) __ksym;

/*
 * The VM's rule for this call (<hcbpf/rule.h>), with @sub as its sub-operation
 * or HCBPF_RULE_ANY. Constant time. HCBPF_RULE_NONE when the VM has no rules.
 */
extern __u64 hcbpf_call_rule_get(struct hcbpf_call *call, __u32 sub) __ksym;

/*
 * Signal the eventfd in one of the VM's slots (adds 1 to its counter).
 * 0, or -ENOENT: the slot is empty or out of range.
 */
extern int hcbpf_call_eventfd_signal(struct hcbpf_call *call, __u32 slot) __ksym;

/*
 * The VM's parameter: a word that the VMM or the operator has given it (HCBPF_BIND,
 * HCBPF_VM_SET_PARAM, `hcbpf vm param`), and that means what the policy says; 0 if nobody
 * has, and in a synthetic call without a VM. It may change at any time.
 */
extern __u64 hcbpf_call_param(struct hcbpf_call *call) __ksym;

/*
 * Copy @dst__sz bytes (1..512) of guest memory at @addr, as the calling vCPU
 * means it in an argument of this call, to @dst on the program's stack:
 *
 * - if the call's number has HCBPF_HC_LIST, the word of a list that belongs to @addr names
 *   the page frame (<hcbpf/guest.h>). Byte N of an argument is at @addr plus N, as always;
 * - else @addr is physical if the number has HCBPF_HC_PHYSICAL;
 * - else it is looked for in the buffers that the guest has registered for the
 *   vCPU or for all (<hcbpf/guest.h>); none of these three for a caller outside the
 *   guest's kernel (-EACCES, not looked for);
 * - else it is virtual, as the guest's own page tables map it for a read by the
 *   caller; but not in a VM whose memory is encrypted.
 *
 * The address is cut to 32 bits for a 32-bit caller. No page is faulted in.
 *
 * -EFAULT: the guest has not mapped it, or the host page is not resident; whoever
 * gets the call on HCBPF_PASS may do better. -EAGAIN: the host page is not
 * resident, and only the guest can bring it back. -EACCES: nobody can serve it:
 * it crosses the end of a registered buffer, or lies in more than 16 of them, or is
 * not registered in a VM whose memory is encrypted, or no memory is at that physical
 * address, or memory that the guest keeps encrypted; or one of that is so of the list's word,
 * or the word is not registered, or names a frame beyond 52 bits of address. In these cases @dst is zeroed.
 * -EINVAL: @dst is not on the stack.
 *
 * The guest may write while this reads: read once, then check. Lists are read anew
 * each time, two words at most: one part of a large argument may come from other frames than
 * the next.
 */
extern int hcbpf_call_read_guest(struct hcbpf_call *call, __u64 addr, void *dst,
				 __u32 dst__sz) __ksym;

/*
 * The other direction: results that a call returns in memory. @src is on the
 * program's stack. Errors as above; -EACCES also for a caller outside the guest's
 * kernel. -ENOSPC: the call has written 32 pages already; KVM's ring of dirty pages
 * need not have more entries left. Nothing is written to a guest that -EACCES is said
 * of; after -EFAULT, -EAGAIN and -ENOSPC what lies on a first page may have been.
 */
extern int hcbpf_call_write_guest(struct hcbpf_call *call, __u64 addr, const void *src,
				  __u32 src__sz) __ksym;

/*
 * Do what a call of HCBPF_HC_FEATURES, HCBPF_HC_BUFFER_INSERT or
 * HCBPF_HC_BUFFER_PURGE asks for, as <hcbpf/guest.h> says, with the call's own
 * arguments: what the guest gets. Whether it may is the policy's business.
 * -HCBPF_EINVAL for any other call.
 */
extern __s64 hcbpf_call_buffer(struct hcbpf_call *call) __ksym;

/*
 * Give the @npages guest page frames from guest physical address @gpa on the
 * attributes @attr (<hcbpf/gpa.h>): in the VM's map, which the VMM reads. The
 * cost does not depend on @npages. All or nothing:
 *
 * -EINVAL  @gpa is not a multiple of 4 KiB, @npages is 0, the range wraps or goes
 *          beyond 52 bits of address, or @attr has bits above 15
 * -EFAULT  part of the range is in none of the VM's memory slots
 * -E2BIG   it lies in more than 128 of them
 * -ENOMEM  the map cannot grow
 * -ENOSPC  in 1,024 pages at an end of the range, two attribute words alternate more
 *          than 32 times, and a third comes to them (only keys can be so many)
 *
 * In a synthetic call the arguments are checked, and nothing is changed.
 */
extern int hcbpf_call_gpa_set(struct hcbpf_call *call, __u64 gpa, __u64 npages, __u32 attr) __ksym;

/*
 * The attributes of the page at guest physical address @gpa: 0..0xffff, or
 * -EINVAL beyond 52 bits of address. 0 in a synthetic call without a VM.
 */
extern int hcbpf_call_gpa_get(struct hcbpf_call *call, __u64 gpa) __ksym;

/*
 * 1: the VMM has asked KVM to exit on this call (KVM_CAP_EXIT_HYPERCALL), so
 * that a PASS reaches it, after KVM's own checks. Else 0.
 */
extern int hcbpf_call_kvm_exits(struct hcbpf_call *call) __ksym;

/*
 * arm64: let the module carry out this call, which is one of SDEI's
 * (<hcbpf/sdei.h>); return HCBPF_DONE then. Nothing has happened yet, and nothing
 * happens if the program returns another verdict.
 *
 * -EOPNOTSUPP: it is no call of SDEI's, or the VM or this vCPU has no SDEI.
 *
 * A call that ends a handler never comes to a policy: it is always carried out.
 */
extern int hcbpf_call_sdei(struct hcbpf_call *call) __ksym;

/*
 * arm64: 1: the call is SMCCC_ARCH_FEATURES about a function that the VM's rules have served
 * here (<hcbpf/guest.h>): the answer is HCBPF_DONE with 0. Else 0: pass, KVM knows the others.
 */
extern int hcbpf_call_discover(struct hcbpf_call *call) __ksym;

/*
 * arm64: make an SDEI event pending on a vCPU of the calling VM, or take it back
 * before the handler has it. Any call may be the reason. The vCPU is woken up if
 * it can take the event.
 *
 * Signal: HCBPF_SDEI_SIGNALLED, _COALESCED or _IGNORED. Cancel: 0 or -EALREADY.
 * Both: -EOPNOTSUPP, -ENOENT (no such vCPU), -EINVAL (no such event).
 */
extern int hcbpf_call_sdei_signal(struct hcbpf_call *call, __u32 vcpu_id, __u32 event) __ksym;
extern int hcbpf_call_sdei_cancel(struct hcbpf_call *call, __u32 vcpu_id, __u32 event) __ksym;

/*
 * For SEC("syscall") programs: run policy @policy on a synthetic call, a struct
 * hcbpf_test_call.
 * Sleeps. 0, or -EINVAL (bad sizes or fields, @test not on the program's stack),
 * -ENOENT (no such policy or VM), -EPERM (a VM, without CAP_SYS_ADMIN).
 */
extern int hcbpf_policy_test(const char *policy, __u32 policy__sz, void *test,
			     __u32 test__sz) __ksym;

#endif /* HCBPF_BPF_H */
