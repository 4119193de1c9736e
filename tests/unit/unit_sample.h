/* SPDX-License-Identifier: GPL-2.0-only */
/* host/sample.c without a module and without processes. */
#ifndef TESTS_UNIT_UNIT_SAMPLE_H
#define TESTS_UNIT_UNIT_SAMPLE_H

#include <errno.h>

#include "../../user/hcbpf/host/sample.c"

/* What asking for the calls of a VM comes to; a VM that cannot be opened any more. */
static int (*calls_of)(uint32_t id, struct hcbpf_calls **calls);
static uint32_t opened, gone;

int hcbpf_vm_open_id(uint32_t id, struct hcbpf_vm **vm)
{
	opened = id;
	*vm = NULL;
	return id == gone ? -ENOENT : 0;
}

int vm_next(int dev, uint32_t *id, struct hcbpf_vm **vm)
{
	(void)dev;
	(void)id;
	(void)vm;
	return -ENOENT;
}

int hcbpf_vm_info_sz(struct hcbpf_vm *vm, struct hcbpf_vm_info *info, size_t size)
{
	(void)vm;
	memset(info, 0, size);
	return -ENODEV;
}

int hcbpf_vm_stats_sz(struct hcbpf_vm *vm, struct hcbpf_vm_stats *stats, size_t size)
{
	(void)vm;
	memset(stats, 0, size);
	return -ENODEV;
}

int hcbpf_vm_is_observed(struct hcbpf_vm *vm)
{
	(void)vm;
	return 0;
}

int hcbpf_vm_calls(struct hcbpf_vm *vm, struct hcbpf_calls **calls)
{
	(void)vm;
	return calls_of ? calls_of(opened, calls) : -ENODEV;
}

void hcbpf_calls_free(struct hcbpf_calls *calls)
{
	free(calls);
}

void hcbpf_vm_close(struct hcbpf_vm *vm)
{
	(void)vm;
}

int process_open(uint32_t pid, struct process *process)
{
	process->pid = pid;
	return 0;
}

void process_close(struct process *process)
{
	(void)process;
}

void process_comm(const struct process *process, char comm[COMM_LEN])
{
	snprintf(comm, COMM_LEN, "comm%u", process->pid);
}

/* What the test says is the name of that process. */
static const char *name_of(uint32_t pid);

void process_vmm_name(const struct process *process, char name[VMM_NAME_LEN])
{
	snprintf(name, VMM_NAME_LEN, "%s", name_of(process->pid));
}

int process_user(const struct process *process, uid_t *uid)
{
	*uid = process->pid;
	return 0;
}

const char *user_name(uid_t uid, char number[USER_NUMBER_LEN])
{
	snprintf(number, USER_NUMBER_LEN, "u%u", uid);
	return number;
}

#endif /* TESTS_UNIT_UNIT_SAMPLE_H */
