// SPDX-License-Identifier: GPL-2.0-only
/* Of a step: what must come out. */
#include <errno.h>
#include <string.h>

#include "text/abi_names.h"
#include "text/case_step.h"

/* ---- what is expected ---- */

static int verdict_by_name(const char *name, uint32_t *verdict)
{
	static const char *const names[] = { "pass", "done", "exit", "bad" };

	for (*verdict = 0; *verdict < sizeof(names) / sizeof(names[0]); (*verdict)++)
		if (!strcmp(names[*verdict], name))
			return 0;
	return -EINVAL;
}

static int set_verdict(struct reader *r, const config_setting_t *s, struct step *step)
{
	uint32_t verdict = 0;
	int err = get_word(r, s, "a verdict (pass, done, exit, bad)", verdict_by_name, &verdict);

	step->expect.verdict = verdict;
	return err;
}

static int set_ret(struct reader *r, const config_setting_t *s, struct step *step)
{
	const char *text = config_setting_get_string(s);
	int32_t ret;

	step->expect.has_ret = true;
	if (!text || text_number(text, &step->expect.ret))
		return get_number(r, s, &step->expect.ret);
	if (ret_parse(step->env.test.call.abi, text, &ret))
		return complain(r, s, "\"%s\" is not a result", text);
	step->expect.ret = (int64_t)ret;
	return 0;
}

static int set_signal(struct reader *r, const config_setting_t *s, struct step *step)
{
	uint32_t slot = 0;
	int err = get_u32(r, s, &slot);

	if (!err && slot >= HCBPF_TEST_SLOTS)
		return complain(r, s, "tests have slots 0 to %d", HCBPF_TEST_SLOTS - 1);
	if (!err)
		step->expect.signals[slot]++;
	return err;
}

static int set_signals(struct reader *r, const config_setting_t *s, struct step *step)
{
	step->expect.has_signals = true;
	memset(step->expect.signals, 0, sizeof(step->expect.signals));
	return set_each(r, s, HCBPF_TEST_SLOTS, set_signal, step);
}

static int set_one_set(struct reader *r, const config_setting_t *s, struct step *step)
{
	return get_pages(r, s, &step->expect.sets[step->expect.nr_sets++]);
}

static int set_sets(struct reader *r, const config_setting_t *s, struct step *step)
{
	step->expect.has_sets = true;
	step->expect.nr_sets = 0;
	return set_each(r, s, HCBPF_TEST_SETS, set_one_set, step);
}

/* A new expectation has nothing of the one before it. */
int set_expect(struct reader *r, const config_setting_t *s, struct step *step)
{
	static const struct member members[] = {
		{ "verdict", set_verdict }, { "ret", set_ret }, { "signals", set_signals },
		{ "sets", set_sets }, { 0 }
	};

	step->expect = (struct expectation){ .verdict = ANY_VERDICT };
	return get_group(r, s, members, step);
}
