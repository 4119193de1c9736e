// SPDX-License-Identifier: GPL-2.0-only
/*
 * Page attributes for the shell tests; a RANGE is GFN:PAGES:ATTR, in hexadecimal.
 *
 *	gpa_tool write FILE DEFAULT [RANGE...]	a file as `hcbpf gpa export` writes them
 *	gpa_tool flip FILE OFFSET		flip a bit of the byte there
 *	gpa_tool seal FILE			make the checksum right again
 *	gpa_tool set ID RANGE...		change a VM's map
 *	gpa_tool migrate FROM TO MS		change FROM's map for so long, follow it and
 *						set TO's; say "ROUNDS CHANGES"
 */
#include <endian.h>
#include <errno.h>
#include <hcbpf/libhcbpf.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>
#include "../../../user/libhcbpf/state_attributes.h"

#define MAX_BYTES (1 << 20)

static void die(const char *what, int err)
{
	fprintf(stderr, "gpa_tool: %s: %s\n", what, strerror(-err));
	exit(1);
}

static struct hcbpf_gpa_range parse(const char *text)
{
	struct hcbpf_gpa_range range = { 0 };
	unsigned long long gfn, npages;

	if (sscanf(text, "%llx:%llx:%x", &gfn, &npages, &range.attr) != 3)
		die(text, -EINVAL);
	range.gfn = gfn;
	range.npages = npages;
	return range;
}

static size_t parse_all(char **texts, struct hcbpf_gpa_range *ranges)
{
	size_t nr;

	for (nr = 0; texts[nr]; nr++)
		ranges[nr] = parse(texts[nr]);
	return nr;
}

static struct hcbpf_vm *open_vm(const char *id)
{
	struct hcbpf_vm *vm;
	int err = hcbpf_vm_open_id(atoi(id), &vm);

	if (err)
		die(id, err);
	return vm;
}

/* ---- files ---- */

static void put_file(const char *file, const void *data, size_t size)
{
	FILE *f = fopen(file, "w");

	if (!f || fwrite(data, 1, size, f) != size || fclose(f))
		die(file, -errno);
}

static size_t get_file(const char *file, unsigned char *data)
{
	FILE *f = fopen(file, "r");
	size_t size;

	if (!f)
		die(file, -errno);
	size = fread(data, 1, MAX_BYTES, f);
	fclose(f);
	return size;
}

static int write_file(const char *file, const char *default_attr, char **texts)
{
	struct hcbpf_gpa_range ranges[64];
	struct state_writer writer = { 0 };
	size_t size;
	void *data;
	int err;

	state_begin(&writer);
	state_attributes_append(&writer, strtoul(default_attr, NULL, 16), ranges,
				parse_all(texts, ranges));
	err = state_end(&writer, &data, &size);
	if (err)
		die(file, err);
	put_file(file, data, size);
	return 0;
}

static int flip(const char *file, const char *offset)
{
	static unsigned char data[MAX_BYTES];
	size_t size = get_file(file, data), at = strtoul(offset, NULL, 0);

	if (at >= size)
		return 1;
	data[at] ^= 1;
	put_file(file, data, size);
	return 0;
}

static int seal(const char *file)
{
	static unsigned char data[MAX_BYTES];
	size_t size = get_file(file, data);
	struct hcbpf_state_header header;

	memcpy(&header, data, sizeof(header));
	header.crc = 0;
	memcpy(data, &header, sizeof(header));
	header.crc = htole32(crc32(0, data, size));
	memcpy(data, &header, sizeof(header));
	put_file(file, data, size);
	return 0;
}

/* ---- VMs ---- */

static int set(const char *id, char **texts)
{
	struct hcbpf_gpa_range ranges[64];
	size_t nr = parse_all(texts, ranges);
	int err = hcbpf_gpa_set(open_vm(id), ranges, nr, NULL);

	if (err)
		die("set", err);
	return 0;
}

static struct {
	struct hcbpf_vm *vm;
	volatile bool stop;
	unsigned long nr;
} changes;

/* As many changes leave a hundred ranges and more. */
#define SETTLED 500

/*
 * Small and large, near and far, in three words; now and then all at once. Told to
 * stop just after that, it goes on until there is a map to compare again.
 */
static void *change(void *unused)
{
	struct hcbpf_gpa_range range = { 0 };
	unsigned long since_reset = 0;
	unsigned int seed = 1;
	int err;

	for (; !changes.stop || since_reset < SETTLED; changes.nr++, since_reset++) {
		range.gfn = rand_r(&seed) % 50000;
		range.npages = 1 + rand_r(&seed) % (rand_r(&seed) % 8 ? 4 : 3000);
		range.attr = rand_r(&seed) % 3;
		if (rand_r(&seed) % 2000) {
			err = hcbpf_gpa_set(changes.vm, &range, 1, NULL);
		} else {
			err = hcbpf_gpa_reset(changes.vm);
			since_reset = 0;
		}
		if (err)
			die("change", err);
	}
	return unused;
}

static void one_round(struct hcbpf_gpa_follower *follower, struct hcbpf_vm *to)
{
	struct hcbpf_gpa_range ranges[32];
	size_t nr;
	int more, err;

	do {
		nr = 32;
		more = hcbpf_gpa_follow(follower, ranges, &nr);
		if (more < 0)
			die("follow", more);
		err = hcbpf_gpa_set(to, ranges, nr, NULL);
		if (err)
			die("set", err);
	} while (more);
}

static long ms_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Each round waits for the notification of the one before it: none must be missing. */
static int migrate(const char *from_id, const char *to_id, int ms)
{
	struct hcbpf_vm *from = open_vm(from_id), *to = open_vm(to_id);
	struct pollfd efd = { .fd = eventfd(0, EFD_NONBLOCK), .events = POLLIN };
	struct hcbpf_gpa_follower *follower;
	long end = ms_now() + ms;
	uint64_t generation, count;
	pthread_t thread;
	int rounds = 0;

	changes.vm = from;
	if (hcbpf_gpa_notify(from, efd.fd) ||
	    hcbpf_gpa_follower_new(from, HCBPF_GPA_FOLLOW, &follower))
		die("follow", -EINVAL);
	pthread_create(&thread, NULL, change, NULL);
	for (; ms_now() < end; rounds++) {
		one_round(follower, to);
		if (poll(&efd, 1, 5000) != 1)
			die("the notification", -ETIMEDOUT);
		if (read(efd.fd, &count, sizeof(count)) != sizeof(count))
			die("the notification", -errno);
	}
	changes.stop = true;
	pthread_join(thread, NULL);
	one_round(follower, to);
	if (hcbpf_gpa_generation(from, &generation) ||
	    generation != hcbpf_gpa_follower_generation(follower))
		die("the generation", -EINVAL);
	printf("%d %lu\n", rounds, changes.nr);
	return 0;
}

int main(int argc, char **argv)
{
	const char *verb = argc > 1 ? argv[1] : "";

	if (!strcmp(verb, "write") && argc > 3)
		return write_file(argv[2], argv[3], argv + 4);
	if (!strcmp(verb, "flip") && argc > 3)
		return flip(argv[2], argv[3]);
	if (!strcmp(verb, "seal") && argc > 2)
		return seal(argv[2]);
	if (!strcmp(verb, "set") && argc > 3)
		return set(argv[2], argv + 3);
	if (!strcmp(verb, "migrate") && argc > 4)
		return migrate(argv[2], argv[3], atoi(argv[4]));
	fprintf(stderr, "see gpa_tool.c\n");
	return 2;
}
