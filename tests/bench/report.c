// SPDX-License-Identifier: GPL-2.0-only
/*
 * Read a bench's JSON: print tables, hold it against the budget and the
 * targets, write what gnuplot wants.
 *
 * usage: report FILE.json ARCH BUDGET [--tap | PLOT-PREFIX]
 *
 * BUDGET has lines "ARCH kernel RELEASE", of which one must be for the kernel
 * that was measured, else nothing is held, only shown; and "ARCH PATH CEILING",
 * in net instructions. More than 1 % above the ceiling fails, and so does a path
 * without a line or a line without a path; so that an improvement stays one, more
 * than 1 % below asks for the ceiling to be lowered.
 *
 * Exit status: 1 if a budget or a target is missed; 2 for bad input.
 */
#include <err.h>
#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <json-c/json.h>

#define TOLERANCE 0.01
#define FLAT 0.02
#define FLAT_WORK 0.2		/* of a host's own work, into which interrupts fall */

static struct json_object *doc, *paths;
static unsigned int nr_checked, nr_missed;
static bool tap;		/* results as TAP, and no tables */
static bool known_kernel;	/* the budget is for the kernel that was measured */

/* @name: what is held, for TAP; the rest: what to say if it is not. */
__attribute__((format(printf, 3, 4)))
static void judge(bool kept, const char *name, const char *complaint, ...)
{
	va_list args;

	nr_checked++;
	nr_missed += !kept && known_kernel;
	if (tap)
		printf("%sok %u - %s%s\n", kept || !known_kernel ? "" : "not ", nr_checked, name,
		       kept || known_kernel ? "" : " # SKIP no budget for this kernel");
	if (kept)
		return;
	fputs(tap ? "# " : known_kernel ? "  MISSED: " : "  not here: ", stdout);
	va_start(args, complaint);
	vprintf(complaint, args);
	va_end(args);
	putchar('\n');
}

/* Of a table. */
#define show(...) do {								\
	if (!tap)								\
		printf(__VA_ARGS__);						\
} while (0)

static struct json_object *member(struct json_object *object, const char *key)
{
	struct json_object *value;

	if (!json_object_object_get_ex(object, key, &value))
		errx(2, "no \"%s\" in the bench's output", key);
	return value;
}

static const char *text(struct json_object *object, const char *key)
{
	return json_object_get_string(member(object, key));
}

static double number(struct json_object *object, const char *key)
{
	return json_object_get_double(member(object, key));
}

/* ---- paths ---- */

static bool net_of(const char *name, double *net)
{
	struct json_object *path;

	if (!json_object_object_get_ex(paths, name, &path))
		return false;
	*net = number(path, "net");
	return true;
}

static void print_paths(void)
{
	printf("\nInstructions per call%58s %8s\n\n", "raw", "net");
	json_object_object_foreach(paths, name, path)
		printf("  %-22s %-46s %8.0f %8.0f\n", name,
		       text(path, "what"), number(path, "raw"),
		       number(path, "net"));
	if (!number(doc, "skip"))
		return;
	printf("\n  net: without the %.0f of stepping over a hypercall in software, which CPUs\n"
	       "  that report the next instruction do not need.\n", number(doc, "skip"));
}

/* ---- budget ---- */

static void check_line(const char *name, const char *ceiling)
{
	double net = 0, limit = strtod(ceiling, NULL);
	bool measured = net_of(name, &net);

	if (!measured)
		judge(false, name, "%s was not measured", name);
	else
		judge(net <= limit * (1 + TOLERANCE) && net >= limit * (1 - TOLERANCE), name,
		      "%s takes %.0f instructions, its ceiling is %.0f%s", name, net, limit,
		      net < limit ? ": lower that" : "");
}

static void check_paths_without_line(struct json_object *seen, const char *file)
{
	json_object_object_foreach(paths, name, path) {
		(void)path;
		if (!json_object_object_get_ex(seen, name, NULL))
			judge(false, name, "%s has no line in %s", name, file);
	}
}

/* The next line of the budget for @arch; false: there is none. */
static bool next_line(FILE *budget, const char *file, const char *arch, char name[64],
		      char value[64])
{
	char line[256], line_arch[32];

	while (fgets(line, sizeof(line), budget)) {
		if (line[0] == '#' || line[0] == '\n')
			continue;
		if (sscanf(line, "%31s %63s %63s", line_arch, name, value) != 3)
			errx(2, "%s: not ARCH PATH CEILING: %s", file, line);
		if (!strcmp(line_arch, arch))
			return true;
	}
	return false;
}

/* Another compiler, or another KVM, and neither ceilings nor peers say anything. */
static bool knows_kernel(const char *file, const char *arch)
{
	const char *kernel = text(member(doc, "host"), "kernel");
	FILE *budget = fopen(file, "r");
	char name[64], value[64];
	bool found = false;

	if (!budget)
		err(2, "%s", file);
	while (!found && next_line(budget, file, arch, name, value))
		found = !strcmp(name, "kernel") && !strcmp(value, kernel);
	fclose(budget);
	if (!found)
		printf("%sno budget for kernel %s: nothing is held, only shown\n",
		       tap ? "# " : "  ", kernel);
	return found;
}

