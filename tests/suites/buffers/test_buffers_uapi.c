// SPDX-License-Identifier: GPL-2.0-only
/* The requests for registered buffers, error by error, and synthetic calls that use them. */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fcntl.h>
#include <sys/wait.h>
#include "../../bpf/driver_state.h"
#include "buffers.h"
#include "standard_policy.h"

#define LIMIT_FILE "/sys/module/hcbpf/parameters/max_buffers"

static struct rig rig;

static int fresh_vm(void **state)
{
	(void)state;
	buffers_up(&rig, &xen64);
	return 0;
}

static int end_vm(void **state)
{
	(void)state;
	rig_down(&rig);
	return 0;
}

static const struct hcbpf_buffer good = {
	.va = NOWHERE, .gpa = GUEST_DATA, .size = 64, .vcpu = HCBPF_BUFFER_ANY_VCPU,
};

static int request(unsigned long code, struct hcbpf_buffers *req)
{
	return hc_ioctl(hcbpf_vm_fd(rig.hc), code, req);
}

static void sizes_flags_and_reserved_fields_are_checked(void **state)
{
	static const unsigned long codes[] = { HCBPF_VM_GET_BUFFERS, HCBPF_VM_SET_BUFFERS };
	struct hcbpf_buffer_limit limit;
	struct hcbpf_buffers req;
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(codes); i++) {
		req = (struct hcbpf_buffers){ .size = sizeof(req) - 8 };
		assert_return(request(codes[i], &req), -EINVAL);
		req = (struct hcbpf_buffers){ .size = sizeof(req), .flags = 1 };
		assert_return(request(codes[i], &req), -EINVAL);
		req = (struct hcbpf_buffers){ .size = sizeof(req), .reserved = 1 };
		assert_return(request(codes[i], &req), -EINVAL);
		req = (struct hcbpf_buffers){ .size = sizeof(req), .nr = 1, .buffers = 8 };
		assert_ok(hcbpf_buffers_set(rig.hc, &good, 1));
		assert_return(request(codes[i], &req), -EFAULT);
		assert_return(request(codes[i], NULL), -EFAULT);
	}
	limit = (struct hcbpf_buffer_limit){ .size = sizeof(limit) - 4, .limit = 64 };
	assert_return(hc_ioctl(hcbpf_vm_fd(rig.hc), HCBPF_VM_SET_BUFFER_LIMIT, &limit), -EINVAL);
	assert_return(hc_ioctl(hcbpf_vm_fd(rig.hc), HCBPF_VM_SET_BUFFER_LIMIT, NULL), -EFAULT);
	limit = (struct hcbpf_buffer_limit){ .size = sizeof(limit), .flags = 1 };
	assert_return(hc_ioctl(hcbpf_vm_fd(rig.hc), HCBPF_VM_SET_BUFFER_LIMIT, &limit), -EINVAL);
	limit = (struct hcbpf_buffer_limit){ .size = sizeof(limit), .reserved = 1 };
	assert_return(hc_ioctl(hcbpf_vm_fd(rig.hc), HCBPF_VM_SET_BUFFER_LIMIT, &limit), -EINVAL);
}

static void what_was_set_is_what_there_is(void **state)
{
	struct hcbpf_buffer list[20], got[20];
	size_t nr = ARRAY_LEN(got), i;

	(void)state;
	for (i = 0; i < 20; i++) {
		list[i] = good;
		list[i].va = NOWHERE + (19 - i) * PAGE;
		list[i].gpa = i * 1000;
		list[i].vcpu = i % 3 ? i % 3 * 100 : HCBPF_BUFFER_ANY_VCPU;
	}
	assert_ok(hcbpf_buffers_set(rig.hc, list, 20));
	assert_ok(hcbpf_buffers_get(rig.hc, got, &nr));
	assert_int_equal(nr, 20);
	for (i = 0; i < 20; i++)
		assert_memory_equal(&got[i], &list[19 - (got[i].va - NOWHERE) / PAGE],
				    sizeof(got[i]));
	assert_int_equal(hc_vm_info(hcbpf_vm_fd(rig.hc)).nr_buffers, 20);
	/* Less room than there are: no more than that is written. */
	memset(got, 0xee, sizeof(got));
	nr = 2;
	assert_ok(hcbpf_buffers_get(rig.hc, got, &nr));
	assert_int_equal(nr, 20);
	assert_true(got[1].reserved == 0 && got[2].reserved == 0xeeeeeeee);
}

