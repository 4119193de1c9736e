// SPDX-License-Identifier: GPL-2.0-only
/*
 * Out of memory, everywhere: each operation is tried with its first allocation
 * failing, then with its second, and so on until it needs no more. Each time it
 * either works or fails cleanly, and works when tried again.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "gpa.h"

#define FAIL_NTH "/proc/thread-self/fail-nth"
#define MODULE "/lib/modules/hcbpf.ko"
#define MAX_ALLOCATIONS 5000

/* All that can be on; but loading itself, hundreds of times, with SDEI takes an hour. */
#ifdef __aarch64__
#define ALL_ON "sdei=1"
#else
#define ALL_ON ""
#endif

static struct policy standard;
static struct kvm_vm *vm;
static int binding = -1, efd, module_fd;
static const char *parameters = ALL_ON;

/* Copies from and to user memory count too, those of these two functions included. */
static void set_fail_nth(int fd, int n)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%d", n);

	if (pwrite(fd, text, len, 0) != len && pwrite(fd, text, len, 0) != len)
		fail_msg("%s: %s", FAIL_NTH, strerror(errno));
}

/* How much is left of the count: 0 when the fault has happened. */
static int get_fail_nth(int fd)
{
	char text[16] = "";

	return pread(fd, text, sizeof(text) - 1, 0) > 0 ? atoi(text) : 1;
}

/*
 * @op with each of its allocations failing. @undo after each success; whatever
 * @op returned, it then has to work without faults.
 */
static void fail_each(int (*op)(void), void (*undo)(void))
{
	int fd = open(FAIL_NTH, O_RDWR | O_CLOEXEC), n, err, left, failed = 0;

	if (fd < 0) {
		print_message("# this kernel has no fault injection\n");
		skip();
	}
	for (n = 1; n < MAX_ALLOCATIONS; n++) {
		set_fail_nth(fd, n);
		err = op();
		left = get_fail_nth(fd);
		set_fail_nth(fd, 0);
		failed += err != 0;
		if (!err)
			undo();
		else if (left)
			fail_msg("without a fault: %s", strerror(-err));
		if (left)
			break;
	}
	close(fd);
	assert_in_range(n, 1, MAX_ALLOCATIONS - 1);
	print_message("# %d allocations, %d failures\n", n - 1, failed);
	assert_ok(op());
	undo();
}

/* ---- the operations; an undo must leave things as before ---- */

static int op_load_module(void)
{
	return syscall(SYS_finit_module, module_fd, parameters, 0) ? -errno : 0;
}

static void undo_load_module(void)
{
	int tries = 0;

	while (syscall(SYS_delete_module, "hcbpf", 0) && tries++ < 100)
		sleep_ms(50);
	assert_in_range(tries, 0, 100);
}

static int op_attach_policy(void)
{
	standard.link = bpf_map__attach_struct_ops(standard.map);
	return standard.link ? 0 : -errno;
}

static void undo_attach_policy(void)
{
	bpf_link__destroy(standard.link);
	standard.link = NULL;
}

/* With SDEI, that has memory of the VM and of each of its vCPUs. */
static int op_create_vm(void)
{
	struct kvm_vm_conf conf = { .nr_vcpus = 2 };
	int err = kvm_vm_create(&conf, &vm);

	return err ? -ENOMEM : 0;
}

static void undo_create_vm(void)
{
	kvm_vm_destroy(vm);
}

static int op_bind(void)
{
	binding = hc_bind(vm->fd, "standard");
	return binding < 0 ? binding : 0;
}

static void undo_bind(void)
{
	assert_ok(hc_unbind(binding));
	close(binding);
}

static int op_open(void)
{
	struct hcbpf_open open = { .size = sizeof(open), .vm_fd = vm->fd };
	int fd = hc_ioctl(hc_device(), HCBPF_OPEN, &open);

	if (fd >= 0)
		close(fd);
	return fd < 0 ? fd : 0;
}

