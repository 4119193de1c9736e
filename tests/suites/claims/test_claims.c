// SPDX-License-Identifier: GPL-2.0-only
/* Claims: who has a port, of which VMs, and until when. */
#include <grp.h>
#include <pthread.h>
#include <pwd.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include "rig.h"

#define TAG "db"
#define USER "vmm1"
#define OTHER "vmm2"

static const struct kvm_vm_conf conf;
static struct policy standard;

/* From here on as @user, in group kvm; NULL: as root. VMs and claims are the user's then. */
static void be(const char *user)
{
	const struct passwd *entry = user ? getpwnam(user) : NULL;
	const struct group *kvm = getgrnam("kvm");

	if (seteuid(0) || setegid(0))
		fail_msg("cannot become root: %s", strerror(errno));
	if (user && (!entry || !kvm || setegid(kvm->gr_gid) || seteuid(entry->pw_uid)))
		fail_msg("cannot become %s: %s", user, strerror(errno));
}

static int back_to_root(void **state)
{
	(void)state;
	be(NULL);
	return 0;
}

/* ---- claims ---- */

static struct hcbpf_claim holder;	/* of the last claim that failed */

static int claim(const char *tag, uint32_t port, int efd)
{
	holder = (struct hcbpf_claim){ .size = sizeof(holder), .eventfd = efd, .port = port };
	snprintf(holder.tag, sizeof(holder.tag), "%s", tag);
	return hc_ioctl(hc_device(), HCBPF_CLAIM, &holder);
}

static int raw(struct hcbpf_claim req)
{
	if (!req.size)
		req.size = sizeof(req);
	return hc_ioctl(hc_device(), HCBPF_CLAIM, &req);
}

static int next_claim(struct hcbpf_next_claim *next)
{
	*next = (struct hcbpf_next_claim){ .size = sizeof(*next), .id = next->id };
	return hc_ioctl(hc_device(), HCBPF_NEXT_CLAIM, next);
}

static unsigned int nr_claims(void)
{
	struct hcbpf_next_claim next = { 0 };
	unsigned int nr = 0;

	while (!next_claim(&next))
		nr++;
	return nr;
}

/* ---- VMs ---- */

struct machine {
	struct kvm_vm *vm;
	struct hcbpf_vm *hc;
};

static void bind_machine(struct machine *m, uint32_t flags, const char *claimant)
{
	LIBHCBPF_OPTS(hcbpf_bind_opts, opts, .tag = TAG, .flags = flags);

	if (claimant) {
		opts.flags |= HCBPF_BIND_CLAIMANT;
		opts.claimant = getpwnam(claimant)->pw_uid;
	}
	assert_ok(hcbpf_vm_bind(m->vm->fd, &opts, &m->hc));
}

static void machine_up(struct machine *m)
{
	assert_kvm(kvm_vm_create(&conf, &m->vm));
	bind_machine(m, 0, NULL);
}

static void machine_down(struct machine *m)
{
	kvm_vm_destroy(m->vm);
	hcbpf_vm_close(m->hc);
}

static void ring(struct machine *m, uint32_t port)
{
	struct kvm_start start = doorbells(port, 1, PLAIN_ABI);

	run_guest(m->vm, &start);
}

#define assert_served(m, efd) do {		\
	ring(m, PORT);				\
	assert_int_equal(efd_take(efd), 1);	\
} while (0)
#define assert_not_served(m, efd) do {		\
	ring(m, PORT);				\
	assert_int_equal(efd_take(efd), 0);	\
} while (0)

static hcbpf_port_t word_of(struct machine *m, uint32_t port)
{
	hcbpf_port_t word;

	assert_ok(hcbpf_port_get(m->hc, port, &word));
	return word;
}

/* ---- life ---- */

