// SPDX-License-Identifier: GPL-2.0-only
/*
 * A file with a program `decide_test` (<hcbpf/test_env.h>) runs by itself, on a
 * kernel without the module. Any other one is a policy: it is loaded under a
 * name of its own, a VM without vCPUs is bound to it, and the calls go through
 * the module, with its ports, rules and eventfds.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <hcbpf/libhcbpf.h>

#include "bpf/case_runner.h"
#include "bpf/object.h"
#include "bpf/verifier.h"
#include "cli/output.h"
#include "host/check.h"
#include "test_driver.skel.h"

#define EXCERPT_LINES 8
#define VM_TAG "hcbpf-test"
#define TABLE_BYTES (HCBPF_DEFAULT_PORTS * sizeof(hcbpf_port_t))

struct runner {
	const char *file;
	bool needs_module;
	/* without the module */
	struct bpf_object *bpf;		/* with decide_test */
	int prog, map;			/* decide_test and its variable */
	uint32_t vm_id;
	struct hcbpf_vm_event event;	/* of the VM; vm_id is 0: it has not begun */
	uint32_t flags;			/* hcbpf_ops.flags */
	/* with the module */
	struct test_driver *driver;	/* puts calls to the policy */
	struct object object;
	struct bpf_link *link;
	unsigned int loads;
	int kvm, vm_fd, efd[HCBPF_TEST_SLOTS];
	struct hcbpf_vm *vm;
	hcbpf_port_t *table;
	struct hcbpf_test_env last;	/* what the VM is set up for */
};

bool runner_needs_module(const struct runner *runner)
{
	return runner->needs_module;
}

static bool failed(int err, const char *what, const char *file)
{
	fail(err, "cannot %s %s: %s", what, file,
	     libbpf_last_words()[0] ? libbpf_last_words() : strerror(-err));
	return false;
}

/* ---- without the module ---- */

static bool is_struct_ops(const struct bpf_program *prog)
{
	return !strncmp(bpf_program__section_name(prog), "struct_ops", 10);
}

/* What belongs to the module stays out. */
static void leave_out_ops(struct runner *runner)
{
	const struct hcbpf_ops *ops;
	struct bpf_program *prog;
	struct bpf_map *map;
	size_t size;

	bpf_object__for_each_program(prog, runner->bpf)
		if (is_struct_ops(prog))
			bpf_program__set_autoload(prog, false);
	runner->flags = HCBPF_OPS_USER;
	bpf_object__for_each_map(map, runner->bpf) {
		if (bpf_map__type(map) != BPF_MAP_TYPE_STRUCT_OPS)
			continue;
		bpf_map__set_autocreate(map, false);
		ops = bpf_map__initial_value(map, &size);
		if (ops && size >= offsetof(struct hcbpf_ops, name))
			runner->flags = ops->flags;
	}
}

/* Find decide_test and its variable, once they are loaded. */
static bool find_parts(struct runner *runner)
{
	struct bpf_program *prog = bpf_object__find_program_by_name(runner->bpf, "decide_test");
	struct bpf_map *map = bpf_object__find_map_by_name(runner->bpf, HCBPF_TEST_ENV_SECTION);

	runner->prog = bpf_program__fd(prog);
	if (!map || bpf_map__value_size(map) != sizeof(struct hcbpf_test_env)) {
		fail(-EINVAL, "%s does not fit this command\ncompile it with this version's <hcbpf/test_env.h>",
		     runner->file);
		return false;
	}
	runner->map = bpf_map__fd(map);
	return true;
}

static bool load_decide_test(struct runner *runner)
{
	int err;

	if (!runner->bpf)
		runner->bpf = bpf_object__open_file(runner->file, NULL);
	if (!runner->bpf)
		return failed(-errno, "open", runner->file);
	leave_out_ops(runner);
	object_clear_pin_paths(runner->bpf);
	err = bpf_object__load(runner->bpf);
	if (err)
		return failed(err, "load", runner->file);
	return find_parts(runner);
}

static int run_test(struct runner *runner, int prog, struct hcbpf_test_env *variable)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts);
	__u32 zero = 0;
	int err;

	err = bpf_map_update_elem(runner->map, &zero, variable, BPF_ANY);
	if (!err)
		err = bpf_prog_test_run_opts(prog, &opts);
	return err ? err : bpf_map_lookup_elem(runner->map, &zero, variable);
}

