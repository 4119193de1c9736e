// SPDX-License-Identifier: GPL-2.0-only
#define SD_JOURNAL_SUPPRESS_LOCATION
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <syslog.h>
#include <systemd/sd-journal.h>
#include <unistd.h>

#include "cli/args.h"
#include "host/check.h"
#include "host/journal.h"
#include "host/process.h"

#define SOCKET "/run/systemd/journal/socket"
#define MAX_FIELDS 10

/* The numbers are ours for good: who looks for one kind asks for MESSAGE_ID. */
static const struct {
	const char *id;
	int priority;
} kinds[NR_JOURNAL] = {
	[JOURNAL_POLICY_LOADED] = { "c9a5f5990fd4407eb10da55db6aea6bb", LOG_NOTICE },
	[JOURNAL_POLICY_REFUSED] = { "6c575d3b031f47c48fe1ff78f425bc0c", LOG_WARNING },
	[JOURNAL_POLICY_REPLACED] = { "5dd271ba3c1545d0850924b06fe92501", LOG_NOTICE },
	[JOURNAL_POLICY_UNLOADED] = { "3e2cdcda06b14d8f843865d90179b4d5", LOG_NOTICE },
	[JOURNAL_VM_BOUND] = { "b45b4043054d44fe822419dc0ac63d05", LOG_INFO },
	[JOURNAL_VM_REFUSED] = { "4a81515673ec4243a93ae0ba556147d8", LOG_WARNING },
	[JOURNAL_VM_UNBOUND] = { "c0a3bee617b64793bc1417d5a6197e45", LOG_NOTICE },
	[JOURNAL_VM_PARAM] = { "c9be2234ef694991b303a4606f66c85c", LOG_INFO },
	[JOURNAL_RULES_CHANGED] = { "d69cae20d12f4599b22aea6e394fab26", LOG_INFO },
	[JOURNAL_RULES_FORCED] = { "f31bc6a13ba94e979eb9aa5559646853", LOG_WARNING },
	[JOURNAL_ADMISSION] = { "681625174d984ffdbed8c53c4efd0691", LOG_NOTICE },
};

/* Who has logged in, which sudo and su do not change; where nobody has, who we run as. */
static const char *who(char number[USER_NUMBER_LEN])
{
	char text[16];
	uint32_t uid;

	if (!read_line("/proc/self/loginuid", text, sizeof(text)) || parse_u32(text, &uid) ||
	    uid == UINT32_MAX)
		uid = getuid();
	return user_name(uid, number);
}

/* ---- an entry of the journal ---- */

struct entry {
	struct iovec fields[MAX_FIELDS];
	int nr;
};

__attribute__((format(printf, 2, 3)))
static void add(struct entry *entry, const char *fmt, ...)
{
	struct iovec *field = &entry->fields[entry->nr++];
	char *text;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		abort();
	va_end(ap);
	/* A newline in a value would be a field of its own. */
	text_clean(text, false);
	field->iov_base = text;
	field->iov_len = strlen(text);
}

static void add_if(struct entry *entry, const char *name, const char *value)
{
	if (value && value[0])
		add(entry, "%s=%s", name, value);
}

static void send_entry(enum journal_kind kind, const struct journal_about *about,
		       const char *user, const char *message)
{
	struct entry entry = { .nr = 0 };
	int i;

	add(&entry, "MESSAGE=%s", message);
	add(&entry, "MESSAGE_ID=%s", kinds[kind].id);
	add(&entry, "PRIORITY=%d", kinds[kind].priority);
	add(&entry, "SYSLOG_IDENTIFIER=hcbpf");
	add(&entry, "HCBPF_USER=%s", user);
	if (about->vm)
		add(&entry, "HCBPF_VM=%u", about->vm);
	add_if(&entry, "HCBPF_TAG", about->tag);
	add_if(&entry, "HCBPF_POLICY", about->policy);
	add_if(&entry, "HCBPF_PROFILE", about->profile);
	sd_journal_sendv(entry.fields, entry.nr);
	for (i = 0; i < entry.nr; i++)
		free(entry.fields[i].iov_base);
}

/* ---- a line of syslog ---- */

static void send_line(enum journal_kind kind, const char *user, const char *message)
{
	char *text = strdup(message);

	if (!text)
		abort();
	text_clean(text, false);
	openlog("hcbpf", LOG_PID, LOG_DAEMON);
	syslog(kinds[kind].priority, "%s (by %s)", text, user);
	closelog();
	free(text);
}

/* ---- either ---- */

static void send_either(enum journal_kind kind, const struct journal_about *about, const char *fmt,
			va_list ap)
{
	char number[USER_NUMBER_LEN], *message;
	const char *user = who(number);

	if (vasprintf(&message, fmt, ap) < 0)
		abort();
	if (!access(SOCKET, F_OK))
		send_entry(kind, about, user, message);
	else
		send_line(kind, user, message);
	free(message);
}

void journal_write(enum journal_kind kind, const struct journal_about *about, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	send_either(kind, about, fmt, ap);
	va_end(ap);
}

static void about_vm(enum journal_kind kind, struct hcbpf_vm *vm, const char *fmt, va_list ap)
{
	struct hcbpf_vm_info info = { 0 };
	struct journal_about about = { .vm = hcbpf_vm_id(vm) };

	if (!hcbpf_vm_info(vm, &info)) {
		about.tag = info.tag;
		about.policy = info.policy;
		about.profile = info.profile;
	}
	send_either(kind, &about, fmt, ap);
}

void journal_vm(enum journal_kind kind, struct hcbpf_vm *vm, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	about_vm(kind, vm, fmt, ap);
	va_end(ap);
}

uint32_t journal_forced(struct hcbpf_vm *vm)
{
	struct hcbpf_vm_info info;

	return hcbpf_vm_info(vm, &info) ? 0 : info.rules_forced;
}

void journal_rules(struct hcbpf_vm *vm, uint32_t forced_before, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	about_vm(journal_forced(vm) != forced_before ? JOURNAL_RULES_FORCED :
						       JOURNAL_RULES_CHANGED, vm, fmt, ap);
	va_end(ap);
}
