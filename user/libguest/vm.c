// SPDX-License-Identifier: GPL-2.0-only
/* Making and freeing VMs. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>
#include "internal.h"

static int open_vm(struct kvm_vm *vm)
{
	int size;

	vm->kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	if (vm->kvm < 0)
		return kvm_fail(errno, "open /dev/kvm");
	size = ioctl(vm->kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
	if (size < 0)
		return kvm_fail(errno, "KVM_GET_VCPU_MMAP_SIZE");
	vm->run_size = size;
	vm->fd = ioctl(vm->kvm, KVM_CREATE_VM, 0);
	if (vm->fd < 0)
		return kvm_fail(errno, "KVM_CREATE_VM");
	return 0;
}

static int add_memory(struct kvm_vm *vm)
{
	struct kvm_userspace_memory_region region = { .memory_size = vm->mem_size };
	void *mem;

	if (vm->mem_size <= GUEST_DATA)
		return kvm_fail(EINVAL, "%zu bytes of guest memory", vm->mem_size);
	mem = mmap(NULL, vm->mem_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (mem == MAP_FAILED)
		return kvm_fail(errno, "%zu bytes of guest memory", vm->mem_size);
	vm->mem = mem;
	region.userspace_addr = (uintptr_t)mem;
	if (ioctl(vm->fd, KVM_SET_USER_MEMORY_REGION, &region))
		return kvm_fail(errno, "KVM_SET_USER_MEMORY_REGION");
	return 0;
}

static int add_vcpu(struct kvm_vm *vm, unsigned int id)
{
	struct kvm_vcpu *vcpu = &vm->vcpus[id];
	void *run;

	vcpu->fd = ioctl(vm->fd, KVM_CREATE_VCPU, id);
	if (vcpu->fd < 0)
		return kvm_fail(errno, "KVM_CREATE_VCPU %u", id);
	run = mmap(NULL, vm->run_size, PROT_READ | PROT_WRITE, MAP_SHARED, vcpu->fd, 0);
	if (run == MAP_FAILED)
		return kvm_fail(errno, "map kvm_run of vCPU %u", id);
	vcpu->run = run;
	return arch_vcpu_setup(vcpu);
}

static int add_vcpus(struct kvm_vm *vm, unsigned int nr)
{
	unsigned int id;
	int err;

	if (nr > (GUEST_DATA - GUEST_BLOCKS) / sizeof(struct guest_block))
		return kvm_fail(EINVAL, "%u vCPUs", nr);
	vm->vcpus = calloc(nr, sizeof(*vm->vcpus));
	if (!vm->vcpus)
		return kvm_fail(ENOMEM, "%u vCPUs", nr);
	for (id = 0; id < nr; id++)
		vm->vcpus[id] = (struct kvm_vcpu){ .vm = vm, .id = id, .fd = -1 };
	vm->nr_vcpus = nr;
	for (id = 0; id < nr; id++) {
		err = add_vcpu(vm, id);
		if (err)
			return err;
	}
	return 0;
}

static int build(struct kvm_vm *vm, const struct kvm_vm_conf *conf)
{
	int err;

	err = open_vm(vm);
	if (!err)
		err = add_memory(vm);
	if (!err)
		err = kvm_load_programs(vm);
	if (!err)
		err = arch_vm_setup(vm, conf);
	return err ?: add_vcpus(vm, conf->nr_vcpus ?: 1);
}

int kvm_vm_create(const struct kvm_vm_conf *conf, struct kvm_vm **result)
{
	struct kvm_vm *vm;
	int err;

	*result = NULL;
	vm = calloc(1, sizeof(*vm));
	if (!vm)
		return kvm_fail(ENOMEM, "VM");
	vm->kvm = vm->fd = -1;
	vm->mode = conf->mode;
	vm->cpl = conf->cpl;
	vm->high = conf->high;
	vm->xen = conf->xen;
	vm->mem_size = conf->mem_size ?: GUEST_MEM_DEFAULT;
	err = build(vm, conf);
	if (err) {
		kvm_vm_destroy(vm);
		return err;
	}
	*result = vm;
	return 0;
}

static void free_vcpu(struct kvm_vcpu *vcpu)
{
	kvm_vcpu_stop(vcpu);
	if (vcpu->run)
		munmap(vcpu->run, vcpu->vm->run_size);
	if (vcpu->fd >= 0)
		close(vcpu->fd);
}

void kvm_vm_destroy(struct kvm_vm *vm)
{
	unsigned int id;

	if (!vm)
		return;
	for (id = 0; id < vm->nr_vcpus; id++)
		free_vcpu(&vm->vcpus[id]);
	free(vm->vcpus);
	if (vm->fd >= 0)
		close(vm->fd);
	if (vm->kvm >= 0)
		close(vm->kvm);
	if (vm->mem)
		munmap(vm->mem, vm->mem_size);
	free(vm);
}
