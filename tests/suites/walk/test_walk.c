// SPDX-License-Identifier: GPL-2.0-only
/*
 * hcbpf's walk of x86 page tables beside KVM's, on the same tables: a vCPU that never runs,
 * whose registers and CPUID are set anew for each lot. Where ours answers, KVM must say the
 * same; and ours must answer what is plain.
 */
#include <cpuid.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include "lab.h"
#include "../modules/walker/walker.h"
#include "random_tables.h"

#define CR0_PE (1UL << 0)
#define CR0_WP (1UL << 16)
#define CR0_PG (1UL << 31)
#define CR4_PSE (1UL << 4)
#define CR4_PAE (1UL << 5)
#define CR4_LA57 (1UL << 12)
#define CR4_PCIDE (1UL << 17)
#define CR4_SMAP (1UL << 21)
#define CR4_PKE (1UL << 22)
#define EFER_LME (1UL << 8)
#define EFER_LMA (1UL << 10)
#define EFER_NX (1UL << 11)
#define RFLAGS_AC (1UL << 18)

#define SMM_SLOT (1U << 16)	/* slots of SMM's own, behind all others */
#define LINEAR 0xffff888000000000ULL
#define MAX_CPUID 128

static uint64_t nr_walks = 100000;
static int vm, vcpu, walker;
static uint64_t *mem;		/* PAGES, in two slots whose order in the VMM is the other way round */
static struct walker_walk walks[WALKER_MAX];
static bool has_la57;

static struct kvm_cpuid2 *supported;

static uint64_t *table(unsigned int page)
{
	return mem + (page ^ PAGES / 2) * 512;
}

static void set_slot(unsigned int slot, uint64_t gpa, void *at, size_t size)
{
	struct kvm_userspace_memory_region region = {
		.slot = slot, .guest_phys_addr = gpa, .memory_size = size,
		.userspace_addr = (uintptr_t)at,
	};

	assert_int_equal(ioctl(vm, KVM_SET_USER_MEMORY_REGION, &region), 0);
}

static int group_setup(void **state)
{
	size_t half = PAGES / 2 * 4096;
	int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);

	(void)state;
	walker = open(WALKER_DEVICE, O_RDWR | O_CLOEXEC);
	vm = ioctl(kvm, KVM_CREATE_VM, 0);
	vcpu = ioctl(vm, KVM_CREATE_VCPU, 0);
	supported = calloc(1, sizeof(*supported) + MAX_CPUID * sizeof(supported->entries[0]));
	supported->nent = MAX_CPUID;
	if (walker < 0 || vcpu < 0 || ioctl(kvm, KVM_GET_SUPPORTED_CPUID, supported))
		return -1;
	mem = mmap(NULL, 2 * half, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE,
		   -1, 0);
	set_slot(0, TABLES, table(0), half);
	set_slot(1, TABLES + half, table(PAGES / 2), half);
	set_slot(SMM_SLOT, TABLES, table(0), half);
	return 0;
}

/* ---- a vCPU's CPU and registers */

struct cpu {
	unsigned int levels, phys_bits;
	bool nx, amd;
	uint64_t cr0, cr3, cr4, efer, rflags;
};

static void set_vendor(struct kvm_cpuid_entry2 *entry, bool amd)
{
	const char *name = amd ? "AuthenticAMD" : "GenuineIntel";

	memcpy(&entry->ebx, name, 4);
	memcpy(&entry->edx, name + 4, 4);
	memcpy(&entry->ecx, name + 8, 4);
}

static void set_cpuid(const struct cpu *cpu)
{
	unsigned int i;

	for (i = 0; i < supported->nent; i++) {
		struct kvm_cpuid_entry2 *entry = &supported->entries[i];

		if (entry->function == 0 || entry->function == 0x80000000)
			set_vendor(entry, cpu->amd);
		if (entry->function == 0x80000008)
			entry->eax = (entry->eax & ~0xffU) | cpu->phys_bits;
	}
	assert_int_equal(ioctl(vcpu, KVM_SET_CPUID2, supported), 0);
}

static bool set_registers(const struct cpu *cpu)
{
	struct kvm_sregs sregs;
	struct kvm_regs regs;

	assert_int_equal(ioctl(vcpu, KVM_GET_REGS, &regs), 0);
	regs.rflags = 2 | cpu->rflags;
	assert_int_equal(ioctl(vcpu, KVM_SET_REGS, &regs), 0);
	assert_int_equal(ioctl(vcpu, KVM_GET_SREGS, &sregs), 0);
	sregs.cs = (struct kvm_segment){
		.limit = ~0U, .type = 11, .present = 1, .s = 1, .g = 1, .selector = 8,
		.l = !!(cpu->efer & EFER_LMA), .db = !(cpu->efer & EFER_LMA),
	};
	sregs.cr0 = cpu->cr0;
	sregs.cr3 = cpu->cr3;
	sregs.cr4 = cpu->cr4;
	sregs.efer = cpu->efer;
	return !ioctl(vcpu, KVM_SET_SREGS, &sregs);
}

