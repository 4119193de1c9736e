// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tables of registered buffers, kmod/buffer_table.c itself and the look-ups that
 * calls make, against a model that looks at every byte.
 */
#include <string.h>
#include "vm_buffers.h"
#include "unit.h"

#define SPACE 256		/* addresses that the model knows */
#define ROUNDS 20000

bool shim_no_memory;

static struct buffer_table *table;

static int fresh(void **state)
{
	(void)state;
	shim_no_memory = false;
	table = NULL;
	return 0;
}

static int done(void **state)
{
	(void)state;
	free(table);
	return 0;
}

/* Returns 0 or the error, and leaves @table alone on error. */
static int replace(struct buffer_table *new)
{
	if (IS_ERR(new))
		return PTR_ERR(new);
	free(table);
	table = new;
	return 0;
}

static int insert(u64 va, u64 gpa, u64 size)
{
	const struct buffer buffer = { va, gpa, size };

	return replace(hcb_buffer_table_with(table, &buffer, 0));
}

static int purge(u64 va)
{
	return replace(hcb_buffer_table_without(table, va, 0));
}

static void expect_piece(u64 va, u32 len, u32 piece, u64 gpa)
{
	u64 found = 0;

	assert_int_equal(hcb_buffer_table_piece(table, va, len, &found), piece);
	if (piece)
		assert_true(found == gpa);
}

static void a_buffer_is_found_to_its_last_byte_and_no_further(void **state)
{
	(void)state;
	assert_int_equal(insert(0x1000, 0x9000, 0x100), 0);
	expect_piece(0xfff, 4, 0, 0);
	expect_piece(0x1000, 4, 4, 0x9000);
	expect_piece(0x10fc, 4, 4, 0x90fc);
	expect_piece(0x10fd, 4, 3, 0x90fd);
	expect_piece(0x10ff, 4, 1, 0x90ff);
	expect_piece(0x1100, 4, 0, 0);
}

static void the_ends_of_the_address_space_are_addresses_too(void **state)
{
	(void)state;
	assert_int_equal(insert(0, 0x5000, 16), 0);
	assert_int_equal(insert(0x1000, 0x6000, 16), 0);
	assert_int_equal(insert(~0ULL - 15, 0x7000, 16), 0);
	expect_piece(0, 4, 4, 0x5000);
	expect_piece(~0ULL, 4, 1, 0x700f);
	expect_piece(~0ULL - 3, 4, 4, 0x700c);
	assert_true(hcb_buffer_table_touch(table, ~0ULL, 1));
	assert_true(
		hcb_buffer_table_touch(table, ~0ULL - 20, 100)); /* wraps: to the end it touches */
	assert_int_equal(purge(~0ULL - 15), 0);
	expect_piece(~0ULL, 4, 0, 0);
	assert_false(hcb_buffer_table_touch(table, ~0ULL, 1));
}

static void a_giant_buffer_is_one_buffer(void **state)
{
	(void)state;
	assert_int_equal(insert(0xffff888000000000, 0, 1ULL << 46), 0);
	expect_piece(0xffff888000000000 + (5ULL << 40), 512, 512, 5ULL << 40);
	expect_piece(0xffff888000000000 + (1ULL << 46), 1, 0, 0);
}

static void what_cannot_be_a_buffer_is_not_valid(void **state)
{
	static const struct {
		struct buffer buffer;
		u64 last;
		bool valid;
	} cases[] = {
		{ { 0x1000, 0x1000, 0 }, ~0ULL, false },
		{ { 0, 0, 0 }, ~0ULL, false },
		{ { 0x1000, 0x1000, 1 }, ~0ULL, true },
		{ { ~0ULL, 0, 1 }, ~0ULL, true },
		{ { ~0ULL, 0, 2 }, ~0ULL, false },
		{ { 1, 0, ~0ULL }, ~0ULL, true },
		{ { 2, 0, ~0ULL }, ~0ULL, false },
		{ { 0, 2, ~0ULL }, ~0ULL, false },
		{ { 0, ~0ULL, 1 }, ~0ULL, true },
		{ { 0, ~0ULL, 2 }, ~0ULL, false },
		{ { 0xfffff000, 0, 0x1000 }, 0xffffffff, true },
		{ { 0xfffff000, 0, 0x1001 }, 0xffffffff, false },
		{ { 0x100000000, 0, 1 }, 0xffffffff, false },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++)
		if (hcb_buffer_is_valid(&cases[i].buffer, cases[i].last) != cases[i].valid)
			fail_msg("case %zu", i);
}

static void only_the_address_that_was_registered_purges(void **state)
{
	(void)state;
	assert_int_equal(purge(0x1000), -ENOENT);
	assert_int_equal(insert(0x1000, 0, 0x100), 0);
	assert_int_equal(purge(0x1001), -ENOENT);
	assert_int_equal(purge(0xfff), -ENOENT);
	assert_int_equal(purge(0x1000), 0);
	assert_null(table);
}

static void without_memory_nothing_changes(void **state)
{
	(void)state;
	assert_int_equal(insert(0x1000, 0x9000, 0x100), 0);
	assert_int_equal(insert(0x2000, 0xa000, 0x100), 0);
	shim_no_memory = true;
	assert_int_equal(insert(0x3000, 0, 0x100), -ENOMEM);
	assert_int_equal(purge(0x1000), -ENOMEM);
	expect_piece(0x1000, 4, 4, 0x9000);
	expect_piece(0x2000, 4, 4, 0xa000);
	expect_piece(0x3000, 4, 0, 0);
}

