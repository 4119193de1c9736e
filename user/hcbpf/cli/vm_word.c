// SPDX-License-Identifier: GPL-2.0-only
/* The options that name a VM in place of its id, the first word of verbs that take one. */
#include <stdlib.h>
#include <string.h>

#include "cli/args.h"
#include "cli/command.h"
#include "cli/output.h"

const struct option vm_options[] = {
	{ "name NAME", "in place of the VM's id: the one whose VMM has this name" },
	{ "pid PID", "in place of the VM's id: the one of this process" },
	{ "fd N", "the process's file descriptor of the VM, if it has several" },
	{ "tag TAG", "in place of the VM's id: the one with this tag" },
	{ 0 }
};

int parse_vm_id(const char *text, uint32_t *id)
{
	if (!parse_u32(text, id) && *id)
		return 0;
	return fail_usage("\"%s\" is not the id of a VM\nsee `hcbpf vm list`", text);
}

int parse_pid(const char *text, uint32_t *pid)
{
	if (!parse_u32(text, pid) && *pid && *pid <= INT32_MAX)
		return 0;
	return fail_usage("\"%s\" is not the number of a process", text);
}

int parse_fd(const char *text, uint32_t *fd)
{
	if (!parse_u32(text, fd) && *fd <= INT32_MAX)
		return 0;
	return fail_usage("\"%s\" is not the number of a file descriptor", text);
}

/* How often options name the VM, or many of them where the verb can do that. */
static int nr_names(const struct args *args)
{
	return !!option_value(args, "name") + !!option_value(args, "pid") +
	       !!option_value(args, "tag") + !!option_value(args, "all-matching");
}

/* All that can be wrong with it whatever VMs there are. */
static int check_words(const struct args *args)
{
	const char *pid = option_value(args, "pid"), *fd = option_value(args, "fd");
	const char *tag = option_value(args, "tag"), *word = args->words[0];
	uint32_t number;

	if (nr_names(args) > 1)
		return fail_usage("the VM is named twice\nuse one of --name, --pid and --tag%s",
				  option_index(args->command, "all-matching", 12) < 0 ? "" :
				  ", or --all-matching");
	if (fd && !option_value(args, "name") && !pid)
		return fail_usage("--fd is a file descriptor of a process\n"
				  "name that with --pid or --name");
	if ((pid && parse_pid(pid, &number)) || (fd && parse_fd(fd, &number)) ||
	    (tag && fail_name(tag, "a tag")))
		return EXIT_USAGE;
	return word && !args->command->takes_profile ? parse_vm_id(word, &number) : 0;
}

static int leave_room(struct args *args)
{
	if (!nr_names(args))
		return 0;
	if (args->nr_words == args->command->max_words)
		return fail_usage("unexpected argument \"%s\": the VM is named by an option\n"
				  "leave its id out", args->words[0]);
	memmove(&args->words[1], &args->words[0], args->nr_words * sizeof(args->words[0]));
	args->words[0] = NULL;
	args->nr_words++;
	return 0;
}

int vm_word(struct args *args)
{
	int status;

	if (!args->command->takes_vm)
		return 0;
	status = leave_room(args);
	return status ? status : check_words(args);
}
