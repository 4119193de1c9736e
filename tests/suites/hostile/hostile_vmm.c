// SPDX-License-Identifier: GPL-2.0-only
/*
 * A hostile VMM: every request in every order, from many threads of several processes, on
 * files that are shared, passed on, closed, and kept longer than what they stand for;
 * from memory that sleeps while others end what the request is about.
 */
#include <fcntl.h>
#include <linux/kvm.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>
#include "requests.h"
#include "sleepy.h"

#define NR_PROCESSES 3
#define NR_THREADS 12
#define PAGE sysconf(_SC_PAGESIZE)
#define GUEST_MEMORY (2 << 20)

static struct seat seats[NR_THREADS];
static int kvm;
static void *guest_memory;
/* Both ends of both directions: what is sent comes to any process, the sender too. */
static int sockets[2];

/* ---- KVM's part ---- */

static int make_vm(void *who, const struct kind *kind)
{
	struct seat *seat = who;
	int fd = request(kvm, KVM_CREATE_VM, (void *)(chance_percent(&seat->chance, 5) ? -1L : 0L));

	(void)kind;
	files_put(VMS, &seat->chance, fd);
	return fd;
}

static int make_vcpu(void *who, const struct kind *kind)
{
	struct seat *seat = who;
	int fd = request(files_any(VMS, &seat->chance), KVM_CREATE_VCPU,
			 (void *)(unsigned long)chance_below(&seat->chance, 4));

	(void)kind;
	files_put(VCPUS, &seat->chance, fd);
	return fd;
}

static int change_memory(void *who, const struct kind *kind)
{
	struct seat *seat = who;
	struct kvm_userspace_memory_region region = {
		.slot = chance_below(&seat->chance, 3),
		.guest_phys_addr = chance_below(&seat->chance, 4) * GUEST_MEMORY,
		.memory_size = chance_percent(&seat->chance, 60) ? GUEST_MEMORY : 0,
		.userspace_addr = (uintptr_t)guest_memory,
	};

	(void)kind;
	return request(files_any(VMS, &seat->chance), KVM_SET_USER_MEMORY_REGION, &region);
}

#ifdef __x86_64__

/* The machine is reset: the module clears the ports. */
static int reset_channels(void *who, const struct kind *kind)
{
	struct seat *seat = who;
	struct kvm_xen_hvm_config config = {
		.flags = KVM_XEN_HVM_CONFIG_INTERCEPT_HCALL, .msr = 0x40000000,
	};
	struct kvm_xen_hvm_attr attr = {
		.type = KVM_XEN_ATTR_TYPE_EVTCHN, .u.evtchn.flags = KVM_XEN_EVTCHN_RESET,
	};
	int vm = files_any(VMS, &seat->chance);

	(void)kind;
	if (chance_percent(&seat->chance, 50))
		request(vm, KVM_XEN_HVM_CONFIG, &config);
	return request(vm, KVM_XEN_HVM_SET_ATTR, &attr);
}

static void prepare_vcpu(int vm, int vcpu)
{
	(void)vm;
	(void)vcpu;
}

#define ARCH_KINDS								\
	{ "KVM: reset the event channels", BOTH, 2, .make = reset_channels },

#define SDEI_EXPECTED REFUSED
#else

static int init_vcpu(void *who, const struct kind *kind)
{
	struct seat *seat = who;
	struct kvm_vcpu_init init = { 0 };

	(void)kind;
	request(files_any(VMS, &seat->chance), KVM_ARM_PREFERRED_TARGET, &init);
	init.features[0] = chance_one_of(&seat->chance, 0, 1 << KVM_ARM_VCPU_PSCI_0_2,
					 1 << KVM_ARM_VCPU_PSCI_0_2, 1 << 31);
	return request(files_any(VCPUS, &seat->chance), KVM_ARM_VCPU_INIT, &init);
}

static int set_register(int vcpu, uint64_t id, uint64_t value)
{
	struct kvm_one_reg reg = { .id = id, .addr = (uintptr_t)&value };

	return request(vcpu, KVM_SET_ONE_REG, &reg);
}

