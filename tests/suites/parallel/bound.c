// SPDX-License-Identifier: GPL-2.0-only
#include <unistd.h>
#include "bound.h"

/* ---- the calls ---- */

static struct caller_kind kind(bool xen, uint64_t nr, uint64_t a0, uint64_t a1, uint64_t a2)
{
	if (xen)
		return (struct caller_kind){ .rax = nr, .rdi = a0, .rsi = a1, .rdx = a2,
					     .exit_ret = XEN_ANSWER };
	return (struct caller_kind){ .rax = nr, .rbx = a0, .rcx = a1, .rdx = a2,
				     .exit_ret = PLAIN_ANSWER };
}

static struct caller_kind send(bool xen, uint64_t addr, uint32_t port)
{
	return xen ? kind(xen, XEN_HYPERCALL_EVENT_CHANNEL_OP, XEN_EVTCHNOP_SEND, addr, 0) :
		     kind(xen, HCBPF_HC_DOORBELL, port, 0, 0);
}

static void fill_kinds(bool xen, struct caller_kind *kinds)
{
	kinds[INSERT] = kind(xen, HCBPF_HC_BUFFER_INSERT, FAR, GUEST_DATA, SIZE);
	kinds[SEND] = send(xen, GUEST_DATA, PORT);
	kinds[UNSET] = send(xen, GUEST_UNSET, UNSET_PORT);
	kinds[SEND_FAR] = send(xen, FAR, PORT);
	kinds[PURGE] = kind(xen, HCBPF_HC_BUFFER_PURGE, FAR, 0, 0);
	kinds[DOORBELL] = kind(xen, HCBPF_HC_DOORBELL, PORT, 0, 0);
	kinds[DENIED] = kind(xen, NR_DENIED, 0, 0, 0);
	kinds[EXITS] = kind(xen, NR_EXITS, 0, 0, 0);
	kinds[UNKNOWN] = kind(xen, NR_UNKNOWN, 0, 0, 0);
	kinds[ENCRYPT] = kind(xen, NR_MAP_GPA, 0, 64, ENCRYPTED);
	kinds[DECRYPT] = kind(xen, NR_MAP_GPA, 0, 32, 0);
	kinds[NONSENSE] = kind(xen, NR_MAP_GPA, 1, 1, 0);
}

static bool is_signal(enum kind kind)
{
	return kind == SEND || kind == UNSET || kind == SEND_FAR || kind == DOORBELL;
}

/* ---- rules ---- */

int bound_set_rules(struct bound *bound, enum strictness strictness)
{
	LIBHCBPF_OPTS(hcbpf_rules_opts, opts, .flags = HCBPF_RULES_FORCE);
	bool strict = strictness == STRICT_RULES, xen = bound->guest.vm->xen;
	uint8_t abi = xen ? HCBPF_ABI_XEN : HCBPF_ABI_KVM;
	uint8_t otherwise = strict ? HCBPF_RULE_DENY : HCBPF_RULE_PASS;
	const struct hcbpf_rule rules[] = {
		{ .abi = abi, .nr = NR_DENIED, .sub = HCBPF_RULE_ANY, .action = HCBPF_RULE_DENY,
		  .ret = DENIED_RET },
		{ .abi = abi, .nr = NR_EXITS, .sub = HCBPF_RULE_ANY, .action = HCBPF_RULE_EXIT },
		{ .abi = abi, .nr = HCBPF_HC_DOORBELL, .sub = HCBPF_RULE_ANY,
		  .action = HCBPF_RULE_DOORBELL, .otherwise = otherwise,
		  .ret = strict ? UNSET_RET : 0 },
		{ .abi = abi, .nr = HCBPF_HC_BUFFER_INSERT, .sub = HCBPF_RULE_ANY,
		  .action = HCBPF_RULE_BUFFER },
		{ .abi = abi, .nr = HCBPF_HC_BUFFER_PURGE, .sub = HCBPF_RULE_ANY,
		  .action = HCBPF_RULE_BUFFER },
		/* The last one is the ABI's own. */
		xen ? (struct hcbpf_rule){
			.abi = abi, .nr = XEN_HYPERCALL_EVENT_CHANNEL_OP, .sub = XEN_EVTCHNOP_SEND,
			.action = HCBPF_RULE_SEND, .otherwise = otherwise,
			.ret = strict ? UNSET_RET : 0,
		} : (struct hcbpf_rule){
			.abi = abi, .nr = NR_MAP_GPA, .sub = HCBPF_RULE_ANY,
			.action = strict ? HCBPF_RULE_TRACK_EXIT : HCBPF_RULE_TRACK,
			.otherwise = HCBPF_RULE_DENY, .ret = UNTRACKED_RET,
		},
	};

	return hcbpf_rules_set(bound->hc, rules, strictness == NO_RULES ? 0 : ARRAY_LEN(rules),
			       &opts);
}

