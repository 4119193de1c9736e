// SPDX-License-Identifier: GPL-2.0-only
/* From the words of the command line to a function to run; and help. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <bpf/libbpf.h>
#include <hcbpf/libhcbpf.h>

#include "cli/command.h"
#include "cli/output.h"

#define STRING(x) #x
#define EXPAND(x) STRING(x)
#define VERSION EXPAND(LIBHCBPF_MAJOR) "." EXPAND(LIBHCBPF_MINOR)

struct parser {
	const struct command *table;	/* where the next word is looked up; NULL: an argument */
	const struct command *object;	/* the command so far */
	const struct command *verb;
	struct args args;
	bool help, version, literal;	/* literal: after "--" */
};

static const char global_help[] =
	"Options:\n"
	"  -j, --json     print one JSON document\n"
	"  -p, --pretty   the same, indented\n"
	"  -v, --verbose  load, replace: show all that the verifier and libbpf say\n"
	"  -h, --help     show help on what precedes it; so does the word `help`\n"
	"  -V, --version  show the version\n"
	"\n"
	"Objects and verbs may be shortened as long as they stay unambiguous.\n";

static const struct {
	char letter;
	const char *name;
} globals[] = {
	{ 'j', "json" }, { 'p', "pretty" }, { 'v', "verbose" }, { 'h', "help" }, { 'V', "version" },
};

static char global_letter(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(globals) / sizeof(globals[0]); i++)
		if (!strcmp(globals[i].name, name))
			return globals[i].letter;
	return 0;
}

/*
 * Find -j and -p before anything else, so that even a mistake in front of them
 * is reported in JSON. A value never starts with '-' unless '=' precedes it.
 */
