// SPDX-License-Identifier: GPL-2.0-only
/* Page attributes: what a binding's file offers of them, and each refusal. */
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>
#include "gpa.h"
#include "standard_policy.h"

#define BASE 0x180000ULL

static struct rig rig;
static int fd;
static uint64_t attrs;		/* of the guest's last change */

static int rig_setup(void **state)
{
	(void)state;
	rig_up_under(&rig, &kvm64, HCBPF_RULE_TRACK);
	fd = fd_of(&rig);
	attrs = DEC;
	return 0;
}

static int rig_teardown(void **state)
{
	(void)state;
	rig_down(&rig);
	return 0;
}

static void guest_changes(uint64_t npages)
{
	attrs ^= ENC;
	assert_int_equal(map_gpa(&rig, BASE, npages, attrs), 0);
}

/* ---- HCBPF_VM_GPA_GET ---- */

static void get_refuses(void **state)
{
	struct hcbpf_gpa_range ranges[4];
	struct hcbpf_gpa_get get = { .gfn = FRAMES + 1 };

	(void)state;
	assert_return(gpa_get(fd, &get, ranges, 4), -EINVAL);
	get = (struct hcbpf_gpa_get) { .since = generation_of(fd) + 1 };
	assert_return(gpa_get(fd, &get, ranges, 4), -EINVAL);
	get = (struct hcbpf_gpa_get) { .flags = HCBPF_GPA_FOLLOW << 1 };
	assert_return(gpa_get(fd, &get, ranges, 4), -EINVAL);
	get = (struct hcbpf_gpa_get) { 0 };
	assert_return(gpa_get(fd, &get, ranges, 0), -EINVAL);
	assert_return(gpa_get(fd, &get, NULL, 4), -EFAULT);
	get.size = sizeof(get) - 8;
	get.nr = 4;
	assert_return(hc_ioctl(fd, HCBPF_VM_GPA_GET, &get), -EINVAL);
	assert_return(hc_ioctl(fd, HCBPF_VM_GPA_GET, NULL), -EFAULT);
	assert_return(hc_ioctl(hc_device(), HCBPF_VM_GPA_GET, &get), -ENOTTY);
}

static void get_goes_on_where_it_stopped(void **state)
{
	struct hcbpf_gpa_range set[5], got[8];
	struct hcbpf_gpa_get get = { 0 };
	uint64_t from = 0, i;

	(void)state;
	for (i = 0; i < 5; i++)
		set[i] = range(100000 * (i + 1), 50000, i + 1);
	assert_ok(gpa_set(fd, set, 5));
	for (i = 0; get.gfn < FRAMES; i++) {
		assert_ok(gpa_get(fd, &get, got, 1 + i % 2));
		assert_in_range(get.nr, 1, 1 + i % 2);
		assert_true(got[0].gfn == from);
		from = got[get.nr - 1].gfn + got[get.nr - 1].npages;
		assert_true(get.gfn == from);
	}
	assert_ok(gpa_get(fd, &get, got, 8));
	assert_true(get.nr == 0 && get.gfn == FRAMES);
	/* From the middle of one. */
	get.gfn = 110000;
	assert_ok(gpa_get(fd, &get, got, 1));
	assert_true(got[0].gfn == 110000 && got[0].npages == 40000 && got[0].attr == 1);
}

/* More than the kernel gives out at once (128), around each such border. */
static void get_gives_out_all_ranges_whatever_the_room(void **state)
{
	enum { NR = 1030 };
	static struct hcbpf_gpa_range want[NR], got[NR];
	static const uint32_t rooms[] = { 1, 2, 127, 128, 129, NR };
	uint32_t i, n;
	size_t room;

	(void)state;
	for (i = 0; i < NR; i++)
		want[i] = range(i * 5000, 5000, i % 2 ? 0 : 1 + i % 7);
	want[NR - 1].npages = FRAMES - want[NR - 1].gfn;
	assert_ok(gpa_set(fd, want, NR));
	for (room = 0; room < ARRAY_LEN(rooms); room++) {
		struct hcbpf_gpa_get get = { 0 };

		memset(got, 0, sizeof(got));
		for (n = 0; get.gfn < FRAMES; n += get.nr) {
			uint32_t most = rooms[room] < NR - n ? rooms[room] : NR - n;

			assert_in_range(most, 1, NR);
			assert_ok(gpa_get(fd, &get, &got[n], most));
			assert_in_range(get.nr, 1, most);
		}
		assert_int_equal(n, NR);
		assert_memory_equal(got, want, sizeof(got));
	}
}

