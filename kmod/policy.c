// SPDX-License-Identifier: GPL-2.0-only
/*
 * Policies: struct_ops instances of struct hcbpf_ops, known by name.
 *
 * BPF core owns the program and its memory; a module cannot take a reference.
 * So unregistering and replacing unpublish first and then wait for every call
 * that may still be inside, before they return.
 *
 * A policy outlives its program while VMs are bound to its name: their calls
 * pass, and a program loaded under the name later serves them again.
 */
#include <linux/bpf.h>
#include <linux/bpf_verifier.h>
#include <linux/btf.h>
#include <linux/ctype.h>
#include <linux/filter.h>
#include <linux/list.h>
#include <linux/slab.h>
#include "filter.h"
#include "policy.h"

static DEFINE_MUTEX(policies_lock);
static LIST_HEAD(policies);	/* by ascending id */
static u32 last_id;

static struct btf *module_btf;

/* What a program may write of its argument. */
struct writable {
	const char *what;
	u32 from, to;
	const struct btf_type *type;	/* of that struct; set before any use */
};

#define WRITABLE(_type, field) {							\
	.what = "the " #field " field of struct " #_type,				\
	.from = offsetof(struct _type, field), .to = offsetofend(struct _type, field) }

static struct writable writable_ret = WRITABLE(hcbpf_call, ret);
static struct writable writable_template = WRITABLE(hcbpf_admit, template_name);

/* Exactly the names that call.h allows; @name has HCBPF_NAME_LEN bytes. */
bool hcb_name_is_valid(const char *name)
{
	size_t len = strnlen(name, HCBPF_NAME_LEN), i;

	if (!len || len == HCBPF_NAME_LEN)
		return false;
	for (i = 0; i < len; i++)
		if (!isascii(name[i]) || (!isalnum(name[i]) && !strchr("_.-", name[i])))
			return false;
	return true;
}

static const struct hcbpf_ops *policy_ops(const struct hcbpf_policy *policy)
{
	return rcu_dereference_protected(policy->ops, lockdep_is_held(&policies_lock));
}

static struct hcbpf_policy *policy_by_name(const char *name)
{
	struct hcbpf_policy *policy;

	list_for_each_entry(policy, &policies, node)
		if (!strcmp(policy->name, name))
			return policy;
	return NULL;
}

static struct hcbpf_policy *policy_by_ops(const struct hcbpf_ops *ops)
{
	struct hcbpf_policy *policy;

	list_for_each_entry(policy, &policies, node)
		if (policy_ops(policy) == ops)
			return policy;
	return NULL;
}

static struct hcbpf_policy *policy_create(const char *name)
{
	struct hcbpf_policy *policy = kzalloc(sizeof(*policy), GFP_KERNEL_ACCOUNT);

	if (!policy)
		return NULL;
	strscpy(policy->name, name, sizeof(policy->name));
	policy->id = ++last_id;
	INIT_LIST_HEAD(&policy->vms);
	list_add_tail(&policy->node, &policies);
	return policy;
}

/* Nothing uses it: no program, no binding, so no call either. */
static void policy_free_unused(struct hcbpf_policy *policy)
{
	if (policy->nr_vms || policy_ops(policy))
		return;
	list_del(&policy->node);
	kfree(policy);
}

/* For a binding, which keeps the policy until hcb_policy_put(). */
struct hcbpf_policy *hcb_policy_get(const char *name)
{
	struct hcbpf_policy *policy;

	mutex_lock(&policies_lock);
	policy = policy_by_name(name);
	if (policy && policy_ops(policy))
		policy->nr_vms++;
	else
		policy = ERR_PTR(-ENOENT);
	mutex_unlock(&policies_lock);
	return policy;
}

/* No call can be inside the policy on behalf of the caller. */
void hcb_policy_put(struct hcbpf_policy *policy)
{
	mutex_lock(&policies_lock);
	policy->nr_vms--;
	policy_free_unused(policy);
	mutex_unlock(&policies_lock);
}

/* ---- what a program is told of VMs ---- */

/*
 * Inside policies_lock: so a VM begins once under each program, and then ends once. Through
 * core's trampoline; the only such call, which the suite `module` knows by its name.
 */
