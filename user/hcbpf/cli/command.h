/* SPDX-License-Identifier: GPL-2.0-only */
/* The tables that describe the command line, and what a command receives. */
#ifndef COMMAND_H
#define COMMAND_H

#include <stdbool.h>
#include <stdint.h>

/* Of any command: `port claim` takes another one's words, `vm attach` 12 options. */
#define MAX_WORDS 64
#define MAX_OPTIONS 16

struct args;

/* "name" or, if it takes a value, "name VALUE"; "name [VALUE]" may be left without. */
struct option {
	const char *form;
	const char *help;
};


/*
 * An object (with verbs) or something to run. Tables end with an entry whose
 * name is NULL; lists of options with one whose form is.
 */
struct command {
	const char *name;
	const char *usage;		/* arguments, as help shows them */
	const char *help;
	const struct command *verbs;
	int (*run)(const struct args *args);	/* returns the exit status */
	int min_words, max_words;
	const struct option *options;
	/*
	 * The first word is a VM's id, or one of vm_options stands for it: words[0] is NULL
	 * then, and the others are where they always are.
	 */
	bool takes_vm;
	bool takes_profile;	/* the first word may be a profile as well */
};

extern const struct option vm_options[];

/* The options that every command takes, and their short forms in the same order. */
extern const struct command any_command;
extern const char global_letters[];

struct args {
	const struct command *command;
	int nr_words;
	const char *words[MAX_WORDS];
	const char *values[MAX_OPTIONS];	/* as command_option() counts; NULL: not given */
	bool verbose;
};

/*
 * The entry of @table that @word names: its whole name, or a beginning that no
 * other entry shares. NULL: none, or, with *@ambiguous set, several.
 */
const struct command *command_find(const struct command *table, const char *word,
				   bool *ambiguous);

/* An option, rather than a negative number or the name of an error (-ENOSYS). */
bool word_is_option(const char *word);

/* A command's options, one after the other: its own, then those that name a VM. NULL: no more. */
const struct option *command_option(const struct command *command, int index);

/* Index of the option called @name (@len characters), or -1. */
int option_index(const struct command *command, const char *name, int len);

/* The value given for an option, "" if it takes none; NULL: not given. */
const char *option_value(const struct args *args, const char *name);

/*
 * Look at how a VM is named, and make room for the first word if an option stands for it.
 * Returns the exit status.
 */
int vm_word(struct args *args);

/* What names VMs and processes, as numbers. Say so if it is none, and return the exit status. */
int parse_vm_id(const char *text, uint32_t *id);
int parse_pid(const char *text, uint32_t *pid);
int parse_fd(const char *text, uint32_t *fd);

/* Parse the command line and run what it asks for. Returns the exit status. */
int command_line(const struct command *top, int argc, char **argv);

extern const struct command policy_verbs[];
extern const struct command vm_verbs[];
extern const struct command port_verbs[];
extern const struct command rule_verbs[];
extern const struct command buffer_verbs[];
extern const struct command profile_verbs[];
extern const struct command template_verbs[];
extern const struct command admit_verbs[];
extern const struct command gpa_verbs[];
extern const struct command sdei_verbs[];
extern const struct command state_verbs[];
extern const struct command libvirt_verbs[];

extern const struct option load_options[];
extern const struct option replace_options[];
extern const struct option stats_options[];
extern const struct option top_options[];
extern const struct option metrics_options[];
extern const struct option monitor_options[];
extern const struct option trace_options[];
extern const struct option bench_options[];
extern const struct option vmstate_options[];

int load_run(const struct args *args);
int replace_run(const struct args *args);
int unload_run(const struct args *args);
int stats_run(const struct args *args);
int top_run(const struct args *args);
int metrics_run(const struct args *args);
int monitor_run(const struct args *args);
int trace_run(const struct args *args);
int probe_run(const struct args *args);
int holders_run(const struct args *args);
int bench_run(const struct args *args);
int vmstate_run(const struct args *args);

#endif /* COMMAND_H */
