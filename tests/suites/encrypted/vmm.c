// SPDX-License-Identifier: GPL-2.0-only
/*
 * The VMM's side of SEV-ES: Documentation/virt/kvm/x86/amd-memory-encryption.rst in the Linux
 * source. Where a page is shared, its entry in the page tables lacks the C-bit.
 */
#include <cpuid.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>
#include "calls.h"
#include "guest.h"
#include "vmm.h"

#define PAGE 4096ULL
#define PTE_PRESENT_RW 3ULL
#define POLICY_NO_DEBUG 1
#define POLICY_ES 4

extern const uint8_t guest_begin[], guest_amd[], guest_intel[], guest_sev_es[], guest_end[];

static char problem[160];

const char *vmm_problem(void)
{
	return problem;
}

static int failed(const char *what)
{
	int err = errno;

	snprintf(problem, sizeof(problem), "%s: %s", what, strerror(err));
	return -err;
}

/* The bit of a physical address that says "encrypted"; 0: the CPU has none. */
static uint64_t c_bit(void)
{
	unsigned int a, b, c, d;

	if (!__get_cpuid_count(0x8000001f, 0, &a, &b, &c, &d) || !(a & 1 << 3))
		return 0;
	return 1ULL << (b & 0x3f);
}

bool vmm_has_sev_es(void)
{
	const char *es = file_text("/sys/module/kvm_amd/parameters/sev_es");

	return c_bit() && (*es == 'Y' || *es == '1') && !access("/dev/sev", R_OK | W_OK);
}

/* ---- SEV's commands ---- */

static int sev(struct vmm *vmm, uint32_t id, void *data, const char *what)
{
	struct kvm_sev_cmd cmd = { .id = id, .data = (uintptr_t)data, .sev_fd = vmm->sev };

	if (!ioctl(vmm->fd, KVM_MEMORY_ENCRYPT_OP, &cmd))
		return 0;
	failed(what);
	snprintf(problem + strlen(problem), sizeof(problem) - strlen(problem),
		 ", firmware error %u", cmd.error);
	return -EIO;
}

static int sev_begin(struct vmm *vmm)
{
	struct kvm_enc_region region = { .addr = (uintptr_t)vmm->memory, .size = MEMORY_SIZE };

	vmm->sev = open("/dev/sev", O_RDWR | O_CLOEXEC);
	if (vmm->sev < 0)
		return failed("/dev/sev");
	if (sev(vmm, KVM_SEV_ES_INIT, NULL, "KVM_SEV_ES_INIT"))
		return -EIO;
	return ioctl(vmm->fd, KVM_MEMORY_ENCRYPT_REG_REGION, &region) ?
	       failed("KVM_MEMORY_ENCRYPT_REG_REGION") : 0;
}

static int sev_encrypt(struct vmm *vmm, uint64_t from, uint64_t to)
{
	struct kvm_sev_launch_update_data update = {
		.uaddr = (uintptr_t)vmm->memory + from, .len = to - from,
	};

	return sev(vmm, KVM_SEV_LAUNCH_UPDATE_DATA, &update, "KVM_SEV_LAUNCH_UPDATE_DATA");
}

static int sev_launch(struct vmm *vmm)
{
	struct kvm_sev_launch_start start = { .policy = POLICY_ES | POLICY_NO_DEBUG };
	uint8_t digest[256];
	struct kvm_sev_launch_measure measure = {
		.uaddr = (uintptr_t)digest, .len = sizeof(digest),
	};

	return sev(vmm, KVM_SEV_LAUNCH_START, &start, "KVM_SEV_LAUNCH_START") ?:
	       sev_encrypt(vmm, TABLES, TABLES + 4 * PAGE) ?:
	       sev_encrypt(vmm, CODE, CODE + PAGE) ?:
	       sev(vmm, KVM_SEV_LAUNCH_UPDATE_VMSA, NULL, "KVM_SEV_LAUNCH_UPDATE_VMSA") ?:
	       sev(vmm, KVM_SEV_LAUNCH_MEASURE, &measure, "KVM_SEV_LAUNCH_MEASURE") ?:
	       sev(vmm, KVM_SEV_LAUNCH_FINISH, NULL, "KVM_SEV_LAUNCH_FINISH");
}

/* ---- memory and registers ---- */

static bool is_shared(uint64_t page)
{
	return page == GHCB || page == LIST || page == GUEST_SHARED;
}

static void fill_tables(struct vmm *vmm, uint64_t encrypted)
{
	uint64_t *table = (uint64_t *)(vmm->memory + TABLES), page;
	int level;

	for (level = 0; level < 3; level++, table += PAGE / sizeof(*table))
		table[0] = (TABLES + (level + 1) * PAGE) | PTE_PRESENT_RW | encrypted;
	for (page = 0; page < MEMORY_SIZE; page += PAGE)
		table[page / PAGE] = page | PTE_PRESENT_RW | (is_shared(page) ? 0 : encrypted);
}