/* As if its guest had registered a handler, and an event had come. */
static int pend(int vcpu)
{
	set_register(vcpu, HCBPF_SDEI_REG_ENTRY(0), 0x1000);
	set_register(vcpu, HCBPF_SDEI_REG_STATE(0), HCBPF_SDEI_REGISTERED);
	return set_register(vcpu, HCBPF_SDEI_REG_PENDING, 1);
}

static int make_pending(void *who, const struct kind *kind)
{
	struct seat *seat = who;

	(void)kind;
	return pend(files_any(VCPUS, &seat->chance));
}

static void prepare_vcpu(int vm, int vcpu)
{
	struct kvm_vcpu_init init = { 0 };

	request(vm, KVM_ARM_PREFERRED_TARGET, &init);
	request(vcpu, KVM_ARM_VCPU_INIT, &init);
	pend(vcpu);
}

static int move_register(void *who, const struct kind *kind)
{
	struct seat *seat = who;
	uint64_t value = chance_one_of(&seat->chance, 0, 1, 3, 5, 7, 0x3c5, 0x1000, ~0ULL);
	struct kvm_one_reg reg = {
		.id = HCBPF_SDEI_REG(chance_below(&seat->chance, 27)), .addr = (uintptr_t)&value,
	};

	(void)kind;
	return request(files_any(VCPUS, &seat->chance),
		       chance_percent(&seat->chance, 50) ? KVM_GET_ONE_REG : KVM_SET_ONE_REG, &reg);
}

#define ARCH_KINDS								\
	{ "KVM: initialize a vCPU", BOTH, 10, .make = init_vcpu },		\
	{ "KVM: move SDEI's registers", BOTH, 6, .make = move_register },	\
	{ "KVM: make an SDEI event pending", BOTH, 10, .make = make_pending },

#define SDEI_EXPECTED BOTH
#endif

/* A VM as it should be, bound: what most requests are about must be there. */
static int make_all(void *who, const struct kind *kind)
{
	struct seat *seat = who;
	int vm = request(kvm, KVM_CREATE_VM, NULL), vcpu = request(vm, KVM_CREATE_VCPU, NULL);
	struct hcbpf_bind bind = { .size = sizeof(bind), .vm_fd = vm, .policy = "standard" };
	int binding = request(files_any(DEVICES, &seat->chance), HCBPF_BIND, &bind);

	(void)kind;
	prepare_vcpu(vm, vcpu);
	files_put(VMS, &seat->chance, vm);
	files_put(VCPUS, &seat->chance, vcpu);
	files_put(BINDINGS, &seat->chance, binding);
	return binding;
}

/* ---- files ---- */

static enum files some_sort(struct seat *seat)
{
	return chance_one_of(&seat->chance, VMS, BINDINGS, BINDINGS, VCPUS, EVENTFDS, DEVICES);
}

static int close_one(void *who, const struct kind *kind)
{
	struct seat *seat = who;

	(void)kind;
	return files_close(some_sort(seat), &seat->chance);
}

static int copy_one(void *who, const struct kind *kind)
{
	struct seat *seat = who;
	enum files sort = some_sort(seat);
	int fd = dup(files_any(sort, &seat->chance));

	(void)kind;
	files_put(sort, &seat->chance, fd);
	return fd < 0 ? -errno : 0;
}

static int open_device(void *who, const struct kind *kind)
{
	struct seat *seat = who;
	int fd = open(HCBPF_DEVICE, O_RDWR | O_CLOEXEC);

	(void)kind;
	files_put(DEVICES, &seat->chance, fd);
	return fd < 0 ? -errno : 0;
}

static int make_eventfd(void *who, const struct kind *kind)
{
	struct seat *seat = who;
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

	(void)kind;
	files_put(EVENTFDS, &seat->chance, fd);
	return fd < 0 ? -errno : 0;
}

