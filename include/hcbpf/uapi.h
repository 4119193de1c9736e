/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note OR BSD-2-Clause */
/*
 * The ioctl interface of /dev/hcbpf.
 *
 * Two kinds of file: the device itself, and a *binding*, which HCBPF_BIND and
 * HCBPF_OPEN return. A binding ties one KVM VM to one policy. It ends with the
 * VM or by HCBPF_VM_UNBIND, not when its files are closed; and no file of it
 * keeps the VM alive.
 *
 * poll() on a binding's file, from any thread and by any of its files: nothing while the
 * binding is in force, and EPOLLHUP from its end on, for good, whatever ended it. When it
 * says so no policy runs for the VM any more, no eventfd is signalled, and the ports are of
 * no use: calls go to KVM and the VMM. Exits that are under way are still completed as
 * always. Modules before this (hcbpf 0.1) say at once that the file can be read.
 *
 * Who may: anybody who can open the device may bind a VM whose file descriptor
 * they hold; holding a binding's file is what allows everything on it. Naming
 * a VM by id instead needs CAP_SYS_ADMIN.
 *
 * Every struct starts with its size, set by the caller to sizeof(). A size
 * smaller than the first published one: -EINVAL. A larger one whose unknown
 * part is not zero, or that is larger than a page: -E2BIG. Unknown flags and
 * non-zero reserved fields: -EINVAL. On output at most `size` bytes are written,
 * and the rest of a larger struct is zeroed.
 *
 * All calls may sleep and may be made from any thread.
 * Errors common to all: -EFAULT (bad pointer), -ENOTTY (unknown request); to those
 * that return a file descriptor: -EMFILE, -ENFILE (none is free).
 */
#ifndef HCBPF_UAPI_H
#define HCBPF_UAPI_H

#include <linux/ioctl.h>
#include <hcbpf/types.h>
#include <hcbpf/admit.h>
#include <hcbpf/call.h>
#include <hcbpf/claim.h>
#include <hcbpf/gpa.h>
#include <hcbpf/observe.h>
#include <hcbpf/port.h>
#include <hcbpf/rule.h>
#include <hcbpf/sdei.h>

#define HCBPF_DEVICE "/dev/hcbpf"
#define HCBPF_UAPI_VERSION 1

/*
 * Ports of a table when hcbpf_bind.nr_ports is 0: as many as Xen's FIFO event
 * channels have (EVTCHN_FIFO_NR_CHANNELS, xen/include/public/event_channel.h).
 * Memory is taken only for the parts that are used.
 */
#define HCBPF_DEFAULT_PORTS 131072

#define HCBPF_IOC 0xBC

/* ---- on /dev/hcbpf ---- */

/* How the module is attached to KVM at this moment. */
enum hcbpf_hook {
	HCBPF_HOOK_NONE = 0,	/* nothing is bound: KVM runs its own code untouched */
	HCBPF_HOOK_DIRECT = 1,	/* ftrace direct call */
	HCBPF_HOOK_REDIRECT = 2,/* ftrace with IP redirection: always on arm64; on x86 slower,
				 * for when another user holds the function's direct call,
				 * e.g. a BPF fentry program
				 */
};

/* HCBPF_GET_INFO: about the module. All fields are output. */
struct hcbpf_info {
	__u32 size;
	__u32 flags;		/* 0 */
	__u32 version;		/* HCBPF_UAPI_VERSION of the module */
	__u32 hook;		/* enum hcbpf_hook */
	__u32 nr_vms;		/* VMs bound now */
	__u32 nr_policies;	/* policies loaded now */
};
#define HCBPF_GET_INFO _IO(HCBPF_IOC, 0x00)

