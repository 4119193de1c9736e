/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What kernels write differently and both architectures need. HCB_HAS_... comes from Kbuild,
 * which looks into the kernel's headers; what KVM has is in <ARCH>/kernel.h.
 */
#ifndef HCBPF_KMOD_COMPAT_H
#define HCBPF_KMOD_COMPAT_H

#include <linux/btf.h>
#include <linux/ftrace.h>
#include <linux/hrtimer.h>
#include <linux/workqueue.h>

/* Where it is gone, arguments of kfuncs are trusted ones unless something else is said. */
#ifndef KF_TRUSTED_ARGS
#define KF_TRUSTED_ARGS 0
#endif

/* The arguments of an ftrace_ops_func_t. */
#ifdef HCB_HAS_OPS_FUNC_IP
#define OPS_FUNC_ARGS struct ftrace_ops *ops, unsigned long ip, enum ftrace_ops_cmd cmd
#else
#define OPS_FUNC_ARGS struct ftrace_ops *ops, enum ftrace_ops_cmd cmd
#endif

#ifndef HCB_HAS_DFL_WQ
#define system_dfl_wq system_unbound_wq
#endif

#ifndef HCB_HAS_HRTIMER_SETUP
static inline void hrtimer_setup(struct hrtimer *timer,
				 enum hrtimer_restart (*function)(struct hrtimer *),
				 clockid_t clock, enum hrtimer_mode mode)
{
	hrtimer_init(timer, clock, mode);
	timer->function = function;
}
#endif

/*
 * Functions that <ARCH>/kernel.h binds, with what each must be by the kernel's BTF (prototype.h):
 * those that read BTF, which the kernel's own headers declare, and KVM's on both architectures.
 */
#define KVMS_BTF(X)							\
	X(bpf_find_btf_id, NULL)					\
	X(btf_name_by_offset, NULL)					\
	X(btf_nr_types, NULL)						\
	X(btf_put, NULL)
#define KVMS_COMMON(X)							\
	X(file_is_kvm, "bool(struct file*)")				\
	X(kvm_get_kvm, "void(struct kvm*)")				\
	X(kvm_put_kvm, "void(struct kvm*)")				\
	X(kvm_vcpu_write_guest_page,					\
	  "int(struct kvm_vcpu*,gfn_t,const void*,int,int)")

#endif /* HCBPF_KMOD_COMPAT_H */
