// SPDX-License-Identifier: GPL-2.0-only
/*
 * vCPUs that were never made: of a creation that fails nothing may be left that anybody
 * can reach, or that takes memory. All of it as an ordinary user, which is who can do that.
 */
#include <fcntl.h>
#include <linux/kvm.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>
#include "rig.h"

#define GIC_BASE 0x8000000ULL

/* ---- VMs of bare ioctls: the harness makes vCPUs that work ---- */

static int kvm;

static int setup(void **state)
{
	(void)state;
	kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	return kvm < 0 || !getuid() ? -1 : 0;
}

static int new_vm(void)
{
	return assert_fd(hc_ioctl(kvm, KVM_CREATE_VM, NULL));
}

static void place_gic(int gic, uint64_t what, uint64_t where)
{
	struct kvm_device_attr attr = {
		.group = KVM_DEV_ARM_VGIC_GRP_ADDR, .attr = what, .addr = (uintptr_t)&where,
	};

	assert_ok(hc_ioctl(gic, KVM_SET_DEVICE_ATTR, &attr));
}

/*
 * A VM without vCPUs for ever: its GIC's redistributors lie where the distributor is,
 * which the creation of a vCPU finds out near its end.
 */
static int new_doomed_vm(void)
{
	struct kvm_create_device gic = { .type = KVM_DEV_TYPE_ARM_VGIC_V3 };
	const uint64_t room_for_four = 4ULL << 52;
	int vm = new_vm();

	assert_ok(hc_ioctl(vm, KVM_CREATE_DEVICE, &gic));
	place_gic(gic.fd, KVM_VGIC_V3_ADDR_TYPE_REDIST_REGION, room_for_four | GIC_BASE);
	place_gic(gic.fd, KVM_VGIC_V3_ADDR_TYPE_DIST, GIC_BASE);
	close(gic.fd);
	return vm;
}

static int add_vcpu(int vm, unsigned long id)
{
	return hc_ioctl(vm, KVM_CREATE_VCPU, (void *)id);
}

static void init_vcpu(int vm, int vcpu)
{
	struct kvm_vcpu_init init;

	assert_ok(hc_ioctl(vm, KVM_ARM_PREFERRED_TARGET, &init));
	assert_ok(hc_ioctl(vcpu, KVM_ARM_VCPU_INIT, &init));
}

static int new_vcpu(int vm, unsigned long id)
{
	int vcpu = assert_fd(add_vcpu(vm, id));

	init_vcpu(vm, vcpu);
	return vcpu;
}

static struct hcbpf_vm *bind_vm(int vm)
{
	struct hcbpf_vm *hc;

	assert_ok(hcbpf_vm_bind(vm, NULL, &hc));
	return hc;
}

static void unbind_vm(struct hcbpf_vm *hc)
{
	assert_ok(hcbpf_vm_unbind(hc));
	hcbpf_vm_close(hc);
}

/* ---- which vCPUs there are ---- */

/* Signals reach them, and they know nothing of events. */
static void expect_vcpu(struct hcbpf_vm *hc, uint32_t id)
{
	struct hcbpf_sdei_state state;

	assert_ok(hcbpf_sdei_get(hc, id, 0, &state));
	assert_int_equal(state.vcpu_id, id);
	assert_int_equal(state.state, HCBPF_SDEI_MASKED);
	assert_return(hcbpf_sdei_signal(hc, id, 0), HCBPF_SDEI_IGNORED);
	assert_return(hcbpf_sdei_cancel(hc, id, 0), -EALREADY);
}

static void expect_no_vcpu(struct hcbpf_vm *hc, uint32_t id)
{
	struct hcbpf_sdei_state state;

	if (!hcbpf_sdei_get(hc, id, 0, &state))
		assert_int_not_equal(state.vcpu_id, id);
	assert_return(hcbpf_sdei_signal(hc, id, 0), -ENOENT);
	assert_return(hcbpf_sdei_cancel(hc, id, 0), -ENOENT);
}

/* Of the ids 0 to 7, those in @mask and no others; and none beyond. */
static void expect_vcpus(int vm, unsigned int mask)
{
	struct hcbpf_vm *hc = bind_vm(vm);
	struct hcbpf_sdei_state state;
	uint32_t id;

	for (id = 0; id < 8; id++) {
		if (mask & 1 << id)
			expect_vcpu(hc, id);
		else
			expect_no_vcpu(hc, id);
	}
	assert_return(hcbpf_sdei_get(hc, id, 0, &state), -ENOENT);
	unbind_vm(hc);
}

