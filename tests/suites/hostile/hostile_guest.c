// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hostile guests of every ABI that there is: calls with whatever arguments, from several
 * vCPUs, and without end; while the VMM changes what they are about.
 */
#include <hcbpf/guest.h>
#include <hcbpf/sdei.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>
#include "machine.h"
#ifdef __aarch64__
#include "../sdei/guest.h"
#endif

#define NR_MACHINES 4
#define SHORTEST_LIFE 200000
#define LONGEST_LIFE 700000
#define PAGE 4096ULL
/* Nothing is mapped there. */
#define NOWHERE 0x70000000ULL

/* MODULE, HANDLER: nobody's choice; counted at the end of a VM. */
enum role { GUEST, VMM, MODULE, HANDLER };

/* ---- the guest's part ---- */

static uint64_t some_address(struct cpu *cpu)
{
	const uint64_t end = GUEST_MEM_DEFAULT;
	uint64_t page = GUEST_DATA + PAGE * chance_below(&cpu->chance, 256);

	if (chance_percent(&cpu->chance, 60))
		return page + 4 * chance_below(&cpu->chance, 1023);
	return chance_one_of(&cpu->chance, page + PAGE - 2, end - 4, end - 2, end, NOWHERE, 0,
			     ~0ULL, ~0ULL - 3, 0xffffffff, 0xfffffffe, 1ULL << 52, 1ULL << 63,
			     GUEST_HIGH + GUEST_DATA, GUEST_HIGH + end - 2,
			     chance_next(&cpu->chance));
}

static uint64_t some_size(struct cpu *cpu)
{
	return chance_one_of(&cpu->chance, 1, 4, 8, PAGE, PAGE, PAGE - 1, 2 * PAGE, 1 << 20, 0,
			     ~0ULL, 0xffffffff, 1ULL << 52, 1ULL << 63);
}

static uint64_t some_port(struct cpu *cpu)
{
	if (chance_percent(&cpu->chance, 80))
		return chance_below(&cpu->chance, NR_PORTS + 1);
	return chance_one_of(&cpu->chance, 511, 512, 131071, 131072, 1 << 20, 0xffffffff,
			     1ULL << 32, ~0ULL);
}

static bool is_16_bit(const struct cpu *cpu)
{
	return cpu->machine->vm->mode == GUEST_16;
}

/* Some calls alike, counted. On arm64 the ABI is Xen's, or SMCCC by either conduit. */
static struct results call(struct cpu *cpu, bool xen, struct kvm_start start)
{
	start.program = is_16_bit(cpu) ? GUEST_CALL_ONCE : GUEST_CALLS;
	start.count = is_16_bit(cpu) ? 1 : 1 + chance_below(&cpu->chance, 16);
#ifdef __aarch64__
	start.abi = xen ? HCBPF_ABI_XEN : HCBPF_ABI_SMCCC;
	start.smc = !xen && chance_percent(&cpu->chance, 30);
#else
	(void)xen;
#endif
	return cpu_run(cpu, &start);
}

static int count(const struct kind *kind, struct results results)
{
	attack_count(kind, results.done, results.refused);
	return NOTHING;
}

static int send_event(void *who, const struct kind *kind)
{
	struct cpu *cpu = who;
	uint64_t physical = chance_percent(&cpu->chance, 40) ? HCBPF_HC_PHYSICAL : 0;
	uint64_t list = chance_percent(&cpu->chance, 40) ? HCBPF_HC_LIST : 0;
	struct kvm_start start = {
		.nr = XEN_HYPERCALL_EVENT_CHANNEL_OP | physical | list,
		.args = { XEN_EVTCHNOP_SEND, some_address(cpu) },
	};

	if (list && chance_percent(&cpu->chance, 80))
		start.args[1] = HCBPF_LIST_ADDRESS(start.args[1], chance_below(&cpu->chance, PAGE));
	return count(kind, call(cpu, true, start));
}

