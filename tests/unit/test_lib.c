// SPDX-License-Identifier: GPL-2.0-only
/* libhcbpf where no module is needed to decide: options, bad arguments, no device. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <hcbpf/libhcbpf.h>
#include "unit.h"
#include "../../user/libhcbpf/internal.h"

/* A module whose rules somebody else has always just changed; -1: it is not asked. */
static int overtaken = -1;

/* One that has counted on CPUs 0 and 2; the second fails. NULL: it is not asked. */
static const struct hcbpf_seen (*counted)[3];
static int fails;

static int counted_on(struct hcbpf_get_seen *req)
{
	const struct hcbpf_seen *of_cpu = counted[req->cpu / 2];

	if (fails && req->cpu) {
		errno = fails;
		return -1;
	}
	assert_true(req->nr > HCBPF_SEEN_KINDS && !req->flags && !req->reserved);
	for (req->nr = 0; req->nr < 3 && of_cpu[req->nr].count[HCBPF_DONE]; req->nr++)
		((struct hcbpf_seen *)(uintptr_t)req->seen)[req->nr] = of_cpu[req->nr];
	req->cpu = req->cpu ? HCBPF_SEEN_END : 2;
	req->ticks_khz = 2000000;
	return 0;
}

/* One of many CPUs, which have all counted that many kinds, the same or others. */
#define KINDS 50
static uint32_t nr_cpus, kinds_apart;

static int counted_on_many(struct hcbpf_get_seen *req)
{
	struct hcbpf_seen *seen = (struct hcbpf_seen *)(uintptr_t)req->seen;
	uint32_t i;

	assert_true(req->nr > HCBPF_SEEN_KINDS);
	req->nr = KINDS;
	for (i = 0; i < KINDS; i++)
		seen[i] = (struct hcbpf_seen){ .abi = HCBPF_ABI_KVM,
			.nr = i + req->cpu * kinds_apart, .count[HCBPF_DONE] = 1 };
	req->cpu = req->cpu + 1 < nr_cpus ? req->cpu + 1 : HCBPF_SEEN_END;
	return 0;
}

/* What the library has asked for, in kinds: the most, and the last. */
static size_t most_room, last_room;

void *__real_realloc(void *old, size_t size);

void *__wrap_realloc(void *old, size_t size)
{
	last_room = size / sizeof(struct hcbpf_seen);
	most_room = last_room > most_room ? last_room : most_room;
	return __real_realloc(old, size);
}

int __real_ioctl(int fd, unsigned long request, ...);

int __wrap_ioctl(int fd, unsigned long request, void *arg)
{
	if (counted && request == HCBPF_VM_GET_SEEN)
		return counted_on(arg);
	if (nr_cpus && request == HCBPF_VM_GET_SEEN)
		return counted_on_many(arg);
	if (overtaken < 0)
		return __real_ioctl(fd, request, arg);
	if (request != HCBPF_VM_SET_RULES)
		return 0;
	overtaken++;
	errno = EAGAIN;
	return -1;
}

/* As a program compiled against a later header has it. */
struct later_opts {
	struct hcbpf_bind_opts opts;
	uint64_t more;
};

static struct hcbpf_vm *const untouched = (struct hcbpf_vm *)0x55;

static int bind(const struct hcbpf_bind_opts *opts)
{
	struct hcbpf_vm *vm = untouched;
	int err = hcbpf_vm_bind(0, opts, &vm);

	assert_ptr_equal(vm, untouched);
	return err;
}

static void need_no_device(void)
{
	if (!access(HCBPF_DEVICE, F_OK))
		skip();
}

static void without_the_module_everything_is_enodev(void **state)
{
	struct hcbpf_vm *vm;

	(void)state;
	need_no_device();
	assert_int_equal(bind(NULL), -ENODEV);
	assert_int_equal(hcbpf_vm_open(0, &vm), -ENODEV);
	assert_int_equal(hcbpf_vm_open_id(1, &vm), -ENODEV);
}

