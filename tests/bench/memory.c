// SPDX-License-Identifier: GPL-2.0-only
/*
 * What things take in the kernel: what it charges to our cgroup, before and
 * after many of them.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "bench.h"

#define CGROUPS "/run/bench-cgroup"
#define NR_VMS 500
#define MANY_VMS 10000
#define NR_PROCESSES 200
#define NR_PORTS 131072
#define NR_RULES 65536
#define NR_RANGES 100000
#define NR_MAPS 100
#define TIB_PAGES (1ULL << 28)
#define GIB_PAGES (1U << 18)

static void check(int ret, const char *what)
{
	if (ret < 0)
		errx(1, "memory: %s: %s", what, strerror(-ret));
}

static void write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		err(1, "%s", path);
	close(fd);
}

/* Charges are for those made while we are in a group of our own. */
static void enter_cgroup(void)
{
	if (mkdir(CGROUPS, 0755) || mount("none", CGROUPS, "cgroup2", 0, NULL))
		err(1, "%s", CGROUPS);
	write_text(CGROUPS "/cgroup.subtree_control", "+memory");
	if (mkdir(CGROUPS "/bench", 0755))
		err(1, "%s/bench", CGROUPS);
	write_text(CGROUPS "/bench/cgroup.procs", "0");
}

static double charged(void)
{
	unsigned long long bytes = 0;
	char line[128];
	FILE *file;

	sleep(5);	/* memory is freed after RCU, and figures are summed up every 2 s */
	file = fopen(CGROUPS "/bench/memory.stat", "r");
	if (!file)
		err(1, "%s/bench/memory.stat", CGROUPS);
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, "kernel %llu", &bytes) == 1)
			break;
	fclose(file);
	return bytes;
}

/* Of VMs that have nothing of their own. */
static double vm_memory(unsigned int nr)
{
	const struct rlimit files = { 2 * nr + 100, 2 * nr + 100 };
	int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC), *vms = calloc(nr, sizeof(*vms));
	struct hcbpf_vm **bindings = calloc(nr, sizeof(*bindings));
	double bytes;
	unsigned int i;

	if (!vms || !bindings || setrlimit(RLIMIT_NOFILE, &files))
		err(1, "memory: %u VMs", nr);
	for (i = 0; i < nr; i++) {
		vms[i] = ioctl(kvm, KVM_CREATE_VM, 0);
		if (vms[i] < 0)
			err(1, "memory: KVM_CREATE_VM");
	}
	bytes = charged();
	for (i = 0; i < nr; i++)
		check(hcbpf_vm_bind(vms[i], NULL, &bindings[i]), "bind");
	bytes = charged() - bytes;
	for (i = 0; i < nr; i++) {
		close(vms[i]);
		hcbpf_vm_close(bindings[i]);
	}
	close(kvm);
	free(bindings);
	free(vms);
	return bytes / nr;
}

/* ---- VMs of processes ---- */

/* Both ends of what tells processes to go on, and what says that they have. */
struct gate {
	int go[2], done[2];
};

static void pass(int fd)
{
	char byte = 0;

	if (write(fd, &byte, 1) != 1)
		err(1, "memory: a pipe");
}

static void wait_at(int fd)
{
	char byte;

	if (read(fd, &byte, 1) != 1)
		errx(1, "memory: a process has ended");
}

/* A process makes its VM, and binds it once it may. */
static void live(const struct gate *gate)
{
	int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC), vm;
	struct hcbpf_vm *binding;

	vm = ioctl(kvm, KVM_CREATE_VM, 0);
	if (vm < 0)
		err(1, "memory: KVM_CREATE_VM");
	pass(gate->done[1]);
	wait_at(gate->go[0]);
	check(hcbpf_vm_bind(vm, NULL, &binding), "bind");
	pass(gate->done[1]);
	pause();
}

static void let_all(int go, int done, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		if (go >= 0)
			pass(go);
		wait_at(done);
	}
}