/* vCPUs' tables lie in an array by their ids: the first, the last, alone or with holes. */
static void the_buffers_of_each_vcpu_are_listed(void **state)
{
	static const struct {
		uint32_t nr, vcpu[4];
	} cases[] = {
		{ 1, { 0 } }, { 1, { 1 } }, { 1, { HCBPF_BUFFER_ANY_VCPU } }, { 1, { 255 } },
		{ 2, { 0, 255 } }, { 2, { 7, HCBPF_BUFFER_ANY_VCPU } },
		{ 4, { 0, 1, 63, 64 } }, { 4, { HCBPF_BUFFER_ANY_VCPU, 0, 8, 9 } },
	};
	struct hcbpf_buffer list[4], got[5];
	unsigned int i, j, room;
	size_t nr;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		for (j = 0; j < cases[i].nr; j++) {
			list[j] = good;
			list[j].va += j * PAGE;
			list[j].vcpu = cases[i].vcpu[j];
		}
		assert_ok(hcbpf_buffers_set(rig.hc, list, cases[i].nr));
		assert_int_equal(hc_vm_info(hcbpf_vm_fd(rig.hc)).nr_buffers, cases[i].nr);
		for (room = 0; room <= cases[i].nr; room++) {
			uint32_t seen = 0;

			memset(got, 0xee, sizeof(got));
			nr = room;
			assert_ok(hcbpf_buffers_get(rig.hc, got, &nr));
			assert_int_equal(nr, cases[i].nr);
			assert_int_equal(got[room].vcpu, 0xeeeeeeee);
			for (j = 0; j < room; j++) {
				uint32_t at = (got[j].va - NOWHERE) / PAGE;

				assert_in_range(at, 0, nr - 1);
				assert_memory_equal(&got[j], &list[at], sizeof(got[j]));
				seen |= 1U << at;
			}
			assert_int_equal(__builtin_popcount(seen), room);
		}
	}
}

/* Each is refused, with what was there before untouched. */
static void lists_that_make_no_sense_change_nothing(void **state)
{
	struct hcbpf_buffer bad[2];
	unsigned int i;
	static const struct {
		struct hcbpf_buffer buffer;
		int err;
	} cases[] = {
		{ { .va = 0x1000, .gpa = 0, .size = 0, .vcpu = 0 }, -EINVAL },
		{ { .va = 0, .gpa = 0, .size = 0, .vcpu = 0 }, -EINVAL },
		{ { .va = ~0ULL, .gpa = 0, .size = 2, .vcpu = 0 }, -EINVAL },
		{ { .va = 0, .gpa = ~0ULL, .size = 2, .vcpu = 0 }, -EINVAL },
		{ { .va = 0x1000, .gpa = 0, .size = 4, .vcpu = 1 << 20 }, -EINVAL },
		{ { .va = 0x1000, .gpa = 0, .size = 4, .vcpu = 0xfffffffe }, -EINVAL },
		{ { .va = 0x1000, .gpa = 0, .size = 4, .vcpu = 0, .reserved = 1 }, -EINVAL },
		{ { .va = NOWHERE + 63, .size = 1, .vcpu = HCBPF_BUFFER_ANY_VCPU }, -EEXIST },
		{ { .va = NOWHERE, .size = 64, .vcpu = HCBPF_BUFFER_ANY_VCPU }, -EEXIST },
		{ { .va = NOWHERE - 4, .size = 5, .vcpu = 7 }, -EEXIST },
	};

	(void)state;
	assert_return(insert(&rig, 0x2000, GUEST_DATA, 64, 0), 0);
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		bad[0] = good;
		bad[1] = cases[i].buffer;
		if (hcbpf_buffers_set(rig.hc, bad, 2) != cases[i].err)
			fail_msg("case %u", i);
	}
	/* Two of one vCPU; in whatever order they are named. */
	for (i = 0; i < 2; i++) {
		bad[i] = bad[!i] = good;
		bad[0].vcpu = bad[1].vcpu = 3;
		bad[i].va += 63;
		assert_return(hcbpf_buffers_set(rig.hc, bad, 2), -EEXIST);
	}
	assert_int_equal(count_buffers(&rig), 1);
	expect_sent(&rig, 0x2000);
	expect_unsent(&rig, NOWHERE, MISSED);
}

