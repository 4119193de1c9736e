// SPDX-License-Identifier: GPL-2.0-only
/* A VM's state in QEMU's migration stream. */
#include "unit.h"

#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <hcbpf/state.h>

#include "text/moved.h"

#define HEADER sizeof(struct moved_header)

static char text[] = "a state of some bytes, some bytes, some bytes, some bytes, some bytes";
static unsigned char *blob;
static size_t size;

static int setup(void **state)
{
	(void)state;
	free(blob);
	assert_int_equal(moved_pack(text, sizeof(text), (void **)&blob, &size), 0);
	return 0;
}

static int take_down(void **state)
{
	(void)state;
	free(blob);
	blob = NULL;
	return 0;
}

static void is_taken(const void *data, size_t length)
{
	char error[MOVED_ERROR];
	size_t state_size;
	void *state;

	assert_int_equal(moved_unpack(data, length, &state, &state_size, error), 0);
	assert_int_equal(state_size, sizeof(text));
	assert_memory_equal(state, text, sizeof(text));
	free(state);
}

static void is_refused(size_t length, const char *why)
{
	/* Of just its size, for the sanitizer. */
	unsigned char *copy = malloc(length ? length : 1);
	char error[MOVED_ERROR] = "";
	size_t state_size;
	void *state;

	memcpy(copy, blob, length < size ? length : size);
	assert_int_equal(moved_unpack(copy, length, &state, &state_size, error), -EBADMSG);
	assert_null(state);
	if (!strstr(error, why))
		fail_msg("\"%s\" is not in \"%s\"", why, error);
	free(copy);
}

static struct moved_header *header(void)
{
	return (struct moved_header *)blob;
}

/* What a sender can make that knows the format. */
static void seal(void)
{
	header()->length = htole64(size);
	header()->crc = 0;
	header()->crc = htole32(crc32(0, blob, size));
}

static void there_and_back(void **state)
{
	(void)state;
	assert_true(size < sizeof(text) + HEADER);
	is_taken(blob, size);
}

static void not_bound(void **state)
{
	char error[MOVED_ERROR];
	size_t state_size;
	void *none;

	(void)state;
	free(blob);
	assert_int_equal(moved_pack(NULL, 0, (void **)&blob, &size), 0);
	assert_int_equal(moved_unpack(blob, size, &none, &state_size, error), 0);
	assert_null(none);
	blob = realloc(blob, ++size);
	blob[size - 1] = 0;
	seal();
	is_refused(size, "malformed");
}

static void damaged(void **state)
{
	size_t length, i;

	(void)state;
	for (length = 0; length < HEADER; length++)
		is_refused(length, "no state of a VM");
	for (; length < size; length++)
		is_refused(length, "have come");
	/* Any byte: what it is taken for then differs, but it is never taken. */
	for (i = 0; i < size; i++) {
		blob[i] ^= 0x10;
		is_refused(size, "it is");
		blob[i] ^= 0x10;
	}
	blob[size - 1] ^= 1;
	is_refused(size, "its checksum is wrong");
}

static void of_others(void **state)
{
	(void)state;
	header()->version = htole32(MOVED_VERSION + 1);
	seal();
	is_refused(size, "it is of version 2, and this hcbpf knows version 1");
	header()->version = htole32(MOVED_VERSION);
	header()->arch = htole32(8);
	seal();
	is_refused(size, "of another architecture, number 8");
}

static void malformed(void **state)
{
	(void)state;
	header()->reserved = htole32(1);
	seal();
	is_refused(size, "malformed");
	header()->reserved = 0;
	header()->state_size = htole64(HCBPF_STATE_MAX_LENGTH + 1ULL);
	seal();
	is_refused(size, "malformed");
	/* More than it says, and less. */
	header()->state_size = htole64(sizeof(text) - 1);
	seal();
	is_refused(size, "not as long as it says");
	header()->state_size = htole64(sizeof(text) + 1);
	seal();
	is_refused(size, "not as long as it says");
	header()->state_size = htole64(sizeof(text));
	blob = realloc(blob, ++size);
	blob[size - 1] = 0;
	seal();
	is_refused(size, "not as long as it says");
	size--;
	seal();
	is_taken(blob, size);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(there_and_back, setup),
		cmocka_unit_test_setup(not_bound, setup),
		cmocka_unit_test_setup(damaged, setup),
		cmocka_unit_test_setup(of_others, setup),
		cmocka_unit_test_setup_teardown(malformed, setup, take_down),
	};

	return cmocka_run_group_tests_name("moved", tests, NULL, NULL);
}
