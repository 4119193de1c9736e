/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The guest programs. The whole of guest_text is copied into a VM and may lie
 * anywhere that is aligned to 2 KB: the code is position independent. See enum
 * guest_program in kvm.h.
 *
 * 64-bit: X19 is the vCPU's struct guest_block, X28 the address that stops. X20..X27
 * are what a program needs, for calls X0..X6 and X16, since KVM's answer overwrites
 * some. X30 is where the next sample goes, X29 when it began. X9..X12 are scratch.
 */
#include <hcbpf/guest.h>
#include "guest_abi.h"

	.section .rodata.guest_text, "a"
	.globl	guest_text, guest_text_end, guest_vectors
	.balign	2048
guest_text:

/* No exception is expected: tell the host, which ends the run. */
guest_vectors:
	.rept	16
	mrs	x9, esr_el1
	mrs	x10, elr_el1
	orr	x9, x9, x10, lsl #32
	mov	x10, #GUEST_FAULT_ADDR & 0xffff
	movk	x10, #GUEST_FAULT_ADDR >> 16, lsl #16
	str	x9, [x10]
	b	.
	.balign	128
	.endr

.macro STOP
	str	xzr, [x28]
	b	.
.endm

.macro CLOCK reg
	isb
	mrs	\reg, cntvct_el0
.endm