/*
 * HCBPF_BIND: tie the VM behind @vm_fd to a policy. Returns the file
 * descriptor of the new binding (close-on-exec), or:
 *
 * -EBADF   @vm_fd is not open
 * -EINVAL  @vm_fd is no KVM VM; @abi unknown or not this architecture's; @policy or
 *          @tag not NUL-terminated, empty (@policy only) or with characters outside
 *          [A-Za-z0-9_.-]; @id is not 0; HCBPF_BIND_CLAIMANT without _OPERATOR, @claimant
 *          without it
 * -ENOENT  no such policy is loaded
 * -EEXIST  the VM is bound already (HCBPF_OPEN gives access to that binding), or
 *          what a binding of it has begun is still under way (pending_exits)
 * -E2BIG   @nr_ports beyond what this module supports (at least 2^20)
 * -EPERM   HCBPF_BIND_OPERATOR without CAP_SYS_ADMIN
 * -EBUSY   KVM cannot be hooked: ftrace is switched off (kernel.ftrace_enabled),
 *          or a live patch and a BPF fentry program both hold the hypercall
 *          handler; the kernel log says which
 * -ENOMEM  out of memory
 *
 * The hook is installed by the first binding of all and removed after the last.
 */
/*
 * The guest's memory is encrypted: the host cannot walk its page tables, so only
 * arguments in registered buffers and physical ones can be read, in pages that are not
 * encrypted in the VM's map (<hcbpf/gpa.h>).
 *
 * Implied where KVM says so: by the VM's type, or by a vCPU whose registers are encrypted
 * (SEV-ES), when the VM is bound or at a call of that vCPU. Then every page counts as
 * encrypted of which nobody has said anything, as in such a guest: that is the map's default,
 * unless the map was changed before. For a VM that KVM_SEV_INIT made encrypted the VMM has to
 * say it, with the map's default if it likes (HCBPF_GPA_REPLACE of HCBPF_VM_GPA_SET).
 */
#define HCBPF_BIND_ENCRYPTED (1U << 0)
/*
 * The VM belongs to a test, which may bind thousands: its id is HCBPF_FIRST_TEST_ID or more,
 * and those of other VMs stay small and in a row.
 */
#define HCBPF_BIND_TEST (1U << 1)
#define HCBPF_FIRST_TEST_ID (1U << 30)
/*
 * The binding is the operator's, as is one that was made by a template (<hcbpf/admit.h>). Its
 * requests HCBPF_VM_UNBIND, _SET_RULES, _SET_PARAM, _GPA_SET, _GPA_RESET, _SET_BUFFERS and
 * _SET_BUFFER_LIMIT then take a file that was opened with CAP_SYS_ADMIN (-EPERM, before
 * anything else is looked at). Ports, eventfds, and all that only reads, are the VMM's as ever.
 */
#define HCBPF_BIND_OPERATOR (1U << 2)
/* The user @claimant, too, may claim ports of the VM (<hcbpf/claim.h>). With _OPERATOR only. */
#define HCBPF_BIND_CLAIMANT (1U << 3)

struct hcbpf_bind {
	__u32 size;
	__u32 flags;		/* HCBPF_BIND_* */
	__s32 vm_fd;
	__u32 abi;		/* enum hcbpf_abi */
	__u32 nr_ports;		/* 0: HCBPF_DEFAULT_PORTS */
	__u32 id;		/* in: 0; out: the binding's id, never 0, not reused soon */
	char policy[HCBPF_NAME_LEN];
	char tag[HCBPF_NAME_LEN];	/* a name for people, as a policy's; may be empty */
	__u64 param;		/* see HCBPF_VM_SET_PARAM */
	__u32 claimant;		/* a user's id in the initial namespace; 0 without the flag */
	__u32 reserved;		/* 0 */
};
#define HCBPF_BIND _IO(HCBPF_IOC, 0x01)

/*
 * HCBPF_OPEN: a further file for an existing binding, by VM file descriptor
 * or, with @vm_fd = -1, by @id. Returns the file descriptor, or:
 *
 * -EBADF, -EINVAL  as HCBPF_BIND; @id beside a @vm_fd
 * -ENOENT          the VM is not bound; no binding has this id, or it has ended
 * -EPERM           by id, without CAP_SYS_ADMIN
 * -ENOMEM          out of memory
 */
