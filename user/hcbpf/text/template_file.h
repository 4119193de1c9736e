/* SPDX-License-Identifier: GPL-2.0-only */
/* Reading templates; docs/templates.md has the format. Nothing here prints. */
#ifndef TEMPLATE_FILE_H
#define TEMPLATE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <hcbpf/uapi.h>

#include "text/shape.h"

#define TEMPLATE_SUFFIX ".yaml"		/* of the file that a name stands for */

struct template {
	char name[HCBPF_NAME_LEN];
	char policy[HCBPF_NAME_LEN];
	char profile[HCBPF_NAME_LEN];	/* "": none, and no rules */
	char tag[HCBPF_NAME_LEN];	/* may be empty */
	unsigned int profile_line;	/* 0: there is none */
	unsigned int abi_line;
	unsigned int claimant_line;
	char claimant[64];		/* a user's name or number; "": none */
	uint32_t claimant_uid;		/* what that is on this host; not from the file */
	uint32_t abi, nr_ports;		/* 0: as HCBPF_BIND has them */
	uint64_t param;
	bool encrypted;
};

extern const struct shape template_shape;

/* HCBPF_TEMPLATE_*, which are those of HCBPF_BIND as well. */
uint32_t template_flags(const struct template *template);

/*
 * @name: it was looked up by that, and must have it; NULL: it may have any. 0 or a negative
 * errno with the reason in @error, as "PATH:LINE: REASON".
 */
int template_parse(struct template *template, const char *text, size_t size, const char *path,
		   const char *name, char error[NODES_ERROR]);

#endif /* TEMPLATE_FILE_H */
