/* SPDX-License-Identifier: GPL-2.0-only */
/* What load and replace share. */
#ifndef LOAD_H
#define LOAD_H

#include <stdbool.h>

#include "bpf/object.h"
#include "bpf/pins.h"

/* Has the machine all that loading needs? If not, say what is missing. */
bool load_machine_ready(void);

/* Say why loading failed, and with @aftermath what that means. Returns the exit status. */
int fail_load(const struct object *object, bool verbose, int err, const char *aftermath);

/* Pin program and maps under names that begin with @stage. 0 or a negative errno. */
int load_pin_parts(const struct pins *pins, const struct object *object, const char *stage);

/* The kernel or the module has refused it, which the journal is told. Returns @status. */
int load_refused(const struct object *object, int status);

#endif /* LOAD_H */
