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

/* Save a VM into @state; restore just this binding; or bind one that is not bound. The same. */
int state_file_take(struct state_file *state, struct hcbpf_vm *vm);
int state_file_restore(const struct state_file *state, struct hcbpf_vm *vm, uint32_t flags);
int state_file_bind(const struct state_file *state, int vm_fd);

#endif /* STATE_H */
