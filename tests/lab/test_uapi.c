// SPDX-License-Identifier: GPL-2.0-only
/* Requests that are wrong in one way each, and what <hcbpf/uapi.h> says of them. */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>
#include "lab.h"

static struct policy standard;
static struct kvm_vm *vm;
static int binding;

static int group_setup(void **state)
{
	struct kvm_vm_conf conf = { 0 };

	(void)state;
	if (policy_load(&standard, "standard.bpf.o") || kvm_vm_create(&conf, &vm))
		return -1;
	binding = hc_bind(vm->fd, "standard");
	return binding < 0 ? -1 : 0;
}

static int group_teardown(void **state)
{
	(void)state;
	kvm_vm_destroy(vm);
	close(binding);
	policy_unload(&standard);
	return 0;
}

/* ---- sizes, the same for every request that has a struct ---- */

struct request {
	const char *name;
	unsigned long nr;
	size_t size;
	bool on_binding;
	int good;		/* what it returns for valid input */
	union {
		struct hcbpf_next_vm next_vm;
		struct hcbpf_open open;
		struct hcbpf_set_eventfd set_eventfd;
		unsigned char bytes[256];
	};
	size_t first;		/* published at first, where it has grown since */
};

static const struct request requests[] = {
	{ "GET_INFO", HCBPF_GET_INFO, sizeof(struct hcbpf_info) },
	{ "NEXT_VM", HCBPF_NEXT_VM, sizeof(struct hcbpf_next_vm) },
	{ "NEXT_POLICY", HCBPF_NEXT_POLICY, sizeof(struct hcbpf_next_policy) },
	{ "BIND", HCBPF_BIND, sizeof(struct hcbpf_bind), .good = -EINVAL },
	{ "OPEN", HCBPF_OPEN, sizeof(struct hcbpf_open), .good = -ENOENT,
	  .open = { .vm_fd = -1, .id = 0x7ffffff0 } },
	{ "VM_GET_INFO", HCBPF_VM_GET_INFO, sizeof(struct hcbpf_vm_info), .on_binding = true,
	  .first = 160 },
	{ "VM_GET_STATS", HCBPF_VM_GET_STATS, sizeof(struct hcbpf_vm_stats), .on_binding = true,
	  .first = 80 },
	{ "VM_SET_EVENTFD", HCBPF_VM_SET_EVENTFD, sizeof(struct hcbpf_set_eventfd),
	  .on_binding = true, .good = -ENOENT, .set_eventfd = { .slot = 100, .fd = -1 } },
	{ "VM_NEXT_PORT", HCBPF_VM_NEXT_PORT, sizeof(struct hcbpf_next_port), .on_binding = true,
	  .good = -ENOENT },
	{ "VM_GET_BUFFERS", HCBPF_VM_GET_BUFFERS, sizeof(struct hcbpf_buffers),
	  .on_binding = true },
	{ "VM_SET_BUFFERS", HCBPF_VM_SET_BUFFERS, sizeof(struct hcbpf_buffers),
	  .on_binding = true },
	{ "VM_SET_BUFFER_LIMIT", HCBPF_VM_SET_BUFFER_LIMIT, sizeof(struct hcbpf_buffer_limit),
	  .on_binding = true },
};

/* Send with @size in the size field, @tail at the byte behind what is published. */
static int send(const struct request *request, uint32_t size, unsigned char tail)
{
	unsigned char buffer[8192] = { 0 };

	memcpy(buffer, request->bytes, request->size);
	memcpy(buffer, &size, sizeof(size));
	buffer[request->size] = tail;
	return hc_ioctl(request->on_binding ? binding : hc_device(), request->nr, buffer);
}

static void for_each_request(int (*try)(const struct request *), const int *expected)
{
	unsigned int i;

	for (i = 0; i < ARRAY_LEN(requests); i++) {
		int got = try(&requests[i]), want = expected ? *expected : requests[i].good;

		if (got != want)
			fail_msg("%s: %d, should be %d", requests[i].name, got, want);
	}
}

static int try_exact(const struct request *request)
{
	return send(request, request->size, 0);
}

static int try_smaller(const struct request *request)
{
	return send(request, (request->first ? request->first : request->size) - 1, 0);
}

static int try_zero_size(const struct request *request)
{
	return send(request, 0, 0);
}

static int try_zero_tail(const struct request *request)
{
	return send(request, request->size + 64, 0);
}

