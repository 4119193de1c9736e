// SPDX-License-Identifier: GPL-2.0-only
/*
 * Arguments and results of hypercalls in guest memory. An address is physical,
 * registered or virtual, or a list of page frames leads on: <hcbpf/bpf.h> says which.
 * Only virtual ones need a walk of the guest's page tables. From physical addresses on,
 * KVM's memory slots lead to the VMM's memory; nothing of that is remembered from call to
 * call, so a slot that is moved or deleted, or a page that KVM has unmapped, needs no notice.
 */
#include <linux/bpf.h>
#include <linux/btf.h>
#include <linux/kvm_host.h>
#include <linux/rcupdate.h>
#include <linux/sched/task_stack.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <hcbpf/gpa.h>
#include <hcbpf/guest.h>
#include "arch.h"
#include "dispatch.h"
#include "guest_access.h"
#include "guest_memory.h"
#include "kernel.h"
#include "kfuncs.h"
#include "page_attrs.h"
#include "vm.h"
#include "vm_buffers.h"

#define MAX_ACCESS 512	/* MAX_BPF_STACK */
#define LISTED_SIZE (1U << HCBPF_GPA_PAGE_SHIFT)	/* of a list's frames, whatever the host's */

/*
 * The verifier makes sure that memory a program passes is readable, not that it
 * is the program's own: a pointer to a kernel object would do, a task_struct for
 * instance. So it has to be on the program's stack, which is the task's. Nor can
 * it be the call: that lies above the stack of the program that got it.
 */
static __always_inline bool is_policys_own(const struct call_frame *frame, const void *mem,
					   u32 size)
{
	return mem >= task_stack_page(current) && mem + size <= (const void *)frame;
}

/* Its addresses are virtual, registered or not: nearly every call's. */
static __always_inline bool is_ordinary(const struct hcbpf_call *call)
{
	return !(call->nr & (HCBPF_HC_PHYSICAL | HCBPF_HC_LIST));
}

/* It may turn out to be so while another vCPU is in a call. */
static __always_inline bool is_encrypted(const struct hcbpf_vm *vm)
{
	return READ_ONCE(vm->buffers.encrypted);
}

/* ---- synthetic calls: a piece of memory that is physical and virtual ---- */

static bool test_has_memory(const struct hcbpf_test_call *test, u64 addr, u64 len)
{
	u64 off = addr - test->mem_addr;

	return addr >= test->mem_addr && off <= test->mem_len && len <= test->mem_len - off;
}

static int access_test_memory(const struct call_frame *frame, u64 addr, void *mem, u32 len,
			      bool write)
{
	struct hcbpf_test_call *test = frame->test;
	void *place = test->mem + (addr - test->mem_addr);

	if (!test_has_memory(test, addr, len))
		return -EFAULT;
	if (write)
		memcpy(place, mem, len);
	else
		memcpy(mem, place, len);
	return 0;
}

/* ---- physical addresses ---- */

/* Memory slots stay as they are meanwhile. KVM/x86 has made sure of that before the hook. */
static __always_inline int slots_enter(const struct call_frame *frame)
{
	if (IS_ENABLED(CONFIG_X86) || !frame->vcpu)
		return 0;
	return srcu_read_lock(&frame->vcpu->kvm->srcu);
}

static __always_inline void slots_leave(const struct call_frame *frame, int idx)
{
	if (!IS_ENABLED(CONFIG_X86) && frame->vcpu)
		srcu_read_unlock(&frame->vcpu->kvm->srcu, idx);
}

static __always_inline u32 to_end_of_page(u64 addr, u32 len)
{
	return min_t(u32, len, PAGE_SIZE - offset_in_page(addr));
}

static __always_inline const void __user *user_address(const struct kvm_memory_slot *slot, u64 gpa)
{
	return (void __user *)__gfn_to_hva_memslot(slot, gpa >> PAGE_SHIFT) + offset_in_page(gpa);
}

