// SPDX-License-Identifier: GPL-2.0-only
/*
 * Page attributes under load: guests that flip pages on several vCPUs while the
 * VMM follows, resets and replaces; big maps; and no memory.
 */
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include "gpa.h"
#include "standard_policy.h"

#define VCPUS 4
#define FLIPS 2048			/* entries in each vCPU's array */
#define FLIPS_ADDR (GUEST_DATA + MIB)
#define PAGES 6000			/* that they flip, from PAGE 0 of BASE on */
#define BASE (32 * MIB)
#define BASE_GFN (BASE / PAGE)

static uint64_t random_u64(void)
{
	static uint64_t x = 88172645463325252;	/* xorshift64 */

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return x;
}

static const struct kvm_vm_conf four = { .nr_vcpus = VCPUS, .mem_size = 8 * MIB };

/* A few pages here and there, now and then many. */
static void fill_flips(struct kvm_vm *vm, unsigned int vcpu)
{
	struct guest_flip *flip = kvm_at(vm, FLIPS_ADDR + vcpu * FLIPS * sizeof(*flip));
	uint64_t first, npages;
	unsigned int i;

	for (i = 0; i < FLIPS; i++) {
		first = random_u64() % PAGES;
		npages = 1 + random_u64() % (i % 16 ? 4 : 2000);
		flip[i].gpa = BASE + first * PAGE;
		flip[i].npages = npages < PAGES - first ? npages : PAGES - first;
		flip[i].attrs = random_u64() & ENC;
	}
}

static void start_flipping(struct rig *rig, uint64_t count)
{
	unsigned int i;

	add_slot(rig->vm, 1, BASE, PAGES * PAGE);
	for (i = 0; i < rig->vm->nr_vcpus; i++) {
		struct kvm_start start = {
			.program = GUEST_FLIPS, .count = count,
			.args = { FLIPS_ADDR + i * FLIPS * sizeof(struct guest_flip), FLIPS },
		};

		fill_flips(rig->vm, i);
		assert_kvm(kvm_vcpu_start(&rig->vm->vcpus[i], &start));
		assert_kvm(kvm_vcpu_run_thread(&rig->vm->vcpus[i]));
	}
}

/* Every call has been answered with 0. */
static uint64_t stop_flipping(struct rig *rig)
{
	uint64_t flips = 0;
	unsigned int i;

	for (i = 0; i < rig->vm->nr_vcpus; i++) {
		let_finish(&rig->vm->vcpus[i]);
		assert_int_equal(kvm_block(&rig->vm->vcpus[i])->other, 0);
		flips += kvm_block(&rig->vm->vcpus[i])->zero;
	}
	assert_int_equal(rig_stats(rig).gpa_sets, flips);
	return flips;
}

/* ---- followers ---- */

struct follower {
	int fd;
	uint32_t flags;
	uint64_t since;
	uint32_t rounds, calls, ranges;
	uint16_t copy[PAGES + 2];	/* and all below, and all above */
};

static void follower_take(struct follower *f, const struct hcbpf_gpa_range *range)
{
	uint64_t first = range->gfn, end = first + range->npages, cell;

	assert_true(range->npages && end <= FRAMES && !range->reserved);
	if (first < BASE_GFN)
		f->copy[PAGES] = range->attr;
	if (end > BASE_GFN + PAGES)
		f->copy[PAGES + 1] = range->attr;
	for (cell = 0; cell < PAGES; cell++)
		if (BASE_GFN + cell >= first && BASE_GFN + cell < end)
			f->copy[cell] = range->attr;
	f->ranges++;
}

/* One round, in small pieces, so that much changes between them. */
static void follower_round(struct follower *f)
{
	struct hcbpf_gpa_get get = { .flags = f->flags, .since = f->since };
	struct hcbpf_gpa_range ranges[7];
	uint64_t first = 0, from = 0;
	bool begun = false;
	uint32_t i;

	while (get.gfn < FRAMES) {
		assert_ok(gpa_get(f->fd, &get, ranges, ARRAY_LEN(ranges)));
		first = begun ? first : get.generation;
		begun = true;
		f->calls++;
		for (i = 0; i < get.nr; i++) {
			assert_true(ranges[i].gfn >= from);
			from = ranges[i].gfn + ranges[i].npages;
			follower_take(f, &ranges[i]);
		}
	}
	f->since = first;
	f->rounds++;
}

