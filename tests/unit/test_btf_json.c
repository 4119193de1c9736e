// SPDX-License-Identifier: GPL-2.0-only
/* Records as JSON: each kind of type, and types and bytes that somebody means harm with. */
#include "unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bpf/btf_json.h"

#define U32_MAX 0xffffffffU
#define LEVELS 32	/* that may be within one another */

static struct btf *btf;
static int t_u8, t_char, t_s8, t_s32, t_u32, t_s64, t_u64;

static int set_up(void **state)
{
	(void)state;
	btf = btf__new_empty();
	t_u8 = btf__add_int(btf, "unsigned char", 1, 0);
	t_char = btf__add_int(btf, "char", 1, BTF_INT_SIGNED);
	t_s8 = btf__add_int(btf, "signed char", 1, BTF_INT_SIGNED);
	t_s32 = btf__add_int(btf, "int", 4, BTF_INT_SIGNED);
	t_u32 = btf__add_int(btf, "unsigned int", 4, 0);
	t_s64 = btf__add_int(btf, "long", 8, BTF_INT_SIGNED);
	t_u64 = btf__add_int(btf, "unsigned long", 8, 0);
	return t_u64 < 0;
}

static int tear_down(void **state)
{
	(void)state;
	btf__free(btf);
	return 0;
}

static int added(int id)
{
	assert_true(id > 0);
	return id;
}

static int add_array(int type, uint32_t nr)
{
	return added(btf__add_array(btf, t_u32, type, nr));
}

static int add_struct(const char *name, uint32_t size)
{
	return added(btf__add_struct(btf, name, size));
}

static void add_field(const char *name, int type, uint32_t bit, uint32_t width)
{
	assert_int_equal(btf__add_field(btf, name, type, bit, width), 0);
}

static void expect(int type, const void *bytes, size_t size, const char *json)
{
	/* What is read beyond it, the sanitizer finds. */
	void *copy = malloc(size ? size : 1);
	struct json_object *value;

	assert_non_null(copy);
	memcpy(copy, bytes, size);
	assert_true(btf_json(btf, type, copy, size, &value));
	assert_string_equal(json_object_to_json_string_ext(value, JSON_C_TO_STRING_PLAIN), json);
	json_object_put(value);
	free(copy);
}

static void expect_refused(int type, const void *bytes, size_t size)
{
	struct json_object *value = (void *)bytes;
	void *copy = malloc(size ? size : 1);

	assert_non_null(copy);
	memcpy(copy, bytes, size);
	assert_false(btf_json(btf, type, copy, size, &value));
	assert_null(value);
	free(copy);
}

/* ---- what there is ---- */

static void integers_are_numbers_with_their_sign(void **state)
{
	const uint64_t ones = ~0ULL, lowest = 1ULL << 63, mixed = 0x80fedcba98765432;

	(void)state;
	expect(t_u64, &ones, 8, "18446744073709551615");
	expect(t_s64, &ones, 8, "-1");
	expect(t_s64, &lowest, 8, "-9223372036854775808");
	expect(t_u64, &lowest, 8, "9223372036854775808");
	expect(t_u32, &ones, 4, "4294967295");
	expect(t_s32, &ones, 4, "-1");
	expect(t_s32, &mixed, 4, "-1737075662");
	expect(t_u8, &ones, 1, "255");
	expect(t_s8, &ones, 1, "-1");
	expect(t_char, "A", 1, "65");
}

static void what_json_has_no_number_for_is_null(void **state)
{
	int wide = added(btf__add_int(btf, "__int128", 16, BTF_INT_SIGNED));
	int real = added(btf__add_float(btf, "double", 8)), both = add_struct("both", 24);
	const char bytes[24] = "\1\2\3";

	(void)state;
	add_field("wide", wide, 0, 0);
	add_field("real", real, 128, 0);
	expect(wide, bytes, 16, "null");
	expect(real, bytes, 8, "null");
	expect(both, bytes, 24, "{\"wide\":null,\"real\":null}");
	expect_refused(both, bytes, 23);
}

static void truth_is_a_boolean(void **state)
{
	int boolean = added(btf__add_int(btf, "_Bool", 1, BTF_INT_BOOL));

	(void)state;
	expect(boolean, "\0", 1, "false");
	expect(boolean, "\1", 1, "true");
	expect(boolean, "\2", 1, "true");
}

static void an_enumerator_is_its_name(void **state)
{
	const int32_t one = 1, minus = -1, other = -2;
	const uint64_t big = 1ULL << 40 | 1;
	int plain, negative, small, large;

	(void)state;
	plain = added(btf__add_enum(btf, "verdict", 4));
	btf__add_enum_value(btf, "PASS", 0);
	btf__add_enum_value(btf, "DONE", 1);
	negative = added(btf__add_enum(btf, "result", 4));
	btf__add_enum_value(btf, "NONE", -1);
	small = added(btf__add_enum(btf, "packed", 1));
	btf__add_enum_value(btf, "LAST", 255);
	large = added(btf__add_enum64(btf, "large", 8, false));
	btf__add_enum64_value(btf, "BIG", big);
	expect(plain, &one, 4, "\"DONE\"");
	expect(plain, &minus, 4, "4294967295");
	expect(negative, &minus, 4, "\"NONE\"");
	expect(negative, &other, 4, "-2");
	expect(small, &minus, 1, "\"LAST\"");
	expect(small, &one, 1, "1");
	expect(large, &big, 8, "\"BIG\"");
	expect(large, (uint64_t[]){ 1 }, 8, "1");
}

