/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A step of a case is a group, and each setting in it sets its part of the step. Here are
 * the settings, and what they are made of. All return 0 or -EINVAL with the reason.
 */
#ifndef CASE_STEP_H
#define CASE_STEP_H

#include <stdbool.h>
#include <stdint.h>

#include "text/case_file.h"
#include "text/config.h"

struct reader {
	const char *file;
	char *error;
};

typedef int set_fn(struct reader *r, const config_setting_t *setting, struct step *step);

/* What a group may have in it; ends with a NULL name. */
struct member {
	const char *name;
	set_fn *set;
};

#define complain(r, at, ...) \
	config_complain((r)->error, (r)->file, config_setting_source_line(at), -EINVAL, __VA_ARGS__)

/* ---- values: case_values.c ---- */

/* "0x...": what does not fit a number of libconfig without a trailing L. */
bool text_number(const char *text, __u64 *value);

/* Negative ones as 64 bits. */
int get_number(struct reader *r, const config_setting_t *s, __u64 *value);
int get_u32(struct reader *r, const config_setting_t *s, uint32_t *value);

/* A word that @lookup knows; @what it should have been. */
int get_word(struct reader *r, const config_setting_t *s, const char *what,
	     int (*lookup)(const char *, uint32_t *), uint32_t *value);

/* Is it a list, of @max at most? */
int get_list(struct reader *r, const config_setting_t *s, int max);

/* Let each member of a group set its part of @step. */
int get_group(struct reader *r, const config_setting_t *group, const struct member *members,
	      struct step *step);

/* Let each element of a list do so. */
int set_each(struct reader *r, const config_setting_t *s, int max, set_fn *set_one,
	     struct step *step);

/* Both the attributes that are there and those that are expected: a group of three numbers. */
int get_pages(struct reader *r, const config_setting_t *s, struct hcbpf_test_set *set);

/* ---- settings ---- */

set_fn set_call, set_memory;						/* case_call.c */
set_fn set_ports, set_slots, set_rules, set_pages, set_gpa_error,	/* case_vm.c */
	set_kvm_exits, set_buffers, set_encrypted, set_param, set_new_vm;
set_fn set_expect;							/* case_expect.c */

#endif /* CASE_STEP_H */