static void more_than_the_limit_are_refused(void **state)
{
	struct hcbpf_buffer list[3] = { good, good, good };
	struct hcbpf_buffers huge = { .size = sizeof(huge), .nr = (1 << 20) + 1 };

	(void)state;
	list[1].va += 64;
	list[2].va += 128;
	assert_ok(hcbpf_vm_set_buffer_limit(rig.hc, 2));
	assert_return(hcbpf_buffers_set(rig.hc, list, 3), -ENOSPC);
	list[0].vcpu = list[1].vcpu = list[2].vcpu = 1;
	assert_return(hcbpf_buffers_set(rig.hc, list, 3), -ENOSPC);
	list[0].vcpu = list[1].vcpu = HCBPF_BUFFER_ANY_VCPU;
	assert_ok(hcbpf_buffers_set(rig.hc, list, 3));
	assert_return(request(HCBPF_VM_SET_BUFFERS, &huge), -E2BIG);
	assert_int_equal(count_buffers(&rig), 3);
}

static void after_the_end_there_is_nothing_to_set(void **state)
{
	(void)state;
	assert_ok(hcbpf_buffers_set(rig.hc, &good, 1));
	assert_ok(hcbpf_vm_unbind(rig.hc));
	assert_int_equal(count_buffers(&rig), 0);
	assert_return(hcbpf_buffers_set(rig.hc, &good, 1), -ENODEV);
	assert_return(hcbpf_buffers_set(rig.hc, NULL, 0), -ENODEV);
}

static void their_memory_is_accounted(void **state)
{
	uint64_t before = hc_vm_info(hcbpf_vm_fd(rig.hc)).memory;

	(void)state;
	assert_ok(hcbpf_buffers_set(rig.hc, &good, 1));
	assert_true(hc_vm_info(hcbpf_vm_fd(rig.hc)).memory > before + sizeof(good));
	assert_ok(hcbpf_buffers_set(rig.hc, NULL, 0));
	assert_int_equal(hc_vm_info(hcbpf_vm_fd(rig.hc)).memory, before);
}

/* As nobody, with only the binding's file. */
static int limit_as_nobody(uint32_t limit)
{
	pid_t pid = fork();
	int status;

	if (!pid)
		_exit(setuid(65534) ? 100 : -hcbpf_vm_set_buffer_limit(rig.hc, limit));
	waitpid(pid, &status, 0);
	return -WEXITSTATUS(status);
}

static void the_limit_is_the_operators(void **state)
{
	(void)state;
	assert_int_equal(atoi(file_text(LIMIT_FILE)), 64);
	assert_int_equal(hc_vm_info(hcbpf_vm_fd(rig.hc)).buffer_limit, 64);
	assert_ok(limit_as_nobody(64));
	assert_ok(limit_as_nobody(0));
	assert_return(limit_as_nobody(65), -EPERM);
	assert_ok(hcbpf_vm_set_buffer_limit(rig.hc, 1024));
	assert_return(hcbpf_vm_set_buffer_limit(rig.hc, 1025), -ERANGE);
	assert_int_equal(hc_vm_info(hcbpf_vm_fd(rig.hc)).buffer_limit, 1024);
	assert_false(file_write(LIMIT_FILE, "1025"));
	assert_true(file_write(LIMIT_FILE, "5"));
	end_vm(NULL);
	fresh_vm(NULL);
	assert_true(file_write(LIMIT_FILE, "64"));
	assert_int_equal(hc_vm_info(hcbpf_vm_fd(rig.hc)).buffer_limit, 5);
}

static void a_thousand_buffers_work(void **state)
{
	static struct hcbpf_buffer list[1024];
	unsigned int i;

	(void)state;
	assert_ok(hcbpf_vm_set_buffer_limit(rig.hc, 1024));
	for (i = 0; i < 1024; i++) {
		list[i] = good;
		list[i].va = NOWHERE + i * 64;
		list[i].gpa = GUEST_DATA + i % 50 * 64;
	}
	assert_ok(hcbpf_buffers_set(rig.hc, list, 1024));
	put_port(rig.vm, GUEST_DATA + 1023 % 50 * 64, PORT);
	expect_sent(&rig, NOWHERE + 1023 * 64);
	expect_unsent(&rig, NOWHERE + 1024 * 64, MISSED);
	assert_return(purge(&rig, NOWHERE + 1023 * 64, HCBPF_BUFFER_ALL), 0);
	expect_unsent(&rig, NOWHERE + 1023 * 64, MISSED);
}

static void unknown_flags_of_a_binding_are_refused(void **state)
{
	struct hcbpf_bind bind = { .size = sizeof(bind), .policy = "standard", .flags = 1U << 31 };
	struct kvm_vm *vm;

	(void)state;
	assert_kvm(kvm_vm_create(&xen64, &vm));
	bind.vm_fd = vm->fd;
	assert_return(hc_ioctl(hc_device(), HCBPF_BIND, &bind), -EINVAL);
	kvm_vm_destroy(vm);
}

