// SPDX-License-Identifier: GPL-2.0-only
/*
 * kmod/vm_buffers.c itself: what becomes of somebody who looks at a VM's registered
 * buffers, or changes them, while the guest changes them too. It comes in wherever it can:
 * between two tables that are listed, and while memory for a new table is allocated.
 */
#include <string.h>
#include "vm.h"
#include "unit.h"

#define STILL 0x1000ULL		/* of vCPU 0, to which nothing happens */
#define MOVING 0x2000ULL	/* the guest has it for vCPU 1 or for vCPU 2, never for both */
#define MINE 0x3000ULL		/* who changes something beside the guest */
#define PAGE 0x1000ULL
#define WITHOUT_END 1000000U
#define PATIENCE 64U		/* of these, as many as one request may see at most */

bool shim_no_memory;
struct vm_table *hcb_vm_table;

static struct hcbpf_vm *vm;
static unsigned int turns;	/* that the guest still takes */
static bool guest_runs;
static u32 moving_vcpu;

/* ---- RCU: what was replaced goes when nobody looks ---- */

static struct {
	struct rcu_head *head;
	void (*fn)(struct rcu_head *head);
} retired[10000];

static unsigned int nr_retired;

void call_rcu(struct rcu_head *head, void (*fn)(struct rcu_head *head))
{
	assert_true(nr_retired < ARRAY_LEN(retired));
	retired[nr_retired].head = head;
	retired[nr_retired++].fn = fn;
}

void synchronize_rcu(void)
{
	while (nr_retired) {
		nr_retired--;
		retired[nr_retired].fn(retired[nr_retired].head);
	}
}

void rcu_barrier(void)
{
	synchronize_rcu();
}

void *hcb_fetch_array(u64 user, u32 nr, size_t size)
{
	void *array = malloc(nr * size);

	assert_non_null(array);
	return memcpy(array, (void *)(uintptr_t)user, nr * size);
}

/* ---- the guest ---- */

static int insert(u32 who, u64 va)
{
	const struct buffer buffer = { .va = va, .gpa = va, .size = PAGE };

	return hcb_vm_buffers_insert(&vm->buffers, who, &buffer, false);
}

static int purge(u32 who, u64 va)
{
	return hcb_vm_buffers_purge(&vm->buffers, who, va, false, false);
}

static void guest_takes_its_turn(void)
{
	if (guest_runs || !turns)
		return;
	turns--;
	guest_runs = true;
	assert_int_equal(purge(moving_vcpu, MOVING), 0);
	moving_vcpu = 3 - moving_vcpu;
	assert_int_equal(insert(moving_vcpu, MOVING), 0);
	guest_runs = false;
}

/* Nobody is inside RCU here. */
void shim_others_run(void)
{
	guest_takes_its_turn();
	synchronize_rcu();
}

/* Here somebody is. */
void *shim_kmalloc(size_t size)
{
	guest_takes_its_turn();
	return malloc(size);
}

static int setup(void **state)
{
	(void)state;
	turns = 0;
	vm = calloc(1, sizeof(*vm));
	hcb_vm_buffers_init(&vm->buffers, false);
	moving_vcpu = 1;
	/* The last two make room for a vCPU 2. */
	return insert(0, STILL) ?: insert(1, MOVING) ?: insert(2, MINE) ?: purge(2, MINE);
}

static int teardown(void **state)
{
	(void)state;
	turns = 0;
	hcb_vm_buffers_free(hcb_vm_buffers_close(&vm->buffers));
	hcb_vm_buffers_exit(&vm->buffers);
	free(vm);
	return 0;
}

static void expect_soon(void)
{
	assert_in_range(WITHOUT_END - turns, 1, PATIENCE);
}

/* ---- who looks ---- */

static struct hcbpf_buffer got[4];

static int list(u32 *nr)
{
	struct hcbpf_buffers req = { .nr = ARRAY_LEN(got), .buffers = (uintptr_t)got };
	int err;

	memset(got, 0xee, sizeof(got));
	err = hcb_vm_get_buffers(vm, &req);
	*nr = req.nr;
	return err;
}

static void a_list_is_of_one_moment_although_the_guest_changes_the_tables(void **state)
{
	unsigned int i;
	u32 nr;

	(void)state;
	for (i = 0; i < 8; i++) {
		turns = i;
		assert_int_equal(list(&nr), 0);
		assert_int_equal(turns, 0);
		assert_int_equal(nr, 2);
		assert_true(got[0].va == STILL && got[0].vcpu == 0);
		assert_true(got[1].va == MOVING && got[1].vcpu == moving_vcpu);
	}
}

static void a_list_is_eagain_while_the_guest_changes_the_tables_without_end(void **state)
{
	struct hcbpf_buffer untouched[ARRAY_LEN(got)];
	u32 nr;

	(void)state;
	turns = WITHOUT_END;
	assert_int_equal(list(&nr), -EAGAIN);
	expect_soon();
	memset(untouched, 0xee, sizeof(untouched));
	assert_memory_equal(got, untouched, sizeof(got));
	/* Then it stops. */
	turns = 0;
	assert_int_equal(list(&nr), 0);
	assert_int_equal(nr, 2);
}

/* ---- who changes ---- */

static void a_change_is_made_although_the_guest_was_quicker(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 0; i < 8; i++) {
		turns = i;
		assert_int_equal(insert(0, MINE), 0);
		assert_int_equal(turns, 0);
		assert_int_equal(hcb_vm_buffers_count(&vm->buffers), 3);
		turns = i;
		assert_int_equal(purge(0, MINE), 0);
		assert_int_equal(turns, 0);
		assert_int_equal(hcb_vm_buffers_count(&vm->buffers), 2);
	}
}

static void a_change_is_eagain_while_the_guest_is_always_quicker(void **state)
{
	(void)state;
	turns = WITHOUT_END;
	assert_int_equal(insert(0, MINE), -EAGAIN);
	expect_soon();
	assert_int_equal(hcb_vm_buffers_count(&vm->buffers), 2);
	turns = 0;
	assert_int_equal(insert(0, MINE), 0);
	turns = WITHOUT_END;
	assert_int_equal(purge(0, MINE), -EAGAIN);
	expect_soon();
	turns = 0;
	assert_int_equal(hcb_vm_buffers_count(&vm->buffers), 3);
}

#define guest_test(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		guest_test(a_list_is_of_one_moment_although_the_guest_changes_the_tables),
		guest_test(a_list_is_eagain_while_the_guest_changes_the_tables_without_end),
		guest_test(a_change_is_made_although_the_guest_was_quicker),
		guest_test(a_change_is_eagain_while_the_guest_is_always_quicker),
	};

	return cmocka_run_group_tests_name("buffers that change meanwhile", tests, NULL, NULL);
}
