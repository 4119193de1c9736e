// SPDX-License-Identifier: GPL-2.0-only
/* Making and freeing VMs, and KVM's own ways to an eventfd. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>
#include "internal.h"

/* Any number does that is not zero: with zero KVM leaves Xen hypercalls off without a word. */
#define XEN_MSR 0x40000000

#define MAX_CPUID 256

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

static int add_vcpu(struct kvm_vm *vm, unsigned int id)
{
	struct kvm_vcpu *vcpu = &vm->vcpus[id];
	void *run;
	int err;

	vcpu->fd = ioctl(vm->fd, KVM_CREATE_VCPU, id);
	if (vcpu->fd < 0)
		return kvm_fail(errno, "KVM_CREATE_VCPU %u", id);
	run = mmap(NULL, vm->run_size, PROT_READ | PROT_WRITE, MAP_SHARED, vcpu->fd, 0);
	if (run == MAP_FAILED)
		return kvm_fail(errno, "map kvm_run of vCPU %u", id);
	vcpu->run = run;
	err = set_cpuid(vcpu);
	return err ?: kvm_vcpu_set_mode(vcpu);
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
	if (!err && conf->xen)
		err = enable_xen(vm, conf->xen_evtchn_send);
	if (!err)
		err = kvm_load_programs(vm);
	if (err)
		return err;
	kvm_map_memory(vm);
	return add_vcpus(vm, conf->nr_vcpus ?: 1);
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

int kvm_vm_ioeventfd(struct kvm_vm *vm, uint16_t port, int efd)
{
	struct kvm_ioeventfd args = {
		.addr = port,
		.len = 1,
		.fd = efd,
		.flags = KVM_IOEVENTFD_FLAG_PIO,
	};

	if (ioctl(vm->fd, KVM_IOEVENTFD, &args))
		return kvm_fail(errno, "KVM_IOEVENTFD for I/O port %#x", port);
	return 0;
}