static void expect_copy(struct follower *f)
{
	uint32_t i;

	for (i = 0; i < PAGES; i++)
		assert_int_equal(f->copy[i], attr_at(f->fd, BASE + i * PAGE));
	assert_int_equal(f->copy[PAGES], attr_at(f->fd, BASE - PAGE));
	assert_int_equal(f->copy[PAGES + 1], attr_at(f->fd, BASE + PAGES * PAGE));
}

/* With @disturb called after each round. */
static void follow_a_flipping_guest(uint32_t flags, void (*disturb)(int fd))
{
	struct follower *f = calloc(1, sizeof(*f));
	struct rig rig;
	uint64_t flips, end;

	rig_up_under(&rig, &four, HCBPF_RULE_TRACK);
	f->fd = fd_of(&rig);
	f->flags = flags;
	start_flipping(&rig, GUEST_FOREVER);
	for (end = now_ms() + 2000; now_ms() < end;) {
		sleep_ms(5);	/* for there to be much to read */
		follower_round(f);
		if (disturb)
			disturb(f->fd);
	}
	flips = stop_flipping(&rig);
	follower_round(f);
	expect_copy(f);
	print_message("# %llu flips, %u rounds, %u calls, %u ranges\n",
		      (unsigned long long)flips, f->rounds, f->calls, f->ranges);
	assert_true(f->calls > 3 * f->rounds && flips > 1000);
	rig_down(&rig);
	free(f);
}

static void a_follower_misses_nothing(void **state)
{
	(void)state;
	follow_a_flipping_guest(0, NULL);
}

static void a_follower_that_wants_it_exact_misses_nothing(void **state)
{
	(void)state;
	follow_a_flipping_guest(HCBPF_GPA_FOLLOW, NULL);
}

static void replace_or_reset(int fd)
{
	const struct hcbpf_gpa_range some[] = {
		range(BASE_GFN + 100, 50, 1), range(BASE_GFN + 2000, 1, 1), range(1, 1, 1),
	};
	static unsigned int n;

	if (n++ & 1)
		assert_ok(gpa_reset(fd));
	else
		assert_ok(gpa_replace(fd, some, ARRAY_LEN(some), n & 2 ? 1 : 0));
}

static void resets_and_replacements_are_followed_too(void **state)
{
	(void)state;
	follow_a_flipping_guest(HCBPF_GPA_FOLLOW, replace_or_reset);
}

static void a_follower_woken_by_signals_misses_nothing(void **state)
{
	struct follower *f = calloc(1, sizeof(*f));
	int efd = efd_new();
	uint64_t end;
	struct rig rig;

	(void)state;
	rig_up_under(&rig, &four, HCBPF_RULE_TRACK);
	f->fd = fd_of(&rig);
	assert_ok(gpa_notify(f->fd, efd));
	follower_round(f);
	start_flipping(&rig, 3000);
	for (end = now_ms() + 30000; now_ms() < end;) {
		unsigned int i, stopped = 0;

		for (i = 0; i < VCPUS; i++)
			stopped += __atomic_load_n(&rig.vm->vcpus[i].stopped, __ATOMIC_ACQUIRE);
		if (efd_take(efd))
			follower_round(f);
		else if (stopped == VCPUS)
			break;
		else
			sleep_ms(1);
	}
	/* Without another look: the signals must have been enough. */
	expect_copy(f);
	stop_flipping(&rig);
	rig_down(&rig);
	close(efd);
	free(f);
}

/* ---- big maps and the end ---- */

#define LOW (64 * MIB)

/* A kernel full of checkers takes its time for every piece. */
static uint32_t nr_pieces(void)
{
	return access("/sys/kernel/debug/kmemleak", F_OK) ? 400000 : 10000;
}

static void make_big(struct rig *rig)
{
	uint32_t i, nr = nr_pieces();
	struct hcbpf_gpa_range *ranges = calloc(nr, sizeof(*ranges));

	assert_non_null(ranges);
	add_slot(rig->vm, 2, LOW, TIB - LOW);
	/* Runs and dense blocks, half and half. */
	for (i = 0; i < nr; i++)
		ranges[i] = range(LOW / PAGE + i * 600ULL + i % 4 * (i & 1 ? 590 : 1), 1, 1);
	assert_ok(gpa_replace(fd_of(rig), ranges, nr, 0));
	free(ranges);
	assert_true(rig_info(rig).gpa_memory > nr * 64);
}

