/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Prometheus' text format (0.0.4) and OpenMetrics (1.0.0). The two name a counter's family
 * differently, and only the second has units, infos and an end.
 */
#ifndef EXPOSITION_H
#define EXPOSITION_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum metric_type { METRIC_GAUGE, METRIC_COUNTER, METRIC_INFO, METRIC_STATES };

struct metric {
	const char *name;	/* without _total and _info; with its unit, _bytes */
	enum metric_type type;
	const char *help;
};

struct exposition {
	FILE *f;
	bool openmetrics;
};

/*
 * A label; lists end with one without a name. Its value may come from anybody: what would
 * spoil the text, or a terminal, is replaced or escaped. An empty one is left out.
 */
struct label {
	const char *name;
	const char *value;
};

/* A family's samples follow its head, before the next one's. */
void metric_head(const struct exposition *to, const struct metric *metric);
void metric_number(const struct exposition *to, const struct metric *metric,
		   const struct label *labels, uint64_t value);
void metric_real(const struct exposition *to, const struct metric *metric,
		 const struct label *labels, double value);

void exposition_end(const struct exposition *to);

#endif /* EXPOSITION_H */