struct hcbpf_open {
	__u32 size;
	__u32 flags;		/* 0 */
	__s32 vm_fd;
	__u32 id;		/* must be 0 unless @vm_fd is -1 */
};
#define HCBPF_OPEN _IO(HCBPF_IOC, 0x02)

/*
 * HCBPF_NEXT_VM: walk the bindings in the order of their ids. @id in: the last
 * one seen, or 0; out: the next, which may end, or have ended, before it can be
 * opened. -ENOENT at the end, -EPERM without CAP_SYS_ADMIN.
 */
struct hcbpf_next_vm {
	__u32 size;
	__u32 flags;		/* 0 */
	__u32 id;
	__u32 reserved;		/* 0 */
};
#define HCBPF_NEXT_VM _IO(HCBPF_IOC, 0x03)

/* hcbpf_next_policy.state */
#define HCBPF_POLICY_LOADED (1U << 0)	/* else: unloaded, but VMs are still bound to the name */

/*
 * HCBPF_NEXT_POLICY: walk the policies, oldest first. @id in: the last one
 * seen, or 0; the rest is output. -ENOENT at the end.
 */
struct hcbpf_next_policy {
	__u32 size;
	__u32 flags;		/* 0 */
	__u32 id;
	__u32 state;		/* HCBPF_POLICY_* */
	__u32 ops_flags;	/* HCBPF_OPS_*, when loaded */
	__u32 nr_vms;		/* VMs bound to it */
	__u64 generation;	/* times it was loaded or replaced */
	char name[HCBPF_NAME_LEN];
};
#define HCBPF_NEXT_POLICY _IO(HCBPF_IOC, 0x04)

/* Templates and admission, with struct hcbpf_admission: see <hcbpf/admit.h>. */
#define HCBPF_SET_ADMISSION _IO(HCBPF_IOC, 0x05)
#define HCBPF_GET_ADMISSION _IO(HCBPF_IOC, 0x06)

/* Claims, with struct hcbpf_claim and struct hcbpf_next_claim: see <hcbpf/claim.h>. */
#define HCBPF_CLAIM _IO(HCBPF_IOC, 0x07)
#define HCBPF_NEXT_CLAIM _IO(HCBPF_IOC, 0x08)

/* ---- on a binding ---- */

/*
 * mmap() of a binding's file, offset 0, MAP_SHARED: the port table, an array of
 * nr_ports words (<hcbpf/port.h>), rounded up to whole pages. The mapping stays
 * valid after the binding has ended; stores then have no effect. -EINVAL: private,
 * executable, or beyond the table. (At HCBPF_GPA_MMAP_OFFSET there is something
 * else, see there.)
 */

/* hcbpf_vm_info.state */
#define HCBPF_VM_ENDED (1U << 0)	/* unbound, or the VM is gone */
#define HCBPF_VM_NO_POLICY (1U << 1)	/* none is loaded, or ENDED: calls pass, but for those that
					 * the rules deny
					 */
#define HCBPF_VM_ENCRYPTED (1U << 4)	/* arguments are read as HCBPF_BIND_ENCRYPTED says */
#define HCBPF_VM_OPERATOR (1U << 5)	/* the operator's: HCBPF_BIND_OPERATOR, or by a template */