static void get_has_what_changed_since(void **state)
{
	struct hcbpf_gpa_range ranges[4];
	struct hcbpf_gpa_get get = { 0 };
	uint64_t since;

	(void)state;
	guest_changes(4);
	since = generation_of(fd);
	get.since = since;
	assert_ok(gpa_get(fd, &get, ranges, 4));
	assert_true(get.nr == 0 && get.gfn == FRAMES && get.generation == since);
	guest_changes(4);
	get = (struct hcbpf_gpa_get) { .since = since };
	assert_ok(gpa_get(fd, &get, ranges, 4));
	assert_true(get.nr >= 1 && get.generation == since + 1);
	assert_true(ranges[0].gfn <= BASE / PAGE);
}

/* A flip back and forth, in all of memory that is alike. */
static void a_follower_gets_what_changed_and_no_more(void **state)
{
	struct hcbpf_gpa_get get = { .flags = HCBPF_GPA_FOLLOW };
	struct hcbpf_gpa_range ranges[4];
	uint64_t since;

	(void)state;
	assert_ok(gpa_get(fd, &get, ranges, 4));
	assert_true(get.gfn == FRAMES);
	since = get.generation;
	guest_changes(4);
	guest_changes(4);
	get = (struct hcbpf_gpa_get) { .flags = HCBPF_GPA_FOLLOW, .since = since };
	assert_ok(gpa_get(fd, &get, ranges, 4));
	assert_int_equal(get.nr, 1);
	assert_true(ranges[0].gfn == BASE / PAGE && ranges[0].npages == 4);
}

/* ---- HCBPF_VM_GPA_SET ---- */

static int set_with(struct hcbpf_gpa_set set, const struct hcbpf_gpa_range *ranges, uint32_t nr)
{
	set.size = sizeof(set);
	set.ranges = (uintptr_t)ranges;
	set.nr = nr;
	return hc_ioctl(fd, HCBPF_VM_GPA_SET, &set);
}

static void set_refuses(void **state)
{
	struct hcbpf_gpa_range good = range(5, 5, 1);
	struct hcbpf_gpa_set set = { .size = sizeof(set) - 8 };

	(void)state;
	assert_return(set_with((struct hcbpf_gpa_set) { .flags = 2 }, &good, 1), -EINVAL);
	assert_return(set_with((struct hcbpf_gpa_set) { .default_attr = 1 }, &good, 1), -EINVAL);
	assert_return(gpa_replace(fd, &good, 1, 0x10000), -EINVAL);
	assert_return(gpa_set(fd, &good, HCBPF_GPA_MAX_RANGES + 1), -E2BIG);
	assert_return(gpa_set(fd, NULL, 1), -EFAULT);
	assert_return(gpa_replace(fd, NULL, 1, 0), -EFAULT);
	assert_return(hc_ioctl(fd, HCBPF_VM_GPA_SET, &set), -EINVAL);
	assert_return(hc_ioctl(fd, HCBPF_VM_GPA_SET, NULL), -EFAULT);
	expect_nothing(fd);
}

