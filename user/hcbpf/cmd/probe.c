// SPDX-License-Identifier: GPL-2.0-only
/* probe: what this machine can do, and what it lacks. */
#include <stdio.h>
#include <stdlib.h>

#include "cli/command.h"
#include "cli/output.h"
#include "host/check.h"

static const struct {
	const char *name;
	check_fn *fn;
} checks[] = {
	{ "privileges", check_root },
	{ "kernel", check_kernel },
	{ "kernel BTF", check_btf },
	{ "BPF JIT", check_jit },
	{ "struct_ops", check_struct_ops },
	{ "BPF file system", check_bpffs },
	{ "pins", check_pins },
	{ "ftrace", check_ftrace },
	{ "live patches", check_livepatch },
	{ "KVM", check_kvm },
	{ "KVM for this CPU", check_kvm_vendor },
	{ "KVM functions", check_kvm_exports },
	{ "module", check_module },
	{ "signature", check_signature },
	{ "module BTF", check_module_btf },
	{ "device", check_device },
	{ "admission", check_admission },
};

static const char *state_word(enum check_state state)
{
	return state == CHECK_OK ? "ok" : state == CHECK_NO ? "no" : "?";
}

/* ok is null when it cannot be told. */
static struct json_object *check_json(const char *name, const struct check *check)
{
	struct json_object *object = json_object_new_object();

	add_text(object, "check", name);
	json_object_object_add(object, "ok", check->state == CHECK_UNKNOWN ? NULL :
			       json_object_new_boolean(check->state == CHECK_OK));
	add_text(object, "detail", check->detail);
	add_text(object, "remedy", check->remedy);
	return object;
}

static void print_check(const char *name, const struct check *check)
{
	printf("%-3s %-17s %s%s%s\n", state_word(check->state), name, check->detail,
	       check->remedy[0] ? "; " : "", check->remedy);
}

int probe_run(const struct args *args)
{
	struct json_object *list = json_object_new_array();
	int status = EXIT_SUCCESS;
	struct check check;
	size_t i;

	(void)args;
	for (i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
		checks[i].fn(&check);
		if (check.state == CHECK_NO)
			status = EXIT_FAILURE;
		if (!out_is_json())
			print_check(checks[i].name, &check);
		json_object_array_add(list, check_json(checks[i].name, &check));
	}
	out_list(list);
	return status;
}
