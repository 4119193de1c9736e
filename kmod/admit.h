/* SPDX-License-Identifier: GPL-2.0-only */
/* VMs are decided before they run, while the operator's table is in force. */
#ifndef HCBPF_KMOD_ADMIT_H
#define HCBPF_KMOD_ADMIT_H

struct hcbpf_admission;

int hcb_admit_init(void);
void hcb_admit_exit(void);
/* HCBPF_SET_ADMISSION and HCBPF_GET_ADMISSION, of a caller who may. */
int hcb_admit_set(struct hcbpf_admission *req);
int hcb_admit_get(struct hcbpf_admission *req);

#endif /* HCBPF_KMOD_ADMIT_H */
