// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <expat.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/args.h"
#include "text/domain_xml.h"

/* Expat joins a name space and a local name with this; it refuses name spaces that have one. */
#define SEP "\n"
#define ELEMENT DOMAIN_NAMESPACE SEP "vm"
#define QEMU_NAMESPACE "http://libvirt.org/schemas/domain/qemu/1.0"

struct reader {
	XML_Parser parser;
	struct domain_xml *domain;
	char *error;
	const char *xml;
	int depth;
	/* Depths of the elements that are open, 0: it is not. */
	int domain_depth, metadata, element, commandline;
};

/* The first complaint counts: parsing ends there. */
static void complain(struct reader *r, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	if (!r->error[0])
		vsnprintf(r->error, DOMAIN_ERROR, fmt, ap);
	va_end(ap);
	XML_StopParser(r->parser, XML_FALSE);
}

/* ---- the element ---- */

/* With names as these, nothing in the XML becomes an option or a path. */
static void take_name(struct reader *r, const char *what, const char *value, char *name)
{
	const char *problem = name_problem(value);

	if (!problem && (value[0] == '.' || value[0] == '-'))
		problem = "it begins with a dot or a dash";
	if (problem)
		complain(r, "\"%s\" cannot be the %s in its metadata: %s", value, what, problem);
	else
		strcpy(name, value);
}

static void take_ports(struct reader *r, const char *value)
{
	if (parse_u32(value, &r->domain->ports) || !r->domain->ports)
		complain(r, "\"%s\" in its metadata is not a number of ports", value);
}

/* An empty value is as good as none. */
static void take_attributes(struct reader *r, const char **attributes)
{
	for (; *attributes; attributes += 2) {
		const char *name = attributes[0], *value = attributes[1];

		if (!strcmp(name, "policy") && value[0])
			take_name(r, "policy", value, r->domain->policy);
		else if (!strcmp(name, "profile") && value[0])
			take_name(r, "profile", value, r->domain->profile);
		else if (!strcmp(name, "ports") && value[0])
			take_ports(r, value);
		else if (strcmp(name, "policy") && strcmp(name, "profile") && strcmp(name, "ports"))
			complain(r, "the element vm in its metadata has an unknown attribute, "
				 "\"%s\"", strrchr(name, SEP[0]) ? strrchr(name, SEP[0]) + 1 : name);
	}
}

static void begin_ours(struct reader *r, const char *name, const char **attributes)
{
	if (strcmp(name, ELEMENT))
		complain(r, "its XML has an unknown element of %s, \"%s\"", DOMAIN_NAMESPACE,
			 name + sizeof(DOMAIN_NAMESPACE SEP) - 1);
	else if (!r->metadata || r->depth != r->metadata + 1)
		complain(r, "its XML has the element vm of %s elsewhere than in <metadata>",
			 DOMAIN_NAMESPACE);
	else if (r->domain->asks)
		complain(r, "its metadata has several elements vm of %s", DOMAIN_NAMESPACE);
	r->domain->asks = true;
	r->element = r->depth;
	take_attributes(r, attributes);
}

/* ---- QEMU's arguments ---- */

static void take_argument(struct reader *r, const char **attributes)
{
	for (; *attributes; attributes += 2) {
		if (strcmp(attributes[0], "value") || !strstr(attributes[1], "dbus-vmstate"))
			continue;
		r->domain->object = strstr(attributes[1], "unix:path=" VMSTATE_SOCKET) ?
				    DOMAIN_OBJECT_OURS : DOMAIN_OBJECT_OTHER;
	}
}

/* ---- all elements ---- */

