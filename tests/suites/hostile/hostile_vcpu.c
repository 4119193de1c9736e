// SPDX-License-Identifier: GPL-2.0-only
/*
 * vCPUs whose creation fails, at every step that a user can make it fail at, and their
 * initialization; in VMs that are bound and unbound meanwhile and asked about them.
 */
#include <fcntl.h>
#include <hcbpf/uapi.h>
#include <linux/kvm.h>
#include <pthread.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>
#include "attack.h"
#include "files.h"

#define NR_THREADS 6
#define NR_IDS 8
#define GIC_BASE 0x8000000ULL

struct maker {
	struct chance chance;
};

static int kvm, device;

static int some(struct maker *maker, enum files sort)
{
	return files_any(sort, &maker->chance);
}

static unsigned long some_id(struct maker *maker)
{
	return chance_below(&maker->chance, NR_IDS);
}

static int add_vcpu(int vm, unsigned long id)
{
	return request(vm, KVM_CREATE_VCPU, (void *)id);
}

/* ---- that may succeed ---- */

static int make_vm(void *who, const struct kind *kind)
{
	struct maker *maker = who;
	int fd = request(kvm, KVM_CREATE_VM, NULL);

	(void)kind;
	files_put(VMS, &maker->chance, fd);
	return fd;
}

static int make_vcpu(void *who, const struct kind *kind)
{
	struct maker *maker = who;
	int fd = add_vcpu(some(maker, VMS), some_id(maker));

	(void)kind;
	files_put(VCPUS, &maker->chance, fd);
	return fd;
}

static int bind_vm(int vm)
{
	struct hcbpf_bind bind = { .size = sizeof(bind), .vm_fd = vm, .policy = "standard" };

	return request(device, HCBPF_BIND, &bind);
}

static int make_binding(void *who, const struct kind *kind)
{
	struct maker *maker = who;
	int fd = bind_vm(some(maker, VMS));

	(void)kind;
	files_put(BINDINGS, &maker->chance, fd);
	return fd;
}

static int unbind(void *who, const struct kind *kind)
{
	(void)kind;
	return request(some(who, BINDINGS), HCBPF_VM_UNBIND, NULL);
}

static int close_one(void *who, const struct kind *kind)
{
	struct maker *maker = who;

	(void)kind;
	return files_close(chance_one_of(&maker->chance, VMS, VCPUS, VCPUS, BINDINGS),
			   &maker->chance);
}

/* ---- that must fail ---- */

static int take_id_twice(void *who, const struct kind *kind)
{
	struct maker *maker = who;
	unsigned long id = some_id(maker);
	int vm = dup(some(maker, VMS)), first, ret;

	(void)kind;
	if (vm < 0)
		return NOTHING;
	first = add_vcpu(vm, id);
	ret = add_vcpu(vm, id);
	close(first);
	close(ret);
	close(vm);
	/* The first may have failed for want of descriptors, and left the id to the second. */
	return first >= 0 || first == -EEXIST ? ret : NOTHING;
}

static int take_id_beyond(void *who, const struct kind *kind)
{
	struct maker *maker = who;
	int vm = some(maker, VMS), limit;

	(void)kind;
	limit = request(vm, KVM_CHECK_EXTENSION, (void *)KVM_CAP_MAX_VCPU_ID);
	return add_vcpu(vm, limit > 0 ? (unsigned long)limit + some_id(maker) : ~0UL);
}

/*
 * With room for few descriptors or none. The limit is the process's, so the others meet
 * it, too: their requests fail where they would not have.
 */
static int without_descriptors(void *who, const struct kind *kind)
{
	struct maker *maker = who;
	struct rlimit limit, none;
	int vm, ret;

	(void)kind;
	getrlimit(RLIMIT_NOFILE, &limit);
	none = limit;
	none.rlim_cur = 1;
	vm = some(maker, VMS);
	setrlimit(RLIMIT_NOFILE, &none);
	ret = chance_percent(&maker->chance, 30) ? bind_vm(vm) : add_vcpu(vm, some_id(maker));
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	if (ret >= 0)		/* another thread has set the limit right meanwhile */
		close(ret);
	return ret == -EMFILE ? ret : NOTHING;
}

