// SPDX-License-Identifier: GPL-2.0-only
/* metrics: what there is to count, for Prometheus. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/file.h"
#include "cli/output.h"
#include "cmd/calls.h"
#include "cmd/metrics.h"
#include "host/device.h"
#include "host/module.h"

/* A VMM can make VMs without end; whoever stores series pays for each. */
#define USUAL_VMS 1000

const struct option metrics_options[] = {
	{ "openmetrics", "in the format OpenMetrics, rather than Prometheus' text format" },
	{ "output FILE", "into a file that appears whole, for node_exporter's textfile collector" },
	{ "vms N", "of at most N VMs (default: 1000); the operator's first, then users in turn" },
	{ "observed N", "the calls of at most N of these, if they are observed (default: 100)" },
	{ 0 }
};

static const struct metric up = { "hcbpf_up", METRIC_GAUGE, "The module answers." };

/* ---- a text that is complete, or not there at all ---- */

/* Of how many VMs there are any. */
struct limits {
	uint32_t vms, observed;
};

static int write_metrics(FILE *f, bool openmetrics, int dev, const struct limits *limits)
{
	const struct exposition to = { f, openmetrics };
	int status = 0;

	metric_head(&to, &up);
	metric_number(&to, &up, NULL, dev >= 0);
	if (dev >= 0)
		status = metrics_of_module(&to, dev);
	if (!status && dev >= 0)
		status = metrics_of_vms(&to, dev, limits->vms, limits->observed);
	exposition_end(&to);
	return status;
}

/* Without the module that is what there is to tell, and no failure. -1: one, which was said. */
static int open_module(int *dev)
{
	*dev = open(HCBPF_DEVICE, O_RDWR | O_CLOEXEC);
	if (*dev < 0 && (errno == ENOENT || errno == ENXIO || errno == ENODEV)) {
		out_progress("the module is not loaded: hcbpf_up is 0");
		return 0;
	}
	if (*dev >= 0)
		close(*dev);
	*dev = device_open();
	return *dev < 0 ? EXIT_FAILURE : 0;
}

static int make_text(const struct args *args, const struct limits *limits, char **text,
		     size_t *size)
{
	int dev, status = open_module(&dev);
	FILE *f;

	if (status)
		return status;
	f = open_memstream(text, size);
	if (!f)
		abort();
	status = write_metrics(f, option_value(args, "openmetrics"), dev, limits);
	fclose(f);
	if (dev >= 0)
		close(dev);
	if (status)
		free(*text);
	return status;
}

static int put_text(const char *file, char *text, size_t size)
{
	struct json_object *object = json_object_new_object();
	int status = 0;

	if (file) {
		status = file_write(file, FILE_PUBLIC, text, size);
		add_text(object, "file", file);
	} else {
		add_text(object, "metrics", text);
		/* out_done() adds the last newline. */
		text[size - 1] = '\0';
	}
	if (status)
		json_object_put(object);
	else if (file)
		out_done(object, "the metrics are in %s", file);
	else
		out_done(object, "%s", text);
	return status;
}

int metrics_run(const struct args *args)
{
	struct limits limits = { USUAL_VMS, USUAL_OBSERVED };
	char *text;
	size_t size;
	int status = calls_most_vms(args, "vms", &limits.vms);

	if (!status)
		status = calls_most_vms(args, "observed", &limits.observed);
	if (!status)
		status = make_text(args, &limits, &text, &size);
	if (status)
		return status;
	status = put_text(option_value(args, "output"), text, size);
	free(text);
	return status;
}
