// SPDX-License-Identifier: GPL-2.0-only
#include <hcbpf/guest.h>
#include <string.h>
#include <unistd.h>
#include "requests.h"

#define PORTS_OF_A_PAGE 512
#define MOST_PORTS (1U << 20)
/* What an ordinary user may allow a guest: the module's parameter max_buffers. */
#define MAX_BUFFERS 64

#define offsetofend(type, member) (offsetof(type, member) + sizeof(((type *)0)->member))

static bool mostly(struct seat *seat)
{
	return chance_percent(&seat->chance, 85);
}

static uint32_t below(struct seat *seat, uint32_t n)
{
	return chance_below(&seat->chance, n);
}

/* ---- on the device ---- */

static void name_policy(struct seat *seat, char *name)
{
	static const char *const others[] = { "", "nobody", "no/name", "standard\n" };

	if (mostly(seat))
		strcpy(name, "standard");
	else if (chance_percent(&seat->chance, 20))
		memset(name, 'a', HCBPF_NAME_LEN);	/* without an end */
	else
		strcpy(name, others[below(seat, ARRAY_LEN(others))]);
}

static void fill_bind(struct seat *seat, void *arg, void *list, uint32_t nr)
{
	struct hcbpf_bind *bind = arg;

	(void)list;
	(void)nr;
	bind->vm_fd = files_any(mostly(seat) ? VMS : below(seat, NR_FILES), &seat->chance);
	bind->abi = mostly(seat) ? HCBPF_ABI_AUTO : below(seat, HCBPF_NR_ABIS + 1);
	bind->nr_ports = mostly(seat) ? below(seat, 2) * PORTS_OF_A_PAGE :
		chance_one_of(&seat->chance, 1, PORTS_OF_A_PAGE + 1, MOST_PORTS, MOST_PORTS + 1,
			      ~0U);
	bind->flags = chance_percent(&seat->chance, 20) ? HCBPF_BIND_ENCRYPTED : 0;
	bind->flags |= chance_percent(&seat->chance, 20) ? HCBPF_BIND_TEST : 0;
	name_policy(seat, bind->policy);
	if (!mostly(seat))
		name_policy(seat, bind->tag);
}

static void fill_open(struct seat *seat, void *arg, void *list, uint32_t nr)
{
	struct hcbpf_open *open = arg;

	(void)list;
	(void)nr;
	open->vm_fd = files_any(mostly(seat) ? VMS : below(seat, NR_FILES), &seat->chance);
}

static void fill_open_by_id(struct seat *seat, void *arg, void *list, uint32_t nr)
{
	struct hcbpf_open *open = arg;

	(void)list;
	(void)nr;
	open->vm_fd = -1;
	open->id = below(seat, 100);
}

static void fill_next_vm(struct seat *seat, void *arg, void *list, uint32_t nr)
{
	struct hcbpf_next_vm *next = arg;

	(void)list;
	(void)nr;
	next->id = below(seat, 100);
}

static void fill_next_policy(struct seat *seat, void *arg, void *list, uint32_t nr)
{
	struct hcbpf_next_policy *next = arg;

	(void)list;
	(void)nr;
	next->id = mostly(seat) ? 0 : below(seat, 4);
}

/* Half of them would switch admission off. */
static void fill_admission(struct seat *seat, void *arg, void *list, uint32_t nr)
{
	struct hcbpf_admission *admission = arg;

	(void)list;
	(void)nr;
	admission->nr_templates = below(seat, 2);
}

#define ASKING(request, type, last)						\
	.what = request, .size = sizeof(struct type), .first_size = offsetofend(struct type, last)