static void options_of_an_older_header_are_taken(void **state)
{
	static const char bad[] = "a tag that is too long to be a tag";
	LIBHCBPF_OPTS(hcbpf_bind_opts, opts, .tag = bad);

	(void)state;
	need_no_device();
	assert_int_equal(bind(&opts), -EINVAL);
	/* Such a caller's struct ends before the tag: what lies there is not for us. */
	opts.sz = offsetof(struct hcbpf_bind_opts, tag);
	assert_int_equal(bind(&opts), -ENODEV);
	opts.sz = sizeof(opts.sz);
	assert_int_equal(bind(&opts), -ENODEV);
}

static void options_of_a_later_header_are_taken_when_unused(void **state)
{
	struct later_opts later = { .opts.sz = sizeof(later) };

	(void)state;
	need_no_device();
	assert_int_equal(bind(&later.opts), -ENODEV);
}

static void options_of_a_later_header_are_refused_when_used(void **state)
{
	struct later_opts later = { .opts.sz = sizeof(later), .more = 1 };

	(void)state;
	assert_int_equal(bind(&later.opts), -E2BIG);
}

static void options_without_a_size_are_refused(void **state)
{
	struct hcbpf_bind_opts opts = { .policy = "standard" };

	(void)state;
	assert_int_equal(bind(&opts), -EINVAL);
	opts.sz = sizeof(opts.sz) - 1;
	assert_int_equal(bind(&opts), -EINVAL);
}

static void names_that_are_too_long_are_refused(void **state)
{
	static const char longest[] = "1234567890123456789012345678901";
	static const char too_long[] = "12345678901234567890123456789012";
	LIBHCBPF_OPTS(hcbpf_bind_opts, policy, .policy = too_long);
	LIBHCBPF_OPTS(hcbpf_bind_opts, tag, .tag = too_long);
	LIBHCBPF_OPTS(hcbpf_bind_opts, fits, .policy = longest, .tag = longest);

	(void)state;
	assert_int_equal(bind(&policy), -EINVAL);
	assert_int_equal(bind(&tag), -EINVAL);
	need_no_device();
	assert_int_equal(bind(&fits), -ENODEV);
}

/* -1 means something else to the kernel: it must not slip through. */
static void a_negative_vm_descriptor_is_ebadf(void **state)
{
	struct hcbpf_vm *vm = untouched;

	(void)state;
	assert_int_equal(hcbpf_vm_open(-1, &vm), -EBADF);
	assert_ptr_equal(vm, untouched);
}

#define SEEN(seen_abi, seen_nr, seen_sub, calls)				\
	{ .abi = HCBPF_ABI_##seen_abi, .nr = seen_nr, .sub = seen_sub,		\
	  .count[HCBPF_DONE] = calls, .times[5] = calls }

static void calls_of_all_cpus_are_one_list(void **state)
{
	static const struct hcbpf_seen cpus[2][3] = {
		{ SEEN(AUTO, 0, 0, 1), SEEN(XEN, 32, 4, 5), SEEN(XEN, 29, 0, 3) },
		{ SEEN(XEN, 32, 4, 2), SEEN(KVM, 5, HCBPF_RULE_ANY, 9), SEEN(AUTO, 0, 0, 1) },
	};
	static const struct hcbpf_seen wanted[] = {
		SEEN(KVM, 5, HCBPF_RULE_ANY, 9), SEEN(XEN, 29, 0, 3), SEEN(XEN, 32, 4, 7),
		SEEN(AUTO, 0, 0, 2),
	};
	struct hcbpf_vm vm = { .fd = -1 };
	struct hcbpf_calls *calls;

	(void)state;
	counted = cpus;
	assert_int_equal(hcbpf_vm_calls(&vm, &calls), 0);
	assert_int_equal(calls->nr, 4);
	assert_memory_equal(calls->kinds, wanted, sizeof(wanted));
	assert_int_equal(hcbpf_calls_ns(calls, 0), 1);
	assert_int_equal(hcbpf_calls_ns(calls, 5), 16);
	hcbpf_calls_free(calls);
	fails = ENODEV;
	assert_int_equal(hcbpf_vm_calls(&vm, &calls), -ENODEV);
	fails = 0;
	counted = NULL;
	hcbpf_calls_free(NULL);
}

