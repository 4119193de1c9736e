// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <hcbpf/libhcbpf.h>

#include "cli/args.h"
#include "cli/output.h"
#include "cmd/trace_lines.h"
#include "host/sample.h"
#include "text/call_args.h"

#define SECOND 1000000000ULL

/* ---- times ---- */

uint64_t clock_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * SECOND + now.tv_nsec;
}

static struct timespec wall_time(uint64_t monotonic)
{
	struct timespec now;
	uint64_t ns;

	clock_gettime(CLOCK_REALTIME, &now);
	ns = now.tv_sec * SECOND + now.tv_nsec - (clock_now() - monotonic);
	return (struct timespec){ .tv_sec = ns / SECOND, .tv_nsec = ns % SECOND };
}

void clock_text(char text[CLOCK_TEXT], uint64_t monotonic)
{
	struct timespec time = wall_time(monotonic);
	struct tm tm;
	size_t len;

	len = strftime(text, CLOCK_TEXT, "%T", localtime_r(&time.tv_sec, &tm));
	snprintf(text + len, CLOCK_TEXT - len, ".%06ld", time.tv_nsec / 1000);
}

void clock_json(struct json_object *object, uint64_t monotonic)
{
	struct timespec time = wall_time(monotonic);
	char text[CLOCK_TEXT];
	struct tm tm;
	size_t len;

	len = strftime(text, CLOCK_TEXT, "%FT%T", gmtime_r(&time.tv_sec, &tm));
	snprintf(text + len, CLOCK_TEXT - len, ".%06ldZ", time.tv_nsec / 1000);
	add_text(object, "time", text);
}

/* ---- VMs ---- */

/*
 * Who a VM is, asked once: of so many that whoever makes and ends VMs without end does not make
 * this grow.
 */
#define MAX_KNOWN 256

struct known {
	uint32_t id;
	char tag[HCBPF_NAME_LEN], name[VMM_NAME_LEN];
};

static struct known *vm_of(uint32_t id)
{
	static struct known all[MAX_KNOWN];
	struct known *known = &all[id % MAX_KNOWN];
	struct hcbpf_vm_info info;
	struct vm_names names;
	struct hcbpf_vm *vm;

	if (known->id == id)
		return known;
	memset(known, 0, sizeof(*known));
	known->id = id;
	if (hcbpf_vm_open_id(id, &vm))
		return known;
	if (!hcbpf_vm_info(vm, &info)) {
		vm_names(info.pid, &names);
		snprintf(known->tag, sizeof(known->tag), "%s", info.tag);
		snprintf(known->name, sizeof(known->name), "%s", names.name);
		text_clean(known->name, false);
	}
	hcbpf_vm_close(vm);
	return known;
}

/* ---- calls ---- */

static void call_name(char text[NAMES_TEXT], const struct hcbpf_call *call)
{
	if (call->nr < HCBPF_RULE_ANY)
		call_text(text, call->abi, call->nr, hcbpf_rule_sub(call));
	else
		snprintf(text, NAMES_TEXT, "0x%llx", (unsigned long long)call->nr);
}

static const char *outcome_name(uint32_t outcome)
{
	return outcome == HCBPF_DONE ? "done" : outcome == HCBPF_EXIT ? "exit" : "pass";
}

/* Of a call that nobody has described: all registers, but for the last that are 0. */
static unsigned int nr_set(const struct hcbpf_call *call)
{
	unsigned int nr = abi_nr_args(call);

	while (nr && !call->args[nr - 1])
		nr--;
	return nr;
}

static void print_args(const struct hcbpf_call *call)
{
	char names[MAX_ARGS][ARG_NAME];
	int nr = call_arg_names(call, names), i;
	bool named = nr >= 0;

	nr = named ? nr : (int)nr_set(call);
	for (i = 0; i < nr; i++)
		printf("%s%s%s%#llx", i ? ", " : "", named ? names[i] : "", named ? "=" : "",
		       (unsigned long long)call->args[i]);
}

