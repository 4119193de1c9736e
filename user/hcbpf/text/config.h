/* SPDX-License-Identifier: GPL-2.0-only */
/* What reading any of the command's files with libconfig takes. Nothing here prints. */
#ifndef CONFIG_H
#define CONFIG_H

#include <libconfig.h>
#include <stdbool.h>
#include <stdint.h>

#define CONFIG_ERROR 512	/* room for an error's text */

/* Say what is wrong: "PATH:LINE: REASON", without the line if it is 0. Returns @err. */
int config_complain(char error[CONFIG_ERROR], const char *path, unsigned int line, int err,
		    const char *fmt, ...) __attribute__((format(printf, 5, 6)));

/* 0, and config_destroy() is to be called; or -EINVAL, and @error says why. */
int config_parse(config_t *config, const char *text, char error[CONFIG_ERROR], const char *path);

/*
 * The same for a file. libconfig's own @include would bring line numbers that mean nothing,
 * and files that were not asked for: it is refused, for the reason @no_include.
 */
int config_load_file(config_t *config, const char *path, const char *no_include,
		     char error[CONFIG_ERROR]);

/*
 * A number as it was written, if it is one: libconfig makes negative ones of hexadecimal
 * ones with 32 bits.
 */
bool config_number(const config_setting_t *setting, int64_t *number);

#endif /* CONFIG_H */