/* By way of the kernel, so that a failure is an error and not a SIGBUS. */
static int op_touch_port(void)
{
	void *table = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, binding, 0);
	int null = open("/dev/zero", O_RDONLY), err = 0;

	if (table == MAP_FAILED || null < 0)
		err = -errno;
	if (table == MAP_FAILED)
		table = NULL;
	if (!err && read(null, table, 8) != 8)
		err = -errno;
	if (null >= 0)
		close(null);
	if (table)
		munmap(table, 4096);
	return err;
}

static int op_set_eventfd(void)
{
	return hc_set_eventfd(binding, 1000, efd);
}

static void undo_set_eventfd(void)
{
	assert_ok(hc_set_eventfd(binding, 1000, -1));
}

/* Its pages' attributes: pieces in a row of blocks, so that nodes are needed each time. */
static int op_gpa_set(void)
{
	struct hcbpf_gpa_range ranges[20];
	int i;

	for (i = 0; i < 20; i++)
		ranges[i] = range(i * 5000, 1, 1);
	return gpa_set(binding, ranges, 20);
}

static int op_gpa_replace(void)
{
	struct hcbpf_gpa_range ranges[20];
	int i;

	for (i = 0; i < 20; i++)
		ranges[i] = range(i * 5000, 1, 1);
	return gpa_replace(binding, ranges, 20, 0);
}

static int op_gpa_get(void)
{
	struct hcbpf_gpa_range ranges[4];
	struct hcbpf_gpa_get get = { .flags = HCBPF_GPA_FOLLOW };

	return gpa_get(binding, &get, ranges, 4);
}

static int op_gpa_reset(void)
{
	return gpa_reset(binding);
}

static int op_gpa_notify(void)
{
	return gpa_notify(binding, efd);
}

static void undo_gpa_notify(void)
{
	assert_ok(gpa_notify(binding, -1));
}

static int op_unbind(void)
{
	return hc_unbind(binding);
}

/* Whether it is bound still or no longer; its port table is untouched then. */
static void bind_again(void)
{
	hc_unbind(binding);
	close(binding);
	binding = assert_fd(hc_bind(vm->fd, "standard"));
}

/* How guests of this architecture say that pages are encrypted, and register buffers. */
#ifdef __aarch64__
#define BUFFERS_ABI HCBPF_ABI_XEN
#define ENCRYPT_ABI HCBPF_ABI_SMCCC
#define ENCRYPT 0xc6000004		/* pKVM's MEM_UNSHARE, of one page */
#define ENCRYPTED_PAGES 1
#define ENCRYPT_ARGS { 0x180000 + PAGE }
#else
#define BUFFERS_ABI HCBPF_ABI_KVM
#define ENCRYPT_ABI HCBPF_ABI_KVM
#define ENCRYPT MAP_GPA
#define ENCRYPTED_PAGES 3
#define ENCRYPT_ARGS { 0x180000 + PAGE, ENCRYPTED_PAGES, ENC }
#endif

static void bind_tracking(void)
{
	struct hcbpf_rule rule = {
		.abi = ENCRYPT_ABI, .nr = ENCRYPT, .sub = ANY, .action = HCBPF_RULE_TRACK,
		.otherwise = HCBPF_RULE_DENY, .ret = OTHERWISE,
	};
	struct hcbpf_rules rules = {
		.size = sizeof(rules), .nr = 1, .rules = (uintptr_t)&rule,
	};

	bind_again();
	assert_ok(hc_ioctl(binding, HCBPF_VM_SET_RULES, &rules));
}

/* As a guest's change: without memory it is otherwise, and nothing of it is there. */
static int op_gpa_by_guest(void)
{
	struct kvm_start start = {
		.program = GUEST_CALL_ONCE, .count = 1, .abi = ENCRYPT_ABI, .nr = ENCRYPT,
		.args = ENCRYPT_ARGS,
	};
	struct kvm_vcpu *vcpu = &vm->vcpus[0];
	struct kvm_regs regs;

	if (kvm_vcpu_start(vcpu, &start) || kvm_vcpu_run(vcpu) || kvm_vcpu_regs(vcpu, &regs))
		return -ENOMEM;
	if (!kvm_result(&regs))
		return 0;
	expect_nothing(binding);
	return -ENOMEM;
}