const struct asking ask_info = {
	ASKING(HCBPF_GET_INFO, hcbpf_info, nr_policies), .on = DEVICES,
};
const struct asking ask_bind = {
	ASKING(HCBPF_BIND, hcbpf_bind, tag), .on = DEVICES, .fill = fill_bind,
	.gives = true, .gift = BINDINGS,
};
const struct asking ask_open = {
	ASKING(HCBPF_OPEN, hcbpf_open, id), .on = DEVICES, .fill = fill_open,
	.gives = true, .gift = BINDINGS,
};
const struct asking ask_open_by_id = {
	ASKING(HCBPF_OPEN, hcbpf_open, id), .on = DEVICES, .fill = fill_open_by_id,
	.gives = true, .gift = BINDINGS,
};
const struct asking ask_next_vm = {
	ASKING(HCBPF_NEXT_VM, hcbpf_next_vm, reserved), .on = DEVICES, .fill = fill_next_vm,
};
const struct asking ask_next_policy = {
	ASKING(HCBPF_NEXT_POLICY, hcbpf_next_policy, name), .on = DEVICES,
	.fill = fill_next_policy,
};
const struct asking ask_set_admission = {
	ASKING(HCBPF_SET_ADMISSION, hcbpf_admission, nr_refused), .on = DEVICES,
	.fill = fill_admission,
};
const struct asking ask_get_admission = {
	ASKING(HCBPF_GET_ADMISSION, hcbpf_admission, nr_refused), .on = DEVICES,
};
const struct asking ask_unknown = { ASKING(_IO(HCBPF_IOC, 0x0f), hcbpf_info, nr_policies),
				    .on = DEVICES };

/* ---- on a binding: its VM ---- */

/* Ours: no binding of another user's ever came into our hands. */
static void check_vm_info(const void *answer)
{
	const struct hcbpf_vm_info *info = answer;

	if (info->uid != getuid())
		attack_found("binding %u belongs to user %u", info->id, info->uid);
	if (info->buffer_limit > MAX_BUFFERS)
		attack_found("binding %u: a limit of %u buffers", info->id, info->buffer_limit);
}

static uint32_t some_port(struct seat *seat)
{
	if (mostly(seat))
		return below(seat, PORTS_OF_A_PAGE);
	return chance_one_of(&seat->chance, PORTS_OF_A_PAGE, HCBPF_DEFAULT_PORTS - 1,
			     HCBPF_DEFAULT_PORTS, MOST_PORTS - 1, MOST_PORTS, ~0U);
}

static void fill_set_eventfd(struct seat *seat, void *arg, void *list, uint32_t nr)
{
	struct hcbpf_set_eventfd *set = arg;

	(void)list;
	(void)nr;
	set->slot = chance_percent(&seat->chance, 60) ? below(seat, 10) : some_port(seat);
	set->fd = chance_percent(&seat->chance, 20) ? -1 :
		  files_any(mostly(seat) ? EVENTFDS : below(seat, NR_FILES), &seat->chance);
	set->flags = chance_percent(&seat->chance, 20) ? HCBPF_EVENTFD_NOREPLACE : 0;
}

static void fill_next_port(struct seat *seat, void *arg, void *list, uint32_t nr)
{
	struct hcbpf_next_port *next = arg;

	(void)list;
	(void)nr;
	next->port = mostly(seat) ? 0 : some_port(seat);
}

static void fill_next_eventfd(struct seat *seat, void *arg, void *list, uint32_t nr)
{
	struct hcbpf_next_eventfd *next = arg;

	(void)list;
	(void)nr;
	next->slot = mostly(seat) ? below(seat, 10) : some_port(seat);
}

/* A rule that is right, of some number and action. */
static struct hcbpf_rule some_rule(struct seat *seat, uint32_t nr)
{
	struct hcbpf_rule rule = {
		.abi = 1 + below(seat, HCBPF_NR_ABIS - 1), .nr = nr, .sub = HCBPF_RULE_ANY,
		.action = 1 + below(seat, HCBPF_RULE_TRACK_EXIT),
	};

