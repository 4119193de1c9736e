// SPDX-License-Identifier: GPL-2.0-only
/*
 * Guests, bindings and policies for the shell tests:
 *
 *	guest load FILE PIN [NAME]	load a policy and pin its link; rm PIN unloads it
 *	guest spin [POLICY]	a VMM whose Xen guest rings the doorbell of port 5 without
 *				end; bound when POLICY is given, with the port served
 *	guest idle POLICY	a VMM with a bound VM that does not run
 *	guest call [POLICY]	one doorbell of a fresh KVM guest: "RESULT SIGNALS"
 *	guest ask POLICY [xen]	a VMM with a bound VM whose guest makes, for each line "NR
 *				[COUNT [ARG...]]", so many calls, and says what the last one
 *				returned. PORT is served; guest memory at 0x100000 has its number
 *	guest attach PID [POLICY]	bind the VM of another process, and exit
 *	guest fentry		trace the hooked function with BPF; say "ready", and how
 *				many calls it saw on each SIGUSR1
 *	guest hold ID		open a binding; say "held"; when it has ended, "ended"
 *	guest info		"HOOK VMS POLICIES"
 *	guest answered ID		calls that the binding's policy has answered
 *	guest first		the first binding's id
 *	guest wait-vms N MS	until N VMs are bound
 *	guest map-id PIN	the id of a pinned map
 *	guest lock DIR		lock a directory, say which process has it, and keep it
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "rig.h"

static void die(const char *what, int err)
{
	fprintf(stderr, "guest: %s: %s\n", what, strerror(-err));
	exit(1);
}

static int load(const char *file, const char *pin, const char *name)
{
	struct policy policy;
	int err = policy_open(&policy, file);

	if (!err && name)
		policy_rename(&policy, name);
	err = err ? err : policy_attach(&policy);
	err = err ? err : bpf_link__pin(policy.link, pin);
	if (err)
		die(policy_log(), err);
	return 0;
}

static struct hcbpf_vm *bind(struct kvm_vm *vm, const char *policy, int efd)
{
	LIBHCBPF_OPTS(hcbpf_bind_opts, opts, .policy = policy);
	struct hcbpf_vm *hc;
	int err = hcbpf_vm_bind(vm->fd, &opts, &hc);

	err = err ? err : hcbpf_vm_set_eventfd(hc, 0, efd);
	err = err ? err : hcbpf_port_set(hc, PORT, 0);
	if (err)
		die("bind", err);
	return hc;
}

static int spin(const char *policy)
{
	struct kvm_vm_conf conf = { .xen = true };
	struct kvm_start start = doorbells(PORT, GUEST_FOREVER, HCBPF_ABI_XEN);
	struct kvm_vm *vm;

	if (kvm_vm_create(&conf, &vm) || kvm_vcpu_start(&vm->vcpus[0], &start))
		die(kvm_error(), -EIO);
	if (policy)
		bind(vm, policy, efd_new());
	puts("ready");
	if (kvm_vcpu_run(&vm->vcpus[0]))
		die(kvm_error(), -EIO);
	return 1;
}

static int idle(const char *policy)
{
	struct kvm_vm_conf conf = { 0 };
	struct kvm_vm *vm;

	if (kvm_vm_create(&conf, &vm))
		die(kvm_error(), -EIO);
	bind(vm, policy, efd_new());
	puts("ready");
	pause();
	return 1;
}

static int call(const char *policy)
{
	struct kvm_vm_conf conf = { 0 };
	struct kvm_start start = doorbells(PORT, 1, PLAIN_ABI);
	struct kvm_regs regs;
	int efd = efd_new();
	struct kvm_vm *vm;

	start.program = GUEST_CALL_ONCE;
	if (kvm_vm_create(&conf, &vm))
		die(kvm_error(), -EIO);
	if (policy)
		bind(vm, policy, efd);
	if (kvm_vcpu_start(&vm->vcpus[0], &start) || kvm_vcpu_run(&vm->vcpus[0]) ||
	    kvm_vcpu_regs(&vm->vcpus[0], &regs))
		die(kvm_error(), -EIO);
	printf("%lld %llu\n", (long long)kvm_result(&regs), (unsigned long long)efd_take(efd));
	return 0;
}

static uint64_t ask_once(struct kvm_vm *vm, const char *line, uint32_t abi)
{
	unsigned long long nr = 0, count = 1, args[3] = { 0 };
	struct kvm_start start = { .abi = abi };
	struct kvm_regs regs;

	sscanf(line, "%lli %lli %lli %lli %lli", (long long *)&nr, (long long *)&count,
	       (long long *)&args[0], (long long *)&args[1], (long long *)&args[2]);
	start.program = count > 1 ? GUEST_CALLS : GUEST_CALL_ONCE;
	start.nr = nr;
	start.count = count;
	memcpy(start.args, args, sizeof(args));
	if (kvm_vcpu_start(&vm->vcpus[0], &start) || kvm_vcpu_run(&vm->vcpus[0]) ||
	    kvm_vcpu_regs(&vm->vcpus[0], &regs))
		die(kvm_error(), -EIO);
	return kvm_result(&regs);
}

static int ask(const char *policy, bool xen)
{
	struct kvm_vm_conf conf = { .xen = xen };
	struct kvm_vm *vm;
	char line[128];

	if (kvm_vm_create(&conf, &vm))
		die(kvm_error(), -EIO);
	bind(vm, policy, efd_new());
	put_port(vm, GUEST_DATA, PORT);
	puts("ready");
	while (fgets(line, sizeof(line), stdin))
		printf("%lld\n", (long long)ask_once(vm, line, xen ? HCBPF_ABI_XEN : PLAIN_ABI));
	return 0;
}

static int vm_fd_of(pid_t pid)
{
	int pidfd = syscall(SYS_pidfd_open, pid, 0), fd = -ENOENT;
	char path[64], link[64];
	struct dirent *entry;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/fd", pid);
	dir = opendir(path);
	while (dir && fd < 0 && (entry = readdir(dir))) {
		ssize_t len = readlinkat(dirfd(dir), entry->d_name, link, sizeof(link) - 1);

		link[len > 0 ? len : 0] = '\0';
		if (!strcmp(link, "anon_inode:kvm-vm"))
			fd = syscall(SYS_pidfd_getfd, pidfd, atoi(entry->d_name), 0);
	}
	return fd;
}

static int attach(pid_t pid, const char *policy)
{
	int vm_fd = vm_fd_of(pid), fd;
	volatile hcbpf_port_t *ports;

	if (vm_fd < 0)
		die("no VM in that process", vm_fd);
	fd = hc_bind(vm_fd, policy);
	if (fd < 0)
		die("bind", fd);
	ports = hc_ports(fd, 512);
	ports[PORT] = hcbpf_port_make(HCBPF_PORT_EVENTFD, 0);
	return hc_set_eventfd(fd, 0, efd_new()) ? 1 : 0;
}

static int hold(uint32_t id)
{
	int fd = hc_open_id(id);

	if (fd < 0)
		die("open", fd);
	puts("held");
	while (!(hc_vm_info(fd).state & HCBPF_VM_ENDED))
		sleep_ms(10);
	puts("ended");
	pause();
	return 0;
}

static int fentry(void)
{
	struct bpf_program *prog;
	struct policy policy;
	sigset_t set;
	__u64 *calls;
	int sig, err = policy_open(&policy, "fentry.bpf.o");

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	err = err ? err : bpf_object__load(policy.object);
	if (err)
		die(policy_log(), err);
	prog = bpf_object__find_program_by_name(policy.object, "count_call");
	if (!bpf_program__attach(prog))
		die("attach", -errno);
	calls = policy_state(&policy, sizeof(*calls));
	puts("ready");
	while (!sigwait(&set, &sig))
		printf("%llu\n", (unsigned long long)*calls);
	return 1;
}

static int info(void)
{
	static const char *const hooks[] = { "none", "direct", "redirect" };
	struct hcbpf_info info = hc_info();

	printf("%s %u %u\n", hooks[info.hook], info.nr_vms, info.nr_policies);
	return 0;
}

static int answered(uint32_t id)
{
	int fd = hc_open_id(id);

	if (fd < 0)
		die("open", fd);
	printf("%llu\n", (unsigned long long)hc_vm_stats(fd).done);
	return 0;
}

static int map_id(const char *pin)
{
	struct bpf_map_info map = { 0 };
	__u32 size = sizeof(map);
	int fd = bpf_obj_get(pin);

	if (fd < 0 || bpf_obj_get_info_by_fd(fd, &map, &size))
		die(pin, -errno);
	printf("%u\n", map.id);
	return 0;
}

static int lock(const char *dir)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY);

	if (fd < 0 || flock(fd, LOCK_EX))
		die(dir, -errno);
	printf("%d\n", getpid());
	pause();
	return 0;
}

/* A socket that nobody has open any more is one, too. */
static int make_socket(const char *path)
{
	unlink(path);
	if (mknod(path, S_IFSOCK | 0600, 0))
		die(path, -errno);
	return 0;
}