static void who_claims_first_has_the_port_from_the_vms_binding_on(void **state)
{
	int efd = efd_new(), fd = assert_fd(claim(TAG, PORT, efd));
	struct machine m;

	(void)state;
	machine_up(&m);
	assert_served(&m, efd);
	assert_int_equal(hcbpf_port_slot(word_of(&m, PORT)), HCBPF_FIRST_CLAIM_SLOT);
	machine_down(&m);
	/* The next one of that tag, as after a restart. */
	machine_up(&m);
	assert_served(&m, efd);
	assert_ok(hcbpf_vm_unbind(m.hc));
	assert_not_served(&m, efd);
	machine_down(&m);
	close(fd);
	close(efd);
}

static void a_vm_that_is_there_is_served_at_once_and_until_the_file_is_closed(void **state)
{
	int efd = efd_new(), fd, copy;
	struct machine m;

	(void)state;
	machine_up(&m);
	assert_not_served(&m, efd);
	fd = assert_fd(claim(TAG, PORT, efd));
	copy = dup(fd);
	assert_served(&m, efd);
	close(fd);
	assert_served(&m, efd);
	close(copy);
	assert_not_served(&m, efd);
	assert_int_equal(word_of(&m, PORT), 0);
	machine_down(&m);
	close(efd);
}

static void the_eventfd_may_be_closed(void **state)
{
	int efd = efd_new(), copy = dup(efd), fd = assert_fd(claim(TAG, PORT, copy));
	struct machine m;

	(void)state;
	close(copy);
	machine_up(&m);
	assert_served(&m, efd);
	machine_down(&m);
	close(fd);
	close(efd);
}

static void a_claim_ends_with_its_process(void **state)
{
	int efd = efd_new();
	struct machine m;
	pid_t pid;

	(void)state;
	machine_up(&m);
	pid = fork();
	if (!pid) {
		if (claim(TAG, PORT, efd) >= 0)
			pause();
		_exit(1);
	}
	assert_true(wait_until(word_of(&m, PORT), 10000));
	assert_served(&m, efd);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	assert_true(wait_until(!word_of(&m, PORT), 10000));
	assert_not_served(&m, efd);
	machine_down(&m);
	close(efd);
}

static void all_vms_of_the_tag_are_served_and_no_others(void **state)
{
	LIBHCBPF_OPTS(hcbpf_bind_opts, opts, .tag = "db2");
	int efd = efd_new(), fd = assert_fd(claim(TAG, PORT, efd));
	struct machine one, two, other;

	(void)state;
	machine_up(&one);
	machine_up(&two);
	assert_kvm(kvm_vm_create(&conf, &other.vm));
	assert_ok(hcbpf_vm_bind(other.vm->fd, &opts, &other.hc));
	assert_served(&one, efd);
	assert_served(&two, efd);
	assert_not_served(&other, efd);
	machine_down(&other);
	machine_down(&two);
	machine_down(&one);
	close(fd);
	close(efd);
}

/* What of a binding's memory goes when it ends, while a file of it stays. */
static uint64_t memory_until_the_end(void)
{
	struct machine m;
	uint64_t before;
	int kept;

	machine_up(&m);
	kept = dup(hcbpf_vm_fd(m.hc));
	before = hc_vm_info(kept).memory;
	assert_ok(hcbpf_vm_unbind(m.hc));
	before -= hc_vm_info(kept).memory;
	machine_down(&m);
	close(kept);
	return before;
}

/* Whoever closes a claim goes through all bindings that have some. */
static void a_binding_that_has_ended_keeps_nothing_of_claims(void **state)
{
	uint64_t without = memory_until_the_end();
	int efd = efd_new(), fd = assert_fd(claim(TAG, PORT, efd));

	(void)state;
	assert_true(memory_until_the_end() > without);
	close(fd);
	close(efd);
}