static uint64_t maybe(uint64_t bit)
{
	return random64() & 1 << 9 ? bit : 0;
}

/* In long mode, with what this machine has of what matters. */
static struct cpu random_cpu(unsigned int levels)
{
	struct cpu cpu = {
		.levels = levels, .phys_bits = 36 + random64() % 10, .nx = !one_in(4),
		.amd = one_in(2), .rflags = maybe(RFLAGS_AC),
		.cr0 = CR0_PE | CR0_PG | maybe(CR0_WP),
		.cr3 = TABLES + (random64() % (one_in(30) ? 2 * PAGES : PAGES) << 12),
		.cr4 = CR4_PAE | maybe(CR4_SMAP) | maybe(CR4_PKE) | maybe(CR4_PCIDE),
	};

	cpu.efer = EFER_LME | EFER_LMA | (cpu.nx ? EFER_NX : 0);
	if (levels == 5)
		cpu.cr4 |= CR4_LA57;
	if (cpu.cr4 & CR4_PCIDE)
		cpu.cr3 |= random64() & 0xfff;
	return cpu;
}

static void start(struct cpu *cpu)
{
	static const uint64_t optional[] = { CR4_PCIDE, CR4_PKE, CR4_SMAP };
	unsigned int i;

	set_cpuid(cpu);
	for (i = 0; !set_registers(cpu); i++) {
		if (i == ARRAY_LEN(optional))
			fail_msg("KVM_SET_SREGS");
		cpu->cr4 &= ~optional[i];
		if (optional[i] == CR4_PCIDE)
			cpu->cr3 &= ~0xfffULL;
	}
}

static void walk_all(unsigned int count)
{
	struct walker_walks req = { .vcpu = vcpu, .count = count, .walks = (uintptr_t)walks };

	assert_int_equal(ioctl(walker, WALKER_WALK, &req), 0);
}

/* ---- random tables */

static uint64_t answered, translated, made;

static void compare(const struct cpu *cpu)
{
	unsigned int i;

	for (i = 0; i < WALKER_MAX; i++) {
		const struct walker_walk *walk = &walks[i];

		made++;
		translated += walk->kvms != WALKER_NOWHERE;
		if (walk->ours == WALKER_NOWHERE)
			continue;
		answered++;
		if (walk->ours != walk->kvms)
			fail_msg("%s %#llx with CR3 %#llx, CR4 %#llx, %u physical bits: ours %#llx, KVM's %#llx",
				 walk->write ? "write" : "read", (unsigned long long)walk->addr,
				 (unsigned long long)cpu->cr3, (unsigned long long)cpu->cr4,
				 cpu->phys_bits, (unsigned long long)walk->ours,
				 (unsigned long long)walk->kvms);
	}
}

static void walk_a_lot(unsigned int levels)
{
	struct cpu cpu = random_cpu(levels);
	unsigned int i;

	start(&cpu);
	for (i = 0; i < PAGES * 512; i++)
		mem[i] = random_entry(cpu.nx, cpu.amd);
	for (i = 0; i < WALKER_MAX; i++)
		walks[i] = (struct walker_walk){
			.addr = random_address(levels), .write = one_in(3),
		};
	walk_all(WALKER_MAX);
	compare(&cpu);
}

static void random_tables_lead_where_kvm_says(unsigned int levels)
{
	answered = translated = made = 0;
	while (made < nr_walks / 2)
		walk_a_lot(levels);
	print_message("# %llu walks, KVM translates %llu, ours answers %llu\n",
		      (unsigned long long)made, (unsigned long long)translated,
		      (unsigned long long)answered);
	/* The rest are pages of programs, and what KVM first has to mark. */
	assert_true(answered >= translated / 4 * 3);
	assert_true(translated >= made / 4);
}

static void random_tables_of_four_levels(void **state)
{
	(void)state;
	random_tables_lead_where_kvm_says(4);
}

static void random_tables_of_five_levels(void **state)
{
	(void)state;
	if (!has_la57)
		skip();
	random_tables_lead_where_kvm_says(5);
}

/* ---- plain tables */

#define TABLE (P | RW | US | A)
#define PAGE (P | RW | A | D)

