// SPDX-License-Identifier: GPL-2.0-only
/* Requests that are wrong in one way each, and what <hcbpf/uapi.h> says of them. */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>
#include <hcbpf/libhcbpf.h>
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
	bool answers;		/* valid input is written back */
	bool no_flags;
	int good;		/* what it returns for valid input */
	union {
		struct hcbpf_bind bind;
		struct hcbpf_open open;
		struct hcbpf_set_eventfd set_eventfd;
		struct hcbpf_gpa_get gpa_get;
		struct hcbpf_get_seen get_seen;
		struct hcbpf_gpa_notify gpa_notify;
		unsigned char bytes[256];
	};
	size_t first;		/* published at first, where it has grown since */
};

static struct hcbpf_gpa_range one_range;

/* Errors that tell them from requests which are refused for their shape: BIND, OPEN, SDEI's. */
static const struct request requests[] = {
	{ "GET_INFO", HCBPF_GET_INFO, sizeof(struct hcbpf_info), .answers = true },
	{ "NEXT_VM", HCBPF_NEXT_VM, sizeof(struct hcbpf_next_vm), .answers = true },
	{ "NEXT_POLICY", HCBPF_NEXT_POLICY, sizeof(struct hcbpf_next_policy), .answers = true },
	{ "SET_ADMISSION", HCBPF_SET_ADMISSION, sizeof(struct hcbpf_admission), .answers = true },
	{ "GET_ADMISSION", HCBPF_GET_ADMISSION, sizeof(struct hcbpf_admission), .answers = true },
	{ "BIND", HCBPF_BIND, sizeof(struct hcbpf_bind), .good = -EBADF, .first = 88,
	  .bind = { .vm_fd = -1, .policy = "standard" } },
	{ "OPEN", HCBPF_OPEN, sizeof(struct hcbpf_open), .good = -ENOENT,
	  .open = { .vm_fd = -1, .id = 0x7ffffff0 } },
	{ "VM_GET_INFO", HCBPF_VM_GET_INFO, sizeof(struct hcbpf_vm_info), .on_binding = true,
	  .answers = true, .first = 160 },
	{ "VM_GET_STATS", HCBPF_VM_GET_STATS, sizeof(struct hcbpf_vm_stats), .on_binding = true,
	  .answers = true, .first = 80 },
	{ "VM_SET_EVENTFD", HCBPF_VM_SET_EVENTFD, sizeof(struct hcbpf_set_eventfd),
	  .on_binding = true, .good = -ENOENT, .set_eventfd = { .slot = 100, .fd = -1 } },
	{ "VM_NEXT_EVENTFD", HCBPF_VM_NEXT_EVENTFD, sizeof(struct hcbpf_next_eventfd),
	  .on_binding = true, .good = -ENOENT },
	{ "VM_NEXT_PORT", HCBPF_VM_NEXT_PORT, sizeof(struct hcbpf_next_port), .on_binding = true,
	  .good = -ENOENT },
	{ "VM_SET_RULES", HCBPF_VM_SET_RULES, sizeof(struct hcbpf_rules), .on_binding = true },
	{ "VM_GET_RULES", HCBPF_VM_GET_RULES, sizeof(struct hcbpf_rules), .on_binding = true,
	  .answers = true },
	{ "VM_SET_PARAM", HCBPF_VM_SET_PARAM, sizeof(struct hcbpf_param), .on_binding = true },
	{ "VM_GPA_GET", HCBPF_VM_GPA_GET, sizeof(struct hcbpf_gpa_get), .on_binding = true,
	  .answers = true, .gpa_get = { .ranges = (uintptr_t)&one_range, .nr = 1 } },
	{ "VM_GPA_SET", HCBPF_VM_GPA_SET, sizeof(struct hcbpf_gpa_set), .on_binding = true,
	  .answers = true },
	{ "VM_GPA_NOTIFY", HCBPF_VM_GPA_NOTIFY, sizeof(struct hcbpf_gpa_notify),
	  .on_binding = true, .gpa_notify = { .fd = -1 } },
	{ "VM_GET_BUFFERS", HCBPF_VM_GET_BUFFERS, sizeof(struct hcbpf_buffers),
	  .on_binding = true, .answers = true },
	{ "VM_SET_BUFFERS", HCBPF_VM_SET_BUFFERS, sizeof(struct hcbpf_buffers),
	  .on_binding = true },
	{ "VM_SET_BUFFER_LIMIT", HCBPF_VM_SET_BUFFER_LIMIT, sizeof(struct hcbpf_buffer_limit),
	  .on_binding = true },
	{ "VM_OBSERVE", HCBPF_VM_OBSERVE, sizeof(struct hcbpf_observe), .on_binding = true,
	  .good = -EALREADY },
	{ "VM_GET_SEEN", HCBPF_VM_GET_SEEN, sizeof(struct hcbpf_get_seen), .on_binding = true,
	  .good = -ENOENT, .get_seen = { .nr = HCBPF_SEEN_KINDS + 1 } },
	{ "VM_SDEI_SIGNAL", HCBPF_VM_SDEI_SIGNAL, sizeof(struct hcbpf_sdei_signal),
	  .on_binding = true, .good = -EOPNOTSUPP },
	{ "VM_SDEI_CANCEL", HCBPF_VM_SDEI_CANCEL, sizeof(struct hcbpf_sdei_signal),
	  .on_binding = true, .good = -EOPNOTSUPP },
	{ "VM_SDEI_GET", HCBPF_VM_SDEI_GET, sizeof(struct hcbpf_sdei_state),
	  .on_binding = true, .no_flags = true, .good = -EOPNOTSUPP },
};