/* Taking a block apart where its attributes alternate is long, and the map is locked. */
static void a_third_word_where_two_alternate_comes_by_replacing(void **state)
{
	struct hcbpf_gpa_range third = range(100, 1, 7), block = range(0, 1024, 7), got;
	static struct hcbpf_gpa_range all[1025];
	struct hcbpf_gpa_get get = { .gfn = 100 };
	struct hcbpf_gpa_set set = {
		.size = sizeof(set), .ranges = (uintptr_t)&third, .nr = 1,
	};
	uint32_t i;

	(void)state;
	for (i = 0; i < 1024; i++)
		all[i] = range(i, 1, i % 2);
	assert_ok(gpa_set(fd, all, 1024));
	assert_return(hc_ioctl(fd, HCBPF_VM_GPA_SET, &set), -ENOSPC);
	assert_int_equal(set.nr, 0);
	assert_ok(gpa_set(fd, &block, 1));	/* all of it */
	assert_ok(gpa_set(fd, all, 1024));
	all[1024] = third;
	assert_ok(gpa_replace(fd, all, 1025, 0));
	assert_ok(gpa_get(fd, &get, &got, 1));
	assert_memory_equal(&got, &third, sizeof(got));
}

static const struct hcbpf_gpa_range malformed[] = {
	{ .gfn = 7, .npages = 0 },
	{ .gfn = FRAMES, .npages = 1 },
	{ .gfn = FRAMES - 1, .npages = 2 },
	{ .gfn = 0, .npages = FRAMES + 1 },
	{ .gfn = 7, .npages = ~0ULL },
	{ .gfn = ~0ULL, .npages = 1 },
	{ .gfn = 1ULL << 52, .npages = 1 },	/* its address would wrap */
	{ .gfn = 7, .npages = 1, .attr = 0x10000 },
	{ .gfn = 7, .npages = 1, .attr = 1U << 31 },
	{ .gfn = 7, .npages = 1, .reserved = 1 },
};

static void one_malformed_range_spoils_them_all(void **state)
{
	struct hcbpf_gpa_range ranges[2] = { range(5, 5, 1) };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(malformed); i++) {
		ranges[1] = malformed[i];
		assert_return(gpa_set(fd, ranges, 2), -EINVAL);
		assert_return(gpa_replace(fd, ranges, 2, 1), -EINVAL);
		expect_nothing(fd);
	}
	assert_int_equal(generation_of(fd), 1);
}

/* What is told on failure: nothing was changed, so none of it has to be taken back. */
static void a_change_that_fails_counts_none(void **state)
{
	const struct hcbpf_gpa_range ranges[2] = { range(5, 5, 1), range(FRAMES, 1, 1) };
	static const struct {
		uint32_t flags, nr, default_attr;
		bool bad_pointer;
		int err;
	} cases[] = {
		{ .nr = 2, .err = -EINVAL },
		{ .nr = 2, .default_attr = 1, .err = -EINVAL },
		{ .nr = 2, .flags = HCBPF_GPA_REPLACE, .err = -EINVAL },
		{ .nr = 1, .flags = HCBPF_GPA_REPLACE, .default_attr = 0x10000, .err = -EINVAL },
		{ .nr = HCBPF_GPA_MAX_RANGES + 1, .err = -E2BIG },
		{ .nr = 2, .bad_pointer = true, .err = -EFAULT },
		{ .nr = 2, .flags = HCBPF_GPA_REPLACE, .bad_pointer = true, .err = -EFAULT },
	};
	struct hcbpf_gpa_set set;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		set = (struct hcbpf_gpa_set) {
			.size = sizeof(set), .flags = cases[i].flags, .nr = cases[i].nr,
			.default_attr = cases[i].default_attr,
			.ranges = cases[i].bad_pointer ? 8 : (uintptr_t)ranges,
		};
		assert_return(hc_ioctl(fd, HCBPF_VM_GPA_SET, &set), cases[i].err);
		assert_int_equal(set.nr, 0);
	}
	expect_nothing(fd);
}

