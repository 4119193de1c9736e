// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/*
 * The reference VMM's file of a stopped VM: options, what the devices have counted, the
 * vCPUs, memory, and hcbpf's part, which this VMM need not understand.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include "vmm.h"

static const char magic[8] = "hcbpfvmm";

struct head {
	char magic[8];
	uint32_t vcpus, ports, changes;
	uint8_t plain, kvm_abi, pad[2];
	uint64_t sends, memory_size, hcbpf_size;
};

static FILE *open_file(const char *file, const char *mode)
{
	FILE *f = fopen(file, mode);

	if (!f)
		err(1, "%s", file);
	return f;
}

static void put(FILE *f, const void *data, size_t size)
{
	if (size && fwrite(data, size, 1, f) != 1)
		err(1, "write state");
}

static void get(FILE *f, void *data, size_t size)
{
	if (size && fread(data, size, 1, f) != 1)
		errx(1, "the file of state is too short");
}

static void *get_new(FILE *f, size_t size)
{
	void *data = malloc(size ? size : 1);

	if (!data)
		err(1, "state");
	get(f, data, size);
	return data;
}

void state_write(const char *file, const struct vm_state *vm)
{
	struct head head = {
		.vcpus = opt.vcpus, .ports = opt.ports, .changes = changes, .plain = opt.plain,
		.kvm_abi = opt.kvm_abi, .sends = opt.sends, .memory_size = vm->memory_size,
		.hcbpf_size = vm->hcbpf_size,
	};
	FILE *f = open_file(file, "we");

	memcpy(head.magic, magic, sizeof(magic));
	put(f, &head, sizeof(head));
	for (unsigned int i = 0; i < nr_ports; i++) {
		put(f, &ports[i].arrived, sizeof(ports[i].arrived));
		put(f, &ports[i].exits, sizeof(ports[i].exits));
	}
	put(f, vm->vcpus, opt.vcpus * sizeof(*vm->vcpus));
	put(f, vm->memory, vm->memory_size);
	put(f, vm->hcbpf, vm->hcbpf_size);
	if (fclose(f))
		err(1, "%s", file);
}

static struct head read_head(FILE *f)
{
	struct head head;

	get(f, &head, sizeof(head));
	if (memcmp(head.magic, magic, sizeof(magic)))
		errx(1, "this is not a file that --save has written");
	return head;
}

void state_read_options(const char *file)
{
	FILE *f = open_file(file, "re");
	struct head head = read_head(f);

	opt.vcpus = head.vcpus;
	opt.ports = head.ports;
	opt.sends = head.sends;
	opt.plain = head.plain;
	opt.kvm_abi = head.kvm_abi;
	changes = head.changes;
	fclose(f);
}

void state_read(const char *file, struct vm_state *vm)
{
	FILE *f = open_file(file, "re");
	struct head head = read_head(f);

	for (unsigned int i = 0; i < nr_ports; i++) {
		get(f, &ports[i].arrived, sizeof(ports[i].arrived));
		get(f, &ports[i].exits, sizeof(ports[i].exits));
	}
	vm->vcpus = get_new(f, opt.vcpus * sizeof(*vm->vcpus));
	vm->memory_size = head.memory_size;
	vm->memory = get_new(f, head.memory_size);
	vm->hcbpf_size = head.hcbpf_size;
	vm->hcbpf = get_new(f, head.hcbpf_size);
	fclose(f);
}
