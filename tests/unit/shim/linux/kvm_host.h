/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TESTS_UNIT_SHIM_KVM_HOST_H
#define TESTS_UNIT_SHIM_KVM_HOST_H

#include "../kernel.h"

#define KVM_MAX_VCPU_IDS 4096

struct kvm_vcpu {
	struct kvm *kvm;
	int vcpu_id;
};

#endif /* TESTS_UNIT_SHIM_KVM_HOST_H */
