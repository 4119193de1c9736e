/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note OR BSD-2-Clause */
/*
 * Claims: a backend says "port 5 of the VM with that tag is mine", and has it from the VM's
 * binding on, again after each restart, reset and restore. Included by <hcbpf/uapi.h>.
 *
 * A claim is a file. It lasts until the last descriptor of that file is closed, whether there
 * is a VM or not, and serves every VM of its tag that its claimant has a right to:
 *
 * - of bindings that are the operator's (HCBPF_VM_OPERATOR), a claim made with CAP_SYS_ADMIN,
 *   and one of the user that the VM's template names (HCBPF_TEMPLATE_CLAIMANT);
 * - of others, whose tag any VMM may choose, claims of the user who made the VM. A claim made
 *   with CAP_SYS_ADMIN is user 0's here.
 *
 * A port that is served has a word like any other (<hcbpf/port.h>), with a slot at or above
 * HCBPF_FIRST_CLAIM_SLOT, which leads to the claim's eventfd and which the kernel alone fills.
 * The table is the VMM's as ever: when it stores another word, the port is its own again, until
 * the VM's next reset or binding. A signal in flight may still reach the eventfd while the claim
 * is being closed, never after close() has returned.
 *
 * One claim has a port. Where several have a right to it, that is the first one to be served.
 */
#ifndef HCBPF_CLAIM_H
#define HCBPF_CLAIM_H

#include <linux/ioctl.h>
#include <hcbpf/types.h>
#include <hcbpf/call.h>

/* Of one user, without CAP_SYS_ADMIN. */
#define HCBPF_MAX_CLAIMS 1024

/*
 * HCBPF_CLAIM: returns the claim's file descriptor (close-on-exec), or:
 *
 * -EBADF   @eventfd is not open
 * -EINVAL  @eventfd is no eventfd; @tag is not NUL-terminated, empty, or has characters outside
 *          [A-Za-z0-9_.-]; an output field is not 0
 * -ERANGE  @port is 2^20 or more, or beyond the table of a VM that is there
 * -EEXIST  another claim has it: @holder_pid and @holder_uid say whose
 * -EBUSY   a VMM has put it on an eventfd of its own, in a VM that is there
 * -ENOSPC  the user has HCBPF_MAX_CLAIMS
 * -ENOMEM  out of memory
 *
 * Whoever can open the device may. After a failure nothing is served.
 */
struct hcbpf_claim {
	__u32 size;
	__u32 flags;		/* 0 */
	__s32 eventfd;		/* may be closed afterwards */
	__u32 port;
	char tag[HCBPF_NAME_LEN];
	__s32 holder_pid;	/* out, of -EEXIST: in the initial pid namespace; 0: it has gone */
	__u32 holder_uid;	/* out, of -EEXIST: as the caller's namespace sees it */
};

/*
 * HCBPF_NEXT_CLAIM: walk the claims, oldest first; without CAP_SYS_ADMIN, the caller's own.
 * @id in: the last one seen, or 0; the rest is output. -ENOENT at the end.
 */
struct hcbpf_next_claim {
	__u32 size;
	__u32 flags;		/* 0 */
	__u32 id;
	__u32 port;
	__s32 pid;		/* process that made it, as hcbpf_claim.holder_pid */
	__u32 uid;
	__u32 nr_vms;		/* VMs that it serves now */
	__u32 reserved;		/* 0 */
	char tag[HCBPF_NAME_LEN];
};

#endif /* HCBPF_CLAIM_H */