static void expect_of_many(uint32_t cpus, uint32_t apart, size_t kinds, uint64_t each)
{
	struct hcbpf_vm vm = { .fd = -1 };
	struct hcbpf_calls *calls;
	size_t i;

	nr_cpus = cpus;
	kinds_apart = apart;
	most_room = 0;
	assert_int_equal(hcbpf_vm_calls(&vm, &calls), 0);
	assert_int_equal(calls->nr, kinds);
	for (i = 0; i < kinds; i++)
		assert_true(calls->kinds[i].nr == i && calls->kinds[i].count[HCBPF_DONE] == each);
	assert_in_range(most_room, kinds, 2 * (kinds + HCBPF_SEEN_KINDS + 1));
	assert_int_equal(last_room, kinds + 1);
	hcbpf_calls_free(calls);
	nr_cpus = 0;
}

static void many_cpus_take_no_more_memory_than_what_comes_out(void **state)
{
	(void)state;
	expect_of_many(1000, 0, KINDS, 1000);
	expect_of_many(100, KINDS, 100 * KINDS, 1);
}

static void a_rule_is_not_set_again_for_ever(void **state)
{
	const struct hcbpf_rule rule = { .abi = HCBPF_ABI_KVM, .nr = 5, .action = HCBPF_RULE_PASS };
	struct hcbpf_vm vm = { .fd = -1 };

	(void)state;
	overtaken = 0;
	assert_int_equal(hcbpf_rule_set(&vm, &rule, 0), -EAGAIN);
	assert_int_equal(overtaken, 1000);
	overtaken = -1;
}

static void closing_null_is_fine(void **state)
{
	(void)state;
	hcbpf_vm_close(NULL);
}

static void the_version_is_the_headers(void **state)
{
	(void)state;
	assert_int_equal(libhcbpf_version(), LIBHCBPF_MAJOR << 16 | LIBHCBPF_MINOR);
}

static void cpuid_leaves_are_at_a_hypervisors_bases(void **state)
{
	static const uint32_t bad[] = {
		0, 0x3fffff00, 0x40000001, 0x40000080, 0x4000ff01, 0x40010000, 0x80000000,
	};
	struct hcbpf_cpuid_leaf leaves[2];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(bad); i++)
		assert_int_equal(hcbpf_cpuid_leaves(bad[i], 1, leaves), -EINVAL);
	assert_int_equal(hcbpf_cpuid_leaves(0x40000000, 1, leaves), 0);
	assert_int_equal(hcbpf_cpuid_leaves(0x4000ff00, 0x12345, leaves), 0);
	assert_int_equal(leaves[0].function, 0x4000ff00);
	assert_int_equal(leaves[0].eax, 0x4000ff01);
	assert_memory_equal(&leaves[0].ebx, "hcbpfhcbpf\0\0", 12);
	assert_int_equal(leaves[1].function, 0x4000ff01);
	assert_int_equal(leaves[1].eax, 0x12345);
	assert_int_equal(leaves[1].ebx | leaves[1].ecx | leaves[1].edx, 0);
}

static void a_failed_call_leaves_no_descriptor_open(void **state)
{
	int before = dup(0), after;

	(void)state;
	close(before);
	bind(NULL);
	after = dup(0);
	close(after);
	assert_int_equal(after, before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_the_module_everything_is_enodev),
		cmocka_unit_test(options_of_an_older_header_are_taken),
		cmocka_unit_test(options_of_a_later_header_are_taken_when_unused),
		cmocka_unit_test(options_of_a_later_header_are_refused_when_used),
		cmocka_unit_test(options_without_a_size_are_refused),
		cmocka_unit_test(names_that_are_too_long_are_refused),
		cmocka_unit_test(a_negative_vm_descriptor_is_ebadf),
		cmocka_unit_test(calls_of_all_cpus_are_one_list),
		cmocka_unit_test(many_cpus_take_no_more_memory_than_what_comes_out),
		cmocka_unit_test(a_rule_is_not_set_again_for_ever),
		cmocka_unit_test(closing_null_is_fine),
		cmocka_unit_test(the_version_is_the_headers),
		cmocka_unit_test(cpuid_leaves_are_at_a_hypervisors_bases),
		cmocka_unit_test(a_failed_call_leaves_no_descriptor_open),
	};

	return cmocka_run_group_tests_name("libhcbpf", tests, NULL, NULL);
}
