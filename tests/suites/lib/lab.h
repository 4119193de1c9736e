/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the test programs in the lab share: requests to the module, policies,
 * eventfds, and a few ways to wait. Errors are negative errnos.
 */
#ifndef TESTS_LAB_LAB_H
#define TESTS_LAB_LAB_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include <errno.h>
#include <hcbpf/uapi.h>
#include <kvm.h>
#include "../../bpf/observe_state.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

/* Where the BPF objects are: $LAB_BPF, or beside the program. */
const char *bpf_path(const char *name);

/* ---- the module ---- */

/* ioctl() that returns its value or a negative errno. */
int hc_ioctl(int fd, unsigned long request, void *arg);

/* /dev/hcbpf, opened once. */
int hc_device(void);
void hc_device_close(void);

/* Bind with the defaults: a binding's file descriptor. */
int hc_bind(int vm_fd, const char *policy);
int hc_bind_with(int vm_fd, const char *policy, uint32_t abi, uint32_t nr_ports);
int hc_open_id(uint32_t id);
int hc_unbind(int fd);
int hc_set_eventfd(int fd, uint32_t slot, int efd);

/* The next binding's id after @id, or -ENOENT. */
int hc_next_vm(uint32_t id);

struct hcbpf_info hc_info(void);
struct hcbpf_vm_info hc_vm_info(int fd);
struct hcbpf_vm_stats hc_vm_stats(int fd);

/* Map the whole port table. */
volatile hcbpf_port_t *hc_ports(int fd, uint32_t nr);

/* ---- policies ---- */

struct policy {
	struct bpf_object *object;
	struct bpf_map *map;
	struct bpf_link *link;
};

/* Load build/bpf or tests/bpf object @file, e.g. "standard.bpf.o". */
int policy_open(struct policy *policy, const char *file);
int policy_attach(struct policy *policy);
int policy_load(struct policy *policy, const char *file);
/* Until policy_attach(): the policy's name and flags. */
void policy_rename(struct policy *policy, const char *name);
void policy_set_flags(struct policy *policy, uint32_t flags);
/* Its global variables, shared with the running program. */
void *policy_state(struct policy *policy, size_t size);
void policy_unload(struct policy *policy);
int policy_load_observe(struct policy *policy, const char *name, struct observe_state **state);

/* What libbpf and the verifier said during the last policy_open() or policy_attach(). */
const char *policy_log(void);

/* ---- the rest ---- */

/* What mmap() says of PROT_EXEC: -EPERM where the kernel has it for all files like ours. */
int executable_mapping_errno(void);

/* The eventfd's count since the last time; 0 when not signalled. */
uint64_t efd_take(int efd);
int efd_new(void);

/* Poll @condition for at least @ms milliseconds; not again once it was true. */
#define wait_until(condition, ms) ({					\
	int left = (ms);						\
	bool held;							\
									\
	while (!(held = !!(condition)) && left-- > 0)			\
		sleep_ms(1);						\
	held; })

/* Policies take a moment to go, and with them the module's last user. */
bool unload_module(void);

void sleep_ms(unsigned int ms);
uint64_t now_ms(void);

/* The whole file, cut to 64 KB, in a static buffer; "" when it cannot be read. */
const char *file_text(const char *path);
bool file_write(const char *path, const char *text);

/* Run a command by sh, output dropped: its exit status. */
int sh(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Of KVM harness calls, which leave a sentence. */
#define assert_kvm(call) do {						\
	int err_ = (call);						\
	if (err_)							\
		fail_msg("%s: %s (%d)", #call, kvm_error(), err_);	\
} while (0)

#define assert_ok(call) assert_return((call), 0)
#define assert_return(call, expected) do {						\
	long got_ = (call), want_ = (expected);						\
	if (got_ != want_)								\
		fail_msg("%s: %ld (%s), should be %ld", #call, got_,			\
			 got_ < 0 ? strerror(-got_) : "-", want_);			\
} while (0)
#define assert_fd(call) ({								\
	long fd_ = (call);								\
	if (fd_ < 0)									\
		fail_msg("%s: %ld (%s)", #call, fd_, strerror(-fd_));			\
	(int)fd_; })

#endif /* TESTS_LAB_LAB_H */
