// SPDX-License-Identifier: GPL-2.0-only
/* `hcbpf vmstate` at the other end of a socket, for the VM of this process. */
#include "rig.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <systemd/sd-bus.h>

#define SAID "/tmp/vmstate.said"

static struct policy policy;

struct peer {
	pid_t pid;
	sd_bus *bus;
	sd_bus_error error;
	sd_bus_message *reply;
};

struct text {
	void *data;
	size_t size;
};

/* ---- the peer ---- */

static pid_t start(int fds[2])
{
	pid_t pid;
	int said;

	assert_ok(socketpair(AF_UNIX, SOCK_STREAM, 0, fds));
	pid = fork();
	if (!pid) {
		said = open(SAID, O_WRONLY | O_CREAT | O_TRUNC, 0600);
		dup2(fds[1], STDIN_FILENO);
		dup2(said, STDERR_FILENO);
		close(fds[0]);
		close(fds[1]);
		execlp("hcbpf", "hcbpf", "vmstate", NULL);
		_exit(127);
	}
	close(fds[1]);
	return pid;
}

static void peer_up(struct peer *peer)
{
	int fds[2];

	*peer = (struct peer){ .error = SD_BUS_ERROR_NULL };
	peer->pid = start(fds);
	assert_ok(fcntl(fds[0], F_SETFL, O_RDWR | O_NONBLOCK));
	assert_fd(sd_bus_new(&peer->bus));
	assert_fd(sd_bus_set_fd(peer->bus, fds[0], fds[0]));
	assert_fd(sd_bus_set_bus_client(peer->bus, 1));
	assert_fd(sd_bus_start(peer->bus));
}