static void characters_are_text_that_harms_nobody(void **state)
{
	int name = add_array(t_char, 8), list = add_array(name, 2), typedefed;

	(void)state;
	typedefed = add_array(added(btf__add_typedef(btf, "letter",
						     added(btf__add_const(btf, t_char)))), 8);
	expect(name, "abc\0defg", 8, "\"abc\"");
	expect(name, "\0bcdefgh", 8, "\"\"");
	expect(name, "abcdefgh", 8, "\"abcdefgh\"");
	expect(name, "\33[2J\n\"\\\1", 8, "\"?[2J\\n\\\"\\\\?\"");
	expect(name, "\303\244\377\376z\0\0", 8, "\"\303\244??z\"");
	expect(name, "1234567\303", 8, "\"1234567?\"");
	expect(typedefed, "abc\0defg", 8, "\"abc\"");
	expect(list, "abc\0____defghijk", 16, "[\"abc\",\"defghijk\"]");
	expect(add_array(t_char, 0), "", 0, "\"\"");
}

static void arrays_are_lists(void **state)
{
	const uint32_t numbers[] = { 1, 2, U32_MAX, 4, 5, 6 };
	int three = add_array(t_u32, 3), typedefed;

	(void)state;
	typedefed = added(btf__add_typedef(btf, "three_t", three));
	expect(three, numbers, 12, "[1,2,4294967295]");
	expect(add_array(typedefed, 2), numbers, 24, "[[1,2,4294967295],[4,5,6]]");
	expect(add_array(t_u8, 6), "\2\0\0\xff\1\7", 6, "[2,0,0,255,1,7]");
	expect(add_array(t_s8, 2), "\xff\1", 2, "[-1,1]");
	expect(add_array(t_u32, 0), "", 0, "[]");
}

static void pointers_are_numbers(void **state)
{
	const uint64_t address = 0xffff888000001000;

	(void)state;
	expect(added(btf__add_ptr(btf, 0)), &address, 8, "18446612682070036480");
}

static void structs_and_unions_are_objects(void **state)
{
	const uint32_t record[] = { 7, 8, U32_MAX, 10 };
	int changing = added(btf__add_volatile(btf, t_u32)), inner, either, outer;

	(void)state;
	inner = add_struct("inner", 8);
	add_field("a", t_u32, 0, 0);
	add_field("b", changing, 32, 0);
	inner = added(btf__add_typedef(btf, "inner_t", inner));
	either = added(btf__add_union(btf, "either", 4));
	add_field("number", t_s32, 0, 0);
	add_field("byte", t_u8, 0, 0);
	outer = add_struct("outer", 16);
	add_field("in", inner, 0, 0);
	add_field("either", either, 64, 0);
	add_field("last", t_u32, 96, 0);
	expect(outer, record, 16, "{\"in\":{\"a\":7,\"b\":8},"
	       "\"either\":{\"number\":-1,\"byte\":255},\"last\":10}");
}

static void members_without_a_name_belong_to_what_they_are_in(void **state)
{
	const uint32_t record[] = { 7, 8 };
	int inner, outer;

	(void)state;
	inner = added(btf__add_union(btf, NULL, 4));
	add_field("number", t_u32, 0, 0);
	add_field("byte", t_u8, 0, 0);
	outer = add_struct("outer", 8);
	add_field("first", t_u32, 0, 0);
	add_field(NULL, inner, 32, 0);
	expect(outer, record, 8, "{\"first\":7,\"number\":8,\"byte\":8}");
}

static void bit_fields_are_numbers_of_their_width(void **state)
{
	/* 3 bits: 5; 5 bits: -1; 12 bits over two bytes: 0xabc; 2 bits: an enumerator; 1: true */
	const uint64_t record = 5 | 0x1f << 3 | 0xabc << 8 | 2 << 20 | 1 << 22;
	int colour, boolean, type;

	(void)state;
	colour = added(btf__add_enum(btf, "colour", 4));
	btf__add_enum_value(btf, "RED", 2);
	boolean = added(btf__add_int(btf, "_Bool", 1, BTF_INT_BOOL));
	type = add_struct("fields", 8);
	add_field("three", t_u32, 0, 3);
	add_field("five", t_s32, 3, 5);
	add_field("twelve", t_u32, 8, 12);
	add_field("colour", colour, 20, 2);
	add_field("set", boolean, 22, 1);
	add_field("high", t_s64, 63, 1);
	expect(type, &record, 8, "{\"three\":5,\"five\":-1,\"twelve\":2748,\"colour\":\"RED\","
	       "\"set\":true,\"high\":0}");
}

