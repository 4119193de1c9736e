/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note OR BSD-2-Clause */
/*
 * What a guest may call: the hypercalls that hcbpf itself defines. A guest
 * kernel can include this header.
 *
 * Numbers lie in 0x48430000..0x4843ffff ("HC"). KVM's own hypercalls count up
 * from 1, Xen's from 0 to below 64, and Hyper-V's set bit 31 in a Xen guest:
 * none of them can collide. Without hcbpf, or in a VM whose policy does not
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
 *          (RBX for KVM, RDI for 64-bit Xen, EBX for 32-bit Xen). Higher bits
 *          must be zero.
 * result   0: the port was signalled. A port that the kernel does not know:
 *          as if hcbpf were not there.
 * caller   guest kernel (CPL 0) only.
 */
#define HCBPF_HC_DOORBELL (HCBPF_HC_BASE + 0)

#endif /* HCBPF_GUEST_H */
