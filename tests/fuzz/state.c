// SPDX-License-Identifier: GPL-2.0-only
/*
 * Files of a VM's state, with a checksum that is right, or nothing behind it would be
 * looked at: what is taken is written again as it was.
 */
#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "../../user/libhcbpf/state_format.h"
#include "seed.h"

#define CRC offsetof(struct hcbpf_state_header, crc)

static struct hcbpf_rule rules[] = {
	{ .abi = HCBPF_ABI_KVM, .nr = 5, .action = HCBPF_RULE_DENY, .ret = -1 },
	{ .abi = HCBPF_ABI_XEN, .nr = 32, .sub = 4, .action = HCBPF_RULE_SEND },
};
static struct hcbpf_saved_port set[2];
static struct hcbpf_buffer buffers[] = { { .va = 0x1000, .gpa = 0x2000, .size = 64, .vcpu = 3 } };
static struct hcbpf_gpa_range ranges[] = { { .gfn = 1, .npages = 2, .attr = 6 } };
static struct hcbpf_gpa_snapshot attributes = { .nr = 1, .ranges = ranges };
static struct hcbpf_saved saved = {
	.policy = "standard", .tag = "t", .profile = "p", .abi = HCBPF_ABI_XEN, .nr_ports = 100,
	.nr_rules = 2, .rules = rules, .nr_set = 2, .set = set, .nr_buffers = 1,
	.buffers = buffers, .attributes = &attributes, .param = 1,
};

size_t fuzz_seed(uint8_t *to, size_t room)
{
	void *data;
	size_t size;

	set[0] = (struct hcbpf_saved_port){ 1, hcbpf_port_make(HCBPF_PORT_EVENTFD, 0) };
	set[1] = (struct hcbpf_saved_port){ 99, hcbpf_port_make(HCBPF_PORT_EVENTFD, 99) };
	if (state_format_make(&saved, &data, &size) || size > room)
		abort();
	memcpy(to, data, size);
	free(data);
	return size;
}

static void set_checksum(uint8_t *data, size_t size)
{
	uint32_t crc;

	if (size < sizeof(struct hcbpf_state_header))
		return;
	memset(data + CRC, 0, sizeof(crc));
	crc = htole32(crc32_z(crc32(0, NULL, 0), data, size));
	memcpy(data + CRC, &crc, sizeof(crc));
}

/* Sections may have come in another order, and some say nothing: written again it is stable. */
static void write_again(struct hcbpf_saved *taken)
{
	struct hcbpf_saved *again;
	void *data, *data2;
	size_t size, size2;
	int err = state_format_make(taken, &data, &size);

	if (err == -EINVAL)
		return;		/* a word that is not known here */
	if (err || hcbpf_state_read(data, size, &again, NULL) ||
	    state_format_make(again, &data2, &size2) || size != size2 || memcmp(data, data2, size))
		abort();
	hcbpf_state_free(again);
	free(data);
	free(data2);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct hcbpf_state_error error = { 0 };
	uint8_t *copy = malloc(size ? size : 1);
	struct hcbpf_saved *taken;

	if (!copy)
		abort();
	memcpy(copy, data, size);
	set_checksum(copy, size);
	if (!hcbpf_state_read(copy, size, &taken, &error)) {
		write_again(taken);
		hcbpf_state_free(taken);
	} else if (!error.text[0]) {
		abort();
	}
	free(copy);
	return 0;
}