#ifdef __x86_64__

/* A VM that said that it has few ids. */
static int in_a_small_vm(void *who, const struct kind *kind)
{
	struct kvm_enable_cap few = { .cap = KVM_CAP_MAX_VCPU_ID, .args = { 2 } };
	struct maker *maker = who;
	int vm = request(kvm, KVM_CREATE_VM, NULL), binding, ret;

	(void)kind;
	if (vm < 0 || request(vm, KVM_ENABLE_CAP, &few)) {
		close(vm);
		return NOTHING;
	}
	binding = bind_vm(vm);
	ret = add_vcpu(vm, 2 + some_id(maker));
	close(vm);
	files_put(BINDINGS, &maker->chance, binding);
	return ret;
}

/* An INIT among them: the vCPU is reset. */
static int set_state(void *who, const struct kind *kind)
{
	struct kvm_mp_state state = { .mp_state = KVM_MP_STATE_INIT_RECEIVED };
	struct maker *maker = who;

	(void)kind;
	if (chance_percent(&maker->chance, 50))
		state.mp_state = KVM_MP_STATE_RUNNABLE;
	return request(some(maker, VCPUS), KVM_SET_MP_STATE, &state);
}

#define ARCH_KINDS								\
	{ "create in a VM with few ids", REFUSED, 4, .make = in_a_small_vm },	\
	{ "set a vCPU's state", BOTH, 4, .make = set_state },

#define SDEI_EXPECTED REFUSED
#else

static int place_gic(int gic, uint64_t what, uint64_t where)
{
	struct kvm_device_attr attr = {
		.group = KVM_DEV_ARM_VGIC_GRP_ADDR, .attr = what, .addr = (uintptr_t)&where,
	};

	return request(gic, KVM_SET_DEVICE_ATTR, &attr);
}

/*
 * A VM without vCPUs for ever: its GIC's redistributors lie where the distributor is,
 * which the creation of a vCPU finds out near its end.
 */
static int in_a_doomed_vm(void *who, const struct kind *kind)
{
	struct kvm_create_device gic = { .type = KVM_DEV_TYPE_ARM_VGIC_V3 };
	const uint64_t room_for_four = 4ULL << 52;
	struct maker *maker = who;
	int vm = request(kvm, KVM_CREATE_VM, NULL), binding, ret, i;

	(void)kind;
	if (vm < 0 || request(vm, KVM_CREATE_DEVICE, &gic)) {
		close(vm);
		return NOTHING;
	}
	place_gic(gic.fd, KVM_VGIC_V3_ADDR_TYPE_REDIST_REGION, room_for_four | GIC_BASE);
	place_gic(gic.fd, KVM_VGIC_V3_ADDR_TYPE_DIST, GIC_BASE);
	close(gic.fd);
	binding = bind_vm(vm);
	for (i = 0; i < 4; i++)
		ret = add_vcpu(vm, some_id(maker));
	close(vm);
	files_put(BINDINGS, &maker->chance, binding);
	return ret;
}

static int init_vcpu(void *who, const struct kind *kind)
{
	struct kvm_vcpu_init init = { 0 };
	struct maker *maker = who;

	(void)kind;
	request(some(maker, VMS), KVM_ARM_PREFERRED_TARGET, &init);
	init.features[0] |= 1 << KVM_ARM_VCPU_PSCI_0_2;
	return request(some(maker, VCPUS), KVM_ARM_VCPU_INIT, &init);
}

static int init_vcpu_wrongly(void *who, const struct kind *kind)
{
	struct maker *maker = who;
	struct kvm_vcpu_init init = { 0 };
	void *arg = &init;

	(void)kind;
	request(some(maker, VMS), KVM_ARM_PREFERRED_TARGET, &init);
	switch (chance_below(&maker->chance, 5)) {
	case 0:
		init.target = KVM_ARM_NUM_TARGETS;
		break;
	case 1:
		init.features[0] = 1U << 31;
		break;
	case 2:
		init.features[6] = 1;
		break;
	case 3:		/* needs both kinds of keys, or neither */
		init.features[0] = 1 << KVM_ARM_VCPU_PTRAUTH_ADDRESS;
		break;
	default:
		arg = NULL;
	}
	return request(some(maker, VCPUS), KVM_ARM_VCPU_INIT, arg);
}

