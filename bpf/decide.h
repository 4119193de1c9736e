/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The standard policy's decision, without a word on where it runs. Whoever
 * includes this provides the mechanisms it needs:
 *
 *	__u64 env_rule_get(struct hcbpf_call *call, __u32 sub);
 *	__u64 env_port_get(struct hcbpf_call *call, __u32 port);
 *	int env_eventfd_signal(struct hcbpf_call *call, __u32 slot);
 *	int env_read_guest(struct hcbpf_call *call, __u64 addr, void *dst, __u32 len);
 *	int env_gpa_set(struct hcbpf_call *call, __u64 gpa, __u64 npages, __u32 attr);
 *	int env_kvm_exits(struct hcbpf_call *call);
 *	__s64 env_buffer_call(struct hcbpf_call *call);
 *	int env_sdei_call(struct hcbpf_call *call);
 *	int env_discover(struct hcbpf_call *call);
 *
 * In standard.bpf.c they are the module's kfuncs; in tests/bpf they are maps,
 * so that bpf_prog_test_run can put every case to the very same code on a
 * kernel without the module.
 *
 * Everything unexpected passes: the kernel knows only the ports it was given,
 * and without rules only the calls named here.
 */
#ifndef HCBPF_BPF_DECIDE_H
#define HCBPF_BPF_DECIDE_H

#include <linux/errno.h>
#include "track.h"
#include "xen.h"

/* PASS, DENY and EXIT, as an action or as what happens otherwise. */
static __always_inline int plain_action(struct hcbpf_call *call, __u8 action, __s64 ret)
{
	switch (action) {
	case HCBPF_RULE_DENY:
		call->ret = ret;
		return HCBPF_DONE;
	case HCBPF_RULE_EXIT:
		return HCBPF_EXIT;
	default:
		return HCBPF_PASS;
	}
}

static __always_inline int signal_port(struct hcbpf_call *call, hcbpf_rule_t rule, __u32 port)
{
	hcbpf_port_t word = env_port_get(call, port);

	if (hcbpf_port_action(word) == HCBPF_PORT_EVENTFD &&
	    !env_eventfd_signal(call, hcbpf_port_slot(word)))
		return HCBPF_DONE;	/* call->ret is 0: success in every ABI */
	return plain_action(call, hcbpf_rule_otherwise(rule), hcbpf_rule_ret(rule));
}

/* Where KVM and the VMM can do no better, the guest is told what it can do. */
static __always_inline int unread(struct hcbpf_call *call, int err)
{
	if (err == -HCBPF_EFAULT)
		return HCBPF_PASS;
	call->ret = err == -HCBPF_EAGAIN ? -HCBPF_EAGAIN : -HCBPF_EFAULT;
	return HCBPF_DONE;
}

static __always_inline int decide_send(struct hcbpf_call *call, hcbpf_rule_t rule)
{
	struct xen_evtchn_send send;
	int err = env_read_guest(call, call->args[1], &send, sizeof(send));

	if (err)
		return unread(call, err);
	return signal_port(call, rule, send.port);
}

static __always_inline int decide_doorbell(struct hcbpf_call *call, hcbpf_rule_t rule)
{
	if (call->args[0] >> 32)
		return HCBPF_PASS;
	return signal_port(call, rule, call->args[0]);
}

/*
 * What the guest is told is what the map says. KVM's own checks let more through than the
 * map can take (memory that no slot has, attributes that nobody knows), so it is not left
 * to them whether the VMM is asked about a change that was refused.
 */
static __always_inline int decide_track(struct hcbpf_call *call, hcbpf_rule_t rule)
{
	struct page_report report = page_report(call);
	int err;

	if (!report.is_report)
		return plain_action(call, hcbpf_rule_otherwise(rule), hcbpf_rule_ret(rule));
	err = env_gpa_set(call, report.gpa, report.npages, report.attr);
	if (err == -EINVAL || err == -EFAULT) {
		call->ret = (__s64)report.refusal;
		return HCBPF_DONE;
	}
	if (err)
		return plain_action(call, hcbpf_rule_otherwise(rule), hcbpf_rule_ret(rule));
	if (env_kvm_exits(call))
		return HCBPF_PASS;	/* KVM asks the VMM for its part */
	return hcbpf_rule_action(rule) == HCBPF_RULE_TRACK_EXIT ? HCBPF_EXIT : HCBPF_DONE;
}

static __always_inline int is_doorbell(const struct hcbpf_call *call)
{
	if (call->abi == HCBPF_ABI_SMCCC)
		return call->nr == HCBPF_SMCCC_DOORBELL32 ||
		       (call->nr == HCBPF_SMCCC_DOORBELL && call->mode == HCBPF_MODE_64);
	return call->nr == HCBPF_HC_DOORBELL;
}

/* What a VM without rules gets. */
static __always_inline hcbpf_rule_t own_rule(const struct hcbpf_call *call)
{
	if (is_doorbell(call))
		return hcbpf_rule_make(HCBPF_RULE_DOORBELL, HCBPF_RULE_PASS, 0);
	if (call->abi == HCBPF_ABI_XEN && call->nr == XEN_EVENT_CHANNEL_OP &&
	    call->args[0] == XEN_EVTCHNOP_SEND)
		return hcbpf_rule_make(HCBPF_RULE_SEND, HCBPF_RULE_PASS, 0);
	if (call->abi == HCBPF_ABI_SMCCC && hcbpf_is_sdei_call(call->nr))
		return hcbpf_rule_make(HCBPF_RULE_SDEI, 0, 0);
	return hcbpf_rule_make(HCBPF_RULE_PASS, 0, 0);
}

static __always_inline int decide(struct hcbpf_call *call)
{
	hcbpf_rule_t rule;

	rule = env_rule_get(call, hcbpf_rule_sub(call));
	if (call->user)
		return plain_action(call, hcbpf_rule_unasked(rule, 1), hcbpf_rule_ret(rule));
	if (hcbpf_rule_action(rule) == HCBPF_RULE_NONE)
		rule = own_rule(call);
	switch (hcbpf_rule_action(rule)) {
	case HCBPF_RULE_SEND:
		return decide_send(call, rule);
	case HCBPF_RULE_DOORBELL:
		return decide_doorbell(call, rule);
	case HCBPF_RULE_TRACK:
	case HCBPF_RULE_TRACK_EXIT:
		return decide_track(call, rule);
	case HCBPF_RULE_BUFFER:
		call->ret = env_buffer_call(call);
		return HCBPF_DONE;
	case HCBPF_RULE_SDEI:
		return env_sdei_call(call) ? HCBPF_PASS : HCBPF_DONE;
	case HCBPF_RULE_DISCOVER:
		return env_discover(call) ? HCBPF_DONE : HCBPF_PASS;	/* call->ret is 0: it is there */
	default:
		return plain_action(call, hcbpf_rule_action(rule), hcbpf_rule_ret(rule));
	}
}

#endif /* HCBPF_BPF_DECIDE_H */
