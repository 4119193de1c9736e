/* SPDX-License-Identifier: GPL-2.0-only */
/* Who touches registers that nobody should look at. See touched.c. */
#ifndef TESTS_LAB_TOUCHED_H
#define TESTS_LAB_TOUCHED_H

struct caller_calls;
struct kvm_vcpu;

/* Count in @calls what this thread does, until touched_end(); one at a time. */
int touched_begin(struct kvm_vcpu *vcpu, struct caller_calls *calls);
void touched_end(void);

#endif /* TESTS_LAB_TOUCHED_H */
