// SPDX-License-Identifier: GPL-2.0-only
/*
 * Files of admission: what is taken is whole, what is refused is so for a reason; a change of a
 * file is that change, or refused.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/args.h"
#include "seed.h"
#include "text/admission_edit.h"

#define SEED									\
	"# ours\nversion: 1\nrules:\n  # first\n"				\
	"  - {user: libvirt-qemu, name: \"db # 1\", template: db, required: true} # why\n" \
	"  - user: 1000\n    unit: machine.slice\n    template: web\n\n"	\
	"  - {cgroup: /, template: rest}\n# end\n"

size_t fuzz_seed(uint8_t *to, size_t room)
{
	return snprintf((char *)to, room, "%s", SEED);
}

static size_t nr_rules(const char *text)
{
	struct admission_file file;
	char error[NODES_ERROR];
	size_t nr;

	if (admission_parse(&file, text, strlen(text), "fuzz", error))
		abort();
	nr = file.nr;
	admission_file_free(&file);
	return nr;
}

static void change(const char *text, const struct admission_file *file)
{
	char *edited;
	size_t i;

	for (i = 0; i < file->nr && i < 4; i++) {
		if (!admission_delete(text, i + 1, &edited) && nr_rules(edited) != file->nr - 1)
			abort();
		free(edited);
		if (!admission_append(text, &file->rules[i], &edited) &&
		    nr_rules(edited) != file->nr + 1)
			abort();
		free(edited);
		/* Whatever could be read can be written. */
		if (admission_first(&file->rules[i], &edited) || nr_rules(edited) != 1)
			abort();
		free(edited);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1), error[NODES_ERROR] = "";
	struct admission_file file;
	size_t i;

	if (!text)
		abort();
	memcpy(text, data, size);
	text[size] = '\0';
	if (!admission_parse(&file, text, size, "fuzz", error)) {
		for (i = 0; i < file.nr; i++)
			if (admission_problem(&file.rules[i]) ||
			    name_problem(file.rules[i].template_name))
				abort();
		change(text, &file);
		admission_file_free(&file);
	} else if (!error[0]) {
		abort();
	}
	free(text);
	return 0;
}