static void many_ports_have_a_claim_each(void **state)
{
	enum { NR = 20 };
	int efd[NR], fd[NR], i;
	struct machine m;

	(void)state;
	machine_up(&m);
	for (i = 0; i < NR; i++) {
		efd[i] = efd_new();
		fd[i] = assert_fd(claim(TAG, 1000 * i, efd[i]));
	}
	for (i = 0; i < NR; i++) {
		ring(&m, 1000 * i);
		assert_int_equal(efd_take(efd[i]), 1);
	}
	close(fd[3]);
	ring(&m, 3000);
	assert_int_equal(efd_take(efd[3]), 0);
	for (i = 0; i < NR; i++) {
		if (i != 3)
			close(fd[i]);
		close(efd[i]);
	}
	machine_down(&m);
}

/* ---- one has a port ---- */

static void the_second_claimant_is_told_who_has_it(void **state)
{
	int efd = efd_new(), fd = assert_fd(claim(TAG, PORT, efd)), other;

	(void)state;
	assert_return(claim(TAG, PORT, efd), -EEXIST);
	assert_int_equal(holder.holder_pid, getpid());
	assert_int_equal(holder.holder_uid, 0);
	other = assert_fd(claim(TAG, PORT + 1, efd));
	close(other);
	close(fd);
	fd = assert_fd(claim(TAG, PORT, efd));
	close(fd);
	close(efd);
}

static void of_two_with_a_right_the_first_one_served_has_it(void **state)
{
	int efd = efd_new(), fd, ours;
	struct machine m;

	(void)state;
	assert_kvm(kvm_vm_create(&conf, &m.vm));
	bind_machine(&m, HCBPF_BIND_OPERATOR, USER);
	be(USER);
	fd = assert_fd(claim(TAG, PORT, efd));
	be(NULL);
	assert_return(claim(TAG, PORT, efd), -EEXIST);
	assert_int_equal(holder.holder_uid, getpwnam(USER)->pw_uid);
	assert_int_equal(nr_claims(), 1);	/* the one that failed has left nothing */
	assert_served(&m, efd);
	close(fd);
	ours = assert_fd(claim(TAG, PORT, efd));
	assert_served(&m, efd);
	close(ours);
	machine_down(&m);
	close(efd);
}

static void a_port_that_the_vmm_serves_stays_the_vmms(void **state)
{
	int own = efd_new(), efd = efd_new(), fd;
	struct machine m;

	(void)state;
	machine_up(&m);
	assert_ok(hcbpf_vm_set_eventfd(m.hc, 3, own));
	assert_ok(hcbpf_port_set(m.hc, PORT, 3));
	assert_return(claim(TAG, PORT, efd), -EBUSY);
	assert_int_equal(nr_claims(), 0);
	assert_served(&m, own);
	/* An empty slot serves nobody, as in a VM that has been restored. */
	assert_ok(hcbpf_vm_clear_eventfd(m.hc, 3));
	fd = assert_fd(claim(TAG, PORT, efd));
	assert_served(&m, efd);
	/* The table is the VMM's all the same. */
	assert_ok(hcbpf_vm_set_eventfd(m.hc, 3, own));
	assert_ok(hcbpf_port_set(m.hc, PORT, 3));
	assert_served(&m, own);
	close(fd);
	assert_served(&m, own);
	machine_down(&m);
	close(own);
	close(efd);
}

static void words_that_a_vmm_makes_up_lead_nowhere(void **state)
{
	const uint32_t slots[] = {
		HCBPF_FIRST_CLAIM_SLOT, HCBPF_FIRST_CLAIM_SLOT + 3, HCBPF_FIRST_CLAIM_SLOT + 4,
		0xffffffff, 0x7fffffff, HCBPF_DEFAULT_PORTS,
	};
	int efd = efd_new(), fd;
	struct machine m;
	unsigned int i;

	(void)state;
	machine_up(&m);
	for (i = 0; i < ARRAY_LEN(slots); i++) {
		assert_ok(hcbpf_port_set(m.hc, PORT, slots[i]));
		ring(&m, PORT);
	}
	/* Another VM's claim is not in the array of this one. */
	fd = assert_fd(claim("other", PORT, efd));
	assert_ok(hcbpf_port_set(m.hc, PORT, HCBPF_FIRST_CLAIM_SLOT));
	assert_not_served(&m, efd);
	assert_int_equal(hc_vm_info(hcbpf_vm_fd(m.hc)).nr_eventfds, 0);
	machine_down(&m);
	close(fd);
	close(efd);
}

