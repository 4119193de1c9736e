// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who pays: what is allocated for a VM is charged to its owner's memory cgroup, also where
 * an operator in another one asks for it. Run as root, in no cgroup of its own.
 */
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "lab.h"
#include "standard_policy.h"

#define CGROUPS "/sys/fs/cgroup"
#define OWNER CGROUPS "/owner"
#define OPERATOR CGROUPS "/operator"

#define PORTS (1U << 20)
#define TABLE (PORTS * sizeof(hcbpf_port_t))	/* bytes, all of them when all are touched */
#define RULES 65536U
#define LITTLE (1L << 20)	/* what a process takes to start, and what is charged in advance */

static pid_t vmm;
static uint32_t vm_id;

static long charged(const char *cgroup)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/memory.current", cgroup);
	return atol(file_text(path));
}

static void enter(const char *cgroup)
{
	char path[128], pid[16];

	snprintf(path, sizeof(path), "%s/cgroup.procs", cgroup);
	snprintf(pid, sizeof(pid), "%d", getpid());
	if (!file_write(path, pid))
		exit(1);
}

/* Binds a VM, says its id, and waits for its end. */
static void be_the_vmm(int out)
{
	const struct kvm_vm_conf conf = { 0 };
	struct kvm_vm *vm;
	int fd;

	enter(OWNER);
	if (kvm_vm_create(&conf, &vm))
		exit(1);
	fd = hc_bind_with(vm->fd, "standard", HCBPF_ABI_AUTO, PORTS);
	if (fd < 0)
		exit(1);
	vm_id = hc_vm_info(fd).id;
	if (write(out, &vm_id, sizeof(vm_id)) != sizeof(vm_id))
		exit(1);
	pause();
	exit(0);
}

static int setup(void **state)
{
	int fds[2];

	if (standard_setup(state))
		return -1;
	if (mount("none", CGROUPS, "cgroup2", 0, NULL) ||
	    !file_write(CGROUPS "/cgroup.subtree_control", "+memory") ||
	    mkdir(OWNER, 0755) || mkdir(OPERATOR, 0755) || pipe(fds))
		return -1;
	vmm = fork();
	if (!vmm)
		be_the_vmm(fds[1]);
	close(fds[1]);
	if (read(fds[0], &vm_id, sizeof(vm_id)) != sizeof(vm_id))
		return -1;
	close(fds[0]);
	enter(OPERATOR);
	return 0;
}

static int teardown(void **state)
{
	kill(vmm, SIGKILL);
	waitpid(vmm, NULL, 0);
	enter(CGROUPS);
	return standard_teardown(state);
}

static void touch_all_ports(int fd)
{
	volatile hcbpf_port_t *ports = hc_ports(fd, PORTS);
	uint32_t i;

	for (i = 0; i < PORTS; i += 512)
		ports[i] = 0;
	munmap((void *)ports, TABLE);
}

static void what_an_operator_sets_is_charged_to_the_owner(void **state)
{
	int fd = assert_fd(hc_open_id(vm_id));
	long owner = charged(OWNER), operator = charged(OPERATOR);

	(void)state;
	touch_all_ports(fd);
	assert_true(charged(OWNER) - owner >= (long)TABLE);
	assert_true(charged(OPERATOR) - operator <= LITTLE);
	close(fd);
}

/* The list of rules is kept as it was copied. */
static void rules_that_an_operator_sets_are_charged_to_the_owner(void **state)
{
	const size_t bytes = RULES * sizeof(struct hcbpf_rule);
	struct hcbpf_rules req = { .size = sizeof(req), .nr = RULES };
	int fd = assert_fd(hc_open_id(vm_id));
	long owner = charged(OWNER);
	struct hcbpf_rule *rules;
	uint32_t i;

	(void)state;
	rules = calloc(RULES, sizeof(*rules));
	assert_non_null(rules);
	for (i = 0; i < RULES; i++)
		rules[i] = (struct hcbpf_rule) {
			.abi = HCBPF_ABI_KVM, .nr = 1000 + i, .sub = HCBPF_RULE_ANY,
			.action = HCBPF_RULE_PASS,
		};
	req.rules = (uintptr_t)rules;
	assert_ok(hc_ioctl(fd, HCBPF_VM_SET_RULES, &req));
	assert_true(charged(OWNER) - owner >= (long)bytes);
	req.nr = 0;
	assert_ok(hc_ioctl(fd, HCBPF_VM_SET_RULES, &req));
	free(rules);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_an_operator_sets_is_charged_to_the_owner),
		cmocka_unit_test(rules_that_an_operator_sets_are_charged_to_the_owner),
	};

	return cmocka_run_group_tests_name("charges", tests, setup, teardown);
}