/*
 * Inside a page. With page faults disabled this fails on a page that is not
 * resident instead of waiting for it, so it is safe under RCU.
 */
static int read_page(struct kvm_vcpu *vcpu, u64 gpa, void *dst, u32 len)
{
	const struct kvm_memory_slot *slot = slot_of(vcpu, gpa);
	unsigned long left;

	if (!slot)
		return -EACCES;
	pagefault_disable();
	left = __copy_from_user_inatomic(dst, user_address(slot, gpa), len);
	pagefault_enable();
	return left ? -EAGAIN : 0;
}

/*
 * KVM looks whether its ring of dirty pages is full before it enters the guest, and keeps
 * 64 entries (KVM_DIRTY_RING_RSVD_ENTRIES) for what is written until then.
 */
#define MAX_WRITES 32

/* KVM's own, which also tells dirty logs. */
static int write_page(struct call_frame *frame, u64 gpa, const void *src, u32 len)
{
	struct kvm_vcpu *vcpu = frame->vcpu;
	int err;

	if (!slot_of(vcpu, gpa))
		return -EACCES;
	if (frame->writes++ >= MAX_WRITES)
		return -ENOSPC;
	pagefault_disable();
	err = KVMS(kvm_vcpu_write_guest_page)(vcpu, gpa >> PAGE_SHIFT, src, offset_in_page(gpa),
						   len);
	pagefault_enable();
	return err ? -EAGAIN : 0;
}

static bool is_hidden(const struct call_frame *frame, u64 gpa, u32 len)
{
	return is_encrypted(frame->vm) &&
	       hcb_page_attrs_is_encrypted(&frame->vm->attrs, gpa, len);
}

/* What an access would be refused for. */
static int check_pages(const struct call_frame *frame, u64 gpa, u32 len)
{
	if (frame->test)
		return test_has_memory(frame->test, gpa, len) ? 0 : -EACCES;
	if (is_hidden(frame, gpa, len) || !slot_of(frame->vcpu, gpa) ||
	    !slot_of(frame->vcpu, gpa + (len - 1)))
		return -EACCES;
	return 0;
}

static int access_pages(struct call_frame *frame, u64 gpa, void *mem, u32 len, bool write)
{
	u32 n;
	int err = 0;

	if (frame->test)
		return access_test_memory(frame, gpa, mem, len, write) ? -EACCES : 0;
	if (is_hidden(frame, gpa, len))
		return -EACCES;
	/* All of it or nothing: what is refused is not written in part. */
	if (to_end_of_page(gpa, len) < len && !slot_of(frame->vcpu, gpa + (len - 1)))
		return -EACCES;
	for (; len && !err; len -= n, gpa += n, mem += n) {
		n = to_end_of_page(gpa, len);
		err = write ? write_page(frame, gpa, mem, n) :
			      read_page(frame->vcpu, gpa, mem, n);
	}
	return err;
}

/* A guest names ranges of any length, and a VMM can make tens of thousands of slots. */
#define MAX_SLOTS 128

/* Slots of the VMM's, not KVM's own. */
static int slots_have(struct kvm_vcpu *vcpu, u64 gfn, u64 last)
{
	const struct kvm_memory_slot *slot;
	int n;

	for (n = 0; gfn <= last; n++, gfn = slot->base_gfn + slot->npages) {
		if (n == MAX_SLOTS)
			return -E2BIG;
		slot = slot_of(vcpu, gfn << PAGE_SHIFT);
		if (!slot || slot->id >= KVM_USER_MEM_SLOTS)
			return -EFAULT;
	}
	return 0;
}

/* Memory that is not there is refused when it is named; later, at each access. */
int hcb_guest_has_memory(const struct call_frame *frame, u64 gpa, u64 size)
{
	int idx, err;

	if (frame->test)
		return test_has_memory(frame->test, gpa, size) ? 0 : -EFAULT;
	idx = slots_enter(frame);
	err = slots_have(frame->vcpu, gpa >> PAGE_SHIFT, (gpa + (size - 1)) >> PAGE_SHIFT);
	slots_leave(frame, idx);
	return err;
}

