// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a host's work with VMs costs as the number of bound VMs grows: instructions of the
 * kernel and the one who asks, without waiting.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include "bench.h"
#include "clock.h"
#include "commands.h"
#include "neighbours.h"
#include "storm.h"

#define REPEAT		9	/* the least counts */
#define NR_RULES	100

static int kvm, dev;
static struct hcbpf_vm *subject;	/* of the VM that everything is done with */
static unsigned int nr_vms;		/* all that are bound */

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

/* ---- what is measured ---- */

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
	check(hcbpf_rules_set(subject, rules, NR_RULES, &opts), "set rules");
	return ran + thread_ran();
}

static double save(void)
{
	double ran = -thread_ran();
	size_t size;
	void *state;

	check(hcbpf_vm_save(subject, &state, &size), "save");
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

static const struct operation {
	const char *name, *what;
	double (*run)(void);
	unsigned int repeat;
	bool slow;	/* only when all is measured */
} operation_list[] = {
	{ "bind", "bind a VM", bind_one, REPEAT },
	{ "unbind", "end a binding", unbind_one, REPEAT },
	{ "set_rules", "100 rules, as of a profile", set_rules, REPEAT },
	{ "save", "save a VM's state", save, REPEAT },
	{ "list", "ask for a VM, as a list does", list, 2 },
	{ "admit", "a VM's first `KVM_RUN`, admitted by a template", admit_under_table, REPEAT },
	{ "storm", "a VM of a thousand that come and go: what is added to KVM's part", storm_adds,
	  1, true },
	{ "attach", "`hcbpf vm attach --pid`", command_attach, 2 },
	{ "replace", "`hcbpf replace`", command_replace, 2 },
};
#define NR_OPERATIONS (sizeof(operation_list) / sizeof(operation_list[0]))

static const struct operation *operation_find(const char *name)
{
	const struct operation *operation = operation_list;

	while (strcmp(operation->name, name))
		operation++;
	return operation;
}

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

/* As one of @x VMs that are bound. */
static void add_points(struct json_object *curves, unsigned int x)
{
	int fd = make_vm();

	nr_vms = x;
	check(hcbpf_vm_bind(fd, NULL, &subject), "bind");
	json_object_object_foreach(curves, name, curve)
		add_point(curve, x, least_of(operation_find(name)));
	hcbpf_vm_close(subject);
	close(fd);
}

struct json_object *operations(void (*grow)(unsigned int nr), unsigned int max,
			       unsigned int factor, bool slow)
{
	struct json_object *object = json_object_new_object();
	unsigned int x, i;

	lab_module_up();
	kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	dev = open("/dev/hcbpf", O_RDWR | O_CLOEXEC);
	if (kvm < 0 || dev < 0)
		err(1, "operations");
	commands_start();
	for (i = 0; i < NR_OPERATIONS; i++)
		if (slow || !operation_list[i].slow)
			json_object_object_add(object, operation_list[i].name,
					       new_curve(&operation_list[i]));
	for (x = 1; x <= max; x *= factor) {
		grow(x - 1);
		add_points(object, x);
	}
	commands_end();
	neighbours_end();
	close(dev);
	close(kvm);
	return object;
}