static int get_register(void *who, const struct kind *kind)
{
	struct maker *maker = who;
	uint64_t value;
	struct kvm_one_reg reg = {
		.id = HCBPF_SDEI_REG(chance_below(&maker->chance, 27)), .addr = (uintptr_t)&value,
	};

	(void)kind;
	return request(some(maker, VCPUS), KVM_GET_ONE_REG, &reg);
}

#define ARCH_KINDS								\
	{ "create in a VM whose GIC cannot be", REFUSED, 4, .make = in_a_doomed_vm }, \
	{ "initialize", BOTH, 12, .make = init_vcpu },				\
	{ "initialize wrongly", REFUSED, 12, .make = init_vcpu_wrongly },	\
	{ "get an SDEI register", BOTH, 8, .make = get_register },

#define SDEI_EXPECTED BOTH
#endif

/* ---- that ask about them ---- */

static int ask_vm_info(void *who, const struct kind *kind)
{
	struct hcbpf_vm_info info = { .size = sizeof(info) };

	(void)kind;
	return request(some(who, BINDINGS), HCBPF_VM_GET_INFO, &info);
}

static int signal_event(void *who, const struct kind *kind)
{
	struct maker *maker = who;
	struct hcbpf_sdei_signal signal = { .size = sizeof(signal), .vcpu_id = some_id(maker) };

	(void)kind;
	return request(some(maker, BINDINGS), HCBPF_VM_SDEI_SIGNAL, &signal);
}

static int look_at_event(void *who, const struct kind *kind)
{
	struct maker *maker = who;
	struct hcbpf_sdei_state state = { .size = sizeof(state), .vcpu_id = some_id(maker) };

	(void)kind;
	return request(some(maker, BINDINGS), HCBPF_VM_SDEI_GET, &state);
}

static const struct kind kinds[] = {
	{ "create a VM", EITHER, 6, .make = make_vm },
	{ "create a vCPU", BOTH, 20, .make = make_vcpu },
	{ "create one whose id is taken", REFUSED, 10, .make = take_id_twice },
	{ "create one beyond all ids", REFUSED, 10, .make = take_id_beyond },
	{ "create one without a descriptor", REFUSED, 6, .make = without_descriptors },
	ARCH_KINDS
	{ "bind", BOTH, 12, .make = make_binding },
	{ "unbind", BOTH, 5, .make = unbind },
	{ "close", DONE, 6, .make = close_one },
	{ "info about a VM", BOTH, 6, .make = ask_vm_info },
	{ "signal an SDEI event", SDEI_EXPECTED, 10, .make = signal_event },
	{ "look at an SDEI event", SDEI_EXPECTED, 10, .make = look_at_event },
};

static struct maker makers[NR_THREADS];

static void *maker_main(void *arg)
{
	struct maker *maker = arg;

	for (;;)
		attack_do(maker, attack_choose(&maker->chance, 0));
	return NULL;
}

static void live(uint64_t seed)
{
	pthread_t thread;
	unsigned int i;

	files_init();
	for (i = 0; i < NR_THREADS; i++) {
		makers[i].chance = chance_of(seed, i);
		if (pthread_create(&thread, NULL, maker_main, &makers[i]))
			_exit(92);
	}
	for (;;)
		pause();
}

int main(void)
{
	const struct attack attack = {
		.name = "hostile vCPUs", .kinds = kinds, .nr_kinds = ARRAY_LEN(kinds),
		.nr_processes = 2, .shortest = 500, .longest = 2000, .live = live,
	};

	kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	device = open(HCBPF_DEVICE, O_RDWR | O_CLOEXEC);
	return kvm < 0 || device < 0 ? 2 : attack_run(&attack);
}
