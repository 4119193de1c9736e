// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/* What every request to the module is made with. Needs no other file of the library. */
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>

#include "internal.h"

int hcbpf_ioctl(int fd, unsigned long request, void *arg)
{
	int ret = ioctl(fd, request, arg);

	return ret < 0 ? -errno : ret;
}

int hcbpf_opts_copy(void *dst, size_t dst_size, const void *opts)
{
	const unsigned char *bytes = opts;
	size_t size, i;

	memset(dst, 0, dst_size);
	if (!opts)
		return 0;
	memcpy(&size, opts, sizeof(size));
	if (size < sizeof(size))
		return -EINVAL;
	for (i = dst_size; i < size; i++)
		if (bytes[i])
			return -E2BIG;
	memcpy(dst, opts, size < dst_size ? size : dst_size);
	return 0;
}

int hcbpf_name_copy(char dst[HCBPF_NAME_LEN], const char *src)
{
	size_t len = strnlen(src, HCBPF_NAME_LEN);

	if (len == HCBPF_NAME_LEN)
		return -EINVAL;
	memcpy(dst, src, len + 1);
	return 0;
}