static void a_table_made_at_once_is_like_one_that_grew(void **state)
{
	struct buffer list[100];
	u32 i;

	(void)state;
	for (i = 0; i < 100; i++)
		list[i] = (struct buffer){ i * 0x1000, i * 0x10000, 0x800 };
	assert_int_equal(replace(hcb_buffer_table_make(list, 100, 0)), 0);
	assert_int_equal(table->nr, 100);
	for (i = 0; i < 100; i++) {
		expect_piece(i * 0x1000 + 0x7fc, 4, 4, i * 0x10000 + 0x7fc);
		expect_piece(i * 0x1000 + 0x800, 4, 0, 0);
	}
	assert_null(hcb_buffer_table_make(list, 0, 0));
}

/* ---- the model: what lies behind each address, and which buffer it is ---- */

static struct {
	u64 gpa;
	u32 id;		/* 0: none */
} model[SPACE];

static bool model_touches(u64 va, u64 size)
{
	u64 i;

	for (i = va; i < va + size && i < SPACE; i++)
		if (model[i].id)
			return true;
	return false;
}

static void model_insert(u64 va, u64 gpa, u64 size, u32 id)
{
	u64 i;

	for (i = 0; i < size; i++) {
		model[va + i].gpa = gpa + i;
		model[va + i].id = id;
	}
}

static void model_purge(u64 va)
{
	u32 id = model[va].id, i;

	for (i = 0; i < SPACE; i++)
		if (model[i].id == id)
			model[i].id = 0;
}

static u32 model_piece(u64 va, u32 len)
{
	u32 n = 0;

	while (n < len && va + n < SPACE && model[va].id && model[va + n].id == model[va].id)
		n++;
	return n;
}

static bool model_begins(u64 va)
{
	return model[va].id && (!va || model[va - 1].id != model[va].id);
}

static void compare(void)
{
	u64 va, gpa;
	u32 len;

	for (va = 0; table && va < SPACE; va++) {
		for (len = 1; len < 20; len += 6) {
			u32 expected = model_piece(va, len);

			gpa = ~0ULL;
			if (hcb_buffer_table_piece(table, va, len, &gpa) != expected)
				fail_msg("%u bytes at %llu", len, (unsigned long long)va);
			if (expected && gpa != model[va].gpa)
				fail_msg("address %llu leads elsewhere", (unsigned long long)va);
			if (hcb_buffer_table_touch(table, va, len) != model_touches(va, len))
				fail_msg("touching %u bytes at %llu", len, (unsigned long long)va);
		}
	}
}

static void it_agrees_with_the_model(void **state)
{
	u32 i, inserted = 0, purged = 0;

	(void)state;
	srand(1);
	memset(model, 0, sizeof(model));
	for (i = 1; i <= ROUNDS; i++) {
		u64 va = rand() % SPACE, size = 1 + rand() % 12, gpa = rand();

		if (va + size > SPACE)
			continue;
		if (rand() % 2) {
			assert_int_equal(hcb_buffer_table_touch(table, va, size),
					 model_touches(va, size));
			if (model_touches(va, size))
				continue;
			assert_int_equal(insert(va, gpa, size), 0);
			model_insert(va, gpa, size, i);
			inserted++;
		} else if (model_begins(va)) {
			assert_int_equal(purge(va), 0);
			model_purge(va);
			purged++;
		} else {
			assert_int_equal(purge(va), -ENOENT);
		}
		if (i % 16 == 0)
			compare();
	}
	assert_true(inserted > 1000 && purged > 1000);
}

/* ---- what one vCPU sees ---- */

static void a_vcpu_sees_its_own_and_those_of_all(void **state)
{
	const struct buffer mine = { 0x1000, 0x10000, 16 }, ours = { 0x2000, 0x20000, 16 };
	struct buffer_tables *tables = calloc(1, sizeof(*tables) + 2 * sizeof(tables->vcpu[0]));
	volatile u32 later = 7;		/* a vCPU that the array has no place for yet */
	u64 gpa;

	(void)state;
	assert_non_null(tables);
	tables->nr = 2;
	tables->vcpu[1] = hcb_buffer_table_make(&mine, 1, 0);
	tables->all = hcb_buffer_table_make(&ours, 1, 0);
	assert_int_equal(hcb_buffer_tables_piece(tables, 1, 0x1000, 4, &gpa), 4);
	assert_int_equal(hcb_buffer_tables_piece(tables, 1, 0x2000, 4, &gpa), 4);
	assert_int_equal(gpa, 0x20000);
	assert_int_equal(hcb_buffer_tables_piece(tables, 0, 0x1000, 4, &gpa), 0);
	assert_int_equal(hcb_buffer_tables_piece(tables, 0, 0x2000, 4, &gpa), 4);
	assert_int_equal(hcb_buffer_tables_piece(tables, later, 0x1000, 4, &gpa), 0);
	assert_int_equal(hcb_buffer_tables_piece(tables, later, 0x2004, 4, &gpa), 4);
	free(tables->vcpu[1]);
	free(tables->all);
	free(tables);
}

#define buffers_test(f) cmocka_unit_test_setup_teardown(f, fresh, done)

int main(void)
{
	const struct CMUnitTest tests[] = {
		buffers_test(a_buffer_is_found_to_its_last_byte_and_no_further),
		buffers_test(the_ends_of_the_address_space_are_addresses_too),
		buffers_test(a_giant_buffer_is_one_buffer),
		buffers_test(what_cannot_be_a_buffer_is_not_valid),
		buffers_test(only_the_address_that_was_registered_purges),
		buffers_test(without_memory_nothing_changes),
		buffers_test(a_table_made_at_once_is_like_one_that_grew),
		buffers_test(it_agrees_with_the_model),
		buffers_test(a_vcpu_sees_its_own_and_those_of_all),
	};

	return cmocka_run_group_tests_name("registered buffers", tests, NULL, NULL);
}