static int send_one(void *who, const struct kind *kind)
{
	struct seat *seat = who;
	enum files sort = some_sort(seat);

	(void)kind;
	return file_send(sockets[chance_below(&seat->chance, 2)], sort,
			 files_any(sort, &seat->chance));
}

static int receive_one(void *who, const struct kind *kind)
{
	struct seat *seat = who;
	enum files sort;
	int fd = file_receive(sockets[chance_below(&seat->chance, 2)], &sort);

	(void)kind;
	if (fd >= 0)
		files_put(sort, &seat->chance, fd);
	return fd;
}

/* ---- mappings ---- */

/*
 * A descriptor of one's own for a binding, or -1. The number that was found may by now
 * stand for another file, say a vCPU's, behind whose end one must not reach.
 */
static int some_binding(struct seat *seat)
{
	struct hcbpf_vm_info info = { .size = sizeof(info) };
	int fd = dup(files_any(BINDINGS, &seat->chance));

	if (fd < 0 || !request(fd, HCBPF_VM_GET_INFO, &info))
		return fd;
	close(fd);
	return -1;
}

static void *map_binding(struct seat *seat, size_t size, int protection, int flags, off_t from)
{
	int fd = some_binding(seat);
	void *words = mmap(NULL, size, protection, flags, fd, from);
	int err = errno;

	close(fd);
	errno = err;
	return words;
}

/* Until the place is needed, whatever becomes of the binding. */
static struct map *keep_map(struct seat *seat, void *words, size_t size)
{
	struct map *map = &seat->maps[chance_below(&seat->chance, NR_MAPS)];

	if (map->size)
		munmap((void *)map->words, map->size);
	*map = (struct map){ words, size };
	return map;
}

static void set_some(struct seat *seat, struct map *map)
{
	uint32_t n;

	for (n = 0; n < 8; n++)
		map->words[chance_below(&seat->chance, map->size / sizeof(uint64_t))] =
			hcbpf_port_make(chance_below(&seat->chance, 3),
					chance_below(&seat->chance, 12));
}

static int map_ports(void *who, const struct kind *kind)
{
	struct seat *seat = who;
	size_t size = PAGE * chance_one_of(&seat->chance, 1, 1, 1, 2, 256, 257, 4096);
	off_t from = chance_percent(&seat->chance, 80) ? 0 : PAGE * chance_below(&seat->chance, 300);
	void *words = map_binding(seat, size, PROT_READ | PROT_WRITE,
				  chance_percent(&seat->chance, 90) ? MAP_SHARED : MAP_PRIVATE,
				  from);

	(void)kind;
	if (words == MAP_FAILED)
		return -errno;
	set_some(seat, keep_map(seat, words, size));
	return 0;
}

/* In whatever mapping is there: it stays good. */
static int set_ports(void *who, const struct kind *kind)
{
	struct seat *seat = who;
	struct map *map = &seat->maps[chance_below(&seat->chance, NR_MAPS)];

	(void)kind;
	if (!map->size)
		return NOTHING;
	set_some(seat, map);
	return 0;
}

static void *map_generation(struct seat *seat, int protection)
{
	return map_binding(seat, PAGE, protection, MAP_SHARED, HCBPF_GPA_MMAP_OFFSET);
}

static int read_generation(void *who, const struct kind *kind)
{
	struct seat *seat = who;
	const volatile struct hcbpf_gpa_page *page = map_generation(seat, PROT_READ);
	uint64_t first;

	(void)kind;
	if (page == MAP_FAILED)
		return -errno;
	first = page->generation;
	nap_us(chance_below(&seat->chance, 200));
	if (!first || page->generation < first)
		attack_found("the generation went from %llu to %llu", (unsigned long long)first,
			     (unsigned long long)page->generation);
	munmap((void *)page, PAGE);
	return 0;
}