static int end_of(pid_t pid)
{
	int status = -1, tries = 200;

	while (!waitpid(pid, &status, WNOHANG) && tries--)
		sleep_ms(50);
	if (tries <= 0)
		kill(pid, SIGKILL);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void peer_down(struct peer *peer)
{
	sd_bus_message_unref(peer->reply);
	sd_bus_error_free(&peer->error);
	sd_bus_close(peer->bus);
	sd_bus_unref(peer->bus);
	assert_int_equal(end_of(peer->pid), 0);
}

static void forget(struct peer *peer)
{
	peer->reply = sd_bus_message_unref(peer->reply);
	sd_bus_error_free(&peer->error);
}

/* "" or why not. */
static const char *owners(struct peer *peer, const char *name)
{
	forget(peer);
	if (sd_bus_call_method(peer->bus, "org.freedesktop.DBus", "/org/freedesktop/DBus",
			       "org.freedesktop.DBus", "ListQueuedOwners", &peer->error,
			       &peer->reply, "s", name) >= 0)
		return "";
	return peer->error.message;
}

static const char *save(struct peer *peer, struct text *text)
{
	const void *data;

	forget(peer);
	if (sd_bus_call_method(peer->bus, ":1.0", "/org/qemu/VMState1", "org.qemu.VMState1",
			       "Save", &peer->error, &peer->reply, "") < 0)
		return peer->error.message;
	assert_fd(sd_bus_message_read_array(peer->reply, 'y', &data, &text->size));
	text->data = malloc(text->size);
	memcpy(text->data, data, text->size);
	return "";
}

static const char *load(struct peer *peer, const struct text *text)
{
	sd_bus_message *call;
	int err;

	forget(peer);
	assert_fd(sd_bus_message_new_method_call(peer->bus, &call, ":1.0", "/org/qemu/VMState1",
						 "org.qemu.VMState1", "Load"));
	assert_fd(sd_bus_message_append_array(call, 'y', text->data, text->size));
	err = sd_bus_call(peer->bus, call, 0, &peer->error, &peer->reply);
	sd_bus_message_unref(call);
	return err < 0 ? peer->error.message : "";
}

static void says(const char *got, const char *text)
{
	if (!strstr(got, text) || (!text[0] && got[0]))
		fail_msg("\"%s\" is not in \"%s\"", text, got);
}

/* ---- the VM ---- */

static const struct kvm_vm_conf conf = { .nr_vcpus = 1 };

static struct text state_of(struct hcbpf_vm *hc)
{
	struct text text;

	assert_ok(hcbpf_vm_save(hc, &text.data, &text.size));
	return text;
}

static void same_state(struct hcbpf_vm *hc, const struct text *want)
{
	struct text text = state_of(hc);

	assert_int_equal(text.size, want->size);
	assert_memory_equal(text.data, want->data, text.size);
	free(text.data);
}

static const struct hcbpf_rule rules[] = {
	{ .nr = HCBPF_HC_DOORBELL, .sub = HCBPF_RULE_ANY, .abi = HCBPF_ABI_KVM,
	  .action = HCBPF_RULE_DOORBELL, .otherwise = HCBPF_RULE_PASS },
	{ .nr = 99, .sub = HCBPF_RULE_ANY, .abi = HCBPF_ABI_KVM,
	  .action = HCBPF_RULE_DENY, .ret = -5 },
};

static void fill(struct hcbpf_vm *hc)
{
	const struct hcbpf_gpa_range ranges[] = { { 16, 3, 1 }, { 64, 1, 1 }, { 70, 5, 3 } };
	LIBHCBPF_OPTS(hcbpf_rules_opts, opts, .profile = "mine");

	assert_ok(hcbpf_rules_set(hc, rules, ARRAY_LEN(rules), &opts));
	assert_ok(hcbpf_gpa_set(hc, ranges, ARRAY_LEN(ranges), NULL));
	assert_ok(hcbpf_port_set(hc, 77, 3));
	assert_ok(hcbpf_vm_set_param(hc, 42));
}

/* A VM whose state is too large to be moved, unless it is dull. */
static void fill_with_noise(struct hcbpf_vm *hc, size_t nr)
{
	struct hcbpf_gpa_range *ranges = calloc(nr, sizeof(*ranges));
	uint64_t gfn = 0;
	size_t i;

	srandom(1);
	for (i = 0; i < nr; i++) {
		ranges[i] = (struct hcbpf_gpa_range){ gfn, 1 + random() % 200, 1 };
		gfn += ranges[i].npages + 1 + random() % 3000;
	}
	assert_ok(hcbpf_gpa_replace(hc, 0, ranges, nr));
	free(ranges);
}

/* ---- tests ---- */

static void moves(void **unused)
{
	struct text before, moved;
	struct hcbpf_vm *hc;
	struct peer peer;
	struct kvm_vm *vm;
	struct rig rig;

	(void)unused;
	rig_up_serving(&rig, &conf);
	fill(rig.hc);
	before = state_of(rig.hc);
	peer_up(&peer);
	says(owners(&peer, "org.qemu.VMState1"), "");
	says(save(&peer, &moved), "");
	same_state(rig.hc, &before);
	rig_down(&rig);
	/* To a VM that nobody has bound. */
	assert_kvm(kvm_vm_create(&conf, &vm));
	says(load(&peer, &moved), "");
	assert_ok(hcbpf_vm_open(vm->fd, &hc));
	same_state(hc, &before);
	/* To one that is bound and has something else. */
	assert_ok(hcbpf_rules_set(hc, NULL, 0, NULL));
	assert_ok(hcbpf_gpa_reset(hc));
	assert_ok(hcbpf_port_set(hc, 5, 1));
	says(load(&peer, &moved), "");
	same_state(hc, &before);
	peer_down(&peer);
	hcbpf_vm_close(hc);
	kvm_vm_destroy(vm);
	free(before.data);
	free(moved.data);
}

static void not_bound(void **unused)
{
	struct text before, moved;
	struct hcbpf_vm *hc;
	struct peer peer;
	struct kvm_vm *vm;

	(void)unused;
	assert_kvm(kvm_vm_create(&conf, &vm));
	peer_up(&peer);
	says(owners(&peer, "org.qemu.VMState1"), "");
	says(save(&peer, &moved), "");
	says(load(&peer, &moved), "");
	assert_return(hcbpf_vm_open(vm->fd, &hc), -ENOENT);
	/* That the VM was not bound elsewhere takes nothing from it here. */
	assert_ok(hcbpf_vm_bind(vm->fd, NULL, &hc));
	fill(hc);
	before = state_of(hc);
	says(load(&peer, &moved), "");
	same_state(hc, &before);
	peer_down(&peer);
	hcbpf_vm_close(hc);
	kvm_vm_destroy(vm);
	free(before.data);
	free(moved.data);
}

static void damaged(void **unused)
{
	struct text before, moved, cut;
	struct peer peer;
	struct rig rig;
	size_t i;

	(void)unused;
	rig_up_serving(&rig, &conf);
	fill(rig.hc);
	before = state_of(rig.hc);
	peer_up(&peer);
	says(save(&peer, &moved), "");
	for (i = 0; i < moved.size; i += 7) {
		((char *)moved.data)[i] ^= 4;
		says(load(&peer, &moved), "cannot restore from QEMU's stream: it is ");
		((char *)moved.data)[i] ^= 4;
	}
	cut = (struct text){ moved.data, moved.size - 1 };
	says(load(&peer, &cut), "have come");
	cut.size = 0;
	says(load(&peer, &cut), "it is no state of a VM");
	same_state(rig.hc, &before);
	says(load(&peer, &moved), "");
	peer_down(&peer);
	says(file_text(SAID), "have come");
	rig_down(&rig);
	free(before.data);
	free(moved.data);
}

/* QEMU would drop it without a word if only Save failed. */
static void too_large(void **unused)
{
	struct text before, moved;
	struct peer peer;
	struct rig rig;

	(void)unused;
	rig_up_serving(&rig, &conf);
	fill_with_noise(rig.hc, 400000);
	before = state_of(rig.hc);
	peer_up(&peer);
	says(owners(&peer, "org.qemu.VMState1"), " bytes, and QEMU moves at most 1048512");
	says(save(&peer, &moved), " bytes, and QEMU moves at most 1048512");
	same_state(rig.hc, &before);
	/* As soon as there is less of it, it can go. */
	fill_with_noise(rig.hc, 40000);
	says(owners(&peer, "org.qemu.VMState1"), "");
	says(save(&peer, &moved), "");
	assert_true(moved.size > 100000);
	peer_down(&peer);
	rig_down(&rig);
	free(before.data);
	free(moved.data);
}

/* What it tells is what there is at that moment. */
static void is_fresh(void **unused)
{
	struct text old, new;
	struct peer peer;
	struct rig rig;

	(void)unused;
	rig_up_serving(&rig, &conf);
	peer_up(&peer);
	says(owners(&peer, "org.qemu.VMState1"), "");
	says(save(&peer, &old), "");
	fill(rig.hc);
	says(owners(&peer, "org.qemu.VMState1"), "");
	says(save(&peer, &new), "");
	assert_true(new.size > old.size);
	peer_down(&peer);
	rig_down(&rig);
	free(old.data);
	free(new.data);
}

static void other_policy(void **unused)
{
	struct policy other;
	struct text moved;
	struct peer peer;
	struct rig rig;
	LIBHCBPF_OPTS(hcbpf_bind_opts, opts, .policy = "other");

	(void)unused;
	assert_ok(policy_open(&other, "standard.bpf.o"));
	policy_rename(&other, "other");
	assert_ok(policy_attach(&other));
	rig_up(&rig, &conf, NULL);
	peer_up(&peer);
	says(save(&peer, &moved), "");
	rig_down(&rig);
	rig_up(&rig, &conf, &opts);
	says(load(&peer, &moved), "the VM is bound with policy other, and the saved one had standard");
	rig_down(&rig);
	peer_down(&peer);
	policy_unload(&other);
	free(moved.data);
}

static void bind_for_operator(struct kvm_vm **vm, struct hcbpf_vm **hc)
{
	LIBHCBPF_OPTS(hcbpf_bind_opts, opts, .flags = HCBPF_BIND_OPERATOR);

	assert_kvm(kvm_vm_create(&conf, vm));
	assert_ok(hcbpf_vm_bind((*vm)->fd, &opts, hc));
	fill(*hc);
}

/*
 * The peer may hand in what it likes: of an operator's binding it changes what a VMM could, and
 * only before the guest runs.
 */
static void what_is_the_operators_stays(void **unused)
{
	const struct kvm_start probe = { .nr = 99 };
	struct text moved, before;
	struct hcbpf_vm *hc;
	struct peer peer;
	struct kvm_vm *vm;

	(void)unused;
	bind_for_operator(&vm, &hc);
	before = state_of(hc);
	peer_up(&peer);
	says(save(&peer, &moved), "");
	/* The same rules, and something else for the rest. */
	assert_ok(hcbpf_gpa_reset(hc));
	assert_ok(hcbpf_port_set(hc, 5, 1));
	says(load(&peer, &moved), "");
	same_state(hc, &before);
	/* It denied call 99, and does so no more. */
	free(before.data);
	assert_ok(hcbpf_rule_del(hc, HCBPF_ABI_KVM, 99, HCBPF_RULE_ANY, 0));
	before = state_of(hc);
	says(load(&peer, &moved), "a rule of the VM that is to come is not what the operator has given");
	same_state(hc, &before);
	free(moved.data);
	says(save(&peer, &moved), "");
	assert_ok(hcbpf_vm_set_param(hc, 43));
	says(load(&peer, &moved), "the parameter of the VM that is to come");
	assert_ok(hcbpf_vm_set_param(hc, 42));
	says(load(&peer, &moved), "");
	call_once(vm, probe);
	says(load(&peer, &moved), "its guest has run already");
	same_state(hc, &before);
	peer_down(&peer);
	hcbpf_vm_close(hc);
	kvm_vm_destroy(vm);
	free(before.data);
	free(moved.data);
}

static void admit(uint32_t uid, const struct hcbpf_rule *rules, size_t nr)
{
	struct hcbpf_template template = {
		.name = "t", .policy = "standard", .profile = "mine", .param = 42,
		.rules = (uintptr_t)rules, .nr_rules = nr,
	};
	struct hcbpf_admit_rule rule = { .flags = HCBPF_ADMIT_USER, .uid = uid };
	struct hcbpf_admission table = {
		.size = sizeof(table), .nr_templates = !!nr, .nr_rules = !!nr,
		.templates = (uintptr_t)&template, .rules = (uintptr_t)&rule,
	};

	assert_ok(hc_ioctl(hc_device(), HCBPF_SET_ADMISSION, &table));
}

static bool is_operators(struct kvm_vm *vm)
{
	struct hcbpf_vm_info info;
	struct hcbpf_vm *hc;

	assert_ok(hcbpf_vm_open(vm->fd, &hc));
	assert_ok(hcbpf_vm_info(hc, &info));
	hcbpf_vm_close(hc);
	return info.state & HCBPF_VM_OPERATOR;
}

/* A template would bind it anew as it first runs, and what has come would be lost. */
static void by_the_template_that_is_for_it(void **unused)
{
	struct text before, moved;
	struct hcbpf_vm *hc;
	struct peer peer;
	struct kvm_vm *vm;
	struct rig rig;

	(void)unused;
	rig_up_serving(&rig, &conf);
	fill(rig.hc);
	before = state_of(rig.hc);
	peer_up(&peer);
	says(save(&peer, &moved), "");
	rig_down(&rig);
	assert_kvm(kvm_vm_create(&conf, &vm));
	/* Not for it. */
	admit(12345, rules, ARRAY_LEN(rules));
	says(load(&peer, &moved), "");
	assert_false(is_operators(vm));
	kvm_vm_destroy(vm);
	/* For it, but with other rules than it had. */
	assert_kvm(kvm_vm_create(&conf, &vm));
	admit(0, rules, ARRAY_LEN(rules) - 1);
	says(load(&peer, &moved), "a rule of the VM that is to come");
	assert_true(is_operators(vm));
	kvm_vm_destroy(vm);
	assert_kvm(kvm_vm_create(&conf, &vm));
	admit(0, rules, ARRAY_LEN(rules));
	says(load(&peer, &moved), "");
	assert_true(is_operators(vm));
	assert_ok(hcbpf_vm_open(vm->fd, &hc));
	same_state(hc, &before);
	hcbpf_vm_close(hc);
	admit(0, NULL, 0);
	peer_down(&peer);
	kvm_vm_destroy(vm);
	free(before.data);
	free(moved.data);
}

static void other_questions(void **unused)
{
	struct peer peer;
	struct rig rig;

	(void)unused;
	rig_up_serving(&rig, &conf);
	peer_up(&peer);
	says(owners(&peer, "org.freedesktop.login1"), "nobody is \"org.freedesktop.login1\"");
	assert_true(sd_bus_call_method(peer.bus, "org.freedesktop.DBus", "/org/freedesktop/DBus",
				       "org.freedesktop.DBus", "RequestName", &peer.error, NULL,
				       "su", "org.qemu.VMState1", 0) < 0);
	says(owners(&peer, "org.qemu.VMState1"), "");
	peer_down(&peer);
	rig_down(&rig);
}

static void no_dbus(void **unused)
{
	static const char text[] = "GET / HTTP/1.1\r\n\r\n";
	int fds[2];
	pid_t pid;

	(void)unused;
	pid = start(fds);
	assert_return(write(fds[0], text, sizeof(text)), sizeof(text));
	assert_true(end_of(pid) >= 0);
	close(fds[0]);
}

static int up(void **unused)
{
	(void)unused;
	return policy_load(&policy, "standard.bpf.o");
}

static int down(void **unused)
{
	(void)unused;
	policy_unload(&policy);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(moves), cmocka_unit_test(not_bound), cmocka_unit_test(damaged),
		cmocka_unit_test(too_large), cmocka_unit_test(is_fresh),
		cmocka_unit_test(other_policy), cmocka_unit_test(what_is_the_operators_stays),
		cmocka_unit_test(by_the_template_that_is_for_it), cmocka_unit_test(other_questions),
		cmocka_unit_test(no_dbus),
	};

	return cmocka_run_group_tests_name("vmstate", tests, up, down);
}
