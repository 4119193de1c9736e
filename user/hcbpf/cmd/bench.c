// SPDX-License-Identifier: GPL-2.0-only
/*
 * bench: what calls cost on this machine, with its own KVM. The guest and the
 * paths are those of the project's own measurements (user/bench/paths.c).
 */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../bench/paths.h"
#include "cli/args.h"
#include "cli/command.h"
#include "cli/output.h"
#include "host/bench_host.h"

const struct option bench_options[] = {
	{ "calls N", "how many calls of each kind (default: 20000)" },
	{ "cpu N", "on this CPU" },
	{ 0 }
};

#define DEFAULT_CALLS 20000
#define MAX_CALLS 1000000
#define WARM_UP 1000		/* calls that are not counted */
#define PATIENCE 60		/* seconds for one path */

#define SAMPLES GUEST_MEM_DEFAULT	/* where the guest writes them: behind its other memory */

static const struct column columns[] = {
	{ "path", "PATH" }, { "what", "FROM THE GUEST" }, { "p50", "P50" }, { "p99", "P99" },
	{ "p99.9", "P99.9" }, { "note", "" }, { 0 }
};

/* In this order; for those without the module, the operator has to unload it. */
static const char *const measured[] = {
#ifdef __x86_64__
	"kvm_nr1_loaded", "kvm_nr1_pass", "ioeventfd_pio", "pio_exit_write", "xen_exit_write",
	"xen_native_eventfd", "hcbpf_exit_write", "hcbpf_send_virtual", "hcbpf_send_registered",
	"hcbpf_send_physical", "hcbpf_send_list", "hcbpf_doorbell", "hcbpf_deny",
#else
	"hvc_loaded", "hvc_pass", "ioeventfd_mmio", "mmio_exit_write", "hvc_exit_write",
	"hcbpf_send_xen", "hcbpf_doorbell", "hcbpf_deny", "sdei_signal_self",
#endif
};

/* ---- measuring ---- */

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* The value that @per_mille of the sorted samples do not exceed. */
static uint64_t percentile(const uint64_t *samples, uint32_t nr, uint32_t per_mille)
{
	uint32_t rank = ((uint64_t)nr * per_mille + 999) / 1000;

	return samples[rank ? rank - 1 : 0];
}

/* A KVM that cannot run the guest may keep it for ever, as some nested ones do. */
static struct kvm_vcpu *running;

static void on_alarm(int sig)
{
	(void)sig;
	__atomic_store_n(&running->stop, true, __ATOMIC_RELEASE);
	__atomic_store_n(&running->run->immediate_exit, 1, __ATOMIC_RELEASE);
}

static int run_for_a_while(struct kvm_vcpu *vcpu)
{
	const struct sigaction action = { .sa_handler = on_alarm };
	int err;

	running = vcpu;
	sigaction(SIGALRM, &action, NULL);
	alarm(PATIENCE);
	err = kvm_vcpu_run(vcpu);
	alarm(0);
	if (!err && !vcpu->stopped) {
		kvm_set_error("this machine's KVM does not run the guest to its end");
		err = -ETIMEDOUT;
	}
	return err;
}

static int run_calls(const struct path *path, struct path_vm *vm, uint32_t calls)
{
	struct kvm_vcpu *vcpu = &vm->vm->vcpus[0];
	struct kvm_start start = path->call;
	int err;

	start.program = start.program == GUEST_OUT ? GUEST_SAMPLE_OUTS : GUEST_SAMPLE_CALLS;
	start.count = calls;
	start.samples = SAMPLES;
	path_forget_signals(path, vm);
	err = kvm_vcpu_start(vcpu, &start);
	if (!err)
		err = run_for_a_while(vcpu);
	if (!err && kvm_block(vcpu)->zero != calls) {
		kvm_set_error("the guest got a wrong answer");
		err = -EPROTO;
	}
	return err ?: path_check_signals(path, vm, calls);
}

