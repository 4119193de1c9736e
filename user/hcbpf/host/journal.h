/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What was changed by a command, for who asks later by whom: `journalctl HCBPF_VM=7`. Entries of
 * systemd's journal with fields (docs/monitoring.md), or where there is none, lines of syslog(3).
 * Nothing here fails or prints: a change is not undone since nobody could write it down.
 */
#ifndef JOURNAL_H
#define JOURNAL_H

#include <hcbpf/libhcbpf.h>

enum journal_kind {
	JOURNAL_POLICY_LOADED,
	JOURNAL_POLICY_REFUSED,		/* by the kernel */
	JOURNAL_POLICY_REPLACED,
	JOURNAL_POLICY_UNLOADED,
	JOURNAL_VM_BOUND,
	JOURNAL_VM_REFUSED,		/* by libvirt's hook: it does not start */
	JOURNAL_VM_UNBOUND,
	JOURNAL_VM_PARAM,
	JOURNAL_RULES_CHANGED,
	JOURNAL_RULES_FORCED,		/* calls were added under a running guest */
	JOURNAL_ADMISSION,
	NR_JOURNAL
};

/* Each may be 0 or NULL. */
struct journal_about {
	uint32_t vm;
	const char *tag, *policy, *profile;
};

void journal_write(enum journal_kind kind, const struct journal_about *about, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* The same about a VM. */
void journal_vm(enum journal_kind kind, struct hcbpf_vm *vm, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* How often its rules were forced. What is to be told is whether a change was one of these. */
uint32_t journal_forced(struct hcbpf_vm *vm);
void journal_rules(struct hcbpf_vm *vm, uint32_t forced_before, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#endif /* JOURNAL_H */
