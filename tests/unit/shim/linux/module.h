/* SPDX-License-Identifier: GPL-2.0-only */
/* Parameters keep the values that they begin with. */
#ifndef TESTS_UNIT_SHIM_MODULE_H
#define TESTS_UNIT_SHIM_MODULE_H

struct kernel_param {
	unsigned int *value;
};

struct kernel_param_ops {
	int (*set)(const char *text, const struct kernel_param *param);
	int (*get)(char *text, const struct kernel_param *param);
};

static inline int param_set_uint_minmax(const char *text, const struct kernel_param *param,
					unsigned int least, unsigned int most)
{
	return -1;
}

static inline int param_get_uint(char *text, const struct kernel_param *param)
{
	return -1;
}

#define module_param_cb(name, ops, arg, mode) \
	const void *const param_##name[] __attribute__((unused)) = { ops, arg }
#define MODULE_PARM_DESC(name, text) _Static_assert(sizeof(text) > 1, "described")

#endif /* TESTS_UNIT_SHIM_MODULE_H */
