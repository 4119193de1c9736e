// SPDX-License-Identifier: GPL-2.0-only
/* trace --policy: what a policy writes into a ring buffer of its own. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bpf/object.h"
#include "bpf/records.h"
#include "cli/output.h"
#include "cmd/trace.h"
#include "cmd/trace_lines.h"
#include "host/check.h"

/* How often to look whether it is still the policy's, in ns. */
#define LOOK_EVERY 500000000ULL
/* Bytes of a record without a type that a line has. */
#define MAX_SHOWN 64

struct reading {
	const char *policy, *map, *type;
	struct records records;
	struct trace_end end;
	uint64_t looked;	/* when */
};

/* ---- a record ---- */

static char *hex(const void *record, size_t size, const char *between)
{
	const unsigned char *bytes = record;
	size_t length, i;
	char *text;
	FILE *file = open_memstream(&text, &length);

	if (!file)
		abort();
	for (i = 0; i < size; i++)
		fprintf(file, "%s%02x", i ? between : "", bytes[i]);
	fclose(file);
	return text;
}

static void print_json(const struct reading *reading, const void *record, size_t size)
{
	struct json_object *object = json_object_new_object();
	char *bytes = hex(record, size, "");

	clock_json(object, clock_now());
	add_text(object, "policy", reading->policy);
	add_text(object, "map", reading->records.map);
	add_number(object, "size", size);
	add_text(object, "bytes", bytes);
	json_object_object_add(object, "record", record_json(&reading->records, record, size));
	out_line(object);
	free(bytes);
}

static void print_bytes(const void *record, size_t size)
{
	char *bytes = hex(record, size < MAX_SHOWN ? size : MAX_SHOWN, " ");

	printf("%zu bytes: %s%s\n", size, bytes, size > MAX_SHOWN ? " ..." : "");
	free(bytes);
}

static void print_text(const struct reading *reading, const void *record, size_t size)
{
	char *text = record_text(&reading->records, record, size), at[CLOCK_TEXT];

	clock_text(at, clock_now());
	printf("%s  ", at);
	if (text)
		puts(text);
	else
		print_bytes(record, size);
	free(text);
}

/* A record that it is called for is taken, whatever it returns. */
static int hear(void *data, const void *record, size_t size)
{
	struct reading *reading = data;

	if (out_is_json())
		print_json(reading, record, size);
	else
		print_text(reading, record, size);
	reading->end.shown++;
	return trace_end_reached(&reading->end) ? -ECANCELED : 0;
}

/* ---- following ---- */

static void read_records(struct reading *reading)
{
	if (!trace_end_reached(&reading->end))
		records_read(&reading->records, hear, reading);
}

/* What the old program has written is read, then the new one's. */
static int reopen(struct reading *reading)
{
	out_progress("policy \"%s\" was replaced", reading->policy);
	read_records(reading);
	records_close(&reading->records);
	return records_open(&reading->records, reading->policy, reading->map, reading->type) ?
	       0 : EXIT_FAILURE;
}

/* 0, or the exit status. */
static int look(struct reading *reading)
{
	bool current;
	int err;

	if (clock_now() - reading->looked < LOOK_EVERY)
		return 0;
	reading->looked = clock_now();
	err = records_are_current(&reading->records, reading->policy, &current);
	if (!err)
		return current ? 0 : reopen(reading);
	read_records(reading);
	return fail(err, "policy \"%s\" is not loaded any more, or has no ring buffer \"%s\"",
		    reading->policy, reading->records.map);
}

static int follow(struct reading *reading)
{
	int status = 0;

	out_progress("following ring buffer \"%s\" of policy \"%s\"", reading->records.map,
		     reading->policy);
	if (reading->records.type <= 0)
		out_progress("the policy does not say what its records are: see HCBPF_RECORDS in "
			     "<hcbpf/bpf.h>");
	while (!status && !trace_end_reached(&reading->end)) {
		/* Writers may leave out wake-ups, so this is but a pause. */
		poll(NULL, 0, TRACE_PAUSE_MS);
		read_records(reading);
		if (!trace_end_reached(&reading->end))
			status = look(reading);
	}
	return status;
}

static bool has_filter(const struct args *args)
{
	return args->nr_words || option_value(args, "abi") || option_value(args, "nr") ||
	       option_value(args, "vcpu") || option_value(args, "outcome") ||
	       option_value(args, "ring");
}

int trace_policy(const struct args *args)
{
	struct reading reading = {
		.policy = option_value(args, "policy"), .map = option_value(args, "map"),
		.type = option_value(args, "type"),
	};
	int status;

	if (has_filter(args))
		return fail_usage("a policy's records have neither VM nor call to choose by\n"
				  "with --policy, leave the others out");
	if (fail_name(reading.policy, "a policy's name"))
		return EXIT_USAGE;
	status = trace_end_begin(args, &reading.end);
	if (status)
		return status;
	libbpf_listen(false);
	if (check_failed(check_root) ||
	    !records_open(&reading.records, reading.policy, reading.map, reading.type))
		return EXIT_FAILURE;
	status = follow(&reading);
	records_close(&reading.records);
	trace_end_say(&reading.end, "records", NULL);
	return status;
}