/* HCBPF_VM_GET_INFO: works after the end of the binding too. All output. */
struct hcbpf_vm_info {
	__u32 size;
	__u32 flags;		/* 0 */
	__u32 id;
	__u32 state;		/* HCBPF_VM_* */
	__u32 abi;		/* as given to HCBPF_BIND */
	__u32 nr_ports;
	__u32 nr_eventfds;	/* slots in use */
	__s32 pid;		/* process that created the VM, in the initial pid namespace; 0: it
				 * has gone
				 */
	__u32 uid;		/* its user when it created the VM, as the caller's namespace sees it */
	__u32 reserved;		/* 0 */
	__u64 memory;		/* bytes that this binding takes in the kernel */
	char policy[HCBPF_NAME_LEN];
	char tag[HCBPF_NAME_LEN];
	char profile[HCBPF_NAME_LEN];	/* as given to HCBPF_VM_SET_RULES; empty: no rules */
	__u32 nr_rules;
	__u32 rules_generation;	/* changes of the rules so far */
	__u32 rules_forced;	/* of these, changes that added calls under a running guest */
	__u32 pending_exits;	/* EXITs that the VMM has not completed; once ended, also
				 * SDEI handlers that still run
				 */
	__u64 gpa_generation;	/* of the page attributes: grows with each change */
	__u64 gpa_nodes;	/* that the map of attributes is made of */
	__u64 gpa_memory;	/* its bytes, which @memory includes */
	__u32 nr_buffers;	/* hypercall buffers that the guest has registered */
	__u32 buffer_limit;	/* how many it may for each vCPU, and for all */
	__u64 param;		/* see HCBPF_VM_SET_PARAM */
	char template_name[HCBPF_NAME_LEN];	/* that it was bound by; empty: by none */
};
#define HCBPF_VM_GET_INFO _IO(HCBPF_IOC, 0x10)

/*
 * HCBPF_VM_GET_STATS: counters since HCBPF_BIND, summed over CPUs; each is
 * exact for calls that finished before this one started. All output.
 */
struct hcbpf_vm_stats {
	__u32 size;
	__u32 flags;		/* 0 */
	__u64 done;		/* calls answered: by the policy, or denied by a rule without it */
	__u64 pass;		/* calls the policy passed */
	__u64 bad_verdict;	/* the policy returned no verdict: passed */
	__u64 no_policy;	/* the policy was not loaded: passed, where no rule denies */
	__u64 user_mode;	/* from CPL > 0 and not wanted by the policy: likewise */
	__u64 nested;		/* from a nested guest, or arguments are encrypted: likewise */
	__u64 signals;		/* eventfds signalled by the policy */
	__u64 faults;		/* guest memory that the policy could not read */
	__u64 exits;		/* calls the policy sent to the VMM */
	__u64 gpa_sets;		/* changes of page attributes by the guest */
	__u64 gpa_failures;	/* changes that were not recorded: refused, or no memory */
	__u64 buffer_hits;	/* arguments found in registered buffers */
	__u64 buffer_misses;	/* arguments looked for there in vain */
	__u64 walks;		/* arguments that took a walk of the guest's page tables */
};
#define HCBPF_VM_GET_STATS _IO(HCBPF_IOC, 0x11)

/*
 * HCBPF_VM_SET_EVENTFD: put the eventfd behind @fd into a slot, replacing what
 * is there, or with @fd = -1 empty the slot. A signal in flight may still reach
 * the old eventfd while this call runs, never after it has returned.
 *
 * -EBADF   @fd is not open
 * -EINVAL  @fd is no eventfd
 * -ERANGE  @slot is not below nr_ports
 * -ENOENT  @fd is -1 and the slot is empty
 * -EEXIST  the slot is in use, and HCBPF_EVENTFD_NOREPLACE was given
 * -ENODEV  the binding has ended
 * -ENOMEM  out of memory
 */
#define HCBPF_EVENTFD_NOREPLACE (1U << 0)	/* only into an empty slot; not with @fd = -1 */

struct hcbpf_set_eventfd {
	__u32 size;
	__u32 flags;		/* HCBPF_EVENTFD_* */
	__u32 slot;
	__s32 fd;
};
#define HCBPF_VM_SET_EVENTFD _IO(HCBPF_IOC, 0x12)

/*
 * HCBPF_VM_NEXT_PORT: the first port at or after @port whose word is not zero,
 * without taking memory for the empty parts of the table.
 *
 * -ENOENT  no further port
 */
struct hcbpf_next_port {
	__u32 size;
	__u32 flags;		/* 0 */
	__u32 port;		/* in: where to start; out: the port */
	__u32 reserved;		/* 0 */
	__u64 word;		/* out: hcbpf_port_t */
};
#define HCBPF_VM_NEXT_PORT _IO(HCBPF_IOC, 0x13)