/* ---- rights ---- */

static void expect_right(const char *vmm, uint32_t flags, const char *claimant,
			 const char *backend, bool right)
{
	int efd = efd_new(), fd;
	struct machine m;

	be(vmm);
	assert_kvm(kvm_vm_create(&conf, &m.vm));
	be(flags & HCBPF_BIND_OPERATOR ? NULL : vmm);
	bind_machine(&m, flags, claimant);
	be(backend);
	fd = assert_fd(claim(TAG, PORT, efd));
	be(NULL);
	ring(&m, PORT);
	if (efd_take(efd) != right)
		fail_msg("VM of %s, flags %u, claimant %s, backend of %s: should be %d",
			 vmm ? vmm : "root", flags, claimant ? claimant : "none",
			 backend ? backend : "root", right);
	close(fd);
	close(efd);
	machine_down(&m);
}

static void a_user_has_the_ports_of_his_own_vms(void **state)
{
	(void)state;
	expect_right(USER, 0, NULL, USER, true);
	expect_right(USER, 0, NULL, OTHER, false);
	expect_right(NULL, 0, NULL, USER, false);
}

/* Any VMM may call itself so, and would be listened to. */
static void the_operator_has_not_those_of_users(void **state)
{
	(void)state;
	expect_right(USER, 0, NULL, NULL, false);
	expect_right(NULL, 0, NULL, NULL, true);
}

/* Many VMMs run as one user, who is not to reach from one into another. */
static void those_of_the_operators_bindings_are_the_operators_to_give(void **state)
{
	(void)state;
	expect_right(USER, HCBPF_BIND_OPERATOR, NULL, NULL, true);
	expect_right(USER, HCBPF_BIND_OPERATOR, NULL, USER, false);
	expect_right(USER, HCBPF_BIND_OPERATOR, OTHER, OTHER, true);
	expect_right(USER, HCBPF_BIND_OPERATOR, OTHER, USER, false);
	expect_right(USER, HCBPF_BIND_OPERATOR, OTHER, NULL, true);
}

static void a_claimant_is_the_operators_word(void **state)
{
	struct hcbpf_bind bind = { .size = sizeof(bind), .policy = "standard" };
	struct machine m;

	(void)state;
	assert_kvm(kvm_vm_create(&conf, &m.vm));
	bind.vm_fd = m.vm->fd;
	bind.flags = HCBPF_BIND_CLAIMANT;
	assert_return(hc_ioctl(hc_device(), HCBPF_BIND, &bind), -EINVAL);
	bind.flags = HCBPF_BIND_OPERATOR;
	bind.claimant = 1;
	assert_return(hc_ioctl(hc_device(), HCBPF_BIND, &bind), -EINVAL);
	bind.claimant = 0;
	bind.reserved = 1;
	assert_return(hc_ioctl(hc_device(), HCBPF_BIND, &bind), -EINVAL);
	bind.reserved = 0;
	bind.flags |= HCBPF_BIND_CLAIMANT;
	be(USER);
	assert_return(hc_ioctl(hc_device(), HCBPF_BIND, &bind), -EPERM);
	be(NULL);
	kvm_vm_destroy(m.vm);
}

