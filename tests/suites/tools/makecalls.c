// SPDX-License-Identifier: GPL-2.0-only
/*
 * A guest with two vCPUs that makes the hypercalls it is told to, for the shell tests:
 *
 *	makecalls plain|xen|user
 *
 * Says "ready". A line "VCPU COUNT NR [ARG...]" on stdin is that many calls of this vCPU; the
 * answer is a line with the last one's result. COUNT 0: without end, and no answer. "user": by
 * the guest's user mode (x86). The VMM answers what comes to it with 77.
 */
#include <stdlib.h>
#include <unistd.h>
#include "rig.h"
#include "vmm_answer.h"

static int make_calls(struct kvm_vm *vm, const char *line, uint32_t abi)
{
	struct kvm_start start = { .program = GUEST_CALLS, .abi = abi };
	unsigned long long count, nr, arg[4] = { 0 };
	struct kvm_vcpu *vcpu;
	unsigned int cpu, i;

	if (sscanf(line, "%u %lli %lli %lli %lli %lli %lli", &cpu, &count, &nr, &arg[0], &arg[1],
		   &arg[2], &arg[3]) < 3 || cpu >= vm->nr_vcpus)
		return 2;
	start.count = count;
	start.nr = nr;
	for (i = 0; i < 4; i++)
		start.args[i] = arg[i];
	vcpu = &vm->vcpus[cpu];
	if (kvm_vcpu_start(vcpu, &start) || kvm_vcpu_run(vcpu)) {
		fprintf(stderr, "makecalls: %s\n", kvm_error());
		return 1;
	}
	printf("%lld\n", (long long)kvm_block(vcpu)->last);
	return 0;
}

int main(int argc, char **argv)
{
	struct kvm_vm_conf conf = { .nr_vcpus = 2 };
	uint32_t abi = PLAIN_ABI;
	char line[128];
	struct kvm_vm *vm;
	int status = 0;

	if (argc != 2)
		return 2;
	conf.xen = !strcmp(argv[1], "xen");
	conf.cpl = strcmp(argv[1], "user") ? 0 : 3;
	if (conf.xen)
		abi = HCBPF_ABI_XEN;
	if (kvm_vm_create(&conf, &vm)) {
		fprintf(stderr, "makecalls: %s\n", kvm_error());
		return 1;
	}
	vm->on_exit = vmm_answer;
	setvbuf(stdout, NULL, _IOLBF, 0);
	puts("ready");
	while (!status && fgets(line, sizeof(line), stdin))
		status = make_calls(vm, line, abi);
	return status;
}
