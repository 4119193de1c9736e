/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the hostile programs share. Each has a table of things to do, kinds, which its
 * processes do again and again in an order and with arguments that chance chooses, until
 * they are killed in the middle of it. At the end each kind must have succeeded at least
 * once and have been refused at least once: a program that never gets past the first check
 * tests nothing.
 *
 * Chance is made from HOSTILE_SEED (1); HOSTILE_SECONDS (5) says how long, at least. Which
 * thread is quicker is not chosen: the same seed makes the same choices, not the same
 * interleaving. With HOSTILE_POOR=CGROUP they run in there, where there is no
 * memory, and nothing need succeed.
 */
#ifndef TESTS_LAB_HOSTILE_ATTACK_H
#define TESTS_LAB_HOSTILE_ATTACK_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

/* ---- chance ---- */

struct chance {
	uint64_t state;
};

/* Of what was chosen before, and @n: so that each process and thread has its own. */
struct chance chance_of(uint64_t seed, uint64_t n);
uint64_t chance_next(struct chance *chance);
/* 0..@n - 1 */
uint32_t chance_below(struct chance *chance, uint32_t n);
bool chance_percent(struct chance *chance, uint32_t percent);

#define chance_one_of(chance, ...) ({						\
	const uint64_t all_[] = { __VA_ARGS__ };				\
	all_[chance_below(chance, ARRAY_LEN(all_))]; })

/* ---- kinds ---- */

enum expected {
	BOTH,		/* succeeds, and is refused */
	REFUSED,	/* never succeeds: that would be a hole */
	DONE,		/* cannot fail */
	EITHER,		/* whatever comes, but something */
	NEVER,		/* there is none here */
};

struct kind {
	const char *name;
	enum expected expected;
	unsigned int weight;
	unsigned int role;	/* whose choice it is, where there are several */
	unsigned int pointers;	/* up to MOST_POINTERS; memory must have slept under each */
	/* Do it once: 0 or more: done; a negative errno; or NOTHING. */
	int (*make)(void *who, const struct kind *kind);
	const void *data;
};

#define MOST_POINTERS 2
#define NOTHING (-4095)		/* nothing was asked: there was nothing to ask */

/* How often, counted by all processes. */
struct tally {
	uint64_t done, refused, slept[MOST_POINTERS];
};

/* ---- attacks ---- */

struct attack {
	const char *name;
	const struct kind *kinds;
	size_t nr_kinds;
	unsigned int nr_processes;
	/* Shortest and longest life of a process, in ms. */
	unsigned int shortest, longest;
	/* A process's life; must not return. */
	void (*live)(uint64_t seed);
};

/* Run it, print TAP: the exit status. */
int attack_run(const struct attack *attack);

/* In a process: one thing to do, chosen by the weights of the role's kinds, and counted. */
const struct kind *attack_choose(struct chance *chance, unsigned int role);
void attack_do(void *who, const struct kind *kind);
struct tally *attack_tally(const struct kind *kind);
void attack_count(const struct kind *kind, uint64_t done, uint64_t refused);

/*
 * In a process: a thread, one of MAX_WATCHED, begins or has ended what must come to an end
 * whatever others are waiting for. It is waited for before the process is killed.
 */
#define MAX_WATCHED 8
void attack_begin(unsigned int thread);
void attack_end(unsigned int thread);

/* Something that must not be: a failed test, with what is said the first time. */
void attack_found(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* ---- small things ---- */

/* A negative errno, or what ioctl() returned. */
int request(int fd, unsigned long what, void *arg);
void nap_us(unsigned int us);
uint64_t now_us(void);
/* Memory that is followed by a page that nobody may touch: @size bytes up to there. */
void *guarded(size_t size);
/* setrlimit(RLIMIT_NOFILE) to what is allowed at most. */
void many_files(void);

#endif /* TESTS_LAB_HOSTILE_ATTACK_H */