static int ring(void *who, const struct kind *kind)
{
	struct cpu *cpu = who;
	bool xen = cpu->machine->vm->xen;
	struct kvm_start start = {
		.nr = xen ? HCBPF_HC_DOORBELL :
		      machine_is_wide(cpu->machine) ? PLAIN_DOORBELL : PLAIN_DOORBELL32,
		.args = { some_port(cpu) },
	};

	return count(kind, call(cpu, xen, start));
}

static int ask_features(void *who, const struct kind *kind)
{
	const struct kvm_start start = { .nr = HCBPF_HC_FEATURES };
	struct results results = call(who, true, start);
	bool known = results.refused && (int32_t)results.last > 0;

	attack_count(kind, known, results.refused && !known);
	return NOTHING;
}

static int insert(void *who, const struct kind *kind)
{
	struct cpu *cpu = who;
	struct kvm_start start = {
		.nr = HCBPF_HC_BUFFER_INSERT,
		.args = { some_address(cpu), some_address(cpu), some_size(cpu),
			  chance_one_of(&cpu->chance, 0, 0, 0, HCBPF_BUFFER_ALL, 0xff, ~0ULL) },
	};

	if (chance_percent(&cpu->chance, 50))	/* as a guest would */
		start.args[1] = start.args[0];

	return count(kind, call(cpu, true, start));
}

static int purge(void *who, const struct kind *kind)
{
	struct cpu *cpu = who;
	uint64_t every = chance_percent(&cpu->chance, 50) ? HCBPF_BUFFER_EVERY : 0;
	struct kvm_start start = {
		.nr = HCBPF_HC_BUFFER_PURGE,
		.args = { every ? 0 : some_address(cpu), 0, 0,
			  every | chance_one_of(&cpu->chance, 0, HCBPF_BUFFER_ALL, 0x80) },
	};

	return count(kind, call(cpu, true, start));
}

static int ask_anything(void *who, const struct kind *kind)
{
	struct cpu *cpu = who;
	struct kvm_start start = {
		.nr = chance_one_of(&cpu->chance, chance_below(&cpu->chance, 64),
				    HCBPF_HC_BASE + chance_below(&cpu->chance, 32),
				    0xc6004800 + chance_below(&cpu->chance, 4),
				    chance_next(&cpu->chance)),
	};
	int i;

#ifdef __aarch64__
	/* Not PSCI: a guest that switches itself off does nothing more. */
	if ((start.nr & 0xbfffffe0) == 0x84000000)
		return NOTHING;
#endif
	for (i = 0; i < 6; i++)
		start.args[i] = chance_percent(&cpu->chance, 50) ? some_address(cpu) :
								   some_size(cpu);
	return count(kind, call(cpu, chance_percent(&cpu->chance, 50), start));
}

/* ---- without end, until somebody interrupts it ---- */

static uint64_t list_of(const struct cpu *cpu)
{
	return LISTS + cpu->vcpu->id * LIST_ROOM;
}

static struct kvm_start endless(struct cpu *cpu, enum guest_program program, uint64_t entries)
{
	return (struct kvm_start){
		.program = program, .count = 200 + chance_below(&cpu->chance, 2000),
		.args = { list_of(cpu), entries },
	};
}

static int send_without_end(void *who, const struct kind *kind)
{
	struct cpu *cpu = who;
	struct guest_port *port = kvm_at(cpu->machine->vm, list_of(cpu));
	struct kvm_start start = endless(cpu, GUEST_SENDS, 16);
	int i;

	if (!machine_is_wide(cpu->machine))
		return NOTHING;
	for (i = 0; i < 16; i++)
		port[i] = (struct guest_port){ .port = some_port(cpu) };
	if (!cpu->machine->vm->xen || chance_percent(&cpu->chance, 30))
		start.program = GUEST_DOORBELLS;
	return count(kind, cpu_run(cpu, &start));
}

#ifdef __x86_64__