static void all_or_nothing(void)
{
	const struct hcbpf_gpa_range got[] = {
		range(0, 0x181, 0), range(0x181, ENCRYPTED_PAGES, 1),
		range(0x181 + ENCRYPTED_PAGES, FRAMES - 0x181 - ENCRYPTED_PAGES, 0),
	};

	expect_map(binding, got, 3);
	bind_tracking();
}

/* ---- rules ---- */

static int set_rules_of_binding(const struct hcbpf_rule *list, uint32_t nr)
{
	struct hcbpf_rules req = { .size = sizeof(req), .nr = nr, .rules = (uintptr_t)list };

	return hc_ioctl(binding, HCBPF_VM_SET_RULES, &req);
}

/* The old ones stay: the one of need_tracking(). */
static int op_set_rules(void)
{
	const struct hcbpf_rule list[] = {
		rule(ENCRYPT_ABI, 0x90, ANY, HCBPF_RULE_PASS),
		rule(ENCRYPT_ABI, 0x91, ANY, HCBPF_RULE_PASS),
	};
	int err = set_rules_of_binding(list, ARRAY_LEN(list));

	if (err)
		assert_int_equal(hc_vm_info(binding).nr_rules, 1);
	return err;
}

static void rules_are_set(void)
{
	assert_int_equal(hc_vm_info(binding).nr_rules, 2);
	bind_tracking();
}

static int op_get_rules(void)
{
	struct hcbpf_rule got[4];
	struct hcbpf_rules req = {
		.size = sizeof(req), .nr = ARRAY_LEN(got), .rules = (uintptr_t)got,
	};
	int err = hc_ioctl(binding, HCBPF_VM_GET_RULES, &req);

	if (!err)
		assert_true(req.nr == 1 && got[0].nr == ENCRYPT);
	return err;
}

/* ---- registered buffers ---- */

#define BUFFER_VA 0x70000000

static int set_buffers(const struct hcbpf_buffer *list, uint32_t nr)
{
	struct hcbpf_buffers req = { .size = sizeof(req), .nr = nr, .buffers = (uintptr_t)list };

	return hc_ioctl(binding, HCBPF_VM_SET_BUFFERS, &req);
}

static int get_buffers(struct hcbpf_buffer *list, uint32_t room, uint32_t *nr)
{
	struct hcbpf_buffers req = { .size = sizeof(req), .nr = room, .buffers = (uintptr_t)list };
	int err = hc_ioctl(binding, HCBPF_VM_GET_BUFFERS, &req);

	*nr = req.nr;
	return err;
}

static struct hcbpf_buffer buffer_at(uint64_t va, uint32_t vcpu)
{
	return (struct hcbpf_buffer) { .va = va, .gpa = GUEST_DATA, .size = 64, .vcpu = vcpu };
}

/* The guest's vCPU 0 has one registered buffer at each of @nr addresses from BUFFER_VA on. */
static void expect_buffers(uint32_t nr)
{
	struct hcbpf_buffer got[4];
	uint32_t there, i;

	assert_ok(get_buffers(got, ARRAY_LEN(got), &there));
	assert_int_equal(there, nr);
	for (i = 0; i < nr; i++) {
		struct hcbpf_buffer want = buffer_at(BUFFER_VA + i * 64, 0);

		assert_memory_equal(&got[i], &want, sizeof(want));
	}
}

static void have_buffers(uint32_t nr)
{
	const struct hcbpf_buffer list[] = {
		buffer_at(BUFFER_VA, 0), buffer_at(BUFFER_VA + 64, 0),
	};

	assert_ok(set_buffers(list, nr));
}

/*
 * By the guest. Without memory it is told so, and @before buffers are there still. What
 * it got is in its block: to ask for registers takes memory, after the call was made.
 * Where KVM itself fails, as when it steps over the call, the VMM cannot tell which.
 */
static int buffer_call(uint64_t nr, uint64_t va, uint64_t gpa, uint64_t size, uint32_t before)
{
	struct kvm_start start = {
		.program = GUEST_CALLS, .count = 1, .nr = nr, .args = { va, gpa, size },
		.abi = BUFFERS_ABI,
	};
	struct kvm_vcpu *vcpu = &vm->vcpus[0];
	volatile struct guest_block *block = kvm_block(vcpu);

	if (kvm_vcpu_start(vcpu, &start) || kvm_vcpu_run(vcpu)) {
		have_buffers(before);
		return -ENOMEM;
	}
	if (block->zero)
		return 0;
	assert_int_equal((int64_t)block->last, -HCBPF_ENOMEM);
	expect_buffers(before);
	return -ENOMEM;
}