/* ---- registered buffers ---- */

/* Buffers that one argument may lie in. A guest can register a buffer for each byte. */
#define MAX_PIECES 16

/* Every byte in some buffer? Then all of it is accessed; if only some, nothing. */
static bool all_registered(const struct call_frame *frame, const struct buffer_tables *tables,
			   u64 va, u32 len)
{
	u32 n, pieces, all = len;
	u64 gpa;

	for (pieces = 0; len; len -= n, va += n, pieces++) {
		n = hcb_buffer_tables_piece(tables, frame->call.vcpu_id, va, len, &gpa);
		if (!n || pieces == MAX_PIECES)
			return false;
		if (n < all && check_pages(frame, gpa, n))	/* one piece is checked as it is */
			return false;
	}
	return true;
}

static int access_pieces(struct call_frame *frame, const struct buffer_tables *tables,
			 u64 va, void *mem, u32 len, bool write)
{
	int err = 0;
	u64 gpa;
	u32 n;

	for (; len && !err; len -= n, va += n, mem += n) {
		n = hcb_buffer_tables_piece(tables, frame->call.vcpu_id, va, len, &gpa);
		err = access_pages(frame, gpa, mem, n, write);
	}
	return err;
}

/*
 * Whoever gets the call on HCBPF_PASS finds an absent page by the guest's own page
 * tables and waits for it. Not if it cannot read the guest, nor where nobody knows
 * the call: KVM/arm64 does not handle Xen's.
 */
static bool others_can_wait(const struct call_frame *frame)
{
	return !is_encrypted(frame->vm) &&
	       !(IS_ENABLED(CONFIG_ARM64) && frame->call.abi == HCBPF_ABI_XEN);
}

#define NOT_REGISTERED 1

static int access_registered(struct call_frame *frame, const struct buffer_tables *tables, u64 va,
			     void *mem, u32 len, bool write)
{
	u32 vcpu = frame->call.vcpu_id;

	if (!hcb_buffer_tables_touch(tables, vcpu, va, len)) {
		hcb_vm_count(frame->vm, buffer_misses);
		return NOT_REGISTERED;
	}
	if (!all_registered(frame, tables, va, len))
		return -EACCES;
	hcb_vm_count(frame->vm, buffer_hits);
	return access_pieces(frame, tables, va, mem, len, write);
}

static int registered_error(const struct call_frame *frame, int err)
{
	return err == -EAGAIN && others_can_wait(frame) ? -EFAULT : err;
}

/* ---- lists of page frames ---- */

/* Registered or physical: a list is not looked for by a walk, nor in another list. */
static int read_list_word(struct call_frame *frame, u64 addr, __le64 *word)
{
	const struct buffer_tables *tables;
	int err;

	if (frame->call.nr & HCBPF_HC_PHYSICAL)
		return access_pages(frame, addr, word, sizeof(*word), false);
	tables = rcu_dereference(frame->vm->buffers.tables);
	if (!tables)
		return -EACCES;
	err = access_registered(frame, tables, addr, word, sizeof(*word), false);
	return err == NOT_REGISTERED ? -EACCES : err;
}

/* Where the word for @addr lies: a large argument's address is that of its list, shifted. */
static u64 list_word_address(const struct call_frame *frame, u64 addr)
{
	u64 at = frame->call.mode == HCBPF_MODE_32 ? (u32)addr >> HCBPF_LIST_SHIFT :
						     (u64)((s64)addr >> HCBPF_LIST_SHIFT);

	return at & ~(sizeof(__le64) - 1);
}