static int set_cpuid(struct vmm *vmm, int kvm)
{
	struct kvm_cpuid2 *cpuid;
	int err = 0;

	cpuid = calloc(1, sizeof(*cpuid) + 256 * sizeof(cpuid->entries[0]));
	cpuid->nent = 256;
	if (ioctl(kvm, KVM_GET_SUPPORTED_CPUID, cpuid) || ioctl(vmm->vcpu, KVM_SET_CPUID2, cpuid))
		err = failed("CPUID");
	free(cpuid);
	return err;
}

static const uint8_t *entry(const struct vmm *vmm)
{
	unsigned int a, b, c, d;

	if (vmm->sev >= 0)
		return guest_sev_es;
	__cpuid(0, a, b, c, d);
	return b == signature_INTEL_ebx ? guest_intel : guest_amd;
}

static int set_registers(struct vmm *vmm, uint64_t encrypted)
{
	const struct kvm_segment code = {
		.selector = 8, .limit = ~0U, .type = 11, .present = 1, .s = 1, .l = 1, .g = 1,
	}, data = {
		.selector = 16, .limit = ~0U, .type = 3, .present = 1, .s = 1, .db = 1, .g = 1,
	};
	struct kvm_regs regs = {
		.rip = CODE + (entry(vmm) - guest_begin), .rflags = 2, .r12 = LIST,
	};
	struct kvm_sregs sregs;

	if (ioctl(vmm->vcpu, KVM_GET_SREGS, &sregs))
		return failed("KVM_GET_SREGS");
	sregs.cs = code;
	sregs.ds = sregs.es = sregs.ss = data;
	sregs.cr0 = 0x80000011;		/* PG, ET, PE */
	sregs.cr3 = TABLES | encrypted;
	sregs.cr4 = 0x20;		/* PAE */
	sregs.efer = 0x500;		/* LMA, LME */
	if (ioctl(vmm->vcpu, KVM_SET_SREGS, &sregs))
		return failed("KVM_SET_SREGS");
	return ioctl(vmm->vcpu, KVM_SET_REGS, &regs) ? failed("KVM_SET_REGS") : 0;
}

/* ---- the VM ---- */

static int add_memory(struct vmm *vmm)
{
	struct kvm_userspace_memory_region region = { .memory_size = MEMORY_SIZE };

	vmm->memory = mmap(NULL, MEMORY_SIZE, PROT_READ | PROT_WRITE,
			   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (vmm->memory == MAP_FAILED)
		return failed("memory");
	region.userspace_addr = (uintptr_t)vmm->memory;
	return ioctl(vmm->fd, KVM_SET_USER_MEMORY_REGION, &region) ?
	       failed("KVM_SET_USER_MEMORY_REGION") : 0;
}

static int add_vcpu(struct vmm *vmm, int kvm)
{
	vmm->vcpu = ioctl(vmm->fd, KVM_CREATE_VCPU, 0);
	if (vmm->vcpu < 0)
		return failed("KVM_CREATE_VCPU");
	vmm->run = mmap(NULL, ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0), PROT_READ | PROT_WRITE,
			MAP_SHARED, vmm->vcpu, 0);
	return vmm->run == MAP_FAILED ? failed("kvm_run") : set_cpuid(vmm, kvm);
}

int vmm_up(struct vmm *vmm, bool sev_es)
{
	uint64_t encrypted = sev_es ? c_bit() : 0;
	int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC), err;

	*vmm = (struct vmm) { .sev = -1 };
	if (kvm < 0)
		return failed("/dev/kvm");
	vmm->fd = ioctl(kvm, KVM_CREATE_VM, 0);
	err = vmm->fd < 0 ? failed("KVM_CREATE_VM") : add_memory(vmm);
	if (!err && sev_es)
		err = sev_begin(vmm);
	err = err ?: add_vcpu(vmm, kvm) ?: set_registers(vmm, encrypted);
	close(kvm);
	if (err)
		return err;
	fill_tables(vmm, encrypted);
	memcpy(vmm->memory + CODE, guest_begin, guest_end - guest_begin);
	return 0;
}

int vmm_launch(struct vmm *vmm)
{
	return vmm->sev < 0 ? 0 : sev_launch(vmm);
}

void vmm_down(struct vmm *vmm)
{
	close(vmm->vcpu);
	close(vmm->fd);
	if (vmm->sev >= 0)
		close(vmm->sev);
	munmap(vmm->memory, MEMORY_SIZE);
}
