/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A guest that makes the calls of a list, and stops: by VMMCALL or VMCALL, or as a SEV-ES
 * guest does, by its GHCB. Copied into the guest's memory, so it names no address of its own.
 * R12: the list.
 *
 * Offsets and protocol: AMD, "SEV-ES Guest-Hypervisor Communication Block Standardization"
 * (document 56421).
 */
#include "guest.h"

#define MSR_GHCB		0xc0010130
#define TERMINATION_REQUEST	0x100

#define GHCB_CPL		0x0cb
#define GHCB_RAX		0x1f8
#define GHCB_RCX		0x308
#define GHCB_RDX		0x310
#define GHCB_RBX		0x318
#define GHCB_RSI		0x330
#define GHCB_EXIT_CODE		0x390
#define GHCB_EXIT_INFO1		0x398
#define GHCB_EXIT_INFO2		0x3a0
#define GHCB_VALID		0x3f0
#define GHCB_VERSION		0xffa
#define GHCB_USAGE		0xffc

#define EXIT_VMMCALL		0x81
/* A bit for each eight bytes: what of the above the guest has filled in. */
#define VALID_LOW		0x8000000002000000	/* CPL, RAX */
#define VALID_HIGH		0x001c004e00000000	/* RCX, RDX, RBX, RSI, exit code and info */

.macro LOAD_CALL
	mov	ENTRY_NR(%r12), %rax
	mov	ENTRY_ARG0(%r12), %rbx
	mov	ENTRY_ARG1(%r12), %rcx
	mov	ENTRY_ARG2(%r12), %rdx
	mov	ENTRY_ARG3(%r12), %rsi
.endm

.macro STORE_RESULT
	mov	%rax, ENTRY_RESULT(%r12)
	movq	$1, ENTRY_DONE(%r12)
	add	$ENTRY_SIZE, %r12
.endm

.macro VMGEXIT
	rep
	vmmcall
.endm

	.section .rodata
	.globl	guest_begin, guest_amd, guest_intel, guest_sev_es, guest_end
guest_begin:

guest_amd:
	cmpq	$0, ENTRY_NR(%r12)
	je	stop
	LOAD_CALL
	vmmcall
	STORE_RESULT
	jmp	guest_amd

guest_intel:
	cmpq	$0, ENTRY_NR(%r12)
	je	stop
	LOAD_CALL
	vmcall
	STORE_RESULT
	jmp	guest_intel

stop:
	hlt
	jmp	stop

guest_sev_es:
	mov	$GHCB, %r14d
	mov	%r14d, %eax
	xor	%edx, %edx
	mov	$MSR_GHCB, %ecx
	wrmsr
1:	cmpq	$0, ENTRY_NR(%r12)
	je	2f
	LOAD_CALL
	mov	%rax, GHCB_RAX(%r14)
	mov	%rbx, GHCB_RBX(%r14)
	mov	%rcx, GHCB_RCX(%r14)
	mov	%rdx, GHCB_RDX(%r14)
	mov	%rsi, GHCB_RSI(%r14)
	movb	$0, GHCB_CPL(%r14)
	movq	$EXIT_VMMCALL, GHCB_EXIT_CODE(%r14)
	movq	$0, GHCB_EXIT_INFO1(%r14)
	movq	$0, GHCB_EXIT_INFO2(%r14)
	movw	$1, GHCB_VERSION(%r14)
	movl	$0, GHCB_USAGE(%r14)
	movabs	$VALID_LOW, %rdi
	mov	%rdi, GHCB_VALID(%r14)
	movabs	$VALID_HIGH, %rdi
	mov	%rdi, GHCB_VALID + 8(%r14)
	VMGEXIT
	mov	GHCB_RAX(%r14), %rax
	STORE_RESULT
	jmp	1b
2:	mov	$TERMINATION_REQUEST, %eax
	xor	%edx, %edx
	mov	$MSR_GHCB, %ecx
	wrmsr
	VMGEXIT
	jmp	2b
guest_end:

	.section .note.GNU-stack, "", @progbits
