// SPDX-License-Identifier: GPL-2.0-only
/* buffer list, purge, limit: the hypercall buffers that a guest has registered. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/args.h"
#include "cli/command.h"
#include "cli/output.h"
#include "cmd/buffer.h"
#include "cmd/which_vm.h"
#include "host/device.h"

static const struct column columns[] = {
	{ "vcpu", "VCPU" }, { "virtual", "VIRTUAL" }, { "physical", "PHYSICAL" },
	{ "size", "SIZE" }, { 0 }
};

static int buffer_order(const void *a, const void *b)
{
	const struct hcbpf_buffer *x = a, *y = b;

	if (x->vcpu != y->vcpu)
		return x->vcpu < y->vcpu ? -1 : 1;
	return x->va == y->va ? 0 : x->va < y->va ? -1 : 1;
}

int vm_buffers_read(struct hcbpf_vm *vm, struct hcbpf_buffer **buffers, size_t *nr)
{
	size_t room = 0;
	int err;

	*nr = 0;
	*buffers = NULL;
	/* They may grow between two looks. */
	do {
		room = *nr;
		free(*buffers);
		*buffers = calloc(room + 1, sizeof(**buffers));
		err = *buffers ? hcbpf_buffers_get(vm, *buffers, nr) : -ENOMEM;
	} while (!err && *nr > room);
	if (err) {
		free(*buffers);
		*buffers = NULL;
		return err;
	}
	qsort(*buffers, *nr, sizeof(**buffers), buffer_order);
	return 0;
}

/* Addresses as text: not every reader of JSON has 64-bit numbers. */
static void add_address(struct json_object *object, const char *key, uint64_t address)
{
	char text[24];

	snprintf(text, sizeof(text), "0x%llx", (unsigned long long)address);
	add_text(object, key, text);
}

static struct json_object *buffer_json(const struct hcbpf_buffer *buffer)
{
	struct json_object *object = json_object_new_object();

	if (buffer->vcpu != HCBPF_BUFFER_ANY_VCPU)
		add_number(object, "vcpu", buffer->vcpu);
	else if (out_is_json())
		json_object_object_add(object, "vcpu", NULL);
	else
		add_text(object, "vcpu", "all");
	add_address(object, "virtual", buffer->va);
	add_address(object, "physical", buffer->gpa);
	add_number(object, "size", buffer->size);
	return object;
}

static int list(struct hcbpf_vm *vm)
{
	struct json_object *rows;
	struct hcbpf_buffer *buffers;
	size_t nr, i;
	int err;

	err = vm_buffers_read(vm, &buffers, &nr);
	if (err == -EAGAIN)
		return fail(err, "the guest of VM %u keeps changing its buffers\ntry again",
			    hcbpf_vm_id(vm));
	if (err)
		return fail(err, "cannot read the buffers of VM %u: %s", hcbpf_vm_id(vm),
			    strerror(-err));
	rows = json_object_new_array();
	for (i = 0; i < nr; i++)
		json_object_array_add(rows, buffer_json(&buffers[i]));
	free(buffers);
	out_table(rows, columns, "no buffer is registered");
	return EXIT_SUCCESS;
}

static int list_run(const struct args *args)
{
	struct hcbpf_vm *vm = which_vm(args);
	int status = vm ? list(vm) : EXIT_FAILURE;

	hcbpf_vm_close(vm);
	return status;
}

static int purge(struct hcbpf_vm *vm)
{
	struct json_object *object;
	int err = hcbpf_buffers_set(vm, NULL, 0);

	if (err == -EPERM)
		return fail_operators(vm);
	if (err)
		return fail(err, "cannot purge the buffers of VM %u: %s", hcbpf_vm_id(vm),
			    strerror(-err));
	object = json_object_new_object();
	add_number(object, "id", hcbpf_vm_id(vm));
	out_done(object, "VM %u has no registered buffers any more", hcbpf_vm_id(vm));
	return EXIT_SUCCESS;
}

static int purge_run(const struct args *args)
{
	struct hcbpf_vm *vm = which_vm(args);
	int status = vm ? purge(vm) : EXIT_FAILURE;

	hcbpf_vm_close(vm);
	return status;
}

static int set_limit(struct hcbpf_vm *vm, uint32_t limit)
{
	struct json_object *object;
	int err;

	err = hcbpf_vm_set_buffer_limit(vm, limit);
	if (err == -ERANGE)
		return fail(err, "%u buffers are too many\nuse 0 to 1024", limit);
	if (err == -EPERM && is_operators(vm))
		return fail_operators(vm);
	if (err)
		return fail(err, "cannot set the limit of VM %u: %s", hcbpf_vm_id(vm),
			    strerror(-err));
	object = json_object_new_object();
	add_number(object, "id", hcbpf_vm_id(vm));
	add_number(object, "buffer_limit", limit);
	out_done(object, "the guest of VM %u may register %u buffers for each vCPU, and %u for all",
		 hcbpf_vm_id(vm), limit, limit);
	return EXIT_SUCCESS;
}

static int limit_run(const struct args *args)
{
	struct hcbpf_vm *vm;
	uint32_t limit;
	int status;

	if (parse_u32(args->words[1], &limit))
		return fail_usage("\"%s\" is not a number of buffers", args->words[1]);
	vm = which_vm(args);
	status = vm ? set_limit(vm, limit) : EXIT_FAILURE;
	hcbpf_vm_close(vm);
	return status;
}

const struct command buffer_verbs[] = {
	{ "list", "VM", "the hypercall buffers that a guest has registered", .run = list_run,
	  .min_words = 1, .max_words = 1, .takes_vm = true },
	{ "purge", "VM", "take them all away, as when the machine is reset", .run = purge_run,
	  .min_words = 1, .max_words = 1, .takes_vm = true },
	{ "limit", "VM N", "say how many it may register for each vCPU, and as many for all",
	  .run = limit_run,
	  .min_words = 2, .max_words = 2, .takes_vm = true },
	{ 0 }
};
