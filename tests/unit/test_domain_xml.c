// SPDX-License-Identifier: GPL-2.0-only
/* What the hook reads in a libvirt domain's XML, and what it adds to it. */
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text/domain_xml.h"

#define NS "urn:hcbpf:libvirt:1"
#define QEMU "http://libvirt.org/schemas/domain/qemu/1.0"
#define DOMAIN(metadata) "<domain type='kvm'><metadata>" metadata "</metadata></domain>"

static struct domain_xml domain;
static char error[DOMAIN_ERROR];

static int read_text(const char *xml)
{
	/* Of just its size, for the sanitizer; expat needs no end, offsets are compared with it. */
	char *copy = strdup(xml);
	int err = domain_xml_read(&domain, copy, strlen(xml), error);

	free(copy);
	return err;
}

static void asks(const char *xml, const char *policy, const char *profile, uint32_t ports)
{
	assert_int_equal(read_text(xml), 0);
	assert_true(domain.asks);
	assert_string_equal(domain.policy, policy);
	assert_string_equal(domain.profile, profile);
	assert_int_equal(domain.ports, ports);
}

static void refused(const char *xml, const char *why)
{
	assert_int_equal(read_text(xml), -EINVAL);
	if (!strstr(error, why))
		fail_msg("\"%s\" is not in \"%s\"", why, error);
}

static void legal(void **state)
{
	(void)state;
	asks(DOMAIN("<h:vm xmlns:h='" NS "'/>"), "standard", "", 0);
	/* A default name space; one that an outer element declares; any prefix. */
	asks(DOMAIN("<vm xmlns='" NS "' profile='p'/>"), "standard", "p", 0);
	asks("<domain xmlns:a.b-c='" NS "'><metadata><a.b-c:vm policy=\"q\"/></metadata></domain>",
	     "q", "", 0);
	/* Order, quotes, blanks, lines, an end tag, a comment, entities. */
	asks(DOMAIN("<h:vm\n profile = \"p\"\tports='64' policy='q'\n xmlns:h=\"" NS "\"\n>"
		    " <!-- > --> </h:vm>"), "q", "p", 64);
	asks(DOMAIN("<h:vm xmlns:h='urn&#58;hcbpf:libvirt:1' profile='xen-4&#x2e;3'/>"),
	     "standard", "xen-4.3", 0);
	asks("<!DOCTYPE domain [<!ENTITY p 'xen'>]>" DOMAIN("<h:vm xmlns:h='" NS "' policy='&p;-4'/>"),
	     "xen-4", "", 0);
	asks("<domstatus>" DOMAIN("<h:vm xmlns:h='" NS "' ports='0x10'/>") "</domstatus>",
	     "standard", "", 16);
	asks(DOMAIN("<vm/><x:vm xmlns:x='urn:other' what='ever'/><h:vm xmlns:h='" NS "'/>"),
	     "standard", "", 0);
}

static void not_asked(void **state)
{
	static const char *const texts[] = {
		"<domain/>", DOMAIN(""), DOMAIN("<vm policy='q'/>"),
		DOMAIN("<h:vm xmlns:h='" NS "0'/>"), DOMAIN("<!-- <h:vm xmlns:h='" NS "'/> -->"),
		DOMAIN("<![CDATA[<h:vm xmlns:h='" NS "'/>]]>"),
		"<domain><description>&lt;h:vm xmlns:h='" NS "'/></description></domain>",
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		assert_int_equal(read_text(texts[i]), 0);
		assert_false(domain.asks);
	}
}

static void cannot_be_followed(void **state)
{
	(void)state;
	refused(DOMAIN("<h:vm xmlns:h='" NS "'/><i:vm xmlns:i='" NS "'/>"), "several elements vm");
	refused(DOMAIN("<h:vm xmlns:h='" NS "' polcy='q'/>"), "unknown attribute, \"polcy\"");
	refused(DOMAIN("<h:vm xmlns:h='" NS "' h:policy='q'/>"), "unknown attribute, \"policy\"");
	refused(DOMAIN("<h:wm xmlns:h='" NS "'/>"), "an unknown element of " NS ", \"wm\"");
	refused(DOMAIN("<h:vm xmlns:h='" NS "'>deny-all</h:vm>"), "has something in it");
	refused(DOMAIN("<h:vm xmlns:h='" NS "'><policy/></h:vm>"), "has something in it");
	refused(DOMAIN("<x><h:vm xmlns:h='" NS "'/></x>"), "elsewhere than in <metadata>");
	refused("<domain><h:vm xmlns:h='" NS "'/></domain>", "elsewhere than in <metadata>");
	refused("<a><metadata><h:vm xmlns:h='" NS "'/></metadata></a>", "elsewhere than in");
	refused(DOMAIN("<h:vm xmlns:h='" NS "' ports='0'/>"), "\"0\" in its metadata is not a number");
	refused(DOMAIN("<h:vm xmlns:h='" NS "' ports='-1'/>"), "not a number of ports");
	refused(DOMAIN("<h:vm xmlns:h='" NS "' profile='--help'/>"), "begins with a dot or a dash");
	refused(DOMAIN("<h:vm xmlns:h='" NS "' profile='..'/>"), "cannot be the profile");
	refused(DOMAIN("<h:vm xmlns:h='" NS "' policy='/tmp/it'/>"), "only letters, digits");
	refused(DOMAIN("<h:vm xmlns:h='" NS "' policy='abcdefghijklmnopqrstuvwxyzabcdef'/>"),
		"longer than 31");
}