/* What the module answers without asking the policy: what the rules deny. */
static void answer_unasked(struct hcbpf_test_env *env)
{
	struct hcbpf_call *call = &env->test.call;
	hcbpf_rule_t rule = hcbpf_test_rule(env, call, hcbpf_rule_sub(call));

	if (hcbpf_rule_unasked(rule, call->user) != HCBPF_RULE_DENY)
		return;
	call->ret = hcbpf_rule_ret(rule);
	env->test.policy_ret = HCBPF_DONE;
}

/* What the module makes of what the policy returned. */
static int verdict_of(int policy_ret)
{
	return policy_ret == HCBPF_DONE || policy_ret == HCBPF_EXIT ? policy_ret : HCBPF_PASS;
}

/* Tell the policy of a VM, if it wants to know. */
static int tell(struct runner *runner, const char *program)
{
	struct bpf_program *prog = bpf_object__find_program_by_name(runner->bpf, program);
	struct hcbpf_test_env env = { .event = runner->event };

	return prog ? run_test(runner, bpf_program__fd(prog), &env) : 0;
}

/* With the first call: only then is it known what the VM is like. */
static int begin_vm(struct runner *runner, const struct hcbpf_test_env *env)
{
	if (runner->event.vm_id)
		return 0;
	runner->event = (struct hcbpf_vm_event){
		.param = env->param, .vm_id = ++runner->vm_id, .uid = getuid(), .pid = getpid(),
		.tag = VM_TAG,
	};
	return tell(runner, "vm_begin_test");
}

static int end_vm(struct runner *runner)
{
	int err = runner->event.vm_id ? tell(runner, "vm_end_test") : 0;

	memset(&runner->event, 0, sizeof(runner->event));
	return err;
}

static bool call_decide_test(struct runner *runner, const struct hcbpf_test_env *env,
			     struct outcome *outcome)
{
	struct hcbpf_test_env copy = *env;
	int err = begin_vm(runner, env);

	runner->event.param = env->param;
	copy.test.call.vm_id = runner->event.vm_id;
	if (err)
		return failed(err, "run", runner->file);
	if (!env->test.call.user || runner->flags & HCBPF_OPS_USER)
		err = run_test(runner, runner->prog, &copy);
	else
		answer_unasked(&copy);
	if (err)
		return failed(err, "run", runner->file);
	outcome->policy_ret = copy.test.policy_ret;
	outcome->verdict = verdict_of(copy.test.policy_ret);
	outcome->ret = copy.test.call.ret;
	memcpy(outcome->signals, copy.signals, sizeof(outcome->signals));
	memcpy(outcome->sets, copy.sets, sizeof(outcome->sets));
	outcome->nr_sets = copy.nr_sets;
	return true;
}

/* ---- with the module ---- */