/* ---- the command ---- */

/* With the VM's id in place of %u. */
#define hcbpf(format) sh("hcbpf " format, hcbpf_vm_id(rig.hc))

static void the_command_lists_and_purges(void **state)
{
	(void)state;
	assert_return(insert(&rig, NOWHERE, GUEST_DATA, 64, 0), 0);
	assert_return(insert(&rig, ~0ULL - 7, GUEST_DATA, 8, HCBPF_BUFFER_ALL), 0);
	assert_return(hcbpf("buffer list %u > /tmp/list"), 0);
	assert_return(sh("grep -Eq '^ *0 +0x70000000 +0x100000 +64' /tmp/list"), 0);
	assert_return(sh("grep -Eq '^ *all +0xfffffffffffffff8 +0x100000 +8' /tmp/list"), 0);
	assert_return(hcbpf("-j buffer list %u > /tmp/list"), 0);
	assert_return(sh("grep -q 0xfffffffffffffff8 /tmp/list"), 0);
	assert_return(hcbpf("buffer limit %u 2"), 0);
	assert_int_equal(hc_vm_info(hcbpf_vm_fd(rig.hc)).buffer_limit, 2);
	assert_return(hcbpf("buffer limit %u 1025"), 1);
	assert_return(hcbpf("buffer limit %u two"), 2);
	assert_return(sh("hcbpf buffer list 4000"), 1);
	assert_return(hcbpf("buffer purge %u"), 0);
	assert_int_equal(count_buffers(&rig), 0);
	assert_return(hcbpf("stats %u --all | grep -q BUFFER-MISSES"), 0);
}

static void the_command_saves_and_restores(void **state)
{
	(void)state;
	assert_return(insert(&rig, NOWHERE, GUEST_DATA, 64, 0), 0);
	assert_return(insert(&rig, NOWHERE + 64, GUEST_DATA, 64, 0), 0);
	assert_return(insert(&rig, ~0ULL - 7, GUEST_DATA, 8, HCBPF_BUFFER_ALL), 0);
	assert_return(hcbpf("vm save %u /tmp/saved | grep -q ', 3 buffers;'"), 0);
	assert_ok(hcbpf_buffers_set(rig.hc, &good, 1));
	assert_return(hcbpf("vm restore %u /tmp/saved | grep -q ', 3 buffers;'"), 0);
	assert_int_equal(count_buffers(&rig), 3);
	expect_sent(&rig, NOWHERE);
	expect_sent(&rig, ~0ULL - 7);
	/* What does not fit changes nothing. */
	assert_ok(hcbpf_buffers_set(rig.hc, &good, 1));
	assert_ok(hcbpf_vm_set_buffer_limit(rig.hc, 1));
	assert_return(hcbpf("vm restore %u /tmp/saved"), 1);
	assert_int_equal(count_buffers(&rig), 1);
}

/* ---- the loaded policy, by bpf_prog_test_run ---- */

static struct policy driver;
static struct driver_state *drive;

static int driver_setup(void **state)
{
	if (policy_open(&driver, "driver.bpf.o") || bpf_object__load(driver.object))
		return -1;
	drive = policy_state(&driver, sizeof(*drive));
	return drive ? fresh_vm(state) : -1;
}

static int driver_teardown(void **state)
{
	end_vm(state);
	policy_unload(&driver);
	return 0;
}

/* Memory of the call: the word PORT at 0x5000. */
static int64_t synthetic(uint64_t nr, uint64_t a0, uint64_t a1, uint64_t a2, uint64_t a3)
{
	const uint64_t args[] = { a0, a1, a2, a3 };
	LIBBPF_OPTS(bpf_test_run_opts, opts);
	uint32_t port = PORT;
	struct bpf_program *prog = bpf_object__find_program_by_name(driver.object, "test_call");

	memset(drive, 0, sizeof(*drive));
	strcpy(drive->policy, "standard");
	drive->test.vm_id = hcbpf_vm_id(rig.hc);
	drive->test.call.abi = HCBPF_ABI_XEN;
	drive->test.call.mode = HCBPF_MODE_64;
	drive->test.call.nr = nr;
	drive->test.call.vcpu_id = 3;
	memcpy(drive->test.call.args, args, sizeof(args));
	drive->test.mem_addr = 0x5000;
	drive->test.mem_len = sizeof(port);
	memcpy(drive->test.mem, &port, sizeof(port));
	assert_return(bpf_prog_test_run_opts(bpf_program__fd(prog), &opts), 0);
	assert_return(drive->result, 0);
	return drive->test.verdict == HCBPF_DONE ? (int64_t)drive->test.call.ret : 1;
}