static double process_memory(void)
{
	pid_t pids[NR_PROCESSES];
	struct gate gate;
	double bytes;
	int i;

	if (pipe(gate.go) || pipe(gate.done))
		err(1, "memory: pipe");
	for (i = 0; i < NR_PROCESSES; i++) {
		pids[i] = fork();
		if (pids[i] < 0)
			err(1, "memory: fork");
		if (!pids[i])
			live(&gate);
	}
	let_all(-1, gate.done[0], NR_PROCESSES);
	bytes = charged();
	let_all(gate.go[1], gate.done[0], NR_PROCESSES);
	bytes = charged() - bytes;
	for (i = 0; i < NR_PROCESSES; i++) {
		kill(pids[i], SIGKILL);
		waitpid(pids[i], NULL, 0);
	}
	close(gate.go[0]);
	close(gate.go[1]);
	close(gate.done[0]);
	close(gate.done[1]);
	return bytes / NR_PROCESSES;
}

static void set_ports(struct hcbpf_vm *vm)
{
	uint32_t port;

	for (port = 0; port < NR_PORTS; port++)
		check(hcbpf_port_set(vm, port, 0), "set a port");
}

static void set_rules(struct hcbpf_vm *vm)
{
	struct hcbpf_rule *rules = calloc(NR_RULES, sizeof(*rules));
	uint32_t i;

	if (!rules)
		err(1, "memory: rules");
	for (i = 0; i < NR_RULES; i++)
		rules[i] = (struct hcbpf_rule){
			.abi = PLAIN_ABI, .nr = i, .sub = HCBPF_RULE_ANY,
			.action = HCBPF_RULE_EXIT,
		};
	check(hcbpf_rules_set(vm, rules, NR_RULES, NULL), "set rules");
	free(rules);
}

static double memory_of(void (*set)(struct hcbpf_vm *vm), unsigned int nr)
{
	struct path_vm vm;
	double bytes;

	lab_path_up(path_find("hcbpf_doorbell"), &vm);
	bytes = charged();
	set(vm.hcbpf);
	bytes = charged() - bytes;
	path_down(&vm);
	return bytes / nr;
}

/* ---- page attributes ---- */

static void set_every(struct hcbpf_vm *vm, uint64_t step, uint64_t npages, size_t nr)
{
	struct hcbpf_gpa_range *ranges = calloc(nr, sizeof(*ranges));
	size_t i;

	if (!ranges)
		err(1, "memory: ranges");
	for (i = 0; i < nr; i++)
		ranges[i] = (struct hcbpf_gpa_range){
			.gfn = i * step, .npages = npages, .attr = HCBPF_GPA_ENCRYPTED,
		};
	check(hcbpf_gpa_set(vm, ranges, nr, NULL), "set page attributes");
	free(ranges);
}

static void set_ranges(struct hcbpf_vm *vm)
{
	set_every(vm, 5000, 100, NR_RANGES);
}

/* Every second page: the most that a map can take. */
static void set_checkered(struct hcbpf_vm *vm)
{
	set_every(vm, 2, 1, GIB_PAGES / 2);
}

/* What VMs usually have: 8 ranges, in 1 TiB. */
static double map_memory(void)
{
	struct path_vm vms[NR_MAPS];
	double bytes;
	int i;

	for (i = 0; i < NR_MAPS; i++)
		lab_path_up(path_find("hcbpf_doorbell"), &vms[i]);
	bytes = charged();
	for (i = 0; i < NR_MAPS; i++)
		set_every(vms[i].hcbpf, TIB_PAGES / 8, 512, 8);
	bytes = charged() - bytes;
	for (i = 0; i < NR_MAPS; i++)
		path_down(&vms[i]);
	return bytes / NR_MAPS;
}

struct json_object *memory(void)
{
	struct json_object *object = json_object_new_object();

	lab_module_up();
	enter_cgroup();
	json_object_object_add(object, "unit", json_object_new_string("bytes"));
	json_object_object_add(object, "vm", json_figure(vm_memory(NR_VMS)));
	json_object_object_add(object, "vm_of_10000", json_figure(vm_memory(MANY_VMS)));
	json_object_object_add(object, "vm_of_200_processes", json_figure(process_memory()));
	json_object_object_add(object, "port", json_figure(memory_of(set_ports, NR_PORTS)));
	json_object_object_add(object, "rule", json_figure(memory_of(set_rules, NR_RULES)));
	json_object_object_add(object, "range", json_figure(memory_of(set_ranges, NR_RANGES)));
	json_object_object_add(object, "map_of_8_ranges", json_figure(map_memory()));
	json_object_object_add(object, "checkered_gib", json_figure(memory_of(set_checkered, 1)));
	return object;
}