	if (rule.action >= HCBPF_RULE_SEND)
		rule.otherwise = 1 + below(seat, HCBPF_RULE_EXIT);
	if (chance_percent(&seat->chance, 20))
		rule.user = 1 + below(seat, 2);
	if (rule.action == HCBPF_RULE_DENY || rule.otherwise == HCBPF_RULE_DENY)
		rule.ret = -1 - (int)below(seat, 100);
	return rule;
}

static void fill_set_rules(struct seat *seat, void *arg, void *list, uint32_t nr)
{
	struct hcbpf_rules *rules = arg;
	struct hcbpf_rule *rule = list;
	uint32_t i;

	if (chance_percent(&seat->chance, 40))
		rules->flags = HCBPF_RULES_FORCE;
	if (chance_percent(&seat->chance, 10))
		rules->flags |= HCBPF_RULES_IF_GENERATION;
	rules->generation = below(seat, 4);
	for (i = 0; i < nr; i++)
		rule[i] = some_rule(seat, i + below(seat, 2) * HCBPF_HC_BASE);
	if (!mostly(seat))
		name_policy(seat, rules->profile);
}

static void fill_sdei_signal(struct seat *seat, void *arg, void *list, uint32_t nr)
{
	struct hcbpf_sdei_signal *signal = arg;

	(void)list;
	(void)nr;
	signal->vcpu_id = below(seat, 3);
	signal->event = mostly(seat) ? HCBPF_SDEI_EVENT_SOFTWARE : below(seat, 3);
}

static void fill_sdei_get(struct seat *seat, void *arg, void *list, uint32_t nr)
{
	struct hcbpf_sdei_state *state = arg;

	(void)list;
	(void)nr;
	state->vcpu_id = below(seat, 3);
	state->event = mostly(seat) ? HCBPF_SDEI_EVENT_SOFTWARE : below(seat, 3);
}

const struct asking ask_vm_info = {
	ASKING(HCBPF_VM_GET_INFO, hcbpf_vm_info, pending_exits), .on = BINDINGS,
	.check = check_vm_info,
};
const struct asking ask_vm_stats = {
	ASKING(HCBPF_VM_GET_STATS, hcbpf_vm_stats, exits), .on = BINDINGS,
};
const struct asking ask_set_eventfd = {
	ASKING(HCBPF_VM_SET_EVENTFD, hcbpf_set_eventfd, fd), .on = BINDINGS,
	.fill = fill_set_eventfd,
};
const struct asking ask_next_eventfd = {
	ASKING(HCBPF_VM_NEXT_EVENTFD, hcbpf_next_eventfd, reserved), .on = BINDINGS,
	.fill = fill_next_eventfd,
};
const struct asking ask_next_port = {
	ASKING(HCBPF_VM_NEXT_PORT, hcbpf_next_port, word), .on = BINDINGS, .fill = fill_next_port,
};
const struct asking ask_unbind = { .what = HCBPF_VM_UNBIND, .on = BINDINGS };

#define RULES .list = offsetof(struct hcbpf_rules, rules),			\
	.nr = offsetof(struct hcbpf_rules, nr), .entry = sizeof(struct hcbpf_rule)

const struct asking ask_set_rules = {
	ASKING(HCBPF_VM_SET_RULES, hcbpf_rules, profile), .on = BINDINGS, RULES,
	.fill = fill_set_rules,
};
const struct asking ask_get_rules = {
	ASKING(HCBPF_VM_GET_RULES, hcbpf_rules, profile), .on = BINDINGS, RULES,
};
const struct asking ask_sdei_signal = {
	ASKING(HCBPF_VM_SDEI_SIGNAL, hcbpf_sdei_signal, reserved), .on = BINDINGS,
	.fill = fill_sdei_signal,
};
const struct asking ask_sdei_cancel = {
	ASKING(HCBPF_VM_SDEI_CANCEL, hcbpf_sdei_signal, reserved), .on = BINDINGS,
	.fill = fill_sdei_signal,
};
const struct asking ask_sdei_get = {
	ASKING(HCBPF_VM_SDEI_GET, hcbpf_sdei_state, delivered), .on = BINDINGS,
	.fill = fill_sdei_get,
};
const struct asking ask_vm_unknown = {
	ASKING(_IO(HCBPF_IOC, 0x40), hcbpf_vm_info, pending_exits), .on = BINDINGS,
};

