// SPDX-License-Identifier: GPL-2.0-only
/*
 * libvirt hook: libvirt waits for it, so it never calls libvirt. All that it needs comes from
 * the arguments, the XML and /run.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/args.h"
#include "cli/file.h"
#include "cli/output.h"
#include "cmd/libvirt.h"
#include "cmd/profile.h"
#include "cmd/vm.h"
#include "host/check.h"
#include "host/device.h"
#include "host/module.h"
#include "host/remote.h"

#define PID_DIR "/run/libvirt/qemu"

typedef int hook_fn(const char *name, const struct domain_xml *domain, const char *xml,
		    size_t size);

/* ---- before it starts: will it be possible to bind it? ---- */

static int check_policy(const char *name)
{
	struct hcbpf_next_policy policy;
	int dev = device_open(), err;

	if (dev < 0)
		return EXIT_FAILURE;
	err = policy_find(dev, name, &policy);
	close(dev);
	if (!err && policy.state & HCBPF_POLICY_LOADED)
		return EXIT_SUCCESS;
	if (err && err != -ENOENT)
		return fail(err, "cannot ask for policies: %s", strerror(-err));
	return fail(-ENOENT, "no policy \"%s\" is loaded\nsee `hcbpf policy list`", name);
}

static int check_profile(const char *name)
{
	struct profile profile;

	if (!name[0])
		return EXIT_SUCCESS;
	if (!profile_open(&profile, name))
		return EXIT_FAILURE;
	profile_free(&profile);
	return EXIT_SUCCESS;
}

static int check(const char *name, const struct domain_xml *domain, const char *xml, size_t size)
{
	(void)name;
	(void)xml;
	(void)size;
	if (check_failed(check_module) || check_failed(check_device) ||
	    check_policy(domain->policy))
		return EXIT_FAILURE;
	return check_profile(domain->profile);
}

/*
 * It comes from another host, or from a file. QEMU would refuse a stream with our state if it
 * had no object to give it to.
 */
static int filter(const char *name, const struct domain_xml *domain, const char *xml, size_t size)
{
	struct stat st;

	if (check(name, domain, xml, size))
		return EXIT_FAILURE;
	if (!domain->end)
		return fail(-EINVAL, "its XML has no <domain> with something in it");
	if (domain->object != DOMAIN_OBJECT_OTHER &&
	    (stat(VMSTATE_SOCKET, &st) || !S_ISSOCK(st.st_mode)))
		return fail(-ENOENT, "nobody listens at %s for the state that comes with it\n"
			    "run `systemctl enable --now hcbpf-vmstate.socket`", VMSTATE_SOCKET);
	return print_with_object(domain, xml, size);
}

/* ---- it runs: bind it ---- */

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

/* What restoring has bound, or an operator. */
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

static int bind_new(int vm_fd, const char *name, const struct domain_xml *domain,
		    const struct profile *profile)
{
	/* What binds it for the operator, or admission would bind it anew as it first runs. */
	LIBHCBPF_OPTS(hcbpf_bind_opts, opts, .policy = domain->policy, .nr_ports = domain->ports,
		      .tag = name_problem(name) ? NULL : name, .flags = HCBPF_BIND_OPERATOR);
	int err, status = EXIT_SUCCESS;
	struct hcbpf_vm *vm;

	err = hcbpf_vm_bind(vm_fd, &opts, &vm);
	if (err)
		return fail_bind(err, vm_fd, &opts);
	if (profile)
		status = apply(vm, profile);
	hcbpf_vm_close(vm);
	return status;
}

static int bind_fd(int vm_fd, const char *name, const struct domain_xml *domain, bool check_it)
{
	struct profile profile;
	struct hcbpf_vm *vm;
	int status = EXIT_SUCCESS;

	if (!hcbpf_vm_open(vm_fd, &vm)) {
		if (check_it)
			status = check_bound(vm, domain);
		hcbpf_vm_close(vm);
		return status;
	}
	if (!domain->profile[0])
		return bind_new(vm_fd, name, domain, NULL);
	/* Read first: a profile that is not there leaves the VM unbound. */
	if (!profile_open(&profile, domain->profile))
		return EXIT_FAILURE;
	status = bind_new(vm_fd, name, domain, &profile);
	profile_free(&profile);
	return status;
}

static int bind_domain(const char *name, const struct domain_xml *domain, bool check_it)
{
	struct process process;
	int vm_fd, status;

	if (check_failed(check_module) || check_failed(check_device) ||
	    open_domain(name, &process))
		return EXIT_FAILURE;
	vm_fd = remote_vm(&process, NULL);
	process_close(&process);
	if (vm_fd < 0)
		return EXIT_FAILURE;
	status = bind_fd(vm_fd, name, domain, check_it);
	close(vm_fd);
	return status;
}

static int bind_started(const char *name, const struct domain_xml *domain, const char *xml,
			size_t size)
{
	(void)xml;
	(void)size;
	return bind_domain(name, domain, true);
}

/*
 * libvirt's daemon is back. It would end a domain whose hook fails: one that an operator has
 * given another policy or profile meanwhile is not to die of that.
 */
static int bind_again(const char *name, const struct domain_xml *domain, const char *xml,
		      size_t size)
{
	(void)xml;
	(void)size;
	return bind_domain(name, domain, false);
}

/* ---- which operation ---- */

static const struct operation {
	const char *name, *sub;
	hook_fn *fn;
} operations[] = {
	{ "prepare", "begin", check },
	{ "migrate", "begin", filter },
	{ "restore", "begin", filter },
	{ "started", "begin", bind_started },
	{ "attach", "begin", bind_started },
	{ "reconnect", "begin", bind_again },
	{ 0 }
};

/* All of the XML is read, whether it is needed or not: libvirt writes until it is. */
int hook_run(const struct args *args)
{
	const struct operation *operation = operations;
	char *xml, error[DOMAIN_ERROR];
	struct domain_xml domain;
	int status = EXIT_SUCCESS;
	size_t size;

	status = file_read_or_stdin("-", DOMAIN_MAX_XML, &xml, &size);
	if (status)
		return fail(status, "cannot read the domain's XML: %s", strerror(-status));
	while (operation->name && (strcmp(operation->name, args->words[1]) ||
				   strcmp(operation->sub, args->words[2])))
		operation++;
	if (operation->name && domain_xml_read(&domain, xml, size, error))
		status = fail(-EINVAL, "domain %s: %s", args->words[0], error);
	else if (operation->name && domain.asks)
		status = operation->fn(args->words[0], &domain, xml, size);
	free(xml);
	return status;
}
