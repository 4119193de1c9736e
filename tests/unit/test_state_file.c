// SPDX-License-Identifier: GPL-2.0-only
/* The format of <hcbpf/state.h>: round trips, and every kind of damage refused. */
#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include "unit.h"
#include "../../user/libhcbpf/state_attributes.h"

#define HEADER sizeof(struct hcbpf_state_header)
#define SECTION sizeof(struct hcbpf_state_section)
#define ATTRIBUTES sizeof(struct hcbpf_state_attributes)
#define RANGE sizeof(struct hcbpf_state_range)
#define FIRST_RANGE (HEADER + SECTION + ATTRIBUTES)

_Static_assert(HEADER == 40 && SECTION == 24 && ATTRIBUTES == 16 && RANGE == 24,
	       "the format of files changed");
_Static_assert(offsetof(struct hcbpf_state_header, crc) == 36, "the checksum moved");

static const struct hcbpf_gpa_range ranges[] = {
	{ .gfn = 0, .npages = 1, .attr = HCBPF_GPA_ENCRYPTED },
	{ .gfn = 1, .npages = 511, .attr = 3 },
	{ .gfn = 1ULL << 20, .npages = 7, .attr = 3 },
	{ .gfn = HCBPF_GPA_FRAMES - 1, .npages = 1, .attr = 0xffff },
};

struct file {
	unsigned char *data;
	size_t size;
};

/* What the writer makes of these, not all of which is right. */
static struct file write_ranges(uint32_t default_attr, const struct hcbpf_gpa_range *list,
				size_t nr)
{
	struct state_writer writer = { 0 };
	struct file file;
	void *data;

	state_begin(&writer);
	state_attributes_append(&writer, default_attr, list, nr);
	assert_int_equal(state_end(&writer, &data, &file.size), 0);
	file.data = data;
	return file;
}

static struct file good(void)
{
	return write_ranges(0, ranges, ARRAY_LEN(ranges));
}

/* A file with the sections that @fill appends. */
static struct file write_sections(void (*fill)(struct state_writer *writer))
{
	struct state_writer writer = { 0 };
	struct file file;
	void *data;

	state_begin(&writer);
	fill(&writer);
	assert_int_equal(state_end(&writer, &data, &file.size), 0);
	file.data = data;
	return file;
}

/* Make the checksum right again, so that what it covers is looked at. */
static void seal(struct file *file)
{
	struct hcbpf_state_header header;

	memcpy(&header, file->data, HEADER);
	header.crc = 0;
	memcpy(file->data, &header, HEADER);
	header.crc = htole32(crc32_z(0, file->data, file->size));
	memcpy(file->data, &header, HEADER);
}

static void put32(struct file *file, size_t at, uint32_t value)
{
	value = htole32(value);
	memcpy(file->data + at, &value, sizeof(value));
}

static void put64(struct file *file, size_t at, uint64_t value)
{
	value = htole64(value);
	memcpy(file->data + at, &value, sizeof(value));
}

static void refused_bytes(const unsigned char *data, size_t size, uint32_t reason, const char *text)
{
	/* Memory of just that size, so that the sanitizer sees a read beyond it. */
	unsigned char *copy = malloc(size ? size : 1);
	struct hcbpf_state_error error;

	memcpy(copy, data, size);
	assert_int_equal(state_check(copy, size, &error), -EBADMSG);
	free(copy);
	if (error.reason != reason || !strstr(error.text, text))
		fail_msg("refused for reason %u, \"%s\"; not for %u, \"%s\"", error.reason,
			 error.text, reason, text);
}

/* Frees the file. */
static void refused(struct file file, uint32_t reason, const char *text)
{
	refused_bytes(file.data, file.size, reason, text);
	free(file.data);
}

static void refused_sealed(struct file file, uint32_t reason, const char *text)
{
	seal(&file);
	refused(file, reason, text);
}

static void accepted(struct file file)
{
	struct hcbpf_state_error error;

	if (state_check(file.data, file.size, &error))
		fail_msg("refused: %s", error.text);
	assert_int_equal(error.reason, HCBPF_STATE_OK);
}

/* ---- what is written is read ---- */

