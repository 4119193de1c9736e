// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/args.h"
#include "cli/output.h"

static struct {
	bool json, pretty, streamed, yielded, mistyped, kept;
	struct json_object *document;
	char failure[256];
} out;

void out_init(bool json, bool pretty)
{
	out.json = json;
	out.pretty = pretty;
}

bool out_is_json(void)
{
	return out.json;
}

/* The last word counts: a failure replaces a result. */
static void set_document(struct json_object *document)
{
	json_object_put(out.document);
	out.document = document;
}

static void print_document(struct json_object *document, bool pretty)
{
	int flags = JSON_C_TO_STRING_NOSLASHESCAPE;

	flags |= pretty ? JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED :
			  JSON_C_TO_STRING_PLAIN;
	puts(json_object_to_json_string_ext(document, flags));
}

int out_finish(int status)
{
	if (out.json && !out.kept && !(out.streamed && !out.document))
		print_document(out.document, out.pretty && !out.streamed);
	set_document(NULL);
	if (fflush(stdout) || ferror(stdout)) {
		fprintf(stderr, "hcbpf: cannot write to standard output: %m\n");
		return EXIT_FAILURE;
	}
	return status && out.mistyped ? EXIT_USAGE : status;
}

/* A value as people read it; to be freed. */
static char *value_text(struct json_object *value)
{
	struct json_object *item;
	size_t size, i;
	char *text;
	FILE *f;

	f = open_memstream(&text, &size);
	if (!f)
		abort();
	if (json_object_is_type(value, json_type_boolean))
		fputs(json_object_get_boolean(value) ? "yes" : "no", f);
	else if (!json_object_is_type(value, json_type_array))
		fputs(value ? json_object_get_string(value) : "", f);
	else
		for (i = 0; i < json_object_array_length(value); i++) {
			item = json_object_array_get_idx(value, i);
			fprintf(f, "%s%s", i ? "," : "", json_object_get_string(item));
		}
	if (!ftell(f))
		fputc('-', f);
	fclose(f);
	/* A newline in a name would make a row of its own. */
	text_clean(text, false);
	return text;
}

static bool is_number(struct json_object *row, const char *key)
{
	return json_object_is_type(json_object_object_get(row, key), json_type_int);
}

static int column_width(struct json_object *rows, const struct column *column)
{
	int width = strlen(column->head), len;
	struct json_object *row;
	char *text;
	size_t i;

	for (i = 0; i < json_object_array_length(rows); i++) {
		row = json_object_array_get_idx(rows, i);
		text = value_text(json_object_object_get(row, column->key));
		len = strlen(text);
		width = len > width ? len : width;
		free(text);
	}
	return width;
}

/* Numbers to the right; the last column is not padded when it is text. */
static void print_cell(const char *text, int width, bool right, bool last)
{
	if (right)
		printf("%*s", width, text);
	else
		printf("%-*s", last ? 0 : width, text);
	fputs(last ? "\n" : "  ", stdout);
}

static void print_table(struct json_object *rows, const struct column *columns)
{
	size_t nr = json_object_array_length(rows), i;
	const struct column *c;
	struct json_object *row;
	int *width;
	char *text;

	for (c = columns; c->key; c++)
		;
	width = calloc(c - columns, sizeof(*width));
	if (!width)
		abort();
	row = json_object_array_get_idx(rows, 0);
	for (c = columns; c->key; c++) {
		width[c - columns] = column_width(rows, c);
		print_cell(c->head, width[c - columns], is_number(row, c->key), !c[1].key);
	}
	for (i = 0; i < nr; i++) {
		row = json_object_array_get_idx(rows, i);
		for (c = columns; c->key; c++) {
			text = value_text(json_object_object_get(row, c->key));
			print_cell(text, width[c - columns], is_number(row, c->key), !c[1].key);
			free(text);
		}
	}
	free(width);
}

void out_list(struct json_object *rows)
{
	if (out.json)
		set_document(rows);
	else
		json_object_put(rows);
}

void out_line(struct json_object *object)
{
	out.streamed = true;
	print_document(object, false);
	fflush(stdout);
	json_object_put(object);
}

void out_table(struct json_object *rows, const struct column *columns, const char *empty)
{
	if (!out.json && json_object_array_length(rows))
		print_table(rows, columns);
	else if (!out.json && empty && isatty(STDOUT_FILENO))
		puts(empty);
	out_list(rows);
}

void out_record(struct json_object *object, const struct column *columns)
{
	struct json_object *value;
	char *text;

	if (out.json) {
		set_document(object);
		return;
	}
	for (; columns->key; columns++) {
		if (!json_object_object_get_ex(object, columns->key, &value))
			continue;
		text = value_text(value);
		printf("%-22s %s\n", columns->head, text);
		free(text);
	}
	json_object_put(object);
}

/* Formatted, with a newline at most; to be freed. */
static char *format(const char *fmt, va_list ap)
{
	char *text;

	if (vasprintf(&text, fmt, ap) < 0)
		abort();
	text_clean(text, true);
	return text;
}

