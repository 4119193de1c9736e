// SPDX-License-Identifier: GPL-2.0-only
/* One handle in several threads at once, as <hcbpf/libhcbpf.h> allows. */
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>
#include "rig.h"

#define THREADS 8
#define ROUNDS 200

static struct policy standard;

static int group_setup(void **state)
{
	(void)state;
	return policy_load(&standard, "standard.bpf.o");
}

static int group_teardown(void **state)
{
	(void)state;
	policy_unload(&standard);
	return 0;
}

struct worker {
	struct hcbpf_vm *hc;
	pthread_barrier_t *start;
	pthread_t thread;
	uint32_t id;
	int err;
};

/* Each has ports, a slot and a rule of its own: then nothing may get lost. */
static int work(struct worker *worker, uint32_t round)
{
	uint32_t port = 1000 * (worker->id + 1) + round;
	struct hcbpf_rule rule = {
		.abi = HCBPF_ABI_XEN, .nr = worker->id, .sub = HCBPF_RULE_ANY,
		.action = round % 2 ? HCBPF_RULE_PASS : HCBPF_RULE_EXIT,
	};
	struct hcbpf_vm_stats stats;
	hcbpf_port_t word;
	size_t size;
	void *data;
	int err;

	err = hcbpf_port_set(worker->hc, port, worker->id);
	err = err ? err : hcbpf_port_get(worker->hc, port, &word);
	if (!err && hcbpf_port_slot(word) != worker->id)
		err = -EILSEQ;
	err = err ? err : hcbpf_rule_set(worker->hc, &rule, HCBPF_RULES_FORCE);
	err = err ? err : hcbpf_vm_stats(worker->hc, &stats);
	if (!err && !(round % 50)) {
		err = hcbpf_vm_save(worker->hc, &data, &size);
		if (!err)
			free(data);
	}
	return err;
}

static void *run(void *arg)
{
	struct worker *worker = arg;
	int efd = efd_new();
	uint32_t round;

	/* The table is mapped by whoever is first. */
	pthread_barrier_wait(worker->start);
	worker->err = hcbpf_vm_set_eventfd(worker->hc, worker->id, efd);
	for (round = 0; !worker->err && round < ROUNDS; round++)
		worker->err = work(worker, round);
	close(efd);
	return NULL;
}

static uint32_t count_ports(struct hcbpf_vm *hc)
{
	uint32_t port = 0, nr = 0;
	hcbpf_port_t word;

	while (!hcbpf_port_next(hc, &port, &word)) {
		nr++;
		port++;
	}
	return nr;
}

static void threads_share_a_handle(void **state)
{
	struct kvm_vm_conf conf = { .xen = true };
	struct worker workers[THREADS];
	pthread_barrier_t start;
	struct hcbpf_vm_info info;
	struct kvm_vm *vm;
	struct hcbpf_vm *hc;
	uint32_t i;

	(void)state;
	assert_kvm(kvm_vm_create(&conf, &vm));
	assert_ok(hcbpf_vm_bind(vm->fd, NULL, &hc));
	pthread_barrier_init(&start, NULL, THREADS);
	for (i = 0; i < THREADS; i++) {
		workers[i] = (struct worker){ .hc = hc, .start = &start, .id = i };
		assert_ok(pthread_create(&workers[i].thread, NULL, run, &workers[i]));
	}
	for (i = 0; i < THREADS; i++) {
		pthread_join(workers[i].thread, NULL);
		assert_ok(workers[i].err);
	}
	assert_ok(hcbpf_vm_info(hc, &info));
	assert_int_equal(info.nr_rules, THREADS);
	assert_int_equal(info.rules_generation, THREADS * ROUNDS);
	assert_int_equal(info.nr_eventfds, THREADS);
	assert_int_equal(count_ports(hc), THREADS * ROUNDS);
	hcbpf_vm_close(hc);
	kvm_vm_destroy(vm);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(threads_share_a_handle),
	};

	return cmocka_run_group_tests_name("threads", tests, group_setup, group_teardown);
}