/* ---- what should not be ---- */

static void a_record_that_is_too_short_is_refused(void **state)
{
	const uint64_t record[3] = { 1, 2, 3 };
	int type = add_struct("record", 16);
	size_t size;

	(void)state;
	add_field("a", t_u64, 0, 0);
	add_field("b", t_u32, 64, 0);
	for (size = 0; size < 16; size++)	/* the last 4 bytes are of no member */
		expect_refused(type, record, size);
	expect(type, record, 16, "{\"a\":1,\"b\":2}");
	expect(type, record, 24, "{\"a\":1,\"b\":2}");
}

/* As the member of a struct of 8 bytes. */
static void expect_refused_within(int type, uint32_t bit, uint32_t width)
{
	int outer = add_struct("outer", 8);

	add_field("a", type, bit, width);
	expect_refused(outer, "\1\2\3\4\5\6\7", 8);
}

static void what_lies_outside_is_refused(void **state)
{
	(void)state;
	expect_refused_within(t_u64, 8, 0);
	expect_refused_within(t_u32, 60, 5);
	expect_refused_within(add_array(t_char, 9), 0, 0);
	expect_refused_within(add_array(t_char, 1), 64, 0);
	expect_refused_within(add_array(t_char, 4), 1, 8);
	expect_refused_within(add_array(t_u32, 0x3fffffff), 0, 0);
	expect_refused_within(added(btf__add_ptr(btf, 0)), 0xfffff8, 0);
	expect_refused_within(added(btf__add_float(btf, "double", 8)), 32, 0);
	expect_refused_within(added(btf__add_enum64(btf, "large", 8, false)), 32, 0);
}

/* @levels of structs, each in the next. */
static int nest(int levels)
{
	int type = t_u8, outer;

	while (levels--) {
		outer = add_struct("outer", 1);
		add_field("in", type, 0, 0);
		type = outer;
	}
	return type;
}

static void types_that_nest_without_end_are_refused(void **state)
{
	struct json_object *value;
	int self, unnamed;

	(void)state;
	self = add_struct("self", 1);
	add_field("again", self, 0, 0);
	add_field("and_again", self, 0, 0);
	unnamed = add_struct(NULL, 1);
	add_field(NULL, unnamed, 0, 0);
	expect_refused(self, "", 1);
	expect_refused(unnamed, "", 1);
	expect_refused(nest(LEVELS + 1), "", 1);
	assert_true(btf_json(btf, nest(LEVELS), "", 1, &value));
	json_object_put(value);
}

static void types_that_describe_too_much_are_refused(void **state)
{
	static const char record[40000];
	int nothing, bytes, text, twice_bytes, twice_text;

	(void)state;
	nothing = add_struct("nothing", 0);
	bytes = add_array(t_u8, sizeof(record));
	text = add_array(t_char, sizeof(record));
	twice_bytes = added(btf__add_union(btf, "bytes", sizeof(record)));
	add_field("a", bytes, 0, 0);
	add_field("b", bytes, 0, 0);
	twice_text = added(btf__add_union(btf, "text", sizeof(record)));
	add_field("a", text, 0, 0);
	add_field("b", text, 0, 0);
	expect_refused(add_array(nothing, U32_MAX), "", 0);
	expect_refused(twice_bytes, record, sizeof(record));
	expect_refused(twice_text, record, sizeof(record));
	expect(text, record, sizeof(record), "\"\"");
}

static void what_has_no_values_is_refused(void **state)
{
	int proto = added(btf__add_func_proto(btf, t_u32));
	const uint64_t record = 1;

	(void)state;
	expect_refused(0, &record, 8);
	expect_refused(-ENOENT, &record, 8);
	expect_refused(0x7fffffff, &record, 8);
	expect_refused(proto, &record, 8);
	expect_refused_within(0, 0, 0);
	expect_refused_within(proto, 0, 0);
	expect_refused_within(added(btf__add_fwd(btf, "gone", BTF_FWD_STRUCT)), 0, 0);
}

#define test(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(integers_are_numbers_with_their_sign),
		test(what_json_has_no_number_for_is_null),
		test(truth_is_a_boolean),
		test(an_enumerator_is_its_name),
		test(characters_are_text_that_harms_nobody),
		test(arrays_are_lists),
		test(pointers_are_numbers),
		test(structs_and_unions_are_objects),
		test(members_without_a_name_belong_to_what_they_are_in),
		test(bit_fields_are_numbers_of_their_width),
		test(a_record_that_is_too_short_is_refused),
		test(what_lies_outside_is_refused),
		test(types_that_nest_without_end_are_refused),
		test(types_that_describe_too_much_are_refused),
		test(what_has_no_values_is_refused),
	};

	return cmocka_run_group_tests_name("btf_json", tests, NULL, NULL);
}
