// SPDX-License-Identifier: GPL-2.0-only
/* The options that name a VM in place of its id, the first word of verbs that take one. */
#include <stdlib.h>
#include <string.h>

#include "cli/command.h"
#include "cli/output.h"

const struct option vm_options[] = {
	{ "name NAME", "in place of the VM's id: the one whose VMM has this name" },
	{ "pid PID", "in place of the VM's id: the one of this process" },
	{ "fd N", "the process's file descriptor of the VM, if it has several" },
	{ "tag TAG", "in place of the VM's id: the one with this tag" },
	{ 0 }
};

int vm_word(struct args *args)
{
	bool by_name = option_value(args, "name"), by_pid = option_value(args, "pid");
	bool by_tag = option_value(args, "tag");

	if (!args->command->takes_vm)
		return 0;
	if (by_name + by_pid + by_tag > 1)
		return fail_usage("the VM is named twice\nuse one of --name, --pid and --tag");
	if (option_value(args, "fd") && !by_name && !by_pid)
		return fail_usage("--fd is a file descriptor of a process\n"
				  "name that with --pid or --name");
	if (by_name + by_pid + by_tag == 0)
		return 0;
	if (args->nr_words == args->command->max_words)
		return fail_usage("unexpected argument \"%s\": the VM is named by an option\n"
				  "leave its id out", args->words[0]);
	memmove(&args->words[1], &args->words[0], args->nr_words * sizeof(args->words[0]));
	args->words[0] = NULL;
	args->nr_words++;
	return 0;
}