static void attributes_come_back_as_they_were(void **state)
{
	struct hcbpf_state_error error;
	struct hcbpf_gpa_range *list;
	struct file file = good();
	uint32_t default_attr;
	size_t nr, i;

	(void)state;
	accepted(file);
	assert_int_equal(state_attributes_read(file.data, &default_attr, &list, &nr, &error), 0);
	assert_int_equal(default_attr, 0);
	assert_int_equal(nr, ARRAY_LEN(ranges));
	for (i = 0; i < nr; i++)
		assert_memory_equal(&list[i], &ranges[i], sizeof(ranges[i]));
	free(list);
	free(file.data);
}

static void a_map_without_ranges_is_a_map(void **state)
{
	struct file file = write_ranges(HCBPF_GPA_ENCRYPTED, NULL, 0);
	struct hcbpf_state_error error;
	struct hcbpf_gpa_range *list;
	uint32_t default_attr;
	size_t nr;

	(void)state;
	accepted(file);
	assert_int_equal(state_attributes_read(file.data, &default_attr, &list, &nr, &error), 0);
	assert_int_equal(default_attr, HCBPF_GPA_ENCRYPTED);
	assert_int_equal(nr, 0);
	free(list);
	free(file.data);
}

/* Files outlive programs: these bytes are version 1. */
static void version_1_is_these_bytes(void **state)
{
	static const unsigned char bytes[] =
		"hcbpf\r\n\x1a" "\1\0\0\0" "\x28\0\0\0" "\x68\0\0\0\0\0\0\0" "\1\0\0\0"
		"\x3e\0\0\0" "\0\0\0\0" "\0\0\0\0"
		"\1\0\0\0" "\1\0\0\0" "\1\0\0\0" "\0\0\0\0" "\x28\0\0\0\0\0\0\0"
		"\0\0\0\0" "\0\0\0\0" "\1\0\0\0\0\0\0\0"
		"\0\1\0\0\0\0\0\0" "\2\0\0\0\0\0\0\0" "\1\0\0\0" "\0\0\0\0";
	static const struct hcbpf_gpa_range range = { .gfn = 256, .npages = 2, .attr = 1 };
	struct file file = write_ranges(0, &range, 1);

	(void)state;
	assert_int_equal(file.size, sizeof(bytes) - 1);
	/* The machine's number is that of x86-64, the checksum comes last. */
	put32(&file, offsetof(struct hcbpf_state_header, arch), 62);
	put32(&file, offsetof(struct hcbpf_state_header, crc), 0);
	assert_memory_equal(file.data, bytes, file.size);
	free(file.data);
}

static void data_needs_no_alignment(void **state)
{
	struct hcbpf_state_error error;
	struct hcbpf_gpa_range *list;
	struct file file = good();
	unsigned char *shifted = malloc(file.size + 1);
	uint32_t default_attr;
	size_t nr;

	(void)state;
	memcpy(shifted + 1, file.data, file.size);
	assert_int_equal(state_check(shifted + 1, file.size, &error), 0);
	assert_int_equal(state_attributes_read(shifted + 1, &default_attr, &list, &nr, &error), 0);
	assert_int_equal(list[3].attr, 0xffff);
	free(list);
	free(shifted);
	free(file.data);
}

/* ---- damage ---- */

static void every_flipped_bit_is_refused(void **state)
{
	struct file file = good();
	struct hcbpf_state_error error;
	size_t i;
	int bit;

	(void)state;
	for (i = 0; i < file.size; i++)
		for (bit = 0; bit < 8; bit++) {
			file.data[i] ^= 1 << bit;
			if (state_check(file.data, file.size, &error) != -EBADMSG)
				fail_msg("a flip of bit %d of byte %zu went unnoticed", bit, i);
			assert_int_not_equal(error.reason, HCBPF_STATE_OK);
			assert_true(error.text[0]);
			file.data[i] ^= 1 << bit;
		}
	for (i = 0; i < file.size; i++) {
		file.data[i] ^= 0xff;
		assert_int_equal(state_check(file.data, file.size, &error), -EBADMSG);
		file.data[i] ^= 0xff;
	}
	accepted(file);
	free(file.data);
}

static void every_truncation_is_refused(void **state)
{
	struct file file = good();
	size_t size;

	(void)state;
	refused_bytes(file.data, 0, HCBPF_STATE_NOT_STATE, "empty");
	for (size = 1; size < HEADER; size++)
		refused_bytes(file.data, size, HCBPF_STATE_TRUNCATED, "middle of its header");
	for (; size < file.size; size++)
		refused_bytes(file.data, size, HCBPF_STATE_TRUNCATED, "cut off");
	free(file.data);
}