static int flip_without_end(void *who, const struct kind *kind)
{
	struct cpu *cpu = who;
	struct guest_flip *flip = kvm_at(cpu->machine->vm, list_of(cpu));
	struct kvm_start start = endless(cpu, GUEST_FLIPS, 32);
	int i;

	if (!machine_is_wide(cpu->machine))
		return NOTHING;
	for (i = 0; i < 32; i++)
		flip[i] = (struct guest_flip){
			.gpa = chance_percent(&cpu->chance, 90) ?
			       PAGE * chance_below(&cpu->chance, GUEST_MEM_DEFAULT / PAGE) :
			       some_address(cpu),
			.npages = chance_percent(&cpu->chance, 80) ? 1 : some_size(cpu),
			.attrs = chance_one_of(&cpu->chance, 0, 0, 1 << 4, 1 << 4, 1, ~0ULL),
		};
	return count(kind, cpu_run(cpu, &start));
}

static int report_pages(void *who, const struct kind *kind)
{
	struct cpu *cpu = who;
	struct kvm_start start = {
		.nr = MAP_GPA_RANGE,
		.args = { some_address(cpu) & ~(PAGE - 1),
			  chance_percent(&cpu->chance, 70) ? 1 : some_size(cpu),
			  chance_one_of(&cpu->chance, 0, 1 << 4, 1 << 4 | 2, 3, ~0ULL) },
	};

	return count(kind, call(cpu, false, start));
}

/* 64-bit: control in RCX, input in RDX; 32-bit: control in EDX:EAX. */
static int call_hyperv(void *who, const struct kind *kind)
{
	struct cpu *cpu = who;
	uint64_t control = chance_one_of(&cpu->chance, 0x5c, 0x5d, 2, 8, 0xffff) |
			   (chance_percent(&cpu->chance, 50) ? HCBPF_HYPERV_FAST : 0) |
			   (uint64_t)chance_below(&cpu->chance, 4096) << 32;
	struct kvm_start start = {
		.nr = machine_is_wide(cpu->machine) ? some_address(cpu) : control,
		.args = { some_address(cpu), control, some_address(cpu), some_address(cpu) },
	};

	return count(kind, call(cpu, false, start));
}

#define ARCH_KINDS								\
	{ "guest: report pages", BOTH, 10, GUEST, .make = report_pages },	\
	{ "guest: report pages without end", BOTH, 6, GUEST, .make = flip_without_end }, \
	{ "guest: Hyper-V's calls", EITHER, 10, GUEST, .make = call_hyperv },

static void put_handlers(struct machine *machine)
{
	(void)machine;
}

static uint64_t handled(struct machine *machine)
{
	(void)machine;
	return 0;
}

#define SDEI_EXPECTED REFUSED
#define HANDLERS_EXPECTED NEVER
#define USER_EXPECTED DONE
#else

#define SMCCC_MEM_SHARE 0xC6000003

static int report_pages(void *who, const struct kind *kind)
{
	struct cpu *cpu = who;
	struct kvm_start start = {
		.nr = SMCCC_MEM_SHARE + chance_below(&cpu->chance, 2),
		.args = { some_address(cpu) & ~(PAGE - 1), chance_percent(&cpu->chance, 10) },
	};

	return count(kind, call(cpu, false, start));
}

/* ---- SDEI: with a handler that is one, most of the time ---- */

static int sdei(struct cpu *cpu, const struct kind *kind, uint32_t function, uint64_t a,
		uint64_t b, uint64_t c, uint64_t d)
{
	struct kvm_start start = { .nr = function, .args = { a, b, c, d } };

	if (chance_percent(&cpu->chance, 5))
		start.args[chance_below(&cpu->chance, 4)] = some_address(cpu);
	return count(kind, call(cpu, false, start));
}

static uint64_t block_of(unsigned int id)
{
	return HANDLER_BLOCKS + id * 0x1000;
}

