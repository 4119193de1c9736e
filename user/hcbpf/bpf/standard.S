/* SPDX-License-Identifier: GPL-2.0-only */
/* The standard policy's object file, for `hcbpf load` without a file. */
	.section .rodata
	.balign 16
	.global standard_policy, standard_policy_end
standard_policy:
	.incbin STANDARD_POLICY
standard_policy_end:
	.byte 0
	.section .note.GNU-stack, "", @progbits
