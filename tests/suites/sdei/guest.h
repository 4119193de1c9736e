/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A guest CPU that does what the test says, word by word in its block of memory,
 * and whose SDEI handler writes down what it finds. Known to guest.S.
 */
#ifndef TESTS_LAB_SDEI_GUEST_H
#define TESTS_LAB_SDEI_GUEST_H

/* block.command; 0 when it is done. */
#define DO_NOTHING	0	/* spin, or with block.wfi wait for an event */
#define DO_CALL		1	/* block.args into X0..X6, HVC or SMC, X0..X3 into block.result */
#define DO_PATTERN	2	/* the same with X5..X17 and the flags set; all are written down */
#define DO_UNDEFS	3	/* until told otherwise, instructions that KVM makes UNDEFINED */
#define DO_SIGNALS	4	/* block.count times the call in block.args */
#define DO_SUSPEND	5	/* WFI once */

#define B_COMMAND	0
#define B_WFI		8
#define B_SMC		16
#define B_ARGS		24	/* 7 */
#define B_RESULT	80	/* 4 */
#define B_REGS		112	/* 18, then NZCV */
#define B_COUNT		264
#define B_UNDEFS	272
/* The handler's. */
#define B_EVENTS	280
#define B_EVENT		288
#define B_ARG		296
#define B_PC		304
#define B_PSTATE	312
#define B_DAIF		320
#define B_EL		328
#define B_SPSEL		336
#define B_HOLD		344	/* not 0: the handler waits */
#define B_END		352	/* how it ends: the function's id */
#define B_ADDRESS	360	/* and its argument */
#define B_REFUSED	368	/* what the call that ends it returned, plus 1; 0: it did not */
#define B_RESUMED	376	/* times that the program went on at resume */
#define B_ELR		384
#define B_SPSR		392
#define B_RESUME_DAIF	400
#define B_LOOPS		408
#define B_SIZE		416

#ifndef __ASSEMBLER__
#include <stdint.h>

struct block {
	uint64_t command, wfi, smc, args[7], result[4], regs[19], count, undefs;
	uint64_t events, event, arg, pc, pstate, daif, el, spsel;
	uint64_t hold, end, address, refused, resumed, elr, spsr, resume_daif;
	uint64_t loops;		/* rounds of the main loop */
};

_Static_assert(sizeof(struct block) == B_SIZE, "as in guest.S");

extern const char sdei_guest[], sdei_guest_end[], sdei_guest_start[], sdei_handler[];
extern const char sdei_resume[], sdei_pattern_call[], sdei_guest_on[];
#endif

#endif /* TESTS_LAB_SDEI_GUEST_H */