static void check_budget(const char *file, const char *arch)
{
	struct json_object *seen = json_object_new_object();
	FILE *budget = fopen(file, "r");
	char name[64], value[64];

	if (!budget)
		err(2, "%s", file);
	while (next_line(budget, file, arch, name, value)) {
		if (!strcmp(name, "kernel"))
			continue;
		json_object_object_add(seen, name, NULL);
		check_line(name, value);
	}
	fclose(budget);
	check_paths_without_line(seen, file);
	json_object_put(seen);
}

/* ---- targets: limits that are other paths ---- */

static const struct target {
	const char *path, *peer;
	double factor, more;	/* path <= factor * peer + more */
} targets[] = {
	{ "kvm_nr1_loaded", "kvm_nr1", 1.005, 0 },
	{ "kvm_nr1", "kvm_nr1_loaded", 1.005, 0 },
	{ "kvm_nr1_other_bound", "kvm_nr1", 1, 20 },
	{ "kvm_nr1_pass", "kvm_nr1", 1, 85 },
	{ "hcbpf_send_virtual", "xen_native_eventfd", 0.75, 0 },
	{ "hcbpf_send_virtual", "hcbpf_send_physical", 1, 300 },
	{ "hcbpf_send_registered", "xen_native_eventfd", 0.62, 0 },
	{ "hcbpf_send_physical", "xen_native_eventfd", 0.62, 0 },
	{ "hcbpf_send_list", "xen_native_eventfd", 1, 0 },
	{ "hcbpf_doorbell", "ioeventfd_pio", 0.97, 0 },
	{ "hcbpf_exit_write", "pio_exit_write", 0.98, 0 },
	{ "gpa_flip_1g", "gpa_flip_4k", 2, 0 },
	{ "gpa_flip_4k", "gpa_flip_exit", 0.6, 0 },
	{ "hvc_loaded", "hvc_base", 1.005, 0 },
	{ "hvc_base", "hvc_loaded", 1.005, 0 },
	{ "hvc_other_bound", "hvc_base", 1, 80 },
	{ "hvc_pass", "hvc_base", 1, 150 },
	{ "hvc_exit_write", "mmio_exit_write", 1, 0 },
	{ "hcbpf_doorbell", "ioeventfd_mmio", 0.97, 0 },
};

static void check_targets(void)
{
	double net, peer;
	char name[128];
	size_t i;

	show("\nBeside its peer\n\n");
	for (i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
		const struct target *target = &targets[i];

		if (!net_of(target->path, &net) || !net_of(target->peer, &peer))
			continue;
		show("  %-22s %6.2f x %-20s (%+.0f)\n", target->path, net / peer, target->peer,
		     net - peer);
		snprintf(name, sizeof(name), "%s beside %s", target->path, target->peer);
		judge(net <= target->factor * peer + target->more, name,
		      "%s: %.0f; at most %g x %s + %g, which is %.0f", target->path, net,
		      target->factor, target->peer, target->more,
		      target->factor * peer + target->more);
	}
}

/* ---- curves ---- */

/* Those that cannot be flat: what they may add, in instructions. */
static const struct slope {
	const char *curve;
	double in_all;
	double per_tenfold;
} slopes[] = {
	{ "buffers", 40, 0 },		/* a binary search, of five a step */
	{ "gpa_flip_4k", 0, 30 },	/* down a tree */
	{ "list", 6000, 0 },		/* of one VM, asking for another is a part */
	{ "storm", 10000, 0 },		/* the difference of two that are 20 times as much */
};

static double ceiling_of(const char *name, double least, double tenfolds, double flat)
{
	size_t i;

	for (i = 0; i < sizeof(slopes) / sizeof(slopes[0]); i++)
		if (!strcmp(slopes[i].curve, name))
			return least + slopes[i].in_all + slopes[i].per_tenfold * tenfolds;
	return least * (1 + flat);
}

static double tenfolds(struct json_object *xs)
{
	size_t nr = json_object_array_length(xs);

	return log10(json_object_get_double(json_object_array_get_idx(xs, nr - 1)) /
		     json_object_get_double(json_object_array_get_idx(xs, 0)));
}

static void print_curve(const char *name, struct json_object *curve, double flat)
{
	struct json_object *xs = member(curve, "x"), *costs = member(curve, "cost");
	size_t i, nr = json_object_array_length(xs);
	double least = 0, most = 0, ceiling;

	show("  %-16s %-20s", name, text(curve, "path"));
	for (i = 0; i < nr; i++) {
		double cost = json_object_get_double(json_object_array_get_idx(costs, i));

		show(" %d:%.0f", json_object_get_int(json_object_array_get_idx(xs, i)), cost);
		least = !i || cost < least ? cost : least;
		most = cost > most ? cost : most;
	}
	show("\n");
	ceiling = ceiling_of(name, least, tenfolds(xs), flat);
	judge(most <= ceiling, name, "%s: from %.0f to %.0f instructions, at most %.0f", name,
	      least, most, ceiling);
}

