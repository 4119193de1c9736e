// SPDX-License-Identifier: GPL-2.0-only
/*
 * libvirt hook: libvirt waits for it, so it never calls libvirt. All that it needs comes from
 * the arguments, the XML and /run.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/file.h"
#include "cli/output.h"
#include "cmd/libvirt.h"
#include "cmd/profile.h"
#include "host/check.h"
#include "host/device.h"
#include "host/journal.h"
#include "host/module.h"

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

static int check_listener(void)
{
	struct stat st;

	if (!stat(VMSTATE_SOCKET, &st) && S_ISSOCK(st.st_mode))
		return EXIT_SUCCESS;
	return fail(-ENOENT, "nobody listens at %s for the state that comes with it\n"
		    "run `systemctl enable --now hcbpf-vmstate.socket`", VMSTATE_SOCKET);
}

static int check(const char *name, const struct domain_xml *domain, const char *xml, size_t size)
{
	(void)name;
	(void)xml;
	(void)size;
	if (check_failed(check_module) || check_failed(check_device) ||
	    check_policy(domain->policy))
		return EXIT_FAILURE;
	if (domain->object == DOMAIN_OBJECT_OURS && check_listener())
		return EXIT_FAILURE;
	return check_profile(domain->profile);
}

/*
 * It comes from another host. QEMU would refuse a stream with our state if it had no object to
 * give it to.
 */
static int filter(const char *name, const struct domain_xml *domain, const char *xml, size_t size)
{
	if (check(name, domain, xml, size))
		return EXIT_FAILURE;
	if (!domain->end)
		return fail(-EINVAL, "its XML has no <domain> with something in it");
	if (domain->object == DOMAIN_OBJECT_NONE && check_listener())
		return EXIT_FAILURE;
	return print_with_object(domain, xml, size);
}

/*
 * It comes from a file. Nothing is refused here: where a hook fails at this, libvirt 11.3 says
 * that the domain has started, and deletes what managedsave has kept of it. "prepare" comes next.
 */
static int filter_file(const char *name, const struct domain_xml *domain, const char *xml,
		       size_t size)
{
	(void)name;
	return domain->end ? print_with_object(domain, xml, size) : EXIT_SUCCESS;
}

/* ---- it is there: bind it ---- */

static int bind_started(const char *name, const struct domain_xml *domain, const char *xml,
			size_t size)
{
	(void)xml;
	(void)size;
	return libvirt_bind(name, domain, DOMAIN_STARTS);
}

static int bind_attached(const char *name, const struct domain_xml *domain, const char *xml,
			 size_t size)
{
	(void)xml;
	(void)size;
	return libvirt_bind(name, domain, DOMAIN_RUNS);
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
	return libvirt_bind(name, domain, DOMAIN_IS_KNOWN);
}

/* ---- which operation ---- */

static const struct operation {
	const char *name, *sub;
	hook_fn *fn;
	bool forgives;		/* an XML that cannot be read: what comes next does not */
} operations[] = {
	{ "prepare", "begin", check, false },
	{ "migrate", "begin", filter, false },
	{ "restore", "begin", filter_file, true },
	{ "started", "begin", bind_started, false },
	{ "attach", "begin", bind_attached, false },
	{ "reconnect", "begin", bind_again, false },
	{ 0 }
};

/* Of an XML that cannot be read, @domain is empty. */
static void note_refused(const struct args *args, const struct domain_xml *domain)
{
	const struct journal_about about = { .policy = domain->policy,
					     .profile = domain->profile };

	journal_write(JOURNAL_VM_REFUSED, &about, "libvirt's domain %s is refused at %s: %s",
		      args->words[0], args->words[1], out_last_failure());
}

/* All of the XML is read, whether it is needed or not: libvirt writes until it is. */
int hook_run(const struct args *args)
{
	const struct operation *operation = operations;
	char *xml, error[DOMAIN_ERROR];
	struct domain_xml domain = { 0 };
	int status = EXIT_SUCCESS;
	size_t size;

	status = file_read_or_stdin("-", DOMAIN_MAX_XML, &xml, &size);
	if (status)
		return fail(status, "cannot read the domain's XML: %s", strerror(-status));
	while (operation->name && (strcmp(operation->name, args->words[1]) ||
				   strcmp(operation->sub, args->words[2])))
		operation++;
	if (operation->name && domain_xml_read(&domain, xml, size, error))
		status = operation->forgives ? EXIT_SUCCESS :
			 fail(-EINVAL, "domain %s: %s", args->words[0], error);
	else if (operation->name && domain.asks)
		status = operation->fn(args->words[0], &domain, xml, size);
	free(xml);
	if (status)
		note_refused(args, &domain);
	return status;
}
