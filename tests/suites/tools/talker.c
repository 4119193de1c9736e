// SPDX-License-Identifier: GPL-2.0-only
/*
 * A guest that makes the hypercalls it is told to, for the shell tests:
 *
 *	talker xen|plain
 *
 * Says "ready FD"; FD is an eventfd of this process. A line "NR [ARG [PORT]]" on
 * stdin is one call, with ARG in argument 0, and in argument 1 the address of
 * PORT, as EVTCHNOP_send wants it. The answer is a line "RESULT WHO":
 *
 *	signal	the eventfd was signalled
 *	vmm	the VMM, which answers every call with 77, after KVM_EXIT_XEN
 *	exit	the same after KVM_EXIT_HYPERCALL
 *	kernel	none of them
 */
#include <stdlib.h>
#include "rig.h"
#include "vmm_answer.h"

static const char *who(const struct kvm_vcpu *vcpu, int efd)
{
	if (efd_take(efd))
		return "signal";
	if (vcpu->exits.xen)
		return "vmm";
	return vcpu->exits.hypercall ? "exit" : "kernel";
}

static int call(struct kvm_vm *vm, const char *line, int efd)
{
	struct kvm_start start = { .program = GUEST_CALL_ONCE };
	struct kvm_vcpu *vcpu = &vm->vcpus[0];
	long long nr, arg = 0, port = 0;
	struct kvm_regs regs;

	if (sscanf(line, "%lli %lli %lli", &nr, &arg, &port) < 1)
		return 2;
	start.nr = nr;
	start.args[0] = arg;
	start.args[1] = GUEST_DATA;
	put_port(vm, GUEST_DATA, port);
	if (kvm_vcpu_start(vcpu, &start) || kvm_vcpu_run(vcpu) || kvm_vcpu_regs(vcpu, &regs)) {
		fprintf(stderr, "talker: %s\n", kvm_error());
		return 1;
	}
	printf("%lld %s\n", (long long)kvm_result(&regs), who(vcpu, efd));
	return 0;
}

int main(int argc, char **argv)
{
	struct kvm_vm_conf conf = { .xen = argc > 1 && !strcmp(argv[1], "xen") };
	int status = 0, efd = efd_new();
	struct kvm_vm *vm;
	char line[128];

	if (kvm_vm_create(&conf, &vm)) {
		fprintf(stderr, "talker: %s\n", kvm_error());
		return 1;
	}
	vm->on_exit = vmm_answer;
	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("ready %d\n", efd);
	while (!status && fgets(line, sizeof(line), stdin))
		status = call(vm, line, efd);
	kvm_vm_destroy(vm);
	return status;
}