static void set_goes_in_order(void **state)
{
	const struct hcbpf_gpa_range ranges[] = {
		range(10, 10, 1), range(15, 10, 0xffff), range(0, 1, 2), range(FRAMES - 1, 1, 3),
	};
	struct hcbpf_gpa_set set = {
		.size = sizeof(set), .nr = 4, .ranges = (uintptr_t)ranges,
	};

	(void)state;
	assert_ok(hc_ioctl(fd, HCBPF_VM_GPA_SET, &set));
	assert_int_equal(set.nr, 4);
	assert_true(set.generation == generation_of(fd) && set.generation == 5);
	EXPECT_MAP(fd, range(0, 1, 2), range(1, 9, 0), range(10, 5, 1), range(15, 10, 0xffff),
		   range(25, FRAMES - 26, 0), range(FRAMES - 1, 1, 3));
	assert_ok(gpa_set(fd, NULL, 0));
}

static void replace_replaces_all(void **state)
{
	const struct hcbpf_gpa_range ranges[] = { range(10, 10, 0), range(12, 2, 6) };
	struct hcbpf_gpa_get get = { 0 };
	struct hcbpf_gpa_range got[8];
	uint64_t before;

	(void)state;
	guest_changes(100);
	before = generation_of(fd);
	assert_ok(gpa_replace(fd, ranges, 2, 1));
	EXPECT_MAP(fd, range(0, 10, 1), range(10, 2, 0), range(12, 2, 6), range(14, 6, 0),
		   range(20, FRAMES - 20, 1));
	assert_ok(gpa_get(fd, &get, got, 8));
	assert_int_equal(get.default_attr, 1);
	/* Whoever has read before must read all of it. */
	assert_true(get.generation > before);
	get = (struct hcbpf_gpa_get) { .since = before };
	assert_ok(gpa_get(fd, &get, got, 8));
	assert_int_equal(get.nr, 5);
	assert_ok(gpa_replace(fd, NULL, 0, 0));
	expect_nothing(fd);
}

/* The VMM's list may change it as often as it likes; the kernel keeps what is left. */
static bool stop_watching;
static uint64_t most_memory;

static void *watch_memory(void *unused)
{
	(void)unused;
	while (!__atomic_load_n(&stop_watching, __ATOMIC_ACQUIRE)) {
		uint64_t memory = hc_vm_info(fd).gpa_memory;

		most_memory = memory > most_memory ? memory : most_memory;
		sleep_ms(1);
	}
	return NULL;
}

static void a_long_replacement_takes_no_more_than_its_result(void **state)
{
	const uint32_t nr = 60000;
	struct hcbpf_gpa_range *ranges = calloc(nr, sizeof(*ranges));
	pthread_t watcher;
	uint32_t i;

	(void)state;
	assert_non_null(ranges);
	for (i = 0; i < nr; i++)
		ranges[i] = i % 4 == 3 ? range(0, FRAMES, 0) : range(i * 5000ULL, 1, 1);
	stop_watching = false;
	most_memory = 0;
	assert_int_equal(pthread_create(&watcher, NULL, watch_memory, NULL), 0);
	assert_ok(gpa_replace(fd, ranges, nr, 0));
	__atomic_store_n(&stop_watching, true, __ATOMIC_RELEASE);
	pthread_join(watcher, NULL);
	print_message("# at most %llu bytes\n", (unsigned long long)most_memory);
	assert_in_range(most_memory, 1, 16384);
	expect_nothing(fd);
	free(ranges);
}

/* ---- HCBPF_GPA_REPLACE, held up in the middle ---- */

/* One whose list is not there yet: the kernel waits for it in the middle of its work. */
struct slow_replace {
	int userfault;
	struct hcbpf_gpa_range *list;
	pthread_t thread;
	int err;
	uint32_t nr;		/* in and out */
};

static void nothing_happens(int signal)
{
	(void)signal;
}

static void *run_slow_replace(void *arg)
{
	struct slow_replace *slow = arg;
	struct hcbpf_gpa_set set = {
		.size = sizeof(set), .flags = HCBPF_GPA_REPLACE, .nr = slow->nr,
		.ranges = (uintptr_t)slow->list,
	};

	slow->err = hc_ioctl(fd, HCBPF_VM_GPA_SET, &set);
	slow->nr = set.nr;
	return NULL;
}