static bool nothing_is_bound(void)
{
	return !hc_info().nr_vms;
}

static void a_tebibyte_in_pieces_is_flipped_in_one_call(void **state)
{
	struct rig rig;

	(void)state;
	rig_up_under(&rig, &kvm64, HCBPF_RULE_TRACK);
	make_big(&rig);
	print_message("# %llu KiB\n", (unsigned long long)(rig_info(&rig).gpa_memory >> 10));
	assert_int_equal(map_gpa(&rig, LOW, (TIB - LOW) / PAGE, ENC), 0);
	expect_only(fd_of(&rig), LOW / PAGE, (TIB - LOW) / PAGE, 1);
	/* What it was made of is freed by and by. */
	assert_true(wait_until(rig_info(&rig).gpa_memory <= 4096, 10000));
	rig_down(&rig);
}

static void a_big_map_goes_with_the_binding_under_load(void **state)
{
	struct rig rig;
	unsigned int i;

	(void)state;
	rig_up_under(&rig, &four, HCBPF_RULE_TRACK);
	make_big(&rig);
	start_flipping(&rig, GUEST_FOREVER);
	sleep_ms(100);
	assert_ok(hc_unbind(fd_of(&rig)));
	assert_int_equal(rig_info(&rig).gpa_memory, 0);
	for (i = 0; i < VCPUS; i++)
		assert_kvm(kvm_vcpu_stop(&rig.vm->vcpus[i]));
	rig_down(&rig);
	assert_true(wait_until(nothing_is_bound(), 5000));
}

static void a_killed_vmm_with_a_big_map_leaves_nothing(void **state)
{
	int ready[2], status;
	char byte;
	pid_t pid;

	(void)state;
	assert_int_equal(pipe(ready), 0);
	pid = fork();
	if (!pid) {
		struct rig rig;

		rig_up_under(&rig, &four, HCBPF_RULE_TRACK);
		make_big(&rig);
		start_flipping(&rig, GUEST_FOREVER);
		byte = write(ready[1], "", 1);
		pause();
		_exit(byte);
	}
	assert_int_equal(read(ready[0], &byte, 1), 1);
	sleep_ms(50);
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(wait_until(nothing_is_bound(), 10000));
	close(ready[0]);
	close(ready[1]);
}

static void *replace_again_and_again(void *arg)
{
	struct rig *rig = arg;
	struct hcbpf_gpa_range ranges[1000];
	long busy = 0;
	int i, err = 0;

	for (i = 0; i < 1000; i++)
		ranges[i] = range(BASE_GFN + i * 3, 1, 1);
	while (err != -ENODEV) {
		err = gpa_replace(fd_of(rig), ranges, 1000, 0);
		busy += err == -EBUSY;
		if (err && err != -EBUSY && err != -ENODEV)
			return (void *)(long)err;
	}
	return (void *)busy;
}

/* The end of the binding comes while maps are being built. Takes the rig down. */
static void end_during_replacements(struct rig *rig, int after_ms)
{
	pthread_t threads[3];
	long busy = 0, got;
	int i;

	start_flipping(rig, GUEST_FOREVER);
	for (i = 0; i < 3; i++)
		pthread_create(&threads[i], NULL, replace_again_and_again, rig);
	sleep_ms(after_ms);
	assert_ok(hc_unbind(fd_of(rig)));
	for (i = 0; i < 3; i++) {
		pthread_join(threads[i], (void **)&got);
		assert_true(got >= 0);
		busy += got;
	}
	assert_int_equal(rig_info(rig).gpa_memory, 0);
	for (i = 0; i < VCPUS; i++)
		assert_kvm(kvm_vcpu_stop(&rig->vm->vcpus[i]));
	print_message("# %ld times busy\n", busy);
	rig_down(rig);
}

static void the_end_comes_during_replacements(void **state)
{
	struct rig rig;
	int n;

	(void)state;
	for (n = 0; n < 10; n++) {
		rig_up_under(&rig, &four, HCBPF_RULE_TRACK);
		end_during_replacements(&rig, 100 + n);
	}
}

/*
 * Until all policies have returned, a binding that has ended has its map: not even
 * a replacement that comes too late may take it away.
 */
