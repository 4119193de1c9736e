/* SPDX-License-Identifier: GPL-2.0-only */
/* A BPF object file with a policy in it, before it is loaded. */
#ifndef OBJECT_H
#define OBJECT_H

#include <bpf/libbpf.h>
#include <hcbpf/call.h>

struct object {
	const char *file;		/* for messages */
	char *copy;			/* the file's bytes, unless it is the embedded one */
	struct bpf_object *bpf;
	struct bpf_map *ops;		/* its struct_ops map of type hcbpf_ops */
	struct bpf_program *program;	/* the ops' hypercall program */
	char name[HCBPF_NAME_LEN];	/* of the policy */
	char *log;			/* the verifier's, once loading has failed */
};

/*
 * Open @file, NULL for the standard policy, and let the policy be called
 * @name if that is not NULL. On failure say why and return false.
 */
bool object_open(struct object *object, const char *file, const char *name);
void object_close(struct object *object);

/* Load it into the kernel: bpf_object__load(). */
int object_load(struct object *object);

/*
 * Let none of its maps be pinned, or be taken from a pin, by its own name
 * (LIBBPF_PIN_BY_NAME): `hcbpf load` decides what is pinned where.
 */
void object_clear_pin_paths(struct bpf_object *bpf);

/* What libbpf has to say: kept, or with @verbose shown on standard error. */
void libbpf_listen(bool verbose);

/* The last complaint kept, "" if there is none. */
const char *libbpf_last_words(void);

#endif /* OBJECT_H */