static int translate_by_list(struct call_frame *frame, u64 addr, u64 *gpa)
{
	__le64 word;
	u64 gfn;
	int err;

	err = read_list_word(frame, list_word_address(frame, addr), &word);
	if (err)
		return err;
	gfn = le64_to_cpu(word);
	if (gfn >= HCBPF_GPA_FRAMES)	/* shifted, it would name another frame */
		return -EACCES;
	*gpa = gfn << HCBPF_GPA_PAGE_SHIFT | (addr & (LISTED_SIZE - 1));
	return 0;
}

/* At most two frames: both are known and looked at before anything is accessed. */
static int access_listed(struct call_frame *frame, u64 addr, void *mem, u32 len, bool write)
{
	u32 n = min_t(u32, len, LISTED_SIZE - (addr & (LISTED_SIZE - 1)));
	u64 gpa, next;
	int err;

	err = translate_by_list(frame, addr, &gpa);
	if (!err && n < len)
		err = translate_by_list(frame, addr + n, &next) ?:
		      check_pages(frame, next, len - n);
	if (!err)
		err = access_pages(frame, gpa, mem, n, write);
	if (!err && n < len)
		err = access_pages(frame, next, mem + n, len - n, write);
	return err;
}

/* ---- virtual addresses ---- */

/* At most two pages: both are translated before anything is accessed. */
static int access_walked(struct call_frame *frame, u64 va, void *mem, u32 len, bool write)
{
	struct guest_access access = {
		.vcpu = frame->vcpu, .user = frame->call.user, .write = write,
	};
	u32 n = to_end_of_page(va, len);
	u64 gpa;
	int err;

	err = hcb_arch_translate(&access, va);
	gpa = access.gpa;
	if (likely(!err && n == len))
		return access_pages(frame, gpa, mem, n, write);
	if (!err)
		err = hcb_arch_translate(&access, va + n);
	if (!err)
		err = access_pages(frame, gpa, mem, n, write);
	return err ?: access_pages(frame, access.gpa, mem + n, len - n, write);
}

static __always_inline int access_virtual(struct call_frame *frame, u64 va, void *mem, u32 len,
					  bool write)
{
	int err;

	hcb_vm_count(frame->vm, walks);
	if (unlikely(frame->test))
		return access_test_memory(frame, va, mem, len, write);
	err = access_walked(frame, va, mem, len, write);
	if (likely(!err) || err == -ENOSPC || (err == -EAGAIN && !others_can_wait(frame)))
		return err;
	return -EFAULT;
}

/* ---- all of them ---- */

/* For the guest's kernel: its programs get what its page tables give them. */
static int access_physical(struct call_frame *frame, u64 addr, void *mem, u32 len, bool write)
{
	if (frame->call.user)
		return -EACCES;
	if (frame->call.nr & HCBPF_HC_LIST)
		return access_listed(frame, addr, mem, len, write);
	return access_pages(frame, addr, mem, len, write);
}

static int access_argument(struct call_frame *frame, u64 addr, void *mem, u32 len, bool write)
{
	const struct buffer_tables *tables;
	int err;

	if (frame->call.mode == HCBPF_MODE_32)
		addr = (u32)addr;
	if (!is_ordinary(&frame->call))
		return access_physical(frame, addr, mem, len, write);
	tables = rcu_dereference(frame->vm->buffers.tables);
	if (tables && !frame->call.user) {
		err = access_registered(frame, tables, addr, mem, len, write);
		if (err != NOT_REGISTERED)
			return registered_error(frame, err);
	}
	if (is_encrypted(frame->vm))
		return -EACCES;
	return access_virtual(frame, addr, mem, len, write);
}

static noinline int read_argument(struct call_frame *frame, u64 addr, void *dst, u32 len)
{
	int err = access_argument(frame, addr, dst, len, false);

	if (err) {
		memset(dst, 0, len);
		hcb_vm_count(frame->vm, faults);
	}
	return err;
}