static void no_xml(void **state)
{
	(void)state;
	refused("", "it is no XML");
	refused("<domain>", "it is no XML");
	refused("<domain>\n<a>\n</b></domain>", "line 3");
	refused("<domain><h:vm/></domain>", "unbound prefix");
	refused(DOMAIN("<h:vm xmlns:h='" NS "' policy='a' policy='b'/>"), "duplicate attribute");
	refused("<?xml version='1.0' encoding='ISO-8859-1'?><domain/>", "write it in UTF-8");
	refused("\xff\xfe<\0d\0", "it is no XML");
	refused("<!DOCTYPE a [<!ENTITY a 'x'><!ENTITY b '&a;&c;'><!ENTITY c '&b;'>]><a>&b;</a>",
		"recursive");
	assert_int_equal(domain_xml_read(&domain, "<a/>", DOMAIN_MAX_XML + 1, error), -EINVAL);
}

#define ADDED "<commandline xmlns='" QEMU "'><arg value='-object'/><arg value='dbus-vmstate," \
	"id=hcbpf,addr=unix:path=/run/hcbpf/vmstate'/></commandline>"

static void adds_to(const char *before, const char *after)
{
	char *xml = malloc(strlen(before) + strlen(after) + 1), *new;
	size_t size;

	strcat(strcpy(xml, before), after);
	assert_int_equal(read_text(xml), 0);
	assert_int_equal(domain.object, DOMAIN_OBJECT_NONE);
	new = domain_xml_with_object(&domain, xml, strlen(xml), &size);
	assert_int_equal(size, strlen(new));
	assert_memory_equal(new, before, strlen(before));
	assert_memory_equal(new + strlen(before), ADDED, strlen(ADDED));
	assert_string_equal(new + strlen(before) + strlen(ADDED), after);
	/* Once is enough. */
	assert_int_equal(read_text(new), 0);
	assert_int_equal(domain.object, DOMAIN_OBJECT_OURS);
	free(new);
	free(xml);
}

static void object_is_added(void **state)
{
	(void)state;
	adds_to("<domain type='kvm'><name>\xc3\xa4</name>\r\n", "</domain >\n<!-- </domain> -->");
	adds_to("<?xml version='1.0' encoding='utf-8'?><x:a xmlns:x='urn:a'><domain>"
		"<domain></domain><![CDATA[</domain>]]>", "</domain></x:a>\n");
	adds_to("<domain xmlns:qemu='" QEMU "'><qemu:commandline><qemu:arg value='-S'/>"
		"</qemu:commandline>", "</domain>");
	/* Arguments of others, and what only looks like one. */
	adds_to("<domain><commandline><arg value='dbus-vmstate,id=a'/></commandline>", "</domain>");
}

static void object_is_found(void **state)
{
	static const char text[] = "<domain xmlns:q='" QEMU "'><q:commandline><q:arg value='%s'/>"
				   "</q:commandline></domain>";
	char xml[512];

	(void)state;
	snprintf(xml, sizeof(xml), text, "dbus-vmstate,id=x,addr=unix:path=/run/hcbpf/vmstate");
	assert_int_equal(read_text(xml), 0);
	assert_int_equal(domain.object, DOMAIN_OBJECT_OURS);
	snprintf(xml, sizeof(xml), text, "{\"qom-type\":\"dbus-vmstate\",\"id\":\"x\","
		 "\"addr\":\"unix:path=/run/hcbpf/vmstate\"}");
	assert_int_equal(read_text(xml), 0);
	assert_int_equal(domain.object, DOMAIN_OBJECT_OURS);
	snprintf(xml, sizeof(xml), text, "dbus-vmstate,id=x,addr=unix:path=/run/other");
	assert_int_equal(read_text(xml), 0);
	assert_int_equal(domain.object, DOMAIN_OBJECT_OTHER);
	/* No end tag, so no place for it. */
	assert_int_equal(read_text("<domain/>"), 0);
	assert_int_equal(domain.end, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(legal), cmocka_unit_test(not_asked),
		cmocka_unit_test(cannot_be_followed), cmocka_unit_test(no_xml),
		cmocka_unit_test(object_is_added), cmocka_unit_test(object_is_found),
	};

	return cmocka_run_group_tests_name("domain_xml", tests, NULL, NULL);
}