.macro CLOCK_START
	CLOCK	x9
	str	x9, [x19, #BLOCK_TSC]
.endm

/* In ns, whatever the counter's frequency. */
.macro CLOCK_STOP
	CLOCK	x9
	ldr	x10, [x19, #BLOCK_TSC]
	sub	x9, x9, x10
	mov	x10, #1000000000 & 0xffff
	movk	x10, #1000000000 >> 16, lsl #16
	mul	x9, x9, x10
	mrs	x10, cntfrq_el0
	udiv	x9, x9, x10
	str	x9, [x19, #BLOCK_TSC]
.endm

.macro ADD_ONE base, offset
	ldr	x9, [\base, #\offset]
	add	x9, x9, #1
	str	x9, [\base, #\offset]
.endm

/* Count the result in X0, then go back to \again if rounds are left. */
.macro COUNT_RESULT again
	str	x0, [x19, #BLOCK_LAST]
	cbnz	x0, 2f
	ADD_ONE	x19, BLOCK_ZERO
	b	3f
2:	ADD_ONE	x19, BLOCK_OTHER
3:	ldr	x9, [x19, #BLOCK_COUNT]
	subs	x9, x9, #1
	str	x9, [x19, #BLOCK_COUNT]
	b.ne	\again
.endm

.macro ARGUMENTS
	mov	x0, x20
	mov	x1, x21
	mov	x2, x22
	mov	x3, x23
	mov	x4, x24
	mov	x5, x25
	mov	x6, x26
	mov	x16, x27
.endm

/* Ticks of the counter around an instruction, into the array of 64-bit words at X30. */
.macro SAMPLE insn:vararg
	CLOCK	x29
	\insn
	CLOCK	x9
	sub	x9, x9, x29
	str	x9, [x30], #8
.endm

/* The programs that call, by each instruction. */
.macro CALLS name, insn:vararg
	.globl	guest_call_once64_\name, guest_calls64_\name, guest_sample_calls64_\name
guest_call_once64_\name:
	\insn
	STOP

guest_calls64_\name:
	CLOCK_START
4:	ARGUMENTS
	\insn
	COUNT_RESULT 4b
	CLOCK_STOP
	STOP

guest_sample_calls64_\name:
10:	ARGUMENTS
	SAMPLE	\insn
	COUNT_RESULT 10b
	STOP
.endm

	CALLS	hvc, hvc #0
	CALLS	smc, smc #0
	CALLS	xen, hvc #0xea1

	.globl	guest_out64, guest_nothing64, guest_sample_outs64
guest_out64:
	CLOCK_START
5:	strb	wzr, [x20]
	mov	x0, #0
	COUNT_RESULT 5b
	CLOCK_STOP
	STOP

guest_sample_outs64:
11:	SAMPLE	strb wzr, [x20]
	mov	x0, #0
	COUNT_RESULT 11b
	STOP

guest_nothing64:
	CLOCK_START
6:	mov	x0, #0
	COUNT_RESULT 6b
	CLOCK_STOP
	STOP

/* Sends in turn over an array of struct guest_port: X20 the array, X21 its end, X22 the entry. */
.macro PORTS name
	.globl	\name
\name:
	CLOCK_START
	mov	x22, x20
.endm

.macro NEXT_PORT again
	cbnz	x0, 8f
	ADD_ONE	x22, PORT_ZERO
	b	9f
8:	ADD_ONE	x22, PORT_OTHER
9:	add	x22, x22, #PORT_SIZE
	cmp	x22, x21
	csel	x22, x20, x22, eq
	COUNT_RESULT \again
	CLOCK_STOP
	STOP
.endm

.macro LOAD_WORD reg, value
	mov	\reg, #(\value) & 0xffff
	movk	\reg, #((\value) >> 16) & 0xffff, lsl #16
.endm

	PORTS	guest_sends64
7:	mov	x16, #XEN_HYPERCALL_EVENT_CHANNEL_OP
	mov	x0, #XEN_EVTCHNOP_SEND
	mov	x1, x22
	hvc	#0xea1
	NEXT_PORT 7b

	PORTS	guest_doorbells64_xen
7:	LOAD_WORD x16, HCBPF_HC_DOORBELL
	ldr	w0, [x22, #PORT_PORT]
	hvc	#0xea1
	NEXT_PORT 7b

	PORTS	guest_doorbells64_hvc
7:	LOAD_WORD x0, HCBPF_SMCCC_DOORBELL
	ldr	w1, [x22, #PORT_PORT]
	hvc	#0
	NEXT_PORT 7b

	PORTS	guest_doorbells64_smc
7:	LOAD_WORD x0, HCBPF_SMCCC_DOORBELL
	ldr	w1, [x22, #PORT_PORT]
	smc	#0
	NEXT_PORT 7b

/*
 * 32-bit, as words: this assembler knows no A32. R13 is the vCPU's block, where
 * R0..R6 and R12 are at BLOCK_REGS; R14 is the address that stops.
 */
.macro A32_LDR reg, offset
	.word	0xe59d0000 | \reg << 12 | (\offset)	/* ldr \reg, [sp, #\offset] */
.endm

.macro A32_STR reg, offset
	.word	0xe58d0000 | \reg << 12 | (\offset)	/* str \reg, [sp, #\offset] */
.endm

.macro A32_STOP
	.word	0xe58e0000			/* str r0, [lr] */
	.word	0xeafffffe			/* b . */
.endm

.macro A32_COUNT_RESULT again
	A32_STR	0, BLOCK_LAST
	.word	0xe3500000			/* cmp r0, #0 */
	.word	0x03a02000 | BLOCK_ZERO		/* moveq r2, #BLOCK_ZERO */
	.word	0x13a02000 | BLOCK_OTHER	/* movne r2, #BLOCK_OTHER */
	.word	0xe79d1002			/* ldr r1, [sp, r2] */
	.word	0xe2811001			/* add r1, r1, #1 */
	.word	0xe78d1002			/* str r1, [sp, r2] */
	A32_LDR	1, BLOCK_COUNT
	.word	0xe2511001			/* subs r1, r1, #1 */
	A32_STR	1, BLOCK_COUNT
	.word	0x1a000000 | (((\again - . - 8) / 4) & 0xffffff)	/* bne \again */
.endm

.macro A32_CALLS name, insn
	.globl	guest_call_once32_\name, guest_calls32_\name
guest_call_once32_\name:
	.word	\insn
	A32_STOP

guest_calls32_\name:
	.irp	reg, 0, 1, 2, 3, 4, 5, 6
	A32_LDR	\reg, (BLOCK_REGS + 4 * \reg)
	.endr
	A32_LDR	12, (BLOCK_REGS + 28)
	.word	\insn
	A32_COUNT_RESULT guest_calls32_\name
	A32_STOP
.endm

	A32_CALLS hvc, 0xe1400070
	A32_CALLS smc, 0xe1600070
	A32_CALLS xen, 0xe140ea71

	.globl	guest_out32, guest_nothing32
guest_out32:
	.word	0xe3a00000			/* mov r0, #0 */
	.word	0xe5c40000			/* strb r0, [r4] */
	A32_COUNT_RESULT guest_out32
	A32_STOP

guest_nothing32:
	.word	0xe3a00000			/* mov r0, #0 */
	A32_COUNT_RESULT guest_nothing32
	A32_STOP
guest_text_end:

	.section .note.GNU-stack, "", @progbits