static void put_handlers(struct machine *machine)
{
	unsigned int i;

	memcpy(kvm_at(machine->vm, HANDLER_CODE), sdei_guest, sdei_guest_end - sdei_guest);
	for (i = 0; i < NR_CPUS; i++) {
		struct block *block = kvm_at(machine->vm, block_of(i));

		memset(block, 0, sizeof(*block));
		block->end = HCBPF_SDEI_EVENT_COMPLETE;
	}
}

static uint64_t handled(struct machine *machine)
{
	uint64_t events = 0;
	unsigned int i;

	for (i = 0; i < NR_CPUS; i++)
		events += ((struct block *)kvm_at(machine->vm, block_of(i)))->events;
	return events;
}

/* Usually such that events then come. */
static int register_handler(void *who, const struct kind *kind)
{
	struct cpu *cpu = who;
	uint64_t entry = HANDLER_CODE + (sdei_handler - sdei_guest);

	sdei(cpu, kind, HCBPF_SDEI_EVENT_REGISTER, 0,
	     chance_percent(&cpu->chance, 90) ? entry : some_address(cpu),
	     block_of(cpu->vcpu->id), HCBPF_SDEI_ROUTE_ANY);
	if (chance_percent(&cpu->chance, 70)) {
		sdei(cpu, kind, HCBPF_SDEI_EVENT_ENABLE, 0, 0, 0, 0);
		sdei(cpu, kind, HCBPF_SDEI_PE_UNMASK, 0, 0, 0, 0);
	}
	return NOTHING;
}

static int switch_event(void *who, const struct kind *kind)
{
	struct cpu *cpu = who;

	return sdei(cpu, kind,
		    chance_one_of(&cpu->chance, HCBPF_SDEI_EVENT_ENABLE, HCBPF_SDEI_EVENT_ENABLE,
				  HCBPF_SDEI_EVENT_ENABLE, HCBPF_SDEI_EVENT_DISABLE,
				  HCBPF_SDEI_PE_UNMASK, HCBPF_SDEI_PE_UNMASK,
				  HCBPF_SDEI_PE_UNMASK, HCBPF_SDEI_PE_MASK), 0, 0, 0, 0);
}

static int signal_other(void *who, const struct kind *kind)
{
	struct cpu *cpu = who;

	return sdei(cpu, kind, HCBPF_SDEI_EVENT_SIGNAL, 0, chance_below(&cpu->chance, NR_CPUS + 1),
		    0, 0);
}

static int end_handler(void *who, const struct kind *kind)
{
	struct cpu *cpu = who;

	return sdei(cpu, kind,
		    chance_one_of(&cpu->chance, HCBPF_SDEI_EVENT_COMPLETE,
				  HCBPF_SDEI_EVENT_COMPLETE_AND_RESUME,
				  HCBPF_SDEI_EVENT_UNREGISTER, HCBPF_SDEI_PRIVATE_RESET,
				  HCBPF_SDEI_EVENT_CONTEXT), some_address(cpu), 0, 0, 0);
}

static int call_sdei(void *who, const struct kind *kind)
{
	struct cpu *cpu = who;

	return sdei(cpu, kind, HCBPF_SDEI_FN(chance_below(&cpu->chance, HCBPF_SDEI_NR_FNS)),
		    chance_below(&cpu->chance, 3), chance_below(&cpu->chance, 3),
		    some_address(cpu), chance_below(&cpu->chance, 3));
}

/* Between two programs the VMM moves registers, or resets the CPU. */
static int move_register(void *who, const struct kind *kind)
{
	struct cpu *cpu = who;
	uint64_t value = chance_one_of(&cpu->chance, 0, 1, 3, 5, 7, 0x3c5, HANDLER_CODE, ~0ULL);
	struct kvm_one_reg reg = {
		.id = HCBPF_SDEI_REG(chance_below(&cpu->chance, 27)), .addr = (uintptr_t)&value,
	};

	(void)kind;
	return request(cpu->vcpu->fd,
		       chance_percent(&cpu->chance, 50) ? KVM_GET_ONE_REG : KVM_SET_ONE_REG, &reg);
}

