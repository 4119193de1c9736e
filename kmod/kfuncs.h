/* SPDX-License-Identifier: GPL-2.0-only */
/* What a policy's program may call. */
#ifndef HCBPF_KMOD_KFUNCS_H
#define HCBPF_KMOD_KFUNCS_H

int hcb_kfuncs_init(void);

#endif /* HCBPF_KMOD_KFUNCS_H */