/* ---- ways to fail ---- */

static void one_that_fails_late_is_not_there(void **state)
{
	struct hcbpf_vm *hc;
	unsigned int id;
	int vm;

	(void)state;
	vm = new_doomed_vm();
	for (id = 0; id < 8; id++)
		assert_return(add_vcpu(vm, id), -EINVAL);
	expect_vcpus(vm, 0);
	hc = bind_vm(vm);
	for (id = 0; id < 8; id++) {
		assert_return(add_vcpu(vm, id), -EINVAL);
		expect_no_vcpu(hc, id);
	}
	unbind_vm(hc);
	expect_vcpus(vm, 0);
	close(vm);
}

static void one_whose_id_is_taken_is_not_there(void **state)
{
	int vm, vcpu, i;

	(void)state;
	vm = new_vm();
	vcpu = new_vcpu(vm, 2);
	for (i = 0; i < 8; i++)
		assert_return(add_vcpu(vm, 2), -EEXIST);
	expect_vcpus(vm, 1 << 2);
	/* Nor is the one that has the id gone. */
	init_vcpu(vm, vcpu);
	close(vcpu);
	expect_vcpus(vm, 1 << 2);
	close(vm);
}

static void one_beyond_the_limit_is_not_there(void **state)
{
	int vm, vcpu, limit;

	(void)state;
	vm = new_vm();
	vcpu = new_vcpu(vm, 0);
	limit = hc_ioctl(vm, KVM_CHECK_EXTENSION, (void *)KVM_CAP_MAX_VCPU_ID);
	assert_true(limit > 8);
	assert_return(add_vcpu(vm, limit), -EINVAL);
	expect_vcpus(vm, 1);
	close(vcpu);
	close(vm);
}

static void one_without_a_file_is_not_there(void **state)
{
	struct rlimit limit, none;
	int vm, next, i;

	(void)state;
	vm = new_vm();
	assert_ok(getrlimit(RLIMIT_NOFILE, &limit));
	none = limit;
	next = dup(vm);
	close(next);
	none.rlim_cur = next;
	assert_ok(setrlimit(RLIMIT_NOFILE, &none));
	for (i = 0; i < 8; i++)
		assert_return(add_vcpu(vm, i), -EMFILE);
	assert_ok(setrlimit(RLIMIT_NOFILE, &limit));
	expect_vcpus(vm, 0);
	close(new_vcpu(vm, 3));
	expect_vcpus(vm, 1 << 3);
	close(vm);
}

/* KVM makes vCPUs where those were that failed. */
static void others_in_their_places_are_what_they_are(void **state)
{
	int doomed, vm, vcpus[8], i;

	(void)state;
	doomed = new_doomed_vm();
	vm = new_vm();
	for (i = 0; i < 8; i++) {
		assert_return(add_vcpu(doomed, i), -EINVAL);
		vcpus[i] = new_vcpu(vm, i);
	}
	expect_vcpus(doomed, 0);
	expect_vcpus(vm, 0xff);
	for (i = 0; i < 8; i++)
		close(vcpus[i]);
	close(vm);
	expect_vcpus(doomed, 0);
	close(doomed);
}

/* Without KVM_ARM_VCPU_INIT a vCPU can neither run nor be asked for registers. */
static void one_is_there_from_its_first_init_on(void **state)
{
	struct kvm_vcpu_init bad = { .target = KVM_ARM_NUM_TARGETS };
	uint64_t value;
	struct kvm_one_reg reg = { .id = HCBPF_SDEI_REG_VERSION, .addr = (uintptr_t)&value };
	struct hcbpf_vm *hc;
	int vm, vcpu;

	(void)state;
	vm = new_vm();
	vcpu = assert_fd(add_vcpu(vm, 5));
	expect_vcpus(vm, 0);
	assert_return(hc_ioctl(vcpu, KVM_GET_ONE_REG, &reg), -ENOEXEC);
	assert_return(hc_ioctl(vcpu, KVM_ARM_VCPU_INIT, NULL), -EFAULT);
	assert_return(hc_ioctl(vcpu, KVM_ARM_VCPU_INIT, &bad), -EINVAL);
	hc = bind_vm(vm);
	init_vcpu(vm, vcpu);
	expect_vcpu(hc, 5);
	assert_ok(hc_ioctl(vcpu, KVM_GET_ONE_REG, &reg));
	assert_true(value == HCBPF_SDEI_VERSION_WORD);
	unbind_vm(hc);
	init_vcpu(vm, vcpu);
	expect_vcpus(vm, 1 << 5);
	close(vcpu);
	close(vm);
}