/* ---- on a binding: page attributes ---- */

static void fill_gpa_get(struct seat *seat, void *arg, void *list, uint32_t nr)
{
	struct hcbpf_gpa_get *get = arg;

	(void)list;
	(void)nr;
	get->flags = chance_percent(&seat->chance, 50) ? HCBPF_GPA_FOLLOW : 0;
	get->gfn = mostly(seat) ? 0 :
		   chance_one_of(&seat->chance, 1, HCBPF_GPA_FRAMES - 1, HCBPF_GPA_FRAMES,
				 HCBPF_GPA_FRAMES + 1, ~0ULL);
	get->since = mostly(seat) ? 0 : chance_one_of(&seat->chance, 1, 2, 100, 1ULL << 32, ~0ULL);
}

/* Within 256 MiB, or up to the very end of what there is. */
static struct hcbpf_gpa_range some_range(struct seat *seat)
{
	struct hcbpf_gpa_range range = {
		.gfn = below(seat, 1 << 16), .npages = 1 + below(seat, 3),
		.attr = chance_one_of(&seat->chance, 0, 0, 1, 1, 1, 3, HCBPF_GPA_ATTR_MASK),
	};

	if (chance_percent(&seat->chance, 10))
		range.npages = 1 + below(seat, 1 << 16);
	if (chance_percent(&seat->chance, 2))
		range.npages = HCBPF_GPA_FRAMES - range.gfn;
	return range;
}

static void fill_gpa_set(struct seat *seat, void *arg, void *list, uint32_t nr)
{
	struct hcbpf_gpa_range *range = list;
	uint32_t i;

	(void)arg;
	for (i = 0; i < nr; i++)
		range[i] = some_range(seat);
}

static void fill_gpa_replace(struct seat *seat, void *arg, void *list, uint32_t nr)
{
	struct hcbpf_gpa_set *set = arg;

	set->flags = HCBPF_GPA_REPLACE;
	set->default_attr = below(seat, 2);
	fill_gpa_set(seat, arg, list, nr);
}

static void fill_gpa_notify(struct seat *seat, void *arg, void *list, uint32_t nr)
{
	struct hcbpf_gpa_notify *notify = arg;

	(void)list;
	(void)nr;
	notify->fd = chance_percent(&seat->chance, 20) ? -1 :
		     files_any(mostly(seat) ? EVENTFDS : below(seat, NR_FILES), &seat->chance);
}

#define RANGES(type) .list = offsetof(struct type, ranges),			\
	.nr = offsetof(struct type, nr), .entry = sizeof(struct hcbpf_gpa_range)

const struct asking ask_gpa_get = {
	ASKING(HCBPF_VM_GPA_GET, hcbpf_gpa_get, default_attr), .on = BINDINGS,
	RANGES(hcbpf_gpa_get), .fill = fill_gpa_get,
};
const struct asking ask_gpa_set = {
	ASKING(HCBPF_VM_GPA_SET, hcbpf_gpa_set, generation), .on = BINDINGS,
	RANGES(hcbpf_gpa_set), .fill = fill_gpa_set,
};
const struct asking ask_gpa_replace = {
	ASKING(HCBPF_VM_GPA_SET, hcbpf_gpa_set, generation), .on = BINDINGS,
	RANGES(hcbpf_gpa_set), .fill = fill_gpa_replace,
};
const struct asking ask_gpa_reset = { .what = HCBPF_VM_GPA_RESET, .on = BINDINGS };
const struct asking ask_gpa_notify = {
	ASKING(HCBPF_VM_GPA_NOTIFY, hcbpf_gpa_notify, reserved), .on = BINDINGS,
	.fill = fill_gpa_notify,
};

