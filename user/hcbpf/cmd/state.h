/* SPDX-License-Identifier: GPL-2.0-only */
/* Files with the state of a VM, as <hcbpf/state.h> has it. */
#ifndef STATE_H
#define STATE_H

#include <hcbpf/libhcbpf.h>

struct state_file {
	const char *file;
	char *data;
	size_t size;
	struct hcbpf_saved *saved;	/* what is in it */
};

/* On failure say that one cannot "@purpose" the file and why, and return the exit status. */
int state_file_read(struct state_file *state, const char *file, const char *purpose);
void state_file_free(struct state_file *state);

/* Whose binding the state goes into. */
enum restore_whose {
	RESTORE_ANYBODYS,	/* a new one is that of a VMM */
	RESTORE_OPERATORS_IF_NEW,
	RESTORE_OPERATORS,	/* one that is there already, too */
};

struct restoring {
	struct state_file state;
	uint32_t flags;		/* HCBPF_RULES_* */
	enum restore_whose whose;
};

/* Save a VM into @state, or bind and restore one of process @pid; the same. */
int state_file_take(struct state_file *state, struct hcbpf_vm *vm);
int state_file_give(const struct restoring *restoring, int vm_fd, uint32_t pid);

#endif /* STATE_H */
