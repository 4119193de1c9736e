// SPDX-License-Identifier: GPL-2.0-only
/*
 * Doorbells from several vCPUs at once. The machine's one CPU runs them in
 * turn, so this shows what vCPUs cost each other in instructions: retries,
 * waiting for locks, more to look through. What caches do it does not show: see
 * docs/performance.md.
 */
#include <err.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <hcbpf/guest.h>
#include "bench.h"

#define MAX_VCPUS 4
#define CALLS 5000	/* of each vCPU */
#define REPEAT 5	/* the least counts */

struct crowd {
	unsigned int nr;
	struct kvm_vcpu *vcpus[MAX_VCPUS];
	struct kvm_vm *vms[MAX_VCPUS];
	struct hcbpf_vm *bindings[MAX_VCPUS];
	int efds[MAX_VCPUS];
};

static void check(int ret, const char *what)
{
	if (ret < 0)
		errx(1, "concurrency: %s: %s", what, strerror(-ret));
}

static void check_kvm(int ret)
{
	if (ret)
		errx(1, "concurrency: %s", kvm_error());
}

static void add_vm(struct crowd *crowd, unsigned int i, unsigned int nr_vcpus)
{
	const struct kvm_vm_conf conf = { .high = true, .nr_vcpus = nr_vcpus };

	check_kvm(kvm_vm_create(&conf, &crowd->vms[i]));
	check(hcbpf_vm_bind(crowd->vms[i]->fd, NULL, &crowd->bindings[i]), "bind");
}

/* vCPU @i gets slot @i, and port @i of its VM leads there. */
static void add_port(struct crowd *crowd, unsigned int i, struct hcbpf_vm *vm)
{
	crowd->efds[i] = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (crowd->efds[i] < 0)
		err(1, "eventfd");
	check(hcbpf_vm_set_eventfd(vm, i, crowd->efds[i]), "set an eventfd");
	check(hcbpf_port_set(vm, i, i), "set a port");
}

static void crowd_up(struct crowd *crowd, unsigned int nr, bool vm_each)
{
	unsigned int i;

	memset(crowd, 0, sizeof(*crowd));
	crowd->nr = nr;
	for (i = 0; i < nr; i++) {
		unsigned int vm = vm_each ? i : 0;

		if (!crowd->vms[vm])
			add_vm(crowd, vm, vm_each ? 1 : nr);
		add_port(crowd, i, crowd->bindings[vm]);
		crowd->vcpus[i] = &crowd->vms[vm]->vcpus[vm_each ? 0 : i];
	}
}

static void crowd_down(struct crowd *crowd)
{
	unsigned int i;

	for (i = 0; i < crowd->nr; i++) {
		kvm_vm_destroy(crowd->vms[i]);
		hcbpf_vm_close(crowd->bindings[i]);
		close(crowd->efds[i]);
	}
}

static void expect_signals(struct crowd *crowd)
{
	uint64_t total = 0;
	eventfd_t count;
	unsigned int i;

	for (i = 0; i < crowd->nr; i++)
		if (!eventfd_read(crowd->efds[i], &count))
			total += count;
	if (total != (uint64_t)crowd->nr * CALLS)
		errx(1, "concurrency: %llu signals of %u", (unsigned long long)total,
		     crowd->nr * CALLS);
}

static double run_all(struct crowd *crowd, bool one_port)
{
	struct kvm_start start = { .program = GUEST_CALLS, .count = CALLS, .nr = PLAIN_DOORBELL };
	uint64_t begin;
	unsigned int i;

	for (i = 0; i < crowd->nr; i++) {
		start.args[0] = one_port ? 0 : i;
		check_kvm(kvm_vcpu_start(crowd->vcpus[i], &start));
	}
	begin = kvm_ticks();
	for (i = 0; i < crowd->nr; i++)
		check_kvm(kvm_vcpu_run_thread(crowd->vcpus[i]));
	for (i = 0; i < crowd->nr; i++)
		check_kvm(kvm_vcpu_join(crowd->vcpus[i]));
	begin = kvm_ticks() - begin;
	expect_signals(crowd);
	return (double)begin / (crowd->nr * CALLS) - loop_ticks - skip_ticks;
}

static double least_cost(unsigned int nr, bool one_port, bool vm_each)
{
	struct crowd crowd;
	double least = 0, cost;
	int i;

	crowd_up(&crowd, nr, vm_each);
	for (i = 0; i < REPEAT; i++) {
		cost = run_all(&crowd, one_port);
		if (!i || cost < least)
			least = cost;
	}
	crowd_down(&crowd);
	return least;
}

static struct json_object *curve(const char *what, bool one_port, bool vm_each)
{
	struct json_object *object = json_object_new_object();
	struct json_object *xs = json_object_new_array(), *costs = json_object_new_array();
	unsigned int nr;

	for (nr = 1; nr <= MAX_VCPUS; nr *= 2) {
		json_object_array_add(xs, json_object_new_int(nr));
		json_object_array_add(costs, json_figure(least_cost(nr, one_port, vm_each)));
	}
	json_object_object_add(object, "path", json_object_new_string("hcbpf_doorbell"));
	json_object_object_add(object, "what", json_object_new_string(what));
	json_object_object_add(object, "x", xs);
	json_object_object_add(object, "cost", costs);
	return object;
}

struct json_object *concurrency(void)
{
	struct json_object *object = json_object_new_object();

	json_object_object_add(object, "different_ports", curve("one VM, a port for each vCPU", false, false));
	json_object_object_add(object, "one_port", curve("one VM, one port for all", true, false));
	/* Each VM's own port of the same number as its vCPU's. */
	json_object_object_add(object, "different_vms", curve("a VM for each vCPU", false, true));
	return object;
}
