/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note OR BSD-2-Clause */
/*
 * Templates and admission: VMs that are bound before their guest's first instruction,
 * whoever starts them. Included by <hcbpf/uapi.h>.
 *
 * The operator gives the module one immutable table: templates, which say what a VM is
 * bound to, and an ordered list of rules, which say whose VMs get which template. While a
 * table is loaded, each VM is decided when one of its vCPUs enters KVM_RUN for the first
 * time, or for the first time since the table was replaced; a vCPU that is inside KVM_RUN
 * when that happens stays there until it leaves to the VMM by itself. The first rule that
 * matches decides; if none does, the VM runs as if there were no table.
 *
 * What becomes of a VM that a rule matches:
 *
 * - Not bound: it is bound as its template says, with the template's rules from the start.
 * - Bound by its VMM: that binding ends, and the VM is bound anew. KVM_RUN returns -EINTR
 *   until exits are completed that the old binding had begun. An SDEI handler that was running
 *   under it (arm64) cannot come to its end without running: such a VM is stuck, and the VMM has
 *   to end it. That takes a VM that ran before the table was loaded.
 * - Bound by an operator (HCBPF_BIND_OPERATOR, or by a template before): it stays so.
 * - Cannot be bound (no such policy, no memory, KVM cannot be hooked): with
 *   HCBPF_ADMIT_REQUIRED, KVM_RUN returns -EIO, no instruction has been executed, and the
 *   next KVM_RUN tries again; else the VM runs free. The kernel log says why.
 *
 * A VM whose binding an operator ends is not bound again before the table is replaced.
 *
 * A policy may refine this with an operation of its own, see hcbpf_ops.admit.
 */
#ifndef HCBPF_ADMIT_H
#define HCBPF_ADMIT_H

#include <linux/ioctl.h>
#include <hcbpf/types.h>
#include <hcbpf/call.h>

/* Most of each in one table; more: -E2BIG. */
#define HCBPF_MAX_TEMPLATES 1024
#define HCBPF_MAX_ADMIT_RULES 4096
#define HCBPF_MAX_TEMPLATE_RULES (1U << 20)	/* of all templates; of one, 65,536 */

/* hcbpf_template.flags */
#define HCBPF_TEMPLATE_ENCRYPTED (1U << 0)	/* as HCBPF_BIND_ENCRYPTED */
#define HCBPF_TEMPLATE_CLAIMANT (1U << 3)	/* as HCBPF_BIND_CLAIMANT */

/* All that HCBPF_BIND and HCBPF_VM_SET_RULES take. */
struct hcbpf_template {
	char name[HCBPF_NAME_LEN];
	char policy[HCBPF_NAME_LEN];	/* need not be loaded yet */
	char profile[HCBPF_NAME_LEN];	/* a name to show, may be empty */
	char tag[HCBPF_NAME_LEN];	/* likewise */
	__u32 flags;			/* HCBPF_TEMPLATE_* */
	__u32 abi;			/* enum hcbpf_abi */
	__u32 nr_ports;			/* 0: HCBPF_DEFAULT_PORTS */
	__u32 nr_rules;			/* set: rules at @rules; get: in room, out number of rules */
	__u64 rules;			/* pointer to struct hcbpf_rule */
	__u64 param;			/* see HCBPF_VM_SET_PARAM */
	__u32 claimant;			/* as hcbpf_bind.claimant */
	__u32 reserved;			/* 0 */
};

/*
 * hcbpf_admit_rule.flags: which fields count, all of which have to match; the others are 0.
 * What is compared is the thread that calls KVM_RUN.
 *
 * USER    its real user id, in the initial user namespace, is @uid. A user who has been given
 *         further ids (subuid(5)) can have a VM under one of those; a cgroup is not left so.
 * CGROUP  it is in the cgroup @place of the cgroup2 hierarchy, or in one below: a path from the
 *         hierarchy's root on, such as /machine.slice; "/" is all. No empty component.
 * UNIT    it is in the systemd unit or slice @place, by its full name, such as machine.slice or
 *         qemu-server.service. What a user has below a unit of their own, as systemd's
 *         instance for a user has, does not count. Not with CGROUP.
 * NAME    @name is the VM's on the VMM's command line: QEMU's and libvirt's
 *         "-name [guest=]NAME[,...]", others' "--name NAME" and "--name=NAME", the last one.
 *         The VMM says so and can say anything, so only beside one of the other three.
 */
#define HCBPF_ADMIT_USER (1U << 0)
#define HCBPF_ADMIT_CGROUP (1U << 1)
#define HCBPF_ADMIT_UNIT (1U << 2)
#define HCBPF_ADMIT_NAME (1U << 3)
#define HCBPF_ADMIT_REQUIRED (1U << 4)	/* not bound, not run */

struct hcbpf_admit_rule {
	__u32 flags;			/* HCBPF_ADMIT_*; at least one of USER, CGROUP, UNIT */
	__u32 uid;
	__u32 template_index;		/* into the table's templates */
	__u32 reserved;			/* 0 */
	char place[HCBPF_PLACE_LEN];	/* ends with a zero */
	char name[HCBPF_VM_NAME_LEN];	/* likewise */
};

/*
 * HCBPF_SET_ADMISSION: replace the table, all at once. With both numbers 0, admission is off: no
 * VM pays for it. VMs that are bound stay bound. While a table is loaded the module is in use,
 * so that it cannot be unloaded by mistake. The table's memory is the caller's.
 *
 * HCBPF_GET_ADMISSION: the table. At most as many templates and rules are written as there is
 * room for; the numbers are set to how many there are. Of each template that is written, @rules
 * and @nr_rules say where its rules go and how many at most, as for HCBPF_VM_GET_RULES: so a
 * caller who does not know the numbers asks more than once, and compares @generation.
 *
 * -EPERM       without CAP_SYS_ADMIN
 * -EINVAL      SET: a name, a place, an ABI, a rule or a flag is invalid; a field that its flag
 *              does not ask for is not 0; two templates have one name; @template_index is none
 * -E2BIG       SET: more than the limits above, or more ports than HCBPF_BIND takes
 * -EAGAIN      SET: the table has changed since @generation
 * -EBUSY       SET: KVM cannot be watched: ftrace is switched off (kernel.ftrace_enabled)
 * -EOPNOTSUPP  SET: a PREEMPT_RT kernel, where the place at which KVM is watched cannot
 *              allocate memory
 * -ENOMEM      out of memory; SET: the old table stays
 */
#define HCBPF_ADMISSION_IF_GENERATION (1U << 0)	/* SET: only if @generation is still right */

struct hcbpf_admission {
	__u32 size;
	__u32 flags;		/* set: HCBPF_ADMISSION_*; get: 0 */
	__u32 nr_templates;	/* set: at @templates; get: in room, out number */
	__u32 nr_rules;		/* likewise, at @rules */
	__u64 templates;	/* pointer to struct hcbpf_template */
	__u64 rules;		/* pointer to struct hcbpf_admit_rule, first match first */
	__u64 generation;	/* times that a table was set; set: in, and out the new one */
	__u64 nr_admitted;	/* out: VMs bound by a template since the module was loaded */
	__u64 nr_refused;	/* out: times that KVM_RUN was refused since then */
};

#endif /* HCBPF_ADMIT_H */