static int write_generation(void *who, const struct kind *kind)
{
	struct seat *seat = who;
	void *page = map_generation(seat, PROT_READ | PROT_WRITE);
	int ret;

	(void)kind;
	if (page == MAP_FAILED)
		page = map_generation(seat, PROT_READ);
	if (page == MAP_FAILED)
		return NOTHING;
	ret = mprotect(page, PAGE, PROT_READ | PROT_WRITE) ? -errno : 0;
	munmap(page, PAGE);
	return ret;
}

static int run_ports(void *who, const struct kind *kind)
{
	struct seat *seat = who;
	struct map *map = &seat->maps[chance_below(&seat->chance, NR_MAPS)];
	void *words;

	(void)kind;
	if (map->size && chance_percent(&seat->chance, 50))
		return mprotect((void *)map->words, map->size, PROT_READ | PROT_EXEC) ? -errno : 0;
	words = map_binding(seat, PAGE, PROT_READ | PROT_EXEC, MAP_SHARED, 0);
	if (words == MAP_FAILED)
		return -errno;
	munmap(words, PAGE);
	return 0;
}

/* ---- all of it ---- */

#define ASK(name, expected, weight, asking) \
	{ name, expected, weight, 0, 1, seat_ask, &(asking) }
/* Its struct points to a list. */
#define LIST(name, expected, weight, asking) \
	{ name, expected, weight, 0, 2, seat_ask, &(asking) }
/* No argument. */
#define TELL(name, expected, weight, asking) \
	{ name, expected, weight, 0, 0, seat_ask, &(asking) }

static const struct kind kinds[] = {
	ASK("info about the module", BOTH, 2, ask_info),
	ASK("bind", BOTH, 30, ask_bind),
	ASK("open a binding", BOTH, 6, ask_open),
	ASK("open a binding by its id", REFUSED, 2, ask_open_by_id),
	ASK("next VM", REFUSED, 2, ask_next_vm),
	ASK("next policy", BOTH, 2, ask_next_policy),
	ASK("set the table of admission", REFUSED, 2, ask_set_admission),
	ASK("get the table of admission", REFUSED, 1, ask_get_admission),
	TELL("a request that the device does not know", REFUSED, 1, ask_unknown),
	ASK("info about a VM", BOTH, 6, ask_vm_info),
	ASK("counters", BOTH, 3, ask_vm_stats),
	ASK("set an eventfd", BOTH, 10, ask_set_eventfd),
	ASK("next eventfd", BOTH, 4, ask_next_eventfd),
	ASK("next port", BOTH, 4, ask_next_port),
	TELL("unbind", BOTH, 4, ask_unbind),
	LIST("set rules", BOTH, 8, ask_set_rules),
	LIST("get rules", BOTH, 5, ask_get_rules),
	LIST("get page attributes", BOTH, 8, ask_gpa_get),
	LIST("set page attributes", BOTH, 8, ask_gpa_set),
	LIST("replace page attributes", BOTH, 8, ask_gpa_replace),
	TELL("reset page attributes", BOTH, 3, ask_gpa_reset),
	ASK("be told of changes", BOTH, 5, ask_gpa_notify),
	LIST("get buffers", BOTH, 5, ask_get_buffers),
	LIST("set buffers", BOTH, 8, ask_set_buffers),
	ASK("limit buffers", BOTH, 4, ask_buffer_limit),
	ASK("set the parameter", BOTH, 4, ask_set_param),
	ASK("begin and end observing", BOTH, 6, ask_observe),
	/* No guest runs here, so its list stays empty: nobody sleeps there. */
	ASK("read what was counted", BOTH, 8, ask_get_seen),
	ASK("signal an SDEI event", SDEI_EXPECTED, 6, ask_sdei_signal),
	ASK("cancel an SDEI event", SDEI_EXPECTED, 6, ask_sdei_cancel),
	ASK("look at an SDEI event", SDEI_EXPECTED, 6, ask_sdei_get),
	TELL("a request that a binding does not know", REFUSED, 1, ask_vm_unknown),
	{ "map ports", BOTH, 6, .make = map_ports },
	{ "set ports, also of what is gone", DONE, 6, .make = set_ports },
	{ "map ports to run them", REFUSED, 1, .make = run_ports },
	{ "map the generation", BOTH, 4, .make = read_generation },
	{ "map the generation to write", REFUSED, 2, .make = write_generation },
	{ "open the device", DONE, 2, .make = open_device },
	{ "make an eventfd", DONE, 4, .make = make_eventfd },
	{ "close", DONE, 4, .make = close_one },
	{ "dup", BOTH, 4, .make = copy_one },
	{ "send a file", BOTH, 5, .make = send_one },
	{ "receive a file", DONE, 6, .make = receive_one },
	{ "create a VM with all that belongs to it", BOTH, 12, .make = make_all },
	{ "KVM: create a VM", BOTH, 5, .make = make_vm },
	{ "KVM: create a vCPU", BOTH, 8, .make = make_vcpu },
	{ "KVM: change a memory slot", BOTH, 5, .make = change_memory },
	ARCH_KINDS
};

