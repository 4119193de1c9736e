// SPDX-License-Identifier: GPL-2.0-only
/*
 * Storms: many VMs come, and go. KVM's own part of that grows with the VMs of a process, of which
 * it keeps a list, so what counts is what is added to it; by all of the machine, since much of a
 * VM's end is done later, by whoever comes along.
 */
#include <err.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <unistd.h>
#include "bench.h"
#include "clock.h"
#include "neighbours.h"
#include "storm.h"

#define ONE_BY_ONE	1000
#define REPEAT		2	/* the least counts */
#define MEASURED	1000	/* VMs: of small storms there are several */

static const unsigned int sizes[] = { 10, 100, 1000 };
#define NR_SIZES 3

struct storm_vm {
	int fd;
	struct hcbpf_vm *binding;
};

/* Of each VM. */
struct span {
	double ran;	/* instructions of all CPUs, without idling */
	double took;	/* ns, with it */
};

static int open_kvm(void)
{
	int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);

	if (kvm < 0)
		err(1, "/dev/kvm");
	return kvm;
}

static void start(int kvm, bool bound, struct storm_vm *vm)
{
	int ret = 0;

	*vm = (struct storm_vm){ .fd = ioctl(kvm, KVM_CREATE_VM, 0) };
	if (vm->fd < 0)
		err(1, "storm: KVM_CREATE_VM");
	if (bound)
		ret = hcbpf_vm_bind(vm->fd, NULL, &vm->binding);
	if (ret)
		errx(1, "storm: bind: %s", strerror(-ret));
}

static void end(struct storm_vm *vm)
{
	close(vm->fd);
	if (vm->binding)
		hcbpf_vm_close(vm->binding);
}

static double one_by_one(bool bound)
{
	int i, kvm = open_kvm();
	struct storm_vm vm;
	double ran = -thread_ran();

	for (i = 0; i < ONE_BY_ONE; i++) {
		start(kvm, bound, &vm);
		end(&vm);
	}
	ran += thread_ran();
	close(kvm);
	return ran / ONE_BY_ONE;
}

static double least_one_by_one(bool bound)
{
	double least = one_by_one(bound), ran;
	int i;

	for (i = 1; i < REPEAT; i++) {
		ran = one_by_one(bound);
		least = ran < least ? ran : least;
	}
	return least;
}

double storm_adds(void)
{
	return least_one_by_one(true) - least_one_by_one(false);
}

/* ---- what nobody else wants of the CPU ---- */

/*
 * Its own clock tells exactly what all others leave. The kernel's count of idle time is in
 * hundredths of a second, of which a storm of small VMs takes few.
 */
struct idler {
	pthread_t thread;
	clockid_t clock;
	volatile bool ends;
};

static void *idle_away(void *data)
{
	const struct sched_param param = { 0 };
	struct idler *idler = data;

	if (sched_setscheduler(0, SCHED_IDLE, &param))
		err(1, "storm: SCHED_IDLE");
	while (!idler->ends)
		;
	return NULL;
}

static void idler_begin(struct idler *idler)
{
	idler->ends = false;
	if (pthread_create(&idler->thread, NULL, idle_away, idler) ||
	    pthread_getcpuclockid(idler->thread, &idler->clock))
		errx(1, "storm: no thread");
}

static void idler_end(struct idler *idler)
{
	idler->ends = true;
	pthread_join(idler->thread, NULL);
}

/* ---- storms ---- */

/* All start, then all end. */
static void at_once(int kvm, bool bound, unsigned int nr, struct storm_vm *vms)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		start(kvm, bound, &vms[i]);
	for (i = 0; i < nr; i++)
		end(&vms[i]);
}

static struct span measure(bool bound, unsigned int nr)
{
	struct storm_vm *vms = calloc(nr, sizeof(*vms));
	unsigned int i, rounds = MEASURED / nr;
	int kvm = open_kvm();
	struct idler idler;
	struct span span;

	if (!vms)
		err(1, "storm: %u VMs", nr);
	idler_begin(&idler);
	sleep(1);	/* others' leftovers */
	span = (struct span){ clock_read(idler.clock), -clock_read(CLOCK_MONOTONIC) };
	for (i = 0; i < rounds; i++)
		at_once(kvm, bound, nr, vms);
	sleep(1);	/* what is left to be freed */
	span.took += clock_read(CLOCK_MONOTONIC);
	span.ran = (span.took - (clock_read(idler.clock) - span.ran)) / (rounds * nr);
	span.took = (span.took - 1e9) / (rounds * nr);
	idler_end(&idler);
	close(kvm);
	free(vms);
	return span;
}

static const struct {
	const char *name, *what;
} curves[] = {
	{ "storm_added", "instructions that being bound adds" },
	{ "storm_kvm", "KVM's own instructions" },
	{ "storm_time", "ns with all waiting, bound" },
	{ "storm_kvm_time", "ns with all waiting, not bound" },
};
#define NR_CURVES (sizeof(curves) / sizeof(curves[0]))

static struct json_object *new_curve(unsigned int i)
{
	struct json_object *curve = json_object_new_object();

	json_object_object_add(curve, "path", json_object_new_string(curves[i].name));
	json_object_object_add(curve, "what", json_object_new_string(curves[i].what));
	json_object_object_add(curve, "x", json_object_new_array());
	json_object_object_add(curve, "cost", json_object_new_array());
	return curve;
}

static void add_points(struct json_object *object, unsigned int nr)
{
	const struct span kvms_own = measure(false, nr), with = measure(true, nr);
	const double costs[NR_CURVES] = {
		with.ran - kvms_own.ran, kvms_own.ran, with.took, kvms_own.took,
	};
	struct json_object *curve;
	unsigned int i;

	for (i = 0; i < NR_CURVES; i++) {
		curve = json_object_object_get(object, curves[i].name);
		json_object_array_add(json_object_object_get(curve, "x"), json_object_new_int(nr));
		json_object_array_add(json_object_object_get(curve, "cost"), json_figure(costs[i]));
	}
}

struct json_object *storms(void)
{
	const struct rlimit files = { 8192, 8192 };
	struct json_object *object = json_object_new_object();
	unsigned int i;

	if (setrlimit(RLIMIT_NOFILE, &files))
		err(1, "storm: more files");
	lab_module_up();
	neighbours_here(1);	/* KVM stays hooked: that is not each VM's */
	for (i = 0; i < NR_CURVES; i++)
		json_object_object_add(object, curves[i].name, new_curve(i));
	for (i = 0; i < NR_SIZES; i++)
		add_points(object, sizes[i]);
	neighbours_end();
	return object;
}