/*
 * HCBPF_VM_UNBIND: end the binding. No argument. When it returns, no policy
 * runs for the VM any more and its eventfds are released.
 *
 * -ENODEV  the binding has ended already
 * -EPERM   the binding is an operator's (HCBPF_BIND_OPERATOR)
 */
#define HCBPF_VM_UNBIND _IO(HCBPF_IOC, 0x14)

/*
 * HCBPF_VM_SET_RULES: replace all rules of the VM at once. A concurrent call
 * sees the old rules or the new ones, never a mixture. @nr = 0 takes them away.
 *
 * Once the guest has made a call, rules that answer one that the old rules
 * denied, for ports that are set or for ports that are not, are refused, unless
 * forced; forced changes are counted in hcbpf_vm_info.rules_forced. Taking
 * something away is always allowed.
 *
 * -EINVAL  a rule is malformed or there twice; @profile is not empty and no name
 *          (see HCBPF_BIND)
 * -E2BIG   more than 65,536 rules
 * -EBUSY   the guest has made calls and the new rules add some
 * -EAGAIN  the rules have changed since @generation
 * -ENODEV  the binding has ended
 * -EPERM   it is an operator's (HCBPF_BIND_OPERATOR)
 * -ENOMEM  out of memory; the old rules stay
 */
#define HCBPF_RULES_FORCE (1U << 0)
#define HCBPF_RULES_IF_GENERATION (1U << 1)	/* only if @generation is still right */

struct hcbpf_rules {
	__u32 size;
	__u32 flags;		/* HCBPF_RULES_*; 0 for HCBPF_VM_GET_RULES */
	__u32 nr;		/* set: rules at @rules; get: in room, out number of rules */
	__u32 generation;	/* get: out */
	__u64 rules;		/* pointer to struct hcbpf_rule */
	char profile[HCBPF_NAME_LEN];	/* a name to show, may be empty */
};
#define HCBPF_VM_SET_RULES _IO(HCBPF_IOC, 0x15)

/*
 * HCBPF_VM_GET_RULES: at most @nr rules are written, in no particular order;
 * @nr is set to how many there are. Once the binding has ended: none.
 *
 * -ENOMEM  out of memory
 */
#define HCBPF_VM_GET_RULES _IO(HCBPF_IOC, 0x16)

/*
 * HCBPF_VM_SET_PARAM: give the VM's policy a word, which it reads with hcbpf_call_param()
 * and in struct hcbpf_vm_event, and which means what the policy says. Calls that are under
 * way may still see the old one. Whoever has the binding's file may set it, the VMM as well
 * as the operator; the last one counts.
 *
 * -ENODEV  the binding has ended
 * -EPERM   it is an operator's (HCBPF_BIND_OPERATOR)
 */
struct hcbpf_param {
	__u32 size;
	__u32 flags;		/* 0 */
	__u64 param;
};
#define HCBPF_VM_SET_PARAM _IO(HCBPF_IOC, 0x17)

/*
 * HCBPF_VM_NEXT_EVENTFD: the first slot at or after @slot that has an eventfd. @slot in:
 * where to start; out: the slot.
 *
 * -ENOENT  no further slot has one
 * -ENODEV  the binding has ended
 */
struct hcbpf_next_eventfd {
	__u32 size;
	__u32 flags;		/* 0 */
	__u32 slot;
	__u32 reserved;		/* 0 */
};
#define HCBPF_VM_NEXT_EVENTFD _IO(HCBPF_IOC, 0x18)

/* ---- page attributes, on a binding ---- */

/*
 * Each VM has a map of attributes (<hcbpf/gpa.h>) that covers the whole guest
 * physical address space. It starts as all 0. A policy changes it on the guest's
 * request, the VMM with the calls below. Every change gives the map a new
 * generation, a number that begins at 1, only grows and never begins again while
 * the VM lives, HCBPF_VM_GPA_RESET and HCBPF_GPA_REPLACE included.
 *
 * Memory is taken for what differs from page to page: a few hundred bytes for a
 * handful of ranges anywhere, never more than 2 bits for each page as long as
 * there are two attribute words in use, charged to the guest's VMM.
 */

