/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Everything the command says. With -j standard output is one JSON document,
 * whatever happens; else it is text, and errors go to standard error.
 */
#ifndef OUTPUT_H
#define OUTPUT_H

#include <stdbool.h>
#include <stdint.h>
#include <json-c/json.h>

#define EXIT_USAGE 2
#define OUT_SCHEMA 1	/* version of share/hcbpf-1.schema.json */

#define printf_like(fmt, args) __attribute__((format(printf, fmt, args)))

/* One column of a table or one line of a record; lists end with key NULL. */
struct column {
	const char *key;	/* in the JSON object */
	const char *head;	/* for people */
};

void out_init(bool json, bool pretty);
bool out_is_json(void);

/*
 * Print what is still to be printed. Returns the exit status: @status, but EXIT_USAGE for
 * a failure that was reported with fail_usage(), wherever, and 1 if printing fails.
 */
int out_finish(int status);

/*
 * These take ownership of the object. A table without rows is no text, which scripts count
 * on; people at a terminal are told @empty, a sentence, or NULL where that says nothing new.
 */
void out_table(struct json_object *rows, const struct column *columns, const char *empty);
void out_list(struct json_object *rows);	/* printed already, unless -j */
/* One of a stream: with -j a line of its own, at once, and no document follows a success. */
void out_line(struct json_object *object);

void out_record(struct json_object *object, const struct column *columns);

/* The result of something done: @object, or a sentence for people. */
void out_done(struct json_object *object, const char *fmt, ...) printf_like(2, 3);

/* Standard output has other contents now: what out_done() says goes to standard error. */
void out_yield(void);

/* Progress for people, on standard error; nothing with -j. */
void out_progress(const char *fmt, ...) printf_like(1, 2);

/*
 * Report a failure; @err is a negative errno. A newline in the message divides
 * what is wrong from what to do. Returns the exit status.
 */
int fail(int err, const char *fmt, ...) printf_like(2, 3);
/* What was typed cannot be understood, whatever the machine is like. */
int fail_usage(const char *fmt, ...) printf_like(1, 2);
/* Can @name not be @what, as in "a tag"? Then say why. */
bool fail_name(const char *name, const char *what);

/* The same with lines of a log that say more. */
int fail_log(const char *log, int err, const char *fmt, ...) printf_like(3, 4);

/* What was wrong, in words, by the last failure; "" if nothing was. */
const char *out_last_failure(void);

/* From here on nothing is printed: each result and each failure is for out_take_failure(). */
void out_keep(void);

/* With -j, what the last failure would have printed, to be a part of something else; or NULL. */
struct json_object *out_take_failure(void);

/*
 * Add members to an object. Text of unknown origin is cleaned; "" is null. Each key is one of
 * share/hcbpf-1.schema.json, with one meaning, and every object of a kind has all of its keys.
 */
void add_text(struct json_object *object, const char *key, const char *text);
void add_number(struct json_object *object, const char *key, uint64_t number);
void add_real(struct json_object *object, const char *key, double number);
void add_time(struct json_object *object, const char *key);	/* now */
void add_id(struct json_object *object, const char *key, uint64_t id);	/* 0 is null */
void add_null(struct json_object *object, const char *key);
void list_text(struct json_object *list, const char *text);

#endif /* OUTPUT_H */
