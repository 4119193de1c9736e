/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note OR BSD-2-Clause */
/*
 * What a guest may call: the hypercalls that hcbpf itself defines. A guest
 * kernel can include this header.
 *
 * Numbers lie in 0x48430000..0x4843ffff ("HC"). KVM's own hypercalls count up
 * from 1, Xen's from 0 to below 64, and Hyper-V's set bit 31 in a Xen guest:
 * none of them can collide. Nor can SMCCC's: a hypervisor's function ids have
 * bit 31 set. Without hcbpf, or in a VM whose policy does not
 * serve them, the answer is that of any unknown hypercall (-KVM_ENOSYS, -1000,
 * from KVM; -ENOSYS, -38, from a Xen VMM).
 */
#ifndef HCBPF_GUEST_H
#define HCBPF_GUEST_H

#define HCBPF_HC_BASE 0x48430000

/*
 * Doorbell: signal a port whose number is in a register, for VMMs without Xen.
 *
 * arg 0    port, 0..2^32-1; in the first argument register of the VM's ABI
 *          (RBX for KVM, RDI for 64-bit Xen, EBX for 32-bit Xen, X0 for Xen on
 *          arm64). Higher bits must be zero.
 * result   0: the port was signalled. A port that the kernel does not know:
 *          as if hcbpf were not there.
 * caller   guest kernel (CPL 0) only.
 */
#define HCBPF_HC_DOORBELL (HCBPF_HC_BASE + 0)

/*
 * The same on arm64, where calls follow Arm's SMCCC: fast calls of the vendor
 * specific hypervisor service (owner 6, 0xC6000000) with function numbers
 * 0x4800..0x48ff ("H"). Linux's KVM counts its own up from 0 and pKVM's from 2
 * to 63, other hypervisors likewise, and from 0xff00 on numbers are SMCCC's. Either
 * conduit (HVC or SMC, immediate 0) will do. Without hcbpf the answer is
 * SMCCC_RET_NOT_SUPPORTED (-1). X1..X3 are not changed.
 *
 * DOORBELL: the port is in X1. DOORBELL32 is for 32-bit guests: the port is in R1.
 */
#define HCBPF_SMCCC_BASE 0xc6004800
#define HCBPF_SMCCC_DOORBELL (HCBPF_SMCCC_BASE + 0)
#define HCBPF_SMCCC_DOORBELL32 (HCBPF_SMCCC_DOORBELL & ~0x40000000)

/*
 * SMCCC_ARCH_FEATURES (Arm DEN0028), with a function id in W1: whether there is such a function.
 * Arm defines it for its own functions only. Where the VM's rules say so, it is also answered for
 * these, with 0 if the rules have hcbpf serve them: DOORBELL, DOORBELL32, KVM's MEM_SHARE and
 * MEM_UNSHARE (<hcbpf/gpa.h>), SDEI's (<hcbpf/sdei.h>) in a VM that has it. 64-bit functions
 * are not there for 32-bit callers. Everything else is KVM's to answer, -1 for what nobody knows.
 */
#define HCBPF_SMCCC_ARCH_FEATURES 0x80000001

/*
 * Hypercall buffers
 *
 * Many hypercalls have arguments in memory, at guest virtual addresses, so the
 * host walks the guest's page tables at each call, which it cannot do at all
 * when the guest's memory is encrypted. There are two ways to spare it that:
 *
 * Registered. The guest names a piece of its address space once, and where it
 * lies physically. An argument in there is found by one look into a table. Calls
 * stay as they are. Pieces that are not contiguous in physical memory are
 * registered one by one; a guest that maps all its memory linearly can register
 * that as one giant buffer (one for each stretch of RAM without a hole).
 *
 * Physical. HCBPF_HC_PHYSICAL, set in the number of another call, says that
 * addresses in its arguments are physical. Nothing is registered.
 *
 * For large arguments there are lists of page frames, which both ways lead to: see below.
 *
 * An address that is neither is walked, unless memory is encrypted: then the
 * call fails (-EFAULT). Arguments lie in registered buffers as a whole, or
 * outside them as a whole: one that crosses the end of a buffer fails (-EFAULT),
 * but it may lie in several buffers whose addresses follow one another.
 *
 * The host may have no memory behind an argument at this moment. Where only the
 * guest can bring it back, the call returns HCBPF_EAGAIN: read the argument,
 * and call again.
 *
 * A registered buffer is what the guest registered, whatever it does to its page
 * tables, until it purges it. Calls of other vCPUs that began before a purge may
 * still use the buffer. A vCPU's own buffers go with an INIT; others do not, so a
 * kernel that boots purges everything first, for its vCPU and for all.
 *
 * All of this is off unless the VM's rules allow it: see HCBPF_HC_FEATURES. For
 * the guest's kernel (CPL 0) only. Arguments are in the registers of the VM's ABI.
 * Results are 0 or one of HCBPF_E*, negative (cut to 32 bits for 32-bit code).
 */

/*
 * Large arguments
 *
 * An argument that is scattered over many page frames is described by a list of their numbers
 * instead of being registered piece by piece. HCBPF_HC_LIST, set in the number of another
 * call, says that addresses in its arguments are those of lists.
 *
 * A list is an array of 64-bit little endian words: numbers of guest page frames of 4 KiB
 * (physical address / 4096), whatever the pages of guest and host are. It lies in registered
 * buffers or, if the call's number has HCBPF_HC_PHYSICAL as well, at a physical address; a
 * multiple of 8. The argument's address is the list's, shifted, plus the argument's offset in
 * the first frame, HCBPF_LIST_ADDRESS(list, offset): byte N of it is at that address
 * plus N, and the frame of any such address A is in the word at (A >> 9) & ~7, as in a page
 * table that maps itself.
 *
 * 64-bit code: the shift is signed, so bits 63..54 of the list's address must be equal. 32-bit
 * code: the list is in the first 8 MB. A registered list may have any virtual address that
 * suits, mapped or not.
 *
 * The number of frames is not limited and said nowhere: a call reads the words it needs when it
 * needs them. A frame holds what the argument does, never a list. A word that is not in a
 * registered buffer or not in memory, or that names a frame without memory, one beyond 52
 * bits of address, or, when memory is encrypted, one that the guest keeps encrypted: the
 * call fails (-EFAULT). On HCBPF_EAGAIN read the list and the argument, and call again.
 */