static void slow_replace_begin(struct slow_replace *slow)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register area = { .mode = UFFDIO_REGISTER_MODE_MISSING };
	struct uffd_msg message;

	slow->nr = 1;
	slow->userfault = assert_fd(syscall(SYS_userfaultfd, O_CLOEXEC));
	assert_return(hc_ioctl(slow->userfault, UFFDIO_API, &api), 0);
	slow->list = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_true(slow->list != MAP_FAILED);
	area.range = (struct uffdio_range) { (uintptr_t)slow->list, PAGE };
	assert_return(hc_ioctl(slow->userfault, UFFDIO_REGISTER, &area), 0);
	assert_int_equal(pthread_create(&slow->thread, NULL, run_slow_replace, slow), 0);
	assert_int_equal(read(slow->userfault, &message, sizeof(message)), sizeof(message));
	assert_int_equal(message.event, UFFD_EVENT_PAGEFAULT);
}

/* Its list is there now. What it returned. */
static int slow_replace_end(struct slow_replace *slow, struct hcbpf_gpa_range one)
{
	struct hcbpf_gpa_range page[PAGE / sizeof(one) + 1] = { one };
	struct uffdio_copy copy = {
		.dst = (uintptr_t)slow->list, .src = (uintptr_t)page, .len = PAGE,
	};

	assert_return(hc_ioctl(slow->userfault, UFFDIO_COPY, &copy), 0);
	pthread_join(slow->thread, NULL);
	close(slow->userfault);
	munmap(slow->list, PAGE);
	return slow->err;
}

static void one_replacement_at_a_time(void **state)
{
	const struct hcbpf_gpa_range one = range(1, 1, 1);
	struct slow_replace slow;

	(void)state;
	slow_replace_begin(&slow);
	assert_return(gpa_replace(fd, NULL, 0, 0), -EBUSY);
	assert_return(gpa_replace(fd, &one, 1, 2), -EBUSY);
	/* All else goes on, and is then replaced. */
	assert_ok(gpa_set(fd, &one, 1));
	guest_changes(4);
	assert_int_equal(attr_at(fd, PAGE), 1);
	assert_int_equal(attr_at(fd, BASE), HCBPF_GPA_ENCRYPTED);
	assert_return(slow_replace_end(&slow, range(7, 3, 9)), 0);
	assert_int_equal(slow.nr, 1);
	expect_only(fd, 7, 3, 9);
	assert_ok(gpa_replace(fd, &one, 1, 0));
	expect_only(fd, 1, 1, 1);
}

static void a_signal_ends_a_replacement_without_a_change(void **state)
{
	const struct hcbpf_gpa_range one = range(1, 1, 1);
	const struct sigaction ignore = { .sa_handler = nothing_happens };
	struct slow_replace slow;
	uint64_t before;

	(void)state;
	assert_int_equal(sigaction(SIGUSR1, &ignore, NULL), 0);
	assert_ok(gpa_set(fd, &one, 1));
	before = generation_of(fd);
	slow_replace_begin(&slow);
	pthread_kill(slow.thread, SIGUSR1);
	assert_return(slow_replace_end(&slow, range(7, 3, 9)), -EINTR);
	assert_int_equal(slow.nr, 0);
	expect_only(fd, 1, 1, 1);
	assert_true(generation_of(fd) == before);
	/* And the next one is not in anybody's way. */
	assert_ok(gpa_replace(fd, NULL, 0, 0));
}

static void a_replacement_that_comes_to_its_end_too_late_is_enodev(void **state)
{
	struct slow_replace slow;

	(void)state;
	slow_replace_begin(&slow);
	assert_ok(hc_unbind(fd));
	assert_return(slow_replace_end(&slow, range(7, 3, 9)), -ENODEV);
	assert_int_equal(slow.nr, 0);
	assert_int_equal(hc_vm_info(fd).gpa_memory, 0);
}

/* ---- HCBPF_VM_GPA_RESET ---- */

