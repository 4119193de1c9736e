// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who may do what. Each test does its part in a child process as another user:
 * root has loaded the policy, /dev/hcbpf belongs to group kvm.
 */
#include <bpf/libbpf.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
#include <hcbpf/libhcbpf.h>
#include "lab.h"

static struct policy standard;
static struct kvm_vm *root_vm;
static int root_binding;

static int group_setup(void **state)
{
	struct kvm_vm_conf conf = { 0 };

	(void)state;
	if (policy_load(&standard, "standard.bpf.o") || kvm_vm_create(&conf, &root_vm))
		return -1;
	root_binding = hc_bind(root_vm->fd, "standard");
	return root_binding < 0 ? -1 : 0;
}

static int group_teardown(void **state)
{
	(void)state;
	kvm_vm_destroy(root_vm);
	close(root_binding);
	policy_unload(&standard);
	return 0;
}

static void become(const char *name, bool in_group_kvm)
{
	const struct passwd *user = getpwnam(name);
	const struct group *kvm = getgrnam("kvm");
	gid_t gid = 65534;

	if (!user || !kvm)
		_exit(99);
	if (in_group_kvm)
		gid = kvm->gr_gid;
	if (setgroups(0, NULL) || setresgid(gid, gid, gid) ||
	    setresuid(user->pw_uid, user->pw_uid, user->pw_uid))
		_exit(99);
}

/*
 * Run @body as a user: what it returns, a negative errno or 0, is the result.
 * The child opens the device itself, with its own rights.
 */
static int as_user(const char *name, bool in_group_kvm, int (*body)(void))
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		become(name, in_group_kvm);
		_exit(-body());
	}
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? -WEXITSTATUS(status) : -EINTR;
}

static int device_here(void)
{
	int fd = open(HCBPF_DEVICE, O_RDWR | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

static int body_vmm(void)
{
	struct kvm_vm_conf conf = { 0 };
	struct hcbpf_vm *hc;
	struct kvm_vm *vm;
	int err;

	if (kvm_vm_create(&conf, &vm))
		return -ECHILD;
	err = hcbpf_vm_bind(vm->fd, NULL, &hc);
	err = err ? err : hcbpf_vm_set_eventfd(hc, 0, efd_new());
	err = err ? err : hcbpf_port_set(hc, 77, 0);
	err = err ? err : hcbpf_vm_unbind(hc);
	return err;
}

static int body_load_policy(void)
{
	struct policy policy;
	int err = policy_open(&policy, "observe.bpf.o");

	return err ? -ECHILD : policy_attach(&policy);
}

static int body_open_by_id(void)
{
	struct hcbpf_open open = {
		.size = sizeof(open), .vm_fd = -1, .id = hc_vm_info(root_binding).id,
	};

	return hc_ioctl(device_here(), HCBPF_OPEN, &open);
}

static int body_next_vm(void)
{
	struct hcbpf_next_vm next = { .size = sizeof(next) };

	return hc_ioctl(device_here(), HCBPF_NEXT_VM, &next);
}

static int body_next_policy(void)
{
	struct hcbpf_next_policy next = { .size = sizeof(next) };

	return hc_ioctl(device_here(), HCBPF_NEXT_POLICY, &next);
}

static int body_open_device(void)
{
	int fd = device_here();

	return fd < 0 ? fd : 0;
}

/* The files of another process: not even by /proc. */
static int body_steal_binding(void)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/fd/%d", getppid(), root_binding);
	fd = open(path, O_RDWR);
	return fd < 0 ? -errno : 0;
}

static void a_vmm_in_group_kvm_serves_itself(void **state)
{
	(void)state;
	assert_ok(as_user("vmm1", true, body_vmm));
}

static void a_vmm_cannot_load_a_policy(void **state)
{
	(void)state;
	assert_return(as_user("vmm1", true, body_load_policy), -EPERM);
}

static void a_vmm_cannot_open_a_binding_by_id(void **state)
{
	(void)state;
	assert_return(as_user("vmm1", true, body_open_by_id), -EPERM);
}

static void a_vmm_cannot_list_bindings(void **state)
{
	(void)state;
	assert_return(as_user("vmm1", true, body_next_vm), -EPERM);
}

static void a_vmm_sees_which_policies_there_are(void **state)
{
	(void)state;
	assert_ok(as_user("vmm1", true, body_next_policy));
}

static void a_vmm_cannot_take_anothers_binding(void **state)
{
	(void)state;
	assert_return(as_user("vmm2", true, body_steal_binding), -EACCES);
}

static void outside_group_kvm_the_device_does_not_open(void **state)
{
	(void)state;
	assert_return(as_user("vmm1", false, body_open_device), -EACCES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_vmm_in_group_kvm_serves_itself),
		cmocka_unit_test(a_vmm_cannot_load_a_policy),
		cmocka_unit_test(a_vmm_cannot_open_a_binding_by_id),
		cmocka_unit_test(a_vmm_cannot_list_bindings),
		cmocka_unit_test(a_vmm_sees_which_policies_there_are),
		cmocka_unit_test(a_vmm_cannot_take_anothers_binding),
		cmocka_unit_test(outside_group_kvm_the_device_does_not_open),
	};

	return cmocka_run_group_tests_name("privileges", tests, group_setup, group_teardown);
}