/* Into no tables, so that they are made too. */
static int op_insert_first(void)
{
	return buffer_call(HCBPF_HC_BUFFER_INSERT, BUFFER_VA, GUEST_DATA, 64, 0);
}

static void first_is_there(void)
{
	expect_buffers(1);
	have_buffers(0);
}

static int op_insert_second(void)
{
	return buffer_call(HCBPF_HC_BUFFER_INSERT, BUFFER_VA + 64, GUEST_DATA, 64, 1);
}

static void second_is_there(void)
{
	expect_buffers(2);
	have_buffers(1);
}

/* Of two, since what is left is in a new table. */
static int op_purge_second(void)
{
	return buffer_call(HCBPF_HC_BUFFER_PURGE, BUFFER_VA + 64, 0, 0, 2);
}

static void second_is_gone(void)
{
	expect_buffers(1);
	have_buffers(2);
}

/* By the VMM: three tables, or those that were there. */
static int op_set_buffers(void)
{
	const struct hcbpf_buffer list[] = {
		buffer_at(BUFFER_VA + 256, HCBPF_BUFFER_ANY_VCPU), buffer_at(BUFFER_VA, 0),
		buffer_at(BUFFER_VA, 5),
	};
	int err = set_buffers(list, ARRAY_LEN(list));

	if (err)
		expect_buffers(1);
	return err;
}

static void all_are_set(void)
{
	struct hcbpf_buffer got[4];
	uint32_t nr;

	assert_ok(get_buffers(got, ARRAY_LEN(got), &nr));
	assert_int_equal(nr, 3);
	have_buffers(1);
}

static int op_get_buffers(void)
{
	struct hcbpf_buffer got[4];
	uint32_t nr;

	return get_buffers(got, ARRAY_LEN(got), &nr);
}

static int op_unload_policy(void)
{
	int err = bpf_link__destroy(standard.link);

	standard.link = NULL;
	return err;
}

static void attach_again(void)
{
	assert_ok(op_attach_policy());
}

static int op_unload_module(void)
{
	return syscall(SYS_delete_module, "hcbpf", 0) ? -errno : 0;
}

static void load_again(void)
{
	assert_ok(op_load_module());
}

static void nothing(void)
{
}

/* ---- around them: the module, the policy, a VM, a binding ---- */

static int need_module(void **state)
{
	(void)state;
	module_fd = open(MODULE, O_RDONLY | O_CLOEXEC);
	return module_fd < 0 || op_load_module() ? -1 : 0;
}

static int drop_module(void **state)
{
	(void)state;
	hc_device_close();
	undo_load_module();
	close(module_fd);
	return 0;
}

static int need_policy(void **state)
{
	if (need_module(state) || policy_open(&standard, "standard.bpf.o"))
		return -1;
	return bpf_object__load(standard.object);
}

static int drop_policy(void **state)
{
	policy_unload(&standard);
	return drop_module(state);
}

static int need_vm(void **state)
{
	struct kvm_vm_conf conf = { 0 };

	return need_policy(state) || op_attach_policy() || kvm_vm_create(&conf, &vm);
}

static int drop_vm(void **state)
{
	kvm_vm_destroy(vm);
	return drop_policy(state);
}

static int need_binding(void **state)
{
	efd = efd_new();
	return need_vm(state) || op_bind();
}

static int need_tracking(void **state)
{
	int err = need_binding(state);

	if (!err)
		bind_tracking();
	return err;
}

/* A guest that may register buffers. */
static int need_registering(void **state)
{
	struct hcbpf_rule list[] = {
		rule(BUFFERS_ABI, HCBPF_HC_BUFFER_INSERT, ANY, HCBPF_RULE_BUFFER),
		rule(BUFFERS_ABI, HCBPF_HC_BUFFER_PURGE, ANY, HCBPF_RULE_BUFFER),
	};
	struct hcbpf_rules rules = {
		.size = sizeof(rules), .nr = ARRAY_LEN(list), .rules = (uintptr_t)list,
	};

	return need_binding(state) || hc_ioctl(binding, HCBPF_VM_SET_RULES, &rules);
}

