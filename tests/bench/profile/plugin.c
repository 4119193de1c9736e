// SPDX-License-Identifier: GPL-2.0-only
/*
 * A plugin of QEMU's emulator: how often each instruction ran between two
 * readings of the clock by a guest program of user/libguest. Of all such
 * windows the one with the fewest instructions counts, like in the cost meter,
 * and is written to a file as lines "ADDRESS COUNT".
 *
 *	-plugin libprofile.so,out=FILE[,least=N]
 *
 * least: windows of fewer instructions do not count (10000): those of other
 * things than what is to be profiled.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* QEMU's plugin interface, as far as we need it, from 7.2 to 10. */
#define EXPORT __attribute__((visibility("default")))
#define CB_NO_REGS 0

typedef uint64_t plugin_id;
struct qemu_plugin_tb;
struct qemu_plugin_insn;

size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *tb, size_t idx);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *insn);
#if PLUGIN_VERSION < 3
const void *qemu_plugin_insn_data(const struct qemu_plugin_insn *insn);
#else
size_t qemu_plugin_insn_data(const struct qemu_plugin_insn *insn, void *data, size_t len);
#endif
size_t qemu_plugin_insn_size(const struct qemu_plugin_insn *insn);
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *insn,
					    void (*cb)(unsigned int, void *), int flags, void *arg);
void qemu_plugin_register_vcpu_tb_trans_cb(plugin_id id,
					   void (*cb)(plugin_id, struct qemu_plugin_tb *));
void qemu_plugin_register_atexit_cb(plugin_id id, void (*cb)(plugin_id, void *), void *arg);

EXPORT int qemu_plugin_version = PLUGIN_VERSION;

/* Where the harness puts guest programs: GUEST_CODE to GUEST_BLOCKS, or that above GUEST_HIGH. */
#define GUEST_HIGH 0xffffffff80000000
#define PROGRAMS_START 0x10000
#define PROGRAMS_END 0x20000

struct place {
	uint64_t addr;
	uint64_t window;	/* the one that count belongs to */
	uint64_t count;
	uint64_t best;
	struct place *next;
};

#define NR_BUCKETS (1U << 16)

static struct place *places[NR_BUCKETS];
static const char *out;
static uint64_t least = 10000;
static uint64_t window, total, best_total = UINT64_MAX;
static bool counting;

static struct place *place_of(uint64_t addr)
{
	struct place **bucket = &places[addr * 0x9e3779b97f4a7c15ULL >> 48], *place;

	for (place = *bucket; place; place = place->next)
		if (place->addr == addr)
			return place;
	place = calloc(1, sizeof(*place));
	if (!place)
		abort();
	place->addr = addr;
	place->next = *bucket;
	*bucket = place;
	return place;
}

static void count(unsigned int cpu, void *arg)
{
	struct place *place = arg;

	(void)cpu;
	if (!counting)
		return;
	if (place->window != window) {
		place->window = window;
		place->count = 0;
	}
	place->count++;
	total++;
}

static void keep_window(void)
{
	struct place *place;
	size_t i;

	best_total = total;
	for (i = 0; i < NR_BUCKETS; i++)
		for (place = places[i]; place; place = place->next)
			place->best = place->window == window ? place->count : 0;
}

static void on_clock(unsigned int cpu, void *arg)
{
	(void)cpu;
	(void)arg;
	if (counting && total >= least && total < best_total)
		keep_window();
	counting = !counting;
	total = 0;
	window++;
}

/* Of a guest program: x86's rdtsc, or arm64's mrs of cntvct_el0, whatever the register. */
static bool reads_clock(const struct qemu_plugin_insn *insn, uint64_t addr)
{
	static const uint8_t rdtsc[] = { 0x0f, 0x31 };
	uint8_t code[4] = { 0 };
	size_t size = qemu_plugin_insn_size(insn);

	if (addr >= GUEST_HIGH)
		addr -= GUEST_HIGH;
	if (addr < PROGRAMS_START || addr >= PROGRAMS_END || size > sizeof(code))
		return false;
#if PLUGIN_VERSION < 3
	memcpy(code, qemu_plugin_insn_data(insn), size);
#else
	qemu_plugin_insn_data(insn, code, size);
#endif
	if (size == sizeof(rdtsc))
		return !memcmp(code, rdtsc, sizeof(rdtsc));
	return size == 4 && (code[0] & 0xe0) == 0x40 && code[1] == 0xe0 && code[2] == 0x3b &&
	       code[3] == 0xd5;
}

static void on_block(plugin_id id, struct qemu_plugin_tb *tb)
{
	size_t i;

	(void)id;
	for (i = 0; i < qemu_plugin_tb_n_insns(tb); i++) {
		struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
		uint64_t addr = qemu_plugin_insn_vaddr(insn);

		if (reads_clock(insn, addr))
			qemu_plugin_register_vcpu_insn_exec_cb(insn, on_clock, CB_NO_REGS, NULL);
		else
			qemu_plugin_register_vcpu_insn_exec_cb(insn, count, CB_NO_REGS,
							       place_of(addr));
	}
}

static void on_exit_of_qemu(plugin_id id, void *arg)
{
	FILE *file = fopen(out, "w");
	struct place *place;
	size_t i;

	(void)id;
	(void)arg;
	if (!file)
		return;
	for (i = 0; i < NR_BUCKETS; i++)
		for (place = places[i]; place; place = place->next)
			if (place->best)
				fprintf(file, "%016" PRIx64 " %" PRIu64 "\n", place->addr,
					place->best);
	fclose(file);
}

EXPORT int qemu_plugin_install(plugin_id id, const void *info, int argc, char **argv);
EXPORT int qemu_plugin_install(plugin_id id, const void *info, int argc, char **argv)
{
	int i;

	(void)info;
	for (i = 0; i < argc; i++) {
		if (!strncmp(argv[i], "out=", 4))
			out = strdup(argv[i] + 4);
		else if (!strncmp(argv[i], "least=", 6))
			least = strtoull(argv[i] + 6, NULL, 0);
		else
			return -1;
	}
	if (!out)
		return -1;
	qemu_plugin_register_vcpu_tb_trans_cb(id, on_block);
	qemu_plugin_register_atexit_cb(id, on_exit_of_qemu, NULL);
	return 0;
}