static noinline void tell(void (*operation)(struct hcbpf_vm_event *event),
			  const struct policy_vm *vm)
{
	struct hcbpf_vm_event event = vm->event;

	event.param = READ_ONCE(vm->event.param);
	operation(&event);
}

/* The VM's id is known, and no call of it can come yet. */
void hcb_policy_vm_begin(struct hcbpf_policy *policy, struct policy_vm *vm)
{
	const struct hcbpf_ops *ops;

	mutex_lock(&policies_lock);
	list_add_tail(&vm->node, &policy->vms);
	ops = policy_ops(policy);
	if (ops && ops->vm_begin)
		tell(ops->vm_begin, vm);
	mutex_unlock(&policies_lock);
}

/* No call of it can come any more. */
void hcb_policy_vm_end(struct hcbpf_policy *policy, struct policy_vm *vm)
{
	const struct hcbpf_ops *ops;

	mutex_lock(&policies_lock);
	list_del(&vm->node);
	ops = policy_ops(policy);
	if (ops && ops->vm_end)
		tell(ops->vm_end, vm);
	mutex_unlock(&policies_lock);
}

/* A program is about to get the VMs that are bound to its name. */
static void begin_all(const struct hcbpf_policy *policy, const struct hcbpf_ops *ops)
{
	const struct policy_vm *vm;

	if (!ops->vm_begin)
		return;
	list_for_each_entry(vm, &policy->vms, node) {
		tell(ops->vm_begin, vm);
		cond_resched();
	}
}

/* ---- and asked about them ---- */

static struct hcbpf_policy *policy_with_admit(void)
{
	const struct hcbpf_ops *ops;
	struct hcbpf_policy *policy;

	list_for_each_entry(policy, &policies, node) {
		ops = policy_ops(policy);
		if (ops && ops->admit)
			return policy;
	}
	return NULL;
}

/* By a policy of another name. */
static bool admit_is_taken(const struct hcbpf_ops *ops)
{
	const struct hcbpf_policy *policy = ops->admit ? policy_with_admit() : NULL;

	return policy && strcmp(policy->name, ops->name);
}

/* Through core's trampoline, as tell(). */
static noinline int ask_admit(int (*operation)(struct hcbpf_admit *who), struct hcbpf_admit *who)
{
	return operation(who);
}

int hcb_policy_admit(struct hcbpf_admit *who)
{
	int answer = HCBPF_ADMIT_AS_SAID;
	struct hcbpf_policy *policy;

	mutex_lock(&policies_lock);
	policy = policy_with_admit();
	if (policy)
		answer = ask_admit(policy_ops(policy)->admit, who);
	mutex_unlock(&policies_lock);
	return answer;
}

/* ---- looking at them ---- */

int hcb_policy_next(struct hcbpf_next_policy *next)
{
	const struct hcbpf_ops *ops;
	struct hcbpf_policy *policy;
	int err = -ENOENT;

	mutex_lock(&policies_lock);
	list_for_each_entry(policy, &policies, node) {
		if (policy->id <= next->id)
			continue;
		ops = policy_ops(policy);
		next->id = policy->id;
		next->state = ops ? HCBPF_POLICY_LOADED : 0;
		next->ops_flags = ops ? ops->flags : 0;
		next->nr_vms = policy->nr_vms;
		next->generation = policy->generation;
		memcpy(next->name, policy->name, sizeof(next->name));
		err = 0;
		break;
	}
	mutex_unlock(&policies_lock);
	return err;
}

u32 hcb_policy_count(void)
{
	struct hcbpf_policy *policy;
	u32 count = 0;

	mutex_lock(&policies_lock);
	list_for_each_entry(policy, &policies, node)
		count += !!policy_ops(policy);
	mutex_unlock(&policies_lock);
	return count;
}

/* ---- what BPF core calls ---- */

static int ops_init(struct btf *btf)
{
	module_btf = btf;
	return 0;
}

static bool ops_is_valid_access(int off, int size, enum bpf_access_type type,
				const struct bpf_prog *prog, struct bpf_insn_access_aux *info)
{
	return bpf_tracing_btf_ctx_access(off, size, type, prog, info);
}

