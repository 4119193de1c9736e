// SPDX-License-Identifier: GPL-2.0-only
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "internal.h"

static _Thread_local char message[KVM_ERROR_LEN];

int kvm_fail(int err, const char *format, ...)
{
	va_list args;
	size_t len;

	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	len = strlen(message);
	snprintf(message + len, sizeof(message) - len, ": %s", strerror(err));
	return -err;
}

const char *kvm_error(void)
{
	return message;
}

void kvm_set_error(const char *text)
{
	snprintf(message, sizeof(message), "%s", text);
}
