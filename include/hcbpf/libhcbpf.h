/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * libhcbpf: the VMM's side of hcbpf.
 *
 *	struct hcbpf_vm *hc;
 *	LIBHCBPF_OPTS(hcbpf_bind_opts, opts, .policy = "standard");
 *
 *	err = hcbpf_vm_bind(vm_fd, &opts, &hc);		// after KVM_CREATE_VM
 *	err = hcbpf_vm_set_eventfd(hc, 0, efd);		// slot 0 signals efd
 *	err = hcbpf_port_set(hc, port, 0);		// port is served by slot 0
 *	...
 *	hcbpf_vm_close(hc);				// the VM's end is the binding's end
 *
 * Needs no privilege beyond opening /dev/hcbpf. Functions return 0 or a
 * negative errno unless they say otherwise; none prints, installs signal
 * handlers, starts threads or keeps global state. A handle may be used by
 * several threads at once, except hcbpf_vm_close(). Usable from C++. A static
 * link needs -lz.
 */
#ifndef HCBPF_LIBHCBPF_H
#define HCBPF_LIBHCBPF_H

#include <stddef.h>
#include <stdint.h>
#include <hcbpf/state.h>
#include <hcbpf/uapi.h>
#include <hcbpf/version.h>

#ifdef __cplusplus
extern "C" {
#endif

#define LIBHCBPF_MAJOR HCBPF_MAJOR
#define LIBHCBPF_MINOR HCBPF_MINOR

/* Declare NAME as a zeroed option struct with its size set. */
#define LIBHCBPF_OPTS(TYPE, NAME, ...) \
	struct TYPE NAME = { .sz = sizeof(struct TYPE), __VA_ARGS__ }

/* A VM's binding. Opaque. */
struct hcbpf_vm;

/* Version of the library at run time, MAJOR << 16 | MINOR. */
unsigned int libhcbpf_version(void);

struct hcbpf_bind_opts {
	size_t sz;		/* sizeof(struct hcbpf_bind_opts); LIBHCBPF_OPTS sets it */
	const char *policy;	/* name of a loaded policy; NULL: "standard" */
	const char *tag;	/* a name to show, as a policy's; NULL: none */
	uint32_t abi;		/* enum hcbpf_abi; 0: as KVM is configured */
	uint32_t nr_ports;	/* 0: HCBPF_DEFAULT_PORTS */
	uint32_t flags;		/* HCBPF_BIND_* */
	uint64_t param;		/* what the policy reads as the VM's parameter */
	uint32_t claimant;	/* with HCBPF_BIND_CLAIMANT */
};

/*
 * Bind a VM. @opts may be NULL. On success *@vm is the handle.
 * -ENODEV: /dev/hcbpf does not exist (module not loaded); -EACCES: it may not
 * be opened; otherwise the errors of HCBPF_BIND.
 */
int hcbpf_vm_bind(int vm_fd, const struct hcbpf_bind_opts *opts, struct hcbpf_vm **vm);

/* A handle for a VM that is bound already. Errors: those of HCBPF_OPEN. */
int hcbpf_vm_open(int vm_fd, struct hcbpf_vm **vm);

/* The same by the binding's id; needs CAP_SYS_ADMIN. */
int hcbpf_vm_open_id(uint32_t id, struct hcbpf_vm **vm);

/* Free the handle. The binding stays. NULL is fine. */
void hcbpf_vm_close(struct hcbpf_vm *vm);

/* End the binding: the VM goes on without hcbpf. The handle stays valid. */
int hcbpf_vm_unbind(struct hcbpf_vm *vm);

/*
 * Give the VM's policy another parameter: a word that means what the policy says.
 * Errors: those of HCBPF_VM_SET_PARAM. hcbpf_vm_info() has the one that counts.
 */
int hcbpf_vm_set_param(struct hcbpf_vm *vm, uint64_t param);

/*
 * The binding's id, and its file descriptor (owned by the handle). poll() on it says POLLHUP
 * once the binding has ended, as when the operator detaches the VM: see <hcbpf/uapi.h>.
 */
uint32_t hcbpf_vm_id(const struct hcbpf_vm *vm);
int hcbpf_vm_fd(const struct hcbpf_vm *vm);

/* Errors: those of HCBPF_VM_GET_INFO and HCBPF_VM_GET_STATS. */
static inline int hcbpf_vm_info(struct hcbpf_vm *vm, struct hcbpf_vm_info *info);
static inline int hcbpf_vm_stats(struct hcbpf_vm *vm, struct hcbpf_vm_stats *stats);

/*
 * What the two above call: @size is that of the struct in the header that the
 * caller was compiled with, so that the structs can grow. -EINVAL: too small.
 */
int hcbpf_vm_info_sz(struct hcbpf_vm *vm, struct hcbpf_vm_info *info, size_t size);
int hcbpf_vm_stats_sz(struct hcbpf_vm *vm, struct hcbpf_vm_stats *stats, size_t size);

static inline int hcbpf_vm_info(struct hcbpf_vm *vm, struct hcbpf_vm_info *info)
{
	return hcbpf_vm_info_sz(vm, info, sizeof(*info));
}

static inline int hcbpf_vm_stats(struct hcbpf_vm *vm, struct hcbpf_vm_stats *stats)
{
	return hcbpf_vm_stats_sz(vm, stats, sizeof(*stats));
}

/*
 * Put an eventfd into a slot, or empty it. The kernel holds its own reference:
 * @efd may be closed afterwards. Errors: those of HCBPF_VM_SET_EVENTFD.
 */
int hcbpf_vm_set_eventfd(struct hcbpf_vm *vm, uint32_t slot, int efd);
/* The same, but -EEXIST if the slot is in use: for whoever shares a VM's slots. */
int hcbpf_vm_add_eventfd(struct hcbpf_vm *vm, uint32_t slot, int efd);
int hcbpf_vm_clear_eventfd(struct hcbpf_vm *vm, uint32_t slot);
/* The first slot at or after *@slot that has one; -ENOENT: no further one has. */
int hcbpf_vm_next_eventfd(struct hcbpf_vm *vm, uint32_t *slot);

/*
 * Ports. Set and delete are one store into the shared table: no system call,
 * effective at once, callable while the guest runs.
 *
 * -ERANGE: @port is not below nr_ports; -ENOMEM: the table cannot be mapped.
 */
int hcbpf_port_set(struct hcbpf_vm *vm, uint32_t port, uint32_t slot);
int hcbpf_port_del(struct hcbpf_vm *vm, uint32_t port);

/* The port's word. A port that is not set gives 0. */
int hcbpf_port_get(struct hcbpf_vm *vm, uint32_t port, hcbpf_port_t *word);

/*
 * The first set port at or after *@port: 0 and *@port, *@word; -ENOENT when
 * there is none.
 */
int hcbpf_port_next(struct hcbpf_vm *vm, uint32_t *port, hcbpf_port_t *word);

/*
 * Claim a port of the VM with that tag, whether it is there or not: its calls signal @efd from
 * the VM's binding on, again after each restart, reset and restore, until the descriptor that
 * this returns is closed (<hcbpf/claim.h>). For backends: needs no handle, and is not for the
 * VMM itself.
 *
 * Errors: those of HCBPF_CLAIM, -ENODEV and -EACCES as hcbpf_vm_bind(), -ENOTTY: the module is
 * too old. With -EEXIST, *@holder says who has the port; it may be NULL.
 */
struct hcbpf_claim_holder {
	int32_t pid;		/* in the initial pid namespace; 0: it has gone */
	uint32_t uid;
};
int hcbpf_port_claim(const char *tag, uint32_t port, int efd, struct hcbpf_claim_holder *holder);

/*
 * Rules (<hcbpf/rule.h>): what the guest may call. A VM without rules leaves
 * everything to its policy; one with rules has no others than these, so the
 * standard policy then serves only the sends and doorbells that a rule gives it.
 */
struct hcbpf_rules_opts {
	size_t sz;		/* sizeof(struct hcbpf_rules_opts); LIBHCBPF_OPTS sets it */
	const char *profile;	/* name to show for these rules; NULL: none */
	uint32_t flags;		/* HCBPF_RULES_* */
	uint32_t generation;	/* with HCBPF_RULES_IF_GENERATION: as hcbpf_rules_get() gave it */
};

/*
 * Replace all rules of the VM at once; @nr = 0 takes them away. @opts may be
 * NULL. A concurrent call of the guest sees the old rules or the new ones. A
 * VMM sets them before the guest runs: later, rules that answer what the old
 * ones denied need HCBPF_RULES_FORCE.
 *
 * -EBUSY: that flag is missing; -EAGAIN: the rules are not those of @generation
 * any more; -EINVAL: a rule is malformed or there twice, or @profile is no name;
 * otherwise the errors of HCBPF_VM_SET_RULES. On failure nothing has changed.
 */
int hcbpf_rules_set(struct hcbpf_vm *vm, const struct hcbpf_rule *rules, size_t nr,
		    const struct hcbpf_rules_opts *opts);

/*
 * The VM's rules, in no particular order. *@nr in: room in @rules; out: how
 * many the VM has, of which at most as many as there was room for are written.
 * @generation (for hcbpf_rules_set()) and @profile belong to just these rules;
 * either may be NULL, and so may @rules where *@nr is 0.
 * Errors: those of HCBPF_VM_GET_RULES.
 */
int hcbpf_rules_get(struct hcbpf_vm *vm, struct hcbpf_rule *rules, size_t *nr,
		    uint32_t *generation, char profile[HCBPF_NAME_LEN]);

/*
 * Change one rule and leave the others and the profile's name as they are.
 * Set: replace the rule for the same (abi, nr, sub), or add it. Delete:
 * -ENOENT where there is none. @flags: 0 or HCBPF_RULES_FORCE. Changes by
 * several threads or processes at once are all kept: a change that another one
 * has overtaken is made again, up to 1,000 times. -EAGAIN: somebody changes the rules
 * all the time. Otherwise the errors of hcbpf_rules_set().
 */
int hcbpf_rule_set(struct hcbpf_vm *vm, const struct hcbpf_rule *rule, uint32_t flags);
int hcbpf_rule_del(struct hcbpf_vm *vm, enum hcbpf_abi abi, uint32_t nr, uint32_t sub,
		   uint32_t flags);

/*
 * Page attributes (<hcbpf/gpa.h>). Pre-copy migration on the source:
 *
 *	hcbpf_gpa_follower_new(hc, HCBPF_GPA_FOLLOW, &follower);
 *	do {						// each pass over memory
 *		do {
 *			nr = ROOM;
 *			more = hcbpf_gpa_follow(follower, ranges, &nr);
 *			...				// send nr ranges
 *		} while (more > 0);
 *	} while (...);					// once more when the guest is paused
 *	hcbpf_gpa_follower_free(follower);
 *
 * and on the destination hcbpf_gpa_set() for what arrives, in the order it was
 * sent. A VMM that does not migrate live: hcbpf_gpa_export(), hcbpf_gpa_import().
 */

/*
 * The ranges at or after *@gfn as they are now, in ascending order: at most
 * *@nr, which becomes how many there are in @ranges, and *@gfn where to go on
 * (HCBPF_GPA_FRAMES: that was all). One call shows the map at one moment; several
 * do not, see hcbpf_gpa_snapshot(). Errors: those of HCBPF_VM_GPA_GET.
 */
int hcbpf_gpa_get(struct hcbpf_vm *vm, uint64_t *gfn, struct hcbpf_gpa_range *ranges, size_t *nr);

/*
 * The whole map at one moment. @ranges ascend, differ from @default_attr, do not
 * overlap, and neighbours that touch differ.
 */
struct hcbpf_gpa_snapshot {
	uint64_t generation;
	uint32_t default_attr;
	size_t nr;
	struct hcbpf_gpa_range *ranges;
};

/*
 * On success *@snapshot is to be freed with the second function, which takes
 * NULL. -EAGAIN: the guest changes so large a map faster than it can be read;
 * pause it. -ENOMEM; otherwise the errors of HCBPF_VM_GPA_GET.
 */
int hcbpf_gpa_snapshot(struct hcbpf_vm *vm, struct hcbpf_gpa_snapshot **snapshot);
void hcbpf_gpa_snapshot_free(struct hcbpf_gpa_snapshot *snapshot);

/*
 * Following: what has changed since the round before, complete whatever changes
 * meanwhile. Opaque. For one thread at a time, and only as long as @vm is open.
 */
struct hcbpf_gpa_follower;

/* @flags: 0 or HCBPF_GPA_FOLLOW, which see. -EINVAL: others; -ENOMEM. */
int hcbpf_gpa_follower_new(struct hcbpf_vm *vm, uint32_t flags,
			   struct hcbpf_gpa_follower **follower);
void hcbpf_gpa_follower_free(struct hcbpf_gpa_follower *follower);	/* NULL is fine */

/*
 * The next ranges of the round: at most *@nr, which becomes how many there are,
 * 0 perhaps. The first round has all of the map, each further one what has
 * changed since the round before it began, at least. Changes made before a round
 * begins are in it or were in an earlier one.
 *
 * 1: the round goes on; 0: it is complete, and the next call begins another.
 * On an error (those of HCBPF_VM_GPA_GET) nothing is lost: call it again.
 */
int hcbpf_gpa_follow(struct hcbpf_gpa_follower *follower, struct hcbpf_gpa_range *ranges,
		     size_t *nr);

/* The map's generation when the round began that the last call belonged to. */
uint64_t hcbpf_gpa_follower_generation(const struct hcbpf_gpa_follower *follower);

/*
 * Give ranges their attributes, one after the other, any number of them. *@done,
 * unless NULL, becomes how many have theirs: @nr on success. -EINVAL: a range is
 * malformed, and none was changed. Otherwise the errors of HCBPF_VM_GPA_SET.
 */
int hcbpf_gpa_set(struct hcbpf_vm *vm, const struct hcbpf_gpa_range *ranges, size_t nr,
		  size_t *done);

/*
 * Make the map what @default_attr and the ranges say, at once or not at all.
 * Errors: those of HCBPF_VM_GPA_SET.
 */
int hcbpf_gpa_replace(struct hcbpf_vm *vm, uint32_t default_attr,
		      const struct hcbpf_gpa_range *ranges, size_t nr);

/*
 * All pages get the map's default attribute: when the guest is reset, or starts
 * another kernel. Errors: those of HCBPF_VM_GPA_RESET.
 */
int hcbpf_gpa_reset(struct hcbpf_vm *vm);

/*
 * Let changes of the map signal an eventfd, or no more. The kernel holds its own
 * reference to it. After a signal, follow: the next one comes after that. To miss
 * nothing, call this before the first round. One eventfd for each handle; the end
 * of the binding is signalled, too (-ENODEV follows). Errors: those of HCBPF_VM_GPA_NOTIFY.
 */
int hcbpf_gpa_notify(struct hcbpf_vm *vm, int efd);
int hcbpf_gpa_notify_stop(struct hcbpf_vm *vm);

/*
 * The map's generation, from memory that is shared with the kernel: no system
 * call but at the first time. After the end of the binding, the last one.
 * -ENOMEM: it cannot be mapped.
 */
int hcbpf_gpa_generation(struct hcbpf_vm *vm, uint64_t *generation);

/*
 * The map as a file's content (<hcbpf/state.h>). *@data, of *@size bytes, is to
 * be freed with free(). -E2BIG: more ranges than a file holds, some 11 million;
 * otherwise the errors of hcbpf_gpa_snapshot().
 */
int hcbpf_gpa_export(struct hcbpf_vm *vm, void **data, size_t *size);

/*
 * Whether each of @npages pages from @gfn on is encrypted: its bit in @bitmap, which has
 * (@npages + 7) / 8 bytes, is set then. Bit 0 of byte 0 is page @gfn, as in the bitmaps of
 * KVM's dirty log on little-endian machines; bits behind the last page are 0. Key ids are not
 * in it. -EINVAL: no page, or one beyond HCBPF_GPA_FRAMES; otherwise the errors of
 * hcbpf_gpa_snapshot(), and *@bitmap is untouched.
 */
int hcbpf_gpa_bitmap(struct hcbpf_vm *vm, uint64_t gfn, uint64_t npages, void *bitmap);

/*
 * Make the map, its default attribute included, what such a file says, at once
 * or not at all. -EBADMSG: it was refused, and *@error, unless NULL, says why;
 * otherwise the errors of hcbpf_gpa_replace().
 */
int hcbpf_gpa_import(struct hcbpf_vm *vm, const void *data, size_t size,
		     struct hcbpf_state_error *error);

/*
 * The hypercall buffers that the guest has registered (<hcbpf/guest.h>), as a VMM
 * carries them over to another host. *@nr in: room in @buffers; out: how many
 * there are, of which at most as many as there was room for are written. @buffers
 * may be NULL where *@nr is 0. Errors: those of HCBPF_VM_GET_BUFFERS.
 */
int hcbpf_buffers_get(struct hcbpf_vm *vm, struct hcbpf_buffer *buffers, size_t *nr);

/*
 * Replace them all, or do nothing. @nr = 0 takes them away: what a VMM does when
 * it resets the machine. Errors: those of HCBPF_VM_SET_BUFFERS.
 */
int hcbpf_buffers_set(struct hcbpf_vm *vm, const struct hcbpf_buffer *buffers, size_t nr);

/*
 * How many the guest may register for each vCPU, and as many for all. Errors:
 * those of HCBPF_VM_SET_BUFFER_LIMIT.
 */
int hcbpf_vm_set_buffer_limit(struct hcbpf_vm *vm, uint32_t limit);

/*
 * What hcbpf offers the guest: the word that HCBPF_HC_FEATURES (<hcbpf/guest.h>) returns to a call
 * of this ABI, as the VM's rules, its limit of buffers and its memory are now. It does not matter
 * whether rules let the guest make that call. @abi: enum hcbpf_abi; AUTO: the one that the VM is
 * bound with. -EINVAL: there is none such, or that one is AUTO, too; -ENOMEM; otherwise the errors
 * of HCBPF_VM_GET_RULES and HCBPF_VM_GET_INFO.
 */
int hcbpf_vm_features(struct hcbpf_vm *vm, uint32_t abi, uint32_t *word);

/* A CPUID leaf, for a struct kvm_cpuid_entry2 that is 0 otherwise. */
struct hcbpf_cpuid_leaf {
	uint32_t function;
	uint32_t eax;
	uint32_t ebx;
	uint32_t ecx;
	uint32_t edx;
};

/*
 * The leaves by which an x86 guest finds that word without a call. A VMM adds them to what
 * KVM_SET_CPUID2 takes, once the VM has its rules and before the guest runs; afterwards KVM
 * refuses other ones. They are for the guest as long as it lives: on another host the VMM sets
 * the same. KVM's own signature has to stay at a base of its own (KVM_CPUID_SIGNATURE).
 *
 * Needs no device. -EINVAL: @base is no multiple of 0x100 from 0x40000000 to 0x4000ff00.
 */
int hcbpf_cpuid_leaves(uint32_t base, uint32_t word, struct hcbpf_cpuid_leaf leaves[2]);

/*
 * Observing (<hcbpf/observe.h>): which calls the guest makes, what becomes of them, and how long
 * it takes to decide. Begin with HCBPF_OBSERVE_ON, end with 0. Errors: those of HCBPF_VM_OBSERVE.
 */
int hcbpf_vm_observe(struct hcbpf_vm *vm, uint32_t flags);

/* Is it observed? 1, 0, or a negative errno: -ENODEV: the binding has ended; -ENOMEM. */
int hcbpf_vm_is_observed(struct hcbpf_vm *vm);

/* What was counted, of all CPUs together. */
struct hcbpf_calls {
	uint32_t ticks_khz;	/* what hcbpf_seen.times counts: so many ticks in a millisecond */
	size_t nr;
	struct hcbpf_seen *kinds;	/* by ascending (abi, nr, sub); others (AUTO) come last */
};

/*
 * On success *@calls is to be freed with the second function, which takes NULL. A kind that was
 * seen on several CPUs is in it once, so that there may be more than HCBPF_SEEN_KINDS: CPUs
 * may have told others apart. Counts are not of one moment. Errors: those of
 * HCBPF_VM_GET_SEEN; -ENOMEM.
 */
int hcbpf_vm_calls(struct hcbpf_vm *vm, struct hcbpf_calls **calls);
void hcbpf_calls_free(struct hcbpf_calls *calls);

/* Decisions in this bucket of hcbpf_seen.times took less than so many ns; in the last, or more. */
static inline uint64_t hcbpf_calls_ns(const struct hcbpf_calls *calls, uint32_t bucket)
{
	const uint64_t khz = calls->ticks_khz;

	return khz ? ((1000000ULL << bucket) + khz - 1) / khz : 0;
}

/*
 * SDEI (<hcbpf/sdei.h>), for arm64 VMs that have it. Signal: make an event
 * pending on a vCPU and wake it: HCBPF_SDEI_SIGNALLED, _COALESCED or _IGNORED
 * (0, 1, 2). Cancel: take it back before the handler has it; -EALREADY: it is not
 * pending (any more). Get: an event's state on the first vCPU whose id is not below
 * @vcpu_id; -ENOENT: there is none. Otherwise the errors of HCBPF_VM_SDEI_SIGNAL.
 */
int hcbpf_sdei_signal(struct hcbpf_vm *vm, uint32_t vcpu_id, uint32_t event);
int hcbpf_sdei_cancel(struct hcbpf_vm *vm, uint32_t vcpu_id, uint32_t event);
int hcbpf_sdei_get_sz(struct hcbpf_vm *vm, uint32_t vcpu_id, uint32_t event,
		      struct hcbpf_sdei_state *state, size_t size);

static inline int hcbpf_sdei_get(struct hcbpf_vm *vm, uint32_t vcpu_id, uint32_t event,
				 struct hcbpf_sdei_state *state)
{
	return hcbpf_sdei_get_sz(vm, vcpu_id, event, state, sizeof(*state));
}

/*
 * The state of a whole VM, in the format of <hcbpf/state.h>: how it is bound, its
 * rules, profile, ports, hypercall buffers and page attributes. Eventfds are not in
 * it: ports name slots, which whoever restores fills again; a send on a port whose
 * slot is empty goes to the VMM.
 *
 *	hcbpf_vm_save(hc, &data, &size);		// guest paused; send data with its memory
 *
 *	hcbpf_vm_bind_saved(vm_fd, data, size, &hc, &error);	// a new VM, on another host perhaps
 *	hcbpf_vm_set_eventfd(hc, slot, efd);		// each slot, before the guest runs
 */

/*
 * *@data, of *@size bytes, is to be freed with free(). Ports and rules that change
 * meanwhile are in it as they were or as they are. -ENODEV: the binding has ended;
 * -E2BIG: beyond the format's limits; -EINVAL: the VMM has stored a word in its table that
 * hcbpf_port_set() does not make, and that no destination takes; -EAGAIN: the guest changes its buffers or page
 * attributes faster than they can be read, pause it; -ENOMEM.
 */
int hcbpf_vm_save(struct hcbpf_vm *vm, void **data, size_t *size);

/*
 * Bind a VM as the saved one was, and restore it: all of it, or the VM is not bound.
 * -EBADMSG: the state was refused, and *@error, unless NULL, says why; otherwise the
 * errors of hcbpf_vm_bind() and hcbpf_vm_restore().
 */
int hcbpf_vm_bind_saved(int vm_fd, const void *data, size_t size, struct hcbpf_vm **vm,
			struct hcbpf_state_error *error);

/*
 * Give a VM that is bound the rules, the profile, the ports, the buffers and the page
 * attributes of the saved one: all of them, or it stays as it is. @flags: 0 or
 * HCBPF_RULES_FORCE. -EBADMSG: as above; one more reason is that the VM has another
 * policy or ABI, or too small a port table. -ENOENT: its policy is not loaded; -EAGAIN:
 * as hcbpf_vm_save(). Otherwise the errors of HCBPF_VM_SET_RULES, HCBPF_VM_SET_BUFFERS,
 * HCBPF_VM_GPA_SET and hcbpf_port_set().
 */
int hcbpf_vm_restore(struct hcbpf_vm *vm, const void *data, size_t size, uint32_t flags,
		     struct hcbpf_state_error *error);

/* What is in such state, for people and tools. */
struct hcbpf_saved_port {
	uint32_t port;
	hcbpf_port_t word;
};

struct hcbpf_saved {
	char policy[HCBPF_NAME_LEN];
	char tag[HCBPF_NAME_LEN];
	char profile[HCBPF_NAME_LEN];
	uint32_t abi;		/* enum hcbpf_abi, AUTO too */
	uint32_t nr_ports;	/* of the table */
	size_t nr_rules;
	struct hcbpf_rule *rules;	/* by ascending (abi, nr, sub) */
	size_t nr_set;
	struct hcbpf_saved_port *set;	/* the ports that are set, ascending */
	uint32_t flags;		/* HCBPF_BIND_* */
	uint64_t param;
	size_t nr_buffers;
	struct hcbpf_buffer *buffers;	/* by ascending (vcpu, va) */
	struct hcbpf_gpa_snapshot *attributes;	/* its generation is 0; NULL: all pages have 0 */
};

/*
 * Needs no device. On success *@saved is to be freed with the second function, which
 * takes NULL. -EBADMSG: it was refused, and *@error, unless NULL, says why; -ENOMEM.
 */
int hcbpf_state_read(const void *data, size_t size, struct hcbpf_saved **saved,
		     struct hcbpf_state_error *error);
void hcbpf_state_free(struct hcbpf_saved *saved);

#ifdef __cplusplus
}
#endif

#endif /* HCBPF_LIBHCBPF_H */
