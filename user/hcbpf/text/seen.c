// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "text/seen.h"

#define BAR 53

bool seen_is_other(const struct hcbpf_seen *seen)
{
	return seen->abi == HCBPF_ABI_AUTO;
}

const char *seen_abi(const struct hcbpf_seen *seen)
{
	return seen_is_other(seen) ? NULL : abi_name(seen->abi) ?: "?";
}

void seen_text(char text[NAMES_TEXT], const struct hcbpf_seen *seen)
{
	if (seen_is_other(seen))
		strcpy(text, "other");
	else if (abi_name(seen->abi) && seen->nr != HCBPF_RULE_ANY)
		call_text(text, seen->abi, seen->nr, seen->sub);
	else	/* of a module newer than we are; or a number that stands for all others elsewhere */
		snprintf(text, NAMES_TEXT, "0x%x", seen->nr);
}

/* ---- how many ---- */

uint64_t seen_calls(const struct hcbpf_seen *seen)
{
	return seen->count[HCBPF_PASS] + seen->count[HCBPF_DONE] + seen->count[HCBPF_EXIT];
}

uint64_t seen_all_calls(const struct hcbpf_calls *calls)
{
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < calls->nr; i++)
		sum += seen_calls(&calls->kinds[i]);
	return sum;
}

const struct hcbpf_seen *seen_find(const struct hcbpf_calls *calls, const struct hcbpf_seen *seen)
{
	const struct hcbpf_seen *kind;

	for (kind = calls->kinds; kind < calls->kinds + calls->nr; kind++)
		if (kind->abi == seen->abi && kind->nr == seen->nr && kind->sub == seen->sub)
			return kind;
	return NULL;
}

static uint64_t since(uint64_t now, uint64_t before)
{
	return now < before ? now : now - before;
}

struct hcbpf_seen seen_since(const struct hcbpf_seen *now, const struct hcbpf_seen *before)
{
	struct hcbpf_seen seen = *now;
	int i;

	if (!before || seen_calls(before) > seen_calls(now))
		return seen;
	for (i = 0; i < 3; i++)
		seen.count[i] = since(now->count[i], before->count[i]);
	for (i = 0; i < HCBPF_SEEN_TIMES; i++)
		seen.times[i] = since(now->times[i], before->times[i]);
	return seen;
}

/* ---- how long ---- */

int seen_bucket(const struct hcbpf_seen *seen, unsigned int percent)
{
	uint64_t sum = 0, so_far = 0, wanted;
	int i;

	for (i = 0; i < HCBPF_SEEN_TIMES; i++)
		sum += seen->times[i];
	/* Rounded up; 128 bits, since the guest may have made any number. */
	wanted = ((__uint128_t)sum * percent + 99) / 100;
	for (i = 0; i < HCBPF_SEEN_TIMES && sum; i++) {
		so_far += seen->times[i];
		if (so_far >= wanted)
			return i;
	}
	return -1;
}

uint64_t seen_end_ns(const struct hcbpf_calls *calls, int bucket)
{
	return bucket == HCBPF_SEEN_TIMES - 1 ? 0 : hcbpf_calls_ns(calls, bucket);
}

static void ns_text(char text[NS_TEXT], const char *before, uint64_t ns)
{
	static const char *const units[] = { "ns", "us", "ms", "s" };
	double value = ns;
	int unit = 0;

	while (value >= 999.5 && unit < 3) {
		value /= 1000;
		unit++;
	}
	snprintf(text, NS_TEXT, "%s%.*f%s", before, unit && value < 9.95 ? 1 : 0, value, units[unit]);
}

const char *seen_end_text(char text[NS_TEXT], const struct hcbpf_calls *calls, int bucket)
{
	if (bucket < 0)
		strcpy(text, "-");
	else if (bucket == HCBPF_SEEN_TIMES - 1)
		ns_text(text, ">", hcbpf_calls_ns(calls, bucket - 1));
	else
		ns_text(text, "", seen_end_ns(calls, bucket));
	return text;
}

/* ---- as a picture ---- */

static void put_bar(FILE *to, const char *label, uint64_t calls, uint64_t most, bool utf8)
{
	unsigned int len = ((__uint128_t)calls * BAR + most - 1) / most;

	fprintf(to, "  %6s %15llu%s", label, (unsigned long long)calls, len ? "  " : "");
	while (len--)
		fputs(utf8 ? "█" : "#", to);
	fputc('\n', to);
}

void seen_bars(FILE *to, const struct hcbpf_calls *calls, const struct hcbpf_seen *seen, bool utf8)
{
	int first = HCBPF_SEEN_TIMES, last = -1, i;
	char label[NS_TEXT];
	uint64_t most = 0;

	for (i = 0; i < HCBPF_SEEN_TIMES; i++) {
		if (!seen->times[i])
			continue;
		first = first < i ? first : i;
		last = i;
		most = most > seen->times[i] ? most : seen->times[i];
	}
	for (i = first; i <= last; i++)
		put_bar(to, seen_end_text(label, calls, i), seen->times[i], most, utf8);
}
