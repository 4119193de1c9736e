// SPDX-License-Identifier: GPL-2.0-only
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "lab.h"

const char *bpf_path(const char *name)
{
	static char path[PATH_MAX];
	const char *dir = getenv("LAB_BPF");
	char self[PATH_MAX / 2] = "";

	if (!dir && readlink("/proc/self/exe", self, sizeof(self) - 1) > 0)
		dir = dirname(self);
	snprintf(path, sizeof(path), "%s/%s", dir ? dir : ".", name);
	return path;
}

/* ---- the module ---- */

int hc_ioctl(int fd, unsigned long request, void *arg)
{
	int ret = ioctl(fd, request, arg);

	return ret < 0 ? -errno : ret;
}

static int device = -1;

int hc_device(void)
{
	if (device < 0)
		device = open(HCBPF_DEVICE, O_RDWR | O_CLOEXEC);
	return device;
}

void hc_device_close(void)
{
	if (device >= 0)
		close(device);
	device = -1;
}

int hc_bind_with(int vm_fd, const char *policy, uint32_t abi, uint32_t nr_ports)
{
	struct hcbpf_bind bind = {
		.size = sizeof(bind), .vm_fd = vm_fd, .abi = abi, .nr_ports = nr_ports,
	};

	snprintf(bind.policy, sizeof(bind.policy), "%s", policy);
	return hc_ioctl(hc_device(), HCBPF_BIND, &bind);
}

int hc_bind(int vm_fd, const char *policy)
{
	return hc_bind_with(vm_fd, policy, HCBPF_ABI_AUTO, 0);
}

int hc_open_id(uint32_t id)
{
	struct hcbpf_open open = { .size = sizeof(open), .vm_fd = -1, .id = id };

	return hc_ioctl(hc_device(), HCBPF_OPEN, &open);
}

int hc_unbind(int fd)
{
	return hc_ioctl(fd, HCBPF_VM_UNBIND, NULL);
}

int hc_set_eventfd(int fd, uint32_t slot, int efd)
{
	struct hcbpf_set_eventfd set = { .size = sizeof(set), .slot = slot, .fd = efd };

	return hc_ioctl(fd, HCBPF_VM_SET_EVENTFD, &set);
}

int hc_next_vm(uint32_t id)
{
	struct hcbpf_next_vm next = { .size = sizeof(next), .id = id };
	int err = hc_ioctl(hc_device(), HCBPF_NEXT_VM, &next);

	return err ? err : (int)next.id;
}

struct hcbpf_info hc_info(void)
{
	struct hcbpf_info info = { .size = sizeof(info) };

	assert_return(hc_ioctl(hc_device(), HCBPF_GET_INFO, &info), 0);
	return info;
}

struct hcbpf_vm_info hc_vm_info(int fd)
{
	struct hcbpf_vm_info info = { .size = sizeof(info) };

	assert_return(hc_ioctl(fd, HCBPF_VM_GET_INFO, &info), 0);
	return info;
}

struct hcbpf_vm_stats hc_vm_stats(int fd)
{
	struct hcbpf_vm_stats stats = { .size = sizeof(stats) };

	assert_return(hc_ioctl(fd, HCBPF_VM_GET_STATS, &stats), 0);
	return stats;
}

volatile hcbpf_port_t *hc_ports(int fd, uint32_t nr)
{
	void *table = mmap(NULL, nr * sizeof(hcbpf_port_t), PROT_READ | PROT_WRITE, MAP_SHARED,
			   fd, 0);

	if (table == MAP_FAILED)
		fail_msg("mmap of the port table: %s", strerror(errno));
	return table;
}

/* ---- policies ---- */

static char log_text[1 << 16];
static size_t log_used;

static int log_print(enum libbpf_print_level level, const char *format, va_list args)
{
	int len;

	if (level == LIBBPF_DEBUG || log_used >= sizeof(log_text) - 1)
		return 0;
	len = vsnprintf(log_text + log_used, sizeof(log_text) - log_used, format, args);
	log_used += len > 0 ? len : 0;
	return len;
}

const char *policy_log(void)
{
	return log_text;
}

