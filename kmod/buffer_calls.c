// SPDX-License-Identifier: GPL-2.0-only
/* The calls by which a guest registers its buffers: see <hcbpf/guest.h>. */
#include <linux/bpf.h>
#include <linux/btf.h>
#include <linux/kvm_host.h>
#include <linux/rcupdate.h>
#include <hcbpf/guest.h>
#include "buffer_table.h"
#include "dispatch.h"
#include "guest_memory.h"
#include "kfuncs.h"
#include "page_attrs.h"
#include "rules.h"
#include "vm.h"
#include "vm_buffers.h"

static s64 features(const struct call_frame *frame)
{
	const struct rules *rules = rcu_dereference(frame->vm->rules);
	const struct vm_buffers *buffers = &frame->vm->buffers;

	return hcbpf_features_word(rules ? rules->features[frame->call.abi] : 0,
				   READ_ONCE(buffers->limit), READ_ONCE(buffers->encrypted));
}

/* The table that a call names; HCBPF_BUFFER_ALL is the only flag that is left in @flags. */
static u32 table_of(const struct call_frame *frame, u64 flags)
{
	return flags & HCBPF_BUFFER_ALL ? BUFFERS_ALL : frame->call.vcpu_id;
}

/* A synthetic call does not change what the guest has. */
static bool is_dry(const struct call_frame *frame)
{
	return frame->test;
}

static s64 insert(const struct call_frame *frame)
{
	const struct hcbpf_call *call = &frame->call;
	struct buffer buffer = { .va = call->args[0], .gpa = call->args[1], .size = call->args[2] };
	bool narrow = call->mode == HCBPF_MODE_32;
	u64 flags = call->args[3];
	int err;

	if (narrow) {
		buffer.gpa |= flags >> HCBPF_BUFFER_HIGH_SHIFT << 32;
		flags &= BIT_ULL(HCBPF_BUFFER_HIGH_SHIFT) - 1;
	}
	if (flags & ~(u64)HCBPF_BUFFER_ALL ||
	    !hcb_buffer_is_valid(&buffer, narrow ? U32_MAX : U64_MAX))
		return -HCBPF_EINVAL;
	err = hcb_guest_has_memory(frame, buffer.gpa, buffer.size);
	if (err)
		return err == -EFAULT ? -HCBPF_EFAULT : -HCBPF_E2BIG;
	if (hcb_page_attrs_is_encrypted(&frame->vm->attrs, buffer.gpa, buffer.size))
		return -HCBPF_EACCES;
	return hcb_vm_buffers_insert(&frame->vm->buffers, table_of(frame, flags), &buffer,
				     is_dry(frame));
}

static s64 purge(const struct call_frame *frame)
{
	const u64 *args = frame->call.args;
	bool every = args[3] & HCBPF_BUFFER_EVERY;

	if (args[3] & ~(u64)(HCBPF_BUFFER_ALL | HCBPF_BUFFER_EVERY) || args[1] || args[2] ||
	    (every && args[0]))
		return -HCBPF_EINVAL;
	return hcb_vm_buffers_purge(&frame->vm->buffers, table_of(frame, args[3]), args[0], every,
				    is_dry(frame));
}

__bpf_kfunc_start_defs();

__bpf_kfunc s64 hcbpf_call_buffer(struct hcbpf_call *call)
{
	const struct call_frame *frame = hcb_frame_of(call);

	/* A vCPU's id is KVM's, but in a synthetic call anything. */
	if (call->user || call->vcpu_id >= KVM_MAX_VCPU_IDS)
		return -HCBPF_EINVAL;
	switch (call->nr) {
	case HCBPF_HC_FEATURES:
		return features(frame);
	case HCBPF_HC_BUFFER_INSERT:
		return insert(frame);
	case HCBPF_HC_BUFFER_PURGE:
		return purge(frame);
	default:
		return -HCBPF_EINVAL;
	}
}

__bpf_kfunc_end_defs();
