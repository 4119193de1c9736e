// SPDX-License-Identifier: GPL-2.0-only
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/klog.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "admission.h"

#define CGROUPS "/sys/fs/cgroup"

/* ---- tables ---- */

static const struct hcbpf_rule deny_probe = {
	.abi = PLAIN_ABI, .nr = PROBE, .sub = HCBPF_RULE_ANY, .action = HCBPF_RULE_DENY,
	.ret = DENIED,
};

struct hcbpf_template *add_template(struct table *table, const char *name)
{
	struct hcbpf_template *new = &table->templates[table->nr_templates++];

	snprintf(new->name, sizeof(new->name), "%s", name);
	snprintf(new->policy, sizeof(new->policy), "standard");
	snprintf(new->profile, sizeof(new->profile), "test");
	new->nr_rules = 1;
	new->rules = (uintptr_t)&deny_probe;
	return new;
}

struct hcbpf_admit_rule *add_rule(struct table *table, uint32_t flags)
{
	struct hcbpf_admit_rule *new = &table->rules[table->nr_rules++];

	new->flags = flags;
	new->template_index = table->nr_templates - 1;
	return new;
}

struct hcbpf_admit_rule *add_user_rule(struct table *table, uint32_t uid, uint32_t flags)
{
	struct hcbpf_admit_rule *new = add_rule(table, HCBPF_ADMIT_USER | flags);

	new->uid = uid;
	return new;
}

struct hcbpf_admit_rule *add_place_rule(struct table *table, const char *place, uint32_t flags)
{
	struct hcbpf_admit_rule *new = add_rule(table, flags);

	snprintf(new->place, sizeof(new->place), "%s", place);
	return new;
}

int table_load(const struct table *table)
{
	struct hcbpf_admission req = {
		.size = sizeof(req), .nr_templates = table->nr_templates,
		.nr_rules = table->nr_rules, .templates = (uintptr_t)table->templates,
		.rules = (uintptr_t)table->rules,
	};

	return hc_ioctl(hc_device(), HCBPF_SET_ADMISSION, &req);
}

void load_for_user(uint32_t uid)
{
	struct table table = { 0 };

	add_template(&table, "t");
	add_user_rule(&table, uid, HCBPF_ADMIT_REQUIRED);
	assert_ok(table_load(&table));
}

void admission_off(void)
{
	const struct table none = { 0 };

	assert_ok(table_load(&none));
}

struct hcbpf_admission admission_info(void)
{
	struct hcbpf_admission req = { .size = sizeof(req) };

	assert_ok(hc_ioctl(hc_device(), HCBPF_GET_ADMISSION, &req));
	return req;
}

/* ---- VMs ---- */

static enum fate fate_of(uint64_t result)
{
	if (result == (uint64_t)(int64_t)DENIED)
		return FATE_BOUND;
	return result == PLAIN_ANSWER ? FATE_FREE : FATE_BROKEN;
}

enum fate probe(struct kvm_vm *vm, unsigned int i)
{
	const struct kvm_start start = {
		.program = GUEST_CALL_ONCE, .count = 1, .nr = PROBE, .abi = PLAIN_ABI,
	};
	struct kvm_vcpu *vcpu = &vm->vcpus[i];
	struct kvm_regs before, after;
	int err;

	if (kvm_vcpu_start(vcpu, &start) || kvm_vcpu_regs(vcpu, &before))
		return FATE_BROKEN;
	err = kvm_vcpu_run(vcpu);
	if (kvm_vcpu_regs(vcpu, &after))
		return FATE_BROKEN;
	if (err == -EIO)
		return memcmp(&before, &after, sizeof(before)) ? FATE_FREE : FATE_REFUSED;
	return err ? FATE_BROKEN : fate_of(kvm_result(&after));
}

enum fate probe_new(void)
{
	const struct kvm_vm_conf conf = { 0 };
	struct kvm_vm *vm;
	enum fate fate;

	if (kvm_vm_create(&conf, &vm))
		return FATE_BROKEN;
	fate = probe(vm, 0);
	kvm_vm_destroy(vm);
	return fate;
}

enum fate probe_many(unsigned int nr)
{
	enum fate fate = FATE_BOUND;

	while (nr-- && fate == FATE_BOUND)
		fate = probe_new();
	return fate;
}

uint32_t uid_of(const char *user)
{
	const struct passwd *entry = getpwnam(user);

	if (!entry)
		fail_msg("there is no user %s", user);
	return entry->pw_uid;
}

static void enter(const char *cgroup)
{
	char path[512], pid[16];

	snprintf(path, sizeof(path), CGROUPS "%s/cgroup.procs", cgroup);
	snprintf(pid, sizeof(pid), "%d", getpid());
	if (!file_write(path, pid))
		_exit(99);
}

static void become(const char *user)
{
	const struct group *kvm = getgrnam("kvm");
	const struct passwd *entry = getpwnam(user);

	hc_device_close();	/* it was opened by root */
	if (!kvm || !entry || setgroups(0, NULL) ||
	    setresgid(kvm->gr_gid, kvm->gr_gid, kvm->gr_gid) ||
	    setresuid(entry->pw_uid, entry->pw_uid, entry->pw_uid))
		_exit(99);
}

int as_user(const char *user, const char *cgroup, int (*body)(void))
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		if (cgroup)
			enter(cgroup);
		if (user)
			become(user);
		_exit(body());
	}
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 99;
}

static unsigned int how_many;

static int body_probe(void)
{
	return probe_many(how_many);
}

enum fate probe_as(const char *user, const char *cgroup, unsigned int nr)
{
	how_many = nr;
	return as_user(user, cgroup, body_probe);
}

int open_binding(const struct kvm_vm *vm)
{
	struct hcbpf_open open = { .size = sizeof(open), .vm_fd = vm->fd };

	return hc_ioctl(hc_device(), HCBPF_OPEN, &open);
}

/* ---- the machine ---- */

void cgroup_make(const char *path)
{
	char full[512];
	char *slash = full + strlen(CGROUPS) + 1;

	snprintf(full, sizeof(full), CGROUPS "%s/", path);
	while ((slash = strchr(slash, '/'))) {
		*slash = '\0';
		if (mkdir(full, 0755) && errno != EEXIST)
			fail_msg("%s: %s", full, strerror(errno));
		*slash++ = '/';
	}
}

void cgroup_set(const char *path, const char *file, const char *value)
{
	char full[512];

	snprintf(full, sizeof(full), CGROUPS "%s/%s", path, file);
	if (!file_write(full, value))
		fail_msg("%s: %s", full, strerror(errno));
}

#define SYSLOG_ACTION_READ_ALL 3
#define SYSLOG_ACTION_CLEAR 5

void log_mark(void)
{
	klogctl(SYSLOG_ACTION_CLEAR, NULL, 0);
}

bool log_has(const char *text)
{
	static char log[1 << 18];
	int len = klogctl(SYSLOG_ACTION_READ_ALL, log, sizeof(log) - 1);

	log[len > 0 ? len : 0] = '\0';
	return strstr(log, text);
}
