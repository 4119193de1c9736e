// SPDX-License-Identifier: GPL-2.0-only
/* Setting up a VM and its vCPUs, and KVM's own way to an eventfd. */
#include <errno.h>
#include <sys/ioctl.h>
#include "arm64.h"

int arch_vm_setup(struct kvm_vm *vm, const struct kvm_vm_conf *conf)
{
	if (conf->mode != GUEST_64 && conf->mode != GUEST_32)
		return kvm_fail(EOPNOTSUPP, "guest mode %d on arm64: it has GUEST_64 and GUEST_32",
				conf->mode);
	if (conf->cpl || conf->xen_evtchn_send)
		return kvm_fail(EOPNOTSUPP, "this kind of VM on arm64");
	kvm_map_memory(vm);
	return 0;
}

int arch_vcpu_setup(struct kvm_vcpu *vcpu)
{
	struct kvm_vcpu_init init;

	if (ioctl(vcpu->vm->fd, KVM_ARM_PREFERRED_TARGET, &init))
		return kvm_fail(errno, "KVM_ARM_PREFERRED_TARGET");
	init.features[0] |= 1 << KVM_ARM_VCPU_PSCI_0_2;
	if (vcpu->vm->mode == GUEST_32)
		init.features[0] |= 1 << KVM_ARM_VCPU_EL1_32BIT;
	if (ioctl(vcpu->fd, KVM_ARM_VCPU_INIT, &init))
		return kvm_fail(errno, "KVM_ARM_VCPU_INIT");
	return kvm_vcpu_set_mode(vcpu);
}

int kvm_vm_xen_eventfd(struct kvm_vm *vm, uint32_t port, int efd)
{
	(void)vm;
	(void)efd;
	return kvm_fail(EOPNOTSUPP, "KVM's own Xen event channels, port %u", port);
}

int kvm_vm_ioeventfd(struct kvm_vm *vm, uint64_t port, int efd)
{
	struct kvm_ioeventfd args = { .addr = port, .len = 1, .fd = efd };

	if (ioctl(vm->fd, KVM_IOEVENTFD, &args))
		return kvm_fail(errno, "KVM_IOEVENTFD at %#llx", (unsigned long long)port);
	return 0;
}
