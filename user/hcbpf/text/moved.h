/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A VM's state (<hcbpf/state.h>) as it goes through QEMU's migration stream: a header, then
 * the state compressed by zlib. No function here prints or keeps state.
 */
#ifndef MOVED_H
#define MOVED_H

#include <stddef.h>
#include <linux/types.h>

#define MOVED_MAGIC "hcbpf\r\x1amv"	/* eight bytes, no NUL behind them */
#define MOVED_MAGIC_LEN 8
#define MOVED_VERSION 1
/* QEMU carries 1 MiB of all that its bus gives it, with names and lengths around it. */
#define MOVED_MAX ((1U << 20) - 64)
#define MOVED_ERROR 128

/* Every number is little-endian. */
struct moved_header {
	__u8 magic[MOVED_MAGIC_LEN];
	__le32 version;		/* MOVED_VERSION */
	__le32 arch;		/* as in ELF (e_machine): 62 x86-64, 183 AArch64 */
	__le64 length;		/* bytes of the whole, header included */
	__le64 state_size;	/* of the state, 0: the VM is not bound */
	__le32 reserved;	/* 0 */
	__le32 crc;		/* CRC-32 (IEEE 802.3) of the whole, with this field 0 */
};

/* *@data, of *@size bytes, is to be freed; it may be larger than MOVED_MAX. 0 or -ENOMEM. */
int moved_pack(const void *state, size_t state_size, void **data, size_t *size);

/*
 * The other way round; *@state is NULL if the VM was not bound. -EBADMSG: it was refused, and
 * @error, a clause, says why; -ENOMEM.
 */
int moved_unpack(const void *data, size_t size, void **state, size_t *state_size,
		 char error[MOVED_ERROR]);

#endif /* MOVED_H */
