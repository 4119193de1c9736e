/* SPDX-License-Identifier: GPL-2.0-only */
/* Ports that backends have claimed, whether their VM is there or not. */
#ifndef HCBPF_KMOD_CLAIMS_H
#define HCBPF_KMOD_CLAIMS_H

#include <linux/types.h>
#include <hcbpf/uapi.h>

struct claim;
struct claim_slots;
struct hcbpf_vm;

/* Make a claim and serve it; hcb_claim_end() it. -EEXIST: @req says who has the port. */
struct claim *hcb_claim_create(struct hcbpf_claim *req);
void hcb_claim_end(struct claim *claim);
int hcb_claim_next(struct hcbpf_next_claim *next);

/* Set the VM's claimed ports: its binding has begun, or its ports were cleared. */
void hcb_claims_serve(struct hcbpf_vm *vm);
/* The binding has ended: it is not served any more. */
void hcb_claims_forget(struct hcbpf_vm *vm);
/* By a policy, inside RCU. -ENOENT: no claim has the slot. */
int hcb_claims_signal(const struct claim_slots *slots, u32 slot);
size_t hcb_claims_memory(struct hcbpf_vm *vm);

#endif /* HCBPF_KMOD_CLAIMS_H */
