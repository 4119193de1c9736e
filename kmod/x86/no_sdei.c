// SPDX-License-Identifier: GPL-2.0-only
/* SDEI is an interface of Arm's: here no VM has it. */
#include "vm_sdei.h"

int sdei_init(void)
{
	return 0;
}

void sdei_start(void)
{
}

void sdei_exit(void)
{
}

struct sdei_vm *sdei_vm_get(const struct kvm *kvm)
{
	return NULL;
}

void sdei_vm_put(struct sdei_vm *vm)
{
}

int sdei_watch(void)
{
	return 0;
}

int sdei_unwatch(void)
{
	return 0;
}

void sdei_vm_bind(struct sdei_vm *vm)
{
}

void sdei_vm_unbind(struct sdei_vm *vm, atomic_t *owed)
{
}

int sdei_vm_signal(struct sdei_vm *vm, u32 vcpu_id, u32 event)
{
	return -EOPNOTSUPP;
}

int sdei_vm_cancel(struct sdei_vm *vm, u32 vcpu_id, u32 event)
{
	return -EOPNOTSUPP;
}

int sdei_vm_show(struct sdei_vm *vm, struct hcbpf_sdei_state *show)
{
	return -EOPNOTSUPP;
}

bool sdei_vcpu_serves(const struct kvm_vcpu *vcpu)
{
	return false;
}

bool sdei_vcpu_completes(const struct kvm_vcpu *vcpu)
{
	return false;
}

void sdei_vcpu_call(struct kvm_vcpu *vcpu)
{
}