/*
 * HCBPF_VM_GPA_GET: the ranges at or after @gfn that have changed since
 * generation @since, in ascending order, each with the attribute that it has
 * now. @since = 0: all of the map.
 *
 * To follow a map without missing a change, start with @since = 0 and read on
 * until @gfn is HCBPF_GPA_FRAMES; then again with @since set to the @generation
 * that the *first* call of the round before gave. What changes between two calls
 * of a round may or may not be in it, but is in the next.
 *
 * What is reported may be more than what has changed, never less: neighbours
 * that are alike are one range. HCBPF_GPA_FOLLOW makes it exact, to 4 MiB in
 * the worst case: from a call with @gfn = 0 on, which begins a round, the map
 * keeps apart what changes from what did not. One follower at a time can have
 * that, the one that began a round last; the others get more than they need.
 *
 * -EINVAL  @gfn beyond HCBPF_GPA_FRAMES; @nr is 0; @since is in the future
 * -ENODEV  the binding has ended
 * -ENOMEM  out of memory
 */
#define HCBPF_GPA_FOLLOW (1U << 0)

struct hcbpf_gpa_get {
	__u32 size;
	__u32 flags;		/* HCBPF_GPA_FOLLOW */
	__u64 gfn;		/* in: where to start; out: where to go on */
	__u64 since;
	__u64 generation;	/* out: of the map as it was read */
	__u64 ranges;		/* pointer to struct hcbpf_gpa_range */
	__u32 nr;		/* in: room, 1.. ; out: ranges written */
	__u32 default_attr;	/* out: what HCBPF_VM_GPA_RESET makes of all pages */
};
#define HCBPF_VM_GPA_GET _IO(HCBPF_IOC, 0x20)

/*
 * HCBPF_VM_GPA_SET: give @nr ranges their attributes, in the order given.
 *
 * With HCBPF_GPA_REPLACE everything else gets @default_attr, which also becomes
 * the map's default; all of it happens at once, after the last range has been
 * read, or not at all. Without, each range is changed at once, one after the
 * other, and @default_attr is 0.
 *
 * @nr becomes the number of ranges that were changed, on failure too (but for -EPERM).
 *
 * -EINVAL  a range or @default_attr is malformed; none was changed
 * -E2BIG   more than HCBPF_GPA_MAX_RANGES, without HCBPF_GPA_REPLACE
 * -EBUSY   another HCBPF_GPA_REPLACE is under way
 * -EINTR   a signal has come; with HCBPF_GPA_REPLACE only
 * -ENODEV  the binding has ended
 * -EPERM   it is an operator's (HCBPF_BIND_OPERATOR)
 * -ENOMEM  out of memory
 * -ENOSPC  without HCBPF_GPA_REPLACE only: in 1,024 pages at an end of a range, two
 *          attribute words alternate more than 32 times, and a third comes to them
 */
#define HCBPF_GPA_REPLACE (1U << 0)
#define HCBPF_GPA_MAX_RANGES (1U << 20)

struct hcbpf_gpa_set {
	__u32 size;
	__u32 flags;		/* HCBPF_GPA_REPLACE */
	__u64 ranges;		/* pointer to struct hcbpf_gpa_range */
	__u32 nr;		/* 0 is fine */
	__u32 default_attr;
	__u64 generation;	/* out: after the change */
};
#define HCBPF_VM_GPA_SET _IO(HCBPF_IOC, 0x21)

/*
 * HCBPF_VM_GPA_RESET: all pages get the map's default attribute, what the last
 * HCBPF_GPA_REPLACE said, or 0. For a VMM whose guest is reset or starts another
 * kernel. No argument.
 *
 * -ENODEV  the binding has ended
 * -EPERM   it is an operator's (HCBPF_BIND_OPERATOR)
 * -ENOMEM  out of memory; nothing was changed
 */
#define HCBPF_VM_GPA_RESET _IO(HCBPF_IOC, 0x22)

