// SPDX-License-Identifier: GPL-2.0-only
/*
 * The table that every hypercall looks into, kmod/vm_table.c itself, against a
 * plain model: random operations, memory running out, readers beside writers.
 */
#include <string.h>
#include "vm_table.h"
#include "unit.h"

#define NR_VMS 700
#define NR_OPERATIONS 1500000

bool shim_no_memory;

static struct rcu_head *retired;
static void (*free_retired)(struct rcu_head *head);
static unsigned int nr_retired;

void call_rcu_tasks(struct rcu_head *head, void (*fn)(struct rcu_head *head))
{
	head->next = retired;
	retired = head;
	free_retired = fn;
	nr_retired++;
}

void rcu_barrier(void)
{
}

void rcu_barrier_tasks(void)
{
	while (retired) {
		struct rcu_head *head = retired;

		retired = head->next;
		free_retired(head);
	}
}

/* Like the kernel's: equally spaced, so that a weak hash would cluster. */
static struct kvm *kvm_of(unsigned int i)
{
	return (struct kvm *)(0xffff888000100000UL + i * 0x2000UL);
}

static struct hcbpf_vm *vm_of(unsigned long number)
{
	return (struct hcbpf_vm *)(0x1000 + number * 16);
}

static u32 nr_slots(const struct vm_table *table)
{
	return table->mask + 1;
}

static int table_setup(void **state)
{
	(void)state;
	nr_retired = 0;
	shim_no_memory = false;
	return hcb_vm_table_init();
}

static int table_teardown(void **state)
{
	(void)state;
	hcb_vm_table_exit();
	hcb_vm_table = NULL;
	return 0;
}

static int insert(unsigned int i, struct hcbpf_vm *vm)
{
	int err = hcb_vm_table_reserve();

	return err ? err : hcb_vm_table_insert(kvm_of(i), vm);
}

static void what_is_inserted_is_found_until_removed(void **state)
{
	(void)state;
	assert_null(hcb_vm_table_find(kvm_of(1)));
	assert_int_equal(insert(1, vm_of(1)), 0);
	assert_ptr_equal(hcb_vm_table_find(kvm_of(1)), vm_of(1));
	assert_null(hcb_vm_table_find(kvm_of(2)));
	assert_ptr_equal(hcb_vm_table_remove(kvm_of(1), vm_of(1)), vm_of(1));
	assert_null(hcb_vm_table_find(kvm_of(1)));
}

static void a_bound_vm_is_not_inserted_again(void **state)
{
	(void)state;
	assert_int_equal(insert(1, vm_of(1)), 0);
	assert_int_equal(insert(1, vm_of(2)), -EEXIST);
	assert_ptr_equal(hcb_vm_table_find(kvm_of(1)), vm_of(1));
}

static void exactly_one_of_two_removers_gets_the_binding(void **state)
{
	(void)state;
	assert_int_equal(insert(1, vm_of(1)), 0);
	assert_ptr_equal(hcb_vm_table_remove(kvm_of(1), NULL), vm_of(1));
	assert_null(hcb_vm_table_remove(kvm_of(1), NULL));
	assert_null(hcb_vm_table_remove(kvm_of(1), vm_of(1)));
}

/* An address can be used again by another VM; the old binding must not take it out. */
static void a_binding_is_not_removed_in_the_name_of_another(void **state)
{
	(void)state;
	assert_int_equal(insert(1, vm_of(1)), 0);
	assert_ptr_equal(hcb_vm_table_remove(kvm_of(1), NULL), vm_of(1));
	assert_int_equal(insert(1, vm_of(2)), 0);
	assert_null(hcb_vm_table_remove(kvm_of(1), vm_of(1)));
	assert_ptr_equal(hcb_vm_table_find(kvm_of(1)), vm_of(2));
}

/* A reader that has matched a key reads the binding beside it a moment later. */
static void a_slot_keeps_its_key_while_the_vm_lives(void **state)
{
	struct vm_table *table = hcb_vm_table;
	const struct kvm *seen[256] = {};
	unsigned int i, slot;

	(void)state;
	assert_int_equal(nr_slots(table), 256);
	for (i = 0; hcb_vm_table == table; i++) {
		assert_int_equal(insert(i, vm_of(i)), 0);
		for (slot = 0; slot < 256; slot++) {
			if (seen[slot])
				assert_ptr_equal(table->slot[slot].kvm, seen[slot]);
			seen[slot] = table->slot[slot].kvm;
		}
		hcb_vm_table_remove(kvm_of(i), vm_of(i));
		assert_true(i < 256);
	}
	assert_true(i > 16);
}

