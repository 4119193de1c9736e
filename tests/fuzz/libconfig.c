// SPDX-License-Identifier: GPL-2.0-only
/* libconfig 1.5 loses the text of a string where its scanner stops: its own leak, not ours. */
const char *__lsan_default_suppressions(void);

const char *__lsan_default_suppressions(void)
{
	return "leak:strbuf_append\nleak:libconfig_yylex\n";
}