static void a_user_sees_his_own_claims(void **state)
{
	int efd = efd_new(), ours = assert_fd(claim(TAG, 1, efd)), theirs;
	struct hcbpf_next_claim next = { 0 };
	struct machine m;

	(void)state;
	machine_up(&m);
	be(USER);
	theirs = assert_fd(claim("mine", 2, efd));
	assert_int_equal(nr_claims(), 1);
	assert_ok(next_claim(&next));
	assert_string_equal(next.tag, "mine");
	assert_int_equal(next.port, 2);
	assert_int_equal(next.uid, getpwnam(USER)->pw_uid);
	assert_int_equal(next.nr_vms, 0);
	be(NULL);
	assert_int_equal(nr_claims(), 2);
	next.id = 0;
	assert_ok(next_claim(&next));
	assert_string_equal(next.tag, TAG);
	assert_int_equal(next.pid, getpid());
	assert_int_equal(next.nr_vms, 1);
	next.flags = 1;
	assert_return(hc_ioctl(hc_device(), HCBPF_NEXT_CLAIM, &next), -EINVAL);
	machine_down(&m);
	close(ours);
	close(theirs);
	close(efd);
}

/* ---- what is refused ---- */

static void requests_that_make_no_sense(void **state)
{
	const int efd = efd_new(), file = dup(0);
	struct hcbpf_claim long_tag = { .eventfd = efd };

	(void)state;
	memset(long_tag.tag, 'a', sizeof(long_tag.tag));
	assert_return(raw(long_tag), -EINVAL);
	assert_return(raw((struct hcbpf_claim){ .eventfd = efd }), -EINVAL);
	assert_return(raw((struct hcbpf_claim){ .eventfd = efd, .tag = "a b" }), -EINVAL);
	assert_return(raw((struct hcbpf_claim){ .eventfd = efd, .tag = "a", .flags = 1 }), -EINVAL);
	assert_return(raw((struct hcbpf_claim){ .eventfd = efd, .tag = "a", .holder_pid = 1 }),
		      -EINVAL);
	assert_return(raw((struct hcbpf_claim){ .eventfd = efd, .tag = "a", .holder_uid = 1 }),
		      -EINVAL);
	assert_return(raw((struct hcbpf_claim){ .eventfd = efd, .tag = "a", .size = 8 }), -EINVAL);
	assert_return(raw((struct hcbpf_claim){ .eventfd = efd, .tag = "a", .port = 1 << 20 }),
		      -ERANGE);
	assert_return(raw((struct hcbpf_claim){ .eventfd = -1, .tag = "a" }), -EBADF);
	assert_return(raw((struct hcbpf_claim){ .eventfd = file, .tag = "a" }), -EINVAL);
	assert_int_equal(nr_claims(), 0);
	close(file);
	close(efd);
}

static void a_port_beyond_the_table_of_a_vm_that_is_there(void **state)
{
	LIBHCBPF_OPTS(hcbpf_bind_opts, opts, .tag = TAG, .nr_ports = 8);
	int efd = efd_new(), fd;
	struct machine m;

	(void)state;
	assert_kvm(kvm_vm_create(&conf, &m.vm));
	assert_ok(hcbpf_vm_bind(m.vm->fd, &opts, &m.hc));
	assert_return(claim(TAG, 8, efd), -ERANGE);
	assert_int_equal(nr_claims(), 0);
	fd = assert_fd(claim(TAG, 7, efd));
	machine_down(&m);
	close(fd);
	close(efd);
}

static void a_user_has_so_many_and_no_more(void **state)
{
	static int fds[HCBPF_MAX_CLAIMS];
	int efd = efd_new(), i, last;

	(void)state;
	be(USER);
	for (i = 0; i < HCBPF_MAX_CLAIMS; i++)
		fds[i] = assert_fd(claim(TAG, i, efd));
	assert_return(claim(TAG, i, efd), -ENOSPC);
	close(fds[0]);
	fds[0] = assert_fd(claim(TAG, i, efd));
	assert_return(claim("other", 0, efd), -ENOSPC);
	/* Others have theirs. */
	be(OTHER);
	last = assert_fd(claim(TAG, 0, efd));
	close(last);
	be(NULL);
	last = assert_fd(claim(TAG, 0, efd));
	close(last);
	for (i = 0; i < HCBPF_MAX_CLAIMS; i++)
		close(fds[i]);
	assert_int_equal(nr_claims(), 0);
	close(efd);
}