/*
 * HCBPF_VM_GPA_NOTIFY: signal the eventfd behind @fd when the map changes; with
 * @fd = -1 do not any more. One signal tells of any number of changes: the next
 * comes after the next HCBPF_VM_GPA_GET, or when the binding ends. Belongs to the
 * file on which it is called, one for each, and goes with it.
 *
 * -EBADF, -EINVAL  @fd is not open, is no eventfd
 * -ENODEV          the binding has ended
 * -ENOSPC          64 other files of the binding have one
 * -ENOMEM          out of memory; what was there before stays
 */
struct hcbpf_gpa_notify {
	__u32 size;
	__u32 flags;		/* 0 */
	__s32 fd;
	__u32 reserved;		/* 0 */
};
#define HCBPF_VM_GPA_NOTIFY _IO(HCBPF_IOC, 0x23)

/*
 * mmap() of a binding's file at this offset, one page, PROT_READ and MAP_SHARED:
 * the generation, for a VMM that wants to look without a system call. It is
 * written after the change that it counts. Anything else there: -EINVAL.
 */
#define HCBPF_GPA_MMAP_OFFSET (1ULL << 30)

struct hcbpf_gpa_page {
	__u64 generation;
	__u64 reserved[7];	/* 0 */
};

/* ---- hypercall buffers, on a binding ---- */

/*
 * HCBPF_VM_GET_BUFFERS: the hypercall buffers that the guest has registered, as
 * they are at one moment. At most @nr are written, in no particular order; @nr is
 * set to how many there are; once the binding has ended, none.
 *
 * -EAGAIN  the guest changes them without end
 * -ENOMEM  out of memory
 *
 * HCBPF_VM_SET_BUFFERS: replace them all, or do nothing: what a VMM restores
 * after a migration, and with @nr = 0 what it does when it resets the machine.
 * (The buffers of a vCPU go by themselves when the vCPU gets an INIT; on arm64 with
 * PSCI's CPU_ON and each KVM_ARM_VCPU_INIT but its first.) Calls under
 * way may use the old ones until this returns. Whether memory is behind them is
 * seen when they are used.
 *
 * -EINVAL  a buffer is empty or wraps around, has a vCPU's id that KVM could not
 *          have, or its reserved field is set
 * -EEXIST  two buffers of one vCPU, or one of these and one of all, overlap
 * -ENOSPC  more than the limit for one vCPU or for all; or of a vCPU whose id is 512 or
 *          more, which can use those of all only
 * -E2BIG   more than 2^20
 * -ENODEV  the binding has ended
 * -EPERM   it is an operator's (HCBPF_BIND_OPERATOR)
 * -ENOMEM  out of memory; the old ones stay
 */
#define HCBPF_BUFFER_ANY_VCPU 0xffffffffU

struct hcbpf_buffer {
	__u64 va;		/* guest virtual */
	__u64 gpa;		/* guest physical */
	__u64 size;		/* bytes */
	__u32 vcpu;		/* id of the vCPU, or HCBPF_BUFFER_ANY_VCPU */
	__u32 reserved;		/* 0 */
};

struct hcbpf_buffers {
	__u32 size;
	__u32 flags;		/* 0 */
	__u32 nr;		/* set: buffers at @buffers; get: in room, out number of buffers */
	__u32 reserved;		/* 0 */
	__u64 buffers;		/* pointer to struct hcbpf_buffer */
};
#define HCBPF_VM_GET_BUFFERS _IO(HCBPF_IOC, 0x24)
#define HCBPF_VM_SET_BUFFERS _IO(HCBPF_IOC, 0x25)

/*
 * HCBPF_VM_SET_BUFFER_LIMIT: how many buffers the guest may register for each
 * vCPU, and as many for all. What is registered already stays. Without this it is
 * the module's parameter max_buffers when the VM was bound.
 *
 * -ERANGE  more than 1024
 * -EPERM   more than max_buffers, without CAP_SYS_ADMIN; the binding is an operator's
 *          (HCBPF_BIND_OPERATOR)
 */