static void what_follows_the_end_is_refused(void **state)
{
	struct file file = good();

	(void)state;
	file.data = realloc(file.data, file.size + 8);
	memset(file.data + file.size, 0, 8);
	file.size += 8;
	refused(file, HCBPF_STATE_TRAILING, "8 bytes follow");
}

static void something_else_is_not_state(void **state)
{
	static const char json[] = "{ \"format\": \"hcbpf-vm\", \"version\": 1 }\n; some text";
	struct file file = good();

	(void)state;
	refused_bytes((const unsigned char *)json, strlen(json), HCBPF_STATE_NOT_STATE,
		      "not a file");
	/* As a transfer of text would have it: CR LF is LF. */
	memmove(file.data + 5, file.data + 6, file.size - 6);
	refused(file, HCBPF_STATE_NOT_STATE, "not a file");
}

static void damage_is_told_from_a_foreign_machine(void **state)
{
	struct file file = good();

	(void)state;
	put32(&file, offsetof(struct hcbpf_state_header, arch), 21);
	refused_bytes(file.data, file.size, HCBPF_STATE_CHECKSUM, "damaged");
	refused_sealed(file, HCBPF_STATE_FOREIGN_ARCH, "from machine 21");
}

/* ---- headers that were written like that ---- */

static void headers_of_another_kind_are_refused(void **state)
{
	struct file file = good();

	(void)state;
	put32(&file, 8, 2);
	refused_sealed(file, HCBPF_STATE_VERSION_UNKNOWN, "has version 2, and only version 1");
	file = good();
	put32(&file, 12, 48);
	refused_sealed(file, HCBPF_STATE_MALFORMED, "header");
	file = good();
	put64(&file, 16, HCBPF_STATE_MAX_LENGTH + 8ULL);
	refused_sealed(file, HCBPF_STATE_MALFORMED, "which cannot be");
	file = good();
	put64(&file, 16, file.size - 1);
	refused_sealed(file, HCBPF_STATE_MALFORMED, "which cannot be");
	file = good();
	put64(&file, 16, UINT64_MAX - 7);
	refused_sealed(file, HCBPF_STATE_MALFORMED, "which cannot be");
	file = good();
	put32(&file, 24, HCBPF_STATE_MAX_SECTIONS + 1);
	refused_sealed(file, HCBPF_STATE_MALFORMED, "64 is the limit");
	file = good();
	put32(&file, 32, 1);
	refused_sealed(file, HCBPF_STATE_MALFORMED, "header");
}

/* ---- sections ---- */

static void two_of_a_type(struct state_writer *writer)
{
	state_attributes_append(writer, 0, ranges, 1);
	state_attributes_append(writer, 0, ranges, 2);
}

static void two_unknown_of_a_type(struct state_writer *writer)
{
	state_append(writer, 1000, 1, 0, 0);
	state_append(writer, 1000, 2, 0, 0);
}

static void duplicate_sections_are_refused(void **state)
{
	(void)state;
	refused(write_sections(two_of_a_type), HCBPF_STATE_DUPLICATE_SECTION, "section 1 twice");
	refused(write_sections(two_unknown_of_a_type), HCBPF_STATE_DUPLICATE_SECTION,
		"section 1000 twice");
}

static void unknown_critical(struct state_writer *writer)
{
	state_append(writer, 1000, 3, HCBPF_STATE_CRITICAL, 5);
}

static void later_critical(struct state_writer *writer)
{
	state_append(writer, HCBPF_STATE_ATTRIBUTES, 2, HCBPF_STATE_CRITICAL, 5);
}

static void unknown_critical_sections_are_refused(void **state)
{
	(void)state;
	refused(write_sections(unknown_critical), HCBPF_STATE_UNKNOWN_SECTION,
		"section 1000 of version 3");
	refused(write_sections(later_critical), HCBPF_STATE_UNKNOWN_SECTION,
		"section 1 of version 2");
}

static void unknown_optional(struct state_writer *writer)
{
	unsigned char *content = state_append(writer, 1000, 1, 0, 13);

	memset(content, 0xaa, 13);
	state_attributes_append(writer, 0, ranges, 2);
	state_append(writer, 1001, 1, 0, 0);
}

static void unknown_optional_sections_are_skipped(void **state)
{
	struct file file = write_sections(unknown_optional);
	size_t length;

	(void)state;
	accepted(file);
	assert_non_null(state_find(file.data, HCBPF_STATE_ATTRIBUTES, &length));
	assert_int_equal(length, ATTRIBUTES + 2 * RANGE);
	assert_null(state_find(file.data, 1000, &length));
	assert_null(state_find(file.data, HCBPF_STATE_PORTS, &length));
	free(file.data);
}