static int try_used_tail(const struct request *request)
{
	return send(request, request->size + 64, 1);
}

static int try_huge(const struct request *request)
{
	return send(request, 0x80000000, 0);
}

static int try_flags(const struct request *request)
{
	struct request copy = *request;

	copy.bytes[4] = 1;	/* every struct has its flags behind its size */
	return send(&copy, request->size, 0);
}

static int try_bad_pointer(const struct request *request)
{
	int fd = request->on_binding ? binding : hc_device();

	return hc_ioctl(fd, request->nr, (void *)0x10);
}

/* The struct ends beyond the last mapped page. */
static int try_half_mapped(const struct request *request)
{
	char *page = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *at = page + 4096 - 4;
	int fd = request->on_binding ? binding : hc_device(), ret;

	munmap(page + 4096, 4096);
	*(uint32_t *)at = request->size;
	ret = hc_ioctl(fd, request->nr, at);
	munmap(page, 4096);
	return ret;
}

static const int einval = -EINVAL, e2big = -E2BIG, efault = -EFAULT;

#define SIZE_TEST(name, try, expected)			\
	static void name(void **state)			\
	{						\
		(void)state;				\
		for_each_request(try, expected);	\
	}

SIZE_TEST(the_published_size_is_taken, try_exact, NULL)
SIZE_TEST(a_smaller_size_is_einval, try_smaller, &einval)
SIZE_TEST(size_zero_is_einval, try_zero_size, &einval)
SIZE_TEST(a_larger_size_with_zeroes_is_taken, try_zero_tail, NULL)
SIZE_TEST(a_larger_size_in_use_is_e2big, try_used_tail, &e2big)
SIZE_TEST(a_huge_size_is_e2big, try_huge, &e2big)
SIZE_TEST(unknown_flags_are_einval, try_flags, &einval)
SIZE_TEST(a_bad_pointer_is_efault, try_bad_pointer, &efault)
SIZE_TEST(a_half_mapped_struct_is_efault, try_half_mapped, &efault)

static void a_larger_answer_is_zeroed_behind_its_end(void **state)
{
	struct {
		struct hcbpf_info info;
		unsigned char more[16], after[16];
	} reply;

	(void)state;
	memset(&reply, 0, sizeof(reply));
	memset(reply.after, 0xaa, sizeof(reply.after));
	reply.info.size = sizeof(reply.info) + sizeof(reply.more);
	assert_ok(hc_ioctl(hc_device(), HCBPF_GET_INFO, &reply));
	assert_int_equal(reply.info.size, sizeof(reply.info) + sizeof(reply.more));
	assert_int_equal(reply.info.version, HCBPF_UAPI_VERSION);
	assert_int_equal(reply.more[0] | reply.more[15], 0);
	assert_int_equal(reply.after[0], 0xaa);
}

static void nonzero_reserved_fields_are_einval(void **state)
{
	struct hcbpf_next_vm vms = { .size = sizeof(vms), .reserved = 1 };
	struct hcbpf_next_port next = { .size = sizeof(next), .reserved = 1 };
	struct hcbpf_vm_info info = { .size = sizeof(info), .reserved = 1 };

	(void)state;
	assert_return(hc_ioctl(hc_device(), HCBPF_NEXT_VM, &vms), -EINVAL);
	assert_return(hc_ioctl(binding, HCBPF_VM_NEXT_PORT, &next), -EINVAL);
	assert_return(hc_ioctl(binding, HCBPF_VM_GET_INFO, &info), -EINVAL);
}

static void an_unknown_request_is_enotty(void **state)
{
	(void)state;
	assert_return(hc_ioctl(hc_device(), _IO(HCBPF_IOC, 0x05), NULL), -ENOTTY);
	assert_return(hc_ioctl(hc_device(), HCBPF_VM_GET_INFO, NULL), -ENOTTY);
	assert_return(hc_ioctl(binding, HCBPF_BIND, NULL), -ENOTTY);
	assert_return(hc_ioctl(binding, _IO(HCBPF_IOC, 0xff), NULL), -ENOTTY);
}

/* ---- BIND ---- */

static struct kvm_vm *other_vm;

static int fresh_vm(void **state)
{
	struct kvm_vm_conf conf = { 0 };

	(void)state;
	return kvm_vm_create(&conf, &other_vm);
}

static int end_vm(void **state)
{
	(void)state;
	kvm_vm_destroy(other_vm);
	return 0;
}

