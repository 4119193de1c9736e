/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The shipped profiles, so that they work wherever the command does: an array
 * of struct profile_text. PROFILES, which build.mk makes, has a line
 * `profile NAME` for each file profiles/NAME.yaml.
 */
	.macro profile name
	.section .rodata
1:	.asciz "\name"
2:	.incbin "profiles/\name\().yaml"
	.byte 0
	.section .data.rel.ro, "aw"
	.quad 1b, 2b
	.endm

	.section .data.rel.ro, "aw"
	.balign 8
	.global built_in_profiles
built_in_profiles:
	.include PROFILES
	.section .data.rel.ro, "aw"
	.quad 0, 0
	.section .note.GNU-stack, "", @progbits
