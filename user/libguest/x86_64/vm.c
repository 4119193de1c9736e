// SPDX-License-Identifier: GPL-2.0-only
/* Setting up a VM and its vCPUs, and KVM's own ways to an eventfd. */
#include <errno.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include "x86.h"

/* Any number but zero will do: with zero KVM silently leaves Xen hypercalls off. */
#define XEN_MSR 0x40000000

#define MAX_CPUID 256

static int enable_xen(struct kvm_vm *vm, bool evtchn_send)
{
	struct kvm_xen_hvm_config config = {
		.flags = KVM_XEN_HVM_CONFIG_INTERCEPT_HCALL,
		.msr = XEN_MSR,
	};

	if (evtchn_send)
		config.flags |= KVM_XEN_HVM_CONFIG_EVTCHN_SEND;
	if (ioctl(vm->fd, KVM_XEN_HVM_CONFIG, &config))
		return kvm_fail(errno, "KVM_XEN_HVM_CONFIG");
	return 0;
}

/* Without CPUID the guest has no long mode. */
static int set_cpuid(struct kvm_vcpu *vcpu)
{
	struct kvm_cpuid2 *cpuid;
	int err = 0;

	cpuid = calloc(1, sizeof(*cpuid) + MAX_CPUID * sizeof(cpuid->entries[0]));
	if (!cpuid)
		return kvm_fail(ENOMEM, "CPUID");
	cpuid->nent = MAX_CPUID;
	if (ioctl(vcpu->vm->kvm, KVM_GET_SUPPORTED_CPUID, cpuid))
		err = kvm_fail(errno, "KVM_GET_SUPPORTED_CPUID");
	else if (ioctl(vcpu->fd, KVM_SET_CPUID2, cpuid))
		err = kvm_fail(errno, "KVM_SET_CPUID2");
	free(cpuid);
	return err;
}

int arch_vm_setup(struct kvm_vm *vm, const struct kvm_vm_conf *conf)
{
	kvm_map_memory(vm);
	return conf->xen ? enable_xen(vm, conf->xen_evtchn_send) : 0;
}

int arch_vcpu_setup(struct kvm_vcpu *vcpu)
{
	return set_cpuid(vcpu) ?: kvm_vcpu_set_mode(vcpu);
}

int kvm_vm_xen_eventfd(struct kvm_vm *vm, uint32_t port, int efd)
{
	struct kvm_xen_hvm_attr attr = {
		.type = KVM_XEN_ATTR_TYPE_EVTCHN,
		.u.evtchn = {
			.send_port = port,
			.type = 2,	/* Xen's EVTCHNSTAT_interdomain */
			.deliver.eventfd.fd = efd,
		},
	};

	if (ioctl(vm->fd, KVM_XEN_HVM_SET_ATTR, &attr))
		return kvm_fail(errno, "KVM_XEN_HVM_SET_ATTR for port %u", port);
	return 0;
}

int kvm_vm_ioeventfd(struct kvm_vm *vm, uint64_t port, int efd)
{
	struct kvm_ioeventfd args = {
		.addr = port,
		.len = 1,
		.fd = efd,
		.flags = KVM_IOEVENTFD_FLAG_PIO,
	};

	if (ioctl(vm->fd, KVM_IOEVENTFD, &args))
		return kvm_fail(errno, "KVM_IOEVENTFD for I/O port %#llx", (unsigned long long)port);
	return 0;
}
