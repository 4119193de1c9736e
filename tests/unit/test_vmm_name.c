// SPDX-License-Identifier: GPL-2.0-only
/* The name of a VM, from the command line of its VMM. */
#include "unit.h"

#include <string.h>

#include "../../user/hcbpf/host/vmm_name.c"

#define NAME(cmdline, expect) check_name(cmdline, sizeof(cmdline), expect)

static void check_name(const char *cmdline, size_t size, const char *expect)
{
	char name[VMM_NAME_LEN] = "from before";

	vmm_name_parse(cmdline, size, name);
	assert_string_equal(name, expect);
}

static void test_qemu(void **state)
{
	(void)state;
	NAME("qemu\0-name\0web-1", "web-1");
	NAME("qemu\0-name\0guest=web-1", "web-1");
	/* As libvirt does it. */
	NAME("qemu\0-name\0guest=web-1,debug-threads=on\0-S", "web-1");
	NAME("qemu\0-name\0web-1,process=x", "web-1");
	NAME("qemu\0-name\0process=x,guest=web-1", "web-1");
	NAME("qemu\0-name\0a,,b,process=x", "a,b");
	NAME("qemu\0-name\0guest=a,,,process=x", "a,");
	NAME("qemu\0-name\0one\0-name\0two", "two");
	NAME("qemu\0-name\0guest=one,guest=two", "two");
}

static void test_others(void **state)
{
	(void)state;
	NAME("lkvm\0run\0--name\0web-1", "web-1");
	NAME("vmm\0--name=web-1", "web-1");
}

static void test_no_name(void **state)
{
	(void)state;
	NAME("", "");
	NAME("qemu", "");
	NAME("qemu\0-name", "");
	NAME("qemu\0-name\0process=x", "");
	NAME("qemu\0-name\0", "");
	NAME("qemu\0-named\0web-1", "");
	NAME("qemu\0guest=web-1", "");
	/* The value of another option that looks like one. */
	NAME("qemu\0--names=web-1", "");
}

/* What a process that means harm, or a read that was cut off, may leave. */
static void test_no_end(void **state)
{
	const char cmdline[] = { 'q', 0, '-', 'n', 'a', 'm', 'e', 0, 'w', 'e', 'b' };

	(void)state;
	check_name(cmdline, sizeof(cmdline), "");
	check_name(cmdline, 0, "");
	check_name(cmdline, 6, "");
	check_name(cmdline, 8, "");
}

/* Half a name is the name of another VM. */
static void test_long(void **state)
{
	char cmdline[300] = "q\0-name\0", expect[VMM_NAME_LEN] = "";

	(void)state;
	memset(cmdline + 8, 'x', VMM_NAME_LEN - 1);
	memset(expect, 'x', VMM_NAME_LEN - 1);
	check_name(cmdline, 8 + VMM_NAME_LEN, expect);
	memset(cmdline + 8, 'x', VMM_NAME_LEN);
	check_name(cmdline, 8 + VMM_NAME_LEN + 1, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_qemu),
		cmocka_unit_test(test_others),
		cmocka_unit_test(test_no_name),
		cmocka_unit_test(test_no_end),
		cmocka_unit_test(test_long),
	};

	return cmocka_run_group_tests_name("vmm_name", tests, NULL, NULL);
}
