/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The two ways from kvm_emulate_hypercall(vcpu) into hook(vcpu).
 *
 * hook() says whether the call was answered. If not, the original runs as if we
 * had not been there; if so, kvm_skip_emulated_instruction(vcpu) takes our
 * place and returns to the original's caller. Both may sleep (KVM reads guest
 * memory), and this module may be gone before they wake up: so nothing of ours
 * is left on the stack below either of them.
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
	pushq	%rdi
	call	hook
	popq	%rdi
	testl	%eax, %eax
	jnz	1f
	RET
1:	addq	$8, %rsp		/* drop the way back into the function */
	UNWIND_HINT_FUNC
	jmp	kvm_skip_emulated_instruction
SYM_FUNC_END(hcbpf_entry_direct)

/*
 * ftrace IP redirection: entered in place of the function, with its own return
 * address on the stack. To pass, go on behind the function's ftrace call. By a
 * return, not an indirect jump: the target has no ENDBR.
 */
SYM_FUNC_START(hcbpf_entry_redirect)
	pushq	%rdi
	call	hook
	popq	%rdi
	testl	%eax, %eax
	jz	2f
	jmp	kvm_skip_emulated_instruction
2:	pushq	hook_resume_ip(%rip)
	UNWIND_HINT_FUNC
	RET
SYM_FUNC_END(hcbpf_entry_redirect)
