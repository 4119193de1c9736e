// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who may do what. Each test does its part in a child process as another user:
 * root has loaded the policy, /dev/hcbpf belongs to group kvm.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <hcbpf/libhcbpf.h>
#include "lab.h"

/* Where `hcbpf load` has them, and with the same rights. */
#define PIN_DIR "/sys/fs/bpf/hcbpf"
#define PIN PIN_DIR "/link"

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
	if (root_binding < 0 || mkdir(PIN_DIR, 0700))
		return -1;
	return bpf_link__pin(standard.link, PIN);
}

static int group_teardown(void **state)
{
	(void)state;
	kvm_vm_destroy(root_vm);
	close(root_binding);
	unlink(PIN);
	rmdir(PIN_DIR);
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

/* Rules, counters, save, and restore in a binding of its own. */
static int whole_life(int vm_fd, struct hcbpf_vm *hc)
{
	const struct hcbpf_rule rule = {
		.abi = HCBPF_ABI_KVM, .nr = 1, .sub = HCBPF_RULE_ANY, .action = HCBPF_RULE_PASS,
	};
	struct hcbpf_vm_stats stats;
	struct hcbpf_vm_info info;
	size_t size;
	void *data;
	int err;

	err = hcbpf_rules_set(hc, &rule, 1, NULL);
	err = err ? err : hcbpf_vm_info(hc, &info);
	err = err ? err : hcbpf_vm_stats(hc, &stats);
	err = err ? err : hcbpf_vm_save(hc, &data, &size);
	err = err ? err : hcbpf_vm_unbind(hc);
	err = err ? err : hcbpf_vm_bind_saved(vm_fd, data, size, &hc, NULL);
	return err ? err : hcbpf_vm_unbind(hc);
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
	err = err ? err : whole_life(vm->fd, hc);
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

/* ---- reaching for what another process holds ---- */

/* By /proc. */
static int open_theirs(int theirs)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/fd/%d", getppid(), theirs);
	fd = open(path, O_RDWR);
	return fd < 0 ? -errno : 0;
}

/* As `vm attach --pid` does. */
static int fetch_theirs(int theirs)
{
	int pidfd = syscall(SYS_pidfd_open, getppid(), 0), fd;

	if (pidfd < 0)
		return -ECHILD;
	fd = syscall(SYS_pidfd_getfd, pidfd, theirs, 0);
	return fd < 0 ? -errno : 0;
}

/* The binding stands for the VM's table, slots, rules, state and counters. */
static int body_open_binding(void)
{
	return open_theirs(root_binding);
}

static int body_fetch_binding(void)
{
	return fetch_theirs(root_binding);
}

/* Who holds the VM may bind it. */
static int body_open_vm(void)
{
	return open_theirs(root_vm->fd);
}

static int body_fetch_vm(void)
{
	return fetch_theirs(root_vm->fd);
}

static int body_read_memory(void)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/mem", getppid());
	fd = open(path, O_RDWR);
	return fd < 0 ? -errno : 0;
}

/* Of its own VM it has everything, and by that nothing of another: ids are not keys. */
static int body_own_is_not_another(void)
{
	struct kvm_vm_conf conf = { 0 };
	struct hcbpf_vm *hc, *again;
	struct kvm_vm *vm;
	int err;

	if (kvm_vm_create(&conf, &vm) || hcbpf_vm_bind(vm->fd, NULL, &hc))
		return -ECHILD;
	err = hcbpf_vm_open(vm->fd, &again);
	if (err || hcbpf_vm_id(again) == hc_vm_info(root_binding).id)
		return -ECHILD;
	err = hcbpf_vm_open_id(hc_vm_info(root_binding).id, &again);
	return err;
}

/* Descriptors of its own are no VMs, whatever they are. */
static int body_bind_what_is_no_vm(void)
{
	struct hcbpf_vm *hc;

	return hcbpf_vm_bind(open("/dev/kvm", O_RDWR), NULL, &hc);
}

/* ---- the operator's side ---- */

static int body_replace_policy(void)
{
	int fd = bpf_obj_get(PIN);

	return fd < 0 ? -errno : 0;
}

static int body_unload_policy(void)
{
	return unlink(PIN) ? -errno : 0;
}

static int body_put_in_its_place(void)
{
	return rename("/home/vmm1", PIN) ? -errno : 0;
}

/* The counters and maps of BPF programs, by the ids that anybody may guess. */
static int body_program_by_id(void)
{
	int fd = bpf_prog_get_fd_by_id(1);

	return fd < 0 ? -errno : 0;
}

static int body_load_module(void)
{
	return syscall(SYS_delete_module, "hcbpf", 0) ? -errno : 0;
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
	assert_return(as_user("vmm2", true, body_open_binding), -EACCES);
	assert_return(as_user("vmm2", true, body_fetch_binding), -EPERM);
	assert_return(as_user("vmm2", true, body_own_is_not_another), -EPERM);
	assert_return(as_user("vmm2", true, body_read_memory), -EACCES);
}

static void a_vmm_cannot_bind_a_vm_that_it_does_not_hold(void **state)
{
	(void)state;
	assert_return(as_user("vmm2", true, body_open_vm), -EACCES);
	assert_return(as_user("vmm2", true, body_fetch_vm), -EPERM);
	assert_return(as_user("vmm2", true, body_bind_what_is_no_vm), -EINVAL);
}

static void a_vmm_cannot_replace_or_unload_a_policy(void **state)
{
	(void)state;
	assert_return(as_user("vmm1", true, body_replace_policy), -EACCES);
	assert_return(as_user("vmm1", true, body_unload_policy), -EACCES);
	assert_return(as_user("vmm1", true, body_put_in_its_place), -EACCES);
	assert_return(as_user("vmm1", true, body_program_by_id), -EPERM);
	assert_return(as_user("vmm1", true, body_load_module), -EPERM);
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
		cmocka_unit_test(a_vmm_cannot_bind_a_vm_that_it_does_not_hold),
		cmocka_unit_test(a_vmm_cannot_replace_or_unload_a_policy),
		cmocka_unit_test(outside_group_kvm_the_device_does_not_open),
	};

	return cmocka_run_group_tests_name("privileges", tests, group_setup, group_teardown);
}