static void begin(void *data, const char *name, const char **attributes)
{
	struct reader *r = data;

	r->depth++;
	if (r->element)
		complain(r, "the element vm in its metadata has something in it");
	else if (!strncmp(name, DOMAIN_NAMESPACE SEP, sizeof(DOMAIN_NAMESPACE SEP) - 1))
		begin_ours(r, name, attributes);
	else if (!r->domain_depth && !strcmp(name, "domain"))
		r->domain_depth = r->depth;
	else if (r->domain_depth && r->depth == r->domain_depth + 1 && !strcmp(name, "metadata"))
		r->metadata = r->depth;
	else if (r->domain_depth && r->depth == r->domain_depth + 1 &&
		 !strcmp(name, QEMU_NAMESPACE SEP "commandline"))
		r->commandline = r->depth;
	else if (r->commandline && r->depth == r->commandline + 1 &&
		 !strcmp(name, QEMU_NAMESPACE SEP "arg"))
		take_argument(r, attributes);
}

static void end(void *data, const char *name)
{
	struct reader *r = data;
	XML_Index at = XML_GetCurrentByteIndex(r->parser);

	(void)name;
	/* <domain/> has no end tag to write something before. */
	if (r->depth == r->domain_depth && !strncmp(r->xml + at, "</", 2))
		r->domain->end = at;
	if (r->depth == r->metadata)
		r->metadata = 0;
	if (r->depth == r->element)
		r->element = 0;
	if (r->depth == r->commandline)
		r->commandline = 0;
	r->depth--;
}

static void characters(void *data, const char *text, int len)
{
	struct reader *r = data;

	if (r->element && strspn(text, " \t\r\n") < (size_t)len)
		complain(r, "the element vm in its metadata has something in it");
}

/* What is written into it is ASCII, and places in it are counted in bytes. */
static void declaration(void *data, const char *version, const char *encoding, int standalone)
{
	(void)version;
	(void)standalone;
	if (encoding && strcasecmp(encoding, "UTF-8") && strcasecmp(encoding, "US-ASCII"))
		complain(data, "its XML is in %s; write it in UTF-8", encoding);
}

static int parse(struct reader *r, size_t size)
{
	XML_SetUserData(r->parser, r);
	XML_SetElementHandler(r->parser, begin, end);
	XML_SetCharacterDataHandler(r->parser, characters);
	XML_SetXmlDeclHandler(r->parser, declaration);
	if (XML_Parse(r->parser, r->xml, size, XML_TRUE) == XML_STATUS_OK)
		return 0;
	complain(r, "it is no XML: line %lu: %s", XML_GetCurrentLineNumber(r->parser),
		 XML_ErrorString(XML_GetErrorCode(r->parser)));
	return -EINVAL;
}

int domain_xml_read(struct domain_xml *domain, const char *xml, size_t size,
		    char error[DOMAIN_ERROR])
{
	struct reader r = { .domain = domain, .error = error, .xml = xml };
	int err;

	memset(domain, 0, sizeof(*domain));
	strcpy(domain->policy, "standard");
	error[0] = '\0';
	if (size > DOMAIN_MAX_XML) {
		snprintf(error, DOMAIN_ERROR, "its XML has more than %u bytes", DOMAIN_MAX_XML);
		return -EINVAL;
	}
	r.parser = XML_ParserCreateNS("UTF-8", SEP[0]);
	if (!r.parser)
		abort();
	err = parse(&r, size);
	XML_ParserFree(r.parser);
	return err;
}

char *domain_xml_with_object(const struct domain_xml *domain, const char *xml, size_t size,
			     size_t *new_size)
{
	static const char object[] =
		"<commandline xmlns='" QEMU_NAMESPACE "'><arg value='-object'/>"
		"<arg value='dbus-vmstate,id=" VMSTATE_ID ",addr=unix:path=" VMSTATE_SOCKET "'/>"
		"</commandline>";
	char *new = malloc(size + sizeof(object));

	if (!new)
		abort();
	memcpy(new, xml, domain->end);
	memcpy(new + domain->end, object, sizeof(object) - 1);
	memcpy(new + domain->end + sizeof(object) - 1, xml + domain->end, size - domain->end);
	*new_size = size + sizeof(object) - 1;
	new[*new_size] = '\0';
	return new;
}