/* ---- resets and moves ---- */

#ifdef __x86_64__
static void a_reset_clears_the_vmms_ports_and_sets_claimed_ones(void **state)
{
	const struct kvm_vm_conf xen = { .xen = true };
	struct kvm_xen_hvm_attr reset = {
		.type = KVM_XEN_ATTR_TYPE_EVTCHN, .u.evtchn.flags = KVM_XEN_EVTCHN_RESET,
	};
	struct kvm_start send = xen_sends(GUEST_DATA, 1);
	int efd = efd_new(), own = efd_new(), fd;
	struct machine m;

	(void)state;
	assert_kvm(kvm_vm_create(&xen, &m.vm));
	bind_machine(&m, 0, NULL);
	fd = assert_fd(claim(TAG, PORT, efd));
	assert_ok(hcbpf_vm_set_eventfd(m.hc, 0, own));
	assert_ok(hcbpf_port_set(m.hc, PORT + 1, 0));
	assert_int_equal(hc_ioctl(m.vm->fd, KVM_XEN_HVM_SET_ATTR, &reset), 0);
	assert_int_equal(word_of(&m, PORT + 1), 0);
	put_port(m.vm, GUEST_DATA, PORT);
	run_guest(m.vm, &send);
	assert_int_equal(efd_take(efd), 1);
	/* One that the VMM has taken is the claim's again, too. */
	assert_ok(hcbpf_port_set(m.hc, PORT, 0));
	assert_int_equal(hc_ioctl(m.vm->fd, KVM_XEN_HVM_SET_ATTR, &reset), 0);
	run_guest(m.vm, &send);
	assert_int_equal(efd_take(efd), 1);
	assert_int_equal(efd_take(own), 0);
	machine_down(&m);
	close(fd);
	close(efd);
	close(own);
}
#endif

static void what_is_claimed_is_not_in_a_saved_state(void **state)
{
	int efd = efd_new(), fd = assert_fd(claim(TAG, PORT, efd));
	struct hcbpf_saved *saved;
	struct machine m;
	size_t size;
	void *data;

	(void)state;
	machine_up(&m);
	assert_ok(hcbpf_port_set(m.hc, 77, 3));
	assert_ok(hcbpf_vm_save(m.hc, &data, &size));
	assert_ok(hcbpf_state_read(data, size, &saved, NULL));
	assert_int_equal(saved->nr_set, 1);
	assert_int_equal(saved->set[0].port, 77);
	hcbpf_state_free(saved);
	free(data);
	machine_down(&m);
	close(fd);
	close(efd);
}

/* The source had no claim, and a port of its own there; on this host it is claimed. */
static void a_restored_vm_is_served_on_whichever_slot(void **state)
{
	int efd = efd_new(), fd;
	struct machine m;
	size_t size;
	void *data;

	(void)state;
	machine_up(&m);
	assert_ok(hcbpf_port_set(m.hc, PORT, 9));
	assert_ok(hcbpf_port_set(m.hc, 77, 3));
	assert_ok(hcbpf_vm_save(m.hc, &data, &size));
	machine_down(&m);
	fd = assert_fd(claim(TAG, PORT, efd));
	/* Bound by what was saved. */
	assert_kvm(kvm_vm_create(&conf, &m.vm));
	assert_ok(hcbpf_vm_bind_saved(m.vm->fd, data, size, &m.hc, NULL));
	assert_served(&m, efd);
	assert_int_equal(hcbpf_port_slot(word_of(&m, 77)), 3);
	machine_down(&m);
	/* And into a binding that is there. */
	machine_up(&m);
	assert_ok(hcbpf_port_set(m.hc, 1, 1));
	assert_ok(hcbpf_vm_restore(m.hc, data, size, 0, NULL));
	assert_served(&m, efd);
	assert_int_equal(word_of(&m, 1), 0);
	free(data);
	machine_down(&m);
	close(fd);
	close(efd);
}