static struct hcbpf_bind good_bind(void)
{
	struct hcbpf_bind bind = {
		.size = sizeof(bind), .vm_fd = other_vm->fd, .policy = "standard",
	};

	return bind;
}

static void expect_bind(struct hcbpf_bind *bind, int expected)
{
	int ret = hc_ioctl(hc_device(), HCBPF_BIND, bind);

	if (ret >= 0)
		close(ret);
	assert_return(ret < 0 ? ret : 0, expected);
}

#define BIND_TEST(name, change, expected)		\
	static void name(void **state)			\
	{						\
		struct hcbpf_bind bind = good_bind();	\
							\
		(void)state;				\
		change;					\
		expect_bind(&bind, expected);		\
	}

BIND_TEST(a_negative_vm_fd_is_ebadf, bind.vm_fd = -1, -EBADF)
BIND_TEST(a_closed_vm_fd_is_ebadf, bind.vm_fd = 999, -EBADF)
BIND_TEST(a_fd_that_is_no_vm_is_einval, bind.vm_fd = 0, -EINVAL)
BIND_TEST(a_vcpu_fd_is_einval, bind.vm_fd = other_vm->vcpus[0].fd, -EINVAL)
BIND_TEST(dev_kvm_is_einval, bind.vm_fd = open("/dev/kvm", O_RDWR), -EINVAL)
BIND_TEST(an_unknown_abi_is_einval, bind.abi = HCBPF_NR_ABIS, -EINVAL)
BIND_TEST(another_architectures_abi_is_einval, bind.abi = FOREIGN_ABI, -EINVAL)
BIND_TEST(an_empty_policy_is_einval, bind.policy[0] = 0, -EINVAL)
BIND_TEST(a_policy_without_end_is_einval, memset(bind.policy, 'a', 32), -EINVAL)
BIND_TEST(a_policy_with_a_slash_is_einval, strcpy(bind.policy, "a/b"), -EINVAL)
BIND_TEST(a_tag_without_end_is_einval, memset(bind.tag, 'a', 32), -EINVAL)
BIND_TEST(a_tag_with_a_blank_is_einval, strcpy(bind.tag, "my vm"), -EINVAL)
BIND_TEST(an_unknown_policy_is_enoent, strcpy(bind.policy, "no-such"), -ENOENT)
BIND_TEST(too_many_ports_are_e2big, bind.nr_ports = 0xffffffff, -E2BIG)
BIND_TEST(a_bound_vm_is_eexist, bind.vm_fd = vm->fd, -EEXIST)

static void a_million_ports_are_taken(void **state)
{
	struct hcbpf_bind bind = good_bind();

	(void)state;
	bind.nr_ports = 1 << 20;
	expect_bind(&bind, 0);
}

static void one_port_is_enough(void **state)
{
	struct hcbpf_bind bind = good_bind();
	int fd;

	(void)state;
	bind.nr_ports = 1;
	strcpy(bind.tag, "a-tag_1.0");
	fd = assert_fd(hc_ioctl(hc_device(), HCBPF_BIND, &bind));
	assert_int_equal(hc_vm_info(fd).nr_ports, 1);
	assert_string_equal(hc_vm_info(fd).tag, "a-tag_1.0");
	assert_string_equal(hc_vm_info(fd).policy, "standard");
	assert_int_equal(hc_vm_info(fd).id, bind.id);
	assert_int_equal(hc_vm_info(fd).pid, getpid());
	assert_int_equal(hc_vm_info(fd).uid, getuid());
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	close(fd);
}

/* The answer cannot be written: the VM must not stay bound without anybody knowing. */
static void a_bind_into_read_only_memory_leaves_nothing_bound(void **state)
{
	struct hcbpf_bind bind = good_bind(), *readonly;
	uint32_t before = hc_info().nr_vms;

	(void)state;
	readonly = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	*readonly = bind;
	mprotect(readonly, 4096, PROT_READ);
	expect_bind(readonly, -EFAULT);
	/* Bindings of earlier tests may go meanwhile. */
	assert_in_range(hc_info().nr_vms, 0, before);
	munmap(readonly, 4096);
	expect_bind(&bind, 0);
}

/* Bindings of earlier tests take a moment to end. */
static bool one_is_bound(void)
{
	return hc_info().nr_vms == 1;
}