static int measure(const struct path *path, uint32_t calls, struct json_object *row)
{
	uint32_t most = calls > WARM_UP ? calls : WARM_UP;
	struct path sized = *path;
	uint64_t *samples;
	struct path_vm vm;
	int err;

	sized.vm.mem_size = (SAMPLES + most * sizeof(*samples) + 4095) & ~4095UL;
	err = path_up(&sized, &vm);
	if (err == -EPROTO && path->sdei)	/* calls that are not answered with 0 */
		kvm_set_error("this needs the module loaded with sdei=1");
	if (err)
		return err;
	err = run_calls(&sized, &vm, WARM_UP);
	/* Touched by the host, the memory costs the guest no page faults. */
	memset(kvm_at(vm.vm, SAMPLES), 0, most * sizeof(*samples));
	if (!err)
		err = run_calls(&sized, &vm, calls);
	if (!err) {
		samples = kvm_at(vm.vm, SAMPLES);
		qsort(samples, calls, sizeof(*samples), compare);
		add_number(row, "p50", bench_units(percentile(samples, calls, 500)));
		add_number(row, "p99", bench_units(percentile(samples, calls, 990)));
		add_number(row, "p99.9", bench_units(percentile(samples, calls, 999)));
	}
	path_down(&vm);
	return err;
}

/* A path that this machine lacks something for is a row with a note. */
static struct json_object *measure_all(uint32_t calls, unsigned int *nr_measured)
{
	struct json_object *rows = json_object_new_array();
	size_t i;

	for (i = 0; i < sizeof(measured) / sizeof(measured[0]); i++) {
		const struct path *path = path_find(measured[i]);
		struct json_object *row;

		if (!path)
			continue;
		row = json_object_new_object();
		add_text(row, "path", path->name);
		add_text(row, "what", path->what);
		add_null(row, "p50");
		add_null(row, "p99");
		add_null(row, "p99.9");
		add_null(row, "note");
		if (measure(path, calls, row))
			add_text(row, "note", kvm_error());
		else
			++*nr_measured;
		json_object_array_add(rows, row);
	}
	return rows;
}

/* ---- the command ---- */

static int number_option(const struct args *args, const char *name, uint32_t *value)
{
	const char *text = option_value(args, name);

	return text ? parse_u32(text, value) : 0;
}

/* One CPU for the guest and its VMM: figures of a thread that moves about mean nothing. */
static int pin(uint32_t cpu)
{
	cpu_set_t set;

	if (cpu >= CPU_SETSIZE)
		return -EINVAL;
	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	return sched_setaffinity(0, sizeof(set), &set) ? -errno : 0;
}

static int print_result(struct json_object *host, struct json_object *rows)
{
	struct json_object *result;

	if (out_is_json()) {
		result = json_object_new_object();
		json_object_object_add(result, "host", host);
		json_object_object_add(result, "paths", rows);
		out_record(result, NULL);
		return EXIT_SUCCESS;
	}
	out_record(host, bench_host_columns);
	putchar('\n');
	out_table(rows, columns, NULL);
	return EXIT_SUCCESS;
}

int bench_run(const struct args *args)
{
	uint32_t calls = DEFAULT_CALLS, cpu = sched_getcpu();
	unsigned int nr_measured = 0;
	struct json_object *rows;
	int err;

	if (number_option(args, "calls", &calls) || !calls || calls > MAX_CALLS)
		return fail_usage("--calls takes a number from 1 to %u", MAX_CALLS);
	if (number_option(args, "cpu", &cpu))
		return fail_usage("--cpu takes the number of a CPU");
	err = pin(cpu);
	if (err)
		return fail(err, "cannot run on CPU %u alone: %s\nchoose another with --cpu", cpu,
			    strerror(-err));
	rows = measure_all(calls, &nr_measured);
	if (!nr_measured) {
		json_object_put(rows);
		return fail(-ENODEV, "no path could be measured: %s\nsee: hcbpf probe",
			    kvm_error());
	}
	return print_result(bench_host(cpu, calls), rows);
}
