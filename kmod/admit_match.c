// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rules of admission. A VMM chooses its command line, and the cgroups below the unit that
 * systemd has delegated to its user. It does not choose its user, nor the unit.
 */
#include <linux/string.h>
#include "admit_match.h"

#define ADMIT_WHERE (HCBPF_ADMIT_CGROUP | HCBPF_ADMIT_UNIT)
#define ADMIT_WHO (HCBPF_ADMIT_USER | ADMIT_WHERE)
#define ADMIT_FLAGS (ADMIT_WHO | HCBPF_ADMIT_NAME | HCBPF_ADMIT_REQUIRED)

/* ---- is a rule one? ---- */

static bool text_is_given(const char *text, size_t room)
{
	return text[0] && memchr(text, '\0', room);
}

/* "/", or components that are each behind a slash. */
static bool path_is_valid(const char *path)
{
	size_t len = strlen(path);

	return path[0] == '/' && !strstr(path, "//") && (len == 1 || path[len - 1] != '/');
}

/* Each of systemd's has a suffix; without one, a rule would silently match nothing. */
static bool unit_is_valid(const char *unit)
{
	const char *dot = strrchr(unit, '.');

	return dot && dot != unit && dot[1] && !strchr(unit, '/');
}

static bool place_is_valid(const struct hcbpf_admit_rule *rule)
{
	const char *place = rule->place;

	switch (rule->flags & ADMIT_WHERE) {
	case 0:
		return !place[0];
	case HCBPF_ADMIT_CGROUP:
		return text_is_given(place, sizeof(rule->place)) && path_is_valid(place);
	case HCBPF_ADMIT_UNIT:
		return text_is_given(place, sizeof(rule->place)) && unit_is_valid(place);
	default:
		return false;
	}
}

bool hcb_admit_rule_is_valid(const struct hcbpf_admit_rule *rule, u32 nr_templates)
{
	if (rule->flags & ~ADMIT_FLAGS || !(rule->flags & ADMIT_WHO) || rule->reserved)
		return false;
	if (rule->template_index >= nr_templates || !place_is_valid(rule))
		return false;
	if (rule->flags & HCBPF_ADMIT_USER ? rule->uid == (u32)-1 : rule->uid)
		return false;
	if (rule->flags & HCBPF_ADMIT_NAME)
		return text_is_given(rule->name, sizeof(rule->name));
	return !rule->name[0];
}

/* ---- does it match? ---- */

/* The cgroup itself, or one below. */
static bool cgroup_matches(const char *place, const char *cgroup)
{
	size_t len = strlen(place);

	if (len == 1)
		return cgroup[0] == '/';
	return !strncmp(cgroup, place, len) && (!cgroup[len] || cgroup[len] == '/');
}

static bool is_slice(const char *component, size_t len)
{
	static const char suffix[] = ".slice";
	const size_t suffix_len = sizeof(suffix) - 1;

	return len > suffix_len && !memcmp(component + len - suffix_len, suffix, suffix_len);
}

/* systemd puts '_' before a name that the kernel, or it, could misunderstand as a cgroup's. */
static bool component_is(const char *component, size_t len, const char *unit)
{
	if (len && component[0] == '_') {
		component++;
		len--;
	}
	return strlen(unit) == len && !memcmp(component, unit, len);
}

/*
 * Slices, and the first that is none, are systemd's own: what is below that may be anybody's,
 * and have any name.
 */
static bool unit_matches(const char *unit, const char *cgroup)
{
	while (*cgroup == '/') {
		size_t len = strcspn(++cgroup, "/");

		if (component_is(cgroup, len, unit))
			return true;
		if (!is_slice(cgroup, len))
			return false;
		cgroup += len;
	}
	return false;
}

static bool rule_matches(const struct hcbpf_admit_rule *rule, const struct admit_facts *facts)
{
	if (rule->flags & HCBPF_ADMIT_USER && rule->uid != facts->uid)
		return false;
	if (rule->flags & HCBPF_ADMIT_CGROUP && !cgroup_matches(rule->place, facts->cgroup))
		return false;
	if (rule->flags & HCBPF_ADMIT_UNIT && !unit_matches(rule->place, facts->cgroup))
		return false;
	return !(rule->flags & HCBPF_ADMIT_NAME) || !strcmp(rule->name, facts->name);
}

u32 hcb_admit_match(const struct hcbpf_admit_rule *rules, u32 nr, const struct admit_facts *facts)
{
	u32 i;

	for (i = 0; i < nr; i++)
		if (rule_matches(&rules[i], facts))
			return i + 1;
	return 0;
}
