// SPDX-License-Identifier: GPL-2.0-only
/*
 * What comes in QEMU's stream was in that process's hands, and any process that may use KVM
 * can connect and hand in what it likes, while this runs with an operator's rights. So nothing
 * in it decides what is the operator's: on a binding of an operator's, policy, profile, rules
 * and parameter have to be those that it has already, and the guest has not run yet. A VM that a
 * template would bind anew as it first runs is bound by that template before.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "cli/output.h"
#include "cmd/rule.h"
#include "cmd/vm.h"
#include "cmd/vmstate.h"
#include "host/admission.h"
#include "host/device.h"
#include "host/journal.h"
#include "text/operators_part.h"

/* Has the guest made a call? */
static bool has_run(struct hcbpf_vm *vm)
{
	struct hcbpf_vm_stats stats;

	return hcbpf_vm_stats(vm, &stats) ||
	       stats.done | stats.pass | stats.exits | stats.no_policy | stats.user_mode |
		       stats.nested | stats.bad_verdict;
}

static int compare(struct hcbpf_vm *vm, const struct hcbpf_saved *here,
		   const struct hcbpf_saved *there)
{
	const char *what = operators_part_differs(here, there);

	if (!what)
		return EXIT_SUCCESS;
	return fail(-EPERM, "%s of the VM that is to come is not what the operator has given "
		    "VM %u\ngive the domain the same policy, profile and rules on both hosts", what,
		    hcbpf_vm_id(vm));
}

static int check_operators(struct hcbpf_vm *vm, const struct hcbpf_saved *there)
{
	struct state_file now = { 0 };
	int status;

	if (has_run(vm))
		return fail(-EBUSY, "VM %u is bound by the operator and its guest has run already: "
			    "state comes before", hcbpf_vm_id(vm));
	if (state_file_take(&now, vm))
		return EXIT_FAILURE;
	status = compare(vm, now.saved, there);
	state_file_free(&now);
	return status;
}

/* ---- one that a template would bind anew as it first runs ---- */

static int bind_by(const struct hcbpf_template *template, int vm_fd)
{
	LIBHCBPF_OPTS(hcbpf_bind_opts, opts, .policy = template->policy, .tag = template->tag,
		      .abi = template->abi, .nr_ports = template->nr_ports,
		      .param = template->param, .flags = HCBPF_BIND_OPERATOR | template->flags,
		      .claimant = template->claimant);
	LIBHCBPF_OPTS(hcbpf_rules_opts, rules, .profile = template->profile);
	struct hcbpf_vm *vm;
	int err;

	err = hcbpf_vm_bind(vm_fd, &opts, &vm);
	if (err)
		return fail_bind(err, vm_fd, &opts);
	if (template->nr_rules)
		err = hcbpf_rules_set(vm, template_rules(template), template->nr_rules, &rules);
	if (err) {
		err = fail_rules(err, vm);
		hcbpf_vm_unbind(vm);
	} else {
		journal_vm(JOURNAL_VM_BOUND, vm, "VM %u is bound to policy %s by template %s",
			   hcbpf_vm_id(vm), template->policy, template->name);
	}
	hcbpf_vm_close(vm);
	return err;
}

static int bind_admitted(int vm_fd, const struct process *process)
{
	const struct hcbpf_template *template;
	int dev = device_open(), err;
	struct admission table;

	if (dev < 0)
		return EXIT_FAILURE;
	err = admission_get(dev, &table);
	close(dev);
	if (err)
		return fail(err, "cannot read the table of admission: %s", strerror(-err));
	template = admission_template_of(&table, process);
	if (template)
		err = bind_by(template, vm_fd);
	admission_free(&table);
	return err;
}

/* What it had where it comes from is what counts for one that is a VMM's own. */
static int restore(struct hcbpf_vm *vm, const struct state_file *state)
{
	if (is_operators(vm) && check_operators(vm, state->saved))
		return EXIT_FAILURE;
	return state_file_restore(state, vm, HCBPF_RULES_FORCE);
}

/*
 * The binding that was looked at is the one that is restored, or none: the VM may be running, and
 * be bound anew by a template at any moment.
 */
int vmstate_load(int vm_fd, const struct process *process, const struct state_file *state)
{
	struct hcbpf_vm *vm;
	int err, status;

	err = hcbpf_vm_open(vm_fd, &vm);
	if (err == -ENOENT) {
		if (bind_admitted(vm_fd, process))
			return EXIT_FAILURE;
		err = hcbpf_vm_open(vm_fd, &vm);
	}
	if (err == -ENOENT)
		return state_file_bind(state, vm_fd);
	if (err)
		return fail(err, "cannot open the binding of process %u: %s", process->pid,
			    strerror(-err));
	status = restore(vm, state);
	hcbpf_vm_close(vm);
	return status;
}
