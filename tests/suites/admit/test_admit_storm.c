// SPDX-License-Identifier: GPL-2.0-only
/*
 * Many threads that create VMs, run them and end them, by binding and unbinding them too, while
 * the table is replaced without end. Every table means them, so none is ever let through.
 */
#include <stdlib.h>
#include <unistd.h>
#include "admission.h"
#include "standard_policy.h"

#define THREADS 6
#define SECONDS 10

static uint32_t vmm1;		/* found before anybody forks: looking it up takes a lock */

static bool over;
static int let_through, vms;

/* A VMM that gets in the way: its own binding, which it may end at any moment. */
static void *bind_and_unbind(void *arg)
{
	const struct kvm_vm *vm = arg;
	int fd, i;

	for (i = 0; i < 20; i++) {
		fd = hc_bind(vm->fd, "standard");
		if (fd < 0)
			continue;
		hc_unbind(fd);
		close(fd);
	}
	return NULL;
}

static void one_vm(bool meddle)
{
	const struct kvm_vm_conf conf = { .nr_vcpus = 2 };
	enum fate fates[2];
	struct kvm_vm *vm;
	pthread_t other;

	if (kvm_vm_create(&conf, &vm))
		return;
	if (meddle && pthread_create(&other, NULL, bind_and_unbind, vm))
		meddle = false;
	fates[0] = probe(vm, 0);
	fates[1] = probe(vm, 1);
	if (meddle)
		pthread_join(other, NULL);
	kvm_vm_destroy(vm);
	__atomic_add_fetch(&vms, 1, __ATOMIC_RELAXED);
	if (fates[0] != FATE_BOUND || fates[1] != FATE_BOUND)
		__atomic_add_fetch(&let_through, 1, __ATOMIC_RELAXED);
}

static int find_user(void **state)
{
	vmm1 = uid_of("vmm1");
	return standard_setup(state);
}

static void *vmm(void *arg)
{
	while (!__atomic_load_n(&over, __ATOMIC_ACQUIRE))
		one_vm((uintptr_t)arg & 1);
	return NULL;
}

/* As somebody who may not do what the operator may. */
static int body_storm(void)
{
	pthread_t threads[THREADS];
	unsigned int i;

	for (i = 0; i < THREADS; i++)
		if (pthread_create(&threads[i], NULL, vmm, (void *)(uintptr_t)i))
			return 90;
	sleep(SECONDS);
	__atomic_store_n(&over, true, __ATOMIC_RELEASE);
	for (i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	printf("# %d VMs, of which %d were let through or broken\n", vms, let_through);
	fflush(stdout);
	return let_through ? 1 : vms ? 0 : 91;
}

static void *replace_tables(void *arg)
{
	(void)arg;
	while (!__atomic_load_n(&over, __ATOMIC_ACQUIRE)) {
		load_for_user(vmm1);
		sleep_ms(rand() % 5);
	}
	return NULL;
}

static void no_vm_is_let_through_while_tables_are_replaced(void **state)
{
	pthread_t replacer;
	int status;

	(void)state;
	load_for_user(vmm1);
	assert_int_equal(pthread_create(&replacer, NULL, replace_tables, NULL), 0);
	status = as_user("vmm1", NULL, body_storm);
	__atomic_store_n(&over, true, __ATOMIC_RELEASE);
	pthread_join(replacer, NULL);
	over = false;
	assert_int_equal(status, 0);
	admission_off();
}

/* With nothing promised, only that all of it ends well. */
static void *switch_on_and_off(void *arg)
{
	(void)arg;
	while (!__atomic_load_n(&over, __ATOMIC_ACQUIRE)) {
		load_for_user(vmm1);
		sleep_ms(rand() % 20);
		admission_off();
	}
	return NULL;
}

static void admission_goes_on_and_off_under_running_vms(void **state)
{
	pthread_t switcher;
	int status;

	(void)state;
	assert_int_equal(pthread_create(&switcher, NULL, switch_on_and_off, NULL), 0);
	status = as_user("vmm1", NULL, body_storm);
	__atomic_store_n(&over, true, __ATOMIC_RELEASE);
	pthread_join(switcher, NULL);
	over = false;
	assert_in_range(status, 0, 1);
	admission_off();
	assert_true(wait_until(!hc_info().nr_vms, 10000));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_vm_is_let_through_while_tables_are_replaced),
		cmocka_unit_test(admission_goes_on_and_off_under_running_vms),
	};

	return cmocka_run_group_tests_name("admission under load", tests, find_user, standard_teardown);
}
