// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/file.h"
#include "text/config.h"

#define MAX_FILE (1 << 20)

int config_complain(char error[CONFIG_ERROR], const char *path, unsigned int line, int err,
		    const char *fmt, ...)
{
	char place[16] = "";
	va_list ap;
	int len;

	if (line)
		snprintf(place, sizeof(place), ":%u", line);
	len = snprintf(error, CONFIG_ERROR, "%.200s%s: ", path, place);
	va_start(ap, fmt);
	vsnprintf(error + len, CONFIG_ERROR - len, fmt, ap);
	va_end(ap);
	return err;
}

int config_parse(config_t *config, const char *text, char error[CONFIG_ERROR], const char *path)
{
	config_init(config);
	if (config_read_string(config, text))
		return 0;
	config_complain(error, path, config_error_line(config), 0, "%s",
			config_error_text(config));
	config_destroy(config);
	return -EINVAL;
}

/* The line that has libconfig's own @include, or 0. */
static unsigned int include_line(const char *text)
{
	unsigned int line = 1;

	for (;; line++) {
		text += strspn(text, " \t");
		if (!strncmp(text, "@include", 8))
			return line;
		text = strchr(text, '\n');
		if (!text)
			return 0;
		text++;
	}
}

int config_load_file(config_t *config, const char *path, const char *no_include,
		     char error[CONFIG_ERROR])
{
	unsigned int line;
	size_t size;
	char *text;
	int err;

	err = file_read(path, MAX_FILE, &text, &size);
	if (err)
		return config_complain(error, path, 0, err, "%s", file_error(err));
	line = include_line(text);
	if (strlen(text) != size)
		err = config_complain(error, path, 0, -EINVAL, "not a text file");
	else if (line)
		err = config_complain(error, path, line, -EINVAL, "%s", no_include);
	else
		err = config_parse(config, text, error, path);
	free(text);
	return err;
}

bool config_number(const config_setting_t *setting, int64_t *number)
{
	bool hex = config_setting_get_format(setting) == CONFIG_FORMAT_HEX;
	int type = config_setting_type(setting);

	if (type == CONFIG_TYPE_INT && hex)
		*number = (uint32_t)config_setting_get_int(setting);
	else if (type == CONFIG_TYPE_INT || type == CONFIG_TYPE_INT64)
		*number = config_setting_get_int64(setting);
	return type == CONFIG_TYPE_INT || type == CONFIG_TYPE_INT64;
}
