// SPDX-License-Identifier: GPL-2.0-only
/* A domain's VM is bound as its metadata say, by the operator, whatever there was before. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/args.h"
#include "cli/file.h"
#include "cli/output.h"
#include "cmd/libvirt.h"
#include "cmd/profile.h"
#include "cmd/rule.h"
#include "cmd/vm.h"
#include "cmd/vmstate.h"
#include "host/check.h"
#include "host/device.h"
#include "host/journal.h"
#include "host/remote.h"

#define PID_DIR "/run/libvirt/qemu"

/* The pid is libvirt's word. Anybody may give a process the domain's name. */
static int open_domain(const char *name, struct process *process)
{
	char path[PATH_MAX], line[16];
	uint32_t pid;

	if (strchr(name, '/'))
		return fail(-EINVAL, "a domain with a / in its name has no pid file\nrename it");
	snprintf(path, sizeof(path), PID_DIR "/%s.pid", name);
	if (!read_line(path, line, sizeof(line)) || parse_u32(line, &pid))
		return fail(-ENOENT, "there is no pid in %s, where libvirt puts it", path);
	return remote_open(pid, process);
}

/* What is known of the domain that is to be bound. */
struct start {
	const char *name;
	const struct domain_xml *domain;
	const struct process *process;
	enum domain_is is;
	int vm_fd;
};

/* ---- one that is not bound ---- */

static int apply(struct hcbpf_vm *vm, const struct profile *profile)
{
	LIBHCBPF_OPTS(hcbpf_rules_opts, opts, .profile = profile->name,
		      .flags = HCBPF_RULES_FORCE);
	int err = hcbpf_rules_set(vm, profile->rules, profile->nr, &opts);

	if (!err)
		return EXIT_SUCCESS;
	hcbpf_vm_unbind(vm);
	return fail_rules(err, vm);
}

static int bind_by(const struct start *start, const struct profile *profile)
{
	const struct domain_xml *domain = start->domain;
	/* What binds it for the operator, or admission would bind it anew as it first runs. */
	LIBHCBPF_OPTS(hcbpf_bind_opts, opts, .policy = domain->policy, .nr_ports = domain->ports,
		      .tag = name_problem(start->name) ? NULL : start->name, .flags = HCBPF_BIND_OPERATOR);
	int err, status = EXIT_SUCCESS;
	struct hcbpf_vm *vm;

	err = hcbpf_vm_bind(start->vm_fd, &opts, &vm);
	if (err)
		return fail_bind(err, start->vm_fd, &opts);
	if (profile)
		status = apply(vm, profile);
	if (!status)
		journal_vm(JOURNAL_VM_BOUND, vm, "VM %u, libvirt's domain %s, is bound to policy %s",
			   hcbpf_vm_id(vm), start->name, domain->policy);
	hcbpf_vm_close(vm);
	return status;
}

static int bind_new(const struct start *start)
{
	struct profile profile;
	int status;

	if (!start->domain->profile[0])
		return bind_by(start, NULL);
	/* Read first: a profile that is not there leaves the VM unbound. */
	if (!profile_open(&profile, start->domain->profile))
		return EXIT_FAILURE;
	status = bind_by(start, &profile);
	profile_free(&profile);
	return status;
}

/* ---- one that is bound ---- */

static int check_bound(struct hcbpf_vm *vm, const struct domain_xml *domain)
{
	struct hcbpf_vm_info info;
	int err = hcbpf_vm_info(vm, &info);

	if (err)
		return fail(err, "cannot ask for VM %u: %s", hcbpf_vm_id(vm), strerror(-err));
	if (!strcmp(info.policy, domain->policy) &&
	    (!domain->profile[0] || !strcmp(info.profile, domain->profile)))
		return EXIT_SUCCESS;
	return fail(-EEXIST, "the VM is bound already, as VM %u, to policy \"%s\" with profile "
		    "\"%s\", and its metadata ask for policy \"%s\" with profile \"%s\"\n"
		    "change the metadata, or use `hcbpf vm detach %u`", hcbpf_vm_id(vm),
		    info.policy, info.profile, domain->policy, domain->profile, hcbpf_vm_id(vm));
}

/*
 * What came in QEMU's stream has bound it before libvirt has told of the domain, as
 * `virsh restore` does. So the binding is the VMM's, with rules that a VMM has handed in under
 * the profile's name. It is made the operator's by what libvirt says, and the rest of the state
 * is put back, if it is that of such a VM. No vCPU runs yet.
 */
static int take_over(const struct start *start, struct hcbpf_vm *vm)
{
	struct state_file state = { 0 };
	int err, status;

	if (state_file_take(&state, vm))
		return EXIT_FAILURE;
	err = hcbpf_vm_unbind(vm);
	status = err ? fail(err, "cannot bind VM %u anew: %s", hcbpf_vm_id(vm), strerror(-err)) :
		       bind_new(start);
	out_yield();	/* to libvirt a hook says nothing */
	if (!status)
		status = vmstate_load(start->vm_fd, start->process, &state);
	state_file_free(&state);
	return status;
}

static int keep_bound(const struct start *start, struct hcbpf_vm *vm)
{
	int status = EXIT_SUCCESS;

	if (start->is != DOMAIN_IS_KNOWN)
		status = check_bound(vm, start->domain);
	if (!status && start->is == DOMAIN_STARTS && !is_operators(vm))
		status = take_over(start, vm);
	return status;
}

static int bind_vm(const struct start *start)
{
	struct hcbpf_vm *vm;
	int status;

	if (hcbpf_vm_open(start->vm_fd, &vm))
		return bind_new(start);
	status = keep_bound(start, vm);
	hcbpf_vm_close(vm);
	return status;
}

int libvirt_bind(const char *name, const struct domain_xml *domain, enum domain_is is)
{
	struct process process;
	struct start start = { name, domain, &process, is, -1 };
	int status = EXIT_FAILURE;

	if (check_failed(check_module) || check_failed(check_device) ||
	    open_domain(name, &process))
		return EXIT_FAILURE;
	start.vm_fd = remote_vm(&process, NULL);
	if (start.vm_fd >= 0) {
		status = bind_vm(&start);
		close(start.vm_fd);
	}
	process_close(&process);
	return status;
}
