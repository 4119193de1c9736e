// SPDX-License-Identifier: GPL-2.0-only
/*
 * VMs that are made while the module goes have no SDEI: a request of theirs would sleep
 * in the module's code when that is gone. The module is not there before and after.
 */
#include <fcntl.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "registers.h"
#include "rig.h"

#define TRIES 3

static const char *module_state(void)
{
	return file_text("/sys/module/hcbpf/initstate");
}

static bool is_going(void)
{
	return !strcmp(module_state(), "going\n");
}

static void *remove_module(void *status)
{
	*(int *)status = sh("rmmod hcbpf");
	return NULL;
}

struct reader {
	pthread_t thread;
	struct kvm_one_reg reg;
	int vcpu;
	int result;
};

static void *read_reg(void *arg)
{
	struct reader *reader = arg;

	reader->result = ioctl(reader->vcpu, KVM_GET_ONE_REG, &reader->reg) ? -errno : 0;
	return NULL;
}

static void reader_start(struct reader *reader, int vcpu, uint64_t id, uint64_t *value)
{
	*reader = (struct reader){ .vcpu = vcpu, .reg = { id, (uintptr_t)value } };
	assert_ok(pthread_create(&reader->thread, NULL, read_reg, reader));
}

static int reader_join(struct reader *reader)
{
	assert_ok(pthread_join(reader->thread, NULL));
	return reader->result;
}

static void give(int uffd, const void *page)
{
	static uint8_t zeros[PAGE] __attribute__((aligned(PAGE)));
	struct uffdio_copy copy = {
		.dst = (uintptr_t)page, .src = (uintptr_t)zeros, .len = PAGE,
	};

	assert_ok(ioctl(uffd, UFFDIO_COPY, &copy));
}

/*
 * Requests of a VM that write to a page which is missing until the module is gone: for a
 * register of SDEI's, which the VM does not have, and for one of KVM's.
 */
static void sleep_through_the_end(struct sdei_rig *rig, int uffd, pthread_t remover)
{
	uint8_t *area = slow_memory(uffd);
	uint64_t *values = (void *)(area + PAGE);
	struct reader sdeis, kvms;

	reader_start(&sdeis, rig->vm->vcpus[0].fd, HCBPF_SDEI_REG_VERSION, &values[0]);
	reader_start(&kvms, rig->vm->vcpus[1].fd, KVM_REG_ARM_PSCI_VERSION, &values[1]);
	pthread_join(remover, NULL);
	assert_string_equal(module_state(), "");
	sleep_ms(300);		/* the kernel's memory is given back in its own time */
	give(uffd, values);
	assert_return(reader_join(&sdeis), -ENOENT);
	assert_return(reader_join(&kvms), 0);
	assert_int_equal(values[0], 0);
	assert_int_not_equal(values[1], 0);
	munmap(area, 2 * PAGE);
}

/* True: the VM came in time to find the module. */
static bool one_vm(int uffd)
{
	struct kvm_reg_list *list;
	struct sdei_rig rig;
	pthread_t remover;
	int status;
	bool met;

	assert_int_equal(sh("modprobe hcbpf sdei=1"), 0);
	assert_ok(pthread_create(&remover, NULL, remove_module, &status));
	while (!is_going() && *module_state())
		;
	sdei_rig_make(&rig, 2);
	met = is_going();
	list = list_of(&rig.vm->vcpus[0]);
	sleep_through_the_end(&rig, uffd, remover);
	assert_int_equal(status, 0);
	assert_false(is_listed(list, FIRST));
	free(list);
	sdei_rig_down(&rig);
	return met;
}

static void a_vm_made_while_the_module_goes_is_kvms_alone(void **state)
{
	int i, uffd, met = 0;

	(void)state;
	for (i = 0; i < TRIES; i++) {
		uffd = syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);
		if (uffd < 0) {
			print_message("# there is no userfaultfd here\n");
			skip();
		}
		met += one_vm(uffd);
		close(uffd);
	}
	print_message("# %d of %d VMs came while the module went\n", met, TRIES);
	assert_true(met);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_vm_made_while_the_module_goes_is_kvms_alone),
	};

	return cmocka_run_group_tests_name("SDEI while the module goes", tests, NULL, NULL);
}