/* ---- the VM ---- */

void bound_up(struct bound *bound, const struct kvm_vm_conf *conf)
{
	struct caller_kind kinds[NR_KINDS];

	memset(bound, 0, sizeof(*bound));
	fill_kinds(conf->xen, kinds);
	guest_up(&bound->guest, conf, kinds, NR_KINDS);
	put_port(bound->guest.vm, GUEST_DATA, PORT);
	put_port(bound->guest.vm, GUEST_UNSET, UNSET_PORT);
	bound->efd[0] = efd_new();
	bound->efd[1] = efd_new();
}

int bound_bind(struct bound *bound)
{
	LIBHCBPF_OPTS(hcbpf_bind_opts, opts, .policy = bound->policy);
	unsigned int i;
	int err;

	err = hcbpf_vm_bind(bound->guest.vm->fd, &opts, &bound->hc);
	if (err)
		return err;
	for (i = 0; i < ARRAY_LEN(bound->efd) && !err; i++)
		err = hcbpf_vm_set_eventfd(bound->hc, i, bound->efd[i]);
	return err ?: hcbpf_port_set(bound->hc, PORT, 0) ?: bound_set_rules(bound, USUAL_RULES);
}

void bound_down(struct bound *bound)
{
	guest_down(&bound->guest);
	hcbpf_vm_close(bound->hc);
	close(bound->efd[0]);
	close(bound->efd[1]);
}

/* ---- the books ---- */

int bound_read(struct bound *bound, struct books *books)
{
	struct hcbpf_vm_stats stats;
	int err = hcbpf_vm_stats(bound->hc, &stats);

	if (err)
		return err;
	books->done += stats.done;
	books->exits += stats.exits;
	books->passed += stats.pass + stats.user_mode + stats.no_policy;
	books->signals += stats.signals;
	books->gpa_sets += stats.gpa_sets;
	books->gpa_failures += stats.gpa_failures;
	books->senseless += stats.bad_verdict + stats.nested;
	return 0;
}

void bound_take(struct bound *bound)
{
	bound->signals += efd_take(bound->efd[0]) + efd_take(bound->efd[1]);
}

static uint64_t signals_told(const struct guest *guest)
{
	uint64_t signals = 0;
	enum kind kind;

	for (kind = 0; kind < NR_KINDS; kind++)
		if (is_signal(kind))
			signals += guest_answers(guest, kind, 0);
	return signals;
}

/* By KVM's ABI, and what a guest's kernel is told. */
static uint64_t changes_told(const struct guest *guest)
{
	uint64_t changes = 0;
	unsigned int i;

	if (guest->vm->xen)
		return 0;
	for (i = 0; i < guest->vm->nr_vcpus; i++)
		changes += guest->callers[i].kinds[ENCRYPT].exits +
			   guest->callers[i].kinds[DECRYPT].exits;
	return changes + guest_answers(guest, ENCRYPT, 0) + guest_answers(guest, DECRYPT, 0);
}

void bound_expect(struct bound *bound, const struct books *books)
{
	struct totals totals = guest_totals(&bound->guest);

	bound_take(bound);
	assert_int_equal(totals.lost, 0);
	assert_int_equal(totals.made, totals.answered + totals.exits + totals.passed);
	assert_int_equal(totals.answered, books->done);
	assert_int_equal(totals.exits, books->exits);
	assert_true(totals.passed >= books->passed);
	assert_int_equal(signals_told(&bound->guest), books->signals);
	assert_int_equal(bound->signals, books->signals);
	assert_int_equal(changes_told(&bound->guest), books->gpa_sets);
	assert_int_equal(guest_answers(&bound->guest, NONSENSE, -EINVAL), books->gpa_failures);
	assert_int_equal(books->senseless, 0);
}

void bound_expect_all(struct bound *bound)
{
	struct books books = { 0 };

	assert_ok(bound_read(bound, &books));
	bound_expect(bound, &books);
	assert_int_equal(guest_totals(&bound->guest).passed, books.passed);
}