struct hcbpf_buffer_limit {
	__u32 size;
	__u32 flags;		/* 0 */
	__u32 limit;
	__u32 reserved;		/* 0 */
};
#define HCBPF_VM_SET_BUFFER_LIMIT _IO(HCBPF_IOC, 0x26)

/* Which calls the guest makes: <hcbpf/observe.h>. */
#define HCBPF_VM_OBSERVE _IO(HCBPF_IOC, 0x27)
#define HCBPF_VM_GET_SEEN _IO(HCBPF_IOC, 0x28)

/* ---- SDEI, on a binding ---- */

/*
 * SDEI (<hcbpf/sdei.h>), arm64 only. A VM has it if it was created while the
 * module was loaded with sdei=1. Errors common to the three requests:
 *
 * -EOPNOTSUPP  the VM or this vCPU has no SDEI: another architecture, created too
 *              early, a 32-bit, a nested or a protected guest (pKVM)
 * -ENOENT      there is no such vCPU, or it has not seen KVM_ARM_VCPU_INIT yet
 * -EINVAL      there is no such event
 * -ENODEV      the binding has ended
 *
 * HCBPF_VM_SDEI_SIGNAL: make @event pending on a vCPU, as EVENT_SIGNAL of one of
 * the guest's own CPUs would, and wake it up. What became of it is in @result.
 *
 * HCBPF_VM_SDEI_CANCEL: take a pending event back. @result is not used.
 *
 * -EALREADY    it is not pending: never signalled, or the handler has it already
 */
struct hcbpf_sdei_signal {
	__u32 size;
	__u32 flags;		/* 0 */
	__u32 vcpu_id;		/* as given to KVM_CREATE_VCPU */
	__u32 event;		/* HCBPF_SDEI_EVENT_* */
	__u32 result;		/* in: 0; out: HCBPF_SDEI_SIGNALLED, _COALESCED, _IGNORED */
	__u32 reserved;		/* 0 */
};
#define HCBPF_VM_SDEI_SIGNAL _IO(HCBPF_IOC, 0x30)
#define HCBPF_VM_SDEI_CANCEL _IO(HCBPF_IOC, 0x31)

/*
 * HCBPF_VM_SDEI_GET: an event's state on the first vCPU whose id is not below
 * @vcpu_id, in a struct hcbpf_sdei_state; -ENOENT when there is no further one.
 */
#define HCBPF_VM_SDEI_GET _IO(HCBPF_IOC, 0x32)

/* ---- Exits ---- */

/*
 * On the verdict EXIT, KVM_RUN returns with kvm_run.exit_reason =
 * KVM_EXIT_HYPERCALL. kvm_run.hypercall has nr and args as struct hcbpf_call
 * does, ret = 0, and in flags KVM_EXIT_HYPERCALL_LONG_MODE for 64-bit callers
 * and the ABI in bits 39..32 (the lower half is KVM's, KVM_EXIT_HYPERCALL_MBZ). The
 * next KVM_RUN gives the guest hypercall.ret and steps over the instruction; if the
 * VMM has moved RIP meanwhile, it does neither. (Older kernel headers, Linux 6.1's
 * for instance, have 32-bit `longmode` and `pad` in place of flags: `pad` is the ABI.)
 *
 * arm64: in flags KVM_HYPERCALL_EXIT_SMC for that conduit, and the ABI in bits
 * 39..32, where KVM's own exits (KVM_SMCCC_FILTER_FWD_TO_USER) have 0. The PC is
 * behind the instruction already, as it is on KVM's. The next KVM_RUN puts
 * hypercall.ret into X0, whatever KVM_SET_ONE_REG has put there, unless the VMM has
 * moved the PC. X1..X3 are the VMM's to set, by KVM_SET_ONE_REG.
 *
 * An exit that is under way when the binding ends is still completed that way;
 * until then the VM cannot be bound again (-EEXIST) and the module stays in use.
 */
#define HCBPF_EXIT_ABI_SHIFT 32

#endif /* HCBPF_UAPI_H */