/* ---- all at once ---- */

static volatile bool stop;

static void *claim_and_close(void *arg)
{
	int efd = efd_new(), fd;

	while (!stop) {
		fd = hcbpf_port_claim(TAG, (uintptr_t)arg, efd, NULL);
		if (fd >= 0)
			close(fd);
	}
	close(efd);
	return NULL;
}

static void *bind_and_unbind(void *arg)
{
	LIBHCBPF_OPTS(hcbpf_bind_opts, opts, .tag = TAG);
	struct kvm_vm *vm = arg;
	struct hcbpf_vm *hc;

	while (!stop) {
		if (hcbpf_vm_bind(vm->fd, &opts, &hc))
			continue;
		hcbpf_vm_unbind(hc);
		hcbpf_vm_close(hc);
	}
	return NULL;
}

static void claims_bindings_and_calls_race(void **state)
{
	pthread_t threads[5];
	struct kvm_vm *other;
	uint64_t end = now_ms() + 3000;
	struct machine m;
	unsigned int i;

	(void)state;
	machine_up(&m);
	assert_kvm(kvm_vm_create(&conf, &other));
	stop = false;
	for (i = 0; i < 4; i++)
		pthread_create(&threads[i], NULL, claim_and_close, (void *)(uintptr_t)(i / 2));
	pthread_create(&threads[4], NULL, bind_and_unbind, other);
	while (now_ms() < end) {
		ring(&m, 0);
		ring(&m, 1);
	}
	stop = true;
	for (i = 0; i < 5; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(nr_claims(), 0);
	assert_int_equal(word_of(&m, 0), 0);
	assert_int_equal(word_of(&m, 1), 0);
	kvm_vm_destroy(other);
	machine_down(&m);
}

static int group_setup(void **state)
{
	const struct rlimit files = { 4096, 4096 };

	(void)state;
	return setrlimit(RLIMIT_NOFILE, &files) || policy_load(&standard, "standard.bpf.o");
}

static int group_teardown(void **state)
{
	(void)state;
	policy_unload(&standard);
	return 0;
}

#define TEST(name) cmocka_unit_test_teardown(name, back_to_root)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(who_claims_first_has_the_port_from_the_vms_binding_on),
		TEST(a_vm_that_is_there_is_served_at_once_and_until_the_file_is_closed),
		TEST(the_eventfd_may_be_closed),
		TEST(a_claim_ends_with_its_process),
		TEST(all_vms_of_the_tag_are_served_and_no_others),
		TEST(a_binding_that_has_ended_keeps_nothing_of_claims),
		TEST(many_ports_have_a_claim_each),
		TEST(the_second_claimant_is_told_who_has_it),
		TEST(of_two_with_a_right_the_first_one_served_has_it),
		TEST(a_port_that_the_vmm_serves_stays_the_vmms),
		TEST(words_that_a_vmm_makes_up_lead_nowhere),
		TEST(a_user_has_the_ports_of_his_own_vms),
		TEST(the_operator_has_not_those_of_users),
		TEST(those_of_the_operators_bindings_are_the_operators_to_give),
		TEST(a_claimant_is_the_operators_word),
		TEST(a_user_sees_his_own_claims),
		TEST(requests_that_make_no_sense),
		TEST(a_port_beyond_the_table_of_a_vm_that_is_there),
		TEST(a_user_has_so_many_and_no_more),
#ifdef __x86_64__
		TEST(a_reset_clears_the_vmms_ports_and_sets_claimed_ones),
#endif
		TEST(what_is_claimed_is_not_in_a_saved_state),
		TEST(a_restored_vm_is_served_on_whichever_slot),
		TEST(claims_bindings_and_calls_race),
	};

	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
