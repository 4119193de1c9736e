/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * The guest of the reference VMM: sends on every port of its list, round after
 * round. 64-bit, position independent, no stack.
 *
 * RBP	struct guest_cpu (vmm.c)
 * R12	the current struct guest_port
 */
#include <hcbpf/guest.h>

#define CPU_ROUNDS	0
#define CPU_STOP	8
#define CPU_END		16
#define CPU_PORTS	24

#define PORT_NUMBER	0
#define PORT_DOORBELL	4
#define PORT_SENDS	8
#define PORT_SIZE	16

	.section .rodata
	.globl	guest, guest_hypercall, guest_end
guest:
	lea	CPU_PORTS(%rbp), %r12
1:	cmpl	$0, PORT_DOORBELL(%r12)
	jne	2f

	/* HYPERVISOR_event_channel_op(EVTCHNOP_send, &port), in the Xen ABI. */
	mov	$32, %eax
	mov	$4, %edi
	mov	%r12, %rsi
	jmp	guest_hypercall

	/* The doorbell: RDI is argument 0 of the Xen ABI, RBX that of the KVM ABI. */
2:	mov	$HCBPF_HC_DOORBELL, %eax
	mov	PORT_NUMBER(%r12), %edi
	mov	%rdi, %rbx

	/* AMD's; the VMM changes it to VMCALL on other CPUs. */
guest_hypercall:
	vmmcall

	/* What a careful driver does when nobody serves the call: ask the VMM by I/O. */
	test	%rax, %rax
	jz	3f
	mov	PORT_NUMBER(%r12), %eax
	out	%eax, $0x10

3:	addq	$1, PORT_SENDS(%r12)
	add	$PORT_SIZE, %r12
	cmp	CPU_END(%rbp), %r12
	jb	1b

	cmpq	$0, CPU_STOP(%rbp)
	jne	4f
	subq	$1, CPU_ROUNDS(%rbp)
	jnz	guest
4:	out	%al, $0xf4
	ud2
guest_end:

	.section .note.GNU-stack, "", @progbits
