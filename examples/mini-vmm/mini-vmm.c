// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/*
 * A VMM as small as one can be: a guest in real mode that makes 1000 sends on Xen event
 * channel 5, which has a device behind it. mini-vmm.patch lets hcbpf serve the sends.
 */
#include <cpuid.h>
#include <err.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#define CHECK(call) ({ long _ret = (call); if (_ret < 0) err(1, "%s", #call); _ret; })

enum { PORT = 5, SENDS = 1000, CODE = 0x1000, CALL = 18, DATA = 0x2000, MEMORY = 0x10000 };

static const uint8_t guest[] = {
	0x66, 0xb8, 32, 0, 0, 0,		/* again: mov eax, event_channel_op */
	0x66, 0xbb, 4, 0, 0, 0,			/* mov ebx, EVTCHNOP_send */
	0x66, 0xb9, 0, 0x20, 0, 0,		/* mov ecx, DATA: the port */
	0x0f, 0x01, 0xd9,			/* vmmcall, on Intel 0xc1: vmcall */
	0xff, 0x0e, 4, 0x20,			/* dec word [DATA + 4]: sends left */
	0x75, 0xe5,				/* jnz again */
	0xf4,					/* hlt */
};

/* Each has an instruction of its own, and in real mode KVM does not take the other's. */
static int is_intel(void)
{
	unsigned int eax, ebx, ecx = 0, edx;

	__get_cpuid(1, &eax, &ebx, &ecx, &edx);
	return ecx >> 5 & 1;	/* VMX */
}

static int kvm, vm, vcpu, device;
static uint8_t *memory;
static struct kvm_run *run;

static void create_vm(void)
{
	struct kvm_xen_hvm_config xen = {
		.flags = KVM_XEN_HVM_CONFIG_INTERCEPT_HCALL, .msr = 0x40000000,
	};
	struct kvm_userspace_memory_region region = { .memory_size = MEMORY };

	kvm = CHECK(open("/dev/kvm", O_RDWR | O_CLOEXEC));
	vm = CHECK(ioctl(kvm, KVM_CREATE_VM, 0));
	CHECK(ioctl(vm, KVM_XEN_HVM_CONFIG, &xen));
	memory = mmap(NULL, MEMORY, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		err(1, "guest memory");
	region.userspace_addr = (uintptr_t)memory;
	CHECK(ioctl(vm, KVM_SET_USER_MEMORY_REGION, &region));
	memcpy(memory + CODE, guest, sizeof(guest));
	if (is_intel())
		memory[CODE + CALL + 2] = 0xc1;
	*(uint32_t *)(memory + DATA) = PORT;
	*(uint16_t *)(memory + DATA + 4) = SENDS;
	device = CHECK(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
}

static void create_vcpu(void)
{
	struct kvm_regs regs = { .rip = CODE, .rflags = 2 };
	struct kvm_sregs sregs;

	vcpu = CHECK(ioctl(vm, KVM_CREATE_VCPU, 0));
	run = mmap(NULL, CHECK(ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0)), PROT_READ | PROT_WRITE,
		   MAP_SHARED, vcpu, 0);
	if (run == MAP_FAILED)
		err(1, "kvm_run");
	CHECK(ioctl(vcpu, KVM_GET_SREGS, &sregs));
	sregs.cs.base = sregs.cs.selector = 0;
	CHECK(ioctl(vcpu, KVM_SET_SREGS, &sregs));
	CHECK(ioctl(vcpu, KVM_SET_REGS, &regs));
}

int main(void)
{
	uint64_t arrived = 0;
	int exits = 0;

	create_vm();
	create_vcpu();
	for (;;) {
		CHECK(ioctl(vcpu, KVM_RUN, 0));
		if (run->exit_reason != KVM_EXIT_XEN)
			break;
		/* The only call that this guest makes. */
		CHECK(eventfd_write(device, 1));
		run->xen.u.hcall.result = 0;
		exits++;
	}
	if (run->exit_reason != KVM_EXIT_HLT)
		errx(1, "unexpected exit %u", run->exit_reason);
	eventfd_read(device, &arrived);
	printf("%u sends, %llu arrived, %d exits\n", SENDS, (unsigned long long)arrived, exits);
	return arrived != SENDS;
}