static int send_raw(const struct request *request, void *arg)
{
	return hc_ioctl(request->on_binding ? binding : hc_device(), request->nr, arg);
}

/* Send with @size in the size field, @tail at the byte behind what is published. */
static int send(const struct request *request, uint32_t size, unsigned char tail)
{
	unsigned char buffer[8192] = { 0 };

	memcpy(buffer, request->bytes, request->size);
	memcpy(buffer, &size, sizeof(size));
	buffer[request->size] = tail;
	return send_raw(request, buffer);
}

static void for_each_request(int (*try)(const struct request *), const int *expected)
{
	unsigned int i, wrong = 0;

	for (i = 0; i < ARRAY_LEN(requests); i++) {
		int got = try(&requests[i]), want = expected ? *expected : requests[i].good;

		if (got == want)
			continue;
		print_error("%s: %d, should be %d\n", requests[i].name, got, want);
		wrong++;
	}
	assert_int_equal(wrong, 0);
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

static int try_more_than_a_page(const struct request *request)
{
	return send(request, sysconf(_SC_PAGESIZE) + 1, 0);
}

/* Nearly every struct has its flags behind its size; the highest bit is nobody's yet. */
static int try_flags(const struct request *request)
{
	struct request copy = *request;

	if (request->no_flags)
		return -EINVAL;
	copy.bytes[7] = 0x80;
	return send(&copy, request->size, 0);
}

static int try_bad_pointer(const struct request *request)
{
	return send_raw(request, (void *)0x10);
}

/* The struct ends beyond the last mapped page. */
static int try_half_mapped(const struct request *request)
{
	char *page = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *at = page + 4096 - 4;
	int ret;

	munmap(page + 4096, 4096);
	*(uint32_t *)at = request->size;
	ret = send_raw(request, at);
	munmap(page, 4096);
	return ret;
}

/*
 * @size bytes, of which the first @writable can be written. What does not answer needs
 * none of them; of what does, -EFAULT is right and taken for what is right otherwise.
 */
static int send_read_only(const struct request *request, uint32_t size, uint32_t writable)
{
	char *page = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *at = page + 4096 - writable;
	int ret;

	memcpy(at, request->bytes, request->size);
	memcpy(at, &size, sizeof(size));
	mprotect(page + 4096, 4096, PROT_READ);
	ret = send_raw(request, at);
	munmap(page, 8192);
	if (!request->answers)
		return ret;
	return ret == -EFAULT ? request->good : -EPROTO;
}

static int try_read_only(const struct request *request)
{
	return send_read_only(request, request->size, 0);
}

/* The part that only a later caller knows. */
static int try_read_only_tail(const struct request *request)
{
	return send_read_only(request, request->size + 64, request->size);
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
SIZE_TEST(a_size_of_more_than_a_page_is_e2big, try_more_than_a_page, &e2big)
SIZE_TEST(unknown_flags_are_einval, try_flags, &einval)
SIZE_TEST(a_bad_pointer_is_efault, try_bad_pointer, &efault)
SIZE_TEST(a_half_mapped_struct_is_efault, try_half_mapped, &efault)
SIZE_TEST(an_answer_into_read_only_memory_is_efault, try_read_only, NULL)
SIZE_TEST(an_answer_with_a_read_only_end_is_efault, try_read_only_tail, NULL)

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
	struct hcbpf_gpa_notify notify = { .size = sizeof(notify), .fd = -1, .reserved = 1 };
	struct hcbpf_sdei_signal result = { .size = sizeof(result), .result = 1 };
	struct hcbpf_sdei_signal signal = { .size = sizeof(signal), .reserved = 1 };

	(void)state;
	assert_return(hc_ioctl(hc_device(), HCBPF_NEXT_VM, &vms), -EINVAL);
	assert_return(hc_ioctl(binding, HCBPF_VM_NEXT_PORT, &next), -EINVAL);
	assert_return(hc_ioctl(binding, HCBPF_VM_GET_INFO, &info), -EINVAL);
	assert_return(hc_ioctl(binding, HCBPF_VM_GPA_NOTIFY, &notify), -EINVAL);
	assert_return(hc_ioctl(binding, HCBPF_VM_SDEI_SIGNAL, &result), -EINVAL);
	assert_return(hc_ioctl(binding, HCBPF_VM_SDEI_SIGNAL, &signal), -EINVAL);
	assert_return(hc_ioctl(binding, HCBPF_VM_SDEI_CANCEL, &result), -EINVAL);
	assert_return(hc_ioctl(binding, HCBPF_VM_SDEI_CANCEL, &signal), -EINVAL);
}

static void an_unknown_request_is_enotty(void **state)
{
	(void)state;
	assert_return(hc_ioctl(hc_device(), _IO(HCBPF_IOC, 0x0f), NULL), -ENOTTY);
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
BIND_TEST(an_id_that_is_asked_for_is_einval, bind.id = 1, -EINVAL)
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

/* With one VM ended in the middle: all others, each once, the newest last. */
static void the_walk_over_vms_finds_every_one(void **state)
{
	enum { NR = 5, ENDED = 2 };
	struct kvm_vm_conf conf = { 0 };
	struct kvm_vm *vms[NR];
	uint32_t ids[NR], id;
	int fds[NR], i;

	(void)state;
	assert_true(wait_until(one_is_bound(), 5000));
	for (i = 0; i < NR; i++) {
		assert_kvm(kvm_vm_create(&conf, &vms[i]));
		fds[i] = assert_fd(hc_bind(vms[i]->fd, "standard"));
		ids[i] = hc_vm_info(fds[i]).id;
	}
	assert_ok(hc_unbind(fds[ENDED]));
	id = hc_next_vm(0);
	assert_int_equal(id, hc_vm_info(binding).id);
	for (i = 0; i < NR; i++) {
		if (i == ENDED)
			continue;
		id = hc_next_vm(id);
		assert_int_equal(id, ids[i]);
	}
	assert_return(hc_next_vm(id), -ENOENT);
	/* From an id that nobody has any more. */
	assert_int_equal(hc_next_vm(ids[ENDED]), ids[ENDED + 1]);
	assert_int_equal(hc_next_vm(ids[0] - 1), ids[0]);
	for (i = 0; i < NR; i++) {
		kvm_vm_destroy(vms[i]);
		close(fds[i]);
	}
}

static void expect_next_policy(struct hcbpf_next_policy *next, const char *name, uint32_t state,
			       uint32_t nr_vms)
{
	assert_ok(hc_ioctl(hc_device(), HCBPF_NEXT_POLICY, next));
	assert_string_equal(next->name, name);
	assert_int_equal(next->state, state);
	assert_int_equal(next->nr_vms, nr_vms);
}

/* Oldest first; one that is not loaded any more is there as long as a VM is bound to it. */
static void the_walk_over_policies_finds_every_one(void **state)
{
	struct hcbpf_next_policy next = { .size = sizeof(next) };
	struct observe_state *seen;
	struct policy more[3];
	int fd;

	(void)state;
	assert_true(wait_until(one_is_bound(), 5000));
	assert_ok(policy_load_observe(&more[0], "second", &seen));
	assert_ok(policy_load_observe(&more[1], "a-third", &seen));
	assert_ok(policy_load_observe(&more[2], "last", &seen));
	fd = assert_fd(hc_bind(other_vm->fd, "a-third"));
	policy_unload(&more[1]);
	assert_int_equal(hc_info().nr_policies, 3);
	expect_next_policy(&next, "standard", HCBPF_POLICY_LOADED, 1);
	expect_next_policy(&next, "second", HCBPF_POLICY_LOADED, 0);
	expect_next_policy(&next, "a-third", 0, 1);
	assert_int_equal(next.ops_flags, 0);
	expect_next_policy(&next, "last", HCBPF_POLICY_LOADED, 0);
	assert_return(hc_ioctl(hc_device(), HCBPF_NEXT_POLICY, &next), -ENOENT);
	assert_ok(hc_unbind(fd));
	close(fd);
	policy_unload(&more[0]);
	next.id = 0;
	expect_next_policy(&next, "standard", HCBPF_POLICY_LOADED, 1);
	expect_next_policy(&next, "last", HCBPF_POLICY_LOADED, 0);
	assert_return(hc_ioctl(hc_device(), HCBPF_NEXT_POLICY, &next), -ENOENT);
	policy_unload(&more[2]);
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

static void a_profile_that_is_no_name_is_einval(void **state)
{
	struct hcbpf_rules rules = { .size = sizeof(rules), .profile = "my profile" };

	(void)state;
	assert_return(hc_ioctl(binding, HCBPF_VM_SET_RULES, &rules), -EINVAL);
	memset(rules.profile, 'a', sizeof(rules.profile));
	assert_return(hc_ioctl(binding, HCBPF_VM_SET_RULES, &rules), -EINVAL);
	rules.profile[31] = '\0';
	assert_ok(hc_ioctl(binding, HCBPF_VM_SET_RULES, &rules));
	assert_string_equal(hc_vm_info(binding).profile, rules.profile);
}

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

static void the_eventfd_walk_finds_the_filled_slots(void **state)
{
	static const uint32_t filled[] = { 2, 3, 9000 };
	struct hcbpf_next_eventfd next = { .size = sizeof(next) };
	int efd = efd_new();
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(filled); i++)
		assert_ok(hc_set_eventfd(binding, filled[i], efd));
	for (i = 0; i < ARRAY_LEN(filled); i++, next.slot++) {
		assert_ok(hc_ioctl(binding, HCBPF_VM_NEXT_EVENTFD, &next));
		assert_int_equal(next.slot, filled[i]);
	}
	assert_return(hc_ioctl(binding, HCBPF_VM_NEXT_EVENTFD, &next), -ENOENT);
	next.slot = 0xffffffff;
	assert_return(hc_ioctl(binding, HCBPF_VM_NEXT_EVENTFD, &next), -ENOENT);
	next.slot = 0;
	next.reserved = 1;
	assert_return(hc_ioctl(binding, HCBPF_VM_NEXT_EVENTFD, &next), -EINVAL);
	next.reserved = 0;
	for (i = 0; i < ARRAY_LEN(filled); i++)
		assert_ok(hc_set_eventfd(binding, filled[i], -1));
	assert_return(hc_ioctl(binding, HCBPF_VM_NEXT_EVENTFD, &next), -ENOENT);
	close(efd);
}

/* In a table of slots that begins with none, and has grown at 0 and at 8. */
static void the_first_and_the_last_slot_are_filled_and_emptied(void **state)
{
	static const uint32_t slots[] = { 0, 7, 8, HCBPF_DEFAULT_PORTS - 1 };
	int fd = assert_fd(hc_bind(other_vm->fd, "standard")), efd = efd_new();
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(slots); i++) {
		assert_ok(hc_set_eventfd(fd, slots[i], efd));
		assert_ok(hc_set_eventfd(fd, slots[i], efd));
		assert_int_equal(hc_vm_info(fd).nr_eventfds, i + 1);
	}
	close(efd);
	for (i = 0; i < ARRAY_LEN(slots); i++)
		assert_ok(hc_set_eventfd(fd, slots[i], -1));
	assert_return(hc_set_eventfd(fd, 0, -1), -ENOENT);
	assert_int_equal(hc_vm_info(fd).nr_eventfds, 0);
	close(fd);
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
	assert_return(try_mmap(4096, rw | PROT_EXEC, MAP_SHARED, 0), executable_mapping_errno());
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

/* Ports at both ends of pages, with untouched, touched and full pages before and behind. */
static void the_port_walk_finds_every_port(void **state)
{
	enum { PER_PAGE = 4096 / sizeof(hcbpf_port_t) };
	static const uint32_t set[] = {
		2 * PER_PAGE,				/* behind untouched pages */
		3 * PER_PAGE - 1, 3 * PER_PAGE,		/* page to page */
		6 * PER_PAGE - 1,			/* the last of one behind an untouched one */
		8 * PER_PAGE, 8 * PER_PAGE + 1,		/* behind a touched one with none */
		200 * PER_PAGE, HCBPF_DEFAULT_PORTS - PER_PAGE, HCBPF_DEFAULT_PORTS - 1,
	};
	static const struct request next_port = {
		.nr = HCBPF_VM_NEXT_PORT, .size = sizeof(struct hcbpf_next_port),
		.on_binding = true, .answers = true,
	};
	volatile hcbpf_port_t *ports = hc_ports(binding, HCBPF_DEFAULT_PORTS);
	struct hcbpf_next_port next = { .size = sizeof(next) };
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(set); i++)
		ports[set[i]] = set[i] + 1;
	ports[7 * PER_PAGE + 5] = 0;
	for (i = 0; i < ARRAY_LEN(set); i++) {
		assert_ok(hc_ioctl(binding, HCBPF_VM_NEXT_PORT, &next));
		assert_int_equal(next.port, set[i]);
		assert_int_equal(next.word, set[i] + 1);
		/* From the port itself, too, and from the one behind the port before. */
		assert_ok(hc_ioctl(binding, HCBPF_VM_NEXT_PORT, &next));
		assert_int_equal(next.port, set[i]);
		next.port++;
	}
	assert_return(hc_ioctl(binding, HCBPF_VM_NEXT_PORT, &next), -ENOENT);
	assert_return(try_read_only(&next_port), 0);
	for (i = 0; i < ARRAY_LEN(set); i++)
		ports[set[i]] = 0;
	next.port = 0;
	assert_return(hc_ioctl(binding, HCBPF_VM_NEXT_PORT, &next), -ENOENT);
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

/* ---- saved and restored: all of it, where tables end and where the library makes room ---- */

enum {
	SAVED_PORTS = 300,
	SAVED_RULES = 200,
	SAVED_BUFFERS = 60,
	SAVED_RANGES = 1200,
};

struct content {
	struct hcbpf_next_port ports[SAVED_PORTS + 1];
	struct hcbpf_rule rules[SAVED_RULES + 1];
	struct hcbpf_buffer buffers[SAVED_BUFFERS + 1];
	struct hcbpf_gpa_range ranges[SAVED_RANGES + 1];
	size_t nr_ports, nr_rules, nr_buffers, nr_ranges;
};

/* At both ends of pages, in the first and in the last ones, and between them untouched ones. */
static uint32_t some_port(unsigned int i)
{
	uint32_t page = i / 8 * 6 + (i % 4 == 3 ? 4 : i % 4), in_page = i / 4 % 2 ? 511 : 0;

	return i % 8 == 7 ? HCBPF_DEFAULT_PORTS - 1 - i / 8 : page * 512 + in_page;
}

static void fill_tables(struct hcbpf_vm *hc, uint32_t salt)
{
	static struct hcbpf_rule rules[SAVED_RULES];
	static struct hcbpf_buffer buffers[SAVED_BUFFERS];
	static struct hcbpf_gpa_range ranges[SAVED_RANGES / 2];
	unsigned int i;

	for (i = 0; i < SAVED_PORTS; i++)
		assert_ok(hcbpf_port_set(hc, some_port(i) ^ salt, i));
	for (i = 0; i < SAVED_RULES; i++)
		rules[i] = (struct hcbpf_rule){
			.abi = HCBPF_ABI_XEN, .nr = i, .sub = HCBPF_RULE_ANY,
			.action = HCBPF_RULE_DENY, .ret = -1 - (int)(i ^ salt),
		};
	assert_ok(hcbpf_rules_set(hc, rules, SAVED_RULES, NULL));
	for (i = 0; i < SAVED_BUFFERS; i++)
		buffers[i] = (struct hcbpf_buffer){
			.va = i * 4096 + salt, .gpa = i, .size = 64,
			.vcpu = i % 3 ? HCBPF_BUFFER_ANY_VCPU : i,
		};
	assert_ok(hcbpf_buffers_set(hc, buffers, SAVED_BUFFERS));
	for (i = 0; i < ARRAY_LEN(ranges); i++)
		ranges[i] = (struct hcbpf_gpa_range){
			.gfn = i * 10000ULL, .npages = 5000 + salt, .attr = 1 + i % 9,
		};
	assert_ok(hcbpf_gpa_replace(hc, 0, ranges, ARRAY_LEN(ranges)));
}

static int rule_order(const void *a, const void *b)
{
	const struct hcbpf_rule *x = a, *y = b;

	return x->nr < y->nr ? -1 : x->nr > y->nr;
}

/* By the requests, not by the library's walks. */
static void read_tables(struct hcbpf_vm *hc, struct content *c)
{
	struct hcbpf_gpa_get get = { .size = sizeof(get) };
	struct hcbpf_next_port next = { .size = sizeof(next) };
	int fd = hcbpf_vm_fd(hc);

	memset(c, 0, sizeof(*c));
	for (; !hc_ioctl(fd, HCBPF_VM_NEXT_PORT, &next); next.port++) {
		assert_in_range(c->nr_ports, 0, SAVED_PORTS);
		c->ports[c->nr_ports++] = next;
	}
	c->nr_rules = SAVED_RULES + 1;
	assert_ok(hcbpf_rules_get(hc, c->rules, &c->nr_rules, NULL, NULL));
	qsort(c->rules, SAVED_RULES, sizeof(*c->rules), rule_order);
	c->nr_buffers = SAVED_BUFFERS + 1;
	assert_ok(hcbpf_buffers_get(hc, c->buffers, &c->nr_buffers));
	for (; get.gfn < HCBPF_GPA_FRAMES; c->nr_ranges += get.nr) {
		get.ranges = (uintptr_t)&c->ranges[c->nr_ranges];
		get.nr = SAVED_RANGES + 1 - c->nr_ranges;
		assert_ok(hc_ioctl(fd, HCBPF_VM_GPA_GET, &get));
	}
}

static void what_is_restored_is_what_was_saved(void **state)
{
	static struct content saved, restored;
	struct kvm_vm_conf conf = { 0 };
	struct hcbpf_vm *from, *to;
	struct kvm_vm *second;
	size_t size;
	void *data;

	(void)state;
	assert_ok(hcbpf_vm_bind(other_vm->fd, NULL, &from));
	fill_tables(from, 0);
	read_tables(from, &saved);
	assert_int_equal(saved.nr_ports, SAVED_PORTS);
	assert_int_equal(saved.nr_rules, SAVED_RULES);
	assert_int_equal(saved.nr_buffers, SAVED_BUFFERS);
	assert_int_equal(saved.nr_ranges, SAVED_RANGES);
	assert_ok(hcbpf_vm_save(from, &data, &size));
	/* Into one that is not empty, and into one that is. */
	fill_tables(from, 1);
	assert_ok(hcbpf_vm_restore(from, data, size, 0, NULL));
	read_tables(from, &restored);
	assert_memory_equal(&restored, &saved, sizeof(saved));
	assert_kvm(kvm_vm_create(&conf, &second));
	assert_ok(hcbpf_vm_bind_saved(second->fd, data, size, &to, NULL));
	read_tables(to, &restored);
	assert_memory_equal(&restored, &saved, sizeof(saved));
	kvm_vm_destroy(second);
	hcbpf_vm_close(to);
	hcbpf_vm_close(from);
	free(data);
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
		cmocka_unit_test(a_size_of_more_than_a_page_is_e2big),
		cmocka_unit_test(unknown_flags_are_einval),
		cmocka_unit_test(a_bad_pointer_is_efault),
		cmocka_unit_test(a_half_mapped_struct_is_efault),
		cmocka_unit_test(an_answer_into_read_only_memory_is_efault),
		cmocka_unit_test(an_answer_with_a_read_only_end_is_efault),
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
		vm_test(an_id_that_is_asked_for_is_einval),
		vm_test(a_bound_vm_is_eexist),
		vm_test(a_million_ports_are_taken),
		vm_test(one_port_is_enough),
		vm_test(a_bind_into_read_only_memory_leaves_nothing_bound),
		vm_test(without_free_descriptors_nothing_is_bound),
		cmocka_unit_test(a_binding_is_opened_by_vm_and_by_id),
		vm_test(what_cannot_be_opened_says_why),
		cmocka_unit_test(the_walk_over_vms_ends_with_enoent),
		cmocka_unit_test(the_walk_over_vms_finds_every_one),
		cmocka_unit_test(the_walk_over_policies_shows_the_one_loaded),
		vm_test(the_walk_over_policies_finds_every_one),
		cmocka_unit_test(a_profile_that_is_no_name_is_einval),
		cmocka_unit_test(eventfd_errors_say_why),
		cmocka_unit_test(an_eventfd_is_not_replaced_by_one_that_is_added),
		cmocka_unit_test(the_eventfd_walk_finds_the_filled_slots),
		vm_test(the_first_and_the_last_slot_are_filled_and_emptied),
		cmocka_unit_test(mmap_errors_say_why),
		cmocka_unit_test(a_mapping_cannot_become_executable_or_grow),
		cmocka_unit_test(the_port_walk_agrees_with_the_mapping),
		cmocka_unit_test(the_port_walk_finds_every_port),
		vm_test(after_the_end_requests_are_enodev_and_reading_works),
		vm_test(an_unbound_vm_is_bound_again_under_another_id),
		vm_test(what_is_restored_is_what_was_saved),
	};

	return cmocka_run_group_tests_name("wrong requests", tests, group_setup, group_teardown);
}
