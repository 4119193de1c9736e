// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a host's work with VMs costs as the number of bound VMs grows: instructions of the
 * kernel and the one who asks, without waiting. The VMs beside have neither memory nor vCPUs.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "bench.h"

#define REPEAT		9	/* the least counts */
#define NR_RULES	100
#define STORM		1000

static int kvm, dev;
static int *vms;		/* KVM's descriptors */
static struct hcbpf_vm **bindings;
static unsigned int nr_vms;
static int commander;		/* a socket to a process that has none of the VMs */

static void check(int ret, const char *what)
{
	if (ret < 0)
		errx(1, "operations: %s: %s", what, strerror(-ret));
}

static int make_vm(void)
{
	int fd = ioctl(kvm, KVM_CREATE_VM, 0);

	if (fd < 0)
		err(1, "operations: KVM_CREATE_VM");
	return fd;
}

/* ---- the VMs ---- */

static void bind_up_to(unsigned int nr)
{
	for (; nr_vms < nr; nr_vms++) {
		vms[nr_vms] = make_vm();
		check(hcbpf_vm_bind(vms[nr_vms], NULL, &bindings[nr_vms]), "bind");
	}
}

static void end_all(void)
{
	while (nr_vms) {
		close(vms[--nr_vms]);
		hcbpf_vm_close(bindings[nr_vms]);
	}
}

/* ---- commands ---- */

/*
 * They are run by a process that was forked before the VMs came: one that has them would have
 * each of its children copy thousands of descriptors, and close them.
 */

static double children_ran(void)
{
	struct rusage used;

	getrusage(RUSAGE_CHILDREN, &used);
	return (used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1e9 +
	       (used.ru_utime.tv_usec + used.ru_stime.tv_usec) * 1e3;
}

static double command(const char *text)
{
	double ran = children_ran();

	if (system(text))
		errx(1, "operations: %s failed", text);
	return children_ran() - ran;
}

static double attach_other(void)
{
	int ready[2];
	char text[80];
	double ran;
	pid_t pid;

	if (pipe(ready))
		err(1, "operations: pipe");
	pid = fork();
	if (pid < 0)
		err(1, "operations: fork");
	if (!pid) {
		make_vm();
		if (write(ready[1], "", 1) == 1)
			pause();
		_exit(1);
	}
	if (read(ready[0], text, 1) != 1)
		errx(1, "operations: the other process has no VM");
	close(ready[0]);
	close(ready[1]);
	snprintf(text, sizeof(text), "exec hcbpf vm attach --pid %d > /dev/null", pid);
	ran = command(text);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return ran;
}

/* Until the other end is closed. */
static void obey(int socket)
{
	double ran;
	char what;

	while (read(socket, &what, 1) == 1) {
		ran = what == 'a' ? attach_other() : command("exec hcbpf replace standard > /dev/null");
		if (write(socket, &ran, sizeof(ran)) != sizeof(ran))
			break;
	}
	_exit(0);
}

static void start_commander(void)
{
	int sockets[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, sockets))
		err(1, "operations: socketpair");
	pid = fork();
	if (pid < 0)
		err(1, "operations: fork");
	if (!pid) {
		close(sockets[0]);
		obey(sockets[1]);
	}
	close(sockets[1]);
	commander = sockets[0];
}

/* ---- what is measured ---- */

static double thread_ran(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return now.tv_sec * 1e9 + now.tv_nsec;
}

/* The last VM, which everything is done with. */
static struct hcbpf_vm *last(void)
{
	return bindings[nr_vms - 1];
}

static double bind_one(void)
{
	struct hcbpf_vm *vm;
	int fd = make_vm();
	double ran;

	ran = -thread_ran();
	check(hcbpf_vm_bind(fd, NULL, &vm), "bind");
	ran += thread_ran();
	hcbpf_vm_close(vm);
	close(fd);
	return ran;
}

static double unbind_one(void)
{
	struct hcbpf_vm *vm;
	int fd = make_vm();
	double ran;

	check(hcbpf_vm_bind(fd, NULL, &vm), "bind");
	ran = -thread_ran();
	check(hcbpf_vm_unbind(vm), "unbind");
	ran += thread_ran();
	hcbpf_vm_close(vm);
	close(fd);
	return ran;
}

/* A profile's. */
static double set_rules(void)
{
	LIBHCBPF_OPTS(hcbpf_rules_opts, opts, .flags = HCBPF_RULES_FORCE);
	struct hcbpf_rule rules[NR_RULES] = { 0 };
	double ran;
	int i;

	for (i = 0; i < NR_RULES; i++)
		rules[i] = (struct hcbpf_rule){
			.abi = HCBPF_ABI_XEN, .nr = i, .sub = HCBPF_RULE_ANY,
			.action = HCBPF_RULE_DENY,
		};
	ran = -thread_ran();
	check(hcbpf_rules_set(last(), rules, NR_RULES, &opts), "set rules");
	return ran + thread_ran();
}

static double save(void)
{
	double ran = -thread_ran();
	size_t size;
	void *state;

	check(hcbpf_vm_save(last(), &state, &size), "save");
	ran += thread_ran();
	free(state);
	return ran;
}

/* Of each VM, as `hcbpf vm list` asks. */
static double list(void)
{
	struct hcbpf_next_vm next = { .size = sizeof(next) };
	struct hcbpf_vm_stats stats;
	struct hcbpf_vm_info info;
	unsigned int seen = 0;
	struct hcbpf_vm *vm;
	double ran;

	ran = -thread_ran();
	while (!ioctl(dev, HCBPF_NEXT_VM, &next)) {
		if (hcbpf_vm_open_id(next.id, &vm))
			continue;
		check(hcbpf_vm_info(vm, &info), "ask");
		check(hcbpf_vm_stats(vm, &stats), "count");
		hcbpf_vm_close(vm);
		seen++;
	}
	ran += thread_ran();
	if (seen < nr_vms)
		errx(1, "operations: %u VMs in the list, not %u", seen, nr_vms);
	return ran / seen;
}

