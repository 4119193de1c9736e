/* SPDX-License-Identifier: GPL-2.0-only */
/* From the multiboot loader, in 32-bit protected mode without paging, to guest_main(). */
	.section .multiboot, "a"
	.balign 4
	.long 0x1badb002	/* magic, flags, checksum */
	.long 0
	.long -0x1badb002

	.text
	.globl start
start:
	movl $stack_end, %esp
	lgdt gdt_pointer
	ljmp $8, $1f
1:	movw $16, %ax
	movw %ax, %ds
	movw %ax, %es
	movw %ax, %ss
	call guest_main
2:	cli
	hlt
	jmp 2b

/* The timer: count, and tell the first interrupt controller that it is dealt with. */
	.globl on_timer
on_timer:
	pushl %eax
	incl guest_ticks
	movb $0x20, %al
	outb %al, $0x20
	popl %eax
	iret

/* `virsh inject-nmi` asks for the end. */
	.globl on_nmi
on_nmi:
	movl $1, guest_stop
	iret

	.balign 8
gdt:	.quad 0
	.quad 0x00cf9b000000ffff	/* code, 4 GiB */
	.quad 0x00cf93000000ffff	/* data */
gdt_pointer:
	.word . - gdt - 1
	.long gdt

	.bss
	.balign 16
	.skip 4096
stack_end:
