// SPDX-License-Identifier: GPL-2.0-only
/* From the words of the command line to a function to run. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <bpf/libbpf.h>
#include <hcbpf/uapi.h>
#include <hcbpf/version.h>

#include "cli/command.h"
#include "cli/help.h"
#include "cli/output.h"
#include "cli/suggest.h"
#include "cli/terminal.h"

#define COMMAND_NAME 32		/* "profile apply" */
#define NAMES_LIST 256		/* all objects, or all verbs of one */

struct parser {
	const struct command *table;	/* where the next word is looked up; NULL: an argument */
	const struct command *object;	/* the command so far */
	const struct command *verb;
	struct args args;
	bool help, version, literal;	/* literal: after "--" */
};

static const struct option global_options[] = {
	{ "json", "print one JSON document, also for empty lists and failures" },
	{ "pretty", "the same, indented" },
	{ "verbose", "load, replace: show all that the verifier and libbpf say" },
	{ "help", "show help on what precedes it; so does the word `help`" },
	{ "version", "show the version" },
	{ 0 }
};

const char global_letters[] = "jpvhV";

const struct command any_command = { .options = global_options };

/* The letter of the option called @name (@len characters), or 0. */
static char global_letter(const char *name, int len)
{
	int i = option_index(&any_command, name, len);

	return i < 0 ? 0 : global_letters[i];
}

/*
 * Find -j and -p before anything else, so that even a mistake in front of them
 * is reported in JSON. A value never starts with '-' unless '=' precedes it.
 */
static void find_output_mode(int argc, char **argv)
{
	bool json = false, pretty = false;
	const char *arg;
	char letter;
	int i;

	for (i = 1; i < argc && strcmp(argv[i], "--"); i++) {
		arg = argv[i];
		if (!word_is_option(arg))
			continue;
		if (arg[1] != '-') {
			json |= !!strchr(arg, 'j');
			pretty |= !!strchr(arg, 'p');
		}
		/* With a value, too: the error that this is belongs into JSON. */
		letter = global_letter(arg + 2, strcspn(arg + 2, "="));
		json |= letter == 'j';
		pretty |= letter == 'p';
	}
	out_init(json || pretty, pretty);
}

static void global_set(struct parser *p, char letter)
{
	p->help |= letter == 'h';
	p->version |= letter == 'V';
	p->args.verbose |= letter == 'v';
}

static int parse_letters(struct parser *p, const char *arg)
{
	int i;

	for (i = 1; arg[i]; i++) {
		if (!strchr(global_letters, arg[i]))
			return fail_usage("unknown option -%c\nsee `hcbpf help`", arg[i]);
		global_set(p, arg[i]);
	}
	return 0;
}

/* "vm attach", as far as it is known. */
static const char *command_name(const struct parser *p, char name[COMMAND_NAME])
{
	snprintf(name, COMMAND_NAME, "%s%s%s", p->object ? p->object->name : "",
		 p->verb ? " " : "", p->verb ? p->verb->name : "");
	return name;
}

static void suggest_options(struct suggestion *suggestion, const struct command *command)
{
	const struct option *option;
	int i;

	for (i = 0; (option = command_option(command, i)); i++)
		suggest_offer(suggestion, "--", option->form, strcspn(option->form, " "));
}

static int fail_option(const struct parser *p, const char *name, int len)
{
	char command[COMMAND_NAME], hint[SUGGESTION_TEXT];
	struct suggestion suggestion;

	suggest_begin(&suggestion, name, len);
	if (p->args.command)
		suggest_options(&suggestion, p->args.command);
	suggest_options(&suggestion, &any_command);
	suggest_text(&suggestion, hint);
	command_name(p, command);
	return fail_usage("unknown option --%.*s\n%s%ssee `hcbpf %s%shelp`", len, name, hint,
			  hint[0] ? " " : "", command, command[0] ? " " : "");
}

/* "-" is one: standard input or output. */
static bool is_value(const char *word)
{
	return word[0] != '-' || !word[1];
}

/* One of the command's own options; *@i moves on if the value is a word of its own. */
static int parse_own(struct parser *p, const char *name, int len, int argc, char **argv, int *i)
{
	int index = p->args.command ? option_index(p->args.command, name, len) : -1;
	const struct option *option;
	const char *value = "";
	bool wants_value, may_be_alone;

	if (index < 0)
		return fail_option(p, name, len);
	option = command_option(p->args.command, index);
	wants_value = strchr(option->form, ' ');
	may_be_alone = strstr(option->form, " [");
	if (name[len] && !wants_value)
		return fail_usage("--%.*s takes no value", len, name);
	if (name[len])
		value = name + len + 1;
	else if (wants_value && *i + 1 < argc && is_value(argv[*i + 1]))
		value = argv[++*i];
	else if (wants_value && !may_be_alone)
		return fail_usage("--%s needs a value\nwrite --%s", name, option->form);
	if (p->args.values[index])
		return fail_usage("--%.*s is given twice", len, name);
	p->args.values[index] = value;
	return 0;
}

static int parse_option(struct parser *p, int argc, char **argv, int *i)
{
	const char *name = argv[*i] + 2;
	int len = strcspn(name, "=");
	char letter;

	if (argv[*i][1] != '-')
		return parse_letters(p, argv[*i]);
	letter = global_letter(name, len);
	if (!letter)
		return parse_own(p, name, len, argc, argv, i);
	if (name[len])
		return fail_usage("--%.*s takes no value", len, name);
	global_set(p, letter);
	return 0;
}

