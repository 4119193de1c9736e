// SPDX-License-Identifier: GPL-2.0-only
/* Files of templates: what is taken is whole, what is refused is so for a reason. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/args.h"
#include "seed.h"
#include "text/template_file.h"

#define SEED									\
	"version: 1\nname: fuzz\npolicy: standard\nprofile: xen-4.3\nabi: xen\n"	\
	"ports: 4096\ntag: web\nparam: 0x10\nencrypted: true\n"

size_t fuzz_seed(uint8_t *to, size_t room)
{
	return snprintf((char *)to, room, "%s", SEED);
}

static void check(const struct template *t)
{
	if (name_problem(t->name) || name_problem(t->policy) ||
	    (t->profile[0] && name_problem(t->profile)) || (t->tag[0] && name_problem(t->tag)) ||
	    t->abi >= HCBPF_NR_ABIS || !t->profile[0] != !t->profile_line)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1), error[NODES_ERROR] = "";
	struct template template;

	if (!text)
		abort();
	memcpy(text, data, size);
	text[size] = '\0';
	if (!template_parse(&template, text, size, "fuzz", NULL, error))
		check(&template);
	else if (!error[0])
		abort();
	free(text);
	return 0;
}
