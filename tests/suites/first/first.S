/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Firmware of 64 KiB: the CPU's first instruction is a hypercall, number 0, which KVM does not
 * know. One line on the serial port says who answered: "denied" if it was a rule's -77, "free" if
 * not.
 */
#define COM1 0x3f8

	.code16
	.text
	.skip 0xff00
start:
	movw $free, %si
	cmpl $-77, %eax
	jne print
	movw $denied, %si
print:
	movw $COM1, %dx
1:	movb %cs:(%si), %al
	testb %al, %al
	jz 2f
	outb %al, %dx
	incw %si
	jmp 1b
2:	movb $1, %al
	outb %al, $0xf4		/* QEMU's isa-debug-exit, if it is there */
	cli
3:	hlt
	jmp 3b
denied:	.asciz "denied\n"
free:	.asciz "free\n"

	.org 0xfff0
	vmmcall			/* at reset, EAX is 0 */
	jmp start
	.org 0x10000