static void without_free_descriptors_nothing_is_bound(void **state)
{
	struct hcbpf_bind bind = good_bind();
	int fds[2000], nr = 0;

	(void)state;
	assert_true(wait_until(one_is_bound(), 5000));
	while (nr < 2000 && (fds[nr] = dup(0)) >= 0)
		nr++;
	expect_bind(&bind, -EMFILE);
	while (nr--)
		close(fds[nr]);
	assert_true(one_is_bound());
}

/* ---- OPEN, NEXT ---- */

static int open_binding(int vm_fd, uint32_t id)
{
	struct hcbpf_open open = { .size = sizeof(open), .vm_fd = vm_fd, .id = id };
	int fd = hc_ioctl(hc_device(), HCBPF_OPEN, &open);

	if (fd < 0)
		return fd;
	assert_int_equal(hc_vm_info(fd).id, hc_vm_info(binding).id);
	close(fd);
	return 0;
}

static void a_binding_is_opened_by_vm_and_by_id(void **state)
{
	(void)state;
	assert_ok(open_binding(vm->fd, 0));
	assert_ok(open_binding(-1, hc_vm_info(binding).id));
}

static void what_cannot_be_opened_says_why(void **state)
{
	(void)state;
	assert_return(open_binding(vm->fd, 1), -EINVAL);
	assert_return(open_binding(999, 0), -EBADF);
	assert_return(open_binding(0, 0), -EINVAL);
	assert_return(open_binding(other_vm->fd, 0), -ENOENT);
	assert_return(open_binding(-1, 0), -ENOENT);
	assert_return(open_binding(-1, 0x7ffffff0), -ENOENT);
	assert_return(open_binding(-1, 0xffffffff), -ENOENT);
}

static void the_walk_over_vms_ends_with_enoent(void **state)
{
	(void)state;
	assert_true(wait_until(one_is_bound(), 5000));
	assert_int_equal(hc_next_vm(0), hc_vm_info(binding).id);
	assert_return(hc_next_vm(hc_vm_info(binding).id), -ENOENT);
	assert_return(hc_next_vm(0xffffffff), -ENOENT);
}

static void the_walk_over_policies_shows_the_one_loaded(void **state)
{
	struct hcbpf_next_policy next = { .size = sizeof(next) };

	(void)state;
	assert_true(wait_until(one_is_bound(), 5000));
	assert_ok(hc_ioctl(hc_device(), HCBPF_NEXT_POLICY, &next));
	assert_string_equal(next.name, "standard");
	assert_int_equal(next.state, HCBPF_POLICY_LOADED);
	assert_int_equal(next.nr_vms, 1);
	assert_int_equal(next.generation, 1);
	assert_int_equal(next.ops_flags, 0);
	assert_return(hc_ioctl(hc_device(), HCBPF_NEXT_POLICY, &next), -ENOENT);
	next.id = 0xffffffff;
	assert_return(hc_ioctl(hc_device(), HCBPF_NEXT_POLICY, &next), -ENOENT);
}

/* ---- on a binding ---- */

static void eventfd_errors_say_why(void **state)
{
	int efd = efd_new(), null = open("/dev/null", O_RDWR);

	(void)state;
	assert_return(hc_set_eventfd(binding, 0, 999), -EBADF);
	assert_return(hc_set_eventfd(binding, 0, -2), -EBADF);
	assert_return(hc_set_eventfd(binding, 0, null), -EINVAL);
	assert_return(hc_set_eventfd(binding, HCBPF_DEFAULT_PORTS, efd), -ERANGE);
	assert_return(hc_set_eventfd(binding, 0xffffffff, efd), -ERANGE);
	assert_return(hc_set_eventfd(binding, 0, -1), -ENOENT);
	assert_return(hc_set_eventfd(binding, HCBPF_DEFAULT_PORTS - 1, -1), -ENOENT);
	assert_int_equal(hc_vm_info(binding).nr_eventfds, 0);
	close(null);
	close(efd);
}

static int add_eventfd(uint32_t slot, int efd)
{
	struct hcbpf_set_eventfd set = {
		.size = sizeof(set), .flags = HCBPF_EVENTFD_NOREPLACE, .slot = slot, .fd = efd,
	};

	return hc_ioctl(binding, HCBPF_VM_SET_EVENTFD, &set);
}