#define HCBPF_LIST_SHIFT 9
#define HCBPF_LIST_ADDRESS(list, offset) (((list) << HCBPF_LIST_SHIFT) + (offset))

/*
 * What is available. No arguments. The answer to an unknown hypercall: none of it; else
 *	bit 0		HCBPF_FEATURE_REGISTERED: buffers can be registered
 *	bit 1		HCBPF_FEATURE_PHYSICAL: some calls may be made with HCBPF_HC_PHYSICAL
 *	bit 2		HCBPF_FEATURE_VIRTUAL: addresses that are not registered are walked
 *	bit 3		HCBPF_FEATURE_LIST: some calls may be made with HCBPF_HC_LIST
 *	bits 16..30	how many buffers a vCPU may register, and all together for all
 */
#define HCBPF_HC_FEATURES (HCBPF_HC_BASE + 0x10)

#define HCBPF_FEATURE_REGISTERED 1
#define HCBPF_FEATURE_PHYSICAL 2
#define HCBPF_FEATURE_VIRTUAL 4
#define HCBPF_FEATURE_LIST 8
#define HCBPF_FEATURE_LIMIT_SHIFT 16

/*
 * The same without a call, on x86: CPUID leaves, as hypervisors have them. They are there if the
 * VMM has set them, and say what was so when it did; what a call answers is what counts.
 *
 * A guest searches each *base* from 0x40000000 to 0x4000ff00, in steps of 0x100, for the
 * signature "hcbpfhcbpf\0\0". Other bases are KVM's, Xen's or Hyper-V's.
 *
 * base        EAX: base + 1, the last leaf; EBX, ECX, EDX: the signature
 * base + 1    EAX: the word that HCBPF_HC_FEATURES returns; EBX, ECX, EDX: 0
 */
#define HCBPF_CPUID_FIRST 0x40000000
#define HCBPF_CPUID_LAST 0x4000ff00
#define HCBPF_CPUID_STEP 0x100
#define HCBPF_CPUID_EBX 0x70626368
#define HCBPF_CPUID_ECX 0x62636866
#define HCBPF_CPUID_EDX 0x00006670

/*
 * Register a buffer.
 *
 * arg 0    virtual address; no alignment is needed
 * arg 1    physical address; in 32-bit code bits 31..0 of it
 * arg 2    size in bytes
 * arg 3    bits 7..0: HCBPF_BUFFER_ALL: for all vCPUs, else for the calling one;
 *          in 32-bit code bits 31..8: bits 55..32 of the physical address; else 0
 *
 * -EINVAL  no size; the end wraps around; unknown flags
 * -EEXIST  it overlaps a registered buffer of the vCPU or of all
 * -EFAULT  some of it is not the guest's memory
 * -EACCES  some of it is memory that the guest keeps encrypted
 * -E2BIG   it lies in more than 128 of the VM's memory slots
 * -ENOSPC  too many; or the vCPU's id is 512 or more: such a vCPU has only those of all
 * -ENOMEM  the host is short of memory
 * -EAGAIN  too many changes at once: try again
 */
#define HCBPF_HC_BUFFER_INSERT (HCBPF_HC_BASE + 0x11)

/*
 * Purge a buffer, or all.
 *
 * arg 0    virtual address as it was registered; 0 with HCBPF_BUFFER_EVERY
 * arg 1    0
 * arg 2    0
 * arg 3    HCBPF_BUFFER_ALL: one that was registered so, else one of the calling
 *          vCPU; HCBPF_BUFFER_EVERY: every one of these
 *
 * -EINVAL  unknown flags; something is not 0
 * -ENOENT  no buffer begins there (never with HCBPF_BUFFER_EVERY)
 * -ENOMEM, -EAGAIN  as above
 */
#define HCBPF_HC_BUFFER_PURGE (HCBPF_HC_BASE + 0x12)

#define HCBPF_BUFFER_ALL 1
#define HCBPF_BUFFER_EVERY 2
#define HCBPF_BUFFER_HIGH_SHIFT 8	/* of the physical address's upper part, in 32-bit code */

/*
 * Added to the number of another call, Xen's or one of the above except these
 * three: addresses in its arguments are physical. No ABI uses the bit: numbers
 * of calls are small, and SMCCC wants it zero.
 */
#define HCBPF_HC_PHYSICAL 0x00800000

/*
 * Added in the same way, with HCBPF_HC_PHYSICAL or without: addresses in the call's arguments
 * are those of lists of page frames.
 */
#define HCBPF_HC_LIST 0x00200000

/* As Xen, Linux and KVM number them. */
#define HCBPF_ENOENT 2
#define HCBPF_E2BIG 7
#define HCBPF_EAGAIN 11
#define HCBPF_ENOMEM 12
#define HCBPF_EACCES 13
#define HCBPF_EFAULT 14
#define HCBPF_EEXIST 17
#define HCBPF_EINVAL 22
#define HCBPF_ENOSPC 28

#endif /* HCBPF_GUEST_H */
