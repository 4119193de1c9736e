/* SPDX-License-Identifier: GPL-2.0-only */
/* What guest.S and the VMM of test_sev_es.c must agree on. */
#ifndef TESTS_ENCRYPTED_GUEST_H
#define TESTS_ENCRYPTED_GUEST_H

/* The guest's memory. All is private but the GHCB, the list of calls, and GUEST_SHARED. */
#define MEMORY_SIZE	0x200000
#define TABLES		0x1000	/* four: 4 KB pages for all of it */
#define CODE		0x10000
#define GHCB		0x20000
#define LIST		0x21000

/* An entry of the list: number, four arguments, result. The one behind the last has no number. */
#define ENTRY_NR	0
#define ENTRY_ARG0	8
#define ENTRY_ARG1	16
#define ENTRY_ARG2	24
#define ENTRY_ARG3	32
#define ENTRY_RESULT	40
#define ENTRY_DONE	48
#define ENTRY_SIZE	56

#endif /* TESTS_ENCRYPTED_GUEST_H */