static void nothing(struct state_writer *writer)
{
	(void)writer;
}

static void a_section_that_is_missing_is_told(void **state)
{
	struct file file = write_sections(nothing);
	struct hcbpf_state_error error;
	struct hcbpf_gpa_range *list;
	uint32_t default_attr;
	size_t nr;

	(void)state;
	accepted(file);
	assert_int_equal(state_attributes_read(file.data, &default_attr, &list, &nr, &error),
			 -EBADMSG);
	assert_int_equal(error.reason, HCBPF_STATE_MISSING_SECTION);
	assert_int_equal(error.section, HCBPF_STATE_ATTRIBUTES);
	assert_string_equal(error.text, "it has no page attributes in it");
	free(file.data);
}

static void sections_fill_the_file_exactly(void **state)
{
	struct file file = good();

	(void)state;
	/* One more, one less than there are. */
	put32(&file, 24, 2);
	refused_sealed(file, HCBPF_STATE_MALFORMED, "section 2 is invalid");
	file = good();
	put32(&file, 24, 0);
	refused_sealed(file, HCBPF_STATE_MALFORMED, "belong to no section");
	/* Longer than the file, and so long that rounding up wraps. */
	file = good();
	put64(&file, HEADER + 16, file.size - HEADER - SECTION + 1);
	refused_sealed(file, HCBPF_STATE_MALFORMED, "section 1 is invalid");
	file = good();
	put64(&file, HEADER + 16, UINT64_MAX - 3);
	refused_sealed(file, HCBPF_STATE_MALFORMED, "section 1 is invalid");
	/* Shorter: what is left is not a section. */
	file = good();
	put64(&file, HEADER + 16, ATTRIBUTES + 3 * RANGE);
	refused_sealed(file, HCBPF_STATE_BAD_SECTION, "wrong number of ranges");
}

static void unknown_flags_and_reserved_fields_are_refused(void **state)
{
	struct file file = good();

	(void)state;
	put32(&file, HEADER, 0);
	refused_sealed(file, HCBPF_STATE_MALFORMED, "section 1 is invalid");
	file = good();
	put32(&file, HEADER + 8, 2);
	refused_sealed(file, HCBPF_STATE_MALFORMED, "section 1 is invalid");
	file = good();
	put32(&file, HEADER + 12, 1);
	refused_sealed(file, HCBPF_STATE_MALFORMED, "section 1 is invalid");
}

static void padding_that_is_not_zero_is_refused(void **state)
{
	struct file file = write_sections(unknown_optional);

	(void)state;
	file.data[HEADER + SECTION + 13] = 1;
	refused_sealed(file, HCBPF_STATE_MALFORMED, "section 1 is invalid");
}

/* ---- attributes ---- */

static void refused_range(struct hcbpf_gpa_range range, const char *text)
{
	const struct hcbpf_gpa_range list[] = { ranges[0], ranges[1], range };

	refused(write_ranges(0, list, 3), HCBPF_STATE_BAD_SECTION, text);
}

static void ranges_that_are_none_are_refused(void **state)
{
	(void)state;
	refused_range((struct hcbpf_gpa_range){ 600, 0, 1, 0 },
		      "range 3 of its page attributes is invalid");
	refused_range((struct hcbpf_gpa_range){ 600, 1, 0x10000, 0 }, "is invalid");
	refused_range((struct hcbpf_gpa_range){ HCBPF_GPA_FRAMES, 1, 1, 0 }, "is invalid");
	refused_range((struct hcbpf_gpa_range){ 600, HCBPF_GPA_FRAMES, 1, 0 }, "is invalid");
	refused_range((struct hcbpf_gpa_range){ UINT64_MAX, 2, 1, 0 }, "is invalid");
	refused_range((struct hcbpf_gpa_range){ 2, UINT64_MAX, 1, 0 }, "is invalid");
}

static void maps_in_another_form_are_refused(void **state)
{
	(void)state;
	refused_range((struct hcbpf_gpa_range){ 600, 1, 0, 0 }, "has the default attribute");
	refused_range((struct hcbpf_gpa_range){ 511, 1, 1, 0 }, "is out of order");
	refused_range((struct hcbpf_gpa_range){ 0, 1, 1, 0 }, "is out of order");
	refused_range((struct hcbpf_gpa_range){ 512, 1, 3, 0 }, "goes on where the one before");
}