/* By the commander; see there. */
static double ask(char what)
{
	double ran;

	if (write(commander, &what, 1) != 1 || read(commander, &ran, sizeof(ran)) != sizeof(ran))
		errx(1, "operations: the commander has ended");
	return ran;
}

static double attach(void)
{
	return ask('a');
}

static double replace(void)
{
	return ask('r');
}

/* The first KVM_RUN of a VM that a table admits, and a call of its guest. */
static double admit(void)
{
	const struct kvm_vm_conf small = { .mem_size = GUEST_DATA + 0x1000 };
	const struct kvm_start once = { .program = GUEST_NOTHING, .count = 1 };
	struct kvm_vm *vm;
	double ran;

	if (kvm_vm_create(&small, &vm) || kvm_vcpu_start(&vm->vcpus[0], &once))
		errx(1, "operations: %s", kvm_error());
	ran = -thread_ran();
	if (kvm_vcpu_run(&vm->vcpus[0]))
		errx(1, "operations: %s", kvm_error());
	ran += thread_ran();
	kvm_vm_destroy(vm);
	return ran;
}

static void set_admission(bool on)
{
	struct hcbpf_template template = { .name = "t", .policy = "standard" };
	struct hcbpf_admit_rule rule = { .flags = HCBPF_ADMIT_USER, .uid = 0 };
	struct hcbpf_admission req = {
		.size = sizeof(req), .nr_templates = on, .nr_rules = on,
		.templates = (uintptr_t)&template, .rules = (uintptr_t)&rule,
	};

	if (ioctl(dev, HCBPF_SET_ADMISSION, &req))
		err(1, "operations: HCBPF_SET_ADMISSION");
}

static double admit_under_table(void)
{
	double ran;

	set_admission(true);
	ran = admit();
	set_admission(false);
	return ran;
}

static double come_and_go(bool bound)
{
	double ran = -thread_ran();
	struct hcbpf_vm *vm = NULL;
	int i, fd;

	for (i = 0; i < STORM; i++) {
		fd = make_vm();
		if (bound)
			check(hcbpf_vm_bind(fd, NULL, &vm), "bind");
		close(fd);
		if (bound)
			hcbpf_vm_close(vm);
	}
	return (ran + thread_ran()) / STORM;
}

/*
 * A thousand VMs come, are bound, and go: what that adds for each of them. KVM's own part grows,
 * since it keeps a list of all VMs of a process.
 */
static double storm(void)
{
	double kvms_own = come_and_go(false);

	return come_and_go(true) - kvms_own;
}

static const struct operation {
	const char *name, *what;
	double (*run)(void);
	unsigned int repeat;
} all[] = {
	{ "bind", "bind a VM", bind_one, REPEAT },
	{ "unbind", "end a binding", unbind_one, REPEAT },
	{ "set_rules", "100 rules of a VM", set_rules, REPEAT },
	{ "save", "save a VM", save, REPEAT },
	{ "list", "a VM in the list", list, 2 },
	{ "admit", "first run of a VM, admitted", admit_under_table, REPEAT },
	{ "storm", "a VM of a thousand that come and go", storm, 2 },
	{ "attach", "hcbpf vm attach", attach, 2 },
	{ "replace", "hcbpf replace", replace, 2 },
};
#define NR_OPERATIONS (sizeof(all) / sizeof(all[0]))

static double least_of(const struct operation *operation)
{
	double least = 0, ran;
	unsigned int i;

	for (i = 0; i < operation->repeat; i++) {
		ran = operation->run();
		least = !i || ran < least ? ran : least;
	}
	return least;
}

static struct json_object *new_curve(const struct operation *operation)
{
	struct json_object *object = json_object_new_object();

	json_object_object_add(object, "path", json_object_new_string(operation->name));
	json_object_object_add(object, "what", json_object_new_string(operation->what));
	json_object_object_add(object, "x", json_object_new_array());
	json_object_object_add(object, "cost", json_object_new_array());
	return object;
}

static void add_point(struct json_object *curve, unsigned int x, double cost)
{
	json_object_array_add(json_object_object_get(curve, "x"), json_object_new_int(x));
	json_object_array_add(json_object_object_get(curve, "cost"), json_figure(cost));
}

static void set_up(unsigned int max)
{
	const struct rlimit files = { 2 * max + 1000, 2 * max + 1000 };

	if (setrlimit(RLIMIT_NOFILE, &files))
		err(1, "operations: more files");
	lab_module_up();
	kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	dev = open("/dev/hcbpf", O_RDWR | O_CLOEXEC);
	vms = calloc(max, sizeof(*vms));
	bindings = calloc(max, sizeof(*bindings));
	if (kvm < 0 || dev < 0 || !vms || !bindings)
		err(1, "operations");
	start_commander();
}

struct json_object *operations(unsigned int max, unsigned int factor)
{
	struct json_object *object = json_object_new_object();
	unsigned int x, i;

	set_up(max);
	for (i = 0; i < NR_OPERATIONS; i++)
		json_object_object_add(object, all[i].name, new_curve(&all[i]));
	for (x = 1; x <= max; x *= factor) {
		bind_up_to(x);
		for (i = 0; i < NR_OPERATIONS; i++)
			add_point(json_object_object_get(object, all[i].name), x,
				  least_of(&all[i]));
	}
	close(commander);
	wait(NULL);
	end_all();
	close(dev);
	close(kvm);
	free(vms);
	free(bindings);
	return object;
}
