/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note OR BSD-2-Clause */
/*
 * One hypercall as a policy sees it, and the policy itself.
 *
 * Shared by the kernel module, BPF policies and userspace. BPF code includes
 * <hcbpf/bpf.h>, which makes these structs relocatable (CO-RE), so that a
 * policy compiled against this header runs on a module whose structs grew.
 */
#ifndef HCBPF_CALL_H
#define HCBPF_CALL_H

#include <hcbpf/types.h>

/* Length of policy names and VM tags, terminating NUL included. */
#define HCBPF_NAME_LEN 32

/* Of a cgroup's path or a unit's name, and of a VM's name on a command line; likewise. */
#define HCBPF_PLACE_LEN 256
#define HCBPF_VM_NAME_LEN 128

/*
 * The calling convention of a hypercall: which register holds the number,
 * which hold the arguments, and how errors are spelled.
 *
 * KVM     number in RAX; arguments in RBX, RCX, RDX, RSI (both widths).
 *         Documentation/virt/kvm/x86/hypercalls.rst in the Linux source.
 * XEN     x86, 64-bit: number in RAX; RDI, RSI, RDX, R10, R8, R9.
 *         x86, 32-bit: number in EAX; EBX, ECX, EDX, ESI, EDI, EBP.
 *         arm64: HVC #0xEA1; number in X16 (R12 in 32-bit code); X0..X4.
 *         xen/include/public/arch-x86/xen-x86_{32,64}.h and arch-arm.h in the
 *         Xen source.
 * HYPERV  nr is the call code (bits 15:0 of the control word); args[0] the
 *         whole control word, args[1] and args[2] the input and output
 *         addresses or, with HCBPF_HYPERV_FAST set in args[0], two words of
 *         input. 64-bit: RCX, RDX, R8; 32-bit: EDX:EAX, EBX:ECX, EDI:ESI, and
 *         the result in EDX:EAX. Hypervisor Top-Level Functional
 *         Specification, "Hypercall interface".
 * SMCCC   arm64: function id in W0, arguments in X1..X6, zero-extended from W1..W6
 *         for the ids of 32-bit calls (bit 30 clear). Arm DEN0028. No call carries
 *         it on x86.
 *
 * HCBPF_ABI_AUTO is for bindings only; a call never carries it. On x86 a call is
 * then decoded as KVM itself would: XEN when the VMM has configured the VM for
 * Xen hypercalls (KVM_XEN_HVM_CONFIG), and there HYPERV when bit 31 of EAX is set
 * and the guest has announced itself to Hyper-V; else HYPERV when it has announced
 * itself; else KVM. On arm64 the instruction's immediate tells: XEN for HVC #0xEA1,
 * else SMCCC. What a binding may ask for besides AUTO: KVM, XEN or HYPERV on x86,
 * SMCCC on arm64 (then HVC #0xEA1, too, is what KVM takes it for).
 */
enum hcbpf_abi {
	HCBPF_ABI_AUTO = 0,
	HCBPF_ABI_KVM = 1,
	HCBPF_ABI_XEN = 2,
	HCBPF_ABI_HYPERV = 3,
	HCBPF_ABI_SMCCC = 4,
};

#define HCBPF_NR_ABIS 5		/* AUTO included */

/* In a Hyper-V control word: the input is in registers, not in memory. */
#define HCBPF_HYPERV_FAST (1ULL << 16)

/* Width of the guest code that made the call; 16-bit code counts as 32. */
enum hcbpf_mode {
	HCBPF_MODE_32 = 0,
	HCBPF_MODE_64 = 1,
};

/* arm64: the instruction that made the call. A policy may ignore it: KVM does. */
enum hcbpf_conduit {
	HCBPF_CONDUIT_NONE = 0,	/* x86: there is only one */
	HCBPF_CONDUIT_HVC = 1,
	HCBPF_CONDUIT_SMC = 2,
};