static bool is_of(const struct writable *writable, const struct bpf_reg_state *reg)
{
	return btf_type_by_id(reg->btf, reg->btf_id) == READ_ONCE(writable->type);
}

/* A policy writes its result and nothing else. */
static int ops_btf_struct_access(struct bpf_verifier_log *log, const struct bpf_reg_state *reg,
				 int off, int size)
{
	const struct writable *writable = is_of(&writable_template, reg) ? &writable_template :
					  &writable_ret;

	if (!is_of(writable, reg)) {
		bpf_log(log, "only struct hcbpf_call and struct hcbpf_admit may be written\n");
		return -EACCES;
	}
	if (off < (int)writable->from || off + size > (int)writable->to) {
		bpf_log(log, "only %s may be written\n", writable->what);
		return -EACCES;
	}
	return SCALAR_VALUE;
}

static const struct bpf_verifier_ops ops_verifier = {
	.get_func_proto = bpf_base_func_proto,
	.is_valid_access = ops_is_valid_access,
	.btf_struct_access = ops_btf_struct_access,
};

/*
 * Learn which program is behind the operation: dispatch runs it itself, for less
 * than core's trampoline does. At this point it is a file descriptor that core is
 * about to look at. Core's reference lasts as long as @to, so ours can go.
 */
static int learn_program(struct hcbpf_ops *to, const struct hcbpf_ops *from)
{
	struct bpf_prog *prog;
	int fd = (unsigned long)from->hypercall;

	if (!fd)
		return 0;	/* ops_validate() refuses it */
	prog = bpf_prog_get_type_dev(fd, BPF_PROG_TYPE_STRUCT_OPS, false);
	if (IS_ERR(prog))
		return PTR_ERR(prog);
	to->prog = prog;
	to->prog_id = prog->aux->id;
	bpf_prog_put(prog);
	return 0;
}

/*
 * Core has put its program's id in place of the file descriptor. Another one
 * than ours: somebody exchanged the file in between, and core's reference is
 * not to what we have learnt.
 */
static bool program_is_cores(const struct hcbpf_ops *to, const struct hcbpf_ops *from)
{
	return (unsigned long)from->hypercall == to->prog_id;
}

/* 1: the field's value is taken; 0: let core handle it (function pointers). */
static int ops_init_member(const struct btf_type *t, const struct btf_member *member,
			   void *kdata, const void *udata)
{
	const struct hcbpf_ops *from = udata;
	struct hcbpf_ops *to = kdata;

	switch (__btf_member_bit_offset(t, member) / 8) {
	case offsetof(struct hcbpf_ops, hypercall):
		return learn_program(to, from);
	case offsetof(struct hcbpf_ops, flags):
		if (from->flags & ~HCBPF_OPS_USER || !program_is_cores(to, from))
			return -EINVAL;
		to->flags = from->flags;
		return 1;
	case offsetof(struct hcbpf_ops, name):
		if (!hcb_name_is_valid(from->name))
			return -EINVAL;
		memcpy(to->name, from->name, sizeof(to->name));
		return 1;
	case offsetof(struct hcbpf_ops, nr_calls):
		if (from->nr_calls > HCBPF_OPS_CALLS)
			return -EINVAL;
		to->nr_calls = from->nr_calls;
		return 1;
	case offsetof(struct hcbpf_ops, calls):
		memcpy(to->calls, from->calls, sizeof(to->calls));
		return 1;
	}
	return 0;
}

/*
 * hcbpf_ops.hypercall is a pointer to a function whose first parameter is a
 * pointer to a struct hcbpf_call, and admit likewise. Not through BTF_ID: in a module whose BTF has
 * a base of its own (pahole since 1.28), core renumbers the types when it loads
 * the module, but not a list of ours.
 */
static const struct btf_type *argument_of(const struct btf_member *operation)
{
	const struct btf_type *type = btf_type_by_id(module_btf, operation->type);

	type = btf_type_by_id(module_btf, type->type);
	type = btf_type_by_id(module_btf, btf_params(type)[0].type);
	return btf_type_by_id(module_btf, type->type);
}

