// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/* Claims on ports, by the VM's tag. */
#include <errno.h>

#include "internal.h"

int hcbpf_port_claim(const char *tag, uint32_t port, int efd, struct hcbpf_claim_holder *holder)
{
	struct hcbpf_claim claim = { .size = sizeof(claim), .eventfd = efd, .port = port };
	int fd;

	fd = hcbpf_name_copy(claim.tag, tag);
	if (!fd)
		fd = hcbpf_device_request(HCBPF_CLAIM, &claim);
	if (fd == -EEXIST && holder)
		*holder = (struct hcbpf_claim_holder){ claim.holder_pid, claim.holder_uid };
	return fd;
}
