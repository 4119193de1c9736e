// SPDX-License-Identifier: GPL-2.0-only
/* What a call costs as the number of things grows that it might have to look through. */
#include <err.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>
#include <hcbpf/guest.h>
#include <hcbpf/rule.h>
#include "bench.h"

#define MAX_VMS		1000
#define MAX_PORTS	131072
#define RULES_PER_VM	50000	/* the kernel's own limit is 65,536 */
#define SETTLE		5	/* seconds: a million of something is freed in the background */
#define FIRST_RULE	100	/* beyond the numbers that the paths use */

struct curve {
	const char *name;
	const char *what;	/* for people: "a send, beside ..." */
	const char *of;		/* the path; NULL: path_of_curves */
	unsigned int x[8];	/* ascending, up to the first 0 */
	/* From as many as at the point before (0 at first) to @x. */
	void (*grow)(struct path_vm *vm, unsigned int before, unsigned int x);
	void (*shrink)(unsigned int x);	/* undo what @vm does not take with it; or NULL */
};

static void check(int ret, const char *what)
{
	if (ret < 0)
		errx(1, "scaling: %s: %s", what, strerror(-ret));
}

/* ---- VMs ---- */

static struct kvm_vm *vms[MAX_VMS];
static struct hcbpf_vm *bindings[MAX_VMS];

/* The path's own is the first. */
static void bind_vms(struct path_vm *vm, unsigned int before, unsigned int x)
{
	const struct rlimit files = { 8 * MAX_VMS, 8 * MAX_VMS };
	const struct kvm_vm_conf small = { .mem_size = GUEST_DATA + 0x1000 };
	unsigned int i;

	(void)vm;
	if (setrlimit(RLIMIT_NOFILE, &files))
		err(1, "scaling: more files");
	for (i = before ?: 1; i < x; i++) {
		if (kvm_vm_create(&small, &vms[i]))
			errx(1, "scaling: VM %u: %s", i, kvm_error());
		check(hcbpf_vm_bind(vms[i]->fd, NULL, &bindings[i]), "bind");
	}
}

static void free_vms(unsigned int x)
{
	unsigned int i;

	for (i = 1; i < x; i++) {
		kvm_vm_destroy(vms[i]);
		hcbpf_vm_close(bindings[i]);
	}
}

/* ---- ports ---- */

/* All up to the last; the one that the path sends on is among them from the start. */
static void set_ports(struct path_vm *vm, unsigned int before, unsigned int x)
{
	unsigned int port;

	for (port = before ?: 1; port < x; port++)
		check(hcbpf_port_set(vm->hcbpf, port, 0), "set a port");
}

/* ---- rules ---- */

static struct path_vm others[4];

static void set_vm_rules(struct hcbpf_vm *vm, unsigned int nr)
{
	LIBHCBPF_OPTS(hcbpf_rules_opts, opts, .flags = HCBPF_RULES_FORCE);
	struct hcbpf_rule *rules = calloc(nr, sizeof(*rules));
	unsigned int i;

	if (!rules)
		err(1, "scaling: %u rules", nr);
	rules[0] = (struct hcbpf_rule){
		.abi = HCBPF_ABI_XEN, .nr = XEN_HYPERCALL_EVENT_CHANNEL_OP,
		.sub = XEN_EVTCHNOP_SEND, .action = HCBPF_RULE_SEND,
		.otherwise = HCBPF_RULE_PASS,
	};
	for (i = 1; i < nr; i++)
		rules[i] = (struct hcbpf_rule){
			.abi = HCBPF_ABI_XEN, .nr = FIRST_RULE + i, .sub = HCBPF_RULE_ANY,
			.action = HCBPF_RULE_EXIT,
		};
	check(hcbpf_rules_set(vm, rules, nr, &opts), "set rules");
	free(rules);
}

/* In as many VMs as it takes: the path's own has as many as it may. */
static void set_rules(struct path_vm *vm, unsigned int before, unsigned int x)
{
	unsigned int i;

	(void)before;
	set_vm_rules(vm->hcbpf, x < RULES_PER_VM ? x : RULES_PER_VM);
	for (i = 0; x > RULES_PER_VM; i++) {
		x -= RULES_PER_VM;
		lab_path_up(path_find(path_of_curves), &others[i]);
		set_vm_rules(others[i].hcbpf, x < RULES_PER_VM ? x : RULES_PER_VM);
	}
}

