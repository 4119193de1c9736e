// SPDX-License-Identifier: GPL-2.0-only
/* libvirt prepare. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/file.h"
#include "cli/output.h"
#include "cmd/libvirt.h"

static void print_xml(const char *xml, size_t size)
{
	struct json_object *object;

	if (out_is_json()) {
		object = json_object_new_object();
		json_object_object_add(object, "xml", json_object_new_string_len(xml, size));
		out_done(object, "%s", "");
	} else {
		fwrite(xml, 1, size, stdout);
	}
}

int print_with_object(const struct domain_xml *domain, const char *xml, size_t size)
{
	char *new;

	if (domain->object != DOMAIN_OBJECT_NONE) {
		print_xml(xml, size);
		return EXIT_SUCCESS;
	}
	new = domain_xml_with_object(domain, xml, size, &size);
	print_xml(new, size);
	free(new);
	return EXIT_SUCCESS;
}

static int prepare(const char *file, const char *xml, size_t size)
{
	char error[DOMAIN_ERROR];
	struct domain_xml domain;

	if (domain_xml_read(&domain, xml, size, error))
		return fail(-EINVAL, "cannot use %s: %s", file, error);
	if (!domain.end)
		return fail(-EINVAL, "cannot use %s: it has no <domain> with something in it\n"
			    "give it what `virsh dumpxml --inactive` prints", file);
	if (domain.object == DOMAIN_OBJECT_OTHER)
		return fail(-EEXIST, "the domain in %s has an object dbus-vmstate already, and "
			    "QEMU takes one\nlet `hcbpf vmstate --bus` join that object's bus",
			    file);
	return print_with_object(&domain, xml, size);
}

static int prepare_run(const struct args *args)
{
	const char *file = args->words[0];
	size_t size;
	int status;
	char *xml;

	status = file_read_or_stdin(file, DOMAIN_MAX_XML, &xml, &size);
	if (status)
		return fail(status, "cannot read %s: %s", file, file_error(status));
	status = prepare(file, xml, size);
	free(xml);
	return status;
}

const struct command libvirt_verbs[] = {
	{ "hook", "DOMAIN OPERATION SUB EXTRA",
	  "what libvirt's hook does: bind a domain whose XML asks for it (on standard input)",
	  .run = hook_run, .min_words = 4, .max_words = 4 },
	{ "prepare", "FILE",
	  "print a domain's XML so that its state moves with it, for `virsh define`",
	  .run = prepare_run, .min_words = 1, .max_words = 1 },
	{ 0 }
};
