/* SPDX-License-Identifier: GPL-2.0-only */
/* A thread of the hostile VMM, and the requests that it makes. */
#ifndef TESTS_LAB_HOSTILE_SEAT_H
#define TESTS_LAB_HOSTILE_SEAT_H

#include <hcbpf/uapi.h>
#include "attack.h"
#include "files.h"

/* Entries of a list, usually; and in all. */
#define FEW 40
#define MOST_LISTED 512
#define LARGEST_ENTRY sizeof(struct hcbpf_seen)
#define ARG_ROOM 4096
#define LIST_ROOM (MOST_LISTED * LARGEST_ENTRY)
#define NR_MAPS 4

struct seat {
	unsigned int number;
	struct chance chance;
	/* What it is asking at the moment; the waker looks. */
	const struct kind *kind;
	int fd;
	/* Behind each a page that nobody may touch. */
	char *arg_end, *list_end;
	/* Mappings of bindings, of which each outlives what it maps. */
	struct map {
		volatile uint64_t *words;
		size_t size;
	} maps[NR_MAPS];
};

/* A request by ioctl() of <hcbpf/uapi.h>. */
struct asking {
	unsigned long what;
	enum files on;
	size_t size;		/* of its struct; 0: none */
	size_t first_size;	/* of the struct as it was first published */
	/* Its list, if it has one: where in the struct the pointer and the number are. */
	size_t list, nr, entry;
	/* Put in what is right, nearly; the struct is zero but for its size. */
	void (*fill)(struct seat *seat, void *arg, void *list, uint32_t nr);
	/* What it returns is a file of this sort. */
	bool gives;
	enum files gift;
	/* Look at an answer. */
	void (*check)(const void *answer);
};

/* kind.make of those; kind.data is the struct asking. */
int seat_ask(void *seat, const struct kind *kind);

#endif /* TESTS_LAB_HOSTILE_SEAT_H */