int main(int argc, char **argv)
{
	const char *verb = argc > 1 ? argv[1] : "", *arg = argc > 2 ? argv[2] : NULL;
	const char *more = argc > 3 ? argv[3] : NULL;

	if (!strcmp(verb, "load") && more)
		return load(arg, more, argv[4]);
	if (!strcmp(verb, "spin"))
		return spin(arg);
	if (!strcmp(verb, "idle") && arg)
		return idle(arg);
	if (!strcmp(verb, "call"))
		return call(arg);
	if (!strcmp(verb, "ask") && arg)
		return ask(arg, more);
	if (!strcmp(verb, "attach") && arg)
		return attach(atoi(arg), more ? more : "standard");
	if (!strcmp(verb, "hold") && arg)
		return hold(atoi(arg));
	if (!strcmp(verb, "fentry"))
		return fentry();
	if (!strcmp(verb, "info"))
		return info();
	if (!strcmp(verb, "answered") && arg)
		return answered(atoi(arg));
	if (!strcmp(verb, "first"))
		return printf("%d\n", hc_next_vm(0)) < 0;
	if (!strcmp(verb, "wait-vms") && more)
		return !wait_until(hc_info().nr_vms == (uint32_t)atoi(arg), atoi(more));
	if (!strcmp(verb, "map-id") && arg)
		return map_id(arg);
	if (!strcmp(verb, "lock") && arg)
		return lock(arg);
	if (!strcmp(verb, "socket") && arg)
		return make_socket(arg);
	return 2;
}
