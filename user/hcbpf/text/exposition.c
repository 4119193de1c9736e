// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>
#include <string.h>

#include "cli/args.h"
#include "text/exposition.h"

static const char *const types[] = { "gauge", "counter", "info", "stateset" };

/* What the text format does not know is a gauge there. */
static const char *type_name(const struct exposition *to, enum metric_type type)
{
	return to->openmetrics || type == METRIC_COUNTER ? types[type] : types[METRIC_GAUGE];
}

static const char *suffix(enum metric_type type)
{
	if (type == METRIC_COUNTER)
		return "_total";
	return type == METRIC_INFO ? "_info" : "";
}

/* Base units, which names end with. */
static const char *unit_of(const struct metric *metric)
{
	const char *end = strrchr(metric->name, '_');

	return end && (!strcmp(end, "_bytes") || !strcmp(end, "_seconds")) ? end + 1 : NULL;
}

void metric_head(const struct exposition *to, const struct metric *metric)
{
	/* OpenMetrics' families have no suffix, those of the text format are called as samples. */
	const char *end = to->openmetrics ? "" : suffix(metric->type);

	fprintf(to->f, "# HELP %s%s %s\n", metric->name, end, metric->help);
	fprintf(to->f, "# TYPE %s%s %s\n", metric->name, end, type_name(to, metric->type));
	if (to->openmetrics && unit_of(metric))
		fprintf(to->f, "# UNIT %s %s\n", metric->name, unit_of(metric));
}

/* Control characters and what is not UTF-8 go; the rest is told from the syntax. */
static void put_value(FILE *f, const char *value)
{
	char *clean = strdup(value), *c;

	if (!clean)
		abort();
	text_clean(clean, false);
	for (c = clean; *c; c++) {
		if (*c == '\\' || *c == '"')
			fputc('\\', f);
		fputc(*c, f);
	}
	free(clean);
}

static void put_name(const struct exposition *to, const struct metric *metric,
		     const struct label *labels)
{
	const char *before = "{";

	fprintf(to->f, "%s%s", metric->name, suffix(metric->type));
	for (; labels && labels->name; labels++) {
		if (!labels->value || !labels->value[0])
			continue;
		fprintf(to->f, "%s%s=\"", before, labels->name);
		put_value(to->f, labels->value);
		fputc('"', to->f);
		before = ",";
	}
	if (before[0] == ',')
		fputc('}', to->f);
}

void metric_number(const struct exposition *to, const struct metric *metric,
		   const struct label *labels, uint64_t value)
{
	put_name(to, metric, labels);
	fprintf(to->f, " %llu\n", (unsigned long long)value);
}

void metric_real(const struct exposition *to, const struct metric *metric,
		 const struct label *labels, double value)
{
	put_name(to, metric, labels);
	fprintf(to->f, " %.9g\n", value);
}

void exposition_end(const struct exposition *to)
{
	if (to->openmetrics)
		fputs("# EOF\n", to->f);
}