static void heads_of_attributes_are_checked(void **state)
{
	struct file file = write_ranges(0x10000, NULL, 0);

	(void)state;
	refused(file, HCBPF_STATE_BAD_SECTION, "impossible default");
	file = good();
	put32(&file, HEADER + SECTION + 4, 1);
	refused_sealed(file, HCBPF_STATE_BAD_SECTION, "impossible default");
	file = good();
	put64(&file, HEADER + SECTION + 8, 5);
	refused_sealed(file, HCBPF_STATE_BAD_SECTION, "wrong number");
	/* (nr * 24) would wrap to the right length. */
	file = good();
	put64(&file, HEADER + SECTION + 8, (1ULL << 61) + 4);
	refused_sealed(file, HCBPF_STATE_BAD_SECTION, "wrong number");
	file = good();
	put32(&file, FIRST_RANGE + 20, 1);
	refused_sealed(file, HCBPF_STATE_BAD_SECTION, "range 1 of its page attributes is invalid");
}

static void short_attributes(struct state_writer *writer)
{
	state_append(writer, HCBPF_STATE_ATTRIBUTES, 1, HCBPF_STATE_CRITICAL, ATTRIBUTES - 1);
}

static void odd_attributes(struct state_writer *writer)
{
	state_append(writer, HCBPF_STATE_ATTRIBUTES, 1, HCBPF_STATE_CRITICAL, ATTRIBUTES + 8);
}

static void attributes_of_an_impossible_length_are_refused(void **state)
{
	(void)state;
	refused(write_sections(short_attributes), HCBPF_STATE_BAD_SECTION, "impossible length");
	refused(write_sections(odd_attributes), HCBPF_STATE_BAD_SECTION, "impossible length");
}

/* ---- the writer's limits ---- */

static void what_is_too_much_is_not_written(void **state)
{
	struct state_writer writer = { 0 };
	void *data = NULL;
	size_t size, i;

	(void)state;
	state_begin(&writer);
	assert_null(state_append(&writer, 1000, 1, 0, HCBPF_STATE_MAX_LENGTH));
	assert_null(state_append(&writer, 1001, 1, 0, 8));
	assert_int_equal(state_end(&writer, &data, &size), -E2BIG);
	state_begin(&writer);
	assert_null(state_append(&writer, 1000, 1, 0, SIZE_MAX));
	assert_int_equal(state_end(&writer, &data, &size), -E2BIG);
	state_begin(&writer);
	for (i = 0; i <= HCBPF_STATE_MAX_SECTIONS; i++)
		state_append(&writer, 1000 + i, 1, 0, 0);
	assert_int_equal(state_end(&writer, &data, &size), -E2BIG);
	state_begin(&writer);
	state_attributes_append(&writer, 0, ranges, SIZE_MAX / RANGE);
	assert_int_equal(state_end(&writer, &data, &size), -E2BIG);
	assert_null(data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(attributes_come_back_as_they_were),
		cmocka_unit_test(a_map_without_ranges_is_a_map),
		cmocka_unit_test(version_1_is_these_bytes),
		cmocka_unit_test(data_needs_no_alignment),
		cmocka_unit_test(every_flipped_bit_is_refused),
		cmocka_unit_test(every_truncation_is_refused),
		cmocka_unit_test(what_follows_the_end_is_refused),
		cmocka_unit_test(something_else_is_not_state),
		cmocka_unit_test(damage_is_told_from_a_foreign_machine),
		cmocka_unit_test(headers_of_another_kind_are_refused),
		cmocka_unit_test(duplicate_sections_are_refused),
		cmocka_unit_test(unknown_critical_sections_are_refused),
		cmocka_unit_test(unknown_optional_sections_are_skipped),
		cmocka_unit_test(a_section_that_is_missing_is_told),
		cmocka_unit_test(sections_fill_the_file_exactly),
		cmocka_unit_test(unknown_flags_and_reserved_fields_are_refused),
		cmocka_unit_test(padding_that_is_not_zero_is_refused),
		cmocka_unit_test(ranges_that_are_none_are_refused),
		cmocka_unit_test(maps_in_another_form_are_refused),
		cmocka_unit_test(heads_of_attributes_are_checked),
		cmocka_unit_test(attributes_of_an_impossible_length_are_refused),
		cmocka_unit_test(what_is_too_much_is_not_written),
	};

	return cmocka_run_group_tests_name("files of state", tests, NULL, NULL);
}