/* "load, unload, policy" */
static void names(const struct command *table, const char *prefix, char *buf, size_t size)
{
	size_t used = 0;

	buf[0] = '\0';
	for (; table->name; table++)
		if (!strncmp(table->name, prefix, strlen(prefix)) && used < size)
			used += snprintf(buf + used, size - used, "%s%s", used ? ", " : "",
					 table->name);
}

/* Misspelt, or a verb whose object is missing. */
static void suggest_name(const struct parser *p, const char *word, char text[SUGGESTION_TEXT])
{
	const struct command *table, *verb;
	struct suggestion suggestion;
	char prefix[COMMAND_NAME];

	suggest_begin(&suggestion, word, strlen(word));
	for (table = p->table; table->name; table++) {
		suggest_offer(&suggestion, "", table->name, strlen(table->name));
		snprintf(prefix, sizeof(prefix), "%s ", table->name);
		for (verb = table->verbs; verb && verb->name; verb++)
			if (!strcmp(word, verb->name))
				suggest_offer(&suggestion, prefix, verb->name, strlen(verb->name));
	}
	suggest_text(&suggestion, text);
}

static int fail_unknown_name(const struct parser *p, const char *word, bool ambiguous)
{
	const char *object = p->object ? p->object->name : "", *space = p->object ? " " : "";
	char list[NAMES_LIST], hint[SUGGESTION_TEXT];

	names(p->table, ambiguous ? word : "", list, sizeof(list));
	if (ambiguous)
		return fail_usage("\"%s%s%s\" could be: %s\nwrite more of it", object, space, word,
				  list);
	suggest_name(p, word, hint);
	if (hint[0])
		return fail_usage("there is no \"%s%s%s\"\n%s see `hcbpf %s%shelp`", object, space,
				  word, hint, object, space);
	return fail_usage("there is no \"%s%s%s\"\nuse one of: %s; see `hcbpf %s%shelp`", object,
			  space, word, list, object, space);
}

static int parse_name(struct parser *p, const char *word)
{
	const struct command *found;
	bool ambiguous;

	found = command_find(p->table, word, &ambiguous);
	if (!found && !ambiguous && word[0] && !strncmp("help", word, strlen(word))) {
		p->help = true;
		return 0;
	}
	if (!found)
		return fail_unknown_name(p, word, ambiguous);
	*(p->object ? &p->verb : &p->object) = found;
	p->table = found->verbs;
	if (!found->verbs)
		p->args.command = found;
	return 0;
}

static int parse_word(struct parser *p, const char *word)
{
	struct args *args = &p->args;
	char name[COMMAND_NAME];

	if (p->table)
		return parse_name(p, word);
	if (!args->nr_words && !p->literal && !strcmp(word, "help")) {
		p->help = true;
		return 0;
	}
	if (args->nr_words == args->command->max_words && !p->help)
		return fail_usage("unexpected argument \"%s\"\nusage: hcbpf %s %s", word,
				  command_name(p, name), args->command->usage);
	if (args->nr_words < MAX_WORDS)
		args->words[args->nr_words++] = word;
	return 0;
}

static int parse(struct parser *p, int argc, char **argv)
{
	int i, err = 0;

	for (i = 1; i < argc && !err; i++) {
		if (!p->literal && !strcmp(argv[i], "--"))
			p->literal = true;
		else if (!p->literal && word_is_option(argv[i]))
			err = parse_option(p, argc, argv, &i);
		else
			err = parse_word(p, argv[i]);
	}
	return err;
}

static char *help_text(const struct parser *p)
{
	int width = out_is_json() ? 80 : terminal_width();

	if (p->args.command)
		return help_on_command(p->verb ? p->object->name : "", p->args.command, width);
	return help_on_table(p->object ? p->object->name : "", p->table, width);
}

static int help_run(const struct parser *p)
{
	struct json_object *object = json_object_new_object();
	char *text = help_text(p);

	add_text(object, "help", text);
	/* out_done() adds the last newline. */
	text[strlen(text) - 1] = '\0';
	out_done(object, "%s", text);
	free(text);
	return EXIT_SUCCESS;
}

static int version_run(void)
{
	struct json_object *object = json_object_new_object();

	add_text(object, "version", HCBPF_VERSION);
	add_number(object, "uapi", HCBPF_UAPI_VERSION);
	add_text(object, "libbpf", libbpf_version_string());
	add_number(object, "schema", OUT_SCHEMA);
	out_done(object, "hcbpf %s (interface %d, libbpf %s)", HCBPF_VERSION, HCBPF_UAPI_VERSION,
		 libbpf_version_string());
	return EXIT_SUCCESS;
}

static int run(struct parser *p)
{
	struct args *args = &p->args;
	char list[NAMES_LIST], name[COMMAND_NAME];
	int status;

	if (p->version)
		return version_run();
	if (p->help)
		return help_run(p);
	if (!args->command) {
		names(p->table, "", list, sizeof(list));
		return fail_usage("%s needs %s: %s\nsee `hcbpf %s%shelp`",
				  p->object ? p->object->name : "hcbpf",
				  p->object ? "a verb" : "a command", list,
				  command_name(p, name), p->object ? " " : "");
	}
	status = vm_word(args);
	if (status)
		return status;
	if (args->nr_words < args->command->min_words)
		return fail_usage("an argument is missing\nusage: hcbpf %s %s",
				  command_name(p, name), args->command->usage);
	return args->command->run(args);
}

int command_line(const struct command *top, int argc, char **argv)
{
	struct parser p = { .table = top };
	int status;

	find_output_mode(argc, argv);
	status = parse(&p, argc, argv);
	if (!status)
		status = run(&p);
	return out_finish(status);
}
