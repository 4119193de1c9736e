// SPDX-License-Identifier: GPL-2.0-only
/* How a request is made: what is wrong with it, and in which memory it lies. */
#include <string.h>
#include "seat.h"
#include "sleepy.h"

struct letter {
	char arg[ARG_ROOM];
	char list[LIST_ROOM];
	size_t size;		/* what the user says, as far as there is room */
	uint32_t nr;
};

/* ---- what it says ---- */

static uint32_t some_nr(struct seat *seat)
{
	if (chance_percent(&seat->chance, 5))
		return MOST_LISTED;
	return chance_below(&seat->chance, FEW);
}

static void write_letter(struct seat *seat, const struct asking *asking, struct letter *letter)
{
	memset(letter->arg, 0, sizeof(letter->arg));
	letter->size = asking->size;
	letter->nr = asking->entry ? some_nr(seat) : 0;
	*(uint32_t *)letter->arg = asking->size;
	if (asking->entry) {
		memset(letter->list, 0, letter->nr * asking->entry);
		memcpy(letter->arg + asking->nr, &letter->nr, sizeof(letter->nr));
	}
	if (asking->fill)
		asking->fill(seat, letter->arg, letter->list, letter->nr);
}

static void spoil_size(struct seat *seat, const struct asking *asking, struct letter *letter)
{
	uint32_t size = chance_one_of(&seat->chance, 0, 4, asking->first_size - 1,
				      asking->first_size, asking->size - 4, asking->size + 1,
				      asking->size + 8, ARG_ROOM, ARG_ROOM + 1, ~0U);

	*(uint32_t *)letter->arg = size;
	letter->size = size < 4 ? 4 : size > ARG_ROOM ? ARG_ROOM : size;
	if (letter->size > asking->size && chance_percent(&seat->chance, 30))
		letter->arg[letter->size - 1] = 1;
}

static void spoil_word(struct seat *seat, char *at, size_t size)
{
	uint32_t word = chance_one_of(&seat->chance, 1, 2, 0x80000000, ~0U, 0xffff, 1 << 20);

	if (size < sizeof(word))
		return;
	at += chance_below(&seat->chance, size / sizeof(word)) * sizeof(word);
	memcpy(at, &word, sizeof(word));
}

static void spoil(struct seat *seat, const struct asking *asking, struct letter *letter)
{
	uint32_t nr = chance_one_of(&seat->chance, 0, letter->nr + 1, 0xffff, 65537, 1 << 20,
				    (1 << 20) + 1, ~0U);

	switch (chance_below(&seat->chance, 4)) {
	case 0:
		spoil_size(seat, asking, letter);
		return;
	case 1:
		spoil_word(seat, letter->arg + 4, asking->size - 4);
		return;
	case 2:
		if (asking->entry)
			memcpy(letter->arg + asking->nr, &nr, sizeof(nr));
		return;
	default:
		spoil_word(seat, letter->list, letter->nr * asking->entry);
	}
}

/* ---- where it lies ---- */

enum place { PLAIN, SLEEPY, CUT, NOWHERE_AT_ALL };

static enum place some_place(struct seat *seat)
{
	uint32_t percent = chance_below(&seat->chance, 100);

	return percent < 60 ? PLAIN : percent < 92 ? SLEEPY : percent < 96 ? CUT : NOWHERE_AT_ALL;
}

static void *nowhere(struct seat *seat)
{
	return (void *)(uintptr_t)chance_one_of(&seat->chance, 0, 1, 0xffff888000000000,
						0xffffffffffffff00, 0x7ffffffff000);
}

/* Up to the end of what can be read, or sleeping, or with its last bytes out of reach. */
static void *place_at(struct seat *seat, enum place place, char *end, size_t offset,
		      const void *data, size_t size)
{
	switch (place) {
	case SLEEPY:
		return sleepy_put(seat->number, offset, data, size);
	case NOWHERE_AT_ALL:
		return nowhere(seat);
	case CUT:
		memcpy(end - size / 2, data, size / 2);
		return end - size / 2;
	default:
		memcpy(end - size, data, size);
		return end - size;
	}
}

static void *post(struct seat *seat, const struct asking *asking, struct letter *letter,
		  enum place place, enum place list_place)
{
	uint64_t list;
	void *arg;

	if (asking->entry) {
		list = (uintptr_t)place_at(seat, list_place, seat->list_end, ARG_ROOM, letter->list,
					   letter->nr * asking->entry);
		memcpy(letter->arg + asking->list, &list, sizeof(list));
	}
	arg = place_at(seat, place, seat->arg_end, 0, letter->arg, letter->size);
	if (place == SLEEPY || list_place == SLEEPY)
		sleepy_away(seat->number);
	return arg;
}

int seat_ask(void *who, const struct kind *kind)
{
	static __thread struct letter letter;
	const struct asking *asking = kind->data;
	struct seat *seat = who;
	enum place place = some_place(seat), list_place = place;
	int fd = files_any(asking->on, &seat->chance), ret;
	void *arg = NULL;

	if (fd < 0)
		return NOTHING;
	if (asking->size) {
		write_letter(seat, asking, &letter);
		if (chance_percent(&seat->chance, 25))
			spoil(seat, asking, &letter);
		if (place == PLAIN)
			list_place = some_place(seat);
		arg = post(seat, asking, &letter, place, list_place);
	}
	__atomic_store_n(&seat->fd, fd, __ATOMIC_RELAXED);
	ret = request(fd, asking->what, arg);
	if (ret >= 0 && asking->check && place == PLAIN && letter.size == asking->size)
		asking->check(arg);
	if (ret >= 0 && asking->gives)
		files_put(asking->gift, &seat->chance, ret);
	return ret;
}
