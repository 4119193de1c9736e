/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The guest programs. The whole of guest_text is copied into a VM and may lie
 * anywhere: the code is position independent. See enum guest_program in kvm.h.
 *
 * Every register may be an argument of a hypercall except the stack pointer,
 * so that one points to the vCPU's struct guest_block and nothing else is kept
 * in registers.
 */
#include <hcbpf/guest.h>
#include "guest_abi.h"

/*
 * AMD's instruction. Both vendors' are three bytes long: the host changes them
 * to Intel's (0f 01 c1) at the places listed in guest_hypercalls.
 */
.macro HYPERCALL
661:	vmmcall
	.pushsection .rodata.guest_hypercalls, "a"
	.long 661b - guest_text
	.popsection
.endm

/* RDX is saved because rdtsc overwrites it and it may be an argument. */
.macro TSC_START ax, dx, sp
	mov	\dx, BLOCK_RDX(\sp)
	rdtsc
	mov	%eax, BLOCK_TSC(\sp)
	mov	%edx, BLOCK_TSC + 4(\sp)
	mov	BLOCK_RDX(\sp), \dx
.endm

/* 32-bit arithmetic, for both widths. */
.macro TSC_STOP sp
	rdtsc
	sub	BLOCK_TSC(\sp), %eax
	sbb	BLOCK_TSC + 4(\sp), %edx
	mov	%eax, BLOCK_TSC(\sp)
	mov	%edx, BLOCK_TSC + 4(\sp)
.endm

.macro STOP
	out	%al, $GUEST_STOP_PORT
	ud2
.endm

/* Count the result in \ax, then go back to \again if rounds are left. */
.macro COUNT_RESULT ax, sp, one, again
	mov	\ax, BLOCK_LAST(\sp)
	test	\ax, \ax
	jnz	2f
	add\one	$1, BLOCK_ZERO(\sp)
1:	sub\one	$1, BLOCK_COUNT(\sp)
	jnz	\again
	jmp	3f
2:	add\one	$1, BLOCK_OTHER(\sp)
	jmp	1b
3:
.endm

/* The programs that exist for both widths. */
.macro PROGRAMS width, ax, dx, sp, one
	.globl guest_call_once\width, guest_calls\width, guest_out\width, guest_nothing\width

guest_call_once\width:
	HYPERCALL
	STOP

guest_calls\width:
	TSC_START \ax, \dx, \sp
4:	mov	BLOCK_NR(\sp), \ax
	HYPERCALL
	COUNT_RESULT \ax, \sp, \one, 4b
	TSC_STOP \sp
	STOP

guest_out\width:
	TSC_START \ax, \dx, \sp
5:	xor	%eax, %eax
	out	%al, %dx
	COUNT_RESULT \ax, \sp, \one, 5b
	TSC_STOP \sp
	STOP

guest_nothing\width:
	TSC_START \ax, \dx, \sp
6:	xor	%eax, %eax
	COUNT_RESULT \ax, \sp, \one, 6b
	TSC_STOP \sp
	STOP
.endm

	.section .rodata.guest_hypercalls, "a"
	.globl	guest_hypercalls
guest_hypercalls:

	.section .rodata.guest_text, "a"
	.globl	guest_text, guest_text_end
guest_text:
	.code32
	PROGRAMS 32, %eax, %edx, %esp, l
	.code64
	PROGRAMS 64, %rax, %rdx, %rsp, q

/* In turn over an array of entries: R12 the array, R13 its end, RBP the entry. */
.macro IN_TURN name
	.globl	\name
\name:
	TSC_START %rax, %rdx, %rsp
	mov	%r12, %rbp
.endm

.macro NEXT_ENTRY size, again
	add	$\size, %rbp
	cmp	%r13, %rbp
	cmove	%r12, %rbp
	COUNT_RESULT %rax, %rsp, q, \again
	TSC_STOP %rsp
	STOP
.endm

.macro NEXT_PORT again
	test	%rax, %rax
	jnz	8f
	addq	$1, PORT_ZERO(%rbp)
	jmp	9f
8:	addq	$1, PORT_OTHER(%rbp)
9:	NEXT_ENTRY PORT_SIZE, \again
.endm

	IN_TURN guest_sends64
7:	mov	$XEN_HYPERCALL_EVENT_CHANNEL_OP, %eax
	mov	$XEN_EVTCHNOP_SEND, %edi
	mov	%rbp, %rsi
	HYPERCALL
	NEXT_PORT 7b

	IN_TURN guest_doorbells64
7:	mov	$HCBPF_HC_DOORBELL, %eax
	mov	PORT_PORT(%rbp), %edi
	mov	%rdi, %rbx
	HYPERCALL
	NEXT_PORT 7b

	IN_TURN guest_flips64
7:	mov	$MAP_GPA_RANGE, %eax
	mov	FLIP_GPA(%rbp), %rbx
	mov	FLIP_NPAGES(%rbp), %rcx
	mov	FLIP_ATTRS(%rbp), %rdx
	HYPERCALL
	NEXT_ENTRY FLIP_SIZE, 7b
/*
 * The TSC around each round, into the array of 64-bit words at R12. lfence: a
 * CPU may read the TSC before what comes ahead of it is done.
 */
.macro SAMPLES name
	.globl	\name
\name:
11:	TSC_START %rax, %rdx, %rsp
	lfence
.endm

.macro NEXT_SAMPLE again
	mov	%rax, %r13
	mov	%rdx, BLOCK_RDX(%rsp)
	lfence
	rdtsc
	shl	$32, %rdx
	or	%rdx, %rax
	mov	BLOCK_RDX(%rsp), %rdx
	sub	BLOCK_TSC(%rsp), %rax
	mov	%rax, (%r12)
	add	$8, %r12
	mov	%r13, %rax
	COUNT_RESULT %rax, %rsp, q, \again
	STOP
.endm

	SAMPLES guest_sample_calls64
	mov	BLOCK_NR(%rsp), %rax
	HYPERCALL
	NEXT_SAMPLE 11b

	SAMPLES guest_sample_outs64
	xor	%eax, %eax
	out	%al, %dx
	NEXT_SAMPLE 11b

/* CPUID overwrites RAX, RBX, RCX and RDX. */
	.globl	guest_search_cpuid64
guest_search_cpuid64:
	movq	$0, BLOCK_NR(%rsp)
	mov	$HCBPF_CPUID_FIRST, %esi
12:	mov	%esi, %eax
	xor	%ecx, %ecx
	cpuid
	cmp	$HCBPF_CPUID_EBX, %ebx
	jne	13f
	cmp	$HCBPF_CPUID_ECX, %ecx
	jne	13f
	cmp	$HCBPF_CPUID_EDX, %edx
	je	14f
13:	add	$HCBPF_CPUID_STEP, %esi
	cmp	$HCBPF_CPUID_LAST, %esi
	jbe	12b
	STOP
14:	mov	%rsi, BLOCK_NR(%rsp)
	lea	1(%rsi), %edi
	cmp	%edi, %eax
	jb	15f
	mov	%edi, %eax
	xor	%ecx, %ecx
	cpuid
	mov	%rax, BLOCK_LAST(%rsp)
15:	STOP
guest_text_end:

	.section .rodata.guest_hypercalls, "a"
	.globl	guest_hypercalls_end
guest_hypercalls_end:

	.section .note.GNU-stack, "", @progbits