static void reset_gives_the_default_and_a_new_generation(void **state)
{
	const struct hcbpf_gpa_range one = range(10, 10, 0);
	uint64_t before;

	(void)state;
	guest_changes(100);
	before = generation_of(fd);
	assert_ok(gpa_reset(fd));
	expect_nothing(fd);
	assert_true(generation_of(fd) > before);
	assert_ok(gpa_replace(fd, &one, 1, 0x8001));
	before = generation_of(fd);
	assert_ok(gpa_reset(fd));
	EXPECT_MAP(fd, range(0, FRAMES, 0x8001));
	assert_true(generation_of(fd) > before);
}

/* ---- HCBPF_VM_GPA_NOTIFY ---- */

static void notify_refuses(void **state)
{
	struct hcbpf_gpa_notify notify = { .size = sizeof(notify), .fd = -1 };

	(void)state;
	assert_return(gpa_notify(fd, 999), -EBADF);
	assert_return(gpa_notify(fd, -2), -EBADF);
	assert_return(gpa_notify(fd, rig.vm->fd), -EINVAL);
	notify.flags = 1;
	assert_return(hc_ioctl(fd, HCBPF_VM_GPA_NOTIFY, &notify), -EINVAL);
	notify.flags = 0;
	notify.reserved = 1;
	assert_return(hc_ioctl(fd, HCBPF_VM_GPA_NOTIFY, &notify), -EINVAL);
	notify.size = 8;
	assert_return(hc_ioctl(fd, HCBPF_VM_GPA_NOTIFY, &notify), -EINVAL);
	/* Nothing to switch off is no error. */
	assert_ok(gpa_notify(fd, -1));
}

static void read_map(int file)
{
	struct hcbpf_gpa_get get = { 0 };
	struct hcbpf_gpa_range first;

	assert_ok(gpa_get(file, &get, &first, 1));
}

static void one_signal_until_the_map_is_read(void **state)
{
	const struct hcbpf_gpa_range same = range(0, 1, 0);
	int efd = efd_new();

	(void)state;
	assert_ok(gpa_notify(fd, efd));
	assert_int_equal(efd_take(efd), 0);
	guest_changes(1);
	guest_changes(2);
	guest_changes(3);
	assert_int_equal(efd_take(efd), 1);
	guest_changes(4);
	assert_int_equal(efd_take(efd), 0);
	read_map(fd);
	assert_int_equal(efd_take(efd), 0);
	/* What changes nothing is no change. */
	assert_ok(gpa_set(fd, &same, 1));
	assert_int_equal(efd_take(efd), 0);
	guest_changes(5);
	assert_int_equal(efd_take(efd), 1);
	/* The VMM's own changes count. */
	read_map(fd);
	assert_ok(gpa_reset(fd));
	assert_int_equal(efd_take(efd), 1);
	read_map(fd);
	assert_ok(gpa_replace(fd, NULL, 0, 0));
	assert_int_equal(efd_take(efd), 1);
	read_map(fd);
	assert_ok(gpa_notify(fd, -1));
	guest_changes(6);
	assert_int_equal(efd_take(efd), 0);
	close(efd);
}

static void each_file_has_its_own(void **state)
{
	int other = assert_fd(hc_open_id(hc_vm_info(fd).id));
	int efd = efd_new(), other_efd = efd_new();

	(void)state;
	assert_ok(gpa_notify(fd, efd));
	assert_ok(gpa_notify(other, other_efd));
	guest_changes(1);
	assert_int_equal(efd_take(efd), 1);
	assert_int_equal(efd_take(other_efd), 1);
	read_map(other);
	guest_changes(2);
	assert_int_equal(efd_take(efd), 0);
	assert_int_equal(efd_take(other_efd), 1);
	/* One that takes another's place starts afresh. */
	assert_ok(gpa_notify(fd, other_efd));
	guest_changes(3);
	assert_int_equal(efd_take(efd), 0);
	assert_int_equal(efd_take(other_efd), 1);
	/* With the file goes what it asked for. */
	assert_ok(gpa_notify(fd, -1));
	read_map(other);
	close(other);
	guest_changes(4);
	assert_int_equal(efd_take(other_efd), 0);
	close(efd);
	close(other_efd);
}