static void synthetic_calls_use_buffers_too(void **state)
{
	const struct hcbpf_buffer own = { .va = 0x9000, .gpa = 0x5000, .size = 4, .vcpu = 3 };
	const uint64_t send = XEN_HYPERCALL_EVENT_CHANNEL_OP;

	(void)state;
	assert_ok(hcbpf_buffers_set(rig.hc, &own, 1));
	assert_return(synthetic(send, XEN_EVTCHNOP_SEND, 0x9000, 0, 0), 0);
	assert_return(synthetic(send | HCBPF_HC_PHYSICAL, XEN_EVTCHNOP_SEND, 0x5000, 0, 0), 0);
	assert_return(synthetic(send, XEN_EVTCHNOP_SEND, 0x5000, 0, 0), 0);
	assert_int_equal(efd_take(rig.efd), 3);
	assert_return(synthetic(send, XEN_EVTCHNOP_SEND, 0x9001, 0, 0), -EFAULT);
	assert_return(synthetic(send, XEN_EVTCHNOP_SEND, 0x6000, 0, 0), 1);
	assert_return(synthetic(send | HCBPF_HC_PHYSICAL, XEN_EVTCHNOP_SEND, 0x9000, 0, 0), -EFAULT);
	assert_int_equal(rig_stats(&rig).buffer_hits, 1);
}

static void synthetic_calls_register_and_purge_nothing(void **state)
{
	const struct hcbpf_buffer own = { .va = 0x9000, .gpa = 0x5000, .size = 4, .vcpu = 3 };
	struct hcbpf_buffer list[2];
	size_t nr = 2;

	(void)state;
	assert_ok(hcbpf_buffers_set(rig.hc, &own, 1));
	assert_return(synthetic(HCBPF_HC_BUFFER_INSERT, 0xa000, 0x5000, 5, 0), -EFAULT);
	assert_return(synthetic(HCBPF_HC_BUFFER_INSERT, 0xa000, 0x5000, 4, 0), 0);
	assert_return(synthetic(HCBPF_HC_BUFFER_PURGE, 0x9000, 0, 0, 0), 0);
	assert_ok(hcbpf_buffers_get(rig.hc, list, &nr));
	assert_int_equal(nr, 1);
	assert_memory_equal(list, &own, sizeof(own));
}

static void without_a_vm_nothing_can_be_registered(void **state)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts);
	struct bpf_program *prog = bpf_object__find_program_by_name(driver.object, "test_call");
	struct policy copying;

	(void)state;
	assert_ok(policy_load(&copying, "copy.bpf.o"));
	synthetic(HCBPF_HC_BUFFER_INSERT, 0x9000, 0x5000, 4, 0);
	strcpy(drive->policy, "copy");
	drive->test.vm_id = 0;
	assert_return(bpf_prog_test_run_opts(bpf_program__fd(prog), &opts), 0);
	assert_int_equal((int64_t)drive->test.call.ret, -ENOSPC);
	drive->test.call.vcpu_id = 1 << 30;
	assert_return(bpf_prog_test_run_opts(bpf_program__fd(prog), &opts), 0);
	assert_int_equal((int64_t)drive->test.call.ret, -EINVAL);
	policy_unload(&copying);
}

#define vm_test(f) cmocka_unit_test_setup_teardown(f, fresh_vm, end_vm)
#define driver_test(f) cmocka_unit_test_setup_teardown(f, driver_setup, driver_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		vm_test(sizes_flags_and_reserved_fields_are_checked),
		vm_test(what_was_set_is_what_there_is),
		vm_test(the_buffers_of_each_vcpu_are_listed),
		vm_test(lists_that_make_no_sense_change_nothing),
		vm_test(more_than_the_limit_are_refused),
		vm_test(after_the_end_there_is_nothing_to_set),
		vm_test(their_memory_is_accounted),
		vm_test(the_limit_is_the_operators),
		vm_test(a_thousand_buffers_work),
		vm_test(the_command_lists_and_purges),
		vm_test(the_command_saves_and_restores),
		cmocka_unit_test(unknown_flags_of_a_binding_are_refused),
		driver_test(synthetic_calls_use_buffers_too),
		driver_test(synthetic_calls_register_and_purge_nothing),
		driver_test(without_a_vm_nothing_can_be_registered),
	};

	return cmocka_run_group_tests_name("requests for buffers", tests, standard_setup,
					   standard_teardown);
}
