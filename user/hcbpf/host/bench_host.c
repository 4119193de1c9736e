// SPDX-License-Identifier: GPL-2.0-only
/* What a machine's figures depend on, and what they are counted in. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "cli/file.h"
#include "host/bench_host.h"

const struct column bench_host_columns[] = {
	{ "cpu", "CPU" }, { "kernel", "kernel" }, { "microcode", "microcode" },
	{ "virtual_machine", "itself a VM" }, { "governor", "governor" },
	{ "pinned_to", "pinned to CPU" }, { "mitigations", "mitigations" },
	{ "calls", "calls of each path" }, { "unit", "unit" }, { 0 }
};

/* The first line of a file, or of the line in it that begins with @key what is behind the colon. */
static void read_line(const char *path, const char *key, char *text, size_t size)
{
	FILE *file = fopen(path, "r");
	char line[512];

	snprintf(text, size, "unknown");
	while (file && fgets(line, sizeof(line), file)) {
		const char *value = key ? strchr(line, ':') : line;

		if (!value || (key && strncmp(line, key, strlen(key))))
			continue;
		value += key ? 1 + strspn(value + 1, " \t") : 0;
		snprintf(text, size, "%.*s", (int)strcspn(value, "\n"), value);
		break;
	}
	if (file)
		fclose(file);
}

static void add_line(struct json_object *host, const char *name, const char *path,
		     const char *key)
{
	char text[256];

	read_line(path, key, text, sizeof(text));
	add_text(host, name, text);
}

#define VULNERABILITIES "/sys/devices/system/cpu/vulnerabilities"

/* "NAME: STATE; ..." of those that this CPU is affected by. */
static void add_mitigations(struct json_object *host)
{
	char all[4096] = "", path[512], state[256];
	struct dirent **names;
	int nr, i;
	size_t len;

	nr = scandir(VULNERABILITIES, &names, NULL, alphasort);
	for (i = 0; i < nr; i++) {
		snprintf(path, sizeof(path), VULNERABILITIES "/%s", names[i]->d_name);
		read_line(path, NULL, state, sizeof(state));
		len = strlen(all);
		if (names[i]->d_name[0] != '.' && strncmp(state, "Not affected", 12))
			snprintf(all + len, sizeof(all) - len, "%s%s: %s", len ? "; " : "",
				 names[i]->d_name, state);
		free(names[i]);
	}
	if (nr >= 0)
		free(names);
	add_text(host, "mitigations", *all ? all : nr < 0 ? "unknown" : "none needed");
}

#ifdef __x86_64__

/* As the kernel found in CPUID. */
static bool runs_in_a_vm(void)
{
	return file_has_line("/proc/cpuinfo", "flags", " hypervisor");
}

static void add_cpu(struct json_object *host, uint32_t cpu)
{
	(void)cpu;
	add_line(host, "cpu", "/proc/cpuinfo", "model name");
	add_line(host, "microcode", "/proc/cpuinfo", "microcode");
	add_text(host, "virtual_machine", runs_in_a_vm() ? "yes: all of this is nested" : "no");
}

uint64_t bench_units(uint64_t ticks)
{
	return ticks;
}

static void add_unit(struct json_object *host)
{
	add_text(host, "unit", "ticks of the TSC, for a call there and back");
}

#else /* arm64 */

/* Only the vendor knows a name for it; CPUs may differ. */
static void add_cpu(struct json_object *host, uint32_t cpu)
{
	char path[128], midr[64], text[128];

	snprintf(path, sizeof(path),
		 "/sys/devices/system/cpu/cpu%u/regs/identification/midr_el1", cpu);
	read_line(path, NULL, midr, sizeof(midr));
	snprintf(text, sizeof(text), "MIDR_EL1 %s", midr);
	add_text(host, "cpu", text);
}

static uint64_t counter_frequency(void)
{
	uint64_t hz;

	asm("mrs %0, cntfrq_el0" : "=r"(hz));
	return hz;
}

/* In ns: counters differ more than CPUs. */
uint64_t bench_units(uint64_t ticks)
{
	return ticks * 1000000000 / counter_frequency();
}

static void add_unit(struct json_object *host)
{
	char text[128];

	snprintf(text, sizeof(text), "ns, for a call there and back; a tick is %.1f ns",
		 1e9 / counter_frequency());
	add_text(host, "unit", text);
}

#endif

struct json_object *bench_host(uint32_t cpu, uint32_t calls)
{
	struct json_object *host = json_object_new_object();
	struct utsname uts;
	char path[128];

	uname(&uts);
	add_cpu(host, cpu);
	add_text(host, "kernel", uts.release);
	snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%u/cpufreq/scaling_governor", cpu);
	add_line(host, "governor", path, NULL);
	add_number(host, "pinned_to", cpu);
	add_mitigations(host);
	add_number(host, "calls", calls);
	add_unit(host);
	return host;
}