/*
 * While a request of @user sleeps: an end for what it is about, or all begins anew. None of
 * that may have to wait for the sleeper.
 */
static void meanwhile(unsigned int user, size_t offset, struct chance *chance)
{
	struct hcbpf_vm_info info = { .size = sizeof(info) };
	struct seat *seat = &seats[user];
	int fd = __atomic_load_n(&seat->fd, __ATOMIC_RELAXED);
	struct tally *tally = attack_tally(__atomic_load_n(&seat->kind, __ATOMIC_RELAXED));

	__atomic_fetch_add(&tally->slept[offset >= ARG_ROOM], 1, __ATOMIC_RELAXED);
	switch (chance_below(chance, 8)) {
	case 0:
		request(fd, HCBPF_VM_UNBIND, NULL);
		return;
	case 1:
		files_close(VMS, chance);
		return;
	case 2:
		files_close(BINDINGS, chance);
		return;
	default:
		request(fd, HCBPF_VM_GET_INFO, &info);
	}
}

static void *seat_main(void *arg)
{
	struct seat *seat = arg;

	seat->arg_end = (char *)guarded(ARG_ROOM) + ARG_ROOM;
	seat->list_end = (char *)guarded(LIST_ROOM) + LIST_ROOM;
	for (;;) {
		const struct kind *kind = attack_choose(&seat->chance, 0);

		__atomic_store_n(&seat->kind, kind, __ATOMIC_RELAXED);
		attack_do(seat, kind);
	}
	return NULL;
}

static const struct sleepy sleepy = {
	.size = ARG_ROOM + LIST_ROOM, .users = NR_THREADS, .meanwhile = meanwhile,
};

static void live(uint64_t seed)
{
	pthread_t thread;
	unsigned int i;

	sleepy_start(&sleepy, chance_of(seed, NR_THREADS));
	for (i = 0; i < NR_THREADS; i++) {
		seats[i] = (struct seat){ .number = i, .kind = kinds, .fd = -1,
					  .chance = chance_of(seed, i) };
		if (pthread_create(&thread, NULL, seat_main, &seats[i]))
			_exit(92);
	}
	for (;;)
		pause();
}

/* What all processes have from the beginning: the same files. */
static int begin(void)
{
	struct seat seat = { .chance = chance_of(0, 0) };
	int i;

	kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	guest_memory = mmap(NULL, GUEST_MEMORY, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (kvm < 0 || guest_memory == MAP_FAILED ||
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets))
		return -1;
	files_init();
	for (i = 0; i < 10; i++) {
		make_vm(&seat, NULL);
		make_eventfd(&seat, NULL);
		open_device(&seat, NULL);
	}
	return 0;
}

int main(void)
{
	const struct attack attack = {
		.name = "hostile VMM", .kinds = kinds, .nr_kinds = ARRAY_LEN(kinds),
		.nr_processes = NR_PROCESSES, .shortest = 500, .longest = 2000, .live = live,
	};

	return begin() ? 2 : attack_run(&attack);
}