static void an_eventfd_is_not_replaced_by_one_that_is_added(void **state)
{
	int efd = efd_new();

	(void)state;
	assert_ok(add_eventfd(3, efd));
	assert_return(add_eventfd(3, efd), -EEXIST);
	assert_ok(add_eventfd(100, efd));
	assert_return(add_eventfd(100, efd), -EEXIST);
	assert_int_equal(hc_vm_info(binding).nr_eventfds, 2);
	assert_return(add_eventfd(3, -1), -EINVAL);
	assert_ok(hc_set_eventfd(binding, 3, -1));
	assert_ok(add_eventfd(3, efd));
	assert_ok(hc_set_eventfd(binding, 3, -1));
	assert_ok(hc_set_eventfd(binding, 100, -1));
	close(efd);
}

static void the_first_and_the_last_slot_are_filled_and_emptied(void **state)
{
	static const uint32_t slots[] = { 0, 7, 8, HCBPF_DEFAULT_PORTS - 1 };
	int efd = efd_new();
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(slots); i++) {
		assert_ok(hc_set_eventfd(binding, slots[i], efd));
		assert_ok(hc_set_eventfd(binding, slots[i], efd));
		assert_int_equal(hc_vm_info(binding).nr_eventfds, i + 1);
	}
	close(efd);
	for (i = 0; i < ARRAY_LEN(slots); i++)
		assert_ok(hc_set_eventfd(binding, slots[i], -1));
	assert_return(hc_set_eventfd(binding, 0, -1), -ENOENT);
	assert_int_equal(hc_vm_info(binding).nr_eventfds, 0);
}

static int try_mmap(size_t length, int prot, int flags, off_t offset)
{
	void *at = mmap(NULL, length, prot, flags, binding, offset);

	if (at == MAP_FAILED)
		return -errno;
	munmap(at, length);
	return 0;
}

static void mmap_errors_say_why(void **state)
{
	const size_t size = HCBPF_DEFAULT_PORTS * sizeof(hcbpf_port_t);
	const int rw = PROT_READ | PROT_WRITE;

	(void)state;
	assert_ok(try_mmap(size, rw, MAP_SHARED, 0));
	assert_ok(try_mmap(4096, PROT_READ, MAP_SHARED, size - 4096));
	assert_return(try_mmap(4096, rw, MAP_PRIVATE, 0), -EINVAL);
	assert_return(try_mmap(size + 4096, rw, MAP_SHARED, 0), -EINVAL);
	assert_return(try_mmap(4096, rw, MAP_SHARED, size), -EINVAL);
	assert_return(try_mmap(4096, rw, MAP_SHARED, 0x7ffffffffffff000), -EINVAL);
	assert_return(try_mmap(4096, rw | PROT_EXEC, MAP_SHARED, 0), -EINVAL);
}

static void a_mapping_cannot_become_executable_or_grow(void **state)
{
	char *at = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, binding, 0);

	(void)state;
	assert_true(at != MAP_FAILED);
	assert_int_equal(mprotect(at, 4096, PROT_READ | PROT_EXEC), -1);
	assert_true(mremap(at, 4096, 8192, MREMAP_MAYMOVE) == MAP_FAILED);
	munmap(at, 4096);
}

static void the_port_walk_agrees_with_the_mapping(void **state)
{
	volatile hcbpf_port_t *ports = hc_ports(binding, HCBPF_DEFAULT_PORTS);
	struct hcbpf_next_port next = { .size = sizeof(next) };

	(void)state;
	ports[0] = 1;
	ports[131071] = ~0ULL;
	assert_ok(hc_ioctl(binding, HCBPF_VM_NEXT_PORT, &next));
	assert_int_equal(next.port, 0);
	assert_int_equal(next.word, 1);
	next.port = 1;
	assert_ok(hc_ioctl(binding, HCBPF_VM_NEXT_PORT, &next));
	assert_int_equal(next.port, 131071);
	assert_true(next.word == ~0ULL);
	next.port = 131072;
	assert_return(hc_ioctl(binding, HCBPF_VM_NEXT_PORT, &next), -ENOENT);
	next.port = 0xffffffff;
	assert_return(hc_ioctl(binding, HCBPF_VM_NEXT_PORT, &next), -ENOENT);
	ports[0] = 0;
	ports[131071] = 0;
	munmap((void *)ports, HCBPF_DEFAULT_PORTS * 8);
}