/*
 * What becomes of a call. Any other value, negative ones included, counts as
 * HCBPF_PASS and is counted as a bad verdict of the VM.
 *
 * PASS  KVM's own handler gets the call, and after it the VMM, as if hcbpf
 *       were not there.
 * DONE  hcbpf_call.ret goes into the guest's result register (cut to 32 bits
 *       for 32-bit code; Hyper-V: EDX:EAX; arm64: X0) and the guest resumes after
 *       the instruction. No other register changes.
 * EXIT  the vCPU leaves to the VMM with KVM_EXIT_HYPERCALL; what the VMM puts
 *       into kvm_run.hypercall.ret is the guest's result. See "Exits" in
 *       <hcbpf/uapi.h>.
 */
enum hcbpf_verdict {
	HCBPF_PASS = 0,
	HCBPF_DONE = 1,
	HCBPF_EXIT = 2,
};

/*
 * A hypercall. Registers are copied once, before the policy runs: what the
 * guest's other vCPUs do cannot change them. The policy may write @ret only;
 * the verifier refuses any other store.
 *
 * 32-bit callers: @nr and @args are zero-extended.
 */
struct hcbpf_call {
	__u64 nr;		/* hypercall number */
	__u64 args[6];		/* as the ABI passes them; the KVM ABI fills four, the rest is 0 */
	__u64 ret;		/* writable: the guest's result on HCBPF_DONE; starts as 0 */
	__u32 vm_id;		/* the binding's id, 1.. ; 0 in a synthetic call without a VM */
	__u32 vcpu_id;		/* as given to KVM_CREATE_VCPU */
	__u8 abi;		/* enum hcbpf_abi, never AUTO */
	__u8 mode;		/* enum hcbpf_mode */
	__u8 user;		/* 1: the caller is not the guest's kernel (CPL > 0); see HCBPF_OPS_USER */
	__u8 conduit;		/* enum hcbpf_conduit */
	__u8 reserved[4];	/* 0 */
#ifdef __KERNEL__
	/*
	 * Takes no space. Without it the struct would be all scalars, and the
	 * verifier would let a program pass any memory of its own to the kfuncs
	 * in place of its argument.
	 */
	void *not_scalar[0];
#endif
};

/*
 * hcbpf_ops.flags: the policy also wants calls from guest user mode (CPL > 0).
 * Without it such a call never reaches the policy. The VM's rules still hold: what
 * they deny is denied (hcbpf_rule.user says what that is); all else goes to KVM, which
 * refuses it in its own ABI and Hyper-V's, and gives Xen's to the VMM. With it the
 * policy must look at hcbpf_call.user itself.
 *
 * No policy is asked about these either, whatever its flags:
 * - a call of a nested guest is its own hypervisor's, and passes;
 * - of a vCPU whose registers are encrypted KVM has what the guest shows: for SEV-ES RAX,
 *   RBX, RCX, RDX, RSI and the privilege level. A call of KVM's ABI is known by these as a
 *   whole, and is like any other; @mode is HCBPF_MODE_64. Of other ABIs' calls only the
 *   number is known. What the rules deny of that (with sub-operation HCBPF_RULE_ANY) is denied;
 *   all else passes. So it is with all calls of pKVM's guests.
 */
#define HCBPF_OPS_USER (1U << 0)

/* Most numbers that hcbpf_ops.calls can list. */
#define HCBPF_OPS_CALLS 16

/*
 * What a policy is told of a VM. Read-only; the policy sees a copy.
 *
 * Only @uid is a proof of anything: the rest is what the VMM says.
 */
struct hcbpf_vm_event {
	__u64 param;		/* the VM's parameter at this moment, see hcbpf_call_param() */
	__u32 vm_id;		/* as in struct hcbpf_call */
	__u32 uid;		/* who made the VM, in the initial user namespace */
	__s32 pid;		/* of the process, in the initial pid namespace */
	__u8 abi;		/* as given to HCBPF_BIND */
	__u8 reserved[3];	/* 0 */
	char tag[HCBPF_NAME_LEN];	/* as given to HCBPF_BIND; ends with a zero */
};

/*
 * A VM that is about to run for the first time, see <hcbpf/admit.h>: what the module knows of
 * the thread that runs it. The policy may write @template_name only.
 *
 * @uid and @cgroup are proofs; @comm and @name are what the VMM says.
 */