/* A guest's change signals them all. */
static void sixty_four_files_may_want_to_hear(void **state)
{
	int other[64], efd = efd_new(), i;

	(void)state;
	assert_ok(gpa_notify(fd, efd));
	for (i = 0; i < 64; i++) {
		other[i] = assert_fd(hc_open_id(hc_vm_info(fd).id));
		assert_return(gpa_notify(other[i], efd), i < 63 ? 0 : -ENOSPC);
	}
	assert_ok(gpa_notify(other[62], efd));	/* it has one */
	assert_ok(gpa_notify(other[62], -1));
	assert_ok(gpa_notify(other[63], efd));
	guest_changes(1);
	assert_int_equal(efd_take(efd), 64);
	for (i = 0; i < 64; i++)
		close(other[i]);
	close(efd);
}

/* ---- the page ---- */

static void *map_page(int file, size_t size, int prot, int flags)
{
	return mmap(NULL, size, prot, flags, file, HCBPF_GPA_MMAP_OFFSET);
}

static void expect_no_page(void *page)
{
	assert_true(page == MAP_FAILED);
	assert_return(-errno, -EINVAL);
}

static void the_page_is_for_reading(void **state)
{
	void *page;

	(void)state;
	expect_no_page(map_page(fd, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED));
	assert_true(map_page(fd, PAGE, PROT_READ | PROT_EXEC, MAP_SHARED) == MAP_FAILED);
	assert_return(-errno, executable_mapping_errno());
	expect_no_page(map_page(fd, PAGE, PROT_READ, MAP_PRIVATE));
	expect_no_page(map_page(fd, 2 * PAGE, PROT_READ, MAP_SHARED));
	expect_no_page(mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, HCBPF_GPA_MMAP_OFFSET + PAGE));
	page = map_page(fd, PAGE, PROT_READ, MAP_SHARED);
	assert_true(page != MAP_FAILED);
	assert_true(mprotect(page, PAGE, PROT_READ | PROT_WRITE) && errno == EACCES);
	assert_true(mremap(page, PAGE, 2 * PAGE, MREMAP_MAYMOVE) == MAP_FAILED);
	munmap(page, PAGE);
}

static void the_page_has_the_generation(void **state)
{
	volatile struct hcbpf_gpa_page *page = map_page(fd, PAGE, PROT_READ, MAP_SHARED);
	volatile const uint8_t *bytes = (volatile const uint8_t *)page;
	uint64_t i;

	(void)state;
	assert_true(page != MAP_FAILED);
	assert_int_equal(page->generation, 1);
	for (i = 1; i < 10; i++) {
		guest_changes(i);
		assert_true(page->generation == generation_of(fd));
	}
	assert_int_equal(page->generation, 10);
	assert_ok(gpa_reset(fd));
	assert_true(page->generation == generation_of(fd) && page->generation > 10);
	assert_ok(gpa_replace(fd, NULL, 0, 1));
	assert_true(page->generation == generation_of(fd));
	/* Nothing of the kernel's beside it. */
	for (i = sizeof(page->generation); i < PAGE; i++)
		assert_int_equal(bytes[i], 0);
	munmap((void *)page, PAGE);
}

/* ---- the rest ---- */

static void info_tells_nodes_and_memory(void **state)
{
	struct hcbpf_vm_info empty = hc_vm_info(fd), info;
	struct hcbpf_gpa_range ranges[100];
	uint64_t i;

	(void)state;
	assert_int_equal(empty.gpa_generation, 1);
	assert_in_range(empty.gpa_nodes, 1, 8);
	assert_in_range(empty.gpa_memory, 1, 1024);
	for (i = 0; i < 100; i++)
		ranges[i] = range(i * 5000, 100, 1);
	assert_ok(gpa_set(fd, ranges, 100));
	info = hc_vm_info(fd);
	assert_in_range(info.gpa_nodes, 200, 208);
	assert_in_range(info.gpa_memory, 200 * 64, 208 * 64 + 2048);
	assert_true(info.memory - empty.memory == info.gpa_memory - empty.gpa_memory);
}

