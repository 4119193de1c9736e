// SPDX-License-Identifier: GPL-2.0-only
/* sdei show, inject, cancel. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/args.h"
#include "cli/command.h"
#include "cli/output.h"
#include "cmd/which_vm.h"

#define EVENT HCBPF_SDEI_EVENT_SOFTWARE

static const struct column columns[] = {
	{ "vcpu", "VCPU" }, { "event", "EVENT" }, { "handler", "HANDLER" }, { "pending", "PENDING" },
	{ "pe", "PE" }, { "entry", "ENTRY" }, { "arg", "ARG" }, { "signalled", "SIGNALLED" },
	{ "delivered", "DELIVERED" }, { "coalesced", "COALESCED" }, { "ignored", "IGNORED" },
	{ "cancelled", "CANCELLED" }, { 0 }
};

/* The handler's properties as DEN0054 calls them: registered, enabled, running. */
static void handler_text(char text[64], uint32_t state)
{
	static const struct {
		uint32_t bit;
		const char *word;
	} properties[] = {
		{ HCBPF_SDEI_REGISTERED, "registered" }, { HCBPF_SDEI_ENABLED, "enabled" },
		{ HCBPF_SDEI_RUNNING, "running" },
	};
	size_t i;

	text[0] = '\0';
	for (i = 0; i < sizeof(properties) / sizeof(properties[0]); i++) {
		if (!(state & properties[i].bit))
			continue;
		strcat(text, text[0] ? "," : "");
		strcat(text, properties[i].word);
	}
	if (!text[0])
		strcpy(text, "unregistered");
}

static void add_address(struct json_object *object, const char *key, uint64_t address)
{
	char text[32];

	snprintf(text, sizeof(text), "0x%llx", (unsigned long long)address);
	add_text(object, key, text);
}

static struct json_object *state_json(const struct hcbpf_sdei_state *state)
{
	struct json_object *object = json_object_new_object();
	char handler[64];

	handler_text(handler, state->state);
	add_number(object, "vcpu", state->vcpu_id);
	add_number(object, "event", state->event);
	add_text(object, "handler", handler);
	json_object_object_add(object, "pending",
			       json_object_new_boolean(state->state & HCBPF_SDEI_IS_PENDING));
	add_text(object, "pe", state->state & HCBPF_SDEI_MASKED ? "masked" : "unmasked");
	add_address(object, "entry", state->entry);
	add_address(object, "arg", state->arg);
	add_number(object, "signalled", state->signals);
	add_number(object, "delivered", state->delivered);
	add_number(object, "coalesced", state->coalesced);
	add_number(object, "ignored", state->ignored);
	add_number(object, "cancelled", state->cancelled);
	return object;
}

static int fail_sdei(int err, const struct hcbpf_vm *vm, const char *vcpu)
{
	uint32_t id = hcbpf_vm_id(vm);

	switch (err) {
	case -EOPNOTSUPP:
#ifdef __aarch64__
		return fail(err, "VM %u has no SDEI\nload the module with sdei=1 before the VM is "
			    "created; 32-bit and nested guests have none", id);
#else
		return fail(err, "VM %u has no SDEI: this machine is not arm64\nSDEI is an "
			    "interface of Arm's", id);
#endif
	case -ENOENT:
		return fail(err, "VM %u has no vCPU %s\nsee `hcbpf sdei show %u`", id, vcpu, id);
	case -ENODEV:
		return fail(err, "VM %u is no longer bound", id);
	default:
		return fail(err, "cannot reach vCPU %s of VM %u: %s", vcpu, id, strerror(-err));
	}
}

/* ---- show ---- */

static int list_states(struct hcbpf_vm *vm, struct json_object *rows)
{
	struct hcbpf_sdei_state state;
	uint32_t vcpu = 0;
	int err;

	while (!(err = hcbpf_sdei_get(vm, vcpu, EVENT, &state))) {
		json_object_array_add(rows, state_json(&state));
		vcpu = state.vcpu_id + 1;
	}
	return err == -ENOENT ? 0 : err;
}

