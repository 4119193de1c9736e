/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The two ways from kvm_emulate_hypercall(vcpu) into hook(vcpu).
 *
 * hook() returns what kvm_emulate_hypercall() would, or a negative value: then
 * the original runs as if we had not been there. In that case nothing of ours
 * is left on the stack below it, because the original may sleep, and this
 * module may be gone before it wakes up.
 */
#include <linux/linkage.h>
#include <asm/unwind_hints.h>

/*
 * ftrace direct call: entered by the call at the function's start, so the stack
 * holds the address behind that call and, above it, the function's own return
 * address. A live patch of the function has replaced the first: returning to it
 * is right in both cases.
 */
SYM_FUNC_START(hcbpf_entry_direct)
	pushq	%rbp
	movq	%rsp, %rbp
	pushq	%rdi
	call	hook
	popq	%rdi
	popq	%rbp
	testl	%eax, %eax
	js	1f
	addq	$8, %rsp		/* handled: return to the function's caller */
	UNWIND_HINT_FUNC
	RET
1:	RET
SYM_FUNC_END(hcbpf_entry_direct)

/*
 * ftrace IP redirection: entered in place of the function, with its own return
 * address on the stack. To pass, go on behind the function's ftrace call. By a
 * return, not an indirect jump: the target has no ENDBR.
 */
SYM_FUNC_START(hcbpf_entry_redirect)
	pushq	%rbp
	movq	%rsp, %rbp
	pushq	%rdi
	subq	$8, %rsp		/* keep the stack 16-byte aligned at the call */
	call	hook
	addq	$8, %rsp
	popq	%rdi
	popq	%rbp
	testl	%eax, %eax
	js	2f
	RET
2:	pushq	hook_resume_ip(%rip)
	UNWIND_HINT_FUNC
	RET
SYM_FUNC_END(hcbpf_entry_redirect)