#define ARCH_KINDS								\
	{ "guest: report pages", BOTH, 10, GUEST, .make = report_pages },	\
	{ "guest: register a handler", BOTH, 12, GUEST, .make = register_handler }, \
	{ "guest: enable, unmask, ...", BOTH, 12, GUEST, .make = switch_event }, \
	{ "guest: signal an event", BOTH, 12, GUEST, .make = signal_other },	\
	{ "guest: complete what is not running", EITHER, 3, GUEST, .make = end_handler }, \
	{ "guest: SDEI's calls", BOTH, 10, GUEST, .make = call_sdei },		\
	{ "VMM: move SDEI's registers", BOTH, 6, GUEST, .make = move_register },

#define SDEI_EXPECTED BOTH
#define HANDLERS_EXPECTED DONE
#define USER_EXPECTED NEVER
#endif

/* ---- the VMM's part, at the same time ---- */

/* Its binding, or now and then the one before, which has ended: all is refused there. */
static struct hcbpf_vm *handle(struct machine *machine)
{
	return machine->old && chance_percent(&machine->chance, 15) ? machine->old : machine->hc;
}

static const uint8_t actions[] = {
	HCBPF_RULE_PASS, HCBPF_RULE_DENY, HCBPF_RULE_EXIT, HCBPF_RULE_TRACK, HCBPF_RULE_TRACK_EXIT,
};

static struct hcbpf_rule rule(uint8_t abi, uint32_t nr, uint8_t action)
{
	struct hcbpf_rule rule = { .abi = abi, .nr = nr, .sub = HCBPF_RULE_ANY, .action = action };

	if (action >= HCBPF_RULE_SEND && action <= HCBPF_RULE_TRACK_EXIT)
		rule.otherwise = HCBPF_RULE_PASS;
	if (action == HCBPF_RULE_DENY)
		rule.ret = -38;
	return rule;
}

/* All that an ABI has, allowed or, by chance, treated otherwise. */
static int set_rules(void *who, const struct kind *kind)
{
	struct machine *machine = who;
	LIBHCBPF_OPTS(hcbpf_rules_opts, opts, .flags = HCBPF_RULES_FORCE);
	struct hcbpf_rule rules[44];
	size_t nr = 0, i;
	uint8_t abi;

	(void)kind;
	for (abi = HCBPF_ABI_KVM; abi <= HCBPF_ABI_XEN; abi++) {
		rules[nr++] = rule(abi, HCBPF_HC_DOORBELL, HCBPF_RULE_DOORBELL);
		rules[nr++] = rule(abi, XEN_HYPERCALL_EVENT_CHANNEL_OP, HCBPF_RULE_SEND);
		for (i = 1; i < 4; i++)
			rules[nr++] = rule(abi, XEN_HYPERCALL_EVENT_CHANNEL_OP |
						(i & 1 ? HCBPF_HC_PHYSICAL : 0) |
						(i & 2 ? HCBPF_HC_LIST : 0), HCBPF_RULE_SEND);
		for (i = 0; i < 3; i++)
			rules[nr++] = rule(abi, HCBPF_HC_FEATURES + i, HCBPF_RULE_BUFFER);
		rules[nr++] = rule(abi, MAP_GPA_RANGE, HCBPF_RULE_TRACK);
	}
	rules[nr++] = rule(HCBPF_ABI_HYPERV, 0x5c, HCBPF_RULE_EXIT);
	rules[nr++] = rule(HCBPF_ABI_SMCCC, HCBPF_SMCCC_DOORBELL, HCBPF_RULE_DOORBELL);
	rules[nr++] = rule(HCBPF_ABI_SMCCC, HCBPF_SMCCC_DOORBELL32, HCBPF_RULE_DOORBELL);
	rules[nr++] = rule(HCBPF_ABI_SMCCC, 0xC6000003, HCBPF_RULE_TRACK);
	rules[nr++] = rule(HCBPF_ABI_SMCCC, 0xC6000004, HCBPF_RULE_TRACK);
	for (i = 0; i < HCBPF_SDEI_NR_FNS && nr < ARRAY_LEN(rules); i++)
		rules[nr++] = rule(HCBPF_ABI_SMCCC, HCBPF_SDEI_FN(i), HCBPF_RULE_SDEI);
	for (i = 0; i < nr; i++)
		if (chance_percent(&machine->chance, 8))
			rules[i] = rule(rules[i].abi, rules[i].nr,
					actions[chance_below(&machine->chance,
							     ARRAY_LEN(actions))]);
	if (chance_percent(&machine->chance, 20))
		nr = 0;
	return hcbpf_rules_set(handle(machine), rules, nr, &opts);
}