static void find_output_mode(int argc, char **argv)
{
	bool json = false, pretty = false;
	const char *arg;
	int i;

	for (i = 1; i < argc && strcmp(argv[i], "--"); i++) {
		arg = argv[i];
		if (!word_is_option(arg))
			continue;
		if (arg[1] != '-') {
			json |= !!strchr(arg, 'j');
			pretty |= !!strchr(arg, 'p');
		}
		json |= !strcmp(arg, "--json");
		pretty |= !strcmp(arg, "--pretty");
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
	size_t i, j, nr = sizeof(globals) / sizeof(globals[0]);

	for (i = 1; arg[i]; i++) {
		for (j = 0; j < nr && globals[j].letter != arg[i]; j++)
			;
		if (j == nr)
			return fail_usage("unknown option -%c\nsee `hcbpf help`", arg[i]);
		global_set(p, arg[i]);
	}
	return 0;
}

/* One of the command's own options; *@i moves on if the value is a word of its own. */
static int parse_own(struct parser *p, const char *name, int argc, char **argv, int *i)
{
	const char *equals = strchr(name, '='), *value = "";
	int len = equals ? equals - name : (int)strlen(name);
	int index = p->args.command ? option_index(p->args.command, name, len) : -1;
	const struct option *option;
	bool wants_value;

	if (index < 0)
		return fail_usage("unknown option --%.*s\nsee `hcbpf %s%shelp`", len, name,
				  p->object ? p->object->name : "", p->object ? " " : "");
	option = command_option(p->args.command, index);
	wants_value = strchr(option->form, ' ');
	if (equals && !wants_value)
		return fail_usage("--%.*s takes no value", len, name);
	if (equals)
		value = equals + 1;
	else if (wants_value && *i + 1 < argc && argv[*i + 1][0] != '-')
		value = argv[++*i];
	else if (wants_value)
		return fail_usage("--%s needs a value\nwrite --%s", name, option->form);
	if (p->args.values[index])
		return fail_usage("--%.*s is given twice", len, name);
	p->args.values[index] = value;
	return 0;
}

static int parse_option(struct parser *p, int argc, char **argv, int *i)
{
	const char *arg = argv[*i];
	char letter;

	if (arg[1] != '-')
		return parse_letters(p, arg);
	letter = global_letter(arg + 2);
	if (!letter)
		return parse_own(p, arg + 2, argc, argv, i);
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

static int parse_name(struct parser *p, const char *word)
{
	const char *object = p->object ? p->object->name : "", *space = p->object ? " " : "";
	const struct command *found;
	bool ambiguous;
	char list[128];

	found = command_find(p->table, word, &ambiguous);
	if (!found && !ambiguous && word[0] && !strncmp("help", word, strlen(word))) {
		p->help = true;
		return 0;
	}
	if (!found) {
		names(p->table, ambiguous ? word : "", list, sizeof(list));
		if (ambiguous)
			return fail_usage("\"%s%s%s\" could be: %s\nwrite more of it", object,
					  space, word, list);
		return fail_usage("there is no \"%s%s%s\"\nuse one of: %s; see `hcbpf %s%shelp`",
				  object, space, word, list, object, space);
	}
	*(p->object ? &p->verb : &p->object) = found;
	p->table = found->verbs;
	if (!found->verbs)
		p->args.command = found;
	return 0;
}

static int parse_word(struct parser *p, const char *word)
{
	struct args *args = &p->args;

	if (p->table)
		return parse_name(p, word);
	if (!args->nr_words && !p->literal && !strcmp(word, "help")) {
		p->help = true;
		return 0;
	}
	if (args->nr_words == args->command->max_words && !p->help)
		return fail_usage("unexpected argument \"%s\"\nusage: hcbpf %s%s%s %s", word,
				  p->object->name, p->verb ? " " : "",
				  p->verb ? p->verb->name : "", args->command->usage);
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

static void print_commands(FILE *f, const char *object, const struct command *table)
{
	const char *space = object[0] ? " " : "", *usage;

	for (; table->name; table++) {
		usage = table->verbs ? "VERB" : table->usage;
		fprintf(f, "  hcbpf %s%s%s%s%s\n", object, space, table->name,
			usage[0] ? " " : "", usage);
		fprintf(f, "        %s\n", table->help);
	}
}

static char *help_text(const struct parser *p)
{
	struct command one[2] = { 0 };
	size_t size;
	char *text;
	FILE *f;

	f = open_memstream(&text, &size);
	if (!f)
		abort();
	fputs("Usage:\n", f);
	if (p->args.command) {
		one[0] = *p->args.command;
		print_commands(f, p->verb ? p->object->name : "", one);
	} else {
		print_commands(f, p->object ? p->object->name : "", p->table);
	}
	if (!p->object)
		fprintf(f, "\n%s", global_help);
	fclose(f);
	return text;
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

	add_text(object, "version", VERSION);
	add_number(object, "uapi", HCBPF_UAPI_VERSION);
	add_text(object, "libbpf", libbpf_version_string());
	out_done(object, "hcbpf %s (interface %d, libbpf %s)", VERSION, HCBPF_UAPI_VERSION,
		 libbpf_version_string());
	return EXIT_SUCCESS;
}

static int run(struct parser *p)
{
	struct args *args = &p->args;
	char list[128];
	int status;

	if (p->version)
		return version_run();
	if (p->help)
		return help_run(p);
	if (!args->command) {
		names(p->table, "", list, sizeof(list));
		return fail_usage("%s%s needs %s: %s\nsee `hcbpf %s%shelp`",
				  p->object ? "" : "hcbpf", p->object ? p->object->name : "",
				  p->object ? "a verb" : "a command", list,
				  p->object ? p->object->name : "", p->object ? " " : "");
	}
	status = vm_word(args);
	if (status)
		return status;
	if (args->nr_words < args->command->min_words)
		return fail_usage("an argument is missing\nusage: hcbpf %s%s%s %s",
				  p->object->name, p->verb ? " " : "",
				  p->verb ? p->verb->name : "", args->command->usage);
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