/* A guest's linear map at LINEAR: one entry of each table for the next, in the last all pages. */
static void build(unsigned int levels, unsigned int page_level)
{
	unsigned int i, level;

	memset(mem, 0, PAGES * 4096);
	for (level = levels - 1; level > page_level; level--)
		table(levels - 1 - level)[LINEAR >> (12 + 9 * level) & 511] =
			(TABLES + (levels - level) * 4096ULL) | TABLE;
	for (i = 0; i < 512; i++)
		table(levels - 1 - page_level)[i] = (uint64_t)i << (12 + 9 * page_level) | PAGE |
						    (page_level ? PS : 0);
}

static struct cpu plain_cpu(unsigned int levels)
{
	return (struct cpu){
		.levels = levels, .phys_bits = 40, .nx = true, .cr3 = TABLES,
		.cr0 = CR0_PE | CR0_PG | CR0_WP, .cr4 = CR4_PAE | (levels == 5 ? CR4_LA57 : 0),
		.efer = EFER_LME | EFER_LMA | EFER_NX,
	};
}

/* How many of the lot that starts at @base ours answers; KVM must translate all. */
static unsigned int answers(uint64_t base, uint64_t size)
{
	unsigned int i, count = 0;

	for (i = 0; i < WALKER_MAX; i++)
		walks[i] = (struct walker_walk){
			.addr = base + random64() % size, .write = one_in(2),
		};
	walk_all(WALKER_MAX);
	for (i = 0; i < WALKER_MAX; i++) {
		assert_int_equal(walks[i].kvms, walks[i].addr - base);
		count += walks[i].ours == walks[i].kvms;
	}
	return count;
}

static void what_is_plain_is_all_answered(void **state)
{
	unsigned int levels, page_level;

	(void)state;
	for (levels = 4; levels <= (has_la57 ? 5 : 4); levels++) {
		struct cpu cpu = plain_cpu(levels);

		start(&cpu);
		for (page_level = 0; page_level <= 2; page_level++) {
			build(levels, page_level);
			assert_int_equal(answers(LINEAR, 512ULL << (12 + 9 * page_level)), WALKER_MAX);
		}
	}
}

static void set_smm(bool smm)
{
	struct kvm_vcpu_events events;

	assert_int_equal(ioctl(vcpu, KVM_GET_VCPU_EVENTS, &events), 0);
	events.flags = KVM_VCPUEVENT_VALID_SMM;
	events.smi.smm = smm;
	assert_int_equal(ioctl(vcpu, KVM_SET_VCPU_EVENTS, &events), 0);
}

static void in_smm_only_kvm_walks(void **state)
{
	struct cpu cpu = plain_cpu(4);

	(void)state;
	start(&cpu);
	build(4, 1);
	set_smm(true);
	assert_int_equal(answers(LINEAR, 1 << 30), 0);
	set_smm(false);
	assert_int_equal(answers(LINEAR, 1 << 30), WALKER_MAX);
}

/* Nothing in the tables' first entries is a fault in any of these. */
static void outside_of_long_mode_only_kvm_walks(void **state)
{
	static const struct cpu modes[] = {
		{ .phys_bits = 40, .cr0 = CR0_PE },
		{ .phys_bits = 40, .cr0 = CR0_PE | CR0_PG, .cr3 = TABLES, .cr4 = CR4_PSE },
		{ .phys_bits = 40, .cr0 = CR0_PE | CR0_PG, .cr3 = TABLES, .cr4 = CR4_PAE },
	};
	unsigned int i;

	(void)state;
	build(4, 1);
	for (i = 0; i < ARRAY_LEN(modes); i++) {
		struct cpu cpu = modes[i];

		start(&cpu);
		walks[0] = (struct walker_walk){ .addr = 0x1000 };
		walk_all(1);
		assert_int_equal(walks[0].ours, WALKER_NOWHERE);
	}
}

static void look_for_la57(void)
{
	struct cpu cpu = plain_cpu(5);

	set_cpuid(&cpu);
	has_la57 = set_registers(&cpu);
}

static int setup(void **state)
{
	(void)state;
	set_smm(false);
	look_for_la57();
	return 0;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(what_is_plain_is_all_answered, setup),
		cmocka_unit_test_setup(in_smm_only_kvm_walks, setup),
		cmocka_unit_test_setup(outside_of_long_mode_only_kvm_walks, setup),
		cmocka_unit_test_setup(random_tables_of_four_levels, setup),
		cmocka_unit_test_setup(random_tables_of_five_levels, setup),
	};

	if (argc > 1)
		nr_walks = strtoull(argv[1], NULL, 0);
	if (argc > 2)
		random_state = strtoull(argv[2], NULL, 0);
	return cmocka_run_group_tests_name("walk", tests, group_setup, NULL);
}