static int change_port(void *who, const struct kind *kind)
{
	struct machine *machine = who;
	uint32_t port = chance_below(&machine->chance, NR_PORTS);

	(void)kind;
	if (chance_percent(&machine->chance, 30))
		return hcbpf_port_del(handle(machine), port);
	return hcbpf_port_set(handle(machine), port, chance_below(&machine->chance, 6));
}

static int change_eventfd(void *who, const struct kind *kind)
{
	struct machine *machine = who;
	uint32_t slot = chance_below(&machine->chance, 5);
	uint64_t events;

	(void)kind;
	if (read(machine->efd, &events, sizeof(events)) < 0 && errno != EAGAIN)
		attack_found("the eventfd cannot be read: %s", strerror(errno));
	if (chance_percent(&machine->chance, 30))
		return hcbpf_vm_clear_eventfd(handle(machine), slot);
	return hcbpf_vm_set_eventfd(handle(machine), slot, machine->efd);
}

static int unbind(void *who, const struct kind *kind)
{
	struct machine *machine = who;

	(void)kind;
	return hcbpf_vm_unbind(handle(machine));
}

static int bind_again(void *who, const struct kind *kind)
{
	struct machine *machine = who;
	struct hcbpf_vm *ended = machine->hc;
	int ret = machine_bind(machine);

	(void)kind;
	if (ret) {
		machine->hc = ended;
	} else {
		hcbpf_vm_close(machine->old);
		machine->old = ended;
	}
	return ret;
}

static int set_buffers(void *who, const struct kind *kind)
{
	struct machine *machine = who;
	const uint64_t large = 16 * PAGE;
	struct hcbpf_buffer buffers[16];
	size_t i, nr = chance_below(&machine->chance, ARRAY_LEN(buffers) + 1);

	(void)kind;
	for (i = 0; i < nr; i++)
		buffers[i] = (struct hcbpf_buffer){
			.va = i * large + (chance_percent(&machine->chance, 70) ? GUEST_DATA :
										  NOWHERE),
			.gpa = chance_percent(&machine->chance, 80) ? GUEST_DATA + i * large :
								      GUEST_MEM_DEFAULT - 2,
			.size = chance_one_of(&machine->chance, large, PAGE - 2, 6),
			.vcpu = chance_one_of(&machine->chance, 0, 1, HCBPF_BUFFER_ANY_VCPU),
		};
	return hcbpf_buffers_set(handle(machine), buffers, nr);
}

static int limit_buffers(void *who, const struct kind *kind)
{
	struct machine *machine = who;

	(void)kind;
	return hcbpf_vm_set_buffer_limit(handle(machine),
					 chance_one_of(&machine->chance, 1, 8, 64, 64, 64, 65));
}

static int change_attributes(void *who, const struct kind *kind)
{
	struct machine *machine = who;
	const struct hcbpf_gpa_range range = {
		.gfn = chance_below(&machine->chance, 1024),
		.npages = 1 + chance_below(&machine->chance, 64),
		.attr = chance_below(&machine->chance, 3),
	};

	(void)kind;
	switch (chance_below(&machine->chance, 3)) {
	case 0:
		return hcbpf_gpa_reset(handle(machine));
	case 1:
		return hcbpf_gpa_replace(handle(machine), 0, &range, 1);
	default:
		return hcbpf_gpa_set(handle(machine), &range, 1, NULL);
	}
}