static void free_others(unsigned int x)
{
	unsigned int i;

	(void)x;
	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		if (others[i].vm)
			path_down(&others[i]);
		others[i].vm = NULL;
	}
}

/* ---- buffers ---- */

#define BUFFER_SIZE 0x1000
#define OTHER_BUFFERS (1ULL << 46)	/* where none of the guest's addresses are */

/* The one with the send's argument among them is the first, or the only one. */
static void set_buffers(struct path_vm *vm, unsigned int before, unsigned int x)
{
	struct hcbpf_buffer *buffers = calloc(x, sizeof(*buffers));
	unsigned int i;

	(void)before;
	if (!buffers)
		err(1, "scaling: %u buffers", x);
	for (i = 0; i < x; i++)
		buffers[i] = (struct hcbpf_buffer){
			.va = i ? OTHER_BUFFERS + i * BUFFER_SIZE : GUEST_DATA,
			.gpa = GUEST_DATA, .size = BUFFER_SIZE,
		};
	check(hcbpf_buffers_set(vm->hcbpf, buffers, x), "set buffers");
	free(buffers);
}

/* ---- ranges of page attributes ---- */

#define FIRST_GFN (1ULL << 26)	/* beyond the memory that the paths use */
#define RANGE_STEP 5000		/* far apart: none shares a block of the map with another */

static void set_ranges(struct path_vm *vm, unsigned int before, unsigned int x)
{
	struct hcbpf_gpa_range *ranges = calloc(x, sizeof(*ranges));
	unsigned int i;

	(void)before;
	if (!ranges)
		err(1, "scaling: %u ranges", x);
	for (i = 0; i < x; i++)
		ranges[i] = (struct hcbpf_gpa_range){
			.gfn = FIRST_GFN + (uint64_t)i * RANGE_STEP, .npages = 100,
			.attr = HCBPF_GPA_ENCRYPTED,
		};
	check(hcbpf_gpa_replace(vm->hcbpf, 0, ranges, x), "set page attributes");
	free(ranges);
}

/* ---- the curves ---- */

#define RANGES { 1, 10, 100, 1000, 10000, 100000, 1000000 }

static const struct curve curves[] = {
	{ "vms", "send, VMs bound on the host", NULL, { 1, 10, 100, MAX_VMS }, bind_vms, free_vms },
	{ "ports", "send, ports that are set", NULL, { 6, 100, 1000, 10000, MAX_PORTS }, set_ports, NULL },
	{ "rules", "send, rules of all VMs", NULL, { 1, 10, 100, 1000, 10000, RULES_PER_VM, 2 * RULES_PER_VM },
	  set_rules, free_others },
	{ "buffers", "send, buffers of its vCPU", NULL, { 1, 2, 4, 8, 16, 32, 64 },
	  set_buffers, NULL },
	{ "ranges", "send, ranges of page attributes", NULL, RANGES, set_ranges, NULL },
	/* Not a send: what looks for its place among them. */
	{ "gpa_flip_4k", "page attribute, ranges of them", "gpa_flip_4k", RANGES, set_ranges, NULL },
};

static struct json_object *trace(const struct curve *curve)
{
	struct json_object *object = json_object_new_object();
	struct json_object *xs = json_object_new_array(), *costs = json_object_new_array();
	const struct path *path = path_find(curve->of ?: path_of_curves);
	unsigned int i, before = 0;
	struct path_vm vm;

	lab_path_up(path, &vm);
	for (i = 0; curve->x[i]; i++) {
		curve->grow(&vm, before, curve->x[i]);
		before = curve->x[i];
		json_object_array_add(xs, json_object_new_int(before));
		json_object_array_add(costs, json_figure(net_cost(path, &vm)));
	}
	if (curve->shrink)
		curve->shrink(before);
	path_down(&vm);
	sleep(SETTLE);
	json_object_object_add(object, "path", json_object_new_string(path->name));
	json_object_object_add(object, "what", json_object_new_string(curve->what));
	json_object_object_add(object, "x", xs);
	json_object_object_add(object, "cost", costs);
	return object;
}

struct json_object *scaling(void)
{
	struct json_object *object = json_object_new_object();
	size_t i;

	for (i = 0; i < sizeof(curves) / sizeof(curves[0]); i++)
		if (path_find(curves[i].of ?: path_of_curves))
			json_object_object_add(object, curves[i].name, trace(&curves[i]));
	return object;
}