/* So that a VM that is not bound, where a bound one was, costs what others do. */
static void the_end_of_a_vm_empties_its_slot(void **state)
{
	(void)state;
	assert_int_equal(insert(1, vm_of(1)), 0);
	assert_ptr_equal(hcb_vm_table_remove(kvm_of(1), NULL), vm_of(1));
	assert_null(hcb_vm_table_home(hcb_vm_table, kvm_of(1))->kvm);
	assert_int_equal(hcb_vm_table->used, 0);
	/* Unbound before. */
	assert_int_equal(insert(1, vm_of(1)), 0);
	assert_ptr_equal(hcb_vm_table_remove(kvm_of(1), vm_of(1)), vm_of(1));
	assert_int_equal(hcb_vm_table->used, 1);
	assert_null(hcb_vm_table_remove(kvm_of(1), NULL));
	assert_int_equal(hcb_vm_table->used, 0);
}

static void but_not_where_a_search_goes_on_behind_it(void **state)
{
	const struct vm_slot *home = hcb_vm_table_home(hcb_vm_table, kvm_of(1));
	unsigned int i = 2;

	(void)state;
	while (hcb_vm_table_home(hcb_vm_table, kvm_of(i)) != home)
		i++;
	assert_int_equal(insert(1, vm_of(1)), 0);
	assert_int_equal(insert(i, vm_of(2)), 0);
	assert_ptr_equal(hcb_vm_table_remove(kvm_of(1), NULL), vm_of(1));
	assert_ptr_equal(hcb_vm_table_find(kvm_of(i)), vm_of(2));
	assert_int_equal(hcb_vm_table->used, 2);
	assert_ptr_equal(hcb_vm_table_remove(kvm_of(i), NULL), vm_of(2));
	assert_int_equal(hcb_vm_table->used, 1);
}

/* KVM puts new VMs where dead ones were: searches must not get longer for it. */
static void an_address_used_again_takes_no_further_slot(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 0; i < 1000; i++) {
		assert_int_equal(insert(1, vm_of(i)), 0);
		assert_ptr_equal(hcb_vm_table_find(kvm_of(1)), vm_of(i));
		assert_ptr_equal(hcb_vm_table_remove(kvm_of(1), vm_of(i)), vm_of(i));
	}
	assert_int_equal(hcb_vm_table->used, 1);
	assert_int_equal(hcb_vm_table->live, 0);
	assert_int_equal(nr_retired, 0);
}

static void an_eighth_of_the_slots_at_most_is_used(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 0; i < NR_VMS; i++) {
		assert_int_equal(insert(i, vm_of(i)), 0);
		assert_true(hcb_vm_table->used <= nr_slots(hcb_vm_table) / 8);
	}
	assert_int_equal(hcb_vm_table->live, NR_VMS);
}

/* A host that starts and stops VMs for years must not grow. */
static void churn_does_not_grow_the_table(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 0; i < 100000; i++) {
		assert_int_equal(insert(i, vm_of(i)), 0);
		assert_ptr_equal(hcb_vm_table_remove(kvm_of(i), vm_of(i)), vm_of(i));
	}
	assert_int_equal(nr_slots(hcb_vm_table), 256);
	assert_true(nr_retired > 1000);
}

static void without_memory_nothing_changes(void **state)
{
	unsigned int i, j;
	int err = 0;

	(void)state;
	shim_no_memory = true;
	for (i = 0; !err; i++)
		err = insert(i, vm_of(i));
	assert_int_equal(err, -ENOMEM);
	for (j = 0; j < i - 1; j++)
		assert_ptr_equal(hcb_vm_table_find(kvm_of(j)), vm_of(j));
	assert_null(hcb_vm_table_find(kvm_of(i - 1)));
	shim_no_memory = false;
	assert_int_equal(insert(i - 1, vm_of(i - 1)), 0);
}

static void (*others)(void);

void shim_others_run(void)
{
	if (others)
		others();
}

static unsigned int nr_ended;

/* One that may have moved, and one that has not yet. */
static void two_vms_end(void)
{
	unsigned int first = nr_ended, last = NR_VMS - 1 - nr_ended;

	assert_ptr_equal(hcb_vm_table_remove(kvm_of(first), NULL), vm_of(first));
	assert_ptr_equal(hcb_vm_table_remove(kvm_of(last), vm_of(last)), vm_of(last));
	assert_null(hcb_vm_table_remove(kvm_of(first), NULL));
	assert_null(hcb_vm_table_find(kvm_of(last)));
	nr_ended++;
}

