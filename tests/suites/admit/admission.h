/* SPDX-License-Identifier: GPL-2.0-only */
/* Tables of templates and rules, and VMMs that are to be caught by them. */
#ifndef TESTS_ADMIT_ADMISSION_H
#define TESTS_ADMIT_ADMISSION_H

#include <sys/types.h>
#include "lab.h"

/* ---- tables ---- */

#define MAX_ROWS 8

struct table {
	struct hcbpf_template templates[MAX_ROWS];
	struct hcbpf_admit_rule rules[MAX_ROWS];
	uint32_t nr_templates, nr_rules;
};

/*
 * A template under which PROBE is answered with DENIED: by its only rule, with the policy
 * "standard". Returns it, to be changed.
 */
struct hcbpf_template *add_template(struct table *table, const char *name);
/* A rule for the last template. */
struct hcbpf_admit_rule *add_rule(struct table *table, uint32_t flags);
struct hcbpf_admit_rule *add_user_rule(struct table *table, uint32_t uid, uint32_t flags);
struct hcbpf_admit_rule *add_place_rule(struct table *table, const char *place, uint32_t flags);

/* 0 or a negative errno. */
int table_load(const struct table *table);
/* The usual one: one template, named "t", one rule for all VMs of @uid, required. */
void load_for_user(uint32_t uid);
void admission_off(void);
/* Without the arrays. */
struct hcbpf_admission admission_info(void);

/* ---- VMs ---- */

#define PROBE 0x90	/* a call that nobody knows */
#define DENIED (-77)

/* What became of a VM whose first call is PROBE; of several, the first that is not BOUND. */
enum fate {
	FATE_BOUND,	/* denied, as the template says */
	FATE_FREE,	/* it got through */
	FATE_REFUSED,	/* -EIO, and the guest has not moved */
	FATE_BROKEN,	/* the test itself */
};

/* Put the call on vCPU @i, and run it in this thread. */
enum fate probe(struct kvm_vm *vm, unsigned int i);
/* A new VM, probed once. */
enum fate probe_new(void);
enum fate probe_many(unsigned int nr);

/* The same in a process as @user in group kvm, or NULL: root; in @cgroup, or NULL. */
enum fate probe_as(const char *user, const char *cgroup, unsigned int nr);
/* Whatever @body returns, 0 to 98. */
int as_user(const char *user, const char *cgroup, int (*body)(void));
uint32_t uid_of(const char *user);

/* A file of its own for the VM's binding; or a negative errno. */
int open_binding(const struct kvm_vm *vm);

/* cgroups, by their paths in the hierarchy, with all those above them. */
void cgroup_make(const char *path);
void cgroup_set(const char *path, const char *file, const char *value);

/* Has the kernel log a line with @text since log_mark()? */
void log_mark(void);
bool log_has(const char *text);

#endif /* TESTS_ADMIT_ADMISSION_H */