static int show_run(const struct args *args)
{
	struct json_object *rows;
	struct hcbpf_vm *vm = which_vm(args);
	int err;

	if (!vm)
		return EXIT_FAILURE;
	rows = json_object_new_array();
	err = list_states(vm, rows);
	if (err) {
		json_object_put(rows);
		err = fail_sdei(err, vm, "0");
	} else {
		out_table(rows, columns, "it has no vCPU yet");
	}
	hcbpf_vm_close(vm);
	return err;
}

/* ---- inject, cancel ---- */

static struct hcbpf_vm *open_vcpu(const struct args *args, uint32_t *vcpu)
{
	if (parse_u32(args->words[1], vcpu)) {
		fail_usage("\"%s\" is not the number of a vCPU\nsee `hcbpf sdei show`",
			   args->words[1]);
		return NULL;
	}
	return which_vm(args);
}

static struct json_object *result_json(struct hcbpf_vm *vm, uint32_t vcpu, const char *result)
{
	struct json_object *object = json_object_new_object();

	add_number(object, "id", hcbpf_vm_id(vm));
	add_number(object, "vcpu", vcpu);
	add_number(object, "event", EVENT);
	add_text(object, "result", result);
	return object;
}

static int inject(struct hcbpf_vm *vm, uint32_t vcpu, const char *word)
{
	static const struct {
		const char *name, *text;
	} results[] = {
		[HCBPF_SDEI_SIGNALLED] = { "signalled", "event 0 is signalled to" },
		[HCBPF_SDEI_COALESCED] = { "coalesced", "event 0 was pending already on" },
	};
	int ret = hcbpf_sdei_signal(vm, vcpu, EVENT);

	if (ret < 0)
		return fail_sdei(ret, vm, word);
	if (ret == HCBPF_SDEI_IGNORED)
		return fail(-ENOTCONN, "vCPU %u of VM %u has no handler registered for event 0\n"
			    "wait until its kernel registers one", vcpu, hcbpf_vm_id(vm));
	out_done(result_json(vm, vcpu, results[ret].name), "%s vCPU %u of VM %u", results[ret].text,
		 vcpu, hcbpf_vm_id(vm));
	return EXIT_SUCCESS;
}

static int inject_run(const struct args *args)
{
	uint32_t vcpu;
	struct hcbpf_vm *vm = open_vcpu(args, &vcpu);
	int status;

	if (!vm)
		return EXIT_FAILURE;
	status = inject(vm, vcpu, args->words[1]);
	hcbpf_vm_close(vm);
	return status;
}

static int cancel(struct hcbpf_vm *vm, uint32_t vcpu, const char *word)
{
	int err = hcbpf_sdei_cancel(vm, vcpu, EVENT);

	if (err == -EALREADY)
		return fail(err, "event 0 is not pending on vCPU %u of VM %u", vcpu,
			    hcbpf_vm_id(vm));
	if (err)
		return fail_sdei(err, vm, word);
	out_done(result_json(vm, vcpu, "cancelled"), "event 0 is taken back from vCPU %u of VM %u",
		 vcpu, hcbpf_vm_id(vm));
	return EXIT_SUCCESS;
}

static int cancel_run(const struct args *args)
{
	uint32_t vcpu;
	struct hcbpf_vm *vm = open_vcpu(args, &vcpu);
	int status;

	if (!vm)
		return EXIT_FAILURE;
	status = cancel(vm, vcpu, args->words[1]);
	hcbpf_vm_close(vm);
	return status;
}

const struct command sdei_verbs[] = {
	{ "show", "VM", "each vCPU's handler and events",
	  .run = show_run, .min_words = 1, .max_words = 1, .takes_vm = true },
	{ "inject", "VM VCPU", "signal event 0 to a vCPU",
	  .run = inject_run, .min_words = 2, .max_words = 2, .takes_vm = true },
	{ "cancel", "VM VCPU", "take event 0 back before the vCPU has it",
	  .run = cancel_run, .min_words = 2, .max_words = 2, .takes_vm = true },
	{ 0 }
};
