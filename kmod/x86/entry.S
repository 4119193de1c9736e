/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From KVM into our C code, and back.
 *
 * KVM's handler and kvm_skip_emulated_instruction() may sleep (KVM reads guest
 * memory), and this module may be gone before they wake up: so nothing of ours
 * is left on the stack below them. They are jumped to, never called.
 *
 * Functions whose address C takes are typed: an ENDBR for IBT, which SYM_FUNC_START has on
 * some kernels only, and the hash of the type for kCFI.
 */
#include <linux/cfi_types.h>
#include <linux/linkage.h>
#include <asm/unwind_hints.h>
#include "entry.h"
#include "kernel.h"

/*
 * Where the search for a VM's binding begins: hcb_vm_table_home(), for the vCPU in
 * %rdi. %rdx: the table; %rsi: the slot's offset from the table's first.
 */
.macro FIRST_SLOT
	movq	hcb_vm_table(%rip), %rdx
	movl	TABLE_SHIFT(%rdx), %ecx
	movabsq	$TABLE_HASH, %rsi
	imulq	VCPU_KVM(%rdi), %rsi
	shrq	%cl, %rsi
	andq	$-SLOT_SIZE, %rsi
.endm

/* What hcb_hook() decides: %eax. %rdi is as it was. */
.macro CALL_HOOK
	leaq	TABLE_SLOTS(%rdx,%rsi), %rsi
	pushq	%rdi
	call	hcb_hook
	popq	%rdi
.endm

/*
 * The call does not go on into KVM's handler. %eax: an enum call_fate, CALL_ANSWERED
 * or CALL_EXIT; %rdi: the vCPU; on the stack the return address of KVM's handler,
 * whose value we return: 1, resume the guest, or 0, exit to the VMM.
 */
SYM_FUNC_START_LOCAL(handled)
	decl	%eax
	jnz	1f
	jmp	KVMS(kvm_skip_emulated_instruction)
1:	xorl	%eax, %eax
	RET
SYM_FUNC_END(handled)

/*
 * ftrace direct call on kvm_emulate_hypercall(vcpu): entered by the call at the
 * function's start, so the stack holds the address behind that call and, above
 * it, the function's own return address. A live patch of the function has
 * replaced the first: returning to it is right in both cases.
 *
 * The call of a VM that is not bound, with its first slot empty, ends here: 10
 * instructions, which with a call to C would be 22. The function has one argument,
 * in %rdi, so all other registers that a call may change are free.
 */
SYM_TYPED_FUNC_START(hcb_entry_direct)
	FIRST_SLOT
	cmpq	$0, TABLE_SLOTS + SLOT_KEY(%rdx,%rsi)
	jne	1f
	RET
1:	CALL_HOOK
	testl	%eax, %eax
	jnz	2f
	RET
2:	addq	$8, %rsp		/* drop the way back into the function */
	UNWIND_HINT_FUNC
	jmp	handled
SYM_FUNC_END(hcb_entry_direct)

/*
 * ftrace IP redirection: entered in place of the function, with its own return
 * address on the stack. To pass, go on behind the function's ftrace call. By a
 * return, not an indirect jump: the target has no ENDBR.
 */
SYM_TYPED_FUNC_START(hcb_entry_redirect)
	FIRST_SLOT
	CALL_HOOK
	testl	%eax, %eax
	jz	1f
	jmp	handled
1:	pushq	hcb_hook_resume_ip(%rip)
	UNWIND_HINT_FUNC
	RET
SYM_FUNC_END(hcb_entry_redirect)

/*
 * vcpu->arch.complete_userspace_io: KVM_RUN after an exit of ours. Returns like
 * KVM's own completions: 1, run the guest, or what stepping over says. KVM calls it through the
 * pointer.
 */
SYM_TYPED_FUNC_START(hcb_entry_complete)
	pushq	%rdi
	call	hcb_complete_exit
	popq	%rdi
	testl	%eax, %eax
	jz	1f
	jmp	KVMS(kvm_skip_emulated_instruction)
1:	movl	$1, %eax
	RET
SYM_FUNC_END(hcb_entry_complete)