static void nothing_is_done_after_the_end(void **state)
{
	volatile struct hcbpf_gpa_page *page = map_page(fd, PAGE, PROT_READ, MAP_SHARED);
	struct hcbpf_gpa_range one = range(1, 1, 1);
	struct hcbpf_gpa_get get = { 0 };
	int efd = efd_new();

	(void)state;
	assert_true(page != MAP_FAILED);
	guest_changes(3);
	assert_ok(gpa_notify(fd, efd));
	assert_ok(hc_unbind(fd));
	assert_return(gpa_get(fd, &get, &one, 1), -ENODEV);
	assert_return(gpa_set(fd, &one, 1), -ENODEV);
	assert_return(gpa_replace(fd, &one, 1, 0), -ENODEV);
	assert_return(gpa_replace(fd, NULL, 0, 0), -ENODEV);
	assert_return(gpa_reset(fd), -ENODEV);
	assert_return(gpa_notify(fd, efd), -ENODEV);
	assert_return(gpa_notify(fd, -1), -ENODEV);
	assert_int_equal(hc_vm_info(fd).gpa_generation, 2);
	assert_int_equal(hc_vm_info(fd).gpa_memory, 0);
	assert_int_equal(page->generation, 2);
	/* The end itself was told. */
	assert_int_equal(efd_take(efd), 1);
	munmap((void *)page, PAGE);
	/* A first look at the page is possible even now. */
	page = map_page(fd, PAGE, PROT_READ, MAP_SHARED);
	assert_true(page != MAP_FAILED && page->generation == 2);
	munmap((void *)page, PAGE);
	close(efd);
}

/* A new binding of the same VM starts with nothing. */
static void a_new_binding_knows_nothing_of_the_old(void **state)
{
	int again;

	(void)state;
	guest_changes(3);
	assert_ok(hc_unbind(fd));
	again = assert_fd(hc_bind(rig.vm->fd, "standard"));
	expect_nothing(again);
	assert_int_equal(generation_of(again), 1);
	close(again);
}

#define gpa_test(f) cmocka_unit_test_setup_teardown(f, rig_setup, rig_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		gpa_test(get_refuses),
		gpa_test(get_goes_on_where_it_stopped),
		gpa_test(get_gives_out_all_ranges_whatever_the_room),
		gpa_test(get_has_what_changed_since),
		gpa_test(a_follower_gets_what_changed_and_no_more),
		gpa_test(set_refuses),
		gpa_test(a_third_word_where_two_alternate_comes_by_replacing),
		gpa_test(one_malformed_range_spoils_them_all),
		gpa_test(a_change_that_fails_counts_none),
		gpa_test(set_goes_in_order),
		gpa_test(replace_replaces_all),
		gpa_test(a_long_replacement_takes_no_more_than_its_result),
		gpa_test(one_replacement_at_a_time),
		gpa_test(a_signal_ends_a_replacement_without_a_change),
		gpa_test(a_replacement_that_comes_to_its_end_too_late_is_enodev),
		gpa_test(reset_gives_the_default_and_a_new_generation),
		gpa_test(notify_refuses),
		gpa_test(one_signal_until_the_map_is_read),
		gpa_test(each_file_has_its_own),
		gpa_test(sixty_four_files_may_want_to_hear),
		gpa_test(the_page_is_for_reading),
		gpa_test(the_page_has_the_generation),
		gpa_test(info_tells_nodes_and_memory),
		gpa_test(nothing_is_done_after_the_end),
		gpa_test(a_new_binding_knows_nothing_of_the_old),
	};

	return cmocka_run_group_tests_name("page attributes, requests", tests, standard_setup,
					   standard_teardown);
}
