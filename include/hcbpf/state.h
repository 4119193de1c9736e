/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note OR BSD-2-Clause */
/*
 * The binary format of a VM's state: `hcbpf gpa export`, `hcbpf vm save`, and
 * what a VMM sends to a migration's destination.
 *
 * A header, then sections one after the other, then nothing. Every number is
 * little-endian. Each section starts at a multiple of 8 bytes: its header, its
 * content, and zero bytes up to the next multiple of 8, the last section too.
 *
 * A reader takes all of it or nothing. It refuses, in this order:
 *
 *   what does not begin with the magic             HCBPF_STATE_NOT_STATE
 *   a version that it does not know                HCBPF_STATE_VERSION_UNKNOWN
 *   an impossible header size, length, or count    HCBPF_STATE_MALFORMED
 *   data that ends before @length, or goes on      HCBPF_STATE_TRUNCATED, _TRAILING
 *   a wrong checksum                               HCBPF_STATE_CHECKSUM
 *   another architecture                           HCBPF_STATE_FOREIGN_ARCH
 *   then, section by section,
 *   one that does not fit, with unknown flags or with reserved fields or
 *   padding that are not zero                      HCBPF_STATE_MALFORMED
 *   the second one of its type                     HCBPF_STATE_DUPLICATE_SECTION
 *   one that is not known and critical             HCBPF_STATE_UNKNOWN_SECTION
 *   one that is not as described below             HCBPF_STATE_BAD_SECTION
 *   and what lies behind the last one              HCBPF_STATE_MALFORMED
 *
 * and whoever needs a section that is not there  HCBPF_STATE_MISSING_SECTION
 *
 * To extend it: something that an old reader may ignore is a new section
 * without HCBPF_STATE_CRITICAL, or a new section version of one. Something that
 * it must not ignore is critical. @version is for a change of the header.
 */
#ifndef HCBPF_STATE_H
#define HCBPF_STATE_H

#include <linux/types.h>

/*
 * Eight bytes, no NUL behind them. What would end a line shows a transfer that
 * took the file for text, and the last one stops `type` on other systems.
 */
#define HCBPF_STATE_MAGIC "hcbpf\r\n\x1a"
#define HCBPF_STATE_MAGIC_LEN 8

#define HCBPF_STATE_VERSION 1

/* Limits, which a reader enforces. */
#define HCBPF_STATE_MAX_LENGTH (256U << 20)
#define HCBPF_STATE_MAX_SECTIONS 64
#define HCBPF_STATE_MAX_RULES 65536U		/* as many as the module takes */
#define HCBPF_STATE_MAX_PORTS (1U << 20)	/* the same, of a table's size */

struct hcbpf_state_header {
	__u8 magic[HCBPF_STATE_MAGIC_LEN];
	__le32 version;		/* HCBPF_STATE_VERSION */
	__le32 header_size;	/* sizeof(struct hcbpf_state_header) */
	__le64 length;		/* bytes of the whole, header included */
	__le32 nr_sections;
	__le32 arch;		/* as in ELF (e_machine): 62 x86-64, 183 AArch64 */
	__le32 reserved;	/* 0 */
	__le32 crc;		/* CRC-32 (IEEE 802.3) of the whole, with this field 0 */
};

/* hcbpf_state_section.flags */
#define HCBPF_STATE_CRITICAL (1U << 0)	/* who does not know this section must refuse all */

/*
 * @type and @version together say what the content is. A known type with an
 * unknown version is an unknown section. An unknown section that is not
 * critical is skipped.
 */
struct hcbpf_state_section {
	__le32 type;		/* enum hcbpf_state_type */
	__le32 version;		/* of the content, from 1 */
	__le32 flags;		/* HCBPF_STATE_CRITICAL */
	__le32 reserved;	/* 0 */
	__le64 length;		/* bytes of the content, without padding */
};

/* All but ATTRIBUTES belong to `vm save`; the numbers are reserved for it. */
enum hcbpf_state_type {
	HCBPF_STATE_ATTRIBUTES = 1,	/* page attributes */
	HCBPF_STATE_PORTS = 2,
	HCBPF_STATE_RULES = 3,
	HCBPF_STATE_PROFILE = 4,
	HCBPF_STATE_BUFFERS = 5,
	HCBPF_STATE_SDEI = 6,
	HCBPF_STATE_BINDING = 7,
	HCBPF_STATE_PARAM = 8,
};