/* ---- many ---- */

struct failer {
	pthread_t thread;
	int vm;
	unsigned int failures;
	bool stop, bad;
};

static void *fail_on(void *arg)
{
	struct failer *failer = arg;

	while (!__atomic_load_n(&failer->stop, __ATOMIC_RELAXED))
		if (add_vcpu(failer->vm, failer->failures++ % 8) != -EINVAL)
			failer->bad = true;
	return NULL;
}

/* Two at once: the memory of one's vCPU is not where the other's was. */
static void failers_start(struct failer *failers, int vm)
{
	int i;

	for (i = 0; i < 2; i++) {
		failers[i] = (struct failer){ .vm = vm };
		assert_ok(pthread_create(&failers[i].thread, NULL, fail_on, &failers[i]));
	}
}

static unsigned int failers_stop(struct failer *failers)
{
	int i;

	for (i = 0; i < 2; i++)
		__atomic_store_n(&failers[i].stop, true, __ATOMIC_RELAXED);
	for (i = 0; i < 2; i++) {
		assert_ok(pthread_join(failers[i].thread, NULL));
		assert_false(failers[i].bad);
	}
	return failers[0].failures + failers[1].failures;
}

static void a_vm_is_bound_while_creations_fail(void **state)
{
	struct failer failers[2];
	struct hcbpf_vm *other;
	uint64_t end;
	int doomed, vm;

	(void)state;
	doomed = new_doomed_vm();
	vm = new_vm();
	close(new_vcpu(vm, 1));
	other = bind_vm(vm);	/* the hook stays, which makes rounds short */
	failers_start(failers, doomed);
	for (end = now_ms() + 2000; now_ms() < end;) {
		expect_vcpus(doomed, 0);
		expect_no_vcpu(other, 0);
		expect_vcpu(other, 1);
	}
	failers_stop(failers);
	unbind_vm(other);
	close(doomed);
	close(vm);
}

static long meminfo_kb(const char *what)
{
	const char *found = strstr(file_text("/proc/meminfo"), what);

	assert_non_null(found);
	return atol(found + strlen(what));
}

static long unreclaimable_kb(void)
{
	return meminfo_kb("SUnreclaim:");
}

/* KASAN's quarantine keeps what KVM has freed, up to this part of all memory. */
static long quarantine_kb(void)
{
	if (sh("grep -q ' kasan_quarantine_put$' /proc/kallsyms"))
		return 0;
	return meminfo_kb("MemTotal:") / 32;
}

static unsigned int fail_for(int vm, unsigned int ms)
{
	struct failer failers[2];

	failers_start(failers, vm);
	sleep_ms(ms);
	return failers_stop(failers);
}

static void what_fails_takes_no_memory(void **state)
{
	unsigned int failures;
	long before, limit = 1024 + quarantine_kb();
	int vm;

	(void)state;
	vm = new_doomed_vm();
	fail_for(vm, 500);
	before = unreclaimable_kb();
	failures = fail_for(vm, 3000);
	print_message("# %u creations failed; unreclaimable slabs: %ld KB more\n", failures,
		      unreclaimable_kb() - before);
	/* What RCU has not freed yet comes and goes. */
	assert_true(wait_until(unreclaimable_kb() - before < limit, PATIENCE));
	expect_vcpus(vm, 0);
	close(vm);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_that_fails_late_is_not_there),
		cmocka_unit_test(one_whose_id_is_taken_is_not_there),
		cmocka_unit_test(one_beyond_the_limit_is_not_there),
		cmocka_unit_test(one_without_a_file_is_not_there),
		cmocka_unit_test(others_in_their_places_are_what_they_are),
		cmocka_unit_test(one_is_there_from_its_first_init_on),
		cmocka_unit_test(a_vm_is_bound_while_creations_fail),
		cmocka_unit_test(what_fails_takes_no_memory),
	};

	return cmocka_run_group_tests_name("vCPUs that were never made", tests, setup, NULL);
}
