/* SPDX-License-Identifier: GPL-2.0-only */
/* A VM of one vCPU that runs guest.S, as an ordinary guest or as one of SEV-ES. */
#ifndef TESTS_ENCRYPTED_VMM_H
#define TESTS_ENCRYPTED_VMM_H

#include <linux/kvm.h>
#include <stdbool.h>
#include <stdint.h>

struct vmm {
	int fd, vcpu, sev;	/* sev: /dev/sev, -1 in an ordinary VM */
	struct kvm_run *run;
	uint8_t *memory;
};

/* Functions return 0 or a negative errno; vmm_problem() says of what. */
const char *vmm_problem(void);

/* Is this a machine that launches SEV-ES guests, for us? */
bool vmm_has_sev_es(void);

/* The VM with its memory; its vCPU has not begun. @sev_es: not launched. */
int vmm_up(struct vmm *vmm, bool sev_es);
/* Let the vCPU begin; a SEV-ES guest's memory and registers are encrypted from here on. */
int vmm_launch(struct vmm *vmm);
void vmm_down(struct vmm *vmm);

#endif /* TESTS_ENCRYPTED_VMM_H */