static int save(void *who, const struct kind *kind)
{
	struct machine *machine = who;
	size_t size;
	void *data;
	int ret = hcbpf_vm_save(handle(machine), &data, &size);

	(void)kind;
	if (!ret)
		free(data);
	return ret;
}

/* A slot beyond the guest's memory, where its buffers may point. */
static int change_memory(void *who, const struct kind *kind)
{
	struct machine *machine = who;
	struct kvm_userspace_memory_region region = {
		.slot = 1, .guest_phys_addr = NOWHERE,
		.memory_size = chance_percent(&machine->chance, 50) ? 16 * PAGE : 0,
		.userspace_addr = (uintptr_t)kvm_at(machine->vm, GUEST_DATA),
	};

	(void)kind;
	return request(machine->vm->fd, KVM_SET_USER_MEMORY_REGION, &region);
}

/* Pages are gone: from the guest's tables, or from the VMM's memory until they are touched. */
static int lose_pages(void *who, const struct kind *kind)
{
	struct machine *machine = who;
	uint64_t where = GUEST_DATA + PAGE * chance_below(&machine->chance, 256);

	(void)kind;
	if (chance_percent(&machine->chance, 10))
		return kvm_vm_unmap(machine->vm, where);
	madvise(kvm_at(machine->vm, GUEST_DATA), LISTS - GUEST_DATA, MADV_DONTNEED);
	if (chance_percent(&machine->chance, 80))
		machine_fill(machine);
	return 0;
}

static int signal_event(void *who, const struct kind *kind)
{
	struct machine *machine = who;
	uint32_t id = chance_below(&machine->chance, NR_CPUS + 1);

	(void)kind;
	if (chance_percent(&machine->chance, 20))
		return hcbpf_sdei_cancel(handle(machine), id, 0);
	return hcbpf_sdei_signal(handle(machine), id, 0);
}

#define COUNTED(name, expected, counter)						\
	{ name, expected, 0, MODULE, .data = (void *)offsetof(struct hcbpf_vm_stats, counter) }

static const struct kind kinds[] = {
	{ "guest: send", BOTH, 20, GUEST, .make = send_event },
	{ "guest: ring", BOTH, 12, GUEST, .make = ring },
	{ "guest: ask for features", BOTH, 4, GUEST, .make = ask_features },
	{ "guest: register a buffer", BOTH, 16, GUEST, .make = insert },
	{ "guest: purge buffers", BOTH, 10, GUEST, .make = purge },
	{ "guest: call anything", EITHER, 10, GUEST, .make = ask_anything },
	{ "guest: send and ring without end", BOTH, 6, GUEST, .make = send_without_end },
	ARCH_KINDS
	{ "VMM: set rules", BOTH, 12, VMM, .make = set_rules },
	{ "VMM: change a port", EITHER, 10, VMM, .make = change_port },
	{ "VMM: change an eventfd", BOTH, 10, VMM, .make = change_eventfd },
	{ "VMM: unbind", BOTH, 4, VMM, .make = unbind },
	{ "VMM: bind again", BOTH, 10, VMM, .make = bind_again },
	{ "VMM: set buffers", BOTH, 8, VMM, .make = set_buffers },
	{ "VMM: limit buffers", BOTH, 4, VMM, .make = limit_buffers },
	{ "VMM: change page attributes", BOTH, 8, VMM, .make = change_attributes },
	{ "VMM: save", BOTH, 4, VMM, .make = save },
	{ "VMM: change a memory slot", BOTH, 4, VMM, .make = change_memory },
	{ "VMM: lose pages", DONE, 4, VMM, .make = lose_pages },
	{ "VMM: signal an SDEI event", SDEI_EXPECTED, 8, VMM, .make = signal_event },
	COUNTED("the module answered calls", DONE, done),
	COUNTED("it passed calls", DONE, pass),
	COUNTED("it sent calls to the VMM", DONE, exits),
	COUNTED("it signalled eventfds", DONE, signals),
	COUNTED("calls came from user mode", USER_EXPECTED, user_mode),
	COUNTED("arguments could not be read", DONE, faults),
	COUNTED("they lay in buffers", DONE, buffer_hits),
	COUNTED("they did not", DONE, buffer_misses),
	COUNTED("page tables were walked", DONE, walks),
	COUNTED("page attributes were set", DONE, gpa_sets),
	COUNTED("they could not be set", DONE, gpa_failures),
	{ "event handlers were entered", HANDLERS_EXPECTED, 0, HANDLER },
};