struct hcbpf_admit {
	__u32 uid;		/* real user id, in the initial user namespace */
	__s32 pid;		/* of the process, in the initial pid namespace */
	__u32 rule;		/* 1 + the index of the first rule that matches; 0: none does */
	__u32 reserved;		/* 0 */
	char comm[16];		/* the thread's name; this and all below end with a zero */
	char template_name[HCBPF_NAME_LEN];	/* writable: in, that rule's template, or empty */
	char name[HCBPF_VM_NAME_LEN];		/* of the VM, on the command line, or empty */
	char cgroup[HCBPF_PLACE_LEN];		/* path in the cgroup2 hierarchy; cut if longer */
};

/*
 * AS_SAID  bind the VM by the template that template_name now names, or if that is empty let
 *          it run free
 * REFUSE   KVM_RUN returns -EIO, now and each time that this is the answer
 *
 * Any other value counts as REFUSE.
 */
enum hcbpf_admit_answer {
	HCBPF_ADMIT_AS_SAID = 0,
	HCBPF_ADMIT_REFUSE = 1,
};

/*
 * A policy: a BPF struct_ops map of this type, in section ".struct_ops.link".
 *
 * hypercall  decides one call and returns an enum hcbpf_verdict. Required.
 *            Runs in the context of the vCPU's task, inside an RCU read-side
 *            section, with preemption off (PREEMPT_RT: only migration), IRQs on.
 *            Non-sleepable programs only. May run on many vCPUs at once.
 * flags      HCBPF_OPS_*; unknown bits: -EINVAL.
 * calls      the numbers that the policy decides about, @nr_calls of them, in
 *            whatever ABI. It is not asked about other calls, which pass at a
 *            fraction of the cost, unless the VM's rules (<hcbpf/rule.h>) name
 *            their number or do not let unnamed calls pass. A hint: the policy
 *            may be asked about a call all the same. @nr_calls = 0: every call;
 *            more than HCBPF_OPS_CALLS: -EINVAL. SDEI's function ids count as one:
 *            any of them stands for all.
 * vm_begin   optional: a VM comes under this program. It is called once for each, before the
 *            VM's first call reaches the program: when the VM is bound, or, for VMs that are
 *            bound to the policy's name already, when the program is loaded or replaces
 *            another. Whatever it does, the VM is bound: it cannot refuse.
 * vm_end     optional: a VM leaves. Called once for each VM that has begun, after its last
 *            call, when its binding ends. Not called when the program goes first: then its
 *            maps go, too.
 *            Both run in process context, inside an RCU read-side section; non-sleepable
 *            programs only. No kfunc takes their argument. One runs at a time, of all
 *            policies, so what they do should be short.
 * admit      optional: while a table of templates and rules is loaded (<hcbpf/admit.h>), asked
 *            about each VM before it runs for the first time under that table, whatever the
 *            table says of it, unless the VM's binding is an operator's already; again each
 *            time that the answer could not be carried out. Returns an enum
 *            hcbpf_admit_answer. One of all loaded policies may have it (-EBUSY). A template
 *            that it names and that is not in the table is as one whose policy is not loaded.
 *            Called as vm_begin and vm_end are. Strings are read with
 *            bpf_probe_read_kernel_str().
 * name       what a binding names; [A-Za-z0-9_.-], not empty, unique among the
 *            loaded policies (-EEXIST), must not change on replacement (-EINVAL).
 */
struct hcbpf_ops {
	int (*hypercall)(struct hcbpf_call *call);
	__u32 flags;
	char name[HCBPF_NAME_LEN];
	__u32 nr_calls;
	__u32 calls[HCBPF_OPS_CALLS];
	void (*vm_begin)(struct hcbpf_vm_event *event);
	void (*vm_end)(struct hcbpf_vm_event *event);
	int (*admit)(struct hcbpf_admit *who);
#ifdef __KERNEL__
	__u64 filter;		/* a bit for each of calls, see dispatch.c */
	const struct bpf_prog *prog;	/* behind @hypercall, see policy.c */
	__u32 prog_id;
#endif
};

#endif /* HCBPF_CALL_H */