/* ---- ATTRIBUTES, version 1, critical ---- */

/*
 * The map of page attributes (<hcbpf/gpa.h>): this, then @nr ranges, which fill
 * the section exactly. Pages in no range have @default_attr. Ranges ascend, do
 * not overlap, none has @default_attr, and neighbours that touch differ: so one
 * map has one form.
 */
struct hcbpf_state_attributes {
	__le32 default_attr;	/* at most HCBPF_GPA_ATTR_MASK */
	__le32 reserved;	/* 0 */
	__le64 nr;
};

struct hcbpf_state_range {
	__le64 gfn;
	__le64 npages;		/* not 0; @gfn + @npages is at most HCBPF_GPA_FRAMES */
	__le32 attr;		/* at most HCBPF_GPA_ATTR_MASK */
	__le32 reserved;	/* 0 */
};

/*
 * ---- of `vm save`: BINDING, PORTS, RULES, PROFILE, all there, all critical; and
 * ATTRIBUTES, BUFFERS and PARAM where the VM has any. Version 1. ----
 */

/* What HCBPF_BIND was given. Names are padded with NULs, and end with one. */
struct hcbpf_state_binding {
	__u8 policy[32];	/* not empty */
	__u8 tag[32];
	__le32 abi;		/* enum hcbpf_abi */
	__le32 nr_ports;	/* 1 to HCBPF_STATE_MAX_PORTS */
	__le32 flags;		/* HCBPF_BIND_* */
	__le32 reserved;	/* 0 */
};

/*
 * PORTS: these, by ascending port. Slots are numbers: no eventfd is in a file. Nor are ports
 * that were claimed (<hcbpf/claim.h>).
 */
struct hcbpf_state_port {
	__le32 port;		/* below nr_ports */
	__le32 reserved;	/* 0 */
	__le64 word;		/* hcbpf_port_t, not 0; its slot is below nr_ports */
};

/*
 * RULES: these, as struct hcbpf_rule, by ascending (abi, nr, sub); no two alike, and no more
 * than HCBPF_STATE_MAX_RULES.
 */
struct hcbpf_state_rule {
	__le32 nr;
	__le32 sub;
	__u8 abi;		/* not AUTO */
	__u8 action;		/* not NONE */
	__u8 otherwise;
	__u8 user;
	__le32 ret;		/* signed */
};

/* BUFFERS: these, as struct hcbpf_buffer, by ascending (vcpu, va); none of a vCPU overlap. */
struct hcbpf_state_buffer {
	__le64 va;
	__le64 gpa;
	__le64 size;		/* not 0; neither address wraps around */
	__le32 vcpu;
	__le32 reserved;	/* 0 */
};

/* What the policy reads as the VM's parameter. No section: 0. */
struct hcbpf_state_param {
	__le64 param;		/* not 0 */
};

struct hcbpf_state_profile {
	__u8 name[32];		/* empty: none */
};

/* ---- refusals ---- */

enum hcbpf_state_reason {
	HCBPF_STATE_OK = 0,
	HCBPF_STATE_NOT_STATE = 1,
	HCBPF_STATE_VERSION_UNKNOWN = 2,
	HCBPF_STATE_MALFORMED = 3,
	HCBPF_STATE_TRUNCATED = 4,
	HCBPF_STATE_TRAILING = 5,
	HCBPF_STATE_CHECKSUM = 6,
	HCBPF_STATE_FOREIGN_ARCH = 7,
	HCBPF_STATE_UNKNOWN_SECTION = 8,
	HCBPF_STATE_DUPLICATE_SECTION = 9,
	HCBPF_STATE_BAD_SECTION = 10,
	HCBPF_STATE_MISSING_SECTION = 11,
	HCBPF_STATE_UNFIT = 12,		/* the VM is bound in another way than the saved one */
	HCBPF_STATE_UNSUPPORTED = 13,	/* this host lacks what the state needs */
};

/* Why state was refused. */
struct hcbpf_state_error {
	__u32 reason;		/* enum hcbpf_state_reason */
	__u32 section;		/* its type, of the four reasons that name one; else 0 */
	char text[120];		/* a clause for people: "it is damaged: ..." */
};

#endif /* HCBPF_STATE_H */