static void after_the_end_requests_are_enodev_and_reading_works(void **state)
{
	int fd = assert_fd(hc_bind(other_vm->fd, "standard")), efd = efd_new();
	volatile hcbpf_port_t *ports = hc_ports(fd, 512);
	uint32_t id = hc_vm_info(fd).id;

	(void)state;
	ports[3] = 5;
	assert_ok(hc_set_eventfd(fd, 0, efd));
	assert_ok(hc_unbind(fd));
	assert_return(hc_unbind(fd), -ENODEV);
	assert_return(hc_set_eventfd(fd, 0, efd), -ENODEV);
	assert_return(hc_set_eventfd(fd, 0, -1), -ENODEV);
	assert_return(hc_open_id(id), -ENOENT);
	assert_true(hc_vm_info(fd).state & HCBPF_VM_ENDED);
	assert_int_equal(hc_vm_info(fd).nr_eventfds, 0);
	assert_int_equal(hc_vm_stats(fd).done, 0);
	assert_int_equal(ports[3], 5);
	ports[600 % 512] = 1;
	munmap((void *)ports, 4096);
	close(efd);
	close(fd);
}

static void an_unbound_vm_is_bound_again_under_another_id(void **state)
{
	int first = assert_fd(hc_bind(other_vm->fd, "standard")), second;

	(void)state;
	assert_ok(hc_unbind(first));
	second = assert_fd(hc_bind(other_vm->fd, "standard"));
	assert_int_not_equal(hc_vm_info(first).id, hc_vm_info(second).id);
	assert_return(hc_unbind(first), -ENODEV);
	assert_ok(hc_unbind(second));
	close(first);
	close(second);
}

#define vm_test(f) cmocka_unit_test_setup_teardown(f, fresh_vm, end_vm)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_published_size_is_taken),
		cmocka_unit_test(a_smaller_size_is_einval),
		cmocka_unit_test(size_zero_is_einval),
		cmocka_unit_test(a_larger_size_with_zeroes_is_taken),
		cmocka_unit_test(a_larger_size_in_use_is_e2big),
		cmocka_unit_test(a_huge_size_is_e2big),
		cmocka_unit_test(unknown_flags_are_einval),
		cmocka_unit_test(a_bad_pointer_is_efault),
		cmocka_unit_test(a_half_mapped_struct_is_efault),
		cmocka_unit_test(a_larger_answer_is_zeroed_behind_its_end),
		cmocka_unit_test(nonzero_reserved_fields_are_einval),
		cmocka_unit_test(an_unknown_request_is_enotty),
		vm_test(a_negative_vm_fd_is_ebadf),
		vm_test(a_closed_vm_fd_is_ebadf),
		vm_test(a_fd_that_is_no_vm_is_einval),
		vm_test(a_vcpu_fd_is_einval),
		vm_test(dev_kvm_is_einval),
		vm_test(an_unknown_abi_is_einval),
		vm_test(another_architectures_abi_is_einval),
		vm_test(an_empty_policy_is_einval),
		vm_test(a_policy_without_end_is_einval),
		vm_test(a_policy_with_a_slash_is_einval),
		vm_test(a_tag_without_end_is_einval),
		vm_test(a_tag_with_a_blank_is_einval),
		vm_test(an_unknown_policy_is_enoent),
		vm_test(too_many_ports_are_e2big),
		vm_test(a_bound_vm_is_eexist),
		vm_test(a_million_ports_are_taken),
		vm_test(one_port_is_enough),
		vm_test(a_bind_into_read_only_memory_leaves_nothing_bound),
		vm_test(without_free_descriptors_nothing_is_bound),
		cmocka_unit_test(a_binding_is_opened_by_vm_and_by_id),
		vm_test(what_cannot_be_opened_says_why),
		cmocka_unit_test(the_walk_over_vms_ends_with_enoent),
		cmocka_unit_test(the_walk_over_policies_shows_the_one_loaded),
		cmocka_unit_test(eventfd_errors_say_why),
		cmocka_unit_test(an_eventfd_is_not_replaced_by_one_that_is_added),
		cmocka_unit_test(the_first_and_the_last_slot_are_filled_and_emptied),
		cmocka_unit_test(mmap_errors_say_why),
		cmocka_unit_test(a_mapping_cannot_become_executable_or_grow),
		cmocka_unit_test(the_port_walk_agrees_with_the_mapping),
		vm_test(after_the_end_requests_are_enodev_and_reading_works),
		vm_test(an_unbound_vm_is_bound_again_under_another_id),
	};

	return cmocka_run_group_tests_name("wrong requests", tests, group_setup, group_teardown);
}