void out_done(struct json_object *object, const char *fmt, ...)
{
	va_list ap;
	char *text;

	if (out.json) {
		set_document(object);
		return;
	}
	va_start(ap, fmt);
	text = format(fmt, ap);
	va_end(ap);
	if (out.yielded)
		fprintf(stderr, "hcbpf: %s\n", text);
	else
		puts(text);
	free(text);
	json_object_put(object);
}

void out_yield(void)
{
	fflush(stdout);
	out.yielded = true;
}

void out_progress(const char *fmt, ...)
{
	va_list ap;
	char *text;

	if (out.json)
		return;
	va_start(ap, fmt);
	text = format(fmt, ap);
	va_end(ap);
	fprintf(stderr, "hcbpf: %s\n", text);
	free(text);
}

static void error_json(const char *what, const char *hint, int err, const char *log)
{
	struct json_object *object = json_object_new_object();
	const char *name = strerrorname_np(-err);

	add_text(object, "error", what);
	add_text(object, "errno", name ? name : "");
	add_text(object, "hint", hint);
	add_text(object, "log", log ? log : "");
	set_document(object);
}

static void error_plain(const char *what, const char *hint, const char *log)
{
	/* What is already on its way to standard output belongs before it. */
	fflush(stdout);
	fprintf(stderr, "hcbpf: %s%s%s\n", what, hint[0] ? "; " : "", hint);
	while (log && *log) {
		fprintf(stderr, "  %.*s\n", (int)strcspn(log, "\n"), log);
		log += strcspn(log, "\n");
		log += *log == '\n';
	}
}

/* The last word counts here, too. */
static void error(const char *log, int err, const char *fmt, va_list ap)
{
	char *what = format(fmt, ap);
	size_t len = strcspn(what, "\n");
	const char *hint = what[len] ? what + len + 1 : "";

	what[len] = '\0';
	out.mistyped = false;
	snprintf(out.failure, sizeof(out.failure), "%s", what);
	if (out.json)
		error_json(what, hint, err, log);
	else
		error_plain(what, hint, log);
	free(what);
}

int fail(int err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	error(NULL, err, fmt, ap);
	va_end(ap);
	return EXIT_FAILURE;
}

int fail_usage(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	error(NULL, -EINVAL, fmt, ap);
	va_end(ap);
	out.mistyped = true;
	return EXIT_USAGE;
}

bool fail_name(const char *name, const char *what)
{
	const char *problem = name_problem(name);

	if (problem)
		fail_usage("\"%s\" cannot be %s: %s", name, what, problem);
	return problem;
}

int fail_log(const char *log, int err, const char *fmt, ...)
{
	char *clean = strdup(log);
	va_list ap;

	if (!clean)
		abort();
	text_clean(clean, true);
	va_start(ap, fmt);
	error(clean, err, fmt, ap);
	va_end(ap);
	free(clean);
	return EXIT_FAILURE;
}

const char *out_last_failure(void)
{
	return out.failure;
}

void out_keep(void)
{
	out.json = out.kept = true;
}

struct json_object *out_take_failure(void)
{
	struct json_object *failure = out.document;

	out.document = NULL;
	return failure;
}

static struct json_object *clean_string(const char *text)
{
	struct json_object *string;
	char *clean = strdup(text);

	if (!clean)
		abort();
	text_clean(clean, true);
	string = json_object_new_string(clean);
	free(clean);
	return string;
}

void add_null(struct json_object *object, const char *key)
{
	json_object_object_add(object, key, NULL);
}

void add_text(struct json_object *object, const char *key, const char *text)
{
	char *clean = strdup(text);

	if (!clean)
		abort();
	text_clean(clean, true);
	json_object_object_add(object, key, clean[0] ? json_object_new_string(clean) : NULL);
	free(clean);
}

void add_number(struct json_object *object, const char *key, uint64_t number)
{
	json_object_object_add(object, key, json_object_new_uint64(number));
}

/* Thousandths are enough for whatever is measured here. */
void add_real(struct json_object *object, const char *key, double number)
{
	char text[64];

	snprintf(text, sizeof(text), "%.3f", number);
	json_object_object_add(object, key, json_object_new_double_s(number, text));
}

void add_time(struct json_object *object, const char *key)
{
	char text[sizeof("2026-12-31T23:59:59.999Z")], whole[sizeof("2026-12-31T23:59:59")];
	struct timespec now;
	struct tm tm;

	clock_gettime(CLOCK_REALTIME, &now);
	strftime(whole, sizeof(whole), "%FT%T", gmtime_r(&now.tv_sec, &tm));
	snprintf(text, sizeof(text), "%s.%03uZ", whole, (unsigned int)(now.tv_nsec / 1000000));
	add_text(object, key, text);
}

void add_id(struct json_object *object, const char *key, uint64_t id)
{
	if (id)
		add_number(object, key, id);
	else
		add_null(object, key);
}

void list_text(struct json_object *list, const char *text)
{
	json_object_array_add(list, clean_string(text));
}