static void fill_param(struct seat *seat, void *arg, void *list, uint32_t nr)
{
	struct hcbpf_param *param = arg;

	(void)list;
	(void)nr;
	param->param = chance_one_of(&seat->chance, 0, 1, ~0U, 1U << 31);
}

const struct asking ask_set_param = {
	ASKING(HCBPF_VM_SET_PARAM, hcbpf_param, param), .on = BINDINGS, .fill = fill_param,
};

/* ---- on a binding: observing ---- */

static void fill_observe(struct seat *seat, void *arg, void *list, uint32_t nr)
{
	struct hcbpf_observe *observe = arg;

	(void)list;
	(void)nr;
	observe->flags = chance_percent(&seat->chance, 60) ? HCBPF_OBSERVE_ON : 0;
}

static void fill_get_seen(struct seat *seat, void *arg, void *list, uint32_t nr)
{
	struct hcbpf_get_seen *get = arg;

	(void)list;
	get->nr = mostly(seat) ? HCBPF_SEEN_KINDS + 1 : nr;
	get->cpu = mostly(seat) ? below(seat, 2) :
		   chance_one_of(&seat->chance, 8191, 8192, 1U << 31, HCBPF_SEEN_END - 1,
				 HCBPF_SEEN_END);
}

#define SEEN .list = offsetof(struct hcbpf_get_seen, seen),			\
	.nr = offsetof(struct hcbpf_get_seen, nr), .entry = sizeof(struct hcbpf_seen)

const struct asking ask_observe = {
	ASKING(HCBPF_VM_OBSERVE, hcbpf_observe, flags), .on = BINDINGS, .fill = fill_observe,
};
const struct asking ask_get_seen = {
	ASKING(HCBPF_VM_GET_SEEN, hcbpf_get_seen, reserved), .on = BINDINGS, SEEN,
	.fill = fill_get_seen,
};

/* ---- on a binding: hypercall buffers ---- */

static void fill_set_buffers(struct seat *seat, void *arg, void *list, uint32_t nr)
{
	struct hcbpf_buffer *buffer = list;
	uint32_t i;

	(void)arg;
	for (i = 0; i < nr; i++)
		buffer[i] = (struct hcbpf_buffer){
			.va = i * 0x2000, .gpa = below(seat, 1 << 20),
			.size = 1 + below(seat, 0x2000),
			.vcpu = chance_one_of(&seat->chance, 0, 1, 1, 2, 500,
					      HCBPF_BUFFER_ANY_VCPU),
		};
	if (nr && !mostly(seat))
		buffer[nr - 1].vcpu = chance_one_of(&seat->chance, 4095, 4096, ~1U);
}

static void fill_buffer_limit(struct seat *seat, void *arg, void *list, uint32_t nr)
{
	struct hcbpf_buffer_limit *limit = arg;

	(void)list;
	(void)nr;
	limit->limit = mostly(seat) ? MAX_BUFFERS - below(seat, 4) :
		       chance_one_of(&seat->chance, 0, 1, MAX_BUFFERS + 1, 4096, 4097, ~0U);
}

#define BUFFERS .list = offsetof(struct hcbpf_buffers, buffers),		\
	.nr = offsetof(struct hcbpf_buffers, nr), .entry = sizeof(struct hcbpf_buffer)

const struct asking ask_get_buffers = {
	ASKING(HCBPF_VM_GET_BUFFERS, hcbpf_buffers, buffers), .on = BINDINGS, BUFFERS,
};
const struct asking ask_set_buffers = {
	ASKING(HCBPF_VM_SET_BUFFERS, hcbpf_buffers, buffers), .on = BINDINGS, BUFFERS,
	.fill = fill_set_buffers,
};
const struct asking ask_buffer_limit = {
	ASKING(HCBPF_VM_SET_BUFFER_LIMIT, hcbpf_buffer_limit, reserved), .on = BINDINGS,
	.fill = fill_buffer_limit,
};