static void a_policy_that_outlasts_its_binding_has_a_map(void **state)
{
	LIBHCBPF_OPTS(hcbpf_bind_opts, opts, .policy = "flip");
	struct policy policy;
	struct rig rig;
	int n;

	(void)state;
	assert_ok(policy_load(&policy, "flip.bpf.o"));
	for (n = 0; n < 5; n++) {
		rig_up(&rig, &four, &opts);
		end_during_replacements(&rig, 100 + n);
		assert_true(wait_until(nothing_is_bound(), 5000));
	}
	policy_unload(&policy);
}

/* ---- no memory: a cgroup with hardly any ---- */

#define CGROUP "/tmp/cgroup"
#define TINY CGROUP "/tiny"
#define HEADROOM (160 * 1024)
#define TRIES 20000

static int limit_fd;		/* open already: that takes memory */

/* 0: none. */
static bool limit_memory(uint64_t more)
{
	char text[32] = "max";

	if (more)
		snprintf(text, sizeof(text), "%llu",
			 strtoull(file_text(TINY "/memory.current"), NULL, 10) + more);
	return pwrite(limit_fd, text, strlen(text), 0) == (ssize_t)strlen(text);
}

/* In a process of its own, for it is the process that is charged. */
static int run_out_of_memory(void)
{
	static uint8_t recorded[TRIES];
	uint32_t i, refused = 0, failures;
	struct rig rig;

	limit_fd = open(TINY "/memory.max", O_WRONLY | O_CLOEXEC);
	if (limit_fd < 0 || !file_write(TINY "/cgroup.procs", "0"))
		return 2;
	rig_up_under(&rig, &kvm64, HCBPF_RULE_TRACK);
	add_slot(rig.vm, 1, BASE, TIB - BASE);
	/* Touch now what there will be no memory for. */
	memset(recorded, 1, sizeof(recorded));
	map_gpa(&rig, BASE, 1, ENC);
	if (!limit_memory(HEADROOM))
		return 3;
	/* One page every 4 MiB: two nodes each. */
	for (i = 0; i < TRIES && refused < 50; i++) {
		uint64_t ret = map_gpa(&rig, BASE + i * 4 * MIB, 1, i ? ENC : DEC);

		if (ret && ret != (uint64_t)OTHERWISE)
			return 4;
		recorded[i] = !ret;
		refused += !!ret;
	}
	if (!limit_memory(0))
		return 5;
	failures = rig_stats(&rig).gpa_failures;
	print_message("# %u recorded, %u refused\n", i - refused, refused);
	if (refused < 50 || refused == i || failures != refused)
		return 6;
	while (i--)
		if (attr_at(fd_of(&rig), BASE + i * 4 * MIB) != (i && recorded[i]))
			return 7;
	/* There is memory again. */
	if (map_gpa(&rig, BASE + TRIES * 4 * MIB, 1, ENC))
		return 8;
	rig_down(&rig);
	return 0;
}

static void without_memory_the_call_goes_otherwise(void **state)
{
	int status;
	pid_t pid;

	(void)state;
	mkdir(CGROUP, 0755);
	if (sh("mount -t cgroup2 none " CGROUP) || sh("echo +memory > " CGROUP
						      "/cgroup.subtree_control"))
		skip();
	assert_int_equal(mkdir(TINY, 0755), 0);
	pid = fork();
	if (!pid)
		_exit(run_out_of_memory());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_true(wait_until(!rmdir(TINY), 5000));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_follower_misses_nothing),
		cmocka_unit_test(a_follower_that_wants_it_exact_misses_nothing),
		cmocka_unit_test(resets_and_replacements_are_followed_too),
		cmocka_unit_test(a_follower_woken_by_signals_misses_nothing),
		cmocka_unit_test(a_tebibyte_in_pieces_is_flipped_in_one_call),
		cmocka_unit_test(a_big_map_goes_with_the_binding_under_load),
		cmocka_unit_test(a_killed_vmm_with_a_big_map_leaves_nothing),
		cmocka_unit_test(the_end_comes_during_replacements),
		cmocka_unit_test(a_policy_that_outlasts_its_binding_has_a_map),
		cmocka_unit_test(without_memory_the_call_goes_otherwise),
	};

	return cmocka_run_group_tests_name("page attributes, load", tests, standard_setup,
					   standard_teardown);
}
