// SPDX-License-Identifier: GPL-2.0-only
/* Files of profiles: what is taken is whole, what is refused is so for a reason. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "seed.h"
#include "text/profile_file.h"
#include "text/rules.h"

#define SEED									\
	"version: 1\nname: fuzz\ndescription: d\nunknown: pass\ninclude: [inner]\n"	\
	"kvm:\n  rules:\n    - {call: 7, action: deny, ret: -1}\n"		\
	"  default: exit\n"							\
	"xen:\n  rules:\n    - call: event_channel_op\n      op: send\n"		\
	"      action: send\n      otherwise: deny\n      user: deny\n"

size_t fuzz_seed(uint8_t *to, size_t room)
{
	return snprintf((char *)to, room, "%s", SEED);
}

static void check(const struct profile *profile)
{
	size_t i;

	for (i = 0; i < profile->nr; i++)
		if (rule_problem(&profile->rules[i]) ||
		    (i && rule_order(&profile->rules[i - 1], &profile->rules[i]) >= 0))
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1), error[PROFILE_ERROR] = "";
	const struct profile_text built_in[] = {
		{ "fuzz", text }, { "inner", "version: 1\nname: inner\n" }, { NULL, NULL }
	};
	static const char *const dirs[] = { NULL };
	const struct profile_env env = { .dirs = dirs, .built_in = built_in };
	struct profile profile;

	if (!text)
		abort();
	memcpy(text, data, size);
	text[size] = '\0';
	if (!profile_load(&profile, "fuzz", &env, error)) {
		check(&profile);
		profile_free(&profile);
	} else if (!error[0]) {
		abort();
	}
	free(text);
	return 0;
}