static bool machine_ready(void)
{
	check_fn *const needed[] = {
		check_root, check_kernel, check_btf, check_module, check_module_btf, check_device,
		check_kvm,
	};
	size_t i;

	for (i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
		if (check_failed(needed[i]))
			return false;
	return true;
}

static bool load_driver(struct runner *runner)
{
	runner->driver = test_driver__open_and_load();
	return runner->driver ? true : failed(-errno, "load", "the test driver");
}

static bool load_policy(struct runner *runner)
{
	char name[HCBPF_NAME_LEN], *log;
	int err;

	/* A new name each time: the kernel may take a while to let go of the last one. */
	snprintf(name, sizeof(name), "test-%d-%u", getpid(), ++runner->loads);
	if (!object_open(&runner->object, runner->file, name))
		return false;
	err = object_load(&runner->object);
	if (err && runner->object.log[0]) {
		log = verifier_excerpt(runner->object.log, EXCERPT_LINES);
		fail_log(log ? log : "", err, "the kernel refused %s\ncorrect the program",
			 runner->file);
		free(log);
		return false;
	}
	if (err)
		return failed(err, "load", runner->file);
	runner->link = bpf_map__attach_struct_ops(runner->object.ops);
	return runner->link ? true : failed(-errno, "attach", runner->file);
}

static void unload_policy(struct runner *runner)
{
	bpf_link__destroy(runner->link);
	object_close(&runner->object);
	runner->link = NULL;
	memset(&runner->object, 0, sizeof(runner->object));
}

static void close_vm(struct runner *runner)
{
	size_t i;

	for (i = 0; i < HCBPF_TEST_SLOTS; i++) {
		if (runner->efd[i] >= 0)
			close(runner->efd[i]);
		runner->efd[i] = -1;
	}
	if (runner->table)
		munmap(runner->table, TABLE_BYTES);
	runner->table = NULL;
	/* Not by the VM's end, which the module hears of later: a policy may be told of it. */
	if (runner->vm)
		hcbpf_vm_unbind(runner->vm);
	hcbpf_vm_close(runner->vm);
	runner->vm = NULL;
	if (runner->vm_fd >= 0)
		close(runner->vm_fd);
	runner->vm_fd = -1;
	memset(&runner->last, 0, sizeof(runner->last));
}

static bool open_vm(struct runner *runner, const struct hcbpf_test_env *env)
{
	LIBHCBPF_OPTS(hcbpf_bind_opts, opts, .policy = runner->object.name, .tag = VM_TAG,
		      .flags = HCBPF_BIND_TEST | (env->encrypted ? HCBPF_BIND_ENCRYPTED : 0),
		      .param = env->param);
	void *table;
	int err;

	runner->vm_fd = ioctl(runner->kvm, KVM_CREATE_VM, 0);
	if (runner->vm_fd < 0)
		return failed(-errno, "make a VM for", runner->file);
	err = hcbpf_vm_bind(runner->vm_fd, &opts, &runner->vm);
	if (err == -EINVAL) {
		/* An older module: the test's VMs have ids as others have. */
		opts.flags &= ~HCBPF_BIND_TEST;
		err = hcbpf_vm_bind(runner->vm_fd, &opts, &runner->vm);
	}
	if (err)
		return failed(err, "bind a VM to", runner->file);
	table = mmap(NULL, TABLE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED,
		     hcbpf_vm_fd(runner->vm), 0);
	if (table == MAP_FAILED)
		return failed(-errno, "map the ports for", runner->file);
	runner->table = table;
	runner->last.encrypted = env->encrypted;
	return true;
}

/* Ports beyond the table are as unknown as they should be. */
static void set_ports(struct runner *runner, const struct hcbpf_test_env *env, bool clear)
{
	uint32_t i;

	for (i = 0; i < env->nr_ports; i++)
		if (env->ports[i].port < HCBPF_DEFAULT_PORTS)
			runner->table[env->ports[i].port] = clear ? 0 : env->ports[i].word;
}

static int set_slot(struct runner *runner, uint32_t slot, bool filled)
{
	if (!filled) {
		if (runner->efd[slot] >= 0)
			close(runner->efd[slot]);
		runner->efd[slot] = -1;
		return hcbpf_vm_clear_eventfd(runner->vm, slot);
	}
	runner->efd[slot] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	return runner->efd[slot] < 0 ? -errno :
	       hcbpf_vm_set_eventfd(runner->vm, slot, runner->efd[slot]);
}

static int set_up_vm(struct runner *runner, const struct hcbpf_test_env *env)
{
	LIBHCBPF_OPTS(hcbpf_rules_opts, opts, .flags = HCBPF_RULES_FORCE);
	uint32_t slot, changed = env->slots ^ runner->last.slots;
	int err = 0;

	set_ports(runner, &runner->last, true);
	set_ports(runner, env, false);
	for (slot = 0; slot < HCBPF_TEST_SLOTS && !err; slot++)
		if (changed & 1U << slot)
			err = set_slot(runner, slot, env->slots & 1U << slot);
	if (!err && (env->nr_pages || runner->last.nr_pages))
		err = hcbpf_gpa_replace(runner->vm, 0, env->pages, env->nr_pages);
	if (!err && (env->nr_rules || runner->last.nr_rules))
		err = hcbpf_rules_set(runner->vm, env->rules, env->nr_rules, &opts);
	if (!err)
		err = hcbpf_vm_set_param(runner->vm, env->param);
	if (!err)
		err = hcbpf_buffers_set(runner->vm, env->buffers, env->nr_buffers);
	runner->last = *env;
	return err;
}

static void take_signals(struct runner *runner, struct outcome *outcome)
{
	uint64_t count;
	size_t i;

	for (i = 0; i < HCBPF_TEST_SLOTS; i++) {
		outcome->signals[i] = 0;
		if (runner->efd[i] >= 0 &&
		    read(runner->efd[i], &count, sizeof(count)) == sizeof(count))
			outcome->signals[i] = count;
	}
}

static bool call_module(struct runner *runner, const struct hcbpf_test_env *env,
			struct outcome *outcome)
{
	struct test_driver__data_driver *data = runner->driver->data_driver;
	LIBBPF_OPTS(bpf_test_run_opts, opts);
	int err;

	/* That is set when a VM is bound. */
	if (runner->vm && env->encrypted != runner->last.encrypted)
		close_vm(runner);
	if (!runner->vm && !open_vm(runner, env))
		return false;
	err = set_up_vm(runner, env);
	if (err)
		return failed(err, "set up the VM for", runner->file);
	memcpy(data->driver.policy, runner->object.name, sizeof(data->driver.policy));
	data->driver.test = env->test;
	data->driver.test.vm_id = hcbpf_vm_id(runner->vm);
	err = bpf_prog_test_run_opts(bpf_program__fd(runner->driver->progs.drive), &opts);
	if (!err)
		err = data->driver.result;
	if (err)
		return failed(err, "put a call to", runner->file);
	outcome->verdict = data->driver.test.verdict;
	outcome->policy_ret = data->driver.test.policy_ret;
	outcome->ret = data->driver.test.call.ret;
	take_signals(runner, outcome);
	return true;
}

static bool begin_module(struct runner *runner)
{
	close_vm(runner);
	unload_policy(runner);
	return load_policy(runner);
}

/* ---- both ---- */

bool runner_begin(struct runner *runner)
{
	if (runner->needs_module)
		return begin_module(runner);
	if (runner->map >= 0) {
		bpf_object__close(runner->bpf);
		runner->bpf = NULL;
		runner->map = -1;
	}
	runner->vm_id = 0;
	memset(&runner->event, 0, sizeof(runner->event));
	return load_decide_test(runner);
}

bool runner_new_vm(struct runner *runner)
{
	int err;

	if (runner->needs_module) {
		close_vm(runner);
		return true;
	}
	err = end_vm(runner);
	return err ? failed(err, "run", runner->file) : true;
}

bool runner_call(struct runner *runner, const struct hcbpf_test_env *env, struct outcome *outcome)
{
	return runner->needs_module ? call_module(runner, env, outcome) :
				      call_decide_test(runner, env, outcome);
}

static bool start_module(struct runner *runner)
{
	bpf_object__close(runner->bpf);
	runner->bpf = NULL;
	if (!machine_ready())
		return false;
	runner->kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	if (runner->kvm < 0)
		return failed(-errno, "open", "/dev/kvm");
	return load_driver(runner);
}

static bool start(struct runner *runner)
{
	if (access(runner->file, R_OK))
		return failed(-errno, "read", runner->file);
	runner->bpf = bpf_object__open_file(runner->file, NULL);
	if (!runner->bpf)
		return failed(-errno, "open", runner->file);
	runner->needs_module = !bpf_object__find_program_by_name(runner->bpf, "decide_test");
	return runner->needs_module ? start_module(runner) : !check_failed(check_root);
}

struct runner *runner_open(const char *file, bool verbose)
{
	struct runner *runner = calloc(1, sizeof(*runner));

	if (!runner)
		abort();
	runner->file = file;
	runner->kvm = runner->vm_fd = runner->map = -1;
	memset(runner->efd, -1, sizeof(runner->efd));
	libbpf_listen(verbose);
	if (start(runner))
		return runner;
	runner_close(runner);
	return NULL;
}

void runner_close(struct runner *runner)
{
	close_vm(runner);
	unload_policy(runner);
	test_driver__destroy(runner->driver);
	bpf_object__close(runner->bpf);
	if (runner->kvm >= 0)
		close(runner->kvm);
	free(runner);
}
