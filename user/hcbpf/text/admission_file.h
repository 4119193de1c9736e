/* SPDX-License-Identifier: GPL-2.0-only */
/* Reading the rules of admission; docs/templates.md has the format. Nothing here prints. */
#ifndef ADMISSION_FILE_H
#define ADMISSION_FILE_H

#include <stddef.h>
#include <stdint.h>
#include <hcbpf/uapi.h>

#include "text/shape.h"

#define USER_LEN 256			/* as long as the system takes them */

struct admission_rule {
	unsigned int line;		/* where it begins */
	unsigned int user_line, template_line;
	uint32_t flags;			/* HCBPF_ADMIT_* */
	char user[USER_LEN];		/* a name or a number; with USER */
	char place[HCBPF_PLACE_LEN];	/* with CGROUP or UNIT */
	char name[HCBPF_VM_NAME_LEN];	/* with NAME */
	char template_name[HCBPF_NAME_LEN];
};

struct admission_file {
	struct admission_rule *rules;	/* in their order */
	size_t nr;
};

extern const struct shape admission_shape;

/*
 * 0 and @file for admission_file_free(), or a negative errno with the reason in @error, as
 * "PATH:LINE: REASON". Whether its users and templates exist is not looked at.
 */
int admission_parse(struct admission_file *file, const char *text, size_t size, const char *path,
		    char error[NODES_ERROR]);
void admission_file_free(struct admission_file *file);

/* What is wrong with a rule, in words; NULL: nothing. */
const char *admission_problem(const struct admission_rule *rule);

#endif /* ADMISSION_FILE_H */
