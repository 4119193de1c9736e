// SPDX-License-Identifier: GPL-2.0-only
/* Is standard input exactly one JSON document, and a line? Exit status 0 if so. */
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

int main(void)
{
	struct json_tokener *tokener = json_tokener_new();
	static char text[1 << 20];
	size_t len = fread(text, 1, sizeof(text) - 1, stdin);

	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT);
	if (!len || text[len - 1] != '\n')
		return 1;
	json_tokener_parse_ex(tokener, text, len);
	if (json_tokener_get_error(tokener) != json_tokener_success)
		return 1;
	return strspn(text + json_tokener_get_parse_end(tokener), " \n") !=
	       len - json_tokener_get_parse_end(tokener);
}
