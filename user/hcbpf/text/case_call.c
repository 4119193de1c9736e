// SPDX-License-Identifier: GPL-2.0-only
/* Of a step: the call, and the guest's memory that its arguments name. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "text/abi_names.h"
#include "text/case_step.h"

/* ---- the call ---- */

static int set_abi(struct reader *r, const config_setting_t *s, struct step *step)
{
	uint32_t abi = 0;
	int err = get_word(r, s, "an ABI", abi_by_name, &abi);

	if (!err && abi == HCBPF_ABI_AUTO)
		return complain(r, s, "a call has one ABI");
	step->env.test.call.abi = abi;
	return err;
}

static int set_nr(struct reader *r, const config_setting_t *s, struct step *step)
{
	const char *text = config_setting_get_string(s);
	uint32_t nr;

	if (!text || text_number(text, &step->env.test.call.nr))
		return get_number(r, s, &step->env.test.call.nr);
	if (call_by_name(step->env.test.call.abi, text, &nr))
		return complain(r, s, "\"%s\" is not a call of ABI %s; say `abi` before `nr`", text,
				abi_name(step->env.test.call.abi));
	step->env.test.call.nr = nr;
	return 0;
}

static int set_args(struct reader *r, const config_setting_t *s, struct step *step)
{
	int i, err = get_list(r, s, 6);

	memset(step->env.test.call.args, 0, sizeof(step->env.test.call.args));
	for (i = 0; !err && i < config_setting_length(s); i++)
		err = get_number(r, config_setting_get_elem(s, i), &step->env.test.call.args[i]);
	return err;
}

static int set_mode(struct reader *r, const config_setting_t *s, struct step *step)
{
	uint32_t mode = 0;
	int err = get_u32(r, s, &mode);

	if (!err && mode != 32 && mode != 64)
		return complain(r, s, "mode is 32 or 64");
	step->env.test.call.mode = mode == 64 ? HCBPF_MODE_64 : HCBPF_MODE_32;
	return err;
}

static int set_user(struct reader *r, const config_setting_t *s, struct step *step)
{
	if (config_setting_type(s) != CONFIG_TYPE_BOOL)
		return complain(r, s, "user is true or false");
	step->env.test.call.user = config_setting_get_bool(s);
	return 0;
}

static int set_vcpu(struct reader *r, const config_setting_t *s, struct step *step)
{
	return get_u32(r, s, &step->env.test.call.vcpu_id);
}

int set_call(struct reader *r, const config_setting_t *s, struct step *step)
{
	static const struct member members[] = {
		{ "abi", set_abi }, { "nr", set_nr }, { "args", set_args }, { "mode", set_mode },
		{ "user", set_user }, { "vcpu", set_vcpu }, { 0 }
	};

	return get_group(r, s, members, step);
}

/* ---- guest memory ---- */

static int set_addr(struct reader *r, const config_setting_t *s, struct step *step)
{
	return get_number(r, s, &step->env.test.mem_addr);
}

static int set_words(struct reader *r, const config_setting_t *s, struct step *step)
{
	struct hcbpf_test_call *test = &step->env.test;
	int i, err = get_list(r, s, HCBPF_TEST_MEM / 4);
	uint32_t word;

	for (i = 0; !err && i < config_setting_length(s); i++) {
		err = get_u32(r, config_setting_get_elem(s, i), &word);
		memcpy(test->mem + 4 * i, &word, sizeof(word));
	}
	test->mem_len = 4 * config_setting_length(s);
	return err;
}

static int set_hex(struct reader *r, const config_setting_t *s, struct step *step)
{
	const char *text = config_setting_get_string(s);
	struct hcbpf_test_call *test = &step->env.test;

	test->mem_len = 0;
	for (; text && *text; text += 2) {
		if (*text == ' ')
			text++;
		if (test->mem_len == HCBPF_TEST_MEM)
			return complain(r, s, "more than %d bytes", HCBPF_TEST_MEM);
		if (strspn(text, "0123456789abcdefABCDEF") < 2)
			text = NULL;
		else
			sscanf(text, "%2hhx", &test->mem[test->mem_len++]);
		if (!text)
			break;
	}
	return text ? 0 : complain(r, s, "bytes are missing: \"05 00 00 00\"");
}

int set_memory(struct reader *r, const config_setting_t *s, struct step *step)
{
	static const struct member members[] = {
		{ "addr", set_addr }, { "words", set_words }, { "hex", set_hex }, { 0 }
	};

	memset(step->env.test.mem, 0, sizeof(step->env.test.mem));
	step->env.test.mem_len = 0;
	return get_group(r, s, members, step);
}