/* "07:41:02.113508  VM 7 (web-1)  vCPU 0  kvm 5 kick_cpu(flags=0, apic_id=0x1)  pass  412 ns" */
static void print_text(const struct trace_record *record)
{
	const struct hcbpf_call *call = &record->call;
	const struct known *vm = vm_of(call->vm_id);
	const char *who = vm->name[0] ? vm->name : vm->tag;
	char at[CLOCK_TEXT], name[NAMES_TEXT], ret[NAMES_TEXT];

	clock_text(at, record->time);
	call_name(name, call);
	printf("%s  VM %u%s%s%s  vCPU %u  %s %#llx %s(", at, call->vm_id, who[0] ? " (" : "", who,
	       who[0] ? ")" : "", call->vcpu_id, abi_name(call->abi), (unsigned long long)call->nr,
	       name);
	print_args(call);
	printf(")  %s%s", call->user ? "user mode  " : "", outcome_name(record->outcome));
	if (record->outcome == HCBPF_DONE) {
		call_ret_text(ret, call);
		printf(" = %s", ret);
	}
	printf("  %llu ns\n", (unsigned long long)record->ns);
}

static void add_args(struct json_object *object, const struct hcbpf_call *call)
{
	struct json_object *all = json_object_new_array(), *named = NULL;
	char names[MAX_ARGS][ARG_NAME];
	int nr = call_arg_names(call, names), i;

	for (i = 0; i < (int)abi_nr_args(call); i++)
		json_object_array_add(all, json_object_new_uint64(call->args[i]));
	if (nr >= 0)
		named = json_object_new_object();
	for (i = 0; i < nr; i++)
		add_number(named, names[i], call->args[i]);
	json_object_object_add(object, "args", all);
	json_object_object_add(object, "named_args", named);
}

static void add_result(struct json_object *object, const struct trace_record *record)
{
	char text[NAMES_TEXT] = "";

	add_null(object, "answer");
	if (record->outcome == HCBPF_DONE) {
		add_number(object, "answer", record->call.ret);
		call_ret_text(text, &record->call);
	}
	add_text(object, "answer_text", text);
}

static void print_json(const struct trace_record *record)
{
	struct json_object *object = json_object_new_object();
	const struct hcbpf_call *call = &record->call;
	const struct known *vm = vm_of(call->vm_id);
	uint32_t sub = hcbpf_rule_sub(call);
	char name[NAMES_TEXT];

	call_name(name, call);
	clock_json(object, record->time);
	add_number(object, "id", call->vm_id);
	add_text(object, "name", vm->name);
	add_text(object, "tag", vm->tag);
	add_number(object, "vcpu", call->vcpu_id);
	add_text(object, "abi", abi_name(call->abi));
	add_number(object, "nr", call->nr);
	add_null(object, "sub");
	if (sub != HCBPF_RULE_ANY)
		add_number(object, "sub", sub);
	add_text(object, "call", name);
	add_args(object, call);
	json_object_object_add(object, "from_user", json_object_new_boolean(call->user));
	add_text(object, "outcome", outcome_name(record->outcome));
	add_result(object, record);
	add_number(object, "decision_ns", record->ns);
	out_line(object);
}

void trace_print_call(const struct trace_record *record)
{
	if (out_is_json())
		print_json(record);
	else
		print_text(record);
}

void trace_print_counts(uint64_t shown, const uint64_t *dropped)
{
	struct json_object *object;
	char at[CLOCK_TEXT];

	if (!out_is_json()) {
		clock_text(at, clock_now());
		if (dropped)
			printf("%s  calls dropped so far: %llu\n", at,
			       (unsigned long long)*dropped);
		return;
	}
	object = json_object_new_object();
	clock_json(object, clock_now());
	add_number(object, "shown", shown);
	add_null(object, "dropped");
	if (dropped)
		add_number(object, "dropped", *dropped);
	out_line(object);
}