/* Called for each program before the verifier looks into it. */
static int ops_check_member(const struct btf_type *t, const struct btf_member *member,
			    const struct bpf_prog *prog)
{
	if (prog->sleepable)
		return -EINVAL;
	switch (__btf_member_bit_offset(t, member) / 8) {
	case offsetof(struct hcbpf_ops, hypercall):
		WRITE_ONCE(writable_ret.type, argument_of(member));
		return 0;
	case offsetof(struct hcbpf_ops, admit):
		WRITE_ONCE(writable_template.type, argument_of(member));
		return 0;
	case offsetof(struct hcbpf_ops, vm_begin):
	case offsetof(struct hcbpf_ops, vm_end):
		return 0;
	default:
		return -EINVAL;
	}
}

/* All members are set: the last look before the policy is registered. */
static int ops_validate(void *kdata)
{
	struct hcbpf_ops *ops = kdata;
	u32 i;

	if (!ops->hypercall || !ops->name[0])
		return -EINVAL;
	ops->filter = ops->nr_calls ? 0 : ~0ULL;
	for (i = 0; i < ops->nr_calls; i++)
		ops->filter |= hcb_filter_bit(ops->calls[i]);
	return 0;
}

static int ops_reg(void *kdata, struct bpf_link *link)
{
	struct hcbpf_ops *ops = kdata;
	struct hcbpf_policy *policy;
	int err = 0;

	mutex_lock(&policies_lock);
	policy = policy_by_name(ops->name);
	if (policy && policy_ops(policy)) {
		err = -EEXIST;
	} else if (admit_is_taken(ops)) {
		err = -EBUSY;
	} else if (!policy && !(policy = policy_create(ops->name))) {
		err = -ENOMEM;
	} else {
		policy->generation++;
		begin_all(policy, ops);
		rcu_assign_pointer(policy->ops, ops);
	}
	mutex_unlock(&policies_lock);
	return err;
}

static void ops_unreg(void *kdata, struct bpf_link *link)
{
	struct hcbpf_policy *policy;

	mutex_lock(&policies_lock);
	policy = policy_by_ops(kdata);
	if (!WARN_ON_ONCE(!policy)) {
		rcu_assign_pointer(policy->ops, NULL);
		synchronize_rcu();
		policy_free_unused(policy);
	}
	mutex_unlock(&policies_lock);
}

static int ops_update(void *kdata, void *old_kdata, struct bpf_link *link)
{
	struct hcbpf_ops *ops = kdata;
	struct hcbpf_policy *policy;
	int err = 0;

	mutex_lock(&policies_lock);
	policy = policy_by_ops(old_kdata);
	if (!policy) {
		err = -ENOENT;
	} else if (strcmp(policy->name, ops->name)) {
		err = -EINVAL;
	} else if (admit_is_taken(ops)) {
		err = -EBUSY;
	} else {
		policy->generation++;
		begin_all(policy, ops);
		rcu_assign_pointer(policy->ops, ops);
		synchronize_rcu();
	}
	mutex_unlock(&policies_lock);
	return err;
}

static int stub_hypercall(struct hcbpf_call *call)
{
	return HCBPF_PASS;
}

static void stub_vm_event(struct hcbpf_vm_event *event)
{
}

static int stub_admit(struct hcbpf_admit *who)
{
	return HCBPF_ADMIT_AS_SAID;
}

static struct hcbpf_ops stubs = {
	.hypercall = stub_hypercall,
	.vm_begin = stub_vm_event,
	.vm_end = stub_vm_event,
	.admit = stub_admit,
};

static struct bpf_struct_ops struct_ops = {
	.name = "hcbpf_ops",
	.owner = THIS_MODULE,
	.cfi_stubs = &stubs,
	.verifier_ops = &ops_verifier,
	.init = ops_init,
	.init_member = ops_init_member,
	.check_member = ops_check_member,
	.validate = ops_validate,
	.reg = ops_reg,
	.unreg = ops_unreg,
	.update = ops_update,
};

int hcb_policy_init(void)
{
	return register_bpf_struct_ops(&struct_ops, hcbpf_ops);
}