static void print_curves(const char *what, const char *title, double flat)
{
	struct json_object *curves;

	if (!json_object_object_get_ex(doc, what, &curves))
		return;
	show("\n%s\n\n", title);
	json_object_object_foreach(curves, name, curve)
		print_curve(name, curve, flat);
}

static const struct {
	const char *name;
	double limit;
} memory_targets[] = {
	{ "vm", 4700 },
	{ "vm_of_10000", 4700 },
	{ "map_of_8_ranges", 4096 },	/* in 1 TiB */
	{ "checkered_gib", 65536 },	/* every second page: 64 MiB for 1 TiB */
};

static void check_memory(struct json_object *memory)
{
	size_t i;

	for (i = 0; i < sizeof(memory_targets) / sizeof(memory_targets[0]); i++) {
		double bytes = number(memory, memory_targets[i].name);

		judge(bytes <= memory_targets[i].limit, memory_targets[i].name,
		      "%s takes %.0f bytes, at most %.0f", memory_targets[i].name, bytes,
		      memory_targets[i].limit);
	}
}

static void print_memory(void)
{
	struct json_object *memory;

	if (!json_object_object_get_ex(doc, "memory", &memory))
		return;
	printf("\nBytes in the kernel\n\n ");
	json_object_object_foreach(memory, name, bytes)
		if (strcmp(name, "unit"))
			printf(" %s %.0f", name, json_object_get_double(bytes));
	putchar('\n');
	check_memory(memory);
}

/* ---- for gnuplot ---- */

static FILE *plot_file(const char *prefix, const char *name)
{
	char path[512];
	FILE *file;

	snprintf(path, sizeof(path), "%s-%s.dat", prefix, name);
	file = fopen(path, "w");
	if (!file)
		err(2, "%s", path);
	return file;
}

/* Others are KVM's own ways, and a VMM's without us. */
static bool is_ours(const char *name)
{
	static const char *const ours[] = {
		"hcbpf_", "sdei_", "gpa_flip_4k", "gpa_flip_1g", "kvm_nr1_pass", "hvc_pass", "hvc_exit"
	};
	size_t i;

	for (i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
		if (!strncmp(name, ours[i], strlen(ours[i])))
			return true;
	return false;
}

/* A block of "X COST" lines for each curve, with what it is as the title. */
static void plot_curves(const char *prefix, const char *what)
{
	struct json_object *curves;
	const char *between = "";
	FILE *file;
	size_t i;

	if (!json_object_object_get_ex(doc, what, &curves))
		return;
	file = plot_file(prefix, what);
	json_object_object_foreach(curves, name, curve) {
		struct json_object *xs = member(curve, "x"), *costs = member(curve, "cost");

		(void)name;
		fprintf(file, "%s\"%s\"\n", between, text(curve, "what"));
		between = "\n\n";
		for (i = 0; i < json_object_array_length(xs); i++)
			fprintf(file, "%d %s\n",
				json_object_get_int(json_object_array_get_idx(xs, i)),
				json_object_get_string(json_object_array_get_idx(costs, i)));
	}
	fclose(file);
}

static void plot(const char *prefix)
{
	FILE *file = plot_file(prefix, "paths");

	json_object_object_foreach(paths, name, path)
		fprintf(file, "\"%s\" %.1f %d\n", text(path, "what"), number(path, "net"),
			is_ours(name));
	fclose(file);
	plot_curves(prefix, "scaling");
	plot_curves(prefix, "operations");
	plot_curves(prefix, "concurrency");
}

static void print_all(const char *arch, const char *budget)
{
	if (!tap)
		print_paths();
	known_kernel = knows_kernel(budget, arch);
	check_targets();
	print_curves("scaling", "A call beside ever more of what is not its own", FLAT);
	print_curves("operations", "A host's work beside ever more VMs that are bound", FLAT_WORK);
	print_curves("concurrency", "Several vCPUs at once", FLAT);
	print_memory();
	show("\nBudget\n\n");
	if (known_kernel)
		check_budget(budget, arch);
	if (tap)
		printf("1..%u\n", nr_checked);
	else if (nr_missed)
		printf("\nbench: %u of %u missed\n", nr_missed, nr_checked);
	else if (known_kernel)
		puts("  kept");
}

int main(int argc, char **argv)
{
	if (argc < 4 || argc > 5) {
		fputs("usage: report FILE.json ARCH BUDGET [--tap | PLOT-PREFIX]\n", stderr);
		return 2;
	}
	doc = json_object_from_file(argv[1]);
	if (!doc)
		errx(2, "%s", json_util_get_last_err());
	paths = member(doc, "paths");
	tap = argc > 4 && !strcmp(argv[4], "--tap");
	print_all(argv[2], argv[3]);
	if (argc > 4 && !tap)
		plot(argv[4]);
	json_object_put(doc);
	return nr_missed ? 1 : 0;
}