/* VMs end while the table moves, a few slots at a time: they must not come back. */
static void what_ends_meanwhile_is_in_neither_table(void **state)
{
	struct vm_table *before;
	unsigned int i;

	(void)state;
	for (i = 0; i < NR_VMS; i++)
		assert_int_equal(insert(i, vm_of(i)), 0);
	before = hcb_vm_table;
	nr_ended = 0;
	others = two_vms_end;
	for (i = NR_VMS; hcb_vm_table == before; i++)
		assert_int_equal(insert(i, vm_of(i)), 0);
	others = NULL;
	assert_true(nr_ended > 10);
	for (i = 0; i < nr_ended; i++) {
		assert_null(hcb_vm_table_find(kvm_of(i)));
		assert_null(hcb_vm_table_find(kvm_of(NR_VMS - 1 - i)));
	}
	for (; i < NR_VMS - nr_ended; i++)
		assert_ptr_equal(hcb_vm_table_find(kvm_of(i)), vm_of(i));
}

static u64 random_u64(u64 *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

static void check_against_model(struct hcbpf_vm *const *model)
{
	unsigned int i, live = 0;

	for (i = 0; i < NR_VMS; i++) {
		assert_ptr_equal(hcb_vm_table_find(kvm_of(i)), model[i]);
		live += !!model[i];
	}
	assert_int_equal(hcb_vm_table->live, live);
}

static void random_step(struct hcbpf_vm **model, unsigned int i, u64 what, unsigned long number)
{
	switch (what % 4) {
	case 0:
		assert_int_equal(insert(i, vm_of(number)), model[i] ? -EEXIST : 0);
		model[i] = model[i] ? model[i] : vm_of(number);
		break;
	case 1:
		assert_ptr_equal(hcb_vm_table_remove(kvm_of(i), NULL), model[i]);
		model[i] = NULL;
		break;
	case 2:
		assert_null(hcb_vm_table_remove(kvm_of(i), vm_of(number)));
		break;
	default:
		assert_ptr_equal(hcb_vm_table_find(kvm_of(i)), model[i]);
	}
}

static void random_operations_agree_with_a_plain_model(void **state)
{
	static struct hcbpf_vm *model[NR_VMS];
	u64 seed = 0x9e3779b97f4a7c15ULL;
	unsigned long n;

	(void)state;
	memset(model, 0, sizeof(model));
	for (n = 0; n < NR_OPERATIONS; n++) {
		u64 random = random_u64(&seed);
		/* Few VMs for a while, then many, and so on. */
		unsigned int range = n / 100000 % 2 ? NR_VMS : 20;

		random_step(model, (random >> 8) % range, random, n);
		if (n % 10000 == 0)
			check_against_model(model);
	}
	check_against_model(model);
}

static bool stop_reader;

static void *read_until_stopped(void *lost)
{
	do {
		if (hcb_vm_table_find(kvm_of(100000)) != vm_of(100000))
			++*(unsigned long *)lost;
	} while (!READ_ONCE(stop_reader));
	return NULL;
}

static void a_reader_never_loses_a_vm_while_others_come_and_go(void **state)
{
	unsigned long lost = 0;
	pthread_t reader;
	unsigned int i;

	(void)state;
	stop_reader = false;
	assert_int_equal(insert(100000, vm_of(100000)), 0);
	assert_int_equal(pthread_create(&reader, NULL, read_until_stopped, &lost), 0);
	for (i = 0; i < 60000; i++) {
		assert_int_equal(insert(i, vm_of(i)), 0);
		if (i >= 50)
			hcb_vm_table_remove(kvm_of(i - 50), NULL);
	}
	WRITE_ONCE(stop_reader, true);
	pthread_join(reader, NULL);
	assert_int_equal(lost, 0);
}

#define table_test(f) cmocka_unit_test_setup_teardown(f, table_setup, table_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		table_test(what_is_inserted_is_found_until_removed),
		table_test(a_bound_vm_is_not_inserted_again),
		table_test(exactly_one_of_two_removers_gets_the_binding),
		table_test(a_binding_is_not_removed_in_the_name_of_another),
		table_test(a_slot_keeps_its_key_while_the_vm_lives),
		table_test(the_end_of_a_vm_empties_its_slot),
		table_test(but_not_where_a_search_goes_on_behind_it),
		table_test(an_address_used_again_takes_no_further_slot),
		table_test(an_eighth_of_the_slots_at_most_is_used),
		table_test(what_ends_meanwhile_is_in_neither_table),
		table_test(churn_does_not_grow_the_table),
		table_test(without_memory_nothing_changes),
		table_test(random_operations_agree_with_a_plain_model),
		table_test(a_reader_never_loses_a_vm_while_others_come_and_go),
	};

	return cmocka_run_group_tests_name("table of bound VMs", tests, NULL, NULL);
}
