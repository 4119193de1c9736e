/* SPDX-License-Identifier: GPL-2.0-only */
/* Templates and admission as this host's files have them. */
#ifndef CMD_ADMISSION_H
#define CMD_ADMISSION_H

#include <stdbool.h>
#include <json-c/json.h>

#include "cmd/profile.h"
#include "text/admission.h"
#include "text/admission_file.h"

#define ADMISSION_DIR "/etc/hcbpf"
#define ADMISSION_FILE ADMISSION_DIR "/admission.yaml"
#define TEMPLATES_DIR ADMISSION_DIR "/templates"

/* A template with the rules that its profile makes. */
struct full_template {
	struct template template;
	struct profile profile;		/* without one: empty */
	char *where;			/* its file */
};

/* By its name or, with a '/' in it, by its file. The second prints nothing. */
bool template_open(struct full_template *full, const char *word);
int template_load(struct full_template *full, const char *word, char error[NODES_ERROR]);
void template_free(struct full_template *full);

/* Call @fn with the name of each template, in their order, until it returns not 0. */
int each_template(int (*fn)(const char *name, void *data), void *data);
void template_names(void (*fn)(const char *name));

/*
 * The table that all files make together. @text: in place of what the file of admission says,
 * NULL: that. 0, or a negative errno with the reason in @error, for people; a newline in it
 * divides what is wrong from what to do.
 */
int admission_of_files(struct admission *table, const char *text, char error[NODES_ERROR]);

/* The text of the file of admission, to be freed. -ENOENT: there is none. */
int admission_text(char **text, char error[NODES_ERROR]);

#endif /* CMD_ADMISSION_H */