/*
 * What nearly every argument is: one word on a page that is there. These do not
 * handle what is rare; false: leave it to read_argument().
 */
static __always_inline bool read_word(struct guest_access *access, u64 gpa, u32 *dst)
{
	unsigned long hva;
	int err;

	if (unlikely(offset_in_page(gpa) > PAGE_SIZE - sizeof(*dst)) ||
	    unlikely(!hcb_access_place(access, gpa, &hva)))
		return false;
	pagefault_disable();
	err = __get_user(*dst, (const u32 __user *)hva);
	pagefault_enable();
	return likely(!err);
}

static noinline bool read_virtual_word(const struct call_frame *frame, u64 va, u32 *dst)
{
	struct guest_access access __uninitialized;

	/* As far as it is read: zeroing all of it would be 4 instructions. */
	access.vcpu = frame->vcpu;
	access.slot_size = 0;
	access.user = access.write = false;
	if (offset_in_page(va) > PAGE_SIZE - sizeof(*dst) || hcb_arch_translate(&access, va) ||
	    !read_word(&access, access.gpa, dst))
		return false;
	hcb_vm_count(frame->vm, walks);
	return true;
}

static __always_inline bool read_quickly(const struct call_frame *frame, u64 addr, u32 *dst)
{
	struct guest_access access = { .vcpu = frame->vcpu };
	const struct hcbpf_vm *vm = frame->vm;
	const struct buffer_tables *tables;
	u64 gpa;

	if (unlikely(frame->test) || unlikely(is_encrypted(vm)) || unlikely(frame->call.user))
		return false;
	if (frame->call.mode == HCBPF_MODE_32)
		addr = (u32)addr;
	if (!is_ordinary(&frame->call))
		return !(frame->call.nr & HCBPF_HC_LIST) && read_word(&access, addr, dst);
	tables = rcu_dereference(vm->buffers.tables);
	if (!tables)
		return read_virtual_word(frame, addr, dst);
	if (hcb_buffer_tables_piece(tables, frame->call.vcpu_id, addr, sizeof(*dst), &gpa) !=
		    sizeof(*dst) ||
	    !read_word(&access, gpa, dst))
		return false;
	hcb_vm_count(vm, buffer_hits);
	return true;
}

static __always_inline int read_guest(struct call_frame *frame, u64 addr, void *dst, u32 len)
{
	if (likely(len == sizeof(u32)) && likely(read_quickly(frame, addr, dst)))
		return 0;
	return read_argument(frame, addr, dst, len);
}

static int write_guest(struct call_frame *frame, u64 addr, const void *src, u32 len)
{
	int idx, err;

	if (frame->call.user)
		return -EACCES;
	idx = slots_enter(frame);
	err = access_argument(frame, addr, (void *)src, len, true);
	slots_leave(frame, idx);
	return err;
}

__bpf_kfunc_start_defs();

__bpf_kfunc int hcbpf_call_read_guest(struct hcbpf_call *call, u64 addr, void *dst, u32 dst__sz)
{
	struct call_frame *frame = hcb_frame_of(call);
	int idx, err;

	if (unlikely(dst__sz - 1 >= MAX_ACCESS) || unlikely(!is_policys_own(frame, dst, dst__sz)))
		return -EINVAL;
	idx = slots_enter(frame);
	err = read_guest(frame, addr, dst, dst__sz);
	slots_leave(frame, idx);
	return err;
}

__bpf_kfunc int hcbpf_call_write_guest(struct hcbpf_call *call, u64 addr, const void *src,
				       u32 src__sz)
{
	struct call_frame *frame = hcb_frame_of(call);
	int err;

	if (src__sz - 1 >= MAX_ACCESS || !is_policys_own(frame, src, src__sz))
		return -EINVAL;
	err = write_guest(frame, addr, src, src__sz);
	if (err)
		hcb_vm_count(frame->vm, faults);
	return err;
}

__bpf_kfunc_end_defs();
