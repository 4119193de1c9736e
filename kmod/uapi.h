/* SPDX-License-Identifier: GPL-2.0-only */
/* /dev/hcbpf and the files of bindings. */
#ifndef HCBPF_KMOD_UAPI_H
#define HCBPF_KMOD_UAPI_H

#include <linux/types.h>

struct hcbpf_bind;

int hcb_uapi_init(void);
void hcb_uapi_exit(void);
/* 0, -EINVAL or -E2BIG, as HCBPF_BIND says. */
int hcb_bind_check(struct hcbpf_bind *bind);
bool hcb_text_is_valid(const char *text);
/* A request's array, copied: an ERR_PTR, or kvfree() it. */
void *hcb_fetch_array(u64 user, u32 nr, size_t size);

#endif /* HCBPF_KMOD_UAPI_H */
