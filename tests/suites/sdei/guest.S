/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * See guest.h. Position independent, copied to where the test likes, at 2 KB.
 * X19 is the block, also in TPIDR_EL1 and in X1 of the handler. No stack: exceptions
 * keep X9 and X10 in X20 and X21, the handler in itself.
 */
#include "guest.h"

	.section .rodata.sdei_guest, "a"
	.globl	sdei_guest, sdei_guest_end, sdei_guest_start, sdei_handler
	.globl	sdei_resume, sdei_pattern_call, sdei_guest_on
	.balign	2048
sdei_guest:
/* An exception is one of DO_UNDEFS: count it and step over it. */
	.rept	16
	mov	x20, x9
	mov	x21, x10
	ldr	x9, [x19, #B_UNDEFS]
	add	x9, x9, #1
	str	x9, [x19, #B_UNDEFS]
	mrs	x9, elr_el1
	add	x9, x9, #4
	msr	elr_el1, x9
	mov	x9, x20
	mov	x10, x21
	eret
	.balign	128
	.endr

/* After CPU_ON, with the block in X0: the MMU is off, and memory where it was. */
sdei_guest_on:
	mov	x19, x0
sdei_guest_start:
	adr	x9, sdei_guest
	msr	vbar_el1, x9
	isb

main:
	ldr	x9, [x19, #B_LOOPS]
	add	x9, x9, #1
	str	x9, [x19, #B_LOOPS]
	ldr	x9, [x19, #B_COMMAND]
	cmp	x9, #DO_CALL
	b.eq	call
	cmp	x9, #DO_PATTERN
	b.eq	pattern
	cmp	x9, #DO_UNDEFS
	b.eq	undefs
	cmp	x9, #DO_SIGNALS
	b.eq	signals
	cmp	x9, #DO_SUSPEND
	b.eq	suspend
	ldr	x9, [x19, #B_WFI]
	cbz	x9, main
	wfi
	b	main

.macro ARGS
	ldp	x0, x1, [x19, #B_ARGS]
	ldp	x2, x3, [x19, #B_ARGS + 16]
	ldp	x4, x5, [x19, #B_ARGS + 32]
	ldr	x6, [x19, #B_ARGS + 48]
.endm

.macro CONDUIT scratch
	ldr	\scratch, [x19, #B_SMC]
	cbnz	\scratch, 1f
	hvc	#0
	b	2f
1:	smc	#0
2:
.endm

done:
	dmb	ish
	str	xzr, [x19, #B_COMMAND]
	b	main

call:
	ARGS
	CONDUIT	x9
	stp	x0, x1, [x19, #B_RESULT]
	stp	x2, x3, [x19, #B_RESULT + 16]
	b	done

/* X5..X17 are 0x100 + their number; the flags are N and C. */
pattern:
	ARGS
	.irp	n, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17
	mov	x\n, #0x100 + \n
	.endr
	mov	x20, #0xa0000000
	msr	nzcv, x20
	ldr	x20, [x19, #B_SMC]
	cbnz	x20, 1f
sdei_pattern_call:
	hvc	#0
	b	2f
1:	smc	#0
2:	mrs	x20, nzcv
	stp	x0, x1, [x19, #B_REGS]
	stp	x2, x3, [x19, #B_REGS + 16]
	stp	x4, x5, [x19, #B_REGS + 32]
	stp	x6, x7, [x19, #B_REGS + 48]
	stp	x8, x9, [x19, #B_REGS + 64]
	stp	x10, x11, [x19, #B_REGS + 80]
	stp	x12, x13, [x19, #B_REGS + 96]
	stp	x14, x15, [x19, #B_REGS + 112]
	stp	x16, x17, [x19, #B_REGS + 128]
	str	x20, [x19, #B_REGS + 144]
	b	done

undefs:
	.rept	8
	mrs	x9, pmcr_el0		/* these vCPUs have no PMU */
	.endr
	ldr	x9, [x19, #B_COMMAND]
	cmp	x9, #DO_UNDEFS
	b.eq	undefs
	b	main

signals:
	ldr	x22, [x19, #B_COUNT]
3:	ARGS
	CONDUIT	x9
	str	x0, [x19, #B_RESULT]
	subs	x22, x22, #1
	b.ne	3b
	b	done

suspend:
	wfi
	b	done

/* X0 the event, X1 the block, X2 and X3 where it came from. */
sdei_handler:
	mov	x17, x1
	ldr	x4, [x17, #B_EVENTS]
	str	x0, [x17, #B_EVENT]
	str	x1, [x17, #B_ARG]
	str	x2, [x17, #B_PC]
	str	x3, [x17, #B_PSTATE]
	mrs	x5, daif
	str	x5, [x17, #B_DAIF]
	mrs	x5, CurrentEL
	str	x5, [x17, #B_EL]
	mrs	x5, SPSel
	str	x5, [x17, #B_SPSEL]
	add	x4, x4, #1
	dmb	ish
	str	x4, [x17, #B_EVENTS]
4:	ldr	x5, [x17, #B_HOLD]
	cbnz	x5, 4b
	ldr	x0, [x17, #B_END]
	ldr	x1, [x17, #B_ADDRESS]
	ldr	x5, [x17, #B_SMC]
	cbnz	x5, 5f
	hvc	#0
	b	6f
5:	smc	#0
6:	add	x0, x0, #1
	str	x0, [x17, #B_REFUSED]
	b	.

/* As an exception vector would begin. X0..X17 are the interrupted program's. */
sdei_resume:
	mrs	x20, elr_el1
	str	x20, [x19, #B_ELR]
	mrs	x20, spsr_el1
	str	x20, [x19, #B_SPSR]
	mrs	x20, daif
	str	x20, [x19, #B_RESUME_DAIF]
	ldr	x20, [x19, #B_RESUMED]
	add	x20, x20, #1
	str	x20, [x19, #B_RESUMED]
	eret
sdei_guest_end:

	.section .note.GNU-stack, "", @progbits