static int need_one_buffer(void **state)
{
	if (need_registering(state))
		return -1;
	have_buffers(1);
	return 0;
}

static int need_two_buffers(void **state)
{
	if (need_registering(state))
		return -1;
	have_buffers(2);
	return 0;
}

#define drop_tracking drop_binding
#define drop_registering drop_binding
#define drop_one_buffer drop_binding
#define drop_two_buffers drop_binding

static int drop_binding(void **state)
{
	close(binding);
	close(efd);
	return drop_vm(state);
}

#define FAULT_TEST(name, op, undo)	\
	static void name(void **state)	\
	{				\
		(void)state;		\
		fail_each(op, undo);	\
	}

FAULT_TEST(making_a_vm, op_create_vm, undo_create_vm)
FAULT_TEST(loading_a_policy, op_attach_policy, undo_attach_policy)
FAULT_TEST(unloading_a_policy, op_unload_policy, attach_again)
FAULT_TEST(binding_a_vm, op_bind, undo_bind)
FAULT_TEST(opening_a_binding, op_open, nothing)
FAULT_TEST(touching_a_port, op_touch_port, bind_again)
FAULT_TEST(setting_an_eventfd, op_set_eventfd, undo_set_eventfd)
FAULT_TEST(unbinding_a_vm, op_unbind, bind_again)
FAULT_TEST(setting_page_attributes, op_gpa_set, bind_again)
FAULT_TEST(replacing_page_attributes, op_gpa_replace, bind_again)
FAULT_TEST(reading_page_attributes, op_gpa_get, nothing)
FAULT_TEST(resetting_page_attributes, op_gpa_reset, nothing)
FAULT_TEST(watching_page_attributes, op_gpa_notify, undo_gpa_notify)
FAULT_TEST(a_guest_changing_page_attributes, op_gpa_by_guest, all_or_nothing)
FAULT_TEST(setting_rules, op_set_rules, rules_are_set)
FAULT_TEST(reading_rules, op_get_rules, nothing)
FAULT_TEST(a_guest_registering_its_first_buffer, op_insert_first, first_is_there)
FAULT_TEST(a_guest_registering_another_buffer, op_insert_second, second_is_there)
FAULT_TEST(a_guest_purging_a_buffer, op_purge_second, second_is_gone)
FAULT_TEST(setting_buffers, op_set_buffers, all_are_set)
FAULT_TEST(reading_buffers, op_get_buffers, nothing)
FAULT_TEST(unloading_the_module, op_unload_module, load_again)

static void loading_the_module(void **state)
{
	(void)state;
	hc_device_close();
	undo_load_module();
	parameters = "";
	fail_each(op_load_module, undo_load_module);
	parameters = ALL_ON;
	load_again();
}

#define with(what, f) cmocka_unit_test_setup_teardown(f, need_##what, drop_##what)

int main(void)
{
	const struct CMUnitTest tests[] = {
		with(module, loading_the_module),
		with(module, unloading_the_module),
		with(module, making_a_vm),
		with(policy, loading_a_policy),
		with(vm, unloading_a_policy),
		with(vm, binding_a_vm),
		with(binding, opening_a_binding),
		with(binding, touching_a_port),
		with(binding, setting_an_eventfd),
		with(binding, unbinding_a_vm),
		with(binding, setting_page_attributes),
		with(binding, replacing_page_attributes),
		with(binding, reading_page_attributes),
		with(binding, resetting_page_attributes),
		with(binding, watching_page_attributes),
		with(tracking, a_guest_changing_page_attributes),
		with(tracking, setting_rules),
		with(tracking, reading_rules),
		with(registering, a_guest_registering_its_first_buffer),
		with(one_buffer, a_guest_registering_another_buffer),
		with(two_buffers, a_guest_purging_a_buffer),
		with(one_buffer, setting_buffers),
		with(one_buffer, reading_buffers),
	};

	return cmocka_run_group_tests_name("no memory", tests, NULL, NULL);
}