int policy_open(struct policy *policy, const char *file)
{
	memset(policy, 0, sizeof(*policy));
	memset(log_text, 0, sizeof(log_text));
	log_used = 0;
	libbpf_set_print(log_print);
	policy->object = bpf_object__open_file(bpf_path(file), NULL);
	if (!policy->object)
		return -errno;
	bpf_object__for_each_map(policy->map, policy->object)
		if (bpf_map__type(policy->map) == BPF_MAP_TYPE_STRUCT_OPS)
			return 0;
	return 0;
}

/* struct hcbpf_ops as it lies in the object, before libbpf converts it. */
static struct hcbpf_ops *ops_of(struct policy *policy)
{
	size_t size;

	return bpf_map__initial_value(policy->map, &size);
}

void policy_rename(struct policy *policy, const char *name)
{
	memset(ops_of(policy)->name, 0, HCBPF_NAME_LEN);
	memcpy(ops_of(policy)->name, name, strnlen(name, HCBPF_NAME_LEN));
}

void policy_set_flags(struct policy *policy, uint32_t flags)
{
	ops_of(policy)->flags = flags;
}

int policy_attach(struct policy *policy)
{
	int err = bpf_object__load(policy->object);

	if (err)
		return err;
	policy->link = bpf_map__attach_struct_ops(policy->map);
	return policy->link ? 0 : -errno;
}

int policy_load(struct policy *policy, const char *file)
{
	int err = policy_open(policy, file);

	return err ? err : policy_attach(policy);
}

void *policy_state(struct policy *policy, size_t size)
{
	struct bpf_map *map = bpf_object__find_map_by_name(policy->object, ".bss");
	void *state;

	if (!map)
		return NULL;
	state = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, bpf_map__fd(map), 0);
	return state == MAP_FAILED ? NULL : state;
}

void policy_unload(struct policy *policy)
{
	bpf_link__destroy(policy->link);
	bpf_object__close(policy->object);
	memset(policy, 0, sizeof(*policy));
}

int policy_load_observe(struct policy *policy, const char *name, struct observe_state **state)
{
	int err = policy_open(policy, "observe.bpf.o");

	if (err)
		return err;
	policy_rename(policy, name);
	err = policy_attach(policy);
	if (err)
		return err;
	*state = policy_state(policy, sizeof(**state));
	return *state ? 0 : -ENOMEM;
}

/* ---- the rest ---- */

int efd_new(void)
{
	return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
}

int executable_mapping_errno(void)
{
	static const struct kvm_vm_conf plain = { .high = true };
	struct kvm_vm *vm;
	void *at;
	int err;

	/* A vCPU's file is one, too, and KVM does not mind. */
	if (kvm_vm_create(&plain, &vm))
		return -ENODEV;
	at = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, vm->vcpus[0].fd, 0);
	err = at == MAP_FAILED ? -errno : -EINVAL;
	kvm_vm_destroy(vm);
	return err;
}

uint64_t efd_take(int efd)
{
	uint64_t count;

	return read(efd, &count, sizeof(count)) == sizeof(count) ? count : 0;
}

void sleep_ms(unsigned int ms)
{
	struct timespec time = { ms / 1000, ms % 1000 * 1000000L };

	nanosleep(&time, NULL);
}

uint64_t now_ms(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000ULL + time.tv_nsec / 1000000;
}

const char *file_text(const char *path)
{
	static char text[1 << 16];
	size_t used = 0;
	ssize_t n;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	while (fd >= 0 && used < sizeof(text) - 1) {
		n = read(fd, text + used, sizeof(text) - 1 - used);
		if (n <= 0)
			break;
		used += n;
	}
	if (fd >= 0)
		close(fd);
	text[used] = '\0';
	return text;
}

bool file_write(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool good = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	if (fd >= 0)
		close(fd);
	return good;
}

int sh(const char *format, ...)
{
	char command[1024], quiet[1100];
	va_list args;
	int status;

	va_start(args, format);
	vsnprintf(command, sizeof(command), format, args);
	va_end(args);
	snprintf(quiet, sizeof(quiet), "{ %s; } >/dev/null 2>&1", command);
	status = system(quiet);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

bool unload_module(void)
{
	int tries;

	for (tries = 0; sh("rmmod hcbpf"); tries++) {
		if (tries == 100)
			return false;
		sleep_ms(100);
	}
	return true;
}

/* What was found out before a crash must not be lost in a buffer. */
__attribute__((constructor)) static void unbuffered(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
}