/* What became of a VM's calls, at its end. */
static void add_counters(struct machine *machine)
{
	struct hcbpf_vm_stats stats = { 0 };
	const struct kind *kind;

	if (machine->hc)
		hcbpf_vm_stats(machine->hc, &stats);
	for (kind = kinds; kind < kinds + ARRAY_LEN(kinds); kind++) {
		if (kind->role == MODULE)
			attack_count(kind, *(uint64_t *)((char *)&stats + (uintptr_t)kind->data), 0);
		else if (kind->role == HANDLER)
			attack_count(kind, handled(machine), 0);
	}
}

/* ---- threads ---- */

static void *cpu_main(void *arg)
{
	struct cpu *cpu = arg;

	while (!cpu->dead && !__atomic_load_n(&cpu->machine->stop, __ATOMIC_RELAXED))
		attack_do(cpu, attack_choose(&cpu->chance, GUEST));
	return NULL;
}

/* Most guests may do what there is, and a machine that is restored has buffers. */
static void harass(struct machine *machine)
{
	uint64_t end = now_us() + SHORTEST_LIFE +
		       chance_below(&machine->chance, LONGEST_LIFE - SHORTEST_LIFE);

	if (machine->hc && chance_percent(&machine->chance, 70)) {
		set_rules(machine, NULL);
		set_buffers(machine, NULL);
	}
	while (now_us() < end) {
		if (machine->hc)
			attack_do(machine, attack_choose(&machine->chance, VMM));
		else
			machine_bind(machine);
		if (chance_percent(&machine->chance, 20))
			cpu_kick(&machine->cpus[chance_below(&machine->chance, NR_CPUS)]);
		nap_us(chance_below(&machine->chance, 4000));
	}
}

static void stop(struct machine *machine)
{
	unsigned int i;

	__atomic_store_n(&machine->stop, true, __ATOMIC_RELAXED);
	for (i = 0; i < NR_CPUS; i++)
		while (pthread_tryjoin_np(machine->cpus[i].thread, NULL)) {
			cpu_kick(&machine->cpus[i]);
			nap_us(1000);
		}
}

static void *machine_main(void *arg)
{
	struct machine *machine = arg;
	unsigned int i;

	for (;;) {
		if (!machine_make(machine)) {
			attack_found("no VM: %s", kvm_error());
			nap_us(1000);
			continue;
		}
		put_handlers(machine);
		for (i = 0; i < NR_CPUS; i++)
			if (pthread_create(&machine->cpus[i].thread, NULL, cpu_main,
					   &machine->cpus[i]))
				_exit(92);
		harass(machine);
		stop(machine);
		add_counters(machine);
		machine_end(machine);
	}
	return NULL;
}

static void live(uint64_t seed)
{
	static struct machine machines[NR_MACHINES];
	pthread_t thread;
	unsigned int i;

	machines_init();
	for (i = 0; i < NR_MACHINES; i++) {
		machines[i].chance = chance_of(seed, i);
		if (pthread_create(&thread, NULL, machine_main, &machines[i]))
			_exit(92);
	}
	for (;;)
		pause();
}

int main(void)
{
	const struct attack attack = {
		.name = "hostile guests", .kinds = kinds, .nr_kinds = ARRAY_LEN(kinds),
		.nr_processes = 2, .shortest = 2000, .longest = 4000, .live = live,
	};

	return attack_run(&attack);
}
